//! The receivables of one account as known at one instant: every change of every item, in order.
//!
//! Owns [`Ledger`], which answers for any day, and [`Step`], of which every figure of receivables
//! is a sum. Nothing is edited: what was reversed is a step, and a step that takes it back.
//!
//! *Invariant: what is open of an item on a day = the sum of its steps up to that day.*

use std::collections::BTreeSet;

use chrono::NaiveDate;
use relatum_stream::Version;

use super::book::{Book, Undone};
use super::item::{Dispute, Effect, Item, ItemKey, OpenItem, Origin, Original, Revalued, Settled};
use crate::event::policy::AdvanceRule;
use crate::event::settlement::ApplicationKind;
use crate::history::{Day, Recorded, View};
use crate::ids::{CompanyId, DisputeId, ManagerId};
use crate::money::{Currency, Money, Rate};
use crate::policies::Policies;

/// The receivables of one account as known at one instant, for any day.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_domain::event::document::{InvoiceIssued, ReceivableDocument};
/// use relatum_domain::receivables::Book;
/// use relatum_domain::{AccountId, Actor, Derived, DocumentId, Event, Money, Policies};
/// use relatum_domain::{Recorded, Source, View};
/// use relatum_stream::{EventRef, Version};
///
/// let day = |text: &str| text.parse::<NaiveDate>().unwrap();
/// let amount = Money::parse("100.00", "EUR".parse()?)?;
/// let invoice = ReceivableDocument::new(DocumentId::derived("erp", "1"), "R-1", amount);
/// let (actor, source) = (Actor::system("erp"), Source::new("erp", "1"));
/// let event = Event::new(day("2026-01-01"), actor, source, InvoiceIssued(invoice));
/// let mut book = Book::default();
/// let first = EventRef::new(AccountId::derived("erp", "C-1").into(), Version(1));
/// book.evolve(first, Recorded::default(), &event);
///
/// let ledger = book.ledger(View::latest().known_at, &Policies::default());
/// assert_eq!(ledger.open_items(day("2026-01-01"))[0].open, amount);
/// assert!(ledger.open_items(day("2025-12-31")).is_empty());
/// # Ok::<(), relatum_domain::AmountError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ledger<'a> {
    pub(super) book: &'a Book,
    pub(super) known_at: Recorded,
    accounts: Vec<Account<'a>>,
    steps: Vec<Step>,
}

/// One item of a ledger.
#[derive(Debug, Clone, Copy)]
struct Account<'a> {
    key: ItemKey,
    item: &'a Item,
    original: &'a Original,
    /// Where its steps are.
    from: usize,
    upto: usize,
}

/// What a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// An item began.
    Began(Origin),
    /// Part of it was settled.
    Settled(ApplicationKind),
}

/// Whether a step brings an amount or takes it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It counts from now on.
    Counts,
    /// It was reversed, or what it rests on was.
    Reversed,
    /// The reversal was reversed.
    Again,
}

/// One change of what is open of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// From which day on.
    pub day: Day,
    /// The event that makes it count, or not, from that day on.
    pub by: u64,
    /// The event whose amount it is.
    pub of: u64,
    /// Which of the item's amounts: 0 the one with which it began, n the n-th settlement.
    pub(super) row: u32,
    /// What it is about.
    pub act: Act,
    /// Whether it brings the amount or takes it back.
    pub turn: Turn,
    /// In minor units of the item's currency; added to what is open.
    pub amount: i64,
    /// The installment that it names.
    pub(super) part: Option<u32>,
    /// Whether it reduces a schedule pro rata.
    pub(super) pro_rata: bool,
    /// The credit behind it, or the item that it settles.
    pub other: Option<ItemKey>,
    /// Whether it is the credit's side of a settlement: what that uses.
    pub uses: bool,
    /// Whether the other side is an item of the same account in the same currency, so that both
    /// sum to nothing.
    pub within: bool,
}

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

/// A balance that the ledger stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceStated {
    /// The event.
    pub version: Version,
    /// The day at whose end it holds.
    pub day: NaiveDate,
    /// In which company.
    pub company: Option<CompanyId>,
    /// On which receivable account of the ledger.
    pub ledger_account: Option<String>,
    /// How much.
    pub balance: Money,
}

/// One item, as a ledger shows it.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    ledger: &'a Ledger<'a>,
    account: &'a Account<'a>,
}

