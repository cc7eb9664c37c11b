//! Cases of metrics: a book is made that has the inputs, and the report is asked.

use chrono::{Datelike as _, Months, NaiveDate};
use relatum::MetricsOptions;
use serde_json::{Value, json};

use crate::book::Book;
use crate::json::{Fault, Outcome, fault, fields, number, only, rounded, same};

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
    crate::cells::explained(&book, to)?;
    let line = report.totals.first().ok_or_else(|| Fault::new("nothing was open"))?;
    for (key, sum) in [
        ("credit_sales", line.sales),
        ("beginning_receivables", line.begin),
        ("ending_total", line.end),
        ("ending_current", line.not_past_due),
    ] {
        same(key, units(&inputs[key])? * 1_000_000, sum.micro)?;
    }
    let written = number(&expected["cei_percent"])?;
    let places = written.split_once('.').map_or(0, |(_, digits)| digits.len());
    let cei = line.cei.ok_or_else(|| Fault::new("there is no index"))?;
    let plain = format!("{}.{:06}", cei / 1_000_000, cei % 1_000_000);
    same("cei_percent", written, rounded(&plain, places))
}

fn units(value: &Value) -> Outcome<i128> {
    number(value)?.parse().map_err(|_| Fault::new(format!("{value} is no whole number")))
}

/// Tells a book that begins, sells and ends as the inputs say.
fn told(book: &mut Book, inputs: &Value, months: u32) -> Outcome<(NaiveDate, NaiveDate)> {
    let from = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default();
    let after = from.checked_add_months(Months::new(months)).unwrap_or(from);
    let (before, to) = (from.pred_opt().unwrap_or(from), after.pred_opt().unwrap_or(from));
    let (begin, sales) =
        (units(&inputs["beginning_receivables"])?, units(&inputs["credit_sales"])?);
    let (end, current) = (units(&inputs["ending_total"])?, units(&inputs["ending_current"])?);
    let paid = begin + sales - end;
    let late = end - current;
    let overdue_sales = sales - current;
    if paid < 0 || late < 0 || overdue_sales < late {
        return fault("inputs that no book of one opening item and two invoices has");
    }
    let middle = NaiveDate::from_ymd_opt(from.year(), 1, 15).unwrap_or(from);
    book.tell(&json!({
        "type": "opening_debit", "id": "O", "date": before.to_string(), "amount": begin as i64,
    }))?;
    book.tell(&json!({
        "type": "invoice", "id": "due within", "date": middle.to_string(),
        "due": middle.to_string(), "amount": overdue_sales as i64,
    }))?;
    book.tell(&json!({
        "type": "invoice", "id": "due after", "date": to.to_string(), "due": after.to_string(),
        "amount": current as i64,
    }))?;
    book.tell(&json!({
        "type": "payment", "id": "P", "date": to.to_string(), "amount": paid as i64,
        "allocations": [
            { "to": "O", "amount": begin as i64 },
            { "to": "due within", "amount": (paid - begin) as i64 },
        ],
    }))?;
    Ok((from, to))
}
