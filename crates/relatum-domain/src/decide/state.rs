//! What decisions on one stream need to know: a fold over its events.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_stream::{EventRef, StreamId, Version};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ground::Ground;
use super::quota::Asked;
use super::refused::{CorrectionRefused, Refused, RelationshipRefused};
use super::{audit, credit, discount, document, policy, quota, relationship, sale, settlement};
use crate::activities::Told;
use crate::corrections::Corrections;
use crate::event::line::LineQuantity;
use crate::event::{Event, EventBody};
use crate::gist::Gist;
use crate::history::{Recorded, Stamp, View};
use crate::identities::{Identities, Merges};
use crate::ids::{ManagerId, OfferId, OrderId, TenantId};
use crate::money::{Quantity, Value};
use crate::policies::Policies;
use crate::receivables::{Book, CreditFile};
use crate::relations::Relations;

/// One step in the life of a thing that has an id: an order, an offer, an activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// It began.
    Begun,
    /// An order began with these lines: product and quantity.
    Ordered(Vec<(String, Quantity)>),
    /// Goods of an order were delivered; empty: all that was outstanding.
    Delivered(Vec<LineQuantity>),
    /// Goods of an order were refused at the door; empty: all of it.
    RefusedGoods(Vec<LineQuantity>),
    /// Goods of an order came back.
    Returned(Vec<(String, Quantity)>),
    /// An offer at this version can be accepted until that day.
    Offered { version: u32, valid_until: NaiveDate, net: Value, manager: Option<ManagerId> },
    /// Something was told of an activity, by an event of a day.
    Activity(NaiveDate, Told<End>),
    /// It is over, and how.
    Over(End),
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    Held,
    Cancelled,
    Accepted,
    Declined,
    Withdrawn,
    Won,
    Lost,
    Terminated,
    Resolved,
    Left,
    Discarded,
}

impl End {
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Cancelled => "cancelled",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Terminated => "terminated",
            Self::Resolved => "resolved",
            Self::Left => "left behind",
            Self::Discarded => "discarded",
        }
    }
}

/// What decisions on one stream need to know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    last: u64,
    corrections: Corrections,
    opened: Vec<Stamp>,
    /// The openings that say that it keeps what is nobody's.
    nobodys: Vec<Stamp>,
    closed: Vec<Stamp>,
    classes: Vec<(Stamp, Option<String>)>,
    assigned: Vec<(Stamp, ManagerId)>,
    /// What was ordered on each offer.
    on_offers: BTreeMap<OfferId, Vec<(Stamp, OrderId, Value)>>,
    things: BTreeMap<Uuid, Vec<(Stamp, Step)>>,
    book: Book,
    credit: CreditFile,
    relations: Relations,
    policies: Policies,
    identities: Identities,
    quotas: Vec<(Stamp, Asked)>,
}

impl State {
    /// Takes in `event`, which stands at `at` and became known at `recorded`.
    pub fn evolve(&mut self, at: EventRef, recorded: Recorded, event: &Event) {
        self.last = at.version.0;
        let gist = Gist::of(at, recorded, event);
        self.corrections.learn(&gist);
        self.book.take(&gist);
        self.credit.take(&gist);
        self.relations.take(&gist);
        if at.stream == StreamId::from(TenantId::own()) {
            self.policies.take(&gist);
            self.identities.take(&gist);
        }
        let stamp = gist.stamp;
        self.quotas.extend(Asked::of(event).map(|asked| (stamp, asked)));
        match &event.body {
            EventBody::AccountOpened(it) => {
                self.opened.push(stamp);
                self.nobodys.extend(it.unassigned.then_some(stamp));
                // What is not told stays.
                self.classes.extend(it.class.clone().map(|class| (stamp, Some(class))));
            }
            EventBody::AccountClassified(it) => self.classes.push((stamp, it.class.clone())),
            EventBody::AccountClosed(_) => self.closed.push(stamp),
            EventBody::AccountAssigned(it) => self.assigned.push((stamp, it.manager)),
            body => {
                if let EventBody::GoodsReturned(it) = body {
                    let begun = (stamp, Step::Begun);
                    self.things.entry(it.goods_return.uuid()).or_default().push(begun);
                }
                if let EventBody::OrderPlaced(it) = body
                    && let Some(offer) = it.offer
                {
                    self.on_offers.entry(offer).or_default().push((stamp, it.order, it.net));
                }
                if let Some((thing, step)) = step_of(event) {
                    self.things.entry(thing).or_default().push((stamp, step));
                }
            }
        }
    }

    /// The version of the last event taken in.
    #[must_use]
    pub const fn version(&self) -> Version {
        Version(self.last)
    }

    /// The receivables of the account.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// What decides on the account's credit besides its receivables.
    #[must_use]
    pub const fn credit(&self) -> &CreditFile {
        &self.credit
    }

    /// The other accounts that play a part in this one's business.
    pub(super) const fn relations(&self) -> &Relations {
        &self.relations
    }

