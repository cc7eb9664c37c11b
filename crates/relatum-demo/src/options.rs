//! What a book is asked for.

use chrono::NaiveDate;

/// What to generate.
///
/// # Example
/// ```
/// use chrono::NaiveDate;
/// use relatum_demo::Options;
/// let today = NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no day")?;
/// let options = Options::new(7, today).accounts(80);
/// assert_eq!((options.scale.accounts, options.scale.managers()), (80, 10));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Equal seeds, days and scales give equal books.
    pub seed: u64,
    /// The day in whose morning the book is read, from the year 1900 to 9000; beyond, the nearest.
    pub today: NaiveDate,
    /// How big.
    pub scale: Scale,
}

/// How big a book is.
///
/// Work and size grow in proportion to both figures. The story lines of 40 accounts repeat with
/// every further 40.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Accounts, prospects included.
    pub accounts: u32,
    /// Whole quarters before the current one; from 4, for the stories to happen in, to 200.
    pub quarters: u32,
}

impl Options {
    /// A book of 40 accounts over two years.
    #[must_use]
    pub fn new(seed: u64, today: NaiveDate) -> Self {
        Self { seed, today, scale: Scale::default() }
    }

    /// The same book with so many accounts.
    #[must_use]
    pub fn accounts(self, accounts: u32) -> Self {
        Self { scale: Scale { accounts, ..self.scale }, ..self }
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self { accounts: 40, quarters: 8 }
    }
}

impl Scale {
    /// Key account managers: five for every 40 accounts, at least five.
    #[must_use]
    pub fn managers(self) -> u32 {
        (self.accounts / 40).max(1).saturating_mul(5)
    }
}
