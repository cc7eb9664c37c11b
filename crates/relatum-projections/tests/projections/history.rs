//! Client history and the book's contents against the raw list of events.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use relatum_domain::{AccountId, EventBody, Family, View};
use relatum_projections::{HistoryFilter, HistoryLine};
use relatum_stream::{EventRef, StreamId};

use crate::aging::invoice;
use crate::generated::{book, op, ops};
use crate::raw::{Raw, account, day};

/// Every event of the account known by then, of the day or before; marked where it is void.
fn naive(raw: &Raw, who: AccountId, view: &View) -> Vec<(EventRef, bool)> {
    let held: BTreeSet<EventRef> = raw.shown(view).held.iter().map(|it| it.event).collect();
    let mut lines: Vec<_> = raw
        .events
        .iter()
        .filter(|it| it.event.stream == StreamId::from(who))
        .filter(|it| it.data.effective <= view.as_of)
        .filter(|it| relatum_domain::Recorded::from(it.recorded_at) <= view.known_at)
        .map(|it| (it.data.effective, it.event, !held.contains(&it.event)))
        .collect();
    // Stable: within a day in the order in which they were told.
    lines.sort_by_key(|(on, ..)| *on);
    lines.into_iter().map(|(_, event, void)| (event, void)).collect()
}

fn marks(lines: &[HistoryLine]) -> Vec<(EventRef, bool)> {
    lines.iter().map(|line| (line.event, line.void)).collect()
}

proptest! {
    #![proptest_config(crate::generated::books(128))]

    #[test]
    fn a_history_hides_nothing_and_marks_what_is_void(
        ops in ops(60),
        on in 0..300_i64,
        (from, to) in (0..300_i64, 0..300_i64),
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let view = View::as_of(day(on)).known_at(raw.known(cut.index(raw.events.len() + 1)));
        for number in 0..3 {
            let who = account(number);
            let all = models.history.of(who, &HistoryFilter::default(), &view);
            prop_assert_eq!(marks(&all), naive(&raw, who, &view));
            let filter = HistoryFilter {
                kinds: vec!["order_placed".into()],
                families: vec![Family::Settlement],
                from: Some(day(from)),
                to: Some(day(to)),
            };
            let wanted = all.iter().filter(|line| {
                let body = &raw.get(line.event).data.body;
                let kind = body.event_type() == "order_placed"
                    || body.type_name().family() == Some(Family::Settlement);
                kind && (day(from)..=day(to)).contains(&line.day)
            });
            let found = models.history.of(who, &filter, &view);
            prop_assert!(found.iter().eq(wanted));
            for line in &found {
                prop_assert_eq!(line.kind, raw.get(line.event).data.body.type_name());
            }
        }
    }

    #[test]
    fn the_book_counts_what_is_not_void(ops in ops(60), on in 0..300_i64, extra in op()) {
        let raw = book(&[ops, vec![extra]].concat());
        let view = View::as_of(day(on));
        let shown = raw.shown(&view);
        let mut events: BTreeMap<&str, u64> = BTreeMap::new();
        let mut accounts: BTreeMap<&str, BTreeSet<StreamId>> = BTreeMap::new();
        let mut all = BTreeSet::new();
        for it in shown.seen().filter(|it| AccountId::of_stream(it.event.stream).is_some()) {
            let kind = it.data.body.event_type();
            *events.entry(kind).or_default() += 1;
            accounts.entry(kind).or_default().insert(it.event.stream);
            all.insert(it.event.stream);
        }
        let report = raw.models().history.book(&view);
        prop_assert_eq!(report.accounts, all.len() as u64);
        prop_assert_eq!(report.lines.len(), events.len());
        for line in &report.lines {
            let kind = line.kind.as_str();
            prop_assert_eq!(line.events, events[kind]);
            prop_assert_eq!(line.accounts, accounts[kind].len() as u64);
        }
        let issued = shown.seen().filter_map(|it| match &it.data.body {
            EventBody::InvoiceIssued(it) => Some(i128::from(it.0.gross.minor) * 10_000),
            _ => None,
        });
        let invoiced = report.lines.iter().find(|line| line.kind.as_str() == "invoice_issued");
        let invoiced = invoiced.map_or(0, |line| line.amounts[0].micro);
        prop_assert_eq!(invoiced, issued.sum::<i128>());
    }
}

#[test]
fn a_line_says_what_it_is_about() {
    use relatum_domain::event::document::InvoiceIssued;
    use relatum_domain::{Derived, DocumentId};
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, InvoiceIssued(invoice(DocumentId::derived("t", "1"), 1_250, 30)));
    let lines = raw.models().history.of(who, &HistoryFilter::default(), &View::as_of(day(0)));
    assert_eq!(lines[0].label.as_deref(), Some("R-1"));
    assert_eq!(lines[0].amount.unwrap().to_string(), "12.50 EUR");
    let nobody = raw.models().history.of(account(9), &HistoryFilter::default(), &View::latest());
    assert_eq!(nobody, []);
}
