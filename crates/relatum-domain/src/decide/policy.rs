//! Decisions on the tenant's own rules.

use super::refused::{PolicyRefused, Refused};
use crate::event::pay::PayPlan;
use crate::event::policy::{
    BonusStep, CadenceTarget, Pacing, Policy, Programme, SignalRule, SignalThreshold,
};
use crate::event::{Event, EventBody};
use crate::money::{Currency, Rate};
use crate::receivables::Buckets;
use crate::selling::Scale;

pub(super) fn check(event: &Event) -> Result<(), Refused> {
    let EventBody::PolicySet(set) = &event.body else {
        return Ok(());
    };
    match &set.policy {
        Policy::Aging(it) => {
            Buckets::of(it).map_err(|error| PolicyRefused::Buckets { error })?;
        }
        Policy::Dunning(it) => {
            if it.levels.is_empty() {
                return Err(PolicyRefused::NoLevels {}.into());
            }
            for (level, at) in it.levels.iter().zip(1_u32..) {
                if let Some(fee) = level.fee.filter(|fee| fee.is_negative()) {
                    return Err(PolicyRefused::FeeNegative { level: at, fee }.into());
                }
            }
            if it.day_count == Some(0) {
                return Err(PolicyRefused::NoDays {}.into());
            }
        }
        Policy::PayPlan(plan) => pay_plan(plan)?,
        Policy::StageProbability(stages) => {
            if let Some(it) = stages.iter().find(|it| !it.probability.is_share()) {
                let (stage, given) = (it.stage.clone(), it.probability);
                return Err(PolicyRefused::Probability { stage, given }.into());
            }
        }
        Policy::Cadence(targets) => cadence(targets)?,
        Policy::Discounts(rules) => rules.iter().try_for_each(|it| discount(it.up_to))?,
        Policy::Programme(it) => programme(it)?,
        Policy::Signals(it) => signals(it)?,
        Policy::Clients(it) if it.active_months == 0 || it.new_after_months == 0 => {
            return Err(PolicyRefused::NoMonths {}.into());
        }
        Policy::Pacing(Pacing::Seasonal(shares)) if !shares.is_empty() => {
            let negative = shares.iter().any(|share| *share < Rate::default());
            let nothing = shares.iter().all(|share| *share == Rate::default());
            if shares.len() != 12 || negative || nothing {
                return Err(PolicyRefused::Season { given: shares.len() }.into());
            }
        }
        _ => {}
    }
    Ok(())
}

fn discount(given: Rate) -> Result<(), PolicyRefused> {
    if given.is_share() { Ok(()) } else { Err(PolicyRefused::Discount { given }) }
}

/// It begins before it ends, and its bonus grows with what is bought.
fn programme(it: &Programme) -> Result<(), PolicyRefused> {
    let name = || it.name.clone();
    let (from, until) = (it.from, it.until);
    if until < from {
        return Err(PolicyRefused::ProgrammeEnds { name: name(), from, until });
    }
    it.discount.map_or(Ok(()), discount)?;
    let mut last: Option<BonusStep> = None;
    for (step, at) in it.bonus.iter().zip(1_u32..) {
        discount(step.rate)?;
        if let Some(last) = last {
            let (left, right) = (last.from.currency, step.from.currency);
            if left != right {
                return Err(PolicyRefused::TwoCurrencies { component: name(), left, right });
            }
            if step.from.micro <= last.from.micro {
                return Err(PolicyRefused::Bonus { name: name(), step: at });
            }
        }
        last = Some(*step);
    }
    Ok(())
}

/// Some days lie between two contacts, and one class asks for one kind once.
fn cadence(targets: &[CadenceTarget]) -> Result<(), PolicyRefused> {
    for (target, place) in targets.iter().zip(0..) {
        let class = || target.class.clone();
        if target.every_days == 0 {
            return Err(PolicyRefused::NoCadence { class: class() });
        }
        let mut before = targets.iter().take(place);
        if let Some(other) =
            before.find(|it| it.class == target.class && it.activity == target.activity)
        {
            let (one, two) = (other.every_days, target.every_days);
            return Err(PolicyRefused::TwoCadences { class: class(), one, two });
        }
    }
    Ok(())
}

/// A risk looks ahead, and a signal has one pair of thresholds of which the alert is the worse.
fn signals(rule: &SignalRule) -> Result<(), PolicyRefused> {
    if rule.horizon_days == 0 {
        return Err(PolicyRefused::NoHorizon {});
    }
    for (it, place) in rule.thresholds.iter().zip(0..) {
        let SignalThreshold { signal, watch, alert } = *it;
        let name = || signal.name().to_owned();
        let worse = if signal.less_is_worse() { alert <= watch } else { watch <= alert };
        if !worse {
            return Err(PolicyRefused::Threshold { signal: name(), watch, alert });
        }
        if rule.thresholds.iter().take(place).any(|other| other.signal == signal) {
            return Err(PolicyRefused::TwoThresholds { signal: name() });
        }
    }
    Ok(())
}

/// Every component must be one by which a quota of some size can be paid.
fn pay_plan(plan: &PayPlan) -> Result<(), PolicyRefused> {
    const SOME_QUOTA: i128 = 1_000_000_000_000;
    if plan.components.is_empty() {
        return Err(PolicyRefused::PlanEmpty { plan: plan.name.clone() });
    }
    for component in &plan.components {
        let mut currencies: Vec<Currency> = component.currencies().collect();
        currencies.sort_unstable();
        currencies.dedup();
        if let [left, right, ..] = *currencies.as_slice() {
            let component = component.name.clone();
            return Err(PolicyRefused::TwoCurrencies { component, left, right });
        }
        Scale::of(component, SOME_QUOTA).map_err(|error| PolicyRefused::Tiers { error })?;
    }
    Ok(())
}
