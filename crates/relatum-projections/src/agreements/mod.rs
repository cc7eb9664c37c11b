//! What was offered and agreed: offers and what became of them, contracts that run.

mod offers;

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::gist::{OfferEnd, Topic, Topics};
use relatum_domain::{
    AccountId, ContractId, Corrections, Day, Gist, ManagerId, Matter, OfferId, OpportunityId,
    Stamp, Value, View,
};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::merged;
use crate::projection::{Projection, all_is_kept};
pub(crate) use offers::KnownOffer;
pub use offers::{OfferLine, OfferState, OffersBy, OffersOptions};

#[derive(Debug, Clone, Encode, Decode)]
enum OfferStep {
    Standing {
        number: Option<String>,
        net: Value,
        valid_until: Day,
        manager: Option<ManagerId>,
        opportunity: Option<OpportunityId>,
    },
    Ended {
        how: OfferEnd,
        reason: Option<String>,
        competitor: Option<String>,
    },
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
struct Agreed {
    offers: BTreeMap<OfferId, Vec<(Stamp, OfferStep)>>,
    contracts: BTreeMap<ContractId, Vec<(Stamp, ContractStep)>>,
    corrections: Corrections,
}

/// What was offered to each account and agreed with it.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Agreements {
    accounts: BTreeMap<AccountId, Agreed>,
}

impl Projection for Agreements {
    all_is_kept!();

