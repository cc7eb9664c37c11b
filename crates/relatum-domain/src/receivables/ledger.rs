//! The receivables of one account as known at one instant: every change of every item, in order.
//!
//! Owns [`Ledger`], which answers for any day. Nothing is edited: what was reversed is a step, and
//! a step that takes it back.
//!
//! *Invariant: what is open of an item on a day = the sum of its steps up to that day.*

use std::borrow::Cow;
use std::collections::btree_map;

use chrono::NaiveDate;
use relatum_stream::Version;

use super::book::Book;
use super::entry::Entry;
use super::item::{Item, ItemKey, OpenItem};
use super::steps::{ItemSteps, Maker, Steps};
use crate::history::{Recorded, View};
use crate::ids::CompanyId;
use crate::money::{Currency, Money};
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
    /// Of this item alone.
    only: Option<ItemKey>,
    steps: Cow<'a, Steps>,
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

impl Book {
    /// The receivables as known at an instant, under the tenant's rules.
    #[must_use]
    pub fn ledger(&self, known_at: Recorded, policies: &Policies) -> Ledger<'_> {
        let steps = Cow::Owned(self.steps(None, known_at, policies));
        Ledger { book: self, known_at, only: None, steps }
    }

    /// The same of steps that were made before, by [`all_steps`](Self::all_steps) of this very book
    /// as known at that instant.
    #[must_use]
    pub const fn ledger_of_steps<'a>(&'a self, known_at: Recorded, steps: &'a Steps) -> Ledger<'a> {
        Ledger { book: self, known_at, only: None, steps: Cow::Borrowed(steps) }
    }

    /// The steps of all items, as known at an instant, to be kept for many questions.
    #[must_use]
    pub fn all_steps(&self, known_at: Recorded, policies: &Policies) -> Steps {
        self.steps(None, known_at, policies)
    }

    fn steps(&self, only: Option<ItemKey>, known_at: Recorded, policies: &Policies) -> Steps {
        let mut maker = Maker { book: self, known_at, policies, made: Steps::default() };
        let items = match only {
            Some(key) => self.items.range(key..=key),
            None => self.items.range::<ItemKey, _>(..),
        };
        for (key, item) in items {
            maker.take(*key, item);
        }
        maker.made
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
        let known_at = view.known_at;
        let steps = Cow::Owned(self.steps(Some(key), known_at, policies));
        Ledger { book: self, known_at, only: Some(key), steps }.open_items(view.as_of)
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
        let mut made = self.steps.items.iter().peekable();
        let items = self.items();
        items.filter_map(move |(key, item)| {
            let steps = made.next_if(|it| it.key == *key)?;
            self.shown(item, steps)
        })
    }

    /// The item of this key, if it is known.
    #[must_use]
    pub fn entry(&self, key: ItemKey) -> Option<Entry<'_>> {
        let at = self.steps.items.binary_search_by_key(&key, |it| it.key).ok()?;
        self.shown(self.book.items.get(&key)?, self.steps.items.get(at)?)
    }

    fn items(&self) -> btree_map::Range<'a, ItemKey, Item> {
        match self.only {
            Some(key) => self.book.items.range(key..=key),
            None => self.book.items.range::<ItemKey, _>(..),
        }
    }

    fn shown<'b>(&'b self, item: &'a Item, steps: &ItemSteps) -> Option<Entry<'b>> {
        Some(Entry {
            book: self.book,
            known_at: self.known_at,
            key: steps.key,
            item,
            original: item.originals.get(steps.original)?,
            brief: steps.brief,
            steps: self.steps.steps.get(steps.from..steps.upto)?,
        })
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
}
