//! What an account owes: items, what settles them, and what is open on any day as known on any
//! other.
//!
//! Owns [`Book`], the receivables of one account, and [`Buckets`]. The aging of the whole tenant
//! and the refusals of single decisions both read it. Knows no other account: a payment made for
//! another account shows here as a use of this account's credit, and there as a settlement.
//!
//! *Invariant: what is open of all items = their originals less the effects seen.*

mod book;
mod buckets;
mod item;
mod receipts;
mod seen;

pub use book::Book;
pub use buckets::{Buckets, BucketsRefused};
pub use item::{Item, ItemKey, OpenItem};
pub use receipts::Receipt;

#[cfg(test)]
mod tests;
