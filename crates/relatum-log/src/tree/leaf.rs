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

use sha2::{Digest, Sha256};

use super::hash::TreeHash;
use crate::corruption::CorruptionKind;

/// The end of the header of a commit. No text of a user stands before it.
const EVENTS: &[u8] = br#""events":["#;

/// The hashes of the leaves of a commit's events, in order.
///
/// # Errors
/// [`CorruptionKind::NotACommit`] if the events cannot be told apart.
pub fn leaf_hashes(bytes: &[u8]) -> Result<Vec<TreeHash>, CorruptionKind> {
    let (header, mut events) = Events::of(bytes)?;
    let head = Sha256::new().chain_update([0]).chain_update(header).chain_update(b"\n");
    let mut hashes = Vec::new();
    while let Some(event) = events.next()? {
        let hasher = head.clone().chain_update(index_line(hashes.len())).chain_update(event);
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
    Some([header, b"\n", index_line(index).as_bytes(), event].concat())
}

fn index_line(index: usize) -> String {
    format!("{index}\n")
}

/// Walks over the events of a commit.
struct Events<'a> {
    bytes: &'a [u8],
    /// Where the next event begins, or what comes after the last one.
    at: usize,
}

impl<'a> Events<'a> {
    /// The header of a commit, and its events.
    fn of(bytes: &'a [u8]) -> Result<(&'a [u8], Self), CorruptionKind> {
        let at = bytes.windows(EVENTS.len()).position(|part| part == EVENTS);
        let at = at.map(|at| at + EVENTS.len());
        let header = at.and_then(|at| bytes.get(..at));
        match (at, header) {
            (Some(at), Some(header)) => Ok((header, Self { bytes, at })),
            _ => Err(CorruptionKind::NotACommit { byte: bytes.len() }),
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
        let end = end_of_object(self.bytes, begin).ok_or(wrong(self.bytes.len()))?;
        self.at = match self.bytes.get(end..) {
            Some([b',', b'{', ..]) => end + 1,
            Some(b"]}") => self.bytes.len(),
            _ => return Err(wrong(end)),
        };
        Ok(self.bytes.get(begin..end))
    }
}

/// The byte after the object that begins at `begin`.
fn end_of_object(bytes: &[u8], begin: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut rest = bytes.get(begin..)?.iter();
    loop {
        match rest.next()? {
            b'"' => loop {
                match rest.next()? {
                    b'"' => break,
                    b'\\' => _ = rest.next()?,
                    _ => {}
                }
            },
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(bytes.len() - rest.len()),
            b'}' => depth -= 1,
            _ => {}
        }
    }
}
