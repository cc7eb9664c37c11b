//! `relatum log repair`: the longest log that a damaged store still proves.

use clap::{Args, ValueEnum};
use relatum::{Error, LostEvents, Repaired, Side, repair};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped};
use crate::session::Session;

/// Make a damaged store whole from what it and its journal still prove, and list what is lost
///
/// Takes the longest beginning of the log that either side holds with the roots it was written
/// with. Nothing is thrown away: what was there is set aside under other names. A store in which
/// nothing is wrong is not touched.
#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// Whom to believe where the store and its journal are both whole and differ
    #[arg(long, value_name = "SIDE")]
    trust: Option<Trust>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Trust {
    /// sled's files
    Store,
    /// The journal
    Journal,
}

impl Repair {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let trusted = self.trust.map(|trust| match trust {
            Trust::Store => Side::Store,
            Trust::Journal => Side::Journal,
        });
        let repaired = repair(session.store()?, trusted).map_err(Error::from)?;
        let lost = !repaired.lost.is_empty() || repaired.known.is_some();
        session.show(&Answer(repaired))?;
        Ok(if lost { Exit::Refused } else { Exit::Done })
    }
}

struct Answer(Repaired);

/// One line of what is lost.
fn lost(events: &LostEvents) -> Value {
    let LostEvents { stream, first, last } = events;
    json!({ "stream": stream.to_string(), "first": first, "last": last })
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let it = &self.0;
        let set_aside: Vec<String> =
            it.set_aside.iter().map(|path| path.display().to_string()).collect();
        json!({
            "events": it.tree.size(),
            "root": it.tree.root().to_string(),
            "from_store": it.from_store,
            "from_journal": it.from_journal,
            "known": it.known,
            "lost": it.lost.iter().map(lost).collect::<Vec<Value>>(),
            "set_aside": set_aside,
        })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("stream", "lost of stream"),
            Column::number("first", "from version"),
            Column::number("last", "to version"),
        ];
        let row = |it: &LostEvents| {
            let stream = Cell::text(it.stream.to_string());
            vec![stream, Cell::count(it.first.0), Cell::count(it.last.0)]
        };
        Sheet::new(columns).with(self.0.lost.iter().map(row))
    }

    fn page(&self) -> Page {
        let number = |number: u64| grouped(&number.to_string());
        let it = &self.0;
        let page = match it.set_aside.as_slice() {
            [] => Page::default().toned(Tone::Good, "nothing was wrong"),
            _ => Page::default().line(format!(
                "{} events kept: {} from the journal, {} from the store",
                number(it.tree.size()),
                number(it.from_journal),
                number(it.from_store)
            )),
        };
        let page = page.line(format!("root: {}", it.tree.root()));
        let aside = it.set_aside.iter().map(|path| format!("set aside: {}", path.display()));
        let page = aside.fold(page, Page::line);
        let page = match it.known {
            Some(seq) => page.toned(
                Tone::Bad,
                format!("lost: {} events that were recorded", number(seq.0 - it.tree.size())),
            ),
            None => page,
        };
        if it.lost.is_empty() { page } else { page.gap().sheet(self.sheet()) }
    }
}
