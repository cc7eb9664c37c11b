//! The first door: refusals, repetition, conflicts, and commits over two streams.

use std::collections::BTreeSet;

use relatum::domain::event::account::PaysForNamed;
use relatum::domain::event::order::GoodsReturned;
use relatum::domain::event::settlement::{
    Application, CreditAllocated, CreditSource, Reversed, Reversible,
};
use relatum::domain::{Derived, Event, ReturnId, Value};
use relatum::log::AppendError;
use relatum::{AgingOptions, Allocate, Class, Engine, Error, Fact, Proposal, StreamId};

use crate::books::{
    account, adjusted, append, commits, day, document, event, invoice, on_both, paid, payment,
    record, settles, sources,
};

fn refused(engine: &Engine, who: u64, event: Event) -> (String, String) {
    let before = engine.head().unwrap();
    let error = record(engine, who, event).unwrap_err();
    assert_eq!(engine.head().unwrap(), before, "nothing is recorded");
    assert_eq!(error.class(), Class::Refused);
    match error {
        Error::Refused(refused) => (refused.code().to_owned(), refused.to_string()),
        other => panic!("{other}"),
    }
}

#[test]
fn a_refusal_carries_its_code_and_its_numbers_and_records_nothing() {
    on_both(|engine| {
        record(engine, 1, invoice(0, 1, 10_000)).unwrap();
        record(engine, 1, paid(1, 1, 6_000, vec![settles(1, 6_000)])).unwrap();
        let (code, text) = refused(engine, 1, paid(2, 2, 9_000, vec![settles(1, 4_001)]));
        let id = document(1);
        assert_eq!(code, "above_open");
        assert_eq!(text, format!("document {id} has 40.00 EUR open, 40.01 EUR was applied"));
        let (code, text) = refused(engine, 1, paid(2, 2, 3_000, vec![settles(1, 3_001)]));
        assert_eq!(code, "above_credit");
        assert_eq!(text, "30.00 EUR is available, 30.01 EUR was applied");
        let (code, text) = refused(engine, 1, invoice(0, 2, -100));
        assert_eq!(
            (code.as_str(), text.as_str()),
            ("gross_not_positive", "gross is -1.00 EUR; it must be above zero")
        );
        let mut again = invoice(3, 1, 100);
        again.source.id = "another".into();
        assert_eq!(refused(engine, 1, again).0, "document_exists");
        let what = Reversible::Payment(payment(9));
        let reversed = Reversed { what, reason: "bounced".into() };
        assert_eq!(refused(engine, 1, event(3, "X", reversed)).0, "nothing_to_reverse");
        let net = Value::new(-1, "EUR".parse().unwrap());
        let returned = GoodsReturned {
            goods_return: ReturnId::derived("test", "1"),
            number: "1".into(),
            lines: Vec::new(),
            net,
            reason: None,
            order: None,
            invoice: None,
            delivery: None,
            manager: None,
        };
        assert_eq!(refused(engine, 1, event(3, "X", returned)).0, "return_net_negative");
        let proposal = Proposal::new(relatum::domain::TenantId::own(), adjusted(0, "A"));
        let error = engine.record(proposal).unwrap_err();
        assert!(matches!(&error, Error::Refused(it) if it.code() == "wrong_stream"), "{error}");
        assert_eq!(sources(engine, 1), ["R-1", "Z-1"]);
    });
}

#[test]
fn the_same_proposal_again_is_recorded_already() {
    on_both(|engine| {
        let first = record(engine, 1, invoice(0, 1, 100)).unwrap();
        assert!(!first.already_recorded);
        record(engine, 1, adjusted(5, "A")).unwrap();
        let again = record(engine, 1, invoice(0, 1, 100)).unwrap();
        assert!(again.already_recorded);
        assert_eq!((again.events, again.recorded_at), (first.events, first.recorded_at));
        assert_eq!(sources(engine, 1), ["R-1", "A"]);
    });
}

#[test]
fn an_allocated_payment_again_is_recorded_already_whatever_happened_since() {
    on_both(|engine| {
        record(engine, 1, invoice(0, 1, 100)).unwrap();
        record(engine, 1, invoice(1, 2, 100)).unwrap();
        let pay = |minor, of| {
            let proposal = Proposal::new(account(1), paid(10, 1, minor, of));
            engine.record(proposal.allocated(Allocate::OldestDueFirst))
        };
        let first = pay(150, vec![settles(2, 30)]).unwrap();
        record(engine, 1, invoice(2, 3, 100)).unwrap();
        record(engine, 1, paid(11, 2, 100, vec![settles(3, 100)])).unwrap();
        let again = pay(150, vec![settles(2, 30)]).unwrap();
        assert!(again.already_recorded);
        assert_eq!(again.recorded_at, first.recorded_at);
        // What the payment names itself is its content.
        for (minor, of) in [(150, vec![settles(2, 31)]), (150, vec![settles(1, 30)]), (151, vec![])]
        {
            let error = pay(minor, of).unwrap_err();
            assert!(matches!(error, Error::Append(AppendError::KeyConflict { .. })), "{error}");
        }
        let aging = engine.as_of(day(20)).aging(&AgingOptions::default()).unwrap();
        assert_eq!(aging.totals[0].total.to_string(), "0.50 EUR");
    });
}

