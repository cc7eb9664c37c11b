//! Tables in the ledger's language: what was given, what is proposed, what follows.
//!
//! For the tests of whoever embeds the domain: a rule of one's own books is one row. Owns no
//! rule itself: it folds what is given into [`State`]s, takes the decision as the engine does,
//! and compares. Knows no clock: the n-th event becomes known n microseconds after 1970.
//!
//! *Invariant: what a table accepts, the engine accepts on the same history.*
//!
//! # Example
//! ```
//! use relatum_domain::event::document::{InvoiceIssued, ReceivableDocument};
//! use relatum_domain::event::settlement::{Application, ApplicationKind, PaymentReceived};
//! use relatum_domain::testing::given;
//! use relatum_domain::{
//!     AccountId, Actor, Derived, DocumentId, Event, EventBody, Money, PaymentId, Source,
//! };
//!
//! let account = AccountId::derived("erp", "C-1");
//! let invoice = DocumentId::derived("erp", "R-1");
//! let euro = |text: &str| Money::parse(text, "EUR".parse().unwrap()).unwrap();
//! let on = |day: &str, id: &str, body: EventBody| {
//!     Event::new(day.parse().unwrap(), Actor::system("erp"), Source::new("erp", id), body)
//! };
//! let issued = on(
//!     "2026-01-01",
//!     "R-1",
//!     InvoiceIssued(ReceivableDocument::new(invoice, "R-1", euro("100.00"))).into(),
//! );
//! let paid = |id: &str, amount: &str| {
//!     let settles = Application {
//!         document: invoice,
//!         installment: None,
//!         account: None,
//!         amount: euro(amount),
//!         paid: None,
//!         rate: None,
//!         kind: ApplicationKind::Payment,
//!         day: None,
//!     };
//!     let payment = PaymentReceived {
//!         payment: PaymentId::derived("bank", id),
//!         company: None,
//!         method: None,
//!         value_day: None,
//!         amount: euro(amount),
//!         reference: None,
//!         note: None,
//!         ledger_account: None,
//!         base_rate: None,
//!         advance: false,
//!         applications: vec![settles],
//!     };
//!     on("2026-02-01", id, payment.into())
//! };
//!
//! // What follows can be given to the next step, which refuses with the numbers.
//! given(account, [issued])
//!     .when(paid("P-1", "60.00"))
//!     .then([paid("P-1", "60.00")])
//!     .when(paid("P-2", "40.01"))
//!     .then_refused("above_open")
//!     .then_refused_with(&format!(
//!         "document {invoice} has 40.00 EUR open, 40.01 EUR was applied"
//!     ));
//! ```

use std::collections::BTreeMap;

use relatum_stream::{EventRef, StreamId};

use crate::decide::{Proposal, Proposed, Refused, State};
use crate::event::Event;
use crate::history::Recorded;

/// Begins a table: these events happened on `stream`, whatever a decision would say of them.
pub fn given(stream: impl Into<StreamId>, events: impl IntoIterator<Item = Event>) -> Given {
    let stream = stream.into();
    let nothing = Given { stream, states: BTreeMap::new(), recorded: 0 };
    nothing.and(stream, events)
}

/// What happened so far.
#[derive(Debug, Clone)]
pub struct Given {
    stream: StreamId,
    states: BTreeMap<StreamId, State>,
    recorded: i64,
}

impl Given {
    /// More events, on this or another stream.
    #[must_use]
    pub fn and(
        mut self,
        stream: impl Into<StreamId>,
        events: impl IntoIterator<Item = Event>,
    ) -> Self {
        let stream = stream.into();
        self.states.entry(stream).or_default();
        for event in events {
            self.take(stream, &event);
        }
        self
    }

    fn take(&mut self, stream: StreamId, event: &Event) {
        self.recorded = self.recorded.saturating_add(1);
        let state = self.states.entry(stream).or_default();
        let at = EventRef::new(stream, state.version().plus(1));
        state.evolve(at, Recorded(self.recorded), event);
    }

