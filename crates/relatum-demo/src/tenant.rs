//! The tenant's own stream: companies, calendar, policies.

use chrono::{Datelike, NaiveDate, Weekday};
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::event::opportunity::ForecastCategory;
use relatum_domain::event::organisation::QuotaKind;
use relatum_domain::event::pay::{
    BelowZero, Bonus, PayComponent, PayPlan, Probation, Threshold, Tier, TierPay, TierSplit,
};
use relatum_domain::event::policy::{
    AgeBasis, AgingPolicy, AllocationRule, BonusStep, CadenceTarget, CalendarStated,
    CompanyRegistered, CreditOn, CreditOwner, DiscountRule, DunningAfter, DunningLevel,
    DunningPolicy, Holiday, InAbsence, Pacing, Policy, PolicySet, Programme, ProgrammeCostStated,
    ReturnsCount, SalesCredit, StageProbability,
};
use relatum_domain::{Actor, EventBody, TenantId};

use crate::calendar::{HOLIDAYS, Span};
use crate::journal::{Journal, Say};
use crate::market::{Market, Markets, rate};

/// The stages of an opportunity and how likely each is to be won, in per cent.
pub(crate) const STAGES: [(&str, i64); 3] =
    [("qualified", 25), ("proposal", 50), ("negotiation", 75)];

/// How sure a chance is in each stage.
const CATEGORIES: [ForecastCategory; 3] =
    [ForecastCategory::Pipeline, ForecastCategory::BestCase, ForecastCategory::MostLikely];

/// Days past due at which each level of reminders is reached.
pub(crate) const REMIND_AFTER: [i64; 3] = [7, 21, 35];

/// Registers the companies and sets the rules, before anything else happens.
pub(crate) fn write(journal: &mut Journal, markets: &Markets, span: &Span) {
    let mut say = |key: &str, body: EventBody| {
        let actor = Actor::system("setup");
        journal.put(Say::new(TenantId::own(), actor, span.founded, key, body));
    };
    for market in markets.all() {
        let body = CompanyRegistered {
            company: market.company,
            name: market.company_name.to_owned(),
            currency: market.currency,
            country: Some(market.seat.to_owned()),
        };
        say(market.seat, body.into());
        let policy = Policy::PayPlan(pay_plan(market));
        say(&format!("pay-{}", market.seat), PolicySet { policy, reason: None }.into());
    }
    say("calendar", calendar(span).into());
    for (key, policy) in policies(markets).into_iter().chain(programme(markets, span)) {
        say(key, PolicySet { policy, reason: None }.into());
    }
    let printed = span.today.with_day(1).unwrap_or(span.today);
    let cost = ProgrammeCostStated {
        programme: PROGRAMME.to_owned(),
        cost: markets.euro.value(180_000),
        what: Some("samples and leaflets".to_owned()),
    };
    let actor = Actor::system("setup");
    journal.put(Say::new(TenantId::own(), actor, printed, "programme-cost", cost));
}

/// What the programme of the year is called.
const PROGRAMME: &str = "seals";

