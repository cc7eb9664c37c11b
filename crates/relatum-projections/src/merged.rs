//! Accounts that are one: the events of several streams as one account's, before any fold.
//!
//! Owns [`Merging`], which hands a fold the gists of all streams of a client as those of the
//! account that is kept, in the order in which the log learned them, and the names of their events
//! on the way out. Folds know nothing of it: to them it is one stream.
//!
//! Within it an event has another version than in its own stream: one that says its turn, its own
//! stream and its own version. Streams stand in it by their place in a list of the process, which
//! only grows; the place shows nowhere. [`event`] gives the name that the log knows.
//!
//! *Invariant: without merges every gist is handed on as it is.*

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use relatum_domain::event::account::Stage;
use relatum_domain::event::settlement::CreditSource;
use relatum_domain::gist::{Applied, Takes};
use relatum_domain::receivables::OpenItem;
use relatum_domain::{AccountId, Gist, Matter, Merges, PaymentId};
use relatum_stream::{EventRef, StreamId, Version};

/// Marks a version that is none of its stream.
const MARK: u64 = 1 << 63;
/// Bits of a version in its own stream.
const VERSION_BITS: u32 = 26;
/// Bits of the place of a stream.
const PLACE_BITS: u32 = 20;
/// The last turn; what comes later shares it.
const LAST_TURN: u64 = (1 << 17) - 1;

/// The streams of accounts that were merged, in the order in which they were met.
static MET: RwLock<Met> = RwLock::new(Met { streams: Vec::new(), places: BTreeMap::new() });

struct Met {
    streams: Vec<StreamId>,
    places: BTreeMap<StreamId, u64>,
}

/// The place of a stream; none: there are too many.
fn place(stream: StreamId) -> Option<u64> {
    let known = MET.read().unwrap_or_else(PoisonError::into_inner).places.get(&stream).copied();
    if known.is_some() {
        return known;
    }
    let mut met = MET.write().unwrap_or_else(PoisonError::into_inner);
    let next = u64::try_from(met.streams.len()).ok().filter(|next| *next < 1 << PLACE_BITS)?;
    let place = *met.places.entry(stream).or_insert(next);
    if place == next {
        met.streams.push(stream);
    }
    Some(place)
}

/// The name of the event of `version` of a stream, as the log knows it.
///
/// Of an account with which others are one, a fold knows events by versions of their own: whoever
/// reads a version of a state names the event by this.
#[must_use]
pub fn event(stream: impl Into<StreamId>, version: u64) -> EventRef {
    if version & MARK == 0 {
        return EventRef::new(stream.into(), Version(version));
    }
    let place = (version >> VERSION_BITS) & ((1 << PLACE_BITS) - 1);
    let met = MET.read().unwrap_or_else(PoisonError::into_inner);
    let own = usize::try_from(place).ok().and_then(|place| met.streams.get(place)).copied();
    let version = version & ((1 << VERSION_BITS) - 1);
    EventRef::new(own.unwrap_or_else(|| stream.into()), Version(version))
}

/// The open item of an account, by the version that the stream of its event knows.
pub(crate) fn own_item(account: AccountId, item: OpenItem) -> OpenItem {
    OpenItem { version: event(account, item.version).version.0, ..item }
}

/// The gists of one stream, in their order.
type Row<'g, 'a> = (StreamId, &'g [&'g Gist<'a>]);

/// More accounts are merged than this can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{given} accounts are merged, more than the {limit} that a program can answer for")]
pub struct TooManyMerged {
    /// How many.
    pub given: usize,
    /// How many there may be.
    pub limit: usize,
}

/// The accounts of a view that are one.
#[derive(Debug, Clone, Default)]
pub struct Merging {
    merges: Merges,
    groups: BTreeMap<AccountId, BTreeSet<AccountId>>,
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
            return Err(TooManyMerged { given: merges.all().count(), limit: 1 << PLACE_BITS });
        }
        Ok(Self { merges, groups })
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

    /// The gists of an account and of all that were merged into it, as one account's. `rows` are
    /// those of [`streams`](Self::streams), as far as there are any.
    #[must_use]
    pub fn joined<'a>(&self, kept: AccountId, rows: &[Row<'_, 'a>]) -> Vec<Gist<'a>> {
        let turns = Turns::of(kept, rows);
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
            _ => applied(matter).iter().any(|it| it.foreign.as_ref().is_some_and(is_away)),
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
                for it in applied_mut(matter) {
                    let foreign = it.foreign.map(|account| self.merges.of(account));
                    it.foreign = foreign.filter(|account| Some(*account) != own);
                }
            }
        }
    }
}

/// What an event settles, where it may be another account's.
fn applied<'m>(matter: &'m Matter<'_>) -> &'m [Applied] {
    match matter {
        Matter::Credit(_, applied)
        | Matter::Payment { applied, .. }
        | Matter::PaidByOther { applied, .. }
        | Matter::Netted(applied)
        | Matter::WrittenOff(applied)
        | Matter::Recovered(applied)
        | Matter::Allocated { applied, .. }
        | Matter::Undone { applied, .. } => applied,
        _ => &[],
    }
}

fn applied_mut<'m>(matter: &'m mut Matter<'_>) -> &'m mut [Applied] {
    match matter {
        Matter::Credit(_, applied)
        | Matter::Payment { applied, .. }
        | Matter::PaidByOther { applied, .. }
        | Matter::Netted(applied)
        | Matter::WrittenOff(applied)
        | Matter::Recovered(applied)
        | Matter::Allocated { applied, .. }
        | Matter::Undone { applied, .. } => applied,
        _ => &mut [],
    }
}

/// The order of the events of several streams, and what versions they have in it.
struct Turns<'g, 'a> {
    order: Vec<(StreamId, &'g Gist<'a>)>,
    versions: BTreeMap<(StreamId, u64), u64>,
}

impl<'g, 'a> Turns<'g, 'a> {
    fn of(kept: AccountId, rows: &[Row<'g, 'a>]) -> Self {
        let own = StreamId::from(kept);
        let all = rows.iter().flat_map(|(stream, gists)| gists.iter().map(|it| (*stream, *it)));
        let mut order: Vec<(StreamId, &Gist<'_>)> = all.collect();
        // Streams of one commit are told at one instant: the kept account's comes first.
        order.sort_by_key(|(stream, gist)| {
            (gist.stamp.recorded, *stream != own, *stream, gist.stamp.version)
        });
        let mut versions = BTreeMap::new();
        let (mut turn, mut last) = (0_u64, None);
        for (stream, gist) in &order {
            // Within a stream its own versions tell the order.
            if last.is_some_and(|last| last != *stream) {
                turn = turn.saturating_add(1).min(LAST_TURN);
            }
            last = Some(*stream);
            let own = gist.stamp.version;
            let place = place(*stream).unwrap_or_default();
            let told = turn << (PLACE_BITS + VERSION_BITS) | place << VERSION_BITS | own;
            versions.insert((*stream, own), MARK | told);
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
                let mut applied = applied(&gist.matter).iter().filter_map(|it| it.foreign);
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
