//! The head record: how far the store was acknowledged, kept outside of sled.
//!
//! sled opens a file that was emptied or cut short as a shorter or empty store, and says nothing.
//! This record is what notices. It is one line of fixed length in the file `head`, overwritten in
//! place after every sync of the store and before the answer:
//!
//! ```text
//! {"format":1,"head":"00000000000000000017","check":"a3f1…16 digits"}
//! ```
//!
//! It is not synced itself each time, only when it is created and when the store is closed: after
//! a crash of the process it is up to date, because the system has it; after a power cut it may
//! be older than the store, never newer, because the store was synced first. Older is harmless:
//! the store may always hold more than the record says. One line is far below a sector, so that
//! it is not torn.
//!
//! Owns this file. Knows nothing of sled.
//!
//! *Invariant: the seq in the record was durable in the store before the record was written.*

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind::{InvalidData, NotADirectory, NotFound};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use relatum_log::{CorruptionKind, LogError, Seq};
use sha2::{Digest as _, Sha256};

use crate::engine::damage;
use crate::files::failed;
use crate::layout::FORMAT;

/// The open head record.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
    path: PathBuf,
}

#[derive(serde::Deserialize)]
struct Line<'a> {
    format: u32,
    #[serde(default)]
    head: &'a str,
    #[serde(default)]
    check: &'a str,
}

impl HeadFile {
    fn path(store: &Path) -> PathBuf {
        store.join("head")
    }

    /// What the record of `store` says; `None` if there is none.
    pub(crate) fn read(store: &Path) -> Result<Option<Seq>, LogError> {
        let path = Self::path(store);
        let mut text = String::new();
        match File::open(&path).and_then(|file| file.take(4_096).read_to_string(&mut text)) {
            Ok(_) => {}
            // Below a file that is no folder there is nothing either.
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
            Err(error) if error.kind() == InvalidData => {}
            Err(error) => return Err(failed("read", &path)(error)),
        }
        let unreadable = || damage(CorruptionKind::Missing { what: "the head record" });
        let line: Line<'_> = serde_json::from_str(&text).map_err(|_| unreadable())?;
        if line.format != FORMAT {
            return Err(LogError::Format { found: line.format, supported: FORMAT });
        }
        let seq = Seq(line.head.parse().map_err(|_| unreadable())?);
        if line.check == check(seq) { Ok(Some(seq)) } else { Err(unreadable()) }
    }

    /// Opens the record for writing, at `seq`.
    ///
    /// A record that is not there yet appears whole or not at all: an empty one would look damaged.
    pub(crate) fn open(store: &Path, seq: Seq) -> Result<Self, LogError> {
        let path = Self::path(store);
        let new = path.with_extension("new");
        let is_new = !path.exists();
        let at = if is_new { &new } else { &path };
        let file = OpenOptions::new().create(true).truncate(is_new).write(true).open(at);
        let file = file.map_err(failed("open", at))?;
        let mut this = Self { file, path };
        this.write(seq)?;
        this.sync()?;
        if is_new {
            fs::rename(&new, &this.path).map_err(failed("create", &this.path))?;
        }
        Ok(this)
    }

    pub(crate) fn write(&mut self, seq: Seq) -> Result<(), LogError> {
        let line = line(seq);
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.write_all(line.as_bytes()))
            .map_err(failed("write", &self.path))
    }

    pub(crate) fn sync(&self) -> Result<(), LogError> {
        self.file.sync_all().map_err(failed("sync", &self.path))
    }
}

fn line(seq: Seq) -> String {
    format!("{{\"format\":{FORMAT},\"head\":\"{:020}\",\"check\":\"{}\"}}\n", seq.0, check(seq))
}

fn check(seq: Seq) -> String {
    let digest = Sha256::digest(format!("relatum head {FORMAT} {:020}", seq.0));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_written_last_and_notices_a_change() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), None);
        let mut head = HeadFile::open(folder.path(), Seq(0)).unwrap();
        head.write(Seq(17)).unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), Some(Seq(17)));
        let path = folder.path().join("head");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with(r#"{"format":1,"head":"00000000000000000017","check":""#),
            "{text}"
        );

        for bad in [text.replace("17", "16"), text[..40].to_owned(), String::new()] {
            std::fs::write(&path, bad).unwrap();
            let error = HeadFile::read(folder.path()).unwrap_err();
            assert!(matches!(error, LogError::Corrupt(_)), "{error}");
        }
        std::fs::write(&path, text.replace("\"format\":1", "\"format\":2")).unwrap();
        let error = HeadFile::read(folder.path()).unwrap_err();
        assert!(matches!(error, LogError::Format { found: 2, supported: 1 }), "{error}");
    }

    #[test]
    fn a_record_that_a_crash_left_unfinished_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("head.new"), "half a line, or anything else ".repeat(9))
            .unwrap();
        assert_eq!(HeadFile::read(folder.path()).unwrap(), None);
        drop(HeadFile::open(folder.path(), Seq(3)).unwrap());
        assert_eq!(HeadFile::read(folder.path()).unwrap(), Some(Seq(3)));
        assert!(!folder.path().join("head.new").exists());
    }
}
