//! Checking a certificate against a log.

use std::collections::{BTreeMap, BTreeSet};

use relatum_log::{Cut, CutError, Seq};
use relatum_projections::{CellKey, Report};
use relatum_stream::EventRef;

use super::Certificate;
use super::lines::{Columns, Line, Proof, TableLine, Tree};
use super::make::{Certify, Proofs, told};
use crate::engine::Engine;
use crate::error::Error;
use crate::tree_head::SignedTreeHead;

/// A cell of which certificate and log give different figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellDivergence {
    /// Its key.
    pub cell: String,
    /// What the certificate says; none: nothing.
    pub certified: Option<String>,
    /// What the log gives; none: nothing.
    pub replayed: Option<String>,
}

/// An event of which certificate and log tell different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDivergence {
    /// Which.
    pub event: EventRef,
    /// What the certificate says of it: an amount or the stored event; none: nothing.
    pub certified: Option<String>,
    /// What the log does.
    pub replayed: Option<String>,
}

/// Where a certificate and a log part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Divergence {
    /// Between which events the log is another one than that of the certificate; none: it is the
    /// same.
    pub log: Option<(Seq, Seq)>,
    /// Projections that fold otherwise than when it was made, or whose states are others.
    pub projections: Vec<String>,
    /// The first cell that differs.
    pub cell: Option<CellDivergence>,
    /// The first event that differs.
    pub event: Option<EventDivergence>,
    /// The first line of the certificate that the log does not give, from 1.
    pub line: usize,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// The log gives the same, to the byte.
    Equal,
    /// It does not.
    Diverges(Box<Divergence>),
}

impl Certificate {
    /// Gives the report again from the log of `engine`, and compares everything: states, figures,
    /// tree, events and proofs. `report` is what [`asked`](Self::asked) stands for; signatures are
    /// the business of [`verify`](Self::verify).
    ///
    /// # Errors
    /// As [`AsOf::certify`](crate::AsOf::certify).
    pub fn check(&self, engine: &Engine, report: &dyn Report) -> Result<Checked, Error> {
        let position = self.position();
        let at = engine.as_of(self.as_of()).known_at(Cut::single(position));
        let at = match at {
            Ok(at) => at,
            // The log is shorter, or another one: there is nothing to give the report from.
            Err(Error::Cut(CutError::BeyondHead { .. } | CutError::InsideCommit { .. })) => {
                let log = Some(self.log_differs(engine)?.unwrap_or((Seq(1), position)));
                let divergence = Divergence { log, line: 1, ..Divergence::default() };
                return Ok(Checked::Diverges(Box::new(divergence)));
            }
            Err(error) => return Err(error),
        };
        let cut = Cut::single(position);
        let known = relatum_log::recorded_at(engine.log(), &cut)?;
        let how = Certify { asked: self.asked(), key: None, proofs: self.proofs() };
        let signer = self.signer().map(str::to_owned);
        let replayed = match at
            .certified(report, &how, (&cut, known), signer, |lines| self.differs_from(lines))
        {
            // A cell that the report does not have.
            Err(Error::NotFound { name, .. }) => {
                let cell = CellDivergence { cell: name, certified: None, replayed: None };
                let divergence = Divergence { cell: Some(cell), line: 1, ..Divergence::default() };
                return Ok(Checked::Diverges(Box::new(divergence)));
            }
            other => other?,
        };
        let Some(line) = self.first_difference(&replayed) else { return Ok(Checked::Equal) };
        let log = self.log_differs(engine)?;
        let cell = differing_cell(&self.lines, &replayed);
        let event = match self.other_leaf(engine)? {
            Some(event) => Some(event),
            None if self.differs_from(&replayed) => {
                self.event_in_cell(&at, report, cell.as_ref(), log)?
            }
            None => differing_amount(&self.lines, &replayed),
        };
        let projections = differing_projections(&self.lines, &replayed);
        let divergence = Divergence { log, projections, cell, event, line };
        Ok(Checked::Diverges(Box::new(divergence)))
    }

