//! `relatum report exposure`: what may be lost, and what stands in its way.

use clap::Args;
use relatum::domain::event::credit::ExposureKind;
use relatum::{CreditStanding, ExposureOptions, LimitUse, Sum};
use serde_json::{Value, json};

use super::figures::{self, Asked};
use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// What may be lost, by kind: orders, drafts, open, overdue, returned
#[derive(Debug, Args)]
pub(crate) struct Exposure {
    /// In the base currency; what has no rate stays in its own
    #[arg(long)]
    in_base: bool,
    #[command(flatten)]
    asked: Asked,
}

impl Exposure {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let options = ExposureOptions {
            account: found.account,
            manager: found.manager,
            in_base: self.in_base,
        };
        figures::show(session, found, &options, "Exposure", "account")
    }
}

/// Limits with their use, holds, and the orders that they stop
#[derive(Debug, Args)]
pub(crate) struct Held {
    /// Only accounts that are held or above a limit
    #[arg(long)]
    only: bool,
    #[command(flatten)]
    asked: Asked,
}

impl Held {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (account, manager) = (found.account, found.manager);
        let Seen { book, managers, point, .. } = found.seen;
        let options = ExposureOptions { account, manager, in_base: false };
        let mut standings = book.credit(&options)?;
        standings.retain(|it| !it.limits.is_empty() || it.hold.is_some());
        standings.retain(|it| it.is_held() || !self.only);
        session.show(&Answer { standings, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    standings: Vec<CreditStanding>,
    managers: Managers,
    point: Viewpoint,
}

pub(crate) const fn kind(kind: ExposureKind) -> &'static str {
    match kind {
        ExposureKind::Total => "total",
        ExposureKind::Orders => "orders",
        ExposureKind::Drafts => "drafts",
        ExposureKind::Open => "open",
        ExposureKind::Overdue => "overdue",
        ExposureKind::Returned => "returned",
    }
}

impl Answer {
    fn limit(&self, of: &CreditStanding, limit: Option<&LimitUse>) -> Vec<Cell> {
        let exceeded = limit.is_some_and(LimitUse::is_exceeded);
        let amount = |of: Option<relatum::domain::Money>| {
            of.map_or_else(Cell::none, |it| Cell::amount(&Sum::from(it)))
        };
        let share = limit.and_then(LimitUse::share_bp);
        let used = share.map_or_else(Cell::none, |bp| Cell::of(per_cent(bp), bp));
        let state = match (&of.hold, exceeded) {
            (Some((_, reason)), _) => Cell::text(format!("held: {reason}")).tone(Tone::Bad),
            (None, true) => Cell::text("above the limit").tone(Tone::Bad),
            (None, false) => Cell::text("free").tone(Tone::Good),
        };
        let orders: Vec<String> = of
            .orders
            .iter()
            .map(|(number, amount, ..)| {
                format!("{} {amount}", number.as_deref().unwrap_or("order"))
            })
            .collect();
        let stopped = of.is_held();
        vec![
            Cell::text(of.account.to_string()),
            Cell::text(of.name.as_str()),
            self.managers.cell(of.manager),
            Cell::maybe(limit.map(|it| kind(it.limit.kind))),
            Cell::maybe(limit.map(|it| it.limit.limit.currency.to_string())),
            amount(limit.map(|it| it.limit.limit)),
            amount(limit.map(|it| it.used)),
            if exceeded { used.tone(Tone::Bad) } else { used },
            state,
            Cell::text(if stopped { orders.join("; ") } else { String::new() }),
            Cell::of("", limit.map_or(Value::Null, |it| to_json(&it.set_by))),
        ]
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "limits": self.lines() }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::programs("manager"),
            Column::text("kind", "limit on"),
            Column::text("currency", ""),
            Column::number("limit", "limit"),
            Column::number("used", "used"),
            Column::number("used_bp", "use"),
            Column::text("state", "state"),
            Column::text("orders_held", "orders held"),
            Column::programs("set_by"),
        ];
        let rows = self.standings.iter().flat_map(|it| {
            let limits = it.limits.iter().map(|limit| self.limit(it, Some(limit)));
            let alone = it.limits.is_empty().then(|| self.limit(it, None));
            limits.chain(alone).collect::<Vec<_>>()
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let page = Page::titled("Limits and holds", self.point.words());
        if self.standings.is_empty() {
            return page.gap().line("There are none.");
        }
        let held = self.standings.iter().filter(|it| it.is_held()).count();
        let note = format!("{held} of {} accounts are stopped", self.standings.len());
        page.gap().sheet(self.sheet()).note(note)
    }
}
