//! Who is who: accounts, managers, teams, and the tenant's policies, by effective date.
//!
//! Reports join this with their own rows at query time. Names of people are personal and stay in
//! the log: the directory keeps only which event tells them.

mod account;
mod manager;
mod presence;
mod team;

use std::collections::BTreeMap;
use std::sync::Arc;

use bitcode::{Decode, Encode};
use relatum_domain::gist::Topics;
use relatum_domain::{
    AccountId, Corrections, Gist, ManagerId, Policies, Stamp, TeamId, TenantId, View,
};
use relatum_stream::StreamId;

use crate::made::Made;
use crate::projection::{Projection, all_is_kept};
pub use account::{AccountCard, AccountProfile};
pub(crate) use account::{Assignments, KeyContacts, Standing, Term};
use manager::ManagerCard;
pub use manager::ManagerProfile;
pub(crate) use manager::Member;
pub(crate) use team::Organisation;
use team::TeamCard;
pub use team::TeamProfile;

/// Who is who.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Directory {
    accounts: BTreeMap<AccountId, AccountCard>,
    managers: BTreeMap<ManagerId, ManagerCard>,
    teams: BTreeMap<TeamId, TeamCard>,
    policies: Policies,
    #[bitcode(skip)]
    organised: Made<View, Organisation>,
}

impl Projection for Directory {
    all_is_kept!();

