//! What decides on an account's credit besides its receivables: orders and drafts, limits, holds
//! and approvals.
//!
//! Owns [`CreditFile`], a fold over the account's events, and [`Exposure`], which adds to it what
//! is open. Decisions and reports ask the same question, so that a refusal and a report agree.
//!
//! *Invariant: each open amount is in exactly one kind of exposure.*

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_stream::Version;
use serde::{Deserialize, Serialize};

use super::item::ItemKey;
use super::ledger::Ledger;
use crate::corrections::Corrections;
use crate::event::credit::{CheckResult, ExposureKind};
use crate::gist::{Charge, Gist, Matter, Paper, PaperKind};
use crate::history::{Day, Stamp, View};
use crate::ids::{DocumentId, ManagerId, OfferId, OrderId};
use crate::money::{Amount, Currency, Money, Quantity, Rate, Value};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct Ordered {
    stamp: Stamp,
    number: String,
    net: Value,
    /// Tax and freight.
    more: i64,
    lines: Vec<(Quantity, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct Delivered {
    stamp: Stamp,
    /// Line and quantity; empty: all that was outstanding.
    lines: Vec<(u32, Quantity)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct Charged {
    stamp: Stamp,
    by: DocumentId,
    is_draft: bool,
    charge: Charge,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct Draft {
    stamp: Stamp,
    number: String,
    gross: Money,
    base_rate: Option<Rate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct LimitSet {
    kind: ExposureKind,
    limit: Option<Money>,
    until: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct Approved {
    overrides: String,
    order: Option<OrderId>,
    document: Option<DocumentId>,
    offer: Option<OfferId>,
    up_to: Option<Money>,
    discount: Option<Rate>,
    until: Option<Day>,
    approver: ManagerId,
}

/// A solvency check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
struct Checked {
    agency: String,
    result: CheckResult,
    recommended: Option<Money>,
    valid_until: Option<Day>,
}

/// Orders and drafts, limits, holds and approvals of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct CreditFile {
    orders: BTreeMap<OrderId, Vec<Ordered>>,
    delivered: BTreeMap<OrderId, Vec<Delivered>>,
    cancelled: BTreeMap<OrderId, Vec<Stamp>>,
    charged: BTreeMap<OrderId, Vec<Charged>>,
    drafts: BTreeMap<DocumentId, Vec<Draft>>,
    discarded: BTreeMap<DocumentId, Vec<Stamp>>,
    issued: BTreeMap<DocumentId, Vec<Stamp>>,
    limits: Vec<(Stamp, LimitSet)>,
    holds: Vec<(Stamp, Option<String>)>,
    approvals: Vec<(Stamp, Approved)>,
    checks: Vec<(Stamp, Checked)>,
    corrections: Corrections,
}

/// What was told of an account's credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditEvent {
    /// The event.
    pub version: Version,
    /// From which day it holds.
    pub day: NaiveDate,
    /// What happened, in words.
    pub what: &'static str,
    /// Why, or by whom.
    pub text: String,
    /// A limit, a sum allowed, a limit recommended.
    pub amount: Option<Money>,
    /// The last day, if one is stated.
    pub until: Option<NaiveDate>,
}

/// A limit in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// On what.
    pub kind: ExposureKind,
    /// How much.
    pub limit: Money,
    /// The event that set it.
    pub set_by: Version,
}

/// What an amount of exposure is, where it is no kind that a limit can be on: a credit that nothing
/// has used lowers the total alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Of a kind.
    Kind(ExposureKind),
    /// A credit that nothing has used.
    Unapplied,
}

/// What a part of the exposure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RiskOf {
    /// An order.
    Order(OrderId),
    /// A draft.
    Draft(DocumentId),
    /// An open item, and which installment.
    Item(ItemKey, Option<u32>),
}

/// One part of the exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskTerm {
    /// Of which kind.
    pub risk: Risk,
    /// About what.
    pub of: RiskOf,
    /// Its number.
    pub number: Option<String>,
    /// How much; negative: a credit.
    pub amount: Money,
    /// Units of the base currency for one of the amount's.
    pub base_rate: Option<Rate>,
    /// The event that told it.
    pub version: Version,
    /// The day from which it counts.
    pub day: NaiveDate,
}

