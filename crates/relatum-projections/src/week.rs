//! A manager's week: what is planned, what was missed, what is due, and what is about to end.
//!
//! Joins activities and agreements with who answers for whom. A manager who stands in for another
//! sees theirs too.

use chrono::{Datelike as _, Days, NaiveDate};
use relatum_domain::{ManagerId, View};
use serde::Serialize;

use crate::activities::{
    ActionLine, ActionsOptions, ActivityState, CadenceLine, CadenceOptions, PlanLine, PlanOptions,
};
use crate::agreements::{EndingContract, StandingOffer};
use crate::models::Models;

/// How far ahead ends are told: a week takes no notice of them before.
const OFFERS_AHEAD: u64 = 14;
const CONTRACTS_AHEAD: u64 = 60;

/// What is planned and what is about to end, of one manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Whose.
    pub manager: ManagerId,
    /// For whom the manager stands in on the day.
    pub stands_in_for: Vec<ManagerId>,
    /// Monday.
    pub from: NaiveDate,
    /// Sunday.
    pub to: NaiveDate,
    /// Activities of the week that are to come, by day.
    pub planned: Vec<PlanLine>,
    /// Activities of the last four weeks that were neither held nor cancelled.
    pub missed: Vec<PlanLine>,
    /// What they or their clients undertook and is due by the end of the week.
    pub actions: Vec<ActionLine>,
    /// Accounts that should have been contacted by the end of the week, with nothing planned.
    pub contacts: Vec<CadenceLine>,
    /// Offers that lapse within two weeks.
    pub offers: Vec<(String, StandingOffer)>,
    /// Contracts that end within sixty days.
    pub contracts: Vec<(String, EndingContract)>,
}

impl Week {
    /// The manager's own, and that of those for whom they stand in.
    #[must_use]
    pub fn begins(manager: ManagerId, common: &Models, view: &View) -> Self {
        let weekday = view.as_of.weekday().num_days_from_monday();
        let from = view.as_of.checked_sub_days(Days::new(weekday.into())).unwrap_or(view.as_of);
        let to = from.checked_add_days(Days::new(6)).unwrap_or(view.as_of);
        let away = common.directory.managers(view);
        let away = away.filter(|(_, profile)| profile.deputy == Some(manager)).map(|(id, _)| id);
        let (planned, missed, actions, contacts, offers, contracts) = Default::default();
        let stands_in_for = away.collect();
        Self {
            manager,
            stands_in_for,
            from,
            to,
            planned,
            missed,
            actions,
            contacts,
            offers,
            contracts,
        }
    }

    /// What the accounts of `part` bring to it.
    #[must_use]
    pub fn part(mut self, part: &Models, common: &Models, view: &View) -> Self {
        let mut managers = vec![self.manager];
        managers.extend(&self.stands_in_for);
        let ours = |it: &ManagerId| managers.contains(it);
        let name = |account| part.directory.account_name(account, view);
        let answers =
            |account| part.directory.manager_of(account, view).is_some_and(|it| ours(&it));
        let until = |days| view.as_of.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX);
        let since = view.as_of.checked_sub_days(Days::new(28)).unwrap_or(NaiveDate::MIN);
        let (account, states) = (None, vec![ActivityState::Planned, ActivityState::Missed]);
        let plan =
            PlanOptions { from: since, to: self.to, account, managers: managers.clone(), states };
        let plan = plan.part(part, view).into_iter();
        (self.missed, self.planned) =
            plan.partition(|it| it.activity.state == ActivityState::Missed);
        let actions = ActionsOptions { due_by: Some(self.to), account, managers: managers.clone() };
        self.actions = actions.part(part, view);
        let cadences = CadenceOptions::default().part(part, common, view).into_iter();
        let due = |it: &CadenceLine| it.due <= self.to && it.next_planned.is_none();
        let cadences = cadences.filter(|it| due(it) && it.manager.is_some_and(|it| ours(&it)));
        self.contacts = cadences.collect();
        let offers = part.agreements.offers(view).into_iter();
        let offers = offers.filter(|it| it.valid_until <= until(OFFERS_AHEAD));
        let offers = offers.filter(|it| answers(it.account)).map(|it| (name(it.account), it));
        let contracts = part.agreements.contracts(view).into_iter();
        let contracts = contracts.filter(|it| it.ends <= until(CONTRACTS_AHEAD));
        let contracts = contracts.filter(|it| answers(it.account)).map(|it| (name(it.account), it));
        let (offers, contracts): (Vec<_>, Vec<_>) = (offers.collect(), contracts.collect());
        (self.offers, self.contracts) = (offers, contracts);
        self
    }

    /// The week that all parts make.
    #[must_use]
    pub fn whole(mut self, parts: Vec<Self>) -> Self {
        for part in parts {
            self.planned.extend(part.planned);
            self.missed.extend(part.missed);
            self.actions.extend(part.actions);
            self.contacts.extend(part.contacts);
            self.offers.extend(part.offers);
            self.contracts.extend(part.contracts);
        }
        self.planned = PlanOptions::whole(self.planned);
        self.missed = PlanOptions::whole(self.missed);
        self.actions = ActionsOptions::whole(self.actions);
        self.contacts = CadenceOptions::whole(self.contacts);
        in_order(&mut self.offers, |it| (it.valid_until, it.event));
        in_order(&mut self.contracts, |it| (it.ends, it.event));
        self
    }
}

/// By day, then by account, then by whatever tells two apart.
fn in_order<T, K: Ord>(all: &mut [(String, T)], key: impl Fn(&T) -> (NaiveDate, K)) {
    all.sort_by(|(left_name, left), (right_name, right)| {
        let ((left_day, left), (right_day, right)) = (key(left), key(right));
        (left_day, left_name, left).cmp(&(right_day, right_name, right))
    });
}
