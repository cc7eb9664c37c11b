//! The files to read: by path, by reader, or bytes in memory; and what lies in archives and
//! workbooks.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::archive::{Member, Place, contents};
use super::workbook::{self, Sheet};
use crate::error::ImportError;

const BUFFER_BYTES: usize = 64 * 1024;

/// The largest workbook within an archive, packed.
const MAX_BOOK: u64 = 256 * 1024 * 1024;

/// A file to import.
pub struct Input {
    name: String,
    size: Option<u64>,
    from: From,
    /// Whether it lies in an archive or workbook, which may hold what no mapping reads.
    inner: bool,
    sheet: Option<SheetName>,
}

/// The sheet that an input is.
#[derive(Debug, Clone)]
pub(crate) struct SheetName {
    /// The file of the workbook, without folders.
    pub(crate) book: String,
    pub(crate) name: String,
    /// Whether the workbook has no other.
    pub(crate) only: bool,
}

enum From {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
    Reader(Box<dyn Read + Send>),
    Member(Arc<Member>),
    Sheet(Place),
    /// A reader that serves another table already.
    Taken,
}

/// An input that is open: bytes of a text file, or rows of a sheet.
pub(crate) enum Opened {
    Bytes(Box<dyn Read + Send>),
    Sheet(Box<Sheet>),
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("name", &self.name).field("size", &self.size).finish()
    }
}

impl Input {
    fn new(name: String, size: Option<u64>, from: From) -> Self {
        Self { name, size, from, inner: false, sheet: None }
    }

    /// The file at `path`; it is opened when the import is.
    #[must_use]
    pub fn path(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let size = path.metadata().ok().map(|found| found.len());
        Self::new(path.display().to_string(), size, From::Path(path.to_owned()))
    }

    /// What `reader` gives, under `name`. Archives and workbooks need a file or bytes.
    pub fn reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Self {
        Self::new(name.into(), None, From::Reader(Box::new(reader)))
    }

