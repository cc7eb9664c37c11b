//! The risk of an account: learned from the book's own past, and told term by term.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_churn::{
    BackTest, Baseline, Basis, Candidate, Contribution, Fit, Isotonic, Measure, Past, RiskError,
    RiskScore, Seen, Slice, Standing, Summary, Term, backtest,
};
use relatum_domain::Currency;
use relatum_stream::EventRef;
use serde::Serialize;

use super::norm::Norm;
use crate::amounts::Sum;

/// No more cuts are tested before a forecast is believed.
const TESTED: usize = 16;

/// What a risk is made of: a term of the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RiskTerm {
    /// Which.
    pub term: &'static str,
    /// What it adds to the score, in millionths of a logit: above zero it raises the risk.
    pub points_micro: i64,
    /// In words.
    pub sentence: String,
    /// The event that it rests on.
    pub event: EventRef,
    /// The day of that.
    pub day: NaiveDate,
}

/// The risk that an account buys nothing within the horizon.
///
/// Invariant: the points of the terms add up to the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Risk {
    /// How probable that is, in hundredths of a per cent.
    pub risk_bp: i64,
    /// In millionths of a logit, before recalibration.
    pub score_micro: i64,
    /// What the score is made of.
    pub terms: Vec<RiskTerm>,
    /// How probable it is that it has not stopped buying, in hundredths of a per cent; none where
    /// no dropout is identifiable.
    pub p_alive_bp: Option<i64>,
    /// Purchases to expect within the horizon, in thousandths.
    pub expected_purchases_milli: i64,
    /// What they are expected to come to.
    pub expected_spend: Option<Sum>,
    /// Days on which it bought.
    pub purchases: usize,
    /// Days since it bought last.
    pub days_quiet: i64,
    /// The event of that.
    pub last: EventRef,
}

/// A purchase model, and how far to trust it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FittedModel {
    /// Its name.
    pub model: String,
    /// Its parameters, in weeks.
    pub parameters: Vec<(String, f64)>,
    /// Of each parameter; none where the likelihood does not curve in every direction.
    pub standard_errors: Option<Vec<f64>>,
    /// Whether the search ended at the most likely parameters.
    pub converged: bool,
    /// The greatest part of the gradient, an account.
    pub gradient_norm: f64,
    /// The greatest curvature against the least.
    pub condition: Option<f64>,
    /// Whether a parameter went as far as it may go.
    pub at_boundary: bool,
    /// The log-likelihood.
    pub ln_likelihood: f64,
    /// By how much that is above the model in which nobody stops.
    pub gain_over_nbd: f64,
    /// Whether the book tells who stopped from who pauses.
    pub is_dropout_identifiable: bool,
    /// How many accounts it was fitted to.
    pub accounts: usize,
    /// Which data: other data have another number.
    pub data: String,
}

impl From<&Fit> for FittedModel {
    fn from(fit: &Fit) -> Self {
        let (of, found) = (&fit.parameters, &fit.diagnostics);
        let names = of.model().parameters().iter().map(|name| (*name).to_owned());
        Self {
            model: of.model().to_string(),
            parameters: names.zip(of.values().iter().copied()).collect(),
            standard_errors: found.standard_errors.clone(),
            converged: found.converged,
            gradient_norm: found.gradient_norm,
            condition: found.condition,
            at_boundary: found.at_boundary,
            ln_likelihood: found.ln_likelihood,
            gain_over_nbd: fit.gain_over_nbd,
            is_dropout_identifiable: fit.is_dropout_identifiable(),
            accounts: found.accounts,
            data: format!("{:016x}", fit.data),
        }
    }
}

/// How the risks of a book were found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RiskMethod {
    /// Days that a risk looks ahead.
    pub horizon_days: u32,
    /// Days that were watched after each past cut: fewer in a young book.
    pub watched_days: u32,
    /// What forecasts: the score, or the simple rule that was better.
    pub forecast: String,
    /// What its weights rest on.
    pub basis: String,
    /// The weights of the terms.
    pub weights: Vec<(String, f64)>,
    /// At how many past cuts it was tested.
    pub cuts_tested: usize,
    /// The mean area under the curve there, of everything that was tested.
    pub areas: Vec<(String, f64)>,
    /// Whether the past is taken as it was known then; if not, by the days on which it happened.
    pub as_known_then: bool,
    /// The purchase model; none: too few accounts bought again.
    pub model: Option<FittedModel>,
}

