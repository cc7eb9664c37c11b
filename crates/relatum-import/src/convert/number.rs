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
