//! Exact decimal numbers without a currency: quantities and rates.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use super::AmountError;

/// Parses plain decimal notation: an optional sign, digits, one point.
pub(super) fn parse_decimal(text: &str) -> Result<Decimal, AmountError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let empty = whole.is_empty() && part.is_empty();
    if empty || !digits(whole) || !digits(part) {
        return Err(AmountError::NotANumber { text: text.to_owned() });
    }
    // A number it is; if it cannot be kept, then for its size or for its digits.
    Decimal::from_str_exact(text).map_err(|_| match whole.trim_start_matches('0').len() {
        20.. => AmountError::Overflow { what: text.to_owned() },
        _ => AmountError::TooPrecise { text: text.to_owned(), places: Decimal::MAX_SCALE },
    })
}

/// Scales `number` by ten to `places`, exactly.
pub(super) fn to_units(number: Decimal, places: u32, text: &str) -> Result<i64, AmountError> {
    let number = number.normalize();
    if number.scale() > places {
        return Err(AmountError::TooPrecise { text: text.to_owned(), places });
    }
    let overflow = || AmountError::Overflow { what: text.to_owned() };
    // The mantissa of a normalised number times ten to what is missing in scale.
    let missing =
        10_i128.checked_pow(places.saturating_sub(number.scale())).ok_or_else(overflow)?;
    let units = number.mantissa().checked_mul(missing).ok_or_else(overflow)?;
    i64::try_from(units).map_err(|_| overflow())
}

/// Writes `units` of 10^-`places` in plain notation.
pub(super) fn write_units(
    f: &mut impl fmt::Write,
    units: i64,
    places: u32,
    trim: bool,
) -> fmt::Result {
    let number = Decimal::from_i128_with_scale(i128::from(units), places);
    if trim { write!(f, "{}", number.normalize()) } else { write!(f, "{number}") }
}

/// How much of a product: exact to 10^-6 of its unit of measure.
///
/// # Example
/// ```
/// use relatum_domain::Quantity;
/// let half: Quantity = "0.5".parse()?;
/// assert_eq!(half.micro(), 500_000);
/// assert_eq!(half.to_string(), "0.5");
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    bitcode::Encode,
    bitcode::Decode,
)]
pub struct Quantity(i64);

impl Quantity {
    /// A quantity of `micro` millionths.
    #[must_use]
    pub const fn from_micro(micro: i64) -> Self {
        Self(micro)
    }

    /// A whole number of units.
    #[must_use]
    pub const fn whole(units: i32) -> Self {
        Self((units as i64).saturating_mul(1_000_000))
    }

    /// In millionths.
    #[must_use]
    pub const fn micro(self) -> i64 {
        self.0
    }
}

impl FromStr for Quantity {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Ok(Self(to_units(parse_decimal(text)?, 6, text)?))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_units(f, self.0, 6, true)
    }
}

/// A pure number: an exchange rate, a probability, a discount, a share. 0.05 is five per cent.
///
/// # Example
/// ```
/// use relatum_domain::Rate;
/// assert_eq!("0.050".parse::<Rate>()?, "0.05".parse::<Rate>()?);
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    bitcode::Encode,
    bitcode::Decode,
)]
pub struct Rate(Decimal);

impl Rate {
    /// The exact number.
    pub(crate) const fn decimal(self) -> Decimal {
        self.0
    }

    /// A number of so many decimals, rounded half away from zero.
    pub(crate) fn rounded(number: Decimal, decimals: u32) -> Self {
        let rounding = RoundingStrategy::MidpointAwayFromZero;
        Self(number.round_dp_with_strategy(decimals, rounding).normalize())
    }

    /// The sum, if it can be kept.
    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(|sum| Self(sum.normalize()))
    }

    /// The product, if it can be kept.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        self.0.checked_mul(other.0).map(|product| Self(product.normalize()))
    }

    /// This rate a year on amounts times days, `year` days making a year; rounded half away from
    /// zero, zero where it cannot be kept.
    pub(crate) fn of_days(self, day_amounts: i128, year: u16) -> i64 {
        let product = Decimal::try_from_i128_with_scale(day_amounts, 0).ok();
        let product = product.and_then(|it| it.checked_mul(self.0));
        let amount = product.and_then(|it| it.checked_div(Decimal::from(year)));
        let rounded =
            amount.map(|it| it.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero));
        rounded.and_then(|it| i64::try_from(it.mantissa()).ok()).unwrap_or(0)
    }

    /// Whether the rate is from 0 to 1, both included, as a share or a probability is.
    #[must_use]
    pub fn is_share(self) -> bool {
        self.0 >= Decimal::ZERO && self.0 <= Decimal::ONE
    }
}

impl FromStr for Rate {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        // One spelling for one rate, so that equal rates are equal bytes.
        parse_decimal(text).map(|number| Self(number.normalize()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

relatum_stream::text_form!(Quantity, "Quantity", "^-?[0-9]+(\\.[0-9]{1,6})?$");
relatum_stream::text_form!(Rate, "Rate", "^-?[0-9]+(\\.[0-9]+)?$");
