//! The sheet that every plot is drawn on: heading, axes, legend, lines.
//!
//! Knows where numbers lie on the sheet, and no forecast.

use svg::Document;
use svg::node::element::{Group, Line, Polyline, Rectangle, Text, Title};

use super::mark::{STYLES, Style, mark};

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 500.0;
const MARGIN: f64 = 16.0;
/// Where the legend begins.
const LEGEND: f64 = 612.0;
/// The most letters of a line, so that it ends on the sheet.
const TITLE_LETTERS: usize = 72;
const SUBTITLE_LETTERS: usize = 116;
const LEGEND_LETTERS: usize = 20;
const REMARK_LETTERS: usize = 30;

const INK: &str = "#1A1A1A";
const FAINT: &str = "#595959";
const GRID: &str = "#E3E3E3";
/// Of lines that no forecaster drew.
const REFERENCE: &str = "#8C8C8C";

/// A place on the sheet, from its left upper corner.
pub(super) type Point = (f64, f64);

/// Where data lies on the sheet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Area {
    /// All of it between heading, axes and legend.
    pub(super) const WHOLE: Self = Self { left: 72.0, right: 588.0, top: 70.0, bottom: 440.0 };
}

/// What an axis tells, from where to where, and the numbers written on it.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) title: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Of shares, in percent.
    pub(super) fn shares(title: &'static str) -> Self {
        let ticks = (0..=5_u8).map(|it| f64::from(it) / 5.0);
        let ticks = ticks.map(|it| (it, super::percent(it))).collect();
        Self { title, low: 0.0, high: 1.0, ticks }
    }

    fn along(&self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }
}

/// Two axes and the area between them.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) area: Area,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Frame {
    pub(super) fn place(&self, x: f64, y: f64) -> Point {
        let Area { left, right, top, bottom } = self.area;
        let (x, y) = (self.x.along(x), self.y.along(y));
        (x.mul_add(right - left, left), y.mul_add(top - bottom, bottom))
    }

    /// Grid, numbers and titles of both axes; those of x below `bottom`.
    fn drawn(&self, bottom: f64) -> Group {
        let Area { left, right, top, .. } = self.area;
        let mut group = Group::new().set("class", "axes");
        for (at, label) in &self.x.ticks {
            let (x, _) = self.place(*at, self.y.low);
            let label = text((x, bottom + 18.0), 12, label).set("text-anchor", "middle");
            group = group
                .add(line((x, top), (x, bottom + 4.0), GRID, 1.0))
                .add(label.set("class", "x-tick").set("fill", FAINT));
        }
        for (at, label) in &self.y.ticks {
            let (_, y) = self.place(self.x.low, *at);
            let label = text((left - 8.0, y + 4.0), 12, label).set("text-anchor", "end");
            group = group
                .add(line((left - 4.0, y), (right, y), GRID, 1.0))
                .add(label.set("class", "y-tick").set("fill", FAINT));
        }
        let (centre, middle) = (f64::midpoint(left, right), f64::midpoint(top, self.area.bottom));
        let turned = format!("rotate(-90 {} {})", number(MARGIN + 8.0), number(middle));
        let x_title = text((centre, bottom + 42.0), 13, self.x.title);
        let y_title = text((MARGIN + 8.0, middle), 13, self.y.title);
        group
            .add(line((left, self.area.bottom), (right, self.area.bottom), FAINT, 1.0))
            .add(line((left, top), (left, self.area.bottom), FAINT, 1.0))
            .add(x_title.set("text-anchor", "middle"))
            .add(y_title.set("text-anchor", "middle").set("transform", turned))
    }
}

