//! Activities against a naive recomputation: what became of plans, and how cadence was kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, TimeDelta};
use proptest::prelude::*;
use relatum_domain::event::account::{
    AccountAssigned, AccountClassified, AccountClosed, AccountOpened,
};
use relatum_domain::event::activity::{
    ActionDone, ActionItem, ActivityCancelled, ActivityHeld, ActivityKind, ActivityPlanned,
    ActivityRescheduled, Outcome,
};
use relatum_domain::event::policy::{CadenceTarget, Policy, PolicySet};
use relatum_domain::{
    AccountId, ActionId, ActivityId, Currency, Derived, EventBody, ManagerId, Personal, TenantId,
    View,
};
use relatum_log::Envelope;
use relatum_projections::{
    ActionsOptions, ActivitiesBy, ActivitiesOptions, ActivityState, AppointmentsOptions, CadenceBy,
    CadenceOptions, CadenceState, CadenceSums, CellKey, ContactsOptions, Explanation, Figures,
    PlanLine, PlanOptions, Row, When,
};

use crate::generated::{book, manager, opened, ops, planned};
use crate::naive_quota::place;
use crate::raw::{Raw, Shown, account, day};

/// One occurrence, moved about in a plain list.
#[derive(Debug, Clone)]
struct Naive {
    name: NaiveDate,
    day: NaiveDate,
    /// Held on a day, or cancelled.
    ended: Option<Option<NaiveDate>>,
    by_rule: bool,
    moved: bool,
}

fn weeks(body: &ActivityPlanned) -> usize {
    let rule = body.recurrence.as_deref().unwrap_or("COUNT=1");
    rule.split_once("COUNT=").unwrap().1.parse().unwrap()
}

/// The occurrence of that name; one that no rule makes, if there is none.
fn the(all: &mut Vec<Naive>, name: NaiveDate) -> &mut Naive {
    let at = all.iter().position(|it| it.name == name).unwrap_or_else(|| {
        all.push(Naive { name, day: name, ended: None, by_rule: false, moved: false });
        all.len() - 1
    });
    &mut all[at]
}

/// All that are to come from `next` on are moved; single ones that were stay where they were.
fn shift(all: &mut Vec<Naive>, next: NaiveDate, by: TimeDelta, today: NaiveDate) {
    let stays = |it: &Naive| it.moved && it.day < today;
    all.retain(|it| it.name < next || it.by_rule || it.ended.is_some() || stays(it));
    for it in all.iter_mut().filter(|it| it.name >= next) {
        it.name += by;
        if !stays(it) {
            (it.day, it.moved) = (it.name, false);
        }
    }
}

/// What the events of one activity come to, in the order in which they were told.
fn occurrences(told: &[&Envelope<relatum_domain::Event>]) -> Option<Vec<Naive>> {
    let plan = told.iter().find_map(|it| match &it.data.body {
        EventBody::ActivityPlanned(plan) => Some(plan),
        _ => None,
    })?;
    let recurs = plan.recurrence.is_some();
    let mut all: Vec<Naive> = (0..weeks(plan))
        .map(|week| plan.day + Days::new(7 * week as u64))
        .map(|day| Naive { name: day, day, ended: None, by_rule: true, moved: false })
        .collect();
    let mut stopped: Option<NaiveDate> = None;
    for it in told {
        let today = it.data.effective;
        all.sort_by_key(|it| it.name);
        let stop = stopped;
        let is_open = move |it: &Naive| it.ended.is_none() && stop.is_none_or(|from| it.day < from);
        let next = |all: &[Naive]| {
            let coming = |it: &&Naive| it.name >= today && it.day >= today;
            let open = |it: &&Naive| it.by_rule && coming(it) && is_open(it);
            all.iter().find(open).map(|it| it.name)
        };
        let meant = |occurrence: Option<NaiveDate>, all: &[Naive]| match occurrence {
            _ if !recurs => Some(plan.day),
            Some(named) => Some(named),
            None => {
                let due = all.iter().rev().find(|it| is_open(it) && it.day <= today);
                due.map(|it| it.name).or_else(|| next(all))
            }
        };
        match &it.data.body {
            EventBody::ActivityRescheduled(it) if !recurs => the(&mut all, plan.day).day = it.day,
            EventBody::ActivityRescheduled(it) => match it.occurrence {
                Some(named) => {
                    let one = the(&mut all, named);
                    (one.day, one.moved) = (it.day, true);
                }
                None => {
                    let Some(next) = next(&all) else { continue };
                    shift(&mut all, next, it.day - next, today);
                }
            },
            EventBody::ActivityCancelled(it) if it.occurrence.is_none() => {
                let from = if recurs { today } else { NaiveDate::MIN };
                stopped = stopped.or(Some(from));
            }
            EventBody::ActivityCancelled(it) => {
                if let Some(name) = meant(it.occurrence, &all) {
                    let it = the(&mut all, name);
                    it.ended = it.ended.or(Some(None));
                }
            }
            EventBody::ActivityHeld(it) => {
                if let Some(name) = meant(it.occurrence, &all) {
                    let it = the(&mut all, name);
                    it.ended = it.ended.or(Some(Some(today)));
                }
            }
            _ => {}
        }
    }
    for it in &mut all {
        if stopped.is_some_and(|from| it.day >= from) {
            it.ended = it.ended.or(Some(None));
        }
    }
    Some(all)
}

