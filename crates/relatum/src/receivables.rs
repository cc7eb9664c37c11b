//! What can be asked of receivables, from a point on both time axes.
//!
//! Owns no rule and no figure: each question is put to the accounts of one part of the book after
//! the other, and the parts make the answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::receivables::{CreditEvent, Ledger};
use relatum_domain::{AccountId, View};
use relatum_projections::{
    About, AgingOptions, AgingReport, CellKey, CollectionLine, CollectionOptions, CreditStanding,
    Difference, Explanation, ExposureOptions, Figures, LedgerCheck, MetricsOptions, MetricsReport,
    Models, OpenItemsOptions, OpenItemsReport, Reminder, Report, RollForwardOptions, Statement,
    TheirItem, Which, event_of,
};
use relatum_stream::EventRef;

use crate::as_of::AsOf;
use crate::error::Error;

/// No projection.
const NONE: Which = Which::NONE;

/// What reports on receivables read.
const RECEIVABLES: Which = Which { directory: true, aging: true, ..NONE };

impl AsOf {
    /// Receivables by age.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn aging(&self, options: &AgingOptions) -> Result<AgingReport, Error> {
        let (which, view) = (Which { directory: true, aging: true, ..NONE }, &self.view);
        let part = |part: &Models, common: &Models| AgingReport::part(part, common, options, view);
        self.of(&About::of(options.account, None), which, part, |common, parts| {
            AgingReport::whole(common, options, view, parts.concat())
        })
    }

    /// The projections that a report reads under the rules of the view.
    pub(crate) fn which(&self, report: &dyn Report) -> Result<Which, Error> {
        self.with_seen(|seen| Some(report.which(seen.common()?.directory.policies(), &self.view)))
    }

    /// A table of sums, of whichever report.
    ///
    /// # Errors
    /// [`Error::DoesNotFoot`] if a cell is not the sum of its parts: such a table is not to be
    /// shown; else as [`ask`](Self::ask).
    pub fn figures(&self, report: &dyn Report) -> Result<Figures, Error> {
        let view = &self.view;
        let part = |part: &Models, common: &Models| Figures::part(report, part, common, view);
        let figures = self.of(&report.about(), self.which(report)?, part, |common, parts| {
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
        let found = self.of(&report.about(), self.which(report)?, part, |common, parts| {
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
        let (which, view) = (self.which(options)?, &self.view);
        let part =
            |part: &Models, common: &Models| CreditStanding::part(part, common, options, view);
        let of = |_: &Models, parts: Vec<Vec<CreditStanding>>| parts.concat();
        let mut all = self.of(&About::of(options.account, None), which, part, of)?;
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
        self.of(&About::of(options.account, None), which, part, |_, parts: Vec<Vec<_>>| {
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
        let mut all = self.of(&About::of(options.account, None), which, part, of)?;
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
        let mut all = self.of(&About::of(options.account, None), which, part, of)?;
        all.sort_by(|left, right| {
            (&left.name, left.account, left.day).cmp(&(&right.name, right.account, right.day))
        });
        Ok(all)
    }

    /// What was told of an account's limits, holds, approvals and checks, each with its event.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn credit_history(
        &self,
        account: AccountId,
    ) -> Result<Vec<(EventRef, CreditEvent)>, Error> {
        let which = Which { credit: true, ..NONE };
        let named = |it: CreditEvent| {
            let event = event_of(account, it.version.0);
            (event, CreditEvent { version: event.version, ..it })
        };
        self.one(account, which, |models| {
            let file = models.credit.file(account);
            let history = file.map(|it| it.history(&self.view)).unwrap_or_default();
            history.into_iter().map(named).collect()
        })
    }

    /// To which account each belongs in the end, of those that belong to another on the day.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn groups(&self) -> Result<BTreeMap<AccountId, AccountId>, Error> {
        let parents = self.parents()?;
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

    /// To which account each belongs, of those that belong to another on the day.
    pub(crate) fn parents(&self) -> Result<BTreeMap<AccountId, AccountId>, Error> {
        let accounts = self.accounts()?;
        Ok(accounts.into_iter().filter_map(|(id, it)| Some((id, it.parent?))).collect())
    }

    /// What each ledger says, in the order of accounts. The versions in it are named by
    /// [`event_of`](crate::event_of).
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
        let mut all: Vec<_> = self.of(&About::of(account, None), which, part, |_, parts| {
            parts.into_iter().flatten().collect()
        })?;
        all.sort_by_key(|(account, _)| *account);
        Ok(all.into_iter().map(|(_, answer)| answer).collect())
    }

    /// Everything open, item by item.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn open_items(&self, options: &OpenItemsOptions) -> Result<OpenItemsReport, Error> {
        let (which, view) = (self.which(options)?, &self.view);
        let part =
            |part: &Models, common: &Models| OpenItemsReport::part(part, common, options, view);
        self.of(&About::of(options.account, None), which, part, |common, parts| {
            OpenItemsReport::whole(common, options, view, parts)
        })
    }
}
