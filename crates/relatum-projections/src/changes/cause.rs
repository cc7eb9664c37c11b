//! Why an event counts otherwise after a step than before it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::receivables::ItemKey;
use relatum_domain::{TENANT, View};
use relatum_stream::{EventRef, StreamId, Version};

use super::told::{Known, Streams, Told};
use super::{By, Cause};

/// What changes from one stage to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The day.
    Day,
    /// What is known of facts.
    Known,
    /// Who is who.
    Directory,
    /// The rules.
    Policies,
}

impl Step {
    /// In their order.
    pub(super) const ALL: [Self; 4] = [Self::Day, Self::Known, Self::Directory, Self::Policies];
}

/// The way between the two views.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) first: View,
    pub(super) last: View,
}

impl Way {
    /// The view after the step to the other day.
    pub(super) const fn between(&self) -> View {
        View { as_of: self.last.as_of, known_at: self.first.known_at }
    }

    /// The views before and after a step, as far as facts are concerned.
    const fn views(&self, step: Step) -> (View, View) {
        match step {
            Step::Day => (self.first, self.between()),
            Step::Known => (self.between(), self.last),
            Step::Directory | Step::Policies => (self.first, self.last),
        }
    }

    /// Whether both look from one day.
    pub(super) fn is_one_day(&self) -> bool {
        self.first.as_of == self.last.as_of
    }

    /// The earlier of the two days.
    fn earlier(&self) -> NaiveDate {
        self.first.as_of.min(self.last.as_of)
    }
}

/// How an event counts in a line before and after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It adds to the line before and after, by other amounts or to other cells.
    Stays,
    /// It adds to the line before or after only.
    ComesOrGoes,
    /// Its days are the most.
    IsMost,
}

/// Why, and by which event.
pub(super) type Why = (Cause, Option<By>);

/// What a step made count of one stream that did not, or the other way round.
#[derive(Debug, Default)]
struct Newly {
    /// By the item that it names, the weightiest.
    by_item: BTreeMap<ItemKey, Why>,
    /// The weightiest of all that name an item: what may be matched with others unnamed.
    any: Option<Why>,
}

/// Says why.
#[derive(Debug)]
pub(super) struct Reasons<'a> {
    way: Way,
    streams: &'a Streams,
    common: &'a Streams,
    /// The events that set the rules of the report, of one of the two looks only.
    rules: &'a [EventRef],
    /// Whether both looks are at one report.
    is_one_report: bool,
    /// Whether all streams are one account's: what one of them tells moves what another one told.
    are_one: bool,
    newly: BTreeMap<(StreamId, u8), Newly>,
}

impl<'a> Reasons<'a> {
    pub(super) fn new(
        way: Way,
        (streams, common): (&'a Streams, &'a Streams),
        (rules, is_one_report): (&'a [EventRef], bool),
    ) -> Self {
        let (are_one, newly) = (false, BTreeMap::new());
        Self { way, streams, common, rules, is_one_report, are_one, newly }
    }

    /// The same, of streams that are one account's.
    pub(super) fn of_one(self) -> Self {
        Self { are_one: true, ..self }
    }

    fn told(&self, stream: StreamId) -> Option<&'a Told> {
        self.streams.get(&stream).or_else(|| self.common.get(&stream))
    }