fn about(body: &EventBody) -> Option<ActivityId> {
    Some(match body {
        EventBody::ActivityPlanned(it) => it.activity,
        EventBody::ActivityRescheduled(it) => it.activity,
        EventBody::ActivityCancelled(it) => it.activity,
        EventBody::ActivityHeld(it) => it.activity,
        _ => return None,
    })
}

type Known = BTreeSet<(ActivityId, Option<NaiveDate>, NaiveDate, Option<NaiveDate>, ActivityState)>;

fn naive(raw: &Raw, shown: &Shown<'_>, who: AccountId) -> Known {
    let mut told: Vec<_> = shown.of(who).collect();
    told.sort_by_key(|it| place(raw, it));
    let mut by_activity: BTreeMap<ActivityId, Vec<_>> = BTreeMap::new();
    for it in told {
        if let Some(activity) = about(&it.data.body) {
            by_activity.entry(activity).or_default().push(it);
        }
    }
    let mut known = Known::new();
    for (activity, told) in by_activity {
        let Some(all) = occurrences(&told) else {
            let held = told.iter().find(|it| matches!(it.data.body, EventBody::ActivityHeld(_)));
            known.extend(held.map(|it| {
                let on = it.data.effective;
                (activity, None, on, Some(on), ActivityState::Held)
            }));
            continue;
        };
        known.extend(all.into_iter().map(|it| {
            let state = match it.ended {
                Some(Some(_)) => ActivityState::Held,
                Some(None) => ActivityState::Cancelled,
                None if it.day < shown.view.as_of => ActivityState::Missed,
                None => ActivityState::Planned,
            };
            (activity, Some(it.name), it.day, it.ended.flatten(), state)
        }));
    }
    known
}

fn all_days() -> PlanOptions {
    let (from, to) = (NaiveDate::MIN, NaiveDate::MAX);
    PlanOptions { from, to, account: None, managers: Vec::new(), states: Vec::new() }
}

fn plan(raw: &Raw, view: &View) -> Vec<PlanLine> {
    PlanOptions::whole(all_days().part(&raw.models(), view))
}

