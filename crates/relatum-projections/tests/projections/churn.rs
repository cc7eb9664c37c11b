//! Churn signals against a naive recomputation. The thresholds stand here once more, as the
//! specification:
//!
//! - `recency`: days since the last day with a purchase, against the median gap (from 3 such days).
//!   Watch: more than twice, alert: more than three times the baseline, both 14 days above it.
//! - `purchase_interval`: median of the last 3 gaps, against that of those before (from 3).
//!   Watch: more than 1.5 times, alert: more than twice the baseline, both 7 days above it.
//! - `contact_silence`: days since the last day with contact, against the median gap (from 3 such
//!   days). Watch: more than twice, alert: more than three times the baseline, both 30 days.
//! - `late_payment`: mean days late of what was paid in 180 days and of what is overdue, against
//!   what was paid before. Watch: 10, or 7 above; alert: 30, or 15 above the baseline.
//! - `open_complaints`: how many, against none. Watch: 1; alert: 2, or one for more than 14 days.

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_domain::event::account::AccountClosed;
use relatum_domain::event::activity::{ActivityHeld, ActivityKind, Outcome};
use relatum_domain::event::document::InvoiceIssued;
use relatum_domain::event::voice::ComplaintResolved;
use relatum_domain::{
    AccountId, ActivityId, ComplaintId, Derived, DocumentId, EventBody, OrderId, PaymentId, View,
};
use relatum_projections::{ChurnReport, Signal, SignalState};

use crate::aging::{invoice, paid, settles};
use crate::generated::{book, complaint, manager, opened, ops, placed};
use crate::raw::{Raw, Shown, account, day};

use SignalState::{Alert, InsufficientData, Ok as Usual, Watch};

/// State, value, baseline.
type Found = (SignalState, Option<i64>, Option<i64>);

fn signal(raw: &Raw, who: AccountId, view: &View, name: &str) -> Option<Signal> {
    let report = ChurnReport::of(&raw.models(), Some(who), view);
    let line = report.lines.into_iter().next()?;
    line.signals.into_iter().find(|it| it.name == name)
}

fn found(raw: &Raw, on: i64, name: &str) -> Found {
    let signal = signal(raw, account(1), &View::as_of(day(on)), name).unwrap();
    (signal.state, signal.value, signal.baseline)
}

/// The days on which one of these events happened, each once.
fn days(shown: &Shown<'_>, who: AccountId, counts: impl Fn(&EventBody) -> bool) -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> =
        shown.of(who).filter(|it| counts(&it.data.body)).map(|it| it.data.effective).collect();
    days.sort();
    days.dedup();
    days
}

fn gaps(days: &[NaiveDate]) -> Vec<i64> {
    days.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect()
}

/// The middle value, the lower one of two.
fn median(mut values: Vec<i64>) -> i64 {
    values.sort();
    values[(values.len() - 1) / 2]
}

fn graded(alert: bool, watch: bool) -> SignalState {
    if alert {
        Alert
    } else if watch {
        Watch
    } else {
        Usual
    }
}

fn purchases(shown: &Shown<'_>, who: AccountId) -> Vec<NaiveDate> {
    let orders = days(shown, who, |body| match body {
        EventBody::OrderPlaced(order) => order.net.micro > 0,
        _ => false,
    });
    if orders.is_empty() {
        return days(shown, who, |body| matches!(body, EventBody::InvoiceIssued(_)));
    }
    orders
}

/// Since the last of `days`, in comparison with how they usually follow each other.
fn since(days: &[NaiveDate], today: NaiveDate, far: impl Fn(i64, i64) -> bool) -> Found {
    let Some(last) = days.last() else {
        return (InsufficientData, None, None);
    };
    let value = (today - *last).num_days();
    if days.len() < 3 {
        return (InsufficientData, Some(value), None);
    }
    let usual = median(gaps(days));
    let far = far(value, usual);
    (graded(value > 3 * usual && far, value > 2 * usual && far), Some(value), Some(usual))
}

