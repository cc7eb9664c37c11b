//! The worklist: whom to call or visit today, and why.
//!
//! Joins activities, agreements, receivables and churn signals of each account. Reasons are
//! weighted by a fixed table, printed with them; the list is a proposal for the morning, not a
//! score.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::receivables::PromiseOutcome;
use relatum_domain::signals::{SignalKind, SignalState};
use relatum_domain::{AccountId, Currency, ManagerId, Policies, View};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::activities::{ActivityState, CadenceOptions, CadenceState, PlanLine, PlanOptions};
use crate::churn::ChurnOptions;
use crate::merged;
use crate::models::Models;
use crate::receivables::{AgingLine, AgingOptions, AgingReport};
use crate::words::{days, kind_of};

/// Why an account is on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Which kind of reason.
    pub code: &'static str,
    /// Its weight.
    pub weight: u32,
    /// In words.
    pub text: String,
    /// The events that it rests on.
    pub evidence: Vec<EventRef>,
}

/// An account to call or visit today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkItem {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who does it: who planned it, else who answers for the account, or the deputy.
    pub manager: Option<ManagerId>,
    /// What to do.
    pub action: ActivityKind,
    /// The sum of the weights.
    pub weight: u32,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Whom to call or visit today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Worklist {
    /// Today.
    pub as_of: NaiveDate,
    /// The weightiest first.
    pub items: Vec<WorkItem>,
}

/// What was gathered of one account.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    name: String,
    manager: Option<ManagerId>,
    reasons: Vec<Reason>,
    planned: Option<(ActivityKind, ManagerId)>,
    /// What is overdue, a line a currency, and the documents.
    overdue: Vec<(AgingLine, Vec<EventRef>)>,
}

impl Worklist {
    /// The list for the day and the knowledge of `view`, of one manager or of all.
    #[must_use]
    pub fn of(models: &Models, only: Option<ManagerId>, view: &View) -> Self {
        Self::whole(models, only, view, Self::part(models, models, view))
    }

    /// What there is to do for the accounts of `part`; policies are in `common`.
    #[must_use]
    pub fn part(part: &Models, common: &Models, view: &View) -> Vec<(AccountId, Gathered)> {
        let mut gathered: BTreeMap<AccountId, Gathered> = BTreeMap::new();
        activities(part, common, view, &mut gathered);
        money(part, common, view, &mut gathered);
        endings(part, view, &mut gathered);
        signals(part, common, view, &mut gathered);
        for (account, found) in &mut gathered {
            found.name = part.directory.account_name(*account, view);
            let own = found.planned.map(|(_, manager)| manager);
            found.manager = own.or_else(|| part.directory.manager_of(*account, view));
        }
        gathered.into_iter().collect()
    }

    /// The list that all parts make; managers are in `common`.
    #[must_use]
    pub fn whole(
        common: &Models,
        only: Option<ManagerId>,
        view: &View,
        gathered: Vec<(AccountId, Gathered)>,
    ) -> Self {
        let mut all: BTreeMap<Currency, i128> = BTreeMap::new();
        for (line, _) in gathered.iter().flat_map(|(_, found)| &found.overdue) {
            *all.entry(line.currency).or_default() += line.overdue.micro;
        }
        let mut items: Vec<WorkItem> = gathered
            .into_iter()
            .filter_map(|(account, found)| item(common, account, found, &all, view))
            .filter(|item| only.is_none_or(|only| item.manager == Some(only)))
            .collect();
        items.sort_by(|left, right| {
            (right.weight, &left.name, left.account).cmp(&(left.weight, &right.name, right.account))
        });
        Self { as_of: view.as_of, items }
    }
}

fn item(
    common: &Models,
    account: AccountId,
    found: Gathered,
    all: &BTreeMap<Currency, i128>,
    view: &View,
) -> Option<WorkItem> {
    let Gathered { name, manager, mut reasons, planned, overdue } = found;
    reasons.extend(overdue.into_iter().map(|(line, evidence)| {
        let oldest = line.oldest_days.unwrap_or(0).max(0);
        // Half for the share of all that is overdue in this currency, half for the age.
        let all = all.get(&line.currency).copied().unwrap_or(0).max(1);
        let share = u32::try_from(line.overdue.micro * 200 / all).unwrap_or(200);
        let age = u32::try_from(oldest.min(120) * 200 / 120).unwrap_or(200);
        let text = format!("{} overdue, the oldest for {}", line.overdue, days(oldest));
        Reason { code: "overdue", weight: 50 + share + age, text, evidence }
    }));
    reasons.sort_by(|left, right| (right.weight, left.code).cmp(&(left.weight, right.code)));
    if reasons.is_empty() {
        return None;
    }
    let deputy = manager
        .and_then(|manager| common.directory.manager(manager, view))
        .and_then(|profile| profile.deputy);
    let lapsing = reasons.iter().any(|reason| reason.code == "lapsing");
    let action = if lapsing { ActivityKind::Visit } else { ActivityKind::Call };
    Some(WorkItem {
        account,
        name,
        manager: deputy.or(manager),
        action: planned.map_or(action, |(kind, _)| kind),
        weight: reasons.iter().map(|reason| reason.weight).fold(0, u32::saturating_add),
        reasons,
    })
}

