//! Cadence: how often an account of a class is to be contacted, and whether it is.
//!
//! A target says *once in so many days* by one kind of activity. A day is kept if the last contact
//! of that kind was at most so many days before. The clock starts on the day from which the target
//! holds for the account, so that nobody is late on the first day. Class, rule and whoever answers
//! for the account are those of each day. Whoever was not reached was not contacted.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::event::policy::CadenceTarget;
use relatum_domain::{AccountId, Currency, InForce, ManagerId, Policies, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::line::{ActivityLine, ActivityState, a_year_after};
use crate::about::About;
use crate::directory::Standing;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink};
use crate::models::{Models, Which};
use crate::words::kind_of;

/// How far back it is looked unless said otherwise.
const DAYS_BACK: u64 = 90;

/// Which cadences are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CadenceOptions {
    /// The first day of those that are counted; none: 90 days before that of the view.
    pub from: Option<NaiveDate>,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of accounts for which this manager answers.
    pub manager: Option<ManagerId>,
    /// Only those that are overdue.
    pub overdue: bool,
}

/// How a cadence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CadenceState {
    /// The next contact is not late.
    Kept,
    /// It is late, and none is planned.
    Overdue,
    /// It is late, and one is planned.
    Planned,
}

/// How an account stands against one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CadenceLine {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// Its class.
    pub class: String,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// By what it is to be contacted.
    pub kind: ActivityKind,
    /// Once in so many days.
    pub every_days: u16,
    /// The last contact of that kind, and its event.
    pub last: Option<(NaiveDate, EventRef)>,
    /// By when the next one is due.
    pub due: NaiveDate,
    /// For how many days it is overdue.
    pub overdue_days: i64,
    /// For when the next one is planned.
    pub next_planned: Option<NaiveDate>,
    /// How it stands.
    pub state: CadenceState,
    /// Days of the period on which a target held.
    pub due_days: i64,
    /// Those of them that were kept.
    pub kept_days: i64,
}

/// Days on which one target of one account was kept or was not, for one reason.
struct Spell<'a> {
    kind: ActivityKind,
    class: &'a str,
    every_days: u16,
    manager: Option<ManagerId>,
    first: NaiveDate,
    days: i64,
    kept: bool,
    /// The contact, or what started the clock.
    since: (NaiveDate, EventRef, &'static str),
}

/// What there is to know of one account.
struct Look<'a> {
    standing: &'a [Standing],
    rules: &'a [(NaiveDate, InForce<Vec<CadenceTarget>>)],
    lines: &'a [ActivityLine],
    /// The days on which somebody else answers for it.
    assigned: &'a [(NaiveDate, ManagerId)],
    from: NaiveDate,
    to: NaiveDate,
}

impl<'a> Look<'a> {
    fn target_on(
        &self,
        day: NaiveDate,
        kind: ActivityKind,
    ) -> Option<(&'a Standing, u16, EventRef)> {
        let standing = Standing::on(self.standing, day)?;
        let class = standing.class.as_deref()?;
        let (since, rule) = self.rules.iter().rev().find(|(from, _)| *from <= day)?;
        let mut targets = rule.rule.iter().rev();
        let target = targets.find(|it| it.class == class && it.activity == kind)?;
        // What came last started the clock: the rule, or the class.
        let event = rule.event.filter(|_| *since > standing.from).unwrap_or(standing.event);
        Some((standing, target.every_days, event))
    }

    fn manager_on(&self, day: NaiveDate) -> Option<ManagerId> {
        let assigned = self.assigned.iter().rev().find(|(from, _)| *from <= day);
        assigned.map(|(_, manager)| *manager)
    }

    /// The days on which anything but a contact changes, from the first on which anything is known.
    fn changes(&self) -> BTreeSet<NaiveDate> {
        let standing = self.standing.iter().map(|it| it.from);
        let rules = self.rules.iter().map(|(from, _)| *from);
        let assigned = self.assigned.iter().map(|(from, _)| *from);
        let all = standing.chain(rules).chain(assigned).chain([self.from]);
        all.filter(|day| *day <= self.to).collect()
    }

