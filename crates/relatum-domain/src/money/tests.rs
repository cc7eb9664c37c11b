//! Amounts: exact, checked, and the same after every round trip.

use proptest::prelude::*;

use super::{AmountError, Currency, Money, Quantity, Rate, Value, split};

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn currencies() -> impl Strategy<Value = Currency> {
    // 0, 2, 3 and 4 digits.
    prop::sample::select(vec!["JPY", "EUR", "KWD", "CLF"]).prop_map(currency)
}

/// What is printed, without the code of its currency.
fn number(printed: &str) -> &str {
    printed.split(' ').next().unwrap()
}

#[test]
fn what_is_no_amount_is_refused_in_words() {
    let euro = currency("EUR");
    let refused = |text: &str| Money::parse(text, euro).unwrap_err().to_string();
    let none = [
        "", "-", ".", "1.2.3", "1,5", "1.234,56", "1e3", "1_000", "0x1", "--1", "1-", "NaN", " 1",
        "١",
    ];
    for text in none {
        let words = format!("`{text}` is no decimal number; write it like -1234.56");
        assert_eq!(refused(text), words);
    }
    assert_eq!(refused("0.005"), "`0.005` has more than 2 digits after the point");
    let large = "92233720368547758.08";
    let words = format!("`{large}` is beyond the largest amount that can be kept");
    assert_eq!(refused(large), words);
    let endless = "9".repeat(40);
    let words = format!("`{endless}` is beyond the largest amount that can be kept");
    assert_eq!(refused(&endless), words);
    let fine = format!("0.{}", "3".repeat(40));
    assert!(matches!(Money::parse(&fine, euro), Err(AmountError::TooPrecise { .. })));
    for code in ["eur", "EU", "XYZ", "", "EURO", "XAU", "€€€"] {
        let words =
            format!("`{code}` is no ISO 4217 currency with a minor unit; write a code like EUR");
        assert_eq!(code.parse::<Currency>().unwrap_err().to_string(), words);
    }
}

#[test]
fn spellings_of_one_number_are_one_amount() {
    let euro = currency("EUR");
    for text in ["5", "5.0", "5.00", "+5", "05", "5.", "5.0000000"] {
        assert_eq!(Money::parse(text, euro), Ok(Money::new(500, euro)), "{text}");
    }
    assert_eq!(Money::parse("-0", euro), Ok(Money::zero(euro)));
    assert_eq!(Money::parse("-.5", euro), Ok(Money::new(-50, euro)));
    for text in ["0", "-0", "0.000"] {
        assert_eq!(text.parse::<Rate>().unwrap().to_string(), "0");
    }
    assert_eq!("1.50".parse::<Rate>(), "1.5".parse::<Rate>());
}

#[test]
fn amounts_print_with_the_digits_of_their_currency() {
    let printed = |minor, code| Money::new(minor, currency(code)).to_string();
    assert_eq!(printed(-5, "EUR"), "-0.05 EUR");
    assert_eq!(printed(1234, "JPY"), "1234 JPY");
    assert_eq!(printed(1234, "KWD"), "1.234 KWD");
    assert_eq!(printed(i64::MIN, "EUR"), "-92233720368547758.08 EUR");
    let value = |micro, code| Value::new(micro, currency(code)).to_string();
    assert_eq!(value(20_565_620_600, "USD"), "20565.6206 USD");
    assert_eq!(value(5_000_000, "EUR"), "5.00 EUR");
    assert_eq!(value(5_000_000, "JPY"), "5 JPY");
    assert_eq!(value(-1, "JPY"), "-0.000001 JPY");
    assert_eq!(format!("{:?}", Money::new(1, currency("EUR"))), "0.01 EUR");
}

