//! How far a quota's period is, by the method that the tenant's rules name.

use chrono::{Datelike as _, Months, NaiveDate};
use relatum_domain::event::policy::Pacing;
use relatum_domain::gist::WorkCalendar;
use relatum_domain::selling::{Pace, per_cent};
use relatum_domain::{Rate, proportion};
use serde::Serialize;

use crate::amounts::Sum;
use crate::figures::{Figures, ONE, Row, month_of};

/// How far a period is, and what that says of its end. Days are those of the method; the day of
/// the report has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What is counted: `calendar_days`, `business_days`, `seasonal_given` or `seasonal_learnt`.
    pub method: &'static str,
    /// How much of it has passed, in millionths of a day, or of a year's sales.
    pub elapsed: i128,
    /// How much there is.
    pub total: i128,
    /// What should be attained by now.
    pub expected: Option<Sum>,
    /// Attainment against what should be by now, in hundredths of a per cent.
    pub pace_bp: Option<i64>,
    /// What it comes to by the end at this pace.
    pub projection: Option<Sum>,
    /// The same in hundredths of a per cent of the quota.
    pub projection_bp: Option<i64>,
    /// What each day of work that is left has to bring; by seasons, each calendar day.
    pub needed_per_day: Option<Sum>,
}

/// The share of each month in a year's sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Season {
    /// January first, in whatever unit.
    months: [i128; 12],
    learnt: bool,
}

impl Season {
    /// As the tenant's rule gives it; none without twelve shares.
    fn given(shares: &[Rate]) -> Option<Self> {
        let shares = shares.iter().map(|share| share.of(ONE)).collect::<Option<Vec<_>>>()?;
        Some(Self { months: shares.try_into().ok()?, learnt: false })
    }

    /// As sales by month say it, of the last three full years before `from` at most; none without
    /// one.
    #[must_use]
    pub fn learnt(by_month: &Figures, from: NaiveDate) -> Option<Self> {
        let column = by_month.column("net")?;
        // Currencies are not added: the one with the most months tells the season.
        let of = |currency| by_month.lines.iter().filter(move |it| it.currency == currency);
        let totals = by_month.totals.iter().map(|total| total.currency);
        let currency = totals.max_by_key(|currency| of(*currency).count())?;
        let begins = of(currency).filter_map(|line| match line.row {
            Row::From(day) => Some(day),
            _ => None,
        });
        // The first month of a book is seldom whole.
        let first = begins.min()?.checked_add_months(Months::new(1))?;
        let years = (1..=3).rev().find_map(|years| {
            let begin = from.checked_sub_months(Months::new(years * 12))?;
            (first <= begin).then_some(begin)
        })?;
        let mut months = [0_i128; 12];
        for line in of(currency) {
            if let Row::From(day) = line.row
                && years <= day
                && day < from
                && let Some(month) = months.get_mut(day.month0() as usize)
            {
                *month += line.sum(column).micro.max(0);
            }
        }
        (months.iter().sum::<i128>() > 0).then_some(Self { months, learnt: true })
    }

    /// What the days from one to another weigh; days of a month weigh the same.
    fn weight(&self, from: NaiveDate, to: NaiveDate) -> i128 {
        let mut weight = 0;
        let mut month = month_of(from);
        while month <= to {
            let Some(next) = month.checked_add_months(Months::new(1)) else { break };
            let last = next.pred_opt().unwrap_or(month).min(to);
            let within = (last - month.max(from)).num_days() + 1;
            let all = (next - month).num_days();
            let of_month = self.months.get(month.month0() as usize).copied().unwrap_or(0);
            let scaled = of_month.saturating_mul(ONE);
            let part = proportion(scaled, within.into(), all.into()).unwrap_or_default();
            weight = i128::saturating_add(weight, part);
            month = next;
        }
        weight
    }
}

/// The length of the days from one to another by a method, and what the method is called.
fn length(
    rule: &Pacing,
    calendar: &WorkCalendar,
    learnt: Option<&Season>,
    from: NaiveDate,
    to: NaiveDate,
) -> Option<(&'static str, i128)> {
    if to < from {
        return length(rule, calendar, learnt, from, from).map(|(method, _)| (method, 0));
    }
    let days = || i128::from((to - from).num_days() + 1) * ONE;
    Some(match rule {
        Pacing::CalendarDays => ("calendar_days", days()),
        Pacing::BusinessDays => ("business_days", calendar.days(from, to).into()),
        Pacing::Seasonal(shares) => {
            let given = Season::given(shares);
            let season = given.as_ref().or(learnt)?;
            let method = if season.learnt { "seasonal_learnt" } else { "seasonal_given" };
            (method, season.weight(from, to))
        }
    })
}

impl Progress {
    /// How far a period is at the end of a day. Where there is no season to go by, its days count.
    pub(super) fn of(
        (rule, calendar, learnt): (&Pacing, &WorkCalendar, Option<&Season>),
        (from, to): (NaiveDate, NaiveDate),
        as_of: NaiveDate,
        quota: Sum,
        attained: Sum,
    ) -> Option<Self> {
        let by = |rule: &Pacing| {
            let (method, total) = length(rule, calendar, learnt, from, to)?;
            let (_, elapsed) = length(rule, calendar, learnt, from, as_of.min(to))?;
            Some((method, Pace { elapsed, total }))
        };
        let (method, pace) = by(rule).or_else(|| by(&Pacing::CalendarDays))?;
        let days = match rule {
            Pacing::CalendarDays | Pacing::BusinessDays => Some((method, pace)),
            Pacing::Seasonal(_) => by(&Pacing::CalendarDays),
        };
        let sum = |micro| Sum { micro, ..quota };
        let projection = pace.projection(attained.micro);
        let needed = days.and_then(|(_, days)| days.needed(attained.micro, quota.micro, ONE));
        Some(Self {
            method,
            elapsed: pace.elapsed,
            total: pace.total,
            expected: pace.expected(quota.micro).map(sum),
            pace_bp: pace.attainment(attained.micro, quota.micro),
            projection: projection.map(sum),
            projection_bp: projection.and_then(|micro| per_cent(micro, quota.micro)),
            needed_per_day: needed.map(sum),
        })
    }
}
