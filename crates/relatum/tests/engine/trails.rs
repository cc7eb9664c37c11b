//! Audit trails against a naive walk, and what links events to each other.

use std::collections::BTreeSet;

use relatum::domain::event::correction::EventVoided;
use relatum::domain::event::settlement::{PromiseMade, Reversed, Reversible};
use relatum::domain::{Actor, Derived as _, Event, PromiseId};
use relatum::log::{Cut, Seq};
use relatum::{AsOf, Because, Engine, Error, EventRef, Fact, TrailLine, TrailOf, Version};

use crate::books::{
    account, adjusted, clock, day, demo, document, euro, event, fill, invoice, on_both, paid,
    payment, record, settles, today,
};

fn at(who: u64, version: u64) -> EventRef {
    EventRef::new(account(who).into(), Version(version))
}

fn trail(at: &AsOf, of: &TrailOf) -> Vec<TrailLine> {
    at.trail(of, |_, _| {}).unwrap()
}

fn told(lines: &[TrailLine]) -> Vec<(EventRef, Because)> {
    lines.iter().map(|it| (it.event, it.because)).collect()
}

/// Two accounts; what happened in the second followed from the first.
fn book(engine: &Engine) {
    let conversation = relatum::domain::DocumentId::from(uuid::Uuid::from_u128(7)).uuid();
    record(engine, 1, invoice(0, 1, 10_000)).unwrap();
    record(engine, 1, invoice(1, 2, 20_000)).unwrap();
    record(engine, 1, paid(20, 1, 10_000, vec![settles(1, 10_000)])).unwrap();
    let caused = Event { causation: Some(at(1, 1)), ..adjusted(21, "A-1") };
    record(engine, 2, caused).unwrap();
    let caused = Event { causation: Some(at(2, 1)), ..adjusted(22, "A-2") };
    record(engine, 3, caused).unwrap();
    let talk = Event { correlation: Some(conversation), ..adjusted(23, "A-3") };
    record(engine, 2, talk).unwrap();
    let talk = Event { correlation: Some(conversation), ..adjusted(24, "A-4") };
    record(engine, 3, talk).unwrap();
    let void = EventVoided { event: at(1, 2), reason: "told twice".into() };
    record(engine, 1, event(25, "V-1", void)).unwrap();
}

#[test]
fn a_trail_follows_causes_both_ways_conversations_and_corrections() {
    on_both(|engine| {
        book(engine);
        let now = engine.as_of(day(100));
        let one = trail(&now, &TrailOf::Account(account(1)));
        let itself = |version| (at(1, version), Because::Itself);
        let effects = [(at(2, 1), Because::Effect), (at(3, 1), Because::Effect)];
        let expected = [itself(1), itself(2), itself(3), effects[0], effects[1], itself(4)];
        assert_eq!(told(&one), expected, "in the order of the log");
        assert_eq!(one[1].undone_by, Some(at(1, 4)));
        assert_eq!(one.iter().filter(|it| it.undone_by.is_some()).count(), 1);
        let two = trail(&now, &TrailOf::Account(account(2)));
        let expected = [
            (at(1, 1), Because::Cause),
            (at(2, 1), Because::Itself),
            (at(3, 1), Because::Effect),
            (at(2, 2), Because::Itself),
            (at(3, 2), Because::Conversation),
        ];
        assert_eq!(told(&two), expected);
    });
}

#[test]
fn a_document_is_followed_by_number_and_by_id_in_every_account() {
    on_both(|engine| {
        book(engine);
        let now = engine.as_of(day(100));
        let by_number = trail(&now, &TrailOf::Document("R-1".to_owned()));
        let own: Vec<_> = by_number.iter().filter(|it| it.because == Because::Itself).collect();
        assert_eq!(own.iter().map(|it| it.event).collect::<Vec<_>>(), [at(1, 1), at(1, 3)]);
        let id = crate::books::document(1).to_string();
        assert_eq!(trail(&now, &TrailOf::Document(id)), by_number);
        let voided = trail(&now, &TrailOf::Document("R-2".to_owned()));
        let expected = [(at(1, 2), Because::Itself), (at(1, 4), Because::Correction)];
        assert_eq!(told(&voided), expected);
        let none = now.trail(&TrailOf::Document("R-9".to_owned()), |_, _| {}).unwrap_err();
        assert!(matches!(none, Error::NotFound { what: "document", .. }), "{none}");
    });
}

