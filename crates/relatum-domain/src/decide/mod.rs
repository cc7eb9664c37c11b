//! Decisions: whether a fact may be recorded, and what a command comes to.
//!
//! Owns [`State`] (what decisions on a stream need to know), [`Proposal`] (what somebody wants
//! recorded) and the [`Refused`] families. Decisions are taken on everything known, of whatever
//! day: what is promised for tomorrow is taken today.
//!
//! Two doors use them. `record` refuses what [`State::check`] refuses; facts that are appended as
//! they are are *flagged* with the same refusal when they are folded, never stored with it. What
//! nobody refuses and looks [odd](Odd) is flagged too.
//!
//! *Invariant: a refusal carries the numbers that refused it, and variants stand in the order in
//! which they are checked.*

mod activity;
mod audit;
mod credit;
mod discount;
mod document;
mod ground;
mod group;
mod merge;
mod odd;
mod policy;
mod proposal;
mod quota;
mod refused;
mod relationship;
mod sale;
mod settlement;
mod state;

pub use odd::Odd;
pub use proposal::{Allocate, Proposal, Proposed};
pub use refused::{
    ActivityRefused, AuditRefused, ContractRefused, CorrectionRefused, CreditRefused,
    DiscountRefused, DocumentRefused, OfferRefused, PolicyRefused, QuotaRefused, Refused,
    RelationshipRefused, SaleRefused, SettlementRefused,
};
pub use state::State;

#[cfg(test)]
mod tests;
