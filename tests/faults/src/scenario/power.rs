//! The power goes: what was not synced is lost, in part or wholly.

use std::fs;
use std::path::Path;

use super::{Bench, MADE_ANEW, Tally, is_made_anew};
use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::disk::{Disk, Kind, Taste};
use crate::draw::Draw;
use crate::process::{self, End, Environment};
use crate::trace::{Call, Trace};

pub(super) fn once(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 3]);
    let work = bench.work(seed)?;
    let trace = traced(bench, &work, "trace", &mut draw, tally)?;
    let disk = Disk::of(&trace, &work.root, None)?;
    is_the_folder(bench, &disk, &trace, &work)?;
    let before = first_line(&work.witness)?;
    for number in 0..bench.each {
        let cut = Cut::draw(&trace, number, &mut draw);
        let (found, anew) = cut.check(bench, &disk, &trace, &work, &before)?;
        tally.add(MADE_ANEW, u64::from(anew));
        tally.count("power cuts");
        tally.must_be_sound(found, &cut.described(&trace));
        if tally.violations.len() > 2 {
            break;
        }
    }
    Ok(())
}

pub(super) fn twice(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 4]);
    let work = bench.work(seed)?;
    let first = traced(bench, &work, "trace", &mut draw, tally)?;
    let disk = Disk::of(&first, &work.root, None)?;
    let header = first_line(&work.witness)?;
    for count in 0..bench.each.div_ceil(8) {
        let cut = Cut::draw(&first, count + seed, &mut draw);
        let initial = bench.folder.join("initial");
        let root = bench.folder.join("again");
        for folder in [&initial, &root] {
            cut.write(&disk, folder)?;
        }
        let before = cut.witness(&first, &header);
        let witness = bench.folder.join("witness-again");
        fs::write(&witness, &before)?;
        // With commits or without: the opening alone also writes.
        let commits = if draw.once_in(3) { 0 } else { draw.between(1, 12) };
        let reopen_every = draw.below(5);
        let work =
            Work { root, witness, run: 1, commits: commits.max(1), reopen_every, ..work.clone() };
        let name = format!("trace-{count}");
        let second = traced(bench, &work, &name, &mut draw, tally)?;
        let disk = Disk::of(&second, &work.root, Some(&initial))?;
        for number in 0..8 {
            let next = Cut::draw(&second, number + seed * 8, &mut draw);
            let (found, anew) = next.check(bench, &disk, &second, &work, &before)?;
            tally.add(MADE_ANEW, u64::from(anew));
            tally.count("second power cuts");
            let when = format!("{}; then {}", cut.described(&first), next.described(&second));
            tally.must_be_sound(found, &when);
        }
        fs::remove_dir_all(&work.root)?;
        fs::remove_dir_all(&initial)?;
        fs::remove_file(bench.folder.join(name))?;
        if !tally.violations.is_empty() {
            break;
        }
    }
    Ok(())
}

/// The variables that make the shim record.
pub(super) fn recording(
    bench: &Bench,
    work: &Work,
    trace: &Path,
    usec: u64,
) -> Outcome<Environment> {
    let points = bench.folder.join("points");
    fs::write(&points, "")?;
    let mut environment = bench.shimmed(&work.root, &work.witness);
    environment.push(("SHIM_TRACE", trace.display().to_string()));
    environment.push(("SHIM_POINTS", points.display().to_string()));
    environment.push(("RELATUM_FAULT_MARKS", points.display().to_string()));
    environment.push(("SHIM_SYNC", usec.to_string()));
    Ok(environment)
}

/// Runs the work under the shim and reads what it recorded.
fn traced(
    bench: &Bench,
    work: &Work,
    name: &str,
    draw: &mut Draw,
    tally: &mut Tally,
) -> Outcome<Trace> {
    let path = bench.folder.join(name);
    let environment = recording(bench, work, &path, draw.magnitude(400))?;
    match process::work(work, &environment)? {
        End::Code(0) => {}
        end => tally.violation(format!("the run without a fault ended with {end:?}")),
    }
    Trace::read(&path)
}

pub(super) fn first_line(witness: &Path) -> Outcome<String> {
    let text = fs::read_to_string(witness)?;
    Ok(text.split_inclusive('\n').next().unwrap_or_default().to_owned())
}

/// The model of the disk, with everything surviving, is what the process left behind.
fn is_the_folder(bench: &Bench, disk: &Disk<'_>, trace: &Trace, work: &Work) -> Outcome<()> {
    let whole = bench.folder.join("whole");
    disk.image(trace.calls.len(), Taste { kind: Kind::Everything, seed: 0 }, &whole)?;
    same_below(&whole, &work.root)?;
    fs::remove_dir_all(whole)?;
    Ok(())
}

