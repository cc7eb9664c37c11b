//! The ledger of accounts: items settled or not, every step of them, what came in, what was
//! promised, what is disputed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{
    Act, Entry, ItemKey, Ledger, Origin, PromiseOutcome, Promised, Receipt, Step, Turn,
};
use relatum_domain::{DisputeId, DocumentId, ManagerId, Money};
use relatum_stream::{EventRef, Version};

use super::TablePart;
use super::fields::{Field, From, Of, Who, currency, money};
use super::receivables::{RECEIVABLES, item, origin};
use crate::receivables::{days, words};

impl TablePart<'_> {
    /// The wanted ledgers, and of whom each is.
    fn ledgers(&self, mut each: impl FnMut(&Who, &Ledger<'_>)) {
        let policies = self.common.directory.policies();
        for (account, ledger) in self.part.aging.ledgers(self.account, policies, self.view) {
            each(&self.who(account), &ledger);
        }
    }
}

/// An item, settled or not.
pub(super) struct Item {
    who: Who,
    key: ItemKey,
    origin: Origin,
    number: Option<String>,
    document_day: NaiveDate,
    due: Option<NaiveDate>,
    original: Money,
    open: Money,
    settled_on: Option<NaiveDate>,
    reversed: bool,
    event: EventRef,
}

impl Item {
    fn of(who: &Who, entry: &Entry<'_>, as_of: NaiveDate) -> Option<Self> {
        let steps = entry.steps_until(as_of);
        let last = steps.last()?;
        let (open, reversed) = (entry.open(as_of), !entry.is_there(as_of));
        Some(Self {
            who: who.clone(),
            key: entry.key(),
            origin: entry.origin(),
            number: entry.number().map(str::to_owned),
            document_day: entry.document_day(),
            due: entry.due(),
            original: entry.amount(),
            open: entry.money(open),
            settled_on: (open == 0 && !reversed).then(|| last.day.date()),
            reversed,
            event: who.event(entry.version().0),
        })
    }
}

/// Every item.
pub(super) static ITEMS: Of<Item> = Of {
    name: "items",
    about: "a document, a payment or a refund that there was by the day, settled or not",
    fields: &[
        Field::id("account", "whose", |it| it.who.account.into()),
        Field::text("account_name", "their name", |it| (&it.who.name).into()),
        Field::id("manager", "who answers for the account", |it| it.who.manager.into()),
        Field::text("item_kind", "`document`, `payment` or `refund`", |it| item(it.key).0.into()),
        Field::id("item", "the item", |it| item(it.key).1.into()),
        Field::text("origin", "how it began, such as `invoice` or `credit_note`", |it| {
            origin(it.origin).into()
        }),
        Field::text("number", "the number of the document", |it| it.number.as_ref().into()),
        Field::day("document_day", "the day of the document", |it| it.document_day.into()),
        Field::day("due", "the day on which it, or its first installment, is due", |it| {
            it.due.into()
        }),
        Field::amount("original", "for how much it was; negative: a credit", |it| {
            money(it.original)
        }),
        Field::amount("open", "what is open of it", |it| money(it.open)),
        Field::text("currency", "what amounts are in", |it| currency(&it.original.currency)),
        Field::day("settled_on", "since when nothing is open; none: something is", |it| {
            it.settled_on.into()
        }),
        Field::flag("reversed", "whether it was taken back", |it| it.reversed.into()),
        Field::event("event", "the event that made it", |it| it.event.into()),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        from.ledgers(|who, ledger| {
            let items = ledger.entries();
            let items = items.filter_map(|entry| Item::of(who, &entry, from.view.as_of));
            items.for_each(|it| row(who.account.into(), &it));
        });
    }),
};

/// What a step is about, in a word.
const fn act(act: Act) -> &'static str {
    match act {
        Act::Began(_) => "began",
        Act::Settled(ApplicationKind::Payment) => "payment",
        Act::Settled(ApplicationKind::Credit) => "credit",
        Act::Settled(ApplicationKind::CashDiscount) => "cash_discount",
        Act::Settled(ApplicationKind::Withholding) => "withholding",
        Act::Settled(ApplicationKind::Netting) => "netting",
        Act::Settled(ApplicationKind::WriteOff) => "write_off",
    }
}

/// A change of what is open of an item or an installment.
pub(super) struct Change {
    who: Who,
    key: ItemKey,
    origin: Origin,
    number: Option<String>,
    installment: u32,
    step: Step,
    amount: Money,
}

