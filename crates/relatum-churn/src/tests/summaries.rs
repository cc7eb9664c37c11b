//! What becomes of histories that are none, and of the books that are made of the others.

use super::{account, models, watched};
use crate::{Book, Purchase, Summary, SummaryError};

fn bought(day: i32, value: f64) -> Purchase {
    Purchase { day, value }
}

#[test]
fn histories_that_are_none_are_refused_with_their_numbers() {
    use SummaryError::{AfterEnd, NoPurchase, Order, Spend, Times, Unit, Value};
    let of = |days: &[Purchase]| Summary::of(days, 10);
    assert_eq!(of(&[]), Err(NoPurchase { days: 0 }));
    assert_eq!(of(&[bought(1, -3.0), bought(2, 0.0)]), Err(NoPurchase { days: 2 }));
    assert_eq!(of(&[bought(3, 1.0), bought(3, 1.0)]), Err(Order { day: 3, before: 3 }));
    assert_eq!(of(&[bought(11, 1.0)]), Err(AfterEnd { day: 11, end: 10 }));
    assert_eq!(of(&[bought(1, f64::INFINITY)]), Err(Value { day: 1, value: f64::INFINITY }));
    assert_eq!(Summary::new(0, 1.0, 2.0), Err(Times { x: 0, t_x: 1.0, t: 2.0 }));
    assert_eq!(Summary::new(2, 3.0, 2.0), Err(Times { x: 2, t_x: 3.0, t: 2.0 }));
    assert!(Summary::new(2, f64::NAN, 2.0).is_err() && Summary::new(2, 1.0, f64::NAN).is_err());
    let once = account(0, 0.0, 5.0);
    assert_eq!(once.with_spend(4.0), Err(Spend { x: 0, spend: 4.0 }));
    assert_eq!(once.in_units_of(0.0), Err(Unit { days: 0.0 }));
    let (first, last) = (bought(i32::MIN, 1.0), bought(i32::MAX, 1.0));
    let long = Summary::of(&[first, last], i32::MAX).unwrap();
    assert_eq!((long.x(), long.t_x()), (1, long.t()));
}

#[test]
fn what_is_taken_back_is_no_purchase() {
    let days = [bought(-7, -9.0), bought(0, 5.0), bought(7, 0.0), bought(14, 8.0)];
    let summary = Summary::of(&days, 21).unwrap();
    assert_eq!((summary.x(), summary.t_x(), summary.t(), summary.gap()), (1, 2.0, 3.0, 1.0));
    assert_eq!(summary.ln_gaps(), f64::ln(2.0));
    assert_eq!(summary.mean_spend(), Some(8.0));
}

#[test]
fn what_comes_after_the_end_is_not_looked_at() {
    let days: Vec<Purchase> = (0..30).map(|day| bought(day * 5, 2.0)).collect();
    for end in [0, 4, 77, 144] {
        let known = days.partition_point(|it| it.day <= end);
        let summary = Summary::of(&days[..known], end).unwrap();
        assert_eq!(summary.x(), (end / 5) as u32, "until {end}");
        let refused = SummaryError::AfterEnd { day: days[known].day, end };
        assert_eq!(Summary::of(&days, end), Err(refused), "later days are no part of the past");
    }
}

#[test]
fn collapsing_changes_no_likelihood() {
    for model in models() {
        let accounts = model.simulate(&watched(60), 5);
        let twice: Vec<Summary> = accounts.iter().chain(&accounts).copied().collect();
        let (once, twice) = (Book::new(&accounts), Book::new(&twice));
        assert_eq!(once.histories(), twice.histories());
        let alone: f64 = accounts.iter().map(|it| model.ln_likelihood(&Book::new(&[*it]))).sum();
        let together = model.ln_likelihood(&twice);
        assert!((2.0 * alone - together).abs() < 1e-10 * together.abs(), "{}", model.model());
        assert_ne!(once.digest(), twice.digest());
    }
}
