//! What counts as sold, when, and to whose credit, before it is shared out.

use std::borrow::Cow;

use chrono::NaiveDate;
use relatum_domain::event::account::CreditShare;
use relatum_domain::event::policy::{CreditOn, CreditOwner, InAbsence, ReturnsCount, SalesCredit};
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{Act, Entry, ItemKey, Ledger};
use relatum_domain::{AccountId, Amount, Currency, ManagerId, OrderId, Policies, View, proportion};

use super::names::Names;
use super::order::Placed;
use super::{AccountSales, Change, Line, Paper, first};
use crate::figures::Contribution;
use crate::merged;
use crate::models::{Models, Which};

/// What is of goods, not of whom they earn: whatever gives the credit, orders count, and what comes
/// back of them.
pub(super) const fn of_goods(returns: ReturnsCount) -> SalesCredit {
    SalesCredit {
        on: CreditOn::Order,
        owner: CreditOwner::AtOrder,
        in_absence: InAbsence::Owner,
        returns,
    }
}

/// What a sale does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Sold,
    Cancelled,
    Returned,
    Adjusted,
}

impl What {
    pub(super) const ALL: [Self; 4] = [Self::Sold, Self::Cancelled, Self::Returned, Self::Adjusted];

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Sold => "sold",
            Self::Cancelled => "cancelled",
            Self::Returned => "returned",
            Self::Adjusted => "adjusted",
        }
    }

    /// What it does, as an explanation says it.
    pub(super) const fn words(self, on: CreditOn) -> &'static str {
        match (self, on) {
            (Self::Sold, CreditOn::Order) => "ordered",
            (Self::Sold, CreditOn::Invoice) => "invoiced",
            (Self::Sold, CreditOn::Payment) => "paid",
            (Self::Cancelled, CreditOn::Order) => "cancelled",
            (Self::Cancelled, _) => "reversed",
            (Self::Returned, CreditOn::Order) => "returned",
            (Self::Returned, _) => "credited",
            (Self::Adjusted, _) => "adjusted",
        }
    }
}

/// A sale, or what takes one back.
#[derive(Debug)]
pub(super) struct Sale<'a> {
    /// The event that it comes from, by its version.
    pub(super) version: u64,
    /// The event that it takes back, where that is a sale of the account.
    pub(super) of: Option<u64>,
    /// The event that tells its goods, line by line.
    pub(super) goods: u64,
    pub(super) number: Option<&'a str>,
    /// Why, of a return or an adjustment.
    pub(super) reason: Option<&'a str>,
    pub(super) what: What,
    /// The day on which it counts.
    pub(super) day: NaiveDate,
    /// Whom the event names.
    pub(super) manager: Option<ManagerId>,
    /// How the event shares the credit.
    pub(super) credit: &'a [CreditShare],
    /// Where it names none: credited is whoever the account is assigned to on this day.
    pub(super) owned: NaiveDate,
    /// With its sign, in millionths.
    pub(super) net: i128,
    /// What later cancelling left of it.
    pub(super) left: i128,
    pub(super) currency: Currency,
    /// Positive where it lowers sales too.
    lines: Cow<'a, [Line]>,
    /// What they are called.
    names: &'a Names,
}

impl<'a> Sale<'a> {
    /// Net and quantity of the goods of one product group, with their sign.
    pub(super) fn of_group(&self, group: &str) -> (i128, i128) {
        self.of_lines(|line| self.group(line) == Some(group))
    }

    /// The quantity of all goods, with its sign.
    pub(super) fn quantity(&self) -> i128 {
        self.of_lines(|_| true).1
    }

