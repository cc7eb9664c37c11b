//! Who came, stayed, went and came back, and cohorts: against a naive recomputation, and by
//! example.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate};
use proptest::prelude::*;
use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::line::Line;
use relatum_domain::event::order::{GoodsReturned, OrderCancelled, OrderPlaced};
use relatum_domain::{AccountId, Currency, Derived, ManagerId, OrderId, ReturnId, View};
use relatum_projections::{
    CellKey, ClientsOptions, CohortsOptions, Explanation, FigureLine, Figures, Models, Report,
    RetentionBy, RetentionOptions, Row,
};

use crate::generated::{Op, book, line, manager, op, placed, returned};
use crate::naive_quota::{Sale, owner, sales};
use crate::raw::{Raw, account, day, worth};

const EURO: i64 = 1_000_000;

fn retention(by: RetentionBy, from: NaiveDate, months: u16) -> RetentionOptions {
    let (account, manager, group) = (None, None, None);
    RetentionOptions { by, from, account, manager, group, active_months: Some(months) }
}

fn cohorts(by: RetentionBy, from: NaiveDate) -> CohortsOptions {
    CohortsOptions { by, from, account: None, manager: None, group: None }
}

/// Which period of all a day is of.
fn number(by: RetentionBy, on: NaiveDate) -> i32 {
    let length = match by {
        RetentionBy::Month => 1,
        RetentionBy::Quarter => 3,
        RetentionBy::Year => 12,
    };
    (on.year() * 12 + on.month() as i32 - 1) / length
}

/// The first and the last day of each period, day by day.
fn periods(by: RetentionBy, from: NaiveDate, to: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut periods: BTreeMap<i32, (NaiveDate, NaiveDate)> = BTreeMap::new();
    for on in (-400..800).map(day).filter(|on| *on <= to) {
        periods.entry(number(by, on)).or_insert((on, on)).1 = on;
    }
    let wanted = periods.into_iter().filter(|(it, _)| *it >= number(by, from));
    wanted.map(|(_, days)| days).collect()
}

/// The same day some months before, or the last one of a month that is too short.
fn before(on: NaiveDate, months: i32) -> NaiveDate {
    let month = on.year() * 12 + on.month() as i32 - 1 - months;
    let within =
        |day| NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, day);
    (1..=on.day()).rev().find_map(within).unwrap()
}

/// What is told of one account.
struct Naive {
    sales: Vec<Sale>,
}

impl Naive {
    /// What it bought in days, without what came back in them, by currency.
    fn net(&self, (first, last): (NaiveDate, NaiveDate)) -> BTreeMap<Currency, i128> {
        let mut net = BTreeMap::new();
        for it in self.sales.iter().filter(|it| (first..=last).contains(&it.day)) {
            *net.entry(it.currency).or_default() += it.micro;
        }
        net
    }

    fn bought(&self, days: (NaiveDate, NaiveDate)) -> bool {
        let net = self.net(days);
        let placed = |it: &&Sale| it.order.is_some() && it.micro > 0;
        let mut placed = self.sales.iter().filter(placed);
        placed.any(|it| (days.0..=days.1).contains(&it.day) && net[&it.currency] > 0)
    }

    /// The day of the first order of which something was left in the end.
    fn first(&self) -> Option<NaiveDate> {
        let left = |order| {
            let of = self.sales.iter().filter(|it| it.order == Some(order));
            of.map(|it| it.micro).sum::<i128>()
        };
        let placed = self.sales.iter().filter(|it| it.micro > 0);
        let placed = placed.filter(|it| it.order.is_some_and(|order| left(order) > 0));
        placed.map(|it| it.day).min()
    }
}

fn naive(raw: &Raw, view: &View) -> BTreeMap<AccountId, Naive> {
    let mut all: BTreeMap<_, Naive> = BTreeMap::new();
    for sale in sales(raw, view) {
        all.entry(sale.who).or_insert_with(|| Naive { sales: Vec::new() }).sales.push(sale);
    }
    all
}

type Clients = BTreeSet<AccountId>;

/// What is shown of a period: the counts, and what was lost.
type Shown = ([i64; 6], BTreeMap<Currency, i128>);

