//! A point on both time axes, and everything that can be asked from there.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use relatum_domain::event::policy::Pacing;
use relatum_domain::{AccountId, ManagerId, Policies, Recorded, TeamId, View};
use relatum_log::Cut;
use relatum_projections::{
    About, AccountProfile, ActionLine, ActionsOptions, Aging, AppointmentsOptions, BacklogLine,
    BacklogOptions, BookReport, CadenceLine, CadenceOptions, ChurnOptions, CompetitorLine,
    CompetitorsOptions, ContactLine, ContactsOptions, ContractLine, ContractsOptions, ForecastLine,
    ForecastOptions, HistoryFilter, HistoryLine, ManagerProfile, Models, OfferLine, OffersOptions,
    OpenChance, PayOptions, PayStatement, PipelineBy, PipelineOptions, PipelineReport, PlanLine,
    PlanOptions, QuotaOptions, QuotaReport, Report as _, SalesBy, SalesOptions, Season,
    TeamProfile, Week, Which, Worklist,
};
use relatum_stream::StreamId;

use crate::calendar;
use crate::engine::Engine;
use crate::error::Error;
use crate::flags::Flag;
use crate::what_if::Overlay;

/// No projection.
const NONE: Which = Which::NONE;
/// What is planned and held, and by whom.
const ACTIVITIES: Which = Which { directory: true, activities: true, ..NONE };

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
    pub(crate) engine: Engine,
    pub(crate) view: View,
    pub(crate) overlay: Option<Arc<Overlay>>,
    /// Whether every account stands for itself.
    pub(crate) apart: bool,
}

