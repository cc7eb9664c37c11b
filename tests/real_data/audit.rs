//! The four questions of an auditor, asked of the IBM book as if it had been kept day by day.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output};

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, Utc};
use relatum::domain::event::correction::EventVoided;
use relatum::domain::{Actor, Event, EventBody, Source};
use relatum::log::{Envelope, ManualClock};
use relatum::{
    AgingOptions, Appended, Cause, CellChange, Certificate, Certify, Checked, Engine, Fact, Proofs,
    SigningKey,
};
use relatum_tests::root;

use crate::program::Book;

const MAPPING: &str = "ibm-ar";
const SET: &str = "ibm_ar";

fn aging() -> AgingOptions {
    AgingOptions::default()
}

/// The evening of a day.
fn evening(day: NaiveDate) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(20, 0, 0).expect("a time");
    day.and_time(time).and_utc()
}

/// The month ends of 2013.
fn month_ends() -> Vec<NaiveDate> {
    let first = |month| NaiveDate::from_ymd_opt(2013, month, 1).expect("a day");
    let next = |month| match month {
        12 => NaiveDate::from_ymd_opt(2014, 1, 1).expect("a day"),
        month => first(month + 1),
    };
    (1..=12).map(|month| next(month) - Days::new(1)).collect()
}

fn append(engine: &Engine, facts: Vec<Fact>) {
    for outcome in engine.append(facts).expect("nothing speaks against it") {
        assert!(matches!(outcome, Appended::Recorded(_)), "{outcome:?}");
    }
}

/// The book as it grows day by day, and the aging certified at each month end.
fn kept_day_by_day(
    events: Vec<Envelope<Event>>,
    key: &SigningKey,
) -> (Engine, ManualClock, Vec<(NaiveDate, Certificate)>) {
    let clock = ManualClock::at(DateTime::<Utc>::UNIX_EPOCH);
    let engine = Engine::builder().clock(clock.clone()).in_memory().expect("an engine");
    let mut days: BTreeMap<NaiveDate, Vec<Fact>> = BTreeMap::new();
    for it in events {
        let fact = Fact::new(it.event.stream, it.data);
        days.entry(fact.event.effective).or_default().push(fact);
    }
    let mut certified = Vec::new();
    let mut ends = month_ends().into_iter().peekable();
    let mut certify_before = |day: NaiveDate| {
        while let Some(end) = ends.next_if(|end| *end < day) {
            let how = Certify { asked: "aging", key: Some(key), proofs: Proofs::None };
            let made = engine.as_of(end).certify(&aging(), &how).expect("a certificate");
            certified.push((end, made));
        }
    };
    for (day, facts) in days {
        certify_before(day);
        clock.set(evening(day));
        append(&engine, facts);
    }
    certify_before(NaiveDate::MAX);
    (engine, clock, certified)
}

/// 25 invoices are a dollar more, 25 payments never came. By how many cents each raises what is
/// owed, and from which day on.
fn corrections(events: &[Envelope<Event>]) -> Vec<(Fact, NaiveDate, i64)> {
    let today = NaiveDate::from_ymd_opt(2014, 12, 31).expect("a day");
    let mut made = Vec::new();
    let nth = |wanted: fn(&EventBody) -> bool| {
        let found = events.iter().filter(move |it| wanted(&it.data.body));
        found.step_by(97).take(25)
    };
    for (it, number) in nth(|body| matches!(body, EventBody::InvoiceIssued(_))).zip(1..) {
        let mut data = it.data.clone();
        let EventBody::InvoiceIssued(invoice) = &mut data.body else { continue };
        invoice.0.gross.minor += 100;
        (data.amends, data.source) =
            (Some(it.event), Source::new("audit", format!("more-{number}")));
        made.push((Fact::new(it.event.stream, data), it.data.effective, 100));
    }
    for (it, number) in nth(|body| matches!(body, EventBody::PaymentReceived(_))).zip(1..) {
        let EventBody::PaymentReceived(payment) = &it.data.body else { continue };
        let body = EventVoided { event: it.event, reason: "never came".to_owned() };
        let source = Source::new("audit", format!("void-{number}"));
        let event = Event::new(today, Actor::system("audit"), source, body);
        made.push((Fact::new(it.event.stream, event), it.data.effective, payment.amount.minor));
    }
    made
}

fn total(cells: &[CellChange]) -> Option<&CellChange> {
    cells.iter().find(|it| it.column.key == "total")
}

