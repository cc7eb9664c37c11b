//! What a decision is taken on.

use relatum_stream::StreamId;

use super::state::State;
use crate::policies::Policies;

/// A stream as it stands, and the rules of the tenant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) state: &'a State,
    pub(super) stream: StreamId,
    pub(super) policies: &'a Policies,
}
