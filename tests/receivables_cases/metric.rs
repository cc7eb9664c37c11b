//! Cases of metrics: a book is made that has the inputs, and the report is asked.

use chrono::{Months, NaiveDate};
use relatum::MetricsOptions;
use relatum::domain::Money;
use serde_json::{Value, json};

use super::book::Book;
use relatum_tests::cases::{Fault, Outcome, fault, fields, money, number, only, rounded, same};

pub(crate) fn check(case: &Value) -> Outcome {
    let expected = &case["expected"];
    for key in fields(expected)?.keys() {
        if !["inputs", "cei_percent", "formula"].contains(&key.as_str()) {
            return fault(format!("`{key}` cannot be expressed"));
        }
    }
    let inputs = &expected["inputs"];
    only(
        inputs,
        &["months", "credit_sales", "beginning_receivables", "ending_total", "ending_current"],
    )?;
    let months = inputs["months"].as_u64().and_then(|it| u32::try_from(it).ok());
    let months = months.ok_or_else(|| Fault::new("no number of months"))?;
    let mut book = Book::empty(case)?;
    let (from, to) = told(&mut book, inputs, months)?;
    let options = MetricsOptions { from, account: None, manager: None, by_manager: false };
    let report = book.on(to).metrics(&options)?;
    super::cells::explained(&book, to)?;
    let line = report.totals.first().ok_or_else(|| Fault::new("nothing was open"))?;
    for (key, sum) in [
        ("credit_sales", line.sales),
        ("beginning_receivables", line.begin),
        ("ending_total", line.end),
        ("ending_current", line.not_past_due),
    ] {
        same(key, i128::from(hundredths(&inputs[key], &book)?) * 10_000, sum.micro)?;
    }
    let written = number(&expected["cei_percent"])?;
    let places = written.split_once('.').map_or(0, |(_, digits)| digits.len());
    let cei = line.cei.ok_or_else(|| Fault::new("there is no index"))?;
    let (sign, size) = (if cei < 0 { "-" } else { "" }, cei.unsigned_abs());
    let plain = format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000);
    same("cei_percent", written, rounded(&plain, places))
}

/// A number of the case in hundredths.
fn hundredths(value: &Value, book: &Book) -> Outcome<i64> {
    Ok(money(value, book.base)?.minor)
}

/// The same back.
fn written(minor: i64, book: &Book) -> Outcome<Value> {
    let amount = Money::new(minor, book.base).to_string();
    let number = amount.split_whitespace().next().unwrap_or_default();
    serde_json::from_str(number).map_err(Fault::new)
}

/// Tells a book that begins, sells and ends as the inputs say: what is not past due at the end is
/// sold at the end as far as sales go, else it was there before; what was paid, settles the oldest.
fn told(book: &mut Book, inputs: &Value, months: u32) -> Outcome<(NaiveDate, NaiveDate)> {
    let from = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
    let after = from.checked_add_months(Months::new(months)).unwrap_or(from);
    let (before, to) = (from.pred_opt().unwrap_or(from), after.pred_opt().unwrap_or(from));
    let input = |key: &str| hundredths(&inputs[key], book);
    let (begin, sales) = (input("beginning_receivables")?, input("credit_sales")?);
    let (end, current) = (input("ending_total")?, input("ending_current")?);
    let sold_at_end = current.min(sales);
    let (kept, due_before) = (current - sold_at_end, begin - (current - sold_at_end));
    let sold_before = sales - sold_at_end;
    let paid = begin + sales - end;
    let first = paid.min(due_before);
    if paid < 0 || due_before < 0 || paid - first > sold_before {
        return fault("there is no book of which all of this is true");
    }
    let (middle, after) = (from.to_string(), after.to_string());
    let (before, last) = (before.to_string(), to.to_string());
    for (kind, id, date, due, minor) in [
        ("opening_debit", "due before", &before, &before, due_before),
        ("opening_debit", "kept", &before, &after, kept),
        ("invoice", "due within", &middle, &middle, sold_before),
        ("invoice", "due after", &last, &after, sold_at_end),
    ] {
        if minor > 0 {
            let amount = written(minor, book)?;
            book.tell(&json!({
                "type": kind, "id": id, "date": date, "due": due, "amount": amount,
            }))?;
        }
    }
    let mut allocations = Vec::new();
    for (to, minor) in [("due before", first), ("due within", paid - first)] {
        if minor > 0 {
            allocations.push(json!({ "to": to, "amount": written(minor, book)? }));
        }
    }
    if paid > 0 {
        let amount = written(paid, book)?;
        book.tell(&json!({
            "type": "payment", "id": "P", "date": last, "amount": amount,
            "allocations": allocations,
        }))?;
    }
    Ok((from, to))
}
