//! What a manager is paid for a period: a statement of which every line names its event.
//!
//! A component of a plan counts like a quota of its kind, and is held against the manager's quota
//! of that kind and product group whose period the statement is for. Plan, terms and rules are
//! those in force on the last day of the period: a plan that is changed for later changes no
//! statement of before.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use relatum_domain::event::organisation::{QuotaKind, Target};
use relatum_domain::event::pay::{
    BelowZero, Closed, Gate, PayComponent, PayPlan, Probation, Threshold, TierPay,
};
use relatum_domain::selling::{Deal, Earlier, Left, PayReason, Payroll, Scale, per_cent};
use relatum_domain::{AccountId, Currency, ManagerId, Quantity, Value, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::goals::Period;
use super::quota::{Attained, Looked, QuotaOwner, QuotaPeriods, asked};
use crate::amounts::Sum;
use crate::merged;
use crate::models::Models;

/// Whose statement is wanted, and of which period: that of the quotas which run on the day of the
/// view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayOptions {
    /// Whose.
    pub manager: ManagerId,
}

/// What is paid for one event, or for the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayItem {
    /// For which event; none: for the period.
    pub event: Option<EventRef>,
    /// The day on which it counts.
    pub day: NaiveDate,
    /// The number of the document.
    pub number: Option<String>,
    /// What it was.
    pub what: &'static str,
    /// Why it is paid.
    pub reason: PayReason,
    /// In which tier, from 1.
    pub tier: Option<usize>,
    /// How much attainment it is for.
    pub amount: Sum,
    /// How much is paid, in minor units.
    pub pay: Sum,
}

/// What one component of a plan pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayPart {
    /// What it is called.
    pub name: String,
    /// What counts.
    pub kind: QuotaKind,
    /// Only goods of this group.
    pub product_group: Option<String>,
    /// What was asked, if a quota is set.
    pub quota: Option<Sum>,
    /// What was attained.
    pub attained: Sum,
    /// The same in hundredths of a per cent of the quota.
    pub attainment_bp: Option<i64>,
    /// Whether every gate is open: none, if one is looked at on a day that is still to come.
    pub gates_open: Option<bool>,
    /// What the period began with: nothing, or less.
    pub carried_in: Sum,
    /// What is paid for what; the lines with what it began with sum to the pay, or to what is
    /// carried out.
    pub items: Vec<PayItem>,
    /// What is paid.
    pub pay: Sum,
    /// What the next period begins with: nothing, or less.
    pub carried_out: Sum,
    /// What was attained in other currencies, for which it does not pay.
    pub other_currencies: Vec<Sum>,
}

/// What a manager is paid for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayStatement {
    /// Who.
    pub manager: ManagerId,
    /// The name of the plan.
    pub plan: String,
    /// The event that set its terms.
    pub policy: Option<EventRef>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// Whether the period is over.
    pub over: bool,
    /// What each component pays.
    pub parts: Vec<PayPart>,
    /// All of it, by currency.
    pub total: Vec<Sum>,
    /// How many periods in a row, up to the last one that is over, missed the plan's mark; none: it
    /// has none.
    pub misses: Option<u16>,
    /// Whether these are so many that somebody should look.
    pub watch: bool,
}

/// What was heard of one account: what counts into which period.
pub type PayHeard = Vec<(AccountId, Heard)>;

/// One event that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard(Attained);

/// A component with one of its periods.
struct Wanted {
    component: usize,
    gate: Option<usize>,
    /// How the walk over sales names it.
    key: EventRef,
    period: Period,
    quota: Option<Sum>,
    /// The component as the plan of the period's last day has it; none: it has none.
    terms: Option<PayComponent>,
}

/// The plan of a manager as a view shows it, and all periods that it has to know.
struct Plan {
    plan: PayPlan,
    policy: Option<EventRef>,
    from: NaiveDate,
    to: NaiveDate,
    wanted: Vec<Wanted>,
}

impl PayOptions {
    fn quotas(&self, common: &Models, view: &View) -> Vec<Period> {
        let goals = common.sales.managers.get(&self.manager);
        goals.map(|goals| goals.periods(self.manager.into(), view)).unwrap_or_default()
    }