    /// The group of a line's goods.
    pub(super) fn group(&self, line: &Line) -> Option<&'a str> {
        self.names.of(line.group)
    }

    /// The product of a line.
    pub(super) fn product(&self, line: &Line) -> Option<&'a str> {
        self.names.of(line.product)
    }

    /// The groups of which it has goods, each once.
    pub(super) fn groups(&self) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
        let mut groups: Vec<_> = self.lines.iter().map(|line| self.group(line)).collect();
        groups.sort_unstable();
        groups.dedup();
        groups.into_iter()
    }

    /// So much of a figure for its sake, as an explanation says it.
    pub(super) fn contribution(
        &self,
        account: AccountId,
        on: CreditOn,
        micro: i128,
    ) -> Contribution {
        Contribution {
            event: merged::event(account, self.version),
            day: self.day,
            number: self.number.map(str::to_owned),
            what: self.what.words(on),
            micro,
        }
    }

    /// Its lines as they were told.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn of_lines(&self, counts: impl Fn(&Line) -> bool) -> (i128, i128) {
        let lines = self.lines.iter().filter(|line| counts(line)).map(|line| self.signed(line));
        lines.fold((0, 0), |sum, line| (sum.0 + line.0, sum.1 + line.1))
    }

    /// Net and quantity of a line, with their sign.
    pub(super) fn signed(&self, line: &Line) -> (i128, i128) {
        let (net, quantity) = (i128::from(line.net), i128::from(line.quantity));
        // Lines of what lowers sales are positive.
        let lowers = matches!(self.what, What::Cancelled | What::Returned);
        if lowers { (-net, -quantity) } else { (net, quantity) }
    }
}

/// What a view shows of the sales to an account of `part`, by the rule; the tenant's rules are in
/// `policies`.
pub(super) fn sales_to<'a>(
    part: &'a Models,
    (account, sales): (AccountId, &'a AccountSales),
    rule: SalesCredit,
    policies: &Policies,
    view: &View,
) -> Vec<Sale<'a>> {
    let mut ledgers = part.aging.ledgers(Some(account), policies, view);
    let on_payment = rule.on == CreditOn::Payment;
    let ledger = if on_payment { ledgers.next().map(|(_, ledger)| ledger) } else { None };
    sales.sales(rule, ledger.as_ref(), view)
}

/// The projections that sales are read from, by the rule.
pub(super) fn which(policies: &Policies, view: &View) -> Which {
    let aging = policies.sales_credit(view).rule.on == CreditOn::Payment;
    Which { directory: true, sales: true, aging, ..Which::NONE }
}

/// The lines of a return, each of the group that the order says, where it says none itself.
fn grouped<'a>(lines: &'a [Line], ordered: &[Line]) -> Cow<'a, [Line]> {
    if lines.iter().all(|line| line.group.is_some()) {
        return Cow::Borrowed(lines);
    }
    let group = |line: &Line| {
        let same = ordered.iter().find(|it| it.product == line.product);
        same.filter(|_| !line.group.is_some()).map_or(line.group, |it| it.group)
    };
    Cow::Owned(lines.iter().map(|line| Line { group: group(line), ..*line }).collect())
}

