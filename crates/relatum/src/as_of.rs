//! A point on both time axes, and everything that can be asked from there.

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::{AccountId, ManagerId, Recorded, View};
use relatum_log::Cut;
use relatum_projections::{
    AccountProfile, AgingOptions, AgingReport, BookReport, ChurnReport, HistoryFilter, HistoryLine,
    ManagerProfile, Models, PlannedActivity, QuotaReport, Worklist,
};
use relatum_stream::StreamId;

use crate::engine::Engine;
use crate::error::Error;
use crate::flags::Flag;

/// A point on the axis of what was known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownAt {
    /// Everything recorded up to this instant.
    Instant(DateTime<Utc>),
    /// Everything up to this place in the log, which must end a commit.
    Cut(Cut),
}

impl From<DateTime<Utc>> for KnownAt {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Instant(instant)
    }
}

impl From<Cut> for KnownAt {
    fn from(cut: Cut) -> Self {
        Self::Cut(cut)
    }
}

/// The book as of a day, as known at an instant or a cut. All queries hang from it.
#[derive(Debug, Clone)]
pub struct AsOf {
    engine: Engine,
    view: View,
}

impl AsOf {
    pub(crate) const fn new(engine: Engine, day: NaiveDate) -> Self {
        Self { engine, view: View::as_of(day) }
    }

    /// The same day, as known then.
    ///
    /// # Errors
    /// [`Error::Cut`] if a cut does not end a commit or is beyond the log.
    pub fn known_at(self, known_at: impl Into<KnownAt>) -> Result<Self, Error> {
        let recorded = match known_at.into() {
            KnownAt::Instant(instant) => Recorded::from(instant),
            KnownAt::Cut(cut) => relatum_log::recorded_at(self.engine.log(), &cut)?
                .map_or(Recorded(i64::MIN), Recorded::from),
        };
        Ok(Self { view: self.view.known_at(recorded), ..self })
    }

    /// The point itself.
    #[must_use]
    pub const fn view(&self) -> View {
        self.view
    }

    /// Any question to the projections that has no method here.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`], as every query: the projections are brought up to date
    /// first.
    pub fn ask<T>(&self, question: impl FnOnce(&Models, &View) -> T) -> Result<T, Error> {
        self.engine.with_models(|models| question(models, &self.view))
    }

    /// Receivables by age.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn aging(&self, options: &AgingOptions) -> Result<AgingReport, Error> {
        self.ask(|models, view| AgingReport::of(models, options, view))
    }

    /// Sales against quotas, of one manager or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn quota(&self, manager: Option<ManagerId>) -> Result<QuotaReport, Error> {
        self.ask(|models, view| QuotaReport::of(models, manager, view))
    }

    /// Churn signals, of one account or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn churn(&self, account: Option<AccountId>) -> Result<ChurnReport, Error> {
        self.ask(|models, view| ChurnReport::of(models, account, view))
    }

    /// Whom to call or visit, of one manager or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn worklist(&self, manager: Option<ManagerId>) -> Result<Worklist, Error> {
        self.ask(|models, view| Worklist::of(models, manager, view))
    }

    /// Everything that happened with an account.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn history(
        &self,
        account: AccountId,
        filter: &HistoryFilter,
    ) -> Result<Vec<HistoryLine>, Error> {
        self.ask(|models, view| models.history.of(account, filter, view))
    }

    /// What the book holds, by event type.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn book(&self) -> Result<BookReport, Error> {
        self.ask(|models, view| models.history.book(view))
    }

    /// Every account, by id.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn accounts(&self) -> Result<Vec<(AccountId, AccountProfile)>, Error> {
        self.ask(|models, view| models.directory.accounts(view).collect())
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error::NotFound`]; else as [`ask`](Self::ask).
    pub fn account(&self, account: AccountId) -> Result<AccountProfile, Error> {
        let found = self.ask(|models, view| models.directory.account(account, view))?;
        found.ok_or_else(|| Error::NotFound { what: "account", name: account.to_string() })
    }

    /// Every manager, by id.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn managers(&self) -> Result<Vec<(ManagerId, ManagerProfile)>, Error> {
        self.ask(|models, view| models.directory.managers(view).collect())
    }

    /// What is planned and neither held nor cancelled; a day before the view's is missed.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn planned(&self) -> Result<Vec<PlannedActivity>, Error> {
        self.ask(|models, view| models.agenda.activities(view))
    }

    /// Flags of documents and payments that stand in the books of several accounts: the same paper
    /// told twice. A decision on one stream cannot see it.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn told_twice(&self) -> Result<Vec<Flag>, Error> {
        let mut flags = Vec::new();
        for events in self.ask(|models, view| models.aging.told_twice(view))? {
            for event in &events {
                let Some(envelope) = self.engine.event(*event)? else { continue };
                let others = events.iter().filter(|other| *other != event);
                let others: Vec<String> = others.map(ToString::to_string).collect();
                flags.push(Flag {
                    event: *event,
                    kind: envelope.data.body.type_name(),
                    day: envelope.data.effective,
                    code: "told_in_several_accounts",
                    reason: format!("the same is told by {}", others.join(", ")),
                });
            }
        }
        Ok(flags)
    }

    /// Facts of a stream that [`Engine::record`] would have refused.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn flags(&self, stream: impl Into<StreamId>) -> Result<Vec<Flag>, Error> {
        self.engine.flags_of(stream.into(), &self.view)
    }
}
