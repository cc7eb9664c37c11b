//! Offers and the answers to them.

use super::{Row, legal, row};
use crate::event::line::Line;
use crate::event::offer::{OfferAccepted, OfferDeclined, OfferMade, OfferRevised, OfferWithdrawn};
use crate::ids::OfferId;
use crate::money::Value;
use crate::words::{day, id, line, on, value};

fn made<const N: usize>(lines: [Line; N], net: &str, valid_until: &str) -> OfferMade {
    OfferMade {
        offer: id("offer"),
        number: "A-1".into(),
        opportunity: None,
        manager: None,
        lines: lines.into(),
        net: value(net),
        valid_until: day(valid_until),
        terms: None,
    }
}

fn plain() -> OfferMade {
    made([line("lamp", "2", "20")], "20", "01-31")
}

fn revised(version: u32) -> OfferRevised {
    OfferRevised {
        offer: id("offer"),
        version,
        lines: vec![line("lamp", "2", "19")],
        net: value("19"),
        valid_until: day("02-28"),
        terms: None,
    }
}

fn accepted(version: Option<u32>) -> OfferAccepted {
    OfferAccepted { offer: id("offer"), version }
}

fn declined() -> OfferDeclined {
    OfferDeclined { offer: id("offer"), reason: None, competitor: None }
}

fn withdrawn() -> OfferWithdrawn {
    OfferWithdrawn { offer: id("offer"), reason: None }
}

pub(super) fn rows() -> Vec<Row> {
    let offer: OfferId = id("offer");
    let start = || on("01-01", plain());
    let closed = |how: &str| format!("offer {offer} is closed: it was {how}");
    let mut dollars = plain();
    dollars.lines[0].net = Value::parse("20", "USD".parse().unwrap()).unwrap();
    let mut huge = plain();
    huge.lines = vec![line("lamp", "1", "9000000000000"), line("lamp", "1", "9000000000000")];
    vec![
        row(
            "offer_exists",
            format!("offer {offer} already exists"),
            [start()],
            on("01-02", plain()),
        ),
        row(
            "offer_unknown",
            format!("offer {offer} is not known"),
            [],
            on("01-02", accepted(None)),
        ),
        row(
            "offer_closed",
            closed("accepted"),
            [start(), on("01-02", accepted(None))],
            on("01-03", declined()),
        ),
        row(
            "offer_closed",
            closed("declined"),
            [start(), on("01-02", declined())],
            on("01-03", accepted(None)),
        ),
        row(
            "offer_closed",
            closed("withdrawn"),
            [start(), on("01-02", withdrawn())],
            on("01-03", revised(2)),
        ),
        row(
            "offer_without_lines",
            "an offer needs at least one line",
            [],
            on("01-01", made([], "0", "01-31")),
        ),
        row(
            "offer_net_differs",
            "the lines sum to 20.00 EUR, the offer states 20.01 EUR",
            [],
            on("01-01", made([line("lamp", "2", "20")], "20.01", "01-31")),
        ),
        row(
            "offer_amount",
            "EUR and USD cannot be combined without a stated rate",
            [],
            on("01-01", dollars),
        ),
        row(
            "offer_amount",
            "`9000000000000.00 EUR + 9000000000000.00 EUR` is beyond the largest amount that can \
             be kept",
            [],
            on("01-01", huge),
        ),
        row(
            "offer_ends_before_start",
            "it is valid until 2026-01-31, before its own day 2026-02-01",
            [],
            on("02-01", plain()),
        ),
        row(
            "offer_version",
            format!("the next version of offer {offer} is 2, not 3"),
            [start()],
            on("01-02", revised(3)),
        ),
        row(
            "offer_version_replaced",
            format!("offer {offer} is at version 2; version 1 cannot be accepted"),
            [start(), on("01-02", revised(2))],
            on("01-03", accepted(Some(1))),
        ),
        row(
            "offer_lapsed",
            format!("offer {offer} lapsed on 2026-01-31; it cannot be accepted on 2026-02-01"),
            [start()],
            on("02-01", accepted(None)),
        ),
    ]
}

#[test]
fn an_offer_is_accepted_up_to_its_last_day_at_its_last_version() {
    legal([on("01-01", plain()), on("01-31", accepted(Some(1)))]);
    legal([on("01-01", plain()), on("01-20", revised(2)), on("02-28", accepted(Some(2)))]);
    // Revised after it lapsed, and taken back.
    legal([on("01-01", plain()), on("02-10", revised(2)), on("02-11", withdrawn())]);
    // Valid on its own day only.
    legal([on("01-31", plain()), on("01-31", declined())]);
}

#[test]
fn six_digits_foot_exactly() {
    let lines = [line("wire", "3", "0.333333"), line("wire", "3", "0.666667")];
    legal([on("01-01", made(lines, "1", "01-31"))]);
}
