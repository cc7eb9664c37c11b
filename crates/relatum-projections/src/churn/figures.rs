//! The risks of a book as figures that can be asked what they are made of.

use std::sync::Arc;

use relatum_domain::{Currency, Policies, View};
use relatum_stream::EventRef;

use super::norm::a_year_before;
use super::report::{ChurnOptions, ChurnReport};
use crate::figures::{Column, Contribution, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};

const SCORE: usize = 0;
const AT_STAKE: usize = 1;

/// A report on churn as a table of figures: the score, term by term, each with the purchase that it
/// rests on; and what is at stake, sale by sale.
#[derive(Debug, Clone)]
pub struct ChurnFigures(pub Arc<ChurnReport>);

impl Report for ChurnFigures {
    fn name(&self) -> &'static str {
        "churn"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        ChurnOptions::NORM
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![Column::count("score"), Column::money("at_stake")]
    }

    /// Scores of several accounts have no sum.
    fn adds_up(&self) -> bool {
        false
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        common.directory.policies().signals(view).event.into_iter().collect()
    }

    fn tell(&self, part: &Models, _: &Models, view: &View, to: &mut dyn Sink) {
        for line in &self.0.lines {
            if part.directory.account(line.account, view).is_none() {
                continue;
            }
            let row = Row::Account(line.account);
            let currency = line.at_stake.map_or(Currency::NONE, |it| it.currency);
            for term in line.risk.iter().flat_map(|it| &it.terms) {
                let micro = i128::from(term.points_micro);
                let why = || {
                    let (event, day, what) = (term.event, term.day, term.term);
                    vec![Contribution { event, day, number: None, what, micro }]
                };
                to.add(&row, currency, SCORE, micro, &why);
            }
            let bought = part.sales.bought(line.account, view);
            let (from, until) = (a_year_before(view.as_of), view.as_of);
            for (day, version, micro) in bought.iter().flat_map(|it| it.each(from, until)) {
                let why = || {
                    let event = merged::event(line.account, version);
                    let what = if micro < 0 { "came back" } else { "bought" };
                    vec![Contribution { event, day, number: None, what, micro }]
                };
                if micro != 0 {
                    to.add(&row, currency, AT_STAKE, micro, &why);
                }
            }
        }
    }
}
