//! The signals of one account, each by its own thresholds.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use relatum_domain::{AccountId, ComplaintId, Policies, Stamp, View};
use relatum_stream::{EventRef, StreamId, Version};

use super::{Behaviour, Signal, SignalState};
use crate::models::Models;
use crate::words::days as in_words;

/// One account, looked at from one view.
pub(super) struct Look<'a> {
    pub(super) stream: StreamId,
    pub(super) behaviour: &'a Behaviour,
    pub(super) view: &'a View,
    pub(super) policies: &'a Policies,
}

impl Look<'_> {
    /// All signals, in a fixed order.
    pub(super) fn signals(&self, models: &Models, account: AccountId) -> Vec<Signal> {
        vec![
            self.recency(),
            self.interval(),
            self.silence(),
            self.late_payment(models, account),
            self.complaints(),
        ]
    }

    fn event(&self, stamp: Stamp) -> EventRef {
        EventRef::new(self.stream, Version(stamp.version))
    }

    fn age(&self, stamp: Stamp) -> i64 {
        self.view.as_of.signed_duration_since(stamp.effective()).num_days()
    }

    /// The days on which something happened, in order, each with one event.
    fn days(&self, stamps: impl Iterator<Item = Stamp>) -> Vec<Stamp> {
        let mut shown: Vec<Stamp> =
            stamps.filter(|stamp| self.behaviour.voids.shows(*stamp, self.view)).collect();
        shown.sort_by_key(|stamp| (stamp.day, stamp.version));
        shown.dedup_by_key(|stamp| stamp.day);
        shown
    }

    /// Days with a purchase: an order, or an invoice where the account has no order at all.
    fn purchases(&self) -> Vec<Stamp> {
        let orders = self.days(self.behaviour.orders.iter().copied());
        if orders.is_empty() { self.days(self.behaviour.invoices.iter().copied()) } else { orders }
    }

    fn recency(&self) -> Signal {
        let days = self.purchases();
        let far = |value, usual| value - usual >= 14;
        self.since_last("recency", &days, "bought", far)
            .unwrap_or_else(|| unknown("recency", "has not bought yet"))
    }

    fn silence(&self) -> Signal {
        let days = self.days(self.behaviour.contacts.iter().map(|(stamp, _)| *stamp));
        let far = |value, _| value >= 30;
        self.since_last("contact_silence", &days, "contact", far)
            .unwrap_or_else(|| unknown("contact_silence", "no contact is recorded"))
    }

    /// How long ago the last of `days` is, against the usual gap between them: unusual beyond
    /// twice, very unusual beyond three times the gap, if it is `far` as well.
    fn since_last(
        &self,
        name: &'static str,
        days: &[Stamp],
        what: &str,
        far: impl Fn(i64, i64) -> bool,
    ) -> Option<Signal> {
        let last = days.last().copied()?;
        let value = self.age(last);
        let ago = format!("last {what} {} ago", in_words(value));
        let evidence = vec![self.event(last)];
        let usual = median(&gaps(days)).filter(|_| days.len() >= 3);
        let Some(usual) = usual else {
            let sentence = format!("{ago}; too few to judge");
            return Some(Signal { value: Some(value), evidence, ..unknown(name, &sentence) });
        };
        let far = far(value, usual);
        Some(Signal {
            name,
            state: graded(value > 3 * usual && far, value > 2 * usual && far),
            value: Some(value),
            baseline: Some(usual),
            unit: "days",
            sentence: format!("{ago}; usually every {usual}"),
            evidence,
        })
    }

    fn interval(&self) -> Signal {
        let name = "purchase_interval";
        let days = self.purchases();
        let gaps = gaps(&days);
        let split = gaps.len().saturating_sub(3);
        let (before, recent) = gaps.split_at(split);
        let (Some(recent), Some(before)) = (median(recent), median(before)) else {
            return unknown(name, "too few purchases to judge");
        };
        if before == 0 || split < 3 {
            return unknown(name, "too few purchases to judge");
        }
        let far = recent - before >= 7;
        Signal {
            name,
            state: graded(recent > 2 * before && far, 2 * recent > 3 * before && far),
            value: Some(recent),
            baseline: Some(before),
            unit: "days",
            sentence: format!("lately buys every {}; before that every {before}", in_words(recent)),
            evidence: days.iter().rev().take(4).map(|stamp| self.event(*stamp)).collect(),
        }
    }

    /// Mean days late of what was paid in the last 180 days and of what is overdue now, against
    /// what was paid before.
    fn late_payment(&self, models: &Models, account: AccountId) -> Signal {
        let name = "late_payment";
        let Some(book) = models.aging.book(account) else {
            return unknown(name, "nothing was invoiced");
        };
        let ledger = book.ledger(self.view.known_at, self.policies);
        let receipts = ledger.receipts(self.view.as_of);
        let is_recent =
            |day: NaiveDate| self.view.as_of.signed_duration_since(day).num_days() <= RECENT_DAYS;
        let late = |days: i64| days.max(0);
        let before: Vec<i64> = receipts
            .iter()
            .filter(|receipt| !is_recent(receipt.day))
            .map(|receipt| late(receipt.days_late()))
            .collect();
        let overdue: Vec<(i64, u64)> = ledger
            .open_items(self.view.as_of)
            .iter()
            .filter(|item| item.open.is_positive() && item.open != item.disputed)
            .map(|item| (self.view.as_of.signed_duration_since(item.due).num_days(), item.version))
            .filter(|(days, _)| *days > 0)
            .collect();
        let paid = receipts.iter().filter(|receipt| is_recent(receipt.day));
        let mut recent: Vec<i64> = paid.clone().map(|it| late(it.days_late())).collect();
        recent.extend(overdue.iter().map(|(days, _)| *days));
        let Some(value) = mean(&recent) else {
            return unknown(name, "nothing was paid or overdue lately");
        };
        let baseline = mean(&before);
        let more = value - baseline.unwrap_or(value);
        let mut worst: Vec<(i64, u64)> = paid.map(|it| (it.days_late(), it.version.0)).collect();
        worst.extend(&overdue);
        worst.sort_unstable_by(|left, right| right.cmp(left));
        // A payment of several documents is one event, and so is an invoice in instalments.
        let mut named = BTreeSet::new();
        worst.retain(|(_, version)| named.len() < 3 && named.insert(*version));
        let open = match overdue.len() {
            0 => String::new(),
            1 => ", 1 item overdue now".to_owned(),
            several => format!(", {several} items overdue now"),
        };
        let usual = baseline.map_or(String::new(), |days| format!("; before that {days}"));
        Signal {
            name,
            state: graded(value >= 30 || more >= 15, value >= 10 || more >= 7),
            value: Some(value),
            baseline,
            unit: "days",
            sentence: format!("pays {} late{usual}{open}", in_words(value)),
            evidence: worst
                .iter()
                .map(|(_, version)| EventRef::new(self.stream, Version(*version)))
                .collect(),
        }
    }

    fn complaints(&self) -> Signal {
        let shows = |stamp: Stamp| self.behaviour.voids.shows(stamp, self.view);
        let over = self.behaviour.resolved.iter().filter(|(stamp, _)| shows(*stamp));
        let over: BTreeSet<ComplaintId> = over.map(|(_, complaint)| *complaint).collect();
        let open: Vec<&(Stamp, ComplaintId, String)> = self
            .behaviour
            .complaints
            .iter()
            .filter(|(stamp, complaint, _)| shows(*stamp) && !over.contains(complaint))
            .collect();
        let oldest = open.iter().map(|(stamp, ..)| self.age(*stamp)).max();
        let sentence = match (open.as_slice(), oldest) {
            ([], _) | (_, None) => "no complaint is open".to_owned(),
            ([(_, _, cause)], Some(days)) => {
                format!("complaint about {cause} open for {}", in_words(days))
            }
            (several, Some(days)) => {
                format!("{} complaints open, the oldest for {}", several.len(), in_words(days))
            }
        };
        Signal {
            name: "open_complaints",
            state: graded(
                open.len() >= 2 || oldest.is_some_and(|days| days > 14),
                !open.is_empty(),
            ),
            value: i64::try_from(open.len()).ok(),
            baseline: Some(0),
            unit: "complaints",
            sentence,
            evidence: open.iter().map(|(stamp, ..)| self.event(*stamp)).collect(),
        }
    }
}

/// How far back "lately" goes for payments.
const RECENT_DAYS: i64 = 180;

const fn graded(alert: bool, watch: bool) -> SignalState {
    match (alert, watch) {
        (true, _) => SignalState::Alert,
        (false, true) => SignalState::Watch,
        (false, false) => SignalState::Ok,
    }
}

fn unknown(name: &'static str, sentence: &str) -> Signal {
    Signal {
        name,
        state: SignalState::InsufficientData,
        value: None,
        baseline: None,
        unit: "days",
        sentence: sentence.to_owned(),
        evidence: Vec::new(),
    }
}

fn gaps(days: &[Stamp]) -> Vec<i64> {
    let pairs = days.iter().zip(days.iter().skip(1));
    pairs.map(|(from, to)| (to.effective() - from.effective()).num_days()).collect()
}

/// The middle value, the lower of the two middle ones for an even number.
fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

/// The mean, rounded down.
fn mean(values: &[i64]) -> Option<i64> {
    let count = i64::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().fold(0_i64, |sum, value| sum.saturating_add(*value)).div_euclid(count))
}
