//! The forecast of a period: what is won, and what is open by how sure it is.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::opportunity::ForecastCategory as Category;
use relatum_domain::selling::Forecast;
use relatum_domain::{Currency, ManagerId, View};
use serde::Serialize;

use super::open::{OpenChance, PipelineBy, PipelineOptions};
use crate::amounts::Sum;
use crate::models::Models;

/// Which period is forecast, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastOptions {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Only what this manager works on.
    pub manager: Option<ManagerId>,
}

/// What one manager, or all together, may bring in a period, in one currency. What is open counts
/// if it should close by the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastLine {
    /// Whose; none: nobody's.
    pub manager: Option<ManagerId>,
    /// What is open, and no more.
    pub pipeline: Sum,
    /// What comes if all goes well.
    pub best_case: Sum,
    /// What is likely.
    pub most_likely: Sum,
    /// What is as good as promised.
    pub commit: Sum,
    /// What was won in the period, up to the day of the report.
    pub closed: Sum,
    /// Everything open.
    pub open_pipeline: Sum,
    /// What is won, and all that comes if all goes well.
    pub best_case_forecast: Sum,
    /// What is won, and all that is likely.
    pub most_likely_forecast: Sum,
    /// What is won, and what is as good as promised.
    pub commit_forecast: Sum,
}

/// What was heard of one manager in one currency.
pub type Forecasts = BTreeMap<(Option<ManagerId>, Currency), Forecast>;

impl ForecastOptions {
    /// What the accounts of `part` bring to it.
    #[must_use]
    pub fn part(&self, part: &Models, common: &Models, view: &View) -> Forecasts {
        let mut found = Forecasts::new();
        let (by, account) = (PipelineBy::Category, None);
        let open = PipelineOptions { by, account, manager: self.manager };
        for chance in OpenChance::part(part, common, &open, view) {
            let Some(value) = chance.value else { continue };
            if chance.expected_close.is_none_or(|close| close > self.to) {
                continue;
            }
            let sums = found.entry((chance.manager, value.currency)).or_default();
            let sum = match chance.category {
                Category::Pipeline => &mut sums.pipeline,
                Category::BestCase => &mut sums.best_case,
                Category::MostLikely => &mut sums.most_likely,
                Category::Commit => &mut sums.commit,
                Category::Omitted => continue,
            };
            *sum = sum.saturating_add(value.micro);
        }
        for (account, chances) in &part.pipeline.accounts {
            let owners = part.directory.assignments(*account, view);
            for chance in chances.shown(view) {
                let Some(end) = chance.end.filter(|end| end.won) else { continue };
                let manager = chance.manager_on(end.day, &owners);
                let theirs = self.manager.is_none_or(|only| Some(only) == manager);
                if theirs && (self.from..=self.to).contains(&end.day) {
                    let (value, currency) = chance.worth();
                    let sums = found.entry((manager, currency)).or_default();
                    sums.closed = sums.closed.saturating_add(value);
                }
            }
        }
        found
    }

    /// The lines that all parts make, managers by id.
    #[must_use]
    pub fn whole(parts: Vec<Forecasts>) -> Vec<ForecastLine> {
        let mut all = Forecasts::new();
        for (key, more) in parts.into_iter().flatten() {
            let sums = all.entry(key).or_default();
            let add = i128::saturating_add;
            *sums = Forecast {
                pipeline: add(sums.pipeline, more.pipeline),
                best_case: add(sums.best_case, more.best_case),
                most_likely: add(sums.most_likely, more.most_likely),
                commit: add(sums.commit, more.commit),
                closed: add(sums.closed, more.closed),
            };
        }
        let line = |((manager, currency), sums): ((Option<ManagerId>, Currency), Forecast)| {
            let sum = |micro| Sum { micro, currency };
            ForecastLine {
                manager,
                pipeline: sum(sums.pipeline),
                best_case: sum(sums.best_case),
                most_likely: sum(sums.most_likely),
                commit: sum(sums.commit),
                closed: sum(sums.closed),
                open_pipeline: sum(sums.open_pipeline()),
                best_case_forecast: sum(sums.best_case_forecast()),
                most_likely_forecast: sum(sums.most_likely_forecast()),
                commit_forecast: sum(sums.commit_forecast()),
            }
        };
        all.into_iter().map(line).collect()
    }
}
