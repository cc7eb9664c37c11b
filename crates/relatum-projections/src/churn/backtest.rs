//! The back-test of a book: what would have been said at past days, and what came.

use chrono::{Datelike as _, NaiveDate};
use relatum_churn::{BackTest, Past, RiskError, backtest};
use relatum_domain::View;

use super::norm::Norm;
use super::report::{ChurnOptions, Looked, seen_at};
use super::risk;
use crate::models::Models;

/// A back-test, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnTest {
    /// The day from which it looks back.
    pub as_of: NaiveDate,
    /// Days that each forecast looked ahead: fewer than were asked for in a young book.
    pub horizon_days: u32,
    /// Whether each cut knows only what was recorded by then; if not, because the book was taken
    /// in later, only what had happened by then.
    pub as_known_then: bool,
    /// How many slices there are to learn from and to test on.
    pub slices: usize,
    /// What was found; none: there is too little to test on.
    pub found: Result<BackTest, RiskError>,
}

impl ChurnTest {
    /// The days at which the past is cut: as many as there are.
    #[must_use]
    pub fn past(options: &ChurnOptions, common: &Models, norm: &Norm, view: &View) -> Past {
        let cut = view.as_of.num_days_from_ce();
        Past::whole(norm.first.unwrap_or(cut), cut, options.horizon(common, view))
    }

    /// Of the accounts of all parts.
    #[must_use]
    pub fn whole(norm: &Norm, past: &Past, view: &View, looked: &[Looked]) -> Self {
        let slices = risk::slices(past, &seen_at(past, looked));
        Self {
            as_of: view.as_of,
            horizon_days: past.horizon,
            as_known_then: norm.in_time,
            slices: slices.len(),
            found: backtest(&slices),
        }
    }

    /// The test of a book for the day and the knowledge of `view`.
    #[must_use]
    pub fn of(models: &Models, options: &ChurnOptions, view: &View) -> Self {
        let norm = Norm::whole(view, &Norm::part(models, view));
        let past = Self::past(options, models, &norm, view);
        let looked = ChurnOptions::part(models, models, &norm, &past, view);
        Self::whole(&norm, &past, view, &looked)
    }
}