    const NAME: &'static str = "agreements";
    const REVISION: u32 = 1;
    const READS: Topics = Topics::of(&[Topic::Deals]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let agreed = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| agreed.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}

impl Agreed {
    fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let stamp = gist.stamp;
        let label = || gist.label.map(str::to_owned);
        let mut offer = |offer, step| self.offers.entry(offer).or_default().push((stamp, step));
        let mut contract = |contract, step| {
            self.contracts.entry(contract).or_default().push((stamp, step));
        };
        match &gist.matter {
            Matter::Offered { offer: of, valid_until, manager, opportunity } => {
                if let Some(net) = gist.value() {
                    let (number, valid_until) = (label(), *valid_until);
                    let (manager, opportunity) = (*manager, *opportunity);
                    let stands =
                        OfferStep::Standing { number, net, valid_until, manager, opportunity };
                    offer(*of, stands);
                }
            }
            Matter::OfferEnded { offer: of, how, competitor } => {
                let (how, reason) = (*how, label());
                let competitor = competitor.map(str::to_owned);
                offer(*of, OfferStep::Ended { how, reason, competitor });
            }
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

impl Agreements {
    /// The steps that a view shows, in the order in which they were told, an amendment in the
    /// place of what it replaces.
    fn shown<'a, S>(
        agreed: &'a Agreed,
        steps: &'a [(Stamp, S)],
        view: &'a View,
    ) -> impl Iterator<Item = (Stamp, &'a S)> {
        let shown = steps.iter().filter(|(stamp, _)| agreed.corrections.shows(*stamp, view));
        let mut shown: Vec<(Stamp, &S)> = shown.map(|(stamp, step)| (*stamp, step)).collect();
        shown.sort_by_key(|(stamp, _)| agreed.corrections.place(stamp.version));
        shown.into_iter()
    }

    /// Offers that a view shows as neither answered, withdrawn nor lapsed.
    #[must_use]
    pub fn offers(&self, view: &View) -> Vec<StandingOffer> {
        let mut standing = Vec::new();
        for (account, agreed) in &self.accounts {
            for offer in agreed.offers_shown(view).filter(|it| it.state(view) == OfferState::Open) {
                standing.push(StandingOffer {
                    account: *account,
                    number: offer.number.unwrap_or_default().to_owned(),
                    net: offer.net,
                    valid_until: offer.valid_until,
                    event: event(*account, offer.stands),
                });
            }
        }
        standing
    }

    /// Contracts that a view shows as running, with the day on which they end.
    #[must_use]
    pub fn contracts(&self, view: &View) -> Vec<EndingContract> {
        let mut running = Vec::new();
        for (account, agreed) in &self.accounts {
            for (contract, steps) in &agreed.contracts {
                running.extend(running_contract(*account, *contract, agreed, steps, view));
            }
        }
        running
    }

    /// The contracts of an account, running or over.
    pub(crate) fn contracts_of(&self, account: AccountId, view: &View) -> Vec<KnownContract> {
        let Some(agreed) = self.accounts.get(&account) else { return Vec::new() };
        let steps = agreed.contracts.values();
        steps.filter_map(|steps| known_contract(account, agreed, steps, view)).collect()
    }

    /// The contracts of one account or of all, running or over, by account.
    pub(crate) fn known_contracts(
        &self,
        only: Option<AccountId>,
        view: &View,
    ) -> Vec<(AccountId, ContractId, KnownContract)> {
        let accounts = self.accounts.iter();
        let accounts = accounts.filter(|(it, _)| only.is_none_or(|only| only == **it));
        let contracts = accounts.flat_map(|(account, agreed)| {
            let contracts = agreed.contracts.iter();
            contracts.filter_map(|(contract, steps)| {
                let known = known_contract(*account, agreed, steps, view)?;
                Some((*account, *contract, known))
            })
        });
        contracts.collect()
    }

    /// The offers made to an account, and what became of them.
    pub(crate) fn offers_of(&self, account: AccountId, view: &View) -> Vec<KnownOffer> {
        let Some(agreed) = self.accounts.get(&account) else { return Vec::new() };
        let known = |it: offers::Offer<'_>| it.known(account, view);
        agreed.offers_shown(view).map(known).collect()
    }
}

/// A contract as a view shows it, running or over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownContract {
    pub(crate) number: String,
    pub(crate) signed: NaiveDate,
    /// None: it runs on.
    pub(crate) ends: Option<NaiveDate>,
    /// On which days it would have ended, and was made longer.
    pub(crate) renewed: Vec<NaiveDate>,
    pub(crate) value: Option<Value>,
    notice_days: Option<u16>,
    /// The event that told its end.
    pub(crate) event: EventRef,
}

impl KnownContract {
    /// The last day on which notice can be given, if it says one.
    pub(crate) fn notice_by(&self) -> Option<NaiveDate> {
        self.ends?.checked_sub_days(chrono::Days::new(self.notice_days?.into()))
    }
}

fn known_contract(
    account: AccountId,
    agreed: &Agreed,
    steps: &[(Stamp, ContractStep)],
    view: &View,
) -> Option<KnownContract> {
    let mut known: Option<KnownContract> = None;
    for (stamp, step) in Agreements::shown(agreed, steps, view) {
        let event = event(account, stamp);
        match (step, &mut known) {
            (ContractStep::Signed { number, ends, value, notice_days }, known) => {
                *known = Some(KnownContract {
                    number: number.clone(),
                    signed: stamp.effective(),
                    ends: ends.map(Day::date),
                    renewed: Vec::new(),
                    value: *value,
                    notice_days: *notice_days,
                    event,
                });
            }
            (ContractStep::Ends(ends, value), Some(known)) => {
                let ends = ends.map(Day::date);
                let before = known.ends.filter(|before| ends.is_none_or(|ends| *before < ends));
                known.renewed.extend(before);
                (known.ends, known.event) = (ends, event);
                known.value = value.or(known.value);
            }
            (ContractStep::Worth(value), Some(known)) => known.value = value.or(known.value),
            (ContractStep::Ends(..) | ContractStep::Worth(_), None) => {}
        }
    }
    known
}

/// A contract that runs and has an end.
fn running_contract(
    account: AccountId,
    contract: ContractId,
    agreed: &Agreed,
    steps: &[(Stamp, ContractStep)],
    view: &View,
) -> Option<EndingContract> {
    let known = known_contract(account, agreed, steps, view)?;
    let notice_by = known.notice_by();
    let KnownContract { number, ends, value, event, .. } = known;
    let ends = ends.filter(|ends| *ends >= view.as_of)?;
    Some(EndingContract { account, contract, number, value, notice_by, ends, event })
}

fn event(account: AccountId, stamp: Stamp) -> EventRef {
    merged::event(account, stamp.version)
}
