//! Tables of a whole book: the same rows however the book is kept, and sums as reports have them.

use std::collections::BTreeMap;

use relatum::domain::AccountId;
use relatum::{
    AgingOptions, AsOf, ChurnOptions, Engine, Error, Fact, QuotaOptions, RestsOn, SalesBy,
    SalesOptions, TABLES, Table, TableCell, TableError, TableFilter, place_of,
};

use crate::books::{append, clock, demo, fill, path_in, today};

pub(crate) type Rows = Vec<Vec<TableCell<'static>>>;

pub(crate) fn rows(book: &AsOf, table: &dyn Table, account: Option<AccountId>) -> Rows {
    let mut rows = Rows::new();
    book.rows(table, &TableFilter { account }, |cells| {
        rows.push(cells.iter().map(|cell| cell.clone().into_owned()).collect());
        Ok::<(), Error>(())
    })
    .unwrap();
    rows
}

fn column(table: &dyn Table, name: &str) -> usize {
    table.columns().iter().position(|it| it.name == name).unwrap()
}

fn sums(book: &AsOf, name: &str, of: &str) -> BTreeMap<String, i128> {
    let table = book.table(name).unwrap();
    let (of, currency) = (column(table, of), column(table, "currency"));
    let mut sums = BTreeMap::new();
    for row in rows(book, table, None) {
        if let TableCell::Decimal(micro) = row[of] {
            *sums.entry(row[currency].to_string()).or_default() += micro;
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn filled(live_events: u64, accounts: u32) -> Engine {
    let clock = clock();
    let engine = Engine::builder().clock(clock.clone()).live_events(live_events);
    let engine = engine.in_memory().unwrap();
    fill(&engine, &clock, &demo(accounts));
    engine
}

#[test]
fn every_table_of_the_demo_has_rows_and_they_are_the_same_however_the_book_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let stored = Engine::builder().clock(clock.clone()).create(true).live_events(0);
    let stored = stored.open(path_in(&folder)).unwrap();
    fill(&stored, &clock, &demo(16));
    stored.checkpoint().unwrap();
    let (kept, parts) = (filled(u64::MAX, 16), filled(0, 16));
    kept.as_of(today()).accounts().unwrap();
    let half = kept.replay().events().unwrap().map(Result::unwrap);
    let half: Vec<_> = half.map(|it| it.recorded_at).collect();
    let half = half[half.len() / 2];
    for table in TABLES.iter().copied() {
        let now = rows(&kept.as_of(today()), table, None);
        assert!(!now.is_empty(), "{} is empty", table.name());
        if table.rests_on() == RestsOn::Book {
            // The reports that they are made of have tests of their own.
            continue;
        }
        let then = rows(&kept.as_of(today()).known_at(half).unwrap(), table, None);
        for engine in [&parts, &stored] {
            let book = engine.as_of(today());
            assert_eq!(rows(&book, table, None), now, "{}", table.name());
            let book = book.known_at(half).unwrap();
            assert_eq!(rows(&book, table, None), then, "{} as known earlier", table.name());
        }
        if table.rests_on() == RestsOn::Account {
            let ids = now.iter().map(|row| match row[0] {
                TableCell::Id(id) => place_of(AccountId::from(id).into()),
                ref other => panic!("{other:?}"),
            });
            assert!(ids.is_sorted(), "{}: parts come in their order", table.name());
        }
    }
}

#[test]
fn rows_sum_to_what_reports_say() {
    let engine = filled(0, 16);
    let book = engine.as_of(today());
    let totals = book.aging(&AgingOptions::default()).unwrap().totals;
    let totals = totals.iter().map(|it| (it.currency.to_string(), it.total.micro));
    let totals: BTreeMap<_, _> = totals.collect();
    assert!(totals.len() > 1, "several currencies");
    for (name, of) in [("open_items", "open"), ("ledger", "amount"), ("aging", "total")] {
        assert_eq!(sums(&book, name, of), totals, "{name}");
    }
    let sales = book.figures(&SalesOptions::by(SalesBy::Month)).unwrap();
    let net = sales.column("net").unwrap();
    let totals = sales.totals.iter().map(|it| (it.currency.to_string(), it.cells[net]));
    let totals: BTreeMap<_, _> = totals.filter(|(_, micro)| *micro != 0).collect();
    assert_eq!(sums(&book, "sales", "net"), totals);
    let quotas = book.quota(&QuotaOptions::default()).unwrap().lines;
    let table = book.table("quotas").unwrap();
    let told = rows(&book, table, None);
    let (attained, event) = (column(table, "attained"), column(table, "event"));
    let told: Vec<_> = told.iter().map(|it| (it[event].clone(), it[attained].clone())).collect();
    let lines = quotas.iter().map(|it| (it.event.into(), it.attained.into()));
    assert_eq!(told, lines.collect::<Vec<_>>());
    let churn = book.churn(&ChurnOptions::default()).unwrap();
    let table = book.table("churn").unwrap();
    let at = column(table, "account");
    let told = rows(&book, table, None);
    let told: Vec<_> = told.iter().map(|it| it[at].clone()).collect();
    assert_eq!(told, churn.lines.iter().map(|it| it.account.into()).collect::<Vec<_>>());
}

#[test]
fn an_account_is_asked_for_alone() {
    for engine in [filled(0, 6), filled(u64::MAX, 6)] {
        let book = engine.as_of(today());
        let (account, _) = book.accounts().unwrap()[3];
        for table in TABLES.iter().copied() {
            let is_of_accounts = match table.rests_on() {
                RestsOn::Account => true,
                RestsOn::Common => false,
                RestsOn::Book => table.question(Some(account)).is_some(),
            };
            if !is_of_accounts {
                let filter = TableFilter { account: Some(account) };
                let refused = book.rows(table, &filter, |_| Ok::<(), Error>(())).unwrap_err();
                let of_no_account = matches!(refused, Error::Table(TableError::OfNoAccount { .. }));
                assert!(of_no_account, "{refused}");
                continue;
            }
            let at = column(table, "account");
            let mut all = rows(&book, table, None);
            all.retain(|row| row[at] == TableCell::from(account));
            assert_eq!(rows(&book, table, Some(account)), all, "{}", table.name());
        }
    }
    assert!(matches!(
        filled(0, 1).as_of(today()).table("open_item"),
        Err(Error::Table(TableError::Unknown { name })) if name == "open_item"
    ));
}

#[test]
fn what_is_laid_over_the_log_stands_in_its_place() {
    let book = demo(4);
    let (before, after) = book.split_at(book.len() - 40);
    let over: Vec<Fact> = after.iter().map(|it| Fact::new(it.stream, it.event.clone())).collect();
    let tables = || TABLES.iter().filter(|it| it.rests_on() != RestsOn::Book);
    for live_events in [0, u64::MAX] {
        let clock = clock();
        let engine = Engine::builder().clock(clock.clone()).live_events(live_events);
        let engine = engine.in_memory().unwrap();
        fill(&engine, &clock, before);
        let supposed = engine.as_of(today()).what_if(over.clone()).unwrap();
        let supposed: Vec<_> = tables().map(|table| without_instants(&supposed, *table)).collect();
        append(&engine, over.clone());
        let book = engine.as_of(today());
        let appended: Vec<_> = tables().map(|table| without_instants(&book, *table)).collect();
        for ((table, supposed), appended) in tables().zip(&supposed).zip(&appended) {
            assert_eq!(supposed, appended, "{}", table.name());
        }
    }
}

/// When the log learned of what is supposed nobody knows.
fn without_instants(book: &AsOf, table: &dyn Table) -> Rows {
    let mut rows = rows(book, table, None);
    let recorded = table.columns().iter().position(|it| it.name == "recorded_at");
    for (row, at) in rows.iter_mut().filter_map(|row| Some((row, recorded?))) {
        row[at] = TableCell::Null;
    }
    rows
}

#[test]
fn whoever_has_seen_enough_ends_it() {
    let engine = filled(0, 20);
    let book = engine.as_of(today());
    let table = book.table("history").unwrap();
    let mut seen = 0;
    let ended = book.rows(table, &TableFilter::default(), |_| {
        seen += 1;
        if seen == 7 { Err(Error::Cancelled) } else { Ok(()) }
    });
    assert!(matches!(ended, Err(Error::Cancelled)));
    assert_eq!(seen, 7);
    assert!(rows(&book, table, None).len() > 7, "and it can be asked again");
}
