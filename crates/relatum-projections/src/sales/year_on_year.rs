//! A table of a period beside that of the same days a year before.

use chrono::{Datelike as _, Months, NaiveDate};
use relatum_domain::{Currency, Policies, View};
use relatum_stream::EventRef;

use crate::about::About;
use crate::figures::{Column, Contribution, Report, Row, Sink};
use crate::models::{Models, Which};

/// A table of sums over the days of a period.
pub trait Periodic: Report {
    /// The column that is compared.
    const COMPARED: usize;

    /// The first and the last day, as far as they are said.
    fn period(&self) -> (Option<NaiveDate>, Option<NaiveDate>);

    /// The same table of another period.
    #[must_use]
    fn within(&self, first: NaiveDate, last: NaiveDate) -> Self;
}

/// One column of a period, of the same days a year before, and the difference; without a first
/// day, of the year of the view's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearOnYear<R>(pub R);

const NOW: usize = 0;
const BEFORE: usize = 1;
const CHANGE: usize = 2;

impl<R: Periodic> YearOnYear<R> {
    /// The first and the last day.
    #[must_use]
    pub fn period(&self, view: &View) -> (NaiveDate, NaiveDate) {
        let (from, to) = self.0.period();
        let to = to.map_or(view.as_of, |to| to.min(view.as_of));
        let year = NaiveDate::from_yo_opt(to.year(), 1).unwrap_or(to);
        (from.unwrap_or(year), to)
    }
}

/// The first day of the same period a year before: each day of two years is in one of two periods
/// that follow each other, a 29 February too.
fn a_year_before(first: NaiveDate) -> NaiveDate {
    let before = first.checked_sub_months(Months::new(12)).unwrap_or(first);
    let is_there = before.day() == first.day();
    if is_there { before } else { before.succ_opt().unwrap_or(before) }
}

/// The same day a year after: months and years of before stand beside those of now.
fn a_year_after(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(12)).unwrap_or(day)
}

/// Takes the column that is compared, and adds it to another and to the change.
struct Compared<'a> {
    to: &'a mut dyn Sink,
    from: usize,
    column: usize,
}

impl Sink for Compared<'_> {
    fn add(
        &mut self,
        row: &Row,
        currency: Currency,
        column: usize,
        micro: i128,
        why: &dyn Fn() -> Vec<Contribution>,
    ) {
        if column != self.from {
            return;
        }
        let row = match row {
            Row::From(day) if self.column == BEFORE => &Row::From(a_year_after(*day)),
            row => row,
        };
        self.to.add(row, currency, self.column, micro, why);
        let sign = if self.column == BEFORE { -1 } else { 1 };
        let signed = |micro: i128| micro.saturating_mul(sign);
        let changed = |it: Contribution| Contribution { micro: signed(it.micro), ..it };
        let why = || why().into_iter().map(changed).collect();
        self.to.add(row, currency, CHANGE, signed(micro), &why);
    }
}

impl<R: Periodic> Report for YearOnYear<R> {
    fn name(&self) -> &'static str {
        "year-on-year"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        self.0.which(policies, view)
    }

    fn about(&self) -> About {
        self.0.about()
    }

    fn columns(&self, common: &Models, view: &View) -> Vec<Column> {
        let all = self.0.columns(common, view);
        let compared = all.into_iter().nth(R::COMPARED);
        compared.into_iter().chain(["year_before", "change"].map(Column::money)).collect()
    }

    fn adds_up(&self) -> bool {
        self.0.adds_up()
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        self.0.policies(common, view)
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let (first, last) = self.period(view);
        let next = last.succ_opt().map(a_year_before);
        let before = (a_year_before(first), next.and_then(|it| it.pred_opt()).unwrap_or(last));
        for ((first, last), column) in [((first, last), NOW), (before, BEFORE)] {
            let mut compared = Compared { to: &mut *to, from: R::COMPARED, column };
            self.0.within(first, last).tell(part, common, view, &mut compared);
        }
    }
}
