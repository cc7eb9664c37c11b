//! Contracts that end: what they are worth, what was ordered under them, and whether anybody talks
//! about what comes after.
//!
//! Joins agreements with orders, open chances and what is planned. *Talks* are an offer that
//! stands or a chance that is open with the account; what is planned with it is shown beside.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::{AccountId, ContractId, ManagerId, View};
use serde::Serialize;

use crate::agreements::EndingContract;
use crate::amounts::Sum;
use crate::models::Models;
use crate::pipeline::{OpenChance, PipelineBy, PipelineOptions};
use crate::sales::{BacklogLine, BacklogOptions, Wanted};

/// Which contracts are wanted: those that end in so many days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractsOptions {
    /// How many days ahead.
    pub within: u64,
    /// Only those of which nobody talks.
    pub silent: bool,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of accounts of this manager.
    pub manager: Option<ManagerId>,
}

/// A contract that ends, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractLine {
    /// The contract.
    #[serde(flatten)]
    pub contract: EndingContract,
    /// The account's name.
    pub account_name: String,
    /// Who answers for the account.
    pub manager: Option<ManagerId>,
    /// What was ordered under it, less what was cancelled, by currency.
    pub ordered: Vec<Sum>,
    /// Offers to the account that stand.
    pub offers: usize,
    /// Chances with the account that are open.
    pub chances: usize,
    /// The next activity that is planned with the account.
    pub next_planned: Option<NaiveDate>,
}

impl ContractLine {
    /// Whether nobody talks about what comes after.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.offers == 0 && self.chances == 0
    }

    /// The contracts of the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &ContractsOptions,
        view: &View,
    ) -> Vec<Self> {
        let ahead = chrono::Days::new(options.within);
        let last = view.as_of.checked_add_days(ahead).unwrap_or(NaiveDate::MAX);
        let mut contracts = part.agreements.contracts(view);
        contracts
            .retain(|it| it.ends <= last && options.account.is_none_or(|only| only == it.account));
        if contracts.is_empty() {
            return Vec::new();
        }
        let mut offers: BTreeMap<AccountId, usize> = BTreeMap::new();
        for offer in part.agreements.offers(view) {
            *offers.entry(offer.account).or_default() += 1;
        }
        let open =
            PipelineOptions { by: PipelineBy::Account, account: options.account, manager: None };
        let mut chances: BTreeMap<AccountId, usize> = BTreeMap::new();
        for chance in OpenChance::part(part, common, &open, view) {
            *chances.entry(chance.account).or_default() += 1;
        }
        let orders =
            BacklogOptions { wanted: Wanted::All, account: options.account, manager: None };
        let mut ordered: BTreeMap<ContractId, Vec<_>> = BTreeMap::new();
        for order in BacklogLine::part(part, common, &orders, view) {
            if let Some(contract) = order.contract {
                let net = order.ordered.micro - order.cancelled.micro;
                ordered.entry(contract).or_default().push((net, order.ordered.currency));
            }
        }
        let line = |it: EndingContract| Self {
            account_name: part.directory.account_name(it.account, view),
            manager: part.directory.manager_of(it.account, view),
            ordered: Sum::of(ordered.get(&it.contract).into_iter().flatten().copied()),
            offers: offers.get(&it.account).copied().unwrap_or(0),
            chances: chances.get(&it.account).copied().unwrap_or(0),
            next_planned: part.activities.next_planned(it.account, view),
            contract: it,
        };
        let lines = contracts.into_iter().map(line);
        let wanted = |it: &Self| {
            options.manager.is_none_or(|only| it.manager == Some(only))
                && (!options.silent || it.is_silent())
        };
        lines.filter(wanted).collect()
    }

    /// All of them, by their last day.
    #[must_use]
    pub fn whole(mut all: Vec<Self>) -> Vec<Self> {
        all.sort_by(|left, right| {
            let key = |it: &Self| (it.contract.ends, it.account_name.clone(), it.contract.event);
            key(left).cmp(&key(right))
        });
        all
    }
}
