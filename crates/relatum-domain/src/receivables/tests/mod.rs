//! Tables of open items, and the laws that hold for all of them.

use crate::Policies;
use relatum_stream::{EventRef, Version};

use super::{Book, CreditFile, ItemKey, OpenItem};
use crate::event::Event;
use crate::event::policy::{Policy, PolicySet};
use crate::gist::Gist;
use crate::ids::{Derived, TenantId};
use crate::words::{acme, day, id, on};
use crate::{Recorded, View};

mod advances;
mod base;
mod buckets;
mod cents;
mod credits;
mod disputes;
mod dunning;
mod exposure;
mod future;
mod histories;
mod installments;
mod laws;
mod oracle;
mod plain;
mod promises;
mod receipts;
mod residues;
mod reversals;
mod settling;
mod time;

/// Known with the n-th event, which is recorded at n.
const ALL: i64 = i64::MAX;

fn book(events: impl IntoIterator<Item = Event>) -> Book {
    let mut book = Book::default();
    for (event, version) in events.into_iter().zip(1_u32..) {
        let at = EventRef::new(acme(), Version(version.into()));
        book.evolve(at, Recorded(version.into()), &event);
    }
    book
}

/// The credit file that the same events make.
fn file(events: impl IntoIterator<Item = Event>) -> CreditFile {
    let mut file = CreditFile::default();
    for (event, version) in events.into_iter().zip(1_u32..) {
        let at = EventRef::new(acme(), Version(version.into()));
        file.take(&Gist::of(at, Recorded(version.into()), &event));
    }
    file
}

/// The tenant's rules, each from its day on; the n-th is recorded at n.
fn rules<'a>(set: impl IntoIterator<Item = (&'a str, Policy)>) -> Policies {
    let mut policies = Policies::default();
    for ((from, policy), version) in set.into_iter().zip(1_u32..) {
        let at = EventRef::new(TenantId::own().into(), Version(version.into()));
        let event = on(from, PolicySet { policy, reason: None });
        policies.take(&Gist::of(at, Recorded(version.into()), &event));
    }
    policies
}

fn view(as_of: &str, known: i64) -> View {
    View::as_of(day(as_of)).known_at(Recorded(known))
}

/// What an item is called in the tests: `I1`, or `I1/0` for its first installment.
fn name(row: &OpenItem) -> String {
    let names = ["I1", "I2", "I3", "C1", "C2", "P1", "P2", "P3", "R1", "R2"];
    let called = |name: &&&str| {
        [
            ItemKey::Document(Derived::derived("test", name)),
            ItemKey::Payment(id(name)),
            ItemKey::Refund(id(name)),
        ]
        .contains(&row.item)
    };
    let name = names.iter().find(called).copied().unwrap_or("?");
    match row.installment {
        Some(at) => format!("{name}/{at}"),
        None => name.to_owned(),
    }
}

/// One row: `I1/0 30.00`, with what is disputed: `I1/0 30.00 (5.00)`; other currencies are named.
fn text(row: &OpenItem) -> String {
    let plain = |money: crate::Money| money.to_string().trim_end_matches(" EUR").to_owned();
    let disputed = match row.disputed.is_zero() {
        true => String::new(),
        false => format!(" ({})", plain(row.disputed)),
    };
    format!("{} {}{disputed}", name(row), plain(row.open))
}

fn shown(book: &Book, view: &View) -> Vec<String> {
    let mut rows: Vec<String> =
        book.open_items(view, &Policies::default()).iter().map(text).collect();
    rows.sort();
    rows
}

/// The rows that `events` leave open, by day and by how many of them are known.
#[track_caller]
fn table(events: impl IntoIterator<Item = Event>, expected: &[(&str, i64, &[&str])]) {
    let book = book(events);
    for (as_of, known, rows) in expected {
        let shown = shown(&book, &view(as_of, *known));
        assert_eq!(shown, *rows, "as of {as_of}, known at {known}");
    }
}