    const NAME: &'static str = "directory";
    const REVISION: u32 = 7;
    const READS: Topics = Topics::of(&[]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        self.organised = Made::default();
        let gists = gists.iter();
        if let Some(account) = AccountId::of_stream(stream) {
            let card = self.accounts.entry(account).or_default();
            gists.for_each(|gist| card.take(gist));
        } else if let Some(manager) = ManagerId::of_stream(stream) {
            let card = self.managers.entry(manager).or_default();
            gists.for_each(|gist| card.take(gist));
        } else if let Some(team) = TeamId::of_stream(stream) {
            let card = self.teams.entry(team).or_default();
            gists.for_each(|gist| card.take(gist));
        } else if stream == StreamId::from(TenantId::own()) {
            gists.for_each(|gist| self.policies.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.organised = Made::default();
        self.accounts.append(&mut others.accounts);
        self.managers.append(&mut others.managers);
        self.teams.append(&mut others.teams);
        if others.policies != Policies::default() {
            self.policies = others.policies;
        }
    }
}

/// The facts that a view shows, in the order in which they hold (then in which they were told, an
/// amendment in the place of what it replaces).
pub(crate) fn seen<'a, F>(
    facts: &'a [(Stamp, F)],
    corrections: &Corrections,
    view: &View,
) -> impl Iterator<Item = (Stamp, &'a F)> {
    let mut seen: Vec<(Stamp, &F)> = facts
        .iter()
        .filter(|(stamp, _)| corrections.shows(*stamp, view))
        .map(|(stamp, fact)| (*stamp, fact))
        .collect();
    seen.sort_by_key(|(stamp, _)| (stamp.day, corrections.place(stamp.version)));
    seen.into_iter()
}

impl Directory {
    /// Every account of which anything was known by then, by id.
    pub fn accounts<'a>(
        &'a self,
        view: &'a View,
    ) -> impl Iterator<Item = (AccountId, AccountProfile)> + 'a {
        let cards = self.accounts.iter();
        cards.filter_map(|(account, card)| Some((*account, card.profile(*account, view)?)))
    }

    /// Every account that was ever told of, by id.
    pub(crate) fn ids(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.accounts.keys().copied()
    }

    /// What is known of an account, if anything is by then.
    #[must_use]
    pub fn account(&self, account: AccountId, view: &View) -> Option<AccountProfile> {
        self.accounts.get(&account)?.profile(account, view)
    }

    /// The account's name, or its id where no event tells one.
    #[must_use]
    pub fn account_name(&self, account: AccountId, view: &View) -> String {
        // A name holds for the past too: a report of an earlier day still wants to be read.
        let ever = View { as_of: chrono::NaiveDate::MAX, ..*view };
        self.account(account, &ever).map_or_else(|| account.to_string(), |profile| profile.name)
    }

    /// Whether it is somebody, and not where that is kept which belongs to nobody known.
    pub(crate) fn is_somebody(&self, account: AccountId, view: &View) -> bool {
        let ever = View { as_of: chrono::NaiveDate::MAX, ..*view };
        self.account(account, &ever).is_none_or(|profile| !profile.unassigned)
    }

    /// Who answers for the account on the day of the view.
    #[must_use]
    pub fn manager_of(&self, account: AccountId, view: &View) -> Option<ManagerId> {
        self.accounts.get(&account)?.manager(view)
    }

    /// Whether an account is closed on the day of the view.
    pub(crate) fn is_closed(&self, account: AccountId, view: &View) -> bool {
        let card = self.accounts.get(&account).filter(|card| card.was_ever_closed());
        card.is_some_and(|card| card.is_closed(view))
    }

    /// The key contacts of an account, present and past.
    pub(crate) fn key_contacts(&self, account: AccountId, view: &View) -> KeyContacts {
        self.accounts.get(&account).map(|card| card.key_contacts(view)).unwrap_or_default()
    }

    /// Who answers for the account on any day, as known at the view: for many questions.
    pub(crate) fn assignments(&self, account: AccountId, view: &View) -> Assignments<'_> {
        self.accounts.get(&account).map(|card| card.assignments(view)).unwrap_or_default()
    }

    /// Who answered for the account from which day to which, as the view shows it.
    pub(crate) fn terms(&self, account: AccountId, view: &View) -> Vec<Term<'_>> {
        self.accounts.get(&account).map(|card| card.terms(view)).unwrap_or_default()
    }

    /// The teams and territories to which managers belonged, by manager, as the view shows it.
    pub(crate) fn memberships<'a>(
        &'a self,
        view: &'a View,
    ) -> impl Iterator<Item = (ManagerId, Member)> + 'a {
        let cards = self.managers.iter();
        cards.flat_map(|(manager, card)| {
            card.memberships(view).into_iter().map(|member| (*manager, member))
        })
    }

    /// What class each account had from which day on, as a view shows it, by id.
    pub(crate) fn standing<'a>(
        &'a self,
        view: &'a View,
    ) -> impl Iterator<Item = (AccountId, Vec<Standing>)> + 'a {
        let cards = self.accounts.iter();
        cards.map(|(account, card)| (*account, card.standing(*account, view)))
    }

    /// The same of one account.
    pub(crate) fn classes(&self, account: AccountId, view: &View) -> Vec<Standing> {
        let card = self.accounts.get(&account);
        card.map(|card| card.standing(account, view)).unwrap_or_default()
    }

    /// Every manager of whom anything was known by then, by id.
    pub fn managers<'a>(
        &'a self,
        view: &'a View,
    ) -> impl Iterator<Item = (ManagerId, ManagerProfile)> + 'a {
        let cards = self.managers.iter();
        cards.filter_map(|(manager, card)| Some((*manager, card.profile(*manager, view)?)))
    }

    /// What is known of a manager, if anything is by then.
    #[must_use]
    pub fn manager(&self, manager: ManagerId, view: &View) -> Option<ManagerProfile> {
        self.managers.get(&manager)?.profile(manager, view)
    }

    /// Every team and territory of which anything was known by then, by id.
    pub fn teams<'a>(&'a self, view: &'a View) -> impl Iterator<Item = (TeamId, TeamProfile)> + 'a {
        self.teams.iter().filter_map(|(team, card)| Some((*team, card.profile(view)?)))
    }

    /// What is known of a team or territory, if anything is by then.
    #[must_use]
    pub fn team(&self, team: TeamId, view: &View) -> Option<TeamProfile> {
        self.teams.get(&team)?.profile(view)
    }

    /// Who belonged where and who stood in for whom, on any day, as known at the view.
    pub(crate) fn organisation(&self, view: &View) -> Arc<Organisation> {
        self.organised.of(view, || self.organise(view))
    }

    fn organise(&self, view: &View) -> Organisation {
        let teams = self.teams.iter().map(|(team, card)| (*team, card));
        let mut all = Organisation::of(teams, view);
        for (manager, card) in &self.managers {
            card.join(*manager, view, &mut all);
        }
        all
    }

    /// The managers, and all for whom one of them ever stood in.
    #[must_use]
    pub fn with_the_absent(&self, managers: &[ManagerId]) -> Vec<ManagerId> {
        let cards = self.managers.iter();
        let stood_in = cards.filter(|(_, card)| card.deputies().any(|it| managers.contains(&it)));
        managers.iter().copied().chain(stood_in.map(|(absent, _)| *absent)).collect()
    }

    /// The tenant's rules.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }
}
