//! Clients by the period in which they first bought, and who of them bought again, when.

use std::iter;

use chrono::NaiveDate;
use relatum_domain::{AccountId, Currency, ManagerId, Policies, View};
use relatum_stream::EventRef;

use super::clients::{self, Counts};
use super::credit::owner_on;
use super::periods::{Period, RetentionBy};
use super::sale;
use crate::about::About;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink};
use crate::models::{Models, Which};

/// Which cohorts are wanted: of clients who first bought in a period from that of `from` on.
///
/// Column 0 is the size of a cohort, column n says how many of it bought for more than came back
/// in the n-th period after that of their first purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortsOptions {
    /// How long the periods are.
    pub by: RetentionBy,
    /// A day of the first period.
    pub from: NaiveDate,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only clients of this manager: whose they were when they first bought.
    pub manager: Option<ManagerId>,
    /// Only goods of this group.
    pub group: Option<String>,
}

impl CohortsOptions {
    /// The periods, oldest first.
    #[must_use]
    pub fn periods(&self, view: &View) -> Vec<Period> {
        self.by.periods(self.from, view.as_of)
    }
}

impl Report for CohortsOptions {
    fn name(&self) -> &'static str {
        "cohorts"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        sale::which(policies, view)
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, view: &View) -> Vec<Column> {
        let after = (1..self.periods(view).len()).map(|after| format!("after_{after}"));
        iter::once("size".to_owned()).chain(after).map(Column::count).collect()
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        common.directory.policies().sales_credit(view).event.into_iter().collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let policies = common.directory.policies();
        let credit = policies.sales_credit(view).rule;
        let organisation = common.directory.organisation(view);
        let (group, periods) = (self.group.as_deref(), self.periods(view));
        for (account, sales) in &part.sales.accounts {
            let wanted = self.account.is_none_or(|only| only == *account)
                && part.directory.is_somebody(*account, view);
            if !wanted {
                continue;
            }
            let sales = sale::sales_to(part, (*account, sales), credit, policies, view);
            let Some(first) = clients::first(&sales, group) else { continue };
            let owners = part.directory.assignments(*account, view);
            let owner = || owner_on(&owners, first.day, &organisation, credit);
            if self.manager.is_some_and(|only| owner() != Some(only)) {
                continue;
            }
            let mut own = periods.iter().skip_while(|it| it.last < first.day);
            let Some(cohort) = own.next().filter(|it| it.first <= first.day) else { continue };
            let mut add = |it: Counts, column, what| {
                let why = || {
                    let sale = sales.get(it.sale).into_iter();
                    let told = sale.map(|sale| sale.contribution(*account, credit.on, ONE));
                    told.map(|told| Contribution { what, ..told }).collect()
                };
                to.add(&Row::From(cohort.first), Currency::NONE, column, ONE, &why);
            };
            add(first, 0, "first purchase");
            for (period, after) in own.zip(1..) {
                let before = period.first.pred_opt().unwrap_or(NaiveDate::MIN);
                if let Some(it) = clients::bought(&sales, group, (before, period.last)) {
                    add(it, after, "bought again");
                }
            }
        }
    }
}
