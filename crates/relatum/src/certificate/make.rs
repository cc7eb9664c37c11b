//! Making a certificate.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use relatum_log::{Cut, Seq, TreeHash};
use relatum_projections::{About, CellKey, Figures, Report, Row, Sum};
use relatum_stream::EventRef;

use super::Certificate;
use super::lines::{self, Cell, Head, Line, Question, State, Tree};
use crate::as_of::AsOf;
use crate::error::Error;
use crate::evidence::InclusionProof;
use crate::folded::threads;
use crate::note::Note;
use crate::note_keys::SigningKey;
use crate::tree_head::SignedTreeHead;

/// So many hashes of the tree stand in a certificate at most.
const MOST_HASHES: u64 = 256;

/// Of which cells the events are added, with their proofs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Proofs {
    /// Of none.
    #[default]
    None,
    /// Of these.
    Of(Vec<CellKey>),
    /// Of every cell of every line.
    All,
}

impl Proofs {
    fn cells(&self, figures: &Figures) -> Vec<CellKey> {
        let all = || {
            let lines = figures.lines.iter();
            let cells = lines.flat_map(|line| {
                figures.columns.iter().map(|column| CellKey {
                    row: line.row.clone(),
                    currency: line.currency,
                    column: column.key.clone(),
                })
            });
            cells.collect()
        };
        match self {
            Self::None => Vec::new(),
            Self::Of(cells) => cells.clone(),
            Self::All => all(),
        }
    }
}

/// How a certificate is made.
#[derive(Debug, Clone, Default)]
pub struct Certify<'a> {
    /// The words in which the report was asked for, to be understood again by who checks it.
    pub asked: &'a str,
    /// Who signs it.
    pub key: Option<&'a SigningKey>,
    /// Of which cells the events are added.
    pub proofs: Proofs,
}

impl AsOf {
    /// A certificate of a report as it is answered from here: it can be checked at any time, with
    /// [`Certificate::check`] against the log, and in part without it.
    ///
    /// # Errors
    /// [`Error::Speculative`] for a [what-if](Self::what_if); else as [`figures`](Self::figures)
    /// and [`explain`](Self::explain).
    pub fn certify(&self, report: &dyn Report, how: &Certify<'_>) -> Result<Certificate, Error> {
        self.of_the_log_alone("a certificate")?;
        let head = self.known_cut()?;
        // What is certified is what the log holds up to there, whatever comes in meanwhile.
        let known = relatum_log::recorded_at(self.engine.log(), &head)?;
        let at = self.clone().known_at(head.clone())?;
        let signer = how.key.map(|key| key.verifier().to_string());
        let lines = at.certified(report, how, (&head, known), signer, |_| false)?;
        let text: String = lines.iter().map(|line| line.text() + "\n").collect();
        let keys: Vec<&SigningKey> = how.key.into_iter().collect();
        let certificate = Note::signed(text, &keys).to_string().parse();
        certificate.map_err(Error::from)
    }

    /// What the log held at the instant of the view.
    fn known_cut(&self) -> Result<Cut, Error> {
        let known_at = self.view.known_at.0;
        match DateTime::<Utc>::from_timestamp_micros(known_at) {
            Some(instant) => Ok(relatum_log::known_at(self.engine.log(), instant)?),
            None if known_at < 0 => Ok(Cut::start()),
            None => self.engine.head(),
        }
    }

