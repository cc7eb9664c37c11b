//! Promises to pay that were broken.

use relatum_domain::receivables::PromiseOutcome;
use relatum_domain::signals::SignalKind;

use crate::churn::look::Look;
use crate::churn::signal::{Found, Sign};

const WINDOW: u32 = 182;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Promises, unit: "promises", find };

fn find(look: &Look<'_>) -> Found {
    let Some(ledger) = look.ledger() else { return Found::unknown("nothing was invoiced") };
    let (from, today) = (look.since(WINDOW), look.view.as_of);
    let due: Vec<_> = ledger
        .kept(today, look.receipts())
        .into_iter()
        .filter(|it| (from..today).contains(&it.by))
        .collect();
    let is_broken =
        |it: PromiseOutcome| matches!(it, PromiseOutcome::Broken | PromiseOutcome::PartlyKept);
    let broken: Vec<_> = due.iter().filter(|it| is_broken(it.outcome)).collect();
    let sentence = match (due.len(), broken.last()) {
        (0, _) => "no promise to pay was due in half a year".to_owned(),
        (all, None) => format!("kept all of {all} promises to pay"),
        (all, Some(last)) => format!(
            "broke {} of {all} promises to pay, the last of {} by {}",
            broken.len(),
            last.amount,
            last.by
        ),
    };
    let count = i64::try_from(broken.len()).ok();
    Found {
        measure: count,
        value: count,
        baseline: Some(0),
        window: Some(WINDOW),
        n: due.len(),
        sentence,
        step: "call: agree on a day of payment, and ask what stands in its way".into(),
        evidence: broken.iter().rev().take(5).map(|it| look.event(it.version.0)).collect(),
        ..Found::default()
    }
}
