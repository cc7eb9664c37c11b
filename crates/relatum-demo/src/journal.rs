//! The book as it is written: who learnt what when, and which event speaks of which.
//!
//! Owns the recorded axis: instants in office hours, one order in every stream, and versions,
//! which are only known once everything is in order.
//!
//! *Invariant: facts of one stream written for one day keep the order in which they were put.*

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use relatum_domain::event::correction::EventVoided;
use relatum_domain::{Actor, Event, EventBody, Source};
use relatum_stream::{EventRef, StreamId, Version};

use crate::calendar::{Span, working, working_before};

/// One event, the stream that holds it, and when the log learnt of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The stream.
    pub stream: StreamId,
    /// What happened.
    pub event: Event,
    /// When it was recorded. Facts of one stream have ascending instants; a payment for another
    /// account and its counterpart share one.
    pub recorded_at: DateTime<Utc>,
}

/// A fact already written, to be referred to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handle(usize);

/// How one fact speaks of another.
#[derive(Debug, Clone, Copy)]
enum Link {
    Amends(Handle),
    CausedBy(Handle),
    Voids(Handle),
}

/// A fact about to be written.
#[derive(Debug, Clone)]
pub(crate) struct Say {
    stream: StreamId,
    event: Event,
    late: i64,
    link: Option<Link>,
}

impl Say {
    pub(crate) fn new(
        stream: impl Into<StreamId>,
        actor: Actor,
        day: NaiveDate,
        key: impl Into<String>,
        body: impl Into<EventBody>,
    ) -> Self {
        let event = Event::new(day, actor, Source::new("demo", key), body);
        Self { stream: stream.into(), event, late: 0, link: None }
    }

    /// The day on which it holds.
    pub(crate) const fn day(&self) -> NaiveDate {
        self.event.effective
    }

    /// Recorded so many days after it holds; before, if negative.
    pub(crate) fn late(self, days: i64) -> Self {
        Self { late: days, ..self }
    }

    /// Replaces an earlier fact of the same type.
    pub(crate) fn amends(self, earlier: Handle) -> Self {
        Self { link: Some(Link::Amends(earlier)), ..self }
    }

    /// Follows from an earlier fact.
    pub(crate) fn caused_by(self, earlier: Handle) -> Self {
        Self { link: Some(Link::CausedBy(earlier)), ..self }
    }
}

#[derive(Debug)]
struct Draft {
    fact: Fact,
    link: Option<Link>,
}

/// Everything written so far.
#[derive(Debug)]
pub(crate) struct Journal {
    span: Span,
    drafts: Vec<Draft>,
    per_day: BTreeMap<(StreamId, NaiveDate), i64>,
}

impl Journal {
    pub(crate) fn new(span: Span) -> Self {
        Self { span, drafts: Vec::new(), per_day: BTreeMap::new() }
    }

    /// Writes it, unless it lies ahead: what has not happened yet is not in the book.
    pub(crate) fn put(&mut self, say: Say) -> Option<Handle> {
        let recorded_at = self.instant(&say)?;
        Some(self.push(say, recorded_at))
    }

    /// Writes two facts of different streams in one instant.
    pub(crate) fn put_both(&mut self, one: Say, other: Say) -> Option<Handle> {
        let recorded_at = self.instant(&one)?;
        let handle = self.push(one, recorded_at);
        self.push(other, recorded_at);
        Some(handle)
    }

    /// Declares an earlier fact a mistake.
    pub(crate) fn void(&mut self, earlier: Handle, day: NaiveDate, key: &str, reason: &str) {
        let Some(draft) = self.drafts.get(earlier.0) else {
            return;
        };
        let stream = draft.fact.stream;
        // The version is filled in at the end.
        let event = EventRef::new(stream, Version::NONE);
        let body = EventVoided { event, reason: reason.to_owned() };
        let mut say = Say::new(stream, draft.fact.event.actor.clone(), day, key, body);
        say.link = Some(Link::Voids(earlier));
        self.put(say);
    }

    /// What a fact says.
    pub(crate) fn body(&self, handle: Handle) -> Option<&EventBody> {
        self.drafts.get(handle.0).map(|draft| &draft.fact.event.body)
    }

    /// The day on which a fact became known.
    pub(crate) fn recorded_day(&self, handle: Handle) -> NaiveDate {
        let draft = self.drafts.get(handle.0);
        draft.map_or(self.span.close, |draft| draft.fact.recorded_at.date_naive())
    }

    fn push(&mut self, say: Say, recorded_at: DateTime<Utc>) -> Handle {
        let fact = Fact { stream: say.stream, event: say.event, recorded_at };
        self.drafts.push(Draft { fact, link: say.link });
        Handle(self.drafts.len() - 1)
    }

    fn instant(&mut self, say: &Say) -> Option<DateTime<Utc>> {
        let Span { close, today, .. } = self.span;
        let moved = crate::calendar::plus(say.event.effective, say.late);
        let day = if say.late < 0 { working_before(moved) } else { working(moved) };
        let known = if say.late < 0 {
            say.event.effective <= today && day <= close
        } else {
            say.event.effective <= close
        };
        if !known {
            return None;
        }
        let earliest = match say.link {
            Some(Link::Amends(of) | Link::CausedBy(of) | Link::Voids(of)) => self.recorded_day(of),
            None => day.min(close),
        };
        let day = day.min(close).max(earliest);
        let place = self.per_day.entry((say.stream, day)).or_insert(0);
        let slot = *place;
        *place += 1;
        // A slot of eleven minutes from seven on; within it, a place of the stream's own.
        let own = i64::try_from(say.stream.id.as_u128() % 600_000_000).unwrap_or(0);
        let micros = slot.min(48) * 660_000_000 + own + slot;
        let morning = day.and_hms_opt(7, 0, 0)?.and_utc();
        morning.checked_add_signed(TimeDelta::microseconds(micros))
    }

    /// The facts in the order of their recording, with every reference resolved.
    pub(crate) fn finish(self) -> Vec<Fact> {
        let mut order: Vec<(usize, Draft)> = self.drafts.into_iter().enumerate().collect();
        order.sort_by_key(|(at, draft)| (draft.fact.recorded_at, *at));
        let mut counts: BTreeMap<StreamId, u64> = BTreeMap::new();
        let mut names: Vec<Option<EventRef>> = vec![None; order.len()];
        for (at, draft) in &order {
            let count = counts.entry(draft.fact.stream).or_insert(0);
            *count += 1;
            if let Some(name) = names.get_mut(*at) {
                *name = Some(EventRef::new(draft.fact.stream, Version(*count)));
            }
        }
        let name = |of: Handle| names.get(of.0).copied().flatten();
        let resolve = |Draft { mut fact, link }: Draft| {
            match link {
                Some(Link::Amends(of)) => fact.event.amends = name(of),
                Some(Link::CausedBy(of)) => fact.event.causation = name(of),
                Some(Link::Voids(of)) => {
                    if let (EventBody::EventVoided(body), Some(of)) =
                        (&mut fact.event.body, name(of))
                    {
                        body.event = of;
                    }
                }
                None => {}
            }
            fact
        };
        order.into_iter().map(|(_, draft)| resolve(draft)).collect()
    }
}
