//! Calls, visits and other activities.

use relatum_stream::{EventRef, Version};

use super::{Row, legal, row};
use crate::event::Event;
use crate::event::activity::{
    ActivityCancelled, ActivityHeld, ActivityKind, ActivityPlanned, ActivityRescheduled, Outcome,
};
use crate::event::correction::EventVoided;
use crate::ids::ActivityId;
use crate::testing::given;
use crate::words::{acme, day, id, on, opened};

/// On three Tuesdays.
fn weekly() -> ActivityPlanned {
    recurs("FREQ=WEEKLY;COUNT=3")
}

fn recurs(rule: &str) -> ActivityPlanned {
    ActivityPlanned { recurrence: Some(rule.to_owned()), ..planned() }
}

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
        recurrence: None,
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
            "recurrence_unreadable",
            "`COUNT=3` is no recurrence rule (RRule parsing error: The property `FREQ` wasn't \
             found, and it is required.); write one such as FREQ=WEEKLY;COUNT=10",
            [],
            on("01-01", recurs("COUNT=3")),
        ),
        row(
            "recurrence_endless",
            "`FREQ=WEEKLY` never ends; add COUNT or UNTIL",
            [],
            on("01-01", recurs("FREQ=WEEKLY")),
        ),
        row(
            "recurrence_first_day",
            "`FREQ=WEEKLY;BYDAY=FR;COUNT=2` has no occurrence on 2026-02-10, its first day",
            [],
            on("01-01", recurs("FREQ=WEEKLY;BYDAY=FR;COUNT=2")),
        ),
        row(
            "recurrence_first_day",
            "`FREQ=WEEKLY;UNTIL=20260101` has no occurrence on 2026-02-10, its first day",
            [],
            on("01-01", recurs("FREQ=WEEKLY;UNTIL=20260101")),
        ),
        row(
            "occurrence_missing",
            format!("activity {visit} recurs: say by its planned day which occurrence is meant"),
            [on("01-01", weekly())],
            on("02-10", held(None)),
        ),
        row(
            "occurrence_unknown",
            format!("activity {visit} has no occurrence that was planned for 2026-02-11"),
            [on("01-01", weekly())],
            on("02-10", held(Some("02-11"))),
        ),
        row(
            "series_over",
            format!("of activity {visit} nothing is to come after 2026-03-01 that could be moved"),
            [on("01-01", weekly())],
            on("03-01", rescheduled(None)),
        ),
        row(
            "series_overtakes",
            format!(
                "activity {visit} would come to lie on 2026-02-12, where 2026-02-17 stays before it"
            ),
            [on("01-01", weekly())],
            on("02-18", rescheduled(None)),
        ),
        row(
            "occurrence_over",
            format!("activity {visit} on 2026-02-17 is over"),
            [on("01-01", weekly()), on("02-17", held(Some("02-17")))],
            on("02-18", cancelled(Some("02-17"))),
        ),
        row(
            "occurrence_over",
            format!("activity {visit} on 2026-02-24 is over"),
            [on("01-01", weekly()), on("02-18", cancelled(None))],
            on("02-24", held(Some("02-24"))),
        ),
    ]
}

#[test]
fn an_activity_may_be_held_unplanned_and_a_series_occurrence_by_occurrence() {
    legal([on("01-01", held(None))]);
    legal([
        on("01-01", weekly()),
        on("02-01", rescheduled(Some("02-10"))),
        on("02-12", held(Some("02-10"))),
        on("02-16", cancelled(Some("02-17"))),
        on("02-24", held(Some("02-24"))),
        on("02-25", cancelled(None)),
    ]);
}

#[test]
fn a_series_moved_as_a_whole_goes_by_its_new_days() {
    legal([
        on("01-01", weekly()),
        on("02-10", held(Some("02-10"))),
        // The next one is that of the 17th.
        on("02-11", rescheduled(None)),
        on("02-12", held(Some("02-12"))),
        on("02-19", held(Some("02-19"))),
    ]);
}

#[test]
fn an_amendment_stands_where_what_it_replaces_stood() {
    let third = |event: Event, of: u64| {
        let amends = Some(EventRef::new(acme(), Version(of)));
        Event { amends, ..event }
    };
    let story =
        || [on("01-01", planned()), on("02-01", rescheduled(None)), on("02-12", held(None))];
    // A typing error in the plan, in the move, and in the record of what was held.
    for (event, of) in [
        (on("01-01", planned()), 1),
        (on("02-01", rescheduled(None)), 2),
        (on("02-12", held(None)), 3),
    ] {
        given(acme(), story()).when(third(event, of)).then_accepted();
    }
    // Moved to the 19th before it was held: what was held stays held once that is amended.
    let series = [
        on("01-01", weekly()),
        on("02-11", ActivityRescheduled { day: day("02-19"), ..rescheduled(None) }),
        on("02-19", held(Some("02-19"))),
    ];
    let again = ActivityRescheduled {
        day: day("02-19"),
        reason: Some("the client asked for it".into()),
        ..rescheduled(None)
    };
    let amended = given(acme(), series).when(third(on("02-11", again), 2)).then_accepted();
    amended.when(on("02-20", held(Some("02-19")))).then_refused("occurrence_over");
}

#[test]
fn what_is_left_of_a_plan_that_never_was_does_not_stand_in_the_way() {
    let void = EventVoided { event: EventRef::new(acme(), Version(1)), reason: "a mistake".into() };
    let story = [on("01-01", planned()), on("02-01", rescheduled(None)), on("02-02", void)];
    given(acme(), story).when(on("02-12", held(None))).then_accepted();
}

#[test]
fn a_plan_for_a_day_that_has_passed_is_taken_and_looks_odd() {
    let late = on("02-11", planned());
    let nothing = given(acme(), []);
    let odd = nothing.and(acme(), [on("01-01", opened())]);
    let found = odd.state().odd(&late).map(|odd| (odd.code(), odd.to_string()));
    let words = "it was planned for 2026-02-10, which had passed when it was told, on 2026-02-11";
    assert_eq!(found, Some(("planned_in_the_past", words.to_owned())));
    assert_eq!(odd.state().odd(&on("02-10", planned())), None);
    odd.when(late).then_accepted();
}
