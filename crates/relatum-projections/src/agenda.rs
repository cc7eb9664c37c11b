//! The agenda: what is planned or about to end.
//!
//! *Missed* is derived here from a day that has passed, never stored. Of a plan
//! that recurs only the first occurrence and those that were moved are known.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::{
    AccountId, ActivityId, ContractId, Corrections, Day, Gist, ManagerId, Matter, OfferId, Stamp,
    Value, View,
};
use relatum_stream::{EventRef, StreamId, Version};
use serde::Serialize;

use crate::projection::{Projection, all_is_kept};

#[derive(Debug, Clone, Encode, Decode)]
enum PlanStep {
    Planned {
        kind: ActivityKind,
        manager: ManagerId,
        day: Day,
        purpose: Option<String>,
        recurs: bool,
    },
    Moved {
        occurrence: Option<Day>,
        day: Day,
    },
    Done {
        occurrence: Option<Day>,
    },
}

#[derive(Debug, Clone, Encode, Decode)]
enum OfferStep {
    Standing { number: Option<String>, net: Value, valid_until: Day },
    Ended,
}

#[derive(Debug, Clone, Encode, Decode)]
enum ContractStep {
    Signed {
        number: String,
        ends: Option<Day>,
        value: Option<Value>,
        notice_days: Option<u16>,
    },
    /// It ends on another day, and may be worth something else.
    Ends(Option<Day>, Option<Value>),
    Worth(Option<Value>),
}

#[derive(Debug, Clone, Default, Encode, Decode)]
struct Plans {
    activities: BTreeMap<ActivityId, Vec<(Stamp, PlanStep)>>,
    offers: BTreeMap<OfferId, Vec<(Stamp, OfferStep)>>,
    contracts: BTreeMap<ContractId, Vec<(Stamp, ContractStep)>>,
    corrections: Corrections,
}

/// What is planned or about to end.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Agenda {
    accounts: BTreeMap<AccountId, Plans>,
}

impl Projection for Agenda {
    all_is_kept!();

    const NAME: &'static str = "agenda";
    const REVISION: u32 = 5;

    fn fold(&mut self, stream: StreamId, gists: &[Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let plans = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| plans.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}

impl Plans {
    fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let label = || gist.label.map(str::to_owned);
        let mut plan = |activity, step| {
            self.activities.entry(activity).or_default().push((gist.stamp, step));
        };
        match &gist.matter {
            Matter::Planned { activity, kind, manager, day, recurs } => plan(
                *activity,
                PlanStep::Planned {
                    kind: *kind,
                    manager: *manager,
                    day: *day,
                    purpose: label(),
                    recurs: *recurs,
                },
            ),
            Matter::Moved { activity, occurrence, day } => {
                plan(*activity, PlanStep::Moved { occurrence: *occurrence, day: *day });
            }
            Matter::Cancelled { activity, occurrence }
            | Matter::Held { activity, occurrence, .. } => {
                plan(*activity, PlanStep::Done { occurrence: *occurrence });
            }
            _ => self.take_sales(gist),
        }
    }

    fn take_sales(&mut self, gist: &Gist<'_>) {
        let stamp = gist.stamp;
        let label = || gist.label.map(str::to_owned);
        let mut offer = |offer, step| self.offers.entry(offer).or_default().push((stamp, step));
        let mut contract = |contract, step| {
            self.contracts.entry(contract).or_default().push((stamp, step));
        };
        match &gist.matter {
            Matter::Offered { offer: of, valid_until, .. } => {
                if let Some(net) = gist.value() {
                    let (number, valid_until) = (label(), *valid_until);
                    offer(*of, OfferStep::Standing { number, net, valid_until });
                }
            }
            Matter::OfferEnded { offer: of, .. } => offer(*of, OfferStep::Ended),
            Matter::Signed { contract: of, ends, notice_days, .. } => {
                let (number, value) = (label().unwrap_or_default(), gist.value());
                let (ends, notice_days) = (*ends, *notice_days);
                contract(*of, ContractStep::Signed { number, ends, value, notice_days });
            }
            Matter::ContractEnds { contract: of, ends } => {
                contract(*of, ContractStep::Ends(*ends, gist.value()));
            }
            Matter::ContractWorth(of) => contract(*of, ContractStep::Worth(gist.value())),
            _ => {}
        }
    }
}

/// A planned activity that is neither held nor cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedActivity {
    /// With which account.
    pub account: AccountId,
    /// Which activity.
    pub activity: ActivityId,
    /// What kind.
    pub kind: ActivityKind,
    /// Who does it.
    pub manager: ManagerId,
    /// When; a day before the day of the view is missed.
    pub day: NaiveDate,
    /// What for.
    pub purpose: Option<String>,
    /// The event that planned it.
    pub event: EventRef,
}

/// An offer that the client can still accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingOffer {
    /// To which account.
    pub account: AccountId,
    /// Its number.
    pub number: String,
    /// For how much.
    pub net: Value,
    /// Its last day.
    pub valid_until: NaiveDate,
    /// The event that made or last revised it.
    pub event: EventRef,
}

/// A contract that has an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndingContract {
    /// With which account.
    pub account: AccountId,
    /// Which.
    pub contract: ContractId,
    /// Its number.
    pub number: String,
    /// What it is worth.
    pub value: Option<Value>,
    /// The last day on which notice can be given, if it says one.
    pub notice_by: Option<NaiveDate>,
    /// Its last day.
    pub ends: NaiveDate,
    /// The event that signed or last prolonged it.
    pub event: EventRef,
}

