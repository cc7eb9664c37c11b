//! Files are changed behind the back of the store: it says so, or shows what it showed before.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Bench, Tally};
use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::disk::write_sparse;
use crate::draw::Draw;
use crate::mend::Mended;
use crate::process::{self, End};

/// What is counted of every kind of file.
const TABLE: &str = "Corruptions";

pub(super) fn changed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 6]);
    let mut work = bench.work(seed)?;
    let killed = bench.in_use || !seed.is_multiple_of(2);
    let mut environment = bench.environment();
    if killed {
        work.commits = 1_000_000;
        let point = format!("{}:{}", work.variant.recording_point(), draw.between(10, 60));
        environment.push(("RELATUM_FAULT_POINT", point));
    } else {
        work.commits = work.commits.min(100);
    }
    let end = process::work(&work, &environment)?;
    if end != if killed { End::Signal } else { End::Code(0) } {
        tally.violation(format!("the run before the changes ended with {end:?}"));
    }
    let original = bench.folder.join("original");
    copy(&work.root, &original)?;
    let store = Damaged { bench, work: &work, killed, original: &original };
    let files = files_below(&work.root)?;
    let mut kinds: BTreeMap<&str, Vec<&PathBuf>> = BTreeMap::new();
    for file in &files {
        kinds.entry(kind_of(file)).or_default().push(file);
    }
    let newest = files.iter().rfind(|file| kind_of(file) == JOURNAL);
    for count in 0..bench.each {
        let of_kind = kinds.values().nth(usize::try_from(count)? % kinds.len().max(1));
        let file = of_kind.and_then(|files| draw.one_of(files).copied());
        // What a store that was killed has only once is in the newest file of the journal.
        let Some(file) = newest.filter(|_| killed && count % 3 == 0).or(file) else { break };
        let own = draw.next();
        let change = Change::draw(&mut Draw::of(own));
        // The end of the journal of a store that was not closed is the only copy of it. What a
        // power cut may leave is taken for that; what else is changed is noticed.
        let only = killed && newest == Some(file);
        let may_be_shorter = only && change.may_be_a_power_cut();
        let image = bench.folder.join(format!("image-{count}"));
        let done = store.damage(file, own, &image)?;
        let found = store.judged(&image, may_be_shorter)?;
        tally.count("corruptions");
        tally.note(TABLE, kind_of(file), "changed");
        let found = match found {
            Judged::Detected => {
                tally.note(TABLE, kind_of(file), "detected");
                store.damage(file, own, &image)?;
                store.repaired(&image, file, only)?
            }
            found => found,
        };
        match found {
            Judged::Is(what) => {
                tally.note(TABLE, kind_of(file), what);
                leave(&image)?;
            }
            Judged::Detected => leave(&image)?,
            Judged::Wrong(text) => {
                tally.violation(format!("{count}: {}: {done}: {text}", file.display()));
            }
        }
        if tally.violations.len() > 4 {
            break;
        }
    }
    super::engine::changed(bench, seed, tally)
}

/// Removes what was looked at, with what was said about it.
fn leave(image: &Path) -> Outcome<()> {
    fs::remove_dir_all(image)?;
    for left in ["stderr", "stdout"] {
        let _ = fs::remove_file(image.with_extension(left));
    }
    Ok(())
}

/// Full or not, what the journal writes into.
const JOURNAL: &str = "journal";

/// What a file is, by its name.
pub(super) fn kind_of(file: &Path) -> &'static str {
    let text = file.to_string_lossy();
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name {
        _ if text.contains("/sled.unfinished/") => "beginning of sled's, set aside",
        "db" => "sled: db",
        "conf" => "sled: conf",
        "head" => "head record",
        "lock" => "lock",
        _ if name.starts_with("snap.") => "sled: snapshot",
        _ if text.contains("/blobs/") => "sled: blobs",
        _ if name.ends_with(".segment") => JOURNAL,
        _ if name.ends_with(".segment.zst") => "archive",
        _ if name.ends_with(".run") => "replay cache",
        _ if name.ends_with(".keys") => "keys",
        _ => "other",
    }
}

/// What the store made of a change.
enum Judged {
    Detected,
    Is(&'static str),
    Wrong(String),
}

/// A store of which a file was changed.
struct Damaged<'a> {
    bench: &'a Bench,
    work: &'a Work,
    killed: bool,
    /// The store as it was.
    original: &'a Path,
}

