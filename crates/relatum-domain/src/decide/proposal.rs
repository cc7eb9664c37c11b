//! What somebody wants recorded, and what it comes to.

use std::borrow::Cow;
use std::collections::BTreeMap;

use relatum_stream::{EventRef, StreamId};

use super::refused::{Refused, SettlementRefused};
use super::state::State;
use super::{group, merge};
use crate::event::policy::{AllocationRule, CreditExcess};
use crate::event::settlement::{
    Application, ApplicationKind, CreditAllocated, CreditSource, PaidByOther, PaymentReceived,
};
use crate::event::{Event, EventBody, Family};
use crate::history::{Recorded, View};
use crate::ids::{AccountId, DocumentId, PaymentId, TenantId};
use crate::money::Money;
use crate::policies::Policies;
use crate::receivables::{ItemKey, OpenItem};

/// How what a payment does not name itself is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allocate {
    /// As the event says: what it leaves over stays on account.
    #[default]
    AsWritten,
    /// As the event says; what that leaves over, to the account's own open items in the payment's
    /// currency, oldest due first.
    OldestDueFirst,
    /// By the tenant's rule in force on the day: what a payment leaves over, to the oldest due
    /// first unless the rule keeps it on account; a credit note against an invoice, to that invoice
    /// as far as it fits, or not at all if it is more than is open there.
    ByPolicy,
}

/// A fact that somebody wants recorded on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Where.
    pub stream: StreamId,
    /// What.
    pub event: Event,
    /// For payments: what it settles.
    pub allocate: Allocate,
}

/// What a proposal comes to: events for one or several streams, to be written in one commit.
pub type Proposed = Vec<(StreamId, Event)>;

impl Proposal {
    /// `event` on `stream`, as it is written.
    pub fn new(stream: impl Into<StreamId>, event: Event) -> Self {
        Self { stream: stream.into(), event, allocate: Allocate::AsWritten }
    }

    /// A payment to be allocated by `rule` at the moment of recording.
    #[must_use]
    pub fn allocated(self, rule: Allocate) -> Self {
        Self { allocate: rule, ..self }
    }

    /// The streams whose states the decision needs, as far as the event itself says.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamId> {
        let (applications, payer) = match &self.event.body {
            EventBody::PaymentReceived(it) => (it.applications.as_slice(), None),
            EventBody::CreditAllocated(it) => (it.applications.as_slice(), None),
            EventBody::AllocationUndone(it) => (it.applications.as_slice(), None),
            EventBody::PaidByOther(it) => (it.applications.as_slice(), Some(it.payer)),
            _ => (&[] as &[Application], None),
        };
        let two = match &self.event.body {
            EventBody::AccountsMerged(it) => vec![it.kept, it.merged],
            _ => Vec::new(),
        };
        let others = applications.iter().filter_map(|it| it.account).chain(payer).chain(two);
        let mut streams = vec![self.stream];
        streams.extend(others.map(StreamId::from));
        streams.sort_unstable();
        streams.dedup();
        streams
    }

    /// Whether the decision needs the tenant's rules: the state of the tenant's own stream.
    #[must_use]
    pub fn reads_policies(&self) -> bool {
        let family = self.event.body.family();
        use Family::{Document, Offer, Order, Settlement};
        matches!(family, Offer | Order | Document | Settlement)
    }

    /// The streams that turn out to be needed as well, once the state of the proposal's own is
    /// read: those of the accounts whose items a payment settled that is to be reversed.
    #[must_use]
    pub fn more_streams(&self, own: &State) -> Vec<StreamId> {
        let payment = group::falls(own, self.stream, &self.event);
        let accounts = payment.into_iter().flat_map(|it| own.book().paid_for(it));
        accounts.map(StreamId::from).collect()
    }

    /// Decides on the states of [`streams`](Self::streams),
    /// [`more_streams`](Self::more_streams) and, where it [reads](Self::reads_policies) them, the
    /// tenant's rules; a missing one is an empty stream.
    ///
    /// Shape: the proposed event first; then, for what reaches items of other accounts, one event
    /// for each of them: [`PaidByOther`] for a payment, the same undoing or reversal for what
    /// takes one back. A proposed [`PaidByOther`] brings the use of the payment in the payer's
    /// stream with it.
    ///
    /// # Errors
    /// The first refusal, as [`State::check`] finds it on any of the streams.
    pub fn decide(&self, states: &BTreeMap<StreamId, State>) -> Result<Proposed, Refused> {
        let empty = State::default();
        let state_of = |stream: &StreamId| states.get(stream).unwrap_or(&empty);
        let own = state_of(&self.stream);
        let tenant = state_of(&TenantId::own().into());
        let policies = tenant.policies();
        let mut event = self.event.clone();
        self.allocate(own, policies, &mut event);
        own_credit(own, self.stream, &event)?;
        own.check(self.stream, &event, policies)?;
        if let EventBody::AccountsMerged(it) = &event.body {
            merge::between(it.kept, it.merged, |account| state_of(&account.into()))?;
        }
        let others = match &event.body {
            EventBody::PaidByOther(paid) => {
                let payer = StreamId::from(paid.payer);
                vec![(payer, used_for(state_of(&payer), self.stream, paid)?)]
            }
            _ => group::elsewhere(own, self.stream, &event, state_of),
        };
        let mut proposed = vec![(self.stream, event.clone())];
        for (stream, body) in others {
            // What the event amends is in its own stream.
            let theirs = Event { amends: None, ..event.with_body(body) };
            let state = state_of(&stream);
            let merges = tenant.merges();
            let of = |stream: StreamId| merges.of(AccountId::from(stream.id));
            // A client pays for itself.
            if of(self.stream) != of(stream) {
                pays_for(self.stream, own, stream, state, &event)?;
            }
            state.check(stream, &theirs, policies)?;
            proposed.push((stream, theirs));
        }
        Ok(proposed)
    }
}

