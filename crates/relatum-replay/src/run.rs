//! A run: the blocks of one stretch of the log, in a file or still in memory.
//!
//! Shape: magic, the blocks one after the other, a foot in bitcode that says where each is, the
//! length and the CRC-32 of the foot, magic. Written beside its place and renamed: it is there
//! whole or not at all.
//!
//! *Invariant: every byte is magic or under a checksum.*

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bitcode::{Decode, Encode};

use relatum_domain::ManagerId;
use relatum_domain::gist::Topic;
use relatum_projections::Bucket;

use crate::block::{Codec, Row};
use crate::error::ReplayError;
use crate::faults::{Point, point};
use crate::fingerprint::{Digest, fingerprint};
use crate::spread::Spread;

/// The form of a run. Bump with any change of it, or of a release of bitcode that writes another.
pub(crate) const FORMAT: u32 = 5;

const MAGIC: [u8; 8] = *b"rltmrun1";
/// Length and checksum of the foot, and magic.
const TAIL: usize = 16;

/// Where a section of a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Place {
    pub(crate) block: u16,
    pub(crate) topic: Topic,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    /// Its length when unpacked.
    pub(crate) unpacked: u32,
    pub(crate) crc: u32,
}

/// What a run says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Foot {
    pub(crate) fingerprint: Digest,
    /// The last event before it, by its seq.
    pub(crate) after: u64,
    /// Its last event.
    pub(crate) upto: u64,
    /// The root of the tree over the events before it; zeros in memory.
    pub(crate) before: Digest,
    /// The root of the tree over all events up to its last; zeros in memory.
    pub(crate) root: Digest,
    /// How buckets are spread over blocks.
    pub(crate) spread: Spread,
    /// By block and topic, ascending, each at most once.
    pub(crate) places: Vec<Place>,
    /// Which managers are mentioned in which bucket, ascending; two managers may be the same here.
    pub(crate) mentions: Vec<(Short, u16)>,
}

/// A few bytes of an id.
pub(crate) type Short = u32;

/// The last bytes of an id, which differ even where ids were drawn one after the other.
pub(crate) fn short(manager: ManagerId) -> Short {
    manager.uuid().as_bytes().last_chunk().copied().map_or(0, Short::from_be_bytes)
}

/// Where the blocks of a run are.
#[derive(Debug)]
pub(crate) enum Held {
    /// Open as long as the run is: who reads it goes on when the file was deleted.
    File(PathBuf, File),
    Memory(Vec<u8>),
}

/// A run that can be read.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) held: Held,
    pub(crate) foot: Foot,
}

impl Foot {
    /// Of a run of the events after `after` up to `upto`, before its blocks are known.
    pub(crate) fn new(after: u64, upto: u64) -> Self {
        Self {
            fingerprint: fingerprint(),
            after,
            upto,
            before: Digest::default(),
            root: Digest::default(),
            spread: Spread::of(upto.saturating_sub(after)),
            places: Vec::new(),
            mentions: Vec::new(),
        }
    }

    pub(crate) const fn events(&self) -> u64 {
        self.upto.saturating_sub(self.after)
    }

    /// The buckets that may mention a manager.
    pub(crate) fn mentioning(&self, manager: ManagerId) -> impl Iterator<Item = Bucket> {
        let wanted = short(manager);
        let from = self.mentions.partition_point(|(it, _)| *it < wanted);
        let rest = self.mentions.iter().skip(from).take_while(move |(it, _)| *it == wanted);
        rest.map(|(_, bucket)| Bucket(*bucket))
    }

    /// Where the sections of a block lie.
    pub(crate) fn places(&self, block: u16) -> &[Place] {
        let from = self.places.partition_point(|place| place.block < block);
        let (_, places) = self.places.split_at_checked(from).unwrap_or_default();
        let count = places.iter().take_while(|place| place.block == block).count();
        places.get(..count).unwrap_or_default()
    }
}

impl Run {
    /// The run in the file at `path`, if it is one.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let tail_at = length.checked_sub(TAIL as u64)?;
        let mut tail = [0; TAIL];
        file.read_exact_at(&mut tail, tail_at).ok()?;
        let (foot_length, rest) = tail.split_first_chunk()?;
        let (crc, magic) = rest.split_first_chunk()?;
        let foot_length = u32::from_le_bytes(*foot_length);
        let foot_at = tail_at.checked_sub(u64::from(foot_length))?;
        let mut first = MAGIC;
        file.read_exact_at(&mut first, 0).ok()?;
        if magic != MAGIC || first != MAGIC {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(foot_length).ok()?];
        file.read_exact_at(&mut bytes, foot_at).ok()?;
        if crc32fast::hash(&bytes) != u32::from_le_bytes(*crc) {
            return None;
        }
        let foot: Foot = bitcode::decode(&bytes).ok()?;
        let begin = MAGIC.len() as u64;
        let end = foot.places.iter().try_fold(begin, |end, place| {
            end.checked_add(place.length.into()).filter(|_| place.offset == end)
        });
        let key = |place: &Place| (place.block, place.topic);
        let ascending = foot.places.is_sorted_by(|left, right| key(left) < key(right));
        let fits =
            ascending && foot.spread.is_valid() && foot.after < foot.upto && end == Some(foot_at);
        fits.then(|| Self { held: Held::File(path.to_owned(), file), foot })
    }

    pub(crate) const fn is_in_memory(&self) -> bool {
        matches!(self.held, Held::Memory(_))
    }

    /// Bytes of its file.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        match &self.held {
            Held::File(path, _) => path.metadata().map_or(0, |it| it.len()),
            Held::Memory(_) => 0,
        }
    }

    /// When its file was written.
    pub(crate) fn written_at(&self) -> Option<SystemTime> {
        match &self.held {
            Held::File(path, _) => path.metadata().ok()?.modified().ok(),
            Held::Memory(_) => None,
        }
    }

    /// What cannot be deleted does no harm: it is not trusted the next time either.
    pub(crate) fn delete(&self) {
        if let Held::File(path, _) = &self.held {
            let _ = std::fs::remove_file(path);
        }
    }

    /// The bytes of a section, if they are what was written.
    pub(crate) fn section(&self, place: &Place) -> Option<Cow<'_, [u8]>> {
        let length = usize::try_from(place.length).ok()?;
        let bytes = match &self.held {
            Held::File(_, file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, place.offset).ok()?;
                Cow::Owned(bytes)
            }
            Held::Memory(all) => {
                let from = usize::try_from(place.offset).ok()?;
                Cow::Borrowed(all.get(from..from.checked_add(length)?)?)
            }
        };
        (crc32fast::hash(&bytes) == place.crc).then_some(bytes)
    }
}

