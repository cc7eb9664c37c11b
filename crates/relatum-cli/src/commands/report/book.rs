//! `relatum report book`: what the book holds, counted and summed up.

use clap::Args;
use relatum::{AsOf, BookLine, BookReport, HistoryFilter, HistoryLine, Sum};
use serde_json::{Value, json};

use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped, json as to_json, sums};
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// What the book holds, counted and summed up by event type
#[derive(Debug, Args)]
pub(crate) struct Book {
    #[command(flatten)]
    view: ViewArguments,
}

impl Book {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, .. } = session.view(&self.view)?;
        let answer = Answer { report: book.book()?, unassigned: unassigned(&book)?, point };
        session.show(&answer)?;
        Ok(Exit::Done)
    }
}

/// How many events count that belong to no known client, without the opening of the account that
/// keeps them.
fn unassigned(book: &AsOf) -> Result<usize, Failure> {
    let mut events = 0;
    for (account, profile) in book.accounts()? {
        if profile.unassigned {
            let lines = book.history(account, &HistoryFilter::default())?;
            let counts = |line: &&HistoryLine| !line.void && line.kind.as_str() != "account_opened";
            events += lines.iter().filter(counts).count();
        }
    }
    Ok(events)
}

struct Answer {
    report: BookReport,
    unassigned: usize,
    point: Viewpoint,
}

impl Answer {
    fn line(&self, kind: &str) -> Option<&BookLine> {
        self.report.lines.iter().find(|line| line.kind.as_str() == kind)
    }

    fn events(&self, kind: &str) -> u64 {
        self.line(kind).map_or(0, |line| line.events)
    }

    fn won_value(&self) -> &[Sum] {
        self.line("opportunity_won").map_or(&[], |line| &line.amounts)
    }

    fn decided(&self) -> u64 {
        self.events("opportunity_won") + self.events("opportunity_lost")
    }

    /// In hundredths of a per cent, rounded half up.
    fn win_rate(&self) -> Option<i64> {
        let (won, decided) = (self.events("opportunity_won"), self.decided());
        let doubled = (won * 20_000).checked_add(decided)?;
        i64::try_from(doubled.checked_div(decided * 2)?).ok()
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = to_json(&self.report);
        if let Value::Object(fields) = &mut document {
            fields.insert("unassigned_events".to_owned(), self.unassigned.into());
            let opportunities = json!({
                "won": self.events("opportunity_won"),
                "decided": self.decided(),
                "win_rate_bp": self.win_rate(),
                "won_value": self.won_value(),
            });
            fields.insert("opportunities".to_owned(), opportunities);
        }
        self.point.stamp(document)
    }

    fn lines(&self) -> Vec<Value> {
        self.report.lines.iter().map(to_json).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("kind", "event type"),
            Column::number("events", "events"),
            Column::number("accounts", "accounts"),
            Column::number("amounts", "amounts"),
        ];
        let row = |line: &BookLine| {
            vec![
                Cell::text(line.kind.as_str()),
                Cell::count(line.events),
                Cell::count(line.accounts),
                Cell::sums(&line.amounts),
            ]
        };
        Sheet::new(columns).with(self.report.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let mut facts = vec![("accounts", grouped(&self.report.accounts.to_string()))];
        if self.unassigned > 0 {
            let events = grouped(&self.unassigned.to_string());
            facts.push(("unassigned", format!("{events} events belong to no known account")));
        }
        if let Some(rate) = self.win_rate() {
            let won = grouped(&self.events("opportunity_won").to_string());
            let decided = grouped(&self.decided().to_string());
            let worth = match self.won_value() {
                [] => String::new(),
                value => format!(", worth {}", sums(value)),
            };
            let told = format!("{won} won of {decided} decided ({}){worth}", per_cent(rate));
            facts.push(("opportunities", told));
        }
        Page::titled("The book", self.point.words()).facts(2, facts).gap().sheet(self.sheet())
    }
}
