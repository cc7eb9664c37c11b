//! What was known: an engine that looks back answers as one that never learned more.

use chrono::{Days, NaiveDate, TimeDelta};
use proptest::prelude::*;
use relatum::log::{Cut, CutError, Position, Seq, StoredCommit};
use relatum::{
    ActionsOptions, AgingOptions, AsOf, CadenceOptions, ChurnOptions, Class, CompetitorsBy,
    CompetitorsOptions, ContactsOptions, Engine, Error, Fact, HistoryFilter, PlanOptions,
    QuotaOptions,
};

use crate::books::{
    account, adjusted, append, clock, commits, day, demo, fill, invoice, paid, record, settles,
    today,
};

/// Every answer from one point.
pub(crate) fn answers(at: &AsOf) -> Vec<String> {
    let histories: Vec<_> = at
        .accounts()
        .unwrap()
        .iter()
        .map(|(id, _)| (*id, at.history(*id, &HistoryFilter::default()).unwrap()))
        .collect();
    vec![
        format!("{:?}", at.aging(&AgingOptions::default()).unwrap()),
        format!("{:?}", at.quota(&QuotaOptions::default()).unwrap()),
        format!("{:?}", at.churn(&ChurnOptions::default()).unwrap()),
        format!("{:?}", at.worklist(None).unwrap()),
        format!("{:?}", at.book().unwrap()),
        format!("{:?}", at.accounts().unwrap()),
        format!("{:?}", at.managers().unwrap()),
        format!("{:?}", at.plan(&all_days()).unwrap()),
        format!("{:?}", at.cadence(&CadenceOptions::default()).unwrap()),
        format!("{:?}", at.contacts(&ContactsOptions::default()).unwrap()),
        format!("{:?}", at.actions(&ActionsOptions::default()).unwrap()),
        format!("{:?}", at.competitors(&competitors()).unwrap()),
        format!("{histories:?}"),
    ]
}

fn competitors() -> CompetitorsOptions {
    let by = CompetitorsBy::Competitor;
    CompetitorsOptions { by, from: None, account: None, manager: None, competitor: None }
}

fn all_days() -> PlanOptions {
    let (from, to) = (NaiveDate::MIN, NaiveDate::MAX);
    PlanOptions { from, to, account: None, managers: Vec::new(), states: Vec::new() }
}

fn filled(accounts: u32) -> Engine {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    fill(&engine, &clock, &demo(accounts));
    engine
}

/// An engine that knows these commits and no more.
fn replica(commits: &[StoredCommit]) -> Engine {
    let engine = Engine::in_memory().unwrap();
    engine.replicate_all(commits.iter().map(|it| it.bytes.as_slice())).unwrap();
    engine
}

fn end(commits: &[StoredCommit]) -> Cut {
    let last = commits.last().map(|it| it.envelopes().unwrap().pop().unwrap().position.seq);
    Cut::single(last.unwrap_or(Seq::NONE))
}

fn back(days: u64) -> NaiveDate {
    today() - Days::new(days)
}

#[test]
fn looking_back_is_never_having_learned_more() {
    let engine = filled(8);
    let all = commits(&engine);
    // One engine learns commit after commit; the other has always known all.
    let learning = Engine::in_memory().unwrap();
    let mut known = 0;
    let cuts = [
        0,
        1,
        7,
        all.len() / 5,
        all.len() / 2,
        all.len() - all.len() / 9,
        all.len() - 1,
        all.len(),
    ];
    for cut in cuts {
        learning.replicate_all(all[known..cut].iter().map(|it| it.bytes.as_slice())).unwrap();
        known = cut;
        for as_of in [back(0), back(45), back(300), back(1_000)] {
            let then = engine.as_of(as_of).known_at(end(&all[..cut])).unwrap();
            assert_eq!(answers(&then), answers(&learning.as_of(as_of)), "{cut} commits, {as_of}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn at_any_cut_and_instant(
        at in any::<prop::sample::Index>(),
        days in 0..800_u64,
        micros in -2..3_i64,
    ) {
        thread_local! {
            static FILLED: (Engine, Vec<StoredCommit>) = {
                let engine = filled(3);
                let all = commits(&engine);
                (engine, all)
            };
        }
        FILLED.with(|(engine, all)| {
            let cut = at.index(all.len()) + 1;
            let recorded = all[cut - 1].view().unwrap().recorded_at;
            let instant = recorded + TimeDelta::microseconds(micros);
            let known = all.iter().filter(|it| it.view().unwrap().recorded_at <= instant).count();
            let replica = replica(&all[..known]);
            let expected = answers(&replica.as_of(back(days)));
            let by_instant = engine.as_of(back(days)).known_at(instant).unwrap();
            assert_eq!(answers(&by_instant), expected);
            let by_cut = engine.as_of(back(days)).known_at(end(&all[..known])).unwrap();
            assert_eq!(answers(&by_cut), expected);
        });
    }
}

#[test]
fn a_cut_within_a_commit_is_refused_with_its_bounds() {
    let engine = Engine::in_memory().unwrap();
    record(&engine, 1, invoice(0, 1, 100)).unwrap();
    append(&engine, (0..4).map(|it| Fact::new(account(1), adjusted(0, it.to_string()))).collect());
    let error = engine.as_of(day(0)).known_at(Cut::single(Seq(3))).unwrap_err();
    assert_eq!(error.class(), Class::Refused);
    assert_eq!(error.to_string(), "3 is within the commit from 2 to 5; take 1 or 5");
    let Error::Cut(CutError::InsideCommit { position, first, last }) = error else { panic!() };
    assert_eq!((position, first, last), (Position::of(3), Seq(2), Seq(5)));
    let error = engine.as_of(day(0)).known_at(Cut::single(Seq(6))).unwrap_err();
    assert_eq!(error.to_string(), "6 is after the end of the log at 5");
    for (cut, lines) in [(0, 0), (1, 1), (5, 2)] {
        let then = engine.as_of(day(0)).known_at(Cut::single(Seq(cut))).unwrap();
        assert_eq!(then.book().unwrap().lines.len(), lines);
    }
}

#[test]
fn a_report_that_was_given_does_not_change_whatever_comes_after() {
    let facts = demo(6);
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
    let half = facts.len() / 2;
    let half = half
        + facts[half..]
            .iter()
            .position(|it| it.recorded_at != facts[half - 1].recorded_at)
            .unwrap();
    fill(&engine, &clock, &facts[..half]);
    let cut = engine.head().unwrap();
    let instant = facts[half - 1].recorded_at;
    let days = [0, 200, 400].map(back);
    let given = days.map(|as_of| answers(&engine.as_of(as_of)));
    fill(&engine, &clock, &facts[half..]);
    // Back-dated documents, payments and a manager's assignment of long ago.
    record(&engine, 1, invoice(0, 1, 50_000)).unwrap();
    record(&engine, 1, paid(0, 1, 10_000, vec![settles(1, 10_000)])).unwrap();
    assert_eq!(
        engine.as_of(day(0)).accounts().unwrap().iter().filter(|it| it.0 == account(1)).count(),
        1
    );
    for (as_of, given) in days.into_iter().zip(&given) {
        assert_eq!(&answers(&engine.as_of(as_of).known_at(cut.clone()).unwrap()), given);
        assert_eq!(&answers(&engine.as_of(as_of).known_at(instant).unwrap()), given);
        assert_ne!(&answers(&engine.as_of(as_of)), given);
    }
}
