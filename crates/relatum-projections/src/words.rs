//! Counts and kinds in sentences.

use relatum_domain::event::activity::{ActivityKind, Outcome};

/// A number of days, in words.
pub(crate) fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// A kind of activity, in words.
pub(crate) const fn kind_of(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Call => "call",
        ActivityKind::Visit => "visit",
        ActivityKind::Meeting => "meeting",
        ActivityKind::Training => "training",
        ActivityKind::Merchandising => "merchandising",
    }
}

/// What came of an activity, in words.
pub(crate) const fn outcome_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotReached => "not reached",
        Outcome::Neutral => "neutral",
        Outcome::Positive => "positive",
        Outcome::Negative => "negative",
    }
}
