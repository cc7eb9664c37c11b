//! Client history: everything that happened with an account, in order of the days on which it
//! holds.

use std::collections::{BTreeMap, BTreeSet};

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::gist::Topics;
use relatum_domain::{
    AccountId, Amount, Currency, Family, Gist, Matter, Recorded, Stamp, TypeName, View, Voids,
};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::amounts::Sum;
use crate::merged;
use crate::projection::{Projection, all_is_kept};

/// One event in a history.
#[derive(Debug, Clone, Encode, Decode)]
struct Entry {
    stamp: Stamp,
    kind: TypeName,
    /// Bytes of its label; 0: it has none.
    label: u32,
    amount: Option<Amount>,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
struct Timeline {
    entries: Vec<Entry>,
    /// The labels of all entries, one after the other.
    labels: String,
    voids: Voids,
    /// What was told by batches that were taken back, and when that became known.
    undone: BTreeMap<u64, Recorded>,
}

/// Everything that happened with each account.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct History {
    accounts: BTreeMap<AccountId, Timeline>,
}

impl Projection for History {
    all_is_kept!();

    const NAME: &'static str = "history";
    const REVISION: u32 = 3;
    const READS: Topics = Topics::ALL;

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        let Some(account) = AccountId::of_stream(stream) else {
            return;
        };
        let timeline = self.accounts.entry(account).or_default();
        timeline.entries.reserve(gists.len());
        for gist in gists {
            timeline.voids.learn(gist);
            if let Matter::Untold(target) = gist.matter {
                // Nothing happened with the account: neither is shown.
                timeline.undone.extend(target.map(|target| (target, gist.stamp.recorded)));
                continue;
            }
            // No label is anywhere near as long as the most that a commit may hold.
            let label = gist.label.unwrap_or_default();
            timeline.labels.push_str(label);
            timeline.entries.push(Entry {
                stamp: gist.stamp,
                kind: gist.kind,
                label: u32::try_from(label.len()).unwrap_or(u32::MAX),
                amount: gist.amount,
            });
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}

impl Timeline {
    /// The entries, each with its label.
    fn labelled(&self) -> impl Iterator<Item = (&Entry, Option<&str>)> {
        let mut from = 0_usize;
        self.entries.iter().map(move |entry| {
            let to = from.saturating_add(entry.label as usize);
            let label = self.labels.get(from..to).filter(|label| !label.is_empty());
            from = to;
            (entry, label)
        })
    }
}

/// Which part of a history is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Only these event types; empty: all.
    pub kinds: Vec<String>,
    /// Only these families; empty: all.
    pub families: Vec<Family>,
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Up to this day.
    pub to: Option<NaiveDate>,
}

impl HistoryFilter {
    fn takes(&self, entry: &Entry) -> bool {
        let day = entry.stamp.effective();
        let by_kind = self.kinds.is_empty() && self.families.is_empty()
            || self.kinds.iter().any(|kind| kind == entry.kind.as_str())
            || entry.kind.family().is_some_and(|family| self.families.contains(&family));
        by_kind && self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
    }
}

/// A line of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// The day on which it holds.
    pub day: NaiveDate,
    /// Which event.
    pub event: EventRef,
    /// Its type.
    pub kind: TypeName,
    /// A number or subject.
    pub label: Option<String>,
    /// An amount.
    pub amount: Option<Sum>,
    /// Whether it was voided or amended later; such lines are shown, and count for nothing.
    pub void: bool,
}

/// What a book holds of one event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookLine {
    /// The event type.
    pub kind: TypeName,
    /// How many events.
    pub events: u64,
    /// On how many accounts.
    pub accounts: u64,
    /// Their amounts, by currency.
    pub amounts: Vec<Sum>,
}

/// What a book holds: counts and sums by event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookReport {
    /// The day up to which events count.
    pub as_of: NaiveDate,
    /// How many accounts have any event by then.
    pub accounts: u64,
    /// A line an event type, by name.
    pub lines: Vec<BookLine>,
}

