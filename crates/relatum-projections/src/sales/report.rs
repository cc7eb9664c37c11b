//! Quota progress as a report, by manager and period.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::NaiveDate;
use relatum_domain::event::organisation::{QuotaKind, Target};
use relatum_domain::{Currency, ManagerId, View};
use relatum_stream::{EventRef, StreamId, Version};
use serde::Serialize;

use super::{Goal, Goals, Quota};
use crate::amounts::Sum;
use crate::directory::Directory;
use crate::models::Models;

/// Sales of one manager in one quota period, against the quota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaLine {
    /// Who.
    pub manager: ManagerId,
    /// Their code, if they have one.
    pub code: Option<String>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// Whether the period is over at the end of the day of the report.
    pub over: bool,
    /// What was asked.
    pub quota: Sum,
    /// What was sold from the first day to the last, or to the day of the report.
    pub sales: Sum,
    /// Sales in other currencies, which do not count here.
    pub other_currencies: Vec<Sum>,
    /// Sales in hundredths of a per cent of the quota, rounded half up; none without a quota.
    pub attainment_bp: Option<i64>,
    /// The event that set the quota.
    pub event: EventRef,
}

/// Quota progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaReport {
    /// The day up to which sales count.
    pub as_of: NaiveDate,
    /// A line a manager and period, by code, manager and first day.
    pub lines: Vec<QuotaLine>,
    /// All sales credited to no manager, by currency.
    pub unassigned: Vec<Sum>,
    /// All sales of the book up to the day, by currency.
    pub total: Vec<Sum>,
}

/// What was sold on each day, in millionths.
type ByDay = BTreeMap<NaiveDate, i128>;
type ByCurrency = BTreeMap<Currency, ByDay>;
type Credited = BTreeMap<Option<ManagerId>, ByCurrency>;

/// What was sold, by who is credited.
#[derive(Debug, Clone, Default)]
pub struct Sold(Credited);

impl QuotaReport {
    /// The report for the day and the knowledge of `view`, of one manager or of all.
    ///
    /// Quotas by quantity or count, and those of single product groups, are not in it.
    #[must_use]
    pub fn of(models: &Models, only: Option<ManagerId>, view: &View) -> Self {
        Self::whole(models, only, view, [Self::part(models, view)])
    }

    /// What was sold to the accounts of `part`.
    #[must_use]
    pub fn part(part: &Models, view: &View) -> Sold {
        Sold(credited(&part.quota, &part.directory, view))
    }

    /// The report over what was sold in all parts; managers and their quotas are in `common`.
    #[must_use]
    pub fn whole(
        common: &Models,
        only: Option<ManagerId>,
        view: &View,
        sold: impl IntoIterator<Item = Sold>,
    ) -> Self {
        let mut credited: Credited = BTreeMap::new();
        for (manager, sold) in sold.into_iter().flat_map(|part| part.0) {
            let all = credited.entry(manager).or_default();
            for (currency, days) in sold {
                let all = all.entry(currency).or_default();
                for (day, micro) in days {
                    *all.entry(day).or_default() += micro;
                }
            }
        }
        let (models, nothing) = (common, ByCurrency::new());
        let mut lines = Vec::new();
        for (manager, goals) in &models.quota.managers {
            if only.is_none_or(|only| only == *manager) {
                let profile = models.directory.manager(*manager, view);
                let code = profile.and_then(|it| it.code);
                let sold = credited.get(&Some(*manager)).unwrap_or(&nothing);
                lines.extend(goals.lines(*manager, code.as_deref(), sold, view));
            }
        }
        lines.sort_by(|left, right| {
            (&left.code, left.manager, left.from).cmp(&(&right.code, right.manager, right.from))
        });
        let unassigned = credited.get(&None).unwrap_or(&nothing);
        Self {
            as_of: view.as_of,
            lines,
            unassigned: sums([unassigned]),
            total: sums(credited.values()),
        }
    }
}

fn sums<'a>(sold: impl IntoIterator<Item = &'a ByCurrency>) -> Vec<Sum> {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for (currency, days) in sold.into_iter().flatten() {
        *sums.entry(*currency).or_default() += days.values().sum::<i128>();
    }
    sums.into_iter().map(|(currency, micro)| Sum { micro, currency }).collect()
}

/// Sales by who is credited, currency and day.
fn credited(quota: &Quota, directory: &Directory, view: &View) -> Credited {
    let mut credited: Credited = BTreeMap::new();
    for (account, sales) in &quota.accounts {
        let owners = directory.assignments(*account, view);
        for sale in sales.shown(view) {
            let manager = sale.manager.or_else(|| owners.on(sale.owned));
            let days = credited.entry(manager).or_default().entry(sale.net.currency).or_default();
            *days.entry(sale.day).or_default() += i128::from(sale.net.micro);
        }
    }
    credited
}

impl Goals {
    fn lines(
        &self,
        manager: ManagerId,
        code: Option<&str>,
        sold: &ByCurrency,
        view: &View,
    ) -> Vec<QuotaLine> {
        // The next one known ends a period, even if it begins after the day of the report.
        let ever = View { as_of: NaiveDate::MAX, ..*view };
        let mut starts: BTreeMap<(&QuotaKind, &Option<String>), BTreeSet<NaiveDate>> =
            BTreeMap::new();
        for goal in self.goals.iter().filter(|goal| self.voids.shows(goal.stamp, &ever)) {
            let alike = starts.entry((&goal.kind, &goal.product_group)).or_default();
            alike.insert(goal.stamp.effective());
        }
        let shown = self.goals.iter().filter(|goal| self.voids.shows(goal.stamp, view));
        let mut goals: Vec<&Goal> = shown.collect();
        goals.sort_by_key(|goal| (goal.stamp.day, goal.stamp.version));
        let mut lines = Vec::new();
        for goal in goals {
            let (QuotaKind::SalesVolume, Target::Value(target), None) =
                (&goal.kind, goal.target, &goal.product_group)
            else {
                continue;
            };
            let from = goal.stamp.effective();
            let mut to = goal.end.date();
            if goal.before_next {
                let later = (Bound::Excluded(from), Bound::Unbounded);
                let alike = starts.get(&(&goal.kind, &goal.product_group));
                let next = alike.and_then(|days| days.range(later).next());
                to = next.and_then(NaiveDate::pred_opt).map_or(to, |day| day.min(to));
            }
            let quota = Sum { micro: i128::from(target.micro), currency: target.currency };
            let mut sales = Sum::zero(target.currency);
            let mut other_currencies = Vec::new();
            // A period that ends before it begins has no day.
            for (currency, days) in sold.iter().filter(|_| from <= to) {
                let micro = days.range(from..=to).map(|(_, micro)| micro).sum();
                if *currency == target.currency {
                    sales.micro = micro;
                } else if micro != 0 {
                    other_currencies.push(Sum { micro, currency: *currency });
                }
            }
            lines.push(QuotaLine {
                manager,
                code: code.map(str::to_owned),
                from,
                to,
                over: to <= view.as_of,
                quota,
                sales,
                other_currencies,
                attainment_bp: attainment(sales.micro, quota.micro),
                event: EventRef::new(StreamId::from(manager), Version(goal.stamp.version)),
            });
        }
        lines
    }
}

/// `part` in hundredths of a per cent of `whole`, rounded half up.
fn attainment(part: i128, whole: i128) -> Option<i64> {
    if whole <= 0 {
        return None;
    }
    let doubled = part.checked_mul(20_000)?.checked_add(whole)?;
    i64::try_from(doubled.div_euclid(whole.checked_mul(2)?)).ok()
}
