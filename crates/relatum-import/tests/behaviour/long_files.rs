//! Files longer than what is handed on at once: order, counts, and ends before the end.

use std::io::{self, Read};

use relatum_import::{
    Digester, DryRun, Import, ImportError, Input, Mapping, Offer, Outcome, Sink, SinkError,
};

use crate::book::{Book, import, import_inputs};

const MAPPING: &str = r#"
    system = "erp"
    [[table]]
    name = "sizes"
    files = "sizes*.csv"
    id = "{Id}"
    stream = { account = "{Client}" }
    effective = "{Day}"
    when = { Kind = { not = "skip" } }
    [[table.event]]
    type = "account_fact_stated"
    body.topic = "size"
    body.fact = "{Size}"

    [[table]]
    name = "branches"
    files = "branches*.csv"
    id = "{Id}"
    stream = { account = "{Client}" }
    effective = "2024-01-01"
    [[table.event]]
    type = "account_fact_stated"
    body.topic = "branch"
    body.fact = "{Branch}"
"#;

const ROWS: usize = 10_000;

const fn is_broken(row: usize) -> bool {
    row.is_multiple_of(97)
}

const fn is_skipped(row: usize) -> bool {
    row.is_multiple_of(31)
}

fn size(file: &str, row: usize) -> String {
    let kind = if is_skipped(row) { "skip" } else { "keep" };
    let day = if is_broken(row) { "2024-02-31" } else { "2024-02-29" };
    format!("{file}-{row},client {},{day},{kind},of {row}\n", row % 7)
}

/// The rows of one file that go in, as their ids.
fn wanted(file: &'static str) -> impl Iterator<Item = String> {
    let rows = (0..ROWS).filter(|row| !is_skipped(*row) && !is_broken(*row));
    rows.map(move |row| format!("{file}-{row}"))
}

#[test]
fn events_rejects_and_counts_are_those_of_reading_line_by_line() {
    let sizes = |file: &str| {
        let rows = (0..ROWS).map(|row| size(file, row));
        format!("Id,Client,Day,Kind,Size\n{}", rows.collect::<String>())
    };
    let branches = (0..ROWS).map(|row| format!("b-{row},client 1,trade\n"));
    let branches = format!("Id,Client,Branch\n{}", branches.collect::<String>());
    let (one, two) = (sizes("one"), sizes("two"));
    let files: [(&str, &[u8]); 3] = [
        ("branches.csv", branches.as_bytes()),
        ("sizes1.csv", one.as_bytes()),
        ("sizes2.csv", two.as_bytes()),
    ];
    let mut book = Book::default();
    let done = import(MAPPING, &files, &mut book);
    done.result.as_ref().unwrap();

    let ids: Vec<&str> = book.events.iter().map(|(_, event)| event.source.id.as_str()).collect();
    let branches = (0..ROWS).map(|row| format!("b-{row}"));
    let expected: Vec<String> = wanted("one").chain(wanted("two")).chain(branches).collect();
    same(&ids, &expected);

    let broken: Vec<usize> = (0..ROWS).filter(|row| is_broken(*row) && !is_skipped(*row)).collect();
    let told: Vec<String> = done.rejects.lines().skip(1).map(place).collect();
    let lines = |file| broken.iter().map(move |row| format!("{file},{}", row + 2));
    let expected: Vec<String> = lines("sizes1.csv").chain(lines("sizes2.csv")).collect();
    same(&told, &expected);

    let skipped = (0..ROWS).filter(|row| is_skipped(*row)).count();
    let (rows, skipped, rejected) = (3 * ROWS as u64, 2 * skipped as u64, 2 * broken.len() as u64);
    let report = &done.report;
    assert_eq!((report.rows_read, report.rows_skipped), (rows, skipped));
    assert_eq!(report.rows_rejected, rejected);
    let files: Vec<(&str, &str, u64)> =
        report.files.iter().map(|it| (&*it.file, &*it.table, it.rows)).collect();
    let each = ROWS as u64;
    let expected = [
        ("sizes1.csv", "sizes", each),
        ("sizes2.csv", "sizes", each),
        ("branches.csv", "branches", each),
    ];
    assert_eq!(files, expected);
}

/// Compares element by element, to show one that parts and not all.
fn same<T: AsRef<str>>(told: &[T], expected: &[String]) {
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(told.as_ref(), expected);
    }
    assert_eq!(told.len(), expected.len());
}

/// File and line of a reject.
fn place(reject: &str) -> String {
    reject.split(',').take(2).collect::<Vec<&str>>().join(",")
}

/// Rows without end, or until the disk fails.
struct Endless {
    row: usize,
    fails_at: usize,
    rest: Vec<u8>,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            if self.row == self.fails_at {
                return Err(io::Error::other("the disk is gone"));
            }
            self.rest = match self.row {
                0 => "Id,Client,Branch\n".to_owned(),
                row => format!("b-{row},client,trade\n"),
            }
            .into_bytes();
            self.row += 1;
        }
        let count = self.rest.len().min(into.len());
        into[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

fn endless(fails_at: usize) -> Vec<Input> {
    let rows = Endless { row: 0, fails_at, rest: Vec::new() };
    vec![Input::reader("branches.csv", rows)]
}

/// Takes so many facts.
struct Full {
    room: usize,
}

impl Sink for Full {
    fn append(&mut self, facts: Vec<Offer>) -> Result<Vec<Outcome>, SinkError> {
        self.room = self.room.checked_sub(facts.len()).ok_or_else(|| SinkError::new("full"))?;
        DryRun.append(facts)
    }

    fn digester(&self) -> Digester {
        DryRun.digester()
    }
}

#[test]
fn a_sink_that_takes_no_more_ends_a_file_without_end() {
    let mapping = Mapping::parse(MAPPING).unwrap();
    let mut import = Import::open(&mapping, endless(usize::MAX)).unwrap();
    let error = import.run(&mut Full { room: 20_000 }, &mut io::sink(), &mut |_| {}).unwrap_err();
    assert!(matches!(&error, ImportError::Sink { .. }), "{error}");
    let recorded = import.report().recorded();
    assert!((19_000..=20_000).contains(&recorded), "{recorded}");
}

#[test]
fn what_was_read_before_a_file_broke_is_in() {
    let mapping = Mapping::parse(MAPPING).unwrap();
    let mut book = Book::default();
    let done = import_inputs(&mapping, endless(15_001), &mut book);
    assert_eq!((book.events.len(), done.report.rows_read), (15_000, 15_000));
    assert!(done.error().contains("the disk is gone"));
}
