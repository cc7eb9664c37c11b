//! The report: who may be leaving, how likely, how much is at stake, why, and what to do first.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, NaiveTime};
use relatum_churn::{Past, Seen};
use relatum_domain::signals::{SignalKind, SignalRule, SignalState};
use relatum_domain::{AccountId, Currency, ManagerId, Recorded, View};
use relatum_stream::EventRef;
use serde::Serialize;

use super::behaviour::Behaviour;
use super::look::Look;
use super::norm::{self, Norm, a_year_before};
use super::risk::{self, Buyer, Risk, RiskMethod};
use super::signal::{Signal, rank};
use super::signals::{FAMILY, no_purchase};
use crate::agreements::KnownContract;
use crate::amounts::Sum;
use crate::merged;
use crate::models::{Models, Which};
use crate::sales::Bought;

/// How far back contracts that ended are counted, and within which time another one follows, in
/// days before and after the end.
const ENDED: i64 = 3 * 365;
const FOLLOWS: (i64, i64) = (182, 61);

/// Which accounts are wanted, and how far a risk looks ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ChurnOptions {
    /// Days that a risk looks ahead; none: as the tenant's rule says.
    pub horizon_days: Option<u32>,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only accounts of this manager.
    pub manager: Option<ManagerId>,
}

/// How somebody rated the relationship, last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rating {
    /// The day.
    pub day: NaiveDate,
    /// Who.
    pub manager: ManagerId,
    /// The rating.
    pub rating: i32,
    /// The best one there is.
    pub scale: i32,
    /// The event.
    pub event: EventRef,
}

/// What comes of a contract that runs, by what came of those that ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractRisk {
    /// Its number.
    pub number: String,
    /// Its last day.
    pub ends: NaiveDate,
    /// How many contracts of the book ended in three years.
    pub ended: usize,
    /// After how many of them another one came.
    pub renewed: usize,
    /// How probable it is that it ends within the horizon and none follows, in hundredths of a per
    /// cent.
    pub risk_bp: i64,
    /// The event that told its end.
    pub event: EventRef,
}

/// One account of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChurnLine {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// The worst state of its signals.
    pub state: SignalState,
    /// How probable it is that it buys nothing; none: too little is known.
    pub risk: Option<Risk>,
    /// What it bought within a year, less what came back.
    pub at_stake: Option<Sum>,
    /// What is to be expected to be lost within the horizon: the risk, times what it buys in such a
    /// time at the pace of that year.
    pub expected_loss: Option<Sum>,
    /// Its share in what all accounts bought in that currency, in hundredths of a per cent: how
    /// exposed the book is to it, whatever its risk.
    pub share_bp: i64,
    /// What comes of its contract, if one runs.
    pub contract: Option<ContractRisk>,
    /// How a person rated it last: shown, never mixed in.
    pub rating: Option<Rating>,
    /// What to do first, if anything is worth attention.
    pub first_step: Option<String>,
    /// All of its signals, in a fixed order.
    pub signals: Vec<Signal>,
}

/// Churn risks and signals of a book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChurnReport {
    /// The day from which it looks.
    pub as_of: NaiveDate,
    /// How the risks were found.
    pub method: RiskMethod,
    /// What all lines have at stake, a sum a currency.
    pub at_stake: Vec<Sum>,
    /// What is to be expected to be lost of them within the horizon.
    pub expected_loss: Vec<Sum>,
    /// A line an account, by what is to be expected to be lost, as a share of its currency.
    pub lines: Vec<ChurnLine>,
}

/// An account, looked at.
#[derive(Debug, Clone)]
pub struct Looked {
    account: AccountId,
    /// None: it is closed.
    line: Option<ChurnLine>,
    buyer: Option<Buyer>,
    /// As it was seen at each past cut; none: it was not there.
    past: Vec<Option<(Currency, Seen)>>,
    contract: Option<KnownContract>,
    /// Contracts that ended, and after how many of them another one came.
    ended: (usize, usize),
}

