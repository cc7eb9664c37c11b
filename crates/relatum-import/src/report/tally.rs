//! Counts and sums.

use std::collections::BTreeMap;
use std::fmt;

use relatum_domain::Currency;
use serde::{Serialize, Serializer};

use super::rejects::Reject;
use super::samples::Samples;
use crate::sink::Outcome;

/// What an import did, or has done by the time it stopped.
///
/// Invariant: `rows_read` = rows that became events or that no rule wanted + `rows_skipped` +
/// `rows_rejected`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Rows read, lookups aside.
    pub rows_read: u64,
    /// Rows that a condition of their table left out.
    pub rows_skipped: u64,
    /// Rows that could not be understood or were refused.
    pub rows_rejected: u64,
    /// Rows of which the book held everything already.
    pub rows_known: u64,
    /// Rows that name no account, so that what they tell is on one that keeps such things.
    #[serde(skip_serializing_if = "is_none")]
    pub rows_unassigned: u64,
    /// By file, in the order read.
    pub files: Vec<FileCount>,
    /// Tables of the mapping for which no file was given.
    pub tables_without_file: Vec<String>,
    /// By event type.
    pub events: BTreeMap<&'static str, Tally>,
    /// The first rejects; all of them are where the caller had them written.
    pub first_rejects: Vec<Reject>,
    /// The first facts of each outcome, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<Samples>,
}

impl Report {
    /// The tally of an event type, empty if there was none.
    #[must_use]
    pub fn of(&self, event_type: &str) -> Tally {
        self.events.get(event_type).cloned().unwrap_or_default()
    }

    /// New events of all types, those that amend included.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.events.values().map(|tally| tally.recorded + tally.changed).sum()
    }

    pub(crate) fn count(
        &mut self,
        event_type: &'static str,
        amount: Option<(Currency, i128)>,
        outcome: &Outcome,
        once: bool,
    ) {
        if *outcome == Outcome::Nothing {
            return;
        }
        let tally = self.events.entry(event_type).or_default();
        match outcome {
            Outcome::Recorded(_) => tally.recorded += 1,
            Outcome::Changed { .. } => tally.changed += 1,
            Outcome::Already(_) => tally.already += 1,
            Outcome::Nothing => return,
            Outcome::Differs(_) if once => tally.already += 1,
            Outcome::Differs(_) | Outcome::Refused(_) => {
                tally.refused += 1;
                return;
            }
        }
        if let Some((currency, micro)) = amount {
            let sum = tally.sums.entry(currency).or_insert(Sum { micro: 0, currency });
            sum.micro = sum.micro.saturating_add(micro);
        }
    }
}

/// Counts of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileCount {
    /// Its name.
    pub file: String,
    /// The table of the mapping that read it.
    pub table: String,
    /// Rows read.
    pub rows: u64,
    /// The last line, where it has no line break after it: whole or cut off, nobody can tell.
    pub open_last_line: Option<u64>,
}

/// Counts and sums of one event type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// New in the book.
    pub recorded: u64,
    /// Told otherwise than before: the new telling amends the former.
    #[serde(skip_serializing_if = "is_none")]
    pub changed: u64,
    /// In the book already.
    pub already: u64,
    /// Not taken.
    pub refused: u64,
    /// Main amounts of what is in the book now, new or not, by currency.
    pub sums: BTreeMap<Currency, Sum>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl Tally {
    /// New or known: all that the file says and the book holds.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.recorded + self.changed + self.already
    }
}

/// An exact sum, beyond what one amount can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Millionths of the currency's unit.
    pub micro: i128,
    /// The currency.
    pub currency: Currency,
}

impl fmt::Display for Sum {
    /// At least the digits of the minor unit, more only where there are any; no currency.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micro < 0 { "-" } else { "" };
        let size = self.micro.unsigned_abs();
        let digits = format!("{:06}", size % 1_000_000);
        let least = usize::try_from(self.currency.exponent()).unwrap_or(2);
        let used = digits.trim_end_matches('0').len().max(least);
        let fraction = digits.get(..used).unwrap_or_default();
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{fraction}", size / 1_000_000)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_prints_the_digits_it_has() {
        let text = |micro, code: &str| Sum { micro, currency: code.parse().unwrap() }.to_string();
        assert_eq!(text(147_703_180_000, "USD"), "147703.18");
        assert_eq!(text(109_846_381_403_900, "USD"), "109846381.4039");
        assert_eq!(text(-500_000, "USD"), "-0.50");
        assert_eq!(text(95_714_000_000_000, "JPY"), "95714000");
    }
}
