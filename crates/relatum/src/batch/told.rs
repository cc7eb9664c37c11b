//! What a source told before: by the key of each fact of a stream, which content was told last.
//!
//! A fact that is told again otherwise keeps its name: the event that says so has the source id
//! with `~` and a version of the stream behind it, which is new each time. Content is compared
//! without that, without what an event amends, and without what caused it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use relatum_domain::{Event, EventBody, Gist, Recorded, Voids};
use relatum_log::{Cursor, EventLog, EventView};
use relatum_stream::{EventRef, StreamId, Version};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// How much is read at once.
const READ: relatum_log::ByteSize = relatum_log::ByteSize::mib(1);

/// How the source id of a void begins by which a source takes back what it told.
pub(super) const GONE: &str = "gone/";

/// 128 bits of SHA-256.
pub(super) type Digest = [u8; 16];

/// One telling of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Telling {
    pub(super) version: u64,
    pub(super) content: Digest,
    /// Whether the batch at hand told it.
    pub(super) own: bool,
}

/// All tellings of one fact.
#[derive(Debug)]
struct Family {
    first: Telling,
    later: Vec<Telling>,
}

/// What was told before of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing.
    Nothing,
    /// All that was told was taken back; the last of it has this version.
    TakenBack(u64),
    /// This; the last telling, taken back or not, has the version that comes with it.
    Told(Telling, u64),
}

/// What was told before in one stream.
#[derive(Debug, Default)]
pub(super) struct Told {
    upto: u64,
    families: HashMap<Digest, Family>,
    /// Versions that an undo voided, or the source itself.
    undone: BTreeSet<u64>,
    /// What the source itself took back, by the version that says so.
    gone: BTreeMap<u64, u64>,
    voids: Voids,
    /// By what each event was amended.
    amended: BTreeMap<u64, Vec<u64>>,
}

impl Told {
    /// Reads `stream`. `own` is the cause of what the batch at hand told.
    pub(super) fn read(
        log: &dyn EventLog,
        stream: StreamId,
        own: Option<EventRef>,
    ) -> Result<Self, Error> {
        let mut told = Self::default();
        let mut next = Cursor::Stream(stream, Version(1));
        loop {
            let block = log.read(next, READ).wait()?;
            if block.commits.is_empty() {
                return Ok(told);
            }
            for commit in &block.commits {
                let view = commit.view()?;
                let recorded = Recorded::from(view.recorded_at);
                let of_stream = view.events.iter().filter(|it| it.event.stream == stream);
                for event in of_stream {
                    if event.event.version.0 > told.upto {
                        told.take(event, recorded, own);
                    }
                }
            }
            next = block.next;
        }
    }

    fn take(&mut self, view: &EventView<'_>, recorded: Recorded, own: Option<EventRef>) {
        let version = view.event.version.0;
        self.upto = version;
        let (cause, amends) = (causation(view.data), view.data.contains("\"amends\":"));
        if amends || matches!(view.event_type, "event_voided" | "event_undone") {
            self.correct(view, recorded);
        }
        let Some(key) = view.key.as_deref() else { return };
        let (name, base) = self.name_of(key, view.event_type);
        let own = own.is_some() && cause.as_ref().is_some_and(|it| it.1.parse().ok() == own);
        let content = match (amends, base) {
            (false, false) => content_of(view.schema, view.data, cause),
            _ => told_content(view, base),
        };
        self.note(name, Telling { version, content, own });
    }

    /// Takes in what an event makes of earlier ones.
    fn correct(&mut self, view: &EventView<'_>, recorded: Recorded) {
        let Ok(event) = Event::decode(view.event_type, view.schema, view.data) else { return };
        self.voids.learn(&Gist::of(view.event, recorded, &event));
        let own = |it: &EventRef| it.stream == view.event.stream;
        if let Some(target) = event.amends.filter(own) {
            self.amended.entry(target.version.0).or_default().push(view.event.version.0);
        }
        if let EventBody::EventUndone(undone) = &event.body
            && undone.event.stream == view.event.stream
        {
            self.undone.insert(undone.event.version.0);
            // What was taken back is told again.
            if let Some(target) = self.gone.remove(&undone.event.version.0) {
                self.undone.remove(&target);
            }
        }
        self.note_gone(view.event, &event);
    }