impl ChurnOptions {
    /// The projections that it reads.
    pub const WHICH: Which = Which {
        directory: true,
        aging: true,
        sales: true,
        pipeline: true,
        churn: true,
        activities: true,
        agreements: true,
        ..Which::NONE
    };
    /// Those that what is usual is made of.
    pub const NORM: Which = Which { directory: true, sales: true, agreements: true, ..Which::NONE };

    fn rule(common: &Models, view: &View) -> SignalRule {
        common.directory.policies().signals(view).rule
    }

    /// Days that a risk looks ahead.
    pub(super) fn horizon(&self, common: &Models, view: &View) -> u32 {
        self.horizon_days.unwrap_or_else(|| Self::rule(common, view).horizon_days.into()).max(1)
    }

    /// How the past of the book is cut.
    #[must_use]
    pub fn past(&self, common: &Models, norm: &Norm, view: &View) -> Past {
        risk::past(norm, view.as_of.num_days_from_ce(), self.horizon(common, view))
    }

    /// The accounts of `part`, each looked at; policies are in `common`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        norm: &Norm,
        past: &Past,
        view: &View,
    ) -> Vec<Looked> {
        let rule = Self::rule(common, view);
        let known = Known { part, common, norm, past, view, rule: &rule };
        let accounts = part.directory.accounts(view).filter(|(_, profile)| !profile.unassigned);
        accounts.map(|(account, profile)| known.looked(account, profile.manager)).collect()
    }

    /// The signals of one account of `part`, as a new event finds them; without the risk, which
    /// the whole book tells. Policies are in `common`.
    #[must_use]
    pub fn signals(
        (part, common): (&Models, &Models),
        norm: &Norm,
        account: AccountId,
        view: &View,
    ) -> Vec<Signal> {
        let (rule, none) = (Self::rule(common, view), Behaviour::default());
        let behaviour = part.churn.accounts.get(&account).unwrap_or(&none);
        let bought = part.sales.bought(account, view);
        signals(account, (part, common), view, (&rule, norm), (behaviour, bought.as_ref()))
    }

    /// The signals that accounts of `part` tell on their own, held against nothing but themselves;
    /// of one account or of all that are open.
    #[must_use]
    pub fn own_signals(
        part: &Models,
        common: &Models,
        only: Option<AccountId>,
        view: &View,
    ) -> Vec<(AccountId, Vec<Signal>)> {
        let norm = Norm::default();
        let accounts = part.directory.accounts(view).filter(|(account, profile)| {
            !profile.unassigned && !profile.closed && only.is_none_or(|only| only == *account)
        });
        let told = |(account, _)| (account, Self::signals((part, common), &norm, account, view));
        accounts.map(told).collect()
    }

    /// The report that the accounts of all parts make, in whatever order.
    #[must_use]
    pub fn whole(
        &self,
        common: &Models,
        norm: &Norm,
        past: &Past,
        view: &View,
        mut looked: Vec<Looked>,
    ) -> ChurnReport {
        by_account(&mut looked);
        let (cut, horizon) = (view.as_of.num_days_from_ce(), self.horizon(common, view));
        let slices = risk::slices(past, &seen_at(past, &looked));
        let learned = risk::learn(norm, past, &slices, (cut, horizon));
        let buyers: Vec<&Buyer> = looked.iter().filter_map(Looked::open_buyer).collect();
        let mut risks = learned.risks(norm, &buyers, cut).into_iter();
        let known = |at: fn(&(usize, usize)) -> usize| looked.iter().map(|it| at(&it.ended)).sum();
        let ended: (usize, usize) = (known(|it| it.0), known(|it| it.1));
        let last = view.as_of.checked_add_days(chrono::Days::new(horizon.into()));
        let last = last.unwrap_or(NaiveDate::MAX);
        let mut lines = Vec::with_capacity(looked.len());
        for it in looked {
            let risk = if it.open_buyer().is_some() { risks.next().flatten() } else { None };
            let Some(mut line) = it.line else { continue };
            line.contract = it.contract.and_then(|it| contract_risk(it, ended, last));
            line.expected_loss = line.at_stake.zip(risk.as_ref()).map(|(stake, risk)| {
                let share = i128::from(risk.risk_bp).saturating_mul(horizon.into());
                let micro = stake.micro.max(0).saturating_mul(share) / (10_000 * 365);
                Sum { micro, ..stake }
            });
            line.risk = risk;
            lines.push(line);
        }
        let rule = Self::rule(common, view);
        finished(&mut lines, norm, horizon, &rule);
        let (at_stake, expected_loss) = (Vec::new(), Vec::new());
        let report = ChurnReport {
            as_of: view.as_of,
            method: learned.method,
            at_stake,
            expected_loss,
            lines,
        };
        report.only(|it| {
            self.account.is_none_or(|only| only == it.account)
                && self.manager.is_none_or(|only| it.manager == Some(only))
        })
    }
}

