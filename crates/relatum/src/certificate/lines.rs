//! The lines of a certificate, each a JSON object of one kind.

use chrono::{DateTime, NaiveDate, Utc};
use relatum_projections::{Figures, Measure, Sum};
use relatum_stream::EventRef;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::seal::hex;

/// The newest form of a certificate that this version reads and writes.
pub(super) const FORMAT: u32 = 1;

/// What was asked, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    /// The form of the certificate.
    pub(super) certificate: u32,
    pub(super) report: String,
    pub(super) asked: String,
    pub(super) as_of: NaiveDate,
    /// When the last known event was recorded.
    pub(super) known_at: Option<DateTime<Utc>>,
    /// The last known event.
    pub(super) position: u64,
    /// The events that set the rules.
    pub(super) policies: Vec<EventRef>,
    /// Of so many cells the events are added.
    pub(super) explained: usize,
    /// What checks the signature.
    pub(super) signer: Option<String>,
}

/// The state of a projection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) projection: String,
    pub(super) revision: u32,
    pub(super) streams: usize,
    pub(super) sha256: String,
}

/// The columns of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Columns {
    pub(super) columns: Vec<String>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableLine {
    pub(super) line: String,
    pub(super) name: String,
    /// One a column; days may be none.
    pub(super) cells: Vec<Option<String>>,
}

/// The digest of the lines of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableDigest {
    pub(super) table_sha256: String,
}

/// The tree over the log up to the position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) size: u64,
    pub(super) root: String,
    /// How many events each of the hashes covers.
    pub(super) step: u64,
    /// The roots over the first `step` events, the next, and so on, as far as they are full.
    pub(super) hashes: Vec<String>,
}

/// The tree head, as a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) tree_head: String,
}

/// The events behind a cell, each with its amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) cell: String,
    pub(super) amount: Option<String>,
    pub(super) events: Vec<(EventRef, String)>,
}

/// What shows that an event is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) event: EventRef,
    pub(super) index: u64,
    pub(super) leaf: String,
    pub(super) hashes: Vec<String>,
}

/// A line of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    Question(Question),
    State(State),
    Columns(Columns),
    TableLine(TableLine),
    TableDigest(TableDigest),
    Tree(Tree),
    Head(Head),
    Cell(Cell),
    Proof(Proof),
}

impl Line {
    /// The line that `text` is, byte for byte.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let line: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if line.text() == text { Ok(line) } else { Err("it is not spelt as one".to_owned()) }
    }

    /// The key of the cell that it explains, if it does.
    pub(super) fn cell(&self) -> Option<&str> {
        match self {
            Self::Cell(it) => Some(&it.cell),
            _ => None,
        }
    }

    /// The proof that it is, if it is one.
    pub(super) const fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Proof(it) => Some(it),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> String {
        // Nothing in a line can fail to be written. JSON may hold a control character that a note
        // may not.
        serde_json::to_string(self).unwrap_or_default().replace('\u{7f}', "\\u007f")
    }
}

/// An amount of a measure, as certificates spell it; none: there are no days.
pub(super) fn spelt(measure: Measure, sum: Sum) -> Option<String> {
    let whole = || (sum.micro / 1_000_000).to_string();
    match measure {
        Measure::Money => Some(sum.number()),
        Measure::Count => Some(whole()),
        Measure::MostDays => (sum.micro != i128::MIN).then(whole),
    }
}

/// The table, totals last, and its digest.
pub(super) fn table(figures: &Figures) -> Vec<Line> {
    let columns = figures.columns.iter().map(|it| it.key.clone()).collect();
    let mut lines = vec![Line::Columns(Columns { columns })];
    lines.extend(figures.lines.iter().chain(&figures.totals).map(|it| {
        let columns = figures.columns.iter().zip(0..);
        let cells = columns.map(|(column, at)| spelt(column.measure, it.sum(at)));
        let (line, name) = (it.key(), it.name.clone());
        Line::TableLine(TableLine { line, name, cells: cells.collect() })
    }));
    let mut digest = Sha256::new();
    for line in &lines {
        digest.update(line.text());
        digest.update(b"\n");
    }
    let table_sha256 = hex(&digest.finalize());
    lines.push(Line::TableDigest(TableDigest { table_sha256 }));
    lines
}
