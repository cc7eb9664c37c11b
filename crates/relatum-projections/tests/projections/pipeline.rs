//! The pipeline against a naive recomputation, and its boundaries.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_domain::event::opportunity::{
    ForecastCategory, OpportunityLost, OpportunityOpened, OpportunityStageChanged, OpportunityWon,
};
use relatum_domain::event::policy::{Policy, PolicySet, StageProbability};
use relatum_domain::{
    Currency, Derived, EventBody, ManagerId, OpportunityId, Rate, TenantId, Value, View,
};
use relatum_projections::{
    ConversionBy, ConversionOptions, Explanation, Figures, ForecastOptions, Models, PipelineBy,
    PipelineOptions, PipelineReport, Report, WaterfallOptions,
};

use crate::generated::{STAGES, book, manager, ops};
use crate::naive_quota::in_order;
use crate::raw::{Raw, account, day, worth};

/// A chance as the raw events tell it.
#[derive(Debug, Clone, Default)]
struct Naive {
    stage: String,
    value: Option<Value>,
    own: Option<Rate>,
    opened: Option<NaiveDate>,
    ended: Option<(bool, NaiveDate)>,
}

/// Every chance of which anything is known by a day.
fn naive(raw: &Raw, view: &View) -> BTreeMap<OpportunityId, Naive> {
    let shown = raw.shown(view);
    let mut chances: BTreeMap<OpportunityId, Naive> = BTreeMap::new();
    for number in 0..3 {
        let who = account(number).into();
        let days: BTreeSet<NaiveDate> =
            shown.held.iter().map(|it| it.data.effective).filter(|it| *it <= view.as_of).collect();
        let mut told = 0;
        for on in days {
            let all = in_order(raw, &shown, who, on);
            for body in all.iter().skip(told) {
                take(&mut chances, body, on);
            }
            told = all.len();
        }
    }
    chances
}

fn take(chances: &mut BTreeMap<OpportunityId, Naive>, body: &EventBody, on: NaiveDate) {
    let mut stands = |id, stage: &str, value: Option<Value>, own: Option<Rate>| {
        let it: &mut Naive = chances.entry(id).or_default();
        it.opened.get_or_insert(on);
        if it.stage != stage {
            (it.stage, it.own) = (stage.to_owned(), None);
        }
        (it.value, it.own, it.ended) = (value.or(it.value), own.or(it.own), None);
    };
    match body {
        EventBody::OpportunityOpened(it) => {
            stands(it.opportunity, &it.stage, it.value, it.probability);
        }
        EventBody::OpportunityStageChanged(it) => {
            stands(it.opportunity, &it.stage, it.value, it.probability);
        }
        EventBody::OpportunityWon(OpportunityWon { opportunity, value, .. }) => {
            let it = chances.entry(*opportunity).or_default();
            it.opened.get_or_insert(on);
            (it.value, it.ended) = (value.or(it.value), Some((true, on)));
        }
        EventBody::OpportunityLost(it) => {
            let it = chances.entry(it.opportunity).or_default();
            it.opened.get_or_insert(on);
            it.ended = Some((false, on));
        }
        _ => {}
    }
}

/// Probabilities of the stages, in hundredths; the last one has none.
const LIKELY: [i128; 3] = [10, 60, 0];

fn with_rule(mut raw: Raw) -> Raw {
    let stage = |at: usize| StageProbability {
        stage: STAGES[at].to_owned(),
        probability: format!("0.{}", LIKELY[at]).parse().unwrap(),
        category: None,
    };
    let policy = Policy::StageProbability(vec![stage(0), stage(1)]);
    raw.on(-1, TenantId::own(), PolicySet { policy, reason: None });
    raw
}

fn open(naive: &BTreeMap<OpportunityId, Naive>, currency: Currency) -> i128 {
    let open = naive.values().filter(|it| it.ended.is_none());
    let values = open.filter_map(|it| it.value).filter(|it| it.currency == currency);
    values.map(|it| i128::from(it.micro)).sum()
}

