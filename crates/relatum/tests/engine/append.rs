//! The second door: order, batches, refusals at their place, and flags.

use relatum::domain::event::line::Line;
use relatum::domain::event::order::OrderPlaced;
use relatum::domain::event::settlement::PromiseMade;
use relatum::domain::{Derived, Event, OrderId, PromiseId, Quantity, Value};
use relatum::log::{AppendError, Cut, Limits, Seq};
use relatum::{Appended, Engine, Error, Fact};

use crate::books::{
    account, adjusted, append, clock, commits, day, demo, euro, event, fill, invoice, on_both,
    paid, settles, sources, today,
};

fn batch(facts: u64, streams: u64) -> Vec<Fact> {
    let fact = |number: u64| Fact::new(account(number % streams), adjusted(0, number.to_string()));
    (0..facts).map(fact).collect()
}

fn numbers(engine: &Engine, who: u64) -> Vec<u64> {
    sources(engine, who).iter().map(|source| source.parse().unwrap()).collect()
}

#[test]
fn facts_of_one_stream_keep_their_order_and_outcomes_their_place() {
    on_both(|engine| {
        let facts = batch(3_000, 40);
        let outcomes = engine.append(facts.clone()).unwrap();
        for (place, (fact, outcome)) in facts.iter().zip(&outcomes).enumerate() {
            let Appended::Recorded(at) = outcome else { panic!("{outcome:?}") };
            assert_eq!(at.stream, fact.stream);
            if place.is_multiple_of(99) {
                assert_eq!(engine.event(*at).unwrap().unwrap().data, fact.event);
            }
        }
        for who in 0..40 {
            let expected: Vec<u64> = (0..75).map(|number| number * 40 + who).collect();
            assert_eq!(numbers(engine, who), expected);
        }
        let most = 3_000 / 16_u64.pow(2) + 3;
        assert!(commits(engine).len() as u64 <= most, "{} commits", commits(engine).len());
    });
}

#[test]
fn a_batch_appended_twice_adds_nothing() {
    on_both(|engine| {
        append(engine, batch(300, 7));
        let before = commits(engine);
        let outcomes = engine.append(batch(350, 7)).unwrap();
        let already = |it: &&Appended| matches!(it, Appended::AlreadyRecorded(_));
        assert_eq!(outcomes.iter().filter(already).count(), 300);
        assert!(outcomes[..300].iter().all(|it| already(&it)));
        assert_eq!(engine.head().unwrap().events(), 350);
        assert!(engine.append(batch(350, 7)).unwrap().iter().all(|it| already(&it)));
        assert_eq!(engine.head().unwrap().events(), 350);
        assert_eq!(commits(engine)[..before.len()], before);
    });
}

#[test]
fn one_refused_fact_leaves_the_others_in_their_order() {
    on_both(|engine| {
        append(engine, vec![Fact::new(account(3), adjusted(0, "153"))]);
        let mut facts = batch(300, 50);
        facts[153].event.effective = day(1);
        let outcomes = engine.append(facts).unwrap();
        for (place, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Appended::Refused(Error::Append(AppendError::KeyConflict { existing, .. })) => {
                    assert_eq!((place, existing.version.0), (153, 1));
                }
                Appended::Recorded(_) => assert_ne!(place, 153),
                other => panic!("{place}: {other:?}"),
            }
        }
        assert_eq!(numbers(engine, 3), [153, 3, 53, 103, 203, 253]);
        assert_eq!(engine.head().unwrap().events(), 300);
    });
}

#[test]
fn order_survives_a_refusal_however_many_commits_are_under_way() {
    on_both(|engine| {
        append(engine, vec![Fact::new(account(0), adjusted(0, "7"))]);
        // Several commits of one stream; the first one holds the fact that is refused.
        let mut facts = batch(3_500, 1);
        facts[7].event.effective = day(1);
        let refused = |it: &&Appended| matches!(it, Appended::Refused(_));
        assert_eq!(engine.append(facts).unwrap().iter().filter(refused).count(), 1);
        let mut expected: Vec<u64> = (0..3_500).filter(|it| *it != 7).collect();
        expected.insert(0, 7);
        assert_eq!(numbers(engine, 0), expected);
    });
}

#[test]
fn two_facts_of_one_source_in_one_batch() {
    on_both(|engine| {
        let fact = |on, source| Fact::new(account(1), adjusted(on, source));
        let facts = vec![fact(0, "a"), fact(0, "b"), fact(0, "a"), fact(1, "a"), fact(0, "c")];
        let outcomes = engine.append(facts).unwrap();
        assert!(matches!(outcomes[0], Appended::Recorded(_)));
        assert!(matches!(outcomes[2], Appended::AlreadyRecorded(it) if it.version.0 == 1));
        assert!(matches!(outcomes[3], Appended::Refused(Error::Append(_))));
        assert_eq!(sources(engine, 1), ["a", "b", "c"]);
    });
}