impl AsOf {
    pub(crate) const fn new(engine: Engine, day: NaiveDate) -> Self {
        Self { engine, view: View::as_of(day), overlay: None, apart: false }
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

    /// Fails where facts are laid over the log.
    pub(crate) const fn of_the_log_alone(&self, op: &'static str) -> Result<(), Error> {
        if self.overlay.is_none() { Ok(()) } else { Err(Error::Speculative { op }) }
    }

    /// Another day, as known at the same point.
    #[must_use]
    pub fn on(self, day: NaiveDate) -> Self {
        Self { view: View { as_of: day, ..self.view }, ..self }
    }

    /// The point itself.
    #[must_use]
    pub const fn view(&self) -> View {
        self.view
    }

    /// Any question to the projections that has no method here, put to the states of all streams
    /// at once. A large book has them only while this answers: prefer [`parts`](Self::parts).
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`], as every query: the projections are brought up to date
    /// first.
    pub fn ask<T>(&self, question: impl Fn(&Models, &View) -> T) -> Result<T, Error> {
        self.with_seen(|seen| seen.ask(|models| question(models, &self.view)))
    }

    /// Any question about accounts, put to parts of the book: each has the states of some
    /// accounts, by `which` projections. Parts may be asked at once, by several threads.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn parts<P: Send>(
        &self,
        which: Which,
        question: impl Fn(&Models, &View) -> P + Sync,
    ) -> Result<Vec<P>, Error> {
        self.whole(which, |part, _| question(part, &self.view), |_, parts| parts)
    }

    /// The answer that `finish` makes of the answers of all parts. Both see the states of
    /// managers, teams and the tenant as well.
    pub(crate) fn whole<P: Send, T>(
        &self,
        which: Which,
        question: impl Fn(&Models, &Models) -> P + Sync,
        finish: impl Fn(&Models, Vec<P>) -> T,
    ) -> Result<T, Error> {
        self.of(&About::Everybody, which, question, finish)
    }

    /// The same, of no more than is asked about.
    pub(crate) fn of<P: Send, T>(
        &self,
        about: &About,
        which: Which,
        question: impl Fn(&Models, &Models) -> P + Sync,
        finish: impl Fn(&Models, Vec<P>) -> T,
    ) -> Result<T, Error> {
        if let About::Account(account) = about {
            self.stands_for_itself(*account)?;
        }
        self.with_seen(|seen| {
            let common = seen.common()?;
            let ask = |part: &Models| question(part, common);
            let parts = match about {
                About::Everybody => seen.parts(which, None, ask)?,
                About::Account(account) => vec![seen.one(*account, which, ask)?],
                About::Managers(managers) => {
                    let all = common.directory.with_the_absent(managers);
                    seen.parts(which, Some(&all), ask)?
                }
            };
            Some(finish(common, parts))
        })
    }

    pub(crate) fn one<T>(
        &self,
        account: AccountId,
        which: Which,
        question: impl Fn(&Models) -> T,
    ) -> Result<T, Error> {
        self.stands_for_itself(account)?;
        self.with_seen(|seen| seen.one(account, which, &question))
    }

    /// The tenant's rules.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn policies(&self) -> Result<Policies, Error> {
        self.with_seen(|seen| Some(seen.common()?.directory.policies().clone()))
    }

    /// What was attained of quotas, of one manager or team or of all.
    ///
    /// # Errors
    /// As [`figures`](Self::figures).
    pub fn quota(&self, options: &QuotaOptions) -> Result<QuotaReport, Error> {
        let figures = self.figures(options)?;
        let season = self.season()?;
        let manager = options.manager;
        let all = PipelineOptions { by: PipelineBy::Manager, account: None, manager };
        let which = Which { directory: true, pipeline: true, ..NONE };
        let part =
            |part: &Models, common: &Models| OpenChance::part(part, common, &all, &self.view);
        let chances = self.of(&all.about(), which, part, |_, parts| parts.concat())?;
        self.with_seen(|seen| {
            let (common, view) = (seen.common()?, &self.view);
            Some(QuotaReport::whole(common, options, view, &figures, (season.as_ref(), &chances)))
        })
    }

    /// What a manager is paid for the period that runs on the day, line by line; none: there is no
    /// plan, or no quota.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn pay(&self, options: &PayOptions) -> Result<Option<PayStatement>, Error> {
        let (which, view) = (self.which(&QuotaOptions::default())?, &self.view);
        let part = |part: &Models, common: &Models| options.part(part, common, view);
        let about = About::of(None, Some(options.manager));
        self.of(&about, which, part, |common, heard| options.whole(common, view, heard))
    }

    /// How a year's sales of the book fall on months, where the tenant's rule is to learn it.
    fn season(&self) -> Result<Option<Season>, Error> {
        match self.policies()?.pacing(&self.view).rule {
            Pacing::Seasonal(shares) if shares.is_empty() => {
                let figures = self.figures(&SalesOptions::by(SalesBy::Month))?;
                let year = NaiveDate::from_yo_opt(self.view.as_of.year(), 1);
                Ok(year.and_then(|year| Season::learnt(&figures, year)))
            }
            _ => Ok(None),
        }
    }

    /// The open pipeline, and what it is worth.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn pipeline(&self, options: &PipelineOptions) -> Result<PipelineReport, Error> {
        let (which, view) = (self.which(options)?, &self.view);
        let part = |part: &Models, common: &Models| OpenChance::part(part, common, options, view);
        self.of(&options.about(), which, part, |common, parts| {
            PipelineReport::whole(common, options, view, parts.concat())
        })
    }

    /// What a period may bring: what is won, and what is open by how sure it is.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn forecast(&self, options: &ForecastOptions) -> Result<Vec<ForecastLine>, Error> {
        let (which, view) = (Which { directory: true, pipeline: true, ..NONE }, &self.view);
        let part = |part: &Models, common: &Models| options.part(part, common, view);
        let about = About::of(None, options.manager);
        self.of(&about, which, part, |_, parts| ForecastOptions::whole(parts))
    }

    /// Whom to call or visit, of one manager or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn worklist(&self, manager: Option<ManagerId>) -> Result<Worklist, Error> {
        let part = |part: &Models, common: &Models| Worklist::part(part, common, &self.view);
        let whole = |common: &Models, parts: Vec<Vec<_>>| {
            Worklist::whole(common, manager, &self.view, parts.concat())
        };
        // What an account owes weighs against what all others do.
        self.whole(ChurnOptions::WHICH, part, whole)
    }

    /// Orders and how far they are, the latest first.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn orders(&self, options: &BacklogOptions) -> Result<Vec<BacklogLine>, Error> {
        let (which, view) = (Which { directory: true, sales: true, ..NONE }, &self.view);
        let part = |part: &Models, common: &Models| BacklogLine::part(part, common, options, view);
        let about = About::of(options.account, options.manager);
        self.of(&about, which, part, |_, parts: Vec<Vec<_>>| BacklogLine::whole(parts.concat()))
    }

    /// Contracts that end, and what is done about it, by their last day.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn contracts(&self, options: &ContractsOptions) -> Result<Vec<ContractLine>, Error> {
        let view = &self.view;
        let which = Which {
            directory: true,
            sales: true,
            activities: true,
            agreements: true,
            pipeline: true,
            ..NONE
        };
        let part = |part: &Models, common: &Models| ContractLine::part(part, common, options, view);
        let about = About::of(options.account, options.manager);
        self.of(&about, which, part, |_, parts: Vec<Vec<_>>| ContractLine::whole(parts.concat()))
    }

    /// What is planned, was missed, and is about to end, of one manager and whom they stand in for.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn week(&self, manager: ManagerId) -> Result<Week, Error> {
        let which = Which { agreements: true, ..ACTIVITIES };
        let (begins, view) =
            (|common: &Models| Week::begins(manager, common, &self.view), &self.view);
        let part = |part: &Models, common: &Models| begins(common).part(part, common, view);
        let about = About::of(None, Some(manager));
        self.of(&about, which, part, |common, parts| begins(common).whole(parts))
    }

    /// What is planned, was held, cancelled or missed, by day.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn plan(&self, options: &PlanOptions) -> Result<Vec<PlanLine>, Error> {
        let part = |part: &Models, _: &Models| options.part(part, &self.view);
        let about = About::each(options.account, &options.managers);
        self.of(&about, ACTIVITIES, part, |_, parts: Vec<Vec<_>>| {
            PlanOptions::whole(parts.concat())
        })
    }

    /// What is planned, as a calendar file.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn calendar(&self, name: &str, options: &AppointmentsOptions) -> Result<String, Error> {
        let part = |part: &Models, _: &Models| options.part(part, &self.view);
        let about = About::each(options.account, &options.managers);
        let whole = |_: &Models, parts: Vec<Vec<_>>| AppointmentsOptions::whole(parts.concat());
        let appointments = self.of(&about, ACTIVITIES, part, whole)?;
        Ok(calendar::written(name, &appointments))
    }

    /// How accounts stand against what their class asks for, the longest overdue first.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn cadence(&self, options: &CadenceOptions) -> Result<Vec<CadenceLine>, Error> {
        let part = |part: &Models, common: &Models| options.part(part, common, &self.view);
        let about = About::of(options.account, options.manager);
        self.of(&about, ACTIVITIES, part, |_, parts: Vec<Vec<_>>| {
            CadenceOptions::whole(parts.concat())
        })
    }

    /// When accounts were last contacted, the longest ago first.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn contacts(&self, options: &ContactsOptions) -> Result<Vec<ContactLine>, Error> {
        let part = |part: &Models, _: &Models| options.part(part, &self.view);
        let about = About::of(options.account, options.manager);
        self.of(&about, ACTIVITIES, part, |_, parts: Vec<Vec<_>>| {
            ContactsOptions::whole(parts.concat())
        })
    }

    /// Offers and what became of them, by the day on which they were made.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn offers(&self, options: &OffersOptions) -> Result<Vec<OfferLine>, Error> {
        let which = self.which(options)?;
        let part = |part: &Models, _: &Models| options.part(part, &self.view);
        self.of(&options.about(), which, part, |_, parts: Vec<Vec<_>>| {
            OffersOptions::whole(parts.concat())
        })
    }

    /// What was learnt of competitors and lost to them, by day.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn competitors(&self, options: &CompetitorsOptions) -> Result<Vec<CompetitorLine>, Error> {
        let which = self.which(options)?;
        let part = |part: &Models, _: &Models| options.part(part, &self.view);
        self.of(&options.about(), which, part, |_, parts: Vec<Vec<_>>| {
            CompetitorsOptions::whole(parts.concat())
        })
    }

    /// What was undertaken and is not done, by the day on which it is due.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn actions(&self, options: &ActionsOptions) -> Result<Vec<ActionLine>, Error> {
        let part = |part: &Models, _: &Models| options.part(part, &self.view);
        let about = About::each(options.account, &options.managers);
        self.of(&about, ACTIVITIES, part, |_, parts: Vec<Vec<_>>| {
            ActionsOptions::whole(parts.concat())
        })
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
        let which = Which { history: true, ..NONE };
        self.one(account, which, |models| models.history.of(account, filter, &self.view))
    }

    /// What the book holds, by event type.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn book(&self) -> Result<BookReport, Error> {
        let which = Which { history: true, ..NONE };
        let counted = self.parts(which, |part, view| part.history.count(view))?;
        Ok(BookReport::whole(&self.view, counted))
    }

    /// Every account, by id.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn accounts(&self) -> Result<Vec<(AccountId, AccountProfile)>, Error> {
        let which = Which { directory: true, ..NONE };
        let all = |part: &Models, view: &View| part.directory.accounts(view).collect();
        let parts: Vec<Vec<_>> = self.parts(which, all)?;
        let mut accounts: Vec<_> = parts.into_iter().flatten().collect();
        accounts.sort_unstable_by_key(|(account, _)| *account);
        Ok(accounts)
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error::NotFound`]; else as [`ask`](Self::ask).
    pub fn account(&self, account: AccountId) -> Result<AccountProfile, Error> {
        let which = Which { directory: true, ..NONE };
        let found =
            self.one(account, which, |models| models.directory.account(account, &self.view))?;
        found.ok_or_else(|| Error::NotFound { what: "account", name: account.to_string() })
    }

