//! A point on both time axes, and everything that can be asked from there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::receivables::{CreditEvent, Ledger};
use relatum_domain::{AccountId, ManagerId, Policies, Recorded, View};
use relatum_log::Cut;
use relatum_projections::{
    AccountProfile, Aging, AgingOptions, AgingReport, BookReport, CellKey, ChurnReport,
    CollectionLine, CollectionOptions, CreditStanding, Difference, Explanation, ExposureOptions,
    Figures, HistoryFilter, HistoryLine, LedgerCheck, ManagerProfile, MetricsOptions,
    MetricsReport, Models, OpenItemsOptions, OpenItemsReport, PlannedActivity, QuotaReport,
    Reminder, Report, RollForwardOptions, Statement, TheirItem, Which, Worklist,
};
use relatum_stream::StreamId;

use crate::engine::Engine;
use crate::error::Error;
use crate::flags::Flag;

/// No projection.
const NONE: Which = Which::NONE;

/// What reports on receivables read.
const RECEIVABLES: Which = Which { directory: true, aging: true, ..NONE };

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
        self.engine.with_folded(|folded| folded.ask(|models| question(models, &self.view)))
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
    fn whole<P: Send, T>(
        &self,
        which: Which,
        question: impl Fn(&Models, &Models) -> P + Sync,
        finish: impl Fn(&Models, Vec<P>) -> T,
    ) -> Result<T, Error> {
        self.engine.with_folded(|folded| {
            let common = folded.common()?;
            let parts = folded.parts(which, |part| question(part, common))?;
            Some(finish(common, parts))
        })
    }

    /// The same, of one account where only that one is asked for.
    fn of<P: Send, T>(
        &self,
        account: Option<AccountId>,
        which: Which,
        question: impl Fn(&Models, &Models) -> P + Sync,
        finish: impl Fn(&Models, Vec<P>) -> T,
    ) -> Result<T, Error> {
        let Some(account) = account else {
            return self.whole(which, question, finish);
        };
        self.engine.with_folded(|folded| {
            let common = folded.common()?;
            let part = folded.one(account.into(), which, |one| question(one, common))?;
            Some(finish(common, vec![part]))
        })
    }

    fn one<T>(
        &self,
        account: AccountId,
        which: Which,
        question: impl Fn(&Models) -> T,
    ) -> Result<T, Error> {
        self.engine.with_folded(|folded| folded.one(account.into(), which, &question))
    }

    /// The tenant's rules.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn policies(&self) -> Result<Policies, Error> {
        self.engine.with_folded(|folded| Some(folded.common()?.directory.policies().clone()))
    }

    /// Receivables by age.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn aging(&self, options: &AgingOptions) -> Result<AgingReport, Error> {
        let (which, view) = (Which { directory: true, aging: true, ..NONE }, &self.view);
        let part = |part: &Models, common: &Models| AgingReport::part(part, common, options, view);
        self.of(options.account, which, part, |common, parts| {
            AgingReport::whole(common, options, view, parts.concat())
        })
    }

    /// A table of sums, of whichever report.
    ///
    /// # Errors
    /// [`Error::DoesNotFoot`] if a cell is not the sum of its parts: such a table is not to be
    /// shown; else as [`ask`](Self::ask).
    pub fn figures(&self, report: &dyn Report) -> Result<Figures, Error> {
        let view = &self.view;
        let part = |part: &Models, common: &Models| Figures::part(report, part, common, view);
        let figures = self.of(report.account(), report.which(), part, |common, parts| {
            Figures::whole(report, common, view, parts.concat())
        })?;
        figures.foots().map_err(Box::new)?;
        Ok(figures)
    }

    /// What one cell of a report is made of: the events, and how much each.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the report has no such column; else as [`ask`](Self::ask).
    pub fn explain(&self, report: &dyn Report, cell: &CellKey) -> Result<Explanation, Error> {
        let view = &self.view;
        let part =
            |part: &Models, common: &Models| Explanation::part(report, part, common, cell, view);
        let found = self.of(report.account(), report.which(), part, |common, parts| {
            let parts: Option<Vec<_>> = parts.into_iter().collect();
            Explanation::whole(report, common, cell, view, parts?)
        })?;
        found.ok_or_else(|| Error::NotFound { what: "cell", name: cell.to_string() })
    }

    /// How fast money came in a period, and how well it was asked for.
    ///
    /// # Errors
    /// As [`figures`](Self::figures).
    pub fn metrics(&self, options: &MetricsOptions) -> Result<MetricsReport, Error> {
        let cei_sales = self.policies()?.cei_sales(&self.view).rule;
        Ok(MetricsReport::of(&self.figures(options)?, options.from, cei_sales))
    }

    /// How accounts stand with their credit: exposure, limits, holds.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn credit(&self, options: &ExposureOptions) -> Result<Vec<CreditStanding>, Error> {
        let (which, view) = (options.which(), &self.view);
        let part =
            |part: &Models, common: &Models| CreditStanding::part(part, common, options, view);
        let of = |_: &Models, parts: Vec<Vec<CreditStanding>>| parts.concat();
        let mut all = self.of(options.account, which, part, of)?;
        all.sort_by(|left, right| (&left.name, left.account).cmp(&(&right.name, right.account)));
        Ok(all)
    }

    /// Whom to ask for money first, the weightiest first.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn collection(&self, options: &CollectionOptions) -> Result<Vec<CollectionLine>, Error> {
        let (which, view) = (RECEIVABLES, &self.view);
        let part =
            |part: &Models, common: &Models| CollectionLine::part(part, common, options, view);
        self.of(options.account, which, part, |_, parts: Vec<Vec<_>>| {
            CollectionLine::whole(parts.concat())
        })
    }

    /// Of what a dunning run on the day would remind whom, accounts by name.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn dunning(&self, options: &CollectionOptions) -> Result<Vec<Reminder>, Error> {
        let (which, view) = (RECEIVABLES, &self.view);
        let part = |part: &Models, common: &Models| Reminder::part(part, common, options, view);
        let of = |_: &Models, parts: Vec<Vec<Reminder>>| parts.concat();
        let mut all = self.of(options.account, which, part, of)?;
        all.sort_by(|left, right| {
            let key = |it: &Reminder| (it.account, it.asked.currency);
            (&left.name, key(left)).cmp(&(&right.name, key(right)))
        });
        Ok(all)
    }

    /// The statements of an account from a day to the day of the view, one a currency.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn statement(&self, account: AccountId, from: NaiveDate) -> Result<Vec<Statement>, Error> {
        let of =
            |account, ledger: &Ledger<'_>, view: &View| Statement::of(account, ledger, from, view);
        Ok(self.ledgers(Some(account), of)?.concat())
    }

    /// How the statements of an account differ from the client's own list of open items.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn reconcile(
        &self,
        account: AccountId,
        from: NaiveDate,
        theirs: &[TheirItem],
    ) -> Result<Vec<Difference>, Error> {
        let of = |account, ledger: &Ledger<'_>, view: &View| -> Vec<Difference> {
            let statements = Statement::of(account, ledger, from, view);
            let of = statements.iter().flat_map(|it| it.reconcile(ledger, theirs));
            let ours: Vec<_> = statements.iter().map(|it| it.currency).collect();
            let apart = theirs.iter().filter(|it| !ours.contains(&it.open.currency));
            let apart = apart.map(|it| Difference::OnlyTheirs {
                number: it.number.clone(),
                theirs: it.open,
                here: "nothing in that currency",
            });
            of.chain(apart).collect()
        };
        Ok(self.ledgers(Some(account), of)?.concat())
    }

    /// Balances that the ledger of the books stated in a period, beside what the documents come to.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ledger_checks(&self, options: &RollForwardOptions) -> Result<Vec<LedgerCheck>, Error> {
        let (which, view) = (RECEIVABLES, &self.view);
        let part = |part: &Models, common: &Models| LedgerCheck::part(part, common, options, view);
        let of = |_: &Models, parts: Vec<Vec<LedgerCheck>>| parts.concat();
        let mut all = self.of(options.account, which, part, of)?;
        all.sort_by(|left, right| {
            (&left.name, left.account, left.day).cmp(&(&right.name, right.account, right.day))
        });
        Ok(all)
    }

    /// What was told of an account's limits, holds, approvals and checks.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn credit_history(&self, account: AccountId) -> Result<Vec<CreditEvent>, Error> {
        let which = Which { credit: true, ..NONE };
        self.one(account, which, |models| {
            models.credit.file(account).map(|it| it.history(&self.view)).unwrap_or_default()
        })
    }

    /// To which account each belongs in the end, of those that belong to another on the day.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn groups(&self) -> Result<BTreeMap<AccountId, AccountId>, Error> {
        let accounts = self.accounts()?;
        let parents: BTreeMap<AccountId, AccountId> =
            accounts.into_iter().filter_map(|(id, it)| Some((id, it.parent?))).collect();
        let top = |account: AccountId| {
            let mut seen = BTreeSet::from([account]);
            let mut at = account;
            // A ring has no top: it ends where it began to repeat.
            while let Some(parent) = parents.get(&at).filter(|parent| seen.insert(**parent)) {
                at = *parent;
            }
            at
        };
        Ok(parents.keys().map(|account| (*account, top(*account))).collect())
    }

    /// What each ledger says, in the order of accounts.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ledgers<P: Send>(
        &self,
        account: Option<AccountId>,
        question: impl Fn(AccountId, &Ledger<'_>, &View) -> P + Sync,
    ) -> Result<Vec<P>, Error> {
        let (which, view) = (Which { aging: true, ..NONE }, &self.view);
        let part = |part: &Models, common: &Models| -> Vec<(AccountId, P)> {
            let ledgers = part.aging.ledgers(account, common.directory.policies(), view);
            ledgers.map(|(account, it)| (account, question(account, &it, view))).collect()
        };
        let mut all: Vec<_> =
            self.of(account, which, part, |_, parts| parts.into_iter().flatten().collect())?;
        all.sort_by_key(|(account, _)| *account);
        Ok(all.into_iter().map(|(_, answer)| answer).collect())
    }

    /// Everything open, item by item.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn open_items(&self, options: &OpenItemsOptions) -> Result<OpenItemsReport, Error> {
        let (which, view) = (options.which(), &self.view);
        let part =
            |part: &Models, common: &Models| OpenItemsReport::part(part, common, options, view);
        self.of(options.account, which, part, |common, parts| {
            OpenItemsReport::whole(common, options, view, parts)
        })
    }

    /// Sales against quotas, of one manager or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn quota(&self, manager: Option<ManagerId>) -> Result<QuotaReport, Error> {
        let (which, view) = (Which { directory: true, quota: true, ..NONE }, &self.view);
        let part = |part: &Models, _: &Models| QuotaReport::part(part, view);
        self.whole(which, part, |common, sold| QuotaReport::whole(common, manager, view, sold))
    }

    /// Churn signals, of one account or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn churn(&self, account: Option<AccountId>) -> Result<ChurnReport, Error> {
        let which = Which { directory: true, aging: true, churn: true, ..NONE };
        let part =
            |part: &Models, common: &Models| ChurnReport::part(part, common, account, &self.view);
        let lines = self.of(account, which, part, |_, parts| parts.concat())?;
        Ok(ChurnReport::whole(&self.view, lines))
    }

    /// Whom to call or visit, of one manager or of all.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn worklist(&self, manager: Option<ManagerId>) -> Result<Worklist, Error> {
        let which = Which { directory: true, aging: true, churn: true, agenda: true, ..NONE };
        let part = |part: &Models, common: &Models| Worklist::part(part, common, &self.view);
        let whole = |common: &Models, parts: Vec<Vec<_>>| {
            Worklist::whole(common, manager, &self.view, parts.concat())
        };
        self.whole(which, part, whole)
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
        self.engine
            .with_folded(|folded| Some(folded.common()?.directory.managers(&self.view).collect()))
    }

    /// What is planned and neither held nor cancelled; a day before the view's is missed.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn planned(&self) -> Result<Vec<PlannedActivity>, Error> {
        let which = Which { agenda: true, ..NONE };
        let mut planned = self.parts(which, |part, view| part.agenda.activities(view))?.concat();
        planned.sort_by_key(|it| it.account);
        Ok(planned)
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
