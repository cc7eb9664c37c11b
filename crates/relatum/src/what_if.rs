//! What if: facts laid over the log for the questions of one handle, and never appended.
//!
//! An overlay holds events by stream, with versions that follow those of the log, and the instant
//! up to which it lets the log be seen. A question folds what the log had by then, and the overlay
//! after it: the streams that it touches are a part of the book of their own. So are the streams
//! of accounts that are one: they are folded as one stream.
//!
//! *Invariant: an answer with an overlay is the answer of a book in which the same facts were
//! appended at that instant. Nothing is written: not to the log, the cache, or the keys.*

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::DateTime;
use relatum_domain::{ACCOUNT, AccountId, Event, Gist, ManagerId, Recorded, TenantId, View};
use relatum_log::{
    AppendError, Envelope, EventContent, EventData, EventType, IdempotencyKey, Position, Seq,
    recorded_at,
};
use relatum_projections::{Merging, Models, TooManyMerged, Which};
use relatum_replay::{LeftOut, Replay, ReplayError};
use relatum_stream::{EventRef, StreamId, Version};

use crate::append::Fact;
use crate::as_of::AsOf;
use crate::codec;
use crate::engine::Engine;
use crate::error::Error;
use crate::folded::{Folded, each_of_one, once, threads};
use crate::states::Drawn;

/// Facts as if they had been recorded last.
#[derive(Debug, Clone)]
pub(crate) struct Overlay {
    /// What the log learned later is not seen.
    upto: Recorded,
    streams: BTreeMap<StreamId, Vec<Laid>>,
}

#[derive(Debug, Clone)]
struct Laid {
    version: Version,
    key: IdempotencyKey,
    event: Event,
}

