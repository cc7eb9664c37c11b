//! Open items, a row an item or installment, with what was settled of each and what is dated
//! ahead.

use chrono::NaiveDate;
use relatum_domain::event::policy::AgeBasis;
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{Act, Entry, OpenItem, Revaluation};
use relatum_domain::{AccountId, Currency, ManagerId, Money, Policies, View};
use relatum_stream::EventRef;

use super::aging::{AgingOptions, buckets_in_force};
use super::{days, explained};
use crate::about::About;
use crate::figures::{Column, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};

/// Which open items are wanted: those of an aging.
pub type OpenItemsOptions = AgingOptions;

/// An open item, or an installment of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRow {
    /// Whose.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Who answers for them.
    pub manager: Option<ManagerId>,
    /// The item, and what is open of it.
    pub item: OpenItem,
    /// The event that made it.
    pub event: EventRef,
    /// How much of it was paid.
    pub paid: Money,
    /// How much of it was settled by credits.
    pub credited: Money,
    /// How much of it was settled otherwise: by discount, withholding, netting or write-off.
    pub otherwise: Money,
    /// How much will be settled by what is dated after the day.
    pub future: Money,
    /// What is open less that.
    pub remaining: Money,
    /// Days past due, or since the document, as the buckets count.
    pub age_days: i64,
    /// Days past due.
    pub days_past_due: i64,
    /// The name of its bucket.
    pub bucket: String,
    /// What is open in the base currency, at the document's rate.
    pub base: Option<Money>,
}

/// A revaluation in force of an open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevaluedRow {
    /// Whose.
    pub account: AccountId,
    /// Which, and by how much.
    pub revaluation: Revaluation,
}

/// Everything open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItemsReport {
    /// The day.
    pub as_of: NaiveDate,
    /// From which day age counts.
    pub basis: AgeBasis,
    /// The base currency, if a policy names one.
    pub base: Option<Currency>,
    /// Oldest due first within an account, accounts by name.
    pub rows: Vec<OpenRow>,
    /// Revaluations in force, in the base currency.
    pub revalued: Vec<RevaluedRow>,
    /// What exchange will gain or lose when what is dated after the day settles: base currency.
    pub future_exchange: Vec<relatum_domain::receivables::ExchangeDifference>,
}

impl OpenRow {
    /// The key of the row in explanations.
    #[must_use]
    pub const fn row(&self) -> Row {
        Row::Item(self.account, self.item.item, self.item.installment)
    }
}

impl OpenItemsReport {
    /// The report for the day and the knowledge of `view`.
    #[must_use]
    pub fn of(models: &Models, options: &OpenItemsOptions, view: &View) -> Self {
        Self::whole(models, options, view, vec![Self::part(models, models, options, view)])
    }

    /// The rows of the accounts of `part`, in no particular order; policies are in `common`.
    #[must_use]
    pub fn part(part: &Models, common: &Models, options: &OpenItemsOptions, view: &View) -> Self {
        let policies = common.directory.policies();
        let base = policies.base_currency(view).rule;
        let mut found = Self::empty(common, options, view);
        for (account, ledger) in part.aging.ledgers(options.account, policies, view) {
            if !options.wants(account, &part.directory, view) {
                continue;
            }
            let name = part.directory.account_name(account, view);
            let manager = part.directory.manager_of(account, view);
            for entry in ledger.entries() {
                found.rows.extend(
                    rows(common, options, &entry, account, view).into_iter().map(|row| OpenRow {
                        name: name.clone(),
                        manager,
                        ..row
                    }),
                );
            }
            let Some(base) = base else { continue };
            let revalued = ledger.revaluations(view.as_of, base).into_iter();
            found.revalued.extend(revalued.map(|revaluation| {
                let version = merged::event(account, revaluation.version.0).version;
                RevaluedRow { account, revaluation: Revaluation { version, ..revaluation } }
            }));
            if let Some(next) = view.as_of.succ_opt() {
                let ahead = ledger.exchange_differences(next, NaiveDate::MAX, base);
                found.future_exchange.extend(ahead);
            }
        }
        found
    }

    /// The report that all parts make.
    #[must_use]
    pub fn whole(
        common: &Models,
        options: &OpenItemsOptions,
        view: &View,
        parts: Vec<Self>,
    ) -> Self {
        let mut whole = Self::empty(common, options, view);
        for part in parts {
            whole.rows.extend(part.rows);
            whole.revalued.extend(part.revalued);
            whole.future_exchange.extend(part.future_exchange);
        }
        whole.rows.sort_by(|left, right| {
            let key = |it: &OpenRow| (it.account, it.item.due, it.item.item, it.item.installment);
            (&left.name, key(left)).cmp(&(&right.name, key(right)))
        });
        whole
    }

