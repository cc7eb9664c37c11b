//! What the business is: money, days, events, and the decisions that may refuse them.
//!
//! Owns the vocabulary of [events](event), the semantics of [receivables] and the
//! [decisions](decide). Knows no clock, randomness, file, network or log: time and ids come in as
//! arguments.
//!
//! *Invariant: everything here is a pure function of its arguments.*
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]
#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::inconsistent_digit_grouping,
        reason = "tests recompute plainly, and write 100 euro as 100_00 cents"
    )
)]

pub mod activities;
mod corrections;
pub mod decide;
pub mod event;
pub mod gist;
mod guarded;
mod history;
mod identities;
mod ids;
mod money;
mod policies;
pub mod receivables;
mod relations;
pub mod selling;
mod shapes;
pub mod signals;
pub mod testing;
#[cfg(test)]
mod words;

pub use corrections::Corrections;
pub use event::{
    Actor, Event, EventBody, EventType, Family, PayloadError, Source, TypeName, VOCABULARY,
};
pub use gist::{Gist, Matter, PaperKind};
pub use guarded::{Personal, SealedBox, Secret};
pub use history::{Day, Recorded, Stamp, View, Voids};
pub use identities::{Identities, Merge, Merges};
pub use ids::{
    ACCOUNT, AccountId, ActionId, ActivityId, BatchId, CompanyId, ComplaintId, ContactId,
    ContractId, DeliveryId, Derived, DisputeId, DocumentId, ID_KINDS, MANAGER, ManagerId,
    NettingId, OfferId, OpportunityId, OrderId, PaymentId, PromiseId, RefundId, ReturnId,
    SubjectId, TEAM, TENANT, TeamId, TenantId, derive,
};
pub use money::{Amount, AmountError, Currency, Money, Quantity, Rate, Value, proportion, split};
pub use policies::{InForce, Policies};
pub use relations::Relations;