    /// Every manager, by id.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn managers(&self) -> Result<Vec<(ManagerId, ManagerProfile)>, Error> {
        self.with_seen(|seen| Some(seen.common()?.directory.managers(&self.view).collect()))
    }

    /// Every team and territory, by id.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn teams(&self) -> Result<Vec<(TeamId, TeamProfile)>, Error> {
        self.with_seen(|seen| Some(seen.common()?.directory.teams(&self.view).collect()))
    }

    /// Flags of documents and payments that stand in the books of several accounts: the same paper
    /// told twice. A decision on one stream cannot see it.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn told_twice(&self) -> Result<Vec<Flag>, Error> {
        let mut flags = Vec::new();
        let which = Which { aging: true, ..NONE };
        let begun = self.parts(which, |part, view| part.aging.begun(view))?.concat();
        for events in Aging::told_twice(begun) {
            for event in &events {
                let Some(told) = self.event(*event)? else { continue };
                let others = events.iter().filter(|other| *other != event);
                let others: Vec<String> = others.map(ToString::to_string).collect();
                flags.push(Flag {
                    event: *event,
                    kind: told.body.type_name(),
                    day: told.effective,
                    code: "told_in_several_accounts",
                    reason: format!("the same is told by {}", others.join(", ")),
                });
            }
        }
        Ok(flags)
    }

    /// The same of all that was told of an account, and of those that were merged into it.
    ///
    /// # Errors
    /// As [`flags`](Self::flags).
    pub fn flags_of_account(&self, account: AccountId) -> Result<Vec<Flag>, Error> {
        let streams = self.streams_of(account)?;
        let flags = streams.into_iter().map(|stream| self.flags_of(stream));
        Ok(flags.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Facts of a stream that [`Engine::record`] would have refused, or that look odd.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn flags(&self, stream: impl Into<StreamId>) -> Result<Vec<Flag>, Error> {
        self.flags_of(stream.into())
    }
}
