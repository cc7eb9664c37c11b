//! Decisions on the account itself, opportunities, offers, contracts, complaints.

use uuid::Uuid;

use super::refused::{ContractRefused, OfferRefused, Refused, RelationshipRefused};
use super::state::{State, Step};
use super::{activity, merge};
use crate::event::account::{CreditShare, ShareKind};
use crate::event::contract::ScheduledPayment;
use crate::event::line::Line;
use crate::event::{Event, EventBody};
use crate::ids::{ContractId, OfferId, OpportunityId};
use crate::money::{AmountError, Money, Rate, Value};

pub(super) fn check(state: &State, event: &Event) -> Result<(), Refused> {
    use EventBody as B;
    match &event.body {
        B::AccountOpened(_) => match state.opened_on() {
            Some(_) => Err(RelationshipRefused::AlreadyOpen {}.into()),
            None => Ok(()),
        },
        B::AccountAssigned(it) => shares(&it.credit),
        B::AccountClosed(_) => match state.closed_on() {
            Some(closed) => Err(RelationshipRefused::Closed { closed }.into()),
            None => Ok(()),
        },
        B::ContactAdded(it) if state.exists(it.contact.uuid()) => {
            Err(RelationshipRefused::ContactExists { contact: it.contact }.into())
        }
        B::ContactChanged(it) => known_contact(state, it.contact),
        B::ContactLeft(it) => known_contact(state, it.contact),
        B::OpportunityOpened(it) => {
            if state.exists(it.opportunity.uuid()) {
                let opportunity = it.opportunity;
                return Err(RelationshipRefused::OpportunityExists { opportunity }.into());
            }
            probability(it.probability)?;
            shares(&it.credit)
        }
        B::OpportunityStageChanged(it) => {
            open_opportunity(state, it.opportunity)?;
            probability(it.probability)
        }
        B::OpportunityWon(it) => open_opportunity(state, it.opportunity),
        B::OpportunityLost(it) => open_opportunity(state, it.opportunity),
        B::ComplaintMade(it) if state.exists(it.complaint.uuid()) => {
            Err(RelationshipRefused::ComplaintExists { complaint: it.complaint }.into())
        }
        B::ComplaintResolved(it) if !is_open(state, it.complaint.uuid()) => {
            Err(RelationshipRefused::ComplaintNotOpen { complaint: it.complaint }.into())
        }
        B::AccountsMerged(it) => merge::check(state, it.kept, it.merged).map_err(Refused::from),
        B::AccountsSplit(it) if state.merges().away(it.account).is_none() => {
            Err(RelationshipRefused::NotMerged { account: it.account }.into())
        }
        B::AbsenceStated(it) if it.until < event.effective => {
            let (from, until) = (event.effective, it.until);
            Err(RelationshipRefused::EndsBeforeStart { from, until }.into())
        }
        _ => {
            activity::check(state, event)?;
            offer(state, event)?;
            contract(state, event).map_err(Refused::from)
        }
    }
}

fn is_open(state: &State, thing: Uuid) -> bool {
    state.exists(thing) && state.end_of(thing).is_none()
}

fn known_contact(state: &State, contact: crate::ids::ContactId) -> Result<(), Refused> {
    if is_open(state, contact.uuid()) {
        return Ok(());
    }
    Err(RelationshipRefused::ContactUnknown { contact }.into())
}

fn open_opportunity(state: &State, opportunity: OpportunityId) -> Result<(), Refused> {
    if is_open(state, opportunity.uuid()) {
        return Ok(());
    }
    Err(RelationshipRefused::OpportunityNotOpen { opportunity }.into())
}

fn probability(rate: Option<Rate>) -> Result<(), Refused> {
    rate.map_or(Ok(()), |rate| share("a probability", rate))
}

/// Shares in the credit for sales: each from 0 to 1, those of revenue together too.
pub(super) fn shares(credit: &[CreditShare]) -> Result<(), Refused> {
    let mut revenue = Rate::default();
    for it in credit {
        share("a share in the credit", it.share)?;
        if it.kind == ShareKind::Revenue {
            // Each is at most 1: it cannot overflow.
            revenue = revenue.checked_add(it.share).unwrap_or(revenue);
        }
    }
    share("the sum of the shares of revenue", revenue)
}

fn share(what: &'static str, rate: Rate) -> Result<(), Refused> {
    if rate.is_share() {
        return Ok(());
    }
    let given = rate.to_string();
    Err(RelationshipRefused::NotAShare { what, given }.into())
}

