//! Refusals, programmes, competitors, coverage, and a year beside the one before, by example.

use relatum_domain::event::account::{AccountAssigned, AccountClassified, AccountOpened};
use relatum_domain::event::line::{Line, LineQuantity};
use relatum_domain::event::offer::{OfferDeclined, OfferMade};
use relatum_domain::event::opportunity::{OpportunityLost, OpportunityOpened};
use relatum_domain::event::order::{GoodsReturned, OrderCancelled, OrderPlaced, OrderRefused};
use relatum_domain::event::organisation::{QuotaEnd, QuotaKind, QuotaSet, Target, TeamJoined};
use relatum_domain::event::policy::{BonusStep, Policy, PolicySet, Programme, ProgrammeCostStated};
use relatum_domain::event::voice::CompetitorNoted;
use relatum_domain::{Currency, Derived, TenantId, View};
use relatum_projections::{
    CellKey, CompetitorsBy, CompetitorsOptions, Explanation, FigureLine, Figures, ProgrammesBy,
    ProgrammesOptions, QuotaOptions, QuotaReport, Report, ReturnsBy, ReturnsOptions, SalesBy,
    SalesOptions, YearOnYear,
};

use crate::generated::{delivered, line, manager, offered, opened, placed, returned, team};
use crate::raw::{Raw, account, currency, day, pieces, worth};

fn id<I: Derived>(number: u64) -> I {
    I::derived("test", &number.to_string())
}

const EURO: i64 = 1_000_000;

/// So many pieces of each group, at one euro each.
fn order(number: u64, groups: &[(&str, i64)]) -> OrderPlaced {
    let of = |(group, pieces): &(&str, i64)| Line {
        group: Some((*group).into()),
        ..line(&format!("{group}-1"), *pieces, pieces * EURO)
    };
    let net = groups.iter().map(|(_, pieces)| pieces * EURO).sum();
    let lines = groups.iter().map(of).collect();
    OrderPlaced { net: worth(net), lines, ..placed(id(number), None, &[]) }
}

fn came_back(number: u64, of: u64, group: &str, pieces: i64) -> GoodsReturned {
    let line =
        Line { group: Some(group.into()), ..line(&format!("{group}-1"), pieces, pieces * EURO) };
    GoodsReturned {
        order: Some(id(of)),
        lines: vec![line],
        ..returned(id(number), None, worth(pieces * EURO))
    }
}

/// The figures, all of which are explained by events that sum to them.
fn figures(report: &dyn Report, raw: &Raw, on: i64) -> Figures {
    let (models, view) = (raw.models(), View::as_of(day(on)));
    let figures = Figures::of(report, &models, &view);
    assert_eq!(figures.foots(), Ok(()));
    for (line, column) in
        figures.lines.iter().flat_map(|it| figures.columns.iter().map(move |column| (it, column)))
    {
        let (row, column) = (line.row.clone(), column.key.clone());
        let cell = CellKey { row, currency: line.currency, column };
        let key = cell.to_string();
        assert_eq!(key.parse::<CellKey>().map(|it| it.to_string()), Ok(key));
        let explained = Explanation::of(report, &models, &cell, &view).unwrap();
        let at = figures.column(&explained.cell.column).unwrap();
        assert_eq!(explained.figure, line.sum(at).micro);
        assert!(explained.foots(), "{}", explained.cell);
    }
    figures
}

/// Whole euros, or numbers, in the columns of a line.
fn cells(line: &FigureLine) -> Vec<i64> {
    (0..line.cells.len()).map(|at| line.count(at)).collect()
}

fn named<'a>(figures: &'a Figures, name: &str) -> &'a FigureLine {
    figures.lines.iter().find(|it| it.name == name).unwrap()
}

