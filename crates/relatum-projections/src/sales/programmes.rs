//! Promotions and bonus programmes: what was sold in them, what clients get back, what they cost.
//!
//! An order counts in every programme that runs on its day for the account's class of that day and
//! for the group of its goods. What is cancelled or comes back of it counts against it, whenever
//! that is. What clients get back is the rate of the step that an account has reached, on all that
//! counts of it.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::policy::{CreditOn, ReturnsCount, SalesCredit};
use relatum_domain::gist::Programme;
use relatum_domain::{
    AccountId, Currency, Gist, Matter, Policies, Rate, Stamp, TenantId, Value, View, Voids,
};
use relatum_stream::{EventRef, Version};

use super::AccountSales;
use super::sale::{Sale, What, of_goods};
use crate::about::About;
use crate::amounts::Sum;
use crate::directory::Standing;
use crate::figures::{Column, Contribution, Report, Row, Sink};
use crate::models::{Models, Which};

/// What programmes cost beside what is paid to clients.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Costs {
    stated: Vec<(Stamp, String, Value)>,
    voids: Voids,
}

impl Costs {
    pub(super) fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        if let (Matter::ProgrammeCost, Some(name), Some(cost)) =
            (&gist.matter, gist.label, gist.value())
        {
            self.stated.push((gist.stamp, name.to_owned(), cost));
        }
    }

    /// Takes over those of the one stream that has any.
    pub(super) fn join(&mut self, others: Self) {
        if !others.stated.is_empty() || others.voids != Voids::default() {
            *self = others;
        }
    }
}

/// By what programmes are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProgrammesBy {
    /// By name.
    Programme,
    /// By account and programme.
    Account,
}

/// Which programmes are wanted, of those that began by the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammesOptions {
    /// By what they are told apart.
    pub by: ProgrammesBy,
    /// Only the one of this name.
    pub programme: Option<String>,
    /// Only sales to this account.
    pub account: Option<AccountId>,
}

const NET: usize = 3;
const BONUS: usize = 4;
const SPENT: usize = 5;
const COST: usize = 6;

/// What comes back counts against the programme in which it was sold.
const ORDERED: SalesCredit = of_goods(ReturnsCount::WhenSold);

impl Report for ProgrammesOptions {
    fn name(&self) -> &'static str {
        "programmes"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, sales: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        ["sold", "cancelled", "returned", "net", "bonus", "spent", "cost"].map(Column::money).into()
    }

    /// A sale may count in several programmes.
    fn adds_up(&self) -> bool {
        self.programme.is_some()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(NET, vec![0, 1, 2]), (COST, vec![BONUS, SPENT])]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        self.wanted(common, view).into_iter().filter_map(|(_, event)| event).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let programmes = self.wanted(common, view);
        if programmes.is_empty() {
            return;
        }
        for (account, sales) in &part.sales.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let classes = part.directory.classes(*account, view);
            for (programme, _) in &programmes {
                self.account(*account, sales, &classes, programme, view, to);
            }
        }
    }

    fn tell_common(&self, common: &Models, view: &View, to: &mut dyn Sink) {
        if self.account.is_some() || self.by == ProgrammesBy::Account {
            return;
        }
        let wanted = self.wanted(common, view);
        let costs = &common.sales.costs;
        let shown = costs.stated.iter().filter(|(stamp, ..)| costs.voids.shows(*stamp, view));
        for (stamp, name, cost) in shown {
            if !is_of(&wanted, name, stamp.effective(), common, view) {
                continue;
            }
            let micro = i128::from(cost.micro);
            let why = || {
                let event = EventRef::new(TenantId::own().into(), Version(stamp.version));
                let (day, number) = (stamp.effective(), None);
                vec![Contribution { event, day, number, what: "spent", micro }]
            };
            for column in [SPENT, COST] {
                to.add(&Row::Named(Some(name.clone())), cost.currency, column, micro, &why);
            }
        }
    }
}