/// A line of the legend.
#[derive(Debug)]
pub(super) enum Entry {
    /// A forecaster in its style, and a line about it.
    Forecaster(&'static Style, String, String),
    /// The line that no forecaster drew.
    Reference(&'static str),
    /// A remark.
    Remark(String),
}

/// A plot being drawn.
#[derive(Debug)]
pub(super) struct Sheet(Document);

impl Sheet {
    /// White, with a heading and the axes, whose x stands below `bottom`.
    pub(super) fn new(title: &str, subtitle: &str, frame: &Frame, bottom: f64) -> Self {
        let title = shortened(title, TITLE_LETTERS);
        let subtitle = shortened(subtitle, SUBTITLE_LETTERS);
        let head = text((MARGIN, 30.0), 18, &title).set("font-weight", "bold");
        let paper = Rectangle::new().set("width", "100%").set("height", "100%");
        let document = Document::new()
            .set("width", number(WIDTH))
            .set("height", number(HEIGHT))
            .set("viewBox", format!("0 0 {} {}", number(WIDTH), number(HEIGHT)))
            .set("font-family", "sans-serif")
            .set("role", "img")
            .add(Title::new(plain(&title)))
            .add(paper.set("fill", "#FFFFFF"))
            .add(head.set("class", "title"))
            .add(text((MARGIN, 51.0), 12, &subtitle).set("class", "subtitle").set("fill", FAINT))
            .add(frame.drawn(bottom));
        Self(document)
    }

    pub(super) fn add(self, group: Group) -> Self {
        Self(self.0.add(group))
    }

    /// Adds the line that no forecaster drew.
    pub(super) fn reference(self, from: Point, to: Point) -> Self {
        let line = line(from, to, REFERENCE, 1.2).set("stroke-dasharray", "4 4");
        self.add(Group::new().set("class", "reference").add(line))
    }

    /// Adds a sentence in the middle of the area, for a plot that shows nothing else.
    pub(super) fn says(self, area: &Area, sentence: &str) -> Self {
        let at = (f64::midpoint(area.left, area.right), f64::midpoint(area.top, area.bottom));
        let width = sentence.chars().count() as f64 * 7.6 + 24.0;
        let paper = Rectangle::new()
            .set("x", number(at.0 - width / 2.0))
            .set("y", number(at.1 - 20.0))
            .set("width", number(width))
            .set("height", "30")
            .set("fill", "#FFFFFF");
        let words = text(at, 14, sentence).set("text-anchor", "middle");
        self.add(Group::new().set("class", "nothing").add(paper).add(words))
    }

    /// Adds the legend, on the right.
    pub(super) fn legend(self, entries: &[Entry]) -> Self {
        let mut group = Group::new().set("class", "legend");
        let mut top = Area::WHOLE.top + 8.0;
        let beside = LEGEND + 36.0;
        for entry in entries {
            match entry {
                Entry::Forecaster(style, name, about) => {
                    let name = shortened(name, LEGEND_LETTERS);
                    let sample = [(LEGEND, top), (LEGEND + 28.0, top)];
                    group = group
                        .add(polyline(&sample, style))
                        .add(mark(style, (LEGEND + 14.0, top), 4.5, &name))
                        .add(text((beside, top + 4.0), 13, &name))
                        .add(text((beside, top + 20.0), 11, about).set("fill", FAINT));
                    top += 44.0;
                }
                Entry::Reference(says) => {
                    let sample = line((LEGEND, top), (LEGEND + 28.0, top), REFERENCE, 1.2);
                    group = group
                        .add(sample.set("stroke-dasharray", "4 4"))
                        .add(text((beside, top + 4.0), 12, says).set("fill", FAINT));
                    top += 26.0;
                }
                Entry::Remark(says) => {
                    let says = shortened(says, REMARK_LETTERS);
                    group = group.add(remark((LEGEND, top + 4.0), &says));
                    top += 16.0;
                }
            }
        }
        self.add(group)
    }

    /// The text of the SVG.
    pub(super) fn finished(self) -> String {
        format!("{}\n", self.0)
    }
}

/// What one forecaster drew; its name is said when pointed at.
pub(super) fn series(name: &str) -> Group {
    Group::new().set("class", "series").add(Title::new(plain(name)))
}

/// Straight lines from point to point.
pub(super) fn polyline(points: &[Point], style: &Style) -> Polyline {
    let points: Vec<String> =
        points.iter().map(|&(x, y)| format!("{},{}", number(x), number(y))).collect();
    Polyline::new()
        .set("points", points)
        .set("fill", "none")
        .set("stroke", style.colour)
        .set("stroke-width", "2")
        .set("stroke-dasharray", style.dash)
        .set("stroke-linejoin", "round")
}

/// A straight line.
pub(super) fn line(from: Point, to: Point, colour: &str, width: f64) -> Line {
    Line::new()
        .set("x1", number(from.0))
        .set("y1", number(from.1))
        .set("x2", number(to.0))
        .set("y2", number(to.1))
        .set("stroke", colour)
        .set("stroke-width", number(width))
}

/// Words that begin at a place.
pub(super) fn text((x, y): Point, size: u8, words: &str) -> Text {
    Text::new(plain(words))
        .set("x", number(x))
        .set("y", number(y))
        .set("font-size", size)
        .set("fill", INK)
}

/// Remarks beside a part of the plot, faint.
pub(super) fn remark(at: Point, words: &str) -> Text {
    text(at, 11, words).set("fill", FAINT)
}

/// The style of each forecaster in turn.
pub(super) fn styled<T>(of: &[T]) -> impl DoubleEndedIterator<Item = (&'static Style, &T)> {
    STYLES.iter().zip(of).collect::<Vec<_>>().into_iter()
}

/// A coordinate: hundredths of a pixel, so that rounding of sums does not show.
pub(super) fn number(coordinate: f64) -> String {
    // Adding zero takes the sign off a zero.
    let hundredths = (coordinate * 100.0).round() + 0.0;
    format!("{}", hundredths / 100.0)
}

/// Without what XML cannot hold.
pub(super) fn plain(words: &str) -> String {
    let replaced = |letter: char| match letter {
        '\u{FFFE}' | '\u{FFFF}' => ' ',
        letter if letter.is_control() => ' ',
        letter => letter,
    };
    words.chars().map(replaced).collect()
}

fn shortened(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let kept: String = words.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}