    /// A component as the manager's plan has it on a day.
    fn terms(
        &self,
        common: &Models,
        view: &View,
        on: NaiveDate,
        name: &str,
    ) -> Option<PayComponent> {
        let on = View { as_of: on, ..*view };
        let plan = common.directory.manager(self.manager, &on)?.pay_plan?;
        let plan = common.directory.policies().pay_plan(&plan, &on).rule?;
        plan.components.into_iter().find(|it| it.name == name)
    }

    /// The plan, if the manager has one, and a quota runs on the day.
    fn plan(&self, common: &Models, view: &View) -> Option<Plan> {
        let quotas = self.quotas(common, view);
        let running = |it: &&Period| it.from <= view.as_of && view.as_of <= it.to;
        let now = quotas.iter().filter(running).max_by_key(|it| (it.from, it.event))?;
        let (from, to) = (now.from, now.to);
        let on = View { as_of: to, ..*view };
        let name = common.directory.manager(self.manager, &on)?.pay_plan?;
        let found = common.directory.policies().pay_plan(&name, &on);
        let plan = found.rule?;
        let mut wanted = Vec::new();
        let mut add = |(component, gate), period: Period, quota, terms| {
            // The walk over sales only needs to tell periods apart.
            let number = u64::try_from(wanted.len()).unwrap_or(u64::MAX).saturating_add(1);
            let key = merged::event(self.manager, number);
            let period = Period { event: key, ..period };
            wanted.push(Wanted { component, gate, key, period, quota, terms });
        };
        for (at, component) in plan.components.iter().enumerate() {
            let same = |it: &&Period| {
                it.kind == component.kind && it.product_group == component.product_group
            };
            let own: Vec<&Period> = quotas.iter().filter(same).filter(|it| it.to <= to).collect();
            for period in &own {
                // What a period of before left below zero, it left under the terms of then.
                let terms = self.terms(common, view, period.to, &component.name);
                add((at, None), (*period).clone(), Some(asked(period.target)), terms);
            }
            let counted = own.last().filter(|last| last.from == from);
            if counted.is_none() {
                let what = (&component.kind, &component.product_group);
                let period = counting(now, measured(component), what, (from, to));
                add((at, None), period, None, Some(component.clone()));
            }
            // Gates of the periods before too: what was paid then is what may be taken back now.
            let now = counted.is_none().then_some((now, Some(component.clone())));
            let all = own
                .iter()
                .map(|period| (*period, self.terms(common, view, period.to, &component.name)));
            for (period, terms) in all.chain(now) {
                for (gate, it) in terms.iter().flat_map(|terms| &terms.gates).enumerate() {
                    let (asks, gated) = gated(it, period, &quotas);
                    add((at, Some(gate)), gated, asks, None);
                }
            }
        }
        Some(Plan { plan, policy: found.event, from, to, wanted })
    }

    /// What counts of the sales to the accounts of `part`.
    #[must_use]
    pub fn part(&self, part: &Models, common: &Models, view: &View) -> PayHeard {
        let Some(plan) = self.plan(common, view) else { return Vec::new() };
        let periods = plan.wanted.iter().map(|it| it.period.clone()).collect();
        let periods = BTreeMap::from([(QuotaOwner::Manager(self.manager), periods)]);
        let looked = Looked::of(Arc::new(QuotaPeriods::of(periods)), common, *view);
        let mut heard = Vec::new();
        for (account, sales) in &part.sales.accounts {
            let (attained, _) = looked.attained(part, *account, sales);
            heard.extend(attained.into_iter().map(|it| (*account, Heard(it))));
        }
        heard
    }

