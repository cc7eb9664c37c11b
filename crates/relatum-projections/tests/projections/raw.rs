//! A book as a raw list of events, and the little that every naive recomputation needs of it.

use std::cell::Cell;

use chrono::{DateTime, Days, NaiveDate, Utc};
use relatum_domain::event::correction::EventVoided;
use relatum_domain::{
    AccountId, Actor, Currency, Derived, Event, EventBody, Money, Quantity, Recorded, Source,
    Value, View,
};
use relatum_log::{Envelope, EventType, Position};
use relatum_projections::Models;
use relatum_stream::{EventRef, StreamId, Version};

/// Events in the order in which the log learned of them, a minute apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Raw {
    pub(crate) events: Vec<Envelope<Event>>,
}

/// Day 0 is the first of January 2026.
pub(crate) fn day(number: i64) -> NaiveDate {
    let zero = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    match u64::try_from(number) {
        Ok(later) => zero + Days::new(later),
        Err(_) => zero - Days::new(number.unsigned_abs()),
    }
}

pub(crate) fn euro(minor: i64) -> Money {
    Money::new(minor, currency("EUR"))
}

pub(crate) fn worth(micro: i64) -> Value {
    Value::new(micro, currency("EUR"))
}

pub(crate) fn pieces(number: i64) -> Quantity {
    Quantity::from_micro(number * 1_000_000)
}

pub(crate) fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub(crate) fn account(number: u64) -> AccountId {
    AccountId::derived("test", &number.to_string())
}

fn instant(number: usize) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + 60 * number as i64, 0).unwrap()
}

thread_local! {
    static SOURCES: Cell<u64> = const { Cell::new(0) };
}

/// An event with a source id of its own.
pub(crate) fn event(on: NaiveDate, body: impl Into<EventBody>) -> Event {
    let number = SOURCES.with(|last| last.replace(last.get() + 1));
    Event::new(on, Actor::system("test"), Source::new("test", number.to_string()), body)
}

impl Raw {
    /// Adds an event and gives its name.
    pub(crate) fn push(&mut self, stream: impl Into<StreamId>, event: Event) -> EventRef {
        let stream = stream.into();
        let version = self.events.iter().filter(|it| it.event.stream == stream).count() as u64 + 1;
        let at = EventRef::new(stream, Version(version));
        let number = self.events.len();
        self.events.push(Envelope {
            event: at,
            position: Position::of(number as u64 + 1),
            recorded_at: instant(number),
            event_type: EventType::of(event.body.event_type()),
            schema: event.body.schema(),
            key: None,
            data: event,
        });
        at
    }

    /// Adds an event that happened on a numbered day.
    pub(crate) fn on(
        &mut self,
        number: i64,
        stream: impl Into<StreamId>,
        body: impl Into<EventBody>,
    ) -> EventRef {
        self.push(stream, event(day(number), body))
    }

    pub(crate) fn void(&mut self, it: EventRef) -> EventRef {
        let on = self.get(it).data.effective;
        self.push(it.stream, event(on, EventVoided { event: it, reason: "a mistake".into() }))
    }

    pub(crate) fn amend(&mut self, it: EventRef, on: i64, body: impl Into<EventBody>) -> EventRef {
        let amending = Event { amends: Some(it), ..event(day(on), body) };
        self.push(it.stream, amending)
    }

    pub(crate) fn get(&self, it: EventRef) -> &Envelope<Event> {
        self.events.iter().find(|envelope| envelope.event == it).unwrap()
    }

    pub(crate) fn models(&self) -> Models {
        models(&self.events)
    }

    /// As known right after the first `count` events.
    pub(crate) fn known(&self, count: usize) -> Recorded {
        count.checked_sub(1).map_or(Recorded(i64::MIN), |at| instant(at).into())
    }

    /// What a view shows, by brute force.
    pub(crate) fn shown(&self, view: &View) -> Shown<'_> {
        let known: Vec<&Envelope<Event>> = self
            .events
            .iter()
            .filter(|it| Recorded::from(it.recorded_at) <= view.known_at)
            .collect();
        let void = |it: &Envelope<Event>| is_void(it, &known);
        let held = known.iter().copied().filter(|it| !void(it)).collect();
        Shown { held, view: *view }
    }
}

/// The events known at a view that are not void, of whatever day.
pub(crate) struct Shown<'a> {
    pub(crate) held: Vec<&'a Envelope<Event>>,
    pub(crate) view: View,
}

impl<'a> Shown<'a> {
    /// Those that hold by the day of the view, in the order of the log.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &'a Envelope<Event>> {
        self.held.iter().copied().filter(|it| it.data.effective <= self.view.as_of)
    }

    pub(crate) fn of(
        &self,
        stream: impl Into<StreamId>,
    ) -> impl Iterator<Item = &'a Envelope<Event>> {
        let stream = stream.into();
        self.seen().filter(move |it| it.event.stream == stream)
    }
}

pub(crate) fn models<'a>(events: impl IntoIterator<Item = &'a Envelope<Event>>) -> Models {
    let mut models = Models::default();
    for envelope in events {
        models.apply(envelope);
    }
    models
}

pub(crate) fn voided(it: &Envelope<Event>) -> Option<EventRef> {
    match &it.data.body {
        EventBody::EventVoided(void) => Some(void.event),
        _ => None,
    }
}

fn corrects(later: &Envelope<Event>, earlier: &Envelope<Event>) -> bool {
    let named = voided(later) == Some(earlier.event);
    named && later.event.version > earlier.event.version
}

fn amends(later: &Envelope<Event>, earlier: &Envelope<Event>) -> bool {
    later.data.amends == Some(earlier.event) && later.event.version > earlier.event.version
}

/// An event is void if a standing event voids it, or an amendment took its place: one that
/// stands, or one that was itself replaced by an amendment.
fn is_void(it: &Envelope<Event>, known: &[&Envelope<Event>]) -> bool {
    known.iter().any(|later| corrects(later, it) && !is_void(later, known))
        || is_replaced(it, known)
}

fn is_replaced(it: &Envelope<Event>, known: &[&Envelope<Event>]) -> bool {
    known
        .iter()
        .any(|later| amends(later, it) && (!is_void(later, known) || is_replaced(later, known)))
}
