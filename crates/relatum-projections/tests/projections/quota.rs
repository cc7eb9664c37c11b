//! Quota progress against a naive recomputation, and its boundaries.

use proptest::prelude::*;
use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::order::{OrderCancelled, SalesAdjusted};
use relatum_domain::event::organisation::{ManagerJoined, QuotaEnd, QuotaKind, QuotaSet, Target};
use relatum_domain::{Derived, ManagerId, OrderId, ReturnId, View};
use relatum_projections::{
    Explanation, FigureLine, Figures, Models, QuotaLine, QuotaOptions, QuotaOwner, QuotaReport,
    Report as _, SalesBy, SalesOptions, Sum,
};

use crate::generated::{book, delivered, manager, ops, placed, returned};
use crate::naive_quota::{Period, Sale, periods, sales, sum};
use crate::raw::{Raw, account, day, worth};

proptest! {
    #![proptest_config(crate::generated::books(256))]

    #[test]
    fn quota_progress_is_what_the_raw_events_come_to(
        ops in ops(60),
        on in 0..420_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let report = QuotaReport::of(&models, &ALL, &view);
            let (sales, shown) = (sales(&raw, &view), raw.shown(&view));
            let by_manager = Figures::of(&SalesOptions::by(SalesBy::Manager), &models, &view);
            prop_assert!(by_manager.foots().is_ok());
            prop_assert_eq!(net(&by_manager.totals), sum(&sales, |sale| sale.micro));
            let nobody: Vec<_> =
                by_manager.lines.iter().filter(|it| it.manager.is_none()).cloned().collect();
            prop_assert_eq!(net(&nobody), sum(&sales, Sale::of_nobody));
            let mut found: Vec<Period> = report
                .lines
                .iter()
                .map(|it| (it.owner, it.from, it.to, it.quota.currency, it.quota.micro))
                .collect();
            found.sort();
            prop_assert_eq!(found, periods(&raw, &view));
            for line in &report.lines {
                let mine = |sale: &Sale| match line.owner {
                    _ if !(line.from..=line.to).contains(&sale.day) => 0,
                    QuotaOwner::Manager(manager) => sale.of_manager(manager),
                    QuotaOwner::Team(team) => sale.of_team(&raw, &shown, team),
                };
                let currency = line.quota.currency;
                let (own, others): (Vec<Sum>, Vec<Sum>) =
                    sum(&sales, mine).into_iter().partition(|sum| sum.currency == currency);
                let own = own.first().copied().unwrap_or(Sum::zero(currency));
                prop_assert_eq!(line.attained, own, "{:?}", line);
                prop_assert_eq!(&line.other_currencies, &others);
                prop_assert_eq!(line.over, line.to <= day(on));
                // In hundredths of a per cent, to the nearest.
                let exact = line.attainment_bp.unwrap();
                let twice = 2 * own.micro * 10_000 - 2 * i128::from(exact) * line.quota.micro;
                prop_assert!(twice.abs() <= line.quota.micro);
            }
            let one = QuotaOptions { manager: Some(manager(1)), ..ALL };
            let one = QuotaReport::of(&models, &one, &view);
            let wanted = QuotaOwner::Manager(manager(1));
            prop_assert!(one.lines.iter().eq(report.lines.iter().filter(|it| it.owner == wanted)));
        }
    }

    #[test]
    fn what_a_quota_shows_is_what_its_events_come_to(
        ops in ops(60),
        on in 0..420_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let (models, view) = (raw.models(), View::as_of(day(on)));
        let paid_at = raw.known(cut.index(raw.events.len() + 1));
        let options = QuotaOptions { paid_at: Some(paid_at), ..ALL };
        let figures = Figures::of(&options, &models, &view);
        for line in &figures.lines {
            for column in &figures.columns {
                let key = format!("{}/{}", line.key(), column.key).parse().unwrap();
                let explained = Explanation::of(&options, &models, &key, &view).unwrap();
                prop_assert!(explained.foots(), "{}", key);
                let shown = line.sum(figures.column(&column.key).unwrap()).micro;
                prop_assert_eq!(explained.figure, shown, "{}", key);
            }
        }
        // What was attained when it was paid for is the report as it was known then; the causes
        // make it what is known now.
        let then = QuotaReport::of(&models, &ALL, &view.known_at(paid_at));
        let now = QuotaReport::of(&models, &options, &view);
        for line in &now.lines {
            let [as_paid, late, corrected, shared_anew] = line.paid.unwrap();
            let causes = late.micro + corrected.micro + shared_anew.micro;
            prop_assert_eq!(as_paid.micro + causes, line.attained.micro);
            let before = then.lines.iter().find(|it| it.event == line.event);
            prop_assert_eq!(as_paid.micro, before.map_or(0, |it| it.attained.micro));
        }
    }
}

