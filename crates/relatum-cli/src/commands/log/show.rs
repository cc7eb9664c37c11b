//! `relatum log show`: what the log holds, in its order.

use chrono::NaiveDate;
use clap::Args;
use relatum::log::{ByteSize, Cursor, Envelope, EventData, Position, Seq, StoredCommit};
use relatum::{Engine, Error, StreamId};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Form, Rows};
use crate::people::short;
use crate::session::Session;
use crate::values;

/// Show what the log holds, in its order
///
/// With --jsonl, the stored commits byte for byte, one a line: what `log replicate` reads. In the
/// other forms, a row an event.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Only this stream, such as account/67e55044-…
    #[arg(long)]
    stream: Option<StreamId>,
    /// From this position on
    #[arg(long, value_name = "SEQ", value_parser = values::position)]
    from: Option<Position>,
    /// At most so many events, or commits with --jsonl
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Open sealed fields, with --json
    #[arg(long)]
    open: bool,
}

const READ: ByteSize = ByteSize::mib(1);

impl Show {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        if self.open && session.form() != Form::Json {
            let message = "--open shows in --json only; the stored bytes stay sealed";
            return Err(Failure::new(Exit::Usage, message));
        }
        let engine = session.read()?;
        if session.form() == Form::Jsonl {
            self.commits(&engine, session)?;
        } else {
            self.events(&engine, session)?;
        }
        Ok(Exit::Done)
    }

    /// Calls `take` with commits in order until it has enough.
    fn each(
        &self,
        engine: &Engine,
        mut take: impl FnMut(&StoredCommit) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let from = self.from.unwrap_or(Position::of(1));
        let mut cursor = self.stream.map_or(Cursor::Position(from), Cursor::stream);
        loop {
            let block = engine.log().read(cursor, READ).wait().map_err(Error::from)?;
            if block.commits.is_empty() {
                return Ok(());
            }
            for commit in &block.commits {
                if !take(commit)? {
                    return Ok(());
                }
            }
            cursor = block.next;
        }
    }

    fn first(&self) -> Seq {
        self.from.map_or(Seq::FIRST, |position| position.seq)
    }

    fn commits(&self, engine: &Engine, session: &mut Session) -> Result<(), Failure> {
        let mut left = self.limit.unwrap_or(u64::MAX);
        let first = self.first();
        self.each(engine, |commit| {
            let events = commit.view().map_err(Error::from)?.event_count();
            if commit.position.seq.plus(events) <= first {
                return Ok(true);
            }
            if left == 0 {
                return Ok(false);
            }
            left -= 1;
            session.bytes(commit.bytes.as_slice())?;
            session.bytes(b"\n")?;
            Ok(true)
        })
    }

    fn events(&self, engine: &Engine, session: &mut Session) -> Result<(), Failure> {
        let columns = columns();
        let document = session.form() == Form::Json;
        let mut rows = session.rows(&columns)?;
        let mut left = self.limit.unwrap_or(u64::MAX);
        let first = self.first();
        self.each(engine, |commit| {
            for envelope in commit.envelopes().map_err(Error::from)? {
                let wanted = self.stream.is_none_or(|only| only == envelope.event.stream);
                if !wanted || envelope.position.seq < first {
                    continue;
                }
                if left == 0 {
                    return Ok(false);
                }
                left -= 1;
                if document {
                    rows.line(&self.line(engine, &envelope))?;
                } else {
                    row(&mut rows, &envelope)?;
                }
            }
            Ok(true)
        })?;
        rows.end()
    }

    fn line(&self, engine: &Engine, envelope: &Envelope<EventData>) -> Value {
        // Bytes that are no JSON would have been refused when they were written.
        let data: Value = envelope.data.to().unwrap_or_default();
        json!({
            "position": envelope.position.seq,
            "recorded_at": envelope.recorded_at,
            "event": envelope.event,
            "type": envelope.event_type,
            "schema": envelope.schema,
            "key": envelope.key,
            "data": if self.open { engine.opened(data) } else { data },
        })
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::number("position", "position").wide(9),
        Column::text("recorded_at", "recorded at").wide(19),
        Column::text("event", "event").wide(24),
        Column::text("type", "type").wide(25),
        Column::programs("schema"),
        Column::programs("key"),
        Column::text("effective", "effective").wide(10),
    ]
}

fn row(rows: &mut Rows<'_>, envelope: &Envelope<EventData>) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Effective {
        effective: Option<NaiveDate>,
    }
    let effective: Option<Effective> = envelope.data.to().ok();
    let effective = effective.and_then(|data| data.effective);
    let (event, recorded) = (envelope.event, envelope.recorded_at);
    let kind = event.stream.kind;
    let id = short(&event.stream.id.to_string());
    rows.row(&[
        Cell::count(envelope.position.seq.0),
        Cell::of(
            recorded.format("%Y-%m-%d %H:%M:%S").to_string(),
            recorded.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        ),
        Cell::of(format!("{kind}/{id}@{}", event.version), event.to_string()),
        Cell::text(envelope.event_type.as_str()),
        Cell::count(envelope.schema.into()),
        Cell::maybe(envelope.key.as_ref().map(|key| key.as_str())),
        effective.map_or_else(Cell::none, Cell::day),
    ])
}
