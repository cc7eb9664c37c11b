//! Files are changed behind the back of the store: it says so, or shows what it showed before.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Bench, Tally};
use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::disk::write_sparse;
use crate::draw::Draw;
use crate::process;

pub(super) fn changed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 6]);
    let mut work = bench.work(seed)?;
    let killed = draw.once_in(3);
    if killed {
        work.commits = 1_000_000;
        let delay = Duration::from_millis(draw.between(100, 400));
        process::kill(&work, &bench.environment(), delay)?;
    } else {
        work.commits = work.commits.min(100);
        process::work(&work, &bench.environment())?;
    }
    let files = files_below(&work.root)?;
    let newest = files.iter().rfind(|file| file.extension().is_some_and(|it| it == "segment"));
    for count in 0..bench.each {
        let image = bench.folder.join(format!("image-{count}"));
        copy(&work.root, &image)?;
        let Some(file) = draw.one_of(&files) else { break };
        let change = Change::draw(&mut draw);
        let done = change.make(&image.join(file), &mut draw)?;
        tally.count("corruptions");
        // The end of the journal of a store that was not closed is the only copy of it, and
        // looks like that after a power cut: what can be asked is that the rest is whole.
        let only = killed && newest == Some(file) && change.is_like_a_power_cut();
        match judged(bench, &work, &image, only)? {
            Judged::Whole => tally.count("proved unchanged"),
            Judged::Detected => tally.count("detected"),
            Judged::Shorter => tally.count("cut off with the only copy"),
            Judged::Wrong(text) => {
                tally.violation(format!("{count}: {}: {done}: {text}", file.display()));
                continue;
            }
        }
        fs::remove_dir_all(&image)?;
        for left in ["stderr", "stdout"] {
            let _ = fs::remove_file(image.with_extension(left));
        }
        if tally.violations.len() > 4 {
            break;
        }
    }
    Ok(())
}

/// What the store made of a change.
enum Judged {
    Whole,
    Detected,
    /// The end is gone with its only copy; the rest is whole.
    Shorter,
    Wrong(String),
}

fn judged(bench: &Bench, work: &Work, image: &Path, may_be_shorter: bool) -> Outcome<Judged> {
    let environment = bench.environment();
    let check = |lossy| process::check(image, &work.witness, work.variant, lossy, &environment);
    Ok(match check(false)? {
        Verdict::Sound { .. } => Judged::Whole,
        Verdict::Detected(_) => Judged::Detected,
        Verdict::Violation(text) if may_be_shorter => match check(true)? {
            Verdict::Sound { .. } => Judged::Shorter,
            _ => Judged::Wrong(text),
        },
        Verdict::Violation(text) => Judged::Wrong(text),
    })
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
enum Change {
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
    fn draw(draw: &mut Draw) -> Self {
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
    const fn is_like_a_power_cut(self) -> bool {
        matches!(self, Self::ZeroSector | Self::Truncate)
    }

    /// Makes the change and says what it was.
    fn make(self, path: &Path, draw: &mut Draw) -> Outcome<String> {
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
