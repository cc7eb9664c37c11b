//! Decisions on what is asked of managers and teams.

use chrono::NaiveDate;

use super::refused::QuotaRefused;
use super::state::State;
use crate::event::organisation::{QuotaEnd, QuotaKind, QuotaSet, Target};
use crate::event::{Event, EventBody};

/// A quota that was set: what it counts, and its first and last day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Asked {
    kind: QuotaKind,
    product_group: Option<String>,
    from: NaiveDate,
    end: QuotaEnd,
}

impl Asked {
    pub(super) fn of(event: &Event) -> Option<Self> {
        let EventBody::QuotaSet(set) = &event.body else { return None };
        Some(Self {
            kind: set.kind.clone(),
            product_group: set.product_group.clone(),
            from: event.effective,
            end: set.end,
        })
    }

    /// The last day that a later quota of its kind cannot take from it.
    const fn held_until(&self) -> NaiveDate {
        match self.end {
            QuotaEnd::Day(day) => day,
            // It makes room for the next.
            QuotaEnd::BeforeNext(_) => self.from,
        }
    }
}

pub(super) fn check(state: &State, event: &Event) -> Result<(), QuotaRefused> {
    let EventBody::QuotaSet(set) = &event.body else { return Ok(()) };
    target(set)?;
    let from = event.effective;
    let (QuotaEnd::Day(until) | QuotaEnd::BeforeNext(until)) = set.end;
    if until < from {
        return Err(QuotaRefused::EndsBeforeStart { from, until });
    }
    let Some(new) = Asked::of(event) else { return Ok(()) };
    let alike =
        state.quotas().filter(|it| it.kind == new.kind && it.product_group == new.product_group);
    for other in alike {
        let (earlier, later) = if other.from <= from { (other, &new) } else { (&new, other) };
        if later.from <= earlier.held_until() {
            let (QuotaEnd::Day(other_end) | QuotaEnd::BeforeNext(other_end)) = other.end;
            let other = other.from;
            return Err(QuotaRefused::Overlaps { from, until, other, other_end });
        }
    }
    Ok(())
}

/// Sales are asked for by value or quantity, clients by number.
fn target(set: &QuotaSet) -> Result<(), QuotaRefused> {
    let kind = match set.kind {
        QuotaKind::SalesVolume => "sales_volume",
        QuotaKind::ActiveClients => "active_clients",
        QuotaKind::NewClients => "new_clients",
    };
    let (target, fits, given, positive) = match set.target {
        Target::Value(it) => ("a value", kind == "sales_volume", it.to_string(), it.is_positive()),
        Target::Quantity(it) => {
            ("a quantity", kind == "sales_volume", it.to_string(), it.micro() > 0)
        }
        Target::Count(it) => ("a number", kind != "sales_volume", it.to_string(), it > 0),
    };
    if !fits {
        return Err(QuotaRefused::WrongTarget { kind, target });
    }
    if positive { Ok(()) } else { Err(QuotaRefused::NotPositive { given }) }
}
