//! Accounts that are one: the events of several streams as one account's, before any fold.
//!
//! Owns [`Merging`], which hands a fold the gists of all streams of a client as those of the
//! account that is kept, in the order in which the log learned them, and the names of their events
//! on the way out. Folds know nothing of it: to them it is one stream.
//!
//! Within it an event has another version than in its own stream; `names.rs` says which, and
//! [`event`] gives the name that the log knows.
//!
//! *Invariant: without merges every gist is handed on as it is.*

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use relatum_domain::event::account::Stage;
use relatum_domain::event::settlement::CreditSource;
use relatum_domain::gist::Takes;
use relatum_domain::receivables::OpenItem;
use relatum_domain::{AccountId, Gist, Matter, Merges, PaymentId};
use relatum_stream::StreamId;

use names::{Form, PLACES, place};
pub use names::{MergedTooLong, TooManyMerged, event};

/// What an event settles, where it may be another account's; of a matter that is lent either way.
macro_rules! applied {
    ($matter:expr) => {
        match $matter {
            Matter::Credit(_, applied)
            | Matter::Payment { applied, .. }
            | Matter::PaidByOther { applied, .. }
            | Matter::Netted(applied)
            | Matter::WrittenOff(applied)
            | Matter::Recovered(applied)
            | Matter::Allocated { applied, .. }
            | Matter::Undone { applied, .. } => Some(applied),
            _ => None,
        }
    };
}

/// The open item of an account, by the version that the stream of its event knows.
pub(crate) fn own_item(account: AccountId, item: OpenItem) -> OpenItem {
    OpenItem { version: event(account, item.version).version.0, ..item }
}

