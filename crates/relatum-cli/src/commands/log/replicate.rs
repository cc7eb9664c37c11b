//! `relatum log replicate`: the commits of another log in, byte for byte.

use std::collections::VecDeque;
use std::path::PathBuf;

use clap::Args;
use relatum::log::{AppendError, ByteSize, Cursor, StoredCommit};
use relatum::{Copying, Engine, Error, NotCopied};
use serde_json::{Value, json};

use super::input::{Line, Lines};
use crate::book;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, grouped};
use crate::session::Session;

/// Copy the commits of another log, as `log show --jsonl` prints them, byte for byte
///
/// They are the whole log, from its first commit on. What the store holds of it already is compared
/// and passed over, so that a copy that was cut off goes on; another log is refused. Sealed fields
/// stay sealed: give the key file of the original with --keys.
#[derive(Debug, Args)]
pub(crate) struct Replicate {
    /// The file to read; - or none: standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
#[error("{name}, line {line}")]
struct BadLine {
    name: String,
    line: u64,
    source: Error,
}

impl Replicate {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let mut lines = Lines::open(self.file.as_deref())?;
        let engine = session.write()?;
        let mut copying = Copying::into(&engine);
        let copied = copy(&mut lines, &mut Held::of(&engine), &mut copying);
        let done = Answer { commits: copying.commits(), events: copying.events() };
        copied.map_err(|failure| {
            failure.hint(format!("{} commits before it are in", done.commits))
        })?;
        book::checkpoint(&engine)?;
        let keys = session.keys_of(&session.store()?);
        session.show(&done)?;
        session.message(&format!(
            "sealed fields open with the key file of the original only; {} is used here",
            keys.display()
        ));
        Ok(Exit::Done)
    }
}

/// The commits that the store holds already, one after the other.
struct Held<'a> {
    engine: &'a Engine,
    cursor: Cursor,
    ahead: VecDeque<StoredCommit>,
}

impl<'a> Held<'a> {
    fn of(engine: &'a Engine) -> Self {
        Self { engine, cursor: Cursor::start(), ahead: VecDeque::new() }
    }

    fn next(&mut self) -> Result<Option<StoredCommit>, Failure> {
        if self.ahead.is_empty() {
            let block = self.engine.log().read(self.cursor, ByteSize::mib(1)).wait();
            let block = block.map_err(Error::from)?;
            self.cursor = block.next;
            self.ahead = block.commits.into();
        }
        Ok(self.ahead.pop_front())
    }
}

fn copy(lines: &mut Lines, held: &mut Held<'_>, into: &mut Copying<'_>) -> Result<(), Failure> {
    let mut compared = false;
    let bad = |name: &str, NotCopied { place: line, source }: NotCopied| match source {
        Error::Append(AppendError::Log(error)) => Failure::from(Error::from(error)),
        source => Failure::of(Exit::Refused, BadLine { name: name.to_owned(), line, source }),
    };
    while let Some((number, line)) = lines.next()? {
        match line {
            Line::Text(text) => {
                // Once the store has no more, what it holds is what was sent.
                let there = if compared { None } else { held.next()? };
                compared = there.is_none();
                if let Some(there) = there {
                    if there.bytes.as_slice() == text.as_bytes() {
                        continue;
                    }
                    let message = format!(
                        "{}, line {number}: the store holds another commit at position {}: this is \
                         not its log",
                        lines.name(),
                        there.position
                    );
                    return Err(Failure::new(Exit::Refused, message));
                }
                into.send(number, text.into_bytes()).map_err(|error| bad(lines.name(), error))?;
            }
            Line::Bad(reason) => {
                into.finish().map_err(|error| bad(lines.name(), error))?;
                let message = format!("{}, line {number}: {reason}", lines.name());
                return Err(Failure::new(Exit::Refused, message));
            }
        }
    }
    into.finish().map_err(|error| bad(lines.name(), error))
}

struct Answer {
    commits: u64,
    events: u64,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        json!({ "commits": self.commits, "events": self.events })
    }

    fn sheet(&self) -> Sheet {
        let columns =
            vec![Column::number("commits", "commits"), Column::number("events", "events")];
        Sheet::new(columns).with([vec![Cell::count(self.commits), Cell::count(self.events)]])
    }

    fn page(&self) -> Page {
        let number = |number: u64| grouped(&number.to_string());
        Page::default().line(format!(
            "{} commits with {} events copied",
            number(self.commits),
            number(self.events)
        ))
    }
}
