//! What the models know of an account: how often it bought again, when last, and for how long it
//! has been watched.

/// Days in the unit of time that is used unless another one is asked for.
const WEEK: f64 = 7.0;

/// What an account bought on one day: ordered or delivered value, net of what was taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    /// The number of the day, counted from any day.
    pub day: i32,
    /// What was bought less what was taken back, in any unit of money.
    pub value: f64,
}

/// The history of one account in numbers: `x`, `t_x` and `T` of the literature, and what its
/// repeat purchases came to.
///
/// Units: times in weeks, or what [`in_units_of`](Self::in_units_of) says; all of a book in the
/// same unit.
/// Invariant: `0 ≤ t_x ≤ T`, all finite; `t_x` is 0 exactly if there are no repeat purchases.
///
/// # Example
/// ```
/// use relatum_churn::{Purchase, Summary};
/// let bought = |day, value| Purchase { day, value };
/// let days = [bought(0, 30.0), bought(14, 20.0), bought(20, -5.0), bought(42, 40.0)];
/// let summary = Summary::of(&days, 70)?;
/// assert_eq!((summary.x(), summary.t_x(), summary.t()), (2, 6.0, 10.0));
/// assert_eq!(summary.mean_spend(), Some(30.0), "of the repeat purchases");
/// # Ok::<(), relatum_churn::SummaryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    x: u32,
    t_x: f64,
    t: f64,
    ln_gaps: f64,
    spend: f64,
}

/// Why a history is none.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// Nothing was bought, or all of it was taken back.
    #[error("none of {days} days has a value above zero")]
    NoPurchase {
        /// How many days there were.
        days: usize,
    },
    /// Days must ascend, each named once.
    #[error("day {day} comes after day {before}: state each day once, ascending")]
    Order {
        /// The day that is out of order.
        day: i32,
        /// The one before it.
        before: i32,
    },
    /// Something is bought after the end.
    #[error("day {day} is after the end, day {end}")]
    AfterEnd {
        /// The day of the purchase.
        day: i32,
        /// The last day that is watched.
        end: i32,
    },
    /// A value that is not a number, or has no bound.
    #[error("the value of day {day} is {value}")]
    Value {
        /// The day of the purchase.
        day: i32,
        /// What it says.
        value: f64,
    },
    /// Times that no history has.
    #[error("{x} repeat purchases, the last at {t_x}, watched until {t}")]
    Times {
        /// How many repeat purchases.
        x: u32,
        /// When the last one was.
        t_x: f64,
        /// How long the account was watched.
        t: f64,
    },
    /// A unit of no length.
    #[error("a unit of {days} days")]
    Unit {
        /// How many days it has.
        days: f64,
    },
    /// Spend that no repeat purchases have.
    #[error("{spend} spent in {x} repeat purchases")]
    Spend {
        /// How many repeat purchases.
        x: u32,
        /// What they came to.
        spend: f64,
    },
}

impl Summary {
    /// Of what was bought until the end of day `end`, in weeks.
    ///
    /// Shape: one entry a day, ascending. A day whose value is not above zero is no purchase.
    ///
    /// # Errors
    /// In check order, day by day: [`Value`](SummaryError::Value), [`Order`](SummaryError::Order),
    /// [`AfterEnd`](SummaryError::AfterEnd); then [`NoPurchase`](SummaryError::NoPurchase).
    pub fn of(purchases: &[Purchase], end: i32) -> Result<Self, SummaryError> {
        let mut before: Option<i32> = None;
        let mut first: Option<i32> = None;
        let (mut last, mut x, mut ln_gaps, mut spend) = (0, 0, 0.0, 0.0);
        for &Purchase { day, value } in purchases {
            if !value.is_finite() {
                return Err(SummaryError::Value { day, value });
            }
            if let Some(before) = before.filter(|before| *before >= day) {
                return Err(SummaryError::Order { day, before });
            }
            if day > end {
                return Err(SummaryError::AfterEnd { day, end });
            }
            before = Some(day);
            if value <= 0.0 {
                continue;
            }
            if first.is_some() {
                x += 1;
                ln_gaps += weeks(last, day).ln();
                spend += value;
            } else {
                first = Some(day);
            }
            last = day;
        }
        let first = first.ok_or(SummaryError::NoPurchase { days: purchases.len() })?;
        if !spend.is_finite() {
            return Err(SummaryError::Spend { x, spend });
        }
        Ok(Self { x, t_x: weeks(first, last), t: weeks(first, end), ln_gaps, spend })
    }

    /// Of so many repeat purchases, the last of them at `t_x` after the first purchase, in an
    /// account that is watched for `t` after it. Nothing is known of what was spent, and the times
    /// between purchases are taken to be equal.
    ///
    /// # Errors
    /// [`Times`](SummaryError::Times).
    pub fn new(x: u32, t_x: f64, t: f64) -> Result<Self, SummaryError> {
        let fits = t.is_finite() && 0.0 <= t_x && t_x <= t && (x > 0) == (t_x > 0.0);
        if !fits {
            return Err(SummaryError::Times { x, t_x, t });
        }
        let count = f64::from(x);
        let ln_gaps = if x > 0 { count * (t_x / count).ln() } else { 0.0 };
        Ok(Self { x, t_x, t, ln_gaps, spend: 0.0 })
    }

    /// Of numbers that another summary had.
    pub(crate) const fn known(x: u32, t_x: f64, t: f64, ln_gaps: f64) -> Self {
        Self { x, t_x, t, ln_gaps, spend: 0.0 }
    }

    /// The same account, whose repeat purchases came to `spend`.
    ///
    /// # Errors
    /// [`Spend`](SummaryError::Spend).
    pub fn with_spend(self, spend: f64) -> Result<Self, SummaryError> {
        let fits = spend.is_finite() && (self.x > 0) == (spend > 0.0) && spend >= 0.0;
        if fits {
            Ok(Self { spend, ..self })
        } else {
            Err(SummaryError::Spend { x: self.x, spend })
        }
    }

    /// The same history, which is told in weeks, in units of so many days.
    ///
    /// # Errors
    /// [`Unit`](SummaryError::Unit); [`Times`](SummaryError::Times) if times go out of range.
    pub fn in_units_of(self, days: f64) -> Result<Self, SummaryError> {
        if !(days.is_finite() && days > 0.0) {
            return Err(SummaryError::Unit { days });
        }
        let factor = WEEK / days;
        let scaled = Self::new(self.x, self.t_x * factor, self.t * factor)?;
        let ln_gaps = f64::from(self.x).mul_add(factor.ln(), self.ln_gaps);
        Ok(Self { ln_gaps, spend: self.spend, ..scaled })
    }

    /// How many purchases came after the first: `x`.
    #[must_use]
    pub const fn x(&self) -> u32 {
        self.x
    }

    /// From the first purchase to the last: `t_x`.
    #[must_use]
    pub const fn t_x(&self) -> f64 {
        self.t_x
    }

    /// From the first purchase to the end: `T`.
    #[must_use]
    pub const fn t(&self) -> f64 {
        self.t
    }

    /// From the last purchase to the end.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.t - self.t_x
    }

    /// The logarithms of the times between purchases, summed.
    #[must_use]
    pub const fn ln_gaps(&self) -> f64 {
        self.ln_gaps
    }

    /// The mean value of the repeat purchases; none without any, or if it is not known.
    #[must_use]
    pub fn mean_spend(&self) -> Option<f64> {
        (self.spend > 0.0).then(|| self.spend / f64::from(self.x))
    }
}

fn weeks(from: i32, to: i32) -> f64 {
    (f64::from(to) - f64::from(from)) / WEEK
}
