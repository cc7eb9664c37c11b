//! An engine is killed: its projections, from the replay cache or not, equal those of a rebuild.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use relatum::domain::event::document::{InvoiceIssued, ReceivableDocument};
use relatum::domain::{AccountId, Actor, Derived as _, DocumentId, Event, Money, Source};
use relatum::{Beginning, Engine, Pace, Proposal, Subscription};
use relatum_replay::POINTS;

use super::corrupt::{Change, copy, files_below, kind_of};
use super::{Bench, Tally};
use crate::draw::Draw;
use crate::panics;
use crate::process::{self, End, errors_of};
use crate::{Ending, Outcome};

/// How often the engine is killed at any moment in one scenario, besides once at each point.
const ROUNDS: u64 = 6;

/// How long the engine gets to come to a point.
const PATIENCE: Duration = Duration::from_secs(30);

/// Files of an engine that are changed in one scenario.
const CHANGES: u64 = 6;

/// Invoices of a book of which files are changed, or of which recording meets a failure.
pub(super) const INVOICES: u64 = 240;

pub(super) fn killed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 8]);
    let root = bench.folder.join("root");
    fs::create_dir_all(&root)?;
    let points = POINTS.iter().map(Some);
    for (round, point) in (0..).zip(points.chain((0..ROUNDS).map(|_| None))) {
        let mut environment = bench.environment();
        let mut patience = Duration::from_millis(draw.between(5, 400));
        if let Some(point) = point {
            let nth = draw.between(1, 4);
            environment.push(("RELATUM_FAULT_POINT", format!("{point}:{nth}")));
            patience = PATIENCE;
        }
        let began = Instant::now();
        let book = recording(&root, &format!("{seed}.{round}"), u64::MAX);
        let end = process::run_until(&book, &environment, &errors_of(&root), patience)?;
        if end != End::Signal {
            tally.violation(format!("round {round}: ended by itself with {end:?}"));
        }
        match point {
            Some(point) if began.elapsed() < patience => {
                tally.count("kills of an engine at points of its cache");
                tally.note(super::point::KILLS, point, super::point::KILLED);
            }
            Some(_) => tally.count("points of a cache not reached"),
            None => tally.count("kills of an engine"),
        }
        if let Look::Other(text) = looked(bench, &root)? {
            tally.violation(format!("round {round}: {text}"));
            break;
        }
    }
    Ok(())
}

/// Files of a book are changed: those of the cache are made again, those of the log are missed.
pub(super) fn changed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 12]);
    let root = bench.folder.join("engine");
    fs::create_dir_all(&root)?;
    let book = recording(&root, &seed.to_string(), INVOICES);
    let (end, said) = process::ask(&book, &bench.environment(), &errors_of(&root))?;
    if end != End::Code(0) {
        tally.violation(format!("recording without a fault: {end:?}: {}", said.trim()));
        return Ok(());
    }
    let files = files_below(&root)?;
    let of = |kind: &str| files.iter().filter(|file| kind_of(file) == kind).collect::<Vec<_>>();
    let kinds = [of("replay cache"), of("replay cache"), of("keys")];
    for count in 0..CHANGES {
        let kind = kinds.get(usize::try_from(count)? % kinds.len());
        let Some(file) = kind.and_then(|files| draw.one_of(files).copied()) else {
            tally.violation("a book has no such file".to_owned());
            break;
        };
        let image = bench.folder.join(format!("engine-{count}"));
        copy(&root, &image)?;
        fs::copy(told(&root), told(&image))?;
        let done = Change::draw(&mut draw).make(&image.join(file), &mut draw)?;
        tally.count("corruptions of a book");
        tally.note("Corruptions", kind_of(file), "changed");
        let may_refuse = kind_of(file) == "keys";
        match looked(bench, &image)? {
            Look::Sound => tally.note("Corruptions", kind_of(file), "proved unchanged"),
            Look::Refused(_) if may_refuse => {
                tally.note("Corruptions", kind_of(file), "detected");
            }
            Look::Refused(text) | Look::Other(text) => {
                tally.violation(format!("{count}: {}: {done}: {text}", file.display()));
                continue;
            }
        }
        fs::remove_dir_all(&image)?;
    }
    Ok(())
}

/// The words for a process that records so many invoices.
pub(super) fn recording(root: &Path, name: &str, count: u64) -> Vec<String> {
    let root = root.display().to_string();
    vec!["engine".to_owned(), root, name.to_owned(), count.to_string()]
}

/// What a process saw that looked at a book.
#[derive(Debug)]
pub(super) enum Look {
    Sound,
    /// The engine answers with an error.
    Refused(String),
    Other(String),
}

