//! Calls, visits, meetings, trainings and merchandising: planned, moved, held. *Missed* is
//! derived from a plan whose day has passed, never stored.

use chrono::{DateTime, NaiveDate, Utc};

use crate::guarded::Personal;
use crate::ids::{ActionId, ActivityId, ContactId, ManagerId};
use crate::shapes::shapes;

shapes! {
    /// What kind of contact it is.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum ActivityKind {
        /// By telephone or video.
        Call,
        /// At the client's.
        Visit,
        /// Anywhere, by appointment.
        Meeting,
        /// Of the client's staff.
        Training,
        /// Of the goods at the point of sale.
        Merchandising,
    }

    /// An activity was put into the calendar.
    pub struct ActivityPlanned {
        /// Which.
        pub activity: ActivityId,
        /// What kind.
        pub kind: ActivityKind,
        /// Who will do it.
        pub manager: ManagerId,
        /// The day, the first one if it recurs.
        pub day: NaiveDate,
        /// The instant, where one is agreed.
        pub starts: Option<DateTime<Utc>>,
        /// How long.
        pub minutes: Option<u32>,
        /// Purpose without names, shown in lists.
        pub purpose: Option<String>,
        /// Free text.
        pub note: Option<Personal>,
        /// With whom.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub contacts: Vec<ContactId>,
        /// RFC 5545 recurrence rule, such as `FREQ=WEEKLY;COUNT=10`.
        pub recurrence: Option<String>,
    }

    /// An activity, or one occurrence of it, was moved.
    pub struct ActivityRescheduled {
        /// Which.
        pub activity: ActivityId,
        /// The occurrence, by its planned day; none: the whole activity.
        pub occurrence: Option<NaiveDate>,
        /// To which day.
        pub day: NaiveDate,
        /// To which instant.
        pub starts: Option<DateTime<Utc>>,
        /// Why.
        pub reason: Option<String>,
    }

    /// An activity, or one occurrence of it, will not take place.
    pub struct ActivityCancelled {
        /// Which.
        pub activity: ActivityId,
        /// The occurrence, by its planned day; none: the whole activity.
        pub occurrence: Option<NaiveDate>,
        /// Why.
        pub reason: Option<String>,
    }

    /// What came of an activity.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum Outcome {
        /// Nobody was reached.
        NotReached,
        /// There was contact, with no result either way.
        Neutral,
        /// It moved something forward.
        Positive,
        /// It set something back.
        Negative,
    }

    /// An activity took place, planned or not.
    pub struct ActivityHeld {
        /// Which; a new id if it was not planned.
        pub activity: ActivityId,
        /// What kind.
        pub kind: ActivityKind,
        /// Who did it.
        pub manager: ManagerId,
        /// The occurrence, by its planned day, if it recurs.
        pub occurrence: Option<NaiveDate>,
        /// What came of it.
        pub outcome: Outcome,
        /// How long it took.
        pub minutes: Option<u32>,
        /// Purpose without names, shown in lists.
        pub purpose: Option<String>,
        /// With whom.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub participants: Vec<ContactId>,
        /// The record of it.
        pub note: Option<Personal>,
        /// What was decided.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub decisions: Vec<Personal>,
        /// Who undertook to do what.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub actions: Vec<ActionItem>,
        /// What comes next.
        pub next_step: Option<NextStep>,
    }

    /// Something somebody undertook to do.
    pub struct ActionItem {
        /// Which.
        pub action: ActionId,
        /// What.
        pub what: Personal,
        /// On our side.
        pub manager: Option<ManagerId>,
        /// On the client's side.
        pub contact: Option<ContactId>,
        /// By when.
        pub due: Option<NaiveDate>,
    }

    /// What comes next.
    pub struct NextStep {
        /// What kind of contact.
        pub kind: Option<ActivityKind>,
        /// When.
        pub due: Option<NaiveDate>,
        /// In words.
        pub what: Option<Personal>,
    }

    /// Something undertaken was done.
    pub struct ActionDone {
        /// Which.
        pub action: ActionId,
    }
}

impl ActivityHeld {
    /// An activity that took place, with nothing said but the necessary.
    #[must_use]
    pub const fn new(
        activity: ActivityId,
        kind: ActivityKind,
        manager: ManagerId,
        outcome: Outcome,
    ) -> Self {
        Self {
            activity,
            kind,
            manager,
            occurrence: None,
            outcome,
            minutes: None,
            purpose: None,
            participants: Vec::new(),
            note: None,
            decisions: Vec::new(),
            actions: Vec::new(),
            next_step: None,
        }
    }
}
