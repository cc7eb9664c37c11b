//! Batches: taking in what a source tells, again and otherwise, and taking it back.

use std::collections::BTreeMap;

use relatum::domain::event::audit::{
    DataExported, ImportBegun, ImportEnded, UndoBegun, UsedMapping,
};
use relatum::domain::event::correction::EventVoided;
use relatum::domain::{Actor, BatchId, Event, EventBody, Source, TenantId};
use relatum::{
    BatchError, BatchState, Dependence, Engine, Error, EventRef, Fact, Intake, NewBatch, Offer,
    Retold, StreamId, Taken, Undo, UndoPlan,
};
use uuid::Uuid;

use crate::answers::figures;
use crate::books::{
    account, append, clock, day, demo, event, fill, invoice, on_both, paid, settles, sources, today,
};

fn id(number: u128) -> BatchId {
    Uuid::from_u128(number).into()
}

pub(crate) fn new(number: u128, no_amend: bool) -> NewBatch {
    let mapping = UsedMapping { name: "test".into(), sha256: "00".into(), said: Vec::new() };
    let told = ImportBegun { batch: id(number), mapping, files: Vec::new(), no_amend };
    NewBatch { day: day(0), actor: Actor::system("test"), told }
}

pub(crate) fn offer(who: u64, event: Event) -> Offer {
    Offer { stream: account(who).into(), event, once: false, retold: Retold::Amends }
}

/// One batch over these facts, to its end.
pub(crate) fn import(engine: &Engine, number: u128, facts: Vec<Offer>) -> Vec<Taken> {
    let mut intake = Intake::begin(engine.clone(), new(number, false));
    let taken = intake.offer(facts).unwrap();
    if intake.is_told() {
        end(engine, number);
    }
    taken
}

fn end(engine: &Engine, number: u128) {
    let (batch, events) = (id(number), Vec::new());
    let ended = ImportEnded { batch, rows_read: 0, rows_skipped: 0, rows_rejected: 0, events };
    engine.end_batch(day(0), Actor::system("test"), ended).unwrap();
}

pub(crate) fn undo(engine: &Engine, number: u128) -> Result<UndoPlan, Error> {
    let (batch, by, actor) = (id(number), id(1_000 + number), Actor::system("test"));
    let undo = Undo { batch, by, reason: "wrong file".into(), actor, day: day(0) };
    engine.undo(&undo, |_, _| {})
}

/// What becomes of facts, in short.
pub(crate) fn kinds(taken: &[Taken]) -> String {
    let kind = |it: &Taken| match it {
        Taken::New(_) => 'n',
        Taken::Same(_) => 's',
        Taken::Changed(..) => 'c',
        Taken::Differs(_) => 'd',
        Taken::Nothing => '-',
        _ => 'r',
    };
    taken.iter().map(kind).collect()
}

pub(crate) fn events(engine: &Engine) -> u64 {
    engine.head().unwrap().events()
}

/// What stands of an account: numbers and cents of its open invoices.
fn open(engine: &Engine, who: u64) -> String {
    let book = engine.as_of(day(300));
    let statement = book.statement(account(who), day(0)).unwrap();
    format!("{statement:?}")
}

/// A text in which events are named by their streams alone.
fn without_versions(text: &str) -> String {
    let mut pieces = text.split('@');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        format!("{text}@{}", piece.trim_start_matches(|sign: char| sign.is_ascii_digit()))
    })
}

/// Every answer, and every flag.
pub(crate) fn answers(engine: &Engine) -> BTreeMap<String, String> {
    let mut all = figures(engine, today(), &engine.head().unwrap());
    // States, not answers: they keep what was undone, so that it is known as of then.
    all.remove("policies");
    // Whoever has the calendar of in between must learn that its entries are cancelled.
    all.remove("calendar");
    let book = engine.as_of(today());
    for (account, _) in book.accounts().unwrap() {
        let flags = book.flags(account).unwrap();
        all.insert(format!("flags {account}"), format!("{flags:?}"));
    }
    all
}