proptest! {
    #![proptest_config(crate::generated::books(256))]

    #[test]
    fn plans_are_what_the_raw_events_come_to(
        ops in ops(90),
        on in 0..300_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let shown = raw.shown(&view);
            let plan = plan(&raw, &view);
            for number in 0..3 {
                let who = account(number);
                let lines = plan.iter().map(|it| &it.activity).filter(|it| it.account == who);
                let found = lines
                    .map(|it| (it.activity, it.planned, it.day, it.held_on, it.state))
                    .collect::<Known>();
                prop_assert_eq!(found, naive(&raw, &shown, who));
            }
            // Every column is what the lines count, whatever they are told apart by.
            for by in [ActivitiesBy::Manager, ActivitiesBy::Kind, ActivitiesBy::Month] {
                let options = ActivitiesOptions { by, from: None, account: None, manager: None };
                let figures = Figures::of(&options, &raw.models(), &view);
                prop_assert_eq!(figures.foots(), Ok(()));
                let so_far = || {
                    let lines = plan.iter().map(|it| &it.activity);
                    lines.filter(|it| it.held_on.unwrap_or(it.day) <= view.as_of)
                };
                for (column, state) in [
                    (1, ActivityState::Held),
                    (2, ActivityState::Cancelled),
                    (3, ActivityState::Missed),
                    (4, ActivityState::Planned),
                ] {
                    let counted: i64 = figures.lines.iter().map(|it| it.count(column)).sum();
                    let of = so_far().filter(|it| it.planned.is_some() && it.state == state);
                    prop_assert_eq!(counted, of.count() as i64, "{:?}", state);
                }
            }
        }
    }
}

/// Decisions on one account: its class, its manager, the rule, and contacts.
#[derive(Debug, Clone)]
enum Told {
    Class(i64, u8),
    Closed(i64),
    Manager(i64, u8),
    Rule(i64, [u16; 3]),
    Held(i64, bool, bool),
}

fn told() -> impl Strategy<Value = Told> {
    let on = 0..200_i64;
    prop_oneof![
        2 => (on.clone(), 0..4_u8).prop_map(|(on, class)| Told::Class(on, class)),
        1 => on.clone().prop_map(Told::Closed),
        2 => (on.clone(), 0..3_u8).prop_map(|(on, who)| Told::Manager(on, who)),
        2 => (on.clone(), prop::array::uniform3(1..40_u16)).prop_map(|(on, n)| Told::Rule(on, n)),
        9 => (on, any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(on, call, reached)| Told::Held(on, call, reached)),
    ]
}

const CLASSES: [Option<&str>; 4] = [Some("A"), Some("B"), Some("Z"), None];

fn targets(n: [u16; 3]) -> Vec<CadenceTarget> {
    let target = |class: &str, activity, every_days| {
        let class = class.to_owned();
        CadenceTarget { class, activity, every_days }
    };
    vec![
        target("A", ActivityKind::Call, n[0]),
        target("A", ActivityKind::Visit, n[1]),
        target("B", ActivityKind::Call, n[2]),
    ]
}

fn held(number: usize, kind: ActivityKind, reached: bool) -> ActivityHeld {
    let outcome = if reached { Outcome::Positive } else { Outcome::NotReached };
    let activity = ActivityId::derived("test", &number.to_string());
    ActivityHeld::new(activity, kind, manager(1), outcome)
}

/// A book of one account, opened on day 0 with class A.
fn one_account(all: &[Told]) -> Raw {
    let mut raw = Raw::default();
    let (who, tenant) = (account(1), TenantId::own());
    raw.on(0, who, AccountOpened { class: Some("A".into()), ..opened("Client") });
    for (it, number) in all.iter().zip(0..) {
        match it {
            Told::Class(on, class) => {
                let class = CLASSES[usize::from(*class)].map(str::to_owned);
                raw.on(*on, who, AccountClassified { class, segment: None })
            }
            Told::Closed(on) => raw.on(*on, who, AccountClosed { reason: "moved".into() }),
            Told::Manager(on, who_then) => {
                let body = AccountAssigned { manager: manager(*who_then), credit: Vec::new() };
                raw.on(*on, who, body)
            }
            Told::Rule(on, n) => {
                let policy = Policy::Cadence(targets(*n));
                raw.on(*on, tenant, PolicySet { policy, reason: None })
            }
            Told::Held(on, call, reached) => {
                let kind = if *call { ActivityKind::Call } else { ActivityKind::Visit };
                raw.on(*on, who, held(number, kind, *reached))
            }
        };
    }
    raw
}

/// By what days are told apart: kind, class, manager, whether they were kept.
type Spell<'a> = (ActivityKind, &'a str, Option<ManagerId>, bool);

