//! What is personal or secret is nowhere in the clear, and comes back with its keys only.

use std::path::{Path, PathBuf};

use relatum::domain::event::account::{AccountOpened, ContactAdded, Stage};
use relatum::domain::event::activity::{ActivityHeld, ActivityKind, Outcome};
use relatum::domain::event::line::Line;
use relatum::domain::event::offer::OfferMade;
use relatum::domain::event::order::GoodsReturned;
use relatum::domain::event::organisation::ManagerJoined;
use relatum::domain::{
    ActivityId, ContactId, Derived, EventBody, ManagerId, OfferId, Personal, Quantity, ReturnId,
    Secret, Value,
};
use relatum::log::AppendError;
use relatum::{Appended, Engine, Error, EventRef, Fact, Proposal, Version};

use crate::books::{account, append, commits, day, event, path_in, stored};

const HIDDEN: [&str; 8] = [
    "Ada Lovelace",
    "ada@example.org",
    "+49 30 1234567",
    "she prefers tea",
    "Grace Hopper",
    "net thirty, strictly between us",
    "0.125",
    "987654321",
];

fn contact() -> ContactId {
    ContactId::derived("test", "ada")
}

fn value(micro: i64) -> Value {
    Value::new(micro, "EUR".parse().unwrap())
}

fn line() -> Line {
    Line {
        product: "p".into(),
        description: None,
        group: None,
        quantity: Quantity::whole(1),
        price_list: None,
        list_price: None,
        discount: Some(Secret::of("0.125".parse().unwrap())),
        net: value(5),
        cost: Some(Secret::of(value(987_654_321))),
    }
}

fn facts() -> Vec<Fact> {
    let who = account(1);
    let manager = ManagerId::derived("test", "grace");
    let offer = OfferMade {
        offer: OfferId::derived("test", "1"),
        number: "A-1".into(),
        opportunity: None,
        manager: None,
        lines: vec![line()],
        net: value(5),
        valid_until: day(90),
        terms: Some(Secret::of(HIDDEN[5].into())),
    };
    let returned = GoodsReturned {
        goods_return: ReturnId::derived("test", "1"),
        number: "1".into(),
        lines: vec![line()],
        net: value(5),
        reason: None,
        order: None,
        invoice: None,
        delivery: None,
        manager: None,
    };
    let activity = ActivityId::derived("test", "1");
    let held = ActivityHeld {
        note: Some(Personal::about(contact(), HIDDEN[3])),
        ..ActivityHeld::new(activity, ActivityKind::Call, manager, Outcome::Positive)
    };
    let opened = AccountOpened {
        name: "Analytical Engines".into(),
        stage: Stage::Client,
        country: None,
        sector: None,
        class: None,
        segment: None,
        external_ids: Vec::new(),
        unassigned: false,
    };
    let added = ContactAdded {
        contact: contact(),
        name: Personal::about(contact(), HIDDEN[0]),
        role: Some("owner".into()),
        email: Some(Personal::about(contact(), HIDDEN[1])),
        phone: Some(Personal::about(contact(), HIDDEN[2])),
        key: true,
    };
    let joined = ManagerJoined {
        code: Some("G".into()),
        name: Some(Personal::about(manager, HIDDEN[4])),
        email: None,
    };
    vec![
        Fact::new(who, event(0, "1", opened)),
        Fact::new(who, event(0, "2", added)),
        Fact::new(who, event(1, "3", held)),
        Fact::new(who, event(2, "4", offer)),
        Fact::new(who, event(3, "5", returned)),
        Fact::new(manager, event(0, "6", joined)),
    ]
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The names of the files below `folder` that hold `text` in the clear.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| holds(&std::fs::read(file).unwrap(), text)).collect()
}

fn contact_event() -> EventRef {
    EventRef::new(account(1).into(), Version(2))
}

#[test]
fn nothing_guarded_is_in_any_byte_of_the_store() {
    let (folder, engine) = stored();
    append(&engine, facts());
    engine.checkpoint().unwrap();
    for text in HIDDEN {
        for commit in commits(&engine) {
            assert!(!holds(commit.bytes.as_slice(), text), "{text} in the log");
        }
    }
    drop(engine);
    for text in HIDDEN {
        assert_eq!(files_with(folder.path(), text), Vec::<PathBuf>::new(), "{text}");
    }
    // What is not guarded is found by the same search, so it would find more.
    let clear = files_with(folder.path(), "Analytical Engines");
    let run = clear.iter().filter(|it| it.extension().is_some_and(|it| it == "run"));
    assert!(run.count() >= 1, "{clear:?}");
    assert!(files(folder.path()).iter().any(|it| it.extension().is_some_and(|it| it == "keys")));
}