pub(crate) fn assert_same(left: &BTreeMap<String, String>, right: &BTreeMap<String, String>) {
    let names = |it: &BTreeMap<String, String>| it.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let differ: Vec<&String> =
        left.iter().filter(|(name, text)| right[*name] != **text).map(|it| it.0).collect();
    if let Some(first) = differ.first() {
        panic!("{differ:?} differ; {first}:\n{}\n{}", left[*first], right[*first]);
    }
}

/// The demo's book, of which the last part comes as a batch: facts of every kind, on accounts that
/// are there and on new ones.
fn split() -> (Vec<relatum_demo::Fact>, Vec<Offer>) {
    let mut facts = demo(8);
    let rest = facts.split_off(facts.len() * 3 / 5);
    let plain = rest.into_iter().filter(|it| {
        let erased = matches!(it.event.body, EventBody::EventVoided(_));
        it.event.amends.is_none() && !erased
    });
    let offers = plain
        .map(|it| Offer { stream: it.stream, event: it.event, once: false, retold: Retold::Amends })
        .collect();
    (facts, offers)
}

#[test]
fn an_undone_batch_leaves_no_trace_in_any_answer_and_can_come_again() {
    let (facts, offers) = split();
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    fill(&engine, &clock, &facts);
    let before = answers(&engine);

    let mut preview = Intake::preview(engine.clone(), true);
    let seen: Vec<String> =
        offers.chunks(100).map(|chunk| kinds(&preview.offer(chunk.to_vec()).unwrap())).collect();
    let head = events(&engine);
    let mut intake = Intake::begin(engine.clone(), new(1, false));
    let mut ran = Vec::new();
    for chunk in offers.chunks(100) {
        ran.push(kinds(&intake.offer(chunk.to_vec()).unwrap()));
    }
    end(&engine, 1);
    assert_eq!(seen, ran, "a preview tells what comes");
    assert!(ran.concat().bytes().all(|kind| kind == b'n'));
    assert_eq!(events(&engine), head + offers.len() as u64 + 2);
    let imported = answers(&engine);
    assert_ne!(before, imported);

    let plan = undo(&engine, 1).unwrap();
    assert_eq!((plan.events, plan.dependants), (offers.len() as u64, 0));
    assert_same(&before, &answers(&engine));
    let refused = undo(&engine, 1).unwrap_err();
    assert!(matches!(refused, Error::Batch(BatchError::Undone { .. })), "{refused}");

    let again = import(&engine, 2, offers.clone());
    assert!(kinds(&again).bytes().all(|kind| kind == b'n'));
    // What comes again are other events, of later versions, that say the same.
    let sums = |all: &BTreeMap<String, String>| {
        let told = |name: &&str| without_versions(&all[*name]);
        ["aging", "book", "sales", "quota", "credit", "orders", "contacts"]
            .iter()
            .map(told)
            .collect::<Vec<_>>()
    };
    assert_eq!(sums(&imported), sums(&answers(&engine)));
    assert_eq!(kinds(&import(&engine, 3, offers.clone())), "s".repeat(offers.len()));
    undo(&engine, 2).unwrap();
    assert_same(&before, &answers(&engine));
}

