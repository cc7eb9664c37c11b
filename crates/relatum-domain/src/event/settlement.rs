//! Money moved, and everything else that settles documents or stands in the way of it.

use chrono::NaiveDate;

use crate::guarded::Personal;
use crate::ids::{
    AccountId, CompanyId, ContactId, DisputeId, DocumentId, ManagerId, NettingId, PaymentId,
    PromiseId, RefundId,
};
use crate::money::{Money, Rate};
use crate::shapes::shapes;
use relatum_stream::{EventRef, StreamId};

shapes! {
    /// What an application is.
    #[derive(Copy, PartialOrd, Ord, Default, bitcode::Encode, bitcode::Decode)]
    pub enum ApplicationKind {
        /// Money received.
        #[default]
        Payment,
        /// A credit note.
        Credit,
        /// Cash discount taken.
        CashDiscount,
        /// Tax withheld by the client.
        Withholding,
        /// Set off against what we owe.
        Netting,
        /// Given up.
        WriteOff,
    }

    /// Settles part of a document.
    pub struct Application {
        /// Which document.
        pub document: DocumentId,
        /// Which installment, from 0; none: the oldest first.
        pub installment: Option<u32>,
        /// Whose document it is, where not this account's.
        pub account: Option<AccountId>,
        /// How much of it, in the document's currency; negative consumes a negative item.
        pub amount: Money,
        /// How much of the payment, where its currency is another.
        pub paid: Option<Money>,
        /// Units of the payment's currency for one of the document's.
        pub rate: Option<Rate>,
        /// What it is.
        #[serde(default)]
        pub kind: ApplicationKind,
        /// Its own day; none: the later of both documents' days.
        pub day: Option<NaiveDate>,
    }

    /// How money came.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum PaymentMethod {
        /// Bank transfer.
        Transfer,
        /// Direct debit.
        DirectDebit,
        /// Cheque.
        Cheque,
        /// Card.
        Card,
        /// Cash.
        Cash,
        /// Bill of exchange.
        Bill,
        /// Anything else.
        Other,
    }

    /// Money arrived. What its applications leave over stays on account.
    pub struct PaymentReceived {
        /// Which.
        pub payment: PaymentId,
        /// Which of our companies was paid.
        pub company: Option<CompanyId>,
        /// How.
        pub method: Option<PaymentMethod>,
        /// The day on which the money is ours; none: the effective day.
        pub value_day: Option<NaiveDate>,
        /// How much.
        pub amount: Money,
        /// The bank's or the client's reference.
        pub reference: Option<String>,
        /// Free text of the transfer.
        pub note: Option<Personal>,
        /// Which receivable account of the ledger it stands on.
        pub ledger_account: Option<String>,
        /// Units of the base currency for one of the payment's.
        pub base_rate: Option<Rate>,
        /// Whether it was paid ahead of the documents that it settles.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub advance: bool,
        /// What it settles.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub applications: Vec<Application>,
    }

    /// Another account's payment settled items of this one. Written in one commit with it.
    pub struct PaidByOther {
        /// Who paid.
        pub payer: AccountId,
        /// With which payment.
        pub payment: PaymentId,
        /// What it settles here.
        pub applications: Vec<Application>,
    }

    /// Something that can settle documents.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum CreditSource {
        /// A payment.
        Payment(PaymentId),
        /// A credit note or a negative opening item.
        Document(DocumentId),
    }

    /// Money was paid back.
    pub struct RefundPaid {
        /// Which.
        pub refund: RefundId,
        /// Out of which credit.
        pub of: Option<CreditSource>,
        /// How much.
        pub amount: Money,
        /// Why.
        pub reason: Option<String>,
    }

    /// Receivables were set off against what we owe the account.
    pub struct NettedWithPayables {
        /// Which.
        pub netting: NettingId,
        /// What was settled.
        pub applications: Vec<Application>,
        /// The document on the payables side.
        pub reference: Option<String>,
    }

    /// A credit that stood open was used.
    pub struct CreditAllocated {
        /// Which credit.
        pub from: CreditSource,
        /// What it settles.
        pub applications: Vec<Application>,
        /// Why.
        pub reason: Option<String>,
    }

    /// Applications were taken back from the effective day on.
    pub struct AllocationUndone {
        /// Of which credit.
        pub from: CreditSource,
        /// What, with the amounts that were applied.
        pub applications: Vec<Application>,
        /// Why.
        pub reason: String,
    }

    /// What can be reversed.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum Reversible {
        /// A payment that bounced.
        Payment(PaymentId),
        /// A document issued in error.
        Document(DocumentId),
        /// An earlier reversal, a write-off, a refund or a netting, by its event.
        Event(EventRef),
    }

    /// Something was reversed from the effective day on.
    pub struct Reversed {
        /// What.
        pub what: Reversible,
        /// Why.
        pub reason: String,
    }

    /// Open money was given up.
    pub struct WrittenOff {
        /// What.
        pub applications: Vec<Application>,
        /// Why.
        pub reason: String,
        /// Who allowed it.
        pub approver: ManagerId,
    }

    /// Money given up came after all; the item is open again by as much, for a payment to settle.
    pub struct WriteOffRecovered {
        /// What.
        pub applications: Vec<Application>,
        /// Why.
        pub reason: Option<String>,
    }

    /// The client disputes a document.
    pub struct DisputeOpened {
        /// Which dispute.
        pub dispute: DisputeId,
        /// Which document.
        pub document: DocumentId,
        /// Which installment, from 0; none: any.
        pub installment: Option<u32>,
        /// How much of it; none: all that is open.
        pub amount: Option<Money>,
        /// Why.
        pub reason: Option<String>,
        /// Who sees to it.
        pub owner: Option<ManagerId>,
    }

    /// A dispute ended.
    pub struct DisputeResolved {
        /// Which.
        pub dispute: DisputeId,
        /// In whose favour, and what followed.
        pub resolution: Option<String>,
    }

    /// The client promised to pay. Kept or broken is derived.
    pub struct PromiseMade {
        /// Which.
        pub promise: PromiseId,
        /// How much.
        pub amount: Money,
        /// By when.
        pub by: NaiveDate,
        /// On which documents; empty: on any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub documents: Vec<DocumentId>,
        /// Who promised.
        pub contact: Option<ContactId>,
    }

    /// A reminder went out.
    pub struct ReminderSent {
        /// Over which documents, each at its level.
        pub items: Vec<RemindedItem>,
        /// Charged with it.
        pub fee: Option<Money>,
        /// Interest charged with it.
        pub interest: Option<Money>,
    }

    /// A document in a reminder.
    pub struct RemindedItem {
        /// Which.
        pub document: DocumentId,
        /// Which installment, from 0.
        pub installment: Option<u32>,
        /// At which level, from 1.
        pub level: u8,
    }

    /// An open foreign item was valued anew for the base view.
    pub struct Revalued {
        /// Which document.
        pub document: DocumentId,
        /// Units of the base currency for one of the document's.
        pub base_rate: Rate,
    }

    /// The ledger states the account's balance at the end of the effective day.
    pub struct LedgerBalanceStated {
        /// In which company.
        pub company: Option<CompanyId>,
        /// On which receivable account.
        pub ledger_account: Option<String>,
        /// How much.
        pub balance: Money,
    }
}

impl Application {
    /// Whether the document belongs to another account than the one whose `stream` says so.
    pub(crate) fn is_for_other(&self, stream: StreamId) -> bool {
        self.account.is_some_and(|account| StreamId::from(account) != stream)
    }

    /// How much of the credit behind it the application uses.
    pub(crate) fn used(&self) -> Money {
        self.paid.unwrap_or(self.amount)
    }
}

impl ApplicationKind {
    /// Whether it is paid out of the credit that carries it. Discount, withholding and the like
    /// settle an item out of nobody's money.
    pub(crate) const fn uses_credit(self) -> bool {
        matches!(self, Self::Payment | Self::Credit)
    }
}

impl PaymentReceived {
    /// A payment on account, with nothing said but the necessary.
    #[must_use]
    pub const fn new(payment: PaymentId, amount: Money) -> Self {
        Self {
            payment,
            company: None,
            method: None,
            value_day: None,
            amount,
            reference: None,
            note: None,
            ledger_account: None,
            base_rate: None,
            advance: false,
            applications: Vec::new(),
        }
    }
}
