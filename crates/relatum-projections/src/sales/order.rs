//! One order as a sale: what was placed, delivered and cancelled of it.
//!
//! Kept as rows, so that a delivery or an order that is voided after a cancellation changes what
//! the cancellation took away.

use bitcode::{Decode, Encode};
use relatum_domain::event::account::CreditShare;
use relatum_domain::{ContractId, Day, ManagerId, Quantity, Stamp, Value, View, Voids, proportion};

use super::{Line, first};

#[derive(Debug, Clone, Encode, Decode)]
pub(super) struct Placed {
    pub(super) stamp: Stamp,
    pub(super) number: Option<String>,
    pub(super) manager: Option<ManagerId>,
    pub(super) credit: Vec<CreditShare>,
    pub(super) net: Value,
    pub(super) lines: Vec<Line>,
    /// When the client wants it.
    pub(super) wanted: Option<Day>,
    pub(super) contract: Option<ContractId>,
}

/// Everything told of one order.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Order {
    placed: Vec<Placed>,
    /// How much of which lines; none: all that was outstanding.
    delivered: Vec<(Stamp, Vec<(u32, Quantity)>)>,
    /// The same of what was refused at the door; none: all of it.
    refused: Vec<(Stamp, Vec<(u32, Quantity)>)>,
    /// Why, one for each.
    reasons: Vec<Option<String>>,
    cancelled: Vec<Stamp>,
}

/// What a cancellation took away.
#[derive(Debug)]
pub(super) struct TakenAway {
    pub(super) stamp: Stamp,
    /// Of the order's own net, positive.
    pub(super) net: i128,
    /// Of its lines.
    pub(super) lines: Vec<Line>,
}

/// What was refused at the door, at one time.
#[derive(Debug)]
pub(super) struct Refusal<'a> {
    pub(super) stamp: Stamp,
    pub(super) reason: Option<&'a str>,
    /// Of its lines.
    pub(super) lines: Vec<Line>,
}

/// How far an order is, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fulfilment {
    pub(super) delivered: i128,
    pub(super) refused: i128,
    pub(super) cancelled: i128,
    pub(super) open: i128,
}

