//! An open item as its account's story goes on: what is open, known from which day.
//!
//! *Invariant: what is applied never exceeds what is open.*

use chrono::NaiveDate;
use relatum_domain::event::line::InvoiceLine;
use relatum_domain::event::settlement::{Application, ApplicationKind};
use relatum_domain::{DeliveryId, DocumentId, ManagerId, OrderId};

use crate::market::Market;

/// A document that is to be paid.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) id: DocumentId,
    /// What the account calls it.
    pub(crate) local: String,
    pub(crate) order: Option<OrderId>,
    pub(crate) delivery: Option<DeliveryId>,
    /// Whose sale it is.
    pub(crate) manager: ManagerId,
    pub(crate) day: NaiveDate,
    pub(crate) due: NaiveDate,
    pub(crate) gross: i64,
    pub(crate) open: i64,
    pub(crate) installments: Vec<(NaiveDate, i64)>,
    pub(crate) lines: Vec<InvoiceLine>,
    /// Nothing may be paid before.
    pub(crate) earliest: NaiveDate,
    /// Part that the client will not pay for now.
    pub(crate) disputed: i64,
    /// From which day on so much less was known to be open.
    pub(crate) moves: Vec<(NaiveDate, i64)>,
}

impl Item {
    /// Takes so much of what is open.
    pub(crate) fn apply(
        &mut self,
        amount: i64,
        kind: ApplicationKind,
        market: &Market,
    ) -> Application {
        let amount = amount.min(self.open);
        self.open -= amount;
        Application {
            document: self.id,
            installment: None,
            account: None,
            amount: market.money(amount),
            paid: None,
            rate: None,
            kind,
            day: None,
        }
    }

    /// What was known to be open at the end of `day`.
    pub(crate) fn open_on(&self, day: NaiveDate) -> i64 {
        let moved: i64 =
            self.moves.iter().filter(|(known, _)| *known <= day).map(|(_, less)| less).sum();
        self.gross - moved
    }
}
