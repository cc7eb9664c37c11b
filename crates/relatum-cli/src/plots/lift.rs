//! Cumulative gains: how many of the lapses are found among the riskiest accounts.

use relatum_churn::Forecast;
use svg::node::element::Group;

use super::mark::{Style, mark};
use super::sheet::{Area, Axis, Entry, Frame, Sheet, line, polyline, remark, series, styled};
use super::{Forecaster, Heading, NOTHING, PlotError, checked, percent, subtitle};

/// How many straight pieces a line has.
const STEPS: u32 = 200;
const FIRST_TENTH: f64 = 0.1;

/// The share of all lapses that is found among a share of the accounts, the riskiest first.
///
/// Shape: at several cuts that share of the accounts of each, since scores of two cuts are on no
/// common scale. Accounts with equal scores are contacted in part: their order does not show.
///
/// # Errors
/// [`TooMany`](PlotError::TooMany), [`Number`](PlotError::Number).
pub(crate) fn lift(heading: &Heading<'_>, of: &[Forecaster]) -> Result<String, PlotError> {
    let of = checked(of)?;
    let x = Axis::shares("share of accounts contacted, riskiest first");
    let frame = Frame { area: Area::WHOLE, x, y: Axis::shares("share of all lapses found") };
    let sheet = Sheet::new(heading.title, &subtitle(heading, &of), &frame, frame.area.bottom);
    let sheet = sheet.add(tenth(&frame)).reference(frame.place(0.0, 0.0), frame.place(1.0, 1.0));
    let mut entries = Vec::new();
    let mut drawn = Vec::new();
    for (style, it) in styled(&of) {
        let Some(gains) = Gains::of(it) else { continue };
        let found = percent(gains.found(FIRST_TENTH));
        entries.push(Entry::Forecaster(
            style,
            it.name.clone(),
            format!("{found} in the first tenth"),
        ));
        drawn.push(line_of(&it.name, &gains, style, &frame));
    }
    let sheet = match (drawn.is_empty(), of.is_empty()) {
        (false, _) => sheet,
        (true, false) => sheet.says(&frame.area, "No account lapsed: there is nothing to find."),
        (true, true) => sheet.says(&frame.area, NOTHING),
    };
    entries.push(Entry::Reference("chance, in any order"));
    // The first one lies above the others.
    let sheet = drawn.into_iter().rev().fold(sheet, Sheet::add);
    Ok(sheet.legend(&entries).finished())
}

fn tenth(frame: &Frame) -> Group {
    let (foot, head) = (frame.place(FIRST_TENTH, 0.0), frame.place(FIRST_TENTH, 1.0));
    let rule = line(foot, head, "#595959", 1.0).set("stroke-dasharray", "1 3");
    let words = remark((foot.0 + 5.0, foot.1 - 7.0), "the first tenth");
    Group::new().set("class", "tenth").add(rule).add(words)
}

fn line_of(name: &str, gains: &Gains, style: &Style, frame: &Frame) -> Group {
    let at = |share: f64| frame.place(share, gains.found(share));
    let points: Vec<_> = (0..=STEPS).map(|it| at(f64::from(it) / f64::from(STEPS))).collect();
    let mark = |share: f64, radius| {
        let (found, first) = (percent(gains.found(share)), percent(share));
        let says = format!("{name}: {found} of all lapses are in the first {first}");
        mark(style, at(share), radius, &says)
    };
    let tenth = series(name).add(polyline(&points, style)).add(mark(FIRST_TENTH, 5.0));
    // Small ones on the way tell in black and white whose line it is.
    [0.3, 0.5, 0.7].into_iter().fold(tenth, |group, share| group.add(mark(share, 3.5)))
}

/// What is found at each cut, when accounts are contacted by descending score.
struct Gains(Vec<Vec<Knot>>);

/// After so many accounts so many lapses; in between on the straight line.
#[derive(Clone, Copy, Default)]
struct Knot {
    accounts: f64,
    lapses: f64,
}

impl Gains {
    /// None where nothing is to be found.
    fn of(forecaster: &Forecaster) -> Option<Self> {
        let cuts: Vec<_> = forecaster.cuts.iter().map(|(_, it)| knots(it)).collect();
        let lapsed = forecaster.forecasts().any(|it| it.lapsed);
        lapsed.then_some(Self(cuts))
    }

    /// The share of all lapses among that share of the accounts.
    fn found(&self, share: f64) -> f64 {
        let all: f64 = self.0.iter().filter_map(|it| it.last()).map(|it| it.lapses).sum();
        self.0.iter().map(|it| lapses(it, share)).sum::<f64>() / all
    }
}

fn knots(forecasts: &[Forecast]) -> Vec<Knot> {
    let mut order: Vec<&Forecast> = forecasts.iter().collect();
    order.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut last = Knot::default();
    let mut knots = vec![last];
    for tied in order.chunk_by(|one, other| one.score == other.score) {
        last.accounts += tied.len() as f64;
        last.lapses += tied.iter().filter(|it| it.lapsed).count() as f64;
        knots.push(last);
    }
    knots
}

fn lapses(knots: &[Knot], share: f64) -> f64 {
    let Some(all) = knots.last() else { return 0.0 };
    let accounts = share * all.accounts;
    let next = knots.partition_point(|it| it.accounts < accounts);
    let knot = |at: usize| knots.get(at).copied();
    match (next.checked_sub(1).and_then(knot), knot(next)) {
        (Some(low), Some(high)) => {
            let part = (accounts - low.accounts) / (high.accounts - low.accounts);
            part.mul_add(high.lapses - low.lapses, low.lapses)
        }
        (None, Some(only)) => only.lapses,
        (_, None) => all.lapses,
    }
}