/// The table, out of sets of clients.
fn expected(raw: &Raw, options: &RetentionOptions, view: &View) -> Vec<Shown> {
    let (all, shown) = (naive(raw, view), raw.shown(view));
    let months = i32::from(options.active_months.unwrap_or(12));
    let window = |end: NaiveDate| (before(end.succ_opt().unwrap(), months), end);
    let active = |end| -> Clients {
        let active = all.iter().filter(|(_, it)| it.bought(window(end)));
        active.map(|(who, _)| *who).collect()
    };
    let owned = |clients: &Clients, end| -> Clients {
        let of = |who| owner(&shown, raw, who, end).map(|it| it.manager);
        let own = |who: &&AccountId| options.manager.is_none_or(|only| of(**who) == Some(only));
        clients.iter().filter(own).copied().collect()
    };
    let count = |clients: &Clients| i64::try_from(clients.len()).unwrap();
    let mut told = Vec::new();
    for (first, last) in periods(options.by, options.from, view.as_of) {
        let end = first.pred_opt().unwrap();
        let (then, now) = (active(end), active(last));
        let (mine_then, mine_now) = (owned(&then, end), owned(&now, last));
        let came: Clients = mine_now.difference(&then).copied().collect();
        let (back, new): (Clients, Clients) =
            came.into_iter().partition(|who| all[who].first().is_some_and(|day| day < first));
        let gone: Clients = mine_then.difference(&now).copied().collect();
        let stayed: Clients = then.intersection(&now).copied().collect();
        let taken = mine_now.intersection(&stayed).filter(|who| !mine_then.contains(who)).count();
        let given = mine_then.intersection(&stayed).filter(|who| !mine_now.contains(who)).count();
        let mut lost: BTreeMap<Currency, i128> = BTreeMap::new();
        for who in &gone {
            for (currency, micro) in all[who].net(window(end)) {
                *lost.entry(currency).or_default() += micro;
            }
        }
        lost.retain(|_, micro| *micro != 0);
        let moved = taken as i64 - given as i64;
        let counts = [&mine_then, &new, &back, &gone, &mine_now].map(count);
        let [mine_then, new, back, gone, mine_now] = counts;
        told.push(([mine_then, new, back, moved, -gone, mine_now], lost));
    }
    told
}

fn found(figures: &Figures) -> Vec<Shown> {
    let mut periods: BTreeMap<NaiveDate, Shown> = BTreeMap::new();
    for line in &figures.lines {
        let Row::From(first) = line.row else { panic!("{}", line.row) };
        let shown = periods.entry(first).or_default();
        if line.currency == Currency::NONE {
            shown.0 = [0, 1, 2, 3, 4, 5].map(|at| line.count(at));
        } else if line.cells[6] != 0 {
            shown.1.insert(line.currency, line.cells[6]);
        }
    }
    periods.into_values().collect()
}

/// Decisions that mostly are about what is bought, and by whose clients.
fn buying() -> impl Strategy<Value = Vec<Op>> {
    // Orders, deliveries, cancellations, returns, adjustments, voids, amendments, assignments.
    const KINDS: [u8; 16] = [0, 1, 2, 3, 0, 1, 2, 4, 6, 7, 8, 33, 36, 45, 46, 47];
    let narrowed = |op: Op| match op.a {
        ..32 => op,
        _ => Op { what: KINDS[usize::from(op.what) % KINDS.len()], ..op },
    };
    prop::collection::vec(op().prop_map(narrowed), 1..60)
}

fn by() -> impl Strategy<Value = RetentionBy> {
    prop::sample::select(vec![RetentionBy::Month, RetentionBy::Quarter, RetentionBy::Year])
}