impl Order {
    /// When and how it was told.
    pub(super) fn stamps(&self) -> impl Iterator<Item = Stamp> + '_ {
        self.placed.iter().map(|it| it.stamp)
    }

    pub(super) const fn is_cancelled(&self) -> bool {
        !self.cancelled.is_empty()
    }

    /// No second order was told under its id.
    pub(super) const fn is_placed_once(&self) -> bool {
        self.placed.len() <= 1
    }

    pub(super) fn place(&mut self, placed: Placed) {
        self.placed.push(placed);
    }

    pub(super) fn deliver(&mut self, stamp: Stamp, parts: &[(u32, Quantity)]) {
        self.delivered.push((stamp, parts.to_vec()));
    }

    pub(super) fn refuse(&mut self, stamp: Stamp, parts: &[(u32, Quantity)], reason: Option<&str>) {
        self.refused.push((stamp, parts.to_vec()));
        self.reasons.push(reason.map(str::to_owned));
    }

    pub(super) fn cancel(&mut self, stamp: Stamp) {
        self.cancelled.push(stamp);
    }

    /// The order that a view shows.
    pub(super) fn placed(&self, voids: &Voids, view: &View) -> Option<&Placed> {
        first(&self.placed, |it| it.stamp, voids, view)
    }

    /// What a cancellation took away from it, if the view shows one.
    pub(super) fn taken_away(
        &self,
        placed: &Placed,
        voids: &Voids,
        view: &View,
    ) -> Option<TakenAway> {
        let cancelled = self.cancelled.iter().filter(|it| voids.shows(**it, view));
        let stamp = *cancelled.min_by_key(|it| (it.day, it.version))?;
        let lines = self.undelivered(placed, stamp, voids, view);
        let net = i128::from(placed.net.micro);
        let whole = lines.iter().zip(&placed.lines).all(|(left, all)| left == all);
        let net = if whole {
            net
        } else {
            let sum = |lines: &[Line]| lines.iter().map(|it| i128::from(it.net)).sum::<i128>();
            let (left, all) = (sum(&lines), sum(&placed.lines));
            let share = net.checked_mul(left).and_then(|product| product.checked_div(all));
            share.unwrap_or(left)
        };
        Some(TakenAway { stamp, net, lines })
    }

    /// What was refused of it, time by time: no more of a line than there is.
    pub(super) fn refusals<'a>(
        &'a self,
        placed: &'a Placed,
        voids: &Voids,
        view: &View,
    ) -> Vec<Refusal<'a>> {
        let mut left: Vec<i64> = placed.lines.iter().map(|line| line.quantity.max(0)).collect();
        let shown = self.refused.iter().zip(&self.reasons);
        let shown = shown.filter(|((stamp, _), _)| voids.shows(*stamp, view));
        let one = |((stamp, parts), reason): (&'a (Stamp, _), &'a Option<String>)| {
            let parts: &Vec<(u32, Quantity)> = parts;
            let mut lines = Vec::new();
            for ((line, left), at) in placed.lines.iter().zip(&mut left).zip(0_u32..) {
                let named = parts.iter().filter(|(of, _)| *of == at);
                let named = named.fold(0_i64, |sum, (_, it)| sum.saturating_add(it.micro()));
                let quantity = if parts.is_empty() { *left } else { named.clamp(0, *left) };
                *left = left.saturating_sub(quantity);
                if quantity > 0 {
                    let net = proportion(line.net.into(), quantity.into(), line.quantity.into());
                    let net = net.and_then(|net| i64::try_from(net).ok()).unwrap_or(line.net);
                    lines.push(Line { quantity, net, ..*line });
                }
            }
            Refusal { stamp: *stamp, reason: reason.as_deref(), lines }
        };
        shown.map(one).collect()
    }

    /// How much of each line is delivered or refused by those parts that `counts`; where all of it
    /// is, it is as much as `all` says.
    fn done(
        parts: &[(Stamp, Vec<(u32, Quantity)>)],
        lines: &[Line],
        counts: impl Fn(Stamp) -> bool,
        all: impl Fn(&Line) -> i64,
    ) -> Vec<i64> {
        let mut done: Vec<i64> = vec![0; lines.len()];
        for (_, parts) in parts.iter().filter(|(stamp, _)| counts(*stamp)) {
            if parts.is_empty() {
                done = lines.iter().map(&all).collect();
            }
            for (line, quantity) in parts {
                if let Some(done) = done.get_mut(*line as usize) {
                    *done = done.saturating_add(quantity.micro());
                }
            }
        }
        done
    }

    /// How far an order is, as a view shows it: what is delivered and was not refused, what was
    /// refused, what was cancelled, and what is still open, in millionths of its own net.
    pub(super) fn fulfilment(&self, placed: &Placed, voids: &Voids, view: &View) -> Fulfilment {
        let (lines, net) = (&placed.lines, i128::from(placed.net.micro));
        let shown = |stamp| voids.shows(stamp, view);
        let done = |parts| Self::done(parts, lines, shown, |line| line.quantity);
        let (delivered, refused) = (done(&self.delivered), done(&self.refused));
        let all: i128 = lines.iter().map(|line| i128::from(line.net)).sum();
        // Of each line in proportion to quantity, and of the order's own net as the lines say.
        let worth = |of: &[i64]| {
            let parts = lines.iter().zip(of).map(|(line, done)| {
                let done = i128::from((*done).clamp(0, line.quantity.max(0)));
                proportion(line.net.into(), done, line.quantity.into()).unwrap_or_default()
            });
            proportion(net, parts.sum(), all).unwrap_or_default()
        };
        let kept = delivered.iter().zip(&refused).map(|(all, back)| all.saturating_sub(*back));
        let delivered = worth(&kept.collect::<Vec<_>>());
        let (cancelled, open) = match self.taken_away(placed, voids, view) {
            Some(gone) => (gone.net, 0),
            None => (0, (net - delivered).max(0)),
        };
        Fulfilment { delivered, refused: worth(&refused), cancelled, open }
    }

    /// What the cancellation found undelivered of each line: told before it, or delivered by its
    /// day and told later. In proportion to quantity, rounded toward zero.
    fn undelivered(
        &self,
        placed: &Placed,
        cancelled: Stamp,
        voids: &Voids,
        view: &View,
    ) -> Vec<Line> {
        let ever = View { as_of: chrono::NaiveDate::MAX, ..*view };
        let before = |it: &Stamp| it.version < cancelled.version || it.day <= cancelled.day;
        let counts = |it| before(&it) && voids.shows(it, &ever);
        let delivered = Self::done(&self.delivered, &placed.lines, counts, |line| line.quantity);
        // What was refused at the door is not delivered.
        let refused = Self::done(&self.refused, &placed.lines, counts, |line| line.quantity);
        let kept = delivered.iter().zip(refused).map(|(all, back)| all.saturating_sub(back).max(0));
        let lines = placed.lines.iter().zip(kept);
        lines.map(|(line, done)| if done == 0 { *line } else { left_of(line, done) }).collect()
    }
}

fn left_of(line: &Line, done: i64) -> Line {
    let quantity = line.quantity.saturating_sub(done).max(0);
    let part = i128::from(line.net).saturating_mul(i128::from(quantity));
    let net = part.checked_div(i128::from(line.quantity)).unwrap_or(0);
    Line { quantity, net: i64::try_from(net).unwrap_or(line.net), ..*line }
}
