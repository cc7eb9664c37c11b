//! Quota progress once more, from the raw list of events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::event::account::{AccountAssigned, CreditShare, ShareKind};
use relatum_domain::event::line::Line;
use relatum_domain::event::order::OrderPlaced;
use relatum_domain::event::organisation::{QuotaEnd, Target, TeamKind};
use relatum_domain::{
    AccountId, Currency, Event, EventBody, ManagerId, OrderId, TeamId, Value, View,
};
use relatum_log::Envelope;
use relatum_projections::{QuotaOwner, Sum};
use relatum_stream::{StreamId, Version};

use crate::generated::{manager, team};
use crate::raw::{Raw, Shown, account};

/// One change of sales.
#[derive(Debug, Clone)]
pub(crate) struct Sale {
    pub(crate) who: AccountId,
    /// The order that is placed, or cancelled.
    pub(crate) order: Option<OrderId>,
    pub(crate) day: NaiveDate,
    /// Who answers on this day is credited, and is of the teams of this day.
    pub(crate) owned: NaiveDate,
    pub(crate) currency: Currency,
    pub(crate) micro: i128,
    pub(crate) owner: Option<ManagerId>,
    credit: Vec<CreditShare>,
}

/// Who has how much of the whole; none: nobody.
type Whole = Vec<(Option<ManagerId>, i128)>;

impl Sale {
    /// Who has how much: what counts into the whole, and what is on top.
    fn credits(&self) -> (Whole, Vec<(ManagerId, i128)>) {
        if self.credit.is_empty() {
            return (vec![(self.owner, self.micro)], Vec::new());
        }
        let tenths = |it: &CreditShare| match it.share.to_string().as_str() {
            "0.5" => 500,
            "0.25" => 250,
            "0.3" => 300,
            other => panic!("{other}"),
        };
        let of = |kind| self.credit.iter().filter(move |it| it.kind == kind);
        let top = of(ShareKind::Overlay).map(|it| {
            // Half away from zero.
            let size = (self.micro.abs() * 2 * tenths(it) + 1_000) / 2_000;
            (it.manager, size * self.micro.signum())
        });
        let mut parts: Vec<_> =
            of(ShareKind::Revenue).map(|it| (Some(it.manager), tenths(it))).collect();
        let given: i128 = parts.iter().map(|part| part.1).sum();
        parts.push((None, 1_000 - given));
        // Largest remainder, the earlier one first.
        let size = self.micro.abs();
        let mut shares: Vec<_> = parts.iter().map(|part| size * part.1 / 1_000).collect();
        while shares.iter().sum::<i128>() < size {
            let behind = |at: &usize| (parts[*at].1 * size - shares[*at] * 1_000, usize::MAX - at);
            let next = (0..shares.len()).max_by_key(behind).unwrap();
            shares[next] += 1;
        }
        let whole = parts.iter().zip(shares);
        let whole = whole.map(|(part, share)| (part.0, share * self.micro.signum()));
        (whole.collect(), top.collect())
    }

    /// What a manager has of it, on top or not.
    pub(crate) fn of_manager(&self, who: ManagerId) -> i128 {
        let (whole, top) = self.credits();
        let whole = whole.iter().filter(|(it, _)| *it == Some(who)).map(|it| it.1).sum::<i128>();
        whole + top.iter().filter(|(it, _)| *it == who).map(|it| it.1).sum::<i128>()
    }

    /// What nobody has of it.
    pub(crate) fn of_nobody(&self) -> i128 {
        self.credits().0.iter().filter(|(it, _)| it.is_none()).map(|it| it.1).sum()
    }

    /// What a team has of it: what its members have, a territory all that its member owns.
    pub(crate) fn of_team(&self, raw: &Raw, shown: &Shown<'_>, which: TeamId) -> i128 {
        let belongs = |who: ManagerId| teams(raw, shown, who, self.owned).contains(&which);
        if kind(raw, shown, which) == TeamKind::Territory {
            return if self.owner.is_some_and(belongs) { self.micro } else { 0 };
        }
        let whole = self.credits().0.into_iter();
        whole.filter(|(it, _)| it.is_some_and(belongs)).map(|it| it.1).sum()
    }
}

/// The events of a stream that hold on a day, in the order in which they do.
pub(crate) fn in_order<'a>(
    raw: &Raw,
    shown: &Shown<'a>,
    of: StreamId,
    on: NaiveDate,
) -> Vec<&'a EventBody> {
    let held = shown.held.iter().filter(|it| it.event.stream == of && it.data.effective <= on);
    let mut held: Vec<_> = held.collect();
    held.sort_by_key(|it| (it.data.effective, place(raw, it)));
    held.into_iter().map(|it| &it.data.body).collect()
}

