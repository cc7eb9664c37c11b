//! The leaf of an event: what is hashed of it.
//!
//! ```text
//! {"format":1,"recorded_at":"…","writes":[…],"events":[
//! 0
//! {"type":"call_held","schema":1,"data":{…}}
//! ```
//!
//! The bytes of the commit up to its events, a line break, the number of the event in the commit
//! from 0, a line break, and the bytes of the event. A commit holds no line break, so that the
//! three parts cannot be mistaken.
//!
//! Owns these bytes and finding them in a commit. Knows nothing of what an event says.
//!
//! *Invariant: any bytes are answered, with leaves or with the byte that cannot be.*

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::hash::TreeHash;
use crate::corruption::CorruptionKind;
use crate::outside::{Outside, PART};

/// The end of the header of a commit. No text of a user stands before it.
const EVENTS: &[u8] = br#""events":["#;

/// The hashes of the leaves of a commit's events, in order.
///
/// # Errors
/// [`CorruptionKind::NotACommit`] if the events cannot be told apart.
pub fn leaf_hashes(bytes: &[u8]) -> Result<Vec<TreeHash>, CorruptionKind> {
    let (header, mut events) = Events::of(bytes)?;
    let head = Sha256::new().chain_update([0]).chain_update(header).chain_update(b"\n");
    // Few events are smaller.
    let mut hashes = Vec::with_capacity(bytes.len() / 256 + 1);
    let mut line = String::new();
    while let Some(event) = events.next()? {
        line.clear();
        put_index_line(&mut line, hashes.len());
        let hasher = head.clone().chain_update(&line).chain_update(event);
        hashes.push(TreeHash::from(hasher));
    }
    Ok(hashes)
}

/// The leaf of the event with the number `index`, from 0, of a commit; `None` if there is none.
#[must_use]
pub fn leaf(bytes: &[u8], index: usize) -> Option<Vec<u8>> {
    let (header, mut events) = Events::of(bytes).ok()?;
    let mut event = events.next().ok()??;
    for _ in 0..index {
        event = events.next().ok()??;
    }
    let mut line = String::new();
    put_index_line(&mut line, index);
    Some([header, b"\n", line.as_bytes(), event].concat())
}

fn put_index_line(to: &mut String, index: usize) {
    // Writing to a string cannot fail.
    let _ = writeln!(to, "{index}");
}

/// Walks over the events of a commit.
struct Events<'a> {
    bytes: &'a [u8],
    /// Where the next event begins, or what comes after the last one.
    at: usize,
    braces: Braces<'a>,
}

impl<'a> Events<'a> {
    /// The header of a commit, and its events.
    fn of(bytes: &'a [u8]) -> Result<(&'a [u8], Self), CorruptionKind> {
        let at = bytes.windows(EVENTS.len()).position(|part| part == EVENTS);
        let at = at.map(|at| at + EVENTS.len());
        let parts = at.and_then(|at| bytes.split_at_checked(at).zip(Some(at)));
        match parts {
            Some(((header, events), at)) => {
                Ok((header, Self { bytes, at, braces: Braces::of(events, at) }))
            }
            None => Err(CorruptionKind::NotACommit { byte: bytes.len() }),
        }
    }

    /// The next event, from its `{` to its `}`; `None` after the last.
    fn next(&mut self) -> Result<Option<&'a [u8]>, CorruptionKind> {
        let wrong = |byte| CorruptionKind::NotACommit { byte };
        let begin = self.at;
        match self.bytes.get(begin) {
            Some(b'{') => {}
            None if self.bytes.ends_with(b"]}") => return Ok(None),
            _ => return Err(wrong(begin.min(self.bytes.len()))),
        }
        let end = self.braces.end_of_object().ok_or(wrong(self.bytes.len()))?;
        self.at = match self.bytes.get(end..) {
            Some([b',', b'{', ..]) => end + 1,
            Some(b"]}") => self.bytes.len(),
            _ => return Err(wrong(end)),
        };
        Ok(self.bytes.get(begin..end))
    }
}

/// The braces outside of strings, in order.
struct Braces<'a> {
    parts: Outside<'a>,
    /// Where the part begins that is looked at.
    at: usize,
    /// What is left of it.
    opening: u64,
    closing: u64,
}

impl<'a> Braces<'a> {
    /// Those of `text`, which begins at `at`.
    fn of(text: &'a [u8], at: usize) -> Self {
        let mut this = Self { parts: Outside::of(text), at, opening: 0, closing: 0 };
        this.take_part();
        this
    }

    fn take_part(&mut self) -> Option<()> {
        let part = self.parts.next()?;
        (self.opening, self.closing) = (part.places(b'{'), part.places(b'}'));
        Some(())
    }

    /// The byte after the object that begins with the next brace.
    fn end_of_object(&mut self) -> Option<usize> {
        let mut depth = 0_usize;
        loop {
            let all = self.opening | self.closing;
            if all == 0 {
                self.take_part()?;
                self.at += PART;
                continue;
            }
            let brace = all & all.wrapping_neg();
            if self.opening & brace != 0 {
                self.opening &= !brace;
                depth += 1;
            } else {
                self.closing &= !brace;
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(self.at + brace.trailing_zeros() as usize + 1);
                }
            }
        }
    }
}