/// What lines come to, by currency, without those that come to nothing.
fn net(lines: &[FigureLine]) -> Vec<Sum> {
    let net = SalesOptions::by(SalesBy::Manager);
    let at = net.columns(&Models::default(), &View::latest()).len() - 1;
    lines.iter().map(|line| line.sum(at)).filter(|sum| sum.micro != 0).collect()
}

const ALL: QuotaOptions = QuotaOptions { manager: None, team: None, paid_at: None };

fn quota(target: i64, end: QuotaEnd) -> QuotaSet {
    let target = Target::Value(worth(target));
    QuotaSet { kind: QuotaKind::SalesVolume, target, end, product_group: None }
}

fn assigned(number: u8) -> AccountAssigned {
    AccountAssigned { manager: manager(number), credit: Vec::new() }
}

fn order(number: u64) -> OrderId {
    OrderId::derived("test", &number.to_string())
}

fn totals(raw: &Raw, on: i64) -> Vec<i128> {
    let by = SalesOptions::by(SalesBy::Account);
    let figures = Figures::of(&by, &raw.models(), &View::as_of(day(on)));
    figures.totals.iter().map(|total| total.cells.last().copied().unwrap()).collect()
}

/// Sales of the lines as of a day, with their managers.
fn lines(raw: &Raw, on: i64) -> Vec<(ManagerId, i128)> {
    let report = QuotaReport::of(&raw.models(), &ALL, &View::as_of(day(on)));
    let line = |it: &QuotaLine| match it.owner {
        QuotaOwner::Manager(manager) => (manager, it.attained.micro),
        QuotaOwner::Team(team) => panic!("{team} has no quota here"),
    };
    report.lines.iter().map(line).collect()
}

#[test]
fn the_days_at_both_ends_of_a_period_count() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(10, manager(1), quota(1_000, QuotaEnd::Day(day(20))));
    raw.on(0, who, assigned(1));
    for (number, on) in [(1, 9), (10, 10), (100, 20), (1_000, 21)] {
        raw.on(on, who, placed(order(number as u64), None, &[(1, number)]));
    }
    let sold = |on| lines(&raw, on).first().map(|line| line.1);
    let days = [9, 10, 19, 20, 21, 400].map(sold);
    assert_eq!(days, [None, Some(10), Some(10), Some(110), Some(110), Some(110)]);
    let over = |on| QuotaReport::of(&raw.models(), &ALL, &View::as_of(day(on))).lines[0].over;
    assert_eq!([19, 20, 21].map(over), [false, true, true], "a report is of the end of its day");
    assert_eq!(totals(&raw, 400), [1_111]);
}

