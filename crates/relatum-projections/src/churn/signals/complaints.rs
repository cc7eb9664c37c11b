//! Complaints that are open, or come again.

use std::collections::{BTreeMap, BTreeSet};

use relatum_domain::ComplaintId;
use relatum_domain::signals::SignalKind;

use crate::churn::look::Look;
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

/// How far back a cause is remembered, and how recently it must have come again.
const WINDOW: u32 = 365;
const AGAIN: i64 = 91;
/// Days after which an open complaint counts twice.
const LONG: i64 = 14;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Complaints, unit: "complaints", find };

fn find(look: &Look<'_>) -> Found {
    let of = look.behaviour;
    let over = of.resolved.iter().filter(|(stamp, _)| look.shows(*stamp));
    let over: BTreeSet<ComplaintId> = over.map(|(_, complaint)| *complaint).collect();
    let made: Vec<_> = of.complaints.iter().filter(|it| look.shows(it.stamp)).collect();
    let open: Vec<_> = made.iter().filter(|it| !over.contains(&it.id)).collect();
    let ages: Vec<i64> = open.iter().map(|it| look.age(it.stamp.effective())).collect();
    let (from, mut by_cause) = (look.since(WINDOW), BTreeMap::<&str, Vec<i64>>::new());
    for it in made.iter().filter(|it| it.stamp.effective() >= from) {
        by_cause.entry(&it.cause).or_default().push(look.age(it.stamp.effective()));
    }
    let again =
        by_cause.iter().filter(|(_, ages)| ages.len() > 1 && ages.iter().any(|age| *age <= AGAIN));
    let again: Vec<(&str, usize)> = again.map(|(cause, ages)| (*cause, ages.len())).collect();
    let oldest = ages.iter().max().copied().unwrap_or(0);
    let mut told = Vec::new();
    match open.as_slice() {
        [] => {}
        [only] => {
            told.push(format!("complaint about {} open for {}", only.cause, in_words(oldest)));
        }
        several => told.push(format!(
            "{} complaints open, the oldest for {}",
            several.len(),
            in_words(oldest)
        )),
    }
    told.extend(
        again.iter().map(|(cause, times)| format!("{times} complaints about {cause} in a year")),
    );
    let long = ages.iter().filter(|age| **age > LONG).count();
    let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
    let named = again.iter().map(|(cause, _)| *cause).collect::<BTreeSet<_>>();
    let told_by = made.iter().filter(|it| {
        !over.contains(&it.id)
            || (named.contains(it.cause.as_str()) && it.stamp.effective() >= from)
    });
    let mut evidence: Vec<u64> = told_by.map(|it| it.stamp.version).collect();
    evidence.dedup();
    Found {
        measure: Some(count(open.len() + long + again.len())),
        value: Some(count(open.len())),
        baseline: Some(0),
        window: Some(WINDOW),
        n: made.len(),
        sentence: if told.is_empty() { "no complaint is open".to_owned() } else { told.join(", ") },
        step: match open.len() {
            0 => "ask whether it is settled now, and why it came again".into(),
            _ => "settle the complaint first: tell the client by when, and who does it".into(),
        },
        evidence: evidence.into_iter().rev().take(5).map(|it| look.event(it)).collect(),
        ..Found::default()
    }
}
