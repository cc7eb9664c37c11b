//! What was planned and did not come about, time after time.

use relatum_domain::signals::SignalKind;

use crate::activities::ActivityState;
use crate::churn::look::Look;
use crate::churn::signal::{Found, Sign};
use crate::words::kind_of;

const WINDOW: u32 = 91;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::MissedVisits, unit: "activities", find };

fn find(look: &Look<'_>) -> Found {
    let from = look.since(WINDOW);
    let lately: Vec<_> = look
        .activities()
        .iter()
        .filter(|it| it.held_on.unwrap_or(it.day) >= from && it.state != ActivityState::Planned)
        .collect();
    if lately.is_empty() {
        return Found { window: Some(WINDOW), ..Found::unknown("nothing was planned lately") };
    }
    let missed: Vec<_> = lately.iter().rev().take_while(|it| !it.is_contact()).collect();
    let sentence = match missed.as_slice() {
        [] => "what was planned last came about".to_owned(),
        [only] => format!("the last {} did not come about", kind_of(only.kind)),
        several => format!("the last {} calls and visits did not come about", several.len()),
    };
    let count = i64::try_from(missed.len()).ok();
    Found {
        measure: count,
        value: count,
        baseline: Some(0),
        window: Some(WINDOW),
        n: lately.len(),
        sentence,
        step: "fix a new date, and hold it".into(),
        evidence: missed.iter().take(5).map(|it| it.event).collect(),
        ..Found::default()
    }
}