    /// The statement that all parts make; none: the manager has no plan, or no quota that day.
    #[must_use]
    pub fn whole(
        &self,
        common: &Models,
        view: &View,
        heard: Vec<PayHeard>,
    ) -> Option<PayStatement> {
        let plan = self.plan(common, view)?;
        let mut heard: PayHeard = heard.concat();
        heard.sort_by_key(|(account, it)| (it.0.day, *account, it.0.version));
        let components = plan.plan.components.iter().enumerate();
        let parts: Vec<PayPart> =
            components.map(|(at, component)| plan.part(at, component, &heard, view)).collect();
        let total = Sum::of(parts.iter().map(|part| (part.pay.micro, part.pay.currency)));
        let misses = plan.plan.probation.map(|it| plan.misses(&it, &heard, view));
        let watch = plan.plan.probation.zip(misses).is_some_and(|(it, misses)| misses >= it.misses);
        Some(PayStatement {
            manager: self.manager,
            plan: plan.plan.name.clone(),
            policy: plan.policy,
            from: plan.from,
            to: plan.to,
            over: plan.to <= view.as_of,
            parts,
            total,
            misses,
            watch,
        })
    }
}

/// What a component counts where no quota says it: goods where it pays for each or its tiers are
/// quantities, else money.
fn measured(component: &PayComponent) -> Target {
    let by_quantity = component.tiers.iter().any(|tier| {
        matches!(tier.pays, TierPay::Each(_)) || matches!(tier.from, Threshold::Quantity(_))
    });
    match by_quantity {
        true => Target::Quantity(Quantity::default()),
        false => Target::Value(Value::zero(Currency::NONE)),
    }
}

/// A period in which something is counted that is no quota of its own: as `target` is.
fn counting(
    like: &Period,
    target: Target,
    (kind, product_group): (&QuotaKind, &Option<String>),
    (from, to): (NaiveDate, NaiveDate),
) -> Period {
    let target = match (kind, target) {
        (QuotaKind::SalesVolume, Target::Count(_)) => Target::Value(Value::zero(Currency::NONE)),
        (QuotaKind::SalesVolume, target) => target,
        _ => Target::Count(0),
    };
    let (kind, product_group) = (kind.clone(), product_group.clone());
    Period { event: like.event, kind, target, product_group, from, to }
}

/// What a gate asks for in a period, and what is counted for it. Of a quota that is not set no
/// share is reached.
fn gated(gate: &Gate, of: &Period, quotas: &[Period]) -> (Option<Sum>, Period) {
    let what = (&gate.kind, &gate.product_group);
    let quota =
        quotas.iter().find(|it| (&it.kind, &it.product_group) == what && it.from == of.from);
    let target = match (gate.at_least, quota) {
        (Threshold::Value(value), _) => Target::Value(value),
        (Threshold::Quantity(quantity), _) => Target::Quantity(quantity),
        (Threshold::Count(count), _) => Target::Count(count),
        (Threshold::OfQuota(_), Some(quota)) => quota.target,
        (Threshold::OfQuota(_), None) => of.target,
    };
    let of_none = quota.is_none() && matches!(gate.at_least, Threshold::OfQuota(_));
    let days = (of.from, gate_day(gate, of.from, of.to));
    ((!of_none).then(|| asked(target)), counting(of, target, what, days))
}

/// The day on which a gate is looked at.
fn gate_day(gate: &Gate, from: NaiveDate, to: NaiveDate) -> NaiveDate {
    let days = gate.on_day.map(|day| chrono::Days::new(u64::from(day.max(1)) - 1));
    days.and_then(|days| from.checked_add_days(days)).map_or(to, |day| day.min(to))
}

impl Plan {
    fn of(&self, component: usize, gate: Option<usize>) -> impl Iterator<Item = &Wanted> {
        self.wanted.iter().filter(move |it| it.component == component && it.gate == gate)
    }

    fn misses(&self, rule: &Probation, heard: &PayHeard, view: &View) -> u16 {
        let over = |it: &&Wanted| it.period.to <= view.as_of;
        let mut periods: Vec<&Wanted> = self.of(0, None).filter(over).collect();
        periods.sort_by_key(|it| it.period.from);
        let missed = periods.iter().rev().take_while(|it| {
            let Some(quota) = it.quota else { return false };
            let attained = total(heard, it, quota.currency);
            rule.below.of(quota.micro).is_some_and(|mark| attained < mark)
        });
        u16::try_from(missed.count()).unwrap_or(u16::MAX)
    }

