//! Signals of what is bought, returned and paid, at their thresholds.

use relatum_domain::event::document::InvoiceIssued;
use relatum_domain::event::order::GoodsReturned;
use relatum_domain::event::policy::SignalKind::{
    Assortment, Cadence, DaysLate, OrderValue, Promises, Returns, Volume,
};
use relatum_domain::event::settlement::PromiseMade;
use relatum_domain::{Derived as _, DocumentId, EventBody, PaymentId, PromiseId, ReturnId};

use super::*;
use crate::aging::{invoice, paid, settles};
use crate::generated::returned;
use crate::raw::{euro, worth};

#[test]
fn silence_is_held_against_own_intervals() {
    let mut raw = Raw::default();
    buys(&mut raw, 1, every(20, 10));
    // Last on day 180. Regular within a gamma of mean 20 whose spread is shrunk: (0 + 3) / (9 + 3).
    let state = |on| found(&raw, on, Cadence);
    assert_eq!(state(199), (Usual, Some(100), Some(19), Some(20)));
    assert_eq!(state(213).1, Some(100), "not 14 days more than usual");
    assert_eq!(state(214), (Watch, Some(9), Some(34), Some(20)));
    let shape: f64 = 4.0;
    // The gamma of a whole shape has a tail in closed form: e^-x (1 + x + x²/2 + x³/6).
    let tail = |gap: f64| {
        let x = shape * gap / 20.0;
        (-x).exp() * (1.0 + x + x * x / 2.0 + x * x * x / 6.0)
    };
    for on in [214, 220, 230, 260] {
        let told = state(on).1.unwrap();
        assert_eq!(told, (100.0 * tail((on - 180) as f64)) as i64, "{on}");
    }
    assert_eq!(state(230).0, Alert);
    let mut few = Raw::default();
    buys(&mut few, 1, every(20, 5));
    let said = signal(&few, account(1), 200, Cadence);
    assert_eq!((said.state, said.n), (InsufficientData, 4), "four intervals, and no model");
    assert_eq!(found(&Raw::default().with_opened(), 5, Cadence).0, InsufficientData);
}

#[test]
fn a_policy_moves_thresholds_from_its_day_on() {
    let mut raw = Raw::default();
    buys(&mut raw, 1, every(20, 10));
    rule(&mut raw, 216, &[(Cadence, 5, 1)]);
    assert_eq!(found(&raw, 215, Cadence), (Watch, Some(8), Some(35), Some(20)));
    assert_eq!(found(&raw, 217, Cadence), (Usual, Some(6), Some(37), Some(20)));
}

#[test]
fn the_value_of_purchases_falls_or_does_not() {
    let falling = (0..10).map(|at| (at * 30, 1_000 - 60 * at));
    let mut raw = Raw::default();
    buys(&mut raw, 1, falling);
    let (state, measure, value, _) = found(&raw, 280, OrderValue);
    // From 1,000 to 460 in an almost straight line of logarithms.
    assert_eq!(state, Alert);
    assert!((50..60).contains(&measure.unwrap()) && value == measure.map(|it| -it), "{measure:?}");
    let mut level = Raw::default();
    buys(&mut level, 1, (0..10).map(|at| (at * 30, 500 + (at % 2) * 100)));
    assert_eq!(found(&level, 280, OrderValue).0, Usual);
    let mut few = Raw::default();
    buys(&mut few, 1, every(30, 4));
    assert_eq!(found(&few, 100, OrderValue).0, InsufficientData);
}

#[test]
fn volume_is_held_against_the_same_days_a_year_ago() {
    let mut raw = Raw::default();
    // Busy from day 100 to 160 in both years, quiet between.
    let year = |from: i64, euros| [100, 120, 140, 160].map(|on| (from + on, euros));
    buys(
        &mut raw,
        1,
        [(-300, 500), (-30, 500)].into_iter().chain(year(-365, 500)).chain(year(0, 300)),
    );
    // On day 180 the quarter reaches from day 90 on; a year of 364 days ago the same days.
    assert_eq!(found(&raw, 180, Volume), (Watch, Some(40), Some(1_200), Some(2_000)));
    let mut young = Raw::default();
    buys(&mut young, 1, every(10, 28));
    // Bought from day 0 to 270. On day 330 the last quarter has 4 of what were 9 and 10 before.
    let (state, measure, value, baseline) = found(&young, 330, Volume);
    assert_eq!((state, value, baseline), (Watch, Some(400), Some(900)));
    assert_eq!(measure, Some(55));
    let mut few = Raw::default();
    buys(&mut few, 1, [(0, 100), (50, 100)]);
    assert_eq!(found(&few, 300, Volume).0, InsufficientData);
}

#[test]
fn goods_that_were_regular_are_missed() {
    let mut raw = Raw::default();
    for at in 0..12 {
        buys_goods(&mut raw, 1, at * 30, if at < 6 { &["bolt", "nut", "seal"] } else { &["bolt"] });
    }
    // Half a year up to day 345 begins on day 164: nuts and seals were last bought on day 150.
    let (state, measure, value, _) = found(&raw, 345, Assortment);
    assert_eq!((state, measure, value), (Alert, Some(66), Some(2)));
    let said = signal(&raw, account(1), 345, Assortment);
    assert_eq!(said.sentence, "no longer buys 2 of 3 regular goods: nut, seal");
    assert_eq!(said.evidence.len(), 2);
    // Six purchases without goods that were in every fourth before are no wonder; in every other,
    // they are.
    for (every, lost) in [(4, 0), (2, 1)] {
        let mut odd = Raw::default();
        for at in 0..20 {
            let both = at < 12 && at % every == 0;
            buys_goods(&mut odd, 1, at * 30, if both { &["bolt", "nut"] } else { &["bolt"] });
        }
        assert_eq!(found(&odd, 525, Assortment).2, Some(lost), "{every}");
    }
}