impl Book {
    /// The receivables as known at an instant, under the tenant's rules.
    #[must_use]
    pub fn ledger<'a>(&'a self, known_at: Recorded, policies: &Policies) -> Ledger<'a> {
        let mut ledger = Ledger { book: self, known_at, accounts: Vec::new(), steps: Vec::new() };
        ledger.accounts.reserve(self.items.len());
        for (key, item) in &self.items {
            ledger.take(*key, item, policies);
        }
        ledger
    }

    /// The part of it that one item is.
    pub(super) fn ledger_of<'a>(
        &'a self,
        key: ItemKey,
        known_at: Recorded,
        policies: &Policies,
    ) -> Ledger<'a> {
        let mut ledger = Ledger { book: self, known_at, accounts: Vec::new(), steps: Vec::new() };
        if let Some(item) = self.items.get(&key) {
            ledger.take(key, item, policies);
        }
        ledger
    }

    /// Everything open, seen from `view`, a row an installment, in the order of item keys.
    ///
    /// A row with nothing open is left out; one minor unit left open stays.
    #[must_use]
    pub fn open_items(&self, view: &View, policies: &Policies) -> Vec<OpenItem> {
        self.ledger(view.known_at, policies).open_items(view.as_of)
    }

    /// What is open of one document, or of the credit that a payment left, seen from `view`.
    #[must_use]
    pub fn open_item(&self, key: ItemKey, view: &View, policies: &Policies) -> Vec<OpenItem> {
        self.ledger_of(key, view.known_at, policies).open_items(view.as_of)
    }
}

