//! Days of work.

use chrono::{Datelike as _, NaiveDate};

use crate::gist::WorkCalendar;

/// One whole day.
const DAY: i64 = 1_000_000;

impl Default for WorkCalendar {
    /// Monday to Friday, without holidays.
    fn default() -> Self {
        Self { weekend: vec![5, 6], holidays: Vec::new() }
    }
}

impl WorkCalendar {
    /// How much of a day is worked, in millionths.
    fn of_day(&self, day: NaiveDate) -> i64 {
        let weekday = u8::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
        if self.weekend.contains(&weekday) {
            return 0;
        }
        let off = self.holidays.iter().filter(|(holiday, _)| holiday.date() == day);
        let off = off.map(|(_, share)| share.micro()).fold(0, i64::saturating_add);
        DAY.saturating_sub(off).clamp(0, DAY)
    }

    /// The days of work from one day to another, both included, in millionths.
    ///
    /// # Example
    /// ```
    /// use relatum_domain::gist::WorkCalendar;
    /// let day = |text: &str| text.parse().unwrap();
    /// let plain = WorkCalendar::default();
    /// assert_eq!(plain.days(day("2025-06-01"), day("2025-06-13")), 10_000_000);
    /// assert_eq!(plain.days(day("2025-06-01"), day("2025-06-30")), 21_000_000);
    /// ```
    #[must_use]
    pub fn days(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let days = from.iter_days().take_while(|day| *day <= to);
        days.map(|day| self.of_day(day)).fold(0, i64::saturating_add)
    }
}