impl Damaged<'_> {
    /// Makes a copy with the change that `own` draws, and says what it was.
    fn damage(&self, file: &Path, own: u64, image: &Path) -> Outcome<String> {
        if image.exists() {
            fs::remove_dir_all(image)?;
        }
        copy(&self.work.root, image)?;
        let mut draw = Draw::of(own);
        Change::draw(&mut draw).make(&image.join(file), &mut draw)
    }

    fn check(&self, image: &Path, lossy: bool) -> Outcome<Verdict> {
        let Work { witness, variant, .. } = self.work;
        process::check(image, witness, *variant, lossy, &self.bench.looking(image))
    }

    fn judged(&self, image: &Path, may_be_shorter: bool) -> Outcome<Judged> {
        Ok(match self.check(image, false)? {
            Verdict::Sound { .. } => Judged::Is("proved unchanged"),
            Verdict::Detected(_) => Judged::Detected,
            Verdict::Violation(text) if may_be_shorter => match self.check(image, true)? {
                Verdict::Sound { .. } => Judged::Is("cut off, the only copy"),
                _ => Judged::Wrong(text),
            },
            Verdict::Violation(text) => Judged::Wrong(text),
        })
    }

    /// Repairs what was detected: from the other copy if there is one, else with a list of losses.
    ///
    /// The end of the only copy tells of nothing once it cannot be read: it is set aside.
    fn repaired(&self, image: &Path, file: &Path, is_only: bool) -> Outcome<Judged> {
        let Work { variant, .. } = self.work;
        let looking = self.bench.looking(&self.bench.folder);
        let mended = process::mend("repair", image, *variant, self.original, &looking)?;
        let is_journal = [JOURNAL, "archive"].contains(&kind_of(file));
        let has_other = if is_journal { !self.killed } else { variant.has_twin() };
        let what = match mended {
            Some(Mended::Whole) => "repaired whole",
            Some(Mended::Told(_)) if !has_other => "repaired, the loss told",
            Some(Mended::Silent(_)) if is_only => "repaired, the unreadable end set aside",
            mended => return Ok(Judged::Wrong(format!("detected; repair: {mended:?}"))),
        };
        Ok(match self.check(image, what != "repaired whole")? {
            Verdict::Sound { .. } => Judged::Is(what),
            verdict => Judged::Wrong(format!("{what}, and then {verdict:?}")),
        })
    }
}

/// The files below a folder, by their paths there.
pub(super) fn files_below(root: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Copies a folder with everything in it; links within it lead to the copies.
pub(super) fn copy(from: &Path, to: &Path) -> Outcome<()> {
    copy_below(from, to, (from, to))
}

fn copy_below(from: &Path, to: &Path, roots: (&Path, &Path)) -> Outcome<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_symlink() {
            let place = fs::read_link(entry.path())?;
            std::os::unix::fs::symlink(roots.1.join(place.strip_prefix(roots.0)?), &to)?;
        } else if entry.file_type()?.is_dir() {
            copy_below(&entry.path(), &to, roots)?;
        } else {
            write_sparse(&to, &fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Bit,
    Bytes,
    ZeroSector,
    SwapSectors,
    Truncate,
    Empty,
    Delete,
    Append,
}

impl Change {
    pub(super) fn draw(draw: &mut Draw) -> Self {
        match draw.below(16) {
            0..7 => Self::Bit,
            7..9 => Self::Bytes,
            9 => Self::ZeroSector,
            10 => Self::SwapSectors,
            11..13 => Self::Truncate,
            13 => Self::Empty,
            14 => Self::Delete,
            _ => Self::Append,
        }
    }

    /// Whether a write that was cut off may look so.
    const fn may_be_a_power_cut(self) -> bool {
        matches!(self, Self::ZeroSector | Self::Truncate)
    }

    /// Makes the change and says what it was.
    pub(super) fn make(self, path: &Path, draw: &mut Draw) -> Outcome<String> {
        let mut bytes = fs::read(path)?;
        let at = place(&bytes, draw)?;
        match self {
            Self::Bit => {
                let bit = draw.below(8);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Bytes => {
                for byte in bytes.iter_mut().skip(at).take(usize::try_from(draw.between(2, 64))?) {
                    *byte = draw.next().to_be_bytes()[0];
                }
            }
            Self::ZeroSector => {
                for byte in bytes.iter_mut().skip(at / 512 * 512).take(512) {
                    *byte = 0;
                }
            }
            Self::SwapSectors => {
                let (one, other) = (at / 512 * 512, place(&bytes, draw)? / 512 * 512);
                for offset in 0..512 {
                    if one.max(other) + offset < bytes.len() {
                        bytes.swap(one + offset, other + offset);
                    }
                }
            }
            Self::Truncate => bytes.truncate(at),
            Self::Empty => bytes.clear(),
            Self::Delete => {
                fs::remove_file(path)?;
                return Ok("deleted".to_owned());
            }
            Self::Append => bytes.extend(draw.next().to_be_bytes().repeat(100)),
        }
        write_sparse(path, &bytes)?;
        Ok(format!("{self:?} at {at} of {}", bytes.len()))
    }
}

/// A place in a file: mostly where there is something, now and then anywhere.
fn place(bytes: &[u8], draw: &mut Draw) -> Outcome<usize> {
    let any = usize::try_from(draw.below(bytes.len() as u64))?;
    if draw.once_in(8) {
        return Ok(any);
    }
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if draw.once_in(6) {
        // The last that was written is what a store reads first.
        let from = end.saturating_sub(600);
        return Ok(usize::try_from(draw.between(from as u64, end as u64))?);
    }
    let from = usize::try_from(draw.below(end as u64))?;
    let rest = bytes.get(from..end).unwrap_or_default();
    Ok(rest.iter().position(|byte| *byte != 0).map_or(any, |offset| from + offset))
}
