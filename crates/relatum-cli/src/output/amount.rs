//! Amounts as people read them.

use relatum::Sum;
use relatum::domain::Currency;

/// The digits of a plain number in groups of three: `-1234567.5` becomes `-1,234,567.5`.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let mut text = String::with_capacity(number.len() + number.len() / 3 + 1);
    text.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// An amount with its currency: `1,234.50 EUR`.
pub(crate) fn money(sum: impl Into<Sum>) -> String {
    let sum = sum.into();
    format!("{} {}", grouped(&sum.number()), sum.currency)
}

/// Amounts in several currencies, `-` for none.
pub(crate) fn sums<'a>(sums: impl IntoIterator<Item = &'a Sum>) -> String {
    let texts: Vec<String> = sums.into_iter().map(|sum| money(*sum)).collect();
    match texts.as_slice() {
        [] => "-".to_owned(),
        texts => texts.join(", "),
    }
}

/// A sentence with the amounts in it as people read them.
///
/// Reports write `1234.50 EUR` into their sentences, for programs too; a number before the code
/// of a currency is an amount, and no other number is touched.
pub(crate) fn grouped_in(sentence: &str) -> String {
    let words: Vec<&str> = sentence.split(' ').collect();
    let next = words.iter().skip(1).map(Some).chain([None]);
    let told = words.iter().zip(next).map(|(word, next)| {
        let code = next.map(|next| next.trim_end_matches([',', '.', ';', ':', ')']));
        let is_amount = code.is_some_and(|code| code.parse::<Currency>().is_ok())
            && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
            && word.bytes().any(|byte| byte.is_ascii_digit());
        if is_amount { grouped(word) } else { (*word).to_owned() }
    });
    told.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        let shown = ["0.00", "12.50", "123", "1234.5", "-1234567.89", "-123.00"].map(grouped);
        assert_eq!(shown, ["0.00", "12.50", "123", "1,234.5", "-1,234,567.89", "-123.00"]);
    }

    #[test]
    fn only_amounts_are_grouped_in_a_sentence() {
        assert_eq!(
            grouped_in("offer 20261 over 12500.00 EUR, of 2026 expires"),
            "offer 20261 over 12,500.00 EUR, of 2026 expires"
        );
    }
}
