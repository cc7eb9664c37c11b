//! Subscriptions that last: what comes of an event in the world happens once.
//!
//! A subscription remembers, beside the store, what it handed out and which effects were begun and
//! are not done. Before an effect is handed out, that it is begun is on disk; once
//! [`done`](Subscription::done) returns, that it is done is.
//!
//! *Invariant: an effect that is done is never handed out again. One that was begun and not done
//! is, after opening again, under the same key with a higher attempt.*

use std::collections::VecDeque;

use relatum_domain::Event;
use relatum_log::{ByteSize, Cursor, Cut, Envelope};
use relatum_stream::EventRef;

use crate::engine::Engine;
use crate::error::Error;
use crate::follow::{Follow, Followed, Phase};
use crate::reading::Reading;
use crate::standing::{Begun, Mark, Standing};
use crate::whole_file::is_name;

/// So many effects may be begun and not done at a time.
const BEGUN: usize = 1_024;

/// Where a subscription begins that is new. One that is there goes on where it was, whatever is
/// said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Beginning {
    /// With what is recorded from now on.
    Now,
    /// With the first event of the log. What is there by now is history: it comes as
    /// [`Replaying`](Phase::Replaying), without effects.
    History,
    /// With the first event of the log, and every event has an effect.
    EffectsOfHistory,
}

/// Why a subscription does not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// The name is none.
    #[error("`{name}` names no subscription; write 1 to 64 of a-z, 0-9 and -")]
    Name {
        /// What was given.
        name: String,
    },
    /// Somebody has it already.
    #[error("the subscription `{name}` is in use; drop the other handle first")]
    InUse {
        /// Its name.
        name: String,
    },
    /// Nobody says what is done.
    #[error(
        "{count} effects of `{name}` are begun and not done, the most is {BEGUN}; call `done` for \
         what is"
    )]
    TooManyBegun {
        /// Its name.
        name: String,
        /// How many are begun.
        count: usize,
    },
    /// What is said to be done was not begun, or was done before.
    #[error("the effect `{key}` is not begun")]
    NotBegun {
        /// Its key.
        key: String,
    },
    /// What was kept is no standing.
    #[error("{place} is not readable: {reason}; restore it, or delete it to begin anew")]
    Damaged {
        /// Which file.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// What was kept is of another log, or of a longer one.
    #[error(
        "{place} is of another log: {event} is not at {position} here; restore the log that it \
         belongs to, or delete it to begin anew"
    )]
    OtherLog {
        /// Which file.
        place: String,
        /// The event that it names.
        event: EventRef,
        /// Where that should be.
        position: relatum_log::Position,
    },
}

/// What may happen in the world because of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Effect {
    /// The same for this subscription and event, for ever: `name:stream@version`.
    pub key: String,
    /// How often it was handed out. Above 1, nobody knows whether it happened before.
    pub attempt: u32,
}

/// An event as a subscription hands it out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Whether it was there when the subscription was made.
    pub phase: Phase,
    /// The event.
    pub envelope: Envelope<Event>,
    /// What it may cause; none: it is history, and only to be known.
    pub effect: Option<Effect>,
}

/// A subscription that goes on where it was, in this program or a later one.
#[derive(Debug)]
pub struct Subscription {
    engine: Engine,
    name: String,
    standing: Standing,
    /// What was begun when it was opened, to be handed out again.
    again: VecDeque<Begun>,
    /// What could not be handed out.
    held: Option<Followed>,
    follow: Follow,
}

impl Engine {
    /// Opens the subscription called `name`, or makes it.
    ///
    /// What is guaranteed: every effect is handed out *at least once*, and never again once
    /// [`done`](Subscription::done) returned. Between the two a program may be killed when the
    /// effect has happened or when it has not: it is handed out again under the same
    /// [`key`](Effect::key). So an effect happens *exactly once* if whoever has it happen
    /// recognises a key that was used, and not otherwise. History that is read again has no
    /// effects unless [`EffectsOfHistory`](Beginning::EffectsOfHistory) was asked for.
    ///
    /// # Errors
    /// [`Error::Subscription`] if the name is none, it is in use, or what was kept of it is damaged
    /// or of another log; [`Error::Log`], [`Error::Io`].
    ///
    /// # Example
    /// ```
    /// # use relatum::{Beginning, Engine};
    /// # fn send(key: &str) {}
    /// # let engine = Engine::in_memory()?;
    /// let mut mails = engine.subscribe("dunning-mails", Beginning::Now)?;
    /// while let Some(delivery) = mails.try_next()? {
    ///     if let Some(effect) = &delivery.effect {
    ///         send(&effect.key);
    ///     }
    ///     mails.done(&delivery)?;
    /// }
    /// # Ok::<(), relatum::Error>(())
    /// ```
    pub fn subscribe(&self, name: &str, beginning: Beginning) -> Result<Subscription, Error> {
        if !is_name(name) {
            return Err(SubscriptionError::Name { name: name.to_owned() }.into());
        }
        self.0.standings.hold(name)?;
        let opened = self.standing_of(name, beginning);
        let standing = opened.inspect_err(|_| self.0.standings.let_go(name))?;
        let last = standing.last.as_ref().map_or(Cut::start(), |it| Cut::single(it.position.seq));
        let follow = Follow::after(self, last, standing.history.clone());
        let again = standing.begun.values().cloned().collect();
        let (engine, name) = (self.clone(), name.to_owned());
        Ok(Subscription { engine, name, standing, again, held: None, follow })
    }

