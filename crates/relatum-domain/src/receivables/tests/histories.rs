//! Random histories: what may be appended, legal or not.

use chrono::Days;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use relatum_stream::{EventRef, Version};

use super::view;
use crate::event::correction::EventVoided;
use crate::event::document::{CreditNoteIssued, InvoiceIssued, ReceivableDocument};
use crate::event::settlement::{
    AllocationUndone, Application, ApplicationKind, CreditAllocated, CreditSource, DisputeOpened,
    DisputeResolved, NettedWithPayables, PaidByOther, PaymentReceived, RefundPaid, Reversed,
    Reversible, WriteOffRecovered, WrittenOff,
};
use crate::event::{Event, EventBody};
use crate::words::{acme, allocated, day, document, id, money, on, part, payment, to, undone};
use crate::{Recorded, View};

/// An event, where it stands and when it became known.
pub(super) type Told = (EventRef, Recorded, Event);

/// The longest history.
pub(super) const LENGTH: usize = 24;
const DAYS: u64 = 20;

fn nth(days: u64) -> chrono::NaiveDate {
    day("01-01") + Days::new(days)
}

fn days() -> impl Strategy<Value = u64> {
    0..DAYS
}

fn amount() -> impl Strategy<Value = crate::Money> {
    // Another currency now and then: such applications count on neither side.
    (1_i64..100, prop::bool::weighted(0.1))
        .prop_map(|(minor, dollars)| money(minor, if dollars { "USD" } else { "EUR" }))
}

fn documents() -> impl Strategy<Value = String> {
    (1_u8..4, prop::bool::weighted(0.2))
        .prop_map(|(at, credit)| format!("{}{at}", if credit { "C" } else { "I" }))
}

fn payments() -> impl Strategy<Value = String> {
    // The last one is another account's.
    prop_oneof![3 => Just("P1"), 3 => Just("P2"), 1 => Just("P9")].prop_map(str::to_owned)
}

fn credits() -> impl Strategy<Value = CreditSource> {
    prop_oneof![
        4 => payments().prop_map(|name| CreditSource::Payment(id(&name))),
        1 => documents().prop_map(|name| CreditSource::Document(id(&name))),
    ]
}

fn kinds() -> impl Strategy<Value = ApplicationKind> {
    prop_oneof![
        8 => Just(ApplicationKind::Payment),
        1 => Just(ApplicationKind::CashDiscount),
        1 => Just(ApplicationKind::Withholding),
    ]
}

fn application() -> impl Strategy<Value = Application> {
    let sign = prop::bool::weighted(0.1);
    let named = (weighted(0.3, 0_u32..4), weighted(0.2, days()));
    let foreign = prop::bool::weighted(0.1);
    let used = weighted(0.1, 1_i64..100);
    (documents(), amount(), sign, kinds(), named, foreign, used).prop_map(
        |(document, amount, negative, kind, (installment, days), foreign, used)| {
            let sign = if negative { -1 } else { 1 };
            let amount = money(sign * amount.minor, amount.currency.code());
            // Other money than the document's: what is used of it is stated.
            let other = if amount.currency.code() == "EUR" { "USD" } else { "EUR" };
            Application {
                document: id(&document),
                installment,
                account: foreign.then(|| id("child")),
                amount,
                paid: used.map(|minor| money(sign * minor, other)),
                rate: None,
                kind,
                day: days.map(nth),
            }
        },
    )
}

fn applications() -> impl Strategy<Value = Vec<Application>> {
    vec(application(), 0..3)
}

fn invoices() -> impl Strategy<Value = EventBody> {
    let parts = vec((days(), 1_i64..50), 0..4);
    let plain = (documents(), amount(), days(), parts);
    plain.prop_map(|(name, gross, due, parts)| {
        let currency = gross.currency.code();
        let parts: Vec<_> = parts
            .into_iter()
            .map(|(due, minor)| crate::event::document::Installment {
                due: nth(due),
                ..part("01-01", money(minor, currency))
            })
            .collect();
        let sum: i64 = parts.iter().map(|part| part.amount.minor).sum();
        let gross = if parts.is_empty() { gross } else { money(sum, currency) };
        let it = ReceivableDocument { installments: parts, ..document(&name, gross) };
        InvoiceIssued(it.due(nth(due))).into()
    })
}

fn credit_notes() -> impl Strategy<Value = EventBody> {
    (documents(), amount(), applications()).prop_map(|(name, gross, applications)| {
        CreditNoteIssued {
            document: document(&name, gross),
            against: None,
            applications,
            reason: None,
        }
        .into()
    })
}

fn receipts() -> impl Strategy<Value = EventBody> {
    let advance = prop::bool::weighted(0.2);
    (payments(), amount(), advance, applications()).prop_map(
        |(name, amount, advance, applications)| {
            PaymentReceived { advance, applications, ..payment(&name, amount, []) }.into()
        },
    )
}

fn versions() -> impl Strategy<Value = EventRef> {
    (1..=LENGTH as u64).prop_map(|version| EventRef::new(acme(), Version(version)))
}

