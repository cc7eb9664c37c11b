//! The one list of projections.

use relatum_domain::gist::Topics;
use relatum_domain::{Event, Gist, Recorded};
use relatum_log::Envelope;
use relatum_stream::StreamId;

use crate::projection::{Checkpoint, CheckpointError, Projection, load, save};
use crate::receivables::{Aging, Credit};
use crate::{Activities, Agreements, Churn, Competitors, Directory, History, Pipeline, Sales};

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

        /// Some of the projections.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Which {
            $($(#[$doc])* pub $field: bool,)+
        }

        impl Which {
            /// Every one.
            pub const ALL: Self = Self { $($field: true,)+ };
            /// Not one.
            pub const NONE: Self = Self { $($field: false,)+ };

            /// The one called `name`; none: none is.
            #[must_use]
            pub fn one(name: &str) -> Option<Self> {
                $(if name == <$type as Projection>::NAME {
                    return Some(Self { $field: true, ..Self::NONE });
                })+
                None
            }

            /// These and those.
            #[must_use]
            pub const fn and(self, others: Self) -> Self {
                Self { $($field: self.$field || others.$field,)+ }
            }

            /// Their names and revisions, in the order of the list.
            #[must_use]
            pub fn list(self) -> Vec<ProjectionInfo> {
                let all = [$(self.$field),+].into_iter().zip(Models::LIST);
                all.filter(|(is_one, _)| *is_one).map(|(_, it)| *it).collect()
            }

            /// What they read.
            #[must_use]
            pub const fn topics(self) -> Topics {
                let mut topics = Topics::of(&[]);
                $(if self.$field {
                    topics = topics.and(<$type as Projection>::READS);
                })+
                topics
            }
        }

        impl Models {
            /// The registered projections.
            pub const LIST: &'static [ProjectionInfo] = &[
                $(ProjectionInfo {
                    name: <$type as Projection>::NAME,
                    revision: <$type as Projection>::REVISION,
                },)+
            ];

            /// Takes the next events of one stream into every projection, in their order.
            pub fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
                $(self.$field.fold(stream, gists);)+
            }

            /// The same, into `which` projections only, of which gists of other topics than
            /// [theirs](Which::topics) may be left out.
            pub fn fold_only(&mut self, which: Which, stream: StreamId, gists: &[&Gist<'_>]) {
                $(if which.$field {
                    self.$field.fold(stream, gists);
                })+
            }

            /// Takes over what others folded: streams of which this has seen no event.
            pub fn join(&mut self, others: Self) {
                $(self.$field.join(others.$field);)+
            }

            /// The states of `which` projections in words, a line a field, for people who compare.
            #[must_use]
            pub fn described(&self, which: Which) -> String {
                let mut text = String::new();
                $(if which.$field {
                    text.push_str(&format!("{:#?}\n", self.$field));
                })+
                text
            }

            /// The states as bytes, in the order of the list.
            #[must_use]
            pub fn save(&self) -> Vec<Checkpoint> {
                vec![$(save(&self.$field)),+]
            }

            /// The states of `which` projections as bytes, in the order of the list.
            #[must_use]
            pub fn save_only(&self, which: Which) -> Vec<Checkpoint> {
                let states = [$(which.$field.then(|| save(&self.$field))),+];
                states.into_iter().flatten().collect()
            }

            /// Puts a saved state back.
            ///
            /// The bytes are taken apart, not understood: whoever kept them knows by a digest
            /// that they are what [`save`](Self::save) gave.
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

impl Models {
    /// Takes the next event into every projection.
    pub fn apply(&mut self, envelope: &Envelope<Event>) {
        let recorded = Recorded::from(envelope.recorded_at);
        self.fold(envelope.event.stream, &[&Gist::of(envelope.event, recorded, &envelope.data)]);
    }
}

models! {
    /// Who is who.
    directory: Directory,
    /// Everything that happened with an account.
    history: History,
    /// What is owed.
    aging: Aging,
    /// What may be lost, and what stands in its way.
    credit: Credit,
    /// What was sold, against what was asked.
    sales: Sales,
    /// Chances to sell.
    pipeline: Pipeline,
    /// What an account's behaviour says of its future.
    churn: Churn,
    /// What was planned, and what became of it.
    activities: Activities,
    /// What was offered and agreed.
    agreements: Agreements,
    /// What was learnt of competitors.
    competitors: Competitors,
}
