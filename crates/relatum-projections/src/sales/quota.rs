//! Quota progress as a report: each quota with what was attained of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use relatum_domain::event::organisation::{QuotaKind, Target};
use relatum_domain::event::policy::{ClientRule, Pacing, SalesCredit};
use relatum_domain::gist::WorkCalendar;
use relatum_domain::selling::per_cent;
use relatum_domain::{AccountId, Currency, ManagerId, Policies, Recorded, TeamId, View};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use super::clients;
use super::coverage::Coverage;
use super::credit::{Shares, owner_on};
use super::goals::Period;
use super::progress::{Progress, Season};
use super::sale::{self, Sale};
use super::{AccountSales, Sales};
use crate::about::About;
use crate::amounts::Sum;
use crate::directory::{Assignments, Organisation};
use crate::figures::{Column, Contribution, Figures, ONE, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};
use crate::pipeline::{OpenChance, PipelineBy, PipelineOptions};

/// Which quotas are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaOptions {
    /// Only those of this manager.
    pub manager: Option<ManagerId>,
    /// Only those of this team or territory.
    pub team: Option<TeamId>,
    /// Also what was attained as known at this instant, when it was paid for, and what changed
    /// since.
    pub paid_at: Option<Recorded>,
}

const COLUMNS: [&str; 7] =
    ["quota", "sold", "cancelled", "returned", "adjusted", "clients", "attained"];
const QUOTA: usize = 0;
const CLIENTS: usize = 5;
const ATTAINED: usize = 6;
const PAID: [&str; 4] = ["as_paid", "late", "corrected", "shared_anew"];
const AS_PAID: usize = 7;
const LATE: usize = 8;
const CORRECTED: usize = 9;
const SHARED_ANEW: usize = 10;

/// Whose quota it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaOwner {
    /// A manager's.
    Manager(ManagerId),
    /// A team's or a territory's.
    Team(TeamId),
}

impl From<QuotaOwner> for StreamId {
    fn from(owner: QuotaOwner) -> Self {
        match owner {
            QuotaOwner::Manager(manager) => manager.into(),
            QuotaOwner::Team(team) => team.into(),
        }
    }
}

impl QuotaOptions {
    fn wants(&self, owner: QuotaOwner) -> bool {
        match owner {
            QuotaOwner::Manager(manager) => {
                self.team.is_none() && self.manager.is_none_or(|only| only == manager)
            }
            QuotaOwner::Team(team) => {
                self.manager.is_none() && self.team.is_none_or(|only| only == team)
            }
        }
    }

    /// The quotas that a view shows, and whose they are.
    fn periods(&self, common: &Models, view: &View) -> Arc<QuotaPeriods> {
        let sales = &common.sales;
        sales.asked.of(&(*view, self.clone()), || self.periods_of(sales, view))
    }

    fn periods_of(&self, sales: &Sales, view: &View) -> QuotaPeriods {
        let managers = sales.managers.iter().map(|(id, it)| (QuotaOwner::Manager(*id), it));
        let all = managers.chain(sales.teams.iter().map(|(id, it)| (QuotaOwner::Team(*id), it)));
        let wanted = all.filter(|(owner, _)| self.wants(*owner));
        let periods = wanted.map(|(owner, goals)| (owner, goals.periods(owner.into(), view)));
        QuotaPeriods::of(periods.filter(|(_, periods)| !periods.is_empty()).collect())
    }
}

/// What is counted into a quota, from one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attained {
    pub(super) quota: EventRef,
    pub(super) currency: Currency,
    /// The event, by its version in the account's stream.
    pub(super) version: u64,
    /// The sale that it takes back.
    pub(super) of: Option<u64>,
    column: usize,
    pub(super) day: NaiveDate,
    pub(super) number: Option<String>,
    pub(super) what: &'static str,
    pub(super) micro: i128,
}

/// Quotas, and whose they are.
pub(super) struct QuotaPeriods {
    all: BTreeMap<QuotaOwner, Vec<Period>>,
    /// Those that count clients.
    of_clients: Vec<(QuotaOwner, Period)>,
    /// Whether any of them is a team's.
    of_teams: bool,
}

