//! Which other accounts play a part in an account's business, by the day from which they do.
//!
//! Owns [`Relations`], told by the account's own stream. Knows neither accounts' names nor groups
//! of more than two: a group is found by following parents.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::corrections::Corrections;
use crate::event::account::PartyRole;
use crate::gist::{Gist, Matter};
use crate::history::{Day, Stamp, View};
use crate::ids::AccountId;

/// A dated relation, or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
enum Tie {
    Parent { parent: AccountId, until: Option<Day> },
    NoParent(AccountId),
    Party { role: PartyRole, party: AccountId, until: Option<Day> },
    NoParty(PartyRole, AccountId),
    PaysFor { account: AccountId, until: Option<Day> },
    NotPaysFor(AccountId),
}

/// The other accounts that play a part in one account's business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Relations {
    ties: Vec<(Stamp, Tie)>,
    corrections: Corrections,
}

impl Relations {
    /// Takes in the next event of the account's stream.
    pub fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let tie = match gist.matter {
            Matter::Parent { parent, until } => Tie::Parent { parent, until },
            Matter::NoParent(parent) => Tie::NoParent(parent),
            Matter::Party { role, party, until } => Tie::Party { role, party, until },
            Matter::NoParty(role, party) => Tie::NoParty(role, party),
            Matter::PaysFor { account, until } => Tie::PaysFor { account, until },
            Matter::NotPaysFor(account) => Tie::NotPaysFor(account),
            _ => return,
        };
        self.ties.push((gist.stamp, tie));
    }

    /// The ties that a view shows, in the order in which they hold.
    fn seen(&self, view: &View) -> Vec<Tie> {
        let shown = self.ties.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by_key(|(stamp, _)| (stamp.day, self.corrections.place(stamp.version)));
        shown.into_iter().map(|(_, tie)| *tie).collect()
    }

    /// To whom the account belongs on the day of the view.
    #[must_use]
    pub fn parent(&self, view: &View) -> Option<AccountId> {
        let mut found = None;
        for tie in self.seen(view) {
            match tie {
                Tie::Parent { parent, until } => found = Some((parent, until)),
                Tie::NoParent(parent) if found.is_some_and(|(it, _)| it == parent) => found = None,
                _ => {}
            }
        }
        found.filter(|(_, until)| lasts(*until, view)).map(|(parent, _)| parent)
    }

    /// Whether the account says that it settles the items of `other`.
    #[must_use]
    pub fn pays_for(&self, other: AccountId, view: &View) -> bool {
        let mut pays = false;
        for tie in self.seen(view) {
            match tie {
                Tie::PaysFor { account, until } if account == other => pays = lasts(until, view),
                Tie::NotPaysFor(account) if account == other => pays = false,
                _ => {}
            }
        }
        pays
    }

    /// Whether the account says that `other` pays its items: as its parent, as the payer, or as
    /// the one that receives its invoices.
    #[must_use]
    pub fn is_paid_by(&self, other: AccountId, view: &View) -> bool {
        let pays = |role| matches!(role, PartyRole::Payer | PartyRole::BillTo);
        let mut named = false;
        for tie in self.seen(view) {
            match tie {
                Tie::Party { role, party, until } if party == other && pays(role) => {
                    named = lasts(until, view);
                }
                Tie::NoParty(role, party) if party == other && pays(role) => named = false,
                _ => {}
            }
        }
        named || self.parent(view) == Some(other)
    }
}

fn lasts(until: Option<Day>, view: &View) -> bool {
    until.is_none_or(|until| until >= view.as_of.into())
}