#[test]
fn returns_are_held_against_the_book() {
    let mut raw = Raw::default();
    for who in 1..=20 {
        buys(&mut raw, who, every(10, 20));
    }
    let back = |raw: &mut Raw, who: u64, times: i64| {
        for at in 0..times {
            let id = ReturnId::derived("test", &format!("{who}/{at}"));
            raw.on(at * 10 + 5, account(who), returned(id, None, worth(1_000_000)));
        }
    };
    (2..=20).for_each(|who| back(&mut raw, who, 1));
    assert_eq!(found(&raw, 200, Returns), (Usual, Some(0), Some(0), Some(4)));
    back(&mut raw, 1, 8);
    let (state, measure, value, _) = found(&raw, 200, Returns);
    assert_eq!((state, value), (Alert, Some(40)));
    assert!(measure.unwrap() >= 98);
    assert_eq!(signal(&raw, account(2), 200, Returns).state, Usual, "1 of 20 as all others");
    assert_eq!(signal(&raw, account(1), 200, Returns).percentile, Some(95));
}

#[test]
fn several_returns_of_one_order_are_one_order_with_returns() {
    let mut raw = Raw::default();
    buys(&mut raw, 1, every(10, 9));
    let EventBody::OrderPlaced(order) = &raw.events[2].data.body else { panic!("an order") };
    let order = order.order;
    for at in 0..5 {
        let id = ReturnId::derived("test", &at.to_string());
        let back = GoodsReturned { order: Some(order), ..returned(id, None, worth(1_000_000)) };
        raw.on(30 + at, account(1), back);
    }
    let said = signal(&raw, account(1), 100, Returns);
    assert_eq!((said.value, said.n, said.evidence.len()), (Some(11), 9, 5), "{}", said.sentence);
}

#[test]
fn payments_that_come_later_than_before() {
    let paying = |late: &[i64]| {
        let (mut raw, who) = (Raw::default(), account(1));
        for (at, late) in (0..).zip(late) {
            let document = DocumentId::derived("test", &at.to_string());
            let due = at * 100 + 30;
            raw.on(at * 100, who, InvoiceIssued(invoice(document, 100, due)));
            let payment = PaymentId::derived("test", &at.to_string());
            raw.on(due + late, who, paid(payment, 100, vec![settles(document, 100)]));
        }
        raw
    };
    // Three long ago, the fourth lately.
    let state = |late| found(&paying(&[2, 2, 2, late]), 480, DaysLate);
    assert_eq!(state(8), (Usual, Some(6), Some(8), Some(2)));
    assert_eq!(state(9), (Watch, Some(7), Some(9), Some(2)));
    assert_eq!(state(17), (Alert, Some(15), Some(17), Some(2)));
    assert_eq!(state(-9), (Usual, Some(0), Some(0), Some(2)), "early is not late");
    let few = found(&paying(&[2, 2, 40]), 380, DaysLate);
    assert_eq!(few, (InsufficientData, None, Some(40), None), "two are no habit");
    let (mut raw, who) = (paying(&[0, 0, 0]), account(1));
    raw.on(400, who, InvoiceIssued(invoice(DocumentId::derived("test", "x"), 100, 430)));
    assert_eq!(found(&raw, 431, DaysLate).0, Usual, "overdue for a day");
    assert_eq!(found(&raw, 445, DaysLate), (Alert, Some(15), Some(15), Some(0)));
}

#[test]
fn one_payment_of_several_documents_is_one_piece_of_evidence() {
    let (mut raw, who) = (Raw::default(), account(1));
    let documents = [1, 2, 3, 4].map(|number| DocumentId::derived("test", &number.to_string()));
    for document in documents {
        raw.on(0, who, InvoiceIssued(invoice(document, 100, 30)));
    }
    let of = documents.map(|document| settles(document, 100)).to_vec();
    let payment = raw.on(50, who, paid(PaymentId::derived("test", "1"), 400, of));
    assert_eq!(signal(&raw, who, 60, DaysLate).evidence, [payment]);
}

#[test]
fn broken_promises_are_counted_for_half_a_year() {
    let (mut raw, who) = (Raw::default(), account(1));
    let promise = |raw: &mut Raw, number: u8, by| {
        let promise = PromiseId::derived("test", &number.to_string());
        raw.on(
            by - 5,
            who,
            PromiseMade {
                promise,
                amount: euro(100),
                by: day(by),
                documents: Vec::new(),
                contact: None,
            },
        )
    };
    raw.on(0, who, InvoiceIssued(invoice(DocumentId::derived("test", "1"), 500, 30)));
    let first = promise(&mut raw, 1, 40);
    let state = |raw: &Raw, on| found(raw, on, Promises);
    assert_eq!(state(&raw, 40), (Usual, Some(0), Some(0), Some(0)), "the day is not over");
    assert_eq!(state(&raw, 41), (Watch, Some(1), Some(1), Some(0)));
    assert_eq!(signal(&raw, who, 41, Promises).evidence, [first]);
    promise(&mut raw, 2, 100);
    assert_eq!(state(&raw, 101).0, Alert);
    assert_eq!(state(&raw, 221).1, Some(2));
    assert_eq!(state(&raw, 222).1, Some(1), "the first is more than half a year ago");
}
