//! Tables for projections of one's own: what was given, what comes, what is seen; and their laws.
//!
//! For the tests of whoever writes a [`Projection`]. Knows no clock: the n-th event becomes known n
//! microseconds after 1970.
//!
//! *Invariant: what a table shows, an engine shows of the same history.*
//!
//! # Example
//! ```
//! # use relatum::domain::event::voice::FeedbackGiven;
//! # use relatum::domain::{AccountId, Actor, Derived, Event, EventBody, Recorded, Source, Stamp};
//! # use relatum::{Projection, View, log::Envelope};
//! use relatum::testing::{given, laws};
//!
//! /// How often a client gave feedback.
//! struct Heard;
//!
//! impl Projection for Heard {
//!     type State = Vec<Stamp>;
//!     type Seen = usize;
//!     const NAME: &'static str = "heard";
//!     const REVISION: u32 = 1;
//!
//!     fn apply(state: &mut Vec<Stamp>, it: &Envelope<Event>) {
//!         if matches!(it.data.body, EventBody::FeedbackGiven(_)) {
//!             state.push(Stamp::of(it.event, it.recorded_at.into(), &it.data));
//!         }
//!     }
//!
//!     fn see(state: &Vec<Stamp>, view: &View) -> Option<usize> {
//!         Some(state.iter().filter(|it| view.sees(**it)).count()).filter(|count| *count > 0)
//!     }
//! }
//!
//! let account = AccountId::derived("crm", "C-1");
//! let feedback = |day: &str| {
//!     let body = FeedbackGiven {
//!         topic: "nps".into(),
//!         score: Some(9),
//!         scale: Some(10),
//!         text: None,
//!         contact: None,
//!     };
//!     Event::new(day.parse().unwrap(), Actor::system("crm"), Source::new("crm", day), body)
//! };
//! let on = |day: &str| View::as_of(day.parse().unwrap());
//!
//! given::<Heard>(account, [feedback("2026-01-10")])
//!     .at(on("2026-01-09"))
//!     .then(None)
//!     .at(on("2026-01-10"))
//!     .then(Some(1))
//!     .when(feedback("2026-01-05"))
//!     .at(on("2026-01-10"))
//!     .then(Some(2))
//!     .at(on("2026-01-10").known_at(Recorded(1)))
//!     .then(Some(1));
//! laws::<Heard>([(account, feedback("2026-01-10")), (account, feedback("2026-01-05"))]);
//! ```

use std::collections::BTreeMap;

use chrono::DateTime;
use relatum_domain::{Event, Recorded, View};
use relatum_log::{Envelope, EventType, Position};
use relatum_stream::{EventRef, StreamId, Version};

use crate::projection::{Projection, States};

/// How many places of a history are looked at, and from how many days.
const PLACES: usize = 24;

/// Begins a table: these events happened on `stream`.
pub fn given<P: Projection>(
    stream: impl Into<StreamId>,
    events: impl IntoIterator<Item = Event>,
) -> Given<P> {
    let stream = stream.into();
    let nothing = Given { stream, states: States::default(), written: Written::default() };
    nothing.and(stream, events)
}

/// What happened so far.
#[derive(Debug)]
pub struct Given<P: Projection> {
    stream: StreamId,
    states: States<P>,
    written: Written,
}

/// A history as a log would hold it.
#[derive(Debug, Default)]
struct Written {
    seq: u64,
    versions: BTreeMap<StreamId, Version>,
}

impl Written {
    fn next(&mut self, stream: StreamId, event: Event) -> Envelope<Event> {
        self.seq = self.seq.saturating_add(1);
        let version = self.versions.entry(stream).or_default();
        *version = version.plus(1);
        let micros = i64::try_from(self.seq).unwrap_or(i64::MAX);
        Envelope {
            event: EventRef::new(stream, *version),
            position: Position::of(self.seq),
            recorded_at: DateTime::from_timestamp_micros(micros).unwrap_or_default(),
            event_type: EventType::of(event.body.event_type()),
            schema: event.body.schema(),
            key: event.idempotency_key(event.body.event_type()).parse().ok(),
            data: event,
        }
    }
}

impl<P: Projection> Given<P> {
    /// More events, on this or another stream.
    #[must_use]
    pub fn and(
        mut self,
        stream: impl Into<StreamId>,
        events: impl IntoIterator<Item = Event>,
    ) -> Self {
        let stream = stream.into();
        for event in events {
            self.states.apply(&self.written.next(stream, event));
        }
        self
    }

    /// This happens on the stream with which the table began.
    #[must_use]
    pub fn when(self, event: Event) -> Self {
        let stream = self.stream;
        self.and(stream, [event])
    }

