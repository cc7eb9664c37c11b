//! An amount of a document or of a sale, where either may stand.

use std::fmt;

use super::{Currency, Money, Value};

/// An amount of either precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
pub enum Amount {
    /// Of a document.
    Money(Money),
    /// Of a line or an order.
    Value(Value),
}

impl Amount {
    /// What it is in.
    #[must_use]
    pub const fn currency(self) -> Currency {
        match self {
            Self::Money(money) => money.currency,
            Self::Value(value) => value.currency,
        }
    }

    /// In millionths, exact.
    #[must_use]
    pub fn micro(self) -> i128 {
        match self {
            Self::Money(money) => {
                let places = 6_u32.saturating_sub(money.currency.exponent());
                // 2^63 x 10^6 fits into 127 bits.
                i128::from(money.minor).saturating_mul(10_i128.saturating_pow(places))
            }
            Self::Value(value) => i128::from(value.micro),
        }
    }

    /// With the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Money(it) => Self::Money(Money::new(it.minor.saturating_neg(), it.currency)),
            Self::Value(it) => Self::Value(Value::new(it.micro.saturating_neg(), it.currency)),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => fmt::Display::fmt(money, f),
            Self::Value(value) => fmt::Display::fmt(value, f),
        }
    }
}
