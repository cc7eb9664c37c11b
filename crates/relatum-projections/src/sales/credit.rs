//! To whose credit a sale is, and in which shares.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::account::{CreditShare, ShareKind};
use relatum_domain::event::organisation::TeamKind;
use relatum_domain::event::policy::{InAbsence, SalesCredit};
use relatum_domain::{ManagerId, TeamId, proportion, split};

use super::sale::Sale;
use crate::directory::{Assignments, Organisation};

/// What shares of one are counted in.
const WHOLE: i64 = 1_000_000_000;

/// Who shares in a sale.
///
/// Invariant: the shares of revenue, that of nobody included, sum to the whole.
#[derive(Debug)]
pub(super) struct Shares {
    /// Whose sale it is as a whole.
    pub(super) owner: Option<ManagerId>,
    /// None: the house.
    revenue: Vec<(Option<ManagerId>, i64)>,
    /// On top of the whole.
    overlay: Vec<(ManagerId, i64)>,
}

/// Somebody's share of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credit {
    /// None: the house.
    pub(super) manager: Option<ManagerId>,
    /// On top of the whole: outside of every roll-up.
    pub(super) overlay: bool,
    pub(super) amount: i128,
}

/// Who answers for an account on a day; where the rule says so, who stands in for them.
pub(super) fn owner_on(
    owners: &Assignments<'_>,
    day: NaiveDate,
    organisation: &Organisation,
    rule: SalesCredit,
) -> Option<ManagerId> {
    let owner = owners.on(day)?.manager;
    let deputy = organisation.deputy(owner, day).filter(|_| rule.in_absence == InAbsence::Deputy);
    Some(deputy.unwrap_or(owner))
}

impl Shares {
    /// As the event says; else the manager that it names; else as the account's assignment says.
    pub(super) fn of(
        sale: &Sale<'_>,
        owners: &Assignments<'_>,
        organisation: &Organisation,
        rule: SalesCredit,
    ) -> Self {
        let owner = sale.manager.or_else(|| owner_on(owners, sale.owned, organisation, rule));
        if !sale.credit.is_empty() {
            return Self::shared(owner, sale.credit);
        }
        let assigned = owners.on(sale.owned).filter(|_| sale.manager.is_none());
        match assigned.filter(|assigned| !assigned.credit.is_empty()) {
            Some(assigned) => Self::shared(owner, &assigned.credit),
            None => Self { owner, revenue: vec![(owner, WHOLE)], overlay: Vec::new() },
        }
    }

    fn shared(owner: Option<ManagerId>, credit: &[CreditShare]) -> Self {
        let mut shares = Self { owner, revenue: Vec::new(), overlay: Vec::new() };
        let mut left = WHOLE;
        for it in credit {
            let weight = it.share.of(WHOLE.into()).and_then(|weight| i64::try_from(weight).ok());
            let weight = weight.unwrap_or(0).clamp(0, WHOLE);
            match it.kind {
                // History may share more than there is: then nothing is left for those behind.
                ShareKind::Revenue => {
                    let weight = weight.min(left);
                    left = left.saturating_sub(weight);
                    shares.revenue.push((Some(it.manager), weight));
                }
                ShareKind::Overlay => shares.overlay.push((it.manager, weight)),
            }
        }
        if left > 0 {
            shares.revenue.push((None, left));
        }
        shares
    }

    /// The shares of an amount; those of revenue sum to it.
    pub(super) fn split(&self, amount: i128) -> Vec<Credit> {
        let weights: Vec<i64> = self.revenue.iter().map(|(_, weight)| *weight).collect();
        let units = i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX });
        let revenue = self.revenue.iter().zip(split(units, &weights));
        let revenue = revenue.map(|((manager, _), amount)| Credit {
            manager: *manager,
            overlay: false,
            amount: amount.into(),
        });
        let overlay = self.overlay.iter().map(|(manager, weight)| Credit {
            manager: Some(*manager),
            overlay: true,
            amount: proportion(amount, (*weight).into(), WHOLE.into()).unwrap_or_default(),
        });
        revenue.chain(overlay).filter(|credit| credit.amount != 0).collect()
    }

    /// Whoever has a share, on top of the whole or not.
    pub(super) fn managers(&self) -> impl Iterator<Item = ManagerId> {
        let revenue = self.revenue.iter().filter_map(|(manager, _)| *manager);
        revenue.chain(self.overlay.iter().map(|(manager, _)| *manager))
    }

    /// What one manager has of an amount, on top of the whole or not.
    pub(super) fn of_manager(&self, amount: i128, manager: ManagerId) -> i128 {
        let own = self.split(amount).into_iter().filter(|credit| credit.manager == Some(manager));
        own.map(|credit| credit.amount).sum()
    }

    /// What teams and territories have of an amount: a team what its members are credited with, a
    /// territory the whole where the owner belongs to it.
    pub(super) fn of_teams(
        &self,
        amount: i128,
        day: NaiveDate,
        organisation: &Organisation,
    ) -> BTreeMap<TeamId, i128> {
        let mut found = BTreeMap::new();
        for credit in self.split(amount).into_iter().filter(|credit| !credit.overlay) {
            let teams = credit.manager.map(|it| organisation.teams_of(it, day));
            for (team, kind) in teams.into_iter().flatten() {
                if kind == TeamKind::Team {
                    *found.entry(team).or_default() += credit.amount;
                }
            }
        }
        let owner = self.owner.map(|owner| organisation.teams_of(owner, day));
        for (team, kind) in owner.into_iter().flatten() {
            if kind == TeamKind::Territory {
                found.insert(team, amount);
            }
        }
        found
    }
}
