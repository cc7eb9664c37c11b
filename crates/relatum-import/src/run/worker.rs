//! Units to the sink in batches, and what becomes of each fact.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use relatum_domain::Currency;

use super::emit::Emitted;
use super::feed::{Chunk, Step};
use super::import::Progress;
use super::unit::Unit;
use crate::error::ImportError;
use crate::file::{Problem, Record};
use crate::report::{FileCount, Rejects, Report, Sample, changes};
use crate::sink::{Offer, Outcome, Sink, SinkError};

/// Facts in a batch.
const BATCH: usize = 512;

/// Rejects kept for the report.
const SHOWN_REJECTS: usize = 20;

/// Facts of each outcome kept for the report, where it wants any.
const SAMPLES: usize = 5;

struct Pending {
    unit: Rc<Unit>,
    event_type: &'static str,
    amount: Option<(Currency, i128)>,
    once: bool,
    /// What may become a sample.
    fact: Option<Offer>,
}

/// Sends units on their way and keeps the counts.
pub(crate) struct Worker<'a> {
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) rejects: Rejects<'a>,
    pub(crate) report: &'a mut Report,
    pub(crate) progress: &'a mut dyn FnMut(&Progress<'_>),
    pub(crate) read: Arc<AtomicU64>,
    pub(crate) total: Option<u64>,
    facts: Vec<Offer>,
    pending: Vec<Pending>,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(
        sink: &'a mut dyn Sink,
        rejects: Rejects<'a>,
        report: &'a mut Report,
        progress: &'a mut dyn FnMut(&Progress<'_>),
        read: Arc<AtomicU64>,
        total: Option<u64>,
    ) -> Self {
        let (facts, pending) = (Vec::new(), Vec::new());
        Self { sink, rejects, report, progress, read, total, facts, pending }
    }

    /// Goes on with `chunk`, whose rows are of `table`.
    pub(crate) fn take(&mut self, chunk: Chunk<Emitted>, table: &str) -> Result<(), ImportError> {
        let Chunk { steps, rows, skipped, .. } = chunk;
        for step in steps {
            match step {
                Step::Begun { file } => {
                    let (file, table) = (file.to_string(), table.to_owned());
                    self.report.files.push(FileCount { file, table, ..FileCount::default() });
                }
                Step::Ended { file, open_last_line } => {
                    if let Some(count) = self.report.files.get_mut(file) {
                        count.open_last_line = open_last_line;
                    }
                }
                Step::Unit(emitted) => self.send(emitted)?,
                Step::Rejected { file, row, problem } => self.reject_row(&file, &row, problem)?,
            }
        }
        self.report.rows_skipped += skipped;
        self.count(&rows);
        Ok(())
    }

    fn count(&mut self, rows: &[(Option<usize>, u64)]) {
        let mut last = None;
        for (file, rows) in rows {
            self.report.rows_read += rows;
            if let Some(count) = file.and_then(|file| self.report.files.get_mut(file)) {
                count.rows += rows;
                last = *file;
            }
        }
        let Some(last) = last.and_then(|file| self.report.files.get(file)) else { return };
        (self.progress)(&Progress {
            file: &last.file,
            bytes: self.read.load(Ordering::Relaxed),
            total: self.total,
            rows: self.report.rows_read,
        });
    }

    /// Sends the facts of a unit on, or rejects it.
    fn send(&mut self, emitted: Emitted) -> Result<(), ImportError> {
        let Emitted { unit, facts, unassigned } = emitted;
        let facts = match facts {
            Ok(facts) => facts,
            Err((at, problem)) => return self.reject(&unit, at, problem),
        };
        if unassigned && !facts.is_empty() {
            self.report.rows_unassigned += unit.rows().count() as u64;
        }
        let unit = Rc::new(unit);
        let samples = self.report.samples.is_some();
        for fact in facts {
            self.pending.push(Pending {
                unit: Rc::clone(&unit),
                event_type: fact.event.body.event_type(),
                amount: fact.event.body.main_amount().map(|it| (it.currency(), it.micro())),
                once: fact.once,
                fact: samples.then(|| fact.clone()),
            });
            self.facts.push(fact);
        }
        if self.facts.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Rejects all rows of `unit`, of which the one at `at` has the problem.
    fn reject(&mut self, unit: &Unit, at: usize, problem: Problem) -> Result<(), ImportError> {
        if !unit.reject() {
            return Ok(());
        }
        let mut cause = Some(problem);
        let name = |(file, row): (&Arc<str>, &Record)| format!("line {} of `{file}`", row.line);
        let place = unit.rows().nth(at).map(name).unwrap_or_default();
        for (here, (file, row)) in unit.rows().enumerate() {
            let own = if here == at { cause.take() } else { row.problem.clone() };
            let problem = own.unwrap_or_else(|| {
                Problem::of_row(format!("belongs together with {place}, which is rejected"))
            });
            self.reject_row(file, row, problem)?;
        }
        Ok(())
    }

    fn reject_row(
        &mut self,
        file: &str,
        row: &Record,
        problem: Problem,
    ) -> Result<(), ImportError> {
        let reject = self.rejects.write(file, row, problem)?;
        self.report.rows_rejected += 1;
        if self.report.first_rejects.len() < SHOWN_REJECTS {
            self.report.first_rejects.push(reject);
        }
        Ok(())
    }

    /// Sends on what is pending.
    pub(crate) fn flush(&mut self) -> Result<(), ImportError> {
        if self.facts.is_empty() {
            return Ok(());
        }
        let facts = std::mem::take(&mut self.facts);
        let pending = std::mem::take(&mut self.pending);
        let outcomes = self.sink.append(facts)?;
        if outcomes.len() != pending.len() {
            let (got, sent) = (outcomes.len(), pending.len());
            let text = format!("the sink answered {got} facts of {sent}");
            return Err(SinkError::new(text).into());
        }
        self.count_known(&pending, &outcomes);
        for (pending, outcome) in pending.into_iter().zip(outcomes) {
            let Pending { unit, event_type, amount, once, fact } = pending;
            self.report.count(event_type, amount, &outcome, once);
            if let Some(fact) = fact {
                self.sample(&unit, event_type, fact, &outcome);
            }
            let reason = match outcome {
                Outcome::Refused(reason) => format!("`{event_type}` is refused: {reason}"),
                Outcome::Differs(event) if !once => format!(
                    "`{event_type}` is in the book already as {event}, with other content under \
                     the same id; amend or void that event, or give this one another id"
                ),
                Outcome::Recorded(_)
                | Outcome::Changed { .. }
                | Outcome::Already(_)
                | Outcome::Nothing
                | Outcome::Differs(_) => continue,
            };
            self.reject(&unit, 0, Problem::of_row(reason))?;
        }
        Ok(())
    }

    /// Counts the rows that told nothing new. The facts of a unit come together.
    fn count_known(&mut self, pending: &[Pending], outcomes: &[Outcome]) {
        let mut facts = pending.iter().zip(outcomes).peekable();
        while let Some((first, outcome)) = facts.next() {
            let is_known = |once: bool, outcome: &Outcome| match outcome {
                Outcome::Already(_) | Outcome::Nothing => true,
                Outcome::Differs(_) => once,
                _ => false,
            };
            let mut known = is_known(first.once, outcome);
            while let Some((next, outcome)) =
                facts.next_if(|(next, _)| Rc::ptr_eq(&next.unit, &first.unit))
            {
                known &= is_known(next.once, outcome);
            }
            if known {
                self.report.rows_known += first.unit.rows().count() as u64;
            }
        }
    }

    /// Keeps a fact for the report, if it wants more of this outcome.
    fn sample(&mut self, unit: &Unit, event_type: &'static str, fact: Offer, outcome: &Outcome) {
        let Some(samples) = &mut self.report.samples else { return };
        let (kept, amends) = match outcome {
            Outcome::Recorded(_) => (&mut samples.new, None),
            Outcome::Changed { amends, .. } => (&mut samples.changed, Some(*amends)),
            Outcome::Already(_) => (&mut samples.identical, None),
            Outcome::Differs(_) | Outcome::Nothing | Outcome::Refused(_) => return,
        };
        if kept.len() >= SAMPLES {
            return;
        }
        let old = amends.and_then(|event| self.sink.former(event));
        let new = fact.event.encode().ok();
        let new = new.and_then(|text| serde_json::from_str(text.get()).ok());
        let fields = old.zip(new).map(|(old, new)| changes(&old, &new)).unwrap_or_default();
        let (file, line) = (unit.file.to_string(), unit.head.line);
        let Offer { stream, event, .. } = fact;
        kept.push(Sample { file, line, event_type, stream, source: event.source, fields });
    }
}