impl Proposal {
    /// Writes into the event what is allocated by rule, and under which.
    fn allocate(&self, own: &State, policies: &Policies, event: &mut Event) {
        let view = View::as_of(event.effective);
        let by_policy = self.allocate == Allocate::ByPolicy;
        match &mut event.body {
            EventBody::PaymentReceived(payment) => {
                let rule = match self.allocate {
                    Allocate::AsWritten => return,
                    Allocate::OldestDueFirst => AllocationRule::OldestDueFirst,
                    Allocate::ByPolicy => {
                        let set = policies.allocation(&view);
                        event.policies.extend(set.event);
                        set.rule
                    }
                };
                if rule == AllocationRule::OldestDueFirst {
                    let rest = oldest_due_first(own, self.stream, &self.event, payment, policies);
                    payment.applications.extend(rest);
                }
            }
            EventBody::CreditNoteIssued(credit) if by_policy && credit.applications.is_empty() => {
                let Some(against) = credit.against else { return };
                let rows =
                    own.book().open_item(ItemKey::Document(against), &View::latest(), policies);
                let gross = credit.document.gross;
                let open = rows.iter().filter(|row| row.open.currency == gross.currency);
                let open = open.map(|row| row.open.minor).fold(0, i64::saturating_add);
                let fits = if gross.minor <= open {
                    gross.minor
                } else {
                    let set = policies.credit_excess(&view);
                    event.policies.extend(set.event);
                    match set.rule {
                        CreditExcess::WholeStandalone => 0,
                        CreditExcess::ApplyOpenPart => open.max(0),
                    }
                };
                if fits > 0 {
                    let amount = Money::new(fits, gross.currency);
                    credit.applications.push(plain(against, None, amount));
                }
            }
            _ => {}
        }
    }
}

