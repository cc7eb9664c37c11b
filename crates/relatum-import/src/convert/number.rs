//! Numbers as files write them, into plain decimal notation.

use std::borrow::Cow;

use crate::file::Format;

/// `text` in plain notation (`-1234.56`), or what is wrong with it.
///
/// Understands the format's decimal and thousands signs, a sign before or after, and brackets for
/// negative amounts. Groups of thousands must have three digits: `1.5` under thousands `.` is a
/// mistake, not 15.
pub(crate) fn plain_number<'a>(text: &'a str, format: &Format) -> Result<Cow<'a, str>, String> {
    if format.decimal == '.' && is_plain(text) {
        return Ok(Cow::Borrowed(text));
    }
    if let Some(plain) = powered(text).filter(|_| format.decimal == '.') {
        return Ok(Cow::Owned(plain));
    }
    let (negative, digits) = sign(text);
    let wrong = || {
        let thousands = format.thousands.map_or_else(
            || "none between thousands".to_owned(),
            |sign| format!("`{sign}` between thousands"),
        );
        format!(
            "no number with `{}` before the decimals and {thousands}; check `decimal` and \
             `thousands` under `format`",
            format.decimal
        )
    };
    let (whole, fraction) = match digits.split_once(format.decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let whole = whole_digits(whole, format.thousands).ok_or_else(wrong)?;
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_some_and(|part| part.is_empty() || !digits_only(part)) {
        return Err(wrong());
    }
    if whole.is_empty() && fraction.is_none() {
        return Err(wrong());
    }
    let whole = if whole.is_empty() { "0" } else { &whole };
    let minus = if negative { "-" } else { "" };
    Ok(Cow::Owned(match fraction {
        Some(fraction) => format!("{minus}{whole}.{fraction}"),
        None => format!("{minus}{whole}"),
    }))
}

/// The largest power of ten that is written out.
const MAX_POWER: usize = 30;

/// `1.25E7` written out, as programs in Java write large numbers and small ones: one digit, a
/// point, digits, a capital E.
fn powered(text: &str) -> Option<String> {
    let (minus, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (number, power) = digits.split_once('E')?;
    let (whole, fraction) = number.split_once('.')?;
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (down, power) = power.strip_prefix('-').map_or((false, power), |power| (true, power));
    if whole.len() != 1 || !all(whole) || !all(fraction) || !all(power) {
        return None;
    }
    let power: usize = power.parse().ok().filter(|power| *power <= MAX_POWER)?;
    if down {
        let zeros = "0".repeat(power.saturating_sub(1));
        return Some(match power {
            0 => format!("{minus}{whole}.{fraction}"),
            _ => format!("{minus}0.{zeros}{whole}{fraction}"),
        });
    }
    let zeros = "0".repeat(power.saturating_sub(fraction.len()));
    let (front, back) = fraction.split_at(power.min(fraction.len()));
    let back = if back.is_empty() { "0" } else { back };
    Some(format!("{minus}{whole}{front}{zeros}.{back}"))
}

fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && all(fraction)
}

fn sign(text: &str) -> (bool, &str) {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        return (true, inner.trim());
    }
    if let Some(rest) = text.strip_prefix('-') {
        return (true, rest.trim_start());
    }
    if let Some(rest) = text.strip_suffix('-') {
        return (true, rest.trim_end());
    }
    (false, text.strip_prefix('+').unwrap_or(text))
}

/// The digits before the decimals, without signs between thousands.
fn whole_digits(whole: &str, thousands: Option<char>) -> Option<Cow<'_, str>> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) {
        return Some(Cow::Borrowed(whole));
    }
    // Programs write several kinds of space where a space is meant.
    let is_sign = |sign: char| match thousands {
        Some(' ') => matches!(sign, ' ' | '\u{a0}' | '\u{202f}'),
        Some(known) => sign == known,
        None => false,
    };
    let mut groups = whole.split(is_sign);
    let first = groups.next()?;
    let mut joined = first.to_owned();
    let mut good = (1..=3).contains(&first.len()) && digits(first);
    for group in groups {
        good &= group.len() == 3 && digits(group);
        joined.push_str(group);
    }
    good.then_some(Cow::Owned(joined))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(decimal: char, thousands: Option<char>) -> Format {
        Format { decimal, thousands, ..Format::default() }
    }

    #[test]
    fn what_files_write_becomes_plain() {
        let english = format('.', Some(','));
        let german = format(',', Some('.'));
        let french = format(',', Some(' '));
        for (text, format, plain) in [
            ("1,234.56", &english, "1234.56"),
            ("1234.56", &english, "1234.56"),
            ("-0.5", &english, "-0.5"),
            ("(1,000)", &english, "-1000"),
            ("12.50-", &english, "-12.50"),
            ("+7", &english, "7"),
            (".5", &english, "0.5"),
            ("1.234,56", &german, "1234.56"),
            ("1.234", &german, "1234"),
            ("1\u{202f}234\u{a0}567,8", &french, "1234567.8"),
        ] {
            assert_eq!(plain_number(text, format).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn powers_of_ten_are_written_out() {
        let plain = Format::default();
        for (text, number) in [
            ("1.0E7", "10000000.0"),
            ("-1.2345678E4", "-12345.678"),
            ("1.2345678E7", "12345678.0"),
            ("9.5E-4", "0.00095"),
            ("2.5E0", "2.5"),
        ] {
            assert_eq!(plain_number(text, &plain).unwrap(), number, "{text}");
        }
        for text in ["1E7", "1.0E", "1.0e7", "12.0E7", "1.0E99", "1.E7", "1.0E+7", "1.0E7.5"] {
            assert!(plain_number(text, &plain).is_err(), "{text}");
        }
        assert!(plain_number("1.0E7", &format(',', Some('.'))).is_err());
    }

    #[test]
    fn the_wrong_locale_is_refused_rather_than_guessed() {
        let english = format('.', Some(','));
        let german = format(',', Some('.'));
        for (text, format) in [
            ("1.234,56", &english),
            ("1,234.56", &german),
            ("1.5", &german),
            ("1e5", &english),
            ("", &english),
            ("-", &english),
            ("1.", &english),
            ("--1", &english),
            ("$5", &english),
            ("١", &english),
        ] {
            assert!(plain_number(text, format).is_err(), "{text}");
        }
        let plain = Format::default();
        assert_eq!(
            plain_number("1.234,56", &plain).unwrap_err(),
            "no number with `.` before the decimals and none between thousands; check `decimal` \
             and `thousands` under `format`"
        );
    }
}
