//! `relatum report orders`: orders and how far they are.

use clap::Args;
use relatum::{BacklogLine, BacklogOptions, Sum, Wanted};
use serde_json::{Value, json};

use super::figures::{Found, Whose};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json, sums};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// The order backlog: what is still to be delivered, and what is late
#[derive(Debug, Args)]
pub(crate) struct Orders {
    /// Only what the client wanted by a day that has passed
    #[arg(long, conflicts_with = "all")]
    late: bool,
    /// Also what is delivered or cancelled
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    whose: Whose,
}

impl Orders {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Found { seen, account, manager, .. } = self.whose.find(session)?;
        let Seen { book, point, managers, .. } = seen;
        let wanted = match (self.late, self.all) {
            (true, _) => Wanted::Late,
            (_, true) => Wanted::All,
            _ => Wanted::Open,
        };
        let orders = book.orders(&BacklogOptions { wanted, account, manager })?;
        session.show(&Answer { orders, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    orders: Vec<BacklogLine>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "orders": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.orders.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("number", "order"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("day", "placed"),
            Column::text("wanted", "wanted"),
            Column::number("days_late", "days late"),
            Column::text("currency", ""),
            Column::number("ordered", "ordered"),
            Column::number("delivered", "delivered"),
            Column::number("refused", "refused"),
            Column::number("cancelled", "cancelled"),
            Column::number("open", "open"),
            Column::text("manager", "manager"),
            Column::programs("event"),
        ];
        let amount = |sum: &Sum| Cell::of(grouped(&sum.rounded().number()), sum.number());
        let row = |it: &BacklogLine| {
            let late = Cell::number(it.days_late);
            vec![
                Cell::maybe(it.number.as_deref()),
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::day(it.day),
                it.wanted.map_or_else(Cell::none, Cell::day),
                if it.days_late.is_some() { late.tone(Tone::Bad) } else { late },
                Cell::text(it.ordered.currency.to_string()),
                amount(&it.ordered),
                amount(&it.delivered),
                amount(&it.refused),
                amount(&it.cancelled),
                amount(&it.open),
                self.managers.cell(it.manager),
                Cell::text(it.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.orders.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Orders", self.point.words()).gap();
        if self.orders.is_empty() {
            return page.line("No such order.");
        }
        let late = self.orders.iter().filter(|it| it.days_late.is_some());
        let of = |lines: &mut dyn Iterator<Item = &BacklogLine>| {
            let open = Sum::of(lines.map(|it| (it.open.micro, it.open.currency)));
            sums(open.iter().map(Sum::rounded).collect::<Vec<_>>().iter())
        };
        let (open, late) = (of(&mut self.orders.iter()), of(&mut late.into_iter()));
        page.sheet(self.sheet()).gap().facts(0, vec![("open", open), ("of which late", late)])
    }
}