impl ChurnReport {
    /// The same of those lines only, summed up anew.
    #[must_use]
    pub fn only(mut self, wanted: impl FnMut(&ChurnLine) -> bool) -> Self {
        self.lines.retain(wanted);
        let sums = |of: fn(&ChurnLine) -> Option<Sum>| {
            Sum::of(self.lines.iter().filter_map(of).map(|it| (it.micro, it.currency)))
        };
        (self.at_stake, self.expected_loss) = (sums(|it| it.at_stake), sums(|it| it.expected_loss));
        self
    }

    /// The report for the day and the knowledge of `view`.
    ///
    /// Accounts of which nothing is known by then or that are closed are left out, and so is the
    /// one that keeps what belongs to no known client: it has no behaviour of its own.
    #[must_use]
    pub fn of(models: &Models, options: &ChurnOptions, view: &View) -> Self {
        let norm = Norm::whole(view, &Norm::part(models, view));
        let past = options.past(models, &norm, view);
        let looked = ChurnOptions::part(models, models, &norm, &past, view);
        options.whole(models, &norm, &past, view, looked)
    }
}

impl Looked {
    fn open_buyer(&self) -> Option<&Buyer> {
        self.buyer.as_ref().filter(|_| self.line.is_some())
    }
}

/// Sums of what is learned are taken in one order, in whatever parts the book came.
pub(super) fn by_account(looked: &mut [Looked]) {
    looked.sort_by_key(|it| it.account);
}

/// Of each cut, who was there.
pub(super) fn seen_at(past: &Past, looked: &[Looked]) -> Vec<Vec<Seen>> {
    let at = |cut: usize| {
        let there = looked.iter().filter_map(|it| it.past.get(cut)?.clone());
        risk::in_one_unit(there.collect())
    };
    (0..past.cuts.len()).map(at).collect()
}

/// What every account of a part is looked at with.
struct Known<'a> {
    part: &'a Models,
    common: &'a Models,
    norm: &'a Norm,
    past: &'a Past,
    view: &'a View,
    rule: &'a SignalRule,
}

