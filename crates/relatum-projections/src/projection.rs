//! What a projection is, and the bytes in which its state is kept between runs.

use relatum_domain::Event;
use relatum_log::Envelope;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A fold over the log. It cannot fail: history cannot be refused.
pub trait Projection: Default + Serialize + DeserializeOwned {
    /// Keys the checkpoint.
    const NAME: &'static str;
    /// Bump when `apply` changes meaning or the state its shape; older checkpoints are discarded.
    const REVISION: u32;

    /// Takes in the next event.
    fn apply(&mut self, envelope: &Envelope<Event>);
}

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

/// Why a state could not be written or read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the state of `{name}` is not readable: {reason}")]
#[non_exhaustive]
pub struct CheckpointError {
    /// Of which projection.
    pub name: &'static str,
    /// What is wrong.
    pub reason: String,
}

pub(crate) fn save<P: Projection>(state: &P) -> Result<Checkpoint, CheckpointError> {
    let bytes = postcard::to_stdvec(state)
        .map_err(|error| CheckpointError { name: P::NAME, reason: error.to_string() })?;
    Ok(Checkpoint { name: P::NAME, revision: P::REVISION, state: bytes })
}

pub(crate) fn load<P: Projection>(state: &[u8]) -> Result<P, CheckpointError> {
    let error = |reason: String| CheckpointError { name: P::NAME, reason };
    let (loaded, rest) =
        postcard::take_from_bytes(state).map_err(|wrong| error(wrong.to_string()))?;
    if rest.is_empty() { Ok(loaded) } else { Err(error("bytes are left over".to_owned())) }
}
