//! Silence on both sides: no call or visit at which anybody was reached.

use chrono::NaiveDate;
use relatum_domain::signals::SignalKind;
use relatum_stream::EventRef;

use crate::churn::look::{HABIT, Look, gaps, last, median, per_cent};
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

/// Days with contact that make a habit.
const FEWEST: usize = 3;
/// Days of silence that are nothing.
const NOTHING: i64 = 30;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Contact, unit: "days", find };

fn find(look: &Look<'_>) -> Found {
    let lines = look.activities();
    let contacts = lines.iter().filter(|it| it.is_contact());
    let mut days: Vec<(NaiveDate, EventRef)> =
        contacts.map(|it| (it.held_on.unwrap_or(it.day), it.event)).collect();
    days.dedup_by_key(|it| it.0);
    let Some(&(latest, event)) = days.last() else {
        return Found::unknown("no contact is recorded");
    };
    let value = look.age(latest);
    let only: Vec<NaiveDate> = last(&days, HABIT + 1).iter().map(|it| it.0).collect();
    let usual = median(&gaps(&only)).filter(|_| only.len() >= FEWEST);
    let ago = format!("last contact {} ago", in_words(value));
    let found = Found {
        value: Some(value),
        baseline: usual,
        n: only.len(),
        step: "call: there has been no contact for long".into(),
        evidence: vec![event],
        ..Found::default()
    };
    let Some(usual) = usual else {
        return Found { sentence: format!("{ago}; too few to judge"), ..found };
    };
    let measure = per_cent(value.into(), usual.max(1).into());
    Found {
        measure: Some(if value < NOTHING { measure.min(100) } else { measure }),
        sentence: format!("{ago}; usually every {}", in_words(usual)),
        ..found
    }
}
