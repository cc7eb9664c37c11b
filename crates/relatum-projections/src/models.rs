//! The one list of projections.

use relatum_domain::Event;
use relatum_log::Envelope;

use crate::projection::{Checkpoint, CheckpointError, Projection, load, save};
use crate::{Agenda, Aging, Churn, Directory, History, Quota};

/// A projection as the list knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProjectionInfo {
    /// Its name.
    pub name: &'static str,
    /// Its revision.
    pub revision: u32,
}

macro_rules! models {
    ($($(#[$doc:meta])* $field:ident: $type:ty,)+) => {
        /// Every registered projection, each with the events that it has taken in.
        #[derive(Debug, Default, Clone)]
        pub struct Models {
            $($(#[$doc])* pub $field: $type,)+
        }

        impl Models {
            /// The registered projections.
            pub const LIST: &'static [ProjectionInfo] = &[
                $(ProjectionInfo {
                    name: <$type as Projection>::NAME,
                    revision: <$type as Projection>::REVISION,
                },)+
            ];

            /// Takes the next event into every projection.
            pub fn apply(&mut self, envelope: &Envelope<Event>) {
                $(self.$field.apply(envelope);)+
            }

            /// The states as bytes, in the order of the list.
            ///
            /// # Errors
            /// [`CheckpointError`], which no state that was folded brings about.
            pub fn save(&self) -> Result<Vec<Checkpoint>, CheckpointError> {
                Ok(vec![$(save(&self.$field)?),+])
            }

            /// Puts a saved state back.
            ///
            /// # Errors
            /// [`CheckpointError`] if the bytes are no state of the projection called `name`.
            pub fn load(&mut self, name: &str, state: &[u8]) -> Result<(), CheckpointError> {
                $(if name == <$type as Projection>::NAME {
                    self.$field = load(state)?;
                    return Ok(());
                })+
                Err(CheckpointError {
                    name: "unknown",
                    reason: format!("`{name}` is not registered"),
                })
            }
        }
    };
}

models! {
    /// Who is who.
    directory: Directory,
    /// Everything that happened with an account.
    history: History,
    /// What is owed.
    aging: Aging,
    /// What was sold, against what was asked.
    quota: Quota,
    /// What an account's behaviour says of its future.
    churn: Churn,
    /// What is planned, promised or about to end.
    agenda: Agenda,
}
