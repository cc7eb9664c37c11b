//! A projection of somebody else's: what it is, and its states by stream.
//!
//! Knows no log and no file: events come in one by one, and states go out and in as lines of JSON.
//!
//! *Invariant: a state is of one stream and takes its events in their order, so no interleaving of
//! streams, no checkpoint and no number of steps changes it.*

use std::collections::BTreeMap;
use std::fmt::Debug;

use relatum_domain::{Event, View};
use relatum_log::Envelope;
use relatum_stream::StreamId;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A fold of one's own over the log, with the guarantees of those that are built in.
///
/// A state is folded for each stream. What concerns several streams meets when a question is asked:
/// so the order of events across streams never matters. A fold cannot fail, and reads no personal
/// field: those are sealed. Keep rows with a [`Stamp`](relatum_domain::Stamp) and the
/// [`Voids`](relatum_domain::Voids) of the stream, and let [`see`](Self::see) choose among them:
/// then every question can be put as of any day and as known at any instant.
/// [`laws`](crate::testing::laws) checks that.
///
/// # Example
/// `crates/relatum/examples/own_projection.rs` has one: the complaints that are open.
pub trait Projection: 'static {
    /// What is kept of one stream. That of a stream of which nothing is to be kept is the default.
    type State: Clone + Default + PartialEq + Debug + Serialize + DeserializeOwned + Send + Sync;
    /// What is seen of one stream from a point on both axes of time.
    type Seen: PartialEq + Debug;
    /// What it is called: 1 to 64 of a-z, 0-9 and -. Its file is called so.
    const NAME: &'static str;
    /// Bump when `apply` changes meaning or the state its shape: what was kept is void then.
    const REVISION: u32;

    /// Takes in the next event of the stream.
    fn apply(state: &mut Self::State, envelope: &Envelope<Event>);

    /// What `view` shows of the stream; none: nothing, as of one of which the view knows no event.
    fn see(state: &Self::State, view: &View) -> Option<Self::Seen>;
}

/// The states of a projection by stream.
pub(crate) struct States<P: Projection>(BTreeMap<StreamId, P::State>);

impl<P: Projection> Debug for States<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<P: Projection> Default for States<P> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<P: Projection> States<P> {
    /// Takes in the next event of its stream.
    pub(crate) fn apply(&mut self, envelope: &Envelope<Event>) {
        let stream = envelope.event.stream;
        if let Some(state) = self.0.get_mut(&stream) {
            P::apply(state, envelope);
            return;
        }
        let mut state = P::State::default();
        P::apply(&mut state, envelope);
        // Most projections have nothing to keep of most streams.
        if state != P::State::default() {
            self.0.insert(stream, state);
        }
    }

    pub(crate) fn of(&self, stream: StreamId) -> Option<&P::State> {
        self.0.get(&stream)
    }

    pub(crate) fn all(&self) -> &BTreeMap<StreamId, P::State> {
        &self.0
    }

    /// What a view shows, by stream.
    pub(crate) fn seen(&self, view: &View) -> BTreeMap<StreamId, P::Seen> {
        let seen = |(stream, state): (&StreamId, &P::State)| Some((*stream, P::see(state, view)?));
        self.0.iter().filter_map(seen).collect()
    }

    /// A line for each stream.
    pub(crate) fn save(&self) -> serde_json::Result<Vec<u8>> {
        let mut lines = Vec::new();
        for line in &self.0 {
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        Ok(lines)
    }

    /// What [`save`](Self::save) gave.
    pub(crate) fn load(lines: &[u8]) -> serde_json::Result<Self> {
        let lines = serde_json::Deserializer::from_slice(lines).into_iter();
        lines.collect::<Result<_, _>>().map(Self)
    }
}
