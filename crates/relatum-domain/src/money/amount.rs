//! [`Money`] in minor units and [`Value`] in millionths: two types, one set of operations.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use super::decimal::{parse_decimal, to_units, write_units};
use super::{AmountError, Currency, Quantity, Rate};

/// The operations that both kinds of amount have.
macro_rules! amount {
    ($type:ident, $units:ident, $places:expr) => {
        impl $type {
            /// An amount of so many units of `currency`.
            #[must_use]
            pub const fn new($units: i64, currency: Currency) -> Self {
                Self { $units, currency }
            }

            /// Nothing, in `currency`.
            #[must_use]
            pub const fn zero(currency: Currency) -> Self {
                Self::new(0, currency)
            }

            /// Reads plain decimal notation, such as `-1234.56`.
            ///
            /// # Errors
            /// In check order: [`NotANumber`](AmountError::NotANumber),
            /// [`TooPrecise`](AmountError::TooPrecise), [`Overflow`](AmountError::Overflow).
            pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
                let places: fn(Currency) -> u32 = $places;
                Ok(Self::new(to_units(parse_decimal(text)?, places(currency), text)?, currency))
            }

            fn same_currency(self, other: Self) -> Result<(), AmountError> {
                if self.currency == other.currency {
                    return Ok(());
                }
                Err(AmountError::MixedCurrency { left: self.currency, right: other.currency })
            }

            /// The sum.
            ///
            /// # Errors
            /// [`MixedCurrency`](AmountError::MixedCurrency),
            /// [`Overflow`](AmountError::Overflow).
            pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
                self.same_currency(other)?;
                let sum = self.$units.checked_add(other.$units);
                let overflow = || AmountError::Overflow { what: format!("{self} + {other}") };
                Ok(Self::new(sum.ok_or_else(overflow)?, self.currency))
            }

            /// The difference.
            ///
            /// # Errors
            /// [`MixedCurrency`](AmountError::MixedCurrency),
            /// [`Overflow`](AmountError::Overflow).
            pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
                self.same_currency(other)?;
                let difference = self.$units.checked_sub(other.$units);
                let overflow = || AmountError::Overflow { what: format!("{self} - {other}") };
                Ok(Self::new(difference.ok_or_else(overflow)?, self.currency))
            }

            /// The sum of `amounts`, zero of `currency` if there are none.
            ///
            /// # Errors
            /// As [`checked_add`](Self::checked_add).
            pub fn sum(
                amounts: impl IntoIterator<Item = Self>,
                currency: Currency,
            ) -> Result<Self, AmountError> {
                amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
            }

            /// The same size with the other sign.
            ///
            /// # Errors
            /// [`Overflow`](AmountError::Overflow) for the one number without an opposite.
            pub fn negated(self) -> Result<Self, AmountError> {
                Self::zero(self.currency).checked_sub(self)
            }

            /// Whether the amount is above zero.
            #[must_use]
            pub const fn is_positive(self) -> bool {
                self.$units > 0
            }

            /// Whether the amount is below zero.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.$units < 0
            }

            /// Whether the amount is zero.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.$units == 0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

/// An amount of a document or a balance, in minor units (cents).
///
/// JSON: `{"minor": 1250000, "currency": "EUR"}`, never a float.
///
/// # Example
/// ```
/// use relatum_domain::{Currency, Money};
/// let euro: Currency = "EUR".parse()?;
/// let price = Money::parse("12500.00", euro)?;
/// assert_eq!(price, Money::new(1_250_000, euro));
/// assert_eq!(price.to_string(), "12500.00 EUR");
/// assert!(Money::parse("0.005", euro).is_err());
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    bitcode::Encode,
    bitcode::Decode,
)]
#[schemars(description = "An amount of a document or a balance, in minor units (cents).")]
pub struct Money {
    /// Minor units; negative amounts are credits.
    pub minor: i64,
    /// What they are units of.
    pub currency: Currency,
}

