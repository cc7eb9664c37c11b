//! What became of chances: won and lost, for how much, and how long it took.

use chrono::{Datelike as _, NaiveDate};
use relatum_domain::{AccountId, ManagerId, Policies, View};

use super::{Chance, End};
use crate::about::About;
use crate::directory::Organisation;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};

/// By what chances that ended are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConversionBy {
    /// By who won or lost them.
    Manager,
    /// By the teams and territories of who did. A team has what its parts have: lines do not sum
    /// up.
    Team,
    /// By account.
    Account,
    /// By the product in question.
    Product,
    /// By the quarter of a year in which they ended.
    Quarter,
    /// By why they were lost.
    Reason,
    /// By whom they were lost to.
    Competitor,
}

/// Which chances are wanted: those that ended from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionOptions {
    /// By what they are told apart.
    pub by: ConversionBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only those that this manager won or lost.
    pub manager: Option<ManagerId>,
}

impl ConversionOptions {
    /// All chances that ended, told apart by something.
    #[must_use]
    pub const fn by(by: ConversionBy) -> Self {
        Self { by, from: None, account: None, manager: None }
    }
}

const WON: usize = 0;
const LOST: usize = 1;
const WON_VALUE: usize = 2;
const LOST_VALUE: usize = 3;
const WON_DAYS: usize = 4;
const LOST_DAYS: usize = 5;

impl Report for ConversionOptions {
    fn name(&self) -> &'static str {
        "conversion"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, pipeline: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![
            Column::count("won"),
            Column::count("lost"),
            Column::money("won_value"),
            Column::money("lost_value"),
            Column::count("won_days"),
            Column::count("lost_days"),
        ]
    }

    fn adds_up(&self) -> bool {
        self.by != ConversionBy::Team
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let organisation = common.directory.organisation(view);
        for (account, chances) in &part.pipeline.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let owners = part.directory.assignments(*account, view);
            for chance in chances.shown(view) {
                let Some(end) = chance.end else { continue };
                let manager = chance.manager_on(end.day, &owners);
                let wanted = self.manager.is_none_or(|only| manager == Some(only))
                    && self.from.is_none_or(|from| from <= end.day);
                if wanted {
                    self.chance(*account, &chance, end, manager, &organisation, to);
                }
            }
        }
    }
}

impl ConversionOptions {
    fn chance(
        &self,
        account: AccountId,
        chance: &Chance<'_>,
        end: End<'_>,
        manager: Option<ManagerId>,
        organisation: &Organisation,
        to: &mut dyn Sink,
    ) {
        let named = |name: Option<&str>| vec![Row::Named(name.map(str::to_owned))];
        let rows = match self.by {
            ConversionBy::Manager => vec![Row::Manager(manager)],
            ConversionBy::Team => {
                let teams = manager.map(|it| organisation.teams_of(it, end.day));
                teams.into_iter().flatten().map(|(team, _)| Row::Team(team)).collect()
            }
            ConversionBy::Account => vec![Row::Account(account)],
            ConversionBy::Product => named(chance.product),
            ConversionBy::Quarter => vec![Row::From(quarter(end.day))],
            ConversionBy::Reason => named(end.reason),
            ConversionBy::Competitor => named(end.competitor),
        };
        let (value, currency) = chance.worth();
        let days = i128::from((end.day - chance.opened).num_days());
        let columns = match end.won {
            true => [(WON, ONE), (WON_VALUE, value), (WON_DAYS, days * ONE)],
            false => [(LOST, ONE), (LOST_VALUE, value), (LOST_DAYS, days * ONE)],
        };
        for row in rows {
            for (column, micro) in columns {
                let why = || {
                    vec![Contribution {
                        event: merged::event(account, chance.version),
                        day: end.day,
                        number: chance.name.map(str::to_owned),
                        what: if end.won { "won" } else { "lost" },
                        micro,
                    }]
                };
                to.add(&row, currency, column, micro, &why);
            }
        }
    }
}

/// The first day of the quarter in which a day lies.
fn quarter(day: NaiveDate) -> NaiveDate {
    let month = day.month0() / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
}