/// What is told last of those that hold on a day.
fn last_on<T>(all: impl Iterator<Item = (i64, T)>, on: i64) -> Option<T> {
    let held = all.filter(|(day, _)| *day <= on).enumerate();
    held.max_by_key(|(order, (day, _))| (*day, *order)).map(|(_, (_, it))| it)
}

/// The target of a kind on one day.
fn target_on(all: &[Told], kind: ActivityKind, on: i64) -> Option<(&'static str, u16)> {
    let class = last_on(
        std::iter::once((0, Some(Some("A")))).chain(all.iter().filter_map(|it| match it {
            Told::Class(day, class) => Some((*day, Some(CLASSES[usize::from(*class)]))),
            Told::Closed(day) => Some((*day, None)),
            _ => None,
        })),
        on,
    );
    // Once closed it stays closed: nobody opens it again.
    let closed = all.iter().any(|it| matches!(it, Told::Closed(day) if *day <= on));
    let class = class.flatten().flatten().filter(|_| !closed)?;
    let rules = all.iter().filter_map(|it| match it {
        Told::Rule(day, n) => Some((*day, *n)),
        _ => None,
    });
    let rule = targets(last_on(rules, on)?);
    let target = rule.into_iter().find(|it| it.class == class && it.activity == kind)?;
    Some((class, target.every_days))
}

proptest! {
    #![proptest_config(crate::generated::books(256))]

    #[test]
    fn cadence_is_what_every_day_says_by_itself(
        all in prop::collection::vec(told(), 1..40),
        from in 0..120_i64,
        length in 0..120_i64,
    ) {
        let raw = one_account(&all);
        let (models, view) = (raw.models(), View::as_of(day(from + length)));
        let mut days: BTreeMap<Spell<'_>, i64> = BTreeMap::new();
        for kind in [ActivityKind::Call, ActivityKind::Visit] {
            for on in from..=from + length {
                let Some((class, every)) = target_on(&all, kind, on) else { continue };
                let same = |on: &i64| target_on(&all, kind, *on).is_some_and(|(_, n)| n == every);
                let began = (0..=on).rev().take_while(same).last().unwrap();
                let contacts = all.iter().filter_map(|it| match it {
                    Told::Held(day, call, true)
                        if (kind == ActivityKind::Call) == *call && *day <= on => Some(*day),
                    _ => None,
                });
                let last = contacts.max().unwrap_or(began).max(began);
                let assigned = all.iter().filter_map(|it| match it {
                    Told::Manager(day, who) => Some((*day, manager(*who))),
                    _ => None,
                });
                let kept = on - last <= i64::from(every);
                *days.entry((kind, class, last_on(assigned, on), kept)).or_default() += 1;
            }
        }
        let sum = |days: &BTreeMap<Spell<'_>, i64>, wanted: &dyn Fn(&Spell<'_>) -> bool| -> i64 {
            days.iter().filter(|(at, _)| wanted(at)).map(|(_, days)| *days).sum()
        };
        for by in [CadenceBy::Manager, CadenceBy::Account, CadenceBy::Class, CadenceBy::Kind] {
            let sums = CadenceSums { by, from: Some(day(from)), account: None, manager: None };
            let figures = Figures::of(&sums, &models, &view);
            prop_assert_eq!(figures.foots(), Ok(()));
            let mut told = 0;
            for line in &figures.lines {
                let at = |it: &Spell<'_>| match &line.row {
                    Row::Manager(who) => it.2 == *who,
                    Row::Named(Some(name)) if by == CadenceBy::Class => it.1 == name,
                    Row::Named(Some(name)) => *name == format!("{:?}", it.0).to_lowercase(),
                    _ => true,
                };
                prop_assert_eq!(line.count(0), sum(&days, &at));
                prop_assert_eq!(line.count(1), sum(&days, &|it| at(it) && it.3));
                told += line.count(0);
                for column in ["due_days", "kept_days", "late_days"] {
                    let (row, column) = (line.row.clone(), column.to_owned());
                    let cell = CellKey { row, currency: Currency::NONE, column };
                    let explained = Explanation::of(&sums, &models, &cell, &view).unwrap();
                    prop_assert!(explained.foots());
                }
            }
            prop_assert_eq!(told, sum(&days, &|_| true));
        }
        let options = CadenceOptions { from: Some(day(from)), ..CadenceOptions::default() };
        for line in options.part(&models, &models, &view) {
            prop_assert_eq!(line.due_days, sum(&days, &|it| it.0 == line.kind));
            prop_assert_eq!(line.kept_days, sum(&days, &|it| it.0 == line.kind && it.3));
            let late = (view.as_of - line.due).num_days();
            prop_assert_eq!(line.overdue_days, late.max(0));
            let (_, every) = target_on(&all, line.kind, from + length).unwrap();
            prop_assert_eq!(line.every_days, every);
        }
    }
}