impl QuotaPeriods {
    pub(super) fn of(all: BTreeMap<QuotaOwner, Vec<Period>>) -> Self {
        let clients = |it: &&Period| it.kind != QuotaKind::SalesVolume;
        let of_clients = all.iter().flat_map(|(owner, periods)| {
            periods.iter().filter(clients).map(|period| (*owner, period.clone()))
        });
        let of_clients = of_clients.collect();
        let of_teams = all.keys().any(|owner| matches!(owner, QuotaOwner::Team(_)));
        Self { all, of_clients, of_teams }
    }
}

/// The quotas and everything else that is of no account, as known at a view.
pub(super) struct Looked<'a> {
    view: View,
    policies: &'a Policies,
    rule: SalesCredit,
    clients: ClientRule,
    organisation: Arc<Organisation>,
    periods: Arc<QuotaPeriods>,
}

impl<'a> Looked<'a> {
    /// For these periods.
    pub(super) fn of(periods: Arc<QuotaPeriods>, common: &'a Models, view: View) -> Self {
        let policies = common.directory.policies();
        Self {
            view,
            policies,
            rule: policies.sales_credit(&view).rule,
            clients: policies.clients(&view).rule,
            organisation: common.directory.organisation(&view),
            periods,
        }
    }

    /// What is counted into quotas of one account's sales, and which of its events are sales.
    pub(super) fn attained(
        &self,
        part: &Models,
        account: AccountId,
        sales: &AccountSales,
    ) -> (Vec<Attained>, BTreeSet<u64>) {
        let owners = part.directory.assignments(account, &self.view);
        let of = (account, sales);
        let sales = sale::sales_to(part, of, self.rule, self.policies, &self.view);
        let mut found = Vec::new();
        for sale in &sales {
            self.volume(sale, &owners, &mut found);
        }
        let of_clients = &self.periods.of_clients;
        if !of_clients.is_empty() && part.directory.is_somebody(account, &self.view) {
            let answering = self.ever_answering(&owners);
            for (owner, period) in of_clients {
                let never = matches!(owner, QuotaOwner::Manager(it) if !answering.contains(it));
                if !never {
                    self.count(&sales, &owners, *owner, period, &mut found);
                }
            }
        }
        (found, sales.iter().map(|sale| sale.version).collect())
    }

    /// Whoever answered for the account on any day, or could stand in for them.
    fn ever_answering(&self, owners: &Assignments<'_>) -> BTreeSet<ManagerId> {
        let managers = owners.managers().into_iter().map(|(_, manager)| manager);
        managers.flat_map(|it| self.organisation.deputies(it).chain([it])).collect()
    }

    fn volume(&self, sale: &Sale<'_>, owners: &Assignments<'_>, found: &mut Vec<Attained>) {
        let shares = Shares::of(sale, owners, &self.organisation, self.rule);
        let of_teams = |amount| shares.of_teams(amount, sale.owned, &self.organisation);
        let managers = shares.managers().map(QuotaOwner::Manager);
        let teams = if self.periods.of_teams { of_teams(ONE) } else { BTreeMap::new() };
        let teams = teams.into_keys().map(QuotaOwner::Team);
        let counts = |it: &&Period| {
            it.kind == QuotaKind::SalesVolume && (it.from..=it.to).contains(&sale.day)
        };
        for owner in managers.chain(teams).collect::<BTreeSet<_>>() {
            for period in self.periods.all.get(&owner).into_iter().flatten().filter(counts) {
                let Some((amount, currency)) = worth(sale, period) else { continue };
                let micro = match owner {
                    QuotaOwner::Manager(manager) => shares.of_manager(amount, manager),
                    QuotaOwner::Team(team) => of_teams(amount).get(&team).copied().unwrap_or(0),
                };
                if micro != 0 {
                    found.push(Attained {
                        quota: period.event,
                        currency,
                        version: sale.version,
                        of: sale.of,
                        column: 1 + sale.what as usize,
                        day: sale.day,
                        number: sale.number.map(str::to_owned),
                        what: sale.what.words(self.rule.on),
                        micro,
                    });
                }
            }
        }
    }

