//! The accounts of a book as the models read them: each history once, with how many have it.

use crate::Summary;

/// The summaries of a book, equal ones collapsed.
///
/// Invariant: the order in which the accounts came in does not show.
///
/// # Example
/// ```
/// use relatum_churn::{Book, Summary};
/// let often = Summary::new(3, 20.0, 30.0)?;
/// let once = Summary::new(0, 0.0, 30.0)?;
/// let book = Book::new(&[once, often, once]);
/// assert_eq!((book.accounts(), book.histories(), book.repeaters()), (3, 2, 1));
/// assert_eq!(book.digest(), Book::new(&[often, once, once]).digest());
/// # Ok::<(), relatum_churn::SummaryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Book {
    /// Sorted by `x`, then by `T`: what depends on these alone is computed once for many.
    pub(crate) rows: Vec<Row>,
    accounts: usize,
    repeaters: usize,
    digest: u64,
}

/// A history and how many accounts have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Row {
    pub(crate) x: u32,
    pub(crate) t_x: f64,
    pub(crate) t: f64,
    pub(crate) count: f64,
    /// Summed over its accounts.
    pub(crate) ln_gaps: f64,
}

impl Book {
    /// Of the summaries of all accounts, in any order.
    #[must_use]
    pub fn new(summaries: &[Summary]) -> Self {
        let mut sorted = summaries.to_vec();
        sorted.sort_unstable_by(|one, other| {
            let counts = one.x().cmp(&other.x());
            let times = one.t().total_cmp(&other.t()).then(one.t_x().total_cmp(&other.t_x()));
            counts.then(times).then(one.ln_gaps().total_cmp(&other.ln_gaps()))
        });
        let mut rows: Vec<Row> = Vec::new();
        let mut digest = Digest::new();
        for it in &sorted {
            let (x, t_x, t, ln_gaps) = (it.x(), it.t_x(), it.t(), it.ln_gaps());
            digest.add(u64::from(x));
            [t_x, t, ln_gaps].into_iter().for_each(|number| digest.add(number.to_bits()));
            match rows.last_mut() {
                Some(row) if row.x == x && row.t_x == t_x && row.t == t => {
                    row.count += 1.0;
                    row.ln_gaps += ln_gaps;
                }
                _ => rows.push(Row { x, t_x, t, count: 1.0, ln_gaps }),
            }
        }
        let repeaters = summaries.iter().filter(|it| it.x() > 0).count();
        Self { rows, accounts: summaries.len(), repeaters, digest: digest.0 }
    }

    /// How many accounts there are.
    #[must_use]
    pub const fn accounts(&self) -> usize {
        self.accounts
    }

    /// How many different histories there are.
    #[must_use]
    pub const fn histories(&self) -> usize {
        self.rows.len()
    }

    /// How many accounts bought again.
    #[must_use]
    pub const fn repeaters(&self) -> usize {
        self.repeaters
    }

    /// A number that other summaries do not have: the version of the data that a fit names.
    #[must_use]
    pub const fn digest(&self) -> u64 {
        self.digest
    }

    /// How many accounts the histories stand for.
    pub(crate) fn weight(&self) -> f64 {
        self.rows.iter().map(|row| row.count).sum()
    }

    /// The mean over all accounts.
    pub(crate) fn mean_of(&self, of: impl Fn(Summary) -> f64) -> f64 {
        let summary = |it: &Row| Summary::known(it.x, it.t_x, it.t, it.ln_gaps / it.count);
        let sum: f64 = self.rows.iter().map(|row| row.count * of(summary(row))).sum();
        sum / self.weight()
    }

    /// Every `step`-th history: enough to see where the likelihood is high.
    pub(crate) fn thinned(&self, step: usize) -> Self {
        let rows: Vec<Row> = self.rows.iter().step_by(step.max(1)).copied().collect();
        Self { rows, ..*self }
    }
}

/// FNV-1a over words: it tells data apart, and protects against nobody.
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, word: u64) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