    /// The tenant's rules, if the stream is the tenant's.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    /// Which accounts are one, if the stream is the tenant's.
    #[must_use]
    pub fn merges(&self) -> Merges {
        self.identities.known(Recorded(i64::MAX))
    }

    /// Whether `event` may be recorded on `stream` as things stand, under the tenant's rules.
    ///
    /// # Errors
    /// The first refusal, by the order of the checks in each family.
    pub fn check(
        &self,
        stream: StreamId,
        event: &Event,
        policies: &Policies,
    ) -> Result<(), Refused> {
        let body = &event.body;
        if !body.streams().contains(&stream.kind) {
            let (event_type, kind) = (body.event_type(), stream.kind);
            return Err(RelationshipRefused::WrongStream { event_type, kind }.into());
        }
        let voided = match body {
            EventBody::EventVoided(voided) => Some(voided.event),
            EventBody::EventUndone(undone) => Some(undone.event),
            _ => None,
        };
        for target in event.amends.into_iter().chain(voided) {
            self.can_correct(stream, target)?;
        }
        // What an amendment replaces must not stand in its own way.
        let without;
        let state = match event.amends {
            Some(amended) => {
                without = self.without(amended);
                &without
            }
            None => self,
        };
        relationship::check(state, event)?;
        sale::check(state, event)?;
        let ground = Ground { state, stream, policies };
        discount::check(ground, event)?;
        document::check(ground, event)?;
        settlement::check(ground, event)?;
        credit::check(ground, event)?;
        quota::check(state, event)?;
        policy::check(event)?;
        Ok(audit::check(event)?)
    }

    fn can_correct(&self, stream: StreamId, event: EventRef) -> Result<(), CorrectionRefused> {
        if event.stream != stream {
            return Err(CorrectionRefused::ForeignEvent { event });
        }
        if event.version.0 == 0 || event.version.0 > self.last {
            return Err(CorrectionRefused::EventUnknown { event, last: self.last });
        }
        if self.corrections.is_void(event.version.0, Recorded(i64::MAX)) {
            return Err(CorrectionRefused::AlreadyVoid { event });
        }
        if self.book.is_half(event.version.0) {
            return Err(CorrectionRefused::ReachesOthers { event });
        }
        Ok(())
    }

    /// The state as if the next event replaced `amended`.
    pub(super) fn without(&self, amended: EventRef) -> Self {
        let mut state = self.clone();
        let next = self.version().plus(1);
        state.corrections.replace(amended.version.0, next.0);
        state.book.replace(amended.version.0, next.0);
        state.identities.replace(amended.version.0, next.0);
        state
    }

    /// The quotas that hold.
    pub(super) fn quotas(&self) -> impl Iterator<Item = &Asked> {
        let view = View::latest();
        let shown =
            self.quotas.iter().filter(move |(stamp, _)| self.corrections.shows(*stamp, &view));
        shown.map(|(_, asked)| asked)
    }

    /// The steps of a thing that hold, in the order in which they were told, an amendment in the
    /// place of what it replaces.
    pub(super) fn steps(&self, thing: Uuid) -> impl Iterator<Item = &Step> {
        let view = View::latest();
        let steps = self.things.get(&thing).into_iter().flatten();
        let mut steps: Vec<_> =
            steps.filter(|(stamp, _)| self.corrections.shows(*stamp, &view)).collect();
        steps.sort_by_key(|(stamp, _)| self.corrections.place(stamp.version));
        steps.into_iter().map(|(_, step)| step)
    }

    pub(super) fn exists(&self, thing: Uuid) -> bool {
        self.steps(thing).next().is_some()
    }

    /// How a thing ended, if it did.
    pub(super) fn end_of(&self, thing: Uuid) -> Option<End> {
        self.steps(thing).find_map(|step| match step {
            Step::Over(end) => Some(*end),
            _ => None,
        })
    }