#[test]
fn a_period_ends_before_the_next_of_its_kind_begins() {
    let mut raw = Raw::default();
    raw.on(0, manager(1), quota(1, QuotaEnd::BeforeNext(day(90))));
    let next = raw.on(30, manager(1), quota(1, QuotaEnd::BeforeNext(day(90))));
    let count = QuotaSet { target: Target::Count(3), ..quota(1, QuotaEnd::Day(day(90))) };
    raw.on(10, manager(1), QuotaSet { kind: QuotaKind::NewClients, ..count });
    let group = Some("tea".to_owned());
    raw.on(12, manager(1), QuotaSet { product_group: group, ..quota(1, QuotaEnd::Day(day(90))) });
    let ends = |raw: &Raw, on| -> Vec<_> {
        let report = QuotaReport::of(&raw.models(), &ALL, &View::as_of(day(on)));
        report.lines.iter().map(|it| it.to).collect()
    };
    assert_eq!(ends(&raw, 5), [day(29)], "known before it begins");
    let all = [day(29), day(90), day(90), day(90)];
    assert_eq!(ends(&raw, 30), all, "another kind and another group end nothing");
    raw.void(next);
    assert_eq!(ends(&raw, 30), [day(90); 3]);
}

#[test]
fn a_cancellation_takes_back_what_was_not_delivered() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, placed(order(1), None, &[(4, 400), (10, 1_000)]));
    raw.on(3, who, delivered(order(1), &[(0, 1), (1, 5)]));
    raw.on(5, who, OrderCancelled { order: order(1), reason: None });
    assert_eq!([0, 4, 5].map(|on| totals(&raw, on)), [[1_400], [1_400], [600]]);
    raw.on(5, who, OrderCancelled { order: order(1), reason: None });
    assert_eq!(totals(&raw, 9), [600], "once");
    raw.on(6, who, delivered(order(1), &[(1, 1)]));
    assert_eq!(totals(&raw, 9), [600], "what came after it is none of its business");
    raw.on(4, who, delivered(order(1), &[(1, 1)]));
    assert_eq!(totals(&raw, 9), [700], "delivered before, told later");
}

#[test]
fn what_is_voided_after_a_cancellation_changes_what_it_took() {
    let (mut raw, who) = (Raw::default(), account(1));
    let first = raw.on(0, who, placed(order(1), None, &[(4, 400)]));
    let part = raw.on(3, who, delivered(order(1), &[(0, 1)]));
    let cancel = raw.on(5, who, OrderCancelled { order: order(1), reason: None });
    assert_eq!(totals(&raw, 9), [100]);
    let mut voided = raw.clone();
    voided.void(part);
    assert_eq!(totals(&voided, 9), [0], "nothing was delivered after all");
    let mut amended = raw.clone();
    amended.amend(first, 0, placed(order(1), None, &[(4, 800)]));
    assert_eq!(totals(&amended, 9), [200], "a quarter of twice as much");
    let mut gone = raw.clone();
    gone.void(first);
    assert_eq!(totals(&gone, 9), Vec::<i128>::new(), "an order that never was is not cancelled");
    raw.void(cancel);
    assert_eq!(totals(&raw, 9), [400]);
}

#[test]
fn an_order_told_twice_is_sold_once() {
    let (mut raw, who) = (Raw::default(), account(1));
    let first = raw.on(0, who, placed(order(1), None, &[(1, 100)]));
    raw.on(1, who, placed(order(1), None, &[(1, 30)]));
    raw.on(2, who, returned(ReturnId::derived("t", "1"), None, worth(7)));
    raw.on(2, who, returned(ReturnId::derived("t", "1"), None, worth(7)));
    assert_eq!([1, 2].map(|on| totals(&raw, on)), [[100], [93]]);
    raw.void(first);
    assert_eq!(totals(&raw, 1), [30]);
}

#[test]
fn an_orders_own_net_counts_and_is_cancelled_in_proportion() {
    let (mut raw, who) = (Raw::default(), account(1));
    let mut own = placed(order(1), None, &[(10, 1_000)]);
    own.net = worth(900);
    raw.on(0, who, own);
    raw.on(1, who, delivered(order(1), &[(0, 5)]));
    raw.on(2, who, OrderCancelled { order: order(1), reason: None });
    assert_eq!([1, 2].map(|on| totals(&raw, on)), [[900], [450]]);
}

