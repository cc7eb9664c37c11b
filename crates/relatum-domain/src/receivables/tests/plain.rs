//! Plain histories: documents and what is applied to them, nothing taken back. And the same
//! answers from two lists, without a book.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use crate::event::Event;
use crate::event::document::InvoiceIssued;
use crate::event::settlement::Application;
use crate::receivables::ItemKey;
use crate::words::{
    allocated, credit, day, document, eur, from_document, from_payment, id, on, paid, to,
};

/// Days after the first of January.
const DAYS: u64 = 40;
/// How many of each there may be.
const NAMES: u8 = 6;

/// What is said of one application: to which invoice, how much, and on a day of its own.
type Applied = (u8, i64, Option<u64>);

/// A document, by kind and number; only invoices are settled.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Invoice {
        at: u8,
        day: u64,
        minor: i64,
    },
    Payment {
        at: u8,
        day: u64,
        minor: i64,
        applied: Vec<Applied>,
    },
    Credit {
        at: u8,
        day: u64,
        minor: i64,
        applied: Vec<Applied>,
    },
    /// Of the payment or credit of a number.
    Allocated {
        payment: bool,
        at: u8,
        day: u64,
        applied: Vec<Applied>,
    },
}

fn applied() -> impl Strategy<Value = Vec<Applied>> {
    vec((0..NAMES, 1_i64..500, weighted(0.3, 0..DAYS)), 0..4)
}

/// A history in which each document and payment is told once.
pub(super) fn plain_histories() -> impl Strategy<Value = Vec<Told>> {
    let told = prop_oneof![
        4 => (0..NAMES, 0..DAYS, 1_i64..1000)
            .prop_map(|(at, day, minor)| Told::Invoice { at, day, minor }),
        3 => (0..NAMES, 0..DAYS, 1_i64..1000, applied())
            .prop_map(|(at, day, minor, applied)| Told::Payment { at, day, minor, applied }),
        2 => (0..NAMES, 0..DAYS, 1_i64..1000, applied())
            .prop_map(|(at, day, minor, applied)| Told::Credit { at, day, minor, applied }),
        2 => (any::<bool>(), 0..NAMES, 0..DAYS, applied())
            .prop_map(|(payment, at, day, applied)| Told::Allocated { payment, at, day, applied }),
    ];
    vec(told, 1..24).prop_map(|mut told| {
        let mut names = std::collections::BTreeSet::new();
        told.retain(|it| name(it).is_none_or(|name| names.insert(name)));
        told
    })
}

fn name(it: &Told) -> Option<String> {
    match it {
        Told::Invoice { at, .. } => Some(format!("I{at}")),
        Told::Payment { at, .. } => Some(format!("P{at}")),
        Told::Credit { at, .. } => Some(format!("C{at}")),
        Told::Allocated { .. } => None,
    }
}

pub(super) fn nth(days: u64) -> NaiveDate {
    day("01-01") + Days::new(days)
}

/// The event that tells it.
pub(super) fn event(it: &Told) -> Event {
    let applications = |applied: &[Applied]| -> Vec<Application> {
        let application = |(at, minor, own): &Applied| Application {
            day: own.map(nth),
            ..to(&format!("I{at}"), *minor)
        };
        applied.iter().map(application).collect()
    };
    let (days, event) = match it {
        Told::Invoice { at, day, minor } => {
            (day, on("01-01", InvoiceIssued(document(&format!("I{at}"), eur(*minor)))))
        }
        Told::Payment { at, day, minor, applied } => {
            let mut it = paid(&format!("P{at}"), *minor, []);
            it.applications = applications(applied);
            (day, on("01-01", it))
        }
        Told::Credit { at, day, minor, applied } => {
            let mut it = credit(&format!("C{at}"), *minor, []);
            it.applications = applications(applied);
            (day, on("01-01", it))
        }
        Told::Allocated { payment, at, day, applied } => {
            let from = match payment {
                true => from_payment(&format!("P{at}")),
                false => from_document(&format!("C{at}")),
            };
            let mut it = allocated(from, []);
            it.applications = applications(applied);
            (day, on("01-01", it))
        }
    };
    Event { effective: nth(*days), ..event }
}

/// What is open of each item at the end of a day: its amount, less every application whose own
/// day, event, invoice and credit have all come by then.
pub(super) fn open_from_lists(told: &[Told], as_of: u64) -> BTreeMap<ItemKey, i64> {
    let mut days: BTreeMap<String, u64> = BTreeMap::new();
    let mut open: BTreeMap<String, i64> = BTreeMap::new();
    for it in told {
        let (day, signed) = match it {
            Told::Invoice { day, minor, .. } => (day, *minor),
            Told::Payment { day, minor, .. } | Told::Credit { day, minor, .. } => (day, -*minor),
            Told::Allocated { .. } => continue,
        };
        let name = name(it).unwrap();
        days.insert(name.clone(), *day);
        if *day <= as_of {
            open.insert(name, signed);
        }
    }
    for it in told {
        let (credit, day, applied) = match it {
            Told::Invoice { .. } => continue,
            Told::Payment { day, applied, .. } | Told::Credit { day, applied, .. } => {
                (name(it).unwrap(), day, applied)
            }
            Told::Allocated { payment, at, day, applied } => {
                (format!("{}{at}", if *payment { "P" } else { "C" }), day, applied)
            }
        };
        for (at, minor, own) in applied {
            let invoice = format!("I{at}");
            let (Some(issued), Some(came)) = (days.get(&invoice), days.get(&credit)) else {
                continue;
            };
            let effective = [*day, *issued, *came, own.unwrap_or(0)].into_iter().max().unwrap();
            if effective <= as_of {
                *open.get_mut(&invoice).unwrap() -= minor;
                *open.get_mut(&credit).unwrap() += minor;
            }
        }
    }
    let key = |name: String| match name.starts_with('P') {
        true => ItemKey::Payment(id(&name)),
        false => ItemKey::Document(id(&name)),
    };
    open.into_iter().map(|(name, minor)| (key(name), minor)).filter(|(_, it)| *it != 0).collect()
}

#[test]
fn two_lists_tell_what_is_open() {
    let told = [
        Told::Payment { at: 0, day: 3, minor: 80, applied: vec![(1, 60, None), (1, 5, Some(9))] },
        Told::Invoice { at: 1, day: 5, minor: 100 },
    ];
    let open = |on| open_from_lists(&told, on).into_values().collect::<Vec<_>>();
    assert_eq!([2, 4, 5, 9].map(open), [vec![], vec![-80], vec![40, -20], vec![35, -15]]);
}
