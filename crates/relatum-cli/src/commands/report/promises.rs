//! `relatum report promises`: who promised what, and what came.

use clap::Args;
use relatum::domain::AccountId;
use relatum::domain::receivables::{PromiseOutcome, Promised};
use relatum::{EventRef, Sum};
use serde_json::{Value, json};

use super::figures::Asked;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// Promises to pay, and what came of them
///
/// Only money that came after the promise, by its day, on its documents, and was not reversed
/// counts.
#[derive(Debug, Args)]
pub(crate) struct Promises {
    /// Only those whose day has not passed
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    asked: Asked,
}

struct Line {
    account: AccountId,
    name: String,
    promise: Promised,
}

impl Promises {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let Seen { book, point, .. } = found.seen;
        let told = book.ledgers(found.account, |account, ledger, view| {
            (account, ledger.promises(view.as_of))
        })?;
        let known: std::collections::BTreeMap<_, _> = book.accounts()?.into_iter().collect();
        let mut lines = Vec::new();
        for (account, promises) in told {
            let profile = known.get(&account);
            let manager = profile.and_then(|it| it.manager);
            if found.manager.is_some() && manager != found.manager {
                continue;
            }
            let name = profile.map_or_else(|| account.to_string(), |it| it.name.clone());
            let wanted =
                promises.into_iter().filter(|it| !self.open || it.outcome == PromiseOutcome::Open);
            lines.extend(wanted.map(|promise| Line { account, name: name.clone(), promise }));
        }
        lines.sort_by(|left, right| {
            (left.promise.by, &left.name, left.account).cmp(&(
                right.promise.by,
                &right.name,
                right.account,
            ))
        });
        session.show(&Answer { lines, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<Line>,
    point: Viewpoint,
}

const fn words(outcome: PromiseOutcome) -> (&'static str, Tone) {
    match outcome {
        PromiseOutcome::Open => ("open", Tone::Plain),
        PromiseOutcome::Kept => ("kept", Tone::Good),
        PromiseOutcome::PartlyKept => ("partly kept", Tone::Warning),
        PromiseOutcome::Broken => ("broken", Tone::Bad),
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "promises": self.lines() }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::text("given", "given"),
            Column::text("by", "by"),
            Column::text("currency", ""),
            Column::number("amount", "promised"),
            Column::number("received", "came"),
            Column::text("outcome", "outcome"),
            Column::programs("event"),
            Column::programs("receipts"),
        ];
        let rows = self.lines.iter().map(|line| {
            let it = &line.promise;
            let (text, tone) = words(it.outcome);
            let event = |version| EventRef::new(line.account.into(), version);
            let receipts: Vec<EventRef> =
                it.receipts.iter().map(|(version, _)| event(*version)).collect();
            vec![
                Cell::text(line.account.to_string()),
                Cell::text(line.name.as_str()),
                Cell::day(it.given),
                Cell::day(it.by),
                Cell::text(it.amount.currency.to_string()),
                Cell::amount(&Sum::from(it.amount)),
                Cell::amount(&Sum::from(it.received)),
                Cell::of(text, to_json(&it.outcome)).tone(tone),
                Cell::of("", to_json(&event(it.version))),
                Cell::of("", to_json(&receipts)),
            ]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let page = Page::titled("Promises to pay", self.point.words());
        if self.lines.is_empty() {
            return page.gap().line("Nobody promised anything.");
        }
        let of = |outcome| self.lines.iter().filter(|it| it.promise.outcome == outcome).count();
        page.gap().sheet(self.sheet()).note(format!(
            "{} kept, {} partly kept, {} broken, {} open",
            of(PromiseOutcome::Kept),
            of(PromiseOutcome::PartlyKept),
            of(PromiseOutcome::Broken),
            of(PromiseOutcome::Open)
        ))
    }
}