/// The sum of the lines' nets, and whether it differs from what the document states.
pub(super) fn lines_differ(lines: &[Line], stated: Value) -> Result<Option<Value>, AmountError> {
    let sum = Value::sum(lines.iter().map(|line| line.net), stated.currency)?;
    Ok((sum != stated).then_some(sum))
}

fn offer(state: &State, event: &Event) -> Result<(), OfferRefused> {
    use EventBody as B;
    let open = |offer: OfferId| {
        if !state.exists(offer.uuid()) {
            return Err(OfferRefused::Unknown { offer });
        }
        match state.end_of(offer.uuid()) {
            Some(end) => Err(OfferRefused::Closed { offer, how: end.in_words() }),
            None => Ok(()),
        }
    };
    let content = |lines: &[Line], stated: Value, valid_until| {
        if lines.is_empty() {
            return Err(OfferRefused::NoLines {});
        }
        if let Some(lines) = lines_differ(lines, stated)? {
            return Err(OfferRefused::NetDiffers { lines, stated });
        }
        if valid_until < event.effective {
            return Err(OfferRefused::EndsBeforeStart { day: event.effective, valid_until });
        }
        Ok(())
    };
    let last = |offer: OfferId| {
        state.steps(offer.uuid()).fold(None, |last, step| match step {
            Step::Offered { version, valid_until, .. } => Some((*version, *valid_until)),
            _ => last,
        })
    };
    match &event.body {
        B::OfferMade(it) => {
            if state.exists(it.offer.uuid()) {
                return Err(OfferRefused::Exists { offer: it.offer });
            }
            content(&it.lines, it.net, it.valid_until)
        }
        B::OfferRevised(it) => {
            open(it.offer)?;
            content(&it.lines, it.net, it.valid_until)?;
            let next = last(it.offer).map_or(1, |(version, _)| version.saturating_add(1));
            if it.version != next {
                return Err(OfferRefused::NotNext { offer: it.offer, next, given: it.version });
            }
            Ok(())
        }
        B::OfferAccepted(it) => {
            open(it.offer)?;
            let Some((last, valid_until)) = last(it.offer) else {
                return Ok(());
            };
            if let Some(given) = it.version.filter(|given| *given != last) {
                let offer = it.offer;
                return Err(OfferRefused::VersionReplaced { offer, last, given });
            }
            if valid_until < event.effective {
                let (offer, day) = (it.offer, event.effective);
                return Err(OfferRefused::Lapsed { offer, valid_until, day });
            }
            Ok(())
        }
        B::OfferDeclined(it) => open(it.offer),
        B::OfferWithdrawn(it) => open(it.offer),
        _ => Ok(()),
    }
}

fn contract(state: &State, event: &Event) -> Result<(), ContractRefused> {
    use EventBody as B;
    let running = |contract: ContractId| {
        if !state.exists(contract.uuid()) {
            return Err(ContractRefused::Unknown { contract });
        }
        match state.end_of(contract.uuid()) {
            Some(_) => Err(ContractRefused::Terminated { contract }),
            None => Ok(()),
        }
    };
    let term = |starts, ends: Option<chrono::NaiveDate>| match ends {
        Some(ends) if ends < starts => Err(ContractRefused::EndsBeforeStart { starts, ends }),
        _ => Ok(()),
    };
    match &event.body {
        B::ContractSigned(it) => {
            if state.exists(it.contract.uuid()) {
                return Err(ContractRefused::Exists { contract: it.contract });
            }
            term(it.starts, it.ends)?;
            worth(it.value, &it.payment_schedule)
        }
        B::ContractAmended(it) => {
            running(it.contract)?;
            let schedule = it.payment_schedule.as_deref().unwrap_or_default();
            it.value.map_or(Ok(()), |value| worth(value, schedule))
        }
        B::ContractRenewed(it) => {
            running(it.contract)?;
            term(it.starts, it.ends)?;
            worth(it.value, &[])
        }
        B::ContractTerminated(it) => running(it.contract),
        _ => Ok(()),
    }
}

/// A contract is worth nothing less than zero, and what its schedule sums to, if it has one.
fn worth(value: Value, schedule: &[ScheduledPayment]) -> Result<(), ContractRefused> {
    if value.is_negative() {
        return Err(ContractRefused::ValueNegative { value });
    }
    if schedule.is_empty() {
        return Ok(());
    }
    let amounts = schedule.iter().map(|part| part.amount);
    let scheduled = Money::sum(amounts, value.currency)?.to_value()?;
    if scheduled != value {
        return Err(ContractRefused::ScheduleDiffers { scheduled, value });
    }
    Ok(())
}