#[test]
fn what_is_told_again_adds_nothing_and_what_is_told_otherwise_amends() {
    on_both(|engine| {
        let tell = |number, minor| import(engine, number, vec![offer(1, invoice(1, 7, minor))]);
        assert_eq!(kinds(&tell(1, 100)), "n");
        let first = (events(engine), open(engine, 1));
        assert_eq!((kinds(&tell(2, 100)).as_str(), events(engine)), ("s", first.0));
        let words = [(200, "c"), (200, "s"), (100, "c"), (100, "s"), (200, "c")];
        for (number, (minor, kind)) in words.into_iter().enumerate() {
            assert_eq!(kinds(&tell(10 + number as u128, minor)), kind, "{number}");
        }
        assert_eq!(sources(engine, 1), ["R-7", "R-7~1", "R-7~2", "R-7~3"]);
        let stream = engine.stream(account(1).into()).unwrap();
        let amended: Vec<Option<u64>> =
            stream.iter().map(|it| it.data.amends.map(|it| it.version.0)).collect();
        assert_eq!(amended, [None, Some(1), Some(2), Some(3)]);

        // Back through all of it, and forth again.
        for (number, word) in [(14, 100), (12, 200), (10, 100)] {
            undo(engine, number).unwrap();
            assert_eq!(kinds(&tell(500 + number, word)), "s", "{number}");
        }
        assert_eq!(open(engine, 1), first.1);
        assert_eq!(kinds(&tell(20, 200)), "c");
        undo(engine, 20).unwrap();
        undo(engine, 1).unwrap();
        assert_eq!(kinds(&tell(21, 100)), "n");
        assert_eq!(kinds(&tell(22, 100)), "s");
    });
}

#[test]
fn a_person_has_the_last_word_until_the_source_tells_something_else() {
    let engine = Engine::in_memory().unwrap();
    let tell = |number, minor| import(&engine, number, vec![offer(1, invoice(1, 7, minor))]);
    tell(1, 100);
    let stream = StreamId::from(account(1));
    let at = |version| EventRef::new(stream, relatum::Version(version));
    let corrected = Event { amends: Some(at(1)), ..invoice(1, 7, 90) };
    let source = Source::new("person", "1");
    append(&engine, vec![Fact::new(stream, Event { source, ..corrected })]);
    assert_eq!(kinds(&tell(2, 100)), "s", "the source says what it said");
    let taken = tell(3, 120);
    assert_eq!(taken, [Taken::Changed(at(3), at(2))], "in the place of the correction");

    let reason = "typed twice".to_owned();
    append(&engine, vec![Fact::new(stream, event(2, "v", EventVoided { event: at(3), reason }))]);
    assert_eq!(kinds(&tell(4, 120)), "s", "void, and the source says nothing new");
    let taken = tell(5, 130);
    let Taken::Refused(reason) = &taken[0] else { panic!("{taken:?}") };
    assert!(reason.contains("was voided by hand"), "{reason}");
}

#[test]
fn within_a_batch_a_name_tells_one_thing() {
    on_both(|engine| {
        let facts = || {
            vec![
                offer(1, invoice(1, 7, 100)),
                offer(1, invoice(1, 7, 100)),
                offer(1, invoice(1, 7, 200)),
                Offer { once: true, ..offer(1, invoice(1, 7, 300)) },
            ]
        };
        let mut preview = Intake::preview(engine.clone(), true);
        assert_eq!(kinds(&preview.offer(facts()).unwrap()), "nsds");
        let mut intake = Intake::begin(engine.clone(), new(1, false));
        assert_eq!(kinds(&intake.offer(facts()).unwrap()), "nsds");
        assert_eq!(kinds(&intake.offer(facts()).unwrap()), "ssds");
        let mut again = Intake::resume(engine.clone(), id(1)).unwrap();
        assert_eq!(kinds(&again.offer(facts()).unwrap()), "ssds", "resumed, too");
        let mut other = Intake::begin(engine.clone(), new(2, true));
        assert_eq!(kinds(&other.offer(facts()).unwrap()), "ssds", "amending was not wanted");
        assert!(!other.is_told());
        let mut none = Intake::new(engine.clone());
        assert_eq!(kinds(&none.offer(facts()).unwrap()), "ssds", "of no batch");
        let told = || DataExported {
            what: "aging".into(),
            form: "csv".into(),
            as_of: None,
            known_at: None,
            to: "us".into(),
        };
        let export = |to: &str| {
            let event = event(1, "e", DataExported { to: to.into(), ..told() });
            Offer { stream: TenantId::own().into(), event, once: false, retold: Retold::Amends }
        };
        assert_eq!(kinds(&import(engine, 3, vec![export("us")])), "n");
        let taken = import(engine, 4, vec![export("them")]);
        assert!(matches!(&taken[0], Taken::Refused(why) if why.contains("changes nothing")));
    });
}