/// What may be lost, by kind, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Of the amounts.
    pub currency: Currency,
    /// Ordered, not yet invoiced or drafted; minor units, as all that follows.
    pub orders: i64,
    /// Drafted, not yet issued.
    pub drafts: i64,
    /// Open and not overdue.
    pub open: i64,
    /// Overdue beyond the grace.
    pub overdue: i64,
    /// Open again because money came back.
    pub returned: i64,
    /// Credits that nothing has used, negative.
    pub unapplied: i64,
}

impl Exposure {
    /// Nothing.
    #[must_use]
    pub const fn none(currency: Currency) -> Self {
        Self { currency, orders: 0, drafts: 0, open: 0, overdue: 0, returned: 0, unapplied: 0 }
    }

    /// All of it, less the credits that nothing has used.
    #[must_use]
    pub fn total(&self) -> i64 {
        let all =
            [self.orders, self.drafts, self.open, self.overdue, self.returned, self.unapplied];
        all.into_iter().fold(0, i64::saturating_add)
    }

    /// How much there is of what a limit can be on.
    #[must_use]
    pub fn of_kind(&self, kind: ExposureKind) -> Money {
        let minor = match kind {
            ExposureKind::Total => self.total(),
            ExposureKind::Orders => self.orders,
            ExposureKind::Drafts => self.drafts,
            ExposureKind::Open => self.open,
            ExposureKind::Overdue => self.overdue,
            ExposureKind::Returned => self.returned,
        };
        Money::new(minor, self.currency)
    }

    /// More of a kind; of the total itself there is nothing to add.
    pub fn add(&mut self, risk: Risk, minor: i64) {
        let sum = match risk {
            Risk::Kind(ExposureKind::Orders) => &mut self.orders,
            Risk::Kind(ExposureKind::Drafts) => &mut self.drafts,
            Risk::Kind(ExposureKind::Open) => &mut self.open,
            Risk::Kind(ExposureKind::Overdue) => &mut self.overdue,
            Risk::Kind(ExposureKind::Returned) => &mut self.returned,
            Risk::Unapplied => &mut self.unapplied,
            Risk::Kind(ExposureKind::Total) => return,
        };
        *sum = sum.saturating_add(minor);
    }

    /// The sum of `terms` in one currency: those in it, and, where it is the base currency, those
    /// with a rate to it. The rest, which cannot be compared, comes back.
    #[must_use]
    pub fn sum(
        terms: &[RiskTerm],
        currency: Currency,
        base: Option<Currency>,
    ) -> (Self, Vec<&RiskTerm>) {
        let mut exposure = Self::none(currency);
        let mut apart = Vec::new();
        for term in terms {
            match in_currency(term.amount, term.base_rate, currency, base) {
                Some(amount) => exposure.add(term.risk, amount.minor),
                None => apart.push(term),
            }
        }
        (exposure, apart)
    }
}

/// An amount in `currency`, if it is in it, or if that is the base currency and a rate is known.
#[must_use]
pub fn in_currency(
    amount: Money,
    base_rate: Option<Rate>,
    currency: Currency,
    base: Option<Currency>,
) -> Option<Money> {
    if amount.currency == currency {
        return Some(amount);
    }
    let rate = base_rate.filter(|_| base == Some(currency))?;
    amount.converted(rate, currency).ok()
}

