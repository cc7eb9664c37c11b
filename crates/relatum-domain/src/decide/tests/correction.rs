//! Voids and amendments.

use crate::Policies;
use relatum_stream::{EventRef, Version};

use super::{Row, legal, row};
use crate::View;
use crate::event::correction::EventVoided;
use crate::testing::given;
use crate::words::{acme, amending, at, child, eur, invoice, on, opened, paid, to, voided};

pub(super) fn rows() -> Vec<Row> {
    let start = || on("01-01", invoice("I1", 100_00));
    let elsewhere = EventRef::new(child(), Version(1));
    let foreign = EventVoided { event: elsewhere, reason: "mistake".into() };
    let void = format!("{} is already void", at(1));
    let amended = || amending(1, on("01-02", invoice("I1", 90_00)));
    vec![
        row(
            "foreign_event",
            format!("{elsewhere} is in another stream; correct it there"),
            [start()],
            on("01-02", foreign),
        ),
        row(
            "event_unknown",
            format!("{} is not there: the stream ends at version 1", at(2)),
            [start()],
            on("01-02", voided(2)),
        ),
        row(
            "event_unknown",
            format!("{} is not there: the stream ends at version 1", at(0)),
            [start()],
            on("01-02", voided(0)),
        ),
        row("already_void", &void, [start(), on("01-02", voided(1))], on("01-03", voided(1))),
        row("already_void", &void, [start(), on("01-02", voided(1))], amended()),
        row("already_void", &void, [start(), amended()], amended()),
        // What an amendment says is checked like anything else.
        row(
            "gross_not_positive",
            "gross is 0.00 EUR; it must be above zero",
            [start()],
            amending(1, on("01-02", invoice("I1", 0))),
        ),
    ]
}

#[test]
fn a_void_is_voided_and_what_it_voided_holds_again() {
    legal([
        on("01-01", opened()),
        on("01-02", invoice("I1", 100_00)),
        on("01-03", voided(2)),
        on("01-04", voided(3)),
        on("01-05", paid("P1", 100_00, [to("I1", 100_00)])),
        on("01-06", voided(2)),
    ]);
}

#[test]
fn a_voided_amendment_gives_the_first_version_back() {
    let given = given(acme(), [on("01-01", invoice("I1", 100_00))])
        .when(amending(1, on("01-02", invoice("I1", 90_00))))
        .then_accepted()
        .when(amending(2, on("01-03", invoice("I1", 80_00))))
        .then_accepted()
        .when(on("01-04", voided(3)))
        .then_accepted();
    let open = given.state().book().open_items(&View::latest(), &Policies::default());
    assert_eq!(open[0].open, eur(90_00));
    let given = given.when(on("01-05", voided(2)));
    let given = given.then_accepted();
    let open = given.state().book().open_items(&View::latest(), &Policies::default());
    assert_eq!(open[0].open, eur(100_00));
}