impl AsOf {
    /// The same point, as if these facts had been recorded last. All questions take them in; the
    /// log, the cache and the keys stay as they are.
    ///
    /// Facts are taken as [`append`](Engine::append) takes them: nothing is decided. What
    /// [`record`](Engine::record) would refuse is told by [`flags`](Self::flags). A fact that is
    /// there already changes nothing. The log is seen as it is now, whatever is recorded later; as
    /// known at an earlier instant, the facts are the last that was known then.
    ///
    /// # Errors
    /// [`Error::Append`] if another fact has the same source; [`Error::Payload`] if one is no
    /// event; [`Error::Log`], [`Error::Decode`].
    ///
    /// # Example
    /// ```
    /// # use relatum::domain::event::document::{InvoiceIssued, ReceivableDocument};
    /// # use relatum::domain::{AccountId, Actor, Derived, DocumentId, Event, Money, Source};
    /// # use relatum::{AgingOptions, Engine, Fact};
    /// # let engine = Engine::in_memory()?;
    /// # let gross = Money::parse("1190.00", "EUR".parse()?)?;
    /// # let invoice = ReceivableDocument::new(DocumentId::derived("erp", "R-1"), "R-1", gross);
    /// # let source = Source::new("plan", "1");
    /// # let day = "2026-01-01".parse()?;
    /// # let event = Event::new(day, Actor::system("plan"), source, InvoiceIssued(invoice));
    /// # let account = AccountId::derived("erp", "C-1001");
    /// let today = engine.as_of("2026-02-15".parse()?);
    /// let planned = today.clone().what_if(vec![Fact::new(account, event)])?;
    /// assert!(today.aging(&AgingOptions::default())?.totals.is_empty());
    /// let totals = planned.aging(&AgingOptions::default())?.totals;
    /// assert_eq!(totals[0].total.to_string(), "1190.00 EUR");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn what_if(mut self, facts: Vec<Fact>) -> Result<Self, Error> {
        let mut overlay = match self.overlay.take() {
            Some(overlay) => Arc::unwrap_or_clone(overlay),
            None => self.engine.nothing_over()?,
        };
        for fact in facts {
            self.engine.lay(&mut overlay, fact)?;
        }
        Ok(Self { overlay: Some(Arc::new(overlay)), ..self })
    }

    /// The facts that were laid over the log by [`what_if`](Self::what_if), under the names by
    /// which explanations call them, by stream.
    pub fn speculative(&self) -> impl Iterator<Item = (EventRef, &Event)> {
        let streams = self.overlay.iter().flat_map(|overlay| &overlay.streams);
        streams.flat_map(|(stream, laid)| {
            laid.iter().map(|it| (EventRef::new(*stream, it.version), &it.event))
        })
    }

    /// Whether an event is none of the log, but was laid over it.
    #[must_use]
    pub fn is_speculative(&self, event: EventRef) -> bool {
        self.laid(event).is_some()
    }

    fn laid(&self, event: EventRef) -> Option<&Event> {
        let laid = self.overlay.as_ref()?.streams.get(&event.stream)?;
        laid.iter().find(|it| it.version == event.version).map(|it| &it.event)
    }

    /// An event of the log or laid over it.
    pub(crate) fn event(&self, event: EventRef) -> Result<Option<Event>, Error> {
        match self.laid(event) {
            Some(laid) => Ok(Some(laid.clone())),
            None => Ok(self.engine.event(event)?.map(|it| it.data)),
        }
    }

    /// The instant up to which the log is seen under what is laid over it.
    pub(crate) fn known_under(&self) -> Recorded {
        let over = self.overlay.as_deref().map(|overlay| Over::of(overlay, &self.view));
        over.map_or(Recorded(i64::MAX), |over| over.until)
    }

    /// The streams over which something is laid.
    pub(crate) fn touched(&self) -> impl Iterator<Item = StreamId> {
        let streams = self.overlay.iter().flat_map(|overlay| overlay.streams.keys());
        streams.copied()
    }

    /// What is laid over a stream, as it becomes known. It has no position: it is in no log.
    pub(crate) fn laid_over(&self, stream: StreamId) -> impl Iterator<Item = Envelope<Event>> {
        let over = self.overlay.as_deref().and_then(|overlay| {
            let laid = overlay.streams.get(&stream)?;
            Some((Over::of(overlay, &self.view).at, laid))
        });
        over.into_iter().flat_map(move |(at, laid)| {
            let recorded_at = DateTime::from_timestamp_micros(at.0).unwrap_or_default();
            laid.iter().map(move |it| Envelope {
                event: EventRef::new(stream, it.version),
                position: Position { partition: 0, seq: Seq::NONE },
                recorded_at,
                event_type: EventType::of(it.event.body.event_type()),
                schema: it.event.body.schema(),
                key: Some(it.key.clone()),
                data: it.event.clone(),
            })
        })
    }

    /// Answers from what was taken in and what is laid over it.
    pub(crate) fn with_seen<T>(
        &self,
        mut answer: impl FnMut(&Seen<'_>) -> Option<T>,
    ) -> Result<T, Error> {
        let mut refused: Option<Error> = None;
        let answered = self.engine.with_folded(|folded| {
            let over = self.overlay.as_deref().map(|overlay| Over::of(overlay, &self.view));
            let merging = match self.merging(folded, over.as_ref())? {
                Ok(merging) => merging,
                Err(error) => {
                    refused = Some(error.into());
                    return Some(None);
                }
            };
            let seen = Seen { folded, over, merging, known: self.view.known_at };
            let answer = answer(&seen);
            if let Err(error) = seen.merging.sound() {
                refused = Some(error.into());
                return Some(None);
            }
            answer.map(Some)
        });
        match (answered?, refused) {
            (Some(answer), _) => Ok(answer),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Error::Replay(ReplayError::Damaged)),
        }
    }

    /// Which accounts are one; none: the cache is damaged.
    fn merging(
        &self,
        folded: &Folded,
        over: Option<&Over<'_>>,
    ) -> Option<Result<Merging, TooManyMerged>> {
        if self.apart {
            return Some(Ok(Merging::default()));
        }
        let known = self.view.known_at;
        Some(Merging::new(match over {
            None => folded.identities()?.known(known),
            Some(over) => {
                let mut identities = folded.identities_until(Some(over.until))?;
                let tenant = TenantId::own().into();
                over.gists(tenant).iter().for_each(|gist| identities.take(gist));
                identities.known(known)
            }
        }))
    }
}

impl Engine {
    fn nothing_over(&self) -> Result<Overlay, Error> {
        let latest = recorded_at(self.log(), &self.head()?)?;
        let upto = latest.map_or(Recorded(i64::MIN), Recorded::from);
        Ok(Overlay { upto, streams: BTreeMap::new() })
    }