fn kind(raw: &Raw, shown: &Shown<'_>, which: TeamId) -> TeamKind {
    let all = in_order(raw, shown, which.into(), NaiveDate::MAX);
    let formed = all.iter().rev().find_map(|body| match body {
        EventBody::TeamFormed(it) => Some(it.kind),
        _ => None,
    });
    formed.unwrap_or(TeamKind::Team)
}

/// The teams of a manager on a day, and the teams that these are part of.
fn teams(raw: &Raw, shown: &Shown<'_>, who: ManagerId, on: NaiveDate) -> BTreeSet<TeamId> {
    let mut own = BTreeMap::new();
    for body in in_order(raw, shown, who.into(), on) {
        match body {
            EventBody::TeamJoined(it) => drop(own.insert(it.team, it.until)),
            EventBody::TeamLeft(it) => drop(own.remove(&it.team)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    let mut next: Vec<TeamId> = own
        .into_iter()
        .filter(|(_, until)| until.is_none_or(|it| on <= it))
        .map(|it| it.0)
        .collect();
    while let Some(team) = next.pop() {
        let (mut parent, mut gone) = (None, false);
        for body in in_order(raw, shown, team.into(), on) {
            match body {
                EventBody::TeamParentNamed(it) => parent = it.parent,
                EventBody::TeamFormed(_) => gone = false,
                EventBody::TeamDissolved(_) => gone = true,
                _ => {}
            }
        }
        if !gone && found.insert(team) {
            next.extend(parent);
        }
    }
    found
}

/// Who answered for the account: the assignment with the latest day, then the one told last; an
/// amendment counts as told when what it replaces was.
pub(crate) fn owner<'a>(
    shown: &Shown<'a>,
    raw: &Raw,
    who: AccountId,
    on: NaiveDate,
) -> Option<&'a AccountAssigned> {
    in_order(raw, shown, who.into(), on).into_iter().rev().find_map(|body| match body {
        EventBody::AccountAssigned(assigned) => Some(assigned),
        _ => None,
    })
}

pub(crate) fn place(raw: &Raw, it: &Envelope<Event>) -> u64 {
    match it.data.amends {
        Some(earlier) => place(raw, raw.get(earlier)),
        None => it.event.version.0,
    }
}

/// What is left of an order's net after the deliveries of it among `told`.
fn undelivered<'a>(placed: &OrderPlaced, told: impl Iterator<Item = &'a EventBody>) -> i128 {
    // Of each line: delivered before it was cancelled, or told later to have been.
    let mut done = vec![0; placed.lines.len()];
    for body in told {
        match body {
            EventBody::OrderDelivered(it) if it.order == placed.order => {
                if it.lines.is_empty() {
                    done.fill(i64::MAX / 2);
                }
                for part in &it.lines {
                    done[part.line as usize] += part.quantity.micro();
                }
            }
            _ => {}
        }
    }
    let net = i128::from(placed.net.micro);
    if done.iter().all(|done| *done <= 0) {
        return net;
    }
    let left = |(line, done): (&Line, &i64)| {
        let all = i128::from(line.quantity.micro());
        i128::from(line.net.micro) * (all - i128::from(*done)).max(0) / all
    };
    let left: i128 = placed.lines.iter().zip(&done).map(left).sum();
    let all: i128 = placed.lines.iter().map(|line| i128::from(line.net.micro)).sum();
    net * left / all
}

/// One account, as a view shows it.
struct Naive<'a> {
    raw: &'a Raw,
    view: &'a View,
    shown: Shown<'a>,
    who: AccountId,
}

