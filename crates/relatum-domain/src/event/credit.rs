//! Whether the client can and will pay: checks, limits, holds, approvals.

use chrono::NaiveDate;

use crate::guarded::Secret;
use crate::ids::{DocumentId, ManagerId, OfferId, OrderId};
use crate::money::{Money, Rate};
use crate::shapes::shapes;

shapes! {
    /// The account's solvency was checked.
    pub struct CreditChecked {
        /// By whom: an agency, or `own`.
        pub agency: String,
        /// What came out.
        pub result: CheckResult,
        /// The agency's score.
        pub score: Option<Secret<i64>>,
        /// The limit that it recommends.
        pub recommended: Option<Money>,
        /// Until when it is good.
        pub valid_until: Option<NaiveDate>,
    }

    /// What came out of a check.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum CheckResult {
        /// Good for credit.
        Good,
        /// With care.
        Watch,
        /// Not good for credit.
        Poor,
    }

    /// What of the exposure a limit is on.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum ExposureKind {
        /// All of it.
        Total,
        /// Ordered, not yet invoiced.
        Orders,
        /// Drafted, not yet issued.
        Drafts,
        /// Open and not overdue.
        Open,
        /// Overdue beyond the grace.
        Overdue,
        /// Paid with money that came back.
        Returned,
    }

    /// A limit holds from the effective day on; none: no limit.
    pub struct CreditLimitSet {
        /// On what.
        pub kind: ExposureKind,
        /// How much.
        pub limit: Option<Money>,
        /// Last day, if known.
        pub until: Option<NaiveDate>,
        /// Why.
        pub reason: Option<String>,
    }

    /// Nothing more is sold on credit from the effective day on.
    pub struct CreditHeld {
        /// Why.
        pub reason: String,
    }

    /// Selling on credit goes on.
    pub struct CreditReleased {
        /// Why.
        pub reason: String,
    }

    /// A refusal was overridden by a person.
    pub struct ApprovalGiven {
        /// The code of the refusal, such as `credit_limit_exceeded`.
        pub overrides: String,
        /// For which order.
        pub order: Option<OrderId>,
        /// For which document.
        pub document: Option<DocumentId>,
        /// For which offer, and the orders placed on it.
        pub offer: Option<OfferId>,
        /// Up to how much.
        pub up_to: Option<Money>,
        /// Up to which discount, 0.15 for fifteen per cent.
        pub discount: Option<Rate>,
        /// Last day on which it can be used.
        pub until: Option<NaiveDate>,
        /// Who allowed it.
        pub approver: ManagerId,
        /// Why.
        pub reason: String,
    }
}
