//! Contracts: signed, amended, renewed, terminated.

use chrono::NaiveDate;

use crate::guarded::Secret;
use crate::ids::{ContractId, ManagerId, OfferId};
use crate::money::{Money, Value};
use crate::shapes::shapes;

shapes! {
    /// One payment of a schedule.
    pub struct ScheduledPayment {
        /// When.
        pub due: NaiveDate,
        /// How much.
        pub amount: Money,
    }

    /// A contract was concluded.
    pub struct ContractSigned {
        /// Which.
        pub contract: ContractId,
        /// Its number.
        pub number: String,
        /// The offer that it rests on.
        pub offer: Option<OfferId>,
        /// Who concluded it.
        pub manager: Option<ManagerId>,
        /// What it is worth over its term, before tax.
        pub value: Value,
        /// First day of the term.
        pub starts: NaiveDate,
        /// Last day of the term; none: until terminated.
        pub ends: Option<NaiveDate>,
        /// Days before the end by which notice must be given.
        pub notice_days: Option<u16>,
        /// Whether it goes on unless notice is given.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub renews_itself: bool,
        /// When what is paid; empty: by invoice.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub payment_schedule: Vec<ScheduledPayment>,
        /// Terms in words.
        pub terms: Option<Secret<String>>,
    }

    /// A contract was changed; absent fields stay.
    pub struct ContractAmended {
        /// Which.
        pub contract: ContractId,
        /// What it is worth now.
        pub value: Option<Value>,
        /// Last day of the term now.
        pub ends: Option<NaiveDate>,
        /// When what is paid now.
        pub payment_schedule: Option<Vec<ScheduledPayment>>,
        /// Terms in words.
        pub terms: Option<Secret<String>>,
        /// Why.
        pub reason: Option<String>,
    }

    /// A contract goes on for another term.
    pub struct ContractRenewed {
        /// Which.
        pub contract: ContractId,
        /// What the new term is worth.
        pub value: Value,
        /// First day of the new term.
        pub starts: NaiveDate,
        /// Last day of the new term; none: until terminated.
        pub ends: Option<NaiveDate>,
    }

    /// A contract was ended before its term.
    pub struct ContractTerminated {
        /// Which.
        pub contract: ContractId,
        /// Last day on which it holds.
        pub last_day: NaiveDate,
        /// Why.
        pub reason: Option<String>,
    }
}
