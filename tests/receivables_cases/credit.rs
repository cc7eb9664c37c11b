//! Cases of credit: exposure by kind, limits, overrides.

use relatum::domain::event::credit::{CreditLimitSet, ExposureKind};
use relatum::domain::event::document::{DraftSaved, InvoiceIssued, ReceivableDocument};
use relatum::domain::event::line::InvoiceLine;
use relatum::domain::event::policy::Policy;
use relatum::domain::receivables::Exposure;
use relatum::domain::{AccountId, Derived, DocumentId, Money, OrderId, Value as Worth};
use relatum::{CreditStanding, ExposureOptions};
use serde_json::Value;

use super::book::{Book, ordered, piece};
use super::cells;
use relatum_tests::cases::{Fault, Outcome, amount, fault, fields, list, money, number, same};

pub(crate) fn check(case: &Value) -> Outcome {
    cells::explained(&Book::of(case)?, Book::of(case)?.as_of()?)?;
    for (key, expected) in fields(&case["expected"])? {
        one(case, key, expected).map_err(|fault| fault.at(key))?;
    }
    Ok(())
}

fn one(case: &Value, key: &str, expected: &Value) -> Outcome {
    if let Some(days) = key.strip_prefix("margin_") {
        return margin(case, days, expected);
    }
    if let Some(limit) = key.strip_prefix("order_limit_") {
        let limit = limit.strip_suffix("_exceeded");
        let limit = limit.ok_or_else(|| Fault::new("cannot be expressed"))?;
        let limit: i64 = limit.parse().map_err(Fault::new)?;
        return order_limit(case, limit, expected);
    }
    match key {
        "steps" => {
            let steps = list(expected)?;
            if steps.iter().any(|step| !step["event"].is_null()) {
                return stages(case, steps);
            }
            steps.iter().try_for_each(|step| limits(case, step))
        }
        "second_order_after_override" => second_order(case, expected),
        _ => fault("cannot be expressed"),
    }
}

/// How the only account stands, and its only exposure.
fn standing(book: &Book) -> Outcome<(Option<CreditStanding>, Exposure)> {
    let all = book.on(book.as_of()?).credit(&ExposureOptions::default())?;
    let standing = all.into_iter().next();
    let exposure = standing.as_ref().and_then(|it| it.exposures.first().cloned());
    Ok((standing, exposure.unwrap_or(Exposure::none(book.base))))
}

fn account() -> AccountId {
    Book::account(&Value::Null)
}

fn set_limit(book: &mut Book, kind: ExposureKind, limit: Money) -> Outcome {
    let on = book.as_of()?;
    let set = CreditLimitSet { kind, limit: Some(limit), until: None, reason: None };
    let event = book.event(on, set);
    book.append(account(), event).map(drop)
}

/// What is open and what is overdue after so many days of grace.
fn margin(case: &Value, days: &str, expected: &Value) -> Outcome {
    let mut case = case.clone();
    let days: u16 = days.parse().map_err(Fault::new)?;
    case["policy"] = serde_json::json!({});
    let mut book = Book::of(&case)?;
    book.rule(Policy::OverdueGrace(days))?;
    let (_, exposure) = standing(&book)?;
    for (key, value) in fields(expected)? {
        let minor = match key.as_str() {
            "open" => exposure.open,
            "unpaid" => exposure.overdue,
            other => return fault(format!("`{other}` cannot be expressed")),
        };
        amount(key, value, Money::new(minor, book.base))?;
    }
    Ok(())
}

/// One step of limits: what is exceeded, and what a further invoice meets.
fn limits(case: &Value, step: &Value) -> Outcome {
    let mut book = Book::of(case)?;
    for (key, value) in fields(step)? {
        let kind = match key.as_str() {
            "credit_limit" => ExposureKind::Total,
            "overdue_limit" => ExposureKind::Overdue,
            "order_limit" => ExposureKind::Orders,
            "draft_limit" => ExposureKind::Drafts,
            "open_limit" => ExposureKind::Open,
            "returned_limit" => ExposureKind::Returned,
            "exceeded" | "then" | "exposure_if_posted" | "result" => continue,
            other => return fault(format!("`{other}` cannot be expressed")),
        };
        let limit = money(value, book.base)?;
        set_limit(&mut book, kind, limit)?;
    }
    let (standing, exposure) = standing(&book)?;
    if let Some(expected) = step["exceeded"].as_bool() {
        let exceeded =
            standing.iter().flat_map(|it| &it.limits).any(relatum::LimitUse::is_exceeded);
        same("exceeded", expected, exceeded)?;
    }
    if let Some(then) = step["then"].as_str() {
        let number = then.split_whitespace().find_map(|word| word.parse::<i64>().ok());
        match number {
            Some(units) if then.contains("blocked") => {
                let next = Money::parse(&units.to_string(), book.base).map_err(Fault::new)?;
                blocked(&mut book, next, None)?;
            }
            _ => return fault(format!("`{then}` cannot be expressed")),
        }
    }
    if !step["exposure_if_posted"].is_null() {
        let posted = money(&step["exposure_if_posted"], book.base)?;
        let next = Money::new(posted.minor - exposure.total(), book.base);
        let result = step["result"].as_str().unwrap_or_default();
        if !result.contains("blocked") {
            return fault(format!("`{result}` cannot be expressed"));
        }
        let document = blocked(&mut book, next, Some(posted))?;
        if result.contains("unless an authorised user continues") {
            let on = book.as_of()?;
            book.approve(account(), on, "credit_limit_exceeded", None, Some(document))?;
            let event = invoice(&mut book, document, next)?;
            if let Err(refused) = book.record(account(), event)? {
                return fault(format!("refused although it was approved: {refused}"));
            }
            let (_, exposure) = self::standing(&book)?;
            same("the exposure after it", posted.minor, exposure.total())?;
        }
    }
    Ok(())
}

