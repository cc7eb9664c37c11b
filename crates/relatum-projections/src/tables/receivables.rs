//! What is owed: items, every step of them, what came in, and what it comes to by account.

use relatum_domain::receivables::{ItemKey, Origin};
use relatum_domain::{Policies, View};
use uuid::Uuid;

use super::cell::{TableCell, TableColumn};
use super::fields::{Field, columns, currency, tell};
use super::{RowSink, Table, TablePart};
use crate::amounts::Sum;
use crate::models::Which;
use crate::receivables::{OpenItemsOptions, OpenItemsReport, OpenRow};

const RECEIVABLES: Which = Which { directory: true, aging: true, ..Which::NONE };

/// What an item is: a word and its id.
pub(super) const fn item(key: ItemKey) -> (&'static str, Uuid) {
    match key {
        ItemKey::Document(id) => ("document", id.uuid()),
        ItemKey::Payment(id) => ("payment", id.uuid()),
        ItemKey::Refund(id) => ("refund", id.uuid()),
    }
}

/// How an item began, in a word.
pub(super) const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Opening => "opening",
        Origin::Invoice => "invoice",
        Origin::DebitNote => "debit_note",
        Origin::Interest => "interest",
        Origin::CreditNote => "credit_note",
        Origin::Payment => "payment",
        Origin::Refund => "refund",
    }
}

/// What is open.
#[derive(Debug)]
pub(super) struct OpenItems;

const OPEN_ITEMS: &[Field<OpenRow>] = &[
    Field::id("account", "whose", |it| it.account.into()),
    Field::text("account_name", "their name", |it| (&it.name).into()),
    Field::id("manager", "who answers for the account", |it| it.manager.into()),
    Field::text("item_kind", "`document`, `payment` or `refund`", |it| item(it.item.item).0.into()),
    Field::id("item", "the item", |it| item(it.item.item).1.into()),
    Field::integer("installment", "which installment of it, from 0; none: it has none", |it| {
        it.item.installment.into()
    }),
    Field::text("origin", "how it began, such as `invoice` or `credit_note`", |it| {
        origin(it.item.origin).into()
    }),
    Field::text("number", "the number of the document", |it| it.item.number.as_ref().into()),
    Field::id("company", "in the books of which company", |it| it.item.company.into()),
    Field::text("ledger_account", "on which account of the general ledger", |it| {
        it.item.ledger_account.as_ref().into()
    }),
    Field::day("document_day", "the day of the document", |it| it.item.document_day.into()),
    Field::day("due", "the day on which it is due", |it| it.item.due.into()),
    Field::integer("days_past_due", "days since then; negative: to come", |it| {
        it.days_past_due.into()
    }),
    Field::integer("age_days", "days as the buckets count them", |it| it.age_days.into()),
    Field::text("bucket", "its aging bucket", |it| (&it.bucket).into()),
    Field::text("currency", "what amounts are in", |it| currency(&it.item.open.currency)),
    Field::amount("original", "for how much it was", |it| Sum::from(it.item.original).into()),
    Field::amount("paid", "how much of it was paid", |it| Sum::from(it.paid).into()),
    Field::amount("credited", "how much of it credits settled", |it| Sum::from(it.credited).into()),
    Field::amount("otherwise", "how much was settled otherwise: discount, write-off …", |it| {
        Sum::from(it.otherwise).into()
    }),
    Field::amount("open", "what is open; negative: a credit that nothing used", |it| {
        Sum::from(it.item.open).into()
    }),
    Field::amount("disputed", "how much of that is disputed", |it| {
        Sum::from(it.item.disputed).into()
    }),
    Field::amount("future", "what is dated after the day settles so much of it", |it| {
        Sum::from(it.future).into()
    }),
    Field::amount("remaining", "what that leaves", |it| Sum::from(it.remaining).into()),
    Field::text("base_currency", "the base currency", |it| {
        it.base.as_ref().map_or(TableCell::Null, |base| currency(&base.currency))
    }),
    Field::number("open_base", "what is open in the base currency, at the document's rate", |it| {
        it.base.map(Sum::from).into()
    }),
    Field::event("event", "the event that made it", |it| it.event.into()),
];

impl Table for OpenItems {
    fn name(&self) -> &'static str {
        "open_items"
    }

    fn about(&self) -> &'static str {
        "an item, or an installment of one, of which something is open"
    }

    fn columns(&self) -> Vec<TableColumn> {
        columns(OPEN_ITEMS)
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        RECEIVABLES
    }

    fn tell(&self, from: &TablePart<'_>, row: &mut RowSink<'_>) {
        let options = OpenItemsOptions { account: from.account, ..OpenItemsOptions::default() };
        let found = OpenItemsReport::part(from.part, from.common, &options, from.view);
        for it in &found.rows {
            tell(OPEN_ITEMS, it.account, it, row);
        }
    }
}
