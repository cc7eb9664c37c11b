//! What was asked of managers and teams, for which period.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::organisation::{QuotaKind, Target};
use relatum_domain::{Day, Gist, Matter, Stamp, View, Voids};
use relatum_stream::{EventRef, StreamId};

use crate::merged;

#[derive(Debug, Clone, Encode, Decode)]
struct Goal {
    stamp: Stamp,
    kind: QuotaKind,
    target: Target,
    end: Day,
    /// Whether the day before the next one ends it, if that is sooner.
    before_next: bool,
    product_group: Option<String>,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Goals {
    goals: Vec<Goal>,
    voids: Voids,
}

/// A quota: how much of what is asked, from which day to which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) event: EventRef,
    pub(super) kind: QuotaKind,
    pub(super) target: Target,
    pub(super) product_group: Option<String>,
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

impl Goals {
    pub(super) fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        if let Matter::Quota { kind, target, end, before_next, product_group } = &gist.matter {
            self.goals.push(Goal {
                stamp: gist.stamp,
                kind: kind.clone(),
                target: *target,
                end: *end,
                before_next: *before_next,
                product_group: product_group.map(str::to_owned),
            });
        }
    }

    /// The quotas that have begun by the day of the view, by their first day. The next one known
    /// ends a period, even if it begins after that day.
    pub(super) fn periods(&self, stream: StreamId, view: &View) -> Vec<Period> {
        let ever = View { as_of: NaiveDate::MAX, ..*view };
        let mut starts: BTreeMap<(&QuotaKind, &Option<String>), BTreeSet<NaiveDate>> =
            BTreeMap::new();
        for goal in self.goals.iter().filter(|goal| self.voids.shows(goal.stamp, &ever)) {
            let alike = starts.entry((&goal.kind, &goal.product_group)).or_default();
            alike.insert(goal.stamp.effective());
        }
        let shown = self.goals.iter().filter(|goal| self.voids.shows(goal.stamp, view));
        let mut goals: Vec<&Goal> = shown.collect();
        goals.sort_by_key(|goal| (goal.stamp.day, goal.stamp.version));
        let period = |goal: &Goal| {
            let from = goal.stamp.effective();
            let mut to = goal.end.date();
            if goal.before_next {
                let later = (Bound::Excluded(from), Bound::Unbounded);
                let alike = starts.get(&(&goal.kind, &goal.product_group));
                let next = alike.and_then(|days| days.range(later).next());
                to = next.and_then(NaiveDate::pred_opt).map_or(to, |day| day.min(to));
            }
            Period {
                event: merged::event(stream, goal.stamp.version),
                kind: goal.kind.clone(),
                target: goal.target,
                product_group: goal.product_group.clone(),
                from,
                to,
            }
        };
        goals.into_iter().map(period).collect()
    }
}