    /// The lines of a certificate; without the events behind cells if `stop` says so of the others.
    pub(super) fn certified(
        &self,
        report: &dyn Report,
        how: &Certify<'_>,
        (cut, known): (&Cut, Option<DateTime<Utc>>),
        signer: Option<String>,
        stop: impl Fn(&[Line]) -> bool,
    ) -> Result<Vec<Line>, Error> {
        let figures = self.figures(report)?;
        let which = self.which(report)?;
        // Which others' accounts are read for a manager is a matter of the cache.
        let only = match report.about() {
            About::Account(account) => {
                Some(self.streams_of(account)?.into_iter().collect::<BTreeSet<_>>())
            }
            About::Everybody | About::Managers(_) => None,
        };
        let until = Some(self.view.known_at);
        let digests = self.engine.with_folded(|folded| {
            folded.replay().digests(threads(), which, only.as_ref(), until)
        })?;
        let states = which.list().into_iter().zip(0_usize..).map(|(it, place)| State {
            projection: it.name.to_owned(),
            revision: it.revision,
            streams: digests.streams(),
            sha256: digests.hash(place),
        });
        let cells = how.proofs.cells(&figures);
        let mut lines = vec![Line::Question(Question {
            certificate: lines::FORMAT,
            report: report.name().to_owned(),
            asked: how.asked.to_owned(),
            as_of: self.view.as_of,
            known_at: known,
            position: cut.events(),
            policies: figures.policies.clone(),
            explained: cells.len(),
            signer,
        })];
        lines.extend(states.map(Line::State));
        lines.extend(lines::table(&figures));
        lines.push(Line::Tree(self.engine.tree_steps(cut.events())?));
        // Its name is that of the key, or of the log: nothing in a certificate is free to choose.
        let head = self.engine.tree_head(how.key.map(SigningKey::name), Some(cut))?;
        let keys: Vec<&SigningKey> = how.key.into_iter().collect();
        let tree_head = SignedTreeHead::new(head, &keys)?.to_string();
        lines.push(Line::Head(Head { tree_head }));
        if !stop(&lines) {
            lines.extend(self.evidence(report, &figures, cells, cut.events())?);
        }
        Ok(lines)
    }

    /// The events behind cells, and the proofs of all of them.
    fn evidence(
        &self,
        report: &dyn Report,
        figures: &Figures,
        cells: Vec<CellKey>,
        size: u64,
    ) -> Result<Vec<Line>, Error> {
        let mut lines = Vec::new();
        let mut events: BTreeSet<EventRef> = BTreeSet::new();
        for cell in cells {
            let explained = self.explain(report, &cell)?;
            events.extend(explained.contributions.iter().map(|it| it.event));
            let amount = |micro| {
                let sum = Sum { micro, currency: cell.currency };
                lines::spelt(explained.measure, sum).unwrap_or_default()
            };
            let told = explained.contributions.iter();
            lines.push(Line::Cell(Cell {
                cell: cell.to_string(),
                amount: shown(figures, &cell),
                events: told.map(|it| (it.event, amount(it.micro))).collect(),
            }));
        }
        for event in events {
            let InclusionProof { leaf, index, hashes, .. } =
                self.engine.prove(event, Some(size))?;
            let hashes = hashes.iter().map(TreeHash::to_string).collect();
            lines.push(Line::Proof(lines::Proof { event, index, leaf, hashes }));
        }
        Ok(lines)
    }
}

/// What a table shows in a cell.
fn shown(figures: &Figures, cell: &CellKey) -> Option<String> {
    let lines = if cell.row == Row::Total { &figures.totals } else { &figures.lines };
    let line = lines.iter().find(|it| it.row == cell.row && it.currency == cell.currency)?;
    let at = figures.column(&cell.column)?;
    lines::spelt(figures.columns.get(at)?.measure, line.sum(at))
}

/// How many events a hash covers, so that there are not too many hashes: a power of two.
pub(super) fn step_of(size: u64) -> u64 {
    let mut step = 1;
    while size / step > MOST_HASHES {
        step *= 2;
    }
    step
}

impl crate::engine::Engine {
    /// The tree over the first `size` events, and the roots over equal steps of them.
    pub(super) fn tree_steps(&self, size: u64) -> Result<Tree, Error> {
        let step = step_of(size);
        let root = self.tree_head(None, Some(&Cut::single(Seq(size))))?.root.to_string();
        let hashes = self.tree_hashes(step, size / step)?;
        Ok(Tree { size, root, step, hashes })
    }

    /// The roots over the first steps of so many events each, a power of two.
    pub(super) fn tree_hashes(&self, step: u64, steps: u64) -> Result<Vec<String>, Error> {
        let level = step.trailing_zeros();
        self.with_tree(|tree| {
            let hashes = (0..steps).map(|at| Ok(tree.subtree(at << level, level)?.to_string()));
            hashes.collect::<Result<Vec<String>, Error>>()
        })
    }
}

/// The events behind the cells of a certificate, by cell.
pub(super) fn told(lines: &[Line]) -> BTreeMap<&str, &Cell> {
    let cells = lines.iter().filter_map(|line| match line {
        Line::Cell(cell) => Some((cell.cell.as_str(), cell)),
        _ => None,
    });
    cells.collect()
}
