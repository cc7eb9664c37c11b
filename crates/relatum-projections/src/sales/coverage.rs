//! Whether what is left of a quota is covered by what is open.

use chrono::NaiveDate;
use relatum_domain::ManagerId;
use relatum_domain::selling::{Worth, per_cent};
use serde::Serialize;

use super::quota::QuotaOwner;
use crate::amounts::Sum;
use crate::directory::Organisation;
use crate::pipeline::OpenChance;

/// Open chances that should close in a quota's period, held against what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// What is still to be attained; nothing below zero.
    pub left: Sum,
    /// What the chances are worth.
    pub open: Sum,
    /// The same, by probability.
    pub weighted: Sum,
    /// What they are worth as a share of what is left, in hundredths of a per cent; none: nothing
    /// is left.
    pub open_bp: Option<i64>,
    /// The same, by probability.
    pub weighted_bp: Option<i64>,
}

impl Coverage {
    /// By the chances of the quota's currency that should close by its last day, or should have
    /// closed before, on which the manager works, or a member of the team or of those below it.
    /// Chances without a day on which they should close are not counted.
    pub(super) fn of(
        owner: QuotaOwner,
        (until, on): (NaiveDate, NaiveDate),
        left: Sum,
        chances: &[OpenChance],
        organisation: &Organisation,
    ) -> Self {
        let theirs = |manager: Option<ManagerId>| match owner {
            QuotaOwner::Manager(owner) => manager == Some(owner),
            QuotaOwner::Team(team) => manager
                .is_some_and(|it| organisation.teams_of(it, on).iter().any(|(of, _)| *of == team)),
        };
        let counts = |it: &&OpenChance| {
            it.value.is_some_and(|value| value.currency == left.currency)
                && it.expected_close.is_some_and(|close| close <= until)
                && theirs(it.manager)
        };
        let worth = Worth::of(chances.iter().filter(counts).map(OpenChance::chance));
        let sum = |micro| Sum { micro, ..left };
        let share = |micro| per_cent(micro, left.micro).filter(|_| left.micro > 0);
        Self {
            left: sum(left.micro.max(0)),
            open: sum(worth.value),
            weighted: sum(worth.weighted),
            open_bp: share(worth.value),
            weighted_bp: share(worth.weighted),
        }
    }
}
