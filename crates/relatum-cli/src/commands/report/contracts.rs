//! `relatum report contracts`: what ends soon, and whether anybody talks about it.

use clap::Args;
use relatum::{ContractLine, ContractsOptions, Sum};
use serde_json::{Value, json};

use super::figures::{Found, Whose};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money, sums};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// Contracts that end soon, what was ordered under them, and whether anybody talks about it
#[derive(Debug, Args)]
pub(crate) struct Contracts {
    /// How many days ahead
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    within: u64,
    /// Only those without an offer that stands or a chance that is open
    #[arg(long)]
    silent: bool,
    #[command(flatten)]
    whose: Whose,
}

impl Contracts {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Found { seen, account, manager, .. } = self.whose.find(session)?;
        let Seen { book, point, managers, .. } = seen;
        let (within, silent) = (self.within, self.silent);
        let options = ContractsOptions { within, silent, account, manager };
        let lines = book.contracts(&options)?;
        session.show(&Answer { lines, within, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<ContractLine>,
    within: u64,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "within": self.within, "contracts": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("ends", "ends"),
            Column::text("notice_by", "notice by"),
            Column::text("number", "contract"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::number("value", "worth"),
            Column::text("ordered", "ordered"),
            Column::number("offers", "offers"),
            Column::number("chances", "chances"),
            Column::text("next_planned", "next planned"),
            Column::text("manager", "manager"),
            Column::programs("event"),
        ];
        let count = |number: usize| Cell::number(i64::try_from(number).ok());
        let row = |it: &ContractLine| {
            let value = it.contract.value.map(Sum::from);
            let silent = if it.is_silent() { Tone::Warning } else { Tone::Plain };
            vec![
                Cell::day(it.contract.ends).tone(silent),
                it.contract.notice_by.map_or_else(Cell::none, Cell::day),
                Cell::text(it.contract.number.as_str()),
                Cell::text(it.contract.account.to_string()),
                Cell::text(it.account_name.as_str()),
                value.map_or_else(Cell::none, |sum| Cell::of(money(sum), to_json(&sum))),
                Cell::of(sums(it.ordered.iter()), to_json(&it.ordered)),
                count(it.offers),
                count(it.chances),
                it.next_planned.map_or_else(Cell::none, Cell::day),
                self.managers.cell(it.manager),
                Cell::text(it.contract.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let title = format!("Contracts that end within {} days", self.within);
        let page = Page::titled(title, self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("None.");
        }
        let silent = self.lines.iter().filter(|it| it.is_silent()).count();
        let of = self.lines.len();
        page.sheet(self.sheet()).note(format!(
            "{silent} of {of} without an offer that stands or a chance that is open."
        ))
    }
}
