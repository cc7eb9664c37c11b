//! Finding the least value of a smooth function of a few bounded variables.
//!
//! Newton's method on gradients: second derivatives are differences of them, a direction in which
//! the function does not curve upwards is taken downhill, and a step is halved until it helps.
//!
//! Source: docs/decisions/0017-own-newton-and-own-integral.md

use super::eigen::Eigen;

/// Steps at most.
const STEPS: u32 = 100;
/// The longest step, in logarithms of parameters.
const LONGEST: f64 = 2.0;
/// How often a step is halved at most.
const HALVINGS: u32 = 40;
/// What a difference is taken over.
const APART: f64 = 1e-4;

/// A function and its gradient.
pub(crate) trait Objective<const N: usize> {
    fn at(&self, point: &[f64; N]) -> (f64, [f64; N]);
}

/// A box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds<const N: usize> {
    pub(crate) least: [f64; N],
    pub(crate) most: [f64; N],
}

impl<const N: usize> Bounds<N> {
    fn clamp(&self, point: [f64; N]) -> [f64; N] {
        let mut point = point;
        for ((it, least), most) in point.iter_mut().zip(self.least).zip(self.most) {
            *it = it.clamp(least, most);
        }
        point
    }

    /// Of each variable: whether it lies at a bound and `downhill` leads out.
    fn held(&self, point: &[f64; N], gradient: &[f64; N]) -> [bool; N] {
        let mut held = [false; N];
        let bounds = self.least.iter().zip(&self.most);
        for (((held, it), slope), (least, most)) in
            held.iter_mut().zip(point).zip(gradient).zip(bounds)
        {
            *held = (it <= least && *slope > 0.0) || (it >= most && *slope < 0.0);
        }
        held
    }

    /// Whether any variable lies at a bound.
    pub(super) fn is_reached(&self, point: &[f64; N]) -> bool {
        let bounds = self.least.iter().zip(&self.most);
        point.iter().zip(bounds).any(|(it, (least, most))| it <= least || it >= most)
    }
}

/// Where a search ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<const N: usize> {
    pub(crate) point: [f64; N],
    pub(super) value: f64,
    /// The gradient without what a bound holds back.
    pub(super) gradient: [f64; N],
    /// Second derivatives, from the last step but one or nearer.
    pub(super) second: [[f64; N]; N],
    pub(super) converged: bool,
}

/// From `start` downhill until no part of the gradient is above `tolerance`.
pub(crate) fn minimise<const N: usize>(
    of: &impl Objective<N>,
    start: [f64; N],
    bounds: &Bounds<N>,
    tolerance: f64,
) -> Found<N> {
    let mut point = bounds.clamp(start);
    let (mut value, mut gradient) = of.at(&point);
    let mut second = None;
    for _ in 0..STEPS {
        let held = bounds.held(&point, &gradient);
        let free = without(gradient, held);
        if norm(&free) <= tolerance {
            break;
        }
        let curved = second_derivatives(of, &point, &gradient);
        second = Some(curved);
        let step = step(&without_held(curved, held), &free);
        let Some(next) = next(of, (&point, value, &free), &step, bounds) else { break };
        (point, value, gradient) = next;
    }
    let free = without(gradient, bounds.held(&point, &gradient));
    Found {
        point,
        value,
        gradient: free,
        second: second.unwrap_or_else(|| second_derivatives(of, &point, &gradient)),
        converged: norm(&free) <= tolerance,
    }
}

/// Along the step, or as much of it as leads to less.
fn next<const N: usize>(
    of: &impl Objective<N>,
    from: (&[f64; N], f64, &[f64; N]),
    step: &[f64; N],
    bounds: &Bounds<N>,
) -> Option<([f64; N], f64, [f64; N])> {
    let (point, value, gradient) = from;
    let along: f64 = step.iter().zip(gradient).map(|(step, slope)| step * slope).sum();
    let mut share = 1.0;
    (0..HALVINGS).find_map(|_| {
        let mut there = *point;
        there.iter_mut().zip(step).for_each(|(it, step)| *it += share * step);
        let there = bounds.clamp(there);
        let (value_there, gradient_there) = of.at(&there);
        let enough = value_there <= value + 1e-4 * share * along;
        // Near the end values differ by less than they are exact; then gradients decide.
        let free = without(gradient_there, bounds.held(&there, &gradient_there));
        let as_good = value_there <= value + 1e-13 * value.abs();
        share *= 0.5;
        (enough || as_good && norm(&free) < norm(gradient)).then_some((
            there,
            value_there,
            gradient_there,
        ))
    })
}

/// The greatest part.
pub(super) fn norm<const N: usize>(gradient: &[f64; N]) -> f64 {
    // Not by `max`, which passes over what is not a number.
    gradient.iter().fold(0.0, |most, it| if it.abs() <= most { most } else { it.abs() })
}

/// By differences of gradients.
fn second_derivatives<const N: usize>(
    of: &impl Objective<N>,
    point: &[f64; N],
    gradient: &[f64; N],
) -> [[f64; N]; N] {
    symmetric(&std::array::from_fn(|at| {
        let mut moved = *point;
        moved.iter_mut().skip(at).take(1).for_each(|it| *it += APART);
        let mut slope = of.at(&moved).1;
        slope.iter_mut().zip(gradient).for_each(|(it, before)| *it = (*it - before) / APART);
        slope
    }))
}

/// What is held does not move, and moves nothing.
#[expect(clippy::indexing_slicing, reason = "both indices are below N")]
fn without_held<const N: usize>(second: [[f64; N]; N], held: [bool; N]) -> [[f64; N]; N] {
    let of = |i: usize, j: usize| match (held[i] || held[j], i == j) {
        (false, _) => second[i][j],
        (true, true) => 1.0,
        (true, false) => 0.0,
    };
    std::array::from_fn(|i| std::array::from_fn(|j| of(i, j)))
}

fn step<const N: usize>(second: &[[f64; N]; N], gradient: &[f64; N]) -> [f64; N] {
    let eigen = Eigen::of(*second);
    let most = eigen.values.iter().fold(0.0_f64, |most, it| most.max(it.abs()));
    let least = (1e-10 * most).max(1e-12);
    let mut step = eigen.apply(gradient, |value| -value.abs().max(least).recip());
    let length = step.iter().map(|it| it * it).sum::<f64>().sqrt();
    if length > LONGEST {
        step.iter_mut().for_each(|it| *it *= LONGEST / length);
    }
    step
}

fn without<const N: usize>(mut row: [f64; N], held: [bool; N]) -> [f64; N] {
    row.iter_mut().zip(held).filter(|(_, held)| *held).for_each(|(it, _)| *it = 0.0);
    row
}

#[expect(clippy::indexing_slicing, reason = "both indices are below N")]
fn symmetric<const N: usize>(rows: &[[f64; N]; N]) -> [[f64; N]; N] {
    std::array::from_fn(|i| std::array::from_fn(|j| 0.5 * (rows[i][j] + rows[j][i])))
}
