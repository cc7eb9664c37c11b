//! Goods that came back: how often, how many, what they were worth, and against which sales.

use chrono::NaiveDate;
use relatum_domain::event::policy::{CreditOn, CreditOwner, InAbsence, ReturnsCount, SalesCredit};
use relatum_domain::{AccountId, ManagerId, Policies, View};

use super::credit::Shares;
use super::sale::{Sale, What};
use crate::figures::{Column, ONE, Report, Row, Sink, month_of};
use crate::models::{Models, Which};

/// By what returns are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReturnsBy {
    /// By the month in which they came.
    Month,
    /// By who returned them.
    Account,
    /// By whose sale it was.
    Manager,
    /// By product group, as the lines say.
    Group,
    /// By product, as the lines say; without the sales to hold them against.
    Product,
    /// By why they came back; without the sales to hold them against.
    Reason,
}

/// Which returns are wanted: of the days from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnsOptions {
    /// By what they are told apart.
    pub by: ReturnsBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of sales of this manager as a whole.
    pub manager: Option<ManagerId>,
}

const RETURNS: usize = 0;
const QUANTITY: usize = 1;
const RETURNED: usize = 2;
const SOLD: usize = 3;

/// Returns are of goods: whatever gives the credit, they count when they come.
const ORDERED: SalesCredit = SalesCredit {
    on: CreditOn::Order,
    owner: CreditOwner::AtOrder,
    in_absence: InAbsence::Owner,
    returns: ReturnsCount::WhenReturned,
};

impl Report for ReturnsOptions {
    fn name(&self) -> &'static str {
        "returns"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, sales: true, ..Which::NONE }
    }

    fn account(&self) -> Option<AccountId> {
        self.account
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![
            Column::count("returns"),
            Column::count("quantity"),
            Column::money("returned"),
            Column::money("sold"),
        ]
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let organisation = common.directory.organisation(view);
        for (account, sales) in &part.sales.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let owners = part.directory.assignments(*account, view);
            for sale in sales.sales(ORDERED, None, view) {
                let owner = Shares::of(&sale, &owners, &organisation, ORDERED).owner;
                let wanted = self.from.is_none_or(|from| from <= sale.day)
                    && self.manager.is_none_or(|only| owner == Some(only));
                if wanted {
                    self.sale(*account, &sale, owner, to);
                }
            }
        }
    }
}

impl ReturnsOptions {
    fn sale(
        &self,
        account: AccountId,
        sale: &Sale<'_>,
        owner: Option<ManagerId>,
        to: &mut dyn Sink,
    ) {
        let mut say = |row: &Row, column: usize, micro: i128| {
            let why = || vec![sale.contribution(account, CreditOn::Order, micro)];
            if micro != 0 {
                to.add(row, sale.currency, column, micro, &why);
            }
        };
        let whole = match self.by {
            ReturnsBy::Month => Some(Row::From(month_of(sale.day))),
            ReturnsBy::Account => Some(Row::Account(account)),
            ReturnsBy::Manager => Some(Row::Manager(owner)),
            ReturnsBy::Reason => Some(Row::Named(sale.reason.map(str::to_owned))),
            ReturnsBy::Group | ReturnsBy::Product => None,
        };
        let named = |text: &Option<String>| Row::Named(text.clone());
        match (sale.what, whole) {
            (What::Returned, Some(row)) => {
                say(&row, RETURNS, ONE);
                say(&row, QUANTITY, -sale.quantity());
                say(&row, RETURNED, -sale.net);
            }
            (What::Returned, None) => {
                let mut left = -sale.net;
                for line in sale.lines() {
                    let of = if self.by == ReturnsBy::Group { &line.group } else { &line.product };
                    say(&named(of), RETURNS, ONE);
                    say(&named(of), QUANTITY, line.quantity.into());
                    say(&named(of), RETURNED, line.net.into());
                    left -= i128::from(line.net);
                }
                // What the return's own net is more or less than its lines is of no goods.
                say(&Row::Named(None), RETURNED, left);
            }
            (What::Sold, Some(row)) if self.by != ReturnsBy::Reason => say(&row, SOLD, sale.net),
            (What::Sold, None) if self.by == ReturnsBy::Group => {
                for line in sale.lines() {
                    say(&named(&line.group), SOLD, line.net.into());
                }
            }
            _ => {}
        }
    }
}
