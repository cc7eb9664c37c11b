//! What streams told, as far as it says why a figure changed.

use std::collections::BTreeMap;

use relatum_domain::gist::Topic;
use relatum_domain::receivables::ItemKey;
use relatum_domain::{Gist, Matter, Stamp, TypeName, View, Voids};
use relatum_stream::{StreamId, Version};

use super::By;
use crate::merged;

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) stamp: Stamp,
    pub(super) kind: TypeName,
    pub(super) amends: Option<u64>,
    /// Whether it says who is who, or what the rules are.
    pub(super) standing: bool,
    pub(super) items: Vec<ItemKey>,
}

impl Known {
    /// The event as what made others count otherwise.
    pub(super) fn named(&self, stream: StreamId) -> By {
        let event = merged::event(stream, self.stamp.version);
        By { event, kind: self.kind, day: self.stamp.effective() }
    }
}

/// The events of one stream, by version.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) events: Vec<Known>,
    pub(super) voids: Voids,
}

impl Told {
    /// Takes in the next events.
    pub(super) fn take(&mut self, gists: &[&Gist<'_>]) {
        self.events.reserve(gists.len());
        // What is not read is not compared.
        for gist in gists.iter().filter(|it| it.matter != Matter::Present) {
            self.voids.learn(gist);
            let corrects = gist.takes_back().is_some();
            self.events.push(Known {
                stamp: gist.stamp,
                kind: gist.kind,
                amends: gist.amends,
                // What amends is read by every fold, whatever it is about.
                standing: !corrects && about(gist) == Topic::Standing,
                items: gist.items(),
            });
        }
    }

    /// The event of a version.
    pub(super) fn event(&self, version: Version) -> Option<&Known> {
        let at = self.events.binary_search_by_key(&version.0, |it| it.stamp.version).ok()?;
        self.events.get(at)
    }

    /// Whether an event counts from a view.
    pub(super) fn shows(&self, event: &Known, view: &View) -> bool {
        self.voids.shows(event.stamp, view)
    }

    /// Whether an event counts from one of two views and not from the other.
    pub(super) fn differs(&self, event: &Known, from: &View, to: &View) -> bool {
        self.shows(event, from) != self.shows(event, to)
    }

    /// The events that say who is who or what the rules are and count from one of two views only.
    pub(super) fn standing_that_differs<'a>(
        &'a self,
        (from, to): (&'a View, &'a View),
    ) -> impl DoubleEndedIterator<Item = &'a Known> {
        self.events.iter().filter(move |it| it.standing && self.differs(it, from, to))
    }
}

/// What an event is about, apart from what it amends.
fn about(gist: &Gist<'_>) -> Topic {
    match gist.amends {
        None => gist.topic(),
        Some(_) => Gist { amends: None, ..gist.clone() }.topic(),
    }
}

/// The events of some streams.
pub(super) type Streams = BTreeMap<StreamId, Told>;

/// What of a gist was to be seen from a view: all of it, what it takes back, or nothing.
pub(super) fn seen_from<'a>(gist: &Gist<'a>, view: &View) -> Option<Gist<'a>> {
    let known = gist.stamp.recorded <= view.known_at;
    if !known || view.sees(gist.stamp) {
        return known.then(|| gist.clone());
    }
    // A correction takes back what it names, whatever the day of its own.
    let rest = match gist.matter {
        Matter::Voided(target) => Matter::Voided(target),
        Matter::Untold(target) => Matter::Untold(target),
        _ => Matter::Plain,
    };
    gist.corrects().then(|| Gist { matter: rest, ..gist.clone() })
}
