//! Signals of what is said: offers, complaints, contracts, contacts, usage; at their thresholds.

use relatum_domain::event::account::{ContactAdded, ContactLeft};
use relatum_domain::event::activity::{ActivityHeld, ActivityKind, Outcome};
use relatum_domain::event::offer::OfferAccepted;
use relatum_domain::event::policy::SignalKind::{
    Complaints, Contact, Contract, KeyContact, MissedVisits, Offers, Usage,
};
use relatum_domain::event::voice::{ComplaintResolved, RatingGiven, UsageStated};
use relatum_domain::{
    ActivityId, ComplaintId, ContactId, ContractId, Derived as _, OfferId, Personal,
};

use super::*;
use crate::generated::{complaint, manager, offered, opened, planned, signed};
use crate::raw::{pieces, worth};

#[test]
fn an_offer_waits_longer_than_answers_take() {
    let (mut raw, who) = (Raw::default(), account(1));
    let offer = |number: i64| OfferId::derived("test", &number.to_string());
    // Three answers: after 8, 10 and 12 days.
    for (at, days) in [(1, 8), (2, 10), (3, 12)] {
        raw.on(at * 30, who, offered(offer(at), worth(1), at * 30 + 60));
        raw.on(at * 30 + days, who, OfferAccepted { offer: offer(at), version: None });
    }
    assert_eq!(found(&raw, 140, Offers), (Usual, None, None, None), "none waits");
    raw.on(150, who, offered(offer(4), worth(1), 190));
    let state = |on| found(&raw, on, Offers);
    assert_eq!(state(165), (Usual, Some(100), Some(15), Some(10)), "5 days more are nothing");
    assert_eq!(state(170), (Watch, Some(200), Some(20), Some(10)));
    assert_eq!(state(180), (Alert, Some(300), Some(30), Some(10)));
    assert_eq!(state(195).0, Alert, "it lapsed without an answer");
    assert_eq!(state(230).0, Usual, "long ago");
    // Somebody without answers of their own is held against those of the book.
    raw.on(150, account(2), offered(OfferId::derived("test", "other"), worth(1), 190));
    let other = signal(&raw, account(2), 170, Offers);
    assert_eq!((other.state, other.baseline, other.n), (Watch, Some(10), 0));
}

#[test]
fn complaints_that_are_open_or_come_again() {
    let (mut raw, who) = (Raw::default(), account(1));
    let id = |number: u64| ComplaintId::derived("test", &number.to_string());
    let resolved = |number| ComplaintResolved {
        complaint: id(number),
        resolution: "replaced".to_owned(),
        satisfied: None,
    };
    raw.on(0, who, opened("One"));
    raw.on(10, who, complaint(id(1)));
    let state = |raw: &Raw, on| found(raw, on, Complaints);
    assert_eq!(state(&raw, 9), (Usual, Some(0), Some(0), Some(0)));
    assert_eq!(state(&raw, 24), (Watch, Some(1), Some(1), Some(0)));
    assert_eq!(state(&raw, 25), (Alert, Some(2), Some(1), Some(0)), "open for long");
    raw.on(30, who, resolved(1));
    assert_eq!(state(&raw, 30).0, Usual);
    raw.on(60, who, complaint(id(2)));
    raw.on(61, who, resolved(2));
    assert_eq!(state(&raw, 61), (Watch, Some(1), Some(0), Some(0)), "the same cause again");
    assert_eq!(signal(&raw, who, 61, Complaints).evidence.len(), 2);
    assert_eq!(state(&raw, 152).0, Usual, "three months later it is over");
}

#[test]
fn a_contract_ends_and_nobody_talks() {
    let (mut raw, who) = (Raw::default(), account(1));
    assert_eq!(found(&Raw::default().with_opened(), 5, Contract).0, InsufficientData);
    raw.on(0, who, signed(ContractId::derived("test", "1"), 0, Some(365)));
    let state = |raw: &Raw, on| found(raw, on, Contract);
    assert_eq!(state(&raw, 274), (Usual, Some(91), Some(91), None));
    assert_eq!(state(&raw, 275), (Watch, Some(90), Some(90), None));
    assert_eq!(state(&raw, 335).0, Alert);
    assert_eq!(state(&raw, 400).0, Alert, "it ended, and no other followed");
    assert_eq!(state(&raw, 457).0, InsufficientData);
    raw.on(330, who, offered(OfferId::derived("test", "1"), worth(1), 360));
    assert_eq!(state(&raw, 335), (Usual, None, Some(30), None), "there is an offer");
    assert_eq!(state(&raw, 361).0, Alert, "the offer has lapsed");
}

#[test]
fn a_contract_that_is_followed_by_another_is_no_risk() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, signed(ContractId::derived("test", "1"), 0, Some(120)));
    let risk = |raw: &Raw| line_of(raw, who, &View::as_of(day(100))).unwrap().contract;
    let alone = risk(&raw).unwrap();
    assert_eq!((alone.ended, alone.renewed, alone.risk_bp), (0, 0, 5_000), "nothing is known");
    raw.on(90, who, signed(ContractId::derived("test", "2"), 121, Some(500)));
    let next = risk(&raw).unwrap();
    assert_eq!((next.ends, next.risk_bp), (day(500), 0));
    raw.on(90, who, signed(ContractId::derived("test", "3"), 121, None));
    assert_eq!(risk(&raw), None, "one runs on without an end");
    // Another client's contract ended long ago and nothing followed, a third's was renewed.
    let mut raw = Raw::default();
    raw.on(0, account(2), signed(ContractId::derived("test", "a"), -300, Some(-90)));
    raw.on(0, account(3), signed(ContractId::derived("test", "b"), -300, Some(-60)));
    raw.on(0, account(3), signed(ContractId::derived("test", "c"), -59, Some(800)));
    raw.on(0, who, signed(ContractId::derived("test", "1"), 0, Some(120)));
    let of = risk(&raw).unwrap();
    assert_eq!((of.ended, of.renewed, of.risk_bp), (2, 1, 5_000));
}