    /// Counts the account as a client of whoever answers for it.
    fn count(
        &self,
        sales: &[Sale<'_>],
        owners: &Assignments<'_>,
        owner: QuotaOwner,
        period: &Period,
        found: &mut Vec<Attained>,
    ) {
        let group = period.product_group.as_deref();
        let end = period.to.min(self.view.as_of);
        let is_theirs = |day| {
            let answers = owner_on(owners, day, &self.organisation, self.rule);
            answers.is_some_and(|answers| match owner {
                QuotaOwner::Manager(manager) => manager == answers,
                QuotaOwner::Team(team) => {
                    let teams = self.organisation.teams_of(answers, day);
                    teams.iter().any(|(found, _)| *found == team)
                }
            })
        };
        let (what, counts) = match period.kind {
            QuotaKind::ActiveClients => {
                // Whose client it is, is known before whether it is one.
                let months = self.clients.active_months;
                let active = is_theirs(end).then(|| clients::active(sales, group, end, months));
                ("active client", active.flatten().into_iter().collect())
            }
            _ => ("new client", clients::new(sales, group, self.clients.new_after_months)),
        };
        for it in counts {
            let is_theirs = is_theirs(it.day);
            if is_theirs && (period.from..=end).contains(&it.day) {
                let number = sales.get(it.sale).and_then(|sale| sale.number);
                found.push(Attained {
                    quota: period.event,
                    currency: Currency::NONE,
                    version: it.version,
                    of: None,
                    column: CLIENTS,
                    day: it.day,
                    number: number.map(str::to_owned),
                    what,
                    micro: ONE,
                });
            }
        }
    }
}

/// What of a sale counts into a quota, and in which currency.
fn worth(sale: &Sale<'_>, period: &Period) -> Option<(i128, Currency)> {
    let group = period.product_group.as_deref();
    match period.target {
        Target::Value(_) => {
            let net = group.map_or(sale.net, |group| sale.of_group(group).0);
            Some((net, sale.currency))
        }
        Target::Quantity(_) => {
            let quantity = group.map_or_else(|| sale.quantity(), |group| sale.of_group(group).1);
            Some((quantity, Currency::NONE))
        }
        Target::Count(_) => None,
    }
}

/// What a quota asks.
pub(super) fn asked(target: Target) -> Sum {
    match target {
        Target::Value(value) => value.into(),
        Target::Quantity(quantity) => {
            Sum { micro: quantity.micro().into(), currency: Currency::NONE }
        }
        Target::Count(count) => Sum { micro: i128::from(count) * ONE, currency: Currency::NONE },
    }
}

impl Report for QuotaOptions {
    fn name(&self) -> &'static str {
        "quota"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        let now = sale::which(policies, view);
        let paid = self.paid_at.map(|known_at| View { known_at, ..*view });
        let paid = paid.map(|paid| sale::which(policies, &paid));
        Which { aging: now.aging || paid.is_some_and(|paid| paid.aging), ..now }
    }

