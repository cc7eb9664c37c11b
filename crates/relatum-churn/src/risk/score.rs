//! The score: weights of the terms, learned from past slices or shipped.

use std::fmt;

use super::{RiskError, Slice, Standing, Term};
use crate::evaluate::Platt;
use crate::fit::{Bounds, Logistic, Row, minimise};
use crate::special::logit;

/// Past slices that weights are learned from, at least.
const SLICES: usize = 3;
/// Accounts that the largest of them has, at least.
const ACCOUNTS: usize = 200;
/// Accounts that lapsed, and that stayed, in one of them, at least.
const LAPSES: usize = 50;
/// How strongly weights are held back towards those that are shipped: as much as a term with a
/// spread of one does in some forty accounts.
const HELD: f64 = 10.0;
/// No weight is greater.
const GREATEST: f64 = 10.0;
/// An intercept, and a weight for each term.
const WEIGHTS: usize = 1 + Term::COUNT;
/// Shipped: the purchase model is believed, and nothing else counts.
const SHIPPED: [f64; WEIGHTS] = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0];

/// What the weights of a score rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Past slices of this book.
    Learned {
        /// How many slices.
        slices: usize,
        /// How many lapses one of them has, at most: slices overlap.
        lapses: usize,
    },
    /// The weights that are shipped: under three slices, 200 accounts, or 50 that lapsed and 50
    /// that stayed, there is too little to learn from.
    Shipped {
        /// How many slices there are.
        slices: usize,
        /// How many accounts the largest has.
        accounts: usize,
        /// How many lapses one of them has, at most: slices overlap.
        lapses: usize,
    },
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Learned { slices, lapses } => {
                write!(
                    f,
                    "learned from {slices} past slices of this book with up to {lapses} lapses"
                )
            }
            Self::Shipped { slices, accounts, lapses } => write!(
                f,
                "as shipped: {slices} past slices of up to {accounts} accounts with up to {lapses} \
                 lapses are too few to learn from"
            ),
        }
    }
}

/// Weights of the terms, and how scores become probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskScore {
    weights: [f64; WEIGHTS],
    calibration: Platt,
    basis: Basis,
}

/// What a term adds to the score of an account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The term; none for what all accounts of the book have in common.
    pub term: Option<Term>,
    /// What it adds to the score: above zero it raises the risk.
    pub points: f64,
    number: f64,
    middle: f64,
}

impl fmt::Display for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.term {
            Some(term) => term.say(self.number, self.middle, f)?,
            None => f.write_str("the middle account of the book")?,
        }
        match self.points {
            points if points > 0.0 => write!(f, ": {points:.2} riskier"),
            points if points < 0.0 => write!(f, ": {:.2} safer", -points),
            _ => f.write_str(": no difference"),
        }
    }
}

/// An account, assessed.
///
/// Invariant: the points of the contributions, added in their order, are the score exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// In logits, before recalibration.
    pub score: f64,
    /// The probability of buying nothing within the horizon.
    pub risk: f64,
    /// What the score is made of, the common part first.
    pub contributions: Vec<Contribution>,
}

