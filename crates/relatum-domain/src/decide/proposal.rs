//! What somebody wants recorded, and what it comes to.

use std::collections::BTreeMap;

use relatum_stream::StreamId;

use super::refused::Refused;
use super::state::State;
use crate::event::settlement::{Application, ApplicationKind, PaidByOther, PaymentReceived};
use crate::event::{Event, EventBody};
use crate::history::View;
use crate::ids::AccountId;
use crate::money::Money;
use crate::receivables::OpenItem;

/// How a payment that names no items is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allocate {
    /// As the event says: what it leaves over stays on account.
    #[default]
    AsWritten,
    /// To the account's own open items in the payment's currency, oldest due first.
    OldestDueFirst,
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

    /// The streams whose states the decision needs.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamId> {
        let mut streams = vec![self.stream];
        if let EventBody::PaymentReceived(payment) = &self.event.body {
            let others = payment.applications.iter().filter_map(|it| it.account);
            streams.extend(others.map(StreamId::from));
        }
        streams.sort_unstable();
        streams.dedup();
        streams
    }

    /// Decides on the states of [`streams`](Self::streams); a missing one is an empty stream.
    ///
    /// Shape: the proposed event first; then, for a payment that settles items of other accounts,
    /// one [`PaidByOther`] for each of them.
    ///
    /// # Errors
    /// The first refusal, as [`State::check`] finds it on any of the streams.
    pub fn decide(&self, states: &BTreeMap<StreamId, State>) -> Result<Proposed, Refused> {
        let empty = State::default();
        let state_of = |stream: &StreamId| states.get(stream).unwrap_or(&empty);
        let mut event = self.event.clone();
        if let (EventBody::PaymentReceived(payment), Allocate::OldestDueFirst) =
            (&mut event.body, self.allocate)
        {
            payment.applications = oldest_due_first(state_of(&self.stream), payment);
        }
        state_of(&self.stream).check(self.stream, &event)?;
        let mut proposed = vec![(self.stream, event.clone())];
        if let EventBody::PaymentReceived(payment) = &event.body {
            for (account, paid) in for_others(self.stream, payment) {
                let stream = StreamId::from(account);
                let paid = event.with_body(paid);
                state_of(&stream).check(stream, &paid)?;
                proposed.push((stream, paid));
            }
        }
        Ok(proposed)
    }
}

/// The settlements that a payment brings about in other accounts.
fn for_others(payer: StreamId, payment: &PaymentReceived) -> BTreeMap<AccountId, PaidByOther> {
    let mut others: BTreeMap<AccountId, PaidByOther> = BTreeMap::new();
    for application in &payment.applications {
        let Some(account) = application.account else { continue };
        let paid = others.entry(account).or_insert_with(|| PaidByOther {
            payer: payer.id.into(),
            payment: payment.payment,
            applications: Vec::new(),
        });
        paid.applications.push(Application { account: None, ..application.clone() });
    }
    others
}

/// Applications of the payment to the account's open items, oldest due first (ties: document day,
/// then id), until nothing of it is left. Negative items are left alone.
fn oldest_due_first(state: &State, payment: &PaymentReceived) -> Vec<Application> {
    let mut items: Vec<OpenItem> = state.book().open_items(&View::latest());
    items.retain(|item| {
        item.open.currency == payment.amount.currency
            && item.open.is_positive()
            && (payment.company.is_none() || item.company == payment.company)
    });
    items.sort_by_key(|item| (item.due, item.document_day, item.item));
    let mut left = payment.amount.minor;
    let mut applications = Vec::new();
    for item in items {
        let crate::receivables::ItemKey::Document(document) = item.item else { continue };
        let share = item.open.minor.min(left);
        if share <= 0 {
            break;
        }
        left = left.saturating_sub(share);
        applications.push(Application {
            document,
            installment: item.installment,
            account: None,
            amount: Money::new(share, payment.amount.currency),
            paid: None,
            rate: None,
            kind: ApplicationKind::Payment,
            day: None,
        });
    }
    applications
}
