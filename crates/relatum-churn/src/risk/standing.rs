//! What the score reads of an account at a cut.

use crate::{Purchase, SummaryError};

/// Days after which a purchase weighs `1/e` of what it did: a quarter of a year.
const FADES: f64 = 91.0;

/// An account at a cut, in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The probability that a purchase model gives to no purchase within the horizon.
    pub no_purchase: f64,
    /// How many different goods it has bought so far.
    pub breadth: f64,
    /// Days since its last purchase.
    pub days_quiet: f64,
    /// Days on which it bought, the first one included.
    pub purchases: u32,
    /// How many of them are in the later half of its time.
    pub later_half: u32,
    /// Its purchases, each weighing less the longer ago it is.
    pub recent: f64,
    /// What it bought so far less what was taken back.
    pub spend: f64,
    /// What its last purchase came to.
    pub last_spend: f64,
}

impl Standing {
    /// Of what was bought until the end of day `end`; the model's probability and the breadth are
    /// given.
    ///
    /// Shape: one entry a day, ascending, as for [`Summary::of`](crate::Summary::of).
    ///
    /// # Errors
    /// Those of [`Summary::of`](crate::Summary::of).
    ///
    /// # Example
    /// ```
    /// use relatum_churn::{Purchase, Standing};
    /// let bought = |day, value| Purchase { day, value };
    /// let days = [bought(0, 30.0), bought(14, 20.0), bought(60, 50.0), bought(61, -10.0)];
    /// let standing = Standing::of(&days, 70, 0.4, 12.0)?;
    /// assert_eq!((standing.purchases, standing.later_half), (3, 1));
    /// assert_eq!((standing.days_quiet, standing.spend, standing.last_spend), (10.0, 90.0, 50.0));
    /// # Ok::<(), relatum_churn::SummaryError>(())
    /// ```
    pub fn of(
        purchases: &[Purchase],
        end: i32,
        no_purchase: f64,
        breadth: f64,
    ) -> Result<Self, SummaryError> {
        crate::Summary::of(purchases, end)?;
        let bought = || purchases.iter().filter(|it| it.value > 0.0);
        let age = |day: i32| f64::from(end) - f64::from(day);
        let first = bought().next().map_or(0.0, |it| age(it.day));
        let last = bought().next_back().copied().unwrap_or(Purchase { day: end, value: 0.0 });
        let later = bought().filter(|it| age(it.day) < first / 2.0).count();
        Ok(Self {
            no_purchase,
            breadth,
            days_quiet: age(last.day),
            purchases: u32::try_from(bought().count()).unwrap_or(u32::MAX),
            later_half: u32::try_from(later).unwrap_or(u32::MAX),
            recent: bought().map(|it| (-age(it.day) / FADES).exp()).sum(),
            spend: purchases.iter().map(|it| it.value).sum(),
            last_spend: last.value,
        })
    }
}