pub(super) fn looked(bench: &Bench, root: &Path) -> Outcome<Look> {
    let words = recording(root, "look", 0);
    let (end, said) = process::ask(&words, &bench.looking(root), &errors_of(root))?;
    let text = format!("{end:?}: {}", said.trim());
    Ok(match end {
        End::Code(0) => Look::Sound,
        End::Code(REFUSED) => Look::Refused(text),
        _ => Look::Other(text),
    })
}

/// The exit code of a process whose engine answered with an error.
pub(super) const REFUSED: i32 = 10;

/// The process: records invoices until it is killed, or looks at what there is.
pub(crate) fn work(root: &Path, task: &str, count: u64) -> Outcome<ExitCode> {
    panics::watch();
    let done = if task == "look" { look(root) } else { record(root, task, count) };
    if let Some(place) = panics::ours().first() {
        return Err(format!("panicked at {place}").into());
    }
    match done {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.is::<relatum::Error>() => {
            writeln!(std::io::stdout(), "{error}: {error:?}")?;
            Ok(Ending::Refused.code())
        }
        Err(error) => Err(error),
    }
}

/// Where a process notes how much was acknowledged.
fn told(root: &Path) -> PathBuf {
    root.with_extension("told")
}

fn book(root: &Path) -> PathBuf {
    root.join("book")
}

/// Where a process notes what it did, a line an effect: its key, and at which attempt.
fn deeds(root: &Path) -> PathBuf {
    root.with_extension("deeds")
}

/// Does what is due of a subscription.
fn act(root: &Path, subscription: &mut Subscription) -> Outcome<()> {
    while let Some(delivery) = subscription.try_next()? {
        if let Some(effect) = &delivery.effect {
            let mut file = File::options().create(true).append(true).open(deeds(root))?;
            file.write_all(format!("{} {}\n", effect.key, effect.attempt).as_bytes())?;
        }
        subscription.done(&delivery)?;
    }
    Ok(())
}

/// Whether every event was acted on, and once more only where that was told as another attempt.
fn acted(root: &Path, events: u64) -> Outcome<()> {
    let text = fs::read_to_string(deeds(root)).unwrap_or_default();
    let mut attempts: BTreeMap<&str, u64> = BTreeMap::new();
    for line in text.lines() {
        let (key, attempt) = line.split_once(' ').ok_or("a deed without an attempt")?;
        let attempt: u64 = attempt.parse()?;
        let before = attempts.insert(key, attempt).unwrap_or(0);
        if attempt <= before {
            return Err(format!("{key} was handed out at attempt {attempt} after {before}").into());
        }
    }
    let count = u64::try_from(attempts.len())?;
    if count != events {
        return Err(format!("of {events} events {count} were acted on").into());
    }
    Ok(())
}

fn record(root: &Path, task: &str, count: u64) -> Outcome<()> {
    let engine = Engine::builder().create(true).open(book(root))?;
    let mut subscription = engine.subscribe("deeds", Beginning::EffectsOfHistory)?;
    for number in 0..count {
        let id = format!("{task}.{number}");
        let account = AccountId::derived("erp", &format!("C-{}", number % 17));
        let gross = Money::parse(&format!("{}.00", number % 900 + 1), "EUR".parse()?)?;
        let document = ReceivableDocument::new(DocumentId::derived("erp", &id), &*id, gross)
            .due("2026-01-31".parse()?);
        let source = Source::new("erp", &*id);
        let day = "2026-01-01".parse()?;
        let event = Event::new(day, Actor::system("erp"), source, InvoiceIssued(document));
        engine.record(Proposal::new(account, event))?;
        fs::write(told(root), engine.head()?.events().to_string())?;
        act(root, &mut subscription)?;
        if number % 40 == 39 {
            engine.checkpoint()?;
        }
        if number % 200 == 199 {
            let rebuilt = engine.rebuild_beside(false, Pace::UNBOUNDED, |_, _| {})?;
            if rebuilt.is_none_or(|it| !it.promoted) {
                return Err("a cache that was derived again says something else".into());
            }
        }
    }
    Ok(())
}

fn look(root: &Path) -> Outcome<()> {
    let engine = Engine::builder().create(true).open(book(root))?;
    engine.verify(|_, _| {})?;
    let told = fs::read_to_string(told(root)).unwrap_or_default();
    let events = engine.head()?.events();
    if events < told.parse().unwrap_or(0) {
        return Err(format!("{told} events were acknowledged, {events} are there").into());
    }
    // A power cut, or a copy of the store alone, takes the deeds and not what is known of them.
    if deeds(root).exists() {
        act(root, &mut engine.subscribe("deeds", Beginning::EffectsOfHistory)?)?;
        acted(root, events)?;
    }
    let day = engine.as_of("2026-02-15".parse()?);
    let states = || day.ask(|models, _| models.save());
    let kept = states()?;
    engine.rebuild(|_, _| {})?;
    if kept != states()? {
        return Err("the projections are not those of a rebuild".into());
    }
    Ok(())
}
