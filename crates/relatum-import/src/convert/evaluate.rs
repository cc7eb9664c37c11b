//! Converters at work on rows.

use std::borrow::Cow;

use chrono::SecondsFormat;
use relatum_domain::{Currency, Money, Quantity, Rate, Value, derive};

use super::context::{Context, Fault};
use super::converter::{AmountKind, AmountOf, Converter};
use super::day::{day, day_of, instant, plain_day, plain_instant, shifted};
use super::node::Node;
use super::number::plain_number;
use crate::file::Problem;
use crate::mapping::{Found, Reading};

/// A number that can be summed.
#[derive(Clone, Copy)]
enum Summand {
    Money(Money),
    Value(Value),
    Quantity(Quantity),
}

impl Summand {
    fn plus(self, other: Self) -> Result<Self, String> {
        let text = |error: relatum_domain::AmountError| error.to_string();
        match (self, other) {
            (Self::Money(a), Self::Money(b)) => a.checked_add(b).map(Self::Money).map_err(text),
            (Self::Value(a), Self::Value(b)) => a.checked_add(b).map(Self::Value).map_err(text),
            (Self::Quantity(a), Self::Quantity(b)) => {
                let sum = a.micro().checked_add(b.micro());
                let sum = sum.ok_or("the sum is beyond the largest quantity that can be kept")?;
                Ok(Self::Quantity(Quantity::from_micro(sum)))
            }
            _ => Err("amounts of two kinds cannot be added".to_owned()),
        }
    }

    fn node<'a>(self) -> Node<'a> {
        let (unit, number, currency) = match self {
            Self::Money(money) => ("minor", money.minor, money.currency),
            Self::Value(value) => ("micro", value.micro, value.currency),
            Self::Quantity(quantity) => return Node::text(quantity),
        };
        let currency = Node::text(currency.code());
        Node::Object(vec![(unit, Node::Number(number)), ("currency", currency)])
    }
}

