//! What became of offers: accepted, declined, lapsed, and how long it took.

use chrono::NaiveDate;
use relatum_domain::gist::OfferEnd;
use relatum_domain::{AccountId, ManagerId, OfferId, OpportunityId, Policies, Stamp, Value, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::{Agreed, Agreements, OfferStep, event};
use crate::about::About;
use crate::amounts::Sum;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink, month_of};
use crate::models::{Models, Which};

/// How an offer stands, as of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// The client can still accept it.
    Open,
    /// The client accepted.
    Accepted,
    /// The client declined.
    Declined,
    /// Its last day has passed without an answer.
    Lapsed,
    /// It was taken back.
    Withdrawn,
}

/// An offer as a view shows it.
pub(super) struct Offer<'a> {
    id: OfferId,
    pub(super) number: Option<&'a str>,
    pub(super) net: Value,
    pub(super) valid_until: NaiveDate,
    manager: Option<ManagerId>,
    opportunity: Option<OpportunityId>,
    /// How many versions it had.
    versions: u32,
    /// When it was first made.
    made: NaiveDate,
    /// The event that made or last revised it.
    pub(super) stands: Stamp,
    end: Option<End<'a>>,
}

/// How an offer ended.
struct End<'a> {
    stamp: Stamp,
    how: OfferEnd,
    reason: Option<&'a str>,
    competitor: Option<&'a str>,
}

/// An offer made to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownOffer {
    pub(crate) number: Option<String>,
    pub(crate) net: Value,
    pub(crate) made: NaiveDate,
    pub(crate) state: OfferState,
    /// The day on which it was answered, withdrawn or lapsed.
    pub(crate) ended: Option<NaiveDate>,
    pub(crate) event: EventRef,
}

impl KnownOffer {
    /// How many days the client took to answer, if they did.
    pub(crate) fn answered_in(&self) -> Option<i64> {
        let answered = matches!(self.state, OfferState::Accepted | OfferState::Declined);
        self.ended.filter(|_| answered).map(|day| (day - self.made).num_days())
    }
}

impl Offer<'_> {
    pub(super) fn known(&self, account: AccountId, view: &View) -> KnownOffer {
        KnownOffer {
            number: self.number.map(str::to_owned),
            net: self.net,
            made: self.made,
            state: self.state(view),
            ended: self.ended(view),
            event: event(account, self.stands),
        }
    }

    pub(super) fn state(&self, view: &View) -> OfferState {
        match self.end.as_ref().map(|end| end.how) {
            Some(OfferEnd::Accepted) => OfferState::Accepted,
            Some(OfferEnd::Declined) => OfferState::Declined,
            Some(OfferEnd::Withdrawn) => OfferState::Withdrawn,
            None if self.valid_until < view.as_of => OfferState::Lapsed,
            None => OfferState::Open,
        }
    }

    /// The day on which it ended; none: it did not.
    fn ended(&self, view: &View) -> Option<NaiveDate> {
        let lapsed = || self.valid_until.succ_opt().filter(|day| *day <= view.as_of);
        self.end.as_ref().map(|end| end.stamp.effective()).or_else(lapsed)
    }
}

impl Agreed {
    /// Every offer that a view shows. The first answer is the answer; a revision of what was
    /// answered changes nothing.
    pub(super) fn offers_shown<'a>(
        &'a self,
        view: &'a View,
    ) -> impl Iterator<Item = Offer<'a>> + 'a {
        self.offers.iter().filter_map(|(id, steps)| {
            let mut offer: Option<Offer<'a>> = None;
            for (stamp, step) in Agreements::shown(self, steps, view) {
                match (step, &mut offer) {
                    (
                        OfferStep::Standing { number, net, valid_until, manager, opportunity },
                        None,
                    ) => {
                        offer = Some(Offer {
                            id: *id,
                            number: number.as_deref(),
                            net: *net,
                            valid_until: valid_until.date(),
                            manager: *manager,
                            opportunity: *opportunity,
                            versions: 1,
                            made: stamp.effective(),
                            stands: stamp,
                            end: None,
                        });
                    }
                    (
                        OfferStep::Standing { number, net, valid_until, manager, .. },
                        Some(offer),
                    ) if offer.end.is_none() => {
                        offer.number = number.as_deref().or(offer.number);
                        (offer.net, offer.valid_until) = (*net, valid_until.date());
                        offer.manager = manager.or(offer.manager);
                        (offer.versions, offer.stands) = (offer.versions.saturating_add(1), stamp);
                    }
                    (OfferStep::Ended { how, reason, competitor }, Some(offer))
                        if offer.end.is_none() =>
                    {
                        let (how, reason) = (*how, reason.as_deref());
                        let competitor = competitor.as_deref();
                        offer.end = Some(End { stamp, how, reason, competitor });
                    }
                    _ => {}
                }
            }
            offer
        })
    }
}

/// By what offers are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OffersBy {
    /// By who made them.
    Manager,
    /// By account.
    Account,
    /// By the month in which they were made.
    Month,
    /// By why they were declined or withdrawn.
    Reason,
    /// By in whose favour they were declined.
    Competitor,
}

