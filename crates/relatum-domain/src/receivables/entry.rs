//! One item of a ledger: what is open of it on a day, and which steps made it so.

use chrono::NaiveDate;
use relatum_stream::Version;

use super::book::Book;
use super::item::{Dispute, Item, ItemKey, OpenItem, Origin, Original, Revalued, Settled};
use super::steps::{Act, Brief, Step, Turn};
use crate::event::settlement::ApplicationKind;
use crate::history::{Recorded, View};
use crate::ids::{CompanyId, DisputeId, ManagerId};
use crate::money::{Currency, Money, Rate};

/// What is open of one part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenPart {
    /// Which part, from 0.
    pub part: u32,
    /// The day by which it is to be paid; of a credit: its own day.
    pub due: NaiveDate,
    /// In minor units of the item's currency; negative: a credit that nothing has used.
    pub open: i64,
    /// How much of it is disputed.
    pub disputed: i64,
}

/// What was told of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputeTold<'a> {
    /// Which.
    pub dispute: DisputeId,
    /// From which day.
    pub day: NaiveDate,
    /// Why.
    pub reason: Option<&'a str>,
    /// Who sees to it.
    pub owner: Option<ManagerId>,
}

/// One item, as a ledger shows it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub(super) book: &'a Book,
    pub(super) known_at: Recorded,
    pub(super) key: ItemKey,
    pub(super) item: &'a Item,
    pub(super) original: &'a Original,
    pub(super) brief: Brief,
    pub(super) steps: &'a [Step],
}

impl<'a> Entry<'a> {
    /// Which item.
    #[must_use]
    pub const fn key(&self) -> ItemKey {
        self.key
    }