#[test]
fn what_is_refused_at_the_door_stands_beside_what_comes_back() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, order(1, &[("tea", 10), ("cups", 4)]));
    let part = |line, number| LineQuantity { line, quantity: pieces(number) };
    let refused =
        |lines| OrderRefused { order: id(1), delivery: None, lines, reason: "broken".into() };
    raw.on(40, who, refused(vec![part(0, 3)]));
    // All of the rest, and no more than there is.
    let rest = raw.on(41, who, refused(Vec::new()));
    raw.on(41, who, refused(vec![part(1, 9)]));
    raw.on(50, who, came_back(7, 1, "tea", 2));
    let by = ReturnsOptions::by;
    // Returns, quantity, returned; refusals, quantity, refused; sold.
    let groups = figures(&by(ReturnsBy::Group), &raw, 60);
    assert_eq!(cells(named(&groups, "tea")), [1, 2, 2, 2, 10, 10, 10]);
    assert_eq!(cells(named(&groups, "cups")), [0, 0, 0, 1, 4, 4, 4]);
    let products = figures(&by(ReturnsBy::Product), &raw, 60);
    assert_eq!(cells(named(&products, "cups-1")), [0, 0, 0, 1, 4, 4, 4]);
    let reasons = figures(&by(ReturnsBy::Reason), &raw, 60);
    assert_eq!(cells(named(&reasons, "broken")), [0, 0, 0, 2, 14, 14, 0]);
    raw.void(rest);
    let months = figures(&by(ReturnsBy::Month), &raw, 60);
    assert_eq!(cells(named(&months, "2026-02-01")), [1, 2, 2, 2, 7, 7, 0]);
    assert_eq!(cells(named(&months, "2026-01-01")), [0, 0, 0, 0, 0, 0, 14]);
}

#[test]
fn what_came_back_stands_beside_the_same_days_of_the_year_before() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(-365, who, order(1, &[("tea", 100), ("cups", 10)]));
    raw.on(-362, who, came_back(7, 1, "tea", 4));
    raw.on(-100, who, came_back(8, 1, "tea", 50));
    raw.on(3, who, came_back(9, 1, "tea", 5));
    raw.on(5, who, came_back(10, 1, "cups", 1));
    let by = |by| YearOnYear(ReturnsOptions::by(by));
    let groups = figures(&by(ReturnsBy::Group), &raw, 20);
    assert_eq!(cells(named(&groups, "tea")), [5, 4, 1]);
    assert_eq!(cells(named(&groups, "cups")), [1, 0, 1]);
    let until = ReturnsOptions { to: Some(day(4)), ..ReturnsOptions::by(ReturnsBy::Account) };
    assert_eq!(cells(&figures(&YearOnYear(until.clone()), &raw, 20).lines[0]), [5, 4, 1]);
    let all = figures(&until, &raw, 20);
    assert_eq!(cells(&all.lines[0])[2], 59, "what came later is left out");
}

fn programme(bonus: &[(i64, &str)]) -> PolicySet {
    let step = |(from, rate): &(i64, &str)| BonusStep {
        from: worth(from * EURO),
        rate: rate.parse().unwrap(),
    };
    let policy = Policy::Programme(Programme {
        name: "spring".into(),
        from: day(10),
        until: day(40),
        classes: vec!["A".into()],
        product_groups: vec!["tea".into()],
        discount: None,
        bonus: bonus.iter().map(step).collect(),
    });
    PolicySet { policy, reason: None }
}