/// Every step.
pub(super) static LEDGER: Of<Change> = Of {
    name: "ledger",
    about: "a change of what is open of an item; those of an item sum to what is open of it",
    fields: &[
        Field::id("account", "whose", |it| it.who.account.into()),
        Field::text("account_name", "their name", |it| (&it.who.name).into()),
        Field::text("item_kind", "`document`, `payment` or `refund`", |it| item(it.key).0.into()),
        Field::id("item", "the item", |it| item(it.key).1.into()),
        Field::text("origin", "how the item began", |it| origin(it.origin).into()),
        Field::text("number", "the number of the document", |it| it.number.as_ref().into()),
        Field::integer("installment", "which installment, from 0; of what has none, 0", |it| {
            it.installment.into()
        }),
        Field::day("day", "from which day on", |it| it.step.day.into()),
        Field::text("act", "`began`, or what settled it, such as `payment`", |it| {
            act(it.step.act).into()
        }),
        Field::text("turn", "`counts`, `reversed`, or `again`: the reversal was reversed", |it| {
            let word = match it.step.turn {
                Turn::Counts => "counts",
                Turn::Reversed => "reversed",
                Turn::Again => "again",
            };
            word.into()
        }),
        Field::text("what", "both in words", |it| words(it.step.act, it.step.turn).into()),
        Field::amount("amount", "added to what is open", |it| money(it.amount)),
        Field::text("currency", "what that is in", |it| currency(&it.amount.currency)),
        Field::text("other_kind", "the kind of the item on the other side", |it| {
            it.step.other.map(|other| item(other).0).into()
        }),
        Field::id("other", "the item on the other side of a settlement", |it| {
            it.step.other.map(|other| item(other).1).into()
        }),
        Field::event("event", "the event by which it counts, or counts no more", |it| {
            it.who.event(it.step.by).into()
        }),
        Field::event("of_event", "the event whose amount it is", |it| {
            it.who.event(it.step.of).into()
        }),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        from.ledgers(|who, ledger| {
            for entry in ledger.entries() {
                for (step, installment, minor) in entry.told(from.view.as_of) {
                    row(
                        who.account.into(),
                        &Change {
                            who: who.clone(),
                            key: entry.key(),
                            origin: entry.origin(),
                            number: entry.number().map(str::to_owned),
                            installment,
                            step: *step,
                            amount: entry.money(minor),
                        },
                    );
                }
            }
        });
    }),
};

/// Money that came in.
pub(super) struct Payment(Item);

/// What came in.
pub(super) static PAYMENTS: Of<Payment> = Of {
    name: "payments",
    about: "money that came in, and how much of it was used",
    fields: &[
        Field::id("account", "whose", |it| it.0.who.account.into()),
        Field::text("account_name", "their name", |it| (&it.0.who.name).into()),
        Field::id("manager", "who answers for the account", |it| it.0.who.manager.into()),
        Field::id("payment", "the payment", |it| item(it.0.key).1.into()),
        Field::text("number", "its reference", |it| it.0.number.as_ref().into()),
        Field::day("day", "when it came", |it| it.0.document_day.into()),
        Field::amount("amount", "how much; nothing, if it was taken back", |it| money(it.0.came())),
        Field::amount("applied", "how much of it was used", |it| money(it.0.applied())),
        Field::amount("unapplied", "how much nothing used", |it| money(turned(it.0.open))),
        Field::text("currency", "what amounts are in", |it| currency(&it.0.original.currency)),
        Field::flag("reversed", "whether it was taken back", |it| it.0.reversed.into()),
        Field::event("event", "the event that tells of it", |it| it.0.event.into()),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        from.ledgers(|who, ledger| {
            let payments = ledger.entries().filter(|it| it.origin() == Origin::Payment);
            let payments = payments.filter_map(|it| Item::of(who, &it, from.view.as_of));
            payments.for_each(|it| row(who.account.into(), &Payment(it)));
        });
    }),
};

/// The other sign.
const fn turned(amount: Money) -> Money {
    Money::new(amount.minor.saturating_neg(), amount.currency)
}

impl Item {
    /// Of a payment: what came.
    const fn came(&self) -> Money {
        let minor = if self.reversed { 0 } else { self.original.minor.saturating_neg() };
        Money::new(minor, self.original.currency)
    }

    /// Of a payment: what was used.
    const fn applied(&self) -> Money {
        let came = self.came();
        Money::new(came.minor.saturating_add(self.open.minor), came.currency)
    }
}

/// Part of a payment that settled a document.
pub(super) struct Received {
    who: Who,
    number: Option<String>,
    receipt: Receipt,
}

/// What was received on documents.
pub(super) static RECEIPTS: Of<Received> = Of {
    name: "receipts",
    about: "a part of a payment that settled a document, and how late it came",
    fields: &[
        Field::id("account", "whose", |it| it.who.account.into()),
        Field::text("account_name", "their name", |it| (&it.who.name).into()),
        Field::id("document", "which document", |it| it.receipt.document.into()),
        Field::text("number", "its number", |it| it.number.as_ref().into()),
        Field::id("payment", "which payment", |it| it.receipt.payment.into()),
        Field::day("due", "when it was due", |it| it.receipt.due.into()),
        Field::day("value_day", "when the money was ours", |it| it.receipt.value_day.into()),
        Field::day("applied_on", "when it was applied", |it| it.receipt.day.into()),
        Field::integer("days_late", "days from the due day to the value day", |it| {
            it.receipt.days_late().into()
        }),
        Field::amount("amount", "how much", |it| money(it.receipt.amount)),
        Field::text("currency", "what that is in", |it| currency(&it.receipt.amount.currency)),
        Field::event("event", "the event that applied it", |it| {
            it.who.event(it.receipt.version.0).into()
        }),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        from.ledgers(|who, ledger| {
            for receipt in ledger.receipts(from.view.as_of) {
                let number = number_of(ledger, receipt.document);
                row(who.account.into(), &Received { who: who.clone(), number, receipt });
            }
        });
    }),
};