    /// Whether it differs from the lines that come before the events behind cells.
    fn differs_from(&self, lines: &[Line]) -> bool {
        self.first_difference(lines).is_some_and(|line| line <= lines.len())
    }

    /// Of which cells it has the events.
    fn proofs(&self) -> Proofs {
        let cells = self.lines.iter().filter_map(Line::cell);
        Proofs::Of(cells.filter_map(|cell| cell.parse().ok()).collect())
    }

    /// The first line that the log does not give, from 1.
    fn first_difference(&self, replayed: &[Line]) -> Option<usize> {
        let same = |own: &Line, other: &Line| match (own, other) {
            (Line::Head(own), Line::Head(other)) => {
                self.same_head(&own.tree_head, &other.tree_head)
            }
            _ => own == other,
        };
        let pairs = self.lines.iter().zip(replayed);
        let at = pairs.take_while(|(own, other)| same(own, other)).count();
        let all = self.lines.len() == replayed.len() && at == replayed.len();
        (!all).then_some(at.saturating_add(1))
    }

    /// Whether the tree head is what the log gives, called after the key and signed by it, or
    /// called after the log if there is no key.
    fn same_head(&self, own: &str, replayed: &str) -> bool {
        let Some(signer) = self.signer() else { return own == replayed };
        let read = |text: &str| text.parse::<SignedTreeHead>().ok();
        let (Some(own), Some(replayed), Ok(key)) = (read(own), read(replayed), signer.parse())
        else {
            return false;
        };
        let key: crate::note_keys::VerifyingKey = key;
        let (head, other) = (own.head(), replayed.head());
        (head.size, head.root) == (other.size, other.root)
            && head.origin == key.name()
            && own.verify(&key).is_ok()
    }

    fn tree(&self) -> Option<&Tree> {
        self.lines.iter().find_map(|line| match line {
            Line::Tree(tree) => Some(tree),
            _ => None,
        })
    }

    /// Between which events the log is another one.
    fn log_differs(&self, engine: &Engine) -> Result<Option<(Seq, Seq)>, Error> {
        let Some(tree) = self.tree() else { return Ok(None) };
        let events = engine.head()?.events();
        let size = Cut::single(Seq(tree.size.min(events)));
        if engine.tree_head(None, Some(&size))?.root.to_string() == tree.root {
            return Ok(None);
        }
        let end = Seq(tree.size);
        if tree.step != super::make::step_of(tree.size) {
            return Ok(Some((Seq(1), end)));
        }
        let whole = tree.size.min(events) / tree.step;
        let whole = whole.min(u64::try_from(tree.hashes.len()).unwrap_or(u64::MAX));
        let hashes = engine.tree_hashes(tree.step, whole)?;
        let steps = tree.hashes.iter().zip(&hashes);
        let same = steps.take_while(|(own, other)| own == other).count();
        let same = u64::try_from(same).unwrap_or(u64::MAX);
        let first = same.saturating_mul(tree.step).saturating_add(1);
        if same < whole {
            return Ok(Some((Seq(first), Seq(first.saturating_add(tree.step).saturating_sub(1)))));
        }
        Ok(Some((Seq(first), end)))
    }

