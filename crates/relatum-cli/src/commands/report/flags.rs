//! `relatum report flags`: facts that were appended and would have been refused.

use clap::Args;
use relatum::Flag;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, grouped_in, json as to_json};
use crate::people;
use crate::progress::Progress;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Facts that were appended as they came and that a decision would have refused
#[derive(Debug, Args)]
pub(crate) struct Flags {
    /// Only this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    #[command(flatten)]
    view: ViewArguments,
}

impl Flags {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, .. } = session.view(&self.view)?;
        let only = self.account.map(|text| people::account(&book, &text)).transpose()?;
        let mut accounts = book.accounts()?;
        accounts.retain(|(account, _)| only.is_none_or(|only| only == *account));
        let all = accounts.len() as u64;
        let bar = Progress::of_count("judging");
        let mut lines = Vec::new();
        let twice = book.told_twice()?;
        for (done, (account, profile)) in (0..).zip(accounts) {
            bar.set(done, all);
            let mut flags = book.flags_of_account(account)?;
            let streams = book.streams_of(account)?;
            flags.extend(twice.iter().filter(|it| streams.contains(&it.event.stream)).cloned());
            lines.extend(flags.into_iter().map(|flag| (profile.name.clone(), flag)));
        }
        drop(bar);
        session.show(&Answer { lines, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<(String, Flag)>,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "lines": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |(name, flag): &(String, Flag)| {
            let mut line = to_json(flag);
            if let Value::Object(fields) = &mut line {
                fields.insert("name".to_owned(), name.as_str().into());
            }
            line
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("name", "account"),
            Column::text("day", "day"),
            Column::text("kind", "event type"),
            Column::programs("event"),
            Column::number("version", "event").people(),
            Column::text("code", "code"),
            Column::text("reason", "why"),
        ];
        let row = |(name, flag): &(String, Flag)| {
            vec![
                Cell::text(name.as_str()),
                Cell::day(flag.day),
                Cell::text(flag.kind.as_str()),
                Cell::text(flag.event.to_string()),
                Cell::text(format!("@{}", flag.event.version)),
                Cell::text(flag.code).tone(Tone::Warning),
                Cell::of(grouped_in(&flag.reason), flag.reason.as_str()),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Flagged facts", self.point.words()).gap();
        if self.lines.is_empty() {
            return page.line("None: every fact is one that `record` would have taken.");
        }
        page.sheet(self.sheet()).note(format!(
            "Facts that were taken as they came, and that a decision would have refused: {}.",
            grouped(&self.lines.len().to_string())
        ))
    }
}
