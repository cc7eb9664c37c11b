//! Quotas: the orders of a case, and what the report on quotas says of them.

use relatum::domain::Rate;
use relatum::{QuotaLine, QuotaOptions};
use relatum_tests::cases::{Fault, Outcome, fault, list, number, only};
use serde_json::Value;

use super::book::Book;
use super::{ONE, all_close, close, known, micro};

/// The last day of the period of a case.
const LAST: u64 = 90;

fn quotas(book: &Book) -> Outcome<Vec<QuotaLine>> {
    Ok(book.on(Book::day(10_000)).quota(&QuotaOptions::default())?.lines)
}

pub(crate) fn target(inputs: &Value, expected: &Value) -> Outcome {
    only(inputs, &["orders", "target_qty", "target_value"])?;
    known(expected, &["achieved", "attainment_pct", "variance", "wrong_result_reported"])?;
    let mut book = Book::new()?;
    let by_value = !inputs["target_value"].is_null();
    let target = if by_value { &inputs["target_value"] } else { &inputs["target_qty"] };
    let target = if target.is_null() { ONE } else { micro(target)? };
    book.quota(0, LAST, target, !by_value)?;
    for order in list(&inputs["orders"])? {
        only(order, &["qty", "share", "value"])?;
        let amount = if by_value { &order["value"] } else { &order["qty"] };
        let share = match &order["share"] {
            Value::Null => None,
            share => Some(number(share)?.parse::<Rate>().map_err(Fault::new)?),
        };
        book.order(1, micro(amount)?, share)?;
    }
    let lines = quotas(&book)?;
    let [line] = lines.as_slice() else { return fault(format!("{} quotas", lines.len())) };
    let achieved = line.attained.micro;
    close("achieved", &expected["achieved"], Some(achieved))?;
    close("variance", &expected["variance"], Some(achieved - line.quota.micro))?;
    let attainment = line.attainment_bp.map(|bp| i128::from(bp) * ONE / 100);
    close("attainment_pct", &expected["attainment_pct"], attainment)?;
    let wrong = &expected["wrong_result_reported"];
    if !wrong.is_null() && close("wrong", wrong, Some(achieved)).is_ok() {
        return fault(format!("achieved is what was wrong elsewhere: {wrong}"));
    }
    Ok(())
}

pub(crate) fn attainment(inputs: &Value, expected: &Value) -> Outcome {
    only(inputs, &["rows"])?;
    known(expected, &["attainment_pct"])?;
    let mut book = Book::new()?;
    for (row, at) in list(&inputs["rows"])?.iter().zip(0..) {
        only(row, &["closed", "quota"])?;
        let from = at * (LAST + 1);
        book.quota(from, from + LAST, micro(&row["quota"])?, false)?;
        book.order(from + LAST, micro(&row["closed"])?, None)?;
    }
    let attained = quotas(&book)?;
    let attained = attained.iter().map(|it| it.attainment_bp.map(|bp| i128::from(bp) * ONE / 100));
    all_close("attainment_pct", &expected["attainment_pct"], &attained.collect::<Vec<_>>())
}
