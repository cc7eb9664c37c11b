//! What the cells of a report are made of, all at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::Currency;
use relatum_stream::EventRef;

use super::Cause;
use super::cause::Why;
use crate::figures::{Column, Contribution, Measure, Row, Sink};

/// A line.
pub(super) type At = (Row, Currency);

/// What one event adds to a cell.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) micro: i128,
    pub(super) day: NaiveDate,
    pub(super) number: Option<String>,
    pub(super) what: &'static str,
}

impl Piece {
    fn of(it: Contribution) -> (EventRef, Self) {
        let Contribution { event, day, number, what, micro } = it;
        (event, Self { micro, day, number, what })
    }
}

/// The most days of a cell, and the event that they are counted from.
#[derive(Debug, Clone)]
pub(super) struct Most {
    pub(super) micro: i128,
    pub(super) event: EventRef,
    pub(super) piece: Piece,
    /// Why it is not the one before and after: filled in once that is known.
    pub(super) why: Why,
}

impl Most {
    /// The one of two that counts: the most days, of as many the event that comes first.
    pub(super) fn outweighs(&self, other: &Self) -> bool {
        (self.micro, other.event) > (other.micro, self.event)
    }
}

/// What one cell is made of.
#[derive(Debug, Clone)]
pub(super) enum Heard {
    Sum(BTreeMap<EventRef, Piece>),
    Most(Option<Box<Most>>),
}

impl Heard {
    const fn nothing(measure: Measure) -> Self {
        match measure {
            Measure::Money | Measure::Count => Self::Sum(BTreeMap::new()),
            Measure::MostDays => Self::Most(None),
        }
    }
}

/// The cells of a report by line, each at the place of its column.
pub(super) type Cells = BTreeMap<At, Vec<Heard>>;

/// Keeps what all wanted cells are made of.
pub(super) struct Collected<'a> {
    /// All columns of a comparison.
    pub(super) columns: &'a [Column],
    /// The place of each of the report's columns among them.
    pub(super) places: &'a [usize],
    /// Whether days are to be kept of all lines together as well.
    pub(super) totals: bool,
    pub(super) cells: Cells,
}

impl Collected<'_> {
    fn hear(&mut self, at: At, column: usize, micro: i128, why: &dyn Fn() -> Vec<Contribution>) {
        let columns = self.columns;
        let cells = self.cells.entry(at);
        let nothing = || columns.iter().map(|it| Heard::nothing(it.measure)).collect();
        match cells.or_insert_with(nothing).get_mut(column) {
            Some(Heard::Sum(pieces)) => {
                for (event, piece) in why().into_iter().map(Piece::of) {
                    let known = pieces.entry(event).or_insert(Piece { micro: 0, ..piece.clone() });
                    known.micro = known.micro.saturating_add(piece.micro);
                }
            }
            Some(Heard::Most(most)) if most.as_ref().is_none_or(|it| micro >= it.micro) => {
                let Some((event, piece)) = why().into_iter().next().map(Piece::of) else { return };
                let new = Most { micro, event, piece, why: (Cause::Aged, None) };
                if most.as_ref().is_none_or(|known| new.outweighs(known)) {
                    *most = Some(Box::new(new));
                }
            }
            _ => {}
        }
    }
}

impl Sink for Collected<'_> {
    fn add(
        &mut self,
        row: &Row,
        currency: Currency,
        column: usize,
        micro: i128,
        why: &dyn Fn() -> Vec<Contribution>,
    ) {
        let Some(column) = self.places.get(column).copied() else { return };
        let most = self.columns.get(column).is_some_and(|it| it.measure == Measure::MostDays);
        if most && self.totals {
            self.hear((Row::Total, currency), column, micro, why);
        }
        self.hear((row.clone(), currency), column, micro, why);
    }
}
