//! The files to read: by path, by reader, or bytes in memory.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use crate::error::ImportError;

const BUFFER_BYTES: usize = 64 * 1024;

/// A file to import.
pub struct Input {
    name: String,
    size: Option<u64>,
    from: From,
}

enum From {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
    Reader(Box<dyn Read + Send>),
    /// A reader that serves another table already.
    Taken,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("name", &self.name).field("size", &self.size).finish()
    }
}

impl Input {
    /// The file at `path`; it is opened when the import is.
    #[must_use]
    pub fn path(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let size = path.metadata().ok().map(|found| found.len());
        Self { name: path.display().to_string(), size, from: From::Path(path.to_owned()) }
    }

    /// What `reader` gives, under `name`.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self { name: name.into(), size: None, from: From::Reader(Box::new(reader)) }
    }

    /// `bytes` in memory, under `name`.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        let size = u64::try_from(bytes.len()).ok();
        Self { name: name.into(), size, from: From::Bytes(bytes) }
    }

    /// The whole name, as messages show it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without folders, as patterns see it.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name)
    }

    /// Size in bytes as stored, where known.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        self.size
    }

    /// The same file to be read from its beginning; a reader gives that once only.
    pub(crate) fn again(&mut self) -> Result<Self, ImportError> {
        let from = match &mut self.from {
            From::Path(path) => From::Path(path.clone()),
            From::Bytes(bytes) => From::Bytes(Arc::clone(bytes)),
            from @ From::Reader(_) => std::mem::replace(from, From::Taken),
            From::Taken => {
                let text = "the mapping reads it twice; give it as a file, not as a stream";
                let source = io::Error::new(io::ErrorKind::InvalidInput, text);
                return Err(ImportError::Open { file: self.name.clone(), source });
            }
        };
        Ok(Self { name: self.name.clone(), size: self.size, from })
    }

    /// Opens it, unpacked, counting the stored bytes into `read`.
    pub(crate) fn open(self, read: &Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, ImportError> {
        let open = |source| ImportError::Open { file: self.name.clone(), source };
        let reader: Box<dyn Read + Send> = match self.from {
            From::Path(path) => Box::new(File::open(path).map_err(open)?),
            From::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            From::Reader(reader) => reader,
            From::Taken => Box::new(io::empty()),
        };
        let counted = Counted { reader, read: Arc::clone(read) };
        let mut plain = BufReader::with_capacity(BUFFER_BYTES, counted);
        let magic = peek(&mut plain, 2).map_err(open)?;
        let gzip = magic == [0x1f, 0x8b];
        let rest = Cursor::new(magic).chain(plain);
        if !gzip {
            return Ok(Box::new(rest));
        }
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(rest))))
    }
}

/// The first `count` bytes of `reader`, fewer at its end.
pub(crate) fn peek(reader: &mut impl Read, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Counted {
    reader: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        // A count, not a synchronisation: no order is needed.
        self.read.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}
