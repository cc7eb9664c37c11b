//! Sales of a period beside those of the same days a year before.

use chrono::{Datelike as _, Months, NaiveDate};
use relatum_domain::{Policies, View};
use relatum_stream::EventRef;

use super::report::SalesOptions;
use crate::about::About;
use crate::figures::{Column, Report, Row, Sink};
use crate::models::{Models, Which};

/// Sales of a period, of the same days a year before, and the difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearOnYear {
    /// Which sales; without a first day, those of the year of the view's day.
    pub sales: SalesOptions,
}

const NET: usize = 0;
const BEFORE: usize = 1;
const CHANGE: usize = 2;

impl YearOnYear {
    /// The first and the last day.
    #[must_use]
    pub fn period(&self, view: &View) -> (NaiveDate, NaiveDate) {
        let to = self.sales.to.map_or(view.as_of, |to| to.min(view.as_of));
        let year = NaiveDate::from_yo_opt(to.year(), 1).unwrap_or(to);
        (self.sales.from.unwrap_or(year), to)
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

impl Report for YearOnYear {
    fn name(&self) -> &'static str {
        "year-on-year"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        self.sales.which(policies, view)
    }

    fn about(&self) -> About {
        self.sales.about()
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        ["net", "year_before", "change"].map(Column::money).into()
    }

    fn adds_up(&self) -> bool {
        self.sales.adds_up()
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        self.sales.policies(common, view)
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let on = common.directory.policies().sales_credit(view).rule.on;
        let (first, last) = self.period(view);
        let next = last.succ_opt().map(a_year_before);
        let before = (a_year_before(first), next.and_then(|it| it.pred_opt()).unwrap_or(last));
        for ((first, last), column, sign) in [((first, last), NET, 1), (before, BEFORE, -1)] {
            let sales = SalesOptions { from: Some(first), to: Some(last), ..self.sales.clone() };
            sales.walk(part, common, view, &mut |account, sale, row, micro| {
                let row = match row {
                    Row::From(day) if column == BEFORE => &Row::From(a_year_after(*day)),
                    row => row,
                };
                for (column, micro) in [(column, micro), (CHANGE, micro.saturating_mul(sign))] {
                    let why = || vec![sale.contribution(account, on, micro)];
                    to.add(row, sale.currency, column, micro, &why);
                }
            });
        }
    }
}
