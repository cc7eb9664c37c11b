//! Units to the sink in batches, and what becomes of each fact.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use relatum_domain::Currency;

use super::emit::{Emitter, Fact};
use super::import::Progress;
use super::unit::Unit;
use crate::error::ImportError;
use crate::file::{Problem, Record};
use crate::report::{FileCount, Rejects, Report};
use crate::sink::{Outcome, Sink, SinkError};

/// Facts in a batch.
const BATCH: usize = 512;

/// Rejects kept for the report.
const SHOWN_REJECTS: usize = 20;

/// Rows between two signs of progress.
const TICK_ROWS: u64 = 4096;

struct Pending {
    unit: Rc<Unit>,
    event_type: &'static str,
    amount: Option<(Currency, i128)>,
    once: bool,
}

/// Sends units on their way and keeps the counts.
pub(crate) struct Worker<'a> {
    pub(crate) sink: &'a mut dyn Sink,
    pub(crate) rejects: Rejects<'a>,
    pub(crate) report: &'a mut Report,
    pub(crate) progress: &'a mut dyn FnMut(&Progress<'_>),
    pub(crate) read: Arc<AtomicU64>,
    pub(crate) total: Option<u64>,
    facts: Vec<Fact>,
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

    /// Begins to count a file; returns its place among the counts.
    pub(crate) fn begin(&mut self, file: &str, table: &str) -> usize {
        let (file, table) = (file.to_owned(), table.to_owned());
        self.report.files.push(FileCount { file, table, ..FileCount::default() });
        self.report.files.len() - 1
    }

    /// Notes that a file ended without a line break, where it did.
    pub(crate) fn end(&mut self, file: usize, last_line: Option<u64>) {
        if let Some(count) = self.report.files.get_mut(file) {
            count.open_last_line = last_line;
        }
    }

    pub(crate) fn row_read(&mut self, file: usize) {
        self.report.rows_read += 1;
        if let Some(count) = self.report.files.get_mut(file) {
            count.rows += 1;
        }
        if self.report.rows_read.is_multiple_of(TICK_ROWS) {
            let name = self.report.files.get(file).map_or("", |count| count.file.as_str());
            (self.progress)(&Progress {
                file: name,
                bytes: self.read.load(Ordering::Relaxed),
                total: self.total,
                rows: self.report.rows_read,
            });
        }
    }

    /// Makes facts of `unit` and sends them on, or rejects it.
    pub(crate) fn take(
        &mut self,
        emitter: &mut Emitter<'_>,
        unit: Unit,
    ) -> Result<(), ImportError> {
        if let Some((at, problem)) = unit.problem() {
            return self.reject(&unit, at, problem);
        }
        let sink = &*self.sink;
        let facts = match emitter.emit(&unit, &|text| sink.digest(text)) {
            Ok(facts) => facts,
            Err(fault) => return self.reject(&unit, unit.place(fault.line), fault.problem),
        };
        let unit = Rc::new(unit);
        for fact in facts {
            self.pending.push(Pending {
                unit: Rc::clone(&unit),
                event_type: fact.event.body.event_type(),
                amount: fact.event.body.main_amount().map(|it| (it.currency(), it.micro())),
                once: fact.once,
            });
            self.facts.push(fact);
        }
        if self.facts.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Rejects all rows of `unit`, of which the one at `at` has the problem.
    pub(crate) fn reject(
        &mut self,
        unit: &Unit,
        at: usize,
        problem: Problem,
    ) -> Result<(), ImportError> {
        if !unit.reject() {
            return Ok(());
        }
        let mut cause = Some(problem);
        let name = |(file, row): (&Rc<str>, &Record)| format!("line {} of `{file}`", row.line);
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

    pub(crate) fn reject_row(
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
        let facts: Vec<_> = self.facts.drain(..).map(|fact| (fact.stream, fact.event)).collect();
        let pending = std::mem::take(&mut self.pending);
        let outcomes = self.sink.append(facts)?;
        if outcomes.len() != pending.len() {
            let (got, sent) = (outcomes.len(), pending.len());
            let text = format!("the sink answered {got} facts of {sent}");
            return Err(SinkError::new(text).into());
        }
        for (pending, outcome) in pending.into_iter().zip(outcomes) {
            let Pending { unit, event_type, amount, once } = pending;
            self.report.count(event_type, amount, &outcome, once);
            let reason = match outcome {
                Outcome::Refused(reason) => format!("`{event_type}` is refused: {reason}"),
                Outcome::Differs(event) if !once => format!(
                    "`{event_type}` is in the book already as {event}, with other content under \
                     the same id; amend or void that event, or give this one another id"
                ),
                Outcome::Recorded(_) | Outcome::Already(_) | Outcome::Differs(_) => continue,
            };
            self.reject(&unit, 0, Problem::of_row(reason))?;
        }
        Ok(())
    }
}