    /// The first event that it proves and of which the log holds something else.
    fn other_leaf(&self, engine: &Engine) -> Result<Option<EventDivergence>, Error> {
        let mut proofs: Vec<&Proof> = self.lines.iter().filter_map(Line::proof).collect();
        proofs.sort_by_key(|it| (it.index, it.event));
        for Proof { event, leaf, .. } in proofs {
            let replayed = match engine.prove(*event, None) {
                Ok(proof) => Some(proof.leaf),
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            if replayed.as_ref() != Some(leaf) {
                let (event, certified) = (*event, Some(leaf.clone()));
                return Ok(Some(EventDivergence { event, certified, replayed }));
            }
        }
        Ok(None)
    }

    /// Where the log differs: the first event behind the cell that is one of those.
    fn event_in_cell(
        &self,
        at: &crate::as_of::AsOf,
        report: &dyn Report,
        cell: Option<&CellDivergence>,
        log: Option<(Seq, Seq)>,
    ) -> Result<Option<EventDivergence>, Error> {
        let cell = cell.and_then(|it| it.cell.parse::<CellKey>().ok());
        let (Some(cell), Some((first, last))) = (cell, log) else { return Ok(None) };
        let explained = match at.explain(report, &cell) {
            Err(Error::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        let mut found: BTreeMap<u64, EventRef> = BTreeMap::new();
        for it in &explained.contributions {
            let index = at.engine.prove(it.event, Some(self.position().0))?.index;
            found.insert(index.saturating_add(1), it.event);
        }
        let found = found.range(first.0..=last.0).next().map(|(_, event)| *event);
        let Some(event) = found else { return Ok(None) };
        let replayed = at.engine.event_json(event)?.map(|json| json.to_string());
        Ok(Some(EventDivergence { event, certified: None, replayed }))
    }
}

/// The cells of a table, by key.
fn cells(lines: &[Line]) -> BTreeMap<String, String> {
    let mut columns: &[String] = &[];
    let mut cells = BTreeMap::new();
    for line in lines {
        match line {
            Line::Columns(Columns { columns: found }) => columns = found,
            Line::TableLine(TableLine { line, cells: found, .. }) => {
                for (column, cell) in columns.iter().zip(found) {
                    if let Some(cell) = cell {
                        cells.insert(format!("{line}/{column}"), cell.clone());
                    }
                }
            }
            _ => {}
        }
    }
    cells
}

fn differing_cell(own: &[Line], replayed: &[Line]) -> Option<CellDivergence> {
    let (own, replayed) = (cells(own), cells(replayed));
    let keys: BTreeSet<&String> = own.keys().chain(replayed.keys()).collect();
    let differs = keys.into_iter().find(|key| own.get(*key) != replayed.get(*key))?;
    Some(CellDivergence {
        cell: differs.clone(),
        certified: own.get(differs).cloned(),
        replayed: replayed.get(differs).cloned(),
    })
}

fn differing_projections(own: &[Line], replayed: &[Line]) -> Vec<String> {
    let states = |lines: &[Line]| -> BTreeMap<String, (u32, String)> {
        let states = lines.iter().filter_map(|line| match line {
            Line::State(it) => Some((it.projection.clone(), (it.revision, it.sha256.clone()))),
            _ => None,
        });
        states.collect()
    };
    let (own, replayed) = (states(own), states(replayed));
    let names: BTreeSet<&String> = own.keys().chain(replayed.keys()).collect();
    let differ = names.into_iter().filter(|name| own.get(*name) != replayed.get(*name));
    differ
        .map(|name| match (own.get(name), replayed.get(name)) {
            (Some((then, _)), Some((now, _))) if then != now => {
                format!("{name} (revision {then} then, {now} now)")
            }
            _ => name.clone(),
        })
        .collect()
}

/// The first event of which the amounts behind a cell are not the same.
fn differing_amount(own: &[Line], replayed: &[Line]) -> Option<EventDivergence> {
    let (stored, found) = (told(own), told(replayed));
    for (cell, own) in stored {
        let Some(other) = found.get(cell) else { continue };
        let amounts = |of: &[(EventRef, String)]| of.iter().cloned().collect::<BTreeMap<_, _>>();
        let (own, other) = (amounts(&own.events), amounts(&other.events));
        let mut events = own.keys().chain(other.keys());
        if let Some(event) = events.find(|event| own.get(*event) != other.get(*event)) {
            let of = |all: &BTreeMap<EventRef, String>| all.get(event).cloned();
            let (certified, replayed) = (of(&own), of(&other));
            return Some(EventDivergence { event: *event, certified, replayed });
        }
    }
    None
}
