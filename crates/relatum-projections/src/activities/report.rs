//! Planned against held: how many, by whom, with whom, of which kind.

use chrono::NaiveDate;
use relatum_domain::{AccountId, Currency, ManagerId, Policies, View};

use super::line::{ActivityLine, ActivityState, a_year_after};
use crate::about::About;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink, month_of};
use crate::models::{Models, Which};
use crate::words::kind_of;

/// By what activities are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActivitiesBy {
    /// By whose plan it was.
    Manager,
    /// By with whom.
    Account,
    /// By kind.
    Kind,
    /// By month.
    Month,
    /// By what came of it; what was not held has no outcome.
    Outcome,
}

/// Which activities are wanted: those of the days from `from` to the day of the view. What was
/// held is of the day on which it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivitiesOptions {
    /// By what they are told apart.
    pub by: ActivitiesBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// Only with this account.
    pub account: Option<AccountId>,
    /// Only of this manager's plan.
    pub manager: Option<ManagerId>,
}

const PLANNED: usize = 0;
const HELD: usize = 1;
const CANCELLED: usize = 2;
const MISSED: usize = 3;
const TO_COME: usize = 4;
const UNPLANNED: usize = 5;
const MINUTES: usize = 6;

impl Report for ActivitiesOptions {
    fn name(&self) -> &'static str {
        "activities"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, activities: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        ["planned", "held", "cancelled", "missed", "to_come", "unplanned", "minutes"]
            .map(Column::count)
            .into()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(PLANNED, vec![HELD, CANCELLED, MISSED, TO_COME])]
    }

    fn tell(&self, part: &Models, _: &Models, view: &View, to: &mut dyn Sink) {
        for account in part.activities.accounts() {
            if self.account.is_some_and(|only| only != account) {
                continue;
            }
            for line in part.activities.lines(account, a_year_after(view.as_of), view) {
                let day = counts_on(&line);
                let wanted = day <= view.as_of
                    && self.from.is_none_or(|from| from <= day)
                    && self.manager.is_none_or(|only| only == line.planned_by);
                if wanted {
                    self.line(&line, to);
                }
            }
        }
    }
}

/// The day on which it was held, or should be or should have been.
fn counts_on(line: &ActivityLine) -> NaiveDate {
    line.held_on.unwrap_or(line.day)
}

impl ActivitiesOptions {
    fn line(&self, line: &ActivityLine, to: &mut dyn Sink) {
        let row = match self.by {
            ActivitiesBy::Manager => Row::Manager(Some(line.planned_by)),
            ActivitiesBy::Account => Row::Account(line.account),
            ActivitiesBy::Kind => Row::Named(Some(kind_of(line.kind).to_owned())),
            ActivitiesBy::Month => Row::From(month_of(counts_on(line))),
            ActivitiesBy::Outcome => {
                Row::Named(line.outcome.map(|it| crate::words::outcome_of(it).to_owned()))
            }
        };
        let what = match line.state {
            ActivityState::Planned => "planned",
            ActivityState::Held => "held",
            ActivityState::Cancelled => "cancelled",
            ActivityState::Missed => "missed",
        };
        let mut say = |column: usize, micro: i128| {
            let why = || {
                let (event, number) = (line.event, line.purpose.clone());
                let day = counts_on(line);
                vec![Contribution { event, day, number, what, micro }]
            };
            if micro != 0 {
                to.add(&row, Currency::NONE, column, micro, &why);
            }
        };
        if line.planned.is_some() {
            say(PLANNED, ONE);
            let column = match line.state {
                ActivityState::Planned => TO_COME,
                ActivityState::Held => HELD,
                ActivityState::Cancelled => CANCELLED,
                ActivityState::Missed => MISSED,
            };
            say(column, ONE);
        } else {
            say(UNPLANNED, ONE);
        }
        if line.state == ActivityState::Held {
            say(MINUTES, i128::from(line.minutes.unwrap_or(0)).saturating_mul(ONE));
        }
    }
}