impl CreditFile {
    /// Takes in the next event of the account's stream.
    pub fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let stamp = gist.stamp;
        let label = || gist.label.unwrap_or_default().to_owned();
        match &gist.matter {
            Matter::Ordered { order, lines, more, .. } => {
                if let Some(net) = gist.value() {
                    let (number, more) = (label(), *more);
                    let lines = lines.iter().map(|line| (line.quantity, line.net)).collect();
                    let row = Ordered { stamp, number, net, more, lines };
                    self.orders.entry(*order).or_default().push(row);
                }
            }
            Matter::Delivered { order, lines } => {
                let row = Delivered { stamp, lines: lines.clone() };
                self.delivered.entry(*order).or_default().push(row);
            }
            Matter::OrderCancelled(order) => {
                self.cancelled.entry(*order).or_default().push(stamp);
            }
            Matter::Document(paper) => {
                self.charges(stamp, paper, false);
                self.issued.entry(paper.document).or_default().push(stamp);
            }
            Matter::Draft(paper) => {
                self.charges(stamp, paper, true);
                if let Some(gross) = gist.money() {
                    let (number, base_rate) = (label(), paper.base_rate);
                    let row = Draft { stamp, number, gross, base_rate };
                    self.drafts.entry(paper.document).or_default().push(row);
                }
            }
            Matter::DraftDiscarded(document) => {
                self.discarded.entry(*document).or_default().push(stamp);
            }
            _ => self.take_credit(gist),
        }
    }

    fn take_credit(&mut self, gist: &Gist<'_>) {
        let stamp = gist.stamp;
        let label = || gist.label.unwrap_or_default().to_owned();
        match &gist.matter {
            Matter::CreditLimit { kind, until } => {
                let set = LimitSet { kind: *kind, limit: gist.money(), until: *until };
                self.limits.push((stamp, set));
            }
            Matter::CreditHeld => self.holds.push((stamp, Some(label()))),
            Matter::CreditReleased => self.holds.push((stamp, None)),
            Matter::Approved { order, document, offer, discount, until, approver } => {
                let approved = Approved {
                    overrides: label(),
                    order: *order,
                    document: *document,
                    offer: *offer,
                    discount: *discount,
                    up_to: gist.money(),
                    until: *until,
                    approver: *approver,
                };
                self.approvals.push((stamp, approved));
            }
            Matter::CreditChecked { result, valid_until } => {
                let checked = Checked {
                    agency: label(),
                    result: *result,
                    recommended: gist.money(),
                    valid_until: *valid_until,
                };
                self.checks.push((stamp, checked));
            }
            _ => {}
        }
    }

    fn charges(&mut self, stamp: Stamp, paper: &Paper<'_>, is_draft: bool) {
        if !matches!(paper.kind, PaperKind::Invoice | PaperKind::DebitNote) {
            return;
        }
        for charge in &paper.charges {
            let row = Charged { stamp, by: paper.document, is_draft, charge: *charge };
            self.charged.entry(charge.order).or_default().push(row);
        }
    }

    fn any(&self, stamps: Option<&Vec<Stamp>>, view: &View) -> bool {
        stamps.is_some_and(|all| all.iter().any(|at| self.corrections.shows(*at, view)))
    }

    /// The draft that still waits to become an invoice.
    fn draft(&self, document: DocumentId, view: &View) -> Option<&Draft> {
        if self.any(self.discarded.get(&document), view)
            || self.any(self.issued.get(&document), view)
        {
            return None;
        }
        let mut rows = self.drafts.get(&document)?.iter();
        rows.rfind(|row| self.corrections.shows(row.stamp, view))
    }

    /// What is not yet invoiced or drafted of an order, if `more` is charged as well; its own
    /// document's earlier charges give way to it.
    fn left_of(
        &self,
        order: OrderId,
        ledger: &Ledger<'_>,
        more: Option<(DocumentId, &[Charge])>,
        view: &View,
    ) -> Option<Money> {
        let mut rows = self.orders.get(&order)?.iter();
        let row = rows.rfind(|row| self.corrections.shows(row.stamp, view))?;
        let mut charges: Vec<Charge> = Vec::new();
        for it in self.charged.get(&order).into_iter().flatten() {
            let stands = self.corrections.shows(it.stamp, view)
                && more.is_none_or(|(document, _)| document != it.by)
                && match it.is_draft {
                    true => self.draft(it.by, view).is_some_and(|draft| draft.stamp == it.stamp),
                    false => !ledger.book().is_reversed(ItemKey::Document(it.by), view),
                };
            if stands {
                charges.push(it.charge);
            }
        }
        if let Some((_, more)) = more {
            charges.extend(more.iter().filter(|it| it.order == order));
        }
        Some(left(row, &charges, self.due_of(order, row, view)))
    }

    /// How much of an order, before tax, is to be invoiced at all: of a cancelled one what was
    /// delivered.
    fn due_of(&self, order: OrderId, row: &Ordered, view: &View) -> i128 {
        if !self.any(self.cancelled.get(&order), view) {
            return i128::from(row.net.micro);
        }
        let mut due = 0_i128;
        for Delivered { stamp, lines } in self.delivered.get(&order).into_iter().flatten() {
            if !self.corrections.shows(*stamp, view) {
                continue;
            }
            if lines.is_empty() {
                return i128::from(row.net.micro);
            }
            for (line, quantity) in lines {
                let of = row.lines.get(*line as usize);
                due = due.saturating_add(of.map_or(0, |of| share(*of, *quantity)));
            }
        }
        due.min(i128::from(row.net.micro))
    }

    /// Everything that may be lost, part by part: what was ordered, drafted, and is open.
    ///
    /// `grace` are the days past due that are forgiven before an item is overdue.
    #[must_use]
    pub fn risks(
        &self,
        ledger: &Ledger<'_>,
        grace: u16,
        view: &View,
        day: NaiveDate,
    ) -> Vec<RiskTerm> {
        let mut terms = Vec::new();
        for (order, rows) in &self.orders {
            let Some(left) = self.left_of(*order, ledger, None, view).filter(|it| !it.is_zero())
            else {
                continue;
            };
            let row = rows.iter().rfind(|row| self.corrections.shows(row.stamp, view));
            terms.extend(row.map(|row| RiskTerm {
                risk: Risk::Kind(ExposureKind::Orders),
                of: RiskOf::Order(*order),
                number: Some(row.number.clone()),
                amount: left,
                base_rate: None,
                version: Version(row.stamp.version),
                day: row.stamp.effective(),
            }));
        }
        for document in self.drafts.keys() {
            terms.extend(self.draft(*document, view).map(|draft| RiskTerm {
                risk: Risk::Kind(ExposureKind::Drafts),
                of: RiskOf::Draft(*document),
                number: Some(draft.number.clone()),
                amount: draft.gross,
                base_rate: draft.base_rate,
                version: Version(draft.stamp.version),
                day: draft.stamp.effective(),
            }));
        }
        for entry in ledger.entries() {
            let returned = entry.returned(view.as_of);
            for item in entry.open_items(view.as_of) {
                let rest = match item.open.is_negative() {
                    true => Risk::Unapplied,
                    false => Risk::Kind(kind_of(item.due, day, grace)),
                };
                let part = item.installment.unwrap_or(0) as usize;
                let back = returned.get(part).copied().unwrap_or(0);
                let parts = [
                    (Risk::Kind(ExposureKind::Returned), back),
                    (rest, item.open.minor.saturating_sub(back)),
                ];
                for (risk, minor) in parts.into_iter().filter(|(_, minor)| *minor != 0) {
                    terms.push(RiskTerm {
                        risk,
                        of: RiskOf::Item(item.item, item.installment),
                        number: item.number.clone(),
                        amount: Money::new(minor, item.open.currency),
                        base_rate: item.base_rate,
                        version: Version(item.version),
                        day: item.document_day,
                    });
                }
            }
        }
        terms
    }

    /// By how much an order or a document that is to be recorded changes the exposure.
    #[must_use]
    pub fn change(
        &self,
        ledger: &Ledger<'_>,
        gist: &Gist<'_>,
        grace: u16,
        view: &View,
    ) -> Vec<(Risk, Money, Option<Rate>)> {
        let mut changes = Vec::new();
        match &gist.matter {
            Matter::Ordered { more, .. } => {
                if let Some(net) = gist.value() {
                    let micro = net.micro.saturating_add(*more);
                    let gross = Value::new(micro, net.currency).round_half_up();
                    changes.push((Risk::Kind(ExposureKind::Orders), gross, None));
                }
            }
            Matter::Document(paper) | Matter::Draft(paper) => {
                let Some(gross) = gist.money() else { return changes };
                let kind = match gist.matter {
                    Matter::Draft(_) => ExposureKind::Drafts,
                    _ => {
                        let due = paper.due.unwrap_or(gist.stamp.day).date();
                        kind_of(due, gist.stamp.effective(), grace)
                    }
                };
                changes.push((Risk::Kind(kind), gross, paper.base_rate));
                if let Some(draft) = self.draft(paper.document, view) {
                    let gone = Money::new(draft.gross.minor.saturating_neg(), draft.gross.currency);
                    changes.push((Risk::Kind(ExposureKind::Drafts), gone, draft.base_rate));
                }
                let mut orders: Vec<OrderId> = paper.charges.iter().map(|it| it.order).collect();
                orders.sort_unstable();
                orders.dedup();
                for order in orders {
                    let more = Some((paper.document, paper.charges.as_slice()));
                    let before = self.left_of(order, ledger, None, view);
                    let after = self.left_of(order, ledger, more, view);
                    if let (Some(before), Some(after)) = (before, after) {
                        let minor = after.minor.saturating_sub(before.minor);
                        let change = Money::new(minor, before.currency);
                        changes.push((Risk::Kind(ExposureKind::Orders), change, None));
                    }
                }
            }
            _ => {}
        }
        changes
    }

    /// The limits in force, one a kind and currency. A limit that ended gives way to the one
    /// before.
    #[must_use]
    pub fn limits(&self, view: &View) -> Vec<Limit> {
        let mut last: BTreeMap<(ExposureKind, Option<Currency>), (Stamp, LimitSet)> =
            BTreeMap::new();
        let mut shown: Vec<_> = self
            .limits
            .iter()
            .filter(|(stamp, set)| {
                self.corrections.shows(*stamp, view)
                    && set.until.is_none_or(|until| until >= view.as_of.into())
            })
            .collect();
        shown.sort_by_key(|(stamp, _)| (stamp.day, self.corrections.place(stamp.version)));
        for (stamp, set) in shown {
            match set.limit {
                Some(limit) => {
                    last.insert((set.kind, Some(limit.currency)), (*stamp, *set));
                }
                // No limit of this kind any more, in whatever currency.
                None => last.retain(|(kind, _), _| *kind != set.kind),
            }
        }
        let limits = last.into_values().filter_map(|(stamp, set)| {
            let set_by = Version(stamp.version);
            Some(Limit { kind: set.kind, limit: set.limit?, set_by })
        });
        limits.collect()
    }

    /// What was told of limits, holds, approvals and checks, in the order in which it holds.
    #[must_use]
    pub fn history(&self, view: &View) -> Vec<CreditEvent> {
        let told = |stamp: &Stamp, what, text: &str, amount, until: Option<Day>| {
            let row = CreditEvent {
                version: Version(stamp.version),
                day: stamp.effective(),
                what,
                text: text.to_owned(),
                amount,
                until: until.map(Day::date),
            };
            self.corrections.shows(*stamp, view).then_some(row)
        };
        let limits = self.limits.iter().filter_map(|(stamp, it)| {
            let what = if it.limit.is_some() { "limit set" } else { "limit lifted" };
            told(stamp, what, called(it.kind), it.limit, it.until)
        });
        let holds = self.holds.iter().filter_map(|(stamp, reason)| match reason {
            Some(reason) => told(stamp, "held", reason, None, None),
            None => told(stamp, "released", "", None, None),
        });
        let approvals = self
            .approvals
            .iter()
            .filter_map(|(stamp, it)| told(stamp, "approved", &it.overrides, it.up_to, it.until));
        let checks = self.checks.iter().filter_map(|(stamp, it)| {
            let what = match it.result {
                CheckResult::Good => "checked: good",
                CheckResult::Watch => "checked: watch",
                CheckResult::Poor => "checked: poor",
            };
            told(stamp, what, &it.agency, it.recommended, it.valid_until)
        });
        let mut all: Vec<_> = limits.chain(holds).chain(approvals).chain(checks).collect();
        all.sort_by_key(|it| (it.day, it.version));
        all
    }

    /// Why nothing more is sold on credit, and the event that said so, if a hold is in force.
    #[must_use]
    pub fn hold(&self, view: &View) -> Option<(Version, &str)> {
        let shown = self.holds.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let place = |stamp: Stamp| (stamp.day, self.corrections.place(stamp.version));
        let (stamp, reason) = shown.max_by_key(|(stamp, _)| place(*stamp))?;
        Some((Version(stamp.version), reason.as_deref()?))
    }

    /// Who allowed that `code` is overridden for an order or an offer of so much, and up to which
    /// discount; none: up to any.
    pub fn discount_approvals(
        &self,
        code: &str,
        order: Option<OrderId>,
        offer: Option<OfferId>,
        net: Value,
        view: &View,
    ) -> impl Iterator<Item = (ManagerId, Option<Rate>)> {
        let approvals = self.approvals.iter().filter(move |(stamp, it)| {
            let is_for = it.order.is_some_and(|it| Some(it) == order)
                || it.offer.is_some_and(|it| Some(it) == offer);
            let enough = it.up_to.is_none_or(|up_to| {
                up_to.currency == net.currency
                    && Amount::Money(up_to).micro() >= i128::from(net.micro)
            });
            self.corrections.shows(*stamp, view)
                && it.overrides == code
                && is_for
                && enough
                && it.until.is_none_or(|until| until >= view.as_of.into())
        });
        approvals.map(|(_, it)| (it.approver, it.discount))
    }

    /// Whether somebody allowed that `code` is overridden for an order or a document of so much.
    #[must_use]
    pub fn is_approved(
        &self,
        code: &str,
        orders: &[OrderId],
        document: Option<DocumentId>,
        amount: Money,
        view: &View,
    ) -> bool {
        self.approvals.iter().any(|(stamp, it)| {
            let is_for = it.order.is_some_and(|order| orders.contains(&order))
                || it.document.is_some_and(|approved| Some(approved) == document);
            let enough = it.up_to.is_none_or(|up_to| {
                up_to.currency == amount.currency && up_to.minor >= amount.minor
            });
            self.corrections.shows(*stamp, view)
                && it.overrides == code
                && is_for
                && enough
                && it.until.is_none_or(|until| until >= view.as_of.into())
        })
    }
}

