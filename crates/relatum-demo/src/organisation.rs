//! Our own people: managers in teams under one head, an absence, quotas and how they are met.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use relatum_domain::event::organisation::{
    AbsenceStated, ManagerJoined, PayPlanAssigned, PlanStated, QuotaEnd, QuotaKind, QuotaSet,
    Target, TeamFormed, TeamJoined, TeamKind, TeamLeadNamed, TeamParentNamed,
};
use relatum_domain::{Actor, Derived, ManagerId, Personal, TeamId};

use crate::calendar::{Span, plus, quarter_start};
use crate::desk::Sale;
use crate::draw::Draw;
use crate::journal::{Journal, Say};
use crate::market::Markets;
use crate::names;
use crate::tenant::pay_plan_name;

/// Sales of finished quarters, in per cent of what was asked.
const ATTAINED: [i64; 14] = [97, 55, 104, 88, 118, 71, 101, 93, 130, 63, 108, 82, 113, 99];

/// The manager who is away today.
const ABSENT: u32 = 1;

/// The managers and who stands in for whom.
#[derive(Debug)]
pub(crate) struct Staff {
    managers: Vec<ManagerId>,
    /// The head of the department: leads all, has no accounts, approves.
    pub(crate) head: ManagerId,
    away: (NaiveDate, NaiveDate),
}

impl Staff {
    pub(crate) fn new(managers: u32, span: &Span) -> Self {
        let id = |index: u32| ManagerId::derived("demo", &format!("M-{}", index + 1));
        Self {
            managers: (0..managers).map(id).collect(),
            head: ManagerId::derived("demo", "M-head"),
            away: (span.ago(6), plus(span.today, 9)),
        }
    }

    pub(crate) fn id(&self, index: u32) -> ManagerId {
        self.managers.get(index as usize).copied().unwrap_or(self.head)
    }

    /// Whoever has the rights and duties of the manager at `index` on `day`.
    pub(crate) fn acting(&self, index: u32, day: NaiveDate) -> ManagerId {
        let away = index == ABSENT && (self.away.0..=self.away.1).contains(&day);
        self.id(if away { index + 1 } else { index })
    }

    fn everyone(&self) -> impl Iterator<Item = (u32, ManagerId)> {
        (0..).zip(self.managers.iter().copied())
    }

    /// Teams and people, before anything else happens.
    pub(crate) fn write(&self, journal: &mut Journal, span: &Span, draw: &mut Draw) {
        let day = span.founded;
        let all = TeamId::derived("demo", "T-all");
        form(journal, span, all, "Key accounts", self.head, None);
        join(journal, span, self.head, "M-head", draw);
        for (index, manager) in self.everyone() {
            // Of every five, the three who sell in euro are one team, the other two another.
            let overseas = index % 5 >= 3;
            let (key, team) = team_of(index);
            join(journal, span, manager, &format!("M-{}", index + 1), draw);
            if matches!(index % 5, 0 | 3) {
                let place = if overseas { "Overseas" } else { "Continent" };
                let name = match index / 5 {
                    0 => place.to_owned(),
                    more => format!("{place} {}", more + 1),
                };
                form(journal, span, team, &name, manager, Some(all));
            }
            let body = TeamJoined { team, until: None };
            journal.put(Say::new(manager, Actor::Manager(self.head), day, key, body));
        }
        self.absence(journal, span);
    }

    fn absence(&self, journal: &mut Journal, span: &Span) {
        let manager = self.id(ABSENT);
        let (from, until) = self.away;
        let deputy = Some(self.id(ABSENT + 1));
        let body = AbsenceStated { until, deputy, reason: Some("holiday".to_owned()) };
        let say = Say::new(manager, Actor::Manager(self.head), from, "absence-now", body);
        journal.put(say.late(-14));
        let from = span.ago(240);
        let body =
            AbsenceStated { until: plus(from, 4), deputy, reason: Some("illness".to_owned()) };
        journal.put(Say::new(manager, Actor::Manager(self.head), from, "absence-1", body));
    }

