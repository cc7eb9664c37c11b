//! Accounts that are the same client: merged and split by event, and seen as one.
//!
//! Owns the two doors by which merges are told, and what an answer says of them. How several
//! streams become one account is the business of the projections; that every question sees it is
//! that of [`AsOf::with_seen`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::decide::{Proposal, RelationshipRefused};
use relatum_domain::event::account::{AccountsMerged, AccountsSplit};
use relatum_domain::gist::Topics;
use relatum_domain::{AccountId, Actor, Event, EventBody, Merges, Source, TenantId};
use relatum_projections::{AccountProfile, Merging};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::as_of::AsOf;
use crate::engine::Engine;
use crate::erasure::SYSTEM;
use crate::error::Error;
use crate::record::Recorded;

/// So many accounts are read one by one rather than all.
const FEW: usize = 16;

/// An account that was merged into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MergedAccount {
    /// Which.
    pub account: AccountId,
    /// What it is called by what was told of it alone.
    pub name: String,
    /// What other systems call it.
    pub external_ids: Vec<(String, String)>,
    /// The account that it was merged into.
    pub kept: AccountId,
    /// The account that answers for it: the one it was merged into, unless that was merged too.
    pub into: AccountId,
    /// What that one is called.
    pub into_name: String,
    /// The event that tells of it.
    pub event: EventRef,
    /// The day from which it was told.
    pub day: NaiveDate,
    /// When the log learned of it; none: it is only supposed.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Option<String>,
    /// Who told it.
    pub actor: Actor,
}

impl Engine {
    /// Records that two accounts are the same client. From the moment at which that is known every
    /// answer is as if what was told of either had been told of the one that is kept, which keeps
    /// its name, its class and who answers for it. Nothing is written to their streams, and
    /// [`split_account`](Self::split_account) takes it back.
    ///
    /// # Errors
    /// [`Error::Refused`] if one of the two is unknown, closed, nobody's or merged away, if they
    /// are the same, or if one belongs to the other or pays for it; [`Error::MergedTooLong`] if
    /// what was told of them is too long to be told of one; [`Error::Append`], [`Error::Log`].
    ///
    /// # Example
    /// ```
    /// use relatum::domain::event::account::{AccountOpened, AccountsMerged, Stage};
    /// use relatum::domain::{AccountId, Actor, Derived, Event, Source};
    /// use relatum::{Engine, Fact};
    /// let engine = Engine::in_memory()?;
    /// let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 31).ok_or("no day")?;
    /// let [kept, merged] = ["C-1", "C-2"].map(|code| AccountId::derived("crm", code));
    /// for (account, name) in [(kept, "Nordwind GmbH"), (merged, "Nordwind")] {
    ///     let opened = AccountOpened {
    ///         name: name.into(),
    ///         stage: Stage::Client,
    ///         country: None,
    ///         sector: None,
    ///         class: None,
    ///         segment: None,
    ///         external_ids: vec![],
    ///         unassigned: false,
    ///     };
    ///     let source = Source::new("crm", name);
    ///     let event = Event::new(day, Actor::system("crm"), source, opened);
    ///     engine.append(vec![Fact::new(account, event)])?;
    /// }
    /// let told = AccountsMerged { kept, merged, reason: Some("the same tax id".into()) };
    /// engine.merge_accounts(day, Actor::system("me"), told)?;
    /// let book = engine.as_of(day);
    /// assert_eq!(book.accounts()?.len(), 1);
    /// assert_eq!(book.merged()?[0].name, "Nordwind");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge_accounts(
        &self,
        day: NaiveDate,
        actor: Actor,
        told: AccountsMerged,
    ) -> Result<Recorded, Error> {
        let book = self.as_of(NaiveDate::MAX);
        book.can_be_one(told.kept, told.merged)?;
        book.can_be_told_as_one(told.kept, told.merged)?;
        let source = self.source_of("merge", told.merged)?;
        self.record(Proposal::new(TenantId::own(), Event::new(day, actor, source, told)))
    }

    /// Records that an account which was merged into another is a client of its own after all:
    /// what is asked from now on is answered as if the two had never been merged. The log keeps
    /// both.
    ///
    /// # Errors
    /// [`Error::Refused`] if it was not merged; [`Error::Append`], [`Error::Log`].
    pub fn split_account(
        &self,
        day: NaiveDate,
        actor: Actor,
        told: AccountsSplit,
    ) -> Result<Recorded, Error> {
        let source = self.source_of("split", told.account)?;
        self.record(Proposal::new(TenantId::own(), Event::new(day, actor, source, told)))
    }

    /// The same told again after something else was is another fact.
    fn source_of(&self, what: &str, account: AccountId) -> Result<Source, Error> {
        let number = self.with_folded(|folded| Some(folded.identities()?.told_of(account)))?;
        Ok(Source::new(SYSTEM, format!("{what}/{account}/{number}")))
    }
}

