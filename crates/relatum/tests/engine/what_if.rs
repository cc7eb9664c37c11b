//! What if: an overlay answers as a book in which the same facts were appended, and writes nothing.

use chrono::TimeDelta;
use relatum::domain::event::account::ContactAdded;
use relatum::domain::event::policy::{CeiSales, Policy, PolicySet};
use relatum::domain::{AccountId, ContactId, Derived as _, Event, Personal, TenantId};
use relatum::log::{AppendError, Clock as _};
use relatum::{
    AgingOptions, AsOf, CashOptions, CollectionOptions, Engine, Error, ExposureOptions, Fact,
    HistoryFilter, OpenItemsOptions, PayOptions, PipelineBy, PipelineOptions, SalesBy,
    SalesOptions, StreamId,
};

use crate::books::{
    account, adjusted, append, clock, commits, day, demo, event, fill, invoice, paid, path_in,
    record, settles, stored, today,
};
use crate::known_at;

/// Every answer from one point, those about money and pay among them.
fn answers(at: &AsOf) -> Vec<String> {
    let pay: Vec<_> = at
        .managers()
        .unwrap()
        .iter()
        .map(|(manager, _)| at.pay(&PayOptions { manager: *manager }).unwrap())
        .collect();
    let exposure = ExposureOptions::default();
    let collection = CollectionOptions::default();
    let mut all = known_at::answers(at);
    all.extend([
        format!("{pay:?}"),
        format!("{:?}", at.credit(&exposure).unwrap()),
        format!("{:?}", at.figures(&exposure).unwrap()),
        format!("{:?}", at.collection(&collection).unwrap()),
        format!("{:?}", at.dunning(&collection).unwrap()),
        format!("{:?}", at.figures(&CashOptions::default()).unwrap()),
        format!("{:?}", at.figures(&SalesOptions::by(SalesBy::Manager)).unwrap()),
        format!("{:?}", at.margin(&SalesOptions::by(SalesBy::Account)).unwrap()),
        format!("{:?}", at.told_twice().unwrap()),
        format!("{:?}", at.pipeline(&pipeline()).unwrap()),
        format!("{:?}", at.ask(|models, view| models.history.count(view)).unwrap()),
    ]);
    for (account, _) in at.accounts().unwrap() {
        all.push(format!("{:?}", at.flags(account).unwrap()));
        all.push(format!("{:?}", at.credit(&of(account)).unwrap()));
    }
    all
}

fn of(account: AccountId) -> ExposureOptions {
    ExposureOptions { account: Some(account), ..ExposureOptions::default() }
}

fn pipeline() -> PipelineOptions {
    PipelineOptions { by: PipelineBy::Manager, account: None, manager: None }
}

fn facts(of: &[relatum_demo::Fact]) -> Vec<Fact> {
    of.iter().map(|it| Fact::new(it.stream, it.event.clone())).collect()
}

#[test]
fn an_overlay_answers_as_a_book_in_which_the_same_was_appended() {
    let book = demo(4);
    for (cut, live_events) in [(1, 0), (40, 1_000_000), (book.len() / 3, 0)] {
        let (known, planned) = book.split_at(book.len() - cut);
        let engine = |facts: &[relatum_demo::Fact]| {
            let clock = clock();
            let builder = Engine::builder().clock(clock.clone()).live_events(live_events);
            let engine = builder.in_memory().unwrap();
            fill(&engine, &clock, facts);
            engine
        };
        let (speculating, appended) = (engine(known), engine(known));
        append(&appended, facts(planned));
        let before = commits(&speculating);
        for on in [today(), today() - chrono::Days::new(200)] {
            let expected = answers(&appended.as_of(on));
            let plain = answers(&speculating.as_of(on));
            let over = speculating.as_of(on).what_if(facts(planned)).unwrap();
            let found = answers(&over);
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found, expected, "{cut} facts on {on}");
            }
            assert_eq!(found.len(), expected.len());
            assert_eq!(answers(&speculating.as_of(on)), plain, "nothing stays");
        }
        // In two steps it is the same.
        let (first, second) = planned.split_at(planned.len() / 2);
        let stepwise = speculating.as_of(today()).what_if(facts(first)).unwrap();
        let stepwise = answers(&stepwise.what_if(facts(second)).unwrap());
        assert_eq!(stepwise, answers(&appended.as_of(today())));
        assert_eq!(commits(&speculating), before, "the log is as it was, byte for byte");
    }
}

/// An invoice of account 1, and a payment of a part of it that is not recorded.
fn half_paid(engine: &Engine) -> AsOf {
    record(engine, 1, invoice(0, 1, 100)).unwrap();
    let payment = paid(5, 1, 60, vec![settles(1, 60)]);
    engine.as_of(day(50)).what_if(vec![Fact::new(account(1), payment)]).unwrap()
}

/// What is owed, in cents.
fn open(at: &AsOf) -> i128 {
    let totals = at.aging(&AgingOptions::default()).unwrap().totals;
    totals.iter().map(|it| it.total.micro).sum::<i128>() / 10_000
}

