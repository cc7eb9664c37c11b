//! Months, quarters and years, one after the other.

use chrono::{Datelike as _, Months, NaiveDate};

/// How long the periods of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RetentionBy {
    /// From the first of each month.
    Month,
    /// From January, April, July and October.
    Quarter,
    /// From each January.
    Year,
}

/// The days of a period, as far as a table looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub first: NaiveDate,
    /// Its last day, or that of the table if it is earlier.
    pub last: NaiveDate,
    /// Whether its last day has come.
    pub over: bool,
}

impl RetentionBy {
    const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// The first day of the period in which a day lies.
    #[must_use]
    pub fn first_day(self, day: NaiveDate) -> NaiveDate {
        let month = day.month0() / self.months() * self.months() + 1;
        NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
    }

    /// The first day of the period so many periods before that of a day.
    #[must_use]
    pub fn back(self, day: NaiveDate, periods: u32) -> NaiveDate {
        let this = self.first_day(day);
        let months = Months::new(self.months().saturating_mul(periods));
        this.checked_sub_months(months).unwrap_or(this)
    }

    /// The periods from that of one day to that of another, which ends them.
    #[must_use]
    pub fn periods(self, from: NaiveDate, to: NaiveDate) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut first = self.first_day(from);
        while first <= to {
            let Some(next) = first.checked_add_months(Months::new(self.months())) else { break };
            let end = next.pred_opt().unwrap_or(first);
            periods.push(Period { first, last: end.min(to), over: end <= to });
            first = next;
        }
        periods
    }
}