#[test]
fn what_is_no_event_of_the_log_is_refused_alone() {
    on_both(|engine| {
        let with = |text: String| {
            let mut event = adjusted(0, "long");
            event.metadata.insert("text".into(), text.into());
            Fact::new(account(1), event)
        };
        let facts = vec![
            Fact::new(account(1), adjusted(0, "a")),
            Fact::new(account(1), adjusted(0, "two\nlines")),
            Fact::new(account(1), adjusted(0, "b")),
            with("x".repeat(Limits::BYTES)),
            Fact::new(account(1), adjusted(0, "c")),
        ];
        let outcomes = engine.append(facts).unwrap();
        assert!(matches!(outcomes[1], Appended::Refused(Error::Payload(_))), "{outcomes:?}");
        assert!(matches!(
            &outcomes[3],
            Appended::Refused(Error::Append(AppendError::TooLarge { .. }))
        ));
        assert_eq!(sources(engine, 1), ["a", "b", "c"]);
    });
}

#[test]
fn batches_beyond_the_limits_of_a_commit_are_split() {
    on_both(|engine| {
        let large = |number: u64| {
            let mut event = adjusted(0, number.to_string());
            event.metadata.insert("text".into(), "x".repeat(100_000).into());
            Fact::new(account(1), event)
        };
        append(engine, (0..10).map(large).collect());
        assert_eq!(numbers(engine, 1), (0..10).collect::<Vec<u64>>());
        append(
            engine,
            (0..2_500).map(|it| Fact::new(account(2), adjusted(0, it.to_string()))).collect(),
        );
        append(engine, (0..40).map(|it| Fact::new(account(100 + it), adjusted(0, "1"))).collect());
        for commit in commits(engine) {
            let envelopes = commit.envelopes().unwrap();
            let streams: std::collections::BTreeSet<_> =
                envelopes.iter().map(|it| it.event.stream).collect();
            assert!(envelopes.len() <= Limits::EVENTS && streams.len() <= Limits::STREAMS);
            assert!(commit.bytes.as_slice().len() <= Limits::BYTES);
        }
    });
    let engine = Engine::in_memory().unwrap();
    append(&engine, batch(1_024, 16));
    assert_eq!(commits(&engine).len(), 1, "what fits into one commit is written whole");
    assert!(engine.append(Vec::new()).unwrap().is_empty());
}

fn ordered(number: &str, line: i64, net: i64) -> Event {
    let value = |micro| Value::new(micro, "EUR".parse().unwrap());
    let line = Line {
        product: "p".into(),
        description: None,
        group: None,
        quantity: Quantity::whole(1),
        price_list: None,
        list_price: None,
        discount: None,
        net: value(line),
        cost: None,
    };
    let order = OrderPlaced {
        order: OrderId::derived("test", number),
        number: number.into(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines: vec![line],
        net: value(net),
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    };
    event(2, format!("O-{number}"), order)
}

#[test]
fn flags_tell_what_record_would_have_refused() {
    on_both(|engine| {
        let mut twice = invoice(4, 1, 100);
        twice.source.id = "twice".into();
        let promise = PromiseMade {
            promise: PromiseId::derived("test", "1"),
            amount: euro(1),
            by: day(3),
            documents: Vec::new(),
            contact: None,
        };
        let facts = [
            invoice(0, 1, 100),
            paid(1, 1, 150, vec![settles(1, 120)]),
            ordered("1", 5, 5),
            ordered("2", 5, 6),
            twice,
            event(5, "V-1", promise),
            invoice(9, 2, 100),
        ];
        append(engine, facts.map(|it| Fact::new(account(1), it)).to_vec());
        let flags = engine.as_of(day(9)).flags(account(1)).unwrap();
        let codes: Vec<_> = flags.iter().map(|it| (it.event.version.0, it.code)).collect();
        assert_eq!(
            codes,
            [
                (2, "above_open"),
                (4, "sale_net_differs"),
                (5, "document_exists"),
                (6, "promise_in_past")
            ]
        );
        assert!(flags[0].reason.ends_with("has 1.00 EUR open, 1.20 EUR was applied"));
        assert_eq!(flags[1].day, day(2));
        assert_eq!(engine.as_of(day(1)).flags(account(1)).unwrap(), flags[..1]);
        let none = engine.as_of(day(9)).known_at(chrono::DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(none.flags(account(1)).unwrap(), []);
        assert_eq!(engine.as_of(day(9)).flags(account(8)).unwrap(), []);
    });
}

#[test]
fn a_clean_book_has_no_flags() {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    let facts = demo(20);
    fill(&engine, &clock, &facts);
    let streams: std::collections::BTreeSet<_> = facts.iter().map(|it| it.stream).collect();
    for stream in streams {
        assert_eq!(engine.as_of(today()).flags(stream).unwrap(), [], "{stream}");
    }
}

#[test]
fn an_invoice_that_stands_with_two_clients_is_flagged_with_both() {
    on_both(|engine| {
        append(engine, vec![Fact::new(account(1), invoice(0, 7, 500))]);
        append(engine, vec![Fact::new(account(2), invoice(0, 7, 500))]);
        append(engine, vec![Fact::new(account(2), invoice(0, 8, 500))]);
        let book = engine.as_of(day(9));
        let flags = book.told_twice().unwrap();
        let told: Vec<_> = flags.iter().map(|it| (it.event.stream, it.code)).collect();
        let code = "told_in_several_accounts";
        let mut expected = vec![(account(1).into(), code), (account(2).into(), code)];
        expected.sort_unstable();
        assert_eq!(told, expected);
        assert!(flags[0].reason.contains(&flags[1].event.to_string()), "{flags:?}");
        let before = engine.as_of(day(9)).known_at(Cut::single(Seq(1))).unwrap();
        assert!(before.told_twice().unwrap().is_empty());
    });
}
