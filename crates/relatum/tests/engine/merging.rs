//! Accounts that are one: a book in which two accounts were merged answers as a book in which all
//! of it was told of one; taken back, as a book in which they never were.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum::domain::event::account::{
    AccountOpened, AccountsMerged, AccountsSplit, ExternalId, ParentNamed, PaysForNamed, Relation,
    RelationEnded, Stage,
};
use relatum::domain::event::settlement::Application;
use relatum::domain::{AccountId, Actor, Derived as _, Event, EventBody, TenantId, VOCABULARY};
use relatum::log::Cut;
use relatum::{
    AgingOptions, AsOf, CashOptions, Cause, Class, CollectionOptions, Engine, Error,
    ExposureOptions, Fact, HistoryFilter, OpenItemsOptions, PayOptions, PipelineBy,
    PipelineOptions, Proposal, Report, SalesBy, SalesOptions, StreamId, TableFilter,
};
use relatum_projections::TABLES;

use crate::books::{account, append, clock, day, demo, event, invoice, paid, settles, today};
use crate::known_at;

/// Every answer from one point, and every row of every table.
fn answers(at: &AsOf) -> Vec<String> {
    let exposure = ExposureOptions::default();
    let collection = CollectionOptions::default();
    let pipeline = PipelineOptions { by: PipelineBy::Manager, account: None, manager: None };
    let mut all = known_at::answers(at);
    all.extend([
        format!("{:?}", at.credit(&exposure).unwrap()),
        format!("{:?}", at.figures(&exposure).unwrap()),
        format!("{:?}", at.collection(&collection).unwrap()),
        format!("{:?}", at.dunning(&collection).unwrap()),
        format!("{:?}", at.figures(&CashOptions::default()).unwrap()),
        format!("{:?}", at.open_items(&OpenItemsOptions::default()).unwrap()),
        format!("{:?}", at.figures(&SalesOptions::by(SalesBy::Manager)).unwrap()),
        format!("{:?}", at.figures(&SalesOptions::by(SalesBy::Account)).unwrap()),
        format!("{:?}", at.margin(&SalesOptions::by(SalesBy::Account)).unwrap()),
        format!("{:?}", at.pipeline(&pipeline).unwrap()),
        format!("{:?}", at.own_signals(None).unwrap()),
        format!("{:?}", at.groups().unwrap()),
        format!("{:?}", at.ask(|models, view| models.history.count(view)).unwrap()),
    ]);
    for (account, _) in at.accounts().unwrap() {
        all.push(format!("{:?}", at.credit_history(account).unwrap()));
        all.push(format!("{:?}", at.statement(account, NaiveDate::MIN).unwrap()));
    }
    for (manager, _) in at.managers().unwrap() {
        all.push(format!("{:?}", at.pay(&PayOptions { manager }).unwrap()));
        all.push(format!("{:?}", at.week(manager).unwrap()));
    }
    for table in TABLES {
        let mut rows = Vec::new();
        at.rows(*table, &TableFilter::default(), |cells| {
            rows.push(format!("{cells:?}"));
            Ok::<(), relatum::Error>(())
        })
        .unwrap();
        rows.sort();
        all.push(format!("{} {rows:#?}", table.name()));
    }
    all
}

/// What describes an account, of which the one that is kept has the say.
fn describes(body: &EventBody) -> bool {
    matches!(
        body.event_type(),
        "account_opened"
            | "account_stage_changed"
            | "account_classified"
            | "account_assigned"
            | "account_closed"
            | "parent_named"
            | "relation_ended"
            | "credit_limit_set"
    )
}

/// Words with other names for the events that they name.
fn renamed(words: &str, names: &BTreeMap<String, String>) -> String {
    let (mut text, mut rest) = (String::new(), words);
    while let Some(at) = rest.find("account/") {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let end = from.find(|it: char| !(it.is_alphanumeric() || "/-@".contains(it)));
        let (name, after) = from.split_at(end.unwrap_or(from.len()));
        text.push_str(names.get(name).map_or(name, String::as_str));
        rest = after;
    }
    text + rest
}