impl RiskScore {
    /// Learned at the end of day `cut` from past slices, in any order; their horizons may be
    /// shorter than the one that is asked for.
    ///
    /// The level of a slice is what the purchase model says of its middle account; weights tell by
    /// how much others differ from that. Recalibration rests on scores that were learned without
    /// the slice that they are of.
    ///
    /// # Errors
    /// [`LooksAhead`](RiskError::LooksAhead).
    pub fn learn<'a>(
        past: impl IntoIterator<Item = &'a Slice>,
        cut: i32,
    ) -> Result<Self, RiskError> {
        let past: Vec<&Slice> = past.into_iter().collect();
        if let Some(it) = past.iter().find(|it| it.end() > cut) {
            return Err(RiskError::LooksAhead { cut: it.cut(), end: it.end(), at: cut });
        }
        let accounts = past.iter().map(|it| it.accounts().len()).max().unwrap_or(0);
        let stayed = past.iter().map(|it| it.accounts().len() - it.lapses()).max().unwrap_or(0);
        let (slices, lapses) = (past.len(), past.iter().map(|it| it.lapses()).max().unwrap_or(0));
        if slices < SLICES || accounts < ACCOUNTS || lapses < LAPSES || stayed < LAPSES {
            let basis = Basis::Shipped { slices, accounts, lapses };
            return Ok(Self { basis, ..Self::shipped() });
        }
        let all_rows: Vec<_> = past.iter().map(|it| rows(it)).collect();
        let weights = least(all_rows.iter().map(Vec::as_slice).collect());
        let held_out = all_rows.iter().enumerate().flat_map(|(at, of)| {
            let others = all_rows.iter().enumerate().filter(|(other, _)| *other != at);
            let weights = least(others.map(|(_, it)| it.as_slice()).collect());
            of.iter().map(move |row| (row.score(&weights), row.lapsed))
        });
        let calibration = Platt::fit(&held_out.collect::<Vec<_>>());
        Ok(Self { weights, calibration, basis: Basis::Learned { slices, lapses } })
    }

    /// As it is shipped, where nothing is known of the past of a book.
    #[must_use]
    pub const fn shipped() -> Self {
        let basis = Basis::Shipped { slices: 0, accounts: 0, lapses: 0 };
        Self { weights: SHIPPED, calibration: Platt::NONE, basis }
    }

    /// What the weights rest on.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.basis
    }

    /// The weight of a term.
    #[must_use]
    pub fn weight(&self, of: Term) -> f64 {
        let weights = self.weights.iter().skip(1).zip(Term::ALL);
        weights.filter(|(_, term)| *term == of).map(|(weight, _)| *weight).sum()
    }

    /// Every account of a book as it stands, in the order of `accounts`.
    ///
    /// # Errors
    /// [`Number`](RiskError::Number).
    ///
    /// # Example
    /// ```
    /// use relatum_churn::{RiskScore, Standing};
    /// let quiet = Standing {
    ///     no_purchase: 0.8, breadth: 2.0, days_quiet: 90.0, purchases: 3, later_half: 0,
    ///     recent: 0.4, spend: 70.0, last_spend: 20.0,
    /// };
    /// let busy = Standing { no_purchase: 0.2, ..quiet };
    /// let score = RiskScore::learn(&[], 0)?;
    /// assert!(score.basis().to_string().starts_with("as shipped: 0 past slices"));
    /// let assessed = score.assess(&[busy, quiet])?;
    /// let [low, high] = assessed.as_slice() else { return Err("two accounts".into()) };
    /// let risks = format!("{:.2} {:.2}", low.risk, high.risk);
    /// assert_eq!(risks, "0.20 0.80", "the model is believed");
    /// assert_eq!(
    ///     high.contributions[1].to_string(),
    ///     "by its own rhythm it stays away with 80 %, the middle account with 20 %: 2.77 riskier"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn assess(&self, accounts: &[Standing]) -> Result<Vec<Assessment>, RiskError> {
        // Nobody knows yet what comes of them.
        let slice = Slice::new(0, 0, accounts.iter().map(|it| (*it, false)).collect())?;
        let middle = slice.middle();
        Ok(accounts.iter().map(|it| self.of(it, &middle)).collect())
    }

    fn of(&self, account: &Standing, middle: &[f64; Term::COUNT]) -> Assessment {
        let [intercept, weights @ ..] = self.weights;
        let points = level(middle) + intercept;
        let mut contributions = vec![Contribution { term: None, points, number: 0.0, middle: 0.0 }];
        for ((term, weight), &middle) in Term::ALL.into_iter().zip(weights).zip(middle) {
            let number = term.number(account);
            let points = weight * term.against(number, middle);
            contributions.push(Contribution { term: Some(term), points, number, middle });
        }
        let score = contributions.iter().map(|it| it.points).sum();
        Assessment { score, risk: self.calibration.risk(score), contributions }
    }
}

/// What the purchase model says of the middle account, in logits.
fn level(middle: &[f64; Term::COUNT]) -> f64 {
    let [no_purchase, ..] = *middle;
    logit(no_purchase)
}

/// The accounts of a past slice as the weights see them.
fn rows(slice: &Slice) -> Vec<Row<WEIGHTS>> {
    let middle = slice.middle();
    let level = level(&middle);
    let row = |(account, lapsed): &(Standing, bool)| {
        let mut terms = [1.0; WEIGHTS];
        let against = Term::ALL.iter().zip(&middle);
        for (to, (term, middle)) in terms.iter_mut().skip(1).zip(against) {
            *to = term.against(term.number(account), *middle);
        }
        Row { level, terms, lapsed: *lapsed }
    };
    slice.accounts().iter().map(row).collect()
}

/// The best weights; none but the intercept is below zero.
fn least(rows: Vec<&[Row<WEIGHTS>]>) -> [f64; WEIGHTS] {
    let mut least = [0.0; WEIGHTS];
    least.iter_mut().take(1).for_each(|it| *it = -GREATEST);
    let of = Logistic { rows, towards: SHIPPED, held: HELD };
    minimise(&of, SHIPPED, &Bounds { least, most: [GREATEST; WEIGHTS] }, 1e-9).point
}