    fn empty(common: &Models, options: &OpenItemsOptions, view: &View) -> Self {
        Self {
            as_of: view.as_of,
            basis: buckets_in_force(&common.directory, options, view).1.basis(),
            base: common.directory.policies().base_currency(view).rule,
            rows: Vec::new(),
            revalued: Vec::new(),
            future_exchange: Vec::new(),
        }
    }
}

fn rows(
    common: &Models,
    options: &OpenItemsOptions,
    entry: &Entry<'_>,
    account: AccountId,
    view: &View,
) -> Vec<OpenRow> {
    if options.currency.is_some_and(|only| only != entry.currency()) {
        return Vec::new();
    }
    let (_, buckets) = buckets_in_force(&common.directory, options, view);
    let labels = buckets.labels();
    let base = common.directory.policies().base_currency(view).rule;
    let items = entry.open_items(view.as_of);
    if items.is_empty() {
        return Vec::new();
    }
    let told = entry.told(view.as_of);
    let settled = |item: &OpenItem, counts: &dyn Fn(ApplicationKind) -> bool| {
        let part = item.installment.unwrap_or(0);
        let of = told.iter().filter(|(step, at, _)| {
            *at == part && matches!(step.act, Act::Settled(kind) if counts(kind))
        });
        entry.money(of.map(|(.., minor)| minor.saturating_neg()).fold(0, i64::saturating_add))
    };
    let future = entry.future(view.as_of);
    let rows = items.into_iter().zip(future).map(|(item, future)| {
        let past_due = days(item.due, view.as_of);
        let age = match buckets.basis() {
            AgeBasis::DueDate => past_due,
            AgeBasis::DocumentDate => days(item.document_day, view.as_of).max(0),
        };
        let label = labels.get(buckets.index_of(age)).cloned().unwrap_or_default();
        OpenRow {
            account,
            name: String::new(),
            manager: None,
            event: merged::event(account, item.version),
            paid: settled(&item, &|kind| kind == ApplicationKind::Payment),
            credited: settled(&item, &|kind| kind == ApplicationKind::Credit),
            otherwise: settled(&item, &|kind| {
                !matches!(kind, ApplicationKind::Payment | ApplicationKind::Credit)
            }),
            future,
            remaining: entry.money(item.open.minor.saturating_sub(future.minor)),
            age_days: age,
            days_past_due: past_due,
            bucket: label,
            base: base.and_then(|base| item.in_base(base)),
            item: merged::own_item(account, item),
        }
    });
    rows.collect()
}

/// The figures of open items, for explanation: a line an item or installment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemFigures(pub OpenItemsOptions);

const COLUMNS: [&str; 7] =
    ["original", "paid", "credited", "otherwise", "open", "disputed", "future"];

impl Report for ItemFigures {
    fn name(&self) -> &'static str {
        "open-items"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        self.0.which(policies, view)
    }

    fn about(&self) -> About {
        About::of(self.0.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        COLUMNS.map(Column::money).into()
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        common.directory.policies().advance(view).event.into_iter().collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        for (account, ledger) in
            part.aging.ledgers(self.0.account, common.directory.policies(), view)
        {
            if !self.0.wants(account, &part.directory, view) {
                continue;
            }
            for entry in ledger.entries() {
                if self.0.currency.is_none_or(|only| only == entry.currency()) {
                    item(account, &entry, view.as_of, to);
                }
            }
        }
    }
}

fn item(account: AccountId, entry: &Entry<'_>, as_of: NaiveDate, to: &mut dyn Sink) {
    let items = entry.open_items(as_of);
    if items.is_empty() {
        return;
    }
    let told = entry.told(NaiveDate::MAX);
    let worth = |minor: i64| explained::micro(entry.money(minor));
    for open in items {
        let part = open.installment.unwrap_or(0);
        let row = Row::Item(account, open.item, open.installment);
        for (step, _, minor) in told.iter().filter(|(_, of, _)| *of == part) {
            let settled = |kind| match kind {
                ApplicationKind::Payment => 1,
                ApplicationKind::Credit => 2,
                _ => 3,
            };
            let seen = step.day.date() <= as_of;
            let shown: &[(usize, i64)] = &match (step.act, seen) {
                (Act::Began(_), true) => [(0, *minor), (4, *minor)],
                (Act::Settled(kind), true) => {
                    [(settled(kind), minor.saturating_neg()), (4, *minor)]
                }
                (_, false) => [(6, minor.saturating_neg()), (6, 0)],
            };
            for (column, minor) in shown.iter().filter(|(_, minor)| *minor != 0) {
                let micro = worth(*minor);
                let why = || vec![explained::contribution(account, entry, step, micro)];
                to.add(&row, entry.currency(), *column, micro, &why);
            }
        }
        let disputed = explained::disputed(account, entry, part, as_of, &worth);
        for it in disputed {
            let micro = it.micro;
            to.add(&row, entry.currency(), 5, micro, &|| vec![it.clone()]);
        }
    }
}
