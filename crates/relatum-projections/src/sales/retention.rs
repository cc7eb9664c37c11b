//! How the active clients of one period became those of the next.

use chrono::NaiveDate;
use relatum_domain::event::policy::{CreditOn, SalesCredit};
use relatum_domain::{AccountId, Currency, ManagerId, Policies, View};
use relatum_stream::EventRef;

use super::clients;
use super::credit::owner_on;
use super::periods::{Period, RetentionBy};
use super::sale::{self, Sale, What};
use crate::about::About;
use crate::directory::{Assignments, Organisation};
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink};
use crate::models::{Models, Which};

/// Which clients are wanted: those of the periods from that of `from` to that of the view's day.
///
/// Invariant: `before` + `new` + `won_back` + `moved` + `lapsed` = `active`, where `lapsed` is
/// negative; and what one period ends with is what the next begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionOptions {
    /// How long the periods are.
    pub by: RetentionBy,
    /// A day of the first period.
    pub from: NaiveDate,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only clients of this manager: whose they are at the end of a period.
    pub manager: Option<ManagerId>,
    /// Only goods of this group.
    pub group: Option<String>,
    /// How many months up to the end of each period are looked at for who is active; none: as the
    /// tenant's rule says.
    pub active_months: Option<u16>,
}

const COUNTS: [&str; 6] = ["before", "new", "won_back", "moved", "lapsed", "active"];
const BEFORE: usize = 0;
const NEW: usize = 1;
const WON_BACK: usize = 2;
const MOVED: usize = 3;
const LAPSED: usize = 4;
const ACTIVE: usize = 5;
const LOST: usize = 6;

impl RetentionOptions {
    /// The periods, oldest first.
    #[must_use]
    pub fn periods(&self, view: &View) -> Vec<Period> {
        self.by.periods(self.from, view.as_of)
    }

    /// In how many months an active client buys.
    #[must_use]
    pub fn months(&self, policies: &Policies, view: &View) -> u16 {
        self.active_months.unwrap_or_else(|| policies.clients(view).rule.active_months)
    }
}

impl Report for RetentionOptions {
    fn name(&self) -> &'static str {
        "retention"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        sale::which(policies, view)
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        COUNTS.map(Column::count).into_iter().chain([Column::money("lost")]).collect()
    }

    /// Who is active in one period may be so in the next.
    fn adds_up(&self) -> bool {
        false
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(ACTIVE, (BEFORE..ACTIVE).collect())]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let policies = common.directory.policies();
        let credit = policies.sales_credit(view).event;
        credit.into_iter().chain(policies.clients(view).event).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let policies = common.directory.policies();
        let rule = policies.sales_credit(view).rule;
        let organisation = common.directory.organisation(view);
        let (months, periods) = (self.months(policies, view), self.periods(view));
        for (account, sales) in &part.sales.accounts {
            let wanted = self.account.is_none_or(|only| only == *account)
                && part.directory.is_somebody(*account, view);
            if !wanted {
                continue;
            }
            let sales = sale::sales_to(part, (*account, sales), rule, policies, view);
            let owners = part.directory.assignments(*account, view);
            let owned = Owned { owners, organisation: &organisation, rule, manager: self.manager };
            let first = clients::first(&sales, self.group.as_deref()).map(|it| it.day);
            let group = self.group.as_deref();
            let client = Client { account: *account, sales, group, months, first, on: rule.on };
            client.tell(&periods, &owned, to);
        }
    }

    /// A period in which nothing happened is a line too.
    fn tell_common(&self, _: &Models, view: &View, to: &mut dyn Sink) {
        for period in self.periods(view) {
            to.add(&Row::From(period.first), Currency::NONE, ACTIVE, 0, &Vec::new);
        }
    }
}

/// Whose an account is on which day.
struct Owned<'a> {
    owners: Assignments<'a>,
    organisation: &'a Organisation,
    rule: SalesCredit,
    /// Who is asked about.
    manager: Option<ManagerId>,
}