fn id<I: Derived>(number: u64) -> I {
    I::derived("test", &number.to_string())
}

fn weekly(first: i64) -> ActivityPlanned {
    let recurrence = Some("FREQ=WEEKLY;COUNT=4".to_owned());
    ActivityPlanned { recurrence, ..planned(id(1), manager(1), first) }
}

fn was_held(occurrence: Option<i64>) -> ActivityHeld {
    let held = ActivityHeld::new(id(1), ActivityKind::Visit, manager(2), Outcome::Positive);
    ActivityHeld { occurrence: occurrence.map(day), minutes: Some(30), ..held }
}

fn moved(occurrence: Option<i64>, to: i64) -> ActivityRescheduled {
    let occurrence = occurrence.map(day);
    ActivityRescheduled { activity: id(1), occurrence, day: day(to), starts: None, reason: None }
}

/// Days and states of what is known on a day.
fn states(raw: &Raw, on: i64) -> Vec<(i64, ActivityState)> {
    let plan = plan(raw, &View::as_of(day(on)));
    plan.iter().map(|it| ((it.activity.day - day(0)).num_days(), it.activity.state)).collect()
}

use ActivityState::{Cancelled, Held, Missed, Planned};

#[test]
fn an_occurrence_goes_by_the_day_for_which_it_was_planned() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, weekly(7));
    assert_eq!(states(&raw, 1), [(7, Planned), (14, Planned), (21, Planned), (28, Planned)]);
    raw.on(1, who, moved(Some(7), 9));
    raw.on(9, who, was_held(Some(7)));
    raw.on(10, who, moved(Some(7), 11));
    assert_eq!(states(&raw, 8)[0], (9, Planned));
    assert_eq!(states(&raw, 10)[0], (11, Held), "it was moved after all, and held");
    let occurrence = Some(day(14));
    raw.on(11, who, ActivityCancelled { activity: id(1), occurrence, reason: None });
    assert_eq!(states(&raw, 25), [(11, Held), (14, Cancelled), (21, Missed), (28, Planned)]);
}

#[test]
fn missed_is_a_matter_of_the_day_and_of_what_is_known() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, planned(id(1), manager(1), 7));
    raw.on(9, who, was_held(None));
    assert_eq!(states(&raw, 7), [(7, Planned)]);
    assert_eq!(states(&raw, 8), [(7, Missed)]);
    assert_eq!(states(&raw, 9), [(7, Held)]);
    let known = raw.known(1);
    let plan = plan(&raw, &View::as_of(day(20)).known_at(known));
    assert_eq!(plan[0].activity.state, Missed, "nobody had told of it then");
}

#[test]
fn who_held_it_is_told_beside_whose_plan_it_was() {
    let (mut raw, who) = (Raw::default(), account(1));
    let told = raw.on(0, who, planned(id(1), manager(1), 7));
    let held = raw.on(8, who, was_held(None));
    raw.amend(told, 0, ActivityPlanned { minutes: Some(45), ..planned(id(1), manager(1), 7) });
    let plan = plan(&raw, &View::as_of(day(9)));
    let line = &plan[0].activity;
    assert_eq!((line.manager, line.planned_by), (manager(2), manager(1)));
    assert_eq!((line.held_on, line.minutes, line.event), (Some(day(8)), Some(30), held));
    assert_eq!(plan.len(), 1, "a correction of what is over does not bring it back");
}