fn invoice(book: &mut Book, document: DocumentId, gross: Money) -> Outcome<relatum::domain::Event> {
    let on = book.as_of()?;
    let paper = ReceivableDocument::new(document, "next", gross).due(on);
    Ok(book.event(on, InvoiceIssued(paper)))
}

/// A further invoice is refused for a limit, with the numbers.
fn blocked(book: &mut Book, gross: Money, posted: Option<Money>) -> Outcome<DocumentId> {
    let document = DocumentId::derived("case", "a further invoice");
    let event = invoice(book, document, gross)?;
    match book.record(account(), event)? {
        Ok(_) => fault(format!("a further invoice of {gross} was recorded")),
        Err(refused) => {
            same("the code of the refusal", "credit_limit_exceeded", refused.code())?;
            let words = refused.to_string();
            match posted {
                Some(posted) if !words.contains(&posted.to_string()) => {
                    fault(format!("the refusal does not name {posted}: {words}"))
                }
                _ => Ok(document),
            }
        }
    }
}

/// An order becomes a draft and then an invoice: each amount is in one kind at a time.
fn stages(case: &Value, steps: &[Value]) -> Outcome {
    let mut book = Book::of(case)?;
    let on = book.as_of()?;
    let order = list(&case["events"])?.iter().find(|event| event["type"] == "order").cloned();
    let order = order.ok_or_else(|| Fault::new("there is no order"))?;
    let id = OrderId::derived("case", order["id"].as_str().unwrap_or_default());
    let net = Worth::parse(&number(&order["amount"])?, book.base).map_err(Fault::new)?;
    let mut paper = ReceivableDocument::new(
        DocumentId::derived("case", "the invoice of the order"),
        "I",
        net.round_half_up(),
    )
    .due(on);
    let line =
        InvoiceLine { line: piece(net), order: Some(id), order_line: Some(0), delivery: None };
    paper.lines = vec![line];
    for step in steps {
        let event = match step["event"].as_str() {
            Some("order confirmed") => None,
            Some("invoice drafted") => Some(book.event(on, DraftSaved(paper.clone()))),
            Some("invoice posted") => Some(book.event(on, InvoiceIssued(paper.clone()))),
            other => return fault(format!("{other:?} cannot be expressed")),
        };
        if let Some(event) = event
            && let Err(refused) = book.record(account(), event)?
        {
            return fault(format!("{step}: refused: {refused}"));
        }
        let (_, exposure) = standing(&book)?;
        for (key, value) in fields(step)? {
            let minor = match key.as_str() {
                "event" => continue,
                "order_exposure" => exposure.orders,
                "draft_invoice" => exposure.drafts,
                "open_invoice" => exposure.open,
                other => return fault(format!("`{other}` cannot be expressed")),
            };
            amount(key, value, Money::new(minor, book.base))
                .map_err(|it| it.at(&step.to_string()))?;
        }
    }
    Ok(())
}

/// Whether the orders of the case are more than a limit on orders allows.
fn order_limit(case: &Value, limit: i64, expected: &Value) -> Outcome {
    let mut book = Book::of(case)?;
    let limit = Money::parse(&limit.to_string(), book.base).map_err(Fault::new)?;
    set_limit(&mut book, ExposureKind::Orders, limit)?;
    let (standing, _) = standing(&book)?;
    let exceeded = standing.iter().flat_map(|it| &it.limits).any(relatum::LimitUse::is_exceeded);
    same("exceeded", expected.as_bool(), Some(exceeded))
}

/// A second order like the first, refused for a limit on orders and then approved.
fn second_order(case: &Value, expected: &Value) -> Outcome {
    let mut book = Book::of(case)?;
    let (_, first) = standing(&book)?;
    let limit = Money::new(first.orders, book.base);
    set_limit(&mut book, ExposureKind::Orders, limit)?;
    let on = book.as_of()?;
    let (id, code) = (OrderId::derived("case", "a second order"), "credit_limit_exceeded");
    let order = list(&case["events"])?.iter().find(|event| event["type"] == "order").cloned();
    let order = order.ok_or_else(|| Fault::new("there is no order"))?;
    let net = Worth::parse(&number(&order["amount"])?, book.base).map_err(Fault::new)?;
    let event = book.event(on, ordered(id, "second", net));
    match book.record(account(), event.clone())? {
        Ok(_) => return fault("the second order was recorded above the limit"),
        Err(refused) => same("the code of the refusal", code, refused.code())?,
    }
    book.approve(account(), on, code, Some(id), None)?;
    if let Err(refused) = book.record(account(), event)? {
        return fault(format!("refused although it was approved: {refused}"));
    }
    let (_, exposure) = standing(&book)?;
    amount("orders", expected, Money::new(exposure.orders, book.base))
}