    fn lay(&self, overlay: &mut Overlay, Fact { stream, event }: Fact) -> Result<(), Error> {
        let key = codec::key_of(&event)?;
        let (version, told) = {
            let (mut states, mut drawn) = (self.states(), Drawn::default());
            let found = states.draw(stream, &mut drawn, self.log(), &self.0.upcasters);
            let version = drawn.states.get(&stream).map(|it| it.version());
            let told = drawn.told_by(stream, &key);
            states.give_back(drawn);
            found?;
            (version.unwrap_or(Version::NONE), told)
        };
        let laid = overlay.streams.entry(stream).or_default();
        let same = laid.iter().find(|it| it.key == key);
        let existing = match (told, same) {
            (Some(told), _) => self.event(told)?.map(|it| (told, it.data)),
            (None, Some(it)) => Some((EventRef::new(stream, it.version), it.event.clone())),
            (None, None) => None,
        };
        if let Some((existing, stored)) = existing {
            return self.same(key, existing, &stored, &event);
        }
        let version = laid.last().map_or(version, |it| it.version).plus(1);
        laid.push(Laid { version, key, event });
        Ok(())
    }

    /// Whether what is told under a key is what was told before.
    fn same(
        &self,
        key: IdempotencyKey,
        existing: EventRef,
        stored: &Event,
        offered: &Event,
    ) -> Result<(), Error> {
        // Sealed fields say the same once they are open; without a key nobody can tell.
        let opened = |event: &Event| -> Result<EventContent, Error> {
            let json = serde_json::from_str(event.encode()?.get());
            let json = self.opened(json.map_err(codec::shape_of(event))?);
            let data = EventData::of(&json).map_err(codec::shape_of(event))?;
            let event_type = EventType::of(event.body.event_type());
            Ok(EventContent { event_type, schema: event.body.schema(), data })
        };
        let (existing_content, offered_content) = (opened(stored)?, opened(offered)?);
        if existing_content == offered_content {
            return Ok(());
        }
        let existing_content = Box::new(existing_content);
        let offered_content = Box::new(offered_content);
        Err(AppendError::KeyConflict { key, existing, existing_content, offered_content }.into())
    }
}

/// What a question sees: what was taken in of the log, and what is laid over it.
pub(crate) struct Seen<'f> {
    folded: &'f Folded,
    over: Option<Over<'f>>,
    /// Which accounts are one.
    merging: Merging,
    /// What was recorded later is not known.
    known: Recorded,
}

/// An overlay as a view sees it.
struct Over<'f> {
    overlay: &'f Overlay,
    /// Up to when the log is seen.
    until: Recorded,
    /// When the overlay became known.
    at: Recorded,
    /// The states of what is no account, with the overlay.
    common: OnceLock<Models>,
}

impl<'f> Over<'f> {
    fn of(overlay: &'f Overlay, view: &View) -> Self {
        let until = overlay.upto.min(view.known_at);
        let at = Recorded(overlay.upto.0.saturating_add(1)).min(view.known_at);
        Self { overlay, until, at, common: OnceLock::new() }
    }

    fn accounts(&self) -> BTreeSet<StreamId> {
        self.overlay.streams.keys().filter(|it| it.kind == ACCOUNT).copied().collect()
    }

    /// What is laid over a stream.
    fn gists(&self, stream: StreamId) -> Vec<Gist<'f>> {
        let laid = self.overlay.streams.get(&stream).into_iter().flatten();
        let gist = |it: &'f Laid| Gist::of(EventRef::new(stream, it.version), self.at, &it.event);
        laid.map(gist).collect()
    }

    /// Lays over `models` what there is of what is no account.
    fn lay_common(&self, models: &mut Models) {
        for stream in self.overlay.streams.keys().filter(|it| it.kind != ACCOUNT) {
            let gists = self.gists(*stream);
            models.fold(*stream, &gists.iter().collect::<Vec<_>>());
        }
    }
}

/// So many accounts that are one with others make a part.
const PART: usize = 64;