/// The gists of one stream, in their order.
type Row<'g, 'a> = (StreamId, &'g [&'g Gist<'a>]);

/// The accounts of a view that are one.
#[derive(Debug, Clone, Default)]
pub struct Merging {
    merges: Merges,
    groups: BTreeMap<AccountId, BTreeSet<AccountId>>,
    /// What turned out while streams were joined; clones of it know it too.
    too_long: Arc<OnceLock<MergedTooLong>>,
}

impl Merging {
    /// By what is known.
    ///
    /// # Errors
    /// [`TooManyMerged`].
    pub fn new(merges: Merges) -> Result<Self, TooManyMerged> {
        let groups = merges.groups();
        let named = |it: &AccountId| place((*it).into()).is_some();
        if !groups.iter().all(|(kept, merged)| named(kept) && merged.iter().all(named)) {
            return Err(TooManyMerged { given: merges.all().count(), limit: PLACES });
        }
        Ok(Self { merges, groups, too_long: Arc::default() })
    }

    /// Whether every account stands for itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Who was merged into whom.
    #[must_use]
    pub const fn merges(&self) -> &Merges {
        &self.merges
    }

    /// The accounts that answer for others, by id.
    pub fn kept(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.groups.keys().copied()
    }

    /// The streams of an account and of all that were merged into it, its own first; none: nobody
    /// was.
    #[must_use]
    pub fn streams(&self, kept: AccountId) -> Option<Vec<StreamId>> {
        let merged = self.groups.get(&kept)?.iter();
        Some([kept].iter().chain(merged).map(|it| StreamId::from(*it)).collect())
    }

    /// The streams of all accounts that are not alone.
    #[must_use]
    pub fn all_streams(&self) -> BTreeSet<StreamId> {
        let kept = self.groups.keys().filter_map(|kept| self.streams(*kept));
        kept.flatten().collect()
    }

    /// The gists of an account that is alone, where one of them names an account that was merged
    /// away; none: they are what they are.
    #[must_use]
    pub fn renamed<'a>(&self, stream: StreamId, gists: &[&Gist<'a>]) -> Option<Vec<Gist<'a>>> {
        if self.is_empty() || !gists.iter().any(|gist| self.names_merged(&gist.matter)) {
            return None;
        }
        let own = AccountId::of_stream(stream);
        let renamed = gists.iter().map(|gist| {
            let mut gist = (*gist).clone();
            self.rename(own, &mut gist.matter);
            gist
        });
        Some(renamed.collect())
    }

    /// Fails if any that were [joined](Self::joined) are too long for that: nothing that was made
    /// of them is true then.
    ///
    /// # Errors
    /// [`MergedTooLong`].
    pub fn sound(&self) -> Result<(), MergedTooLong> {
        self.too_long.get().map_or(Ok(()), |too_long| Err(*too_long))
    }

    /// Fails if these streams are too long to be told as one account's.
    ///
    /// # Errors
    /// [`MergedTooLong`].
    pub fn fits(kept: AccountId, rows: &[Row<'_, '_>]) -> Result<(), MergedTooLong> {
        form(kept, &in_turn(kept, rows)).map(|_| ())
    }

    /// The gists of an account and of all that were merged into it, as one account's. `rows` are
    /// those of [`streams`](Self::streams), as far as there are any. Whoever is done with what
    /// comes of it asks whether it is [`sound`](Self::sound).
    #[must_use]
    pub fn joined<'a>(&self, kept: AccountId, rows: &[Row<'_, 'a>]) -> Vec<Gist<'a>> {
        let order = in_turn(kept, rows);
        let form = form(kept, &order).unwrap_or_else(|too_long| {
            // The first one to be found is as good as any.
            let _ = self.too_long.set(too_long);
            Form::longest()
        });
        let turns = Turns::of(order, form);
        let spokesmen = Spokesmen::of(kept, rows);
        let within = Within::of(self, kept, rows);
        let mut left_out: BTreeSet<(StreamId, u64)> = BTreeSet::new();
        let mut joined = Vec::with_capacity(turns.order.len());
        for (stream, gist) in &turns.order {
            let at = |version: u64| turns.versions.get(&(*stream, version)).copied();
            let own = gist.stamp.version;
            let mut gist = (*gist).clone();
            gist.stamp.version = at(own).unwrap_or(own);
            gist.amends = gist.amends.and_then(at);
            let gone = match &gist.matter {
                Matter::Reversed(Takes::Version(it)) => left_out.contains(&(*stream, *it)),
                matter => within.is_told_by_payer(*stream, matter),
            };
            if gone {
                left_out.insert((*stream, own));
                gist.matter = Matter::Plain;
            }
            match &mut gist.matter {
                Matter::Voided(target) | Matter::Untold(target) => *target = target.and_then(at),
                Matter::Reversed(takes @ Takes::Version(_)) => {
                    if let Takes::Version(it) = *takes {
                        *takes = at(it).map_or(Takes::Elsewhere, Takes::Version);
                    }
                }
                _ => {}
            }
            within.allocate(&mut gist.matter);
            spokesmen.hear(*stream, &mut gist.matter);
            self.rename(Some(kept), &mut gist.matter);
            joined.push(gist);
        }
        joined
    }

    fn names_merged(&self, matter: &Matter<'_>) -> bool {
        let is_away = |account: &AccountId| self.merges.away(*account).is_some();
        match matter {
            Matter::Parent { parent: it, .. }
            | Matter::NoParent(it)
            | Matter::Party { party: it, .. }
            | Matter::NoParty(_, it)
            | Matter::PaysFor { account: it, .. }
            | Matter::NotPaysFor(it)
            | Matter::PaidByOther { payer: it, .. } => is_away(it),
            _ => applied!(matter)
                .is_some_and(|all| all.iter().any(|it| it.foreign.as_ref().is_some_and(is_away))),
        }
    }

    /// Calls accounts that were merged away by the one that answers for them. `own` is the account
    /// of which it is told: nobody belongs to oneself.
    fn rename(&self, own: Option<AccountId>, matter: &mut Matter<'_>) {
        match matter {
            Matter::Parent { parent: it, .. }
            | Matter::NoParent(it)
            | Matter::Party { party: it, .. }
            | Matter::NoParty(_, it)
            | Matter::PaysFor { account: it, .. }
            | Matter::NotPaysFor(it) => {
                *it = self.merges.of(*it);
                if Some(*it) == own {
                    *matter = Matter::Plain;
                }
            }
            Matter::PaidByOther { payer, .. } => *payer = self.merges.of(*payer),
            _ => {
                for it in applied!(matter).into_iter().flatten() {
                    let foreign = it.foreign.map(|account| self.merges.of(account));
                    it.foreign = foreign.filter(|account| Some(*account) != own);
                }
            }
        }
    }
}