/// Who forecasts.
#[derive(Debug)]
enum Forecaster {
    Score(RiskScore),
    Rule(Baseline, Isotonic),
}

/// What was learned of a book.
#[derive(Debug)]
pub(super) struct Learned {
    forecaster: Forecaster,
    pub(super) method: RiskMethod,
    pub(super) tested: Result<BackTest, RiskError>,
}

/// An account that bought, on the day of the view.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub(super) now: Seen,
    pub(super) currency: Currency,
    pub(super) first: (NaiveDate, EventRef),
    pub(super) last: (NaiveDate, EventRef),
}

/// The past of a book as it is cut for learning and testing, latest first.
#[must_use]
pub(super) fn past(norm: &Norm, cut: i32, horizon: u32) -> Past {
    let first = norm.first.unwrap_or(cut);
    let mut past = Past::whole(first, cut, horizon);
    past.cuts.truncate(TESTED);
    past
}

/// Purchases of accounts of one currency as they are; of several, in usual purchases of each.
pub(super) fn in_one_unit(mut seen: Vec<(Currency, Seen)>) -> Vec<Seen> {
    let mut by_currency: BTreeMap<Currency, Vec<f64>> = BTreeMap::new();
    for (currency, it) in &seen {
        let bought = it.purchases.iter().map(|it| it.value).filter(|it| *it > 0.0);
        by_currency.entry(*currency).or_default().extend(bought);
    }
    if by_currency.len() > 1 {
        let usual = |values: &mut Vec<f64>| {
            let middle = values.len().checked_sub(1)? / 2;
            Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
        };
        let usual: BTreeMap<Currency, f64> =
            by_currency.iter_mut().filter_map(|(of, values)| Some((*of, usual(values)?))).collect();
        for (currency, it) in &mut seen {
            let usual = usual.get(currency).copied().unwrap_or(1.0);
            it.purchases.iter_mut().for_each(|it| it.value /= usual);
        }
    }
    seen.into_iter().map(|(_, it)| it).collect()
}

/// The slices at the cuts at which a model can be fitted; each account as it was seen there.
pub(super) fn slices(past: &Past, seen: &[Vec<Seen>]) -> Vec<Slice> {
    let at = past.cuts.iter().zip(seen);
    at.filter_map(|(cut, seen)| Some(Slice::seen(*cut, past.horizon, seen).ok()?.0)).collect()
}

/// Learns from slices, latest first; the winner of the back-test forecasts.
pub(super) fn learn(
    norm: &Norm,
    past: &Past,
    slices: &[Slice],
    (cut, horizon): (i32, u32),
) -> Learned {
    let lately = Past::of(norm.first.unwrap_or(cut), cut, horizon).cuts.len();
    let recent = || slices.iter().take(lately);
    // Slices end by the day of the view: none looks ahead.
    let score = RiskScore::learn(recent(), cut).unwrap_or_else(|_| RiskScore::shipped());
    let tested = backtest(slices);
    let found = tested.as_ref().ok();
    let mut method = RiskMethod {
        horizon_days: horizon,
        watched_days: past.horizon,
        forecast: Candidate::Score.to_string(),
        basis: String::new(),
        weights: Vec::new(),
        cuts_tested: found.map_or(0, |it| it.cuts.len()),
        areas: found.map(areas).unwrap_or_default(),
        as_known_then: norm.in_time,
        model: norm.fit.as_ref().ok().map(FittedModel::from),
    };
    let rule = |score: &RiskScore| match found?.winner {
        Candidate::Baseline(rule) if matches!(score.basis(), Basis::Learned { .. }) => {
            let known: Vec<_> = recent().flat_map(|it| it.scored(rule)).collect();
            Some((rule, Isotonic::fit(&known)?))
        }
        _ => None,
    };
    method.basis = score.basis().to_string();
    method.weights = Term::ALL.map(|it| (it.to_string(), score.weight(it))).to_vec();
    let forecaster = match rule(&score) {
        Some((rule, calibration)) => {
            method.forecast = rule.to_string();
            Forecaster::Rule(rule, calibration)
        }
        None => Forecaster::Score(score),
    };
    Learned { forecaster, method, tested }
}