    /// `bytes` in memory, under `name`.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        let size = u64::try_from(bytes.len()).ok();
        Self::new(name.into(), size, From::Bytes(bytes))
    }

    /// The same, found in a folder: if it is an archive, it need not hold anything of use.
    pub(crate) fn found(self) -> Self {
        Self { inner: true, ..self }
    }

    /// The whole name, as messages show it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name without folders, as patterns see it.
    #[must_use]
    pub fn file_name(&self) -> &str {
        match &self.sheet {
            Some(sheet) => &sheet.name,
            None => last_part(&self.name),
        }
    }

    /// Size in bytes as stored, where known.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        self.size
    }

    pub(crate) const fn sheet(&self) -> Option<&SheetName> {
        self.sheet.as_ref()
    }

    pub(crate) const fn is_inner(&self) -> bool {
        self.inner
    }

    /// The files that it holds, if it is an archive or a workbook; otherwise itself.
    pub(crate) fn unpack(self) -> Result<Vec<Self>, ImportError> {
        let place = match &self.from {
            From::Path(path) => Place::Path(path.clone()),
            From::Bytes(bytes) => Place::Bytes(Arc::clone(bytes)),
            _ => return Ok(vec![self]),
        };
        let start = workbook::start(&place)
            .map_err(|source| ImportError::Open { file: self.name.clone(), source })?;
        let refused = |reason: String| ImportError::Container { file: self.name.clone(), reason };
        if workbook::is_old(&start) {
            return Err(refused(
                "is an old workbook (.xls) or one with a password; save it as .xlsx without one"
                    .to_owned(),
            ));
        }
        if !start.starts_with(b"PK\x03\x04") && !start.starts_with(b"PK\x05\x06") {
            return Ok(vec![self]);
        }
        let contents = contents(&place).map_err(refused)?;
        if contents.workbook {
            let names = workbook::sheets(&place, &contents).map_err(refused)?;
            let (book, only) = (last_part(&self.name).to_owned(), names.len() == 1);
            let sheet = |name: String| {
                let shown = format!("{}!{name}", self.name);
                let size = self.size.filter(|_| only);
                let sheet = Some(SheetName { book: book.clone(), name, only });
                Self { sheet, inner: true, ..Self::new(shown, size, From::Sheet(place.clone())) }
            };
            return Ok(names.into_iter().map(sheet).collect());
        }
        let mut all = Vec::new();
        for member in contents.members.into_iter().filter(|member| !member.is_litter()) {
            let name = format!("{}/{}", self.name, member.name);
            if member.name.to_lowercase().ends_with(".xlsx") {
                let bytes = member.bytes(MAX_BOOK).map_err(|error| {
                    refused(format!("has the workbook `{}` within it: {error}", member.name))
                })?;
                all.extend(Self::bytes(name, bytes).unpack()?);
                continue;
            }
            let from = From::Member(Arc::new(member.clone()));
            all.push(Self { inner: true, ..Self::new(name, Some(member.size), from) });
        }
        Ok(all)
    }

    /// The same file to be read from its beginning; a reader gives that once only.
    pub(crate) fn again(&mut self) -> Result<Self, ImportError> {
        let from = match &mut self.from {
            From::Path(path) => From::Path(path.clone()),
            From::Bytes(bytes) => From::Bytes(Arc::clone(bytes)),
            From::Member(member) => From::Member(Arc::clone(member)),
            From::Sheet(place) => From::Sheet(place.clone()),
            from @ From::Reader(_) => std::mem::replace(from, From::Taken),
            From::Taken => {
                let text = "the mapping reads it twice; give it as a file, not as a stream";
                let source = io::Error::new(io::ErrorKind::InvalidInput, text);
                return Err(ImportError::Open { file: self.name.clone(), source });
            }
        };
        let (name, size, inner) = (self.name.clone(), self.size, self.inner);
        Ok(Self { name, size, from, inner, sheet: self.sheet.clone() })
    }

    /// Whether it can be read more than once.
    pub(crate) const fn is_repeatable(&self) -> bool {
        !matches!(self.from, From::Reader(_) | From::Taken)
    }

    /// Opens it, unpacked, counting the stored bytes into `read`.
    pub(crate) fn open(self, read: &Arc<AtomicU64>) -> Result<Opened, ImportError> {
        let open = |source| ImportError::Open { file: self.name.clone(), source };
        let reader: Box<dyn Read + Send> = match self.from {
            From::Path(path) => Box::new(File::open(path).map_err(open)?),
            From::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            From::Reader(reader) => reader,
            From::Member(member) => member.open().map_err(open)?,
            From::Sheet(place) => {
                let name = self.sheet.map(|sheet| sheet.name).unwrap_or_default();
                let sheet = Sheet::read(&place, &name)
                    .map_err(|reason| ImportError::Container { file: self.name.clone(), reason })?;
                read.fetch_add(self.size.unwrap_or(0), Ordering::Relaxed);
                return Ok(Opened::Sheet(Box::new(sheet)));
            }
            From::Taken => Box::new(io::empty()),
        };
        let counted = Counted { reader, read: Arc::clone(read) };
        let mut plain = BufReader::with_capacity(BUFFER_BYTES, counted);
        let magic = peek(&mut plain, 4).map_err(open)?;
        if magic.starts_with(b"PK\x03\x04") {
            let reason = "is an archive or a workbook; give it as a file".to_owned();
            return Err(ImportError::Container { file: self.name, reason });
        }
        let gzip = magic.starts_with(&[0x1f, 0x8b]);
        let rest = Cursor::new(magic).chain(plain);
        if !gzip {
            return Ok(Opened::Bytes(Box::new(rest)));
        }
        let unpacked = BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(rest));
        Ok(Opened::Bytes(Box::new(unpacked)))
    }
}

fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
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
