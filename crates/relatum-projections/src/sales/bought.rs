//! Whole histories of buying, day by day: what purchase models are made of.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::event::policy::{CreditOn, ReturnsCount, SalesCredit};
use relatum_domain::{AccountId, Currency, ManagerId, View};
use relatum_stream::{EventRef, Version};

use super::AccountSales;
use super::sale::{What, of_goods};
use crate::models::Models;

/// What was bought on one day, less what was cancelled of it and what came back that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtDay {
    /// The day.
    pub day: NaiveDate,
    /// With its sign, in millionths of the currency.
    pub micro: i128,
    /// The orders, invoices and returns.
    pub events: Vec<EventRef>,
}

/// What one account bought, as a view shows it.
///
/// Shape: days ascend, each once. Orders count; of an account that has none, invoices.
/// Units: one currency, the one in which the account bought on the most days; what it bought in
/// others is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who answers for it on the day of the view.
    pub manager: Option<ManagerId>,
    /// The currency.
    pub currency: Currency,
    /// The days.
    pub days: Vec<BoughtDay>,
    /// How many different products.
    pub products: usize,
}

/// Returns are taken off the day on which they come: what was bought before was bought.
const RULE: SalesCredit = of_goods(ReturnsCount::WhenReturned);

impl Bought {
    /// What the accounts of `part` bought up to the day of the view, by account.
    ///
    /// Accounts that bought nothing, are closed or keep what belongs to nobody known are left out.
    #[must_use]
    pub fn part(part: &Models, view: &View) -> Vec<Self> {
        let accounts = part.sales.accounts.iter();
        accounts.filter_map(|(account, sales)| Self::of(part, *account, sales, view)).collect()
    }

    fn of(part: &Models, account: AccountId, sales: &AccountSales, view: &View) -> Option<Self> {
        let profile = part.directory.account(account, view)?;
        if profile.unassigned || profile.closed {
            return None;
        }
        let ordered = sales.sales(RULE, None, view);
        let invoiced = || sales.sales(SalesCredit { on: CreditOn::Invoice, ..RULE }, None, view);
        let has_orders = ordered.iter().any(|it| it.what == What::Sold);
        let all = if has_orders { ordered } else { invoiced() };
        let mut by_currency: BTreeMap<Currency, BTreeMap<NaiveDate, BoughtDay>> = BTreeMap::new();
        let mut products = BTreeSet::new();
        for sale in all.iter().filter(|it| it.day <= view.as_of) {
            let micro = match sale.what {
                // What was cancelled later was not bought.
                What::Sold => sale.left,
                What::Returned => sale.net,
                What::Cancelled | What::Adjusted => continue,
            };
            if sale.what == What::Sold && micro > 0 {
                products.extend(sale.lines().iter().filter_map(|line| sale.product(line)));
            }
            let days = by_currency.entry(sale.currency).or_default();
            let none = BoughtDay { day: sale.day, micro: 0, events: Vec::new() };
            let day = days.entry(sale.day).or_insert(none);
            day.micro = day.micro.saturating_add(micro);
            day.events.push(EventRef::new(account.into(), Version(sale.version)));
        }
        let bought =
            |days: &BTreeMap<_, BoughtDay>| days.values().filter(|it| it.micro > 0).count();
        let most = by_currency
            .into_iter()
            .max_by_key(|(currency, days)| (bought(days), std::cmp::Reverse(*currency)));
        let (currency, days) = most.filter(|(_, days)| bought(days) > 0)?;
        let (name, manager) = (part.directory.account_name(account, view), profile.manager);
        let (days, products) = (days.into_values().collect(), products.len());
        Some(Self { account, name, manager, currency, days, products })
    }
}
