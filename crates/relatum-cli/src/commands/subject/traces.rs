//! What the book holds about somebody, shown: before it is erased, and after.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum::domain::AccountId;
use relatum::{
    Engine, EventRef, Export, Footprint, Holds, Place, SealedFields, StreamId, SubjectRole,
};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::people::short;

/// How many events with a copy in the clear a page lists.
const LISTED: usize = 10;

/// What came of an erasure.
pub(super) enum Done {
    /// It was only asked what it would change.
    Not,
    /// It was done.
    By { event: EventRef, keys: u64 },
}

/// What the book holds about somebody; none of `done`: nobody wants to erase.
pub(super) struct Traces {
    pub(super) footprint: Footprint,
    pub(super) exports: Vec<Export>,
    pub(super) done: Option<Done>,
    pub(super) names: Names,
}

/// What accounts are called.
pub(super) struct Names(BTreeMap<AccountId, String>);

impl Names {
    pub(super) fn of(engine: &Engine) -> Result<Self, Failure> {
        let accounts = engine.as_of(NaiveDate::MAX).accounts()?.into_iter();
        Ok(Self(accounts.map(|(id, profile)| (id, profile.name)).collect()))
    }

    fn account(&self, account: AccountId) -> String {
        self.0.get(&account).cloned().unwrap_or_else(|| short(&account.to_string()))
    }

    pub(super) fn role(&self, role: SubjectRole) -> String {
        match role {
            SubjectRole::Contact { account } => format!("contact of {}", self.account(account)),
            SubjectRole::Manager => "manager".to_owned(),
            SubjectRole::Account => "account".to_owned(),
            _ => "not named".to_owned(),
        }
    }

    fn stream(&self, stream: StreamId) -> String {
        let account = AccountId::of_stream(stream).map(|account| self.account(account));
        account.unwrap_or_else(|| format!("{} {}", stream.kind, short(&stream.id.to_string())))
    }
}

/// `3 events`, `1 event`.
pub(super) fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(&count.to_string()))
}

impl Traces {
    /// What happens, or happened, in a sentence.
    fn said(&self) -> String {
        let it = &self.footprint.subject;
        let readable = self.footprint.sealed.iter().map(|it| it.readable).sum();
        let fields = counted(readable, "field");
        match &self.done {
            None => format!(
                "{} in {}, of which {fields} can be read; {}",
                counted(it.fields, "sealed field"),
                counted(it.events, "event"),
                counted(it.keys, "key"),
            ),
            Some(Done::Not) => format!(
                "would destroy {}; {fields} could not be read any more",
                counted(it.keys, "key")
            ),
            Some(Done::By { event, keys: 0 }) => format!("was erased before, by {event}"),
            Some(Done::By { event, keys }) => format!(
                "destroyed {}; {fields} cannot be read any more; told by {event}",
                counted(*keys, "key")
            ),
        }
    }

    fn places_page(&self, page: Page) -> Page {
        let page = page.gap().toned(Tone::Strong, "In the store and in memory");
        let fact = |place: &Place| {
            let files = place.files.map(|files| format!(", {}", counted(files, "file")));
            let holds = match place.holds {
                Holds::Sealed => "sealed fields only: nothing without the keys",
                Holds::Nothing => "no personal field",
                Holds::Derived => {
                    "what its fold keeps: thrown away, and derived again without the keys"
                }
                Holds::ClearCopies => "no personal field, but what those events say in the clear",
                _ => "",
            };
            (place.name, format!("{holds}{}", files.unwrap_or_default()))
        };
        page.facts(2, self.footprint.places.iter().map(fact).collect())
    }

    fn clear_page(&self, page: Page) -> Page {
        let events = &self.footprint.in_clear;
        if events.is_empty() {
            return page;
        }
        let title = "In the clear, where it does not belong: no key hides it";
        let page = page.gap().toned(Tone::Bad, title);
        let listed = events.iter().take(LISTED);
        let page = listed.fold(page, |page, event| page.line(format!("  {event}")));
        match events.len().saturating_sub(LISTED) {
            0 => page,
            more => page.line(format!("  and {}", counted(more as u64, "more event"))),
        }
    }

    fn exports_page(&self, page: Page) -> Page {
        let title = "Given out of the book, and not touched";
        let page = page.gap().toned(Tone::Strong, title);
        if self.exports.is_empty() {
            return page.line("  nothing that was recorded");
        }
        self.exports.iter().fold(page, |page, export| {
            let (told, day) = (&export.told, export.recorded_at.date_naive());
            page.line(format!("  {day}  {} as {} to {}", told.what, told.form, told.to))
        })
    }
}

impl Shown for Traces {
    fn document(&self) -> Value {
        let (event, keys) = match &self.done {
            Some(Done::By { event, keys }) => (Some(event.to_string()), Some(*keys)),
            _ => (None, None),
        };
        json!({
            "dry_run": matches!(self.done, Some(Done::Not)),
            "erased_by": event,
            "keys_destroyed": keys,
            "before": to_json(&self.footprint),
            "exports": to_json(&self.exports),
        })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("stream"),
            Column::text("of", "of"),
            Column::text("event_type", "event type"),
            Column::text("field", "field"),
            Column::number("fields", "fields"),
            Column::number("readable", "readable"),
        ];
        let row = |it: &SealedFields| {
            vec![
                Cell::text(it.stream.to_string()),
                Cell::text(self.names.stream(it.stream)),
                Cell::text(it.event_type.as_str()),
                Cell::text(it.field.as_str()),
                Cell::count(it.fields),
                Cell::count(it.readable),
            ]
        };
        Sheet::new(columns).with(self.footprint.sealed.iter().map(row))
    }

    fn page(&self) -> Page {
        let it = &self.footprint.subject;
        let name = it.name.clone().unwrap_or_else(|| it.subject.to_string());
        let page = Page::titled(name, format!("{}, {}", self.names.role(it.role), it.subject));
        let page = page.line(self.said()).gap().sheet(self.sheet());
        let page = self.exports_page(self.places_page(self.clear_page(page)));
        page.note(
            "Amounts, totals and proofs stay as they are. Copies of keys open what they opened: \
             destroy those that were given out.",
        )
    }
}
