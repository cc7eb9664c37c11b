//! Pay plans: what is paid for which attainment.

use super::organisation::QuotaKind;
use crate::money::{Quantity, Rate, Value};
use crate::shapes::shapes;

shapes! {
    /// What a plan pays, by its name; a manager has it by
    /// [`PayPlanAssigned`](super::organisation::PayPlanAssigned).
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct PayPlan {
        /// Its name.
        pub name: String,
        /// What it pays for, each by terms of its own.
        pub components: Vec<PayComponent>,
        /// After how many periods in which the first component missed its mark somebody is watched.
        pub probation: Option<Probation>,
    }

    /// Pay for one kind of attainment.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct PayComponent {
        /// What it is called on a statement.
        pub name: String,
        /// What counts.
        pub kind: QuotaKind,
        /// Only sales of this product group.
        pub product_group: Option<String>,
        /// Whether the sales of the period climb the tiers together, or each one by itself.
        pub accumulate: bool,
        /// How a sale that spans tiers is paid.
        #[serde(default, skip_serializing_if = "crate::shapes::is_default")]
        pub split: TierSplit,
        /// What a tier that multiplies, multiplies.
        pub base_rate: Option<Rate>,
        /// From the lowest up, each beginning where the one before ends.
        pub tiers: Vec<Tier>,
        /// What must be reached before it is paid.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub gates: Vec<Gate>,
        /// The most that it pays in a period.
        pub cap: Option<Value>,
        /// Paid once a period, on top, for what is reached by its end.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub bonuses: Vec<Bonus>,
        /// What becomes of a period that ends with less than nothing.
        pub below_zero: BelowZero,
    }

    /// How a sale that spans tiers is paid.
    #[derive(Copy, PartialOrd, Ord, Default, bitcode::Encode, bitcode::Decode)]
    pub enum TierSplit {
        /// Each part at the rate of its own tier.
        #[default]
        Marginal,
        /// All of it at the rate of the highest tier that it reaches.
        Highest,
    }

    /// A stretch of attainment and what is paid for it; where it begins is not part of it, where it
    /// ends is.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct Tier {
        /// Where it begins.
        pub from: Threshold,
        /// Where it ends; none: nowhere.
        pub to: Option<Threshold>,
        /// What it pays.
        pub pays: TierPay,
        /// Whether reaching it pays everything below at its rate too.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub retroactive: bool,
    }

    /// So much attainment.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum Threshold {
        /// A share of the quota, 1 for all of it.
        OfQuota(Rate),
        /// An amount.
        Value(Value),
        /// A quantity of goods.
        Quantity(Quantity),
        /// A number of clients.
        Count(u32),
    }

    /// What a tier pays.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum TierPay {
        /// This share of the value sold.
        Rate(Rate),
        /// So many times the component's base rate.
        Multiplier(Rate),
        /// This amount for the whole tier, and in proportion for part of it.
        WhenFull(Value),
        /// This amount for each unit or client.
        Each(Value),
    }

    /// What must be reached before a component is paid.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct Gate {
        /// What counts.
        pub kind: QuotaKind,
        /// Only sales of this product group.
        pub product_group: Option<String>,
        /// How much of it must be there.
        pub at_least: Threshold,
        /// On which day of the period that is looked at, from 1; none: on its last.
        pub on_day: Option<u16>,
        /// What is paid where it is not reached.
        pub otherwise: Closed,
    }

    /// What is paid behind a gate that is closed.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum Closed {
        /// Nothing.
        Nothing,
        /// Everything at the lowest tier.
        LowestTier,
    }

    /// Paid once a period for what is reached by its end.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct Bonus {
        /// What must be reached.
        pub at_least: Threshold,
        /// How much it is.
        pub pays: Value,
    }

    /// What becomes of a period that ends with less than nothing.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum BelowZero {
        /// The next period begins with it.
        CarriedOver,
        /// It is let go.
        Forgiven,
    }

    /// When repeated misses become a watch.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct Probation {
        /// A period below this share of the quota is a miss.
        pub below: Rate,
        /// So many misses in a row.
        pub misses: u16,
    }
}