    /// One component, from its first period on: what is left below zero is carried into the next.
    fn part(&self, at: usize, component: &PayComponent, heard: &PayHeard, view: &View) -> PayPart {
        let mut before = Before::default();
        let mut last = None;
        for wanted in self.of(at, None) {
            let Some(terms) = &wanted.terms else {
                before.carried = 0;
                continue;
            };
            let currency = money_of(terms, sold(wanted, heard));
            if before.currency != Some(currency) {
                before = Before { currency: Some(currency), ..Before::default() };
            }
            last = Some(self.period(at, terms, wanted, &mut before, heard, view));
        }
        last.unwrap_or_else(|| empty(component))
    }

    fn gates(
        &self,
        at: usize,
        component: &PayComponent,
        of: &Period,
        heard: &PayHeard,
        view: &View,
    ) -> Gates {
        let mut gates = Gates { open: Some(true), otherwise: None };
        for (number, gate) in component.gates.iter().enumerate() {
            let mut wanted = self.of(at, Some(number)).filter(|it| it.period.from == of.from);
            let Some(wanted) = wanted.next() else { continue };
            let reached = wanted.quota.is_some_and(|quota| {
                let attained = total(heard, wanted, quota.currency);
                gate.at_least.micro(quota.micro).is_some_and(|least| attained >= least)
            });
            match (reached, wanted.period.to <= view.as_of) {
                (true, _) => {}
                (false, true) => {
                    let stricter = gates.otherwise != Some(Closed::Nothing);
                    gates.open = Some(false);
                    gates.otherwise = if stricter { Some(gate.otherwise) } else { gates.otherwise };
                }
                (false, false) => gates.open = gates.open.filter(|open| !open),
            }
        }
        gates
    }

    fn period(
        &self,
        at: usize,
        component: &PayComponent,
        wanted: &Wanted,
        before: &mut Before,
        heard: &PayHeard,
        view: &View,
    ) -> PayPart {
        let own = heard.iter().filter(|(_, it)| it.0.quota == wanted.key);
        let currency = sold(wanted, heard);
        let (mine, others): (Vec<_>, Vec<_>) = own.partition(|(_, it)| it.0.currency == currency);
        let place = |account: AccountId, version: u64| {
            mine.iter().position(|(of, it)| (*of, it.0.version) == (account, version))
        };
        let deal = |(account, it): &&(AccountId, Heard)| Deal {
            amount: it.0.micro,
            takes_back: it.0.of.and_then(|version| {
                let here = place(*account, version).map(Earlier::OfThis);
                here.or_else(|| before.place((*account, version)).map(Earlier::OfBefore))
            }),
        };
        let deals: Vec<Deal> = mine.iter().map(deal).collect();
        let carried = before.carried;
        let gates = self.gates(at, component, &wanted.period, heard, view);
        let quota = wanted.quota.map_or(0, |quota| quota.micro);
        let pays_in = money_of(component, currency);
        // A share of no quota is reached by nothing, and one currency pays for no other.
        let payable = (wanted.quota.is_some() || !component.needs_quota())
            && (currency == Currency::NONE || pays_in == currency);
        let scale = Scale::of(component, quota).ok().filter(|_| payable);
        let payroll = match (scale, gates.otherwise) {
            (Some(scale), None) => Payroll::after(&scale, carried, &before.left, &deals),
            (Some(scale), Some(Closed::LowestTier)) => {
                Payroll::after(&scale.lowest_tier_only(), carried, &before.left, &deals)
            }
            _ => Payroll::default(),
        };
        let names = mine.iter().map(|(account, it)| (*account, it.0.version));
        before.took(&payroll, names.zip(&deals));
        let (items, paid) = items(&payroll, &mine, &wanted.period, currency, pays_in);
        let left = paid.saturating_add(carried);
        let sum = |micro| Sum { micro, currency: pays_in };
        let attained = Sum { micro: mine.iter().map(|(_, it)| it.0.micro).sum(), currency };
        let forgives = component.below_zero == BelowZero::Forgiven;
        before.carried = if forgives { 0 } else { left.min(0) };
        PayPart {
            name: component.name.clone(),
            kind: component.kind.clone(),
            product_group: component.product_group.clone(),
            quota: wanted.quota,
            attained,
            attainment_bp: wanted.quota.and_then(|quota| per_cent(attained.micro, quota.micro)),
            gates_open: gates.open,
            carried_in: sum(carried),
            items,
            pay: sum(left.max(0)),
            carried_out: sum(before.carried),
            other_currencies: Sum::of(others.iter().map(|(_, it)| (it.0.micro, it.0.currency))),
        }
    }
}

