//! Pace of a period, and forecast categories.

use chrono::{Months, NaiveDate};
use relatum::domain::gist::WorkCalendar;
use relatum::domain::selling::{Forecast, Pace, per_cent, proportion};
use relatum_tests::cases::{Fault, Outcome, day, fault, fields, list, only, text};
use serde_json::Value;

use super::{ONE, all_close, close, known, micro};

pub(crate) fn check(inputs: &Value, expected: &Value) -> Outcome {
    if !inputs["rows"].is_null() {
        return rows(inputs, expected);
    }
    if !inputs["as_of"].is_null() {
        return methods(inputs, expected);
    }
    only(
        inputs,
        &[
            "elapsed",
            "net_actual",
            "open_pipeline",
            "quota",
            "target",
            "to_date",
            "total",
            "win_rate",
        ],
    )?;
    known(
        expected,
        &[
            "attainment_pct",
            "expected_to_date",
            "pace_attainment_pct",
            "projection",
            "required_per_day",
            "run_rate",
            "weighted_pipeline",
        ],
    )?;
    let either = |one: &str, other: &str| {
        let found = if inputs[one].is_null() { &inputs[other] } else { &inputs[one] };
        micro(found)
    };
    let (done, target) = (either("to_date", "net_actual")?, either("target", "quota")?);
    let pace = pace(inputs)?;
    close("run_rate", &expected["run_rate"], pace.projection(done))?;
    close("projection", &expected["projection"], pace.projection(done))?;
    close("required_per_day", &expected["required_per_day"], pace.needed(done, target, 1))?;
    close("expected_to_date", &expected["expected_to_date"], pace.expected(target))?;
    close("attainment_pct", &expected["attainment_pct"], percent(per_cent(done, target)))?;
    let at_pace = percent(pace.attainment(done, target));
    close("pace_attainment_pct", &expected["pace_attainment_pct"], at_pace)?;
    if inputs["open_pipeline"].is_null() {
        return close("weighted_pipeline", &expected["weighted_pipeline"], None);
    }
    let weighted = proportion(micro(&inputs["open_pipeline"])?, micro(&inputs["win_rate"])?, ONE);
    close("weighted_pipeline", &expected["weighted_pipeline"], weighted)
}

fn percent(bp: Option<i64>) -> Option<i128> {
    bp.map(|bp| i128::from(bp) * ONE / 100)
}

fn pace(of: &Value) -> Outcome<Pace> {
    let count = |key: &str| {
        of[key].as_i64().map(i128::from).ok_or_else(|| Fault::new(format!("`{key}` is no count")))
    };
    Ok(Pace { elapsed: count("elapsed")?, total: count("total")? })
}

fn rows(inputs: &Value, expected: &Value) -> Outcome {
    only(inputs, &["rows"])?;
    known(expected, &["attainment_forecast_pct", "projection"])?;
    let (mut projections, mut forecasts) = (Vec::new(), Vec::new());
    for row in list(&inputs["rows"])? {
        only(row, &["elapsed", "goal", "to_date", "total"])?;
        let projection = pace(row)?.projection(micro(&row["to_date"])?);
        let goal = if row["goal"].is_null() { None } else { Some(micro(&row["goal"])?) };
        projections.push(projection);
        forecasts.push(projection.zip(goal).and_then(|(done, goal)| percent(per_cent(done, goal))));
    }
    all_close("projection", &expected["projection"], &projections)?;
    all_close("attainment_forecast_pct", &expected["attainment_forecast_pct"], &forecasts)
}

/// Months, by calendar days, days of work and shares of the season.
fn methods(inputs: &Value, expected: &Value) -> Outcome {
    only(
        inputs,
        &["as_of", "booked", "business", "calendar", "period", "quota", "seasonal_share_elapsed"],
    )?;
    known(expected, &["business_projection", "calendar_projection", "seasonal_projection"])?;
    let (as_of, done) = (day(inputs, "as_of")?, micro(&inputs["booked"])?);
    let period = text(inputs, "period")?;
    let from: NaiveDate = format!("{period}-01").parse().map_err(Fault::new)?;
    let next = from.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt());
    let to = next.unwrap_or(from);
    let every_day = WorkCalendar { weekend: Vec::new(), holidays: Vec::new() };
    for (key, calendar) in [("calendar", every_day), ("business", WorkCalendar::default())] {
        let days = |until| i128::from(calendar.days(from, until)) / ONE;
        let pace = Pace { elapsed: days(as_of), total: days(to) };
        let given = self::pace(&inputs[key])?;
        if pace != given {
            return fault(format!("{key}: there are {pace:?}, not {given:?}"));
        }
        let name = format!("{key}_projection");
        close(&name, &expected[&*name], pace.projection(done))?;
    }
    let pace = Pace { elapsed: micro(&inputs["seasonal_share_elapsed"])?, total: ONE };
    close("seasonal_projection", &expected["seasonal_projection"], pace.projection(done))
}

pub(crate) fn forecast(inputs: &Value, expected: &Value) -> Outcome {
    only(inputs, &["best_case", "closed", "commit", "most_likely", "pipeline"])?;
    known(expected, &["cumulative", "single"])?;
    let sum = |key: &str| if inputs[key].is_null() { Ok(0) } else { micro(&inputs[key]) };
    let sums = Forecast {
        pipeline: sum("pipeline")?,
        best_case: sum("best_case")?,
        most_likely: sum("most_likely")?,
        commit: sum("commit")?,
        closed: sum("closed")?,
    };
    let named = [
        ("PipelineOnly", sums.pipeline),
        ("BestCaseOnly", sums.best_case),
        ("MostLikelyOnly", sums.most_likely),
        ("CommitOnly", sums.commit),
        ("OpenPipeline", sums.open_pipeline()),
        ("BestCaseForecast", sums.best_case_forecast()),
        ("MostLikelyForecast", sums.most_likely_forecast()),
        ("CommitForecast", sums.commit_forecast()),
    ];
    for (key, value) in ["single", "cumulative"]
        .into_iter()
        .flat_map(|part| fields(&expected[part]).into_iter())
        .flatten()
    {
        match named.iter().find(|(name, _)| name == key) {
            Some((name, sum)) => close(name, value, Some(*sum))?,
            None => return fault(format!("`{key}` cannot be expressed")),
        }
    }
    Ok(())
}
