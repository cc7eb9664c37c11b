//! The family of signals: a file each, registered in [`FAMILY`].
//!
//! Each measures one thing of one account and says it in a sentence; thresholds are the tenant's.
//! What a book says of an account, the risk of no purchase, stands in front of them.

mod assortment;
mod cadence;
mod complaints;
mod contact;
mod contract;
mod days_late;
mod key_contact;
mod missed_visits;
pub(super) mod no_purchase;
mod offers;
mod order_value;
mod promises;
mod returns;
mod usage;
mod volume;

use super::signal::Sign;

/// Every signal that one account's own book tells.
pub(super) const FAMILY: [Sign; 14] = [
    cadence::SIGN,
    order_value::SIGN,
    volume::SIGN,
    assortment::SIGN,
    returns::SIGN,
    days_late::SIGN,
    promises::SIGN,
    offers::SIGN,
    complaints::SIGN,
    contract::SIGN,
    contact::SIGN,
    missed_visits::SIGN,
    key_contact::SIGN,
    usage::SIGN,
];
