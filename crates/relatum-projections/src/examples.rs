//! The words in which the examples of `docs/receivables.md` and `docs/selling.md` speak: short ways
//! to tell what happened to one client, and to read what is open.
//!
//! Owns no rule and is no part of the interface. Days are written `2026-01-31`, amounts `100.00`
//! for euro or `100.00 USD`.
#![expect(clippy::unwrap_used, reason = "an example that is mistyped fails by panicking")]

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::document::{
    CreditNoteIssued, DiscountTerm, Installment, InstallmentKind, InvoiceIssued, ReceivableDocument,
};
use relatum_domain::event::line::Line;
use relatum_domain::event::opportunity::OpportunityOpened;
use relatum_domain::event::order::{GoodsReturned, OrderPlaced};
use relatum_domain::event::organisation::{QuotaEnd, QuotaKind, QuotaSet, Target};
use relatum_domain::event::policy::{Policy, PolicySet};
use relatum_domain::event::settlement::{
    Application, ApplicationKind, CreditAllocated, CreditSource, PaymentReceived, Reversed,
    Reversible,
};
use relatum_domain::receivables::Book;
use relatum_domain::{
    AccountId, Actor, Derived, Event, EventBody, ManagerId, Money, PaymentId, Policies, Quantity,
    Recorded, Source, TenantId, View,
};
use relatum_log::{Envelope, EventType, Position};
use relatum_stream::{EventRef, StreamId, Version};

use crate::amounts::Sum;
use crate::models::Models;

/// Any id, by a name of the example's own.
pub fn id<T: Derived>(name: &str) -> T {
    T::derived("example", name)
}

/// The one client of the examples.
#[must_use]
pub fn client() -> AccountId {
    id("client")
}

/// The client's n-th event, from 1.
#[must_use]
pub fn nth(version: u64) -> EventRef {
    EventRef::new(client().into(), Version(version))
}

/// A day.
#[must_use]
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The end of a day, with everything known that was ever told.
#[must_use]
pub fn at(text: &str) -> View {
    View::as_of(day(text))
}

/// An amount.
#[must_use]
pub fn money(text: &str) -> Money {
    let (number, currency) = text.split_once(' ').unwrap_or((text, "EUR"));
    Money::parse(number, currency.parse().unwrap()).unwrap()
}

/// What happened on a day.
pub fn on(text: &str, body: impl Into<EventBody>) -> Event {
    Event::new(day(text), Actor::system("example"), Source::new("example", "1"), body)
}

/// A document.
#[must_use]
pub fn document(number: &str, gross: &str, due: &str) -> ReceivableDocument {
    ReceivableDocument::new(id(number), number, money(gross)).due(day(due))
}

/// An invoice.
#[must_use]
pub fn invoice(number: &str, gross: &str, due: &str) -> InvoiceIssued {
    InvoiceIssued(document(number, gross, due))
}

/// The same invoice, which may be paid at a discount until a day.
#[must_use]
pub fn with_discount(it: InvoiceIssued, until: &str, rate: &str) -> InvoiceIssued {
    let term = DiscountTerm { until: day(until), rate: rate.parse().unwrap() };
    let mut document = it.0;
    document.discount_terms.push(term);
    InvoiceIssued(document)
}

/// An invoice in installments: due day and amount of each.
#[must_use]
pub fn schedule(number: &str, gross: &str, parts: &[(&str, &str)]) -> InvoiceIssued {
    let part = |(due, amount): &(&str, &str)| Installment {
        due: day(due),
        amount: money(amount),
        kind: InstallmentKind::Normal,
        ledger_account: None,
    };
    let installments = parts.iter().map(part).collect();
    InvoiceIssued(ReceivableDocument {
        installments,
        ..ReceivableDocument::new(id(number), number, money(gross))
    })
}

/// So much to a document, out of the payment or credit that says so.
#[must_use]
pub fn to(document: &str, amount: &str) -> Application {
    Application {
        document: id(document),
        installment: None,
        account: None,
        amount: money(amount),
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    }
}

/// The same as something else than money received.
#[must_use]
pub fn as_kind(kind: ApplicationKind, it: Application) -> Application {
    Application { kind, ..it }
}

/// A payment; what it does not apply stays on account.
#[must_use]
pub fn paid<const N: usize>(
    number: &str,
    amount: &str,
    applications: [Application; N],
) -> PaymentReceived {
    PaymentReceived {
        reference: Some(number.to_owned()),
        applications: applications.into(),
        ..PaymentReceived::new(id(number), money(amount))
    }
}

/// A credit note against an invoice, with nothing said of what it settles.
#[must_use]
pub fn credit_note(number: &str, gross: &str, against: &str) -> CreditNoteIssued {
    CreditNoteIssued {
        document: ReceivableDocument::new(id(number), number, money(gross)),
        against: Some(id(against)),
        applications: Vec::new(),
        reason: None,
    }
}

/// A payment that is on account is used.
#[must_use]
pub fn allocated<const N: usize>(payment: &str, applications: [Application; N]) -> CreditAllocated {
    let from = CreditSource::Payment(id::<PaymentId>(payment));
    CreditAllocated { from, applications: applications.into(), reason: None }
}

/// A value in euro.
#[must_use]
pub fn value(text: &str) -> relatum_domain::Value {
    money(text).to_value().unwrap()
}

