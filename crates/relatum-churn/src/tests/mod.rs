//! Tests of the crate: functions against computed values, models against what they promise.

mod edges;
mod functions;
mod measures;
mod models;
mod numbers;
mod risk;
mod summaries;
mod usual;

use crate::{Model, Parameters, Summary};

/// Every model with parameters that it might have.
fn models() -> [Parameters; 6] {
    [
        (Model::Nbd, [0.385, 12.07].as_slice()),
        (Model::BgNbd, &[0.243, 4.414, 0.793, 2.426]),
        (Model::MbgNbd, &[0.525, 6.183, 0.891, 1.614]),
        (Model::MbgCnbd { k: 2 }, &[0.58, 2.288, 1.134, 1.585]),
        (Model::MbgCnbd { k: 3 }, &[0.8, 1.258, 0.6, 1.845]),
        (Model::ParetoNbd, &[0.553, 10.578, 0.606, 11.669]),
    ]
    .map(|(model, values)| Parameters::new(model, values).unwrap())
}

/// Times watched, between 27 and 39 weeks to the day.
fn watched(accounts: usize) -> Vec<f64> {
    (0..accounts).map(|at| f64::from(27 * 7 + (at % 85) as u32) / 7.0).collect()
}

fn account(x: u32, t_x: f64, t: f64) -> Summary {
    Summary::new(x, t_x, t).unwrap()
}

/// Whether two numbers differ by less than so much of the greater, or of one if that is less.
fn close(one: f64, other: f64, within: f64) -> bool {
    (one - other).abs() <= within * one.abs().max(other.abs()).max(1.0)
}