impl History {
    /// The account's history, oldest day first, within a day in the order in which it was told.
    ///
    /// Voided events stay visible, marked: a history hides nothing that happened. What was told by
    /// a batch that was taken back never did.
    #[must_use]
    pub fn of(&self, account: AccountId, filter: &HistoryFilter, view: &View) -> Vec<HistoryLine> {
        self.told(account, filter, view).into_iter().map(|(line, _)| line).collect()
    }

    /// The accounts of which anything is known, by id.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.accounts.keys().copied()
    }

    /// The same lines, each with when the log learned of it.
    pub(crate) fn told(
        &self,
        account: AccountId,
        filter: &HistoryFilter,
        view: &View,
    ) -> Vec<(HistoryLine, Recorded)> {
        let Some(timeline) = self.accounts.get(&account) else {
            return Vec::new();
        };
        let undone = |version| timeline.undone.get(&version).is_some_and(|it| *it <= view.known_at);
        let seen = |entry: &Entry| {
            view.sees(entry.stamp) && filter.takes(entry) && !undone(entry.stamp.version)
        };
        let mut entries: Vec<(&Entry, Option<&str>)> =
            timeline.labelled().filter(|(entry, _)| seen(entry)).collect();
        entries.sort_by_key(|(entry, _)| (entry.stamp.day, entry.stamp.version));
        let stream = StreamId::from(account);
        let line = |(entry, label): (&Entry, Option<&str>)| {
            let line = HistoryLine {
                day: entry.stamp.effective(),
                event: merged::event(stream, entry.stamp.version),
                kind: entry.kind,
                label: label.map(str::to_owned),
                amount: entry.amount.map(Sum::from),
                void: timeline.voids.is_void(entry.stamp.version, view.known_at),
            };
            (line, entry.stamp.recorded)
        };
        entries.into_iter().map(line).collect()
    }

    /// What the whole book holds, by event type.
    #[must_use]
    pub fn book(&self, view: &View) -> BookReport {
        BookReport::whole(view, [self.count(view)])
    }

    /// What these accounts hold, by event type.
    #[must_use]
    pub fn count(&self, view: &View) -> Counted {
        let mut counted = Counted::default();
        for timeline in self.accounts.values() {
            let mut kinds = BTreeSet::new();
            for entry in &timeline.entries {
                if timeline.voids.shows(entry.stamp, view) {
                    let line = counted.lines.entry(entry.kind).or_default();
                    line.events += 1;
                    line.accounts += u64::from(kinds.insert(entry.kind));
                    if let Some(amount) = entry.amount {
                        line.add(amount.currency(), amount.micro());
                    }
                }
            }
            counted.accounts += u64::from(!kinds.is_empty());
        }
        counted
    }
}

/// What some accounts hold, by event type.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    accounts: u64,
    lines: BTreeMap<TypeName, Count>,
}

#[derive(Debug, Clone, Default)]
struct Count {
    events: u64,
    accounts: u64,
    amounts: BTreeMap<Currency, i128>,
}

impl Count {
    fn add(&mut self, currency: Currency, micro: i128) {
        let sum = self.amounts.entry(currency).or_default();
        *sum = sum.saturating_add(micro);
    }
}

impl BookReport {
    /// The report over what all parts hold.
    #[must_use]
    pub fn whole(view: &View, parts: impl IntoIterator<Item = Counted>) -> Self {
        let mut all = Counted::default();
        for part in parts {
            all.accounts += part.accounts;
            for (kind, count) in part.lines {
                let line = all.lines.entry(kind).or_default();
                line.events += count.events;
                line.accounts += count.accounts;
                count.amounts.into_iter().for_each(|(currency, micro)| line.add(currency, micro));
            }
        }
        let sum = |(currency, micro)| Sum { micro, currency };
        let line = |(kind, count): (TypeName, Count)| BookLine {
            kind,
            events: count.events,
            accounts: count.accounts,
            amounts: count.amounts.into_iter().map(sum).collect(),
        };
        let lines = all.lines.into_iter().map(line).collect();
        Self { as_of: view.as_of, accounts: all.accounts, lines }
    }
}