/// An order of one piece.
#[must_use]
pub fn order(number: &str, net: &str) -> OrderPlaced {
    let net = value(net);
    let line = Line {
        product: "P".into(),
        description: None,
        group: None,
        quantity: Quantity::whole(1),
        price_list: None,
        list_price: None,
        discount: None,
        net,
        cost: None,
    };
    OrderPlaced {
        order: id(number),
        number: number.to_owned(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines: vec![line],
        net,
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

/// The one manager of the examples, who answers for the client from the beginning.
#[must_use]
pub fn manager() -> ManagerId {
    id("manager")
}

/// The client is the manager's.
#[must_use]
pub fn theirs() -> Event {
    on("2025-01-01", AccountAssigned { manager: manager(), credit: Vec::new() })
}

/// A quota of so much sales up to a day.
#[must_use]
pub fn quota(target: &str, until: &str) -> QuotaSet {
    let target = Target::Value(money(target).to_value().unwrap());
    let (kind, end) = (QuotaKind::SalesVolume, QuotaEnd::Day(day(until)));
    QuotaSet { kind, target, end, product_group: None }
}

/// Goods of an order came back.
#[must_use]
pub fn came_back(number: &str, net: &str, of: &str) -> GoodsReturned {
    GoodsReturned {
        goods_return: id(number),
        number: number.to_owned(),
        lines: Vec::new(),
        net: money(net).to_value().unwrap(),
        reason: None,
        order: Some(id(of)),
        invoice: None,
        delivery: None,
        manager: None,
    }
}

/// A chance in a stage, worth so much.
#[must_use]
pub fn chance(name: &str, stage: &str, value: &str, close: &str) -> OpportunityOpened {
    OpportunityOpened {
        opportunity: id(name),
        name: name.to_owned(),
        product: None,
        stage: stage.to_owned(),
        value: Some(money(value).to_value().unwrap()),
        probability: None,
        expected_close: Some(day(close)),
        category: None,
        manager: Some(manager()),
        credit: Vec::new(),
    }
}

/// A sum as a list shows it.
#[must_use]
pub fn shown(sum: &Sum) -> String {
    sum.rounded().number()
}

/// Something is reversed.
#[must_use]
pub fn reversed(what: Reversible, reason: &str) -> Reversed {
    Reversed { what, reason: reason.to_owned() }
}

/// A payment came back.
#[must_use]
pub fn returned(payment: &str) -> Reversed {
    reversed(Reversible::Payment(id(payment)), "returned by the bank")
}

/// A rule of the tenant.
#[must_use]
pub const fn rule(policy: Policy) -> PolicySet {
    PolicySet { policy, reason: None }
}

/// What is open at the end of a day under a tenant's rules, oldest due first: `R-1 60.00 EUR`. Of
/// an item in installments with their due days: `R-1 due 2026-01-31 60.00 EUR`.
#[must_use]
pub fn open_under(policies: &Policies, book: &Book, view: &View) -> Vec<String> {
    let mut rows = book.open_items(view, policies);
    rows.sort_by_key(|row| (row.due, row.number.clone()));
    let text = |row: &relatum_domain::receivables::OpenItem| {
        let number = row.number.as_deref().unwrap_or("-");
        match row.installment {
            Some(_) => format!("{number} due {} {}", row.due, row.open),
            None => format!("{number} {}", row.open),
        }
    };
    rows.iter().map(text).collect()
}

/// The same where the tenant said nothing.
#[must_use]
pub fn open(book: &Book, on: &str) -> Vec<String> {
    open_under(&Policies::default(), book, &at(on))
}

/// What happened, as reports read it.
#[derive(Debug, Default)]
pub struct Told {
    models: Models,
    versions: BTreeMap<StreamId, u64>,
    told: u64,
}

/// This happened to the client, in this order; what a decision would say of it is not asked.
pub fn told(events: impl IntoIterator<Item = Event>) -> Told {
    Told::default().and(client(), events)
}

impl Told {
    /// More events, on any stream.
    #[must_use]
    pub fn and(
        mut self,
        stream: impl Into<StreamId>,
        events: impl IntoIterator<Item = Event>,
    ) -> Self {
        let stream = stream.into();
        for event in events {
            self.take(stream, event);
        }
        self
    }

    /// The tenant set a rule.
    #[must_use]
    pub fn ruled(self, from: &str, policy: Policy) -> Self {
        self.and(TenantId::own(), [on(from, rule(policy))])
    }

    fn take(&mut self, stream: StreamId, event: Event) {
        let version = self.versions.entry(stream).or_default();
        *version = version.saturating_add(1);
        self.told = self.told.saturating_add(1);
        self.models.apply(&Envelope {
            event: EventRef::new(stream, Version(*version)),
            position: Position::of(self.told),
            recorded_at: DateTime::from_timestamp_micros(i64::try_from(self.told).unwrap())
                .unwrap(),
            event_type: EventType::of(event.body.event_type()),
            schema: event.body.schema(),
            key: None,
            data: event,
        });
    }

    /// The projections.
    #[must_use]
    pub const fn models(&self) -> &Models {
        &self.models
    }

    /// The receivables of the client.
    ///
    /// # Panics
    /// If nothing happened to it.
    #[must_use]
    pub fn book(&self) -> &Book {
        self.models.aging.book(client()).unwrap()
    }

    /// The tenant's rules.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        self.models.directory.policies()
    }

    /// What is open at the end of a day, as [`open`] shows it.
    #[must_use]
    pub fn open(&self, on: &str) -> Vec<String> {
        open_under(self.policies(), self.book(), &at(on))
    }

    /// What was open at the end of a day as known after the first `events`.
    #[must_use]
    pub fn open_as_known(&self, on: &str, events: i64) -> Vec<String> {
        open_under(self.policies(), self.book(), &at(on).known_at(Recorded(events)))
    }
}