/// The events of several streams in the order in which the log learned them.
fn in_turn<'g, 'a>(kept: AccountId, rows: &[Row<'g, 'a>]) -> Vec<(StreamId, &'g Gist<'a>)> {
    let own = StreamId::from(kept);
    let all = rows.iter().flat_map(|(stream, gists)| gists.iter().map(|it| (*stream, *it)));
    let mut order: Vec<(StreamId, &Gist<'_>)> = all.collect();
    // Streams of one commit are told at one instant: the kept account's comes first.
    order.sort_by_key(|(stream, gist)| {
        (gist.stamp.recorded, *stream != own, *stream, gist.stamp.version)
    });
    order
}

/// How versions are put together of events in their order.
fn form(kept: AccountId, order: &[(StreamId, &Gist<'_>)]) -> Result<Form, MergedTooLong> {
    let changes = order.windows(2).filter(|pair| match pair {
        [(one, _), (next, _)] => one != next,
        _ => false,
    });
    let turns = changes.count() as u64;
    let events = order.iter().map(|(_, gist)| gist.stamp.version).max().unwrap_or_default();
    Form::of(turns, events).ok_or(MergedTooLong { account: kept, turns, events })
}

/// The order of the events of several streams, and what versions they have in it.
struct Turns<'g, 'a> {
    order: Vec<(StreamId, &'g Gist<'a>)>,
    versions: BTreeMap<(StreamId, u64), u64>,
}

impl<'g, 'a> Turns<'g, 'a> {
    fn of(order: Vec<(StreamId, &'g Gist<'a>)>, form: Form) -> Self {
        let mut versions = BTreeMap::new();
        let (mut turn, mut last) = (0_u64, None);
        for (stream, gist) in &order {
            // Within a stream its own versions tell the order.
            if last.is_some_and(|last| last != *stream) {
                turn = turn.saturating_add(1);
            }
            last = Some(*stream);
            let own = gist.stamp.version;
            versions.insert((*stream, own), form.version(turn, *stream, own));
        }
        Self { order, versions }
    }
}

/// Which of several accounts says who answers, of what class it is, to whom it belongs and how much
/// credit it has: the kept one, or if it says nothing the first of the others that does.
struct Spokesmen {
    kept: StreamId,
    manager: Option<StreamId>,
    class: Option<StreamId>,
    parent: Option<StreamId>,
    limit: Option<StreamId>,
}

impl Spokesmen {
    fn of(kept: AccountId, rows: &[Row<'_, '_>]) -> Self {
        let kept = StreamId::from(kept);
        let mut rows: Vec<&Row<'_, '_>> = rows.iter().collect();
        rows.sort_by_key(|(stream, _)| (*stream != kept, *stream));
        let first = |says: fn(&Matter<'_>) -> bool| {
            let mut rows = rows.iter();
            let found = rows.find(|(_, gists)| gists.iter().any(|it| says(&it.matter)));
            found.map(|(stream, _)| *stream)
        };
        Self {
            kept,
            manager: first(|it| matches!(it, Matter::Assigned { .. })),
            class: first(|it| match it {
                Matter::Opened { class, segment, .. } => class.or(*segment).is_some(),
                it => matches!(it, Matter::Classified { .. }),
            }),
            parent: first(|it| matches!(it, Matter::Parent { .. } | Matter::NoParent(_))),
            limit: first(|it| matches!(it, Matter::CreditLimit { .. })),
        }
    }

    /// Leaves of what describes an account only what the one says that speaks for all.
    fn hear(&self, stream: StreamId, matter: &mut Matter<'_>) {
        let other = stream != self.kept;
        let speaks = |spokesman: Option<StreamId>| spokesman == Some(stream);
        let is_unheard = match matter {
            Matter::Assigned { .. } => !speaks(self.manager),
            Matter::Classified { .. } => !speaks(self.class),
            Matter::Parent { .. } | Matter::NoParent(_) => !speaks(self.parent),
            Matter::CreditLimit { .. } => !speaks(self.limit),
            Matter::Closed | Matter::Stage(Stage::Prospect) => other,
            _ => false,
        };
        if is_unheard {
            *matter = Matter::Plain;
        } else if let Matter::Opened {
            stage, country, sector, class, segment, external_ids, ..
        } = matter
            && other
        {
            let is_heard = speaks(self.class);
            *matter = Matter::Joined {
                stage: *stage,
                country: *country,
                sector: *sector,
                class: class.filter(|_| is_heard),
                segment: segment.filter(|_| is_heard),
                external_ids: std::mem::take(external_ids),
            };
        }
    }
}

/// What one of several accounts paid for another: it is one account's own payment now.
struct Within {
    /// The payments of which the payer's own stream says what they settle here.
    used: BTreeSet<PaymentId>,
    /// The payments that each stream was told to have been made by another of the accounts.
    halves: BTreeSet<(StreamId, PaymentId)>,
}

impl Within {
    fn of(merging: &Merging, kept: AccountId, rows: &[Row<'_, '_>]) -> Self {
        let mut found = Self { used: BTreeSet::new(), halves: BTreeSet::new() };
        for (stream, gists) in rows {
            for gist in *gists {
                let payment = match &gist.matter {
                    Matter::PaidByOther { payer, payment, .. }
                        if merging.merges.of(*payer) == kept =>
                    {
                        found.halves.insert((*stream, *payment));
                        continue;
                    }
                    Matter::Payment { payment, .. }
                    | Matter::Allocated { from: CreditSource::Payment(payment), .. } => *payment,
                    _ => continue,
                };
                let applied = applied!(&gist.matter).into_iter().flatten();
                let mut applied = applied.filter_map(|it| it.foreign);
                if applied.any(|account| merging.merges.of(account) == kept) {
                    found.used.insert(payment);
                }
            }
        }
        found
    }

    /// Whether an event says again what the payer's own stream says.
    fn is_told_by_payer(&self, stream: StreamId, matter: &Matter<'_>) -> bool {
        match matter {
            Matter::PaidByOther { payment, .. }
            | Matter::Undone { from: CreditSource::Payment(payment), .. }
            | Matter::Reversed(Takes::Payment(payment)) => {
                self.used.contains(payment) && self.halves.contains(&(stream, *payment))
            }
            _ => false,
        }
    }

    /// What the payer's stream does not say of its payment, the other one does.
    fn allocate(&self, matter: &mut Matter<'_>) {
        if let Matter::PaidByOther { payment, applied, .. } = matter
            && self.halves.iter().any(|(_, half)| half == payment)
        {
            let from = CreditSource::Payment(*payment);
            *matter = Matter::Allocated { from, applied: std::mem::take(applied) };
        }
    }
}

#[cfg(test)]
mod tests {
    use relatum_domain::event::account::AccountOpened;
    use relatum_domain::{Actor, Derived as _, Event, Recorded, Source};
    use relatum_stream::{EventRef, Version};

    use super::*;

    #[test]
    fn what_is_too_long_is_told_to_whoever_asks() {
        let [kept, merged] = ["kept", "merged"].map(|name| AccountId::derived("test", name));
        let opened = AccountOpened {
            name: "Nordwind".into(),
            stage: Stage::Client,
            country: None,
            sector: None,
            class: None,
            segment: None,
            external_ids: Vec::new(),
            unassigned: false,
        };
        let day = chrono::NaiveDate::default();
        let event = Event::new(day, Actor::system("t"), Source::new("t", "1"), opened);
        let gist = |account: AccountId, version| {
            Gist::of(EventRef::new(account.into(), Version(version)), Recorded(1), &event)
        };
        let check = |last: u64| {
            let merging = Merging::default();
            let (own, other) = (gist(kept, 1), gist(merged, last));
            let rows = [(kept.into(), &[&own][..]), (merged.into(), &[&other][..])];
            let names: Vec<EventRef> = merging
                .joined(kept, &rows)
                .iter()
                .map(|gist| super::event(kept, gist.stamp.version))
                .collect();
            assert_eq!(merging.clone().sound(), Merging::fits(kept, &rows));
            (merging.sound(), names)
        };
        let named = |version| {
            [(kept, 1), (merged, version)]
                .map(|(account, version)| EventRef::new(account.into(), Version(version)))
        };
        let last = u64::from(u32::MAX);
        assert_eq!(check(last), (Ok(()), named(last).into()));
        let (sound, _) = check(last + 1);
        let too_long = MergedTooLong { account: kept, turns: 1, events: last + 1 };
        assert_eq!(sound, Err(too_long));
        let words = too_long.to_string();
        assert!(
            words.contains("changes between them 1 times") && words.contains("split"),
            "{words}"
        );
    }
}
