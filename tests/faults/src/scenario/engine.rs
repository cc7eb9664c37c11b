//! An engine is killed: its projections, from the replay cache or not, equal those of a rebuild.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use relatum::domain::event::document::{InvoiceIssued, ReceivableDocument};
use relatum::domain::{AccountId, Actor, Derived as _, DocumentId, Event, Money, Source};
use relatum::{Engine, Proposal};
use relatum_replay::POINTS;

use super::{Bench, Tally};
use crate::draw::Draw;
use crate::process::{self, End, errors_of};
use crate::{Ending, Outcome};

/// How often the engine is killed at any moment in one scenario, besides once at each point.
const ROUNDS: u64 = 6;

/// How long the engine gets to come to a point.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn killed(bench: &Bench, seed: u64, tally: &mut Tally) -> Outcome<()> {
    let mut draw = Draw::from_parts(&[seed, 8]);
    let root = bench.folder.join("root");
    std::fs::create_dir_all(&root)?;
    let root_text = root.display().to_string();
    let points = POINTS.iter().map(Some);
    for (round, point) in (0..).zip(points.chain((0..ROUNDS).map(|_| None))) {
        let book = ["engine".to_owned(), root_text.clone(), format!("{seed}.{round}")];
        let mut environment = bench.environment();
        let mut patience = Duration::from_millis(draw.between(5, 400));
        if let Some(point) = point {
            let nth = draw.between(1, 4);
            environment.push(("RELATUM_FAULT_POINT", format!("{point}:{nth}")));
            patience = PATIENCE;
        }
        let began = Instant::now();
        let end = process::run_until(&book, &environment, &errors_of(&root), patience)?;
        if end != End::Signal {
            tally.violation(format!("round {round}: ended by itself with {end:?}"));
        }
        tally.count(match point {
            Some(_) if began.elapsed() < patience => "kills of an engine at points of its cache",
            Some(_) => "points of a cache not reached",
            None => "kills of an engine",
        });
        let look = ["engine".to_owned(), root_text.clone(), "look".to_owned()];
        let (end, said) = process::ask(&look, &bench.environment(), &errors_of(&root))?;
        if end != End::Code(0) {
            tally.violation(format!("round {round}: {end:?}: {}", said.trim()));
            break;
        }
    }
    Ok(())
}

/// The process: records invoices until it is killed, or looks at what there is.
pub(crate) fn work(root: &Path, task: &str) -> Outcome<Ending> {
    if task == "look" { look(root) } else { record(root, task) }
}

fn book(root: &Path) -> PathBuf {
    root.join("book")
}

fn record(root: &Path, task: &str) -> Outcome<Ending> {
    let engine = Engine::builder().create(true).open(book(root))?;
    let told = root.with_extension("told");
    for number in 0_u64.. {
        let id = format!("{task}.{number}");
        let account = AccountId::derived("erp", &format!("C-{}", number % 17));
        let gross = Money::parse(&format!("{}.00", number % 900 + 1), "EUR".parse()?)?;
        let document = ReceivableDocument::new(DocumentId::derived("erp", &id), &*id, gross)
            .due("2026-01-31".parse()?);
        let source = Source::new("erp", &*id);
        let day = "2026-01-01".parse()?;
        let event = Event::new(day, Actor::system("erp"), source, InvoiceIssued(document));
        engine.record(Proposal::new(account, event))?;
        std::fs::write(&told, engine.head()?.events().to_string())?;
        if number % 40 == 39 {
            engine.checkpoint()?;
        }
    }
    Ok(Ending::Done)
}

fn look(root: &Path) -> Outcome<Ending> {
    let engine = Engine::builder().create(true).open(book(root))?;
    engine.verify(|_, _| {})?;
    let told = std::fs::read_to_string(root.with_extension("told")).unwrap_or_default();
    let events = engine.head()?.events();
    if events < told.parse().unwrap_or(0) {
        return Err(format!("{told} events were acknowledged, {events} are there").into());
    }
    let day = engine.as_of("2026-02-15".parse()?);
    let states = || day.ask(|models, _| models.save());
    let kept = states()?;
    engine.rebuild(|_, _| {})?;
    if kept != states()? {
        return Err("the projections are not those of a rebuild".into());
    }
    Ok(Ending::Done)
}