/// A run being written.
#[derive(Debug)]
pub(crate) struct Writer {
    out: Out,
    at: u64,
    places: Vec<Place>,
    mentions: Vec<(Short, u16)>,
}

#[derive(Debug)]
enum Out {
    File { path: PathBuf, unfinished: PathBuf, file: BufWriter<File> },
    Memory(Vec<u8>),
}

impl Writer {
    pub(crate) const fn in_memory() -> Self {
        Self { out: Out::Memory(Vec::new()), at: 0, places: Vec::new(), mentions: Vec::new() }
    }

    pub(crate) fn create(path: PathBuf) -> Result<Self, ReplayError> {
        let mut unfinished = path.clone().into_os_string();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let failed = || ReplayError::io(format!("write {}", unfinished.display()));
        let file =
            File::options().create(true).truncate(true).read(true).write(true).open(&unfinished);
        let mut file = BufWriter::new(file.map_err(failed())?);
        file.write_all(&MAGIC).map_err(failed())?;
        let at = MAGIC.len() as u64;
        let out = Out::File { path, unfinished, file };
        Ok(Self { at, places: Vec::new(), mentions: Vec::new(), out })
    }

    /// Adds the rows, which are by block of `spread` and above those before them.
    pub(crate) fn add(
        &mut self,
        codec: &mut Codec,
        spread: Spread,
        rows: &[Row<'_, '_>],
    ) -> Result<(), ReplayError> {
        let block = |row: &Row<'_, '_>| spread.block(Bucket::of(row.0));
        for rows in rows.chunk_by(|left, right| block(left) == block(right)) {
            let Some(first) = rows.first() else { continue };
            let before = self.mentions.len();
            for (stream, gists) in rows {
                let mut mention = |it| self.mentions.push((short(it), Bucket::of(*stream).0));
                gists.iter().for_each(|gist| gist.mentioned(&mut mention));
            }
            let mut of_block = self.mentions.split_off(before);
            of_block.sort_unstable();
            of_block.dedup();
            self.mentions.append(&mut of_block);
            for topic in Topic::ALL {
                if let Some((bytes, unpacked)) = codec.encode(rows, topic) {
                    self.put((block(first), topic), &bytes, unpacked)?;
                }
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        (block, topic): (u16, Topic),
        bytes: &[u8],
        unpacked: usize,
    ) -> Result<(), ReplayError> {
        let failed = || ReplayError::io("write a block");
        let small = |number: usize| {
            u32::try_from(number).map_err(|_| std::io::Error::other("it has four gigabytes"))
        };
        self.places.push(Place {
            block,
            topic,
            offset: self.at,
            length: small(bytes.len()).map_err(failed())?,
            unpacked: small(unpacked).map_err(failed())?,
            crc: crc32fast::hash(bytes),
        });
        self.at = self.at.saturating_add(bytes.len() as u64);
        match &mut self.out {
            Out::File { file, .. } => file.write_all(bytes).map_err(failed()),
            Out::Memory(all) => {
                all.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Leaves nothing of it.
    pub(crate) fn abandon(self) {
        if let Out::File { unfinished, .. } = self.out {
            let _ = std::fs::remove_file(unfinished);
        }
    }

    /// Puts the run in its place.
    pub(crate) fn finish(mut self, foot: Foot) -> Result<Run, ReplayError> {
        self.mentions.sort_unstable();
        let foot = Foot { places: self.places, mentions: self.mentions, ..foot };
        let (path, unfinished, mut file) = match self.out {
            Out::Memory(bytes) => return Ok(Run { held: Held::Memory(bytes), foot }),
            Out::File { path, unfinished, file } => (path, unfinished, file),
        };
        let bytes = bitcode::encode(&foot);
        let failed = || ReplayError::io(format!("write {}", path.display()));
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut tail = bytes.clone();
        tail.extend(length.to_le_bytes());
        tail.extend(crc32fast::hash(&bytes).to_le_bytes());
        tail.extend(MAGIC);
        file.write_all(&tail).map_err(failed())?;
        let file = file.into_inner().map_err(|error| failed()(error.into_error()))?;
        file.sync_data().map_err(failed())?;
        point(Point::CacheRename);
        std::fs::rename(&unfinished, &path).map_err(failed())?;
        // The name must last before the parts of a merged run are deleted.
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed())?;
        }
        Ok(Run { held: Held::File(path, file), foot })
    }
}
