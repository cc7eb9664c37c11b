//! A file that comes again, changed: the book says what it would say if only the last had come.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum::{Engine, Error, NewBatch, TABLES, Table, TableCell, TableFilter};
use relatum_domain::event::audit::{ImportBegun, ImportEnded, UsedMapping};
use relatum_domain::{Actor, BatchId};
use relatum_import::{EngineSink, Import, Input, Mapping, Report, Tally};
use uuid::Uuid;

const MAPPING: &str = r#"
    system = "erp"
    [[table]]
    name = "clients"
    files = "clients.csv"
    id = "{No}"
    stream = { account = "{No}" }
    effective = "2024-01-01"
    [[table.event]]
    type = "account_opened"
    body.name = "{Name}"
    body.stage = "client"

    [[table]]
    name = "invoices"
    files = "invoices.csv"
    currency = "EUR"
    id = "{No}"
    stream = { account = "{Client}" }
    effective = "{Day}"
    [[table.event]]
    type = "invoice_issued"
    body.document = { id = "{No}", of = "document" }
    body.number = "{No}"
    body.gross = { money = "{Gross}" }
    body.due = "{Due}"
    [[table.event]]
    name = "paid"
    type = "payment_received"
    when = { Paid = { empty = false } }
    effective = "{Paid}"
    body.payment = { id = "{No}", of = "payment" }
    body.amount = { money = "{Gross}" }
    body."applications.0.document" = { id = "{No}", of = "document" }
    body."applications.0.amount" = { money = "{Gross}" }
"#;

/// What a source says of an invoice: day, days to pay, cents, and after how many days it was paid.
type Said = (u64, u64, u32, Option<u64>);

/// A file: the invoices that it has, by number, and how clients are called.
#[derive(Debug, Clone)]
struct Export {
    names: Vec<u8>,
    invoices: BTreeMap<u8, Said>,
}

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + chrono::Days::new(number)
}

impl Export {
    fn files(&self) -> Vec<Input> {
        let mut clients = "No,Name\n".to_owned();
        for (client, name) in self.names.iter().enumerate() {
            clients += &format!("{client},Client {name}\n");
        }
        let mut invoices = "No,Client,Day,Due,Gross,Paid\n".to_owned();
        for (number, (at, due, cents, paid)) in &self.invoices {
            let client = usize::from(*number) % self.names.len();
            let paid = paid.map(|after| day(at + after).to_string()).unwrap_or_default();
            let (at, due) = (day(*at), day(at + due));
            let (whole, rest) = (cents / 100, cents % 100);
            invoices += &format!("{number},{client},{at},{due},{whole}.{rest:02},{paid}\n");
        }
        vec![Input::bytes("clients.csv", clients), Input::bytes("invoices.csv", invoices)]
    }
}

/// Imports a file as a batch of its own.
fn import(engine: &Engine, number: u128, export: &Export) -> Report {
    let batch = BatchId::from(Uuid::from_u128(number));
    let mapping = UsedMapping { name: "test".into(), sha256: "00".into(), said: Vec::new() };
    let told = ImportBegun { batch, mapping, files: Vec::new(), no_amend: false };
    let (day, actor) = (day(0), Actor::system("test"));
    let new = NewBatch { day, actor: actor.clone(), told };
    let mut sink = EngineSink::begin(engine.clone(), new);
    let mapping = Mapping::parse(MAPPING).unwrap();
    let mut import = Import::open(&mapping, export.files()).unwrap();
    import.run(&mut sink, &mut std::io::sink(), &mut |_| {}).unwrap();
    if sink.is_told() {
        let ended = ImportEnded {
            batch,
            rows_read: 0,
            rows_skipped: 0,
            rows_rejected: 0,
            events: Vec::new(),
        };
        engine.end_batch(day, actor, ended).unwrap();
    }
    import.report().clone()
}

/// Facts of the file that the book holds after it.
fn held(report: &Report) -> u64 {
    report.events.values().map(Tally::held).sum()
}

/// The rows of every table, without the events on which they rest and when those were recorded.
fn rows(engine: &Engine) -> BTreeMap<&'static str, Vec<String>> {
    let book = engine.as_of(day(400));
    let of = |table: &'static dyn Table| {
        let mut rows = Vec::new();
        let each = |cells: &[TableCell<'_>]| {
            let of_log =
                |cell: &&TableCell<'_>| matches!(cell, TableCell::Event(_) | TableCell::Instant(_));
            let told = cells.iter().filter(|cell| !of_log(cell));
            // A history tells the former word as well, and that it was replaced.
            if table.name() != "history" || cells.contains(&TableCell::Flag(false)) {
                rows.push(format!("{:?}", told.collect::<Vec<_>>()));
            }
            Ok::<(), Error>(())
        };
        book.rows(table, &TableFilter::default(), each).unwrap();
        rows.sort();
        (table.name(), rows)
    };
    TABLES.iter().copied().map(of).collect()
}

fn said() -> impl Strategy<Value = Said> {
    (0_u64..200, 0_u64..60, 1_u32..100_000, proptest::option::of(0_u64..90))
}

fn export() -> impl Strategy<Value = Export> {
    let invoices = proptest::collection::btree_map(0_u8..12, said(), 0..8);
    let names = proptest::collection::vec(0_u8..3, 3);
    (names, invoices).prop_map(|(names, invoices)| Export { names, invoices })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_last_file_has_the_last_word(first in export(), second in export()) {
        // A later export still has what the first had, as it says it now; what was paid stays paid.
        let mut last = second.clone();
        for (number, said) in &first.invoices {
            let now = last.invoices.entry(*number).or_insert(*said);
            now.3 = now.3.or(said.3);
        }
        let twice = Engine::in_memory().unwrap();
        import(&twice, 1, &first);
        let changed = import(&twice, 2, &last);
        let once = Engine::in_memory().unwrap();
        let new = import(&once, 1, &last);
        prop_assert_eq!(rows(&twice), rows(&once));

        prop_assert_eq!(held(&changed), new.recorded());
        prop_assert_eq!(import(&twice, 3, &last).recorded(), 0);
    }
}