fn add(
    gathered: &mut BTreeMap<AccountId, Gathered>,
    account: AccountId,
    code: &'static str,
    weight: u32,
    text: String,
    evidence: Vec<EventRef>,
) {
    let reason = Reason { code, weight, text, evidence };
    gathered.entry(account).or_default().reasons.push(reason);
}

fn activities(
    models: &Models,
    common: &Models,
    view: &View,
    gathered: &mut BTreeMap<AccountId, Gathered>,
) {
    let from = view.as_of.checked_sub_days(chrono::Days::new(14)).unwrap_or(view.as_of);
    let (account, managers) = (None, Vec::new());
    let states = vec![ActivityState::Planned, ActivityState::Missed];
    let plan = PlanOptions { from, to: view.as_of, account, managers, states };
    for PlanLine { activity: plan, .. } in plan.part(models, view) {
        let kind = kind_of(plan.kind);
        let purpose = plan.purpose.map_or(String::new(), |text| format!(": {text}"));
        if plan.state == ActivityState::Missed {
            let text = format!("{kind} planned for {} was missed{purpose}", plan.day);
            add(gathered, plan.account, "missed", 220, text, vec![plan.event]);
        } else {
            let text = format!("{kind} planned for today{purpose}");
            add(gathered, plan.account, "planned_today", 500, text, vec![plan.event]);
            let entry = gathered.entry(plan.account).or_default();
            entry.planned = entry.planned.or(Some((plan.kind, plan.manager)));
        }
    }
    let late = CadenceOptions { overdue: true, ..CadenceOptions::default() };
    for line in late.part(models, common, view) {
        if line.state == CadenceState::Overdue {
            let (kind, every) = (kind_of(line.kind), days(line.every_days.into()));
            let late = days(line.overdue_days);
            let text = format!("{kind} every {every} is {late} late");
            let evidence = line.last.map(|(_, event)| event).into_iter().collect();
            add(gathered, line.account, "cadence", 150, text, evidence);
        }
    }
}

fn money(
    models: &Models,
    common: &Models,
    view: &View,
    gathered: &mut BTreeMap<AccountId, Gathered>,
) {
    let policies = common.directory.policies();
    let mut lines = AgingReport::lines(models, common, &AgingOptions::default(), view);
    lines.retain(|line| line.overdue.micro > 0);
    for line in lines {
        let Some(account) = line.account else { continue };
        let evidence = overdue_events(models, policies, account, view);
        gathered.entry(account).or_default().overdue.push((line, evidence));
    }
    for (account, ledger) in models.aging.ledgers(None, policies, view) {
        for promise in ledger.promises(view.as_of) {
            let late = (view.as_of - promise.by).num_days();
            let broken = !matches!(promise.outcome, PromiseOutcome::Kept | PromiseOutcome::Open);
            if !broken || !(1..=60).contains(&late) {
                continue;
            }
            let event = merged::event(account, promise.version.0);
            let paid = match promise.outcome {
                PromiseOutcome::PartlyKept => format!("paid {}", promise.received),
                _ => "did not pay".to_owned(),
            };
            let text = format!("promised {} by {} and {paid}", promise.amount, promise.by);
            add(gathered, account, "broken_promise", 250, text, vec![event]);
        }
    }
}

/// The documents that are overdue, the oldest first.
fn overdue_events(
    models: &Models,
    policies: &Policies,
    account: AccountId,
    view: &View,
) -> Vec<EventRef> {
    let Some(book) = models.aging.book(account) else {
        return Vec::new();
    };
    let mut items = book.open_items(view, policies);
    items.retain(|item| item.open.is_positive() && item.due < view.as_of);
    items.sort_by_key(|item| (item.due, item.version));
    let stream = relatum_stream::StreamId::from(account);
    let mut events: Vec<EventRef> =
        items.iter().map(|item| merged::event(stream, item.version)).collect();
    events.dedup();
    events
}

fn endings(models: &Models, view: &View, gathered: &mut BTreeMap<AccountId, Gathered>) {
    for offer in models.agreements.offers(view) {
        let left = (offer.valid_until - view.as_of).num_days();
        if left <= 7 {
            let text = format!(
                "offer {} over {} expires on {}",
                offer.number, offer.net, offer.valid_until
            );
            add(gathered, offer.account, "offer_expires", 180, text, vec![offer.event]);
        }
    }
    for contract in models.agreements.contracts(view) {
        let left = (contract.ends - view.as_of).num_days();
        if left <= 60 {
            let text = format!("contract {} ends on {}", contract.number, contract.ends);
            add(gathered, contract.account, "contract_ends", 120, text, vec![contract.event]);
        }
    }
}

fn signals(
    models: &Models,
    common: &Models,
    view: &View,
    gathered: &mut BTreeMap<AccountId, Gathered>,
) {
    for (account, told) in ChurnOptions::own_signals(models, common, None, view) {
        for signal in told.iter().filter(|it| it.state == SignalState::Alert) {
            let (code, weight) = match signal.name {
                SignalKind::Cadence => ("lapsing", 260),
                SignalKind::Complaints => ("complaint", 200),
                SignalKind::KeyContact => ("key_contact", 150),
                SignalKind::Contact => ("silence", 110),
                SignalKind::Volume => ("slower", 80),
                // What is overdue, promised or ends is already there, with its amount or day.
                _ => continue,
            };
            let (text, evidence) = (signal.sentence.clone(), signal.evidence.clone());
            add(gathered, account, code, weight, text, evidence);
        }
    }
}
