//! Offers made to a specific client, in versions.

use chrono::NaiveDate;

use super::line::Line;
use crate::guarded::Secret;
use crate::ids::{ManagerId, OfferId, OpportunityId};
use crate::money::Value;
use crate::shapes::shapes;

shapes! {
    /// An offer was made; this is its version 1.
    pub struct OfferMade {
        /// Which.
        pub offer: OfferId,
        /// Its number.
        pub number: String,
        /// The chance that it serves.
        pub opportunity: Option<OpportunityId>,
        /// Who made it.
        pub manager: Option<ManagerId>,
        /// What is offered.
        pub lines: Vec<Line>,
        /// For how much, before tax.
        pub net: Value,
        /// Last day on which it can be accepted.
        pub valid_until: NaiveDate,
        /// Terms in words.
        pub terms: Option<Secret<String>>,
    }

    /// A new version replaces the last one.
    pub struct OfferRevised {
        /// Which.
        pub offer: OfferId,
        /// 2 for the first revision.
        pub version: u32,
        /// What is offered now.
        pub lines: Vec<Line>,
        /// For how much, before tax.
        pub net: Value,
        /// Last day on which it can be accepted.
        pub valid_until: NaiveDate,
        /// Terms in words.
        pub terms: Option<Secret<String>>,
    }

    /// The client accepted.
    pub struct OfferAccepted {
        /// Which.
        pub offer: OfferId,
        /// Which version; none: the last one.
        pub version: Option<u32>,
    }

    /// The client declined.
    pub struct OfferDeclined {
        /// Which.
        pub offer: OfferId,
        /// Why.
        pub reason: Option<String>,
        /// In whose favour.
        pub competitor: Option<String>,
    }

    /// We took it back.
    pub struct OfferWithdrawn {
        /// Which.
        pub offer: OfferId,
        /// Why.
        pub reason: Option<String>,
    }
}