    /// How the days of the period are spent, in order.
    fn spells(&self, kind: ActivityKind) -> Vec<Spell<'a>> {
        let contacts = self.lines.iter().filter(|it| it.kind == kind && it.is_contact());
        let mut contacts: Vec<(NaiveDate, EventRef)> =
            contacts.filter_map(|it| Some((it.held_on?, it.event))).collect();
        contacts.sort_unstable();
        let mut spells = Vec::new();
        // From when the target holds that holds on the day before, and the event.
        let mut started: Option<(u16, NaiveDate, EventRef)> = None;
        let changes: Vec<NaiveDate> = self.changes().into_iter().collect();
        let ends = changes.iter().skip(1).filter_map(|next| next.pred_opt()).chain([self.to]);
        for (first, last) in changes.iter().copied().zip(ends) {
            let Some((standing, every, event)) = self.target_on(first, kind) else {
                started = None;
                continue;
            };
            let start = match started {
                Some((same, since, event)) if same == every => (every, since, event),
                _ => (every, first, event),
            };
            started = Some(start);
            if first < self.from {
                continue;
            }
            let start = (start.1, start.2, "the target begins");
            let before = contacts.partition_point(|(day, _)| *day <= first);
            let last_before = before.checked_sub(1).and_then(|at| contacts.get(at));
            let latest = last_before.filter(|(day, _)| *day >= start.0);
            let latest = latest.map_or(start, |(day, event)| (*day, *event, "contact"));
            let rest = contacts.iter().skip(before).take_while(|(day, _)| *day <= last);
            let rest = rest.map(|(day, event)| (*day, *event, "contact"));
            let mut since: Vec<_> = std::iter::once(latest).chain(rest).collect();
            // Of two on one day the last counts.
            since.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    *earlier = *later;
                }
                same
            });
            let (class, manager) =
                (standing.class.as_deref().unwrap_or_default(), self.manager_on(first));
            let nexts = since.iter().skip(1).filter_map(|(day, ..)| day.pred_opt()).chain([last]);
            for (since, end) in since.iter().zip(nexts) {
                let begin = since.0.max(first);
                let until = since.0.checked_add_days(Days::new(every.into())).unwrap_or(end);
                let day_after = |day: NaiveDate| day.succ_opt().unwrap_or(day);
                for (first, last, kept) in
                    [(begin, end.min(until), true), (begin.max(day_after(until)), end, false)]
                {
                    let days = (last - first).num_days().saturating_add(1);
                    if days > 0 {
                        let (every_days, since) = (every, *since);
                        spells.push(Spell {
                            kind,
                            class,
                            every_days,
                            manager,
                            first,
                            days,
                            kept,
                            since,
                        });
                    }
                }
            }
        }
        spells
    }
}