proptest! {
    #![proptest_config(crate::generated::books(192))]

    #[test]
    fn retention_is_what_sets_of_clients_come_to(
        ops in buying(),
        by in by(),
        (on, length) in (0..420_i64, -3..300_i64),
        months in prop::option::weighted(0.8, 1..4_u16),
        whose in prop::option::of(0..3_u8),
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        let options = RetentionOptions {
            active_months: months,
            manager: whose.map(manager),
            ..retention(by, day(on - length), 1)
        };
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let figures = Figures::of(&options, &models, &view);
            prop_assert_eq!(figures.foots(), Ok(()));
            prop_assert_eq!(found(&figures), expected(&raw, &options, &view));
        }
    }

    /// Active = active before + new + won back + moved - lapsed, and what a period ends with is
    /// what the next begins with; who is active is what the report of clients says.
    #[test]
    fn clients_are_neither_made_nor_lost_between_periods(
        ops in buying(),
        by in by(),
        (on, length) in (0..420_i64, 0..420_i64),
        months in 1..7_u16,
        whose in prop::option::of(0..3_u8),
    ) {
        let models = book(&ops).models();
        let (view, from, manager) = (View::as_of(day(on)), day(on - length), whose.map(manager));
        let options = RetentionOptions { manager, ..retention(by, from, months) };
        let shown = found(&Figures::of(&options, &models, &view));
        prop_assert_eq!(shown.len(), options.periods(&view).len(), "a line a period");
        for ([before, new, back, moved, lapsed, active], _) in &shown {
            prop_assert_eq!(before + new + back + moved + lapsed, *active);
            prop_assert!(*lapsed <= 0 && (manager.is_some() || *moved == 0));
        }
        for pair in shown.windows(2) {
            prop_assert_eq!(pair[0].0[5], pair[1].0[0]);
        }
        let clients = ClientsOptions {
            from,
            account: None,
            manager,
            group: None,
            active_months: Some(months),
            new_after_months: None,
        };
        let clients = Figures::of(&clients, &models, &view);
        let monthly = RetentionOptions { by: RetentionBy::Month, ..options };
        let monthly = Figures::of(&monthly, &models, &view);
        for line in &monthly.lines {
            let same = clients.lines.iter().find(|it| it.row == line.row);
            let active = if line.currency == Currency::NONE { line.count(5) } else { 0 };
            let theirs = same.filter(|_| line.currency == Currency::NONE);
            prop_assert_eq!(active, theirs.map_or(0, |it| it.count(0)));
        }
    }

    #[test]
    fn cohorts_are_what_first_purchases_come_to(
        ops in buying(),
        by in by(),
        (on, length) in (0..420_i64, -3..300_i64),
        whose in prop::option::of(0..3_u8),
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        let manager = whose.map(manager);
        let options = CohortsOptions { manager, ..cohorts(by, day(on - length)) };
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let shown = raw.shown(&view);
            let periods = periods(by, options.from, view.as_of);
            let mut expected: BTreeMap<NaiveDate, Vec<i64>> = BTreeMap::new();
            for (who, it) in naive(&raw, &view) {
                let Some(first) = it.first() else { continue };
                let of = owner(&shown, &raw, who, first).map(|it| it.manager);
                let own = manager.is_none_or(|only| of == Some(only));
                let cohort = periods.iter().position(|it| (it.0..=it.1).contains(&first));
                let Some(cohort) = cohort.filter(|_| own) else { continue };
                let line = expected.entry(periods[cohort].0).or_default();
                line.resize(periods.len(), 0);
                line[0] += 1;
                for later in cohort + 1..periods.len() {
                    line[later - cohort] += i64::from(it.bought(periods[later]));
                }
            }
            let figures = Figures::of(&options, &models, &view);
            prop_assert_eq!(figures.foots(), Ok(()));
            let found = figures.lines.iter().map(|line| (line.row.clone(), cells(line)));
            let expected = expected.into_iter().map(|(first, it)| (Row::From(first), it));
            prop_assert!(found.eq(expected), "{:?}", figures);
        }
    }
}

fn cells(line: &FigureLine) -> Vec<i64> {
    (0..line.cells.len()).map(|at| line.count(at)).collect()
}

fn order(number: u64, euros: i64) -> OrderPlaced {
    placed(id(number), None, &[(1, euros * EURO)])
}

fn id(number: u64) -> OrderId {
    OrderId::derived("test", &number.to_string())
}

fn came_back(number: u64, euros: i64) -> GoodsReturned {
    returned(ReturnId::derived("test", &number.to_string()), None, worth(euros * EURO))
}

