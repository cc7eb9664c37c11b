//! What an account did and suffered that no other projection keeps: complaints, usage, ratings.

use bitcode::{Decode, Encode};
use relatum_domain::{ComplaintId, Day, Gist, ManagerId, Matter, Quantity, Stamp, Voids};

/// A complaint.
#[derive(Debug, Clone, Encode, Decode)]
pub(super) struct Complaint {
    pub(super) stamp: Stamp,
    pub(super) id: ComplaintId,
    pub(super) cause: String,
}

/// How much was used of something, from a day to that of the stamp.
#[derive(Debug, Clone, Encode, Decode)]
pub(super) struct Used {
    pub(super) stamp: Stamp,
    pub(super) product: String,
    pub(super) since: Day,
    pub(super) quantity: Quantity,
}

/// How somebody rated the relationship.
#[derive(Debug, Clone, Copy, Encode, Decode)]
pub(super) struct Rated {
    pub(super) stamp: Stamp,
    pub(super) by: ManagerId,
    pub(super) rating: i32,
    pub(super) scale: i32,
}

/// Of one account.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Behaviour {
    pub(super) complaints: Vec<Complaint>,
    pub(super) resolved: Vec<(Stamp, ComplaintId)>,
    pub(super) used: Vec<Used>,
    pub(super) rated: Vec<Rated>,
    pub(super) voids: Voids,
}

impl Behaviour {
    pub(super) fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        let stamp = gist.stamp;
        let label = || gist.label.unwrap_or_default().to_owned();
        match &gist.matter {
            Matter::Complaint(id) => {
                self.complaints.push(Complaint { stamp, id: *id, cause: label() });
            }
            Matter::ComplaintResolved(id) => self.resolved.push((stamp, *id)),
            Matter::Used { since, quantity } => {
                let (since, quantity) = (*since, *quantity);
                self.used.push(Used { stamp, product: label(), since, quantity });
            }
            Matter::Rated { manager, rating, scale } => {
                let (by, rating, scale) = (*manager, *rating, *scale);
                self.rated.push(Rated { stamp, by, rating, scale });
            }
            _ => {}
        }
    }
}