fn talked(days: &[(i64, Outcome)]) -> Raw {
    let mut raw = Raw::default();
    for (number, (on, outcome)) in days.iter().enumerate() {
        let activity = ActivityId::derived("test", &number.to_string());
        let held = ActivityHeld::new(activity, ActivityKind::Call, manager(1), *outcome);
        raw.on(*on, account(1), held);
    }
    raw
}

#[test]
fn silence_on_both_sides() {
    use Outcome::{Neutral, NotReached, Positive};
    let mut raw = talked(&[(0, Neutral), (10, Positive), (20, Positive), (48, NotReached)]);
    let state = |raw: &Raw, on| found(raw, on, Contact);
    assert_eq!(state(&raw, 49), (Usual, Some(100), Some(29), Some(10)), "not a month yet");
    assert_eq!(state(&raw, 50), (Alert, Some(300), Some(30), Some(10)));
    assert_eq!(found(&Raw::default().with_opened(), 9, Contact).0, InsufficientData);
    // What was planned and missed after the last contact, in a row.
    let missed = |raw: &Raw, on| found(raw, on, MissedVisits);
    assert_eq!(missed(&raw, 49), (Usual, Some(1), Some(1), Some(0)), "a call reached nobody");
    for (number, on) in [(8, 52), (9, 55)] {
        let activity = ActivityId::derived("test", &number.to_string());
        raw.on(49, account(1), planned(activity, manager(1), on));
    }
    assert_eq!(missed(&raw, 52).0, Usual, "the day is not over");
    assert_eq!(missed(&raw, 53), (Watch, Some(2), Some(2), Some(0)));
    assert_eq!(missed(&raw, 56), (Alert, Some(3), Some(3), Some(0)));
    let held = ActivityHeld::new(
        ActivityId::derived("test", "10"),
        ActivityKind::Visit,
        manager(1),
        Neutral,
    );
    raw.on(57, account(1), held);
    assert_eq!(missed(&raw, 57).1, Some(0));
}

#[test]
fn a_key_contact_leaves() {
    let (mut raw, who) = (Raw::default(), account(1));
    let id = |number: u64| ContactId::derived("test", &number.to_string());
    let added = |number, key| ContactAdded {
        contact: id(number),
        name: Personal::about(id(number), "A. Person"),
        role: Some("buyer".to_owned()),
        email: None,
        phone: None,
        key,
    };
    raw.on(0, who, added(1, true));
    raw.on(0, who, added(2, true));
    raw.on(0, who, added(3, false));
    let state = |raw: &Raw, on| found(raw, on, KeyContact);
    assert_eq!(state(&raw, 5), (Usual, Some(0), None, None));
    raw.on(10, who, ContactLeft { contact: id(3) });
    assert_eq!(state(&raw, 10).0, Usual, "no key contact");
    raw.on(20, who, ContactLeft { contact: id(1) });
    assert_eq!(state(&raw, 20), (Watch, Some(1), Some(1), Some(1)));
    let gone = raw.on(30, who, ContactLeft { contact: id(2) });
    assert_eq!(state(&raw, 30), (Alert, Some(2), Some(2), Some(0)));
    let said = signal(&raw, who, 33, KeyContact);
    assert_eq!(said.sentence, "a key contact (buyer) left 3 days ago; nobody has followed");
    assert_eq!(said.evidence[0], gone);
    assert_eq!(state(&raw, 212).0, Alert, "half a year later still nobody is there");
    raw.on(213, who, added(4, true));
    assert_eq!(state(&raw, 213).0, Usual);
}

#[test]
fn usage_falls_below_its_level() {
    let (mut raw, who) = (Raw::default(), account(1));
    let mut used = |from: i64, number| {
        raw.on(
            from + 30,
            who,
            UsageStated {
                product: "pump".to_owned(),
                since: day(from),
                quantity: pieces(number),
                unit: None,
            },
        );
    };
    [(0, 300), (30, 330), (60, 270), (90, 600)].into_iter().for_each(|(from, it)| used(from, it));
    used(120, 240);
    used(150, 150);
    let state = |on| found(&raw, on, Usage);
    assert_eq!(state(95).0, InsufficientData, "three statements are no level and a value");
    assert_eq!(state(120), (Usual, Some(0), Some(20_000), Some(10_000)));
    // 8 a day against 9, 10, 11 and 20.
    assert_eq!(state(150), (Watch, Some(20), Some(8_000), Some(10_000)));
    // 5 a day against 8, 9, 11 and 20.
    assert_eq!(state(180), (Alert, Some(44), Some(5_000), Some(9_000)));
}

#[test]
fn a_rating_stands_beside_and_moves_nothing() {
    let (mut raw, who) = (Raw::default(), account(1));
    buys(&mut raw, 1, every(20, 10));
    let view = View::as_of(day(230));
    let before = line_of(&raw, who, &view).unwrap();
    let rated = |rating| RatingGiven { manager: manager(1), rating, scale: 5, reason: None };
    raw.on(200, who, rated(5));
    let last = raw.on(210, who, rated(1));
    raw.on(240, who, rated(3));
    let after = line_of(&raw, who, &view).unwrap();
    let rating = after.rating.clone().unwrap();
    assert_eq!((rating.rating, rating.scale, rating.event), (1, 5, last));
    assert_eq!(ChurnLine { rating: None, ..after }, before);
}
