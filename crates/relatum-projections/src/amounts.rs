//! Sums that cannot overflow.

use std::collections::BTreeMap;
use std::fmt;

use relatum_domain::{Amount, Currency, Money, Value};
use serde::Serialize;

/// A sum in one currency, in millionths, wide enough for any number of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    /// Millionths of the currency's unit.
    pub micro: i128,
    /// What they are units of.
    pub currency: Currency,
}

impl Sum {
    /// Nothing, in `currency`.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { micro: 0, currency }
    }

    /// This sum and `micro` more.
    pub const fn add(&mut self, micro: i128) {
        self.micro = self.micro.saturating_add(micro);
    }

    /// Rounded to the digits of the minor unit, half away from zero.
    #[must_use]
    pub fn rounded(&self) -> Self {
        let unit = 10_i128.pow(6_u32.saturating_sub(self.currency.exponent()));
        let units = relatum_domain::proportion(self.micro, 1, unit);
        Self { micro: units.map_or(self.micro, |units| units.saturating_mul(unit)), ..*self }
    }

    /// The sums of `amounts`, one a currency, by code.
    pub fn by_currency(amounts: impl IntoIterator<Item = Amount>) -> Vec<Self> {
        Self::of(amounts.into_iter().map(|amount| (amount.micro(), amount.currency())))
    }

    /// The sums of millionths, one a currency, by code.
    pub fn of(amounts: impl IntoIterator<Item = (i128, Currency)>) -> Vec<Self> {
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        for (micro, currency) in amounts {
            let sum = sums.entry(currency).or_default();
            *sum = sum.saturating_add(micro);
        }
        sums.into_iter().map(|(currency, micro)| Self { micro, currency }).collect()
    }

    /// The number alone, such as `1234.50`: at least the digits of the minor unit, more only
    /// where there are any.
    #[must_use]
    pub fn number(&self) -> String {
        let (mut digits, mut places) = (self.micro.unsigned_abs(), 6_u32);
        while places > self.currency.exponent() && digits.is_multiple_of(10) {
            digits /= 10;
            places -= 1;
        }
        let sign = if self.micro < 0 { "-" } else { "" };
        let unit = 10_u128.pow(places);
        match places {
            0 => format!("{sign}{digits}"),
            _ => format!(
                "{sign}{}.{:0width$}",
                digits / unit,
                digits % unit,
                width = places as usize
            ),
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.currency)
    }
}

impl From<Amount> for Sum {
    fn from(amount: Amount) -> Self {
        Self { micro: amount.micro(), currency: amount.currency() }
    }
}

impl From<Value> for Sum {
    fn from(value: Value) -> Self {
        Amount::Value(value).into()
    }
}

impl From<Money> for Sum {
    fn from(money: Money) -> Self {
        Amount::Money(money).into()
    }
}

/// JSON: `{"amount": "1234.50", "currency": "EUR"}`, exact.
impl Serialize for Sum {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = out.serialize_struct("Sum", 2)?;
        fields.serialize_field("amount", &self.number())?;
        fields.serialize_field("currency", &self.currency)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_the_digits_that_there_are() {
        let sum = |micro, code: &str| Sum { micro, currency: code.parse().unwrap() }.number();
        assert_eq!(sum(1_234_500_000, "EUR"), "1234.50");
        assert_eq!(sum(-22_584_695_500, "USD"), "-22584.6955");
        assert_eq!(sum(5_000_000, "JPY"), "5");
        assert_eq!(sum(-10_000, "EUR"), "-0.01");
        assert_eq!(sum(0, "EUR"), "0.00");
    }
}