impl AsOf {
    /// The same point, with every account as it was told: none counts as merged.
    #[must_use]
    pub fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// Which accounts are one.
    pub(crate) fn known_merges(&self) -> Result<Merges, Error> {
        self.with_seen(|seen| Some(seen.merging().merges().clone()))
    }

    /// The account that answers for `account`: itself, unless it was merged into another.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn answers_for(&self, account: AccountId) -> Result<AccountId, Error> {
        Ok(self.known_merges()?.of(account))
    }

    /// Fails for an account that was merged away: an answer about it alone would be half of one.
    pub(crate) fn stands_for_itself(&self, account: AccountId) -> Result<(), Error> {
        match self.with_seen(|seen| Some(seen.merging().merges().away(account)))? {
            Some(into) => Err(Error::MergedAway { account, into }),
            None => Ok(()),
        }
    }

    /// The streams that hold what was told of an account, its own first.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn streams_of(&self, account: AccountId) -> Result<Vec<StreamId>, Error> {
        let streams = self.with_seen(|seen| Some(seen.merging().streams(account)))?;
        Ok(streams.unwrap_or_else(|| vec![account.into()]))
    }

    /// The accounts that are one from here, if they were from `before`.
    pub(crate) fn same_accounts_as(&self, before: &Self) -> Result<Merging, Error> {
        let own = self.with_seen(|seen| Some(seen.merging().clone()))?;
        let theirs = before.known_merges()?;
        let alone = |one: &Merges, other: &Merges| {
            let mut merged = one.all().map(|it| it.merged);
            merged.find(|account| one.of(*account) != other.of(*account))
        };
        let ours = own.merges();
        match alone(ours, &theirs).or_else(|| alone(&theirs, ours)) {
            Some(account) => Err(Error::MergedBetween { account }),
            None => Ok(own),
        }
    }

    /// The accounts that were merged into others, by id.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn merged(&self) -> Result<Vec<MergedAccount>, Error> {
        let merges = self.known_merges()?;
        if merges.is_empty() {
            return Ok(Vec::new());
        }
        let apart = self.clone().on(NaiveDate::MAX).apart();
        let mut profiles: BTreeMap<AccountId, AccountProfile> = BTreeMap::new();
        if merges.all().count() > FEW {
            profiles.extend(apart.accounts()?);
        } else {
            for account in merges.all().flat_map(|it| [it.merged, merges.of(it.merged)]) {
                match apart.account(account) {
                    Err(Error::NotFound { .. }) => {}
                    found => drop(profiles.insert(account, found?)),
                }
            }
        }
        let named = |account: AccountId| match profiles.get(&account) {
            Some(profile) => (profile.name.clone(), profile.external_ids.clone()),
            None => (account.to_string(), Vec::new()),
        };
        let mut all = Vec::new();
        for merge in merges.all() {
            let event = EventRef::new(TenantId::own().into(), merge.version);
            let Some(told) = self.event(event)? else { continue };
            let recorded_at = match self.is_speculative(event) {
                true => None,
                false => self.engine.event(event)?.map(|it| it.recorded_at),
            };
            let (name, external_ids) = named(merge.merged);
            let into = merges.of(merge.merged);
            let reason = match told.body {
                EventBody::AccountsMerged(it) => it.reason,
                _ => None,
            };
            all.push(MergedAccount {
                account: merge.merged,
                name,
                external_ids,
                kept: merge.kept,
                into,
                into_name: named(into).0,
                event,
                day: told.effective,
                recorded_at,
                reason,
                actor: told.actor,
            });
        }
        Ok(all)
    }

    /// Fails if one of two accounts belongs to the other by way of others: a
    /// [decision](relatum_domain::decide) sees only those that it names.
    fn can_be_one(&self, kept: AccountId, merged: AccountId) -> Result<(), Error> {
        let parents = self.parents()?;
        for (account, other) in [(kept, merged), (merged, kept)] {
            let mut at = account;
            // A ring is followed once around.
            for _ in 0..=parents.len() {
                let Some(parent) = parents.get(&at) else { break };
                at = *parent;
                if at == other {
                    let related = RelationshipRefused::MergeOfRelated { account, other };
                    return Err(Error::Refused(related.into()));
                }
            }
        }
        Ok(())
    }

    /// Fails if what was told of two accounts, and of those that are one with them, is too long to
    /// be told as of one.
    fn can_be_told_as_one(&self, kept: AccountId, merged: AccountId) -> Result<(), Error> {
        let streams: BTreeSet<StreamId> =
            self.streams_of(kept)?.into_iter().chain(self.streams_of(merged)?).collect();
        let fits = self.engine.with_folded(|folded| {
            let mut fits = Ok(());
            folded.replay().streams(&streams, Topics::ALL, None, |rows| {
                fits = Merging::fits(kept, rows);
            })?;
            Some(fits)
        });
        Ok(fits??)
    }
}
