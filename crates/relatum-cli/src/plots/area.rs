//! The area under the curve by cut day: whether the order of accounts stays good over time.

use chrono::{Datelike as _, NaiveDate};
use relatum_churn::Measure;
use svg::node::element::Group;

use super::mark::{Style, mark};
use super::sheet::{Area, Axis, Entry, Frame, Sheet, polyline, series, styled};
use super::{Forecaster, Heading, NOTHING, PlotError, checked, subtitle};

/// What an order by chance reaches.
const CHANCE: f64 = 0.5;
/// At least so far from one written day to the next.
const ROOM: f64 = 84.0;

/// The area under the curve of each forecaster, by the day of the cut.
///
/// Shape: y from the data, and always with one half in it. A cut at which all or none lapsed
/// measures nothing: the line is broken there.
///
/// # Errors
/// [`TooMany`](PlotError::TooMany), [`Number`](PlotError::Number).
pub(crate) fn area(heading: &Heading<'_>, of: &[Forecaster]) -> Result<String, PlotError> {
    let of = checked(of)?;
    let areas: Vec<Vec<(NaiveDate, Option<f64>)>> = of.iter().map(|it| measured(it)).collect();
    let known = || areas.iter().flatten().filter_map(|it| it.1);
    let days: Vec<NaiveDate> = areas.iter().flatten().map(|it| it.0).collect();
    let frame = Frame { area: Area::WHOLE, x: days_axis(days), y: areas_axis(known()) };
    let sheet = Sheet::new(heading.title, &subtitle(heading, &of), &frame, frame.area.bottom)
        .reference(frame.place(frame.x.low, CHANCE), frame.place(frame.x.high, CHANCE));
    let sheet = match (known().next().is_some(), of.is_empty()) {
        (true, _) => sheet,
        (false, true) => sheet.says(&frame.area, NOTHING),
        (false, false) => {
            sheet.says(&frame.area, "At no cut did some accounts lapse and others not.")
        }
    };
    let entries = styled(&of).zip(&areas).filter_map(|((style, it), areas)| {
        Some(Entry::Forecaster(style, it.name.clone(), mean(areas)?))
    });
    let entries: Vec<Entry> = entries.chain([Entry::Reference("chance, in any order")]).collect();
    let drawn: Vec<Group> = styled(&of)
        .zip(&areas)
        .map(|((style, it), areas)| lines_of(&it.name, areas, style, &frame))
        .collect();
    // The first one lies above the others.
    let sheet = drawn.into_iter().rev().fold(sheet, Sheet::add);
    Ok(sheet.legend(&entries).finished())
}

fn measured(of: &Forecaster) -> Vec<(NaiveDate, Option<f64>)> {
    let cuts = of.cuts.iter().filter(|(_, it)| !it.is_empty());
    let mut areas: Vec<_> = cuts.map(|(cut, it)| (*cut, Measure::Auc.of(it))).collect();
    areas.sort_by_key(|it| it.0);
    areas
}

fn mean(areas: &[(NaiveDate, Option<f64>)]) -> Option<String> {
    let known: Vec<f64> = areas.iter().filter_map(|it| it.1).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    match known.as_slice() {
        [] => None,
        [only] => Some(format!("{only:.3}")),
        _ => Some(format!("mean {mean:.3}")),
    }
}

fn lines_of(name: &str, areas: &[(NaiveDate, Option<f64>)], style: &Style, frame: &Frame) -> Group {
    let place = |&(day, area): &(NaiveDate, Option<f64>)| Some(frame.place(at(day), area?));
    let runs = areas.chunk_by(|one, other| one.1.is_some() == other.1.is_some());
    let group = runs
        .map(|run| run.iter().filter_map(place).collect::<Vec<_>>())
        .filter(|run| run.len() > 1)
        .fold(series(name), |group, run| group.add(polyline(&run, style)));
    let known = areas.iter().filter_map(|it| Some((it.0, it.1?, place(it)?)));
    known.fold(group, |group, (day, area, at)| {
        group.add(mark(style, at, 5.0, &format!("{name}, {day}: {area:.3}")))
    })
}

fn at(day: NaiveDate) -> f64 {
    f64::from(day.num_days_from_ce())
}

/// From the first cut to the last; days are written where there is room.
fn days_axis(mut days: Vec<NaiveDate>) -> Axis {
    days.sort_unstable();
    days.dedup();
    let title = "cut day, the last one known to the forecast";
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
        return Axis { title, low: 0.0, high: 1.0, ticks: Vec::new() };
    };
    let span = (at(last) - at(first)).max(1.0);
    // A mark stands on no axis.
    let aside = if first == last { 0.5 } else { 0.04 } * span;
    let (low, high) = (at(first) - aside, at(last) + aside);
    let room = ROOM / (Area::WHOLE.right - Area::WHOLE.left) * (high - low);
    let mut ticks: Vec<(f64, String)> = Vec::new();
    for day in days {
        if ticks.last().is_none_or(|(before, _)| at(day) - before >= room) {
            ticks.push((at(day), day.to_string()));
        }
    }
    Axis { title, low, high, ticks }
}

/// Around all areas and one half, in round steps.
fn areas_axis(areas: impl Iterator<Item = f64>) -> Axis {
    let (least, most) =
        areas.fold((CHANCE, CHANCE), |(least, most), it| (it.min(least), it.max(most)));
    // In steps, so that what is written on the axis is exact.
    let steps: f64 = if most - least > 0.4 { 10.0 } else { 20.0 };
    let low = ((least - 0.02) * steps).floor().max(0.0);
    let high = ((most + 0.02) * steps).ceil().min(steps);
    let ticks = (low as u32..=high as u32).map(|it| f64::from(it) / steps);
    Axis {
        title: "area under the curve (0.5: chance, 1: perfect)",
        low: low / steps,
        high: high / steps,
        ticks: ticks.map(|it| (it, format!("{it:.2}"))).collect(),
    }
}
