//! When accounts were last contacted, and which were not since a day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::account::Stage;
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::{AccountId, ManagerId, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::line::{ActivityState, a_year_after};
use crate::models::Models;

/// Which accounts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContactsOptions {
    /// Only those that nobody reached from this day on.
    pub not_since: Option<NaiveDate>,
    /// Only by this kind of activity.
    pub kind: Option<ActivityKind>,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts for which this manager answers.
    pub manager: Option<ManagerId>,
}

/// When an account was last contacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactLine {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// Prospect or client.
    pub stage: Stage,
    /// Its class.
    pub class: Option<String>,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// When somebody there was last reached; none: never.
    pub last: Option<NaiveDate>,
    /// How many days ago.
    pub days: Option<i64>,
    /// By what.
    pub kind: Option<ActivityKind>,
    /// By whom.
    pub by: Option<ManagerId>,
    /// How often nobody was reached since.
    pub tries: usize,
    /// For when the next activity is planned.
    pub next_planned: Option<NaiveDate>,
    /// The event of the last contact.
    pub event: Option<EventRef>,
}

impl ContactsOptions {
    /// The accounts of `part`, in no particular order: those that are open, but not the one that
    /// keeps what belongs to nobody known.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<ContactLine> {
        let accounts = part.directory.accounts(view);
        let accounts = accounts.filter(|(account, profile)| {
            !profile.closed
                && !profile.unassigned
                && self.account.is_none_or(|only| only == *account)
                && self.manager.is_none_or(|only| profile.manager == Some(only))
        });
        let lines = accounts.map(|(account, profile)| {
            let mut all = part.activities.lines(account, a_year_after(view.as_of), view);
            all.retain(|it| self.kind.is_none_or(|only| only == it.kind));
            let contacts = all.iter().filter(|it| it.is_contact());
            let last = contacts.max_by_key(|it| (it.held_on, it.event));
            let day = last.and_then(|it| it.held_on);
            let tries = all.iter().filter(|it| it.held_on > day && !it.is_contact());
            let planned = all.iter().filter(|it| it.state == ActivityState::Planned);
            ContactLine {
                account,
                account_name: part.directory.account_name(account, view),
                stage: profile.stage,
                class: profile.class,
                manager: profile.manager,
                last: day,
                days: day.map(|day| (view.as_of - day).num_days()),
                kind: last.map(|it| it.kind),
                by: last.map(|it| it.manager),
                tries: tries.count(),
                next_planned: planned.map(|it| it.day).min(),
                event: last.map(|it| it.event),
            }
        });
        lines.filter(|it| self.not_since.is_none_or(|day| it.last < Some(day))).collect()
    }

    /// All of them, those that were never contacted first, then the longest ago.
    #[must_use]
    pub fn whole(lines: Vec<ContactLine>) -> Vec<ContactLine> {
        let key = |it: ContactLine| ((it.last, it.account_name.clone(), it.account), it);
        let sorted: BTreeMap<_, _> = lines.into_iter().map(key).collect();
        sorted.into_values().collect()
    }
}
