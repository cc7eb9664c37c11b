//! The head record: how far the store was acknowledged, kept outside of sled.
//!
//! sled opens a file that was emptied or cut short as a shorter or empty store, and says nothing.
//! This record notices, and the journal makes good. It is one line in the file `head`:
//!
//! ```text
//! {"format":2,"closed":1,"journal":1,"head":"00000000000000000017","root":"…64…","check":"…16…"}
//! ```
//!
//! `closed` is 0 from before the first commit after opening until everything is in sled and
//! synced; `journal` is the seq with which the newest file of the journal began, at least 1, or 0
//! if there is none. `head` and `root` are those of the events that sled held durably when the line
//! was written.
//!
//! It is replaced as a whole when a store is made, used first and closed, and when the journal
//! begins a file, before anything in that is acknowledged. A store without a journal
//! also writes it in place after each sync, in two lines by turns: a write that fails half way
//! leaves the other line as it is. Both are in one sector. The line that is further counts.
//!
//! Owns this file. Knows nothing of sled.
//!
//! *Invariant: what the record says was durable in the store before the record was written.*

use std::fs::{File, OpenOptions};
use std::io::ErrorKind::{InvalidData, NotADirectory, NotFound};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use relatum_log::{CorruptionKind, LogError, Seq, TreeHash};
use sha2::{Digest as _, Sha256};

use crate::engine::damage;
use crate::faults::{Point, point};
use crate::files::{self, failed};
use crate::layout::FORMAT;

/// What the record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) closed: bool,
    /// Where the newest file of the journal begins; 0 without a journal.
    pub(crate) journal: Seq,
    pub(crate) seq: Seq,
    pub(crate) root: TreeHash,
}

/// The open head record.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: Option<File>,
    path: PathBuf,
    /// The line to write next in place: 0 or 1.
    turn: u64,
    pub(crate) head: Head,
}

#[derive(serde::Deserialize)]
struct Line<'a> {
    format: u32,
    #[serde(default)]
    closed: u8,
    #[serde(default)]
    journal: u64,
    #[serde(default)]
    head: &'a str,
    #[serde(default)]
    root: &'a str,
    #[serde(default)]
    check: &'a str,
}

impl Head {
    /// Where a file of the journal must begin, or a later one; 0 if none needs to be there.
    ///
    /// Of a store that was closed, sled holds everything.
    pub(crate) const fn needs_journal(&self) -> Seq {
        if self.closed { Seq::NONE } else { self.journal }
    }

    /// What a line says; `None` if that is nothing.
    fn of(line: &str) -> Result<Option<Self>, LogError> {
        let Ok(line) = serde_json::from_str::<Line<'_>>(line) else { return Ok(None) };
        if line.format != FORMAT {
            return Err(LogError::Format { found: line.format, supported: FORMAT });
        }
        let (Ok(seq), Ok(root)) = (line.head.parse(), line.root.parse()) else { return Ok(None) };
        let (closed, journal) = (line.closed == 1, Seq(line.journal));
        let head = Self { closed, journal, seq: Seq(seq), root };
        Ok(Some(head).filter(|head| line.check == check(head)))
    }
}

impl HeadFile {
    fn path(store: &Path) -> PathBuf {
        store.join("head")
    }

    /// What the record of `store` says; `None` if there is none.
    pub(crate) fn read(store: &Path) -> Result<Option<Head>, LogError> {
        let path = Self::path(store);
        let mut text = String::new();
        match File::open(&path).and_then(|file| file.take(4_096).read_to_string(&mut text)) {
            Ok(_) => {}
            // Below a file that is no folder there is nothing either.
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
            Err(error) if error.kind() == InvalidData => {}
            Err(error) => return Err(failed("read", &path)(error)),
        }
        let mut furthest: Option<Head> = None;
        for line in text.split('\n') {
            let head = Head::of(line)?;
            furthest = furthest.into_iter().chain(head).max_by_key(|head| head.seq);
        }
        let unreadable = || damage(CorruptionKind::Missing { what: "the head record" });
        furthest.map(Some).ok_or_else(unreadable)
    }

