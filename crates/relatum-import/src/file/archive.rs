//! ZIP archives: their members as files, read where they lie, never written anywhere.
//!
//! Owns what an archive may hold. What is refused is refused as a whole, before any row is read:
//! names that lead out of a folder, links, passwords, archives within archives, and more bytes
//! than any export has.
//!
//! *Invariant: no member gives more bytes than its directory says, and none other bytes than its
//! checksum says.*

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

/// The most bytes that all members of an archive may unpack to.
const MAX_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// The most members.
const MAX_MEMBERS: usize = 65_536;

/// Below so many bytes, nobody asks how well a member packs.
const SMALL_BYTES: u64 = 64 * 1024 * 1024;

/// The most bytes that a large member may unpack to for each stored one.
const MAX_RATIO: u64 = 250;

/// Something that can be read from any place of it.
pub(crate) trait Seekable: Read + Seek + Send {}
impl<T: Read + Seek + Send> Seekable for T {}

/// Where the bytes of an archive or workbook lie.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Path(PathBuf),
    Bytes(Arc<[u8]>),
}

impl Place {
    pub(crate) fn open(&self) -> io::Result<Box<dyn Seekable>> {
        Ok(match self {
            Self::Path(path) => Box::new(BufReader::new(File::open(path)?)),
            Self::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

/// One file within an archive.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    place: Place,
    pub(crate) name: String,
    start: u64,
    stored: u64,
    pub(crate) size: u64,
    crc: u32,
    packed: bool,
}

/// What is in an archive.
pub(crate) struct Contents {
    pub(crate) members: Vec<Member>,
    /// Whether it is a workbook rather than a bundle of files.
    pub(crate) workbook: bool,
}

/// Looks into the archive at `place`; an error is what to tell.
pub(crate) fn contents(place: &Place) -> Result<Contents, String> {
    let broken = |error: &dyn std::fmt::Display| {
        format!("is a broken or cut-off archive ({error}); fetch it again")
    };
    let reader = place.open().map_err(|error| broken(&error))?;
    let mut archive = ZipArchive::new(reader).map_err(|error| broken(&error))?;
    if archive.len() > MAX_MEMBERS {
        return Err(format!("has {} members, more than {MAX_MEMBERS}", archive.len()));
    }
    if archive.has_duplicate_names() {
        return Err("has two members of one name; which one counts?".to_owned());
    }
    if archive.has_overlapping_entries().map_err(|error| broken(&error))? {
        return Err("has members that share bytes, as only a zip bomb has".to_owned());
    }
    let (mut members, mut known, mut total) = (Vec::new(), BTreeSet::new(), 0_u64);
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?.into_owned();
        let wrong = |what: &str| format!("has the member `{}`, {what}", name.escape_debug());
        check_name(&name).map_err(wrong)?;
        if entry.is_symlink() {
            return Err(wrong("which is a link; pack the file itself"));
        }
        if entry.is_dir() {
            continue;
        }
        if !known.insert(name.to_lowercase()) {
            return Err(wrong("which is there twice; which one counts?"));
        }
        if entry.encrypted() {
            return Err(wrong("which needs a password; unpack it and give the files"));
        }
        let (size, stored) = (entry.size(), entry.compressed_size());
        total = total.saturating_add(size);
        if size > SMALL_BYTES && size / MAX_RATIO > stored {
            return Err(wrong(&format!(
                "which unpacks {stored} bytes to {size}; no export packs like that"
            )));
        }
        if total > MAX_BYTES {
            return Err(wrong("with which it unpacks to more than 64 GiB; import it in parts"));
        }
        let packed = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                let what = format!("packed by {other:?}, which is not read here; unpack it");
                return Err(wrong(&what));
            }
        };
        let Some(start) = entry.data_start() else {
            return Err(wrong("whose bytes are not to be found"));
        };
        let (place, crc) = (place.clone(), entry.crc32());
        members.push(Member { place, name, start, stored, size, crc, packed });
    }
    let workbook = members.iter().any(|member| member.name == "xl/workbook.xml");
    refuse_kinds(&members, workbook)?;
    Ok(Contents { members, workbook })
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.contains('\0') || name.is_empty() {
        return Err("which is no name of a file");
    }
    if name.starts_with(['/', '\\']) || drive {
        return Err("whose name leads out of the folder");
    }
    if name.split(['/', '\\']).any(|part| part == "..") {
        return Err("whose name leads out of the folder");
    }
    Ok(())
}

fn refuse_kinds(members: &[Member], workbook: bool) -> Result<(), String> {
    let has = |name: &str| members.iter().any(|member| member.name == name);
    if has("xl/workbook.bin") {
        return Err("is a binary workbook; save it as .xlsx".to_owned());
    }
    if has("mimetype") && has("content.xml") {
        return Err("is an OpenDocument file; save it as .xlsx or CSV".to_owned());
    }
    let nested = |member: &&Member| {
        let name = member.name.to_lowercase();
        [".zip", ".7z", ".rar", ".tar", ".tgz"].iter().any(|end| name.ends_with(end))
    };
    match members.iter().find(nested) {
        Some(member) if !workbook => {
            Err(format!("has the archive `{}` within it; unpack that and give it", member.name))
        }
        _ => Ok(()),
    }
}

impl Member {
    /// Its bytes, unpacked and checked as they are read.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let mut reader = self.place.open()?;
        reader.seek(SeekFrom::Start(self.start))?;
        let stored = reader.take(self.stored);
        let inner: Box<dyn Read + Send> =
            if self.packed { Box::new(DeflateDecoder::new(stored)) } else { Box::new(stored) };
        let hasher = crc32fast::Hasher::new();
        Ok(Box::new(Checked { inner, left: self.size, hasher, crc: self.crc }))
    }

    /// All of its bytes, if they are at most `limit`.
    pub(crate) fn bytes(&self, limit: u64) -> io::Result<Vec<u8>> {
        if self.size > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "too large to be held"));
        }
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether operating systems put it there, and nobody means it.
    pub(crate) fn is_litter(&self) -> bool {
        let file = self.name.rsplit('/').next().unwrap_or_default();
        self.name.starts_with("__MACOSX/") || file.starts_with("._") || file == ".DS_Store"
    }
}

struct Checked {
    inner: Box<dyn Read + Send>,
    left: u64,
    hasher: crc32fast::Hasher,
    crc: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let wrong = |text: &str| Err(io::Error::new(io::ErrorKind::InvalidData, text));
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        let Some(left) = self.left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)) else {
            return wrong("it unpacks to more bytes than the archive says");
        };
        self.left = left;
        if count == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return wrong("it unpacks to fewer bytes than the archive says");
            }
            if self.hasher.clone().finalize() != self.crc {
                return wrong("its checksum is wrong");
            }
        }
        Ok(count)
    }
}
