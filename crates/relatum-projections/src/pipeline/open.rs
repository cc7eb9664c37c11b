//! The open pipeline: every chance that is neither won nor lost, and what they are worth.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::opportunity::ForecastCategory;
use relatum_domain::selling::{self, Worth};
use relatum_domain::{AccountId, Currency, ManagerId, OpportunityId, Policies, Rate, View};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::about::About;
use crate::amounts::Sum;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink, month_of};
use crate::merged;
use crate::models::{Models, Which};

/// By what open chances are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PipelineBy {
    /// By stage.
    Stage,
    /// By forecast category.
    Category,
    /// By who works on them.
    Manager,
    /// By account.
    Account,
    /// By the product in question.
    Product,
    /// By the month in which they should close; those without, by name.
    Month,
}

/// Which open chances are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineOptions {
    /// By what they are told apart.
    pub by: PipelineBy,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only those on which this manager works.
    pub manager: Option<ManagerId>,
}

/// A chance that is neither won nor lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenChance {
    /// Which.
    pub opportunity: OpportunityId,
    /// With which account.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// What it is called.
    pub name: Option<String>,
    /// The product in question.
    pub product: Option<String>,
    /// How far it is.
    pub stage: String,
    /// Who works on it; none named: who answers for the account.
    pub manager: Option<ManagerId>,
    /// From which day it is known.
    pub opened: NaiveDate,
    /// When it should close.
    pub expected_close: Option<NaiveDate>,
    /// What it is worth; none: nothing is told.
    pub value: Option<Sum>,
    /// How likely it is, from 0 to 1: its own, else that of the stage on the day.
    pub probability: Rate,
    /// How sure it is.
    pub category: ForecastCategory,
    /// The event told last.
    pub event: EventRef,
}

impl OpenChance {
    /// The open chances of the accounts of `part`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        options: &PipelineOptions,
        view: &View,
    ) -> Vec<Self> {
        let stages = common.directory.policies().stages(view).rule;
        let mut open = Vec::new();
        for (account, chances) in &part.pipeline.accounts {
            if options.account.is_some_and(|only| only != *account) {
                continue;
            }
            let answers = part.directory.manager_of(*account, view);
            for chance in chances.shown(view).filter(|chance| chance.end.is_none()) {
                let manager = chance.manager.or(answers);
                if options.manager.is_some_and(|only| Some(only) != manager) {
                    continue;
                }
                let (probability, category) = chance.outlook(&stages);
                open.push(Self {
                    opportunity: chance.id,
                    account: *account,
                    account_name: part.directory.account_name(*account, view),
                    name: chance.name.map(str::to_owned),
                    product: chance.product.map(str::to_owned),
                    stage: chance.stage.to_owned(),
                    manager,
                    opened: chance.opened,
                    expected_close: chance.expected_close,
                    value: chance.value.map(Sum::from),
                    probability,
                    category,
                    event: merged::event(*account, chance.version),
                });
            }
        }
        open
    }

    fn currency(&self) -> Currency {
        self.value.map_or(Currency::NONE, |value| value.currency)
    }

    pub(crate) fn chance(&self) -> selling::Chance {
        let value = self.value.map_or(0, |value| value.micro);
        selling::Chance { value, probability: self.probability }
    }

    fn row(&self, by: PipelineBy) -> Row {
        match by {
            PipelineBy::Stage => Row::Named(Some(self.stage.clone())),
            PipelineBy::Category => Row::Named(Some(word(self.category).to_owned())),
            PipelineBy::Manager => Row::Manager(self.manager),
            PipelineBy::Account => Row::Account(self.account),
            PipelineBy::Product => Row::Named(self.product.clone()),
            PipelineBy::Month => {
                self.expected_close.map_or(Row::Named(None), |day| Row::From(month_of(day)))
            }
        }
    }
}

/// The name of a category.
pub(crate) const fn word(category: ForecastCategory) -> &'static str {
    match category {
        ForecastCategory::Pipeline => "pipeline",
        ForecastCategory::BestCase => "best_case",
        ForecastCategory::MostLikely => "most_likely",
        ForecastCategory::Commit => "commit",
        ForecastCategory::Omitted => "omitted",
    }
}

const CHANCES: usize = 0;
const VALUE: usize = 1;
const WEIGHTED: usize = 2;

impl Report for PipelineOptions {
    fn name(&self) -> &'static str {
        "pipeline"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, pipeline: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![Column::count("chances"), Column::money("value"), Column::money("weighted")]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        common.directory.policies().stages(view).event.into_iter().collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        for chance in OpenChance::part(part, common, self, view) {
            let row = chance.row(self.by);
            let worth = Worth::of([chance.chance()]);
            for (column, micro) in
                [(CHANCES, ONE), (VALUE, worth.value), (WEIGHTED, worth.weighted)]
            {
                let why = || {
                    vec![Contribution {
                        event: chance.event,
                        day: chance.opened,
                        number: chance.name.clone(),
                        what: "open chance",
                        micro,
                    }]
                };
                to.add(&row, chance.currency(), column, micro, &why);
            }
        }
    }
}

/// What some open chances are worth together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineLine {
    /// What they have in common; with a column the key of a figure.
    pub row: Row,
    /// How many there are.
    pub chances: u64,
    /// The sum of their values.
    pub value: Sum,
    /// The sum of value times probability.
    pub weighted: Sum,
    /// How far what comes in will typically be from that: the standard deviation, if each is won
    /// or lost by itself.
    pub spread: Sum,
    /// The average value.
    pub average: Sum,
}

/// The open pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineReport {
    /// The day.
    pub as_of: NaiveDate,
    /// The events that set the rules it goes by.
    pub policies: Vec<EventRef>,
    /// A line for what chances have in common and a currency.
    pub lines: Vec<PipelineLine>,
    /// A line a currency.
    pub totals: Vec<PipelineLine>,
    /// Every open chance, by expected close, the most valuable first.
    pub open: Vec<OpenChance>,
}

impl PipelineReport {
    /// The report for the day and the knowledge of `view`.
    #[must_use]
    pub fn of(models: &Models, options: &PipelineOptions, view: &View) -> Self {
        let open = OpenChance::part(models, models, options, view);
        Self::whole(models, options, view, open)
    }

    /// The report that the open chances of all parts make.
    #[must_use]
    pub fn whole(
        common: &Models,
        options: &PipelineOptions,
        view: &View,
        mut open: Vec<OpenChance>,
    ) -> Self {
        open.sort_by_key(|it| {
            let value = it.value.map_or(0, |value| value.micro);
            let undated = it.expected_close.is_none();
            (undated, it.expected_close, std::cmp::Reverse(value), it.opportunity)
        });
        Self {
            as_of: view.as_of,
            policies: options.policies(common, view),
            lines: lines(&open, |it| it.row(options.by)),
            totals: lines(&open, |_| Row::Total),
            open,
        }
    }
}

fn lines(open: &[OpenChance], row: impl Fn(&OpenChance) -> Row) -> Vec<PipelineLine> {
    let mut worth: BTreeMap<(Row, Currency), Worth> = BTreeMap::new();
    for it in open {
        worth.entry((row(it), it.currency())).or_default().add(it.chance());
    }
    let lines = worth.into_iter().map(|((row, currency), worth)| {
        let sum = |micro| Sum { micro, currency };
        let average = relatum_domain::proportion(worth.value, 1, worth.count.into());
        PipelineLine {
            row,
            chances: worth.count,
            value: sum(worth.value),
            weighted: sum(worth.weighted),
            spread: sum(worth.spread()),
            average: sum(average.unwrap_or_default()),
        }
    });
    lines.collect()
}