impl AccountSales {
    /// What a view shows of the account's sales, by the rule. The ledger is that of the account;
    /// it is asked only where payments give the credit.
    pub(super) fn sales<'a>(
        &'a self,
        rule: SalesCredit,
        ledger: Option<&Ledger<'_>>,
        view: &View,
    ) -> Vec<Sale<'a>> {
        let mut sales = Vec::new();
        match rule.on {
            CreditOn::Order => {
                self.ordered(view, &mut sales);
                self.returned(rule, view, &mut sales);
            }
            CreditOn::Invoice => self.invoiced(rule, view, &mut sales),
            CreditOn::Payment => {
                let entries = ledger.into_iter().flat_map(Ledger::entries);
                for entry in entries {
                    self.paid(rule, &entry, view, &mut sales);
                }
            }
        }
        if rule.on != CreditOn::Payment {
            let adjusted = self.adjusted.iter().filter(|it| self.voids.shows(it.stamp, view));
            sales.extend(adjusted.map(|it| self.change(it, What::Adjusted)));
        }
        sales
    }

    fn ordered<'a>(&'a self, view: &View, sales: &mut Vec<Sale<'a>>) {
        for order in self.orders.values() {
            let Some(placed) = order.placed(&self.voids, view) else { continue };
            let mut sale = self.sale_of(placed);
            if let Some(gone) = order.taken_away(placed, &self.voids, view) {
                sales.push(Sale {
                    version: gone.stamp.version,
                    of: Some(placed.stamp.version),
                    what: What::Cancelled,
                    day: gone.stamp.effective(),
                    net: -gone.net,
                    left: 0,
                    lines: Cow::Owned(gone.lines),
                    ..self.sale_of(placed)
                });
                sale.left = sale.net - gone.net;
            }
            sales.push(sale);
        }
    }

    /// A return takes off whoever was credited with the order that it comes from, if that is known
    /// and nobody is named.
    fn returned<'a>(&'a self, rule: SalesCredit, view: &View, sales: &mut Vec<Sale<'a>>) {
        for all in self.returned.values() {
            let Some(it) = first(all, |it| it.stamp, &self.voids, view) else { continue };
            let mut sale = self.change(it, What::Returned);
            if let Some(placed) = it.order.and_then(|order| self.placed(order, view)) {
                sale.of = Some(placed.stamp.version);
                sale.lines = grouped(&it.lines, &placed.lines);
                if it.manager.is_none() {
                    (sale.manager, sale.credit) = (placed.manager, &placed.credit);
                    sale.owned = placed.stamp.effective();
                }
                if rule.returns == ReturnsCount::WhenSold {
                    sale.day = placed.stamp.effective();
                }
            }
            sales.push(sale);
        }
    }

    fn placed(&self, order: OrderId, view: &View) -> Option<&Placed> {
        self.orders.get(&order)?.placed(&self.voids, view)
    }

    fn invoiced<'a>(&'a self, rule: SalesCredit, view: &View, sales: &mut Vec<Sale<'a>>) {
        for (document, all) in &self.papers {
            let Some(paper) = first(all, |it| it.stamp, &self.voids, view) else { continue };
            let mut sale = self.charged(rule, paper, view);
            let reversed = self.reversed.get(document).into_iter().flatten();
            let reversed = reversed.filter(|it| self.voids.shows(**it, view));
            if let Some(gone) = reversed.min_by_key(|it| (it.day, it.version)) {
                // A credit note's lines lower sales: that it is reversed raises them.
                let raises = paper.net.micro < 0;
                let back = |line: &Line| Line {
                    quantity: line.quantity.saturating_neg(),
                    net: line.net.saturating_neg(),
                    ..*line
                };
                let raised = || Cow::Owned(paper.lines.iter().map(back).collect());
                sales.push(Sale {
                    version: gone.version,
                    of: Some(sale.version),
                    what: What::Cancelled,
                    day: gone.effective(),
                    net: -sale.net,
                    left: 0,
                    lines: if raises { raised() } else { Cow::Borrowed(&paper.lines) },
                    ..self.charged(rule, paper, view)
                });
                sale.left = 0;
            }
            sales.push(sale);
        }
    }

    fn charged<'a>(&'a self, rule: SalesCredit, paper: &'a Paper, view: &View) -> Sale<'a> {
        let day = paper.stamp.effective();
        let order = paper.order.and_then(|order| self.placed(order, view));
        let credit = order.filter(|_| paper.manager.is_none());
        Sale {
            version: paper.stamp.version,
            of: None,
            goods: paper.stamp.version,
            number: paper.number.as_deref(),
            reason: None,
            what: if paper.net.micro < 0 { What::Returned } else { What::Sold },
            day,
            manager: paper.manager.or_else(|| order?.manager),
            credit: credit.map(|order| order.credit.as_slice()).unwrap_or_default(),
            owned: match (rule.owner, order) {
                (CreditOwner::AtOrder, Some(order)) => order.stamp.effective(),
                _ => day,
            },
            net: paper.net.micro.into(),
            left: paper.net.micro.into(),
            currency: paper.net.currency,
            lines: Cow::Borrowed(&paper.lines),
            names: &self.names,
        }
    }

    /// Of what is paid of an invoice, the part that is net: so much in all as the payments together
    /// come to, however many they are.
    fn paid<'a>(
        &'a self,
        rule: SalesCredit,
        entry: &Entry<'_>,
        view: &View,
        sales: &mut Vec<Sale<'a>>,
    ) {
        let ItemKey::Document(document) = entry.key() else { return };
        let paper = self.papers.get(&document);
        let paper = paper.and_then(|all| first(all, |it| it.stamp, &self.voids, view));
        let Some(paper) = paper.filter(|paper| paper.net.micro > 0) else { return };
        let (mut paid, mut credited) = (0, 0);
        for step in entry.steps_until(view.as_of) {
            if step.uses || step.act != Act::Settled(ApplicationKind::Payment) {
                continue;
            }
            paid -= Amount::Money(entry.money(step.amount)).micro();
            let net = proportion(paid, paper.net.micro.into(), paper.gross).unwrap_or_default();
            let day = step.day.date();
            let sale = self.charged(rule, paper, view);
            let lines: Vec<Line> = paper
                .lines
                .iter()
                .map(|line| {
                    let part = |of: i64| {
                        let part = proportion(of.into(), net - credited, paper.net.micro.into());
                        part.and_then(|part| i64::try_from(part).ok()).unwrap_or_default()
                    };
                    Line { quantity: part(line.quantity), net: part(line.net), ..*line }
                })
                .collect();
            sales.push(Sale {
                version: step.by,
                day,
                owned: if rule.owner == CreditOwner::AtPayment { day } else { sale.owned },
                net: net - credited,
                left: net - credited,
                lines: Cow::Owned(lines),
                ..sale
            });
            credited = net;
        }
    }

    fn sale_of<'a>(&'a self, placed: &'a Placed) -> Sale<'a> {
        let day = placed.stamp.effective();
        Sale {
            version: placed.stamp.version,
            of: None,
            goods: placed.stamp.version,
            number: placed.number.as_deref(),
            reason: None,
            what: What::Sold,
            day,
            manager: placed.manager,
            credit: &placed.credit,
            owned: day,
            net: placed.net.micro.into(),
            left: placed.net.micro.into(),
            currency: placed.net.currency,
            lines: Cow::Borrowed(&placed.lines),
            names: &self.names,
        }
    }

    fn change<'a>(&'a self, it: &'a Change, what: What) -> Sale<'a> {
        let day = it.stamp.effective();
        Sale {
            version: it.stamp.version,
            of: None,
            goods: it.stamp.version,
            number: it.number.as_deref(),
            reason: it.reason.as_deref(),
            what,
            day,
            manager: it.manager,
            credit: &[],
            owned: day,
            net: it.net.micro.into(),
            left: it.net.micro.into(),
            currency: it.net.currency,
            lines: Cow::Borrowed(&it.lines),
            names: &self.names,
        }
    }

    /// Goods of orders that were refused at the door, as sales that are none: each on its own day,
    /// for what it is worth in proportion to quantity.
    pub(super) fn refused<'a>(&'a self, view: &View) -> Vec<Sale<'a>> {
        let mut refused = Vec::new();
        for order in self.orders.values() {
            let Some(placed) = order.placed(&self.voids, view) else { continue };
            let refusals = order.refusals(placed, &self.voids, view).into_iter();
            // Of what was refused already nothing more is.
            for it in refusals.filter(|it| !it.lines.is_empty()) {
                let net = it.lines.iter().map(|line| i128::from(line.net)).sum();
                refused.push(Sale {
                    version: it.stamp.version,
                    of: Some(placed.stamp.version),
                    reason: it.reason,
                    what: What::Returned,
                    day: it.stamp.effective(),
                    net,
                    left: 0,
                    lines: Cow::Owned(it.lines),
                    ..self.sale_of(placed)
                });
            }
        }
        refused
    }
}
