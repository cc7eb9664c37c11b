//! The events behind the figures of a ledger.

use chrono::NaiveDate;
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{Act, Entry, Origin, Step, Turn};
use relatum_domain::{AccountId, Amount, Money};
use relatum_stream::EventRef;

use crate::figures::{Contribution, ONE};
use crate::merged;

pub(super) fn event(account: AccountId, version: u64) -> EventRef {
    merged::event(account, version)
}

pub(super) fn micro(money: Money) -> i128 {
    Amount::Money(money).micro()
}

/// What a step does, in words.
pub(crate) const fn words(act: Act, turn: Turn) -> &'static str {
    match (act, turn) {
        (Act::Began(Origin::Opening), Turn::Reversed) => "opening item reversed",
        (Act::Began(Origin::Opening), _) => "opening item",
        (Act::Began(Origin::Invoice), Turn::Reversed) => "invoice reversed",
        (Act::Began(Origin::Invoice), _) => "invoice",
        (Act::Began(Origin::DebitNote), Turn::Reversed) => "debit note reversed",
        (Act::Began(Origin::DebitNote), _) => "debit note",
        (Act::Began(Origin::Interest), Turn::Reversed) => "interest reversed",
        (Act::Began(Origin::Interest), _) => "interest",
        (Act::Began(Origin::CreditNote), Turn::Reversed) => "credit note reversed",
        (Act::Began(Origin::CreditNote), _) => "credit note",
        (Act::Began(Origin::Payment), Turn::Reversed) => "payment reversed",
        (Act::Began(Origin::Payment), _) => "payment",
        (Act::Began(Origin::Refund), Turn::Reversed) => "refund reversed",
        (Act::Began(Origin::Refund), _) => "refund",
        (Act::Settled(kind), Turn::Reversed) => match kind {
            ApplicationKind::Payment => "payment unapplied",
            ApplicationKind::Credit => "credit unapplied",
            ApplicationKind::CashDiscount => "cash discount taken back",
            ApplicationKind::Withholding => "withholding taken back",
            ApplicationKind::Netting => "netting taken back",
            ApplicationKind::WriteOff => "write-off taken back",
        },
        (Act::Settled(kind), _) => match kind {
            ApplicationKind::Payment => "payment applied",
            ApplicationKind::Credit => "credit applied",
            ApplicationKind::CashDiscount => "cash discount",
            ApplicationKind::Withholding => "withholding",
            ApplicationKind::Netting => "netting",
            ApplicationKind::WriteOff => "write-off",
        },
    }
}

pub(super) fn contribution(
    account: AccountId,
    entry: &Entry<'_>,
    step: &Step,
    micro: i128,
) -> Contribution {
    Contribution {
        event: event(account, step.by),
        day: step.day.date(),
        number: entry.number().map(str::to_owned),
        what: words(step.act, step.turn),
        micro,
    }
}

/// Each of what was `told` of a part, with its share of `worth`: what it adds to the worth of
/// all before it, so that roundings add up.
fn shares<T>(
    told: Vec<(T, u32, i64)>,
    part: u32,
    worth: &dyn Fn(i64) -> i128,
) -> impl Iterator<Item = (T, i128)> {
    let (mut sum, mut before) = (0_i64, worth(0));
    told.into_iter().filter(move |(_, of, _)| *of == part).map(move |(by, _, minor)| {
        sum = sum.saturating_add(minor);
        let now = worth(sum);
        (by, now - std::mem::replace(&mut before, now))
    })
}

/// The steps that make what is open of a part, each with its share of `worth`: what the report
/// shows for an amount of the item's own minor units.
pub(super) fn open(
    account: AccountId,
    entry: &Entry<'_>,
    part: u32,
    as_of: NaiveDate,
    worth: &dyn Fn(i64) -> i128,
) -> Vec<Contribution> {
    shares(entry.told(as_of), part, worth)
        .map(|(step, micro)| contribution(account, entry, step, micro))
        .collect()
}

/// The disputes that take of a part, each with its share of `worth`.
pub(super) fn disputed(
    account: AccountId,
    entry: &Entry<'_>,
    part: u32,
    as_of: NaiveDate,
    worth: &dyn Fn(i64) -> i128,
) -> Vec<Contribution> {
    shares(entry.disputes_told(as_of), part, worth)
        .map(|(version, micro)| Contribution {
            event: event(account, version.0),
            day: entry.disputed_on(version).unwrap_or(as_of),
            number: entry.number().map(str::to_owned),
            what: "dispute",
            micro,
        })
        .collect()
}

/// The event that made an item, for what is counted.
pub(super) fn made(account: AccountId, entry: &Entry<'_>, micro: i128) -> Vec<Contribution> {
    let Some(step) = entry.steps().first() else {
        return Vec::new();
    };
    let found = contribution(account, entry, step, micro);
    vec![Contribution { event: event(account, entry.version().0), ..found }]
}

/// One.
pub(super) fn one(account: AccountId, entry: &Entry<'_>) -> Vec<Contribution> {
    made(account, entry, ONE)
}

/// The same with the other sign.
pub(super) fn negated(mut all: Vec<Contribution>) -> Vec<Contribution> {
    for it in &mut all {
        it.micro = -it.micro;
    }
    all
}
