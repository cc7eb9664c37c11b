//! Exposure, limits and holds: what may be lost, and what stands in its way.

use std::collections::{BTreeMap, BTreeSet};

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::credit::ExposureKind;
use relatum_domain::gist::{Topic, Topics};
use relatum_domain::receivables::{CreditFile, Exposure, Limit, Risk, RiskTerm, in_currency};
use relatum_domain::{AccountId, Currency, Gist, ManagerId, Money, Policies, View};
use relatum_stream::{EventRef, StreamId};

use super::explained::{self, event};
use crate::about::About;
use crate::figures::{Column, Contribution, Report, Row, Sink};
use crate::models::{Models, Which};
use crate::projection::{Projection, all_is_kept};

/// Orders and drafts, limits, holds and approvals, by account.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Credit {
    files: BTreeMap<AccountId, CreditFile>,
}

impl Projection for Credit {
    all_is_kept!();

    const NAME: &'static str = "credit";
    const REVISION: u32 = 1;
    const READS: Topics = Topics::of(&[Topic::Goods, Topic::Papers, Topic::Settlement]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let file = self.files.entry(account).or_default();
            gists.iter().for_each(|gist| file.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.files.append(&mut others.files);
    }
}

impl Credit {
    /// What decides on an account's credit besides its receivables.
    #[must_use]
    pub fn file(&self, account: AccountId) -> Option<&CreditFile> {
        self.files.get(&account)
    }
}

/// Which exposures are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExposureOptions {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the day.
    pub manager: Option<ManagerId>,
    /// In the base currency of the policy in force; what has no rate stays in its own.
    pub in_base: bool,
}

const KINDS: [(&str, Risk); 6] = [
    ("orders", Risk::Kind(ExposureKind::Orders)),
    ("drafts", Risk::Kind(ExposureKind::Drafts)),
    ("open", Risk::Kind(ExposureKind::Open)),
    ("overdue", Risk::Kind(ExposureKind::Overdue)),
    ("returned", Risk::Kind(ExposureKind::Returned)),
    ("unapplied", Risk::Unapplied),
];

impl Report for ExposureOptions {
    fn name(&self) -> &'static str {
        "exposure"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, credit: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        let kinds = KINDS.iter().map(|(key, _)| Column::money(*key));
        kinds.chain([Column::money("total")]).collect()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(KINDS.len(), (0..KINDS.len()).collect())]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let policies = common.directory.policies();
        let base = policies.base_currency(view).event.filter(|_| self.in_base);
        policies.overdue_grace(view).event.into_iter().chain(base).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let base = common.directory.policies().base_currency(view).rule.filter(|_| self.in_base);
        let accounts: BTreeSet<AccountId> = match self.account {
            Some(account) => BTreeSet::from([account]),
            None => part.aging.accounts().chain(part.credit.files.keys().copied()).collect(),
        };
        for account in accounts {
            if !super::wants(self.account, self.manager, account, &part.directory, view) {
                continue;
            }
            let row = Row::Account(account);
            for term in risks(part, common, account, view) {
                let shown = base
                    .and_then(|base| in_currency(term.amount, term.base_rate, base, Some(base)));
                let amount = shown.unwrap_or(term.amount);
                let micro = explained::micro(amount);
                let why = || {
                    vec![Contribution {
                        event: event(account, term.version.0),
                        day: term.day,
                        number: term.number.clone(),
                        what: in_words(term.risk),
                        micro,
                    }]
                };
                let column = KINDS.iter().position(|(_, risk)| *risk == term.risk);
                for column in column.into_iter().chain([KINDS.len()]) {
                    to.add(&row, amount.currency, column, micro, &why);
                }
            }
        }
    }
}

/// Everything of an account that may be lost, part by part.
fn risks(part: &Models, common: &Models, account: AccountId, view: &View) -> Vec<RiskTerm> {
    let policies = common.directory.policies();
    let (no_book, no_file) = Default::default();
    let book = part.aging.book(account).unwrap_or(&no_book);
    let file = part.credit.file(account).unwrap_or(&no_file);
    let grace = policies.overdue_grace(view).rule;
    file.risks(&book.ledger(view.known_at, policies), grace, view, view.as_of)
}

