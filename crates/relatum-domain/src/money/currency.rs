//! Currencies by their ISO 4217 code.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use iso_currency::IntoEnumIterator as _;

use super::AmountError;

/// Codes that can be written: every amount that is read looks its code up.
const PLACES: usize = 26 * 26 * 26;

/// The digits of each currency that amounts may be in, at the place of its code.
static DIGITS: LazyLock<Vec<Option<u8>>> = LazyLock::new(|| {
    let mut all = vec![None; PLACES];
    for currency in iso_currency::Currency::iter() {
        // No amount of six decimals or more exists; `Value` relies on it.
        let digits = currency.exponent().and_then(|digits| u8::try_from(digits).ok());
        let digits = digits.filter(|digits| *digits <= 6);
        let code = currency.code().as_bytes().try_into().ok();
        if let Some(slot) = code.and_then(place).and_then(|at| all.get_mut(at)) {
            *slot = digits;
        }
    }
    all
});

/// The place of three capital letters among all that there are.
fn place(code: [u8; 3]) -> Option<usize> {
    code.iter().try_fold(0_usize, |place, letter| {
        let letter = letter.checked_sub(b'A').filter(|letter| *letter < 26)?;
        Some(place.wrapping_mul(26).wrapping_add(usize::from(letter)))
    })
}

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
        let code = text.as_bytes().try_into().map_err(|_| unknown())?;
        let digits = place(code).and_then(|at| DIGITS.get(at)).copied().flatten();
        Ok(Self { code, exponent: digits.ok_or_else(unknown)? })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_list_is_found_and_no_other() {
        let letters = || b'@'..=b'[';
        for code in letters().flat_map(|a| letters().map(move |b| (a, b))) {
            for last in letters() {
                let text = String::from_utf8(vec![code.0, code.1, last]).unwrap();
                let known = iso_currency::Currency::from_code(&text)
                    .and_then(iso_currency::Currency::exponent)
                    .filter(|digits| *digits <= 6);
                let found = text.parse::<Currency>().ok();
                assert_eq!(found.map(|it| it.exponent()), known.map(u32::from), "{text}");
                assert!(found.is_none_or(|it| it.code() == text), "{text}");
            }
        }
    }
}
