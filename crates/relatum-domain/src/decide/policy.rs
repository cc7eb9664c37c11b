//! Decisions on the tenant's own rules.

use super::refused::{PolicyRefused, Refused};
use crate::event::policy::Policy;
use crate::event::{Event, EventBody};
use crate::receivables::Buckets;

pub(super) fn check(event: &Event) -> Result<(), Refused> {
    let EventBody::PolicySet(set) = &event.body else {
        return Ok(());
    };
    match &set.policy {
        Policy::Aging(it) => {
            Buckets::of(it).map_err(|error| PolicyRefused::Buckets { error })?;
        }
        Policy::Dunning(it) => {
            if it.levels.is_empty() {
                return Err(PolicyRefused::NoLevels {}.into());
            }
            for (level, at) in it.levels.iter().zip(1_u32..) {
                if let Some(fee) = level.fee.filter(|fee| fee.is_negative()) {
                    return Err(PolicyRefused::FeeNegative { level: at, fee }.into());
                }
            }
            if it.day_count == Some(0) {
                return Err(PolicyRefused::NoDays {}.into());
            }
        }
        _ => {}
    }
    Ok(())
}
