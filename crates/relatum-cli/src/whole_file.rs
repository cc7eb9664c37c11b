//! Files that are there whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::failure::{Exit, Failure};

/// A file that is being written, under a name of its own until it is whole. What is given up is
/// taken away, and whatever was there before stays.
#[derive(Debug)]
pub(crate) struct WholeFile {
    path: PathBuf,
    /// Where it is until it is whole; none: what is there is no file, and is written to.
    unfinished: Option<PathBuf>,
    to: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Begins a file.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        let there = path.metadata().ok();
        if there.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            let message = format!("{} is a folder: name a file in it", path.display());
            return Err(Failure::new(Exit::Usage, message));
        }
        // A pipe or a device cannot be put in place.
        let unfinished = there.is_none_or(|it| it.is_file()).then(|| {
            let mut name = path.as_os_str().to_owned();
            name.push(".unfinished");
            PathBuf::from(name)
        });
        let at = unfinished.as_deref().unwrap_or(path);
        let mut options = File::options();
        options.write(true).create(unfinished.is_some()).truncate(unfinished.is_some());
        let file = options.open(at).map_err(|error| failed(path, error))?;
        let to = Some(BufWriter::with_capacity(256 * 1_024, file));
        Ok(Self { path: path.to_owned(), unfinished, to })
    }

    /// The folder in which it is.
    pub(crate) fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// Makes it durable and puts it in place.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        let Some(mut to) = self.to.take() else { return Ok(()) };
        let mut put = || -> io::Result<()> {
            to.flush()?;
            let Some(unfinished) = &self.unfinished else { return Ok(()) };
            to.get_ref().sync_all()?;
            std::fs::rename(unfinished, &self.path)?;
            File::open(self.folder())?.sync_all()
        };
        put().map_err(|error| failed(&self.path, error))?;
        self.unfinished = None;
        Ok(())
    }
}

fn failed(path: &Path, error: io::Error) -> Failure {
    Failure::io(format!("write {}", path.display()), error)
}

fn gone() -> io::Error {
    io::Error::other("the file is closed")
}

impl WholeFile {
    /// Whoever is told has many files, and wants to know which.
    fn named<T>(&self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
        })
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.as_mut().ok_or_else(gone)?.write(bytes);
        self.named(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.as_mut().ok_or_else(gone)?.flush();
        self.named(flushed)
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let sought = self.to.as_mut().ok_or_else(gone)?.seek(to);
        self.named(sought)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        drop(self.to.take());
        if let Some(unfinished) = &self.unfinished {
            // Whoever gives up has something worse to say.
            let _ = std::fs::remove_file(unfinished);
        }
    }
}
