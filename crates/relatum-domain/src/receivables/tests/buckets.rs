//! Buckets and their bounds: rules 12 and 13.

use proptest::prelude::*;

use crate::event::policy::{AgeBasis, AgingPolicy};
use crate::receivables::{Buckets, BucketsRefused};

#[test]
fn a_day_past_due_is_in_exactly_one_standard_bucket() {
    let standard = Buckets::standard();
    let labels = standard.labels();
    let of = |age| labels[standard.index_of(age)].as_str();
    let rows = [
        (i64::MIN, "not_due"),
        (-1, "not_due"),
        (0, "not_due"),
        (1, "1-30"),
        (29, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-120"),
        (120, "91-120"),
        (121, "121+"),
        (i64::MAX, "121+"),
    ];
    for (age, label) in rows {
        assert_eq!(of(age), label, "{age} days past due");
    }
}

#[test]
fn labels_are_made_from_the_bounds() {
    let labels = |basis, bounds: &[i32]| Buckets::new(basis, bounds.to_vec()).unwrap().labels();
    assert_eq!(labels(AgeBasis::DueDate, &[-7, 0, 30]), ["..-7", "-6-0", "1-30", "31+"]);
    assert_eq!(labels(AgeBasis::DocumentDate, &[30, 60]), ["0-30", "31-60", "61+"]);
    assert_eq!(labels(AgeBasis::DocumentDate, &[0, 1]), ["0", "1", "2+"]);
    assert_eq!(labels(AgeBasis::DueDate, &[i32::MAX]), ["..2147483647", "2147483648+"]);
}

#[test]
fn bounds_that_make_no_buckets_are_refused() {
    let of = |basis, bounds: &[i32]| {
        let bounds = bounds.to_vec();
        Buckets::of(&AgingPolicy { basis, bounds }).unwrap_err()
    };
    let none = of(AgeBasis::DueDate, &[]);
    assert_eq!(none.to_string(), "at least one bound is needed, such as 0,30,60,90,120");
    let same = of(AgeBasis::DueDate, &[0, 30, 30]);
    let words = "bound 30 is not above 30 before it; write them ascending: 0,30,60,90,120";
    assert_eq!(same.to_string(), words);
    let before = of(AgeBasis::DocumentDate, &[-1, 30]);
    assert_eq!(before, BucketsRefused::BelowZero { bound: -1 });
    let words = "bound -1 is below zero, but age by document date begins at 0";
    assert_eq!(before.to_string(), words);
}

proptest! {
    #[test]
    fn every_age_has_a_bucket_and_buckets_never_overlap(
        bounds in prop::collection::btree_set(-200_i32..400, 1..8),
        age in -500_i64..500,
    ) {
        let bounds: Vec<i32> = bounds.into_iter().collect();
        let buckets = Buckets::new(AgeBasis::DueDate, bounds.clone()).unwrap();
        let at = buckets.index_of(age);
        prop_assert!(at < buckets.count());
        prop_assert_eq!(buckets.labels().len(), buckets.count());
        let above = at.checked_sub(1).is_none_or(|before| i64::from(bounds[before]) < age);
        let within = bounds.get(at).is_none_or(|last| age <= i64::from(*last));
        prop_assert!(above && within);
    }
}