fn figures(models: &Models, report: &dyn Report, view: &View) -> Figures {
    let figures = Figures::of(report, models, view);
    figures.foots().unwrap();
    for line in &figures.lines {
        for column in &figures.columns {
            let key = format!("{}/{}", line.key(), column.key).parse().unwrap();
            let explained = Explanation::of(report, models, &key, view).unwrap();
            assert!(explained.foots(), "{key}");
        }
    }
    figures
}

proptest! {
    #![proptest_config(crate::generated::books(128))]

    #[test]
    fn the_pipeline_is_what_the_raw_events_come_to(
        mut ops in ops(60),
        on in 0..420_i64,
        from in 0..420_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        for op in ops.iter_mut().filter(|op| op.what < 20) {
            op.what = 43;
        }
        let raw = with_rule(book(&ops));
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let naive = naive(&raw, &view);
            let options =
                PipelineOptions { by: PipelineBy::Stage, account: None, manager: None };
            let report = PipelineReport::of(&models, &options, &view);
            let expected: BTreeSet<_> =
                naive.iter().filter(|(_, it)| it.ended.is_none()).map(|(id, _)| *id).collect();
            let found: BTreeSet<_> = report.open.iter().map(|it| it.opportunity).collect();
            prop_assert_eq!(found, expected);
            weighs_right(&raw, &view, &naive, &report);
            figures(&models, &options, &view);

            let options = WaterfallOptions { from: day(from), account: None, manager: None };
            let waterfall = figures(&models, &options, &view);
            let before = View { as_of: day(from - 1), ..view };
            let before = self::naive(&raw, &before);
            for total in &waterfall.totals {
                let first = if from - 1 <= on { open(&before, total.currency) } else { 0 };
                if from <= on {
                    prop_assert_eq!(total.cells[0], first, "opening");
                }
                if from <= on + 1 {
                    prop_assert_eq!(total.cells[7], open(&naive, total.currency), "closing");
                }
            }

            let options = ConversionOptions::by(ConversionBy::Manager);
            for total in &figures(&models, &options, &view).totals {
                let currency = |it: &&Naive| {
                    it.value.map_or(Currency::NONE, |value| value.currency) == total.currency
                };
                let of = |won: bool| {
                    let ended = naive.values().filter(currency);
                    ended.filter(move |it| it.ended.is_some_and(|end| end.0 == won))
                };
                let count = |won| i64::try_from(of(won).count()).unwrap();
                prop_assert_eq!((total.count(0), total.count(1)), (count(true), count(false)));
                let days = |it: &Naive| (it.ended.unwrap().1 - it.opened.unwrap()).num_days();
                prop_assert_eq!(total.count(4), of(true).map(days).sum::<i64>());
            }
        }
    }
}

/// Weighted sum and spread are those of a plain computation with floating point.
fn weighs_right(
    raw: &Raw,
    view: &View,
    naive: &BTreeMap<OpportunityId, Naive>,
    report: &PipelineReport,
) {
    // The rule is the last event of the book.
    let knows_rule = raw.events.last().is_some_and(|it| view.known_at >= it.recorded_at.into());
    for total in &report.totals {
        let currency = total.value.currency;
        let (mut weighted, mut variance) = (0.0, 0.0);
        for it in naive.values().filter(|it| it.ended.is_none()) {
            let Some(value) = it.value.filter(|it| it.currency == currency) else { continue };
            let at = STAGES.iter().position(|stage| *stage == it.stage).unwrap();
            let of_stage = if knows_rule { LIKELY[at] as f64 / 100.0 } else { 0.0 };
            let likely = if it.own.is_some() { 0.35 } else { of_stage };
            weighted += value.micro as f64 * likely;
            variance += (value.micro as f64).powi(2) * likely * (1.0 - likely);
        }
        assert!((total.weighted.micro as f64 - weighted).abs() < 10.0, "{total:?}");
        assert!((total.spread.micro as f64 - variance.sqrt()).abs() < 10.0, "{total:?}");
        if currency != Currency::NONE {
            assert_eq!(total.value.micro, open(naive, currency));
        }
    }
}

