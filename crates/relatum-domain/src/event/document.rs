//! Receivable documents. Receivables count gross, quotas net.

use chrono::NaiveDate;

use super::line::InvoiceLine;
use super::settlement::Application;
use crate::ids::{AccountId, CompanyId, DocumentId, ManagerId};
use crate::money::{Money, Rate};
use crate::shapes::shapes;

shapes! {
    /// A document that the account owes, or is owed, money by.
    ///
    /// The event's effective day is the posting day, from which the document counts.
    pub struct ReceivableDocument {
        /// Which.
        pub document: DocumentId,
        /// Its number, as text.
        pub number: String,
        /// Which of our companies issued it.
        pub company: Option<CompanyId>,
        /// Who else takes part, where not the account itself.
        #[serde(default, skip_serializing_if = "Parties::is_empty")]
        pub parties: Parties,
        /// Which receivable account of the ledger it stands on.
        pub ledger_account: Option<String>,
        /// The day printed on it; none: the posting day.
        pub document_day: Option<NaiveDate>,
        /// The day of the service or delivery.
        pub service_day: Option<NaiveDate>,
        /// The day from which terms run.
        pub baseline_day: Option<NaiveDate>,
        /// The day by which it is to be paid; none: at once.
        pub due: Option<NaiveDate>,
        /// In parts, each with a due day of its own; they sum to gross.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub installments: Vec<Installment>,
        /// What early payment saves.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub discount_terms: Vec<DiscountTerm>,
        /// Before tax and freight; none: not stated.
        pub net: Option<Money>,
        /// Tax, by rate.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub tax: Vec<TaxLine>,
        /// Freight.
        pub freight: Option<Money>,
        /// What is to be paid: positive on every kind of document. Only an opening item may be
        /// negative: a credit carried over.
        pub gross: Money,
        /// Units of the base currency for one of the document's.
        pub base_rate: Option<Rate>,
        /// What it charges for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub lines: Vec<InvoiceLine>,
        /// Whose sale it is; none: whoever the account is assigned to.
        pub manager: Option<ManagerId>,
    }

    /// Who takes part in a document besides the account itself.
    #[derive(Default)]
    pub struct Parties {
        /// Buys.
        pub sold_to: Option<AccountId>,
        /// Receives the invoice.
        pub bill_to: Option<AccountId>,
        /// Receives the goods.
        pub ship_to: Option<AccountId>,
        /// Pays.
        pub payer: Option<AccountId>,
    }

    /// A part of a document with a due day of its own.
    pub struct Installment {
        /// By when.
        pub due: NaiveDate,
        /// How much.
        pub amount: Money,
        /// Normal, or kept back as security.
        #[serde(default)]
        pub kind: InstallmentKind,
        /// The receivable account of the ledger, where not the document's.
        pub ledger_account: Option<String>,
    }

    /// What an installment is.
    #[derive(Copy, PartialOrd, Ord, Default)]
    pub enum InstallmentKind {
        /// Part of the price.
        #[default]
        Normal,
        /// Kept back as security until the work has proved itself.
        Retention,
    }

    /// What early payment saves.
    pub struct DiscountTerm {
        /// Last day on which it holds.
        pub until: NaiveDate,
        /// 0.02 for two per cent.
        pub rate: Rate,
    }

    /// Tax at one rate.
    pub struct TaxLine {
        /// The tax authority's or our own code.
        pub code: Option<String>,
        /// 0.2 for twenty per cent.
        pub rate: Option<Rate>,
        /// On what.
        pub base: Option<Money>,
        /// How much.
        pub amount: Money,
    }

    /// An invoice was issued.
    #[serde(transparent)]
    pub struct InvoiceIssued(pub ReceivableDocument);

    /// A debit note was issued.
    #[serde(transparent)]
    pub struct DebitNoteIssued(pub ReceivableDocument);

    /// An invoice over interest and fees was issued.
    #[serde(transparent)]
    pub struct InterestInvoiceIssued(pub ReceivableDocument);

    /// An item open before the book begins was carried over; negative: a credit.
    #[serde(transparent)]
    pub struct OpeningItemStated(pub ReceivableDocument);

    /// A credit note was issued.
    pub struct CreditNoteIssued {
        /// The document; its gross is positive and lowers what is owed.
        pub document: ReceivableDocument,
        /// The invoice that it corrects.
        pub against: Option<DocumentId>,
        /// What it settles; empty: it stands alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub applications: Vec<Application>,
        /// Why.
        pub reason: Option<String>,
    }

    /// An invoice was prepared; it is not owed yet.
    #[serde(transparent)]
    pub struct DraftSaved(pub ReceivableDocument);

    /// A proforma was issued; it is never owed.
    #[serde(transparent)]
    pub struct ProformaIssued(pub ReceivableDocument);

    /// A draft became an invoice of another id, or nothing.
    pub struct DraftDiscarded {
        /// Which draft.
        pub document: DocumentId,
        /// The invoice that it became.
        pub invoice: Option<DocumentId>,
    }
}

impl Parties {
    /// Whether nobody but the account takes part.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ReceivableDocument {
    /// A document over `gross`, due at once, with nothing else said.
    pub fn new(document: DocumentId, number: impl Into<String>, gross: Money) -> Self {
        Self {
            document,
            number: number.into(),
            company: None,
            parties: Parties::default(),
            ledger_account: None,
            document_day: None,
            service_day: None,
            baseline_day: None,
            due: None,
            installments: Vec::new(),
            discount_terms: Vec::new(),
            net: None,
            tax: Vec::new(),
            freight: None,
            gross,
            base_rate: None,
            lines: Vec::new(),
            manager: None,
        }
    }

    /// The same document, due on `day`.
    #[must_use]
    pub fn due(self, day: NaiveDate) -> Self {
        Self { due: Some(day), ..self }
    }
}