/// What the periods before left of a component.
#[derive(Debug, Default)]
struct Before {
    /// In which currency it was paid.
    currency: Option<Currency>,
    /// Nothing, or less.
    carried: i128,
    /// Deals, each in the place of what is left of it.
    deals: BTreeMap<(AccountId, u64), usize>,
    left: Vec<Left>,
}

impl Before {
    fn place(&self, deal: (AccountId, u64)) -> Option<usize> {
        self.deals.get(&deal).copied()
    }

    /// Notes what a period left: of what it paid nothing for, that nothing was paid.
    fn took<'a>(
        &mut self,
        payroll: &Payroll,
        deals: impl Iterator<Item = ((AccountId, u64), &'a Deal)>,
    ) {
        if payroll.left_before.len() == self.left.len() {
            self.left.clone_from(&payroll.left_before);
        }
        for ((name, deal), at) in deals.zip(0_usize..) {
            let unpaid = Left { counts: deal.amount.max(0), paid: 0 };
            self.deals.insert(name, self.left.len());
            self.left.push(payroll.left.get(at).copied().unwrap_or(unpaid));
        }
    }
}

/// How the gates of a component stand.
struct Gates {
    open: Option<bool>,
    /// What is paid where one is closed.
    otherwise: Option<Closed>,
}

/// The currency of what is counted: that of the quota, else of the first that is sold.
fn sold(wanted: &Wanted, heard: &PayHeard) -> Currency {
    let quota = wanted.quota.map(|quota| quota.currency);
    let first =
        || heard.iter().find(|(_, it)| it.0.quota == wanted.key).map(|(_, it)| it.0.currency);
    quota.or_else(first).unwrap_or(Currency::NONE)
}

fn total(heard: &PayHeard, wanted: &Wanted, currency: Currency) -> i128 {
    let own = heard.iter().filter(|(_, it)| it.0.quota == wanted.key);
    own.filter(|(_, it)| it.0.currency == currency).map(|(_, it)| it.0.micro).sum()
}

/// The currency in which a component pays: that which it names, or that of what is sold.
fn money_of(component: &PayComponent, sold: Currency) -> Currency {
    component.currencies().next().unwrap_or(sold)
}

/// The lines of a statement, in minor units: what is lost by rounding one is found in the next.
fn items(
    payroll: &Payroll,
    deals: &[&(AccountId, Heard)],
    period: &Period,
    currency: Currency,
    pays_in: Currency,
) -> (Vec<PayItem>, i128) {
    let (mut exact, mut paid) = (0_i128, 0_i128);
    let lines = payroll.lines.iter().map(|line| {
        exact = exact.saturating_add(line.pay);
        let rounded = Sum { micro: exact, currency: pays_in }.rounded().micro;
        let pay = rounded - paid;
        paid = rounded;
        let deal = line.deal.and_then(|deal| deals.get(deal));
        PayItem {
            event: deal.map(|(account, it)| merged::event(*account, it.0.version)),
            day: deal.map_or(period.to, |(_, it)| it.0.day),
            number: deal.and_then(|(_, it)| it.0.number.clone()),
            what: deal.map_or("the period", |(_, it)| it.0.what),
            reason: line.reason,
            tier: line.tier.map(|tier| tier + 1),
            amount: Sum { micro: line.amount, currency },
            pay: Sum { micro: pay, currency: pays_in },
        }
    });
    (lines.collect(), paid)
}

fn empty(component: &PayComponent) -> PayPart {
    let nothing = Sum::zero(Currency::NONE);
    PayPart {
        name: component.name.clone(),
        kind: component.kind.clone(),
        product_group: component.product_group.clone(),
        quota: None,
        attained: nothing,
        attainment_bp: None,
        gates_open: Some(true),
        carried_in: nothing,
        items: Vec::new(),
        pay: nothing,
        carried_out: nothing,
        other_currencies: Vec::new(),
    }
}