/// The event with other names for the events that it names.
fn named(event: &Event, names: &BTreeMap<String, String>) -> Event {
    let json = renamed(event.encode().unwrap().get(), names);
    let kind = event.body.event_type();
    let schema = VOCABULARY.iter().find(|it| it.name == kind).unwrap().schema;
    Event::decode(kind, schema, &json).unwrap()
}

/// The two books: all told of one account, and half of it of another.
struct Books {
    one: Vec<Fact>,
    two: Vec<Fact>,
    kept: AccountId,
    merged: AccountId,
    /// What an event of the two is called in the one.
    names: BTreeMap<String, String>,
}

impl Books {
    /// The demo's book, in which every event of its busiest account for which `other` says so is
    /// told of another one.
    fn new(accounts: u32, mut other: impl FnMut(usize) -> bool) -> Self {
        let facts = demo(accounts);
        let mut counts: BTreeMap<StreamId, usize> = BTreeMap::new();
        for fact in &facts {
            if AccountId::of_stream(fact.stream).is_some() {
                *counts.entry(fact.stream).or_default() += 1;
            }
        }
        let (&own, _) = counts.iter().max_by_key(|(_, count)| **count).unwrap();
        let kept = AccountId::of_stream(own).unwrap();
        let merged = AccountId::derived("test", "the same client");
        let mut versions = BTreeMap::from([(own, 0), (StreamId::from(merged), 0)]);
        let mut there: BTreeMap<String, String> = BTreeMap::new();
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let (mut one, mut two) = (Vec::new(), Vec::new());
        let mut at = 0;
        for fact in &facts {
            one.push(Fact::new(fact.stream, fact.event.clone()));
            let mut stream = fact.stream;
            if stream == own {
                at += 1;
                // What names an earlier event stands in its stream.
                let names_others = fact.event.encode().unwrap().get().contains("@");
                let told = names_others.then(|| earlier(&fact.event, &there)).flatten();
                stream = match told {
                    Some(stream) => stream,
                    None if describes(&fact.event.body) => own,
                    None if other(at) => merged.into(),
                    None => own,
                };
                let version = versions.get_mut(&stream).unwrap();
                *version += 1;
                let name = format!("{stream}@{version}");
                names.insert(name.clone(), format!("{own}@{at}"));
                there.insert(format!("{own}@{at}"), name);
            }
            two.push(Fact::new(stream, named(&fact.event, &there)));
        }
        Self { one, two, kept, merged, names }
    }

    /// Words of the two in the names of the one. No version is of no stream.
    fn translated(&self, words: &str) -> String {
        let text = renamed(words, &self.names);
        for number in text.split(|it: char| !it.is_ascii_digit()) {
            assert!(number.parse::<u64>().is_ok_and(|it| it < 1 << 63) || number.is_empty());
        }
        text
    }

    fn merge(&self, engine: &Engine) {
        let told = AccountsMerged { kept: self.kept, merged: self.merged, reason: None };
        engine.merge_accounts(today(), Actor::system("test"), told).unwrap();
    }
}

/// The stream of an earlier event that an event names.
fn earlier(event: &Event, there: &BTreeMap<String, String>) -> Option<StreamId> {
    let json = event.encode().unwrap();
    let named = there.iter().find(|(old, _)| json.get().contains(&format!("\"{old}\"")))?;
    named.1.split_once('@')?.0.parse().ok()
}

fn filled(facts: &[Fact], live_events: u64) -> Engine {
    let builder = Engine::builder().clock(clock()).live_events(live_events);
    let engine = builder.in_memory().unwrap();
    // An instant each, so that both books know them in one order.
    for fact in facts {
        append(&engine, vec![fact.clone()]);
    }
    engine
}

/// Words of Rust's `{:?}` with the items of every list in the order of their words: which of two
/// events of one day is named first is a matter of their streams' names.
fn in_order(text: &str) -> String {
    fn items(rest: &mut std::str::Chars<'_>) -> (Vec<String>, Option<char>) {
        let (mut all, mut item) = (Vec::new(), String::new());
        while let Some(next) = rest.next() {
            match next {
                '"' => {
                    item.push(next);
                    let mut escaped = false;
                    for next in rest.by_ref() {
                        item.push(next);
                        if next == '"' && !escaped {
                            break;
                        }
                        escaped = next == '\\' && !escaped;
                    }
                }
                '(' | '[' | '{' => {
                    let (mut inner, close) = items(rest);
                    inner.sort();
                    item.push(next);
                    item.push_str(&inner.join(","));
                    item.extend(close);
                }
                ')' | ']' | '}' => {
                    all.push(item.trim().to_owned());
                    return (all, Some(next));
                }
                ',' => all.push(std::mem::take(&mut item).trim().to_owned()),
                next => item.push(next),
            }
        }
        all.push(item);
        (all, None)
    }
    items(&mut text.chars()).0.join(",")
}