#[test]
fn another_fact_of_the_same_source_is_a_conflict_that_shows_both() {
    on_both(|engine| {
        record(engine, 1, invoice(0, 1, 100)).unwrap();
        let before = engine.head().unwrap();
        let error = record(engine, 1, invoice(0, 1, 101)).unwrap_err();
        assert_eq!(error.class(), Class::Refused);
        let Error::Append(AppendError::KeyConflict {
            existing,
            existing_content,
            offered_content,
            ..
        }) = error
        else {
            panic!("{error}");
        };
        assert_eq!(existing.version.0, 1);
        assert!(existing_content.data.as_str().contains(r#""minor":100,"#));
        assert!(offered_content.data.as_str().contains(r#""minor":101,"#));
        assert_eq!(engine.head().unwrap(), before);
    });
}

#[test]
fn recorders_side_by_side_on_one_stream_all_land() {
    on_both(|engine| {
        let mut workers = Vec::new();
        for worker in 0..8 {
            let engine = engine.clone();
            workers.push(std::thread::spawn(move || {
                for number in 0..50 {
                    let fact = adjusted(number, format!("{worker}/{number}"));
                    assert!(!record(&engine, 1, fact).unwrap().already_recorded);
                }
            }));
        }
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        let landed = sources(engine, 1);
        assert_eq!(landed.len(), 400);
        for worker in 0..8 {
            let of = |it: &&String| it.starts_with(&format!("{worker}/"));
            let own: Vec<_> = landed.iter().filter(of).collect();
            let order: Vec<_> = (0..50).map(|number| format!("{worker}/{number}")).collect();
            assert!(own.into_iter().eq(&order), "each in its own order");
        }
    });
}

#[test]
fn the_same_payment_from_many_sides_is_recorded_once() {
    on_both(|engine| {
        for number in 0..40 {
            record(engine, 1, invoice(number, number, 100)).unwrap();
        }
        let fresh = std::sync::atomic::AtomicU64::new(0);
        std::thread::scope(|scope| {
            for worker in 0..4_u64 {
                let fresh = &fresh;
                scope.spawn(move || {
                    for number in 0..20 {
                        let pay = paid(100, number, 110, Vec::new());
                        let pay = Proposal::new(account(1), pay);
                        let pay = pay.allocated(Allocate::OldestDueFirst);
                        if !engine.record(pay).unwrap().already_recorded {
                            fresh.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        }
                        record(engine, 1, adjusted(1, format!("{worker}/{number}"))).unwrap();
                    }
                });
            }
        });
        assert_eq!(fresh.into_inner(), 20);
        assert_eq!(sources(engine, 1).len(), 40 + 20 + 80);
        let aging = engine.as_of(day(200)).aging(&AgingOptions::default()).unwrap();
        assert_eq!(aging.totals[0].total.to_string(), "18.00 EUR");
        assert_eq!(aging.totals[0].unapplied.to_string(), "0.00 EUR");
    });
}

#[test]
fn appending_and_recording_go_together() {
    on_both(|engine| {
        std::thread::scope(|scope| {
            for worker in 0..2 {
                scope.spawn(move || {
                    for batch in 0..10 {
                        let name = |number| format!("a{worker}/{}", batch * 20 + number);
                        let fact = |number| Fact::new(account(1), adjusted(0, name(number)));
                        append(engine, (0..20).map(fact).collect());
                    }
                });
                scope.spawn(move || {
                    for number in 0..40 {
                        record(engine, 1, adjusted(0, format!("r{worker}/{number}"))).unwrap();
                    }
                });
            }
        });
        let landed = sources(engine, 1);
        assert_eq!(landed.len(), 2 * (200 + 40));
        assert_eq!(landed.iter().collect::<BTreeSet<_>>().len(), landed.len());
    });
}

fn for_child(number: u64, minor: i64) -> Application {
    Application { account: Some(account(2)), ..settles(number, minor) }
}

/// The parent says that it pays for the child.
fn pays_for_child(engine: &Engine) {
    let named = PaysForNamed { account: account(2), until: None };
    record(engine, 1, event(0, "R-1", named)).unwrap();
}

fn open(engine: &Engine, on: u64) -> Vec<(StreamId, String)> {
    let aging = engine.as_of(day(on)).aging(&AgingOptions::default()).unwrap();
    let line = |it: relatum::AgingLine| (it.account.unwrap().into(), it.total.number());
    let mut open: Vec<_> = aging.lines.into_iter().map(line).collect();
    open.sort();
    open
}

#[test]
fn a_payment_for_a_child_is_two_streams_in_one_commit() {
    on_both(|engine| {
        let (parent, child) = (StreamId::from(account(1)), StreamId::from(account(2)));
        record(engine, 2, invoice(0, 1, 100)).unwrap();
        let error = record(engine, 1, paid(10, 1, 150, vec![for_child(1, 100)])).unwrap_err();
        assert!(matches!(&error, Error::Refused(it) if it.code() == "not_paid_for"), "{error}");
        pays_for_child(engine);
        let pay = || record(engine, 1, paid(10, 1, 150, vec![for_child(1, 100)]));
        let recorded = pay().unwrap();
        let streams: BTreeSet<StreamId> = recorded.events.iter().map(|it| it.stream).collect();
        assert_eq!(streams, BTreeSet::from([parent, child]));
        assert_eq!(recorded.events[0].stream, parent, "the proposed one first");
        let last = commits(engine).pop().unwrap().envelopes().unwrap();
        assert_eq!(last.len(), 2, "one commit");
        assert_eq!(open(engine, 10), [(parent, "-0.50".to_owned())]);
        let again = pay().unwrap();
        assert!(again.already_recorded);
        assert_eq!(again.recorded_at, recorded.recorded_at);
        // Too much for the child is refused, in both streams.
        let before = engine.head().unwrap();
        let error = record(engine, 1, paid(11, 2, 50, vec![for_child(1, 1)])).unwrap_err();
        assert!(matches!(&error, Error::Refused(it) if it.code() == "above_open"), "{error}");
        assert_eq!(engine.head().unwrap(), before);
        // It is taken back as a whole too, whatever the engine remembers of the child.
        let what = Reversible::Payment(payment(1));
        let reversed = event(20, "B-1", Reversed { what, reason: "bounced".into() });
        let reversed = record(engine, 1, reversed).unwrap();
        let streams: BTreeSet<StreamId> = reversed.events.iter().map(|it| it.stream).collect();
        assert_eq!(streams, BTreeSet::from([parent, child]));
        assert_eq!(open(engine, 19), [(parent, "-0.50".to_owned())]);
        assert_eq!(open(engine, 20), [(child, "1.00".to_owned())]);
        // And once more the other way round.
        let what = Reversible::Event(reversed.events[0]);
        record(engine, 1, event(21, "B-2", Reversed { what, reason: "an error".into() })).unwrap();
        assert_eq!(open(engine, 21), [(parent, "-0.50".to_owned())]);
        assert_eq!(engine.as_of(day(99)).flags(account(2)).unwrap(), []);
        let rest = CreditAllocated {
            from: CreditSource::Payment(payment(1)),
            applications: vec![for_child(2, 50)],
            reason: None,
        };
        record(engine, 2, invoice(22, 2, 80)).unwrap();
        record(engine, 1, event(23, "U-1", rest)).unwrap();
        assert_eq!(open(engine, 23), [(child, "0.30".to_owned())]);
    });
}

#[test]
fn a_reversal_reaches_the_child_in_an_engine_that_was_opened_since() {
    let folder = tempfile::tempdir().unwrap();
    let path = crate::books::path_in(&folder);
    {
        let engine = Engine::open(&path).unwrap();
        record(&engine, 2, invoice(0, 1, 100)).unwrap();
        pays_for_child(&engine);
        record(&engine, 1, paid(10, 1, 100, vec![for_child(1, 100)])).unwrap();
    }
    let engine = Engine::open(&path).unwrap();
    let what = Reversible::Payment(payment(1));
    record(&engine, 1, event(20, "B-1", Reversed { what, reason: "bounced".into() })).unwrap();
    assert_eq!(open(&engine, 20), [(account(2).into(), "1.00".to_owned())]);
}

#[test]
fn an_answer_from_tokio_is_the_answer() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let engine = Engine::in_memory().unwrap();
    runtime.block_on(async {
        let proposal = Proposal::new(account(1), invoice(0, 1, 100));
        engine.run(move |it| it.record(proposal)).await.unwrap();
        let aging = engine.run(|it| it.as_of(day(0)).aging(&AgingOptions::default())).await;
        assert_eq!(aging.unwrap().lines.len(), 1);
    });
}