/// Whether a cost that was stated on a day is of one of these programmes: a name may be given to
/// another one later.
fn is_of(
    programmes: &[(Programme, Option<EventRef>)],
    name: &str,
    day: NaiveDate,
    common: &Models,
    view: &View,
) -> bool {
    let then = common.directory.policies().programmes(&View { as_of: day, ..*view });
    let then = then.into_iter().map(|it| it.rule).find(|it| it.name == name);
    let mut named = programmes.iter().map(|(it, _)| it).filter(|it| it.name == name);
    named.any(|it| then.as_ref().is_none_or(|then| (then.from, then.until) == (it.from, it.until)))
}

impl ProgrammesOptions {
    fn wanted(&self, common: &Models, view: &View) -> Vec<(Programme, Option<EventRef>)> {
        let all = common.directory.policies().programmes(view).into_iter();
        let all = all.map(|it| (it.rule, it.event));
        let wanted = |it: &Programme| {
            it.from.date() <= view.as_of
                && self.programme.as_ref().is_none_or(|only| *only == it.name)
        };
        all.filter(|(it, _)| wanted(it)).collect()
    }

    fn account(
        &self,
        account: AccountId,
        sales: &AccountSales,
        classes: &[Standing],
        programme: &Programme,
        view: &View,
        to: &mut dyn Sink,
    ) {
        let row = match self.by {
            ProgrammesBy::Programme => Row::Named(Some(programme.name.clone())),
            ProgrammesBy::Account => Row::Part(account, Some(programme.name.clone())),
        };
        let mut counted: Vec<(Sale<'_>, i128)> = Vec::new();
        for sale in sales.sales(ORDERED, None, view) {
            // What is cancelled counts against the day of its order.
            let day = if sale.what == What::Cancelled { sale.owned } else { sale.day };
            // What comes back of nobody knows what was not sold in it.
            let of_none = sale.what == What::Returned && sale.of.is_none();
            let class = Standing::on(classes, day).and_then(|it| it.class.as_deref());
            if sale.what == What::Adjusted || of_none || !programme.is_for(class, day) {
                continue;
            }
            let net = match programme.product_groups.is_empty() {
                true => sale.net,
                false => sale.of_lines(|line| programme.counts(sale.group(line))).0,
            };
            if net != 0 {
                counted.push((sale, net));
            }
        }
        counted.sort_by_key(|(sale, _)| (sale.day, sale.version));
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        for (sale, net) in &counted {
            let sum = sums.entry(sale.currency).or_default();
            *sum = sum.saturating_add(*net);
        }
        let mut so_far: BTreeMap<Currency, i128> = BTreeMap::new();
        for (sale, net) in &counted {
            let rate = rate(programme, sums.get(&sale.currency).copied(), sale.currency);
            let before = so_far.get(&sale.currency).copied().unwrap_or(0);
            let after = before.saturating_add(*net);
            so_far.insert(sale.currency, after);
            // To what can be paid; what is lost by rounding one is found in the next.
            let bonus = |net| {
                let micro = rate.and_then(|rate: Rate| rate.of(net)).unwrap_or(0);
                Sum { micro, currency: sale.currency }.rounded().micro
            };
            let bonus = bonus(after) - bonus(before);
            for (column, micro) in
                [(sale.what as usize, *net), (NET, *net), (BONUS, bonus), (COST, bonus)]
            {
                let why = || vec![sale.contribution(account, CreditOn::Order, micro)];
                if micro != 0 {
                    to.add(&row, sale.currency, column, micro, &why);
                }
            }
        }
    }
}

/// The rate of the step that is reached.
fn rate(programme: &Programme, net: Option<i128>, currency: Currency) -> Option<Rate> {
    let steps = programme.bonus.iter().filter(|it| it.from.currency == currency);
    let mut reached = steps.filter(|it| net.is_some_and(|net| net >= it.from.micro.into()));
    reached.next_back().map(|it| it.rate)
}
