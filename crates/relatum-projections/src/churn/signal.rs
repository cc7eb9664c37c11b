//! What a signal is.

use relatum_domain::AccountId;
use relatum_domain::signals::{SignalKind, SignalRule, SignalState};
use relatum_stream::EventRef;
use serde::Serialize;

use super::look::Look;

/// One thing that an account's behaviour says of its future.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// Which.
    pub name: SignalKind,
    /// How it stands.
    pub state: SignalState,
    /// What is held against the thresholds, in the unit of [`SignalKind`]; none: too little is
    /// known, or there is nothing to fear.
    pub measure: Option<i64>,
    /// What is observed.
    pub value: Option<i64>,
    /// What is usual for this account, or in this book.
    pub baseline: Option<i64>,
    /// What both are counted in.
    pub unit: String,
    /// Per cent of the accounts of which something was measured that stand better.
    pub percentile: Option<u8>,
    /// How many days back it looks; none: as far as there is anything.
    pub window_days: Option<u32>,
    /// How many observations it rests on.
    pub n: usize,
    /// In words.
    pub sentence: String,
    /// What to do first, where it is worth attention.
    pub first_step: Option<String>,
    /// The events that it rests on, the most telling ones.
    pub evidence: Vec<EventRef>,
}

/// What a signal finds, before it is held against its thresholds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) measure: Option<i64>,
    pub(super) value: Option<i64>,
    pub(super) baseline: Option<i64>,
    pub(super) window: Option<u32>,
    pub(super) n: usize,
    pub(super) sentence: String,
    pub(super) step: String,
    /// Versions of events of the account.
    pub(super) evidence: Vec<EventRef>,
    /// Nothing to fear, whatever is measured.
    pub(super) calm: bool,
}

impl Found {
    /// Too little is known.
    pub(super) fn unknown(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), ..Self::default() }
    }

    /// There is nothing to fear.
    pub(super) fn calm(sentence: impl Into<String>) -> Self {
        Self { calm: true, ..Self::unknown(sentence) }
    }
}

/// A signal of the family.
#[derive(Debug)]
pub(super) struct Sign {
    pub(super) kind: SignalKind,
    pub(super) unit: &'static str,
    pub(super) find: fn(&Look<'_>) -> Found,
}

impl Sign {
    pub(super) fn of(&self, look: &Look<'_>) -> Signal {
        signal(self.kind, self.unit, (self.find)(look), look.account, look.rule)
    }
}

/// What was found, held against its thresholds.
pub(super) fn signal(
    kind: SignalKind,
    unit: &str,
    found: Found,
    _account: AccountId,
    rule: &SignalRule,
) -> Signal {
    let graded = rule.of(kind).grade(found.measure);
    let state = if found.calm { SignalState::Ok } else { graded };
    Signal {
        name: kind,
        state,
        measure: found.measure,
        value: found.value,
        baseline: found.baseline,
        unit: unit.to_owned(),
        percentile: None,
        window_days: found.window,
        n: found.n,
        sentence: found.sentence,
        first_step: Some(found.step).filter(|it| state >= SignalState::Watch && !it.is_empty()),
        evidence: found.evidence,
    }
}

/// Tells each signal how it stands among those of all accounts.
pub(super) fn rank<'a>(all: impl Iterator<Item = &'a mut Signal>) {
    let mut all: Vec<&mut Signal> = all.collect();
    let badness = |it: &Signal| {
        let sign = if it.name.less_is_worse() { -1 } else { 1 };
        it.measure.map(|measure| measure.saturating_mul(sign))
    };
    let mut known: Vec<i64> = all.iter().filter_map(|it| badness(it)).collect();
    known.sort_unstable();
    for it in &mut all {
        let Some(own) = badness(it) else { continue };
        let better = known.partition_point(|other| *other < own);
        it.percentile = u8::try_from(better * 100 / known.len().max(1)).ok();
    }
}
