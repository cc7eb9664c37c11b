//! Aging buckets: closed ranges of days, labelled by their bounds.

use crate::event::policy::{AgeBasis, AgingPolicy};

/// Ranges of days past due (or since the document) that cover every age.
///
/// Shape: ascending last days of all buckets but the open last one.
///
/// # Example
/// ```
/// use relatum_domain::receivables::Buckets;
/// let standard = Buckets::standard();
/// assert_eq!(standard.labels(), ["not_due", "1-30", "31-60", "61-90", "91-120", "121+"]);
/// assert_eq!([-5, 0, 1, 30, 31, 121].map(|age| standard.index_of(age)), [0, 0, 1, 1, 2, 5]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets {
    basis: AgeBasis,
    bounds: Vec<i32>,
}

/// Why bounds make no buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BucketsRefused {
    /// There is no bound.
    #[error("at least one bound is needed, such as 0,30,60,90,120")]
    None,
    /// A bound is not above the one before it.
    #[error("bound {bound} is not above {before} before it; write them ascending: 0,30,60,90,120")]
    NotAscending {
        /// The earlier bound.
        before: i32,
        /// The one that should be greater.
        bound: i32,
    },
    /// A bucket by document date would end before the document is there.
    #[error("bound {bound} is below zero, but age by document date begins at 0")]
    BelowZero {
        /// The first bound.
        bound: i32,
    },
}

impl Buckets {
    /// By due date: not due, 1-30, 31-60, 61-90, 91-120, 121 and more.
    #[must_use]
    pub fn standard() -> Self {
        Self { basis: AgeBasis::DueDate, bounds: vec![0, 30, 60, 90, 120] }
    }

    /// Buckets that end on `bounds`, and an open last one.
    ///
    /// # Errors
    /// In check order: [`None`](BucketsRefused::None),
    /// [`NotAscending`](BucketsRefused::NotAscending),
    /// [`BelowZero`](BucketsRefused::BelowZero).
    pub fn new(basis: AgeBasis, bounds: Vec<i32>) -> Result<Self, BucketsRefused> {
        if bounds.is_empty() {
            return Err(BucketsRefused::None);
        }
        for (before, bound) in bounds.iter().zip(bounds.iter().skip(1)) {
            if bound <= before {
                return Err(BucketsRefused::NotAscending { before: *before, bound: *bound });
            }
        }
        match bounds.first() {
            Some(bound) if basis == AgeBasis::DocumentDate && *bound < 0 => {
                Err(BucketsRefused::BelowZero { bound: *bound })
            }
            _ => Ok(Self { basis, bounds }),
        }
    }

    /// The buckets of a policy.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(policy: &AgingPolicy) -> Result<Self, BucketsRefused> {
        Self::new(policy.basis, policy.bounds.clone())
    }

    /// From which day age counts.
    #[must_use]
    pub const fn basis(&self) -> AgeBasis {
        self.basis
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bounds.len().saturating_add(1)
    }

    /// The bucket that an age in days falls into, from 0.
    #[must_use]
    pub fn index_of(&self, age: i64) -> usize {
        self.bounds.partition_point(|bound| i64::from(*bound) < age)
    }

    /// A label a bucket, made from the bounds.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        let next = |bound: i32| i64::from(bound).saturating_add(1);
        let mut labels = Vec::with_capacity(self.count());
        let mut from: Option<i64> = match self.basis {
            AgeBasis::DueDate => None,
            AgeBasis::DocumentDate => Some(0),
        };
        for bound in &self.bounds {
            labels.push(match from {
                None if *bound == 0 => "not_due".to_owned(),
                None => format!("..{bound}"),
                Some(from) if from == i64::from(*bound) => format!("{bound}"),
                Some(from) => format!("{from}-{bound}"),
            });
            from = Some(next(*bound));
        }
        labels.push(format!("{}+", from.unwrap_or_default()));
        labels
    }
}