#[test]
fn who_answers_on_the_day_is_credited() {
    let (mut raw, who) = (Raw::default(), account(1));
    for number in 0..3 {
        raw.on(0, manager(number), quota(1_000, QuotaEnd::Day(day(99))));
        let code = Some(format!("M-{number}"));
        raw.on(0, manager(number), ManagerJoined { code, name: None, email: None });
    }
    let sold = |raw: &Raw, on| lines(raw, on).into_iter().map(|it| it.1).collect::<Vec<_>>();
    raw.on(1, who, placed(order(1), None, &[(1, 1)]));
    let unassigned = |raw: &Raw| {
        let by = SalesOptions::by(SalesBy::Manager);
        let figures = Figures::of(&by, &raw.models(), &View::as_of(day(99)));
        let nobody = figures.lines.into_iter().filter(|line| line.manager.is_none());
        net(&nobody.collect::<Vec<_>>()).iter().map(|sum| sum.micro).collect::<Vec<_>>()
    };
    assert_eq!(unassigned(&raw), [1]);
    let first = raw.on(2, who, assigned(0));
    raw.on(10, who, assigned(1));
    raw.on(9, who, placed(order(2), None, &[(1, 10)]));
    raw.on(10, who, placed(order(3), None, &[(1, 100)]));
    raw.on(10, who, placed(order(4), Some(manager(2)), &[(1, 1_000)]));
    assert_eq!(sold(&raw, 99), [10, 100, 1_000]);
    raw.on(12, who, OrderCancelled { order: order(2), reason: None });
    assert_eq!(sold(&raw, 99), [0, 100, 1_000], "off whoever had the credit for it");
    raw.on(13, who, returned(ReturnId::derived("t", "1"), None, worth(7)));
    raw.on(
        13,
        who,
        SalesAdjusted { number: "S".into(), net: worth(-2), reason: None, manager: None },
    );
    assert_eq!(sold(&raw, 99), [0, 91, 1_000], "a return is its own day's");
    raw.amend(first, 1, assigned(0));
    assert_eq!(unassigned(&raw), Vec::<i128>::new(), "assigned a day earlier after all");
    assert_eq!(sold(&raw, 8), [1, 0, 0]);
}

#[test]
fn a_correction_of_an_assignment_does_not_outdo_what_came_after() {
    let (mut raw, who) = (Raw::default(), account(1));
    let first = raw.on(0, who, assigned(0));
    raw.on(0, who, assigned(1));
    raw.amend(first, 0, assigned(2));
    let view = View::as_of(day(0));
    assert_eq!(raw.models().directory.manager_of(who, &view), Some(manager(1)));
    let profile = raw.models().directory.account(who, &view).unwrap();
    assert_eq!(profile.manager, Some(manager(1)));
}

#[test]
fn attainment_is_rounded_half_away_from_zero_and_needs_a_quota() {
    let attained = |sold: i64, asked: i64| {
        let (mut raw, who) = (Raw::default(), account(1));
        raw.on(0, manager(1), quota(asked, QuotaEnd::Day(day(99))));
        let net = worth(sold);
        let by = Some(manager(1));
        raw.on(1, who, SalesAdjusted { number: "S".into(), net, reason: None, manager: by });
        QuotaReport::of(&raw.models(), &ALL, &View::as_of(day(1))).lines[0].attainment_bp
    };
    assert_eq!(attained(22_584_695_500, 28_000_000_000), Some(8_066));
    assert_eq!(attained(1, 20_000), Some(1), "half away from zero");
    assert_eq!(attained(-1, 20_000), Some(-1), "below zero too");
    assert_eq!(attained(-3, 20_000), Some(-2));
    assert_eq!(attained(1, 0), None);
}

#[test]
fn a_period_that_ends_before_it_begins_has_no_day() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(10, manager(1), quota(100, QuotaEnd::Day(day(9))));
    raw.on(10, who, placed(order(1), Some(manager(1)), &[(1, 10)]));
    assert_eq!(lines(&raw, 10), [(manager(1), 0)]);
}