const fn in_words(risk: Risk) -> &'static str {
    match risk {
        Risk::Kind(ExposureKind::Orders) => "ordered, not yet invoiced",
        Risk::Kind(ExposureKind::Drafts) => "drafted",
        Risk::Kind(ExposureKind::Open | ExposureKind::Total) => "open",
        Risk::Kind(ExposureKind::Overdue) => "overdue",
        Risk::Kind(ExposureKind::Returned) => "open again, the money came back",
        Risk::Unapplied => "credit unused",
    }
}

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitUse {
    /// The limit.
    pub limit: Limit,
    /// The event that set it.
    pub set_by: EventRef,
    /// How much there is of what it is on.
    pub used: Money,
}

impl LimitUse {
    /// Whether there is more than the limit allows.
    #[must_use]
    pub const fn is_exceeded(&self) -> bool {
        self.used.minor > self.limit.limit.minor
    }

    /// The use in hundredths of a per cent; none: the limit is nothing.
    #[must_use]
    pub fn share_bp(&self) -> Option<i64> {
        let used = i128::from(self.used.minor) * 10_000;
        let share = used.checked_div(i128::from(self.limit.limit.minor))?;
        i64::try_from(share).ok()
    }
}

/// How an account stands with its limits and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditStanding {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// The exposure, one a currency.
    pub exposures: Vec<Exposure>,
    /// The limits in force, with their use.
    pub limits: Vec<LimitUse>,
    /// Why nothing more is sold on credit, and the event that said so.
    pub hold: Option<(EventRef, String)>,
    /// What is ordered and not yet invoiced: number, amount, day and event.
    pub orders: Vec<(Option<String>, Money, NaiveDate, EventRef)>,
}

impl CreditStanding {
    /// Whether a hold or an exceeded limit stops its orders.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold.is_some() || self.limits.iter().any(LimitUse::is_exceeded)
    }

    /// How one account stands.
    #[must_use]
    pub fn of(part: &Models, common: &Models, account: AccountId, view: &View) -> Self {
        let no_file = CreditFile::default();
        let file = part.credit.file(account).unwrap_or(&no_file);
        let risks = risks(part, common, account, view);
        let base = common.directory.policies().base_currency(view).rule;
        let mut currencies: Vec<Currency> = risks.iter().map(|it| it.amount.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let exposures = currencies.into_iter().map(|it| Exposure::sum(&risks, it, None).0);
        let limits = file.limits(view).into_iter().map(|limit| {
            let (exposure, _) = Exposure::sum(&risks, limit.limit.currency, base);
            let used = exposure.of_kind(limit.kind);
            let set_by = event(account, limit.set_by.0);
            LimitUse { limit: Limit { set_by: set_by.version, ..limit }, set_by, used }
        });
        let orders = risks.iter().filter(|it| it.risk == Risk::Kind(ExposureKind::Orders));
        Self {
            account,
            name: part.directory.account_name(account, view),
            manager: part.directory.manager_of(account, view),
            exposures: exposures.collect(),
            limits: limits.collect(),
            hold: file.hold(view).map(|(at, reason)| (event(account, at.0), reason.to_owned())),
            orders: orders
                .map(|it| (it.number.clone(), it.amount, it.day, event(account, it.version.0)))
                .collect(),
        }
    }

    /// How each account of `part` stands that has a limit, a hold or an exposure.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &ExposureOptions,
        view: &View,
    ) -> Vec<Self> {
        let accounts: Vec<AccountId> = match options.account {
            Some(account) => vec![account],
            None => part.credit.files.keys().copied().collect(),
        };
        let wanted = accounts.into_iter().filter(|account| {
            super::wants(options.account, options.manager, *account, &part.directory, view)
        });
        let standings = wanted.map(|account| Self::of(part, common, account, view));
        standings
            .filter(|it| !it.exposures.is_empty() || !it.limits.is_empty() || it.hold.is_some())
            .collect()
    }
}
