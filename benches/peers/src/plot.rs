//! Bars in SVG: the median of each store, with a line from the least to the most of its rounds.

use std::fmt::Write as _;

use crate::Outcome;
use crate::report::Measured;
use crate::table::thousands;

const WIDTH: f64 = 760.0;
/// Left of the bars, for the names; right of them, for the figures.
const LEFT: f64 = 90.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 48.0;
const ROW: f64 = 40.0;
const BAR: f64 = 22.0;
const BELOW: f64 = 52.0;

const OURS: &str = "#1f6feb";
const THEIRS: &str = "#8c959f";

pub(crate) fn bars(measured: &Measured) -> Outcome<String> {
    let rates: Vec<[f64; 3]> = measured.stores.iter().map(|it| it.rates()).collect();
    let most = rates.iter().map(|[_, _, most]| *most).fold(0.0, f64::max);
    let step = step(most);
    let end = (most / step).ceil() * step;
    let across = |rate: f64| LEFT + rate / end * (WIDTH - LEFT - RIGHT);
    let bottom = TOP + ROW * rates.len() as f64;
    let height = bottom + BELOW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" \
         fill=\"#1f2328\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"26\" font-size=\"16\">{}</text>\n",
        measured.title
    );
    let mut tick = 0.0;
    while tick <= end + step / 2.0 {
        let x = across(tick);
        writeln!(
            svg,
            "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#d0d7de\"/>\n\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            thousands(tick)
        )?;
        tick += step;
    }
    for (at, (store, [least, median, most])) in measured.stores.iter().zip(&rates).enumerate() {
        let middle = TOP + ROW * (at as f64 + 0.5);
        let (top, base) = (middle - BAR / 2.0, middle + 5.0);
        let (from, to) = (across(*least), across(*most));
        let colour = if at == 0 { OURS } else { THEIRS };
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\n\
             <rect x=\"{LEFT}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{BAR}\" \
             fill=\"{colour}\"/>\n\
             <path d=\"M{from:.1} {middle:.1}H{to:.1}M{from:.1} {:.1}v10M{to:.1} {:.1}v10\" \
             stroke=\"#1f2328\" stroke-width=\"1.5\"/>\n\
             <text x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
            LEFT - 8.0,
            store.name,
            across(*median) - LEFT,
            middle - 5.0,
            middle - 5.0,
            to + 8.0,
            thousands(*median)
        )?;
    }
    writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">events per second: median, and \
         from the least to the most of all rounds (more is better)</text>\n</svg>",
        WIDTH / 2.0,
        bottom + 42.0
    )?;
    Ok(svg)
}

/// The distance of ticks: 1, 2 or 5 times a power of ten, for at most six of them.
fn step(most: f64) -> f64 {
    let rough = most / 6.0;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|it| it * power >= rough).unwrap_or(10.0);
    factor * power
}
