//! `relatum log rebuild`: the replay cache derived again, beside the one that answers.

use std::num::NonZeroU64;

use clap::Args;
use relatum::{Compared, Pace, Parting, Rebuilt};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::progress::Progress;
use crate::session::Session;

/// So many streams are named, and so many lines of a state shown.
const SHOWN: usize = 20;

/// Derive the replay cache again from the log, compare, and put it in the place of the old one
///
/// The old one answers meanwhile. The new one takes its place if every projection folds both to the
/// same states, or if those that differ have another revision than when the old one was put there
/// and that is accepted. Otherwise it is not, and the first event with which they part is shown.
/// Killed, the next run goes on where this one was.
#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    /// Take over what projections of another revision say differently
    #[arg(long)]
    accept: bool,
    /// Read at most so many events a second, for the sake of those who work with the book
    #[arg(long, value_name = "EVENTS")]
    at_most: Option<NonZeroU64>,
}

impl Rebuild {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        let bar = Progress::of_count("reading the log");
        let pace = self.at_most.map_or(Pace::UNBOUNDED, Pace::at_most);
        let rebuilt = engine.rebuild_beside(self.accept, pace, |done, all| bar.set(done, all))?;
        drop(bar);
        let Some(rebuilt) = rebuilt else {
            let message = "the book is not in a store";
            return Err(Failure::new(Exit::Unavailable, message));
        };
        let promoted = rebuilt.promoted;
        session.show(&Answer(rebuilt))?;
        Ok(if promoted { Exit::Done } else { Exit::Refused })
    }
}

struct Answer(Rebuilt);

impl Shown for Answer {
    fn document(&self) -> Value {
        to_json(&self.0)
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("projection", "projection"),
            Column::number("revision", "revision"),
            Column::number("revision_was", "it was"),
            Column::number("differing", "streams that differ"),
            Column::text("hash", "hash"),
        ];
        let row = |it: &Compared| {
            let tone = if it.is_equal() { Tone::Plain } else { Tone::Bad };
            vec![
                Cell::text(it.name),
                Cell::count(it.revision.into()),
                Cell::number(it.revision_was.map(Into::into)),
                Cell::count(it.differing.len() as u64).tone(tone),
                Cell::text(it.hash.as_str()),
            ]
        };
        Sheet::new(columns).with(self.0.projections.iter().map(row))
    }

    fn page(&self) -> Page {
        let it = &self.0;
        let number = |number: u64| grouped(&number.to_string());
        let events = number(it.upto.events());
        let page = if it.promoted {
            let said = format!("generation {} is live, compared at {events}", it.generation);
            Page::default().toned(Tone::Good, said)
        } else {
            let said = format!("not promoted: states differ at {events}");
            let page = Page::default().toned(Tone::Bad, said);
            let differing = || it.projections.iter().filter(|it| !it.is_equal());
            if differing().all(Compared::is_revised) {
                page.line("all that differ are of another revision; --accept takes them over")
            } else {
                page.line("projections that differ are not of another revision")
            }
        };
        let (read, there) = (number(it.read), number(it.resumed_at));
        let page = page.line(format!("{read} events read; {there} were there already"));
        let page = page.gap().sheet(self.sheet());
        let differing = it.projections.iter().filter(|it| !it.is_equal());
        differing.fold(page, |page, it| page.then(differences(it)))
    }
}

/// What differs of a projection, and where that begins.
fn differences(it: &Compared) -> Page {
    let page = Page::titled(it.name, format!("{} streams differ", it.differing.len()));
    let names = it.differing.iter().take(SHOWN).map(ToString::to_string);
    let page = names.fold(page, Page::line);
    let page = match it.differing.len().saturating_sub(SHOWN) {
        0 => page,
        more => page.line(format!("… and {more} more; --json names all")),
    };
    match &it.parting {
        None => page,
        Some(parting) => parted(page, parting),
    }
}

fn parted(page: Page, parting: &Parting) -> Page {
    let Parting { event, position, live, shadow, .. } = parting;
    let page = page.gap().line(format!("they part with {event}, at {position}:"));
    let (live, shadow): (Vec<&str>, Vec<&str>) = (live.lines().collect(), shadow.lines().collect());
    let same = live.iter().zip(&shadow).take_while(|(left, right)| left == right).count();
    let rest = live.iter().rev().zip(shadow.iter().rev());
    let least = live.len().min(shadow.len()).saturating_sub(same);
    let after = rest.take_while(|(left, right)| left == right).count().min(least);
    let part = |lines: &[&str], sign: char| -> Vec<String> {
        let count = lines.len().saturating_sub(same).saturating_sub(after);
        let lines = lines.iter().skip(same).take(count.min(SHOWN));
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    let page = part(&live, '-').into_iter().fold(page, |page, line| page.toned(Tone::Bad, line));
    part(&shadow, '+').into_iter().fold(page, |page, line| page.toned(Tone::Good, line))
}