#[test]
fn keys_open_what_was_sealed_and_others_do_not() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let read = |engine: &Engine| -> (Option<String>, Option<String>, String) {
        let stored = engine.event(contact_event()).unwrap().unwrap();
        let EventBody::ContactAdded(added) = stored.data.body else { panic!() };
        assert!(matches!(added.name, Personal::Sealed(_)), "sealed in what is read");
        let name = engine.name_told_by(contact_event()).unwrap();
        let offer = EventRef::new(account(1).into(), Version(4));
        let offer = engine.event_json(offer).unwrap().unwrap();
        (name, engine.reveal(&added.email.unwrap()), offer.to_string())
    };
    let check = |engine: &Engine| {
        let (name, email, offer) = read(engine);
        assert_eq!(name.as_deref(), Some(HIDDEN[0]));
        assert_eq!(email.as_deref(), Some(HIDDEN[1]));
        assert!(HIDDEN[5..].iter().all(|text| holds(offer.as_bytes(), text)), "{offer}");
    };
    check(&engine);
    let manager = EventRef::new(ManagerId::derived("test", "grace").into(), Version(1));
    assert_eq!(engine.name_told_by(manager).unwrap().as_deref(), Some(HIDDEN[4]));
    assert_eq!(engine.name_told_by(EventRef::new(account(1).into(), Version(1))).unwrap(), None);
    drop(engine);
    check(&Engine::open(path_in(&folder)).unwrap());
    // Another store's keys.
    let other = folder.path().join("other");
    drop(Engine::open(&other).unwrap());
    let builder = Engine::builder().keys(folder.path().join("other.keys"));
    let stranger = builder.open(path_in(&folder)).unwrap();
    let (name, email, offer) = read(&stranger);
    assert_eq!((name, email), (None, None));
    assert!(HIDDEN.iter().all(|text| !holds(offer.as_bytes(), text)), "{offer}");
    assert!(offer.contains("sealed"));
    assert_eq!(stranger.as_of(day(9)).account(account(1)).unwrap().name, "Analytical Engines");
}

#[test]
fn a_guarded_fact_that_comes_again_is_recognised() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let again = |engine: &Engine| {
        let outcomes = engine.append(facts()).unwrap();
        assert!(
            outcomes.iter().all(|it| matches!(it, Appended::AlreadyRecorded(_))),
            "{outcomes:?}"
        );
        let Fact { stream, event } = facts().remove(1);
        assert!(
            engine
                .record(Proposal::new(
                    relatum::domain::AccountId::of_stream(stream).unwrap(),
                    event
                ))
                .unwrap()
                .already_recorded
        );
    };
    again(&engine);
    drop(engine);
    let engine = Engine::open(path_in(&folder)).unwrap();
    again(&engine);
    let Fact { stream, mut event } = facts().remove(1);
    if let EventBody::ContactAdded(added) = &mut event.body {
        added.name = Personal::about(contact(), "Ada King");
    }
    let outcomes = engine.append(vec![Fact { stream, event }]).unwrap();
    let Appended::Refused(Error::Append(error @ AppendError::KeyConflict { .. })) = &outcomes[0]
    else {
        panic!("{outcomes:?}");
    };
    assert!(HIDDEN.iter().all(|text| !holds(error.to_string().as_bytes(), text)), "{error}");
    assert!(!error.to_string().contains("Ada"), "a conflict shows sealed fields sealed: {error}");
}

#[test]
fn equal_texts_of_one_subject_seal_alike_and_of_two_do_not() {
    let engine = Engine::in_memory().unwrap();
    append(&engine, facts());
    assert_eq!(engine.stand_in("Ada"), engine.stand_in("Ada"));
    assert_ne!(engine.stand_in("Ada"), engine.stand_in("ada"));
    assert_ne!(engine.stand_in("Ada"), Engine::in_memory().unwrap().stand_in("Ada"));
    let sealed = |subject: &str| {
        let contact = ContactId::derived("test", subject);
        let held = ActivityHeld {
            note: Some(Personal::about(contact, "tea")),
            decisions: vec![Personal::about(contact, "tea")],
            ..ActivityHeld::new(
                ActivityId::derived("test", subject),
                ActivityKind::Call,
                ManagerId::derived("test", "1"),
                Outcome::Neutral,
            )
        };
        let recorded = engine.record(Proposal::new(account(2), event(0, subject, held))).unwrap();
        let stored = engine.event(recorded.events[0]).unwrap().unwrap();
        let EventBody::ActivityHeld(held) = stored.data.body else { panic!() };
        assert_eq!(held.note.as_ref(), held.decisions.first());
        held.note.unwrap()
    };
    assert_ne!(sealed("1"), sealed("2"));
}
