//! The changes of items, found in the rows of a book.
//!
//! Owns [`Step`] and how steps are made. Where nothing is reversed and nobody else pays, a step has
//! one day: the latest of its own and of both documents'. Else the book is asked on every day on
//! which one of the events that an amount rests on begins or is reversed.

use std::collections::BTreeSet;

use super::book::{Book, Undone};
use super::item::{Effect, Item, ItemKey, Origin, Original};
use crate::event::policy::AdvanceRule;
use crate::event::settlement::ApplicationKind;
use crate::history::{Day, Recorded, View};
use crate::money::Currency;
use crate::policies::Policies;

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

/// The steps of all items of a book, as known at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    pub(super) items: Vec<ItemSteps>,
    pub(super) steps: Vec<Step>,
    /// Whether a rule of the tenant had a say.
    by_rule: bool,
}

/// Where the steps of one item are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ItemSteps {
    pub(super) key: ItemKey,
    /// Which of the item's originals is the one that is known.
    pub(super) original: usize,
    pub(super) from: usize,
    pub(super) upto: usize,
    /// What most questions ask of the original, so that they need not look there.
    pub(super) brief: Brief,
}

/// An original in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) currency: Currency,
    pub(super) document_day: Day,
    /// When it is due, if it is due in one part and was never disputed.
    pub(super) due: Option<Day>,
}

/// Makes steps.
pub(super) struct Maker<'a> {
    pub(super) book: &'a Book,
    pub(super) known_at: Recorded,
    pub(super) policies: &'a Policies,
    pub(super) made: Steps,
}

impl Steps {
    /// Whether the same steps come of the same book under any rules of the tenant.
    #[must_use]
    pub const fn is_free_of_rules(&self) -> bool {
        !self.by_rule
    }
}

impl Maker<'_> {
    /// Adds the steps of one item.
    pub(super) fn take(&mut self, key: ItemKey, item: &Item) {
        let book = self.book;
        let Some(at) = book.known_of(item, self.known_at) else {
            return;
        };
        let Some(original) = item.originals.get(at) else {
            return;
        };
        let from = self.made.steps.len();
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
        if book.has_reversal(&own) {
            let there = |view: &View| book.seen(key, view).is_some();
            self.turns(began, &own, [], there);
        } else {
            self.made.steps.push(began);
        }
        for (effect, row) in item.effects.iter().zip(1_u32..) {
            self.settled(key, original, effect, row);
        }
        if let Some(steps) = self.made.steps.get_mut(from..)
            && steps.len() > 1
        {
            steps.sort_by_key(|step| (step.day, step.turn, step.by, step.row));
        }
        let upto = self.made.steps.len();
        let brief = Brief {
            currency: original.currency,
            document_day: original.document_day,
            due: match original.parts.as_slice() {
                [only] if item.disputes.is_empty() => Some(only.due),
                _ => None,
            },
        };
        self.made.items.push(ItemSteps { key, original: at, from, upto, brief });
    }

    /// The steps of one settlement.
    fn settled(&mut self, key: ItemKey, original: &Original, effect: &Effect, row: u32) {
        let (book, stamp) = (self.book, effect.stamp);
        let is_known = stamp.recorded <= self.known_at
            && effect.currency == original.currency
            && !book.voids.is_void(stamp.version, self.known_at);
        if !is_known {
            return;
        }
        let day = effect.day.max(stamp.day).max(original.stamp.day);
        let other = effect.other.and_then(|other| book.known(other, self.known_at));
        let step = Step {
            day,
            by: stamp.version,
            of: stamp.version,
            row,
            act: Act::Settled(effect.kind),
            turn: Turn::Counts,
            amount: effect.amount,
            part: effect.installment,
            pro_rata: effect.advance && original.parts.len() > 1 && self.pro_rata(day),
            other: effect.other,
            uses: effect.uses,
            within: effect.other_currency == Some(original.currency)
                && other.is_some_and(|it| it.currency == original.currency),
        };
        // What it rests on; the event that it comes from stands in for what is not there.
        let event = Undone::Version(stamp.version);
        let own = [
            Undone::Item(key),
            Undone::Version(original.stamp.version),
            event,
            effect.other.map_or(event, Undone::Item),
            other.map_or(event, |it| Undone::Version(it.stamp.version)),
        ];
        let foreign = match effect.other {
            Some(ItemKey::Payment(payment)) => book.paid_by_others.get(&payment),
            _ => None,
        };
        if book.has_reversal(&own) || foreign.is_some() {
            let shows = |view: &View| {
                book.seen(key, view).is_some() && book.shows_effect(effect, original.currency, view)
            };
            let days = foreign.into_iter().flatten().map(|it| it.day);
            let days = days.chain(other.map(|it| it.stamp.day)).chain([day]);
            self.turns(step, &own, days, shows);
            return;
        }
        match (effect.other, other) {
            (None, _) => self.made.steps.push(step),
            (Some(_), Some(other))
                if effect.other_currency.is_none_or(|it| it == other.currency) =>
            {
                let day = day.max(other.stamp.day);
                self.made.steps.push(Step { day, ..step });
            }
            _ => {}
        }
    }

    /// Whether an advance of that day reduces a schedule pro rata.
    fn pro_rata(&mut self, day: Day) -> bool {
        self.made.by_rule = true;
        let on = View { as_of: day.date(), known_at: self.known_at };
        self.policies.advance(&on).rule == AdvanceRule::ProRata
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
            self.made.steps.push(Step { day, by, turn, amount, ..step });
            counted = !counted;
            turn = if counted { Turn::Reversed } else { Turn::Again };
        }
    }
}