impl Converter {
    /// The JSON of the field; none where the columns are empty.
    pub(crate) fn evaluate<'a>(&'a self, context: &Context<'a>) -> Result<Option<Node<'a>>, Fault> {
        let node = match self {
            Self::Const(json) => Some(Node::Said(json)),
            Self::Text(of) => text(of, context)?.map(Node::Text),
            Self::Day { of, plus_days } => convert(of, context, |found| match found {
                Found::Said(text) => plain_day(text),
                found => day(found.text(), context.format),
            })?
            .map(|day| later(day, of, plus_days.as_ref(), context))
            .transpose()?
            .map(Node::text),
            Self::DayOf(of) => {
                convert(of, context, |found| day_of(found, context.format))?.map(Node::text)
            }
            Self::Instant(of) => convert(of, context, |found| match found {
                Found::Said(text) => plain_instant(text, context.format),
                found => instant(found.text(), context.format),
            })?
            .map(|instant| Node::text(instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
            Self::Amount(_) | Self::Quantity { .. } => self.summand(context)?.map(Summand::node),
            Self::Rate { of, percent } => convert(of, context, |found| {
                let plain = plain(found, context)?;
                let plain = if *percent { hundredth(&plain).into() } else { plain };
                plain.parse::<Rate>().map_err(|error| error.to_string())
            })?
            .map(Node::text),
            Self::Integer { of, negate, divide_by } => {
                convert(of, context, |found| whole(&plain(found, context)?, *negate))?
                    .map(|number| Node::Number(number.checked_div(*divide_by).unwrap_or(number)))
            }
            Self::Bool { of, yes, no } => convert(of, context, |found| {
                let is = |words: &[String]| {
                    words.iter().any(|word| word.eq_ignore_ascii_case(found.text()))
                };
                match (is(yes), is(no)) {
                    (true, _) => Ok(true),
                    (_, true) => Ok(false),
                    _ => Err(format!("neither of {} nor of {}", yes.join(", "), no.join(", "))),
                }
            })?
            .map(Node::Flag),
            Self::Id { of, kind, system } => {
                text(of, context)?.map(|text| Node::text(derive(kind, system, &text)))
            }
            Self::Personal { of, subject } => personal(of, subject.as_deref(), context)?,
            Self::Secret(inner) => {
                inner.evaluate(context)?.map(|value| Node::clear(vec![("value", value)]))
            }
            Self::Sum(inner) => Some(inner.total(context)?.node()),
        };
        Ok(node)
    }

    /// Whether the columns of an instant hold a day, and no time.
    pub(crate) fn is_day(&self, context: &Context<'_>) -> bool {
        let Self::Instant(of) = self else { return false };
        convert(of, context, |found| day(found.text(), context.format)).is_ok()
    }

    fn summand(&self, context: &Context<'_>) -> Result<Option<Summand>, Problem> {
        match self {
            Self::Amount(amount) => amount.read(context),
            Self::Quantity { of, negate } => {
                Ok(quantity(of, *negate, context)?.map(Summand::Quantity))
            }
            _ => Ok(None),
        }
    }

    /// The sum over all lines, none of which may be empty.
    fn total(&self, context: &Context<'_>) -> Result<Summand, Fault> {
        let mut total = self.zero(context)?;
        for (at, line) in context.lines.iter().enumerate() {
            let wrong =
                |reason: String| Problem { column: self.columns(), value: String::new(), reason };
            let in_line = |problem| Fault::from(problem).in_line(at);
            let summand = self.summand(&context.at_line(line)).map_err(in_line)?;
            let summand =
                summand.ok_or_else(|| in_line(wrong("empty, and its sum is needed".to_owned())))?;
            total = total.plus(summand).map_err(|reason| in_line(wrong(reason)))?;
        }
        Ok(total)
    }

    fn zero(&self, context: &Context<'_>) -> Result<Summand, Fault> {
        let Self::Amount(amount) = self else {
            return Ok(Summand::Quantity(Quantity::default()));
        };
        // The currency may stand in the lines; without lines, in the head.
        let first = context.lines.first().map_or(*context, |line| context.at_line(line));
        let in_first = |problem| Fault { line: (!context.lines.is_empty()).then_some(0), problem };
        let currency = amount.currency(&first).map_err(in_first)?;
        Ok(match amount.kind {
            AmountKind::Money => Summand::Money(Money::zero(currency)),
            AmountKind::Value => Summand::Value(Value::zero(currency)),
        })
    }
}

impl AmountOf {
    fn currency(&self, context: &Context<'_>) -> Result<Currency, Problem> {
        let code = convert(&self.currency, context, |found| {
            found.text().parse::<Currency>().map_err(|error| error.to_string())
        })?;
        code.ok_or_else(|| {
            self.currency.problem(
                "",
                "empty, and an amount needs a currency; say which one with `--currency`",
            )
        })
    }

    fn read(&self, context: &Context<'_>) -> Result<Option<Summand>, Problem> {
        let found = self.of.read(context)?;
        if found == Found::Absent {
            return Ok(None);
        }
        let currency = self.currency(context)?;
        let wrong = |reason: String| self.of.problem(found.text(), reason);
        let text = |error: relatum_domain::AmountError| wrong(error.to_string());
        let plain = plain(&found, context).map_err(wrong)?;
        if self.kind == AmountKind::Money && self.times.is_none() && !self.round {
            let money = Money::parse(&plain, currency).map_err(text)?;
            let money = if self.negate { money.negated().map_err(text)? } else { money };
            return Ok(Some(Summand::Money(money)));
        }
        let mut value = Value::parse(&plain, currency).map_err(text)?;
        if let Some(times) = &self.times {
            let Some(quantity) = quantity(times, false, context)? else {
                return Err(times.problem("", "empty, and an amount is to be taken times it"));
            };
            value = value.times(quantity).map_err(text)?;
        }
        if self.negate {
            value = value.negated().map_err(text)?;
        }
        if self.kind == AmountKind::Value {
            return Ok(Some(Summand::Value(value)));
        }
        let money = value.round_half_up();
        if !self.round && money.to_value().map_err(text)? != value {
            return Err(wrong(format!(
                "{value} has digits below the minor unit; say round = \"half_up\" if they may go"
            )));
        }
        Ok(Some(Summand::Money(money)))
    }
}

fn text<'a>(of: &'a Reading, context: &Context<'a>) -> Result<Option<Cow<'a, str>>, Problem> {
    Ok(match of.read(context)? {
        Found::Absent => None,
        Found::Said(text) | Found::Read(text) => Some(text),
    })
}

fn convert<T>(
    of: &Reading,
    context: &Context<'_>,
    convert: impl FnOnce(&Found<'_>) -> Result<T, String>,
) -> Result<Option<T>, Problem> {
    let found = of.read(context)?;
    if found == Found::Absent {
        return Ok(None);
    }
    convert(&found).map(Some).map_err(|reason| of.problem(found.text(), reason))
}

fn plain<'f>(found: &'f Found<'_>, context: &Context<'_>) -> Result<Cow<'f, str>, String> {
    match found {
        Found::Absent => Ok(Cow::Borrowed("")),
        // What the mapping says itself is plain already.
        Found::Said(text) => Ok(Cow::Borrowed(text)),
        Found::Read(text) => plain_number(text, context.format),
    }
}

fn quantity(
    of: &Reading,
    negate: bool,
    context: &Context<'_>,
) -> Result<Option<Quantity>, Problem> {
    convert(of, context, |found| {
        let quantity: Quantity =
            plain(found, context)?.parse().map_err(|error| format!("{error}"))?;
        if !negate {
            return Ok(quantity);
        }
        let opposite = quantity.micro().checked_neg();
        let opposite = opposite.ok_or("beyond the largest quantity that can be kept")?;
        Ok(Quantity::from_micro(opposite))
    })
}

/// A whole number; `12.0` is one.
fn whole(plain: &str, negate: bool) -> Result<i64, String> {
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    if fraction.bytes().any(|digit| digit != b'0') {
        return Err("no whole number".to_owned());
    }
    let number: i64 = whole.parse().map_err(|_| "no whole number that can be kept")?;
    if negate {
        return number.checked_neg().ok_or_else(|| "no whole number that can be kept".to_owned());
    }
    Ok(number)
}

/// A plain number with its point two places to the left.
fn hundredth(plain: &str) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let padded = format!("{whole:0>3}");
    let (front, back) = padded.split_at(padded.len().saturating_sub(2));
    format!("{sign}{front}.{back}{fraction}")
}

