//! Reliability: whether what was stated came as often as it was stated.

use relatum_churn::{Forecast, Measure, ReliabilityBin};
use svg::node::element::{Group, Rectangle, Title};

use super::mark::{Style, mark};
use super::sheet::{
    Area, Axis, Entry, Frame, Sheet, line, number, polyline, remark, series, styled,
};
use super::{Forecaster, Heading, NOTHING, PlotError, checked, counted, percent, subtitle};
use crate::output::grouped;

/// Bins of about as many accounts each.
const BINS: usize = 10;
/// Columns of the histogram.
const COLUMNS: usize = 20;
/// The area of bins, and that of the histogram below it.
const UPPER: Area = Area { bottom: 362.0, ..Area::WHOLE };
const LOWER: Area = Area { top: 384.0, ..Area::WHOLE };
/// Deviations from the mean within which 95 of 100 normal numbers lie.
const DEVIATIONS: f64 = 1.96;
/// Of the mark of the largest bin.
const RADIUS: f64 = 7.5;

/// Stated risk against the share that lapsed, and how many accounts got which risk.
///
/// Shape: accounts with equal risks are in one bin, whatever their order; the histogram is of the
/// first forecaster.
///
/// # Errors
/// [`TooMany`](PlotError::TooMany), [`Number`](PlotError::Number).
pub(crate) fn reliability(heading: &Heading<'_>, of: &[Forecaster]) -> Result<String, PlotError> {
    let of = checked(of)?;
    let x = Axis::shares("stated risk of no purchase");
    let frame = Frame { area: UPPER, x, y: Axis::shares("share that bought nothing") };
    let stated: Vec<Vec<Forecast>> = of.iter().map(|it| by_risk(it)).collect();
    let binned: Vec<Vec<ReliabilityBin>> = stated.iter().map(|it| bins(it)).collect();
    let most = binned.iter().flatten().map(|it| it.accounts).max().unwrap_or(0);
    let sheet = Sheet::new(heading.title, &subtitle(heading, &of), &frame, LOWER.bottom)
        .reference(frame.place(0.0, 0.0), frame.place(1.0, 1.0));
    let sheet = match stated.first() {
        Some(risks) => sheet.add(histogram(risks)),
        None => sheet.says(&UPPER, NOTHING),
    };
    let mut entries = Vec::new();
    let mut drawn = Vec::new();
    let mut bars = Group::new();
    for ((style, it), (risks, bins)) in styled(&of).zip(stated.iter().zip(&binned)) {
        let off = Measure::CalibrationError.of(risks);
        let Some(off) = off else { continue };
        let about = format!("mean gap {:.1} points", off * 100.0);
        entries.push(Entry::Forecaster(style, it.name.clone(), about));
        drawn.push(dots(&it.name, bins, most, style, &frame));
        if drawn.len() == 1 {
            bars = intervals(bins, style, &frame);
        }
    }
    entries.push(Entry::Reference("came as stated"));
    entries.extend(remarks(of.first().copied()));
    let sheet = sheet.add(bars);
    let sheet = drawn.into_iter().rev().fold(sheet, Sheet::add);
    Ok(sheet.legend(&entries).finished())
}

/// All forecasts by ascending risk, which is what they are measured by here: scores of two cuts
/// are on no common scale, risks are.
fn by_risk(of: &Forecaster) -> Vec<Forecast> {
    let stated = of.forecasts().map(|it| Forecast { score: it.risk, ..*it });
    let mut stated: Vec<Forecast> = stated.collect();
    stated.sort_by(|one, other| one.risk.total_cmp(&other.risk));
    stated
}

/// Those with equal risks stay together, so bins may be fewer, and of more accounts.
fn bins(stated: &[Forecast]) -> Vec<ReliabilityBin> {
    let each = stated.len().div_ceil(BINS).max(1);
    let mut bins: Vec<&[Forecast]> = Vec::new();
    let (mut from, mut to) = (0, 0);
    for tied in stated.chunk_by(|one, other| one.risk == other.risk) {
        to += tied.len();
        if to - from >= each || to == stated.len() {
            bins.extend(stated.get(from..to));
            from = to;
        }
    }
    let bin = |of: &[Forecast]| {
        let share = |sum: f64| sum / of.len() as f64;
        ReliabilityBin {
            accounts: of.len(),
            stated: share(of.iter().map(|it| it.risk).sum()),
            lapsed: share(of.iter().filter(|it| it.lapsed).count() as f64),
        }
    };
    bins.into_iter().map(bin).collect()
}

