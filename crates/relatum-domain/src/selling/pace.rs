//! How far a period is, and what that says of its end.

use crate::money::proportion;

/// How much of a period has passed, in whatever its method counts: days, days of work in
/// millionths, or shares of a year's sales. The day of the question has passed.
///
/// # Example
/// ```
/// use relatum_domain::selling::Pace;
/// let pace = Pace { elapsed: 12, total: 30 };
/// assert_eq!(pace.projection(96_000), Some(240_000));
/// assert_eq!(pace.expected(260_000), Some(104_000));
/// assert_eq!(pace.needed(96_000, 260_000, 1), Some(9_111), "in each of the 18 days left");
/// assert_eq!(pace.attainment(96_000, 260_000), Some(9_231), "hundredths of a per cent");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How much has passed.
    pub elapsed: i128,
    /// How much there is.
    pub total: i128,
}

impl Pace {
    /// What `done` comes to by the end at this pace; none before the period begins.
    #[must_use]
    pub fn projection(&self, done: i128) -> Option<i128> {
        proportion(done, self.total, self.elapsed)
    }

    /// What of `target` should be done by now; none for a period of no length.
    #[must_use]
    pub fn expected(&self, target: i128) -> Option<i128> {
        proportion(target, self.elapsed, self.total)
    }

    /// What has to be done in each stretch of length `each` that is left to reach `target`, nothing
    /// if it is reached; none if nothing is left.
    #[must_use]
    pub fn needed(&self, done: i128, target: i128, each: i128) -> Option<i128> {
        let left = self.total.checked_sub(self.elapsed).filter(|left| *left > 0)?;
        proportion(target.saturating_sub(done).max(0), each, left)
    }

    /// What is done against what should be by now, in hundredths of a per cent: attainment by the
    /// share of the period that has passed.
    #[must_use]
    pub fn attainment(&self, done: i128, target: i128) -> Option<i64> {
        // Exactly, not by way of what is expected, which is rounded.
        let by = target.checked_mul(self.elapsed).filter(|by| *by > 0)?;
        let share = proportion(done.checked_mul(self.total)?, 10_000, by)?;
        i64::try_from(share).ok()
    }
}

/// `part` of `whole` in hundredths of a per cent, rounded half away from zero; none of nothing.
///
/// # Example
/// ```
/// use relatum_domain::selling::per_cent;
/// assert_eq!(per_cent(78_000, 85_000), Some(9_176));
/// assert_eq!(per_cent(1, 0), None);
/// ```
#[must_use]
pub fn per_cent(part: i128, whole: i128) -> Option<i64> {
    let share = proportion(part, 10_000, Some(whole).filter(|whole| *whole > 0)?)?;
    i64::try_from(share).ok()
}
