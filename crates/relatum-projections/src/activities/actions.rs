//! What was undertaken in a talk and is not done.

use chrono::NaiveDate;
use relatum_domain::{AccountId, ActionId, ContactId, ManagerId, View};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::merged;
use crate::models::Models;

/// Which actions are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionsOptions {
    /// Only those that are due by this day.
    pub due_by: Option<NaiveDate>,
    /// Only with this account.
    pub account: Option<AccountId>,
    /// Only what these managers undertook, or the client towards them; empty: all.
    pub managers: Vec<ManagerId>,
}

/// Something undertaken that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionLine {
    /// Which.
    pub action: ActionId,
    /// With which account.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// Who on our side undertook it; where it is the client's, who answers for the account.
    pub manager: Option<ManagerId>,
    /// Who on the client's side undertook it.
    pub contact: Option<ContactId>,
    /// When it was undertaken.
    pub since: NaiveDate,
    /// By when.
    pub due: Option<NaiveDate>,
    /// For how many days it is overdue.
    pub overdue_days: i64,
    /// The event of the talk, which says what.
    pub event: EventRef,
}

impl ActionsOptions {
    /// What is open with the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<ActionLine> {
        let mut open = Vec::new();
        for (account, activities) in &part.activities.accounts {
            if self.account.is_some_and(|only| only != *account) {
                continue;
            }
            let shown = activities.shown(&activities.undertaken, view);
            let is_done = |action| {
                let done = activities.done.get(action).into_iter().flatten();
                done.into_iter().any(|stamp| activities.corrections.shows(*stamp, view))
            };
            for (stamp, it) in shown.into_iter().filter(|(_, it)| !is_done(&it.action)) {
                let due = it.due.map(relatum_domain::Day::date);
                let manager = it.manager.or_else(|| part.directory.manager_of(*account, view));
                let wanted = self.due_by.is_none_or(|by| due.is_some_and(|due| due <= by))
                    && (self.managers.is_empty()
                        || manager.is_some_and(|it| self.managers.contains(&it)));
                if wanted {
                    let event = merged::event(*account, stamp.version);
                    open.push(ActionLine {
                        action: it.action,
                        account: *account,
                        account_name: part.directory.account_name(*account, view),
                        manager,
                        contact: it.contact,
                        since: stamp.effective(),
                        due,
                        overdue_days: due.map_or(0, |due| (view.as_of - due).num_days().max(0)),
                        event,
                    });
                }
            }
        }
        open
    }

    /// All of them, by the day on which they are due; those without one last.
    #[must_use]
    pub fn whole(mut lines: Vec<ActionLine>) -> Vec<ActionLine> {
        lines.sort_by_cached_key(|it| {
            (it.due.is_none(), it.due, it.account_name.clone(), it.event, it.action)
        });
        lines
    }
}
