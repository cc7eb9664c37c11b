//! The states of the projections, kept in files beside the log to spare a rebuild.
//!
//! Never trusted more than the log: a file that is missing, damaged, of another revision, or for a
//! cut that the log does not confirm makes all of them void, and everything is folded again.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use relatum_log::{ByteSize, Cursor, Cut, EventLog, Position, Seq, recorded_at};
use relatum_projections::{Checkpoint, Models};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// The first line of a checkpoint file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    format: u32,
    /// Of which vocabulary: the states name event types by their place in it.
    vocabulary: String,
    name: String,
    revision: u32,
    cut: Cut,
    /// Of which log: the digest of the first and of the last commit of the cut.
    log: String,
    sha256: String,
}

const FORMAT: u32 = 2;

fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.checkpoint"))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn vocabulary() -> String {
    let types = relatum_domain::VOCABULARY.iter();
    let names: String = types.map(|it| format!("{} {}\n", it.name, it.schema)).collect();
    digest(names.as_bytes())
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Keeps the states of `models`, which have taken in `cut`.
pub(crate) fn save(
    folder: &Path,
    models: &Models,
    cut: &Cut,
    log: &dyn EventLog,
) -> Result<(), Error> {
    let mark = mark(log, cut)?;
    std::fs::create_dir_all(folder)
        .map_err(|source| Error::io(format!("create {}", folder.display()), source))?;
    for Checkpoint { name, revision, state } in models.save() {
        let head = Head {
            format: FORMAT,
            vocabulary: vocabulary(),
            name: name.to_owned(),
            revision,
            cut: cut.clone(),
            log: mark.clone(),
            sha256: digest(&state),
        };
        let path = path_of(folder, name);
        let failed = |source| Error::io(format!("write {}", path.display()), source);
        let mut bytes = serde_json::to_vec(&head).map_err(|error| failed(error.into()))?;
        bytes.push(b'\n');
        bytes.extend(state);
        write_whole(&path, &bytes, false).map_err(failed)?;
    }
    Ok(())
}

/// The kept states, if every one of them can be trusted.
pub(crate) fn load(folder: &Path, log: &dyn EventLog) -> Option<(Models, Cut)> {
    let mut models = Models::default();
    let mut agreed: Option<Head> = None;
    for projection in Models::LIST {
        let bytes = std::fs::read(path_of(folder, projection.name)).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let state = bytes.get(end + 1..)?;
        let fits = head.format == FORMAT
            && head.vocabulary == vocabulary()
            && head.name == projection.name
            && head.revision == projection.revision
            && head.sha256 == digest(state)
            && agreed
                .as_ref()
                .is_none_or(|other| (&other.cut, &other.log) == (&head.cut, &head.log));
        if !fits {
            return None;
        }
        models.load(projection.name, state).ok()?;
        agreed = Some(head);
    }
    let head = agreed?;
    (mark(log, &head.cut).ok()? == head.log).then_some((models, head.cut))
}

/// What tells a log that was read up to `cut` from another.
fn mark(log: &dyn EventLog, cut: &Cut) -> Result<String, Error> {
    // Ends where a commit ends, and not beyond the log.
    recorded_at(log, cut)?;
    let mut hasher = Sha256::new();
    for last in cut.positions() {
        for seq in [Seq::FIRST, last.seq] {
            let at = Cursor::Position(Position { seq, ..last });
            for commit in log.read(at, ByteSize(1)).wait()?.commits.iter().take(1) {
                hasher.update(Sha256::digest(commit.bytes.as_slice()));
            }
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// Writes a file so that it is there whole or not at all; `private` keeps others from reading it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], private: bool) -> std::io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
