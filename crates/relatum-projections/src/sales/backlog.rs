//! Orders and how far they are: delivered, refused, cancelled, open, late.

use chrono::NaiveDate;
use relatum_domain::{AccountId, ContractId, ManagerId, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::credit::owner_on;
use crate::amounts::Sum;
use crate::merged;
use crate::models::Models;

/// Which orders are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted {
    /// Those of which something is still to be delivered.
    #[default]
    Open,
    /// Those of these which the client wanted by a day that has passed.
    Late,
    /// All of them.
    All,
}

/// Which orders are wanted, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BacklogOptions {
    /// Which.
    pub wanted: Wanted,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of accounts of this manager.
    pub manager: Option<ManagerId>,
}

/// An order and how far it is. What was refused at the door is not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BacklogLine {
    /// Whose order it is.
    pub account: AccountId,
    /// Their name.
    pub account_name: String,
    /// Its number.
    pub number: Option<String>,
    /// When it was placed.
    pub day: NaiveDate,
    /// When the client wants it.
    pub wanted: Option<NaiveDate>,
    /// Under which contract.
    pub contract: Option<ContractId>,
    /// Who answers for the account on the day of the view.
    pub manager: Option<ManagerId>,
    /// For how much it was placed, before tax.
    pub ordered: Sum,
    /// What is delivered.
    pub delivered: Sum,
    /// What was refused at the door, whether it was delivered again or not.
    pub refused: Sum,
    /// What was cancelled.
    pub cancelled: Sum,
    /// What is still to be delivered.
    pub open: Sum,
    /// Days since it was wanted, while something is open; none: not late.
    pub days_late: Option<i64>,
    /// The event that placed it.
    pub event: EventRef,
}

impl BacklogLine {
    /// The orders of the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &BacklogOptions,
        view: &View,
    ) -> Vec<Self> {
        let rule = common.directory.policies().sales_credit(view).rule;
        let organisation = common.directory.organisation(view);
        let mut found = Vec::new();
        for (account, sales) in &part.sales.accounts {
            if options.account.is_some_and(|only| only != *account) {
                continue;
            }
            let owners = part.directory.assignments(*account, view);
            let manager = owner_on(&owners, view.as_of, &organisation, rule);
            if options.manager.is_some_and(|only| manager != Some(only)) {
                continue;
            }
            for order in sales.orders.values() {
                let Some(placed) = order.placed(&sales.voids, view) else { continue };
                let far = order.fulfilment(placed, &sales.voids, view);
                let sum = |micro| Sum { micro, currency: placed.net.currency };
                let wanted = placed.wanted.map(relatum_domain::Day::date);
                let late = wanted.filter(|wanted| far.open > 0 && *wanted < view.as_of);
                let is_wanted = match options.wanted {
                    Wanted::All => true,
                    Wanted::Open => far.open > 0,
                    Wanted::Late => late.is_some(),
                };
                if is_wanted {
                    found.push(Self {
                        account: *account,
                        account_name: part.directory.account_name(*account, view),
                        number: placed.number.clone(),
                        day: placed.stamp.effective(),
                        wanted,
                        contract: placed.contract,
                        manager,
                        ordered: sum(placed.net.micro.into()),
                        delivered: sum(far.delivered),
                        refused: sum(far.refused),
                        cancelled: sum(far.cancelled),
                        open: sum(far.open),
                        days_late: late.map(|wanted| (view.as_of - wanted).num_days()),
                        event: merged::event(*account, placed.stamp.version),
                    });
                }
            }
        }
        found
    }

    /// All of them, the latest first, then by the day on which they are wanted.
    #[must_use]
    pub fn whole(mut all: Vec<Self>) -> Vec<Self> {
        all.sort_by_key(|it| {
            let late = std::cmp::Reverse(it.days_late);
            (late, it.wanted.is_none(), it.wanted, it.day, it.account, it.event.version)
        });
        all
    }
}