/// Looks at the accounts of `part`, one after the other.
fn each(
    part: &Models,
    common: &Models,
    account: Option<AccountId>,
    from: Option<NaiveDate>,
    view: &View,
    mut look: impl FnMut(AccountId, &Look<'_>),
) {
    let rules = common.directory.policies().cadence(view);
    if rules.is_empty() {
        return;
    }
    let back = view.as_of.checked_sub_days(Days::new(DAYS_BACK));
    let from = from.or(back).unwrap_or(NaiveDate::MIN);
    for (id, standing) in part.directory.standing(view) {
        if account.is_some_and(|only| only != id) || standing.is_empty() {
            continue;
        }
        let lines = part.activities.lines(id, a_year_after(view.as_of), view);
        let assigned = part.directory.assignments(id, view).managers();
        let (standing, rules, to) = (standing.as_slice(), rules.as_slice(), view.as_of);
        let (lines, assigned) = (lines.as_slice(), assigned.as_slice());
        look(id, &Look { standing, rules, lines, assigned, from, to });
    }
}

const KINDS: [ActivityKind; 5] = [
    ActivityKind::Call,
    ActivityKind::Visit,
    ActivityKind::Meeting,
    ActivityKind::Training,
    ActivityKind::Merchandising,
];

impl CadenceOptions {
    /// How the accounts of `part` stand, in no particular order; the rules are in `common`.
    #[must_use]
    pub fn part(&self, part: &Models, common: &Models, view: &View) -> Vec<CadenceLine> {
        let mut lines = Vec::new();
        each(part, common, self.account, self.from, view, |account, look| {
            let manager = look.manager_on(view.as_of);
            if self.manager.is_some_and(|only| manager != Some(only)) {
                return;
            }
            for kind in KINDS {
                let spells = look.spells(kind);
                // Only if there is a target today.
                let today = |it: &&Spell<'_>| (view.as_of - it.first).num_days() < it.days;
                let Some(now) = spells.iter().rev().find(today) else { continue };
                let every = Days::new(now.every_days.into());
                let due = now.since.0.checked_add_days(every).unwrap_or(NaiveDate::MAX);
                let overdue_days = (view.as_of - due).num_days().max(0);
                let of_kind = || look.lines.iter().filter(|it| it.kind == kind);
                let contacts = of_kind().filter(|it| it.is_contact());
                let last = contacts.filter_map(|it| Some((it.held_on?, it.event))).max();
                let planned = of_kind().filter(|it| it.state == ActivityState::Planned);
                let next_planned = planned.map(|it| it.day).min();
                let state = match (overdue_days, next_planned) {
                    (0, _) => CadenceState::Kept,
                    (_, None) => CadenceState::Overdue,
                    (_, Some(_)) => CadenceState::Planned,
                };
                let days = |kept_only: bool| {
                    let wanted = spells.iter().filter(|it| it.kept || !kept_only);
                    wanted.map(|it| it.days).sum()
                };
                lines.push(CadenceLine {
                    account,
                    account_name: part.directory.account_name(account, view),
                    class: now.class.to_owned(),
                    manager,
                    kind,
                    every_days: now.every_days,
                    last,
                    due,
                    overdue_days,
                    next_planned,
                    state,
                    due_days: days(false),
                    kept_days: days(true),
                });
            }
        });
        lines.retain(|it| !self.overdue || it.state != CadenceState::Kept);
        lines
    }

    /// All of them, the longest overdue first, then by the day on which they are due.
    #[must_use]
    pub fn whole(mut lines: Vec<CadenceLine>) -> Vec<CadenceLine> {
        lines.sort_by(|left, right| {
            let key = |it: &CadenceLine| (it.due, it.account_name.clone(), it.account, it.kind);
            key(left).cmp(&key(right))
        });
        lines
    }
}

/// By what the days of cadences are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CadenceBy {
    /// By who answered for the account on the day.
    Manager,
    /// By account.
    Account,
    /// By the class on the day.
    Class,
    /// By kind of activity.
    Kind,
}

/// How many days were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CadenceSums {
    /// By what they are told apart.
    pub by: CadenceBy,
    /// The first day; none: 90 days before that of the view.
    pub from: Option<NaiveDate>,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of days on which this manager answered for the account.
    pub manager: Option<ManagerId>,
}

const DUE: usize = 0;
const KEPT: usize = 1;
const NOT_KEPT: usize = 2;

impl Report for CadenceSums {
    fn name(&self) -> &'static str {
        "cadence"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, activities: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        ["due_days", "kept_days", "late_days"].map(Column::count).into()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(DUE, vec![KEPT, NOT_KEPT])]
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let rules = common.directory.policies().cadence(view);
        rules.into_iter().filter_map(|(_, rule)| rule.event).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        each(part, common, self.account, self.from, view, |account, look| {
            for spell in KINDS.into_iter().flat_map(|kind| look.spells(kind)) {
                if self.manager.is_some_and(|only| spell.manager != Some(only)) {
                    continue;
                }
                let row = match self.by {
                    CadenceBy::Manager => Row::Manager(spell.manager),
                    CadenceBy::Account => Row::Account(account),
                    CadenceBy::Class => Row::Named(Some(spell.class.to_owned())),
                    CadenceBy::Kind => Row::Named(Some(kind_of(spell.kind).to_owned())),
                };
                let (_, event, what) = spell.since;
                let what = if spell.kept { what } else { "no contact since" };
                let micro = i128::from(spell.days).saturating_mul(ONE);
                let number = Some(kind_of(spell.kind).to_owned());
                let why = || {
                    let (day, number) = (spell.first, number.clone());
                    vec![Contribution { event, day, number, what, micro }]
                };
                for column in [DUE, if spell.kept { KEPT } else { NOT_KEPT }] {
                    to.add(&row, Currency::NONE, column, micro, &why);
                }
            }
        });
    }
}