    /// How it began.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.original.origin
    }

    pub(super) const fn original(&self) -> &'a Original {
        self.original
    }

    /// The item's number, if it has one.
    #[must_use]
    pub fn number(&self) -> Option<&'a str> {
        self.original.number.as_deref()
    }

    /// The event that made it.
    #[must_use]
    pub const fn version(&self) -> Version {
        Version(self.original.stamp.version)
    }

    /// Its amount with a sign.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.money(self.original.amount)
    }

    /// So many minor units of its currency.
    #[must_use]
    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.brief.currency)
    }

    /// Every change of it, in order.
    #[must_use]
    pub fn steps(&self) -> &'a [Step] {
        self.steps
    }

    /// Every change of it up to the end of a day.
    #[must_use]
    pub fn steps_until(&self, as_of: NaiveDate) -> &'a [Step] {
        let steps = self.steps();
        let upto = steps.partition_point(|step| step.day <= as_of.into());
        steps.get(..upto).unwrap_or_default()
    }

    /// Whether it is there at the end of a day: it has begun and is not reversed.
    #[must_use]
    pub fn is_there(&self, as_of: NaiveDate) -> bool {
        let steps = self.steps_until(as_of).iter().rev();
        let mut began = steps.filter(|step| matches!(step.act, Act::Began(_)));
        began.next().is_some_and(|step| step.turn != Turn::Reversed)
    }

    /// What is open of all of it.
    #[must_use]
    pub fn open(&self, as_of: NaiveDate) -> i64 {
        self.steps_until(as_of).iter().map(|step| step.amount).fold(0, i64::saturating_add)
    }

    /// The day printed on the document.
    #[must_use]
    pub const fn document_day(&self) -> NaiveDate {
        self.brief.document_day.date()
    }

    /// The currency of all its amounts.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.brief.currency
    }

    /// Units of the base currency for one of its own, as the document states.
    #[must_use]
    pub const fn base_rate(&self) -> Option<Rate> {
        self.original.base_rate
    }

    /// Which of our companies it belongs to.
    #[must_use]
    pub const fn company(&self) -> Option<CompanyId> {
        self.original.company
    }

    /// Gives what is open of each part at the end of a day, in the order of the parts; parts with
    /// nothing open are left out. [`open_items`](Self::open_items) with less said.
    pub fn each_open(&self, as_of: NaiveDate, mut give: impl FnMut(OpenPart)) {
        if let Some(due) = self.brief.due {
            let open = self.open(as_of);
            if open != 0 {
                give(OpenPart { part: 0, due: due.date(), open, disputed: 0 });
            }
            return;
        }
        let original = self.original;
        let open = self.open_parts(as_of);
        let disputed = self.disputed_parts(&open, as_of);
        let parts = original.parts.iter().zip(open).zip(disputed).zip(0_u32..);
        for (((part, open), disputed), at) in parts.filter(|(((_, open), _), _)| *open != 0) {
            give(OpenPart { part: at, due: part.due.date(), open, disputed });
        }
    }

    /// How much each dispute that is open at the end of a day takes of each part.
    ///
    /// Shape: `(version, part, minor units)`, zeros left out; the amounts of a part sum to what is
    /// disputed of it.
    #[must_use]
    pub fn disputes_told(&self, as_of: NaiveDate) -> Vec<(Version, u32, i64)> {
        let disputes = self.disputes(as_of);
        let open = self.open_parts(as_of);
        let mut before = vec![0; open.len()];
        let mut told = Vec::new();
        for (row, upto) in disputes.iter().zip(1_usize..) {
            let some = disputes.iter().take(upto).copied();
            let after = self.original.disputed_parts(&open, some);
            for ((was, is), part) in before.iter().zip(&after).zip(0_u32..) {
                let change = is.saturating_sub(*was);
                if change != 0 {
                    told.push((Version(row.stamp.version), part, change));
                }
            }
            before = after;
        }
        told
    }

    /// The day by which the item, or its first part, is to be paid.
    #[must_use]
    pub fn due(&self) -> Option<NaiveDate> {
        self.original.parts.iter().map(|part| part.due.date()).min()
    }

    /// A dispute over it, told by the event of a version.
    #[must_use]
    pub fn dispute(&self, version: Version) -> Option<DisputeTold<'a>> {
        let mut rows = self.item.disputes.iter();
        let row = rows.find(|row| row.stamp.version == version.0)?;
        let (day, reason) = (row.stamp.effective(), row.reason.as_deref());
        Some(DisputeTold { dispute: row.dispute, day, reason, owner: row.owner })
    }

    /// The day from which a dispute over it is open, told by the event of a version.
    #[must_use]
    pub fn disputed_on(&self, version: Version) -> Option<NaiveDate> {
        let mut rows = self.item.disputes.iter();
        rows.find(|row| row.stamp.version == version.0).map(|row| row.stamp.effective())
    }

    /// What is open of each part.
    pub(super) fn open_parts(&self, as_of: NaiveDate) -> Vec<i64> {
        let original = self.original;
        if original.parts.len() == 1 {
            return vec![self.open(as_of)];
        }
        let mut laid = Laid::new(original);
        for step in self.steps_until(as_of) {
            laid.take(step);
        }
        laid.open()
    }

    /// The rows of [`Ledger::open_items`](super::Ledger::open_items) of this item.
    #[must_use]
    pub fn open_items(&self, as_of: NaiveDate) -> Vec<OpenItem> {
        let original = self.original;
        let open = self.open_parts(as_of);
        if open.iter().all(|open| *open == 0) {
            return Vec::new();
        }
        let disputed = self.disputed_parts(&open, as_of);
        let several = original.parts.len() > 1;
        let parts = original.parts.iter().zip(open).zip(disputed).zip(0_u32..);
        parts
            .filter(|(((_, open), _), _)| *open != 0)
            .map(|(((part, open), disputed), at)| OpenItem {
                item: self.key,
                origin: original.origin,
                number: original.number.clone(),
                company: original.company,
                ledger_account: part.ledger_account.clone(),
                installment: several.then_some(at),
                version: original.stamp.version,
                document_day: original.document_day.date(),
                due: part.due.date(),
                original: self.money(part.amount),
                base_rate: original.base_rate,
                open: self.money(open),
                disputed: self.money(disputed),
            })
            .collect()
    }

    fn disputed_parts(&self, open: &[i64], as_of: NaiveDate) -> Vec<i64> {
        let disputes = self.disputes(as_of);
        if disputes.is_empty() {
            return vec![0; open.len()];
        }
        self.original.disputed_parts(open, disputes.iter().copied())
    }

    /// The disputes that are open at the end of a day.
    pub(super) fn disputes(&self, as_of: NaiveDate) -> Vec<&'a Dispute> {
        let (book, view) = (self.book, View { as_of, known_at: self.known_at });
        let rows = self.item.disputes.iter();
        rows.filter(|row| book.shows_dispute(row, &view)).collect()
    }

    pub(super) fn revaluations(&self) -> &'a [Revalued] {
        &self.item.revaluations
    }

    /// How much of the credit behind it a settlement used: as much, unless other money was paid.
    pub(super) fn used(&self, step: &Step) -> Money {
        let row = (step.row as usize).checked_sub(1);
        let effect = row.and_then(|at| self.item.effects.get(at));
        let sign = if step.turn == Turn::Reversed { 1 } else { -1 };
        match effect.and_then(|it| it.used) {
            Some(used) => Money::new(used.minor.saturating_mul(sign), used.currency),
            None => self.money(step.amount.saturating_neg()),
        }
    }

    /// How much of each part will be settled after a day, of what is dated ahead: what is open then
    /// less what will be.
    ///
    /// Shape: one for each row of [`open_items`](Self::open_items), in the same order.
    #[must_use]
    pub fn future(&self, as_of: NaiveDate) -> Vec<Money> {
        let open = self.open_parts(as_of);
        let last = self.open_parts(NaiveDate::MAX);
        let parts = open.iter().zip(last).filter(|(open, _)| **open != 0);
        parts.map(|(open, last)| self.money(open.saturating_sub(last))).collect()
    }

    pub(super) const fn is_ever_disputed(&self) -> bool {
        !self.item.disputes.is_empty()
    }

    /// How much each step up to the end of a day changed what is open of each part: what
    /// [`open_items`](Self::open_items) shows, told step by step.
    ///
    /// Shape: `(step, part, minor units)`, zeros left out; the amounts of a part sum to what is
    /// open of it.
    #[must_use]
    pub fn told(&self, as_of: NaiveDate) -> Vec<(&'a Step, u32, i64)> {
        let original = self.original;
        let mut laid = Laid::new(original);
        let mut before = vec![0; original.parts.len()];
        let mut told = Vec::new();
        for step in self.steps_until(as_of) {
            laid.take(step);
            let after = laid.open();
            for ((was, is), part) in before.iter().zip(&after).zip(0_u32..) {
                let change = is.saturating_sub(*was);
                if change != 0 {
                    told.push((step, part, change));
                }
            }
            before = after;
        }
        told
    }

    /// Whether the payment behind a step was itself reversed, and not the allocation alone.
    fn is_money_back(&self, step: &Step) -> bool {
        let view = View { as_of: step.day.date(), known_at: self.known_at };
        step.other.is_some_and(|payment| self.book.is_reversed(payment, &view))
    }

    /// How much of each part was paid with money that came back and is open again: until the
    /// reversal is reversed, or the part is settled.
    #[must_use]
    pub fn returned(&self, as_of: NaiveDate) -> Vec<i64> {
        let mut parts = vec![(0_i64, 0_i64); self.original.parts.len()];
        if self.steps_until(as_of).iter().all(|step| step.turn != Turn::Reversed) {
            return parts.into_iter().map(|(_, back)| back).collect();
        }
        for (step, part, minor) in self.told(as_of) {
            let Some((open, back)) = parts.get_mut(part as usize) else { continue };
            *open = open.saturating_add(minor);
            let turned = step.turn != Turn::Counts
                && step.act == Act::Settled(ApplicationKind::Payment)
                && !step.uses;
            let again = step.turn == Turn::Again;
            if turned && (again || self.is_money_back(step)) {
                *back = back.saturating_add(minor).max(0);
            }
            *back = (*back).min((*open).max(0));
        }
        parts.into_iter().map(|(_, back)| back).collect()
    }

    /// The settlements that count at the end of a day, as if what was reversed by then had never
    /// been: step, due day of the part, and by how much it changed what is open of it.
    pub(super) fn settled_by(&self, as_of: NaiveDate) -> Vec<(&'a Step, NaiveDate, i64)> {
        let original = self.original;
        let mut standing: Vec<&Step> = Vec::new();
        for step in self.steps_until(as_of) {
            match step.turn {
                Turn::Reversed => standing.retain(|it| it.row != step.row),
                Turn::Counts | Turn::Again => standing.push(step),
            }
        }
        let mut laid = Laid::new(original);
        let mut before = vec![0; original.parts.len()];
        let mut settled = Vec::new();
        for step in standing {
            laid.take(step);
            let after = laid.open();
            if let Act::Settled(_) = step.act {
                for ((part, was), is) in original.parts.iter().zip(&before).zip(&after) {
                    let change = is.saturating_sub(*was);
                    if change != 0 {
                        settled.push((step, part.due.date(), change));
                    }
                }
            }
            before = after;
        }
        settled
    }
}

/// The steps of an item as they lie over its parts.
struct Laid<'a> {
    original: &'a Original,
    there: bool,
    settled: Settled,
}

impl<'a> Laid<'a> {
    fn new(original: &'a Original) -> Self {
        Self { original, there: false, settled: Settled::none(original.parts.len()) }
    }

    fn take(&mut self, step: &Step) {
        match step.act {
            Act::Began(_) => self.there = step.turn != Turn::Reversed,
            Act::Settled(_) => self.settled.add(step.part, step.pro_rata, step.amount),
        }
    }

    fn open(&self) -> Vec<i64> {
        if self.there {
            self.original.open_parts(&self.settled)
        } else {
            // What was settled falls on the same day.
            vec![0; self.original.parts.len()]
        }
    }
}