/// Without the versions beside which no stream is named.
fn unversioned(text: &str) -> String {
    let mut parts = ["version: ", "Version("].into_iter().fold(vec![text], |parts, word| {
        parts.into_iter().flat_map(|part| part.split(word)).collect()
    });
    let first = parts.remove(0).to_owned();
    parts
        .into_iter()
        .fold(first, |text, part| text + part.trim_start_matches(|it: char| it.is_ascii_digit()))
}

fn assert_same(left: Vec<String>, right: Vec<String>) {
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(&right) {
        if left == right {
            continue;
        }
        let (left, right) = (in_order(&unversioned(left)), in_order(&unversioned(right)));
        if left != right {
            let at = left.bytes().zip(right.bytes()).take_while(|(one, two)| one == two).count();
            let from = at.saturating_sub(300);
            let part = |text: &str| text.chars().skip(from).take(700).collect::<String>();
            panic!("{}\n--- is not\n{}", part(&left), part(&right));
        }
    }
}

/// Merged, the two books answer the same; taken back, the second one answers as before.
fn check(books: &Books, live_events: u64, days: &[NaiveDate]) {
    let one = filled(&books.one, live_events);
    let two = filled(&books.two, live_events);
    let apart: Vec<_> = days.iter().map(|on| answers(&two.as_of(*on))).collect();
    let before = two.head().unwrap();
    books.merge(&two);
    let after = two.head().unwrap();
    let told_of_one = |at: &AsOf| {
        let told = answers(at).iter().map(|it| books.translated(it)).collect();
        assert_same(told, answers(&one.as_of(at.view().as_of)));
    };
    for (on, apart) in days.iter().zip(&apart) {
        told_of_one(&two.as_of(*on));
        assert_eq!(&answers(&two.as_of(*on).apart()), apart);
    }
    let account = books.merged;
    let told = AccountsSplit { account, reason: None };
    two.split_account(today(), Actor::system("test"), told).unwrap();
    for (on, apart) in days.iter().zip(&apart) {
        assert_eq!(&answers(&two.as_of(*on)), apart, "taken back");
        let then = |cut: &Cut| two.as_of(*on).known_at(cut.clone()).unwrap();
        told_of_one(&then(&after));
        assert_eq!(&answers(&then(&before)), apart, "nobody knew");
    }
}