#[test]
fn what_was_known_at_each_month_end_is_known_again_and_every_difference_explained() {
    let book = Book::imported(MAPPING, SET);
    let imported = book.engine();
    let events: Vec<_> = imported.replay().events().expect("events").map(Result::unwrap).collect();
    let key = SigningKey::generate("example.com/ibm").expect("a key");
    let (engine, clock, certified) = kept_day_by_day(events, &key);
    assert_eq!(certified.len(), 12);
    let mut owed = 0;
    for (end, certificate) in &certified {
        let text = certificate.to_string();
        let again: Certificate = text.parse().expect("a certificate");
        again.verify(Some(&key.verifier())).expect("signed");
        assert_eq!(again.check(&engine, &aging()).expect("checked"), Checked::Equal, "{end}");
        let known = engine.as_of(*end).known_at(evening(*end)).expect("a point");
        let then = known.aging(&aging()).expect("an aging");
        assert_eq!(then, engine.as_of(*end).aging(&aging()).expect("an aging"), "{end}");
        owed += usize::from(!then.totals.is_empty());
    }
    assert_eq!(owed, 12, "something is open at every month end");

    let told: Vec<_> = engine.replay().events().expect("events").map(Result::unwrap).collect();
    let corrections = corrections(&told);
    assert_eq!(corrections.len(), 50);
    let before = engine.head().expect("a head");
    clock.set(evening(NaiveDate::from_ymd_opt(2014, 12, 31).expect("a day")));
    append(&engine, corrections.iter().map(|it| it.0.clone()).collect());
    let mut changed = 0;
    for (end, certificate) in &certified {
        assert_eq!(certificate.check(&engine, &aging()).expect("checked"), Checked::Equal, "{end}");
        let now = engine.as_of(*end);
        let then = now.clone().known_at(before.clone()).expect("a point");
        let changes = now.changes_since(&then, &aging()).expect("it foots");
        let expected: i64 = corrections.iter().filter(|it| it.1 <= *end).map(|it| it.2).sum();
        let found = total(&changes.totals).map_or(0, CellChange::change);
        assert_eq!(found, i128::from(expected) * 10_000, "{end}");
        for cell in changes.cells.iter().chain(&changes.totals) {
            let causes: Vec<Cause> = cell.causes.iter().map(|(cause, _)| *cause).collect();
            assert_eq!(causes, [Cause::Corrected], "{end}: {cell:?}");
        }
        let events = changes.cells.iter().flat_map(|it| &it.changes);
        assert!(events.clone().all(|it| it.event.stream.kind == relatum::domain::ACCOUNT));
        changed += usize::from(events.count() > 0);
        assert!(end.year() == 2013);
    }
    assert_eq!(changed, 12);
}

/// What docs/check_certificate.py says of a certificate.
fn check_certificate(text: &str, key: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("certificate");
    fs::write(&path, text).expect("a file can be written");
    let script = root().join("docs/check_certificate.py");
    Command::new("python3").arg(script).arg(path).arg(key).output().expect("python3 runs")
}

#[test]
fn another_program_checks_root_proofs_and_signature_of_a_certificate() {
    let book = Book::imported(MAPPING, SET);
    let key = SigningKey::generate("example.com/ibm").expect("a key");
    let day = NaiveDate::from_ymd_opt(2013, 6, 30).expect("a day");
    let proofs = Proofs::Of(vec!["total/USD/total".parse().expect("a cell")]);
    let how = Certify { asked: "aging", key: Some(&key), proofs };
    let text = book.engine().as_of(day).certify(&aging(), &how).expect("made").to_string();
    let verifier = key.verifier().to_string();
    let output = check_certificate(&text, &verifier);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("84 proofs") && said.contains("checks hold"), "{said}");
    // Not one that was changed, nor one of another key.
    let changes = [
        ("\"5119.85\"", "\"5119.86\"", "table"),
        ("\"index\":1", "\"index\":2", "proof of"),
        ("\"leaf\":\"{", "\"leaf\":\" {", "proof of"),
        ("\"2013-06-30\"", "\"2013-06-29\"", "signature"),
    ];
    for (from, to, wrong) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let output = check_certificate(&changed, &verifier);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success() && said.contains(wrong), "{from}: {said}");
    }
    let other = SigningKey::generate("example.com/ibm").expect("a key").verifier().to_string();
    assert!(!check_certificate(&text, &other).status.success());
}