    /// The state of the stream with which the table began.
    #[must_use]
    pub fn state(&self) -> &State {
        self.state_of(self.stream)
    }

    /// The state of any stream of the table.
    ///
    /// # Panics
    /// If nothing was given or recorded on it.
    #[must_use]
    #[track_caller]
    pub fn state_of(&self, stream: impl Into<StreamId>) -> &State {
        let stream = stream.into();
        let Some(state) = self.states.get(&stream) else {
            panic!("nothing happened on {stream}");
        };
        state
    }

    /// Somebody wants this recorded: an event on the stream with which the table began, or a
    /// whole proposal.
    #[must_use]
    pub fn when(self, what: impl Into<When>) -> Decided {
        let proposal = match what.into() {
            When::Event(event) => Proposal::new(self.stream, *event),
            When::Proposal(proposal) => *proposal,
        };
        let result = proposal.decide(&self.states);
        Decided { given: self, result }
    }
}

/// What somebody wants recorded.
#[derive(Debug, Clone)]
pub enum When {
    /// On the stream with which the table began, as it is written.
    Event(Box<Event>),
    /// On a stream of its own, or by a rule.
    Proposal(Box<Proposal>),
}

impl From<Event> for When {
    fn from(event: Event) -> Self {
        Self::Event(Box::new(event))
    }
}

impl From<Proposal> for When {
    fn from(proposal: Proposal) -> Self {
        Self::Proposal(Box::new(proposal))
    }
}

/// An event that should follow, on the stream with which the table began or on one that is named.
#[derive(Debug, Clone)]
pub struct Follows {
    stream: Option<StreamId>,
    event: Event,
}

impl From<Event> for Follows {
    fn from(event: Event) -> Self {
        Self { stream: None, event }
    }
}

impl<S: Into<StreamId>> From<(S, Event)> for Follows {
    fn from((stream, event): (S, Event)) -> Self {
        Self { stream: Some(stream.into()), event }
    }
}

/// What was decided.
#[derive(Debug, Clone)]
pub struct Decided {
    given: Given,
    result: Result<Proposed, Refused>,
}

impl Decided {
    /// Exactly these events follow; they are given to the next step.
    ///
    /// # Panics
    /// If it was refused, or other events follow.
    #[track_caller]
    pub fn then(self, events: impl IntoIterator<Item = impl Into<Follows>>) -> Given {
        let own = self.given.stream;
        let placed = |it: Follows| (it.stream.unwrap_or(own), it.event);
        let expected: Proposed = events.into_iter().map(Into::into).map(placed).collect();
        let (given, proposed) = self.accepted();
        assert_eq!(proposed, expected, "other events follow");
        record(given, &proposed)
    }

    /// It is accepted, whatever follows; that is given to the next step.
    ///
    /// # Panics
    /// If it was refused.
    #[track_caller]
    pub fn then_accepted(self) -> Given {
        let (given, proposed) = self.accepted();
        record(given, &proposed)
    }

    #[track_caller]
    fn accepted(self) -> (Given, Proposed) {
        match self.result {
            Ok(proposed) => (self.given, proposed),
            Err(refused) => panic!("refused as `{}`: {refused}", refused.code()),
        }
    }

    /// It is refused under this code.
    ///
    /// # Panics
    /// If it was accepted, or refused under another code.
    #[track_caller]
    pub fn then_refused(&self, code: &str) -> &Self {
        let refused = self.refused();
        assert_eq!(refused.code(), code, "refused with: {refused}");
        self
    }

    /// It is refused in these words.
    ///
    /// # Panics
    /// If it was accepted, or refused in other words.
    #[track_caller]
    pub fn then_refused_with(&self, message: &str) -> &Self {
        assert_eq!(self.refused().to_string(), message);
        self
    }

    #[track_caller]
    fn refused(&self) -> &Refused {
        match &self.result {
            Ok(proposed) => panic!("accepted: {proposed:#?}"),
            Err(refused) => refused,
        }
    }
}

fn record(mut given: Given, proposed: &Proposed) -> Given {
    for (stream, event) in proposed {
        given.take(*stream, event);
    }
    given
}