#[test]
fn explanations_call_what_was_laid_over_by_names_that_follow_the_log() {
    let engine = Engine::in_memory().unwrap();
    let over = half_paid(&engine);
    assert_eq!((open(&engine.as_of(day(50))), open(&over)), (100, 40));
    let report = AgingOptions::default();
    let told = over.explain(&report, &"total/EUR/total".parse().unwrap()).unwrap();
    let names: Vec<_> = told
        .contributions
        .iter()
        .map(|it| (it.event.version.0, over.is_speculative(it.event)))
        .collect();
    assert_eq!(names, [(1, false), (2, true)]);
    let laid: Vec<_> = over.speculative().map(|(at, event)| (at, event.effective)).collect();
    assert_eq!(laid, [(told.contributions[1].event, day(5))]);
    assert!(engine.event(laid[0].0).unwrap().is_none(), "no event of the log");
}

#[test]
fn the_log_is_seen_as_it_was_and_what_comes_later_does_not_meet_the_overlay() {
    let engine = Engine::in_memory().unwrap();
    let over = half_paid(&engine);
    // The log gives the name of the overlay's event to another one.
    record(&engine, 1, paid(6, 2, 100, vec![settles(1, 100)])).unwrap();
    assert_eq!((open(&engine.as_of(day(50))), open(&over)), (0, 40));
}

#[test]
fn at_a_past_instant_it_is_the_last_that_was_known_then() {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    record(&engine, 1, invoice(0, 1, 100)).unwrap();
    let then = clock.now();
    clock.advance(TimeDelta::days(1));
    record(&engine, 1, paid(6, 2, 100, vec![settles(1, 100)])).unwrap();
    let planned = vec![Fact::new(account(2), invoice(0, 2, 7))];
    let past = engine.as_of(day(50)).known_at(then).unwrap();
    assert_eq!(open(&past.clone().what_if(planned.clone()).unwrap()), 107);
    let now = engine.as_of(day(50)).what_if(planned).unwrap();
    assert_eq!(open(&now), 7);
    assert_eq!(open(&now.known_at(then).unwrap()), 107);
    assert_eq!(open(&past), 100);
}

#[test]
fn a_rule_can_be_tried_too() {
    let engine = Engine::in_memory().unwrap();
    let rule = |at: &AsOf| at.policies().unwrap().cei_sales(&at.view()).rule;
    let today = engine.as_of(day(9));
    assert_eq!(rule(&today), CeiSales::Period);
    let policy = Policy::CeiSales(CeiSales::MonthlyAverage);
    let set = event(0, "rule", PolicySet { policy, reason: None });
    let over = today.clone().what_if(vec![Fact::new(TenantId::own(), set)]).unwrap();
    assert_eq!((rule(&over), rule(&today)), (CeiSales::MonthlyAverage, CeiSales::Period));
}

#[test]
fn it_is_not_decided_but_flagged() {
    let engine = Engine::in_memory().unwrap();
    record(&engine, 1, invoice(0, 1, 100)).unwrap();
    let too_much = paid(5, 1, 160, vec![settles(1, 160)]);
    let over = engine.as_of(day(50)).what_if(vec![Fact::new(account(1), too_much)]).unwrap();
    let codes: Vec<_> = over.flags(account(1)).unwrap().iter().map(|it| it.code).collect();
    assert_eq!(codes, ["above_open"]);
    assert!(engine.as_of(day(50)).flags(account(1)).unwrap().is_empty());
}

#[test]
fn what_is_there_already_is_not_there_twice_and_a_contradiction_is_shown() {
    let (folder, engine) = stored();
    let named = |name: &str| {
        let contact = ContactId::derived("test", "ada");
        let name = Personal::about(contact, name);
        event(
            0,
            "ada",
            ContactAdded { contact, name, role: None, email: None, phone: None, key: true },
        )
    };
    append(&engine, vec![Fact::new(account(1), named("Ada"))]);
    record(&engine, 1, adjusted(0, "a")).unwrap();
    let keys = || {
        let mut path = path_in(&folder).into_os_string();
        path.push(".keys");
        std::fs::read(path).unwrap()
    };
    let before = (commits(&engine), keys());
    let over = |events: Vec<Event>| {
        let facts = events.into_iter().map(|it| Fact::new(account(1), it)).collect();
        engine.as_of(day(50)).what_if(facts)
    };
    let stream: StreamId = account(1).into();
    // The name is sealed in the log and open in the fact: it says the same.
    let same = over(vec![named("Ada"), adjusted(0, "a"), adjusted(0, "b"), adjusted(0, "b")]);
    let names: Vec<_> = same.unwrap().speculative().map(|(at, _)| at.to_string()).collect();
    assert_eq!(names, [format!("{stream}@3")]);
    for contradiction in [vec![named("Eve")], vec![adjusted(0, "b"), adjusted(1, "b")]] {
        let error = over(contradiction).unwrap_err();
        assert!(matches!(error, Error::Append(AppendError::KeyConflict { .. })), "{error}");
    }
    assert!(matches!(over(vec![adjusted(0, "two\nlines")]), Err(Error::Payload(_))));
    assert_eq!((commits(&engine), keys()), before, "no event, and no key");
    let history = engine.as_of(day(50)).history(account(1), &HistoryFilter::default()).unwrap();
    assert_eq!(history.len(), 2);
    let items = engine.as_of(day(50)).open_items(&OpenItemsOptions::default()).unwrap();
    assert!(items.rows.is_empty());
}