    /// Notes what the source itself takes back by `event`.
    fn note_gone(&mut self, at: EventRef, event: &Event) {
        if let EventBody::EventVoided(voided) = &event.body
            && voided.event.stream == at.stream
            && event.source.id.starts_with(GONE)
        {
            self.gone.insert(at.version.0, voided.event.version.0);
            self.undone.insert(voided.event.version.0);
        }
    }

    /// Takes in that an event was recorded, if it takes back what the source told.
    pub(super) fn take_back(&mut self, at: EventRef, event: &Event) {
        if matches!(event.body, EventBody::EventVoided(_)) {
            self.voids.learn(&Gist::of(at, Recorded::default(), event));
            self.note_gone(at, event);
        }
    }

    /// All that was told of the fact called `name` and was not taken back, and what a person put in
    /// its place; the last one first.
    pub(super) fn standing_tellings(&self, name: &Digest) -> Vec<u64> {
        let Some(family) = self.families.get(name) else { return Vec::new() };
        let told = family.all().map(|it| it.version).filter(|it| !self.undone.contains(it));
        let mut all: BTreeSet<u64> = told.collect();
        let standing: Vec<u64> = all.iter().filter_map(|it| self.standing(*it)).collect();
        all.extend(standing);
        all.into_iter().rev().collect()
    }

    /// The name of the fact that has this key, and whether the key has a version behind it.
    fn name_of(&self, key: &str, event_type: &str) -> (Digest, bool) {
        let plain = || (digest(&[key.as_bytes()]), false);
        let Some((base, version)) = parted(key, event_type) else { return plain() };
        let name = digest(&[base.as_bytes(), b":", event_type.as_bytes()]);
        // A source's own id may look like that too.
        match self.families.get(&name) {
            Some(family) if family.all().any(|it| it.version == version) => (name, true),
            _ => plain(),
        }
    }

    /// What was told before of the fact called `name`.
    pub(super) fn before(&self, name: &Digest) -> Before {
        let Some(family) = self.families.get(name) else { return Before::Nothing };
        let last = family.later.last().unwrap_or(&family.first).version;
        let standing = family.all().rev().find(|it| !self.undone.contains(&it.version));
        standing.map_or(Before::TakenBack(last), |it| Before::Told(*it, last))
    }

    /// The version that stands for the telling of `version`: itself or what amends it; none: it
    /// was voided.
    pub(super) fn standing(&self, version: u64) -> Option<u64> {
        let (mut next, mut found) = (vec![version], None);
        while let Some(at) = next.pop() {
            if !self.voids.is_void(at, Recorded(i64::MAX)) {
                found = found.max(Some(at));
            }
            next.extend(self.amended.get(&at).into_iter().flatten());
        }
        found
    }

    /// Notes a telling.
    pub(super) fn note(&mut self, name: Digest, telling: Telling) {
        self.upto = self.upto.max(telling.version);
        match self.families.get_mut(&name) {
            Some(family) => family.later.push(telling),
            None => {
                self.families.insert(name, Family { first: telling, later: Vec::new() });
            }
        }
    }

    /// Notes that the event at `by` amends that at `target`.
    pub(super) fn amend(&mut self, target: EventRef, by: EventRef, event: &Event) {
        self.voids.learn(&Gist::of(by, Recorded::default(), event));
        self.amended.entry(target.version.0).or_default().push(by.version.0);
    }

    /// The version that the next event would have, if nobody else wrote.
    pub(super) const fn next(&self) -> u64 {
        self.upto.saturating_add(1)
    }

    /// As if that version had been written.
    pub(super) const fn skip_to(&mut self, version: u64) {
        self.upto = version;
    }

    pub(super) fn len(&self) -> usize {
        self.families.len()
    }
}

impl Family {
    fn all(&self) -> impl DoubleEndedIterator<Item = &Telling> {
        [&self.first].into_iter().chain(&self.later)
    }
}

/// Where the cause of an event stands in its JSON, and the cause.
type Cause<'a> = (std::ops::Range<usize>, &'a str);

const CAUSATION: &str = ",\"causation\":\"";