fn naive(shown: &Shown<'_>, who: AccountId, name: &str) -> Found {
    let today = shown.view.as_of;
    match name {
        "recency" => since(&purchases(shown, who), today, |value, usual| value - usual >= 14),
        "contact_silence" => {
            let held = days(shown, who, |body| match body {
                EventBody::ActivityHeld(held) => held.outcome != Outcome::NotReached,
                _ => false,
            });
            since(&held, today, |value, _| value >= 30)
        }
        "purchase_interval" => {
            let gaps = gaps(&purchases(shown, who));
            if gaps.len() < 6 {
                return (InsufficientData, None, None);
            }
            let (before, recent) = gaps.split_at(gaps.len() - 3);
            let (before, recent) = (median(before.to_vec()), median(recent.to_vec()));
            let far = recent - before >= 7;
            let state = graded(recent > 2 * before && far, recent * 10 > before * 15 && far);
            (state, Some(recent), Some(before))
        }
        _ => {
            let made = shown.of(who).filter_map(|it| match &it.data.body {
                EventBody::ComplaintMade(made) => Some((made.complaint, it.data.effective)),
                _ => None,
            });
            let open: Vec<i64> = made
                .filter(|(complaint, _)| {
                    !shown.of(who).any(|it| match &it.data.body {
                        EventBody::ComplaintResolved(over) => over.complaint == *complaint,
                        _ => false,
                    })
                })
                .map(|(_, since)| (today - since).num_days())
                .collect();
            let alert = open.len() >= 2 || open.iter().any(|days| *days > 14);
            (graded(alert, !open.is_empty()), Some(open.len() as i64), Some(0))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn signals_are_what_the_raw_events_come_to(
        ops in ops(90),
        on in 0..400_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let shown = raw.shown(&view);
            let report = ChurnReport::of(&models, None, &view);
            for line in &report.lines {
                for signal in line.signals.iter().filter(|it| it.name != "late_payment") {
                    let found = (signal.state, signal.value, signal.baseline);
                    let expected = naive(&shown, line.account, signal.name);
                    prop_assert_eq!(found, expected, "{:?}", signal);
                    for event in &signal.evidence {
                        prop_assert!(shown.of(event.stream).any(|it| it.event == *event));
                    }
                }
                prop_assert_eq!(Some(line.state), line.signals.iter().map(|it| it.state).max());
                let alone = ChurnReport::of(&models, Some(line.account), &view);
                prop_assert_eq!(&alone.lines[..], std::slice::from_ref(line));
            }
            // Listed is who is known by then and neither closed nor the unassigned account.
            let listed: std::collections::BTreeSet<_> =
                report.lines.iter().map(|line| line.account).collect();
            for number in 0..3 {
                let profile = models.directory.account(account(number), &view);
                let wanted = profile.is_some_and(|it| !it.closed && !it.unassigned);
                prop_assert_eq!(listed.contains(&account(number)), wanted);
            }
        }
    }
}

fn bought(days: &[i64]) -> Raw {
    let mut raw = Raw::default();
    for (number, on) in days.iter().enumerate() {
        let order = OrderId::derived("test", &number.to_string());
        raw.on(*on, account(1), placed(order, None, &[(1, 1_000_000)]));
    }
    raw
}

#[test]
fn recency_at_its_thresholds() {
    let raw = bought(&[0, 10, 20]);
    let state = |on| found(&raw, on, "recency");
    assert_eq!(state(40), (Usual, Some(20), Some(10)));
    assert_eq!(state(43).0, Usual, "more than twice, but not 14 days more");
    assert_eq!(state(44), (Watch, Some(24), Some(10)));
    assert_eq!(state(50).0, Watch, "three times is not more than three times");
    assert_eq!(state(51), (Alert, Some(31), Some(10)));
    assert_eq!(found(&bought(&[0, 10]), 99, "recency"), (InsufficientData, Some(89), None));
    assert_eq!(found(&bought(&[0, 0, 10]), 99, "recency").0, InsufficientData, "days, not orders");
    let mut cancelled = bought(&[0, 10, 20, 60]);
    let last = cancelled.events[3].event;
    cancelled.void(last);
    assert_eq!(found(&cancelled, 51, "recency").0, Alert, "what is void was no purchase");
}

#[test]
fn the_interval_at_its_thresholds() {
    let state = |gap: i64| {
        found(
            &bought(&[0, 14, 28, 42, 42 + gap, 42 + 2 * gap, 42 + 3 * gap]),
            400,
            "purchase_interval",
        )
    };
    assert_eq!(state(21), (Usual, Some(21), Some(14)), "one and a half times is not more");
    assert_eq!(state(22).0, Watch);
    assert_eq!(state(28).0, Watch);
    assert_eq!(state(29), (Alert, Some(29), Some(14)));
    let near = found(&bought(&[0, 2, 4, 6, 14, 22, 30]), 40, "purchase_interval");
    assert_eq!(near, (Usual, Some(8), Some(2)), "four times, but by no more than 6 days");
    let few = found(&bought(&[0, 1, 2, 30, 60, 90]), 99, "purchase_interval");
    assert_eq!(few, (InsufficientData, None, None));
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
fn silence_at_its_thresholds() {
    use Outcome::{Neutral, NotReached, Positive};
    let raw = talked(&[(0, Neutral), (10, Positive), (20, Positive), (48, NotReached)]);
    let state = |on| found(&raw, on, "contact_silence");
    assert_eq!(state(49), (Usual, Some(29), Some(10)), "more than twice, but not a month");
    assert_eq!(state(50), (Watch, Some(30), Some(10)));
    assert_eq!(state(51), (Alert, Some(31), Some(10)));
    assert_eq!(found(&bought(&[0]), 9, "contact_silence"), (InsufficientData, None, None));
}

/// An invoice due on `due` and paid in full on `paid`.
fn paying(of: &[(i64, Option<i64>)]) -> Raw {
    let (mut raw, who) = (Raw::default(), account(1));
    for (number, (due, on)) in of.iter().enumerate() {
        let document = DocumentId::derived("test", &number.to_string());
        raw.on(due - 30, who, InvoiceIssued(invoice(document, 100, *due)));
        if let Some(on) = on {
            let payment = PaymentId::derived("test", &number.to_string());
            raw.on(*on, who, paid(payment, 100, vec![settles(document, 100)]));
        }
    }
    raw
}

#[test]
fn late_payment_at_its_thresholds() {
    let state = |of: &[(i64, Option<i64>)], on| found(&paying(of), on, "late_payment");
    assert_eq!(state(&[(30, Some(39))], 50), (Usual, Some(9), None));
    assert_eq!(state(&[(30, Some(40))], 50), (Watch, Some(10), None));
    assert_eq!(state(&[(30, Some(59))], 60), (Watch, Some(29), None));
    assert_eq!(state(&[(30, Some(60))], 60), (Alert, Some(30), None));
    assert_eq!(state(&[(30, Some(20))], 60), (Usual, Some(0), None), "early is not late");
    // Paid 2 days late long ago; lately 9 and then 17 days late.
    let before = (30, Some(32));
    assert_eq!(state(&[before, (300, Some(308))], 310), (Usual, Some(8), Some(2)));
    assert_eq!(state(&[before, (300, Some(309))], 310), (Watch, Some(9), Some(2)));
    assert_eq!(state(&[before, (300, Some(316))], 320), (Watch, Some(16), Some(2)));
    assert_eq!(state(&[before, (300, Some(317))], 320), (Alert, Some(17), Some(2)));
    // What is overdue counts with the days that it is.
    assert_eq!(state(&[(30, None)], 30), (InsufficientData, None, None));
    assert_eq!(state(&[(30, None)], 45), (Watch, Some(15), None));
    assert_eq!(state(&[(30, Some(30)), (35, None)], 45), (Usual, Some(5), None), "the mean");
    // 180 days back is lately, 181 is before.
    assert_eq!(state(&[(30, Some(40))], 220), (Watch, Some(10), None));
    assert_eq!(state(&[(30, Some(40))], 221), (InsufficientData, None, None));
}

proptest! {
    #[test]
    fn late_payment_is_what_the_raw_events_come_to(
        invoices in prop::collection::vec(
            (0..400_i64, 0..60_i64, prop::collection::vec((0..120_i64, 1..40_i64), 0..4)),
            1..12,
        ),
        on in 0..500_i64,
    ) {
        let (mut raw, who) = (Raw::default(), account(1));
        let (mut recent, mut before) = (Vec::new(), Vec::new());
        for (number, (issued, terms, parts)) in invoices.iter().enumerate() {
            let document = DocumentId::derived("test", &number.to_string());
            let due = issued + terms;
            raw.on(*issued, who, InvoiceIssued(invoice(document, 160, due)));
            let mut open = 160;
            for (at, (later, minor)) in parts.iter().enumerate() {
                let payment = PaymentId::derived("test", &format!("{number}/{at}"));
                let received = issued + later;
                raw.on(received, who, paid(payment, *minor, vec![settles(document, *minor)]));
                if received <= on {
                    open -= minor;
                    let days = (received - due).max(0);
                    if on - received <= 180 { recent.push(days) } else { before.push(days) }
                }
            }
            if open > 0 && due < on && *issued <= on {
                recent.push(on - due);
            }
        }
        let mean = |days: &[i64]| {
            (!days.is_empty()).then(|| days.iter().sum::<i64>() / days.len() as i64)
        };
        let expected = match (mean(&recent), mean(&before)) {
            (None, _) => (InsufficientData, None, None),
            (Some(value), usual) => {
                let more = value - usual.unwrap_or(value);
                let state = graded(value >= 30 || more >= 15, value >= 10 || more >= 7);
                (state, Some(value), usual)
            }
        };
        let found = signal(&raw, who, &View::as_of(day(on)), "late_payment");
        if let Some(signal) = found {
            prop_assert_eq!((signal.state, signal.value, signal.baseline), expected);
        } else {
            prop_assert!(invoices.iter().all(|(issued, ..)| *issued > on), "not known yet");
        }
    }
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
    let late = signal(&raw, who, &View::as_of(day(60)), "late_payment").unwrap();
    assert_eq!(late.evidence, [payment]);
}

#[test]
fn complaints_at_their_thresholds() {
    let (mut raw, who) = (Raw::default(), account(1));
    let id = |number: u64| ComplaintId::derived("test", &number.to_string());
    raw.on(0, who, opened("One"));
    raw.on(10, who, complaint(id(1)));
    let state = |raw: &Raw, on| found(raw, on, "open_complaints");
    assert_eq!(state(&raw, 9), (Usual, Some(0), Some(0)));
    assert_eq!(state(&raw, 24), (Watch, Some(1), Some(0)));
    assert_eq!(state(&raw, 25), (Alert, Some(1), Some(0)));
    raw.on(12, who, complaint(id(2)));
    assert_eq!(state(&raw, 12), (Alert, Some(2), Some(0)));
    let resolution = "replaced".to_owned();
    raw.on(13, who, ComplaintResolved { complaint: id(1), resolution, satisfied: None });
    assert_eq!(state(&raw, 13), (Watch, Some(1), Some(0)));
}

#[test]
fn who_has_no_behaviour_is_left_out() {
    let mut raw = Raw::default();
    raw.on(5, account(1), opened("One"));
    raw.on(
        0,
        account(2),
        relatum_domain::event::account::AccountOpened { unassigned: true, ..opened("nobody") },
    );
    raw.on(9, account(1), AccountClosed { reason: "gone".into() });
    let count = |on| ChurnReport::of(&raw.models(), None, &View::as_of(day(on))).lines.len();
    assert_eq!([4, 5, 8, 9].map(count), [0, 1, 1, 0]);
}
