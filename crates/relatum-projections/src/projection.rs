//! What a projection is, and the bytes in which its state is kept between runs.

use bitcode::{DecodeOwned, Encode};
use relatum_domain::Gist;
use relatum_domain::gist::Topics;
use relatum_stream::StreamId;

/// A fold over the gists of events. It cannot fail: history cannot be refused.
pub(crate) trait Projection: Default {
    /// What is kept of it between runs; what can be made of that is not.
    type State: Encode + DecodeOwned;
    /// What it is called.
    const NAME: &'static str;
    /// Bump when `fold` changes meaning or the state its shape: states of two revisions may differ.
    const REVISION: u32;
    /// What it reads. Gists of other topics change nothing of it.
    const READS: Topics;

    /// Takes in the next events of one stream, in their order.
    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]);

    /// Takes over the states of streams of which this has seen no event.
    fn join(&mut self, others: Self);

    /// What is kept of it.
    fn state(&self) -> &Self::State;

    /// The projection of which that was kept.
    fn of_state(state: Self::State) -> Self;
}

/// All of it is kept.
macro_rules! all_is_kept {
    () => {
        type State = Self;

        fn state(&self) -> &Self {
            self
        }

        fn of_state(state: Self) -> Self {
            state
        }
    };
}
pub(crate) use all_is_kept;

/// The state of a projection as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Of which projection.
    pub name: &'static str,
    /// At which revision.
    pub revision: u32,
    /// The state, canonical: equal states are equal bytes.
    pub state: Vec<u8>,
}

/// Why a state could not be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the state of `{name}` is not readable: {reason}")]
#[non_exhaustive]
pub struct CheckpointError {
    /// Of which projection.
    pub name: &'static str,
    /// What is wrong.
    pub reason: String,
}

pub(crate) fn save<P: Projection>(state: &P) -> Checkpoint {
    Checkpoint { name: P::NAME, revision: P::REVISION, state: bitcode::encode(state.state()) }
}

pub(crate) fn load<P: Projection>(state: &[u8]) -> Result<P, CheckpointError> {
    bitcode::decode(state)
        .map(P::of_state)
        .map_err(|error| CheckpointError { name: P::NAME, reason: error.to_string() })
}
