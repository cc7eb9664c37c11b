//! The files around sled: folders, the lock, and syncing them.
//!
//! Owns the calls to the file system and the words of their errors. Knows nothing of commits.
//!
//! *Invariant: every error names the operation and the path.*

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use relatum_log::LogError;

/// Words an error of doing `what` with `path`.
pub(crate) fn failed(what: &str, path: &Path) -> impl FnOnce(io::Error) -> LogError {
    let op = format!("{what} {}", path.display());
    move |error| LogError::io(op, error)
}

/// Makes sure that nobody else has the store open, until the handle is dropped.
pub(crate) fn lock(store: &Path) -> Result<File, LogError> {
    let path = store.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed("open the lock file", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LogError::Locked { path: store.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed("lock", &path)(error)),
    }
}

/// Makes the entries of a folder durable: creating or renaming a file is a change of its folder.
pub(crate) fn sync_folder(path: &Path) -> Result<(), LogError> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(failed("sync the folder", path))
}

/// Makes the entries of a folder and its own entry in the folder above durable.
pub(crate) fn sync_entry(path: &Path) -> Result<(), LogError> {
    sync_folder(path)?;
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Writes a file so that it is there whole or not at all, and durable.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let mut file = File::create(&unfinished).map_err(failed("create", &unfinished))?;
    file.write_all(bytes).map_err(failed("write", &unfinished))?;
    file.sync_all().map_err(failed("sync", &unfinished))?;
    fs::rename(&unfinished, path).map_err(failed("create", path))?;
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Makes everything below `path` durable.
pub(crate) fn sync_tree(path: &Path) -> Result<(), LogError> {
    for file in list(path)? {
        if file.is_dir() {
            sync_tree(&file)?;
        } else {
            let synced = File::open(&file).and_then(|file| file.sync_all());
            synced.map_err(failed("sync", &file))?;
        }
    }
    sync_folder(path)
}

/// Removes snapshots that sled did not finish: it refuses to open beside one, and needs none.
pub(crate) fn remove_unfinished_snapshots(sled: &Path) -> Result<(), LogError> {
    for file in list(sled)? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            fs::remove_file(&file).map_err(failed("remove", &file))?;
        }
    }
    Ok(())
}

/// Up to where the newest snapshot of sled goes: its name says so.
pub(crate) fn newest_snapshot(sled: &Path) -> Result<Option<u64>, LogError> {
    let number = |file: PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str());
        let digits = name.and_then(|name| name.strip_prefix("snap."));
        digits.and_then(|digits| u64::from_str_radix(digits, 16).ok())
    };
    Ok(list(sled)?.into_iter().filter_map(number).max())
}

/// Removes every snapshot of sled, which are copies of what its log says.
pub(crate) fn remove_snapshots(sled: &Path) -> Result<(), LogError> {
    for file in list(sled)? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("snap.") {
            fs::remove_file(&file).map_err(failed("remove", &file))?;
        }
    }
    sync_folder(sled)
}

/// Makes the entries of all folders above `path` durable, and its own.
pub(crate) fn sync_ancestors(path: &Path) -> Result<(), LogError> {
    path.ancestors().filter(|above| !above.as_os_str().is_empty()).try_for_each(sync_folder)
}

/// Copies a folder with everything below it.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<(), LogError> {
    fs::create_dir_all(to).map_err(failed("create", to))?;
    for path in list(from)? {
        let copy = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_tree(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).map_err(failed("copy", &path))?;
        }
    }
    Ok(())
}

/// The bytes of all files below `path`.
pub(crate) fn bytes_below(path: &Path) -> Result<u64, LogError> {
    let mut bytes = 0;
    for file in list(path)? {
        if file.is_dir() {
            bytes += bytes_below(&file)?;
        } else {
            // A file may go while we look: sled removes old snapshots.
            bytes += fs::metadata(&file).map_or(0, |metadata| metadata.len());
        }
    }
    Ok(bytes)
}

/// The entries of a folder, in no order.
pub(crate) fn list(path: &Path) -> Result<Vec<std::path::PathBuf>, LogError> {
    fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(failed("list the folder", path))
}
