//! The gist of an event: what folds read of it, and nothing else.
//!
//! Owns [`Gist`] and [`Matter`], small views of an [`Event`](crate::Event) that borrow its texts,
//! the one way to take them from an event, and what [topic](Topic) each is of. A fold over the log
//! and a fold over a cache of gists are the same fold. Knows no state and no cache.
//!
//! *Invariant: no gist holds a personal or secret field, a line of text that is not shown in a
//! list, or who told the event.*

mod items;
mod matter;
mod mentions;
mod reading;
mod topic;

pub use matter::{
    Applied, Charge, Goods, Matter, OfferEnd, Paper, PaperKind, Programme, Rule, Seen, Takes,
    Undertaken, WorkCalendar,
};
pub use topic::{Topic, Topics};

use crate::event::TypeName;
use crate::history::Stamp;
use crate::money::{Amount, Money, Value};

/// What folds read of one event.
///
/// Shape: of an event of some stream; which one is said beside it. Versions that it names are of
/// the same stream.
///
/// # Example
/// ```
/// use relatum_domain::event::document::{InvoiceIssued, ReceivableDocument};
/// use relatum_domain::{AccountId, Actor, Derived, DocumentId, Event, Gist, Money, Recorded};
/// use relatum_domain::Source;
/// use relatum_stream::{EventRef, Version};
///
/// let gross = Money::parse("100.00", "EUR".parse()?)?;
/// let invoice = ReceivableDocument::new(DocumentId::derived("erp", "1"), "R-1", gross);
/// let day = chrono::NaiveDate::default();
/// let body = InvoiceIssued(invoice);
/// let event = Event::new(day, Actor::system("erp"), Source::new("erp", "1"), body);
/// let at = EventRef::new(AccountId::derived("erp", "C-1").into(), Version(1));
/// let gist = Gist::of(at, Recorded::default(), &event);
/// assert_eq!((gist.label, gist.money()), (Some("R-1"), Some(gross)));
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Gist<'a> {
    /// Its place in the stream, its day, and when the log learned of it.
    pub stamp: Stamp,
    /// The version that it replaces.
    pub amends: Option<u64>,
    /// The version, in the tenant's stream, of what caused it: for what a batch told, the one that
    /// began the batch.
    pub batch: Option<u64>,
    /// What kind of event it is.
    pub kind: TypeName,
    /// A number, name or subject, as a list shows it.
    pub label: Option<&'a str>,
    /// An amount, as a list shows it.
    pub amount: Option<Amount>,
    /// The rest.
    pub matter: Matter<'a>,
}

impl<'a> Gist<'a> {
    /// Bump when [`Gist::of`] changes meaning or a gist its shape: kept gists are void then.
    pub const REVISION: u32 = 7;

    /// That something happened, and when, and nothing else.
    #[must_use]
    pub fn presence(&self) -> Self {
        let (amends, label, amount) = (None, None, None);
        Gist { amends, label, amount, matter: Matter::Present, ..self.clone() }
    }

    /// The version that it takes back, where it does nothing else: voided, or told by a batch that
    /// is taken back.
    #[must_use]
    pub const fn takes_back(&self) -> Option<u64> {
        match self.matter {
            Matter::Voided(target) | Matter::Untold(target) => target,
            _ => None,
        }
    }

    /// Whether it says something of an earlier event.
    #[must_use]
    pub const fn corrects(&self) -> bool {
        self.amends.is_some() || matches!(self.matter, Matter::Voided(_) | Matter::Untold(_))
    }

    /// The amount, if it is one of a document.
    #[must_use]
    pub const fn money(&self) -> Option<Money> {
        match self.amount {
            Some(Amount::Money(money)) => Some(money),
            _ => None,
        }
    }

    /// The amount, if it is one of a sale.
    #[must_use]
    pub const fn value(&self) -> Option<Value> {
        match self.amount {
            Some(Amount::Value(value)) => Some(value),
            _ => None,
        }
    }
}