#[test]
fn what_was_never_planned_is_held_once() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(5, who, was_held(None));
    raw.on(6, who, was_held(None));
    assert_eq!(states(&raw, 9), [(5, Held)]);
}

#[test]
fn a_client_not_contacted_since_a_day_is_found_and_a_try_is_no_contact() {
    let mut raw = Raw::default();
    for number in 1..=4 {
        raw.on(0, account(number), opened(&format!("Client {number}")));
    }
    raw.on(10, account(1), held(1, ActivityKind::Call, true));
    raw.on(20, account(1), held(2, ActivityKind::Call, false));
    raw.on(30, account(2), held(3, ActivityKind::Visit, true));
    raw.on(31, account(2), planned(id(9), manager(1), 60));
    raw.on(5, account(4), AccountClosed { reason: "moved".into() });
    let since = |on, not_since: Option<i64>| {
        let not_since = not_since.map(day);
        let options = ContactsOptions { not_since, ..ContactsOptions::default() };
        let lines = options.part(&raw.models(), &View::as_of(day(on)));
        let lines = ContactsOptions::whole(lines).into_iter();
        lines.map(|it| (it.account_name, it.days, it.tries)).collect::<Vec<_>>()
    };
    let client = |number: u8, days, tries| (format!("Client {number}"), days, tries);
    let all = [client(3, None, 0), client(1, Some(30), 1), client(2, Some(10), 0)];
    assert_eq!(since(40, None), all);
    assert_eq!(since(40, Some(11)), all[..2]);
    assert_eq!(since(40, Some(10)), all[..1], "from that day on");
    let options = ContactsOptions { account: Some(account(2)), ..ContactsOptions::default() };
    let line = &options.part(&raw.models(), &View::as_of(day(40)))[0];
    assert_eq!((line.kind, line.next_planned), (Some(ActivityKind::Visit), Some(day(60))));
}

fn undertaken(number: u64, due: Option<i64>) -> ActionItem {
    ActionItem {
        action: id(number),
        what: Personal::about(relatum_domain::ContactId::derived("test", "1"), "send it"),
        manager: Some(manager(1)),
        contact: None,
        due: due.map(day),
    }
}

#[test]
fn what_was_undertaken_is_open_until_it_is_done() {
    let (mut raw, who) = (Raw::default(), account(1));
    let actions = vec![undertaken(1, Some(9)), undertaken(2, None), undertaken(3, Some(5))];
    let talk = raw.on(1, who, ActivityHeld { actions, ..was_held(None) });
    let action: ActionId = id(3);
    let done = raw.on(6, who, ActionDone { action });
    let open = |raw: &Raw, on, due_by: Option<i64>| {
        let options = ActionsOptions { due_by: due_by.map(day), ..ActionsOptions::default() };
        let lines = options.part(&raw.models(), &View::as_of(day(on)));
        let lines = ActionsOptions::whole(lines).into_iter();
        lines.map(|it| (it.action, it.overdue_days)).collect::<Vec<_>>()
    };
    assert_eq!(open(&raw, 5, None), [(id(3), 0), (id(1), 0), (id(2), 0)]);
    assert_eq!(open(&raw, 12, None), [(id(1), 3), (id(2), 0)]);
    assert_eq!(open(&raw, 12, Some(9)), [(id(1), 3)]);
    raw.void(done);
    assert_eq!(open(&raw, 12, Some(9)), [(id(3), 7), (id(1), 3)]);
    raw.void(talk);
    assert_eq!(open(&raw, 12, None), []);
}

#[test]
fn cadence_runs_from_the_day_on_which_it_is_asked_for() {
    let mut raw = one_account(&[Told::Rule(10, [10, 30, 99]), Told::Held(22, true, true)]);
    raw.on(
        23,
        account(1),
        ActivityPlanned { kind: ActivityKind::Call, ..planned(id(7), manager(1), 40) },
    );
    let at = |on| {
        let options = CadenceOptions { from: Some(day(0)), ..CadenceOptions::default() };
        let lines = options.part(&raw.models(), &raw.models(), &View::as_of(day(on)));
        lines.into_iter().find(|it| it.kind == ActivityKind::Call)
    };
    assert_eq!(at(9), None, "nothing is asked yet");
    // Asked for on the 10th: by the 20th; late on the 21st.
    let late = at(21).unwrap();
    assert_eq!((late.state, late.due, late.overdue_days), (CadenceState::Overdue, day(20), 1));
    assert_eq!((late.due_days, late.kept_days), (12, 11));
    let called = at(32).unwrap();
    assert_eq!((called.state, called.due), (CadenceState::Kept, day(32)));
    assert_eq!((called.due_days, called.kept_days), (23, 22));
    let again = at(33).unwrap();
    assert_eq!((again.state, again.next_planned), (CadenceState::Planned, Some(day(40))));
}

