//! Managers and teams: who works where, who stands in for whom, who has which target.

use chrono::NaiveDate;

use crate::guarded::Personal;
use crate::ids::{ManagerId, TeamId};
use crate::money::{Money, Quantity, Value};
use crate::shapes::shapes;

shapes! {
    /// A manager began.
    pub struct ManagerJoined {
        /// The number or code by which the tenant knows them; not their name.
        pub code: Option<String>,
        /// Their name.
        pub name: Option<Personal>,
        /// E-mail address.
        pub email: Option<Personal>,
    }

    /// A manager left; the effective day is the first without them.
    pub struct ManagerLeft {
        /// Who takes over.
        pub successor: Option<ManagerId>,
    }

    /// A manager belongs to a team or a territory from the effective day on.
    pub struct TeamJoined {
        /// Which.
        pub team: TeamId,
        /// Last day, if known.
        pub until: Option<NaiveDate>,
    }

    /// A manager no longer belongs; the effective day is the first without them.
    pub struct TeamLeft {
        /// Which.
        pub team: TeamId,
    }

    /// A manager is away from the effective day on; the deputy has the rights and duties.
    pub struct AbsenceStated {
        /// Last day away.
        pub until: NaiveDate,
        /// Who stands in.
        pub deputy: Option<ManagerId>,
        /// Holiday, illness and so on.
        pub reason: Option<String>,
    }

    /// The pay plan of that name applies from the effective day on.
    pub struct PayPlanAssigned {
        /// The name under which the tenant's policies define it.
        pub plan: String,
        /// Last day, if known.
        pub until: Option<NaiveDate>,
        /// Pay at full attainment.
        pub on_target: Option<Money>,
    }

    /// What a group of managers is.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum TeamKind {
        /// People.
        Team,
        /// A piece of the map or of the market.
        Territory,
    }

    /// A team or a territory was formed.
    pub struct TeamFormed {
        /// Its name.
        pub name: String,
        /// Which of the two.
        pub kind: TeamKind,
    }

    /// Who leads a team from the effective day on.
    pub struct TeamLeadNamed {
        /// Who.
        pub manager: ManagerId,
    }

    /// The team is part of another from the effective day on; none: it stands alone.
    pub struct TeamParentNamed {
        /// Of which.
        pub parent: Option<TeamId>,
    }

    /// The team is no more.
    pub struct TeamDissolved {}

    /// What a quota counts.
    #[derive(PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum QuotaKind {
        /// Net sales.
        SalesVolume,
        /// Clients that buy.
        ActiveClients,
        /// Clients that buy for the first time, or again after long.
        NewClients,
    }

    /// How much is asked.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum Target {
        /// An amount.
        Value(Value),
        /// A quantity of goods.
        Quantity(Quantity),
        /// A number of clients.
        Count(u32),
    }

    /// How long a quota holds; both days included.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum QuotaEnd {
        /// Up to this day.
        Day(NaiveDate),
        /// Up to the day before the next quota of this kind begins, at the latest this day.
        BeforeNext(NaiveDate),
    }

    /// A target for a period that begins on the effective day.
    pub struct QuotaSet {
        /// What counts.
        pub kind: QuotaKind,
        /// How much of it.
        pub target: Target,
        /// Until when.
        pub end: QuotaEnd,
        /// Only sales of this product group.
        pub product_group: Option<String>,
    }

    /// A plan in words and numbers for a period that begins on the effective day.
    pub struct PlanStated {
        /// Last day.
        pub until: NaiveDate,
        /// What it is about.
        pub subject: String,
        /// In words.
        pub text: Option<Personal>,
        /// In numbers.
        pub target: Option<Target>,
    }
}