#[test]
fn a_programme_counts_what_is_sold_in_it_and_what_that_costs() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, TenantId::own(), programme(&[(100, "0.02"), (200, "0.05")]));
    raw.on(0, who, AccountOpened { class: Some("A".into()), ..opened("Client") });
    raw.on(9, who, order(1, &[("tea", 1_000)]));
    raw.on(10, who, order(2, &[("tea", 150), ("cups", 500)]));
    raw.on(40, who, order(3, &[("tea", 90)]));
    raw.on(41, who, order(4, &[("tea", 1_000)]));
    raw.on(60, who, came_back(7, 2, "tea", 60));
    // A client of another class is in no programme.
    raw.on(0, account(2), AccountOpened { class: Some("B".into()), ..opened("Other") });
    raw.on(20, account(2), order(5, &[("tea", 1_000)]));
    let cost =
        ProgrammeCostStated { programme: "spring".into(), cost: worth(30 * EURO), what: None };
    let stated = raw.on(20, TenantId::own(), cost);
    let all = |by| ProgrammesOptions { by, programme: None, account: None };
    let spring = |raw: &Raw, on| {
        let figures = figures(&all(ProgrammesBy::Programme), raw, on);
        assert!(figures.totals.is_empty(), "a sale may count in several");
        figures.lines.first().map(cells)
    };
    assert_eq!(spring(&raw, 9), None, "it has not begun");
    // Sold, cancelled, returned, net; bonus, spent, cost: 150 reach the first step.
    assert_eq!(spring(&raw, 12), Some(vec![150, 0, 0, 150, 3, 0, 3]));
    // 240 reach the second, on all of it.
    assert_eq!(spring(&raw, 50), Some(vec![240, 0, 0, 240, 12, 30, 42]));
    // 60 came back: 180 are of the first again.
    assert_eq!(spring(&raw, 60), Some(vec![240, 0, -60, 180, 3, 30, 33]));
    let accounts = figures(&all(ProgrammesBy::Account), &raw, 60);
    assert_eq!(accounts.lines.len(), 1);
    assert_eq!(cells(&accounts.lines[0])[5..], [0, 3], "no account has what is spent on all");
    // Cancelled, later than it ran, it counts against the day of the order.
    raw.void(stated);
    raw.on(70, who, OrderCancelled { order: id(3), reason: None });
    assert_eq!(spring(&raw, 80), Some(vec![240, -90, -60, 90, 0, 0, 0]));
    // The class is that of the day on which it was sold.
    raw.on(30, who, AccountClassified { class: Some("C".into()), segment: None });
    assert_eq!(spring(&raw, 69), Some(vec![150, 0, -60, 90, 0, 0, 0]));
}

#[test]
fn what_is_lost_with_its_chance_is_lost_once() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, AccountOpened { segment: Some("food".into()), ..opened("Client") });
    let note = |segment: Option<&str>| CompetitorNoted {
        competitor: "Rival".into(),
        product: None,
        segment: segment.map(str::to_owned),
        text: None,
    };
    raw.on(1, who, note(None));
    raw.on(1, who, note(Some("drinks")));
    raw.on(
        2,
        who,
        OpportunityOpened {
            opportunity: id(1),
            name: "C".into(),
            product: Some("tea".into()),
            stage: "seen".into(),
            value: Some(worth(700 * EURO)),
            probability: None,
            expected_close: None,
            category: None,
            manager: None,
            credit: Vec::new(),
        },
    );
    let serves = OfferMade { opportunity: Some(id(1)), ..offered(id(1), worth(650 * EURO), 90) };
    raw.on(3, who, serves);
    raw.on(3, who, offered(id(2), worth(50 * EURO), 90));
    for offer in [1, 2] {
        let competitor = Some("Rival".to_owned());
        raw.on(20, who, OfferDeclined { offer: id(offer), reason: None, competitor });
    }
    let competitor = Some("Rival".to_owned());
    let lost = OpportunityLost { opportunity: id(1), reason: None, competitor, manager: None };
    raw.on(21, who, lost);
    let by =
        |by| CompetitorsOptions { by, from: None, account: None, manager: None, competitor: None };
    let sums = |figures: &Figures, name: &str| -> Vec<i64> {
        let lines = figures.lines.iter().filter(|it| it.name == name);
        lines.fold(vec![0; 4], |sum, line| {
            sum.iter().zip(cells(line)).map(|(sum, more)| sum + more).collect()
        })
    };
    // Notes, offers, chances, and what is lost: the chance's 700 and the other offer's 50.
    let all = figures(&by(CompetitorsBy::Competitor), &raw, 30);
    assert_eq!(sums(&all, "Rival"), [2, 2, 1, 750]);
    let segments = figures(&by(CompetitorsBy::Segment), &raw, 30);
    assert_eq!((sums(&segments, "food"), sums(&segments, "drinks")[0]), (vec![1, 2, 1, 750], 1));
    let before = figures(&by(CompetitorsBy::Competitor), &raw, 20);
    assert_eq!(sums(&before, "Rival"), [2, 2, 0, 700], "the chance was still open");
}