#[test]
fn two_currencies_and_too_much_are_refused_in_words() {
    let (euro, dollar) = (currency("EUR"), currency("USD"));
    let most = Money::new(i64::MAX, euro);
    let cent = Money::new(1, euro);
    let least = Money::new(i64::MIN, euro);
    let words = |result: Result<Money, AmountError>| result.unwrap_err().to_string();
    assert_eq!(
        words(cent.checked_add(Money::new(1, dollar))),
        "EUR and USD cannot be combined without a stated rate"
    );
    let beyond = |what: &str| format!("`{what}` is beyond the largest amount that can be kept");
    assert_eq!(words(most.checked_add(cent)), beyond("92233720368547758.07 EUR + 0.01 EUR"));
    assert_eq!(words(least.checked_sub(cent)), beyond("-92233720368547758.08 EUR - 0.01 EUR"));
    assert_eq!(words(least.negated()), beyond("0.00 EUR - -92233720368547758.08 EUR"));
    assert_eq!(
        words(Money::sum([most, cent], euro)),
        beyond("92233720368547758.07 EUR + 0.01 EUR")
    );
    assert!(Money::sum([Money::zero(dollar)], euro).is_err());
    assert_eq!(Money::sum([], euro), Ok(Money::zero(euro)));
    assert_eq!(most.to_value().unwrap_err().to_string(), beyond("92233720368547758.07 EUR"));
    let rate: Rate = "2".parse().unwrap();
    let doubled = most.converted(rate, euro);
    assert_eq!(words(doubled), beyond("92233720368547758.07 EUR at 2"));
}

#[test]
fn halves_round_away_from_zero_once() {
    let (euro, yen) = (currency("EUR"), currency("JPY"));
    let rounded = |text: &str, to| Value::parse(text, to).unwrap().round_half_up().minor;
    assert_eq!([rounded("0.005", euro), rounded("-0.005", euro)], [1, -1]);
    assert_eq!([rounded("0.004999", euro), rounded("-0.004999", euro)], [0, 0]);
    assert_eq!([rounded("0.5", yen), rounded("1.5", yen), rounded("0.499999", yen)], [1, 2, 0]);
    let converted = |minor, rate: &str| {
        Money::new(minor, euro).converted(rate.parse().unwrap(), yen).unwrap().minor
    };
    assert_eq!([converted(100, "160.5"), converted(100, "160.49")], [161, 160]);
    assert_eq!([converted(-100, "160.5"), converted(0, "160.5")], [-161, 0]);
}

#[test]
fn a_price_times_a_quantity_is_exact_or_refused() {
    let euro = currency("EUR");
    let price = Value::parse("12.5", euro).unwrap();
    let times = |text: &str| price.times(text.parse::<Quantity>().unwrap());
    assert_eq!(times("0.5"), Ok(Value::parse("6.25", euro).unwrap()));
    assert_eq!(times("-2"), Ok(Value::parse("-25", euro).unwrap()));
    let words = |result: Result<Value, AmountError>| result.unwrap_err().to_string();
    assert_eq!(
        words(times("0.000001")),
        "`12.50 EUR x 0.000001` has more than 6 digits after the point"
    );
    let most = Quantity::from_micro(i64::MAX);
    assert_eq!(
        words(price.times(most)),
        "`12.50 EUR x 9223372036854.775807` has more than 6 digits after the point"
    );
    assert_eq!(
        words(Value::parse("2", euro).unwrap().times(most)),
        "`2.00 EUR x 9223372036854.775807` is beyond the largest amount that can be kept"
    );
    assert_eq!(Quantity::whole(i32::MIN).micro(), i64::from(i32::MIN) * 1_000_000);
}

#[test]
fn a_share_is_from_zero_to_one() {
    let is_share = |text: &str| text.parse::<Rate>().unwrap().is_share();
    assert_eq!(
        ["-0.001", "0", "0.5", "1", "1.001"].map(is_share),
        [false, true, true, true, false]
    );
}

#[test]
fn a_split_of_the_extremes_loses_nothing() {
    assert_eq!(split(i64::MIN, &[1, 1]), [i64::MIN / 2, i64::MIN / 2]);
    assert_eq!(split(i64::MAX, &[i64::MAX, i64::MAX]), [i64::MAX / 2 + 1, i64::MAX / 2]);
    assert_eq!(split(7, &[]), Vec::<i64>::new());
    assert_eq!(split(7, &[0, 0]), [0, 7]);
    assert_eq!(split(7, &[-5, 3]), [0, 7]);
    assert_eq!(split(-2, &[1, 1, 1]), [-1, -1, 0]);
}