    fn about(&self) -> About {
        About::of(None, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        let mut columns: Vec<_> = COLUMNS.map(Column::money).into();
        if self.paid_at.is_some() {
            columns.extend(PAID.map(Column::money));
        }
        columns
    }

    /// A team has what its members have.
    fn adds_up(&self) -> bool {
        false
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        let mut foots = vec![(ATTAINED, (1..ATTAINED).collect())];
        if self.paid_at.is_some() {
            foots.push((ATTAINED, (AS_PAID..AS_PAID + PAID.len()).collect()));
        }
        foots
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let policies = common.directory.policies();
        let credit = policies.sales_credit(view).event;
        credit.into_iter().chain(policies.clients(view).event).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let looked = |view: View| Looked::of(self.periods(common, &view), common, view);
        let now = looked(*view);
        let paid_at =
            self.paid_at.map(|paid_at| View { known_at: paid_at.min(view.known_at), ..*view });
        let paid = paid_at.map(looked);
        for (account, sales) in &part.sales.accounts {
            let attained = now.attained(part, *account, sales);
            for it in &attained.0 {
                tell(*account, it, it.column, it.micro, to);
                tell(*account, it, ATTAINED, it.micro, to);
            }
            if let Some(paid) = &paid {
                let then = paid.attained(part, *account, sales);
                changes(*account, sales, &then, &attained, to);
            }
        }
    }

    fn tell_common(&self, common: &Models, view: &View, to: &mut dyn Sink) {
        for period in self.periods(common, view).all.values().flatten() {
            let asked = asked(period.target);
            let why = || {
                vec![Contribution {
                    event: period.event,
                    day: period.from,
                    number: None,
                    what: "asked",
                    micro: asked.micro,
                }]
            };
            to.add(&Row::Event(period.event), asked.currency, QUOTA, asked.micro, &why);
        }
    }
}

fn tell(account: AccountId, it: &Attained, column: usize, micro: i128, to: &mut dyn Sink) {
    let why = || {
        vec![Contribution {
            event: merged::event(account, it.version),
            day: it.day,
            number: it.number.clone(),
            what: it.what,
            micro,
        }]
    };
    to.add(&Row::Event(it.quota), it.currency, column, micro, &why);
}

/// What was attained when it was paid for, and why it is something else now: an event came late;
/// one was voided, or amended by another; or the same event is credited in another way, by a rule,
/// a team or an assignment that was told later.
fn changes(
    account: AccountId,
    sales: &AccountSales,
    (then, known): &(Vec<Attained>, BTreeSet<u64>),
    (now, holds): &(Vec<Attained>, BTreeSet<u64>),
    to: &mut dyn Sink,
) {
    // A client counts once, by whichever purchase.
    let version = |it: &Attained| if it.column == CLIENTS { 0 } else { it.version };
    let key = |it: &Attained| (it.quota, it.currency, version(it), it.column);
    let mut all: BTreeMap<_, (&Attained, i128)> = BTreeMap::new();
    for it in then {
        tell(account, it, AS_PAID, it.micro, to);
        all.entry(key(it)).or_insert((it, 0)).1 -= it.micro;
    }
    for it in now {
        all.entry(key(it)).or_insert((it, 0)).1 += it.micro;
    }
    for (it, change) in all.into_values().filter(|(_, change)| *change != 0) {
        let corrected = !holds.contains(&it.version) || sales.voids.is_amendment(it.version);
        let cause = match known.contains(&it.version) {
            _ if corrected => CORRECTED,
            false => LATE,
            true => SHARED_ANEW,
        };
        tell(account, it, cause, change, to);
    }
}

/// A quota and what was attained of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaLine {
    /// Whose it is.
    #[serde(flatten)]
    pub owner: QuotaOwner,
    /// The manager's code, or the team's name, if they have one.
    pub code: Option<String>,
    /// What counts.
    pub kind: QuotaKind,
    /// Only goods of this group.
    pub product_group: Option<String>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// Whether the period is over at the end of the day of the report.
    pub over: bool,
    /// What was asked; of what is counted, in no currency.
    pub quota: Sum,
    /// What was attained from the first day to the last, or to the day of the report.
    pub attained: Sum,
    /// Sales in other currencies, which do not count here.
    pub other_currencies: Vec<Sum>,
    /// What was attained in hundredths of a per cent of the quota, rounded half away from zero;
    /// none without a quota.
    pub attainment_bp: Option<i64>,
    /// How far the period is.
    pub progress: Option<Progress>,
    /// Whether what is left of it is covered by what is open: of quotas of all sales by value that
    /// are not over.
    pub coverage: Option<Coverage>,
    /// What was attained when it was paid for, and what changed since: what came late, what was
    /// corrected, and what is credited in another way.
    pub paid: Option<[Sum; 4]>,
    /// The event that set the quota; with a currency and a column the key of a figure.
    pub event: EventRef,
}