impl Known<'_> {
    fn looked(&self, account: AccountId, manager: Option<ManagerId>) -> Looked {
        let (part, view) = (self.part, self.view);
        let bought = part.sales.bought(account, view);
        let contracts = part.agreements.contracts_of(account, view);
        let is_open = !part.directory.is_closed(account, view);
        Looked {
            account,
            line: is_open.then(|| self.line(account, manager, bought.as_ref())),
            past: self.past_of(account, bought.as_ref()),
            buyer: bought.as_ref().and_then(|it| buyer(account, it)),
            contract: running(&contracts, view.as_of).cloned(),
            ended: ended(&contracts, view.as_of),
        }
    }

    fn line(
        &self,
        account: AccountId,
        manager: Option<ManagerId>,
        bought: Option<&Bought<'_>>,
    ) -> ChurnLine {
        let (part, view) = (self.part, self.view);
        let none = Behaviour::default();
        let behaviour = part.churn.accounts.get(&account).unwrap_or(&none);
        let models = (part, self.common);
        let signals = signals(account, models, view, (self.rule, self.norm), (behaviour, bought));
        let year = bought.map(|it| (it.net(a_year_before(view.as_of), view.as_of), it.currency));
        let all = year.map(|(_, currency)| self.norm.year.get(&currency).copied().unwrap_or(0));
        let share = year
            .zip(all)
            .map(|((net, _), all)| net.max(0).saturating_mul(10_000).checked_div(all).unwrap_or(0));
        ChurnLine {
            account,
            name: part.directory.account_name(account, view),
            manager,
            state: SignalState::InsufficientData,
            risk: None,
            at_stake: year.map(|(micro, currency)| Sum { micro, currency }),
            expected_loss: None,
            share_bp: i64::try_from(share.unwrap_or(0)).unwrap_or(0),
            contract: None,
            rating: rating(account, behaviour, view),
            first_step: None,
            signals,
        }
    }

    /// As it was seen at each cut, and what had come by the end of the horizon: what had happened
    /// by then, and was known then if that can be asked.
    fn past_of(
        &self,
        account: AccountId,
        now: Option<&Bought<'_>>,
    ) -> Vec<Option<(Currency, Seen)>> {
        let sales = &self.part.sales;
        let at = |cut: &i32| {
            let day = NaiveDate::from_num_days_from_ce_opt(*cut)?;
            let end = cut.saturating_add_unsigned(self.past.horizon);
            let end = NaiveDate::from_num_days_from_ce_opt(end)?;
            let (then, until) = (self.known_at(day), self.known_at(end));
            let known = sales.bought_then(account, now, &then)?;
            if self.part.directory.is_closed(account, &then) {
                return None;
            }
            let seen = Seen {
                purchases: norm::purchases(&known.days),
                breadth: known.breadth as f64,
                lapsed: !sales.bought_after(account, (&known, day), now, &until),
            };
            Some((known.currency, seen))
        };
        self.past.cuts.iter().map(at).collect()
    }

    fn known_at(&self, day: NaiveDate) -> View {
        let then = View { as_of: day, ..*self.view };
        let midnight = day.succ_opt().map(|next| next.and_time(NaiveTime::MIN).and_utc());
        match midnight.filter(|_| self.norm.in_time) {
            Some(at) => {
                let last = Recorded(at.timestamp_micros().saturating_sub(1));
                then.known_at(last.min(self.view.known_at))
            }
            None => then,
        }
    }
}

