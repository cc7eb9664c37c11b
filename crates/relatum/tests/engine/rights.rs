//! Readers without a right: they see every figure, and neither people nor secrets.

use relatum::domain::event::account::ContactAdded;
use relatum::domain::event::activity::{ActionItem, ActivityHeld, ActivityKind, Outcome};
use relatum::domain::event::line::Line;
use relatum::domain::event::offer::OfferMade;
use relatum::domain::event::order::OrderPlaced;
use relatum::domain::event::organisation::ManagerJoined;
use relatum::domain::{
    ActionId, ActivityId, Actor, ContactId, Derived as _, EventBody, ManagerId, OfferId, OrderId,
    Personal, Quantity, Secret, Value,
};
use relatum::log::{EventData, EventType, ExpectedVersion, NewCommit, NewEvent, StreamWrite};
use relatum::{
    Appended, Class, Engine, Erasure, ErasureError, Error, EventRef, Fact, Rights, SalesBy,
    SalesOptions, Version,
};

use crate::answers::{figures, opened, states};
use crate::books::{account, append, clock, day, demo, event, fill, today};

/// Texts about people, and what is secret, as debugging and JSON show them.
const PERSONAL: [&str; 5] = [
    "Ada Marker-Lovelace",
    "ada@marker.example",
    "likes the marker tea",
    "send the marker samples",
    "Grace Marker-Hopper",
];
const SECRET: [&str; 3] = ["marker terms, between us", "0.123457", "987654321"];

fn ada() -> ContactId {
    ContactId::derived("test", "ada")
}

fn grace() -> ManagerId {
    ManagerId::derived("test", "grace")
}

fn euro(micro: i64) -> Value {
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
        discount: Some(Secret::of(SECRET[1].parse().unwrap())),
        net: euro(5_000_000_000),
        cost: Some(Secret::of(euro(987_654_321))),
    }
}

fn talk() -> ActivityHeld {
    let item = ActionItem {
        action: ActionId::derived("test", "1"),
        what: Personal::about(ada(), PERSONAL[3]),
        manager: None,
        contact: Some(ada()),
        due: None,
    };
    let activity = ActivityId::derived("test", "1");
    ActivityHeld {
        note: Some(Personal::about(ada(), PERSONAL[2])),
        actions: vec![item],
        ..ActivityHeld::new(activity, ActivityKind::Call, grace(), Outcome::Positive)
    }
}

fn offer() -> OfferMade {
    OfferMade {
        offer: OfferId::derived("test", "1"),
        number: "A-1".into(),
        opportunity: None,
        manager: None,
        lines: vec![line()],
        net: euro(5_000_000_000),
        valid_until: day(90),
        terms: Some(Secret::of(SECRET[0].into())),
    }
}