impl<'a> Naive<'a> {
    fn own(&self) -> impl Iterator<Item = &&'a Envelope<Event>> {
        self.shown.held.iter().filter(|it| it.event.stream == self.who.into())
    }

    /// The order that holds under an id: the first one told.
    fn placed(&self, order: OrderId) -> Option<(NaiveDate, &'a OrderPlaced)> {
        let mut placed = self.own().filter_map(|it| match &it.data.body {
            EventBody::OrderPlaced(placed) if placed.order == order => {
                Some((it.data.effective, placed))
            }
            _ => None,
        });
        placed.next().filter(|(from, _)| *from <= self.view.as_of)
    }

    fn sale(
        &self,
        (day, owned): (NaiveDate, NaiveDate),
        named: Option<ManagerId>,
        credit: &[CreditShare],
        (micro, currency): (i128, Currency),
    ) -> Sale {
        let assigned = owner(&self.shown, self.raw, self.who, owned);
        let theirs = assigned.filter(|_| named.is_none() && credit.is_empty());
        Sale {
            who: self.who,
            order: None,
            day,
            owned,
            currency,
            micro,
            owner: named.or_else(|| assigned.map(|it| it.manager)),
            credit: theirs.map_or_else(|| credit.to_vec(), |it| it.credit.clone()),
        }
    }

    fn told(&self, on: NaiveDate, body: &EventBody) -> Option<Sale> {
        let worth = |value: Value, sign: i128| (sign * i128::from(value.micro), value.currency);
        Some(match body {
            EventBody::OrderPlaced(it) => {
                let sale = self.sale((on, on), it.manager, &it.credit, worth(it.net, 1));
                Sale { order: Some(it.order), ..sale }
            }
            EventBody::GoodsReturned(it) => {
                // Off whoever has the order that it is from, unless somebody is named.
                let from = it.order.filter(|_| it.manager.is_none());
                match from.and_then(|order| self.placed(order)) {
                    Some((day, from)) => {
                        self.sale((on, day), from.manager, &from.credit, worth(it.net, -1))
                    }
                    None => self.sale((on, on), it.manager, &[], worth(it.net, -1)),
                }
            }
            EventBody::SalesAdjusted(it) => self.sale((on, on), it.manager, &[], worth(it.net, 1)),
            _ => return None,
        })
    }

    fn cancelled(&self) -> Vec<Sale> {
        let mut cancelled: Vec<_> = self
            .own()
            .filter_map(|it| match &it.data.body {
                EventBody::OrderCancelled(cancel) if it.data.effective <= self.view.as_of => {
                    Some((it.data.effective, it.event.version, cancel.order))
                }
                _ => None,
            })
            .collect();
        cancelled.sort();
        let mut gone: BTreeSet<OrderId> = BTreeSet::new();
        cancelled.retain(|(.., order)| gone.insert(*order));
        let sale = |(on, version, order): (NaiveDate, Version, OrderId)| {
            let (from, placed) = self.placed(order)?;
            let before =
                |it: &&&Envelope<Event>| it.event.version < version || it.data.effective <= on;
            let rest = undelivered(placed, self.own().filter(before).map(|it| &it.data.body));
            let worth = (-rest, placed.net.currency);
            let sale = self.sale((on, from), placed.manager, &placed.credit, worth);
            Some(Sale { order: Some(order), ..sale })
        };
        cancelled.into_iter().filter_map(sale).collect()
    }
}

pub(crate) fn sales(raw: &Raw, view: &View) -> Vec<Sale> {
    let mut sales = Vec::new();
    for number in 0..3 {
        let naive = Naive { raw, view, shown: raw.shown(view), who: account(number) };
        // One identity is one sale: of two that hold under one id, the one told first.
        let mut twice = BTreeSet::new();
        for it in naive.own() {
            let is_twice = match &it.data.body {
                EventBody::OrderPlaced(it) => !twice.insert(it.order.uuid()),
                EventBody::GoodsReturned(it) => !twice.insert(it.goods_return.uuid()),
                _ => false,
            };
            if !is_twice && it.data.effective <= view.as_of {
                sales.extend(naive.told(it.data.effective, &it.data.body));
            }
        }
        sales.extend(naive.cancelled());
    }
    sales
}

/// The sums by currency of what is something, without those of nothing.
pub(crate) fn sum(sales: &[Sale], counts: impl Fn(&Sale) -> i128) -> Vec<Sum> {
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for sale in sales {
        *sums.entry(sale.currency).or_default() += counts(sale);
    }
    let sums = sums.into_iter().filter(|(_, micro)| *micro != 0);
    sums.map(|(currency, micro)| Sum { micro, currency }).collect()
}

/// A period: whose, first and last day, currency, what was asked.
pub(crate) type Period = (QuotaOwner, NaiveDate, NaiveDate, Currency, i128);

pub(crate) fn periods(raw: &Raw, view: &View) -> Vec<Period> {
    let shown = raw.shown(view);
    let mut periods = Vec::new();
    let managers = (0..3).map(|number| QuotaOwner::Manager(manager(number)));
    for owner in managers.chain((0..3).map(|number| QuotaOwner::Team(team(number)))) {
        let stream = StreamId::from(owner);
        let set = |it: &&Envelope<Event>| match &it.data.body {
            EventBody::QuotaSet(set) if it.event.stream == stream => {
                Some((it.data.effective, set.target, set.end))
            }
            _ => None,
        };
        for (from, target, end) in shown.of(stream).filter_map(|it| set(&it)) {
            let Target::Value(target) = target else { continue };
            let next =
                shown.held.iter().filter_map(set).map(|it| it.0).filter(|it| *it > from).min();
            let to = match (end, next) {
                (QuotaEnd::Day(day), _) => day,
                (QuotaEnd::BeforeNext(latest), Some(next)) => latest.min(next.pred_opt().unwrap()),
                (QuotaEnd::BeforeNext(latest), None) => latest,
            };
            let asked = i128::from(target.micro);
            periods.push((owner, from, to, target.currency, asked));
        }
    }
    periods.sort();
    periods
}
