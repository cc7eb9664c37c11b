//! Which accounts are one client: told by merges and splits, on the tenant's stream.
//!
//! Owns [`Identities`], the fold of what was told, and [`Merges`], what holds as known at an
//! instant. Knows nothing of the accounts themselves. Who is the same client as who does not
//! depend on a day: it was so before anybody knew, so only what is known counts.
//!
//! *Invariant: an account that is merged away leads to one that is not, in finitely many steps.*

use std::collections::{BTreeMap, BTreeSet};

use relatum_stream::Version;
use serde::{Deserialize, Serialize};

use crate::corrections::Corrections;
use crate::gist::{Gist, Matter};
use crate::history::{Recorded, Stamp};
use crate::ids::AccountId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Told {
    Merged { kept: AccountId, merged: AccountId },
    Split(AccountId),
}

/// Every merge and split that was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identities {
    told: Vec<(Stamp, Told)>,
    corrections: Corrections,
}

/// A merge that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The account that goes on.
    pub kept: AccountId,
    /// The account that is the same client.
    pub merged: AccountId,
    /// Which event of the tenant's stream tells it.
    pub version: Version,
}

/// Which accounts are one, as known at an instant.
///
/// # Example
/// ```
/// use relatum_domain::event::account::AccountsMerged;
/// use relatum_domain::{AccountId, Actor, Derived, Event, Gist, Identities, Recorded, Source};
/// use relatum_domain::TenantId;
/// use relatum_stream::{EventRef, Version};
///
/// let [kept, merged] = ["C-1", "C-2"].map(|code| AccountId::derived("erp", code));
/// let body = AccountsMerged { kept, merged, reason: None };
/// let day = chrono::NaiveDate::default();
/// let event = Event::new(day, Actor::system("erp"), Source::new("erp", "1"), body);
/// let at = EventRef::new(TenantId::own().into(), Version(1));
/// let mut identities = Identities::default();
/// identities.take(&Gist::of(at, Recorded(10), &event));
/// assert_eq!(identities.known(Recorded(10)).of(merged), kept);
/// assert_eq!(identities.known(Recorded(9)).of(merged), merged, "nobody knew");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merges {
    all: BTreeMap<AccountId, Merge>,
    /// In which account each that is merged away ends.
    ends: BTreeMap<AccountId, AccountId>,
}

impl Identities {
    /// Takes in the next event of the tenant's stream.
    pub fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let told = match gist.matter {
            Matter::Merged { kept, merged } => Told::Merged { kept, merged },
            Matter::Split(account) => Told::Split(account),
            _ => return,
        };
        self.told.push((gist.stamp, told));
    }

    /// As if the event of version `next` replaced that of `amended`.
    pub(crate) fn replace(&mut self, amended: u64, next: u64) {
        self.corrections.replace(amended, next);
    }

    /// How often an account was told to be merged into another, or split off.
    #[must_use]
    pub fn told_of(&self, account: AccountId) -> usize {
        let of = |told: &Told| match told {
            Told::Merged { merged: it, .. } | Told::Split(it) => *it == account,
        };
        self.told.iter().filter(|(_, told)| of(told)).count()
    }

    /// What was known at `known_at`.
    ///
    /// What was told and cannot be changes nothing: an account merged with itself, into one that
    /// is merged into it, or once more; a split of what is not merged.
    #[must_use]
    pub fn known(&self, known_at: Recorded) -> Merges {
        let holds = |stamp: &Stamp| {
            stamp.recorded <= known_at && !self.corrections.is_void(stamp.version, known_at)
        };
        let mut told: Vec<_> = self.told.iter().filter(|(stamp, _)| holds(stamp)).collect();
        told.sort_by_key(|(stamp, _)| self.corrections.place(stamp.version));
        let mut merges = Merges::default();
        for (stamp, told) in told {
            match *told {
                Told::Merged { kept, merged } => {
                    let version = Version(stamp.version);
                    if !merges.all.contains_key(&merged) && merges.end(kept) != merged {
                        merges.all.insert(merged, Merge { kept, merged, version });
                    }
                }
                Told::Split(account) => {
                    merges.all.remove(&account);
                }
            }
        }
        merges.ends = merges.all.keys().map(|merged| (*merged, merges.end(*merged))).collect();
        merges
    }
}

impl Merges {
    /// Whether no account was merged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Follows merges from an account.
    fn end(&self, mut account: AccountId) -> AccountId {
        while let Some(merge) = self.all.get(&account) {
            account = merge.kept;
        }
        account
    }

    /// The account that answers for `account`: itself, unless it was merged away.
    #[must_use]
    pub fn of(&self, account: AccountId) -> AccountId {
        self.ends.get(&account).copied().unwrap_or(account)
    }

    /// The account that answers for `account`, if that was merged away.
    #[must_use]
    pub fn away(&self, account: AccountId) -> Option<AccountId> {
        self.ends.get(&account).copied()
    }

    /// The merges that hold, by the account that was merged away.
    pub fn all(&self) -> impl Iterator<Item = Merge> + '_ {
        self.all.values().copied()
    }

    /// The accounts merged into each that answers for some, in the order of their ids.
    #[must_use]
    pub fn groups(&self) -> BTreeMap<AccountId, BTreeSet<AccountId>> {
        let mut groups: BTreeMap<AccountId, BTreeSet<AccountId>> = BTreeMap::new();
        for (merged, end) in &self.ends {
            groups.entry(*end).or_default().insert(*merged);
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Day;
    use crate::ids::Derived as _;

    fn account(name: &str) -> AccountId {
        AccountId::derived("test", name)
    }

    fn told(all: &[Told]) -> Identities {
        let day = Day::from(chrono::NaiveDate::default());
        let stamp = |at: usize| {
            let version = u64::try_from(at).unwrap() + 1;
            Stamp { version, day, recorded: Recorded(i64::try_from(version).unwrap()) }
        };
        let told = all.iter().enumerate().map(|(at, it)| (stamp(at), *it)).collect();
        Identities { told, corrections: Corrections::default() }
    }

    fn merged(kept: &str, merged: &str) -> Told {
        Told::Merged { kept: account(kept), merged: account(merged) }
    }

    #[test]
    fn chains_end_in_the_account_that_is_kept_and_splits_cut_them() {
        let all = told(&[merged("b", "c"), merged("a", "b"), Told::Split(account("b"))]);
        let of = |known, name| all.known(Recorded(known)).of(account(name));
        assert_eq!(
            [1, 2, 3].map(|known| of(known, "c")),
            [account("b"), account("a"), account("b")]
        );
        assert_eq!(
            [1, 2, 3].map(|known| of(known, "b")),
            [account("b"), account("a"), account("b")]
        );
        let groups = all.known(Recorded(2)).groups();
        assert_eq!(groups, [(account("a"), [account("b"), account("c")].into())].into());
    }

    #[test]
    fn what_cannot_be_changes_nothing() {
        let ring = told(&[merged("a", "b"), merged("b", "a"), merged("a", "a"), merged("c", "b")]);
        let known = ring.known(Recorded(9));
        assert_eq!(known.all().count(), 1);
        assert_eq!(known.of(account("b")), account("a"));
        let split = told(&[Told::Split(account("b")), merged("a", "b")]);
        assert_eq!(split.known(Recorded(9)).of(account("b")), account("a"));
    }
}