#[test]
fn an_appointment_is_one_series_and_what_differs_from_it() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, weekly(7));
    raw.on(1, who, moved(Some(14), 16));
    let occurrence = Some(day(21));
    raw.on(2, who, ActivityCancelled { activity: id(1), occurrence, reason: None });
    let wanted = |raw: &Raw, on| {
        let (from, to, account, managers) = (day(0), day(90), None, Vec::new());
        let options = AppointmentsOptions { from, to, account, managers };
        let mut all = options.part(&raw.models(), &View::as_of(day(on)));
        assert_eq!(all.len(), 1);
        all.remove(0)
    };
    let series = wanted(&raw, 3);
    assert_eq!(series.rule.as_ref().unwrap().to_string(), "FREQ=WEEKLY;COUNT=4");
    let days = |all: &[When]| all.iter().map(|it| it.day).collect::<Vec<_>>();
    assert_eq!((series.first.day, series.others.len(), series.off), (day(7), 0, false));
    assert_eq!((days(&series.cancelled), series.sequence), (vec![day(21)], 2));
    let moved_to: Vec<_> = series.moved.iter().map(|(from, to)| (from.day, to.day)).collect();
    assert_eq!(moved_to, [(day(14), day(16))]);
    // Moved as a whole, no rule says where it is; the days do.
    raw.on(8, who, moved(None, 15));
    let series = wanted(&raw, 9);
    assert_eq!((series.rule, series.first.day), (None, day(7)));
    assert_eq!((days(&series.others), series.sequence), (vec![day(15), day(29)], 3));
    let off = ActivityCancelled { activity: id(1), occurrence: None, reason: None };
    raw.on(6, who, off);
    assert!(wanted(&raw, 10).off);
}

#[test]
fn a_plan_that_no_longer_stands_is_taken_out_of_a_calendar() {
    let (mut raw, who) = (Raw::default(), account(1));
    let told = raw.on(0, who, planned(id(1), manager(1), 7));
    let of = |raw: &Raw, number: u8| {
        let (from, to, account, managers) = (day(0), day(90), None, vec![manager(number)]);
        let options = AppointmentsOptions { from, to, account, managers };
        let all = options.part(&raw.models(), &View::as_of(day(9)));
        all.into_iter().map(|it| (it.off, it.sequence)).collect::<Vec<_>>()
    };
    assert_eq!((of(&raw, 1), of(&raw, 2)), (vec![(false, 0)], vec![]));
    let again = raw.amend(told, 0, planned(id(1), manager(2), 7));
    assert_eq!((of(&raw, 1), of(&raw, 2)), (vec![(true, 2)], vec![(false, 2)]));
    raw.void(again);
    assert_eq!((of(&raw, 1), of(&raw, 2)), (vec![(false, 3)], vec![(true, 3)]));
}

#[test]
fn what_is_held_before_its_day_counts_on_the_day_on_which_it_is() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, planned(id(1), manager(1), 16));
    raw.on(14, who, was_held(None));
    let counted = |from: i64, on: i64| {
        let (by, from) = (ActivitiesBy::Kind, Some(day(from)));
        let options = ActivitiesOptions { by, from, account: None, manager: None };
        let figures = Figures::of(&options, &raw.models(), &View::as_of(day(on)));
        figures.lines.first().map(|line| (line.count(1), line.count(6)))
    };
    assert_eq!(counted(0, 14), Some((1, 30)));
    assert_eq!(counted(15, 20), None);
}