impl Agenda {
    /// The steps that a view shows, in the order in which they were told, an amendment in the
    /// place of what it replaces.
    fn shown<'a, S>(
        plans: &'a Plans,
        steps: &'a [(Stamp, S)],
        view: &'a View,
    ) -> impl Iterator<Item = (Stamp, &'a S)> {
        let shown = steps.iter().filter(|(stamp, _)| plans.corrections.shows(*stamp, view));
        let mut shown: Vec<(Stamp, &S)> = shown.map(|(stamp, step)| (*stamp, step)).collect();
        shown.sort_by_key(|(stamp, _)| plans.corrections.place(stamp.version));
        shown.into_iter()
    }

    /// Activities that a view shows as planned and not yet over, by account.
    #[must_use]
    pub fn activities(&self, view: &View) -> Vec<PlannedActivity> {
        let mut planned = Vec::new();
        for (account, plans) in &self.accounts {
            for (activity, steps) in &plans.activities {
                planned.extend(standing_plan(*account, *activity, plans, steps, view));
            }
        }
        planned
    }

    /// Offers that a view shows as neither answered, withdrawn nor lapsed.
    #[must_use]
    pub fn offers(&self, view: &View) -> Vec<StandingOffer> {
        let mut standing = Vec::new();
        for (account, plans) in &self.accounts {
            for steps in plans.offers.values() {
                let mut offer: Option<StandingOffer> = None;
                for (stamp, step) in Self::shown(plans, steps, view) {
                    offer = match step {
                        OfferStep::Ended => None,
                        OfferStep::Standing { number, net, valid_until } => Some(StandingOffer {
                            account: *account,
                            number: number
                                .clone()
                                .or(offer.map(|last| last.number))
                                .unwrap_or_default(),
                            net: *net,
                            valid_until: valid_until.date(),
                            event: event(*account, stamp),
                        }),
                    };
                }
                standing.extend(offer.filter(|offer| offer.valid_until >= view.as_of));
            }
        }
        standing
    }

    /// Contracts that a view shows as running, with the day on which they end.
    #[must_use]
    pub fn contracts(&self, view: &View) -> Vec<EndingContract> {
        let mut running = Vec::new();
        for (account, plans) in &self.accounts {
            for (contract, steps) in &plans.contracts {
                running.extend(running_contract(*account, *contract, plans, steps, view));
            }
        }
        running
    }
}

/// A contract that runs and has an end.
fn running_contract(
    account: AccountId,
    contract: ContractId,
    plans: &Plans,
    steps: &[(Stamp, ContractStep)],
    view: &View,
) -> Option<EndingContract> {
    let mut known: Option<(EndingContract, Option<Day>, Option<u16>)> = None;
    for (stamp, step) in Agenda::shown(plans, steps, view) {
        match (step, &mut known) {
            (ContractStep::Signed { number, ends, value, notice_days }, known) => {
                let (number, value) = (number.clone(), *value);
                let (notice_by, last) = (None, NaiveDate::MAX);
                let event = event(account, stamp);
                let it = EndingContract {
                    account,
                    contract,
                    number,
                    value,
                    notice_by,
                    ends: last,
                    event,
                };
                *known = Some((it, *ends, *notice_days));
            }
            (ContractStep::Ends(ends, value), Some(known)) => {
                (known.1, known.0.event) = (*ends, event(account, stamp));
                known.0.value = value.or(known.0.value);
            }
            (ContractStep::Worth(value), Some(known)) => known.0.value = value.or(known.0.value),
            (ContractStep::Ends(..) | ContractStep::Worth(_), None) => {}
        }
    }
    let (it, ends, notice_days) = known?;
    let ends = ends?.date();
    let notice = notice_days.map(|days| chrono::Days::new(days.into()));
    let notice_by = notice.and_then(|days| ends.checked_sub_days(days));
    (ends >= view.as_of).then_some(EndingContract { ends, notice_by, ..it })
}

fn event(account: AccountId, stamp: Stamp) -> EventRef {
    EventRef::new(StreamId::from(account), Version(stamp.version))
}

/// What is still to come of one plan, by the days for which it was planned.
fn standing_plan(
    account: AccountId,
    activity: ActivityId,
    plans: &Plans,
    steps: &[(Stamp, PlanStep)],
    view: &View,
) -> Vec<PlannedActivity> {
    let mut plan: Option<(PlannedActivity, bool)> = None;
    // To which day each known occurrence was moved; none: it is over.
    let mut known: BTreeMap<Day, Option<Day>> = BTreeMap::new();
    for (stamp, step) in Agenda::shown(plans, steps, view) {
        let recurs = plan.as_ref().is_some_and(|(_, recurs)| *recurs);
        match step {
            PlanStep::Planned { kind, manager, day, purpose, recurs } => {
                let (kind, manager, purpose) = (*kind, *manager, purpose.clone());
                let event = event(account, stamp);
                let first = PlannedActivity {
                    account,
                    activity,
                    kind,
                    manager,
                    day: day.date(),
                    purpose,
                    event,
                };
                plan = Some((first, *recurs));
                known = BTreeMap::from([(*day, Some(*day))]);
            }
            // One occurrence of several, unless it is over.
            PlanStep::Moved { occurrence: Some(at), day } if recurs => {
                let moved = known.entry(*at).or_insert(Some(*day));
                *moved = moved.and(Some(*day));
            }
            PlanStep::Done { occurrence: Some(at) } if recurs => {
                known.insert(*at, None);
            }
            PlanStep::Moved { day, .. } if known.values().any(Option::is_some) => {
                known.retain(|_, to| to.is_none());
                known.entry(*day).or_insert(Some(*day));
            }
            PlanStep::Moved { .. } => {}
            PlanStep::Done { .. } => known.clear(),
        }
    }
    let Some((plan, _)) = plan else {
        return Vec::new();
    };
    let days = known.into_values().flatten();
    days.map(|day| PlannedActivity { day: day.date(), ..plan.clone() }).collect()
}