impl<'a> Ledger<'a> {
    /// The book behind it.
    #[must_use]
    pub const fn book(&self) -> &'a Book {
        self.book
    }

    /// Every item, by key.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.accounts.iter().map(|account| Entry { ledger: self, account })
    }

    /// The item of this key, if it is known.
    #[must_use]
    pub fn entry(&self, key: ItemKey) -> Option<Entry<'_>> {
        let at = self.accounts.binary_search_by_key(&key, |it| it.key).ok()?;
        self.accounts.get(at).map(|account| Entry { ledger: self, account })
    }

    /// Everything open at the end of a day, a row an installment, in the order of item keys.
    #[must_use]
    pub fn open_items(&self, as_of: NaiveDate) -> Vec<OpenItem> {
        self.entries().flat_map(|entry| entry.open_items(as_of)).collect()
    }

    /// The balances that the ledger of the books stated on the days from `from` to `to`.
    #[must_use]
    pub fn stated(&self, from: NaiveDate, to: NaiveDate) -> Vec<BalanceStated> {
        let view = View { as_of: to, known_at: self.known_at };
        let rows = self.book.stated.iter();
        let shown =
            rows.filter(|it| self.book.voids.shows(it.stamp, &view) && it.stamp.day >= from.into());
        shown
            .map(|it| BalanceStated {
                version: Version(it.stamp.version),
                day: it.stamp.effective(),
                company: it.company,
                ledger_account: it.ledger_account.clone(),
                balance: it.balance,
            })
            .collect()
    }

    /// What all items of a currency come to at the end of a day, in minor units; of one company or
    /// on one receivable account of the ledger, where these are named.
    #[must_use]
    pub fn balance(
        &self,
        day: NaiveDate,
        currency: Currency,
        company: Option<CompanyId>,
        ledger_account: Option<&str>,
    ) -> i64 {
        let entries = self.entries().filter(|it| {
            it.currency() == currency && (company.is_none() || it.company() == company)
        });
        let of = entries.flat_map(|entry| {
            let parts = entry.original().parts.iter().zip(entry.open_parts(day));
            let wanted = parts.filter(|(part, _)| {
                ledger_account.is_none() || part.ledger_account.as_deref() == ledger_account
            });
            wanted.map(|(_, open)| open).collect::<Vec<_>>()
        });
        of.fold(0, i64::saturating_add)
    }

    fn take(&mut self, key: ItemKey, item: &'a Item, policies: &Policies) {
        let book = self.book;
        let Some(original) = book.known(key, self.known_at) else {
            return;
        };
        let from = self.steps.len();
        let began = Step {
            day: original.stamp.day,
            by: original.stamp.version,
            of: original.stamp.version,
            row: 0,
            act: Act::Began(original.origin),
            turn: Turn::Counts,
            amount: original.amount,
            part: None,
            pro_rata: false,
            other: None,
            uses: false,
            within: false,
        };
        let own = [Undone::Item(key), Undone::Version(original.stamp.version)];
        if own.iter().any(|what| book.reversals.contains_key(what)) {
            let there = |view: &View| book.seen(key, view).is_some();
            self.turns(began, &own, [], there);
        } else {
            self.steps.push(began);
        }
        for (effect, row) in item.effects.iter().zip(1_u32..) {
            self.settled(key, original, effect, row, policies);
        }
        if let Some(steps) = self.steps.get_mut(from..) {
            steps.sort_by_key(|step| (step.day, step.turn, step.by, step.row));
        }
        let upto = self.steps.len();
        self.accounts.push(Account { key, item, original, from, upto });
    }

    /// The steps of one settlement.
    fn settled(
        &mut self,
        key: ItemKey,
        original: &Original,
        effect: &Effect,
        row: u32,
        policies: &Policies,
    ) {
        let (book, stamp) = (self.book, effect.stamp);
        let is_known = stamp.recorded <= self.known_at
            && effect.currency == original.currency
            && !book.voids.is_void(stamp.version, self.known_at);
        if !is_known {
            return;
        }
        let day = effect.day.max(stamp.day).max(original.stamp.day);
        let rule = || {
            let on = View { as_of: day.date(), known_at: self.known_at };
            policies.advance(&on).rule == AdvanceRule::ProRata
        };
        let other = effect.other.and_then(|other| book.known(other, self.known_at));
        let mut step = Step {
            day,
            by: stamp.version,
            of: stamp.version,
            row,
            act: Act::Settled(effect.kind),
            turn: Turn::Counts,
            amount: effect.amount,
            part: effect.installment,
            pro_rata: effect.advance && original.parts.len() > 1 && rule(),
            other: effect.other,
            uses: effect.uses,
            within: effect.other_currency == Some(original.currency)
                && other.is_some_and(|it| it.currency == original.currency),
        };
        let mut own = vec![Undone::Item(key), Undone::Version(original.stamp.version)];
        own.push(Undone::Version(stamp.version));
        own.extend(effect.other.map(Undone::Item));
        own.extend(other.map(|it| Undone::Version(it.stamp.version)));
        let foreign = match effect.other {
            Some(ItemKey::Payment(payment)) => book.paid_by_others.get(&payment),
            _ => None,
        };
        let turns =
            !book.reversals.is_empty() && own.iter().any(|what| book.reversals.contains_key(what));
        if turns || foreign.is_some() {
            let shows = |view: &View| {
                book.seen(key, view).is_some() && book.shows_effect(effect, original.currency, view)
            };
            let days = foreign.into_iter().flatten().map(|it| it.day);
            let days = days.chain(other.map(|it| it.stamp.day)).chain([day]);
            self.turns(step, &own, days, shows);
            return;
        }
        match (effect.other, other) {
            (None, _) => self.steps.push(step),
            (Some(_), Some(other))
                if effect.other_currency.is_none_or(|it| it == other.currency) =>
            {
                step.day = step.day.max(other.stamp.day);
                self.steps.push(step);
            }
            _ => {}
        }
    }

    /// The days on which an amount begins or ceases to count, found by asking on each day on which
    /// it may.
    fn turns(
        &mut self,
        step: Step,
        own: &[Undone],
        days: impl IntoIterator<Item = Day>,
        counts: impl Fn(&View) -> bool,
    ) {
        let reversals = self.book.reversals_of(own, self.known_at);
        let mut asked: BTreeSet<Day> = reversals.iter().map(|stamp| stamp.day).collect();
        asked.insert(step.day);
        asked.extend(days);
        let mut turn = Turn::Counts;
        let mut counted = false;
        for day in asked {
            if counts(&View { as_of: day.date(), known_at: self.known_at }) == counted {
                continue;
            }
            let by = reversals.iter().filter(|stamp| stamp.day == day && turn != Turn::Counts);
            let by = by.map(|stamp| stamp.version).max().unwrap_or(step.of);
            let amount = if counted { step.amount.saturating_neg() } else { step.amount };
            self.steps.push(Step { day, by, turn, amount, ..step });
            counted = !counted;
            turn = if counted { Turn::Reversed } else { Turn::Again };
        }
    }
}

impl<'a> Entry<'a> {
    /// Which item.
    #[must_use]
    pub const fn key(&self) -> ItemKey {
        self.account.key
    }