    /// The last of `stamps` that holds, in the order in which they were told.
    fn last_of<'a>(&self, stamps: &'a [Stamp]) -> Option<&'a Stamp> {
        let view = View::latest();
        stamps.iter().rev().find(|at| self.corrections.shows(**at, &view))
    }

    /// Of what was told of the account, what holds on a day.
    fn holds_on<'a, T>(&self, told: &'a [(Stamp, T)], day: NaiveDate) -> Option<&'a T> {
        let view = View::as_of(day);
        let shown = told.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, &view));
        let place = |stamp: Stamp| (stamp.day, self.corrections.place(stamp.version));
        shown.max_by_key(|(stamp, _)| place(*stamp)).map(|(_, it)| it)
    }

    /// The account's class on a day.
    pub(super) fn class_on(&self, day: NaiveDate) -> Option<&str> {
        self.holds_on(&self.classes, day)?.as_deref()
    }

    /// Who answers for the account on a day.
    pub(super) fn assigned_on(&self, day: NaiveDate) -> Option<ManagerId> {
        self.holds_on(&self.assigned, day).copied()
    }

    /// What was ordered on an offer by other orders than one.
    pub(super) fn ordered_on(&self, offer: OfferId, but: OrderId) -> impl Iterator<Item = Value> {
        let view = View::latest();
        let all = self.on_offers.get(&offer).into_iter().flatten();
        let all = all.filter(move |(stamp, order, _)| {
            *order != but && self.corrections.shows(*stamp, &view)
        });
        all.map(|(.., net)| *net)
    }

    /// The day from which the account is open, if it was opened and not closed since.
    pub(super) fn opened_on(&self) -> Option<NaiveDate> {
        let opened = self.last_of(&self.opened)?;
        self.closed_on().is_none().then_some(opened.effective())
    }

    /// Whether the account keeps what belongs to no known client.
    pub(super) fn is_nobodys(&self) -> bool {
        self.last_of(&self.nobodys).is_some()
    }

    /// The day from which the account is closed, if it was not opened again since.
    pub(super) fn closed_on(&self) -> Option<NaiveDate> {
        let closed = self.last_of(&self.closed)?;
        let opened = self.last_of(&self.opened);
        let again = opened.is_some_and(|opened| opened.version > closed.version);
        (!again).then_some(closed.effective())
    }
}

/// Which thing an event is about, and what it does to it.
fn step_of(event: &Event) -> Option<(Uuid, Step)> {
    use EventBody as B;
    let (body, day) = (&event.body, event.effective);
    let products = |lines: &[crate::event::line::Line]| {
        lines.iter().map(|line| (line.product.clone(), line.quantity)).collect()
    };
    Some(match body {
        B::ContactAdded(it) => (it.contact.uuid(), Step::Begun),
        B::ContactLeft(it) => (it.contact.uuid(), Step::Over(End::Left)),
        B::ActivityPlanned(it) => {
            let (first, rule, starts) = (it.day, it.recurrence.clone(), it.starts);
            (it.activity.uuid(), Step::Activity(day, Told::Planned { first, rule, starts }))
        }
        B::ActivityRescheduled(it) => {
            let (occurrence, to, starts) = (it.occurrence, it.day, it.starts);
            (it.activity.uuid(), Step::Activity(day, Told::Moved { occurrence, to, starts }))
        }
        B::ActivityCancelled(it) => {
            let (occurrence, how) = (it.occurrence, End::Cancelled);
            let told = match occurrence {
                None => Told::Stopped(how),
                occurrence => Told::Ended { occurrence, how },
            };
            (it.activity.uuid(), Step::Activity(day, told))
        }
        B::ActivityHeld(it) => {
            let (occurrence, how) = (it.occurrence, End::Held);
            (it.activity.uuid(), Step::Activity(day, Told::Ended { occurrence, how }))
        }
        B::OpportunityOpened(it) => (it.opportunity.uuid(), Step::Begun),
        B::OpportunityWon(it) => (it.opportunity.uuid(), Step::Over(End::Won)),
        B::OpportunityLost(it) => (it.opportunity.uuid(), Step::Over(End::Lost)),
        B::OfferMade(it) => {
            let (valid_until, net, manager) = (it.valid_until, it.net, it.manager);
            (it.offer.uuid(), Step::Offered { version: 1, valid_until, net, manager })
        }
        B::OfferRevised(it) => {
            let (version, valid_until, net) = (it.version, it.valid_until, it.net);
            let step = Step::Offered { version, valid_until, net, manager: None };
            (it.offer.uuid(), step)
        }
        B::OfferAccepted(it) => (it.offer.uuid(), Step::Over(End::Accepted)),
        B::OfferDeclined(it) => (it.offer.uuid(), Step::Over(End::Declined)),
        B::OfferWithdrawn(it) => (it.offer.uuid(), Step::Over(End::Withdrawn)),
        B::ContractSigned(it) => (it.contract.uuid(), Step::Begun),
        B::ContractTerminated(it) => (it.contract.uuid(), Step::Over(End::Terminated)),
        B::OrderPlaced(it) => (it.order.uuid(), Step::Ordered(products(&it.lines))),
        B::OrderDelivered(it) => (it.order.uuid(), Step::Delivered(it.lines.clone())),
        B::OrderRefused(it) => (it.order.uuid(), Step::RefusedGoods(it.lines.clone())),
        B::OrderCancelled(it) => (it.order.uuid(), Step::Over(End::Cancelled)),
        B::GoodsReturned(it) => (it.order?.uuid(), Step::Returned(products(&it.lines))),
        B::ComplaintMade(it) => (it.complaint.uuid(), Step::Begun),
        B::ComplaintResolved(it) => (it.complaint.uuid(), Step::Over(End::Resolved)),
        B::DraftSaved(it) => (it.0.document.uuid(), Step::Begun),
        B::DraftDiscarded(it) => (it.document.uuid(), Step::Over(End::Discarded)),
        _ => return None,
    })
}
