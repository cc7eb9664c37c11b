//! Sales of a period as a table: by account, manager, team, product group, month or year.

use chrono::{Datelike as _, NaiveDate};
use relatum_domain::{AccountId, ManagerId, Policies, View};
use relatum_stream::EventRef;

use super::credit::Shares;
use super::sale::{self, Sale, What};
use super::year_on_year::Periodic;
use crate::about::About;
use crate::directory::Organisation;
use crate::figures::{Column, Report, Row, Sink, month_of};
use crate::models::{Models, Which};

/// By what sales are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SalesBy {
    /// By who bought.
    Account,
    /// By who is credited; overlay shares, which are on top, are left out.
    Manager,
    /// By the team of who is credited. A team has what its parts have: lines do not sum up.
    Team,
    /// By product group, as the lines say.
    Group,
    /// By who bought, and by product group.
    AccountAndGroup,
    /// By the month in which they count.
    Month,
    /// By the year in which they count.
    Year,
}

/// Which sales are wanted: of the days from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesOptions {
    /// By what they are told apart.
    pub by: SalesBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// The last day; none, or a later one: that of the view.
    pub to: Option<NaiveDate>,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only what this manager is credited with.
    pub manager: Option<ManagerId>,
    /// Only goods of this group.
    pub group: Option<String>,
}

impl SalesOptions {
    /// All sales, told apart by something.
    #[must_use]
    pub const fn by(by: SalesBy) -> Self {
        Self { by, from: None, to: None, account: None, manager: None, group: None }
    }
}

const NET: usize = What::ALL.len();

impl Report for SalesOptions {
    fn name(&self) -> &'static str {
        "sales"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        sale::which(policies, view)
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        What::ALL.map(What::key).into_iter().chain(["net"]).map(Column::money).collect()
    }

    fn adds_up(&self) -> bool {
        self.by != SalesBy::Team
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(NET, (0..NET).collect())]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        common.directory.policies().sales_credit(view).event.into_iter().collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let on = common.directory.policies().sales_credit(view).rule.on;
        self.each(part, common, view, &mut |account, sale, shares, organisation| {
            self.sale(account, sale, shares, organisation, &mut |row, micro| {
                let why = || vec![sale.contribution(account, on, micro)];
                for column in [sale.what as usize, NET].into_iter().filter(|_| micro != 0) {
                    to.add(row, sale.currency, column, micro, &why);
                }
            });
        });
    }
}

impl Periodic for SalesOptions {
    const COMPARED: usize = NET;

    fn period(&self) -> (Option<NaiveDate>, Option<NaiveDate>) {
        (self.from, self.to)
    }

    fn within(&self, first: NaiveDate, last: NaiveDate) -> Self {
        Self { from: Some(first), to: Some(last), ..self.clone() }
    }
}

/// What is done with a sale: the account, the sale, and who has a share in it.
pub(super) type Met<'a> = dyn FnMut(AccountId, &Sale<'_>, &Shares, &Organisation) + 'a;

impl SalesOptions {
    /// Goes through the sales of the period.
    pub(super) fn each(&self, part: &Models, common: &Models, view: &View, met: &mut Met<'_>) {
        let policies = common.directory.policies();
        let rule = policies.sales_credit(view).rule;
        let organisation = common.directory.organisation(view);
        let to = self.to.map_or(view.as_of, |to| to.min(view.as_of));
        for (account, sales) in &part.sales.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let owners = part.directory.assignments(*account, view);
            for sale in sale::sales_to(part, (*account, sales), rule, policies, view) {
                if self.from.is_some_and(|from| sale.day < from) || sale.day > to {
                    continue;
                }
                let shares = Shares::of(&sale, &owners, &organisation, rule);
                met(*account, &sale, &shares, &organisation);
            }
        }
    }

    fn sale(
        &self,
        account: AccountId,
        sale: &Sale<'_>,
        shares: &Shares,
        organisation: &Organisation,
        add: &mut dyn FnMut(&Row, i128),
    ) {
        let by_group = self.of_group(account, None).is_some();
        match self.group.as_deref() {
            None if by_group => {
                let mut left = sale.net;
                for group in sale.groups() {
                    let net = sale.of_lines(|line| sale.group(line) == group).0;
                    self.piece(account, sale, (group, net), shares, organisation, add);
                    left -= net;
                }
                // What the sale's own net is more or less than its lines is of no group.
                self.piece(account, sale, (None, left), shares, organisation, add);
            }
            group => {
                let net = group.map_or(sale.net, |group| sale.of_group(group).0);
                self.piece(account, sale, (group, net), shares, organisation, add);
            }
        }
    }

    /// Puts an amount of a sale, of goods of one group, into the lines that it is of.
    pub(super) fn piece(
        &self,
        account: AccountId,
        sale: &Sale<'_>,
        (group, net): (Option<&str>, i128),
        shares: &Shares,
        organisation: &Organisation,
        add: &mut dyn FnMut(&Row, i128),
    ) {
        match self.by {
            SalesBy::Account => self.credited(&Row::Account(account), net, shares, add),
            SalesBy::Group | SalesBy::AccountAndGroup => {
                let row = self.of_group(account, group).unwrap_or(Row::Total);
                self.credited(&row, net, shares, add);
            }
            SalesBy::Month => {
                self.credited(&Row::From(month_of(sale.day)), net, shares, add);
            }
            SalesBy::Year => {
                let year = NaiveDate::from_yo_opt(sale.day.year(), 1).unwrap_or(sale.day);
                self.credited(&Row::From(year), net, shares, add);
            }
            SalesBy::Manager => {
                for credit in shares.split(net).into_iter().filter(|credit| !credit.overlay) {
                    if self.manager.is_none_or(|only| credit.manager == Some(only)) {
                        add(&Row::Manager(credit.manager), credit.amount);
                    }
                }
            }
            SalesBy::Team => match self.manager {
                // Of the teams of that one, what that one has; overlay is in no roll-up.
                Some(manager) => {
                    let mut own = 0;
                    self.credited(&Row::Total, net, shares, &mut |_, micro| own += micro);
                    for (team, _) in organisation.teams_of(manager, sale.owned) {
                        add(&Row::Team(team), own);
                    }
                }
                None => {
                    for (team, micro) in shares.of_teams(net, sale.owned, organisation) {
                        add(&Row::Team(team), micro);
                    }
                }
            },
        }
    }

    /// The line of a product group, where there is one for each.
    fn of_group(&self, account: AccountId, group: Option<&str>) -> Option<Row> {
        let group = group.map(str::to_owned);
        match self.by {
            SalesBy::Group => Some(Row::Named(group)),
            SalesBy::AccountAndGroup => Some(Row::Part(account, group)),
            _ => None,
        }
    }

    /// All of it, or what the one manager has of it.
    fn credited(&self, row: &Row, net: i128, shares: &Shares, add: &mut dyn FnMut(&Row, i128)) {
        let Some(only) = self.manager else { return add(row, net) };
        let own = shares.split(net).into_iter();
        let own = own.filter(|credit| !credit.overlay && credit.manager == Some(only));
        add(row, own.map(|credit| credit.amount).sum());
    }
}