/// Quota progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuotaReport {
    /// The day up to which sales count.
    pub as_of: NaiveDate,
    /// The events that set the rules it goes by.
    pub policies: Vec<EventRef>,
    /// A line a quota: managers by code, then teams by name, by first day.
    pub lines: Vec<QuotaLine>,
}

impl QuotaReport {
    /// The report for the day and the knowledge of `view`; without a season of the book.
    #[must_use]
    pub fn of(models: &Models, options: &QuotaOptions, view: &View) -> Self {
        let all = PipelineOptions { by: PipelineBy::Manager, account: None, manager: None };
        let chances = OpenChance::part(models, models, &all, view);
        let figures = Figures::of(options, models, view);
        Self::whole(models, options, view, &figures, (None, &chances))
    }

    /// The report that figures make, with the season of the book, if one is learnt, and all open
    /// chances; managers, teams and their quotas are in `common`.
    #[must_use]
    pub fn whole(
        common: &Models,
        options: &QuotaOptions,
        view: &View,
        figures: &Figures,
        (season, chances): (Option<&Season>, &[OpenChance]),
    ) -> Self {
        let policies = common.directory.policies();
        let (pacing, calendar) = (policies.pacing(view).rule, policies.calendar(view).rule);
        let by = (&pacing, &calendar, season);
        let organisation = common.directory.organisation(view);
        let mut lines: Vec<QuotaLine> = Vec::new();
        for (&owner, periods) in &options.periods(common, view).all {
            let code = match owner {
                QuotaOwner::Manager(it) => {
                    common.directory.manager(it, view).and_then(|it| it.code)
                }
                QuotaOwner::Team(it) => common.directory.team(it, view).and_then(|it| it.name),
            };
            for period in periods {
                let mut line = line(owner, code.clone(), period, options, view, figures, by);
                let of_sales = matches!(period.target, Target::Value(_));
                if of_sales && period.product_group.is_none() && !line.over {
                    let left = Sum { micro: line.quota.micro - line.attained.micro, ..line.quota };
                    let days = (period.to, view.as_of);
                    line.coverage = Some(Coverage::of(owner, days, left, chances, &organisation));
                }
                lines.push(line);
            }
        }
        lines.sort_by(|left, right| {
            let key = |it: &QuotaLine| (matches!(it.owner, QuotaOwner::Team(_)), it.code.clone());
            (key(left), left.owner, left.from).cmp(&(key(right), right.owner, right.from))
        });
        Self { as_of: view.as_of, policies: figures.policies.clone(), lines }
    }
}

fn line(
    owner: QuotaOwner,
    code: Option<String>,
    period: &Period,
    options: &QuotaOptions,
    view: &View,
    figures: &Figures,
    by: (&Pacing, &WorkCalendar, Option<&Season>),
) -> QuotaLine {
    let row = Row::Event(period.event);
    let found = figures.lines.iter().filter(|line| line.row == row);
    let quota = asked(period.target);
    let cell = |column| {
        let own = found.clone().find(|line| line.currency == quota.currency);
        own.map_or(Sum::zero(quota.currency), |line| line.sum(column))
    };
    let attained = cell(ATTAINED);
    let others = found.clone().filter(|line| line.currency != quota.currency);
    let others = others.map(|line| line.sum(ATTAINED)).filter(|sum| sum.micro != 0);
    QuotaLine {
        owner,
        code,
        kind: period.kind.clone(),
        product_group: period.product_group.clone(),
        from: period.from,
        to: period.to,
        over: period.to <= view.as_of,
        quota,
        attained,
        other_currencies: others.collect(),
        attainment_bp: per_cent(attained.micro, quota.micro),
        progress: Some((period.from, period.to))
            // Who is active is counted on a day: it does not add up over the period.
            .filter(|_| period.kind != QuotaKind::ActiveClients)
            .and_then(|days| Progress::of(by, days, view.as_of, quota, attained)),
        coverage: None,
        paid: options.paid_at.map(|_| [0, 1, 2, 3].map(|at| cell(AS_PAID + at))),
        event: period.event,
    }
}