    /// The streams of the account that has this one.
    fn of_account(&self, stream: StreamId) -> impl Iterator<Item = (StreamId, &'a Told)> + use<'a> {
        let streams = self.streams.iter().map(|(stream, told)| (*stream, told));
        let all = Some(streams).filter(|_| self.are_one).into_iter().flatten();
        let own = self.told(stream).filter(|_| !self.are_one).map(|told| (stream, told));
        all.chain(own)
    }

    /// Why what `event` adds to a figure is another amount after `step`.
    pub(super) fn why(&mut self, event: EventRef, step: Step, how: How) -> Why {
        let (from, to) = self.way.views(step);
        let account = self.told(event.stream);
        match step {
            Step::Directory => {
                let all = self.of_account(event.stream);
                let last = all.filter_map(|(stream, told)| {
                    let last = told.standing_that_differs((&from, &to)).next_back()?;
                    Some((last.stamp.recorded, last.named(stream)))
                });
                let own = last.max_by_key(|(recorded, _)| *recorded).map(|(_, by)| by);
                (Cause::Reassigned, own.or_else(|| self.of_the_organisation()))
            }
            Step::Policies => (Cause::PolicyChanged, self.of_the_rules()),
            Step::Day | Step::Known => {
                let Some(told) = account else { return (self.moved(step), None) };
                let own = told.event(event.version);
                let own = own.and_then(|it| self.came_or_went(event.stream, told, it, step));
                own.unwrap_or_else(|| self.counts_elsewhere(event, told, step, how))
            }
        }
    }

    /// Why the days of `event` are the most, or no longer: of the steps the last one that has to do
    /// with it.
    pub(super) fn why_most(&mut self, event: EventRef) -> Why {
        let known = self.why(event, Step::Known, How::IsMost);
        match known.0 == self.moved(Step::Known) && !self.way.is_one_day() {
            true => self.why(event, Step::Day, How::IsMost),
            false => known,
        }
    }

    /// The event of managers and teams that counts from one view only, if it is the only one.
    fn of_the_organisation(&self) -> Option<By> {
        let views = (&self.way.first, &self.way.last);
        let others = self.common.iter().filter(|(stream, _)| stream.kind != TENANT);
        let mut found = others.flat_map(|(stream, told)| {
            told.standing_that_differs(views).map(|it| it.named(*stream))
        });
        found.next().filter(|_| found.next().is_none())
    }

    /// The event that set another rule for the report, if it is the only one.
    fn of_the_rules(&self) -> Option<By> {
        let mut rules = self.rules.iter().filter_map(|event| {
            let told = self.common.get(&event.stream)?;
            Some(told.event(event.version)?.named(event.stream))
        });
        rules.next().filter(|_| rules.next().is_none())
    }

    const fn moved(&self, step: Step) -> Cause {
        match step {
            Step::Day => Cause::Aged,
            _ => Cause::Rematched,
        }
    }

    /// Why an event counts from one view of a step only; none: it counts from both, or from none.
    fn came_or_went(
        &self,
        stream: StreamId,
        told: &Told,
        event: &Known,
        step: Step,
    ) -> Option<Why> {
        let (from, to) = self.way.views(step);
        if !told.differs(event, &from, &to) {
            return None;
        }
        if from.sees(event.stamp) == to.sees(event.stamp) {
            let later = from.known_at.max(to.known_at);
            let by = told.voids.last_correction(event.stamp.version, later);
            let by = by.and_then(|version| told.event(Version(version)));
            return Some((Cause::Corrected, by.map(|it| it.named(stream))));
        }
        let replaced = event.amends.and_then(|version| told.event(Version(version)));
        let is_allocation = matches!(event.kind.as_str(), "credit_allocated" | "allocation_undone");
        let replaces = replaced.is_some_and(|it| from.sees(it.stamp) || to.sees(it.stamp));
        let cause = if replaces && step == Step::Known {
            Cause::Corrected
        } else if event.kind.as_str() == "reversed" {
            Cause::Reversed
        } else if step == Step::Day || event.stamp.effective() > self.way.earlier() {
            Cause::NewlyEffective
        } else if is_allocation {
            Cause::Rematched
        } else {
            Cause::LateArrived
        };
        Some((cause, None))
    }

    /// Why an event that counts from both views counts elsewhere.
    fn counts_elsewhere(&mut self, event: EventRef, told: &Told, step: Step, how: How) -> Why {
        let items = told.event(event.version).map(|it| it.items.as_slice()).unwrap_or_default();
        let (moved, is_one_report) = (self.moved(step), self.is_one_report);
        let newly = self.newly(event.stream, step);
        let related = items.iter().filter_map(|item| newly.by_item.get(item)).copied();
        let related = related.max_by_key(|(cause, _)| weight(*cause));
        let any = related.or(newly.any.filter(|_| is_one_report));
        match how {
            How::Stays => match related {
                Some((Cause::Reversed | Cause::Corrected | Cause::Rematched, _)) => {
                    related.unwrap_or((moved, None))
                }
                _ if step == Step::Day => (moved, None),
                _ => (moved, any.and_then(|(_, by)| by)),
            },
            // What is settled is not told any more: what settled it speaks for it.
            How::ComesOrGoes => any.unwrap_or((moved, None)),
            How::IsMost => {
                related.or(newly.any.filter(|_| step != Step::Day)).unwrap_or((moved, None))
            }
        }
    }

    /// What is new of the account that has a stream.
    fn newly(&mut self, stream: StreamId, step: Step) -> &Newly {
        let first = self.streams.keys().next().copied().filter(|_| self.are_one);
        let key = (first.unwrap_or(stream), step as u8);
        if !self.newly.contains_key(&key) {
            let of = |(stream, told): (StreamId, &'a Told)| {
                told.events.iter().map(move |event| (stream, told, event))
            };
            let mut all: Vec<_> = self.of_account(stream).flat_map(of).collect();
            // In the order in which the log learned of them, whichever stream they are in.
            all.sort_by_key(|(.., event)| event.stamp.recorded);
            let mut newly = Newly::default();
            for (stream, told, event) in all {
                let Some((cause, by)) = self.came_or_went(stream, told, event, step) else {
                    continue;
                };
                let why = (cause, Some(by.unwrap_or_else(|| event.named(stream))));
                let heavier = |known: &Why| weight(known.0) <= weight(cause);
                for item in &event.items {
                    if newly.by_item.get(item).is_none_or(heavier) {
                        newly.by_item.insert(*item, why);
                    }
                }
                if !event.items.is_empty() && newly.any.as_ref().is_none_or(heavier) {
                    newly.any = Some(why);
                }
            }
            self.newly.insert(key, newly);
        }
        self.newly.entry(key).or_default()
    }
}

/// Which of several causes speaks for what moved with it.
const fn weight(cause: Cause) -> u8 {
    match cause {
        Cause::Reversed => 5,
        Cause::Corrected => 4,
        Cause::Rematched => 3,
        Cause::LateArrived => 2,
        Cause::NewlyEffective => 1,
        Cause::Aged | Cause::Reassigned | Cause::PolicyChanged => 0,
    }
}
