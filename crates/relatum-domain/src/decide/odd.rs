//! What is recorded as it is told, and looks odd all the same.

use chrono::NaiveDate;

use super::sale;
use super::state::State;
use crate::event::{Event, EventBody};
use crate::money::Quantity;

/// Why a fact that nobody refuses looks odd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Odd {
    /// An activity was planned for a day that had passed.
    #[error("it was planned for {day}, which had passed when it was told, on {told}")]
    PlannedInThePast {
        /// For which day.
        day: NaiveDate,
        /// The day of the plan.
        told: NaiveDate,
    },
    /// More came back than is known to have been delivered.
    #[error("{product}: {delivered} known to be delivered, {returned} came back, {given} more")]
    ReturnAboveDelivery {
        /// Of which product.
        product: String,
        /// How much is known to have been delivered.
        delivered: Quantity,
        /// How much came back before.
        returned: Quantity,
        /// How much came back now.
        given: Quantity,
    },
}

impl Odd {
    /// The stable name, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PlannedInThePast { .. } => "planned_in_the_past",
            Self::ReturnAboveDelivery { .. } => "return_above_delivery",
        }
    }
}

impl State {
    /// What looks odd about an event of this stream, if anything does. It may be recorded.
    #[must_use]
    pub fn odd(&self, event: &Event) -> Option<Odd> {
        let without;
        let state = match event.amends {
            Some(amended) => {
                without = self.without(amended);
                &without
            }
            None => self,
        };
        match &event.body {
            EventBody::ActivityPlanned(it) if it.day < event.effective => {
                Some(Odd::PlannedInThePast { day: it.day, told: event.effective })
            }
            EventBody::GoodsReturned(it) => sale::above_delivery(state, it),
            _ => None,
        }
    }
}