/// As [`Folded`], with what is laid over it, and several accounts as one where they are.
impl Seen<'_> {
    /// The gists of the log, without what is laid over it.
    pub(crate) const fn cache(&self) -> &Replay {
        self.folded.replay()
    }

    /// Which accounts are one.
    pub(crate) const fn merging(&self) -> &Merging {
        &self.merging
    }

    pub(crate) fn common(&self) -> Option<&Models> {
        let Some(over) = &self.over else { return self.folded.common() };
        once(&over.common, || {
            let mut models = self.folded.replay().common(Some(over.until))?;
            over.lay_common(&mut models);
            Some(models)
        })
    }

    /// Whether the streams of the log say it all.
    fn is_plain(&self) -> bool {
        self.over.is_none() && self.merging.is_empty()
    }

    /// Up to when the log is seen; none: to its end.
    fn until(&self) -> Option<Recorded> {
        self.over.as_ref().map(|over| over.until)
    }

    /// The accounts that are alone and over which something is laid.
    fn touched(&self) -> BTreeSet<StreamId> {
        let merged = self.merging.all_streams();
        let mut touched = self.over.as_ref().map(Over::accounts).unwrap_or_default();
        touched.retain(|stream| !merged.contains(stream));
        touched
    }

    /// Folds an account that is alone.
    fn fold_alone(&self, models: &mut Models, which: Which, stream: StreamId) -> Option<()> {
        let mut fold = |gists: &[&Gist<'_>]| match self.merging.renamed(stream, gists) {
            None => models.fold_only(which, stream, gists),
            Some(gists) => models.fold_only(which, stream, &gists.iter().collect::<Vec<_>>()),
        };
        self.cache().stream(stream, which.topics(), self.until(), &mut fold)?;
        if let Some(over) = &self.over {
            let laid = over.gists(stream);
            if !laid.is_empty() {
                fold(&laid.iter().collect::<Vec<_>>());
            }
        }
        Some(())
    }

    /// Folds an account and all that are one with it.
    fn fold_as_one(&self, models: &mut Models, which: Which, kept: AccountId) -> Option<()> {
        let known = self.until().map_or(self.known, |until| until.min(self.known));
        each_of_one(self.cache(), &self.merging, kept, known, |rows| {
            let streams = self.merging.streams(kept).unwrap_or_default();
            let laid = |stream: &StreamId| match &self.over {
                Some(over) => over.gists(*stream),
                None => Vec::new(),
            };
            let laid: Vec<(StreamId, Vec<Gist<'_>>)> =
                streams.iter().map(|stream| (*stream, laid(stream))).collect();
            let mut all: Vec<(StreamId, Vec<&Gist<'_>>)> = Vec::new();
            for (stream, laid) in &laid {
                let told = rows.iter().find(|(it, _)| it == stream).map(|(_, gists)| *gists);
                let told = told.unwrap_or_default().iter().copied();
                all.push((*stream, told.chain(laid).collect()));
            }
            let all: Vec<_> = all.iter().map(|(stream, gists)| (*stream, &**gists)).collect();
            let gists = self.merging.joined(kept, &all);
            models.fold_only(which, kept.into(), &gists.iter().collect::<Vec<_>>());
        })
    }

    /// Hands over the states of what is no plain stream of the log, part by part.
    fn each_unplain(&self, which: Which, mut take: impl FnMut(Models)) -> Option<()> {
        let mut models = Models::default();
        for stream in self.touched() {
            self.fold_alone(&mut models, which, stream)?;
        }
        take(models);
        let kept: Vec<AccountId> = self.merging.kept().collect();
        for part in kept.chunks(PART) {
            let mut models = Models::default();
            for kept in part {
                self.fold_as_one(&mut models, which, *kept)?;
            }
            take(models);
        }
        Some(())
    }

    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Models) -> T) -> Option<T> {
        if self.is_plain() {
            return self.folded.ask(question);
        }
        let whole: Mutex<Models> = Mutex::default();
        let join = |models| whole.lock().unwrap_or_else(PoisonError::into_inner).join(models);
        let (touched, until) = (self.touched(), self.until());
        let but = LeftOut { streams: Some(&touched), merging: Some(&self.merging) };
        let take = |_, models| join(models);
        let sound = self.cache().each_part(threads(), Which::ALL, None, until, but, take);
        self.each_unplain(Which::ALL, join)?;
        let mut common = self.cache().common(until)?;
        if let Some(over) = &self.over {
            over.lay_common(&mut common);
        }
        join(common);
        let whole = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
        sound.then(|| question(&whole))
    }

    pub(crate) fn parts<P: Send>(
        &self,
        which: Which,
        managers: Option<&[ManagerId]>,
        question: impl Fn(&Models) -> P + Sync,
    ) -> Option<Vec<P>> {
        if self.is_plain() {
            return self.folded.parts(which, managers, question);
        }
        let touched = self.touched();
        let but = LeftOut { streams: Some(&touched), merging: Some(&self.merging) };
        let mut parts = self.folded.each_part(which, managers, self.until(), but, &question)?;
        self.each_unplain(which, |models| parts.push(question(&models)))?;
        Some(parts)
    }

    pub(crate) fn one<T>(
        &self,
        account: AccountId,
        which: Which,
        question: impl FnOnce(&Models) -> T,
    ) -> Option<T> {
        if self.is_plain() {
            return self.folded.one(account.into(), which, question);
        }
        let mut models = Models::default();
        match self.merging.streams(account) {
            Some(_) => self.fold_as_one(&mut models, which, account)?,
            None => self.fold_alone(&mut models, which, account.into())?,
        }
        Some(question(&models))
    }
}
