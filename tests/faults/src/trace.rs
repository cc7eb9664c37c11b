//! The record that the shim makes of one process.
//!
//! Owns its form. Knows nothing of what a power cut leaves.
//!
//! *Invariant: the order is that in which the calls were made.*

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

const SOURCE: &str = include_str!("../shim.c");

/// Builds the shim in `folder`.
pub(crate) fn build_shim(folder: &Path) -> Outcome<PathBuf> {
    let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
    fs::write(&source, SOURCE)?;
    let output = Command::new("cc")
        .args(["-O2", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(&source)
        .args(["-ldl", "-lpthread"])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(library)
}

/// One call, as far as it matters. Ranges are places in [`Trace::bytes`].
#[derive(Debug, Clone)]
pub(crate) enum Call {
    Open {
        ino: u64,
        created: bool,
        folder: bool,
        path: String,
    },
    Write {
        ino: u64,
        at: u64,
        bytes: Range<usize>,
    },
    Length {
        ino: u64,
        length: u64,
    },
    Rename {
        from: String,
        to: String,
    },
    Link {
        from: String,
        to: String,
    },
    Unlink {
        path: String,
    },
    MakeLink {
        to: String,
        path: String,
    },
    MakeFolder {
        ino: u64,
        path: String,
    },
    SyncBegins {
        number: u64,
    },
    SyncEnds {
        ino: u64,
        number: u64,
        failed: bool,
    },
    Mark {
        line: Range<usize>,
    },
    Point,
    /// A call that failed by order.
    Failed,
}

/// Everything that a process did.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) bytes: Vec<u8>,
    pub(crate) calls: Vec<Call>,
}

impl Trace {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let bytes = fs::read(path)?;
        let mut calls = Vec::new();
        let mut at = 0;
        // A killed process may have left half a record.
        while let Some((call, next)) = parse(&bytes, at) {
            calls.push(call.ok_or_else(|| format!("the trace is unreadable at {at}"))?);
            at = next;
        }
        Ok(Self { bytes, calls })
    }
}

/// The call at a place, and where the next one begins; the inner `None` is an unknown call.
fn parse(bytes: &[u8], at: usize) -> Option<(Option<Call>, usize)> {
    let number = |index: usize| {
        let from = at.checked_add(index * 8)?;
        Some(u64::from_le_bytes(bytes.get(from..from + 8)?.try_into().ok()?))
    };
    let (op, ino, a, b) = (number(0)?, number(1)?, number(2)?, number(3)?);
    let from = at + 40;
    let next = from.checked_add(usize::try_from(number(4)?).ok()?)?;
    let range = from..next;
    let text = String::from_utf8_lossy(bytes.get(range.clone())?);
    let pair = || text.split_once('\0').map(|(from, to)| (from.to_owned(), to.to_owned()));
    let call = match u8::try_from(op).ok()? {
        b'O' => Some(Call::Open { ino, created: a == 1, folder: b == 1, path: text.into_owned() }),
        b'W' => Some(Call::Write { ino, at: a, bytes: range }),
        b'T' => Some(Call::Length { ino, length: a }),
        b'R' => pair().map(|(from, to)| Call::Rename { from, to }),
        b'L' => pair().map(|(from, to)| Call::Link { from, to }),
        b'Y' => pair().map(|(to, path)| Call::MakeLink { to, path }),
        b'U' | b'D' => Some(Call::Unlink { path: text.into_owned() }),
        b'K' => Some(Call::MakeFolder { ino, path: text.into_owned() }),
        b'S' => Some(Call::SyncBegins { number: a }),
        b'E' => Some(Call::SyncEnds { ino, number: a, failed: b != 0 }),
        b'M' => Some(Call::Mark { line: range }),
        b'P' => Some(Call::Point),
        b'X' => Some(Call::Failed),
        _ => None,
    };
    Some((call, next))
}