/// Discounts that need no asking, and this year's bonus for those who buy seals.
fn programme(markets: &Markets, span: &Span) -> [(&'static str, Policy); 2] {
    let discounts = vec![DiscountRule {
        class: None,
        product_group: None,
        from_quantity: None,
        up_to: rate(150_000),
    }];
    let step = |euros: i64, percent: i64| BonusStep {
        from: markets.euro.value(euros * 100),
        rate: rate(percent * 10_000),
    };
    let day =
        |month, day| NaiveDate::from_ymd_opt(span.today.year(), month, day).unwrap_or(span.today);
    let programme = Programme {
        name: PROGRAMME.to_owned(),
        from: day(1, 1),
        until: day(12, 31),
        classes: Vec::new(),
        product_groups: vec!["Seals".to_owned()],
        discount: None,
        bonus: vec![step(20_000, 1), step(50_000, 2)],
    };
    [("discounts", Policy::Discounts(discounts)), ("programme", Policy::Programme(programme))]
}

/// What managers who sell in a currency are paid: a commission that grows with attainment, and a
/// bonus for keeping their clients buying.
fn pay_plan(market: Market) -> PayPlan {
    let share = |percent: i64| Threshold::OfQuota(rate(percent * 10_000));
    let tier = |from, to: Option<i64>, thousandths: i64| Tier {
        from: share(from),
        to: to.map(share),
        pays: TierPay::Rate(rate(thousandths * 1_000)),
        retroactive: false,
    };
    let component = |name: &str, kind, tiers, bonus: i64| PayComponent {
        name: name.to_owned(),
        kind,
        product_group: None,
        accumulate: true,
        split: TierSplit::Marginal,
        base_rate: None,
        tiers,
        gates: Vec::new(),
        cap: None,
        bonuses: vec![Bonus { at_least: share(100), pays: market.value(bonus * 100) }],
        below_zero: BelowZero::CarriedOver,
    };
    let commission = vec![tier(0, Some(80), 10), tier(80, Some(100), 20), tier(100, None, 30)];
    PayPlan {
        name: pay_plan_name(market),
        components: vec![
            component("commission", QuotaKind::SalesVolume, commission, 1_000),
            component("active base", QuotaKind::ActiveClients, vec![tier(0, None, 0)], 500),
        ],
        probation: Some(Probation { below: rate(800_000), misses: 2 }),
    }
}

/// The name of the plan of a market.
pub(crate) fn pay_plan_name(market: Market) -> String {
    format!("field {}", market.currency)
}

fn calendar(span: &Span) -> CalendarStated {
    let years = span.founded.year()..=span.today.year() + 1;
    let holidays = years.flat_map(|year| {
        HOLIDAYS.iter().filter_map(move |(month, day, name)| {
            let day = NaiveDate::from_ymd_opt(year, *month, *day)?;
            Some(Holiday { day, name: Some((*name).to_owned()), share: None })
        })
    });
    CalendarStated {
        name: "office".to_owned(),
        weekend: vec![Weekday::Sat, Weekday::Sun],
        holidays: holidays.collect(),
    }
}

fn policies(markets: &Markets) -> Vec<(&'static str, Policy)> {
    let aging = AgingPolicy { basis: AgeBasis::DueDate, bounds: vec![0, 30, 60, 90, 120] };
    let level = |days: i64| DunningLevel {
        after: DunningAfter::DueDays(i32::try_from(days).unwrap_or(0)),
        fee: None,
    };
    let dunning = DunningPolicy {
        levels: REMIND_AFTER.into_iter().map(level).collect(),
        interest_per_year: Some(rate(80_000)),
        day_count: Some(365),
    };
    let stages = STAGES.into_iter().zip(CATEGORIES);
    let stages = stages.map(|((stage, percent), category)| StageProbability {
        stage: stage.to_owned(),
        probability: rate(percent * 10_000),
        category: Some(category),
    });
    let cadence = [("A", 14), ("B", 21), ("C", 42)].map(|(class, every_days)| CadenceTarget {
        class: class.to_owned(),
        activity: ActivityKind::Call,
        every_days,
    });
    let credit = SalesCredit {
        on: CreditOn::Order,
        owner: CreditOwner::AtOrder,
        in_absence: InAbsence::Owner,
        returns: ReturnsCount::WhenReturned,
    };
    vec![
        ("base-currency", Policy::BaseCurrency(markets.euro.currency)),
        ("aging", Policy::Aging(aging)),
        ("allocation", Policy::Allocation(AllocationRule::OldestDueFirst)),
        ("overdue-grace", Policy::OverdueGrace(5)),
        ("dunning", Policy::Dunning(dunning)),
        ("sales-credit", Policy::SalesCredit(credit)),
        ("pacing", Policy::Pacing(Pacing::BusinessDays)),
        ("stages", Policy::StageProbability(stages.collect())),
        ("cadence", Policy::Cadence(cadence.into())),
    ]
}
