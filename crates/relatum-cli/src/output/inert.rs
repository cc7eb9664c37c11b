//! Texts that a spreadsheet shows and does not run.
//!
//! A cell of CSV that begins with `=`, `+`, `-`, `@`, a tab or a line break is a formula to a
//! spreadsheet, whoever wrote it. Such a text gets an apostrophe in front, and so does one that
//! begins with apostrophes and then with one of these: whoever reads takes the first one off again.
//! Numbers and amounts are left alone, they run nothing.

use std::borrow::Cow;

use relatum::domain::Currency;

/// With what a formula begins.
const BEGINS: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// Whether a spreadsheet would run it, taken from a file of text.
pub(crate) fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(BEGINS) && !text.split("; ").all(is_amount)
}

/// The text as it may stand in a file of text.
pub(crate) fn inert(text: &str) -> Cow<'_, str> {
    match is_formula(text) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// `-12.50`, or `-12.50 EUR`.
fn is_amount(text: &str) -> bool {
    let (number, code) = text.split_once(' ').unwrap_or((text, "EUR"));
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    all(whole) && all(part) && code.parse::<Currency>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_run_does_not() {
        for text in ["=1+1", "+49 221 1", "-", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(inert(text), format!("'{text}"));
        }
        assert_eq!(inert("'=1"), "''=1", "and can be told from what began so");
        assert_eq!(inert("-5 XYZ"), "'-5 XYZ");
        assert_eq!(inert("-5 EUR; =1"), "'-5 EUR; =1");
    }

    #[test]
    fn what_runs_nothing_stays() {
        for text in ["", "Ahlers", "a=b", "'t Hooft", "-12.50", "-12.50 EUR", "-1 EUR; -2.5 USD"] {
            assert_eq!(inert(text), text);
        }
    }
}