    /// A record to be written, which says `head` for now.
    pub(crate) fn new(store: &Path, head: Head) -> Self {
        Self { file: None, path: Self::path(store), turn: 1, head }
    }

    /// Makes the record, or puts a new one in the place of the old one, durably.
    ///
    /// It is there whole or not at all: half of one would look damaged.
    pub(crate) fn replace(&mut self, head: Head) -> Result<(), LogError> {
        point(Point::HeadWrite);
        (self.head, self.file, self.turn) = (head, None, 1);
        files::write_whole(&self.path, line(&head).as_bytes())
    }

    /// Writes the record in place, not durably: what it says may lag behind.
    pub(crate) fn write(&mut self, head: Head) -> Result<(), LogError> {
        point(Point::HeadWrite);
        self.head = head;
        let bytes = line(&head);
        let at = self.turn * bytes.len() as u64;
        self.turn = 1 - self.turn;
        let file = self.file()?;
        file.write_all_at(bytes.as_bytes(), at).map_err(failed("write", &self.path))
    }

    /// The file, opened when it is first written.
    fn file(&mut self) -> Result<&File, LogError> {
        if self.file.is_none() {
            let file = OpenOptions::new().write(true).open(&self.path);
            self.file = Some(file.map_err(failed("open", &self.path))?);
        }
        self.file.as_ref().ok_or(LogError::Poisoned)
    }
}

fn line(head: &Head) -> String {
    format!("{{{},\"check\":\"{}\"}}\n", fields(head), check(head))
}

fn fields(head: &Head) -> String {
    let Head { closed, journal, seq, root } = head;
    let (closed, journal) = (u8::from(*closed), journal.0);
    format!(
        "\"format\":{FORMAT},\"closed\":{closed},\"journal\":{journal},\"head\":\"{:020}\",\
         \"root\":\"{root}\"",
        seq.0
    )
}

fn check(head: &Head) -> String {
    let digest = Sha256::digest(format!("relatum head {{{}}}", fields(head)));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64) -> Head {
        Head { closed: true, journal: Seq(1), seq: Seq(seq), root: TreeHash::empty() }
    }

    #[test]
    fn says_what_was_written_last_and_notices_a_change() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), None);
        let mut file = HeadFile::new(folder.path(), head(0));
        file.replace(head(0)).unwrap();
        file.write(head(17)).unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), Some(head(17)));
        let path = folder.path().join("head");
        let text = std::fs::read_to_string(&path).unwrap();
        let begin = "{\"format\":2,\"closed\":1,\"journal\":1,\"head\":\"00000000000000000017\",";
        let (old, new) = text.split_at(text.len() / 2);
        assert!(new.starts_with(begin), "{text}");
        assert!(text.len() <= 512, "a sector");

        // A write that failed half way.
        for cut in 1..new.len() {
            std::fs::write(&path, format!("{old}{}", &new[..cut])).unwrap();
            let read = HeadFile::read(folder.path()).unwrap();
            assert_eq!(read, Some(head(if cut == new.len() - 1 { 17 } else { 0 })));
            file.write(head(18)).unwrap();
        }
        std::fs::write(&path, new).unwrap();
        let text = new;

        let closed = text.replace("\"closed\":1", "\"closed\":0");
        for bad in [text.replace("17", "16"), closed, text[..40].to_owned(), String::new()] {
            std::fs::write(&path, bad).unwrap();
            let error = HeadFile::read(folder.path()).unwrap_err();
            assert!(matches!(error, LogError::Corrupt(_)), "{error}");
        }
        std::fs::write(&path, text.replace("\"format\":2", "\"format\":3")).unwrap();
        let error = HeadFile::read(folder.path()).unwrap_err();
        assert!(matches!(error, LogError::Format { found: 3, supported: 2 }), "{error}");
    }

    #[test]
    fn a_record_that_a_crash_left_unfinished_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let unfinished = folder.path().join("head.unfinished");
        std::fs::write(&unfinished, "half a line, or anything else ".repeat(9)).unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), None);
        HeadFile::new(folder.path(), head(3)).replace(head(3)).unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), Some(head(3)));
        assert!(!unfinished.exists());
    }
}