/// The cause that the event itself names, not something that stands deeper in it.
fn causation(data: &str) -> Option<Cause<'_>> {
    let begin = data.find(CAUSATION)?;
    let before = data.get(..begin)?;
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    for byte in before.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => depth = depth.saturating_add(1),
            b'}' | b']' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let from = begin.saturating_add(CAUSATION.len());
    let rest = data.get(from..)?;
    let length = rest.find('"')?;
    let end = from.saturating_add(length).saturating_add(1);
    (depth == 1 && !inside).then_some((begin..end, rest.get(..length)?))
}

/// The digest of a stored text, without its cause.
fn content_of(schema: u16, data: &str, cause: Option<Cause<'_>>) -> Digest {
    let (begin, end) = cause.map_or((data.len(), data.len()), |(at, _)| (at.start, at.end));
    let (before, after) = (data.get(..begin), data.get(end..));
    content(schema, &[before.unwrap_or_default(), after.unwrap_or_default()])
}

/// The digest of what an event says whose name or content has more to it.
fn told_content(view: &EventView<'_>, has_version: bool) -> Digest {
    let plain = || content_of(view.schema, view.data, causation(view.data));
    let Ok(event) = Event::decode(view.event_type, view.schema, view.data) else { return plain() };
    let mut event = Event { amends: None, ..event };
    if has_version && let Some((base, _)) = event.source.id.rsplit_once('~') {
        event.source.id = base.to_owned();
    }
    event.encode().map_or_else(|_| plain(), |text| offered_content(&event, text.get()))
}

/// The digest of the text of an event that is offered and amends nothing, without its cause.
pub(super) fn offered_content(event: &Event, text: &str) -> Digest {
    let cause = event.causation.and_then(|_| causation(text));
    content_of(event.body.schema(), text, cause)
}

fn content(schema: u16, parts: &[&str]) -> Digest {
    let sum = Sha256::new().chain_update(schema.to_be_bytes());
    short(parts.iter().fold(sum, |sum, part| sum.chain_update(part.as_bytes())))
}

/// The digest of a key, by which its fact is known again.
pub(super) fn name(key: &str) -> Digest {
    digest(&[key.as_bytes()])
}

fn digest(parts: &[&[u8]]) -> Digest {
    short(parts.iter().fold(Sha256::new(), |sum, part| sum.chain_update(part)))
}

fn short(sum: Sha256) -> Digest {
    let mut out = Digest::default();
    out.iter_mut().zip(sum.finalize()).for_each(|(to, from)| *to = from);
    out
}

/// A key without the version behind the source id, and that version.
fn parted<'a>(key: &'a str, event_type: &str) -> Option<(&'a str, u64)> {
    let id = key.strip_suffix(event_type)?.strip_suffix(':')?;
    let (base, version) = id.rsplit_once('~')?;
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    Some((base, version.parse().ok().filter(|_| digits)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_where_the_event_names_it_and_nowhere_else() {
        let cause = "tenant/67e55044-10b1-426f-9247-bb680e5fe0c8@3";
        let data = |before: &str, after: &str| {
            format!("{{\"actor\":{{\"system\":\"a\\\"{{\"}}{before},\"body\":{{}}{after}}}")
        };
        let told = format!(",\"causation\":\"{cause}\"");
        let found = data(&told, "");
        assert_eq!(causation(&found).map(|it| it.1), Some(cause));
        let plain = data("", "");
        assert_eq!(content_of(1, &found, causation(&found)), content(1, &[&plain]));
        assert_ne!(content_of(2, &found, causation(&found)), content(1, &[&plain]));
        let deeper = data(",\"metadata\":{\"x\":1,\"causation\":\"no\"}", "");
        assert_eq!(causation(&deeper), None);
        assert_eq!(causation(&plain), None);
    }

    #[test]
    fn a_key_is_parted_at_its_last_version_only() {
        let kind = "invoice_issued";
        assert_eq!(parted("erp:R-1~12:invoice_issued", kind), Some(("erp:R-1", 12)));
        assert_eq!(parted("erp:R~1~2:invoice_issued", kind), Some(("erp:R~1", 2)));
        for key in ["erp:R-1:invoice_issued", "erp:R~a:invoice_issued", "erp:R~:invoice_issued"] {
            assert_eq!(parted(key, kind), None, "{key}");
        }
    }
}