/// What a limit is on, in words.
pub(crate) const fn called(kind: ExposureKind) -> &'static str {
    match kind {
        ExposureKind::Total => "total exposure",
        ExposureKind::Orders => "orders not yet invoiced",
        ExposureKind::Drafts => "drafts",
        ExposureKind::Open => "what is open",
        ExposureKind::Overdue => "what is overdue",
        ExposureKind::Returned => "what came back",
    }
}

const fn kind(overdue: bool) -> ExposureKind {
    if overdue { ExposureKind::Overdue } else { ExposureKind::Open }
}

fn kind_of(due: NaiveDate, day: NaiveDate, grace: u16) -> ExposureKind {
    kind(day.signed_duration_since(due).num_days() > i64::from(grace))
}

/// The part of a line's net that a quantity of it is.
fn share((ordered, net): (Quantity, i64), quantity: Quantity) -> i128 {
    let (net, all) = (i128::from(net), i128::from(ordered.micro()));
    let part = i128::from(quantity.micro()).clamp(0, all.max(0));
    net.saturating_mul(part).checked_div(all).unwrap_or(net)
}

/// What of an order is neither invoiced nor drafted, with its part of tax and freight.
fn left(row: &Ordered, charges: &[Charge], due: i128) -> Money {
    let net = i128::from(row.net.micro);
    let mut covered = 0_i128;
    for charge in charges {
        let line = charge.line.and_then(|at| row.lines.get(at as usize));
        covered = covered.saturating_add(match line {
            Some(line) => share(*line, charge.quantity),
            None => i128::from(charge.net),
        });
    }
    let gross = net.saturating_add(i128::from(row.more));
    let rest = due.saturating_sub(covered).max(0);
    let micro = match net {
        0 if charges.is_empty() => gross,
        0 => 0,
        net => gross.saturating_mul(rest).checked_div(net).unwrap_or(0),
    };
    Value::new(i64::try_from(micro).unwrap_or(i64::MAX), row.net.currency).round_half_up()
}
