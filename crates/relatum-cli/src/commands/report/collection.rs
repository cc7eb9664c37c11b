//! `relatum report collection`: whom to ask for money first.

use clap::Args;
use relatum::{CollectionLine, CollectionOptions, Sum};
use serde_json::{Value, json};

use super::figures::Asked;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// Whom to ask for money first: money x lateness x broken promises
///
/// The weight is what is past due and undisputed (in the base currency where there is a rate),
/// times its days past due, times one more than the promises broken.
#[derive(Debug, Args)]
pub(crate) struct Collection {
    /// Only the first so many
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    #[command(flatten)]
    asked: Asked,
}

impl Collection {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let Seen { book, managers, point, .. } = found.seen;
        let options = CollectionOptions { account: found.account, manager: found.manager };
        let mut lines = book.collection(&options)?;
        let all = lines.len();
        lines.truncate(self.top.unwrap_or(all));
        session.show(&Answer { lines, all, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<CollectionLine>,
    all: usize,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "accounts": self.all, "lines": self.lines() }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::number("rank", ""),
            Column::programs("account"),
            Column::text("name", "account"),
            Column::programs("manager"),
            Column::programs("currency"),
            Column::number("overdue", "past due"),
            Column::number("weighted_days", "days"),
            Column::programs("oldest_days"),
            Column::programs("broken_promises"),
            Column::number("weight", "weight"),
            Column::text("reason", "why").wide(72),
            Column::programs("items"),
        ];
        let rows = self.lines.iter().zip(1_u64..).map(|(it, rank)| {
            vec![
                Cell::count(rank),
                Cell::text(it.account.to_string()),
                Cell::text(it.name.as_str()),
                self.managers.cell(it.manager),
                Cell::text(it.overdue.currency.to_string()),
                Cell::amount(&Sum::from(it.overdue)),
                Cell::number(Some(it.weighted_days)),
                Cell::number(Some(it.oldest_days)),
                Cell::number(i64::try_from(it.broken.len()).ok()),
                Cell::number(i64::try_from(it.weight).ok()),
                Cell::text(it.reason.as_str()),
                Cell::of("", to_json(&it.items)),
            ]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let page = Page::titled("Whom to ask for money first", self.point.words());
        if self.lines.is_empty() {
            return page.gap().line("Nothing is past due.");
        }
        let note = format!("{} of {} accounts with money past due", self.lines.len(), self.all);
        page.gap().sheet(self.sheet()).note(note)
    }
}