#[test]
fn what_is_left_of_a_quota_is_held_against_what_should_close_by_its_end() {
    let (mut raw, who) = (Raw::default(), account(1));
    let quota = || QuotaSet {
        kind: QuotaKind::SalesVolume,
        target: Target::Value(worth(1_000 * EURO)),
        end: QuotaEnd::Day(day(89)),
        product_group: None,
    };
    raw.on(0, manager(1), quota());
    raw.on(0, team(1), quota());
    raw.on(0, manager(1), TeamJoined { team: team(1), until: None });
    raw.on(0, who, AccountAssigned { manager: manager(1), credit: Vec::new() });
    raw.on(5, who, order(1, &[("tea", 400)]));
    for (number, euros, close, likely) in
        [(1, 500, Some(89), "0.5"), (2, 300, Some(90), "0.9"), (3, 100, None, "0.9")]
    {
        raw.on(
            6,
            who,
            OpportunityOpened {
                opportunity: id(number),
                name: "C".into(),
                product: None,
                stage: "seen".into(),
                value: Some(worth(euros * EURO)),
                probability: Some(likely.parse().unwrap()),
                expected_close: close.map(day),
                category: None,
                manager: None,
                credit: Vec::new(),
            },
        );
    }
    let covered = |raw: &Raw, on| {
        let view = View::as_of(day(on));
        let report = QuotaReport::of(&raw.models(), &QuotaOptions::default(), &view);
        report
            .lines
            .into_iter()
            .map(|line| {
                let it = line.coverage?;
                let euros = [it.left, it.open, it.weighted].map(|sum| sum.micro / i128::from(EURO));
                Some((euros, it.open_bp, it.weighted_bp))
            })
            .collect::<Vec<_>>()
    };
    // 600 are left; 500 should close by then, half of them as likely as not.
    let half = Some(([600, 500, 250], Some(83_33), Some(41_67)));
    assert_eq!(covered(&raw, 30), [half, half], "of the manager, and of the team");
    assert_eq!(covered(&raw, 89), [None, None], "the period is over at the end of the day");
    raw.on(31, who, order(2, &[("tea", 600)]));
    let none = Some(([0, 500, 250], None, None));
    assert_eq!(covered(&raw, 31), [none, none]);
}

#[test]
fn a_year_stands_beside_the_same_days_of_the_one_before() {
    let (mut raw, who) = (Raw::default(), account(1));
    // 2025-01-01 is 365 days before day 0.
    for (number, on, pieces) in [(1, -365, 10), (2, -330, 100), (3, 0, 7), (4, 40, 1_000)] {
        raw.on(on, who, order(number, &[("tea", pieces)]));
    }
    let sales = |by| YearOnYear(SalesOptions::by(by));
    let groups = figures(&sales(SalesBy::Group), &raw, 30);
    assert_eq!(cells(named(&groups, "tea")), [7, 10, -3], "up to 31 January of both");
    let groups = figures(&sales(SalesBy::AccountAndGroup), &raw, 59);
    assert_eq!(cells(&groups.lines[0]), [1_007, 110, 897]);
    let months = figures(&sales(SalesBy::Month), &raw, 59);
    assert_eq!(cells(named(&months, "2026-01-01")), [7, 10, -3]);
    assert_eq!(cells(named(&months, "2026-02-01")), [1_000, 100, 900]);
    let february = SalesOptions {
        from: Some(day(31)),
        to: Some(day(58)),
        ..SalesOptions::by(SalesBy::Account)
    };
    let only = figures(&YearOnYear(february.clone()), &raw, 200);
    assert_eq!(cells(&only.lines[0]), [1_000, 100, 900]);
    let to = figures(&february, &raw, 200);
    assert_eq!(to.lines[0].sum(4).micro, i128::from(1_000 * EURO));
    assert_eq!(to.lines[0].currency, currency("EUR"));
    assert_ne!(to.lines[0].currency, Currency::NONE);
}

