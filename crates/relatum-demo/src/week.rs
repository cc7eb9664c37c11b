//! What is planned from today on, and what was missed on the last working day.

use relatum_domain::event::activity::ActivityKind;

use crate::activities::{Plan, planned};
use crate::desk::Desk;
use crate::story::StoryLine as S;

/// The week's plan for the `rank`-th account of its manager, from 0.
pub(crate) fn write(desk: &mut Desk<'_>, rank: u32) {
    let (kind, days, purpose) = match rank {
        0 => (ActivityKind::Call, 0, "order of the month"),
        1 => (ActivityKind::Visit, 0, "prices of next year"),
        2 => (ActivityKind::Call, 1, "open deliveries"),
        3 => (ActivityKind::Visit, 2, "stock review"),
        4 => (ActivityKind::Meeting, 3, "new products"),
        5 => (ActivityKind::Training, 4, "fitting and maintenance"),
        _ => (ActivityKind::Call, 8, "order of the month"),
    };
    // Planned before the manager went away; the deputy inherits it.
    let plan = Plan { kind, day: desk.span.ahead(days), ahead: 12, purpose };
    planned(desk, plan);
}

/// Whether the account is in anybody's plan for the coming days.
pub(crate) const fn is_planned(story: S) -> bool {
    !matches!(story, S::NoContact | S::Insolvent | S::Lapsing)
}

/// A visit that was to take place on the last working day; nothing was heard of it.
pub(crate) fn missed(desk: &mut Desk<'_>) {
    if desk.who.story == S::MissedVisit {
        let plan = Plan {
            kind: ActivityKind::Visit,
            day: desk.span.close,
            ahead: 9,
            purpose: "settlement of open items",
        };
        planned(desk, plan);
    }
}
