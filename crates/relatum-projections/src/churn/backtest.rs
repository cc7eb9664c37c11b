//! The back-test of a book: what would have been said at past days, and what came.

use chrono::{Datelike as _, NaiveDate};
use relatum_churn::{BackTest, Past, RiskError};
use relatum_domain::View;

use super::norm::Norm;
use super::report::{ChurnOptions, Looked, by_account, seen_at};
use super::risk::{self, Learned, RiskMethod};
use crate::models::Models;

/// A back-test, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnTest {
    /// The day from which it looks back.
    pub as_of: NaiveDate,
    /// What the report on churn makes of it.
    pub method: RiskMethod,
    /// How many slices there are to learn from and to test on.
    pub slices: usize,
    /// What was found; none: there is too little to test on.
    pub found: Result<BackTest, RiskError>,
}

impl ChurnTest {
    /// Of the accounts of all parts; policies are in `common`.
    #[must_use]
    pub fn whole(
        options: &ChurnOptions,
        common: &Models,
        norm: &Norm,
        past: &Past,
        view: &View,
        mut looked: Vec<Looked>,
    ) -> Self {
        by_account(&mut looked);
        let slices = risk::slices(past, &seen_at(past, &looked));
        let at = (view.as_of.num_days_from_ce(), options.horizon(common, view));
        let Learned { method, tested, .. } = risk::learn(norm, past, &slices, at);
        Self { as_of: view.as_of, method, slices: slices.len(), found: tested }
    }

    /// The test of a book for the day and the knowledge of `view`.
    #[must_use]
    pub fn of(models: &Models, options: &ChurnOptions, view: &View) -> Self {
        let norm = Norm::whole(view, &Norm::part(models, view));
        let past = options.past(models, &norm, view);
        let looked = ChurnOptions::part(models, models, &norm, &past, view);
        Self::whole(options, models, &norm, &past, view, looked)
    }
}