/// The mean area under the curve of everything that was tested.
fn areas(of: &BackTest) -> Vec<(String, f64)> {
    let area = |it: Candidate| Some((it.to_string(), of.mean(it, Measure::Auc)?));
    Candidate::ALL.into_iter().filter_map(area).collect()
}

impl Learned {
    /// The risk of each buyer, in their order; none where no model could be fitted.
    pub(super) fn risks(&self, norm: &Norm, buyers: &[&Buyer], cut: i32) -> Vec<Option<Risk>> {
        let Ok(fit) = &norm.fit else { return vec![None; buyers.len()] };
        let weeks = f64::from(self.method.horizon_days) / 7.0;
        let now = in_one_unit(buyers.iter().map(|it| (it.currency, it.now.clone())).collect());
        let stand = |(buyer, now): (&&Buyer, Seen)| {
            let summary = Summary::of(&buyer.now.purchases, cut).ok()?;
            let none = fit.parameters.p_no_purchase(&summary, weeks);
            let standing = Standing::of(&now.purchases, cut, none, now.breadth).ok()?;
            Some((summary, standing))
        };
        let standing: Vec<_> = buyers.iter().zip(now).map(stand).collect();
        let known: Vec<Standing> = standing.iter().flatten().map(|it| it.1).collect();
        let Some(told) = self.told(&known) else { return vec![None; buyers.len()] };
        let mut told = told.into_iter();
        let mut risks = Vec::with_capacity(buyers.len());
        for (buyer, standing) in buyers.iter().zip(&standing) {
            let risk = standing.as_ref().and_then(|(summary, standing)| {
                let (risk, terms) = told.next()?;
                let expected = fit.parameters.expected_purchases(summary, weeks);
                let spend = norm.spend.get(&buyer.currency);
                let spend = spend.and_then(|it| it.expected(summary)).map(|it| it * expected);
                Some(Risk {
                    risk_bp: in_bp(risk),
                    score_micro: terms.iter().map(|it| it.1).fold(0, i64::saturating_add),
                    terms: terms.into_iter().map(|it| term(it, buyer)).collect(),
                    p_alive_bp: fit.p_alive(summary).map(in_bp),
                    expected_purchases_milli: (expected * 1e3) as i64,
                    expected_spend: spend
                        .map(|it| Sum { micro: (it * 1e6) as i128, currency: buyer.currency }),
                    purchases: standing.purchases as usize,
                    days_quiet: standing.days_quiet as i64,
                    last: buyer.last.1,
                })
            });
            risks.push(risk);
        }
        risks
    }

    /// Risk and terms of each account.
    fn told(&self, of: &[Standing]) -> Option<Vec<(f64, Vec<Told>)>> {
        match &self.forecaster {
            Forecaster::Score(score) => {
                let assessed = score.assess(of).ok()?;
                let terms = |it: &Contribution| {
                    let micro = (it.points * 1e6).round() as i64;
                    let name = it.term.map_or("in common", Term::name);
                    (name, micro, it.to_string(), it.term.is_none())
                };
                let one = |it: relatum_churn::Assessment| {
                    (it.risk, it.contributions.iter().map(terms).collect())
                };
                Some(assessed.into_iter().map(one).collect())
            }
            Forecaster::Rule(rule, calibration) => {
                let one = |score: f64| {
                    let risk = calibration.risk(score);
                    let kept = risk.clamp(1e-4, 1.0 - 1e-4);
                    let logit = (kept / (1.0 - kept)).ln();
                    let sentence = format!("by {rule} alone, which was better than the score");
                    (risk, vec![(rule.name(), (logit * 1e6).round() as i64, sentence, false)])
                };
                Some(rule.scores(of).into_iter().map(one).collect())
            }
        }
    }
}

/// Name, points, sentence; whether it is what all accounts have in common.
type Told = (&'static str, i64, String, bool);

/// What all have in common rests on the first purchase, everything else on the last.
fn term((term, points_micro, sentence, common): Told, of: &Buyer) -> RiskTerm {
    let (day, event) = if common { of.first } else { of.last };
    RiskTerm { term, points_micro, sentence, event, day }
}

fn in_bp(of: f64) -> i64 {
    (of.clamp(0.0, 1.0) * 1e4).round() as i64
}