fn dots(name: &str, bins: &[ReliabilityBin], most: usize, style: &Style, frame: &Frame) -> Group {
    let place = |it: &ReliabilityBin| frame.place(it.stated, it.lapsed);
    let points: Vec<_> = bins.iter().map(place).collect();
    let line = polyline(&points, style).set("stroke-width", "1.4");
    bins.iter().fold(series(name).add(line), |group, it| {
        let radius = RADIUS * (it.accounts as f64 / most as f64).sqrt();
        let accounts = counted(it.accounts, "account");
        let (stated, lapsed) = (percent(it.stated), percent(it.lapsed));
        let says = format!("{name}, {accounts}: stated {stated}, came {lapsed}");
        group.add(mark(style, place(it), radius.max(2.0), &says))
    })
}

/// How it is read; columns and bars are of the first forecaster.
fn remarks(first: Option<&Forecaster>) -> Vec<Entry> {
    let Some(first) = first else { return Vec::new() };
    let remarks = [
        "Above the diagonal: more",
        "accounts left than was stated.",
        "Area of a mark: its accounts.",
        "Columns (accounts by risk) and",
        "bars (95% intervals) are of",
        &first.name,
    ];
    remarks.map(|it| Entry::Remark(it.to_owned())).into()
}

/// How far the share of each bin may lie off by chance.
fn intervals(bins: &[ReliabilityBin], style: &Style, frame: &Frame) -> Group {
    bins.iter().fold(Group::new().set("class", "intervals"), |group, it| {
        let (low, high) = wilson(it);
        let (from, to) = (frame.place(it.stated, low), frame.place(it.stated, high));
        group.add(line(from, to, style.colour, 1.0))
    })
}

/// Wilson's interval of a share, as if every account were one of its own.
fn wilson(bin: &ReliabilityBin) -> (f64, f64) {
    let (accounts, share) = (bin.accounts as f64, bin.lapsed);
    let held = DEVIATIONS.powi(2) / accounts;
    let centre = (share + held / 2.0) / (1.0 + held);
    let spread = (share * (1.0 - share) / accounts + held / accounts / 4.0).sqrt();
    let half = DEVIATIONS * spread / (1.0 + held);
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

fn histogram(stated: &[Forecast]) -> Group {
    let mut columns = [0_usize; COLUMNS];
    for it in stated {
        // A risk of 1 is in the last column.
        let column = ((it.risk * COLUMNS as f64) as usize).min(COLUMNS - 1);
        columns.iter_mut().skip(column).take(1).for_each(|count| *count += 1);
    }
    let most = columns.iter().copied().max().unwrap_or(0).max(1);
    let Area { left, right, top, bottom } = LOWER;
    let wide = (right - left) / COLUMNS as f64;
    let mut group = Group::new().set("class", "histogram");
    for (at, &count) in columns.iter().enumerate().filter(|(_, count)| **count > 0) {
        let high = (bottom - top) * count as f64 / most as f64;
        let from = |at: usize| percent(at as f64 / COLUMNS as f64);
        let says = format!("{} from {} to {}", counted(count, "account"), from(at), from(at + 1));
        let column = Rectangle::new()
            .set("x", number(wide.mul_add(at as f64, left + 1.0)))
            .set("y", number(bottom - high))
            .set("width", number(wide - 2.0))
            .set("height", number(high))
            .set("fill", "#A6A6A6");
        group = group.add(column.add(Title::new(says)));
    }
    let count = remark((left - 8.0, top + 4.0), &grouped(&most.to_string()));
    let none = remark((left - 8.0, bottom + 4.0), "0").set("text-anchor", "end");
    group
        .add(line((left, bottom), (right, bottom), "#595959", 1.0))
        .add(line((left, top), (left, bottom), "#595959", 1.0))
        .add(count.set("text-anchor", "end"))
        .add(none)
}