fn order() -> OrderPlaced {
    OrderPlaced {
        order: OrderId::derived("test", "1"),
        number: "O-1".into(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines: vec![line()],
        net: euro(5_000_000_000),
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

fn facts() -> Vec<Fact> {
    let added = ContactAdded {
        contact: ada(),
        name: Personal::about(ada(), PERSONAL[0]),
        role: None,
        email: Some(Personal::about(ada(), PERSONAL[1])),
        phone: None,
        key: true,
    };
    let name = Some(Personal::about(grace(), PERSONAL[4]));
    let joined = ManagerJoined { code: Some("G".into()), name, email: None };
    let who = account(1);
    vec![
        Fact::new(who, event(0, "1", added)),
        Fact::new(who, event(1, "2", talk())),
        Fact::new(who, event(2, "3", offer())),
        Fact::new(who, event(300, "4", order())),
        Fact::new(grace(), event(0, "5", joined)),
    ]
}

fn rights(personal: bool, secret: bool) -> Rights {
    Rights { personal, secret }
}

/// Whether each reader sees exactly what it may of everything that the engine opens.
#[track_caller]
fn check(engine: &Engine) {
    for (personal, secret) in [(true, true), (true, false), (false, true), (false, false)] {
        let reader = engine.with_rights(rights(personal, secret));
        let shown = opened(&reader, today());
        let seen = |text: &str| shown.iter().any(|it| it.contains(text));
        for (texts, may) in [(&PERSONAL[..], personal), (&SECRET[..], secret)] {
            for text in texts {
                assert_eq!(seen(text), may, "{text}: {:?}", reader.rights());
            }
        }
    }
}

#[test]
fn who_may_not_see_people_or_secrets_sees_every_figure_and_none_of_them() {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    append(&engine, facts());
    fill(&engine, &clock, &demo(4));
    check(&engine);
    let cut = engine.head().unwrap();
    let (all, state) = (figures(&engine, today(), &cut), states(&engine, today()));
    for reader in [rights(true, false), rights(false, true), Rights::NONE] {
        let reader = engine.with_rights(reader);
        assert_eq!(figures(&reader, today(), &cut), all);
        assert_eq!(states(&reader, today()), state);
    }
    for text in PERSONAL.iter().chain(&SECRET) {
        assert!(!all.values().any(|answer| answer.contains(text)), "{text}");
        assert!(!state.contains(text), "{text}");
    }
}

#[test]
fn a_reader_without_secrets_sees_what_was_sold_and_no_margin() {
    let engine = Engine::in_memory().unwrap();
    append(&engine, facts());
    let margin = |rights| {
        let reader = engine.with_rights(rights);
        let (_, totals) =
            reader.as_of(today()).margin(&SalesOptions::by(SalesBy::Account)).unwrap();
        (totals[0].net.micro, totals[0].cost.micro, totals[0].margin_bp)
    };
    assert_eq!(margin(Rights::ALL), (5_000_000_000, 987_654_321, Some(8_025)));
    assert_eq!(margin(rights(false, true)), margin(Rights::ALL));
    assert_eq!(margin(rights(true, false)), (5_000_000_000, 0, None));
}

#[test]
fn no_handle_gives_more_than_the_one_that_it_came_from() {
    let engine = Engine::in_memory().unwrap();
    let personal = engine.with_rights(rights(true, false));
    assert_eq!(engine.rights(), Rights::ALL);
    assert_eq!(personal.with_rights(Rights::ALL).rights(), rights(true, false));
    assert_eq!(personal.with_rights(rights(false, true)).rights(), Rights::NONE);
    assert_eq!(personal.clone().rights(), personal.rights());
}

#[test]
fn facts_are_recorded_without_rights_and_read_by_those_who_have_them() {
    let engine = Engine::in_memory().unwrap();
    let reader = engine.with_rights(Rights::NONE);
    append(&reader, facts());
    check(&engine);
    let again = reader.append(facts()).unwrap();
    assert!(again.iter().all(|it| matches!(it, Appended::AlreadyRecorded(_))), "{again:?}");
    // What they ask asynchronously is asked with their rights.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let name = EventRef::new(grace().into(), Version(1));
    let told = runtime.block_on(reader.run(move |it| it.name_told_by(name)));
    assert_eq!(told.unwrap(), None);
}

#[test]
fn who_may_not_read_about_people_erases_nobody() {
    let engine = Engine::in_memory().unwrap();
    append(&engine, facts());
    let actor = Actor::system("test");
    let erasure = Erasure { subject: ada().into(), reason: "asked".into(), actor, day: today() };
    let reader = engine.with_rights(rights(false, true));
    let error = reader.erase_subject(&erasure).unwrap_err();
    assert!(matches!(error, Error::Erasure(ErasureError::NoRight)), "{error}");
    assert_eq!(error.class(), Class::Refused);
    let line = &reader.subjects().unwrap()[0];
    assert_eq!((&line.name, line.keys), (&None, 1));
    engine.with_rights(rights(true, false)).erase_subject(&erasure).unwrap();
    assert_eq!(engine.footprint(ada().into()).unwrap().subject.keys, 0);
}

#[test]
fn what_another_program_stored_in_the_clear_is_withheld_all_the_same() {
    let engine = Engine::in_memory().unwrap();
    for Fact { stream, event } in facts() {
        let name = event.body.event_type();
        let data: EventData = event.encode().unwrap().into();
        assert!(name == "order_placed" || data.as_str().contains("clear"));
        let event_type = EventType::of(name);
        let key = Some(event.idempotency_key(name).parse().unwrap());
        let event = NewEvent { event_type, schema: 1, key, data };
        let write = StreamWrite { stream, expected: ExpectedVersion::Any, events: vec![event] };
        engine.log().submit(NewCommit::Write(vec![write])).wait().unwrap();
    }
    let stored = engine.event(EventRef::new(account(1).into(), Version(1))).unwrap().unwrap();
    let EventBody::ContactAdded(added) = stored.data.body else { panic!() };
    assert_eq!(added.name.text(), Some(PERSONAL[0]), "it is in the clear");
    check(&engine);
}