    fn standing_of(&self, name: &str, beginning: Beginning) -> Result<Standing, Error> {
        if let Some(standing) = self.0.standings.load(name)? {
            if let Some(mark) = &standing.last {
                self.marked(name, mark)?;
            }
            return Ok(standing);
        }
        let history = self.head()?;
        let (effects_after, last) = match beginning {
            Beginning::Now => (history.clone(), self.last_of(&history)?),
            Beginning::History => (history.clone(), None),
            Beginning::EffectsOfHistory => (Cut::start(), None),
        };
        let standing = Standing::new(history, effects_after, last);
        self.0.standings.keep(name, &standing)?;
        Ok(standing)
    }

    /// The last event of a cut.
    fn last_of(&self, cut: &Cut) -> Result<Option<Mark>, Error> {
        let Some(position) = cut.positions().next() else { return Ok(None) };
        let block = self.log().read(Cursor::Position(position), ByteSize(1)).wait()?;
        let Some(commit) = block.commits.first() else { return Ok(None) };
        let found = commit.envelopes()?.into_iter().find(|it| it.position == position);
        Ok(found.as_ref().map(Mark::of))
    }

    /// The event that a standing names, if this log has it.
    fn marked(&self, name: &str, mark: &Mark) -> Result<Mark, Error> {
        let found = self.last_of(&Cut::single(mark.position.seq))?;
        found.filter(|found| found == mark).ok_or_else(|| {
            let Mark { position, event, .. } = *mark;
            let place = self.0.standings.place(name);
            SubscriptionError::OtherLog { place, event, position }.into()
        })
    }
}

impl Subscription {
    /// The next event; waits until there is one. First what was begun and not done when this was
    /// opened. An effect is put on disk as begun, which takes a sync.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`], [`Error::Io`]: the same event is tried again by the next
    /// call. [`Error::Subscription`] if too much is begun and not done.
    pub async fn next(&mut self) -> Result<Delivery, Error> {
        let followed = match self.waiting()? {
            Some(followed) => followed,
            None => self.follow.next().await?,
        };
        self.hand_out(followed)
    }

    /// The next event if there is one by now.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn try_next(&mut self) -> Result<Option<Delivery>, Error> {
        let followed = match self.waiting()? {
            Some(followed) => Some(followed),
            None => self.follow.try_next()?,
        };
        followed.map(|followed| self.hand_out(followed)).transpose()
    }

    /// Notes that what was to come of a delivery has happened: it is never handed out again. Takes
    /// a sync. Of events without effects, everything up to this one is taken as known; it is enough
    /// to tell it now and then.
    ///
    /// # Errors
    /// [`Error::Subscription`] if the effect is not begun; [`Error::Io`]: then it is not noted.
    pub fn done(&mut self, delivery: &Delivery) -> Result<(), Error> {
        let mut standing = self.standing.clone();
        match &delivery.effect {
            None => standing.reach(&delivery.envelope),
            Some(effect) => {
                let begun = standing.begun.remove(&delivery.envelope.position.seq.0);
                if begun.is_none_or(|it| it.mark != Mark::of(&delivery.envelope)) {
                    return Err(SubscriptionError::NotBegun { key: effect.key.clone() }.into());
                }
            }
        }
        self.keep(standing)
    }

    /// What is to be handed out before the log is followed on.
    fn waiting(&mut self) -> Result<Option<Followed>, Error> {
        if let Some(held) = self.held.take() {
            return Ok(Some(held));
        }
        let Some(begun) = self.again.front() else {
            return Ok(None);
        };
        self.engine.marked(&self.name, &begun.mark)?;
        let mut reading = Reading::from(Cursor::Position(begun.mark.position));
        let engine = &self.engine;
        let found = reading.take_or_read(engine.log(), engine.understands(), |_| true)?;
        self.again.pop_front();
        Ok(found.map(|envelope| self.follow.followed(envelope)))
    }

    fn hand_out(&mut self, followed: Followed) -> Result<Delivery, Error> {
        match self.begin(&followed) {
            Ok(effect) => {
                let Followed { phase, envelope } = followed;
                Ok(Delivery { phase, envelope, effect })
            }
            Err(error) => {
                self.held = Some(followed);
                Err(error)
            }
        }
    }

    /// Notes that the effect of an event is begun, if it has one.
    fn begin(&mut self, followed: &Followed) -> Result<Option<Effect>, Error> {
        let envelope = &followed.envelope;
        if self.standing.effects_after.includes(envelope.position) {
            return Ok(None);
        }
        let mut standing = self.standing.clone();
        let count = standing.begun.len();
        let begun = standing.begun.entry(envelope.position.seq.0);
        let mark = Mark::of(envelope);
        let begun = begun.or_insert(Begun { mark, attempt: 0 });
        if begun.attempt == 0 && count >= BEGUN {
            let name = self.name.clone();
            return Err(SubscriptionError::TooManyBegun { name, count }.into());
        }
        begun.attempt = begun.attempt.saturating_add(1);
        let key = format!("{}:{}", self.name, envelope.event);
        let effect = Effect { key, attempt: begun.attempt };
        standing.reach(envelope);
        self.keep(standing)?;
        Ok(Some(effect))
    }

    /// What could not be kept did not happen.
    fn keep(&mut self, standing: Standing) -> Result<(), Error> {
        self.engine.0.standings.keep(&self.name, &standing)?;
        self.standing = standing;
        Ok(())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.engine.0.standings.let_go(&self.name);
    }
}