#[test]
fn merged_accounts_answer_as_one_and_split_ones_as_two() {
    let books = Books::new(3, |at| at % 3 != 0);
    check(&books, 0, &[today() - chrono::Days::new(200)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn whoever_was_told_what(
        told in prop::collection::vec(any::<bool>(), 1..50),
        live in any::<bool>(),
        back in 0..400_u64,
    ) {
        let books = Books::new(2, |at| told[at % told.len()]);
        let live_events = if live { 1_000_000 } else { 0 };
        check(&books, live_events, &[today() - chrono::Days::new(back)]);
    }
}

pub(crate) fn opened(name: &str, class: Option<&str>) -> AccountOpened {
    AccountOpened {
        name: name.to_owned(),
        stage: Stage::Client,
        country: None,
        sector: None,
        class: class.map(str::to_owned),
        segment: None,
        external_ids: vec![ExternalId { system: "crm".to_owned(), id: name.to_owned() }],
        unassigned: false,
    }
}

fn tell(engine: &Engine, who: u64, told: Event) {
    append(engine, vec![Fact::new(account(who), told)]);
}

pub(crate) fn merge(engine: &Engine, kept: u64, merged: u64) -> Result<relatum::Recorded, Error> {
    let (kept, merged) = (account(kept), account(merged));
    let told = AccountsMerged { kept, merged, reason: None };
    engine.merge_accounts(day(50), Actor::system("test"), told)
}

/// Account 1 pays for its daughter 2, and owes itself; 3 is the daughter's duplicate and its
/// mother; 4 belongs to 3.
fn family(engine: &Engine) {
    for (who, name, class) in
        [(1, "One", None), (2, "Two", Some("A")), (3, "Three", Some("B")), (4, "Four", None)]
    {
        tell(engine, who, event(0, name, opened(name, class)));
    }
    tell(engine, 4, event(1, "parent", ParentNamed { parent: account(3), until: None }));
    tell(engine, 1, event(1, "pays", PaysForNamed { account: account(2), until: None }));
    tell(engine, 1, invoice(1, 1, 10_000));
    tell(engine, 2, invoice(1, 2, 8_000));
    let of_other = Application { account: Some(account(2)), ..settles(2, 8_000) };
    let payment = paid(5, 1, 15_000, vec![settles(1, 7_000), of_other]);
    engine.record(Proposal::new(account(1), payment)).unwrap();
}

#[test]
fn what_one_paid_for_the_other_is_its_own_payment_and_relatives_name_the_one_that_is_kept() {
    let engine = Engine::in_memory().unwrap();
    family(&engine);
    let book = || engine.as_of(day(60));
    let totals =
        |book: &AsOf| format!("{:?}", book.aging(&AgingOptions::default()).unwrap().totals);
    let before = totals(&book());
    let error = merge(&engine, 1, 2).unwrap_err();
    assert!(error.to_string().contains("end that first"), "{error}");
    tell(&engine, 1, ended(Relation::PaysFor, 2));
    merge(&engine, 1, 2).unwrap();
    assert_eq!(totals(&book()), before, "the same is open");
    let open = book().open_items(&OpenItemsOptions::default()).unwrap().rows;
    let open: Vec<_> = open.iter().map(|row| (row.account, row.item.open.minor)).collect();
    assert_eq!(open, [(account(1), 3_000)]);
    let line = book().aging(&AgingOptions::default()).unwrap().lines;
    assert_eq!(line.iter().map(|it| it.items).collect::<Vec<_>>(), [1]);

    merge(&engine, 1, 3).unwrap();
    let accounts: BTreeMap<_, _> = book().accounts().unwrap().into_iter().collect();
    assert_eq!(accounts.keys().count(), 2);
    assert_eq!(accounts[&account(4)].parent, Some(account(1)), "its parent was merged");
    let kept = &accounts[&account(1)];
    // The first of the others that says something says it for all.
    let first = if account(2) < account(3) { "A" } else { "B" };
    assert_eq!((kept.name.as_str(), kept.class.as_deref()), ("One", Some(first)));
    assert_eq!(kept.external_ids.len(), 3);
    assert_eq!(book().groups().unwrap(), [(account(4), account(1))].into());
    let refused = merge(&engine, 4, 1).unwrap_err().to_string();
    assert!(refused.contains("end that first"), "{refused}");

    let gone = book().history(account(2), &HistoryFilter::default()).unwrap_err();
    let message = format!(
        "account {} was merged into account {}: ask about that one",
        account(2),
        account(1)
    );
    assert_eq!(gone.to_string(), message);
    assert_eq!(gone.class(), Class::Refused);
    let one = TableFilter { account: Some(account(3)) };
    let table = book().table("open_items").unwrap();
    let refused = book().rows(table, &one, |_| Ok::<(), Error>(()));
    assert!(matches!(refused, Err(Error::MergedAway { .. })));
}

#[test]
fn what_is_supposed_of_merges_is_answered_as_what_was_told() {
    let engine = Engine::in_memory().unwrap();
    family(&engine);
    tell(&engine, 1, ended(Relation::PaysFor, 2));
    let told = AccountsMerged { kept: account(1), merged: account(2), reason: None };
    let supposed = Fact::new(TenantId::own(), event(50, "plan", told));
    let paid = Fact::new(account(2), paid(40, 9, 3_000, vec![settles(1, 3_000)]));
    let day = day(60);
    let planned = engine.as_of(day).what_if(vec![supposed, paid.clone()]).unwrap();
    assert_eq!(planned.accounts().unwrap().len(), 3);
    assert!(planned.open_items(&OpenItemsOptions::default()).unwrap().rows.is_empty());
    assert_eq!(engine.as_of(day).accounts().unwrap().len(), 4, "nothing was told");
    merge(&engine, 1, 2).unwrap();
    append(&engine, vec![paid]);
    let aging = |at: &AsOf| format!("{:?}", at.aging(&AgingOptions::default()).unwrap());
    assert_eq!(aging(&planned), aging(&engine.as_of(day)));
}

#[test]
fn a_comparison_over_a_merge_is_refused_and_beside_it_explains_every_change() {
    let engine = Engine::in_memory().unwrap();
    family(&engine);
    tell(&engine, 1, ended(Relation::PaysFor, 2));
    let apart = engine.head().unwrap();
    merge(&engine, 1, 2).unwrap();
    let merged = engine.head().unwrap();
    tell(&engine, 2, paid(40, 9, 1_000, vec![settles(1, 1_000)]));
    let report = AgingOptions::default();
    let at = |cut: &Cut| engine.as_of(day(60)).known_at(cut.clone()).unwrap();
    let now = engine.as_of(day(60));
    let refused = now.changes_since(&at(&apart), &report).unwrap_err();
    assert!(
        matches!(refused, Error::MergedBetween { account } if account == crate::books::account(2))
    );
    let changes = now.changes_since(&at(&merged), &report).unwrap();
    let total = changes.cells.iter().find(|it| it.row.to_string().starts_with("account:"));
    assert!(total.is_some_and(|it| !it.changes.is_empty()), "{changes:?}");
    let explained = now.explain(&report, &"total/EUR/total".parse().unwrap());
    let streams: BTreeSet<StreamId> = match explained {
        Ok(explained) => explained.contributions.iter().map(|it| it.event.stream).collect(),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(streams, [account(1), account(2)].map(StreamId::from).into());

    // The invoice is one account's, what settles all that is left of it the other's.
    let partly = engine.head().unwrap();
    tell(&engine, 2, paid(41, 10, 2_000, vec![settles(1, 2_000)]));
    let paid = engine.stream(account(2).into()).unwrap().last().unwrap().event;
    let changes = now.changes_since(&at(&partly), &report).unwrap();
    let all = changes.cells.iter().flat_map(|it| &it.changes);
    let of_invoice = all.filter(|it| it.event.stream == account(1).into());
    let why: BTreeSet<_> =
        of_invoice.map(|it| (it.cause, it.by.map_or(it.event, |by| by.event))).collect();
    assert_eq!(why, [(Cause::LateArrived, paid)].into(), "{changes:?}");
}

#[test]
fn what_changes_beside_a_merge_is_what_changes_of_one_account_and_for_the_same_reasons() {
    let books = Books::new(3, |at| at % 3 != 0);
    let half = books.one.len() / 2;
    let told = |facts: &[Fact], is_merged: bool| {
        let engine = filled(&facts[..half], 0);
        if is_merged {
            books.merge(&engine);
        }
        let cut = engine.head().unwrap();
        facts[half..].iter().for_each(|fact| append(&engine, vec![fact.clone()]));
        (engine, cut)
    };
    let (one, two) = (told(&books.one, false), told(&books.two, true));
    let changes = |(engine, cut): &(Engine, Cut), report: &dyn Report, back: u64| {
        let before = engine.as_of(today() - chrono::Days::new(back));
        let before = before.known_at(cut.clone()).unwrap();
        let changes = engine.as_of(today()).changes_since(&before, report).unwrap();
        let by = changes.cells.iter().flat_map(|it| &it.changes).filter(|it| it.by.is_some());
        (by.count(), changes.cells.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>())
    };
    let mut caused = 0;
    let reports: [&dyn Report; 4] = [
        &AgingOptions::default(),
        &ExposureOptions::default(),
        &CashOptions::default(),
        &SalesOptions::by(SalesBy::Account),
    ];
    for report in reports {
        for back in [0, 150] {
            let (first, second) = (changes(&one, report, back), changes(&two, report, back));
            let second = second.1.iter().map(|it| books.translated(it)).collect();
            assert_same(second, first.1);
            caused += first.0;
        }
    }
    assert!(caused > 20, "{caused} name what made them change");
}

fn ended(relation: Relation, with: u64) -> Event {
    event(2, "ended", RelationEnded { relation, with: account(with) })
}
