//! `relatum churn backtest`: what would have been said at past days, and what came.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use relatum::churn::{
    BackTest, Baseline, Candidate, Comparison, Measure, ReliabilityBin, reliability, top_decile,
};
use relatum::{ChurnOptions, ChurnTest};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::plots::{self, Forecaster, Heading};
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Churn {
    Backtest(Backtest),
}

impl Churn {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Backtest(it) => it.run(session),
        }
    }
}

/// Test the forecasts of churn on the book's own past
///
/// At every cut, the score and the simple rules are learned from what had come to its end by then,
/// and held against what came. The winner is what `report churn` goes by.
#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// So many days without a purchase are a lapse; as the tenant's rule says unless given
    #[arg(long, value_name = "DAYS", value_parser = values::horizon)]
    horizon: Option<u32>,
    /// Draw the test into this folder: reliability.svg, lift.svg and area.svg
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// From which number the draws of the intervals begin
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    view: ViewArguments,
}

impl Backtest {
    fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, .. } = session.view(&self.view)?;
        let options = ChurnOptions { horizon_days: self.horizon, ..ChurnOptions::default() };
        let test = book.churn_test(&options)?;
        let plots = match (&self.plots, &test.found) {
            (Some(folder), Ok(found)) => drawn(folder, found, test.method.watched_days)?,
            _ => Vec::new(),
        };
        let comparisons =
            test.found.as_ref().map(|it| it.comparisons(self.seed)).unwrap_or_default();
        session.show(&Answer { test, comparisons, point, plots })?;
        Ok(Exit::Done)
    }
}

/// Draws the plots into a folder, each file as a whole or not at all.
fn drawn(folder: &Path, found: &BackTest, horizon: u32) -> Result<Vec<PathBuf>, Failure> {
    let of = Forecaster::all(found, day);
    let plot = |title, draw: fn(&Heading<'_>, &[Forecaster]) -> Result<_, _>| {
        draw(&Heading { title, horizon }, &of).map_err(|error| Failure::of(Exit::Refused, error))
    };
    let plots = [
        ("reliability.svg", plot("Did it come as often as it was said?", plots::reliability)?),
        ("lift.svg", plot("Who calls the riskiest first finds the most", plots::lift)?),
        ("area.svg", plot("How well lapses were told from stays, cut by cut", plots::area)?),
    ];
    let op = |path: &Path| format!("write {}", path.display());
    std::fs::create_dir_all(folder).map_err(|error| Failure::io(op(folder), error))?;
    let mut written = Vec::new();
    for (name, text) in plots {
        let path = folder.join(name);
        let part = folder.join(format!(".{name}.part"));
        let whole = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, &path));
        whole.map_err(|error| Failure::io(op(&path), error))?;
        written.push(path);
    }
    Ok(written)
}

struct Answer {
    test: ChurnTest,
    comparisons: Vec<Comparison>,
    point: Viewpoint,
    plots: Vec<PathBuf>,
}

/// The day of a cut.
fn day(number: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number).unwrap_or_default()
}

const MEASURES: [(Measure, &str, &str); 5] = [
    (Measure::Auc, "auc", "AUC"),
    (Measure::Brier, "brier", "Brier"),
    (Measure::LogLoss, "log_loss", "log loss"),
    (Measure::CalibrationError, "ece", "ECE"),
    (Measure::TopDecileLift, "lift", "lift"),
];

fn shown(number: Option<f64>) -> Cell {
    number.map_or_else(Cell::none, |it| Cell::of(format!("{it:.4}"), it))
}

impl Answer {
    fn cuts(&self) -> &[relatum::churn::Cut] {
        self.test.found.as_ref().map(|it| it.cuts.as_slice()).unwrap_or_default()
    }

    /// Means over all cuts, a row a candidate.
    fn means(&self, found: &BackTest) -> Sheet {
        let mut columns = vec![Column::text("forecast", "mean over all cuts")];
        columns.extend(MEASURES.map(|(_, key, title)| Column::number(key, title)));
        let row = |candidate: Candidate| {
            let wins = found.winner == candidate;
            let name = Cell::text(candidate.to_string());
            let mut row = vec![if wins { name.tone(Tone::Good) } else { name }];
            row.extend(MEASURES.map(|(of, ..)| shown(found.mean(candidate, of))));
            row
        };
        Sheet::new(columns).with(Candidate::ALL.map(row))
    }

