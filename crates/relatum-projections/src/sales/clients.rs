//! Active and new clients.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use relatum_domain::Currency;

use super::sale::{Sale, What};

/// A purchase that makes a client count: the day on which it does, and by which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) day: NaiveDate,
    pub(super) version: u64,
    /// Of which sale.
    pub(super) sale: usize,
}

/// The day after which so many months up to the end of a day begin: whole months where it is the
/// last of one.
pub(super) fn months_before(end: NaiveDate, months: u16) -> NaiveDate {
    let next = end.succ_opt().and_then(|next| next.checked_sub_months(Months::new(months.into())));
    next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MIN)
}

/// What a sale is worth, or its goods of one group.
pub(super) fn worth(sale: &Sale<'_>, group: Option<&str>) -> i128 {
    group.map_or(sale.net, |group| sale.of_group(group).0)
}

/// The last purchase of an account that is active at the end of a day: in so many months up to it
/// it bought for more than came back, in any currency.
pub(super) fn active(
    sales: &[Sale<'_>],
    group: Option<&str>,
    end: NaiveDate,
    months: u16,
) -> Option<Counts> {
    bought(sales, group, (months_before(end, months), end))
}

/// The last purchase of an account that after one day and up to the end of another bought for more
/// than came back, in any currency.
pub(super) fn bought(
    sales: &[Sale<'_>],
    group: Option<&str>,
    (before, end): (NaiveDate, NaiveDate),
) -> Option<Counts> {
    let within = |sale: &Sale<'_>| before < sale.day && sale.day <= end;
    let bought = sales.iter().enumerate();
    let bought =
        bought.filter(|(_, it)| within(it) && it.what == What::Sold && worth(it, group) > 0);
    let mut net: BTreeMap<Currency, i128> = BTreeMap::new();
    for sale in sales.iter().filter(|it| within(it)) {
        *net.entry(sale.currency).or_default() += worth(sale, group);
    }
    let counts = bought.filter(|(_, it)| net.get(&it.currency).is_some_and(|net| *net > 0));
    let last = counts.max_by_key(|(_, it)| (it.day, it.version))?;
    Some(Counts { day: end, version: last.1.version, sale: last.0 })
}

/// The first purchase of an account; what was cancelled to nothing is none.
pub(super) fn first(sales: &[Sale<'_>], group: Option<&str>) -> Option<Counts> {
    new(sales, group, u16::MAX).into_iter().next()
}

/// The purchases that make an account a new client: the first, and each after so many months
/// without one. What was cancelled to nothing is none.
pub(super) fn new(sales: &[Sale<'_>], group: Option<&str>, months: u16) -> Vec<Counts> {
    let worth = |sale: &Sale<'_>| match group {
        Some(group) => sale.of_group(group).0,
        None => sale.left,
    };
    let bought = sales.iter().enumerate();
    let bought = bought.filter(|(_, it)| it.what == What::Sold && it.left > 0 && worth(it) > 0);
    let mut bought: Vec<_> = bought.collect();
    bought.sort_by_key(|(_, it)| (it.day, it.version));
    let mut last: Option<NaiveDate> = None;
    let mut new = Vec::new();
    for (at, sale) in bought {
        let after = last.and_then(|last| last.checked_add_months(Months::new(months.into())));
        if last.is_none() || after.is_some_and(|after| after < sale.day) {
            new.push(Counts { day: sale.day, version: sale.version, sale: at });
        }
        last = Some(sale.day);
    }
    new
}