#[test]
fn what_rests_on_a_batch_keeps_it() {
    let engine = Engine::in_memory().unwrap();
    import(&engine, 1, vec![offer(1, invoice(1, 7, 100)), offer(2, invoice(1, 8, 100))]);
    let payment = paid(5, 1, 100, vec![settles(7, 100)]);
    append(&engine, vec![Fact::new(account(1), payment)]);
    import(&engine, 2, vec![offer(2, invoice(1, 8, 120))]);
    let plan = engine.undo_plan(id(1)).unwrap();
    let how: Vec<_> = plan.first_dependants.iter().map(|it| (it.batch, &it.dependence)).collect();
    assert!(matches!(how[0], (None, Dependence::RefersTo { .. })), "{how:?}");
    assert!(matches!(how[1], (Some(by), Dependence::Amends { .. }) if by == id(2)), "{how:?}");
    let head = events(&engine);
    let refused = undo(&engine, 1).unwrap_err();
    assert!(matches!(refused, Error::Batch(BatchError::DependedOn { events: 2, .. })), "{refused}");
    assert_eq!(events(&engine), head, "nothing was done");

    undo(&engine, 2).unwrap();
    let stream = StreamId::from(account(1));
    let (event_, reason) = (EventRef::new(stream, relatum::Version(2)), "not ours".to_owned());
    let void = EventVoided { event: event_, reason };
    append(&engine, vec![Fact::new(stream, event(6, "v", void))]);
    assert_eq!(undo(&engine, 1).unwrap().events, 2);
    let states: Vec<_> = engine.batches().unwrap().iter().map(|it| it.state()).collect();
    assert_eq!(states, [BatchState::Undone, BatchState::Undone]);
}

#[test]
fn a_batch_that_was_cut_off_goes_on_or_is_taken_back() {
    let (facts, offers) = split();
    let half = offers.len() / 2;
    let made = |cut: bool| {
        let clock = clock();
        let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
        fill(&engine, &clock, &facts);
        let mut intake = Intake::begin(engine.clone(), new(1, false));
        if cut {
            intake.offer(offers[..half].to_vec()).unwrap();
            intake = Intake::resume(engine.clone(), id(1)).unwrap();
        }
        (intake.offer(offers.clone()).unwrap(), engine)
    };
    let ((whole, one), (resumed, other)) = (made(false), made(true));
    assert_eq!(kinds(&whole), "n".repeat(offers.len()));
    assert_eq!(kinds(&resumed), "s".repeat(half) + &"n".repeat(offers.len() - half));
    assert_same(&answers(&one), &answers(&other));
    assert_eq!(other.batch(id(1)).unwrap().state(), BatchState::CutOff);

    // Undoing is cut off after its beginning and one event.
    let (batch, by) = (id(77), id(1));
    let begun = UndoBegun { batch, undoes: by, reason: "wrong".into() };
    let event = Event::new(day(0), Actor::system("t"), Source::new("relatum", "batch/77"), begun);
    append(&other, vec![Fact::new(TenantId::own(), event)]);
    let refused = Intake::resume(other.clone(), id(1)).unwrap_err();
    assert!(matches!(refused, Error::Batch(BatchError::Undoing { .. })), "{refused}");
    undo(&other, 1).unwrap();
    let undone = other.batch(id(1)).unwrap().undone.unwrap();
    assert_eq!((undone.by, undone.ended.map(|it| it.1)), (id(77), Some(offers.len() as u64)));

    end(&one, 1);
    let refused = Intake::resume(one, id(1)).unwrap_err();
    assert!(matches!(refused, Error::Batch(BatchError::Ended { .. })), "{refused}");
}