/// Counts of each period, without currencies.
fn counts(raw: &Raw, options: &RetentionOptions, on: i64) -> Vec<[i64; 6]> {
    let figures = Figures::of(options, &raw.models(), &View::as_of(day(on)));
    found(&figures).into_iter().map(|it| it.0).collect()
}

fn why(report: &dyn Report, models: &Models, on: i64, key: &str) -> Vec<(NaiveDate, String, i128)> {
    let cell: CellKey = key.parse().unwrap();
    let told = Explanation::of(report, models, &cell, &View::as_of(day(on))).unwrap();
    assert!(told.foots(), "{key}");
    let one = |it: &relatum_projections::Contribution| {
        (it.day, format!("{} {}", it.what, it.event.version.0), it.micro / i128::from(EURO))
    };
    told.contributions.iter().map(one).collect()
}

#[test]
fn clients_come_stay_go_and_come_back() {
    let mut raw = Raw::default();
    // Month by month, where a client who bought in the month is active.
    let (a, b) = (account(1), account(2));
    raw.on(0, a, order(1, 100));
    raw.on(3, a, came_back(1, 30));
    raw.on(30, b, order(2, 50));
    raw.on(40, b, order(3, 50));
    raw.on(65, a, order(4, 10));
    let month = retention(RetentionBy::Month, day(0), 1);
    let shown = counts(&raw, &month, 89);
    // Before, new, won back, moved, lapsed, active.
    assert_eq!(shown, [[0, 2, 0, 0, 0, 2], [2, 0, 0, 0, -1, 1], [1, 0, 1, 0, -1, 1]]);
    let models = raw.models();
    let why = |key: &str| why(&month, &models, 89, key);
    let (january, march) = (day(0), day(65));
    assert_eq!(why("from:2026-02-01/XXX/lapsed"), [(january, "last purchase 1".into(), -1)]);
    let lost = [(january, "ordered 1".into(), 100), (day(3), "returned 2".into(), -30)];
    assert_eq!(why("from:2026-02-01/EUR/lost"), lost);
    assert_eq!(why("from:2026-03-01/XXX/won_back"), [(march, "won back 3".into(), 1)]);
    assert_eq!(why("from:2026-03-01/XXX/active"), [(march, "active client 3".into(), 1)]);
    let new = [(january, "new client 1".into(), 1), (day(30), "new client 1".into(), 1)];
    assert_eq!(why("from:2026-01-01/XXX/new"), new);
    // In a quarter's months nobody went.
    let longer = retention(RetentionBy::Month, day(31), 3);
    assert_eq!(counts(&raw, &longer, 89), [[2, 0, 0, 0, 0, 2]; 2]);
    // Of a period that still runs, the months up to the day count: one bought in that up to
    // 2 March, and did not in that up to 20 March.
    assert_eq!(counts(&raw, &month, 60)[2], [1, 0, 0, 0, 0, 1]);
    assert_eq!(counts(&raw, &month, 78)[2], [1, 0, 1, 0, -1, 1]);
    let year = retention(RetentionBy::Year, day(0), 12);
    assert_eq!(counts(&raw, &year, 89), [[0, 2, 0, 0, 0, 2]]);
}

#[test]
fn what_was_cancelled_to_nothing_makes_nobody_an_old_client() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, order(1, 100));
    raw.on(40, who, OrderCancelled { order: id(1), reason: None });
    raw.on(70, who, order(2, 100));
    let month = retention(RetentionBy::Month, day(0), 1);
    let shown = counts(&raw, &month, 89);
    assert_eq!(shown, [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, -1, 0], [0, 1, 0, 0, 0, 1]]);
    let table = cohorts(RetentionBy::Month, day(0));
    let figures = Figures::of(&table, &raw.models(), &View::as_of(day(89)));
    let lines: Vec<_> = figures.lines.iter().map(|it| (it.name.as_str(), cells(it))).collect();
    assert_eq!(lines, [("2026-03-01", vec![1, 0, 0])]);
}

