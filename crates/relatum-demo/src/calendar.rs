//! Working days, quarters and the span of the book.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// The span of a book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// When the tenant, its people and its older accounts were entered.
    pub(crate) founded: NaiveDate,
    /// First day of the first whole quarter.
    pub(crate) start: NaiveDate,
    /// The last working day before today: the last one on which anything was recorded.
    pub(crate) close: NaiveDate,
    /// The day in whose morning the book is read.
    pub(crate) today: NaiveDate,
}

impl Span {
    pub(crate) fn new(today: NaiveDate, quarters: u32) -> Self {
        // Far from both ends of time, so that every step of a story moves on.
        let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(today);
        let today = today.clamp(year(1900), year(9000));
        let months = Months::new(quarters.clamp(4, 200) * 3);
        let start = quarter_start(today).checked_sub_months(months).unwrap_or(today);
        let founded = working(plus(start, -61));
        Self { founded, start, close: working_before(plus(today, -1)), today }
    }

    /// The working day so many calendar days before today.
    pub(crate) fn ago(&self, days: i64) -> NaiveDate {
        working_before(plus(self.today, -days))
    }

    /// The `n`-th working day from today on, from 0.
    pub(crate) fn ahead(&self, n: u32) -> NaiveDate {
        (0..n).fold(working(self.today), |day, _| working(plus(day, 1)))
    }

    /// First and last day of every quarter from the start to the current one.
    pub(crate) fn quarters(&self) -> Vec<(NaiveDate, NaiveDate)> {
        let mut found = Vec::new();
        let mut first = self.start;
        while first <= self.today {
            let Some(next) = first.checked_add_months(Months::new(3)) else {
                break;
            };
            found.push((first, plus(next, -1)));
            first = next;
        }
        found
    }
}

/// So many calendar days later; the day itself at the end of time.
pub(crate) fn plus(day: NaiveDate, days: i64) -> NaiveDate {
    let count = Days::new(days.unsigned_abs());
    let moved = if days < 0 { day.checked_sub_days(count) } else { day.checked_add_days(count) };
    moved.unwrap_or(day)
}

/// First day of the quarter.
pub(crate) fn quarter_start(day: NaiveDate) -> NaiveDate {
    let month = day.month0() / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
}

/// The days off that fall on the same day every year.
pub(crate) const HOLIDAYS: [(u32, u32, &str); 4] = [
    (1, 1, "New Year"),
    (5, 1, "May Day"),
    (12, 25, "Christmas Day"),
    (12, 26, "Second day of Christmas"),
];

fn is_off(day: NaiveDate) -> bool {
    let holiday = |(month, date, _): &(u32, u32, &str)| (day.month(), day.day()) == (*month, *date);
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun) || HOLIDAYS.iter().any(holiday)
}

fn seek(day: NaiveDate, step: i64) -> NaiveDate {
    // No run of days off is longer than a week.
    (0..7).map(|n| plus(day, n * step)).find(|day| !is_off(*day)).unwrap_or(day)
}

/// The first working day on or after `day`.
pub(crate) fn working(day: NaiveDate) -> NaiveDate {
    seek(day, 1)
}

/// The last working day on or before `day`.
pub(crate) fn working_before(day: NaiveDate) -> NaiveDate {
    seek(day, -1)
}
