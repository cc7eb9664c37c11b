//! The tenant's own stream: companies, calendar, policies.

use chrono::{Datelike, NaiveDate, Weekday};
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::event::policy::{
    AgeBasis, AgingPolicy, AllocationRule, CadenceTarget, CalendarStated, CompanyRegistered,
    CreditOn, CreditOwner, DunningAfter, DunningLevel, DunningPolicy, Holiday, Policy, PolicySet,
    SalesCredit, StageProbability,
};
use relatum_domain::{Actor, EventBody, TenantId};

use crate::calendar::{HOLIDAYS, Span};
use crate::journal::{Journal, Say};
use crate::market::{Markets, rate};

/// The stages of an opportunity and how likely each is to be won, in per cent.
pub(crate) const STAGES: [(&str, i64); 3] =
    [("qualified", 25), ("proposal", 50), ("negotiation", 75)];

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
    }
    say("calendar", calendar(span).into());
    for (key, policy) in policies(markets) {
        say(key, PolicySet { policy, reason: None }.into());
    }
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
    let stages = STAGES.map(|(stage, percent)| StageProbability {
        stage: stage.to_owned(),
        probability: rate(percent * 10_000),
    });
    let cadence = [("A", 14), ("B", 21), ("C", 42)].map(|(class, every_days)| CadenceTarget {
        class: class.to_owned(),
        activity: ActivityKind::Call,
        every_days,
    });
    let credit = SalesCredit { on: CreditOn::Order, owner: CreditOwner::AtOrder };
    vec![
        ("base-currency", Policy::BaseCurrency(markets.euro.currency)),
        ("aging", Policy::Aging(aging)),
        ("allocation", Policy::Allocation(AllocationRule::OldestDueFirst)),
        ("overdue-grace", Policy::OverdueGrace(5)),
        ("dunning", Policy::Dunning(dunning)),
        ("sales-credit", Policy::SalesCredit(credit)),
        ("stages", Policy::StageProbability(stages.into())),
        ("cadence", Policy::Cadence(cadence.into())),
    ]
}
