//! Calls, visits and other activities: what was planned, what became of it, and what was
//! undertaken.
//!
//! *Missed* is derived here from a day that has passed, never stored. The first plan under an id
//! is the plan; a second one under the id of one that holds does not count.

mod actions;
mod agenda;
mod cadence;
mod contacts;
mod line;
mod report;

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use relatum_domain::event::activity::{ActivityKind, Outcome};
use relatum_domain::gist::{Topic, Topics, Undertaken};
use relatum_domain::{
    AccountId, ActionId, ActivityId, Corrections, Day, Gist, ManagerId, Matter, Recorded, Stamp,
    View,
};
use relatum_stream::StreamId;

use crate::projection::{Projection, all_is_kept};

pub use actions::{ActionLine, ActionsOptions};
pub use agenda::{Appointment, AppointmentsOptions, When};
pub use cadence::{CadenceBy, CadenceLine, CadenceOptions, CadenceState, CadenceSums};
pub use contacts::{ContactLine, ContactsOptions};
pub(crate) use line::a_year_after;
pub use line::{ActivityLine, ActivityState, PlanLine, PlanOptions};
pub use report::{ActivitiesBy, ActivitiesOptions};

#[derive(Debug, Clone, Encode, Decode)]
enum Step {
    Planned {
        kind: ActivityKind,
        manager: ManagerId,
        day: Day,
        purpose: Option<String>,
        starts: Option<i64>,
        minutes: Option<u32>,
        rule: Option<String>,
    },
    Moved {
        occurrence: Option<Day>,
        day: Day,
        starts: Option<i64>,
    },
    Cancelled(Option<Day>),
    Held {
        occurrence: Option<Day>,
        kind: ActivityKind,
        manager: ManagerId,
        outcome: Outcome,
        minutes: Option<u32>,
        purpose: Option<String>,
    },
}

#[derive(Debug, Clone, Default, Encode, Decode)]
struct AccountActivities {
    activities: BTreeMap<ActivityId, Vec<(Stamp, Step)>>,
    undertaken: Vec<(Stamp, Undertaken)>,
    done: BTreeMap<ActionId, Vec<Stamp>>,
    corrections: Corrections,
    /// When the log learned of each correction.
    corrected: Vec<Recorded>,
}

/// What was planned with each account, and what became of it.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Activities {
    accounts: BTreeMap<AccountId, AccountActivities>,
}

impl Projection for Activities {
    all_is_kept!();

    const NAME: &'static str = "activities";
    const REVISION: u32 = 1;
    const READS: Topics = Topics::of(&[Topic::Contact]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let activities = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| activities.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}

impl AccountActivities {
    fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let stamp = gist.stamp;
        if gist.corrects() {
            self.corrected.push(stamp.recorded);
        }
        let purpose = || gist.label.map(str::to_owned);
        let mut put = |activity, step| {
            self.activities.entry(activity).or_default().push((stamp, step));
        };
        match &gist.matter {
            Matter::Planned { activity, kind, manager, day, starts, minutes, recurrence } => {
                let (kind, manager, day) = (*kind, *manager, *day);
                let (starts, minutes, purpose) = (*starts, *minutes, purpose());
                let rule = recurrence.map(str::to_owned);
                put(
                    *activity,
                    Step::Planned { kind, manager, day, purpose, starts, minutes, rule },
                );
            }
            Matter::Moved { activity, occurrence, day, starts } => {
                let (occurrence, day, starts) = (*occurrence, *day, *starts);
                put(*activity, Step::Moved { occurrence, day, starts });
            }
            Matter::Cancelled { activity, occurrence } => {
                put(*activity, Step::Cancelled(*occurrence));
            }
            Matter::Held { activity, occurrence, kind, manager, outcome, minutes, undertaken } => {
                let (occurrence, kind, manager) = (*occurrence, *kind, *manager);
                let (outcome, minutes, purpose) = (*outcome, *minutes, purpose());
                put(*activity, Step::Held { occurrence, kind, manager, outcome, minutes, purpose });
                self.undertaken.extend(undertaken.iter().map(|it| (stamp, *it)));
            }
            Matter::ActionDone(action) => self.done.entry(*action).or_default().push(stamp),
            _ => {}
        }
    }

    /// The steps that a view shows, in the order in which they were told, an amendment in the
    /// place of what it replaces.
    fn shown<'a, S>(&self, steps: &'a [(Stamp, S)], view: &View) -> Vec<(Stamp, &'a S)> {
        let shown = steps.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let mut shown: Vec<(Stamp, &S)> = shown.map(|(stamp, step)| (*stamp, step)).collect();
        shown.sort_by_key(|(stamp, _)| self.corrections.place(stamp.version));
        shown
    }
}
