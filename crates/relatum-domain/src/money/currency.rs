//! Currencies by their ISO 4217 code.

use std::fmt;
use std::str::FromStr;

use super::AmountError;

/// A currency of ISO 4217 that has a minor unit.
///
/// # Example
/// ```
/// use relatum_domain::Currency;
/// let yen: Currency = "JPY".parse()?;
/// assert_eq!((yen.code(), yen.exponent()), ("JPY", 0));
/// assert!("XYZ".parse::<Currency>().is_err());
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
///
/// Source: the list of the `iso_currency` crate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// No currency: of figures that count something else. No amount of an event is in it.
    pub const NONE: Self = Self { code: *b"XXX", exponent: 0 };

    /// The code of three capital letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// Digits of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn exponent(self) -> u32 {
        self.exponent as u32
    }
}

impl FromStr for Currency {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let unknown = || AmountError::UnknownCurrency { code: text.to_owned() };
        let known = iso_currency::Currency::from_code(text).ok_or_else(unknown)?;
        let exponent = known.exponent().and_then(|digits| u8::try_from(digits).ok());
        let code = text.as_bytes().try_into().map_err(|_| unknown())?;
        // No amount of six decimals or more exists; `Value` relies on it.
        let exponent = exponent.filter(|digits| *digits <= 6).ok_or_else(unknown)?;
        Ok(Self { code, exponent })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

relatum_stream::text_form!(Currency, "Currency", "^[A-Z]{3}$");