    /// The score against a rule, cut by cut.
    fn against(&self, rule: Baseline) -> Sheet {
        let mut columns = vec![Column::text("cut", format!("the score less {rule}")).wide(10)];
        columns.extend(MEASURES.map(|(_, key, title)| Column::number(key, title)));
        let cuts = self.cuts().iter().map(|cut| {
            let of = |measure: Measure| {
                let here = self
                    .comparisons
                    .iter()
                    .find(|it| it.cut == cut.cut && it.against == rule && it.measure == measure);
                here.map_or_else(Cell::none, |it| {
                    let of = it.interval;
                    let text = format!("{:+.3} ({:+.3} {:+.3})", of.difference, of.low, of.high);
                    Cell::text(text)
                })
            };
            let mut row = vec![Cell::day(day(cut.cut))];
            row.extend(MEASURES.map(|(measure, ..)| of(measure)));
            row
        });
        Sheet::new(columns).with(cuts)
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let ChurnTest { method, slices, found, .. } = &self.test;
        let winner = found.as_ref().ok().map(|it| it.winner.to_string());
        let why = found.as_ref().err().map(ToString::to_string);
        let compared = self.comparisons.iter().map(|it| {
            let measure = MEASURES.iter().find(|(of, ..)| *of == it.measure);
            json!({
                "cut": day(it.cut), "against": it.against.to_string(),
                "measure": measure.map(|(_, key, _)| key),
                "difference": it.interval.difference,
                "low": it.interval.low, "high": it.interval.high,
            })
        });
        let bin = |it: &ReliabilityBin| {
            let ReliabilityBin { accounts, stated, lapsed } = it;
            json!({ "accounts": accounts, "stated": stated, "lapsed": lapsed })
        };
        let bins = self.cuts().iter().flat_map(|cut| {
            cut.forecasts.iter().map(move |(candidate, of)| {
                json!({
                    "cut": day(cut.cut), "forecast": candidate.to_string(),
                    "bins": reliability(of, 10).iter().map(bin).collect::<Vec<_>>(),
                    "top_decile": top_decile(of).as_ref().map(bin),
                })
            })
        });
        self.point.stamp(json!({
            "method": to_json(method),
            "slices": slices,
            "winner": winner,
            "insufficient_data": why,
            "lines": self.lines(),
            "comparisons": compared.collect::<Vec<_>>(),
            "reliability": bins.collect::<Vec<_>>(),
            "plots": self.plots,
        }))
    }

    fn sheet(&self) -> Sheet {
        let mut columns = vec![
            Column::text("cut", "cut"),
            Column::number("accounts", "accounts"),
            Column::number("lapsed", "lapsed"),
            Column::text("forecast", "forecast"),
        ];
        columns.extend(MEASURES.map(|(_, key, title)| Column::number(key, title)));
        let rows = self.cuts().iter().flat_map(|cut| {
            cut.forecasts.iter().map(|(candidate, of)| {
                let lapsed = of.iter().filter(|it| it.lapsed).count();
                let mut row = vec![
                    Cell::day(day(cut.cut)),
                    Cell::count(of.len() as u64),
                    Cell::count(lapsed as u64),
                    Cell::text(candidate.to_string()),
                ];
                row.extend(MEASURES.map(|(measure, ..)| shown(measure.of(of))));
                row
            })
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let ChurnTest { method, slices, found, .. } = &self.test;
        let title = format!("Churn, tested on the past: {} days ahead", method.watched_days);
        let page = Page::titled(title, self.point.words());
        let found = match found {
            Ok(found) => found,
            Err(error) => return page.gap().line(format!("Nothing can be tested: {error}.")),
        };
        let goes_by = format!("`report churn` goes by {}, {}.", method.forecast, method.basis);
        let page = page.gap().line(capital(&found.to_string())).line(goes_by);
        let page = page.gap().sheet(self.means(found));
        let page = page.gap().sheet(self.sheet());
        let page = [Baseline::Recency, Baseline::Rfm]
            .into_iter()
            .fold(page, |page, rule| page.gap().sheet(self.against(rule)));
        let page = top(page.gap(), found);
        let page = match method.as_known_then {
            true => page.note(format!("{slices} slices, each with what was recorded by its day.")),
            false => page.note(format!(
                "{slices} slices, each with what had happened by its day: much of the book was \
                 recorded later, so nobody can say what was known then."
            )),
        };
        self.plots.iter().fold(page, |page, path| page.line(format!("drawn: {}", path.display())))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Whether those who were said to be riskiest were.
fn top(page: Page, found: &BackTest) -> Page {
    let score = found.cuts.iter().filter_map(|cut| {
        let (_, of) = cut.forecasts.iter().find(|it| it.0 == Candidate::Score)?;
        Some((cut.cut, top_decile(of)?))
    });
    score.fold(page.line("The riskiest tenth by the score:"), |page, (cut, it)| {
        page.line(format!(
            "  {}  {} accounts, {:.1} % stated, {:.1} % lapsed",
            day(cut),
            it.accounts,
            100.0 * it.stated,
            100.0 * it.lapsed
        ))
    })
}