fn chance(number: &str, value: i64, by: u8) -> OpportunityOpened {
    OpportunityOpened {
        opportunity: OpportunityId::derived("test", number),
        name: number.to_owned(),
        product: None,
        stage: "seen".into(),
        value: Some(worth(value)),
        probability: None,
        expected_close: Some(day(50)),
        category: None,
        manager: Some(manager(by)),
        credit: Vec::new(),
    }
}

fn moved(number: &str, value: Option<i64>, by: Option<ManagerId>) -> OpportunityStageChanged {
    OpportunityStageChanged {
        opportunity: OpportunityId::derived("test", number),
        stage: "offered".into(),
        value: value.map(worth),
        probability: None,
        expected_close: None,
        category: None,
        manager: by,
    }
}

#[test]
fn each_change_of_the_pipeline_is_in_its_column() {
    let mut raw = Raw::default();
    let who = account(1);
    for (number, value) in [("a", 100), ("b", 200), ("c", 400), ("d", 800)] {
        raw.on(1, who, chance(number, value, 0));
    }
    raw.on(12, who, moved("a", Some(130), None));
    raw.on(13, who, moved("b", Some(150), None));
    raw.on(14, who, moved("c", None, Some(manager(1))));
    let id = |number| OpportunityId::derived("test", number);
    raw.on(
        15,
        who,
        OpportunityWon { opportunity: id("d"), value: Some(worth(700)), manager: None },
    );
    raw.on(16, who, chance("e", 1_600, 0));
    let (reason, competitor) = (None, Some("Rival".to_owned()));
    raw.on(17, who, OpportunityLost { opportunity: id("e"), reason, competitor, manager: None });
    let options = WaterfallOptions { from: day(10), account: None, manager: None };
    let figures = figures(&raw.models(), &options, &View::as_of(day(20)));
    let cells: Vec<Vec<i128>> = figures.lines.iter().map(|line| line.cells.clone()).collect();
    let mut expected = vec![
        vec![1_500, 1_600, 30, -50, -400, -800, -1_600, 280],
        vec![0, 0, 0, 0, 400, 0, 0, 400],
    ];
    expected.sort();
    let mut sorted = cells;
    sorted.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn a_probability_holds_on_the_day_that_its_rule_does() {
    let mut raw = Raw::default();
    raw.on(0, account(1), chance("a", 1_000, 0));
    let rule = |likely: &str, category| {
        Policy::StageProbability(vec![StageProbability {
            stage: "seen".into(),
            probability: likely.parse().unwrap(),
            category,
        }])
    };
    let commit = Some(ForecastCategory::Commit);
    raw.on(5, TenantId::own(), PolicySet { policy: rule("0.2", None), reason: None });
    raw.on(9, TenantId::own(), PolicySet { policy: rule("0.9", commit), reason: None });
    let options = PipelineOptions { by: PipelineBy::Category, account: None, manager: None };
    let weighted = |on| {
        let report = PipelineReport::of(&raw.models(), &options, &View::as_of(day(on)));
        (report.totals[0].weighted.micro, report.lines[0].row.to_string())
    };
    let pipeline = || "named:pipeline".to_owned();
    assert_eq!(weighted(4), (0, pipeline()), "nothing is known of the stage");
    assert_eq!(weighted(8), (200, pipeline()));
    assert_eq!(weighted(9), (900, "named:commit".to_owned()));
    let forecast = ForecastOptions { from: day(0), to: day(60), manager: None };
    let models = raw.models();
    let lines = ForecastOptions::whole(vec![forecast.part(&models, &models, &View::as_of(day(9)))]);
    let sums = &lines[0];
    assert_eq!(
        (sums.commit.micro, sums.closed.micro, sums.commit_forecast.micro),
        (1_000, 0, 1_000)
    );
    let early = ForecastOptions { to: day(49), ..forecast };
    let none = early.part(&models, &models, &View::as_of(day(9)));
    assert!(none.is_empty(), "it should close on day 50");
}
