//! What open chances are worth.

use crate::money::Rate;

/// A chance to sell: what it is worth, and how likely it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    /// Its value, in millionths.
    pub value: i128,
    /// From 0 to 1.
    pub probability: Rate,
}

/// What some chances are worth together, in millionths.
///
/// Invariant: the worth of two sets of chances is the sum of theirs.
///
/// # Example
/// ```
/// use relatum_domain::selling::{Chance, Worth};
/// let chance = |value, probability: &str| {
///     Ok::<_, relatum_domain::AmountError>(Chance { value, probability: probability.parse()? })
/// };
/// let worth = Worth::of([chance(100, "0.99")?, chance(200, "0")?]);
/// assert_eq!((worth.count, worth.value, worth.weighted), (2, 300, 99));
/// assert_eq!(worth.spread(), 10, "100 with probability 0.99: the root of 0.99 x 0.01 is 0.0995");
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// How many there are.
    pub count: u64,
    /// The sum of their values.
    pub value: i128,
    /// The sum of value times probability.
    pub weighted: i128,
    /// The sum of value squared times probability times its opposite.
    variance: u128,
}

impl Worth {
    /// What `chances` are worth.
    #[must_use]
    pub fn of(chances: impl IntoIterator<Item = Chance>) -> Self {
        chances.into_iter().fold(Self::default(), |mut all, chance| {
            all.add(chance);
            all
        })
    }

    /// One more chance.
    pub fn add(&mut self, chance: Chance) {
        self.count = self.count.saturating_add(1);
        self.value = self.value.saturating_add(chance.value);
        let weighted = chance.probability.of(chance.value).unwrap_or_default();
        self.weighted = self.weighted.saturating_add(weighted);
        // Value squared times p (1 - p) is the expected worth times what is missing to the value.
        let missing = chance.value.saturating_sub(weighted).unsigned_abs();
        self.variance =
            self.variance.saturating_add(weighted.unsigned_abs().saturating_mul(missing));
    }

    /// The same of both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            value: self.value.saturating_add(other.value),
            weighted: self.weighted.saturating_add(other.weighted),
            variance: self.variance.saturating_add(other.variance),
        }
    }

    /// How far what comes in will typically be from the weighted sum, if each chance is won or lost
    /// by itself: the standard deviation, rounded.
    #[must_use]
    pub fn spread(&self) -> i128 {
        let root = self.variance.isqrt();
        // The root is rounded down; half a unit further its square is root + root² and a quarter.
        let up = self.variance.saturating_sub(root.saturating_mul(root)) > root;
        i128::try_from(root.saturating_add(u128::from(up))).unwrap_or(i128::MAX)
    }
}