fn same_below(one: &Path, other: &Path) -> Outcome<()> {
    let names = |path: &Path| -> Outcome<Vec<_>> {
        let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name()));
        let mut names = names.collect::<std::io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    };
    if names(one)? != names(other)? {
        let (one, other) = (names(one)?, names(other)?);
        return Err(format!("the shim missed a name: {one:?}, in fact {other:?}").into());
    }
    for name in names(one)? {
        let (one, other) = (one.join(&name), other.join(&name));
        if other.is_symlink() {
            continue;
        }
        if one.is_dir() {
            same_below(&one, &other)?;
        } else if fs::read(&one)? != fs::read(&other)? {
            return Err(format!("the shim missed a write to {}", other.display()).into());
        }
    }
    Ok(())
}

/// A moment at which the power goes, and what survives then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) at: usize,
    pub(super) taste: Taste,
}

/// After which calls the power goes.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Something was acknowledged, or shown to a reader.
    Told,
    Point,
    Sync,
    /// A name was made or removed.
    Name,
    /// A file of the journal is gone: what was in it has to be elsewhere.
    Removal,
    Any,
    /// Everything was done, and the store closed.
    End,
}

impl Moment {
    fn follows(self, call: &Call) -> bool {
        match self {
            Self::Told => matches!(call, Call::Mark { .. }),
            Self::Point => matches!(call, Call::Point),
            Self::Sync => matches!(call, Call::SyncBegins { .. } | Call::SyncEnds { .. }),
            Self::Name => {
                matches!(call, Call::Rename { .. } | Call::Unlink { .. } | Call::Open { .. })
            }
            Self::Removal => {
                matches!(call, Call::Unlink { path } if path.ends_with(".segment"))
            }
            Self::Any => true,
            Self::End => false,
        }
    }
}

/// Moments and what survives then, taken in turns: every mistake has one of them to show at.
const TURNS: &[(Moment, Kind)] = &[
    (Moment::Told, Kind::Nothing),
    (Moment::Removal, Kind::Names),
    (Moment::Name, Kind::Contents),
    (Moment::End, Kind::Nothing),
    (Moment::Told, Kind::Mixed),
    (Moment::Point, Kind::Mixed),
    (Moment::Told, Kind::Contents),
    (Moment::Sync, Kind::Mixed),
    (Moment::Point, Kind::Names),
    (Moment::Removal, Kind::Mixed),
    (Moment::Name, Kind::Mixed),
    (Moment::Told, Kind::Names),
    (Moment::Sync, Kind::Nothing),
    (Moment::Any, Kind::Mixed),
];

impl Cut {
    /// The `number`th cut of a trace: moments and what survives take turns, the rest is drawn.
    fn draw(trace: &Trace, number: u64, draw: &mut Draw) -> Self {
        let turn = usize::try_from(number).unwrap_or(0) % TURNS.len();
        let (moment, kind) = TURNS.get(turn).copied().unwrap_or((Moment::Any, Kind::Mixed));
        let calls = trace.calls.iter().enumerate();
        let places: Vec<usize> =
            calls.filter(|(_, call)| moment.follows(call)).map(|it| it.0).collect();
        // Right after the call.
        let calls = trace.calls.len();
        let any = usize::try_from(draw.below(calls as u64 + 1)).unwrap_or(0);
        let at = match moment {
            Moment::End => calls,
            _ => draw.one_of(&places).map_or(any, |at| at + 1),
        };
        Self { at, taste: Taste { kind, seed: draw.next() } }
    }

    fn described(&self, trace: &Trace) -> String {
        let Self { at, taste } = self;
        let calls = trace.calls.len();
        format!("power cut after {at} of {calls} calls ({:?}, {:x})", taste.kind, taste.seed)
    }

    fn write(&self, disk: &Disk<'_>, to: &Path) -> Outcome<()> {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        disk.image(self.at, self.taste, to)
    }

    /// What the witness had said by then.
    fn witness(&self, trace: &Trace, before: &str) -> String {
        let mut text = before.to_owned();
        for call in trace.calls.iter().take(self.at) {
            if let Call::Mark { line } = call {
                let bytes = trace.bytes.get(line.clone()).unwrap_or_default();
                text.push_str(&String::from_utf8_lossy(bytes));
            }
        }
        text
    }

    /// Makes the image and checks it, and says whether its journal alone made the store; the image
    /// stays if something is wrong.
    pub(super) fn check(
        &self,
        bench: &Bench,
        disk: &Disk<'_>,
        trace: &Trace,
        work: &Work,
        before: &str,
    ) -> Outcome<(Verdict, bool)> {
        let image = bench.folder.join(format!("image-{}-{:x}", self.at, self.taste.seed));
        self.write(disk, &image)?;
        let witness = image.with_extension("witness");
        let text = self.witness(trace, before);
        fs::write(&witness, text)?;
        let lossy = work.variant.is_lossy();
        let found = process::check(&image, &witness, work.variant, lossy, &bench.looking(&image))?;
        let anew = is_made_anew(&image);
        if matches!(found, Verdict::Sound { .. }) {
            fs::remove_dir_all(&image)?;
            fs::remove_file(&witness)?;
            for left in ["stderr", "stdout"] {
                let _ = fs::remove_file(image.with_extension(left));
            }
        } else {
            // As it was before the check looked at it.
            self.write(disk, &image.with_extension("before"))?;
        }
        Ok((found, anew))
    }
}
