//! Goods that came back or were refused at the door: how often, how many, what they were worth,
//! and against which sales.

use chrono::NaiveDate;
use relatum_domain::event::policy::{CreditOn, ReturnsCount, SalesCredit};
use relatum_domain::{AccountId, ManagerId, Policies, View};

use super::Line;
use super::credit::Shares;
use super::sale::{Sale, What, of_goods};
use super::year_on_year::Periodic;
use crate::about::About;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink, month_of};
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
    /// By product, as the lines say.
    Product,
    /// By why they came back; without the sales to hold them against.
    Reason,
}

/// Which returns are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnsOptions {
    /// By what they are told apart.
    pub by: ReturnsBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// The last day; none: that of the view.
    pub to: Option<NaiveDate>,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of sales of this manager as a whole.
    pub manager: Option<ManagerId>,
}

const RETURNS: usize = 0;
const QUANTITY: usize = 1;
const RETURNED: usize = 2;
const REFUSALS: usize = 3;
const REFUSED_QUANTITY: usize = 4;
const REFUSED: usize = 5;
const SOLD: usize = 6;

/// Returns count when they come.
const ORDERED: SalesCredit = of_goods(ReturnsCount::WhenReturned);

impl Report for ReturnsOptions {
    fn name(&self) -> &'static str {
        "returns"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, sales: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![
            Column::count("returns"),
            Column::count("quantity"),
            Column::money("returned"),
            Column::count("refusals"),
            Column::count("refused_quantity"),
            Column::money("refused"),
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
            let owner_of = |sale: &Sale<'_>| {
                let owner = Shares::of(sale, &owners, &organisation, ORDERED).owner;
                let wanted = self.from.is_none_or(|from| from <= sale.day)
                    && self.to.is_none_or(|to| sale.day <= to)
                    && self.manager.is_none_or(|only| owner == Some(only));
                wanted.then_some(owner)
            };
            for sale in sales.sales(ORDERED, None, view) {
                if let Some(owner) = owner_of(&sale) {
                    self.sale(*account, &sale, owner, to);
                }
            }
            for refused in sales.refused(view) {
                if let Some(owner) = owner_of(&refused) {
                    self.refused(*account, &refused, owner, to);
                }
            }
        }
    }
}

/// What came back; what was refused at the door never was a sale that is compared.
impl Periodic for ReturnsOptions {
    const COMPARED: usize = RETURNED;

    fn period(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (self.from, self.to)
    }

    fn within(&self, first: NaiveDate, last: NaiveDate) -> Self {
        Self { from: Some(first), to: Some(last), ..self.clone() }
    }
}

impl ReturnsOptions {
    /// Returns of the whole book, by these lines.
    #[must_use]
    pub const fn by(by: ReturnsBy) -> Self {
        Self { by, from: None, to: None, account: None, manager: None }
    }

    /// The line for all of it; none: there is one for each of its lines.
    fn whole(&self, account: AccountId, sale: &Sale<'_>, owner: Option<ManagerId>) -> Option<Row> {
        match self.by {
            ReturnsBy::Month => Some(Row::From(month_of(sale.day))),
            ReturnsBy::Account => Some(Row::Account(account)),
            ReturnsBy::Manager => Some(Row::Manager(owner)),
            ReturnsBy::Reason => Some(Row::Named(sale.reason.map(str::to_owned))),
            ReturnsBy::Group | ReturnsBy::Product => None,
        }
    }

    fn named(&self, sale: &Sale<'_>, line: &Line) -> Row {
        let by_group = self.by == ReturnsBy::Group;
        let name = if by_group { sale.group(line) } else { sale.product(line) };
        Row::Named(name.map(str::to_owned))
    }

    fn refused(
        &self,
        account: AccountId,
        refused: &Sale<'_>,
        owner: Option<ManagerId>,
        to: &mut dyn Sink,
    ) {
        let mut say = |row: &Row, column: usize, micro: i128| {
            let it = refused.contribution(account, CreditOn::Order, micro);
            let why = || vec![Contribution { what: "refused", ..it.clone() }];
            if micro != 0 {
                to.add(row, refused.currency, column, micro, &why);
            }
        };
        let mut all = |row: &Row, quantity: i128, net: i128| {
            say(row, REFUSALS, ONE);
            say(row, REFUSED_QUANTITY, quantity);
            say(row, REFUSED, net);
        };
        match self.whole(account, refused, owner) {
            Some(row) => all(&row, -refused.quantity(), refused.net),
            None => {
                for line in refused.lines() {
                    let row = self.named(refused, line);
                    all(&row, line.quantity.into(), line.net.into());
                }
            }
        }
    }

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
        let whole = self.whole(account, sale, owner);
        let named = |line: &Line| self.named(sale, line);
        match (sale.what, whole) {
            (What::Returned, Some(row)) => {
                say(&row, RETURNS, ONE);
                say(&row, QUANTITY, -sale.quantity());
                say(&row, RETURNED, -sale.net);
            }
            (What::Returned, None) => {
                let mut left = -sale.net;
                for line in sale.lines() {
                    let of = named(line);
                    say(&of, RETURNS, ONE);
                    say(&of, QUANTITY, line.quantity.into());
                    say(&of, RETURNED, line.net.into());
                    left -= i128::from(line.net);
                }
                // What the return's own net is more or less than its lines is of no goods.
                say(&Row::Named(None), RETURNED, left);
            }
            (What::Sold, Some(row)) if self.by != ReturnsBy::Reason => say(&row, SOLD, sale.net),
            (What::Sold, None) => {
                for line in sale.lines() {
                    say(&named(line), SOLD, line.net.into());
                }
            }
            _ => {}
        }
    }
}
