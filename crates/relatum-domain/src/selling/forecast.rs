//! Forecast categories, each alone and rolled up.

/// What each category comes to, in whatever unit.
///
/// # Example
/// ```
/// use relatum_domain::selling::Forecast;
/// let sums = Forecast { pipeline: 100, best_case: 60, most_likely: 40, commit: 30, closed: 50 };
/// assert_eq!(sums.open_pipeline(), 230);
/// assert_eq!(sums.best_case_forecast(), 180);
/// assert_eq!((sums.most_likely_forecast(), sums.commit_forecast()), (120, 80));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Open chances of no better category.
    pub pipeline: i128,
    /// Open chances that come if all goes well.
    pub best_case: i128,
    /// Open chances that are likely.
    pub most_likely: i128,
    /// Open chances that are as good as promised.
    pub commit: i128,
    /// What is won.
    pub closed: i128,
}

impl Forecast {
    fn sum(parts: &[i128]) -> i128 {
        parts.iter().copied().fold(0, i128::saturating_add)
    }

    /// Everything open.
    #[must_use]
    pub fn open_pipeline(&self) -> i128 {
        Self::sum(&[self.pipeline, self.best_case, self.most_likely, self.commit])
    }

    /// What is won, and all that comes if all goes well.
    #[must_use]
    pub fn best_case_forecast(&self) -> i128 {
        Self::sum(&[self.best_case, self.most_likely, self.commit, self.closed])
    }

    /// What is won, and all that is likely.
    #[must_use]
    pub fn most_likely_forecast(&self) -> i128 {
        Self::sum(&[self.most_likely, self.commit, self.closed])
    }

    /// What is won, and what is as good as promised.
    #[must_use]
    pub fn commit_forecast(&self) -> i128 {
        Self::sum(&[self.commit, self.closed])
    }
}