fn number_of(ledger: &Ledger<'_>, document: DocumentId) -> Option<String> {
    let entry = ledger.entry(ItemKey::Document(document))?;
    entry.number().map(str::to_owned)
}

/// What was promised.
pub(super) static PROMISES: Of<(Who, Promised)> = Of {
    name: "promises",
    about: "a promise to pay, and what came of it",
    fields: &[
        Field::id("account", "whose", |it| it.0.account.into()),
        Field::text("account_name", "their name", |it| (&it.0.name).into()),
        Field::id("manager", "who answers for the account", |it| it.0.manager.into()),
        Field::id("promise", "the promise", |it| it.1.promise.into()),
        Field::day("given", "when it was given", |it| it.1.given.into()),
        Field::day("due", "by when", |it| it.1.by.into()),
        Field::amount("amount", "how much", |it| money(it.1.amount)),
        Field::amount("received", "what came by then", |it| money(it.1.received)),
        Field::text("currency", "what amounts are in", |it| currency(&it.1.amount.currency)),
        Field::text("outcome", "`open`, `kept`, `partly_kept` or `broken`", |it| {
            let word = match it.1.outcome {
                PromiseOutcome::Open => "open",
                PromiseOutcome::Kept => "kept",
                PromiseOutcome::PartlyKept => "partly_kept",
                PromiseOutcome::Broken => "broken",
            };
            word.into()
        }),
        Field::integer("documents", "on how many documents; 0: on any", |it| {
            it.1.documents.len().into()
        }),
        Field::event("event", "the event that tells it", |it| it.0.event(it.1.version.0).into()),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        from.ledgers(|who, ledger| {
            for it in ledger.promises(from.view.as_of) {
                row(who.account.into(), &(who.clone(), it));
            }
        });
    }),
};

/// An open dispute over an item, as far as something of that is open.
pub(super) struct Disputed {
    who: Who,
    key: ItemKey,
    number: Option<String>,
    dispute: DisputeId,
    day: NaiveDate,
    age: i64,
    reason: Option<String>,
    owner: Option<ManagerId>,
    amount: Money,
    version: u64,
}

/// What is disputed.
pub(super) static DISPUTES: Of<Disputed> = Of {
    name: "disputes",
    about: "a dispute that is not resolved, over an item of which something is open",
    fields: &[
        Field::id("account", "whose", |it| it.who.account.into()),
        Field::text("account_name", "their name", |it| (&it.who.name).into()),
        Field::id("manager", "who answers for the account", |it| it.who.manager.into()),
        Field::id("dispute", "the dispute", |it| it.dispute.into()),
        Field::text("item_kind", "`document`, `payment` or `refund`", |it| item(it.key).0.into()),
        Field::id("item", "the item over which it is", |it| item(it.key).1.into()),
        Field::text("number", "the number of the document", |it| it.number.as_ref().into()),
        Field::text("reason", "why", |it| it.reason.as_ref().into()),
        Field::id("owner", "who sees to it", |it| it.owner.into()),
        Field::day("day", "since when", |it| it.day.into()),
        Field::integer("age_days", "days since then", |it| it.age.into()),
        Field::amount("amount", "how much of what is open is disputed by it", |it| {
            money(it.amount)
        }),
        Field::text("currency", "what that is in", |it| currency(&it.amount.currency)),
        Field::event("event", "the event that tells of it", |it| it.who.event(it.version).into()),
    ],
    which: |_, _| RECEIVABLES,
    from: From::Accounts(|from, row| {
        from.ledgers(|who, ledger| {
            for entry in ledger.entries() {
                each_disputed(who, &entry, from.view.as_of, |it| row(who.account.into(), it));
            }
        });
    }),
};

/// The disputes over an item, each with its amounts of all parts together.
fn each_disputed(who: &Who, entry: &Entry<'_>, as_of: NaiveDate, mut each: impl FnMut(&Disputed)) {
    let mut amounts: BTreeMap<Version, i64> = BTreeMap::new();
    for (version, _, minor) in entry.disputes_told(as_of) {
        let amount = amounts.entry(version).or_default();
        *amount = amount.saturating_add(minor);
    }
    for (version, minor) in amounts {
        let Some(told) = entry.dispute(version) else { continue };
        each(&Disputed {
            who: who.clone(),
            key: entry.key(),
            number: entry.number().map(str::to_owned),
            dispute: told.dispute,
            day: told.day,
            age: days(told.day, as_of).max(0),
            reason: told.reason.map(str::to_owned),
            owner: told.owner,
            amount: entry.money(minor),
            version: version.0,
        });
    }
}
