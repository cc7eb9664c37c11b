//! What is owed, item by item and by account.

use relatum_domain::AccountId;
use relatum_domain::receivables::{ItemKey, Origin};
use uuid::Uuid;

use super::fields::{Field, From, Of, currency, money};
use crate::amounts::Sum;
use crate::models::Which;
use crate::receivables::{
    AgingLine, AgingOptions, AgingReport, OpenItemsOptions, OpenItemsReport, OpenRow,
};

pub(super) const RECEIVABLES: Which = Which { directory: true, aging: true, ..Which::NONE };

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
pub(super) static OPEN_ITEMS: Of<OpenRow> = Of {
    name: "open_items",
    about: "an item, or an installment of one, of which something is open",
    fields: &[
        Field::id("account", "whose", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.name).into()),
        Field::id("manager", "who answers for the account", |it| it.manager.into()),
        Field::text("item_kind", "`document`, `payment` or `refund`", |it| {
            item(it.item.item).0.into()
        }),
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
        Field::amount("original", "for how much it was", |it| money(it.item.original)),
        Field::amount("paid", "how much of it was paid", |it| money(it.paid)),
        Field::amount("credited", "how much of it credits settled", |it| money(it.credited)),
        Field::amount(
            "otherwise",
            "how much was settled otherwise: discount, write-off …",
            |it| money(it.otherwise),
        ),
        Field::amount("open", "what is open; negative: a credit that nothing used", |it| {
            money(it.item.open)
        }),
        Field::amount("disputed", "how much of that is disputed", |it| money(it.item.disputed)),
        Field::amount("future", "so much of it is settled by what is dated after the day", |it| {
            money(it.future)
        }),
        Field::amount("remaining", "what that leaves", |it| money(it.remaining)),
        Field::text("base_currency", "the base currency", |it| {
            it.base.as_ref().map(|base| base.currency.code()).into()
        }),
        Field::number("open_base", "what is open in it, at the document's rate", |it| {
            it.base.map(Sum::from).into()
        }),
        Field::event("event", "the event that made it", |it| it.event.into()),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        let options = OpenItemsOptions { account: from.account, ..OpenItemsOptions::default() };
        let found = OpenItemsReport::part(from.part, from.common, &options, from.view);
        found.rows.iter().for_each(|it| row(it.account.into(), it));
    }),
};

/// Receivables by account and currency.
pub(super) static AGING: Of<(AccountId, AgingLine)> = Of {
    name: "aging",
    about: "what an account owes in one currency",
    fields: &[
        Field::id("account", "who", |it| it.0.into()),
        Field::text("account_name", "their name", |it| (&it.1.name).into()),
        Field::id("manager", "who answers for the account", |it| it.1.manager.into()),
        Field::text("currency", "what amounts are in", |it| currency(&it.1.currency)),
        Field::integer("items", "how many open items", |it| it.1.items.into()),
        Field::amount("total", "what is open, less credits that nothing used", |it| {
            it.1.total.into()
        }),
        Field::amount("overdue", "past due and not disputed, credits aside", |it| {
            it.1.overdue.into()
        }),
        Field::amount("disputed", "how much of it is disputed", |it| it.1.disputed.into()),
        Field::amount("unapplied", "credits that nothing used, negative", |it| {
            it.1.unapplied.into()
        }),
        Field::amount("collectable", "what can be asked for", |it| it.1.collectable.into()),
        Field::integer("oldest_days", "the most days that an item is past due", |it| {
            it.1.oldest_days.into()
        }),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        let options = AgingOptions { account: from.account, ..AgingOptions::default() };
        for line in AgingReport::lines(from.part, from.common, &options, from.view) {
            if let Some(account) = line.account {
                row(account.into(), &(account, line));
            }
        }
    }),
};

/// What of an account is in one bucket.
pub(super) struct InBucket {
    account: AccountId,
    name: String,
    place: usize,
    bucket: String,
    open: Sum,
}

/// Receivables by account, currency and bucket.
pub(super) static AGING_BUCKETS: Of<InBucket> = Of {
    name: "aging_buckets",
    about: "what an account owes in one currency, of one age",
    fields: &[
        Field::id("account", "who", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.name).into()),
        Field::integer("place", "which bucket, from 0 for what is not due", |it| it.place.into()),
        Field::text("bucket", "its name, such as `31-60`", |it| (&it.bucket).into()),
        Field::amount("open", "what is open of that age", |it| it.open.into()),
        Field::text("currency", "what that is in", |it| currency(&it.open.currency)),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        let options = AgingOptions { account: from.account, ..AgingOptions::default() };
        let labels = options.labels(from.common, from.view);
        for line in AgingReport::lines(from.part, from.common, &options, from.view) {
            let Some(account) = line.account else { continue };
            let buckets = labels.iter().zip(&line.buckets).enumerate();
            for (place, (bucket, open)) in buckets.filter(|(_, (_, open))| open.micro != 0) {
                let (name, bucket) = (line.name.clone(), bucket.clone());
                row(account.into(), &InBucket { account, name, place, bucket, open: *open });
            }
        }
    }),
};
