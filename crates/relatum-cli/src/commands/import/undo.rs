//! `relatum import undo`: taking a batch back.

use clap::Args;
use relatum::{Dependant, Dependence, UndoPlan};
use serde_json::Value;

use crate::book;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::progress::Progress;
use crate::session::Session;
use crate::viewpoint::today;

/// So many voided events are worth a checkpoint.
const MANY: u64 = 1_000;

/// Take a batch back: every event that it recorded is voided, and what it amended holds again
///
/// The log keeps both. Refused, with a list, where later events rest on the batch: payments of its
/// documents, facts on accounts that only it opened, events that amend its own. Undo the batches
/// that brought these first. The same files can be imported again afterwards.
#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The batch: its id, the beginning of it, or `last`
    #[arg(value_name = "BATCH")]
    batch: String,
    /// Only say what would be voided, and what speaks against it
    #[arg(long)]
    dry_run: bool,
    /// Why: it stays in the log
    #[arg(long, value_name = "TEXT", default_value = "the import is undone")]
    reason: String,
    /// Who does it: a manager's id, code or name; the program unless said otherwise
    #[arg(long, value_name = "MANAGER")]
    by: Option<String>,
}

impl Undo {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        let batch = super::batch(&engine, &self.batch)?.id;
        let plan = engine.undo_plan(batch)?;
        if self.dry_run || plan.dependants > 0 {
            let refused = plan.dependants > 0;
            session.show(&Answer { plan: &plan, done: false })?;
            return Ok(if refused { Exit::Refused } else { Exit::Done });
        }
        let actor = match self.by.as_deref() {
            None => relatum::domain::Actor::system("relatum"),
            by => {
                book::catch_up(&engine)?;
                session.managers(&engine, &engine.as_of(today()))?.actor(by)?
            }
        };
        let (by, reason) = (super::new_batch()?, self.reason);
        let undo = relatum::Undo { batch, by, reason, actor, day: today() };
        let bar = Progress::of_count("undoing");
        let plan = engine.undo(&undo, |done, all| bar.set(done, all))?;
        drop(bar);
        if plan.events > MANY {
            book::checkpoint(&engine)?;
        }
        session.show(&Answer { plan: &plan, done: true })?;
        Ok(Exit::Done)
    }
}

struct Answer<'a> {
    plan: &'a UndoPlan,
    done: bool,
}

impl Shown for Answer<'_> {
    fn document(&self) -> Value {
        let mut document = to_json(self.plan);
        if let Value::Object(fields) = &mut document {
            fields.insert("done".to_owned(), self.done.into());
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("type", "event type"), Column::number("events", "to void")];
        let rows = self.plan.by_type.iter();
        Sheet::new(columns)
            .with(rows.map(|(kind, count)| vec![Cell::text(*kind), Cell::count(*count)]))
    }

    fn page(&self) -> Page {
        let UndoPlan { events, streams, amendments, dependants, batch, .. } = self.plan;
        let number = |number: &u64| grouped(&number.to_string());
        let verb = if self.done { "voided" } else { "to void" };
        let text = format!(
            "batch {}: {} events {verb}, in {} streams",
            batch.id,
            number(events),
            number(streams)
        );
        let page = Page::default().line(text);
        let page = match amendments {
            0 => page,
            some => page.line(format!("{} of them amend: the former word holds", number(some))),
        };
        let page = page.gap().sheet(self.sheet());
        let page = match dependants {
            0 if self.done => page,
            0 => page.note("Dry run: nothing was voided."),
            some => {
                let text = format!("{} later events rest on it:", number(some));
                let page = page.gap().toned(Tone::Bad, text);
                let first = &self.plan.first_dependants;
                let page = first.iter().fold(page, |page, it| page.then(dependant(it)));
                let more = some.saturating_sub(first.len() as u64);
                let page = match more {
                    0 => page,
                    more => page.toned(Tone::Faint, format!("  and {} more", number(&more))),
                };
                page.note(
                    "Nothing was voided. Undo the batches that brought them, split the accounts \
                     that they merged, or void them, the last one first.",
                )
            }
        };
        if self.done { page.note("The same files can be imported again.") } else { page }
    }
}

fn dependant(it: &Dependant) -> Page {
    let how = match &it.dependence {
        Dependence::Amends { event } => format!("amends {event}"),
        Dependence::Follows { event } => format!("follows from {event}"),
        Dependence::RefersTo { event, .. } => format!("refers to what {event} brought in"),
        Dependence::ToldOn { event } => format!("was told on what only {event} opened"),
        Dependence::Merges { event, .. } => {
            format!("merges an account of which only {event} and its like tell")
        }
        _ => "rests on it".to_owned(),
    };
    let batch = it.batch.map_or_else(String::new, |batch| format!(", batch {batch}"));
    let what = format!("{} `{}` {how}{batch}", it.event_type, it.source.id);
    Page::default()
        .pieces(2, vec![(Tone::Strong, it.event.to_string()), (Tone::Plain, format!(" {what}"))])
}