/// Whether the payer may settle items of the other account on the day: as its parent or payer, or
/// because either says so.
fn pays_for(
    payer: StreamId,
    own: &State,
    other: StreamId,
    theirs: &State,
    event: &Event,
) -> Result<(), SettlementRefused> {
    let brings = matches!(
        event.body,
        EventBody::PaymentReceived(_) | EventBody::CreditAllocated(_) | EventBody::PaidByOther(_)
    );
    if !brings {
        return Ok(());
    }
    // A proposed settlement by another turns the two round.
    let (payer, own, other, theirs) = match event.body {
        EventBody::PaidByOther(_) => (other, theirs, payer, own),
        _ => (payer, own, other, theirs),
    };
    let (payer, account) = (AccountId::from(payer.id), AccountId::from(other.id));
    let view = View::as_of(event.effective);
    if own.relations().pays_for(account, &view) || theirs.relations().is_paid_by(payer, &view) {
        return Ok(());
    }
    Err(SettlementRefused::NotPaidFor { payer, account })
}

/// Another account's payment is taken back in that account's stream, where its credit is.
fn own_credit(own: &State, stream: StreamId, event: &Event) -> Result<(), SettlementRefused> {
    let payment = match &event.body {
        EventBody::AllocationUndone(it) => match it.from {
            CreditSource::Payment(payment) => Some(payment),
            CreditSource::Document(_) => None,
        },
        EventBody::Reversed(_) => group::falls(own, stream, event),
        _ => None,
    };
    let latest = View::latest();
    let foreign = |it: &PaymentId| own.book().is_paid_by_other(ItemKey::Payment(*it), &latest);
    match payment.filter(foreign) {
        Some(payment) => {
            Err(SettlementRefused::PaymentUnknown { payment, account: stream.id.into() })
        }
        None => Ok(()),
    }
}

/// The use of the payer's payment for the items of the account that `stream` is about.
fn used_for(
    payer: &State,
    stream: StreamId,
    paid: &PaidByOther,
) -> Result<EventBody, SettlementRefused> {
    let (payment, account) = (paid.payment, paid.payer);
    let key = ItemKey::Payment(payment);
    if payer.book().original_of(key, &View::latest()).is_none() {
        return Err(SettlementRefused::PaymentUnknown { payment, account });
    }
    let theirs = |it: &Application| Application { account: Some(stream.id.into()), ..it.clone() };
    let allocated = CreditAllocated {
        from: CreditSource::Payment(payment),
        applications: paid.applications.iter().map(theirs).collect(),
        reason: None,
    };
    Ok(allocated.into())
}

/// Applications of what the payment does not name itself to the account's open items, oldest due
/// first (ties: document day, then id), until nothing of it is left. Negative items are left
/// alone.
fn oldest_due_first(
    own: &State,
    stream: StreamId,
    event: &Event,
    payment: &PaymentReceived,
    policies: &Policies,
) -> Vec<Application> {
    // What the payment names is settled first, and what it amends is out of the way.
    let mut state = match event.amends {
        Some(amended) => Cow::Owned(own.without(amended)),
        None => Cow::Borrowed(own),
    };
    if !payment.applications.is_empty() {
        let next = EventRef::new(stream, own.version().plus(1));
        state.to_mut().evolve(next, Recorded(i64::MAX), event);
    }
    let latest = View::latest();
    let mut items: Vec<OpenItem> = state.book().open_items(&latest, policies);
    items.retain(|item| {
        item.open.currency == payment.amount.currency
            && item.open.is_positive()
            && (payment.company.is_none() || item.company == payment.company)
    });
    items.sort_by_key(|item| (item.due, item.document_day, item.item));
    let using = payment.applications.iter().filter(|it| it.kind.uses_credit());
    let named = using.map(|it| it.used().minor).fold(0, i64::saturating_add);
    let mut left = payment.amount.minor.saturating_sub(named);
    let mut applications = Vec::new();
    for item in items {
        let ItemKey::Document(document) = item.item else {
            continue;
        };
        let share = item.open.minor.min(left);
        if share <= 0 {
            break;
        }
        left = left.saturating_sub(share);
        let amount = Money::new(share, payment.amount.currency);
        applications.push(plain(document, item.installment, amount));
    }
    applications
}

const fn plain(document: DocumentId, installment: Option<u32>, amount: Money) -> Application {
    Application {
        document,
        installment,
        account: None,
        amount,
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    }
}
