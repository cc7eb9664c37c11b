//! The words in which this crate's own tests speak.

use chrono::NaiveDate;
use relatum_stream::{EventRef, StreamId, Version};

use crate::event::account::{AccountOpened, Stage};
use crate::event::correction::EventVoided;
use crate::event::document::{
    CreditNoteIssued, Installment, InstallmentKind, InvoiceIssued, ReceivableDocument,
};
use crate::event::line::Line;
use crate::event::settlement::{
    AllocationUndone, Application, ApplicationKind, CreditAllocated, CreditSource, PaymentReceived,
    Reversed, Reversible, WrittenOff,
};
use crate::event::{Actor, Event, EventBody, Source};
use crate::ids::{AccountId, Derived};
use crate::money::{Money, Quantity, Value};

/// Any id, by a name of the test's own.
pub(crate) fn id<T: Derived>(name: &str) -> T {
    T::derived("test", name)
}

pub(crate) fn acme() -> StreamId {
    id::<AccountId>("acme").into()
}

/// A daughter of acme.
pub(crate) fn child() -> StreamId {
    id::<AccountId>("child").into()
}

/// The event of acme at `version`.
pub(crate) fn at(version: u64) -> EventRef {
    EventRef::new(acme(), Version(version))
}

/// A day of 2026, such as `02-28`, or of any year, such as `2025-12-31`.
pub(crate) fn day(text: &str) -> NaiveDate {
    let full = if text.len() == 5 { format!("2026-{text}") } else { text.to_owned() };
    full.parse().unwrap()
}

pub(crate) fn on(text: &str, body: impl Into<EventBody>) -> Event {
    let source = Source::new("test", "1");
    Event::new(day(text), Actor::system("test"), source, body)
}

/// The same event, in the place of an earlier one of acme.
pub(crate) fn amending(version: u64, event: Event) -> Event {
    let amends = Some(at(version));
    Event { amends, ..event }
}

pub(crate) fn money(minor: i64, currency: &str) -> Money {
    Money::new(minor, currency.parse().unwrap())
}

pub(crate) fn eur(minor: i64) -> Money {
    money(minor, "EUR")
}

pub(crate) fn usd(minor: i64) -> Money {
    money(minor, "USD")
}

pub(crate) fn value(text: &str) -> Value {
    Value::parse(text, "EUR".parse().unwrap()).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    text.parse().unwrap()
}

pub(crate) fn opened() -> AccountOpened {
    AccountOpened {
        name: "Acme".into(),
        stage: Stage::Client,
        country: None,
        sector: None,
        class: None,
        segment: None,
        external_ids: Vec::new(),
        unassigned: false,
    }
}

pub(crate) fn line(product: &str, quantity: &str, net: &str) -> Line {
    Line {
        product: product.into(),
        description: None,
        group: None,
        quantity: quantity.parse().unwrap(),
        price_list: None,
        list_price: None,
        discount: None,
        net: value(net),
        cost: None,
    }
}

pub(crate) fn document(name: &str, gross: Money) -> ReceivableDocument {
    ReceivableDocument::new(id(name), name, gross)
}

pub(crate) fn part(due: &str, amount: Money) -> Installment {
    Installment { due: day(due), amount, kind: InstallmentKind::Normal, ledger_account: None }
}

/// An invoice over `minor` cents.
pub(crate) fn invoice(name: &str, minor: i64) -> InvoiceIssued {
    InvoiceIssued(document(name, eur(minor)))
}

/// An invoice in installments.
pub(crate) fn schedule(name: &str, parts: &[(&str, i64)]) -> InvoiceIssued {
    let gross = parts.iter().map(|(_, minor)| minor).sum();
    let mut document = document(name, eur(gross));
    document.installments = parts.iter().map(|(due, minor)| part(due, eur(*minor))).collect();
    InvoiceIssued(document)
}

/// `minor` cents to a document.
pub(crate) fn to(document: &str, minor: i64) -> Application {
    Application {
        document: id(document),
        installment: None,
        account: None,
        amount: eur(minor),
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    }
}

impl Application {
    pub(crate) fn part(self, installment: u32) -> Self {
        let installment = Some(installment);
        Self { installment, ..self }
    }

    pub(crate) fn of_kind(self, kind: ApplicationKind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn of_child(self) -> Self {
        let account = Some(id("child"));
        Self { account, ..self }
    }

    pub(crate) fn dated(self, text: &str) -> Self {
        let day = Some(day(text));
        Self { day, ..self }
    }

    pub(crate) fn using(self, paid: Money) -> Self {
        let paid = Some(paid);
        Self { paid, ..self }
    }
}

pub(crate) fn payment<const N: usize>(
    name: &str,
    amount: Money,
    applications: [Application; N],
) -> PaymentReceived {
    PaymentReceived { applications: applications.into(), ..PaymentReceived::new(id(name), amount) }
}

/// A payment of `minor` cents.
pub(crate) fn paid<const N: usize>(
    name: &str,
    minor: i64,
    applications: [Application; N],
) -> PaymentReceived {
    payment(name, eur(minor), applications)
}

pub(crate) fn credit<const N: usize>(
    name: &str,
    minor: i64,
    applications: [Application; N],
) -> CreditNoteIssued {
    CreditNoteIssued {
        document: document(name, eur(minor)),
        against: None,
        applications: applications.into(),
        reason: None,
    }
}

pub(crate) fn from_payment(name: &str) -> CreditSource {
    CreditSource::Payment(id(name))
}

pub(crate) fn from_document(name: &str) -> CreditSource {
    CreditSource::Document(id(name))
}

pub(crate) fn allocated<const N: usize>(
    from: CreditSource,
    applications: [Application; N],
) -> CreditAllocated {
    CreditAllocated { from, applications: applications.into(), reason: None }
}

pub(crate) fn undone<const N: usize>(
    from: CreditSource,
    applications: [Application; N],
) -> AllocationUndone {
    AllocationUndone { from, applications: applications.into(), reason: "wrong item".into() }
}

pub(crate) fn bounced(payment: &str) -> Reversed {
    reversed(Reversible::Payment(id(payment)))
}

pub(crate) fn reversed(what: Reversible) -> Reversed {
    Reversed { what, reason: "returned".into() }
}

pub(crate) fn written_off<const N: usize>(applications: [Application; N]) -> WrittenOff {
    WrittenOff {
        applications: applications.into(),
        reason: "insolvent".into(),
        approver: id("boss"),
    }
}

pub(crate) fn voided(version: u64) -> EventVoided {
    EventVoided { event: at(version), reason: "mistake".into() }
}