#[test]
fn a_client_who_moves_goes_from_one_manager_to_another() {
    let (mut raw, who) = (Raw::default(), account(1));
    let assigned = |number| AccountAssigned { manager: manager(number), credit: Vec::new() };
    raw.on(0, who, assigned(0));
    raw.on(5, who, order(1, 100));
    raw.on(40, who, assigned(1));
    let of = |manager: ManagerId| {
        let manager = Some(manager);
        counts(&raw, &RetentionOptions { manager, ..retention(RetentionBy::Month, day(0), 2) }, 89)
    };
    assert_eq!(of(manager(0)), [[0, 1, 0, 0, 0, 1], [1, 0, 0, -1, 0, 0], [0; 6]]);
    assert_eq!(of(manager(1)), [[0; 6], [0, 0, 0, 1, 0, 1], [1, 0, 0, 0, -1, 0]]);
    // A cohort stays with whoever won it.
    let sizes = [0, 1].map(|number| {
        let manager = Some(manager(number));
        let table = CohortsOptions { manager, ..cohorts(RetentionBy::Month, day(0)) };
        Figures::of(&table, &raw.models(), &View::as_of(day(89))).lines.len()
    });
    assert_eq!(sizes, [1, 0]);
}

#[test]
fn cohorts_are_a_triangle_of_those_who_bought_again() {
    let mut raw = Raw::default();
    // 2026 by quarter: days 0, 90, 181 and 273 are the first ones.
    let buys: [(u64, &[i64]); 4] =
        [(1, &[0, 89, 90, 273]), (2, &[10, 200]), (3, &[95]), (4, &[-5])];
    let mut number = 0;
    for (who, days) in buys {
        for on in days {
            number += 1;
            raw.on(*on, account(who), order(number, 100));
        }
    }
    // All of what one bought in the second quarter came back in it.
    raw.on(180, account(1), came_back(1, 100));
    let quarters = cohorts(RetentionBy::Quarter, day(45));
    let models = raw.models();
    let figures = Figures::of(&quarters, &models, &View::as_of(day(300)));
    let keys: Vec<_> = figures.columns.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["size", "after_1", "after_2", "after_3"]);
    let lines: Vec<_> = figures.lines.iter().map(|it| (it.name.as_str(), cells(it))).collect();
    // Who bought before is in no cohort.
    let expected = [("2026-01-01", vec![2, 0, 1, 1]), ("2026-04-01", vec![1, 0, 0, 0])];
    assert_eq!(lines, expected);
    assert_eq!(cells(&figures.totals[0]), [3, 0, 1, 1]);
    let why = |key: &str| why(&quarters, &models, 300, key);
    let both = [(day(0), "first purchase 1".into(), 1), (day(10), "first purchase 1".into(), 1)];
    assert_eq!(why("from:2026-01-01/XXX/size"), both);
    assert_eq!(why("total/XXX/after_3"), [(day(273), "bought again 4".into(), 1)]);
}

#[test]
fn clients_of_a_product_group_buy_goods_of_it() {
    let (mut raw, who) = (Raw::default(), account(1));
    let of = |number, group: &str| {
        let line = Line { group: Some(group.into()), ..line("p", 1, 100 * EURO) };
        OrderPlaced { lines: vec![line], ..order(number, 100) }
    };
    raw.on(0, who, of(1, "tea"));
    raw.on(40, who, of(2, "cups"));
    raw.on(70, who, of(3, "tea"));
    let month = retention(RetentionBy::Month, day(0), 1);
    let tea = Some("tea".to_owned());
    let tea = RetentionOptions { group: tea.clone(), ..month };
    let shown = counts(&raw, &tea, 89);
    assert_eq!(shown, [[0, 1, 0, 0, 0, 1], [1, 0, 0, 0, -1, 0], [0, 0, 1, 0, 0, 1]]);
    let cups = Some("cups".to_owned());
    let cups = CohortsOptions { group: cups, ..cohorts(RetentionBy::Month, day(0)) };
    let figures = Figures::of(&cups, &raw.models(), &View::as_of(day(89)));
    assert_eq!((figures.lines.len(), cells(&figures.lines[0])), (1, vec![1, 0, 0]));
}
