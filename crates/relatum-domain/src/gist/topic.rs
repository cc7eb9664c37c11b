//! What events are about, in few words, so that a fold reads only what concerns it.
//!
//! Owns [`Topic`] and [`Topics`]. Knows no fold.

use bitcode::{Decode, Encode};

use super::{Gist, Matter};

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[repr(u8)]
pub enum Topic {
    /// Who is who, what was asked of them, the tenant's rules; and whatever corrects an earlier
    /// event. Every fold reads it.
    Standing = 1,
    /// Calls, visits, what clients complained of and used, and how they were rated.
    Contact = 2,
    /// Chances to sell, offers, contracts, competitors.
    Deals = 4,
    /// Orders, deliveries, returns.
    Goods = 8,
    /// Invoices, credit notes, drafts, and what takes documents back.
    Papers = 16,
    /// Payments, what they settle, disputes, reminders, promises, limits.
    Settlement = 32,
    /// What only a history shows.
    Rest = 64,
}

impl Topic {
    /// Every one, ascending.
    pub const ALL: [Self; 7] = [
        Self::Standing,
        Self::Contact,
        Self::Deals,
        Self::Goods,
        Self::Papers,
        Self::Settlement,
        Self::Rest,
    ];
}

/// Some topics; [`Standing`](Topic::Standing) always.
///
/// # Example
/// ```
/// use relatum_domain::gist::{Topic, Topics};
/// let sales = Topics::of(&[Topic::Goods, Topic::Papers]);
/// assert!(sales.has(Topic::Standing) && sales.has(Topic::Goods) && !sales.has(Topic::Deals));
/// assert_eq!(sales.and(Topics::ALL), Topics::ALL);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topics(u8);

impl Topics {
    /// Every topic.
    pub const ALL: Self = Self::of(&Topic::ALL);

    /// These.
    #[must_use]
    pub const fn of(mut topics: &[Topic]) -> Self {
        let mut all = Topic::Standing as u8;
        while let [first, others @ ..] = topics {
            all |= *first as u8;
            topics = others;
        }
        Self(all)
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether the topic is one of them.
    #[must_use]
    pub const fn has(self, topic: Topic) -> bool {
        self.0 & topic as u8 != 0
    }
}

impl Gist<'_> {
    /// What the event is about.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        if self.amends.is_some() {
            return Topic::Standing;
        }
        match &self.matter {
            Matter::Plain => Topic::Rest,
            Matter::Planned { .. }
            | Matter::Moved { .. }
            | Matter::Cancelled { .. }
            | Matter::Held { .. }
            | Matter::ActionDone(_)
            | Matter::Complaint(_)
            | Matter::ComplaintResolved(_)
            | Matter::Used { .. }
            | Matter::Rated { .. } => Topic::Contact,
            Matter::Chance { .. }
            | Matter::ChanceEnded { .. }
            | Matter::Offered { .. }
            | Matter::OfferEnded { .. }
            | Matter::Signed { .. }
            | Matter::ContractEnds { .. }
            | Matter::ContractWorth(_)
            | Matter::Competitor { .. } => Topic::Deals,
            Matter::Ordered { .. }
            | Matter::Delivered { .. }
            | Matter::OrderCancelled(_)
            | Matter::Refused { .. }
            | Matter::Returned { .. }
            | Matter::Adjusted { .. }
            | Matter::ProgrammeCost => Topic::Goods,
            Matter::Document(_)
            | Matter::Credit(..)
            | Matter::Draft(_)
            | Matter::DraftDiscarded(_)
            | Matter::Reversed(_) => Topic::Papers,
            Matter::Payment { .. }
            | Matter::PaidByOther { .. }
            | Matter::Refund { .. }
            | Matter::Netted(_)
            | Matter::WrittenOff(_)
            | Matter::Recovered(_)
            | Matter::Allocated { .. }
            | Matter::Undone { .. }
            | Matter::Disputed { .. }
            | Matter::DisputeResolved(_)
            | Matter::Reminded { .. }
            | Matter::Revalued { .. }
            | Matter::LedgerBalance { .. }
            | Matter::CreditLimit { .. }
            | Matter::CreditHeld
            | Matter::CreditReleased
            | Matter::Approved { .. }
            | Matter::CreditChecked { .. }
            | Matter::Promised { .. } => Topic::Settlement,
            // Read by every fold: what nobody has put under a topic is not missed.
            _ => Topic::Standing,
        }
    }
}