fn signals(
    account: AccountId,
    (part, common): (&Models, &Models),
    view: &View,
    (rule, norm): (&SignalRule, &Norm),
    (behaviour, bought): (&Behaviour, Option<&Bought<'_>>),
) -> Vec<Signal> {
    let policies = common.directory.policies();
    let look = Look::new(account, (part, policies), view, (rule, norm), (behaviour, bought));
    FAMILY.iter().map(|sign| sign.of(&look)).collect()
}

fn buyer(account: AccountId, bought: &Bought<'_>) -> Option<Buyer> {
    let event = |version| merged::event(account, version);
    let (first, last) = (bought.purchases().next()?, bought.purchases().next_back()?);
    let purchases = norm::purchases(&bought.days);
    Some(Buyer {
        now: Seen { purchases, breadth: bought.breadth() as f64, lapsed: false },
        currency: bought.currency,
        first: (first.day, event(first.version)),
        last: (last.day, event(last.version)),
    })
}

/// The last rating that the view shows.
fn rating(account: AccountId, behaviour: &Behaviour, view: &View) -> Option<Rating> {
    let shown = behaviour.rated.iter().filter(|it| behaviour.voids.shows(it.stamp, view));
    let last = shown.max_by_key(|it| (it.stamp.day, it.stamp.version))?;
    Some(Rating {
        day: last.stamp.effective(),
        manager: last.by,
        rating: last.rating,
        scale: last.scale,
        event: merged::event(account, last.stamp.version),
    })
}

/// The contract that ends last of those that run; none where one runs on without an end.
fn running(contracts: &[KnownContract], today: NaiveDate) -> Option<&KnownContract> {
    if contracts.iter().any(|it| it.ends.is_none()) {
        return None;
    }
    contracts.iter().filter(|it| it.ends >= Some(today)).max_by_key(|it| it.ends)
}

/// How many contracts of an account ended in three years, and after how many another one came.
fn ended(contracts: &[KnownContract], today: NaiveDate) -> (usize, usize) {
    let lately = |day: &NaiveDate| (1..=ENDED).contains(&(today - *day).num_days());
    let mut found = (0, 0);
    for (at, it) in contracts.iter().enumerate() {
        let renewed = it.renewed.iter().filter(|day| lately(day)).count();
        found = (found.0 + renewed, found.1 + renewed);
        let Some(end) = it.ends.filter(lately) else { continue };
        let follows = contracts.iter().enumerate().any(|(other, next)| {
            let after = (next.signed - end).num_days();
            other != at
                && (-FOLLOWS.0..=FOLLOWS.1).contains(&after)
                && next.ends.is_none_or(|ends| ends > end)
        });
        // Another one may still come.
        if follows || (today - end).num_days() > FOLLOWS.1 {
            found = (found.0 + 1, found.1 + usize::from(follows));
        }
    }
    found
}

/// By what came of those that ended, as if one more had been renewed and one more had not.
fn contract_risk(
    it: KnownContract,
    (ended, renewed): (usize, usize),
    last: NaiveDate,
) -> Option<ContractRisk> {
    let ends = it.ends?;
    let lost = (ended - renewed.min(ended) + 1) * 10_000 / (ended + 2);
    let risk_bp = if ends <= last { i64::try_from(lost).unwrap_or(10_000) } else { 0 };
    Some(ContractRisk { number: it.number, ends, ended, renewed, risk_bp, event: it.event })
}

/// Which signal says what to do first.
const FIRST: [SignalKind; 15] = [
    SignalKind::Complaints,
    SignalKind::Contract,
    SignalKind::KeyContact,
    SignalKind::Promises,
    SignalKind::DaysLate,
    SignalKind::Offers,
    SignalKind::Cadence,
    SignalKind::Volume,
    SignalKind::Assortment,
    SignalKind::OrderValue,
    SignalKind::Returns,
    SignalKind::Usage,
    SignalKind::MissedVisits,
    SignalKind::Contact,
    SignalKind::NoPurchase,
];

/// What only the whole book says: risk as a signal, places among all, states, order.
fn finished(lines: &mut [ChurnLine], norm: &Norm, horizon: u32, rule: &SignalRule) {
    let known: Vec<i64> = lines.iter().filter_map(|it| Some(it.risk.as_ref()?.risk_bp)).collect();
    let count = i64::try_from(known.len()).unwrap_or(1).max(1);
    let usual = known.iter().sum::<i64>() / count / 100;
    for line in lines.iter_mut() {
        let risk = (line.risk.as_ref(), horizon);
        line.signals.insert(0, no_purchase::of(line.account, risk, usual, rule));
    }
    for at in 0..=FAMILY.len() {
        rank(lines.iter_mut().filter_map(|line| line.signals.get_mut(at)));
    }
    for line in lines.iter_mut() {
        line.state = line.signals.iter().map(|it| it.state).max().unwrap_or(line.state);
        let step = |state| {
            let of = |kind: &SignalKind| {
                line.signals.iter().find(|it| it.name == *kind && it.state == state)
            };
            FIRST.iter().find_map(of).and_then(|it| it.first_step.clone())
        };
        line.first_step = step(SignalState::Alert).or_else(|| step(SignalState::Watch));
    }
    let totals: BTreeMap<Currency, i128> = norm.year.clone();
    lines.sort_by_cached_key(|line| {
        let of = |state| line.signals.iter().filter(|it| it.state == state).count();
        let lost = line.expected_loss.map_or(0, |it| {
            let all = totals.get(&it.currency).copied().unwrap_or(0);
            it.micro.saturating_mul(1_000_000_000).checked_div(all).unwrap_or(0)
        });
        let worst = (of(SignalState::Alert), of(SignalState::Watch));
        (std::cmp::Reverse((lost, worst)), line.name.clone(), line.account)
    });
}