impl Owned<'_> {
    fn counts(&self, day: NaiveDate) -> bool {
        let owner = || owner_on(&self.owners, day, self.organisation, self.rule);
        self.manager.is_none_or(|only| owner() == Some(only))
    }
}

/// An account that may be a client.
struct Client<'a> {
    account: AccountId,
    sales: Vec<Sale<'a>>,
    group: Option<&'a str>,
    months: u16,
    /// The day of its first purchase.
    first: Option<NaiveDate>,
    on: CreditOn,
}

/// An active client at the end of a period.
#[derive(Clone, Copy)]
struct Standing {
    /// Its last purchase, by its place among the sales.
    last: usize,
    /// Whether it is one of those who are asked about.
    counts: bool,
}

impl Client<'_> {
    fn tell(&self, periods: &[Period], owned: &Owned<'_>, to: &mut dyn Sink) {
        let standing = |end| {
            let active = clients::active(&self.sales, self.group, end, self.months)?;
            Some(Standing { last: active.sale, counts: owned.counts(end) })
        };
        let end = periods.first().and_then(|it| it.first.pred_opt());
        let mut end = end.unwrap_or(NaiveDate::MIN);
        let mut then = standing(end);
        for period in periods {
            let now = standing(period.last);
            self.change(period, then, now, to);
            if now.is_none() && then.is_some_and(|it| it.counts) {
                self.lost(period, end, to);
            }
            (end, then) = (period.last, now);
        }
    }

    /// What a period did to the number of active clients.
    fn change(
        &self,
        period: &Period,
        then: Option<Standing>,
        now: Option<Standing>,
        to: &mut dyn Sink,
    ) {
        let mut say = |sale, column, one, what| self.say(period, sale, column, one, what, to);
        let was = then.filter(|it| it.counts);
        let is = now.filter(|it| it.counts);
        if let Some(was) = was {
            say(was.last, BEFORE, ONE, "active before");
        }
        if let Some(is) = is {
            say(is.last, ACTIVE, ONE, "active client");
        }
        match (then, now) {
            (Some(then), None) if then.counts => say(then.last, LAPSED, -ONE, "last purchase"),
            (None, Some(now)) if now.counts => {
                let bought_before = self.first.is_some_and(|first| first < period.first);
                let (column, what) =
                    if bought_before { (WON_BACK, "won back") } else { (NEW, "new client") };
                say(self.made(period).unwrap_or(now.last), column, ONE, what);
            }
            (Some(then), Some(now)) if then.counts != now.counts => {
                let (one, what) =
                    if now.counts { (ONE, "from another") } else { (-ONE, "to another") };
                say(now.last, MOVED, one, what);
            }
            _ => {}
        }
    }

    /// The first purchase of a period.
    fn made(&self, period: &Period) -> Option<usize> {
        let within = period.first..=period.last;
        let bought = self.sales.iter().enumerate().filter(|(_, it)| {
            let stands = it.what == What::Sold && it.left > 0;
            stands && within.contains(&it.day) && clients::worth(it, self.group) > 0
        });
        bought.min_by_key(|(_, it)| (it.day, it.version)).map(|(at, _)| at)
    }

    /// What it had bought when it was last active.
    fn lost(&self, period: &Period, end: NaiveDate, to: &mut dyn Sink) {
        let before = clients::months_before(end, self.months);
        for sale in self.sales.iter().filter(|it| before < it.day && it.day <= end) {
            let micro = clients::worth(sale, self.group);
            let why = || vec![sale.contribution(self.account, self.on, micro)];
            if micro != 0 {
                to.add(&Row::From(period.first), sale.currency, LOST, micro, &why);
            }
        }
    }

    fn say(
        &self,
        period: &Period,
        sale: usize,
        column: usize,
        one: i128,
        what: &'static str,
        to: &mut dyn Sink,
    ) {
        let why = || {
            let sale = self.sales.get(sale).into_iter();
            let why = sale
                .map(|sale| Contribution { what, ..sale.contribution(self.account, self.on, one) });
            why.collect()
        };
        to.add(&Row::From(period.first), Currency::NONE, column, one, &why);
    }
}
