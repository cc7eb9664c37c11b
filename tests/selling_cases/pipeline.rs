//! The open pipeline: the chances of a case, and what the report says they are worth.

use chrono::NaiveDate;
use relatum::domain::Rate;
use relatum::{PipelineBy, PipelineLine, PipelineOptions, PipelineReport, Row};
use relatum_tests::cases::{Fault, Outcome, fault, fields, list, number, only, same};
use serde_json::Value;

use super::book::Book;
use super::{close, known, micro};

fn rate(value: &Value) -> Outcome<Rate> {
    number(value)?.parse().map_err(Fault::new)
}

/// The first day of a month, of some year where only the month is given.
fn month(text: &str) -> Outcome<NaiveDate> {
    let text = if text.contains('-') { format!("{text}-01") } else { format!("2025-{text}-01") };
    text.parse().map_err(|_| Fault::new(format!("`{text}` is no month")))
}

fn told(inputs: &Value) -> Outcome<PipelineReport> {
    only(inputs, &["deals", "p", "values", "values_k"])?;
    let mut book = Book::new()?;
    if !inputs["deals"].is_null() {
        for deal in list(&inputs["deals"])? {
            only(deal, &["month", "p", "state", "value"])?;
            let close = deal["month"].as_str().map(month).transpose()?;
            let won = match deal["state"].as_str() {
                None | Some("open") => None,
                Some("won") => Some(true),
                Some("lost") => Some(false),
                Some(other) => return fault(format!("state `{other}` cannot be expressed")),
            };
            book.chance(micro(&deal["value"])?, rate(&deal["p"])?, close, won)?;
        }
    }
    let likely =
        if inputs["p"].is_null() { "0".parse().map_err(Fault::new)? } else { rate(&inputs["p"])? };
    for (key, times) in [("values", 1), ("values_k", 1_000)] {
        if !inputs[key].is_null() {
            for value in list(&inputs[key])? {
                book.chance(micro(value)? * times, likely, None, None)?;
            }
        }
    }
    let options = PipelineOptions { by: PipelineBy::Month, account: None, manager: None };
    Ok(book.on(Book::day(10)).pipeline(&options)?)
}

pub(crate) fn check(inputs: &Value, expected: &Value) -> Outcome {
    known(expected, &["average", "forecast", "sum", "weighted", "wrong_result_reported"])?;
    let report = told(inputs)?;
    let total = |of: fn(&PipelineLine) -> i128| report.totals.first().map_or(0, of);
    close("sum", &expected["sum"], Some(total(|it| it.value.micro)))?;
    close("weighted", &expected["weighted"], Some(total(|it| it.weighted.micro)))?;
    close("average", &expected["average"], Some(total(|it| it.average.micro)))?;
    let wrong = &expected["wrong_result_reported"];
    if !wrong.is_null() && close("wrong", wrong, Some(total(|it| it.weighted.micro))).is_ok() {
        return fault(format!("weighted is what was wrong elsewhere: {wrong}"));
    }
    if expected["forecast"].is_null() {
        return Ok(());
    }
    let months = fields(&expected["forecast"])?;
    same("how many months", months.len(), report.lines.len())?;
    for (name, value) in months {
        let row = Row::From(month(name)?);
        let line = report.lines.iter().find(|line| line.row == row);
        let line = line.ok_or_else(|| Fault::new(format!("nothing closes in {name}")))?;
        close(name, value, Some(line.weighted.micro))?;
    }
    Ok(())
}