/// Which offers are wanted: those made from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffersOptions {
    /// By what they are told apart.
    pub by: OffersBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// Only to this account.
    pub account: Option<AccountId>,
    /// Only those that this manager made.
    pub manager: Option<ManagerId>,
}

/// An offer, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferLine {
    /// Which.
    pub offer: OfferId,
    /// To which account.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// The chance that it serves.
    pub opportunity: Option<OpportunityId>,
    /// Its number.
    pub number: Option<String>,
    /// Who made it; where nobody is named, who answered for the account then.
    pub manager: Option<ManagerId>,
    /// When it was made.
    pub made: NaiveDate,
    /// How many versions it had.
    pub versions: u32,
    /// For how much, in its last version.
    pub net: Sum,
    /// Its last day.
    pub valid_until: NaiveDate,
    /// How it stands.
    pub state: OfferState,
    /// When it ended.
    pub ended: Option<NaiveDate>,
    /// Why.
    pub reason: Option<String>,
    /// In whose favour.
    pub competitor: Option<String>,
    /// The event that ended it, else the one that made or last revised it.
    pub event: EventRef,
}

impl OffersOptions {
    /// The offers to the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<OfferLine> {
        let mut lines = Vec::new();
        for (account, agreed) in &part.agreements.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let owners = part.directory.assignments(*account, view);
            for offer in agreed.offers_shown(view) {
                let owner = || owners.on(offer.made).map(|owner| owner.manager);
                let manager = offer.manager.or_else(owner);
                let wanted = self.manager.is_none_or(|only| manager == Some(only))
                    && self.from.is_none_or(|from| from <= offer.made);
                if !wanted {
                    continue;
                }
                let end = offer.end.as_ref();
                lines.push(OfferLine {
                    offer: offer.id,
                    account: *account,
                    account_name: part.directory.account_name(*account, view),
                    opportunity: offer.opportunity,
                    number: offer.number.map(str::to_owned),
                    manager,
                    made: offer.made,
                    versions: offer.versions,
                    net: offer.net.into(),
                    valid_until: offer.valid_until,
                    state: offer.state(view),
                    ended: offer.ended(view),
                    reason: end.and_then(|end| end.reason).map(str::to_owned),
                    competitor: end.and_then(|end| end.competitor).map(str::to_owned),
                    event: event(*account, end.map_or(offer.stands, |end| end.stamp)),
                });
            }
        }
        lines
    }

    /// All of them, by the day on which they were made.
    #[must_use]
    pub fn whole(mut lines: Vec<OfferLine>) -> Vec<OfferLine> {
        lines.sort_by_cached_key(|it| (it.made, it.account_name.clone(), it.offer));
        lines
    }
}

/// Each state has a column that counts, and one of money after all of those.
const STATES: [(OfferState, &str, &str); 5] = [
    (OfferState::Accepted, "accepted", "accepted_value"),
    (OfferState::Declined, "declined", "declined_value"),
    (OfferState::Lapsed, "lapsed", "lapsed_value"),
    (OfferState::Withdrawn, "withdrawn", "withdrawn_value"),
    (OfferState::Open, "open", "open_value"),
];
const MADE: usize = 0;
const OFFERED: usize = 1 + STATES.len();
const DAYS: usize = 2 + 2 * STATES.len();

impl Report for OffersOptions {
    fn name(&self) -> &'static str {
        "offers"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, agreements: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    /// `days` are those that accepted and declined ones took, all together.
    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        let mut columns = vec![Column::count("made")];
        columns.extend(STATES.map(|(_, count, _)| Column::count(count)));
        columns.push(Column::money("offered"));
        columns.extend(STATES.map(|(.., value)| Column::money(value)));
        columns.push(Column::count("days"));
        columns
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        let after = |total: usize| (total, (total + 1..=total + STATES.len()).collect());
        vec![after(MADE), after(OFFERED)]
    }

    fn tell(&self, part: &Models, _: &Models, view: &View, to: &mut dyn Sink) {
        for line in self.part(part, view) {
            let row = match self.by {
                OffersBy::Manager => Row::Manager(line.manager),
                OffersBy::Account => Row::Account(line.account),
                OffersBy::Month => Row::From(month_of(line.made)),
                OffersBy::Reason => Row::Named(line.reason.clone()),
                OffersBy::Competitor => Row::Named(line.competitor.clone()),
            };
            let state = STATES.iter().position(|(state, ..)| *state == line.state);
            let Some(at) = state else { continue };
            let what = STATES.get(at).map_or("", |(_, what, _)| *what);
            let answered = matches!(line.state, OfferState::Accepted | OfferState::Declined);
            let days = line.ended.filter(|_| answered).map(|day| (day - line.made).num_days());
            for (column, micro) in [
                (MADE, ONE),
                (MADE + 1 + at, ONE),
                (OFFERED, line.net.micro),
                (OFFERED + 1 + at, line.net.micro),
                (DAYS, i128::from(days.unwrap_or(0)).saturating_mul(ONE)),
            ] {
                let why = || {
                    let (event, number) = (line.event, line.number.clone());
                    let day = line.ended.unwrap_or(line.made);
                    vec![Contribution { event, day, number, what, micro }]
                };
                if micro != 0 {
                    to.add(&row, line.net.currency, column, micro, &why);
                }
            }
        }
    }
}
