//! Risks: what they add up to, that nothing looks ahead, and what they are made of.

use chrono::{DateTime, Utc};
use relatum_domain::event::policy::SignalKind;
use relatum_domain::{AccountId, EventBody, View};
use relatum_projections::{CellKey, ChurnFigures, ChurnTest, Explanation, Figures, Norm, Row};
use std::sync::Arc;

use super::*;

/// A book of `accounts` that buy at rates of their own, some of which stop; told when it happens.
fn lively(accounts: u64, until: i64) -> Raw {
    let mut orders: Vec<(i64, u64, i64)> = Vec::new();
    for who in 0..accounts {
        let mut seed = who.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut draw = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below) as i64
        };
        let (usual, mut on) = (10 + draw(60), draw(60));
        let stops = if draw(3) == 0 { draw(until as u64) } else { until };
        while on <= stops.min(until) {
            orders.push((on, who, 50 + draw(200)));
            on += 1 + draw(2 * usual as u64);
        }
    }
    orders.sort_unstable();
    let mut raw = Raw::default();
    for (on, who, euros) in orders {
        buys(&mut raw, who, [(on, euros)]);
    }
    told_on_their_days(&mut raw);
    raw
}

/// Each event is recorded at noon of the day on which it happened.
fn told_on_their_days(raw: &mut Raw) {
    for it in &mut raw.events {
        let noon = it.data.effective.and_hms_opt(12, 0, 0).unwrap();
        it.recorded_at =
            noon.and_utc() + (it.recorded_at - DateTime::<Utc>::UNIX_EPOCH) / 1_000_000;
    }
}

#[test]
fn terms_add_up_to_the_score_and_explain_it() {
    let (raw, view) = (lively(260, 500), View::as_of(day(500)));
    let models = raw.models();
    let report = Arc::new(report(&raw, &view));
    assert!(report.method.basis.starts_with("learned from"), "{}", report.method.basis);
    assert!(report.method.as_known_then && report.method.cuts_tested > 2);
    let all: std::collections::BTreeSet<_> = raw.events.iter().map(|it| it.event.stream).collect();
    assert_eq!(report.lines.len(), all.len());
    let told = ChurnFigures(Arc::clone(&report));
    let figures = Figures::of(&told, &models, &view);
    for line in &report.lines {
        let risk = line.risk.as_ref().unwrap();
        let sum: i64 = risk.terms.iter().map(|it| it.points_micro).sum();
        assert_eq!(sum, risk.score_micro);
        assert!((0..=10_000).contains(&risk.risk_bp));
        let of = figures.lines.iter().find(|it| it.row == Row::Account(line.account)).unwrap();
        assert_eq!(of.cells[0], i128::from(risk.score_micro));
        assert_eq!(of.cells[1], line.at_stake.unwrap().micro);
        for column in ["score", "at_stake"] {
            let key: CellKey = format!("{}/{column}", of.key()).parse().unwrap();
            let explained = Explanation::of(&told, &models, &key, &view).unwrap();
            assert!(explained.foots(), "{key}");
            assert!(column != "score" || explained.contributions.len() == 6, "{key}");
        }
        let lost = line.expected_loss.unwrap().micro * 10_000 * 365;
        let stake = line.at_stake.unwrap().micro.max(0) * i128::from(risk.risk_bp) * 91;
        assert!((lost - stake).abs() < 10_000 * 365);
    }
    // Those who pause longest are riskier than those who bought today.
    let mean = |quiet: fn(i64) -> bool| {
        let of = report.lines.iter().filter_map(|it| it.risk.as_ref());
        let of: Vec<i64> = of.filter(|it| quiet(it.days_quiet)).map(|it| it.risk_bp).collect();
        of.iter().sum::<i64>() / of.len() as i64
    };
    assert!(mean(|days| days > 150) > 2 * mean(|days| days < 20));
    let shares: i64 = report.lines.iter().map(|it| it.share_bp).sum();
    assert!((9_700..=10_000).contains(&shares), "{shares}");
}

#[test]
fn nothing_that_is_told_later_changes_what_was_said() {
    let (raw, view) = (lively(230, 450), View::as_of(day(450)));
    let (before, tested) = (report(&raw, &view), test(&raw, &view));
    assert!(tested.found.is_ok(), "{tested:?}");
    // Later events of later days, and of earlier days told later; one earlier order is voided.
    let mut later = raw.clone();
    let first = later.events[3].event;
    for who in 0..230 {
        buys(&mut later, who, [(460 + who as i64 % 30, 900), (300 + who as i64 % 100, 900)]);
    }
    later.void(first);
    let known = view.known_at(raw.events.iter().map(|it| it.recorded_at).max().unwrap().into());
    let end = day(452).and_hms_opt(0, 0, 0).unwrap().and_utc();
    for it in later.events.iter_mut().skip(raw.events.len()) {
        it.recorded_at = end;
    }
    assert_eq!(report(&later, &known), report(&raw, &known));
    assert_eq!(report(&raw, &known), before, "everything was known by then");
    assert_eq!(test(&later, &known), tested);
    // Back-dated facts change outcomes, never what was forecast before they were known.
    let now = test(&later, &View::as_of(day(450)));
    assert!(now.method.as_known_then, "one in six is late, and yet");
    let scores = |of: &ChurnTest| -> Vec<Vec<f64>> {
        let found = of.found.as_ref().unwrap();
        found
            .cuts
            .iter()
            .map(|cut| cut.forecasts[1].1.iter().map(|it| it.score).collect())
            .collect()
    };
    assert_eq!(scores(&now), scores(&tested), "recency at each cut is as it was known");
}

