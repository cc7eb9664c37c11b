//! Marks and lines: how forecasters are told apart.

use svg::node::element::path::Data;
use svg::node::element::{Path, Title};

use super::sheet::{Point, number, plain};

/// How one forecaster is drawn.
#[derive(Debug)]
pub(super) struct Style {
    /// Of Okabe and Ito, which the colour-blind tell apart.
    pub(super) colour: &'static str,
    /// Lengths of dashes and of the gaps between them; `none` for a line without.
    pub(super) dash: &'static str,
    shape: Shape,
    filled: bool,
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
}

const fn style(colour: &'static str, dash: &'static str, shape: Shape, filled: bool) -> Style {
    Style { colour, dash, shape, filled }
}

/// In the order in which forecasters come.
pub(super) const STYLES: [Style; 6] = [
    style("#0072B2", "none", Shape::Circle, true),
    style("#D55E00", "8 4", Shape::Square, false),
    style("#009E73", "2 3", Shape::Triangle, true),
    style("#CC79A7", "10 3 2 3", Shape::Diamond, false),
    style("#E69F00", "5 2", Shape::Triangle, false),
    style("#56B4E9", "12 5", Shape::Diamond, true),
];

/// A mark with as much area as a circle of that radius, and what it says when pointed at.
pub(super) fn mark(style: &Style, at: Point, radius: f64, says: &str) -> Path {
    let (x, y) = at;
    let (fill, stroke) =
        if style.filled { (style.colour, "#FFFFFF") } else { ("#FFFFFF", style.colour) };
    Path::new()
        .set("class", "mark")
        .set("transform", format!("translate({} {})", number(x), number(y)))
        .set("d", outline(style.shape, radius))
        .set("fill", fill)
        .set("stroke", stroke)
        .set("stroke-width", if style.filled { "1" } else { "1.8" })
        .add(Title::new(plain(says)))
}

/// Around the origin.
fn outline(shape: Shape, radius: f64) -> Data {
    let corners = |corners: &[(f64, f64)]| {
        let mut corners = corners.iter().map(|&(x, y)| (rounded(x * radius), rounded(y * radius)));
        let first = corners.next().unwrap_or_default();
        corners.fold(Data::new().move_to(first), Data::line_to).close()
    };
    // Of the area of a circle of radius 1, pi, each.
    match shape {
        Shape::Circle => {
            let (r, across) = (rounded(radius), 2.0 * rounded(radius));
            Data::new()
                .move_to((-r, 0))
                .elliptical_arc_by((r, r, 0, 1, 0, across, 0))
                .elliptical_arc_by((r, r, 0, 1, 0, -across, 0))
                .close()
        }
        Shape::Square => {
            corners(&[(-0.886, -0.886), (0.886, -0.886), (0.886, 0.886), (-0.886, 0.886)])
        }
        Shape::Triangle => corners(&[(0.0, -1.555), (1.347, 0.778), (-1.347, 0.778)]),
        Shape::Diamond => corners(&[(0.0, -1.253), (1.253, 0.0), (0.0, 1.253), (-1.253, 0.0)]),
    }
}

fn rounded(length: f64) -> f32 {
    (length * 100.0).round() as f32 / 100.0
}