#[test]
fn what_was_refused_at_the_door_is_cancelled_with_the_rest() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, order(1, &[("tea", 10), ("cups", 4)]));
    raw.on(1, who, delivered(id(1), &[(0, 10), (1, 3)]));
    let lines = vec![LineQuantity { line: 0, quantity: pieces(4) }];
    let reason = "broken".to_owned();
    raw.on(2, who, OrderRefused { order: id(1), delivery: None, lines, reason });
    raw.on(3, who, OrderCancelled { order: id(1), reason: None });
    let sales = figures(&SalesOptions::by(SalesBy::Account), &raw, 9);
    // Sold, cancelled, returned, adjusted, net: nine pieces were kept.
    assert_eq!(cells(&sales.lines[0]), [14, -5, 0, 0, 9]);
}

#[test]
fn what_comes_back_of_nobody_knows_what_counts_against_no_programme() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, TenantId::own(), programme(&[(100, "0.02")]));
    raw.on(0, who, AccountOpened { class: Some("A".into()), ..opened("Client") });
    raw.on(12, who, order(1, &[("tea", 150)]));
    let nameless = GoodsReturned { order: None, ..came_back(7, 1, "tea", 60) };
    raw.on(15, who, nameless);
    // The order says of which group it is.
    let mut groupless = came_back(8, 1, "tea", 20);
    groupless.lines[0].group = None;
    raw.on(60, who, groupless);
    let all = |programme: Option<&str>| {
        let programme = programme.map(str::to_owned);
        ProgrammesOptions { by: ProgrammesBy::Account, programme, account: None }
    };
    let both = PolicySet {
        policy: match programme(&[]).policy {
            Policy::Programme(it) => Policy::Programme(Programme { name: "other".into(), ..it }),
            policy => policy,
        },
        reason: None,
    };
    raw.on(0, TenantId::own(), both);
    let each = figures(&all(None), &raw, 70);
    let names: Vec<&str> = each.lines.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Client · other", "Client · spring"], "each by itself");
    assert_eq!(cells(&each.lines[1])[..4], [150, 0, -20, 130]);
    assert_eq!(figures(&all(Some("spring")), &raw, 70).totals.len(), 1);
}

#[test]
fn each_day_of_two_years_is_in_one_period() {
    let (mut raw, who) = (Raw::default(), account(1));
    let leap = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    raw.push(who, crate::raw::event(leap, order(1, &[("tea", 100)])));
    let before = |from: (i32, u32, u32), to: (i32, u32, u32)| {
        let day = |(year, month, day)| chrono::NaiveDate::from_ymd_opt(year, month, day);
        let sales =
            SalesOptions { from: day(from), to: day(to), ..SalesOptions::by(SalesBy::Month) };
        let figures = figures(&YearOnYear(sales), &raw, 900);
        figures.lines.iter().map(|it| (it.name.clone(), it.count(1))).collect::<Vec<_>>()
    };
    let february = [("2025-02-01".to_owned(), 100)];
    assert_eq!(before((2025, 2, 1), (2025, 2, 28)), february);
    assert_eq!(before((2025, 1, 1), (2025, 3, 31)), february);
    assert_eq!(before((2025, 3, 1), (2025, 3, 31)), []);
}
