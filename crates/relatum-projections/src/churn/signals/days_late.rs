//! Payments that are later than they used to be.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use relatum_domain::signals::SignalKind;

use crate::churn::look::{HABIT, Look, last};
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

/// How far back "lately" goes.
const LATELY: u32 = 180;
/// Earlier payments that make a habit.
const FEWEST: usize = 3;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::DaysLate, unit: "days", find };

/// Mean days late of what was paid lately and of what is overdue now, against what was paid before.
fn find(look: &Look<'_>) -> Found {
    let Some(ledger) = look.ledger() else { return Found::unknown("nothing was invoiced") };
    let today = look.view.as_of;
    let receipts = look.receipts();
    let since = look.since(LATELY);
    let is_recent = |day: NaiveDate| day >= since;
    let late = |days: i64| days.max(0);
    let before: Vec<i64> =
        receipts.iter().filter(|it| !is_recent(it.day)).map(|it| late(it.days_late())).collect();
    let before = last(&before, HABIT);
    let overdue: Vec<(i64, u64)> = ledger
        .open_items(today)
        .iter()
        .filter(|item| item.open.is_positive() && item.open != item.disputed)
        .map(|item| (look.age(item.due), item.version))
        .filter(|(days, _)| *days > 0)
        .collect();
    let paid = receipts.iter().filter(|it| is_recent(it.day));
    let mut recent: Vec<i64> = paid.clone().map(|it| late(it.days_late())).collect();
    recent.extend(overdue.iter().map(|(days, _)| *days));
    let Some(value) = mean(&recent) else {
        return Found::unknown("nothing was paid or overdue lately");
    };
    let baseline = mean(before).filter(|_| before.len() >= FEWEST);
    let mut worst: Vec<(i64, u64)> = paid.map(|it| (it.days_late(), it.version.0)).collect();
    worst.extend(&overdue);
    worst.sort_unstable_by(|left, right| right.cmp(left));
    // A payment of several documents is one event, and so is an invoice in instalments.
    let mut named = BTreeSet::new();
    worst.retain(|(_, version)| named.len() < 3 && named.insert(*version));
    let open = match overdue.len() {
        0 => String::new(),
        1 => ", 1 item overdue now".to_owned(),
        several => format!(", {several} items overdue now"),
    };
    let usual = baseline.map_or(String::new(), |days| format!("; before that {days}"));
    Found {
        measure: baseline.map(|baseline| (value - baseline).max(0)),
        value: Some(value),
        baseline,
        window: Some(LATELY),
        n: recent.len(),
        sentence: format!("pays {} late{usual}{open}", in_words(value)),
        step: "call accounts payable: is it a dispute, or money?".into(),
        evidence: worst.iter().map(|(_, version)| look.event(*version)).collect(),
        ..Found::default()
    }
}

/// The mean, rounded down.
fn mean(values: &[i64]) -> Option<i64> {
    let count = i64::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().fold(0_i64, |sum, value| sum.saturating_add(*value)).div_euclid(count))
}
