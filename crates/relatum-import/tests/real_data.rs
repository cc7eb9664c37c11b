//! The mappings that come along, against the files that they are written for.
//!
//! The files lie in the folder that `RELATUM_DATA` names, `../shared/data` beside the workspace
//! unless it is set.
#![cfg(feature = "real-data")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use relatum_domain::{Event, EventBody, derive};
use relatum_import::{Digester, Import, Offer, Outcome, Preset, Report, Sink, SinkError};
use relatum_stream::{EventRef, StreamId, Version};

/// Keeps what a test looks at: keys, types by stream, and a few bodies.
#[derive(Default)]
struct Book {
    keys: BTreeSet<(StreamId, String)>,
    by_type: BTreeMap<&'static str, BTreeSet<StreamId>>,
    events: u64,
    lines: BTreeMap<StreamId, usize>,
    watch: Vec<&'static str>,
    watched: Vec<(StreamId, Event)>,
}

impl Sink for Book {
    fn append(&mut self, facts: Vec<Offer>) -> Result<Vec<Outcome>, SinkError> {
        let mut outcomes = Vec::new();
        for Offer { stream, event, .. } in facts {
            let name = event.body.event_type();
            let at = EventRef::new(stream, Version(1));
            if !self.keys.insert((stream, event.idempotency_key(name))) {
                outcomes.push(Outcome::Already(at));
                continue;
            }
            self.by_type.entry(name).or_default().insert(stream);
            let lines = match &event.body {
                EventBody::OrderPlaced(order) => order.lines.len(),
                EventBody::GoodsReturned(goods) => goods.lines.len(),
                EventBody::SalesAdjusted(_) => 1,
                _ => 0,
            };
            *self.lines.entry(stream).or_default() += lines;
            self.events += 1;
            if self.watch.contains(&name) {
                self.watched.push((stream, event));
            }
            outcomes.push(Outcome::Recorded(at));
        }
        Ok(outcomes)
    }

    fn digester(&self) -> Digester {
        Arc::new(|text| derive("test", "key", text).simple().to_string())
    }
}

fn folder(name: &str) -> PathBuf {
    let root = std::env::var_os("RELATUM_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let folder = root.join(name);
    assert!(folder.is_dir(), "{} is not there; set RELATUM_DATA", folder.display());
    folder
}

/// Imports a whole folder; no row may be rejected.
fn import(preset: &str, data: &str, sink: &mut dyn Sink) -> Report {
    let mapping = Preset::named(preset).unwrap().mapping().unwrap();
    let inputs = mapping.inputs(&[folder(data)]).unwrap();
    let start = Instant::now();
    let mut import = Import::open(&mapping, inputs).unwrap();
    let mut rejects = Vec::new();
    let mut last = (0, None);
    let mut progress = |progress: &relatum_import::Progress<'_>| {
        last = (progress.bytes, progress.total);
    };
    let result = import.run(sink, &mut rejects, &mut progress);
    let report = import.report().clone();
    println!("{preset}: {:?}\n{report:#?}", start.elapsed());
    result.unwrap();
    assert_eq!((report.rows_rejected, String::from_utf8(rejects).unwrap()), (0, String::new()));
    assert!(last.0 > 0, "{last:?}");
    report
}

fn sum(report: &Report, event_type: &str, currency: &str) -> String {
    report.of(event_type).sums[&currency.parse().unwrap()].to_string()
}

#[test]
fn ibm_receivables() {
    let mut book = Book { watch: vec!["invoice_issued"], ..Book::default() };
    let report = import("ibm-ar", "ibm_ar", &mut book);
    assert_eq!(report.rows_read, 2466);
    assert_eq!(report.of("invoice_issued").recorded, 2466);
    assert_eq!(sum(&report, "invoice_issued", "USD"), "147703.18");
    assert_eq!(sum(&report, "payment_received", "USD"), "147703.18");
    assert_eq!(report.of("payment_received").recorded, 2466);
    assert_eq!(report.of("account_opened").recorded, 100);
    assert_eq!(report.of("dispute_opened").recorded, 561);
    assert_eq!(report.of("dispute_resolved").recorded, 561);
    let zeros = book.watched.iter().filter(|(_, event)| match &event.body {
        EventBody::InvoiceIssued(invoice) => invoice.0.number.starts_with("00"),
        _ => false,
    });
    assert!(zeros.count() > 0, "leading zeros are lost");

    let again = import("ibm-ar", "ibm_ar", &mut book);
    assert_eq!(again.recorded(), 0);
    assert_eq!(sum(&again, "invoice_issued", "USD"), "147703.18");
}

