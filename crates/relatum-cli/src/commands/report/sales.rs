//! `relatum report sales`: what was sold, told apart by something.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::{MarginLine, Row, SalesBy, SalesOptions, Sum};
use serde_json::{Value, json};

use super::figures::{self, Asked, Found, period};
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// What was sold, cancelled and returned, by client, manager, team, product group, month or year
///
/// What counts as sold, and to whose credit, is the tenant's policy on sales credit.
#[derive(Debug, Args)]
pub(crate) struct Sales {
    /// By what sales are told apart
    #[arg(long, value_enum, default_value_t = By::Manager)]
    by: By,
    /// The first day; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// The last day; that of the view unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    to: Option<NaiveDate>,
    /// Beside the same days a year before; without a first day, this year
    #[arg(long, conflicts_with = "margin")]
    year_on_year: bool,
    /// What sales leave once goods are paid for, where their cost is known
    #[arg(long, conflicts_with = "explain")]
    margin: bool,
    /// Only goods of this product group
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Account,
    Manager,
    Team,
    Group,
    /// By account, and by product group
    AccountGroup,
    Month,
    Year,
}

impl Sales {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Account => (SalesBy::Account, "account"),
            By::Manager => (SalesBy::Manager, "manager"),
            By::Team => (SalesBy::Team, "team"),
            By::Group => (SalesBy::Group, "group"),
            By::AccountGroup => (SalesBy::AccountAndGroup, "account and group"),
            By::Month => (SalesBy::Month, "month"),
            By::Year => (SalesBy::Year, "year"),
        };
        let options = SalesOptions {
            by,
            from: self.from,
            to: self.to,
            account: found.account,
            manager: found.manager,
            group: self.group,
        };
        let title = format!("Sales by {lines}{}", period(self.from, self.to));
        if self.year_on_year {
            return figures::show_year_on_year(session, found, options, "Sales", lines);
        }
        if self.margin {
            let Found { seen: Seen { book, point, managers, .. }, .. } = found;
            let (lines, totals) = book.margin(&options)?;
            session.show(&Answer { lines, totals, title, managers, point })?;
            return Ok(Exit::Done);
        }
        figures::show(session, found, &options, &title, lines)
    }
}

/// Sales and what they leave.
struct Answer {
    lines: Vec<MarginLine>,
    totals: Vec<MarginLine>,
    title: String,
    managers: Managers,
    point: Viewpoint,
}

impl Answer {
    fn columns() -> Vec<Column> {
        vec![
            Column::programs("key"),
            Column::text("name", "of"),
            Column::text("currency", ""),
            Column::number("net", "net"),
            Column::number("known", "of known cost"),
            Column::number("cost", "cost"),
            Column::number("margin", "margin"),
            Column::number("margin_bp", "of those"),
        ]
    }

    fn row(&self, it: &MarginLine) -> Vec<Cell> {
        let amount = |sum: &Sum| Cell::of(grouped(&sum.rounded().number()), sum.number());
        let name = match &it.row {
            Row::Manager(Some(manager)) => self.managers.name(*manager),
            _ => it.name.clone(),
        };
        vec![
            Cell::text(it.row.to_string()),
            Cell::text(name),
            Cell::text(it.net.currency.to_string()),
            amount(&it.net),
            amount(&it.known),
            amount(&it.cost),
            amount(&it.margin),
            Cell::of(it.margin_bp.map(per_cent).unwrap_or_default(), to_json(&it.margin_bp)),
        ]
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "lines": self.lines(), "totals": to_json(&self.totals) }))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(to_json).collect()
    }

    fn sheet(&self) -> Sheet {
        Sheet::new(Self::columns()).with(self.lines.iter().map(|it| self.row(it)))
    }

    fn page(&self) -> Page {
        let page = Page::titled(&self.title, self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("There is nothing.");
        }
        let mut sheet = self.sheet();
        sheet.totals.extend(self.totals.iter().map(|it| self.row(it)));
        page.sheet(sheet)
    }
}
