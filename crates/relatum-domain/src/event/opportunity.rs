//! Chances to sell.

use chrono::NaiveDate;

use super::account::CreditShare;
use crate::ids::{ManagerId, OpportunityId};
use crate::money::{Rate, Value};
use crate::shapes::shapes;

shapes! {
    /// How sure somebody is of an open chance.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum ForecastCategory {
        /// It is open, and no more.
        Pipeline,
        /// It comes if all goes well.
        BestCase,
        /// It is likely.
        MostLikely,
        /// It is as good as promised.
        Commit,
        /// It is in no forecast.
        Omitted,
    }

    /// A chance to sell was seen.
    pub struct OpportunityOpened {
        /// Which.
        pub opportunity: OpportunityId,
        /// What it is called, or its number.
        pub name: String,
        /// The product in question.
        pub product: Option<String>,
        /// How far it is.
        pub stage: String,
        /// What it is worth.
        pub value: Option<Value>,
        /// From 0 to 1; none: by the stage.
        pub probability: Option<Rate>,
        /// When it should close.
        pub expected_close: Option<NaiveDate>,
        /// How sure it is; none: by the stage.
        pub category: Option<ForecastCategory>,
        /// Who works on it.
        pub manager: Option<ManagerId>,
        /// Who shares in the credit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub credit: Vec<CreditShare>,
    }

    /// A chance moved; absent fields stay.
    pub struct OpportunityStageChanged {
        /// Which.
        pub opportunity: OpportunityId,
        /// How far it is now.
        pub stage: String,
        /// What it is worth now.
        pub value: Option<Value>,
        /// From 0 to 1.
        pub probability: Option<Rate>,
        /// When it should close now.
        pub expected_close: Option<NaiveDate>,
        /// How sure it is now.
        pub category: Option<ForecastCategory>,
        /// Who works on it now.
        pub manager: Option<ManagerId>,
    }

    /// A chance was won.
    pub struct OpportunityWon {
        /// Which.
        pub opportunity: OpportunityId,
        /// For how much.
        pub value: Option<Value>,
        /// By whom.
        pub manager: Option<ManagerId>,
    }

    /// A chance was lost.
    pub struct OpportunityLost {
        /// Which.
        pub opportunity: OpportunityId,
        /// Why.
        pub reason: Option<String>,
        /// To whom.
        pub competitor: Option<String>,
        /// By whom.
        pub manager: Option<ManagerId>,
    }
}
