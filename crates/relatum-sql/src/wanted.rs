//! What a query asks of a table, as far as it spares reading.
//!
//! Owns the reading of filters: comparisons of a column with constants, joined by `and`; of one
//! column also by `or`. What it does not understand it leaves to the query engine, which checks
//! every row in any case: what is read too much costs time, and nothing else.

use std::collections::BTreeMap;
use std::ops::Bound;

use chrono::{DateTime, TimeDelta, Utc};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, Operator};

/// What is asked of each column.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wanted(BTreeMap<String, Limits>);

/// What is asked of a column.
#[derive(Debug, Clone, Default, PartialEq)]
struct Limits {
    /// One of these, if any are named.
    any_of: Option<Vec<ScalarValue>>,
    /// From here on, up to there; the last of several limits counts only where it is narrower.
    above: Vec<(ScalarValue, bool)>,
    below: Vec<(ScalarValue, bool)>,
}

impl Wanted {
    /// What `filters` ask of `columns`.
    pub(crate) fn of(filters: &[Expr], columns: &[&str]) -> Self {
        let mut wanted = Self::default();
        for filter in filters {
            wanted.add(filter, columns);
        }
        wanted
    }

    /// Whether any of a filter is understood.
    pub(crate) fn understands(filter: &Expr, columns: &[&str]) -> bool {
        Self::default().add(filter, columns)
    }

    fn add(&mut self, filter: &Expr, columns: &[&str]) -> bool {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                let left = self.add(left, columns);
                self.add(right, columns) || left
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                if let Some((column, any_of)) = one_of(filter) {
                    return self.one_of(column, any_of, columns);
                }
                let turned = op.swap();
                match (compared(left, right), compared(right, left), turned) {
                    (Some((column, value)), _, _) => self.limit(column, *op, value, columns),
                    (_, Some((column, value)), Some(op)) => self.limit(column, op, value, columns),
                    _ => false,
                }
            }
            Expr::InList(_) => match one_of(filter) {
                Some((column, any_of)) => self.one_of(column, any_of, columns),
                None => false,
            },
            Expr::Between(Between { expr, negated: false, low, high }) => {
                let above = compared(expr, low)
                    .is_some_and(|(column, it)| self.limit(column, Operator::GtEq, it, columns));
                compared(expr, high)
                    .is_some_and(|(column, it)| self.limit(column, Operator::LtEq, it, columns))
                    || above
            }
            _ => false,
        }
    }

    fn one_of(&mut self, column: &str, any_of: Vec<ScalarValue>, columns: &[&str]) -> bool {
        let known = columns.contains(&column);
        if known {
            let limits = self.0.entry(column.to_owned()).or_default();
            limits.any_of = Some(match limits.any_of.take() {
                None => any_of,
                Some(before) => before.into_iter().filter(|it| any_of.contains(it)).collect(),
            });
        }
        known
    }

    fn limit(&mut self, column: &str, op: Operator, it: &ScalarValue, columns: &[&str]) -> bool {
        if !columns.contains(&column) {
            return false;
        }
        let limits = self.0.entry(column.to_owned()).or_default();
        match op {
            Operator::Gt => limits.above.push((it.clone(), false)),
            Operator::GtEq => limits.above.push((it.clone(), true)),
            Operator::Lt => limits.below.push((it.clone(), false)),
            Operator::LtEq => limits.below.push((it.clone(), true)),
            _ => return false,
        }
        true
    }

    /// The texts that a column may be; none: whatever.
    pub(crate) fn texts(&self, column: &str) -> Option<Vec<&str>> {
        let any_of = self.0.get(column)?.any_of.as_ref()?;
        // What is no text equals none.
        Some(any_of.iter().filter_map(|it| it.try_as_str().flatten()).collect())
    }

    /// The instants of which a column is one.
    pub(crate) fn instants(&self, column: &str) -> (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>) {
        self.bounds(column, |it| match it {
            ScalarValue::TimestampMicrosecond(Some(micros), _) => {
                DateTime::UNIX_EPOCH.checked_add_signed(TimeDelta::microseconds(*micros))
            }
            _ => None,
        })
    }

    /// The numbers of which a column is one.
    pub(crate) fn numbers(&self, column: &str) -> (Bound<u64>, Bound<u64>) {
        self.bounds(column, |it| match it {
            ScalarValue::UInt64(number) => *number,
            ScalarValue::Int64(Some(number)) => Some(u64::try_from(*number).unwrap_or(0)),
            _ => None,
        })
    }

    fn bounds<T: Ord + Copy>(
        &self,
        column: &str,
        read: impl Fn(&ScalarValue) -> Option<T>,
    ) -> (Bound<T>, Bound<T>) {
        let Some(limits) = self.0.get(column) else { return (Bound::Unbounded, Bound::Unbounded) };
        let equal = || limits.any_of.iter().flatten().map(&read).collect::<Option<Vec<T>>>();
        let equal = if limits.any_of.is_some() { equal() } else { None };
        let read = |of: &[(ScalarValue, bool)]| -> Vec<(T, bool)> {
            of.iter().filter_map(|(it, inclusive)| Some((read(it)?, *inclusive))).collect()
        };
        let (mut above, mut below) = (read(&limits.above), read(&limits.below));
        above.extend(equal.iter().flatten().min().map(|it| (*it, true)));
        below.extend(equal.iter().flatten().max().map(|it| (*it, true)));
        let bound = |limit: Option<(T, bool)>| match limit {
            None => Bound::Unbounded,
            Some((it, true)) => Bound::Included(it),
            Some((it, false)) => Bound::Excluded(it),
        };
        // Of two limits at the same place, the one that leaves it out is narrower.
        let from = above.into_iter().max_by_key(|(it, inclusive)| (*it, !*inclusive));
        let upto = below.into_iter().min_by_key(|(it, inclusive)| (*it, *inclusive));
        (bound(from), bound(upto))
    }

    /// In words, for `explain`.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        for (column, Limits { any_of, above, below }) in &self.0 {
            if let Some(any_of) = any_of {
                let any_of: Vec<String> = any_of.iter().map(ToString::to_string).collect();
                words.push(format!("{column} in ({})", any_of.join(", ")));
            }
            let sign = |inclusive: &bool| if *inclusive { "=" } else { "" };
            for (it, inclusive) in above {
                words.push(format!("{column} >{} {it}", sign(inclusive)));
            }
            for (it, inclusive) in below {
                words.push(format!("{column} <{} {it}", sign(inclusive)));
            }
        }
        words
    }
}

/// A column and the constant that it is compared with.
fn compared<'a>(column: &'a Expr, value: &'a Expr) -> Option<(&'a str, &'a ScalarValue)> {
    match (column, value) {
        (Expr::Column(column), Expr::Literal(value, _)) if !value.is_null() => {
            Some((column.name(), value))
        }
        _ => None,
    }
}

/// A column that must be one of some constants: `=`, `in`, and any of them joined by `or`.
fn one_of(filter: &Expr) -> Option<(&str, Vec<ScalarValue>)> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let (column, value) = compared(left, right).or_else(|| compared(right, left))?;
            Some((column, vec![value.clone()]))
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let ((column, mut any_of), (other, more)) = (one_of(left)?, one_of(right)?);
            any_of.extend(more);
            (column == other).then_some((column, any_of))
        }
        Expr::InList(InList { expr, list, negated: false }) => {
            let values = list.iter().map(|it| compared(expr, it)).collect::<Option<Vec<_>>>()?;
            let (column, _) = *values.first()?;
            Some((column, values.into_iter().map(|(_, it)| it.clone()).collect()))
        }
        _ => None,
    }
}
