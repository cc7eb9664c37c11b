//! Plots of a back-test: how good forecasts were, as pictures.
//!
//! Owns what is drawn and how it looks, one file a plot. Knows no file and no book: forecasts by
//! the day at which they were made come in, the text of an SVG goes out.
//!
//! *Invariant: equal forecasts, in any order of accounts, equal bytes. Who forecast what shows
//! without colour too, by dashes and by the shape of marks.*

mod area;
mod lift;
mod mark;
mod reliability;
mod sheet;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use relatum_churn::{BackTest, Baseline, Candidate, Forecast};

use crate::output::grouped;
use mark::STYLES;

pub(crate) use area::area;
pub(crate) use lift::lift;
pub(crate) use reliability::reliability;

/// Said in the middle of a plot without forecasts.
const NOTHING: &str = "There are no forecasts to show.";

/// What a plot is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heading<'a> {
    /// Its first line.
    pub(crate) title: &'a str,
    /// Days after a cut in which an account that buys nothing has lapsed.
    pub(crate) horizon: u32,
}

/// What one forecaster said at each cut.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forecaster {
    /// How the legend calls it.
    pub(crate) name: String,
    /// The day, and a forecast of each account; in any order.
    pub(crate) cuts: Vec<(NaiveDate, Vec<Forecast>)>,
}

/// Why there is no plot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PlotError {
    /// More lines than can be told apart.
    #[error("{forecasters} forecasters in one plot, at most {most} can be told apart")]
    TooMany {
        /// How many there are.
        forecasters: usize,
        /// How many there may be.
        most: usize,
    },
    /// What was said of an account cannot be drawn.
    #[error("{forecaster}, cut {cut}, account {at}: the {number} is no number that can be drawn")]
    Number {
        /// Who said it.
        forecaster: String,
        /// When.
        cut: NaiveDate,
        /// Of which account, from 0.
        at: usize,
        /// Which number.
        number: &'static str,
    },
}

impl Forecaster {
    /// The candidates of a back-test, the score first; `day` is the day of a cut.
    ///
    /// Without the base rate: it ranks no account before another, which every plot shows as chance.
    pub(crate) fn all(of: &BackTest, day: impl Fn(i32) -> NaiveDate) -> Vec<Self> {
        let ranking =
            Candidate::ALL.into_iter().filter(|it| *it != Candidate::Baseline(Baseline::BaseRate));
        let forecaster = |candidate: Candidate| {
            let said = of.cuts.iter().filter_map(|cut| {
                let (_, forecasts) = cut.forecasts.iter().find(|it| it.0 == candidate)?;
                Some((day(cut.cut), forecasts.clone()))
            });
            Self { name: candidate.to_string(), cuts: said.collect() }
        };
        ranking.map(forecaster).filter(|it| !it.cuts.is_empty()).collect()
    }

    fn forecasts(&self) -> impl Iterator<Item = &Forecast> {
        self.cuts.iter().flat_map(|(_, forecasts)| forecasts)
    }
}

/// Those who forecast anything, if all that they said can be drawn.
fn checked(of: &[Forecaster]) -> Result<Vec<&Forecaster>, PlotError> {
    let most = STYLES.len();
    if of.len() > most {
        return Err(PlotError::TooMany { forecasters: of.len(), most });
    }
    for Forecaster { name, cuts } in of {
        for (cut, forecasts) in cuts {
            for (at, it) in forecasts.iter().enumerate() {
                let number = match (it.score.is_finite(), (0.0..=1.0).contains(&it.risk)) {
                    (true, true) => continue,
                    (false, _) => "score",
                    (true, false) => "risk",
                };
                let forecaster = name.clone();
                return Err(PlotError::Number { forecaster, cut: *cut, at, number });
            }
        }
    }
    Ok(of.iter().filter(|it| it.forecasts().next().is_some()).collect())
}

/// The line below the title: what was forecast, when, of how many accounts, and what came.
fn subtitle(heading: &Heading<'_>, of: &[&Forecaster]) -> String {
    let days: BTreeSet<NaiveDate> =
        of.iter().flat_map(|it| it.cuts.iter().map(|(cut, _)| *cut)).collect();
    // All are about the same accounts; where one left some out, the others have not.
    let fullest = of.iter().max_by_key(|it| it.forecasts().count());
    let accounts = fullest.map_or(0, |it| it.forecasts().count());
    let lapses = fullest.map_or(0, |it| it.forecasts().filter(|it| it.lapsed).count());
    let within = format!("no purchase in {}", counted(heading.horizon as usize, "day"));
    let when = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first != last => {
            let cuts = counted(days.len(), "cut");
            format!("{within} after {cuts}, {first} to {last}")
        }
        (Some(only), _) => format!("{within} after {only}"),
        _ => within,
    };
    let over = if days.len() > 1 { " over all cuts" } else { "" };
    let lapses = grouped(&lapses.to_string());
    format!("{when} · {}{over} · {lapses} lapsed", counted(accounts, "account"))
}

/// `1 day`, `1,200 days`.
fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(&number.to_string()))
}

/// A share as a whole percentage.
fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
