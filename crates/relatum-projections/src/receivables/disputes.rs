//! Disputes by reason, owner and age, and what was paid short without a word.

use chrono::NaiveDate;
use relatum_domain::event::settlement::ApplicationKind;
use relatum_domain::receivables::{Act, Entry};
use relatum_domain::{AccountId, ManagerId, Policies, View};

use super::unapplied::lying;
use super::{days, explained};
use crate::about::About;
use crate::figures::{Column, ONE, Report, Row, Sink};
use crate::models::{Models, Which};

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DisputesBy {
    /// Reasons.
    #[default]
    Reason,
    /// Who sees to them.
    Owner,
    /// Accounts.
    Account,
}

/// Which disputes are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisputesOptions {
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager on the day.
    pub manager: Option<ManagerId>,
    /// What the lines are.
    pub by: DisputesBy,
}

impl Report for DisputesOptions {
    fn name(&self) -> &'static str {
        "disputes"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, aging: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, None)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        let mut columns = vec![Column::count("disputes")];
        columns.extend(lying().labels().into_iter().map(Column::money));
        columns.extend([Column::money("disputed"), Column::most_days("oldest_days")]);
        columns.push(Column::money("paid_short"));
        columns
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        let ages = lying().count();
        vec![(1 + ages, (1..=ages).collect())]
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        for (account, ledger) in part.aging.ledgers(self.account, common.directory.policies(), view)
        {
            let directory = &part.directory;
            if !super::wants(self.account, self.manager, account, directory, view) {
                continue;
            }
            for entry in ledger.entries() {
                self.disputed(account, &entry, view, to);
                let manager = directory.manager_of(account, view);
                self.short(account, manager, &entry, view, to);
            }
        }
    }
}

impl DisputesOptions {
    fn disputed(&self, account: AccountId, entry: &Entry<'_>, view: &View, to: &mut dyn Sink) {
        let (ages, as_of) = (lying(), view.as_of);
        for (version, _, minor) in entry.disputes_told(as_of) {
            let Some(dispute) = entry.dispute(version) else { continue };
            let row = match self.by {
                DisputesBy::Reason => Row::Named(dispute.reason.map(str::to_owned)),
                DisputesBy::Owner => Row::Manager(dispute.owner),
                DisputesBy::Account => Row::Account(account),
            };
            let age = days(dispute.day, as_of).max(0);
            let micro = explained::micro(entry.money(minor));
            let told = |micro| {
                vec![crate::figures::Contribution {
                    event: explained::event(account, version.0),
                    day: dispute.day,
                    number: entry.number().map(str::to_owned),
                    what: "dispute",
                    micro,
                }]
            };
            let mut add = |column, micro| {
                to.add(&row, entry.currency(), column, micro, &|| told(micro));
            };
            add(0, ONE);
            add(1 + ages.index_of(age), micro);
            add(1 + ages.count(), micro);
            add(2 + ages.count(), i128::from(age) * ONE);
        }
    }

    /// What is past due and undisputed of items of which something was paid.
    fn short(
        &self,
        account: AccountId,
        manager: Option<ManagerId>,
        entry: &Entry<'_>,
        view: &View,
        to: &mut dyn Sink,
    ) {
        let as_of = view.as_of;
        let paid = entry
            .steps_until(as_of)
            .iter()
            .any(|step| step.act == Act::Settled(ApplicationKind::Payment) && !step.uses);
        if !paid {
            return;
        }
        let row = match self.by {
            DisputesBy::Reason => Row::Named(None),
            DisputesBy::Owner => Row::Manager(manager),
            DisputesBy::Account => Row::Account(account),
        };
        let worth = |minor: i64| explained::micro(entry.money(minor));
        entry.each_open(as_of, |part| {
            let rest = part.open.saturating_sub(part.disputed);
            if rest > 0 && past(part.due, as_of) {
                let why = || {
                    let mut all = explained::open(account, entry, part.part, as_of, &worth);
                    let disputed = explained::disputed(account, entry, part.part, as_of, &worth);
                    all.extend(explained::negated(disputed));
                    all
                };
                to.add(&row, entry.currency(), 3 + lying().count(), worth(rest), &why);
            }
        });
    }
}

fn past(due: NaiveDate, as_of: NaiveDate) -> bool {
    due < as_of
}