    /// Quotas for every manager and quarter, set so that `sales` attain them as they should.
    pub(crate) fn quotas(
        &self,
        journal: &mut Journal,
        span: &Span,
        markets: &Markets,
        sales: &[Sale],
        draw: &mut Draw,
    ) {
        let mut sold: BTreeMap<(u32, NaiveDate), i64> = BTreeMap::new();
        for sale in sales {
            *sold.entry((sale.manager, quarter_start(sale.day))).or_insert(0) += sale.minor;
        }
        let shift = draw.between(0, 13);
        for (index, manager) in self.everyone() {
            let market = markets.of_manager(index);
            let plan = pay_plan_name(market);
            let assigned = PayPlanAssigned { plan, until: None, on_target: None };
            let by = Actor::Manager(self.head);
            journal.put(Say::new(manager, by, span.founded, "pay-plan", assigned));
            for (count, (first, last)) in (0_i64..).zip(span.quarters()) {
                let sold = sold.get(&(index, first)).copied().unwrap_or(0);
                let place = (i64::from(index) * 5 + count + shift) % 14;
                let attained = usize::try_from(place).ok().and_then(|place| ATTAINED.get(place));
                let target = sold * pace(first, last, span) / attained.copied().unwrap_or(100);
                // Whole thousands, as targets are.
                let target = ((target + 50_000) / 100_000).max(20) * 100_000;
                let body = QuotaSet {
                    kind: QuotaKind::SalesVolume,
                    target: Target::Value(market.value(target)),
                    end: QuotaEnd::Day(last),
                    product_group: None,
                };
                let key = format!("volume-{first}");
                let say = Say::new(manager, Actor::Manager(self.head), first, key, body);
                journal.put(say.late(-10));
            }
            self.plans(journal, span, manager);
        }
    }

    fn plans(&self, journal: &mut Journal, span: &Span, manager: ManagerId) {
        let quarters = span.quarters();
        let Some((first, last)) = quarters.last().copied() else {
            return;
        };
        let clients = QuotaSet {
            kind: QuotaKind::ActiveClients,
            target: Target::Count(6),
            end: QuotaEnd::Day(last),
            product_group: None,
        };
        let key = format!("active-{first}");
        let say = Say::new(manager, Actor::Manager(self.head), first, key, clients);
        journal.put(say.late(-10));
        let plan = PlanStated {
            until: last,
            subject: "visits".to_owned(),
            text: None,
            target: Some(Target::Count(24)),
        };
        let say =
            Say::new(manager, Actor::Manager(manager), first, format!("visits-{first}"), plan);
        journal.put(say.late(-3));
    }
}

/// A hundred times how much of the quarter's days have passed, upside down: what was sold so far
/// times this is what the whole quarter promises, in per cent.
fn pace(first: NaiveDate, last: NaiveDate, span: &Span) -> i64 {
    let days = |from: NaiveDate, to: NaiveDate| (to - from + TimeDelta::days(1)).num_days().max(1);
    let passed = days(first, last.min(plus(span.today, -1)));
    100 * days(first, last) / passed
}

fn team_of(index: u32) -> (String, TeamId) {
    let key = format!("T-{}-{}", index / 5 + 1, if index % 5 >= 3 { "overseas" } else { "home" });
    (key.clone(), TeamId::derived("demo", &key))
}

fn form(
    journal: &mut Journal,
    span: &Span,
    team: TeamId,
    name: &str,
    lead: ManagerId,
    parent: Option<TeamId>,
) {
    let say = |key: &str, body: relatum_domain::EventBody| {
        Say::new(team, Actor::system("setup"), span.founded, key, body)
    };
    journal.put(say("team", TeamFormed { name: name.to_owned(), kind: TeamKind::Team }.into()));
    journal.put(say("lead", TeamLeadNamed { manager: lead }.into()));
    if parent.is_some() {
        journal.put(say("parent", TeamParentNamed { parent }.into()));
    }
}

fn join(journal: &mut Journal, span: &Span, manager: ManagerId, code: &str, draw: &mut Draw) {
    let person = names::person(draw);
    let body = ManagerJoined {
        code: Some(code.to_owned()),
        name: Some(Personal::about(manager, format!("{} {}", person.0, person.1))),
        email: Some(Personal::about(manager, names::email(person, "fjordquell"))),
    };
    journal.put(Say::new(manager, Actor::system("setup"), span.founded, "joined", body));
}
