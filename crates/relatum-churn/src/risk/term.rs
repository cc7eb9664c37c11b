//! The terms of the score: what raises a risk, and how it reads.

use std::fmt;

use super::Standing;
use crate::special::logit;

/// A term of the score. More of the number never lowers the risk, of
/// [`NoPurchase`](Self::NoPurchase), or never raises it, of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term {
    /// The probability of no purchase by the account's own rhythm.
    NoPurchase,
    /// How many different goods it bought.
    Breadth,
    /// What it spent last.
    LastSpend,
    /// How many purchases are in the later half of its time.
    LaterHalf,
    /// How much it bought lately.
    Recent,
}

impl Term {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] =
        [Self::NoPurchase, Self::Breadth, Self::LastSpend, Self::LaterHalf, Self::Recent];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoPurchase => "own rhythm",
            Self::Breadth => "breadth",
            Self::LastSpend => "last purchase",
            Self::LaterHalf => "later half",
            Self::Recent => "of late",
        }
    }

    /// The number of an account that it is about.
    pub(super) fn number(self, of: &Standing) -> f64 {
        match self {
            Self::NoPurchase => of.no_purchase,
            Self::Breadth => of.breadth,
            Self::LastSpend => of.last_spend,
            Self::LaterHalf => f64::from(of.later_half),
            Self::Recent => of.recent,
        }
    }

    /// How much riskier the number is than that of the middle account, before it is weighted.
    ///
    /// In logarithms: twice as much counts the same for small accounts and large ones, in any unit
    /// of money.
    pub(super) fn against(self, number: f64, middle: f64) -> f64 {
        let scale = |it: f64| match self {
            Self::NoPurchase => logit(it),
            Self::Breadth | Self::LaterHalf => -it.ln_1p(),
            // A hundredth of the middle is as little as nothing.
            Self::LastSpend => -it.max(middle / 100.0).max(f64::MIN_POSITIVE).ln(),
            Self::Recent => -(it + 0.05).ln(),
        };
        scale(number) - scale(middle)
    }

    /// What is said of an account with this number.
    pub(super) fn say(self, number: f64, middle: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPurchase => {
                let [own, others] = [number, middle].map(|it| 100.0 * it);
                write!(f, "by its own rhythm it stays away with {own:.0} %")?;
                write!(f, ", the middle account with {others:.0} %")
            }
            Self::Breadth => {
                write!(f, "it bought {number:.0} different goods, the middle account {middle:.0}")
            }
            Self::LastSpend => {
                write!(f, "its last purchase came to {number:.2}")?;
                write!(f, ", that of the middle account to {middle:.2}")
            }
            Self::LaterHalf => {
                write!(f, "it bought {number:.0} times in the later half of its time")?;
                write!(f, ", the middle account {middle:.0} times")
            }
            Self::Recent => {
                write!(f, "its purchases of late weigh {number:.2}")?;
                write!(f, ", those of the middle account {middle:.2}")
            }
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