    /// How it began.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.account.original.origin
    }

    pub(super) const fn original(&self) -> &'a Original {
        self.account.original
    }

    /// The item's number, if it has one.
    #[must_use]
    pub fn number(&self) -> Option<&'a str> {
        self.account.original.number.as_deref()
    }

    /// The event that made it.
    #[must_use]
    pub const fn version(&self) -> Version {
        Version(self.account.original.stamp.version)
    }

    /// Its amount with a sign.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.money(self.account.original.amount)
    }

    /// So many minor units of its currency.
    #[must_use]
    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.account.original.currency)
    }

    /// Every change of it, in order.
    #[must_use]
    pub fn steps(&self) -> &'a [Step] {
        self.ledger.steps.get(self.account.from..self.account.upto).unwrap_or_default()
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
        self.account.original.document_day.date()
    }

    /// The currency of all its amounts.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.account.original.currency
    }

    /// Units of the base currency for one of its own, as the document states.
    #[must_use]
    pub const fn base_rate(&self) -> Option<Rate> {
        self.account.original.base_rate
    }

    /// Which of our companies it belongs to.
    #[must_use]
    pub const fn company(&self) -> Option<CompanyId> {
        self.account.original.company
    }

    /// Gives what is open of each part at the end of a day, in the order of the parts; parts with
    /// nothing open are left out. [`open_items`](Self::open_items) with less said.
    pub fn each_open(&self, as_of: NaiveDate, mut give: impl FnMut(OpenPart)) {
        let original = self.original();
        let plain = !self.is_ever_disputed();
        if let ([part], true) = (original.parts.as_slice(), plain) {
            let open = self.open(as_of);
            if open != 0 {
                give(OpenPart { part: 0, due: part.due.date(), open, disputed: 0 });
            }
            return;
        }
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
            let after = self.original().disputed_parts(&open, some);
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
        self.original().parts.iter().map(|part| part.due.date()).min()
    }

    /// A dispute over it, told by the event of a version.
    #[must_use]
    pub fn dispute(&self, version: Version) -> Option<DisputeTold<'a>> {
        let mut rows = self.account.item.disputes.iter();
        let row = rows.find(|row| row.stamp.version == version.0)?;
        let (day, reason) = (row.stamp.effective(), row.reason.as_deref());
        Some(DisputeTold { dispute: row.dispute, day, reason, owner: row.owner })
    }

    /// The day from which a dispute over it is open, told by the event of a version.
    #[must_use]
    pub fn disputed_on(&self, version: Version) -> Option<NaiveDate> {
        let mut rows = self.account.item.disputes.iter();
        rows.find(|row| row.stamp.version == version.0).map(|row| row.stamp.effective())
    }

    /// What is open of each part.
    fn open_parts(&self, as_of: NaiveDate) -> Vec<i64> {
        let original = self.original();
        if original.parts.len() == 1 {
            return vec![self.open(as_of)];
        }
        let mut laid = Laid::new(original);
        for step in self.steps_until(as_of) {
            laid.take(step);
        }
        laid.open()
    }

    /// The rows of [`Ledger::open_items`] of this item.
    #[must_use]
    pub fn open_items(&self, as_of: NaiveDate) -> Vec<OpenItem> {
        let original = self.original();
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
                item: self.account.key,
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
        self.original().disputed_parts(open, disputes.iter().copied())
    }

    /// The disputes that are open at the end of a day.
    pub(super) fn disputes(&self, as_of: NaiveDate) -> Vec<&'a Dispute> {
        let (book, view) = (self.ledger.book, View { as_of, known_at: self.ledger.known_at });
        let rows = self.account.item.disputes.iter();
        rows.filter(|row| book.shows_dispute(row, &view)).collect()
    }

    pub(super) fn revaluations(&self) -> &'a [Revalued] {
        &self.account.item.revaluations
    }

    /// How much of the credit behind it a settlement used: as much, unless other money was paid.
    pub(super) fn used(&self, step: &Step) -> Money {
        let row = (step.row as usize).checked_sub(1);
        let effect = row.and_then(|at| self.account.item.effects.get(at));
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
        !self.account.item.disputes.is_empty()
    }

    /// How much each step up to the end of a day changed what is open of each part: what
    /// [`open_items`](Self::open_items) shows, told step by step.
    ///
    /// Shape: `(step, part, minor units)`, zeros left out; the amounts of a part sum to what is
    /// open of it.
    #[must_use]
    pub fn told(&self, as_of: NaiveDate) -> Vec<(&'a Step, u32, i64)> {
        let original = self.original();
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

    /// How much of it was paid with money that came back and is open again: at most what is open.
    #[must_use]
    pub fn returned(&self, as_of: NaiveDate) -> i64 {
        let mut back: i64 = 0;
        for step in self.steps_until(as_of) {
            let payment = matches!(step.other, Some(ItemKey::Payment(_)))
                && step.act == Act::Settled(ApplicationKind::Payment);
            match step.turn {
                Turn::Reversed if payment => back = back.saturating_add(step.amount),
                Turn::Again if payment => back = back.saturating_add(step.amount),
                Turn::Counts | Turn::Reversed | Turn::Again => {}
            }
        }
        back.clamp(0, self.open(as_of).max(0))
    }

    /// The settlements that count at the end of a day, as if what was reversed by then had never
    /// been: step, due day of the part, and by how much it changed what is open of it.
    pub(super) fn settled_by(&self, as_of: NaiveDate) -> Vec<(&'a Step, NaiveDate, i64)> {
        let original = self.original();
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