fn reversals() -> impl Strategy<Value = EventBody> {
    let what = prop_oneof![
        3 => payments().prop_map(|name| Reversible::Payment(id(&name))),
        1 => documents().prop_map(|name| Reversible::Document(id(&name))),
        3 => versions().prop_map(Reversible::Event),
    ];
    what.prop_map(|what| {
        let reason = String::new();
        Reversed { what, reason }.into()
    })
}

fn moves() -> impl Strategy<Value = EventBody> {
    let (reason, reference) = (None::<String>, None::<String>);
    let why = String::new;
    prop_oneof![
        3 => (credits(), applications()).prop_map(move |(from, applications)| {
            CreditAllocated { from, applications, reason: reason.clone() }.into()
        }),
        3 => (credits(), applications()).prop_map(move |(from, applications)| {
            AllocationUndone { from, applications, reason: why() }.into()
        }),
        1 => applications().prop_map(move |applications| {
            let reference = reference.clone();
            NettedWithPayables { netting: id("N1"), applications, reference }.into()
        }),
        1 => applications().prop_map(move |applications| {
            WrittenOff { applications, reason: why(), approver: id("boss") }.into()
        }),
        1 => applications().prop_map(|applications| {
            WriteOffRecovered { applications, reason: None }.into()
        }),
        1 => applications().prop_map(|applications| {
            PaidByOther { payer: id("parent"), payment: id("P9"), applications }.into()
        }),
        1 => (1_u8..3, weighted(0.8, credits()), amount()).prop_map(|(at, of, amount)| {
            RefundPaid { refund: id(&format!("R{at}")), of, amount, reason: None }.into()
        }),
    ]
}

fn disputes() -> impl Strategy<Value = EventBody> {
    let names = || prop_oneof![Just("a"), Just("b")];
    let named = weighted(0.3, 0_u32..4);
    prop_oneof![
        2 => (names(), documents(), named, weighted(0.7, amount())).prop_map(
            |(name, document, installment, amount)| {
                let (reason, owner) = (None, None);
                let (dispute, document) = (id(name), id(&document));
                DisputeOpened { dispute, document, installment, amount, reason, owner }.into()
            }
        ),
        1 => names().prop_map(|name| {
            DisputeResolved { dispute: id(name), resolution: None }.into()
        }),
    ]
}

fn bodies() -> impl Strategy<Value = EventBody> {
    prop_oneof![
        4 => invoices(),
        2 => credit_notes(),
        4 => receipts(),
        5 => moves(),
        2 => reversals(),
        2 => versions().prop_map(|event| EventVoided { event, reason: String::new() }.into()),
        2 => disputes(),
    ]
}

/// A history of one account. Recorded times never go back, as in a log.
pub(super) fn histories() -> impl Strategy<Value = Vec<Told>> {
    let event = (bodies(), days(), 0_i64..3, weighted(0.1, versions()));
    vec(event, 1..LENGTH).prop_map(|events| {
        let mut recorded = 0;
        let told = |((body, days, later, amends), version)| {
            recorded += later;
            let event = on("01-01", body);
            let event = Event { effective: nth(days), amends, ..event };
            (EventRef::new(acme(), Version(version)), Recorded(recorded), event)
        };
        events.into_iter().zip(1..).map(told).collect()
    })
}

/// Any point from which such a history looks different.
pub(super) fn views() -> impl Strategy<Value = View> {
    let known = prop_oneof![1 => Just(i64::MAX), 2 => 0..(3 * LENGTH as i64 / 2)];
    (0..DAYS + 2, known).prop_map(|(days, known)| View { as_of: nth(days), ..view("01-01", known) })
}

/// A history of one schedule: what is applied to it, named or not, ahead or not, and taken back.
pub(super) fn schedules() -> impl Strategy<Value = Vec<Told>> {
    let parts = vec((days(), 1_i64..50), 2..5);
    let step = (0_u8..4, 1_i64..40, weighted(0.5, 0_u32..4));
    (parts, vec(step, 0..10)).prop_map(|(parts, steps)| {
        let gross = parts.iter().map(|(_, minor)| minor).sum();
        let mut invoice = document("I1", money(gross, "EUR")).due(nth(0));
        let installment = |(due, minor): &(u64, i64)| crate::event::document::Installment {
            due: nth(*due),
            ..part("01-01", money(*minor, "EUR"))
        };
        invoice.installments = parts.iter().map(installment).collect();
        let mut bodies: Vec<EventBody> = vec![InvoiceIssued(invoice).into()];
        for (at, (step, minor, installment)) in steps.into_iter().enumerate() {
            let it = Application { installment, ..to("I1", minor) };
            let from = CreditSource::Payment(id("P1"));
            let name = if at == 0 { "P1".to_owned() } else { format!("P1{at}") };
            bodies.push(match step {
                0 if at > 0 => undone(from, [it]).into(),
                1 if at > 0 => allocated(from, [it]).into(),
                2 => PaymentReceived {
                    advance: true,
                    ..payment(&name, money(minor, "EUR"), [Application { installment: None, ..it }])
                }
                .into(),
                _ => payment(&name, money(minor, "EUR"), [it]).into(),
            });
        }
        let told = |(body, version): (EventBody, u32)| {
            let at = EventRef::new(acme(), Version(version.into()));
            (at, Recorded(version.into()), on("01-01", body))
        };
        bodies.into_iter().zip(1..).map(told).collect()
    })
}
