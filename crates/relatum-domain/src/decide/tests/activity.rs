//! Calls, visits and other activities.

use super::{Row, legal, row};
use crate::event::activity::{
    ActivityCancelled, ActivityHeld, ActivityKind, ActivityPlanned, ActivityRescheduled, Outcome,
};
use crate::ids::ActivityId;
use crate::words::{day, id, on};

fn planned() -> ActivityPlanned {
    ActivityPlanned {
        activity: id("visit"),
        kind: ActivityKind::Visit,
        manager: id("mira"),
        day: day("02-10"),
        starts: None,
        minutes: None,
        purpose: None,
        note: None,
        contacts: Vec::new(),
        recurrence: Some("FREQ=WEEKLY;COUNT=3".into()),
    }
}

fn rescheduled(occurrence: Option<&str>) -> ActivityRescheduled {
    ActivityRescheduled {
        activity: id("visit"),
        occurrence: occurrence.map(day),
        day: day("02-12"),
        starts: None,
        reason: None,
    }
}

fn cancelled(occurrence: Option<&str>) -> ActivityCancelled {
    ActivityCancelled { activity: id("visit"), occurrence: occurrence.map(day), reason: None }
}

fn held(occurrence: Option<&str>) -> ActivityHeld {
    ActivityHeld {
        activity: id("visit"),
        kind: ActivityKind::Visit,
        manager: id("mira"),
        occurrence: occurrence.map(day),
        outcome: Outcome::Positive,
        minutes: None,
        purpose: None,
        participants: Vec::new(),
        note: None,
        decisions: Vec::new(),
        actions: Vec::new(),
        next_step: None,
    }
}

pub(super) fn rows() -> Vec<Row> {
    let visit: ActivityId = id("visit");
    let over = |how: &str| format!("activity {visit} is over: it was {how}");
    vec![
        row(
            "activity_exists",
            format!("activity {visit} already exists"),
            [on("01-01", held(None))],
            on("01-02", planned()),
        ),
        row(
            "activity_unknown",
            format!("activity {visit} was not planned"),
            [],
            on("01-02", rescheduled(None)),
        ),
        row(
            "activity_unknown",
            format!("activity {visit} was not planned"),
            [],
            on("01-02", cancelled(None)),
        ),
        row(
            "activity_over",
            over("held"),
            [on("01-01", planned()), on("02-10", held(None))],
            on("02-11", held(None)),
        ),
        row(
            "activity_over",
            over("cancelled"),
            [on("01-01", planned()), on("02-01", cancelled(None))],
            on("02-02", rescheduled(Some("02-10"))),
        ),
        row(
            "occurrence_over",
            format!("activity {visit} on 2026-02-17 is over"),
            [on("01-01", planned()), on("02-17", held(Some("02-17")))],
            on("02-18", cancelled(Some("02-17"))),
        ),
    ]
}

#[test]
fn an_activity_may_be_held_unplanned_and_a_series_occurrence_by_occurrence() {
    legal([on("01-01", held(None))]);
    legal([
        on("01-01", planned()),
        on("02-01", rescheduled(Some("02-10"))),
        on("02-12", held(Some("02-10"))),
        on("02-16", cancelled(Some("02-17"))),
        on("02-24", held(Some("02-24"))),
        on("02-25", cancelled(None)),
    ]);
}