proptest! {
    #[test]
    fn an_amount_is_read_as_it_was_printed(units in any::<i64>(), currency in currencies()) {
        let money = Money::new(units, currency);
        prop_assert_eq!(Money::parse(number(&money.to_string()), currency), Ok(money));
        let value = Value::new(units, currency);
        prop_assert_eq!(Value::parse(number(&value.to_string()), currency), Ok(value));
        let quantity = Quantity::from_micro(units);
        prop_assert_eq!(quantity.to_string().parse(), Ok(quantity));
    }

    #[test]
    fn json_is_integers_and_canonical_strings(units in any::<i64>(), currency in currencies()) {
        let money = Money::new(units, currency);
        let json = serde_json::to_string(&money).unwrap();
        let expected = format!("{{\"minor\":{units},\"currency\":\"{currency}\"}}");
        prop_assert_eq!(&json, &expected);
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        let quantity = Quantity::from_micro(units);
        let json = serde_json::to_string(&quantity).unwrap();
        prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), quantity);
    }

    #[test]
    fn equal_rates_are_equal_bytes(
        units in any::<i64>(),
        places in 0_u32..12,
        zeros in 0_usize..5,
    ) {
        let decimal = rust_decimal::Decimal::from_i128_with_scale(units.into(), places);
        let plain: Rate = decimal.to_string().parse().unwrap();
        let point = if places == 0 { "." } else { "" };
        let padded: Rate = format!("{decimal}{point}{}", "0".repeat(zeros)).parse().unwrap();
        prop_assert_eq!(plain, padded);
        let json = serde_json::to_string(&padded).unwrap();
        prop_assert_eq!(&json, &serde_json::to_string(&plain).unwrap());
        prop_assert_eq!(serde_json::from_str::<Rate>(&json).unwrap(), plain);
    }

    #[test]
    fn sums_are_those_of_integers_or_refused(left in any::<i64>(), right in any::<i64>()) {
        let euro = currency("EUR");
        let (a, b) = (Money::new(left, euro), Money::new(right, euro));
        let minor = |result: Result<Money, AmountError>| result.ok().map(|money| money.minor);
        prop_assert_eq!(minor(a.checked_add(b)), left.checked_add(right));
        prop_assert_eq!(minor(a.checked_sub(b)), left.checked_sub(right));
        prop_assert_eq!(minor(a.negated()), left.checked_neg());
    }

    #[test]
    fn money_is_a_value_and_back(minor in any::<i64>(), currency in currencies()) {
        let money = Money::new(minor, currency);
        let factor = 10_i128.pow(6 - currency.exponent());
        match money.to_value() {
            Ok(value) => {
                prop_assert_eq!(i128::from(value.micro), i128::from(minor) * factor);
                prop_assert_eq!(value.round_half_up(), money);
            }
            Err(_) => prop_assert!(i64::try_from(i128::from(minor) * factor).is_err()),
        }
    }

    #[test]
    fn rounding_strays_at_most_half_a_unit(micro in any::<i64>(), currency in currencies()) {
        let rounded = Value::new(micro, currency).round_half_up();
        let factor = 10_i128.pow(6 - currency.exponent());
        let away = i128::from(rounded.minor) * factor - i128::from(micro);
        prop_assert!(2 * away.abs() <= factor);
        // A half goes away from zero.
        prop_assert!(2 * away.abs() < factor || (away >= 0) == (micro >= 0));
    }

    #[test]
    fn a_conversion_is_the_exact_product_rounded_once(
        minor in -1_000_000_000_000_i64..1_000_000_000_000,
        rate in -1_000_000_000_i64..1_000_000_000,
        places in 0_u32..9,
    ) {
        let (euro, yen, dinar) = (currency("EUR"), currency("JPY"), currency("KWD"));
        let text = rust_decimal::Decimal::from_i128_with_scale(rate.into(), places).to_string();
        let rate_read: Rate = text.parse().unwrap();
        for target in [yen, euro, dinar] {
            // minor / 10^2 x rate / 10^places, in units of 10^-exponent.
            let top = i128::from(minor) * i128::from(rate) * 10_i128.pow(target.exponent());
            let bottom = 10_i128.pow(2 + places);
            let half_up = (2 * top.abs() + bottom) / (2 * bottom) * top.signum();
            let converted = Money::new(minor, euro).converted(rate_read, target);
            match i64::try_from(half_up) {
                Ok(expected) => prop_assert_eq!(converted, Ok(Money::new(expected, target))),
                Err(_) => prop_assert!(converted.is_err()),
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", digits in "[-+]?[0-9.]{0,60}") {
        for text in [text, digits] {
            for code in ["JPY", "EUR"] {
                let _ = Money::parse(&text, currency(code));
                let _ = Value::parse(&text, currency(code));
            }
            let _ = text.parse::<Quantity>();
            let _ = text.parse::<Currency>();
            if let Ok(rate) = text.parse::<Rate>() {
                prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }
    }
}