/// A unit price, a line or an order value, in millionths of the currency's unit.
///
/// JSON: `{"micro": 12500000000, "currency": "EUR"}`, never a float.
///
/// # Example
/// ```
/// use relatum_domain::{Currency, Value};
/// let dollar: Currency = "USD".parse()?;
/// assert_eq!(Value::parse("20565.6206", dollar)?.micro, 20_565_620_600);
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    bitcode::Encode,
    bitcode::Decode,
)]
#[schemars(description = "A price or a line's or an order's value, in millionths.")]
pub struct Value {
    /// Millionths of the currency's unit.
    pub micro: i64,
    /// What they are units of.
    pub currency: Currency,
}

amount!(Money, minor, |currency| currency.exponent());
amount!(Value, micro, |_| 6);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_units(f, self.minor, self.currency.exponent(), false)?;
        write!(f, " {}", self.currency)
    }
}

impl fmt::Display for Value {
    /// At least the digits of the minor unit, more only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = Decimal::from_i128_with_scale(i128::from(self.micro), 6).normalize();
        let places = number.scale().max(self.currency.exponent());
        write!(f, "{number:.*} {}", places as usize, self.currency)
    }
}

impl Money {
    /// The same amount with six digits.
    ///
    /// # Errors
    /// [`Overflow`](AmountError::Overflow) above about 9.2 million million units.
    pub fn to_value(self) -> Result<Value, AmountError> {
        let factor = 10_i64.checked_pow(6_u32.saturating_sub(self.currency.exponent()));
        let micro = factor.and_then(|factor| self.minor.checked_mul(factor));
        let overflow = || AmountError::Overflow { what: self.to_string() };
        Ok(Value::new(micro.ok_or_else(overflow)?, self.currency))
    }
}

impl Value {
    /// Rounded to minor units, half away from zero.
    ///
    /// # Example
    /// ```
    /// use relatum_domain::{Currency, Money, Value};
    /// let pound: Currency = "GBP".parse()?;
    /// assert_eq!(Value::parse("2.345", pound)?.round_half_up(), Money::new(235, pound));
    /// # Ok::<(), relatum_domain::AmountError>(())
    /// ```
    #[must_use]
    pub fn round_half_up(self) -> Money {
        let places = self.currency.exponent();
        let number = Decimal::from_i128_with_scale(i128::from(self.micro), 6)
            .round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        // Fewer digits than the micro units that fit: it fits too.
        let minor = to_units(number, places, "").unwrap_or_default();
        Money::new(minor, self.currency)
    }

    /// This price times `quantity`, exactly.
    ///
    /// # Errors
    /// [`TooPrecise`](AmountError::TooPrecise) beyond six digits,
    /// [`Overflow`](AmountError::Overflow).
    pub fn times(self, quantity: Quantity) -> Result<Self, AmountError> {
        let what = || format!("{self} x {quantity}");
        let product = i128::from(self.micro)
            .checked_mul(i128::from(quantity.micro()))
            .ok_or_else(|| AmountError::Overflow { what: what() })?;
        if product.checked_rem(1_000_000) != Some(0) {
            return Err(AmountError::TooPrecise { text: what(), places: 6 });
        }
        let micro = product.checked_div(1_000_000).and_then(|micro| i64::try_from(micro).ok());
        Ok(Self::new(micro.ok_or_else(|| AmountError::Overflow { what: what() })?, self.currency))
    }
}

impl Money {
    /// Converted at `rate` units of `target` for one of this, rounded half away from zero.
    ///
    /// # Errors
    /// [`Overflow`](AmountError::Overflow).
    pub fn converted(self, rate: Rate, target: Currency) -> Result<Self, AmountError> {
        let overflow = || AmountError::Overflow { what: format!("{self} at {rate}") };
        let number =
            Decimal::from_i128_with_scale(i128::from(self.minor), self.currency.exponent())
                .checked_mul(rate.decimal())
                .ok_or_else(overflow)?
                .round_dp_with_strategy(target.exponent(), RoundingStrategy::MidpointAwayFromZero);
        Ok(Self::new(to_units(number, target.exponent(), &format!("{self} at {rate}"))?, target))
    }
}