fn later(
    day: chrono::NaiveDate,
    of: &Reading,
    plus_days: Option<&Reading>,
    context: &Context<'_>,
) -> Result<chrono::NaiveDate, Problem> {
    let Some(plus_days) = plus_days else { return Ok(day) };
    let days = convert(plus_days, context, |found| whole(&plain(found, context)?, false))?;
    let later = shifted(day, days.unwrap_or(0));
    later.ok_or_else(|| of.problem(&day.to_string(), "so many days on, there is no day"))
}

fn personal<'a>(
    of: &'a Reading,
    subject: Option<&'a Converter>,
    context: &Context<'a>,
) -> Result<Option<Node<'a>>, Fault> {
    let Some(text) = text(of, context)? else { return Ok(None) };
    let subject = match subject {
        Some(subject) => subject.evaluate(context)?,
        None => context.stream.map(Node::text),
    };
    let Some(subject) = subject else {
        return Err(of.problem("", "a personal text needs a subject, and its id is empty").into());
    };
    Ok(Some(Node::clear(vec![("subject", subject), ("text", Node::Text(text))])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_a_hundredth() {
        for (percent, rate) in [("5", "0.05"), ("12.5", "0.125"), ("-150", "-1.50"), ("0", "0.00")]
        {
            assert_eq!(hundredth(percent), rate);
        }
    }

    #[test]
    fn whole_numbers_may_carry_zeros_only() {
        assert_eq!(whole("12.0", true), Ok(-12));
        assert!(whole("12.5", false).is_err());
        assert!(whole("99999999999999999999", false).is_err());
    }
}
