//! What was bought in a quarter, against the same quarter a year ago; of younger accounts against
//! the quarters before.

use chrono::Days;
use relatum_domain::signals::SignalKind;

use crate::amounts::Sum;
use crate::churn::look::{Look, per_cent};
use crate::churn::signal::{Found, Sign};

/// A quarter and a year of days.
const QUARTER: u32 = 91;
const YEAR: u32 = 364;
/// Purchases that what was to be expected rests on, at least.
const FEWEST: usize = 3;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Volume, unit: "currency", find };

fn find(look: &Look<'_>) -> Found {
    let Some(bought) = look.bought else { return Found::unknown("has not bought yet") };
    let Some(first) = bought.purchases().next() else {
        return Found::unknown("has not bought yet");
    };
    let quarter = |back: u32| {
        let to = look.view.as_of.checked_sub_days(Days::new(back.into()));
        (look.since(back + QUARTER), to.unwrap_or(look.view.as_of))
    };
    let watched = look.age(first.day);
    let seasonal = watched >= i64::from(YEAR + QUARTER);
    let whole = (watched / i64::from(QUARTER) - 1).clamp(0, 3);
    let backs: Vec<u32> = match seasonal {
        true => vec![YEAR],
        false => (1..=3).filter(|at| i64::from(*at) <= whole).map(|at| at * QUARTER).collect(),
    };
    let windows: Vec<_> = backs.into_iter().map(quarter).collect();
    let (from, to) = quarter(0);
    let counted =
        |(from, to)| bought.purchases().filter(|it| (from..=to).contains(&it.day)).count();
    let n: usize = windows.iter().copied().map(counted).sum();
    let of = |(from, to)| bought.net(from, to);
    let count = i128::try_from(windows.len()).unwrap_or(1).max(1);
    let (recent, usual) = (of((from, to)), windows.iter().copied().map(of).sum::<i128>() / count);
    if n < FEWEST || usual <= 0 {
        return Found { n, ..Found::unknown("too few earlier purchases to compare with") };
    }
    let fell = per_cent(usual.saturating_sub(recent), usual).max(0);
    let sum = |micro| Sum { micro, currency: bought.currency }.rounded();
    let before = if seasonal { "in the same days a year ago" } else { "a quarter before that" };
    let sentence = format!("bought for {} in {QUARTER} days; {} {before}", sum(recent), sum(usual));
    let whole_units = |micro: i128| i64::try_from(micro / 1_000_000).ok();
    let since = bought.days.iter().rev().filter(|it| it.day >= windows_start(&windows, from));
    Found {
        measure: Some(fell),
        value: whole_units(recent),
        baseline: whole_units(usual),
        window: Some(QUARTER),
        n,
        sentence,
        step: "visit: ask where its demand goes now, and offer for it".into(),
        evidence: since.take(5).map(|it| look.event(it.version)).collect(),
        ..Found::default()
    }
}

fn windows_start(
    windows: &[(chrono::NaiveDate, chrono::NaiveDate)],
    recent: chrono::NaiveDate,
) -> chrono::NaiveDate {
    windows.iter().map(|it| it.0).min().unwrap_or(recent)
}