    /// Looks from a point on both axes of time.
    #[must_use]
    pub fn at(self, view: View) -> Looked<P> {
        Looked { given: self, view }
    }
}

/// A point from which is looked.
#[derive(Debug)]
pub struct Looked<P: Projection> {
    given: Given<P>,
    view: View,
}

impl<P: Projection> Looked<P> {
    /// This is seen of the stream with which the table began; none: nothing.
    ///
    /// # Panics
    /// If something else is seen.
    #[track_caller]
    pub fn then(self, expected: impl Into<Option<P::Seen>>) -> Given<P> {
        let stream = self.given.stream;
        self.then_of(stream, expected)
    }

    /// This is seen of any stream.
    ///
    /// # Panics
    /// If something else is seen.
    #[track_caller]
    pub fn then_of(
        self,
        stream: impl Into<StreamId>,
        expected: impl Into<Option<P::Seen>>,
    ) -> Given<P> {
        let (stream, expected) = (stream.into(), expected.into());
        let state = self.given.states.of(stream);
        let seen = state.and_then(|state| P::see(state, &self.view));
        assert_eq!(seen, expected, "seen of {stream} from {:?}", self.view);
        self.given
    }
}

/// Checks the laws of a projection on a history: that it does not depend on how streams interleave;
/// that a checkpoint anywhere, and what follows, comes to the same as everything at once; and that
/// what a view shows is not changed by anything that becomes known later.
///
/// # Panics
/// If one does not hold.
#[track_caller]
pub fn laws<P: Projection>(history: impl IntoIterator<Item = (impl Into<StreamId>, Event)>) {
    let mut written = Written::default();
    let events = history.into_iter().map(|(stream, event)| written.next(stream.into(), event));
    let events: Vec<Envelope<Event>> = events.collect();
    let whole = folded::<P>(&events);
    interleaved::<P>(&events, &whole);
    for place in some(events.len().saturating_add(1)) {
        let (before, after) = events.split_at(place.min(events.len()));
        kept::<P>(before, after, &whole);
        unchanged::<P>(before, &events, &whole);
    }
}

fn folded<P: Projection>(events: &[Envelope<Event>]) -> States<P> {
    let mut states = States::default();
    events.iter().for_each(|envelope| states.apply(envelope));
    states
}

/// Stream after stream, forwards and backwards, as logs that were written so would hold them.
#[track_caller]
fn interleaved<P: Projection>(events: &[Envelope<Event>], whole: &States<P>) {
    let mut order: Vec<&Envelope<Event>> = events.iter().collect();
    for backwards in [false, true] {
        order.sort_by_key(|it| it.event);
        if backwards {
            order.sort_by_key(|it| std::cmp::Reverse(it.event.stream));
        }
        let mut states = States::<P>::default();
        for (seq, envelope) in (1..).zip(&order) {
            let elsewhere = Envelope { position: Position::of(seq), ..(*envelope).clone() };
            states.apply(&elsewhere);
        }
        let (name, found) = (P::NAME, states.all());
        assert_eq!(found, whole.all(), "`{name}` depends on how streams interleave");
    }
}

#[track_caller]
fn kept<P: Projection>(before: &[Envelope<Event>], after: &[Envelope<Event>], whole: &States<P>) {
    let (name, at) = (P::NAME, before.len());
    let saved = match folded::<P>(before).save() {
        Ok(saved) => saved,
        Err(error) => panic!("the states of `{name}` cannot be written as JSON: {error}"),
    };
    let mut states = match States::<P>::load(&saved) {
        Ok(states) => states,
        Err(error) => panic!("what `{name}` wrote cannot be read again: {error}"),
    };
    after.iter().for_each(|envelope| states.apply(envelope));
    let found = states.all();
    assert_eq!(found, whole.all(), "`{name}` kept after {at} events goes on otherwise");
}

#[track_caller]
fn unchanged<P: Projection>(
    before: &[Envelope<Event>],
    events: &[Envelope<Event>],
    whole: &States<P>,
) {
    let known = before.last().map_or(Recorded(0), |it| it.recorded_at.into());
    let past = folded::<P>(before);
    let mut days: Vec<_> = events.iter().map(|it| it.data.effective).collect();
    days.sort_unstable();
    days.dedup();
    for day in some(days.len()).filter_map(|at| days.get(at)) {
        let view = View::as_of(*day).known_at(known);
        let (name, seen, was) = (P::NAME, whole.seen(&view), past.seen(&view));
        assert_eq!(seen, was, "`{name}` shows from {view:?} what became known later");
    }
}

/// Some of so many places, the first and the last among them.
fn some(count: usize) -> impl Iterator<Item = usize> {
    let step = count.div_ceil(PLACES).max(1);
    (0..count).step_by(step).chain(count.checked_sub(1))
}
