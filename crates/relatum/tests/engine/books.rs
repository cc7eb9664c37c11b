//! Small books, the demo's book, and the ways into an engine.

use std::path::PathBuf;

use chrono::{DateTime, Days, NaiveDate, Utc};
use relatum::domain::event::document::{InvoiceIssued, ReceivableDocument};
use relatum::domain::event::order::SalesAdjusted;
use relatum::domain::event::settlement::{Application, ApplicationKind, PaymentReceived};
use relatum::domain::{
    AccountId, Actor, Derived, DocumentId, Event, EventBody, Money, PaymentId, Source, Value,
};
use relatum::log::{ByteSize, Clock, Cursor, ManualClock, StoredCommit};
use relatum::{Engine, Error, Fact, Proposal};
use relatum_demo::Options;
use tempfile::TempDir;

/// An engine on a store that lives as long as the folder.
pub(crate) fn stored() -> (TempDir, Engine) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(path_in(&folder)).unwrap();
    (folder, engine)
}

pub(crate) fn path_in(folder: &TempDir) -> PathBuf {
    folder.path().join("book")
}

/// The same test on a book in memory and on one in a store.
pub(crate) fn on_both(test: impl Fn(&Engine)) {
    test(&Engine::in_memory().unwrap());
    let (_folder, engine) = stored();
    test(&engine);
}

/// Day 0 is the first of January 2026.
pub(crate) fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(number)
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::derived("test", &number.to_string())
}

pub(crate) fn euro(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

pub(crate) fn document(number: u64) -> DocumentId {
    DocumentId::derived("test", &number.to_string())
}

pub(crate) fn payment(number: u64) -> PaymentId {
    PaymentId::derived("test", &number.to_string())
}

pub(crate) fn event(on: u64, source: impl Into<String>, body: impl Into<EventBody>) -> Event {
    Event::new(day(on), Actor::system("test"), Source::new("test", source), body)
}

/// Invoice `number` over so many cents, issued on `on` and due a month later.
pub(crate) fn invoice(on: u64, number: u64, minor: i64) -> Event {
    let issued = ReceivableDocument::new(document(number), format!("R-{number}"), euro(minor));
    event(on, format!("R-{number}"), InvoiceIssued(issued.due(day(on + 30))))
}

pub(crate) fn settles(number: u64, minor: i64) -> Application {
    Application {
        document: document(number),
        installment: None,
        account: None,
        amount: euro(minor),
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    }
}

/// Payment `number`, settling what is said.
pub(crate) fn paid(on: u64, number: u64, minor: i64, of: Vec<Application>) -> Event {
    let received = PaymentReceived::new(payment(number), euro(minor));
    event(on, format!("Z-{number}"), PaymentReceived { applications: of, ..received })
}

/// A small fact that nothing refuses.
pub(crate) fn adjusted(on: u64, source: impl Into<String>) -> Event {
    let source = source.into();
    let net = Value::new(1_000_000, "EUR".parse().unwrap());
    let body = SalesAdjusted { number: source.clone(), net, reason: None, manager: None };
    event(on, source, body)
}

pub(crate) fn record(engine: &Engine, who: u64, event: Event) -> Result<relatum::Recorded, Error> {
    engine.record(Proposal::new(account(who), event))
}

/// The sources of an account's events, in order.
pub(crate) fn sources(engine: &Engine, who: u64) -> Vec<String> {
    let events = engine.stream(account(who).into()).unwrap();
    for (envelope, version) in events.iter().zip(1..) {
        assert_eq!(envelope.event.version.0, version, "no gap");
    }
    events.into_iter().map(|it| it.data.source.id).collect()
}

pub(crate) fn commits(engine: &Engine) -> Vec<StoredCommit> {
    let (mut commits, mut cursor) = (Vec::new(), Cursor::start());
    loop {
        let block = engine.log().read(cursor, ByteSize::mib(1)).wait().unwrap();
        if block.commits.is_empty() {
            return commits;
        }
        commits.extend(block.commits);
        cursor = block.next;
    }
}

pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// The demo's facts for a few accounts.
pub(crate) fn demo(accounts: u32) -> Vec<relatum_demo::Fact> {
    relatum_demo::book(&Options::new(7, today()).accounts(accounts))
}

/// A clock to fill books by.
pub(crate) fn clock() -> ManualClock {
    ManualClock::at(DateTime::<Utc>::UNIX_EPOCH)
}

/// Appends the demo's facts as they came to be known: what shares an instant in one commit.
pub(crate) fn fill(engine: &Engine, clock: &ManualClock, facts: &[relatum_demo::Fact]) {
    for batch in facts.chunk_by(|left, right| left.recorded_at == right.recorded_at) {
        clock.set(batch[0].recorded_at);
        assert!(clock.now() == batch[0].recorded_at);
        append(engine, batch.iter().map(|it| Fact::new(it.stream, it.event.clone())).collect());
    }
}

/// Appends what nothing speaks against.
pub(crate) fn append(engine: &Engine, facts: Vec<Fact>) {
    let count = facts.len();
    let outcomes = engine.append(facts).unwrap();
    assert_eq!(outcomes.len(), count);
    for outcome in outcomes {
        assert!(matches!(outcome, relatum::Appended::Recorded(_)), "{outcome:?}");
    }
}