#[test]
fn crm_opportunities() {
    let watch = vec!["opportunity_opened", "account_opened"];
    let mut book = Book { watch, ..Book::default() };
    let report = import("crm-opportunities", "crm_sales_opportunities", &mut book);
    assert_eq!(report.of("opportunity_opened").recorded, 8800);
    assert_eq!(report.of("opportunity_won").recorded, 4238);
    assert_eq!(report.of("opportunity_lost").recorded, 6711 - 4238);
    assert_eq!(sum(&report, "opportunity_won", "USD"), "10005534.00");
    assert_eq!(report.of("account_opened").recorded, 86);
    assert_eq!(report.of("manager_joined").recorded, 35 + 6);
    assert_eq!(report.of("team_formed").recorded, 3 + 6);
    assert_eq!(report.of("team_joined").recorded, 35);

    let unassigned: Vec<StreamId> = book
        .watched
        .iter()
        .filter_map(|(stream, event)| {
            matches!(&event.body, EventBody::AccountOpened(opened) if opened.unassigned)
                .then_some(*stream)
        })
        .collect();
    assert_eq!(unassigned.len(), 1);
    let (mut without, mut undated, mut stages) = (0, 0, BTreeMap::new());
    for (stream, event) in &book.watched {
        match &event.body {
            EventBody::OpportunityOpened(opened) => {
                without += usize::from(stream == &unassigned[0]);
                undated += usize::from(opened.stage == "Prospecting");
                *stages.entry(opened.stage.clone()).or_insert(0) += 1;
                assert_ne!(opened.product.as_deref(), Some("GTXPro"));
                if opened.stage == "Prospecting" {
                    assert_eq!(event.effective.to_string(), "2016-10-20");
                }
            }
            EventBody::AccountOpened(opened) => {
                assert_ne!(opened.sector.as_deref(), Some("technolgy"));
            }
            _ => {}
        }
    }
    assert_eq!((without, undated, stages.len()), (1425, 500, 2));
}

#[test]
fn adventureworks() {
    let mut book = Book { watch: vec!["manager_joined"], ..Book::default() };
    let report = import("adventureworks", "adventureworks", &mut book);
    assert_eq!(report.of("order_placed").recorded, 31_465);
    assert_eq!(sum(&report, "order_placed", "USD"), "109846381.4039");
    assert_eq!(book.lines.values().sum::<usize>(), 121_317);
    assert_eq!(book.by_type["order_placed"].len(), 19_119);
    assert_eq!(report.of("account_opened").recorded, 19_820);
    assert_eq!(report.of("quota_set").recorded, 163);
    assert_eq!(sum(&report, "quota_set", "USD"), "95714000.00");
    assert_eq!(report.of("manager_joined").recorded, 17);
    assert_eq!(report.of("team_formed").recorded, 10);
    assert_eq!(report.of("team_joined").recorded, 17);
    assert!(book.by_type["order_placed"].is_subset(&book.by_type["account_opened"]));
    let names = book.watched.iter().filter(|(_, event)| match &event.body {
        EventBody::ManagerJoined(joined) => {
            joined.code.is_some() && joined.name.as_ref().is_some_and(|name| name.text().is_some())
        }
        _ => false,
    });
    assert_eq!(names.count(), 17);
}

#[test]
fn online_retail() {
    let mut book = Book { watch: vec!["account_opened"], ..Book::default() };
    let report = import("online-retail", "online_retail", &mut book);
    assert_eq!(report.rows_read, 541_909);
    assert_eq!(report.of("order_placed").recorded, 22_061);
    assert_eq!(report.of("goods_returned").recorded, 3_836);
    assert_eq!(report.of("sales_adjusted").recorded, 3);
    let gbp = "GBP".parse().unwrap();
    let micro = |event_type| report.of(event_type).sums[&gbp].micro;
    let net = micro("order_placed") - micro("goods_returned") + micro("sales_adjusted");
    assert_eq!(net, 9_747_747_934_000);
    assert_eq!(report.of("account_opened").recorded, 4_373);
    let unassigned = book.watched.iter().find_map(|(stream, event)| match &event.body {
        EventBody::AccountOpened(opened) => opened.unassigned.then_some(stream),
        _ => None,
    });
    assert_eq!(book.lines[unassigned.unwrap()], 135_080);
    assert_eq!(book.lines.values().sum::<usize>(), 541_909);
    let named = book.watched.iter().all(|(_, event)| match &event.body {
        EventBody::AccountOpened(opened) => !opened.name.contains('.'),
        _ => true,
    });
    assert!(named, "a customer is still called 17.0");
}
