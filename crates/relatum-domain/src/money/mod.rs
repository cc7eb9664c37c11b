//! Amounts: exact, with their currency, checked.
//!
//! Owns currencies, [`Money`] for documents, [`Value`] for prices and line totals that carry more
//! digits, [`Quantity`] and [`Rate`]. Knows no exchange rate of its own and no rounding that is
//! not asked for.
//!
//! *Invariant: no operation adds two currencies, overflows silently or drops a digit.*

mod amount;
mod currency;
mod decimal;
mod either;
mod ratio;
mod split;
#[cfg(test)]
mod tests;

pub use amount::{Money, Value};
pub use currency::Currency;
pub use decimal::{Quantity, Rate};
pub use either::Amount;
pub use ratio::proportion;
pub use split::split;

/// Why an amount could not be made or combined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmountError {
    /// Two currencies met where one is needed.
    #[error("{left} and {right} cannot be combined without a stated rate")]
    MixedCurrency {
        /// The currency on the left.
        left: Currency,
        /// The currency on the right.
        right: Currency,
    },
    /// The result does not fit into 64 bits of minor or micro units.
    #[error("`{what}` is beyond the largest amount that can be kept")]
    Overflow {
        /// The amount or operation, in words.
        what: String,
    },
    /// The text is no decimal number.
    #[error("`{text}` is no decimal number; write it like -1234.56")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// The number has more digits after the point than its unit.
    #[error("`{text}` has more than {places} digits after the point")]
    TooPrecise {
        /// What was given.
        text: String,
        /// How many are kept.
        places: u32,
    },
    /// The code is not in ISO 4217.
    #[error("`{code}` is no ISO 4217 currency with a minor unit; write a code like EUR")]
    UnknownCurrency {
        /// What was given.
        code: String,
    },
}
