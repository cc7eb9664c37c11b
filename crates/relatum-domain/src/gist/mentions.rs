//! Whose work an event may be: so that a question about a manager need not read everybody's.

use super::{Gist, Matter, Paper};
use crate::ids::ManagerId;

impl Gist<'_> {
    /// Hands over the managers to whom the event may count: who answers, who acted, who shares in
    /// the credit; some twice.
    pub fn mentioned(&self, mut take: impl FnMut(ManagerId)) {
        match &self.matter {
            Matter::Assigned { credit, .. } | Matter::Ordered { credit, .. } => {
                credit.iter().for_each(|it| take(it.manager));
            }
            Matter::Held { undertaken, .. } => {
                undertaken.iter().filter_map(|it| it.manager).for_each(&mut take);
            }
            _ => {}
        }
        match &self.matter {
            Matter::Assigned { manager, .. }
            | Matter::Planned { manager, .. }
            | Matter::Held { manager, .. }
            | Matter::Chance { manager: Some(manager), .. }
            | Matter::ChanceEnded { manager: Some(manager), .. }
            | Matter::Offered { manager: Some(manager), .. }
            | Matter::Ordered { manager: Some(manager), .. }
            | Matter::Returned { manager: Some(manager), .. }
            | Matter::Adjusted { manager: Some(manager), .. }
            | Matter::Disputed { owner: Some(manager), .. }
            | Matter::Document(Paper { manager: Some(manager), .. })
            | Matter::Credit(Paper { manager: Some(manager), .. }, _)
            | Matter::Draft(Paper { manager: Some(manager), .. }) => take(*manager),
            _ => {}
        }
    }
}
