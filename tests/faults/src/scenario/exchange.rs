//! Parts of a store are those of another, or of an earlier time, each of them whole in itself: the
//! store notices that they do not belong together, or shows what it showed before.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::corrupt::{copy, files_below};
use super::{Bench, Tally};
use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::content::Author;
use crate::draw::Draw;
use crate::process::{self, End};
use crate::store::Variant;
use crate::witness::{self, Witness};

/// So many bytes of an entry hold its numbers, about.
const NUMBERS: u64 = 24;

pub(super) fn parts(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 9]);
    // One thread, so that the two stores have the same shape.
    let mut work = Work { threads: 1, reopen_every: 0, ..bench.work(seed)? };
    work.commits *= 2;
    if work.variant == Variant::Elsewhere {
        work.variant = Variant::Default;
    }
    let author = Witness::read(&work.witness)?.author;
    let foreign = Work {
        root: bench.folder.join("foreign"),
        witness: bench.folder.join("witness-foreign"),
        ..work.clone()
    };
    fs::create_dir_all(&foreign.root)?;
    witness::begin(&foreign.witness, Author { salt: 1, ..author })?;
    let earlier = bench.folder.join("earlier");
    for (work, keeps) in [(&work, true), (&foreign, false)] {
        for run in 0..2 {
            let end = process::work(&Work { run, ..work.clone() }, &bench.environment())?;
            if end != End::Code(0) {
                tally.violation(format!("the run without a fault ended with {end:?}"));
            }
            if keeps && run == 0 {
                copy(&work.root, &earlier)?;
            }
        }
    }
    for count in 0..bench.each {
        let image = bench.folder.join(format!("image-{count}"));
        copy(&work.root, &image)?;
        let place = Places { image: &image, foreign: &foreign.root, earlier: &earlier };
        let done = place.exchange(count, &mut draw)?;
        let environment = bench.looking(&image);
        let found = process::check(&image, &work.witness, work.variant, false, &environment)?;
        tally.count("exchanges");
        match found {
            Verdict::Sound { .. } => tally.count("proved unchanged"),
            Verdict::Detected(_) => tally.count("detected"),
            Verdict::Violation(text) => {
                tally.violation(format!("{count}: {done}: {text}"));
                continue;
            }
        }
        fs::remove_dir_all(&image)?;
        for left in ["stderr", "stdout"] {
            let _ = fs::remove_file(image.with_extension(left));
        }
    }
    Ok(())
}

/// The store that is changed, and where parts are taken from.
struct Places<'a> {
    image: &'a Path,
    foreign: &'a Path,
    earlier: &'a Path,
}

impl Places<'_> {
    /// Changes something and says what it was: files and folders each fourth time, else what sled
    /// holds, each kind of entry in each way in turn.
    fn exchange(&self, count: u64, draw: &mut Draw) -> Outcome<String> {
        if count % 4 != 3 {
            return self.entry(count - count / 4, draw);
        }
        let (from, name) =
            if draw.once_in(3) { (self.earlier, "earlier") } else { (self.foreign, "foreign") };
        Ok(match draw.below(4) {
            0 => format!("{name} {}", self.folder(from, "store/sled")?),
            1 => format!("{name} {}", self.folder(from, "store/journal")?),
            _ => format!("{name} {}", self.file(from, draw)?),
        })
    }

    fn folder(&self, from: &Path, name: &str) -> Outcome<String> {
        let (from, to) = (from.join(name), self.image.join(name));
        if from.exists() && to.exists() {
            fs::remove_dir_all(&to)?;
            copy(&from, &to)?;
        }
        Ok(name.to_owned())
    }

    fn file(&self, from: &Path, draw: &mut Draw) -> Outcome<String> {
        let mut files = files_below(from)?;
        files.retain(|file| self.image.join(file).exists());
        let file = draw.one_of(&files).ok_or("no file has the same name")?;
        fs::copy(from.join(file), self.image.join(file))?;
        Ok(file.display().to_string())
    }

    /// Changes what sled holds, through sled, so that sled itself is content.
    fn entry(&self, turn: u64, draw: &mut Draw) -> Outcome<String> {
        let entries = entries(&raw(self.image)?)?;
        let other = self.foreign.with_extension("raw");
        if other.exists() {
            fs::remove_dir_all(&other)?;
        }
        copy(self.foreign, &other)?;
        let foreign = self::entries(&raw(&other)?)?;
        let keys: Vec<&Vec<u8>> = entries.keys().collect();
        let mut kinds: Vec<_> = keys.iter().map(|key| key.first()).collect();
        kinds.dedup();
        let turn = usize::try_from(turn)?;
        let kind = kinds.get(turn % kinds.len().max(1)).copied().flatten();
        let of_kind: Vec<_> = keys.iter().filter(|key| key.first() == kind).collect();
        let key = **draw.one_of(&of_kind).ok_or("sled holds nothing")?;
        let same: Vec<_> = keys.iter().filter(|it| it.first() == key.first()).collect();
        let second = draw.one_of(&same).map_or(key, |it| **it);
        let value = entries.get(key).cloned().unwrap_or_default();
        let db = raw(self.image)?;
        let what = match turn / kinds.len().max(1) % 4 {
            0 | 3 => {
                let mut value = value;
                // Numbers stand first; what is behind them is mostly hashes.
                let numbers = (value.len() as u64).min(NUMBERS);
                let most = if draw.once_in(2) { numbers } else { value.len() as u64 };
                let at = usize::try_from(draw.below(most))?;
                if let Some(byte) = value.get_mut(at) {
                    *byte ^= 1 << draw.below(8);
                }
                db.insert(key, value)?;
                "a bit"
            }
            1 => {
                // All parts of the value, as they are in the other store.
                let whole = key.get(..key.len().min(9)).unwrap_or_default();
                for (key, value) in foreign.iter().filter(|(key, _)| key.starts_with(whole)) {
                    db.insert(key, value.clone())?;
                }
                "the value of another store"
            }
            _ if draw.once_in(2) => {
                db.remove(key)?;
                "removed"
            }
            _ => {
                let other = entries.get(second).cloned().unwrap_or_default();
                db.insert(key, other)?;
                db.insert(second, value)?;
                "two values exchanged"
            }
        };
        db.flush()?;
        Ok(format!("sled's {}: {what}", String::from_utf8_lossy(key).escape_debug()))
    }
}

/// sled's own view of a store.
fn raw(root: &Path) -> Outcome<sled::Db> {
    let config = sled::Config::new().path(root.join("store/sled")).flush_every_ms(None);
    let config = config.segment_size(8 * 1_024 * 1_024);
    let mut last = None;
    // Its threads give the files up a moment after a handle is dropped.
    for _ in 0..200 {
        match config.open() {
            Ok(db) => return Ok(db),
            Err(error) => last = Some(error),
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Err(format!("sled: {last:?}").into())
}

fn entries(db: &sled::Db) -> Outcome<BTreeMap<Vec<u8>, Vec<u8>>> {
    let mut entries = BTreeMap::new();
    for entry in db.iter() {
        let (key, value) = entry?;
        entries.insert(key.to_vec(), value.to_vec());
    }
    Ok(entries)
}