fn test(raw: &Raw, view: &View) -> ChurnTest {
    ChurnTest::of(&raw.models(), &ChurnOptions::default(), view)
}

#[test]
fn a_book_that_was_taken_in_later_goes_by_days_and_says_so() {
    let (mut raw, view) = (lively(230, 450), View::as_of(day(450)));
    let told = test(&raw, &view);
    let end = day(460).and_hms_opt(0, 0, 0).unwrap().and_utc();
    raw.events.iter_mut().for_each(|it| it.recorded_at = end);
    let taken = test(&raw, &view);
    assert!(told.method.as_known_then && !taken.method.as_known_then);
    assert_eq!(taken.found, told.found, "nothing was corrected: both say the same");
}

#[test]
fn what_is_seen_at_a_cut_is_what_a_view_shows() {
    // Cancelled, returned and corrected later: the past is asked for anew.
    let mut raw = lively(230, 450);
    let some: Vec<_> = raw.events.iter().step_by(7).map(|it| it.event).collect();
    for event in some {
        let at = raw.get(event).recorded_at + chrono::Duration::days(20);
        raw.void(event);
        raw.events.last_mut().unwrap().recorded_at = at;
    }
    let found = test(&raw, &View::as_of(day(450))).found.unwrap();
    for cut in &found.cuts {
        let on = chrono::NaiveDate::from_num_days_from_ce_opt(cut.cut).unwrap();
        let end = on.succ_opt().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
        let view = View::as_of(on).known_at((end - chrono::Duration::microseconds(1)).into());
        let shown = raw.shown(&view);
        let mut quiet: Vec<f64> = (0..230)
            .filter_map(|who| {
                let bought = shown
                    .of(account(who))
                    .filter(|it| matches!(it.data.body, EventBody::OrderPlaced(_)));
                let last = bought.map(|it| it.data.effective).max()?;
                Some((on - last).num_days() as f64)
            })
            .collect();
        let mut scores: Vec<f64> = cut.forecasts[1].1.iter().map(|it| it.score).collect();
        quiet.sort_by(f64::total_cmp);
        scores.sort_by(f64::total_cmp);
        assert_eq!(scores, quiet);
    }
}

#[test]
fn a_longer_horizon_is_never_riskier() {
    let (raw, view) = (lively(150, 400), View::as_of(day(400)));
    let models = raw.models();
    let mut before: Option<Vec<(AccountId, i64)>> = None;
    for horizon in [7, 30, 91, 365] {
        let options = ChurnOptions { horizon_days: Some(horizon), ..ChurnOptions::default() };
        let report = ChurnReport::of(&models, &options, &view);
        assert!(report.method.basis.starts_with("as shipped"), "150 accounts");
        let mut risks: Vec<(AccountId, i64)> =
            report.lines.iter().map(|it| (it.account, it.risk.as_ref().unwrap().risk_bp)).collect();
        risks.sort_unstable_by_key(|it| it.0);
        if let Some(before) = before {
            let pairs = before.iter().zip(&risks);
            assert!(pairs.clone().all(|(one, other)| one.1 >= other.1), "{horizon}");
        }
        before = Some(risks);
    }
}

#[test]
fn one_account_is_told_what_the_book_says() {
    let (raw, view) = (lively(230, 450), View::as_of(day(450)));
    let (models, all) = (raw.models(), report(&raw, &view));
    for line in all.lines.iter().take(5) {
        let options = ChurnOptions { account: Some(line.account), ..ChurnOptions::default() };
        let alone = ChurnReport::of(&models, &options, &view);
        assert_eq!(&alone.lines[..], std::slice::from_ref(line));
        let risk = &line.signals[0];
        assert_eq!(risk.name, SignalKind::NoPurchase);
        assert_eq!(risk.measure, line.risk.as_ref().map(|it| it.risk_bp / 100));
    }
}

#[test]
fn the_order_and_the_parts_in_which_a_book_comes_do_not_show() {
    let (raw, view) = (lively(230, 450), View::as_of(day(450)));
    let (models, options) = (raw.models(), ChurnOptions::default());
    let whole = report(&raw, &view);
    let part = |of: u64| {
        let mine = |it: &u64| it % 3 == of;
        let accounts: std::collections::BTreeSet<relatum_stream::StreamId> =
            (0..230).filter(mine).map(|who| account(who).into()).collect();
        crate::raw::models(raw.events.iter().filter(|it| accounts.contains(&it.event.stream)))
    };
    let parts = [part(2), part(0), part(1)];
    let surveyed: Vec<_> = parts.iter().flat_map(|part| Norm::part(part, &view)).collect();
    let norm = Norm::whole(&view, &surveyed);
    let past = options.past(&models, &norm, &view);
    let looked = parts
        .iter()
        .flat_map(|part| ChurnOptions::part(part, &models, &norm, &past, &view))
        .collect();
    assert_eq!(options.whole(&models, &norm, &past, &view, looked), whole);
}
