//! `relatum log verify`: whether the log is what a log must be.

use clap::Args;
use relatum::log::Verified;
use relatum::{Class, Error};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure, chain};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::progress::Progress;
use crate::session::Session;

/// Read the whole log and check decoding, order and versions
#[derive(Debug, Args)]
pub(crate) struct Verify {}

impl Verify {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Self {} = self;
        let engine = session.read()?;
        let bar = Progress::of_count("verifying");
        let verified = engine.verify(|done, all| bar.set(done, all));
        drop(bar);
        let answer = match verified {
            Ok(verified) => Answer {
                fault: verified.fault.as_ref().map(|fault| chain(fault)),
                verified: Some(verified),
            },
            // The bytes are in order, but an event in them is not understood.
            Err(error @ Error::Decode(_)) => Answer { fault: Some(chain(&error)), verified: None },
            Err(error) if error.class() == Class::Corrupt => {
                Answer { fault: Some(chain(&error)), verified: None }
            }
            Err(error) => return Err(error.into()),
        };
        session.show(&answer)?;
        Ok(if answer.fault.is_none() { Exit::Done } else { Exit::Refused })
    }
}

struct Answer {
    fault: Option<String>,
    verified: Option<Verified>,
}

impl Answer {
    fn counts(&self) -> [(&'static str, Option<u64>); 4] {
        let of = |count: fn(&Verified) -> u64| self.verified.as_ref().map(count);
        [
            ("commits", of(|it| it.commits)),
            ("events", of(|it| it.events)),
            ("streams", of(|it| it.streams)),
            ("bytes", of(|it| it.bytes)),
        ]
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let last = self.verified.as_ref().and_then(|it| it.last_recorded_at);
        let mut document = json!({
            "sound": self.fault.is_none(),
            "fault": self.fault,
            "head": self.verified.as_ref().map(|it| to_json(&it.head)),
            "last_recorded_at": last,
        });
        if let Value::Object(fields) = &mut document {
            let counts = self.counts().into_iter();
            fields.extend(counts.map(|(name, count)| (name.to_owned(), to_json(&count))));
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let mut columns = vec![Column::text("sound", "sound")];
        let mut row = vec![Cell::of("", self.fault.is_none())];
        for (name, count) in self.counts() {
            columns.push(Column::number(name, name));
            row.push(count.map_or_else(Cell::none, Cell::count));
        }
        columns.push(Column::text("fault", "fault"));
        row.push(Cell::maybe(self.fault.as_deref()));
        Sheet::new(columns).with([row])
    }

    fn page(&self) -> Page {
        let counts = self.counts().into_iter();
        let counts: Vec<String> = counts
            .filter_map(|(name, count)| Some(format!("{} {name}", grouped(&count?.to_string()))))
            .collect();
        match &self.fault {
            None => Page::default().pieces(
                0,
                vec![
                    (Tone::Good, "sound".to_owned()),
                    (Tone::Plain, format!(": {}", counts.join(", "))),
                ],
            ),
            Some(fault) => {
                let page = Page::default().toned(Tone::Bad, format!("fault: {fault}"));
                match counts.is_empty() {
                    true => page,
                    false => page.line(format!("sound before it: {}", counts.join(", "))),
                }
            }
        }
    }
}