#[test]
fn a_trail_as_known_then_does_not_change() {
    on_both(|engine| {
        book(engine);
        let then = |upto| engine.as_of(day(100)).known_at(Cut::single(Seq(upto))).unwrap();
        let all = trail(&then(8), &TrailOf::Account(account(1)));
        let before = trail(&then(3), &TrailOf::Account(account(1)));
        assert_eq!(told(&before), told(&all)[..3]);
        assert_eq!(before[1].undone_by, None, "nobody knew");
        let earlier = trail(&engine.as_of(day(0)), &TrailOf::Account(account(1)));
        assert_eq!(told(&earlier), [(at(1, 1), Because::Itself)]);
    });
}

#[test]
fn what_was_taken_back_is_told_whatever_the_day_and_not_if_that_was_taken_back_too() {
    on_both(|engine| {
        record(engine, 1, invoice(0, 1, 10_000)).unwrap();
        record(engine, 1, paid(5, 1, 4_000, vec![settles(1, 4_000)])).unwrap();
        let what = Reversible::Payment(payment(1));
        record(engine, 1, event(9, "B-1", Reversed { what, reason: "bounced".into() })).unwrap();
        let promise = PromiseMade {
            promise: PromiseId::derived("test", "1"),
            by: day(40),
            amount: euro(6_000),
            documents: vec![document(1)],
            contact: None,
        };
        record(engine, 1, event(10, "P-1", promise)).unwrap();
        let void = EventVoided { event: at(1, 1), reason: "told twice".into() };
        engine.append(vec![Fact::new(account(1), event(50, "V-1", void))]).unwrap();
        let of = TrailOf::Document("R-1".to_owned());
        let later = trail(&engine.as_of(day(30)), &of);
        let expected = [
            (at(1, 1), Because::Itself),
            (at(1, 2), Because::Itself),
            (at(1, 3), Because::Correction),
            (at(1, 4), Because::Itself),
            (at(1, 5), Because::Correction),
        ];
        assert_eq!(told(&later), expected, "a void holds from when it is known");
        let undone: Vec<_> = later.iter().map(|it| it.undone_by).collect();
        assert_eq!(undone, [Some(at(1, 5)), Some(at(1, 3)), None, None, None]);
        let earlier = trail(&engine.as_of(day(8)), &of);
        assert_eq!(earlier[1].undone_by, None, "a reversal holds from its day");
        let void = EventVoided { event: at(1, 5), reason: "it was right".into() };
        engine.append(vec![Fact::new(account(1), event(51, "V-2", void))]).unwrap();
        let again = trail(&engine.as_of(day(60)), &of);
        assert_eq!(again[0].undone_by, None, "it counts again");
        let known = engine.as_of(day(60)).known_at(Cut::single(Seq(1))).unwrap();
        assert_eq!(trail(&known, &of).len(), 1);
    });
}

#[test]
fn every_actor_of_a_demo_has_what_they_did_and_nothing_else_of_its_own() {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    let facts = demo(4);
    fill(&engine, &clock, &facts);
    let actors: BTreeSet<&Actor> = facts.iter().map(|it| &it.event.actor).collect();
    let future = engine.as_of(chrono::NaiveDate::MAX);
    for actor in actors {
        let found = trail(&future, &TrailOf::Actor(actor.clone()));
        let own = found.iter().filter(|it| it.because == Because::Itself).count();
        assert_eq!(own, facts.iter().filter(|it| it.event.actor == *actor).count(), "{actor:?}");
        assert!(found.iter().all(|it| (it.actor == *actor) == (it.because == Because::Itself)));
        let known: BTreeSet<EventRef> = found.iter().map(|it| it.event).collect();
        // Closed: whatever led to anything here, or followed from it, is here.
        for envelope in engine.replay().events().unwrap().map(Result::unwrap) {
            let cause = envelope.data.causation;
            if cause.is_some_and(|it| known.contains(&it)) {
                assert!(known.contains(&envelope.event), "{} followed", envelope.event);
            }
        }
        for it in &found {
            assert!(it.causation.is_none_or(|it| known.contains(&it)), "{} was led to", it.event);
        }
        assert!(found.is_sorted_by_key(|it| it.position));
    }
    assert!(trail(&engine.as_of(today()), &TrailOf::Actor(Actor::system("nobody"))).is_empty());
}
