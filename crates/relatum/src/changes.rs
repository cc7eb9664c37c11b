//! What changed in a report between two points on the axes of time.

use relatum_projections::{About, Changes, Compared, Report};

use crate::as_of::AsOf;
use crate::error::Error;

impl AsOf {
    /// What changed in a report since one looked from `before`, cell by cell, and why: the causes
    /// of a cell sum exactly to its change, each with the events behind it.
    ///
    /// Both are points of one engine.
    ///
    /// # Errors
    /// [`Error::Speculative`] for a [what-if](Self::what_if); [`Error::MergedBetween`] if accounts
    /// were merged or split in between; [`Error::DoesNotFoot`] if the causes of a cell do not sum
    /// to its change; else as [`ask`](Self::ask).
    pub fn changes_since(&self, before: &Self, report: &dyn Report) -> Result<Changes, Error> {
        self.changes_between(before, report, report)
    }

    /// The same of a question that is another report on each of the two days, such as one about
    /// the month in which the day lies.
    ///
    /// # Errors
    /// As [`changes_since`](Self::changes_since).
    pub fn changes_between(
        &self,
        before: &Self,
        their: &dyn Report,
        own: &dyn Report,
    ) -> Result<Changes, Error> {
        self.of_the_log_alone("a comparison")?;
        before.of_the_log_alone("a comparison")?;
        let compared = Compared::new((their, before.view), (own, self.view));
        let merging = self.same_accounts_as(before)?;
        let known = (&merging, self.view.known_at.max(before.view.known_at));
        if let About::Account(account) = compared.about() {
            self.stands_for_itself(account)?;
        }
        let changes = self.engine.with_folded(|folded| folded.changes(&compared, known))?;
        merging.sound()?;
        changes.foots().map_err(Box::new)?;
        Ok(changes)
    }
}
