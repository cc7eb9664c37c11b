//! Archives: what they hold is read, and what no export holds is refused.

use std::io::{Cursor, Write};

use relatum_import::{Input, Mapping};
use zip::write::SimpleFileOptions;

use crate::book::{Book, import_inputs};

const MAPPING: &str = r#"
    system = "erp"
    [[table]]
    name = "facts"
    files = "facts*.csv*"
    id = "{Id}"
    stream = { account = "{Client}" }
    effective = "2024-01-01"
    [[table.event]]
    type = "account_fact_stated"
    body.topic = "size"
    body.fact = "{Size}"
    [[table]]
    name = "others"
    files = "others*.csv"
    id = "{Id}"
    stream = { account = "{Client}" }
    effective = "2024-01-01"
    [[table.event]]
    type = "account_fact_stated"
    body.topic = "other"
    body.fact = "{Size}"
"#;

/// An archive of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read(archive: Vec<u8>, book: &mut Book) -> Result<u64, String> {
    let mapping = Mapping::parse(MAPPING).unwrap();
    let done = import_inputs(&mapping, vec![Input::bytes("out/week.zip", archive)], book);
    let rows = done.report.rows_read;
    match done.result {
        Ok(()) => Ok(rows),
        Err(_) => Err(done.error()),
    }
}

fn refused(archive: Vec<u8>) -> String {
    let mut book = Book::default();
    let error = read(archive, &mut book).unwrap_err();
    assert!(book.events.is_empty());
    error
}

const FACTS: &[u8] = b"Id,Client,Size\n1,A,5\n";

#[test]
fn members_are_read_like_files_of_a_folder() {
    let archive = zip(&[
        ("data/facts-1.csv", FACTS),
        ("data/facts-2.csv", b"Id,Client,Size\n2,B,6\n3,B,7\n"),
        ("__MACOSX/data/._facts-1.csv", b"\0\0"),
        ("data/picture.png", b"\x89PNG"),
    ]);
    let mut book = Book::default();
    assert_eq!(read(archive, &mut book), Ok(3));
    assert_eq!(book.events.len(), 3);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in
        ["../facts.csv", "/etc/facts.csv", "a/../../facts.csv", "C:\\facts.csv", "..\\facts.csv"]
    {
        let error = refused(zip(&[(name, FACTS)]));
        let expected = "whose name leads out of the folder";
        assert!(
            error.starts_with("`out/week.zip` has the member") && error.ends_with(expected),
            "{error}"
        );
    }
    let error = refused(zip(&[("facts.csv", FACTS), ("FACTS.csv", FACTS)]));
    assert_eq!(
        error,
        "`out/week.zip` has the member `FACTS.csv`, which is there twice; which one counts?"
    );
}

#[test]
fn links_archives_within_and_strange_files_are_refused() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("facts.csv", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let error = refused(writer.finish().unwrap().into_inner());
    assert!(error.contains("`facts.csv`, which is a link"), "{error}");

    let error = refused(zip(&[("facts.csv", FACTS), ("more.zip", &zip(&[("facts.csv", FACTS)]))]));
    assert_eq!(
        error,
        "`out/week.zip` has the archive `more.zip` within it; unpack that and give it"
    );
    let error = refused(zip(&[("README.txt", b"hello")]));
    assert_eq!(
        error,
        "`out/week.zip` fits no table of the mapping, which reads: `facts*.csv*`, `others*.csv`"
    );
    let error = refused(zip(&[]));
    assert!(error.contains("fits no table"), "{error}");
}

#[test]
fn a_member_that_unpacks_beyond_measure_is_refused_before_it_is_read() {
    let bomb = vec![b' '; 80 * 1024 * 1024];
    let error = refused(zip(&[("facts.csv", &bomb)]));
    assert!(
        error.contains("`facts.csv`, which unpacks") && error.contains("no export packs"),
        "{error}"
    );
}

#[test]
fn a_member_that_lies_about_itself_breaks_off() {
    let long = format!("Id,Client,Size\n{}", "1,A,5\n".repeat(10));
    let good = zip(&[("facts.csv", long.as_bytes())]);
    // The size that the directory tells, near the end of the archive.
    let directory = good.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    for (place, what) in [(24, "more bytes than"), (16, "checksum is wrong")] {
        let mut bad = good.clone();
        bad[directory + place] ^= 1;
        if place == 24 {
            bad[directory + place] = 20;
        }
        let mut book = Book::default();
        let error = read(bad, &mut book).unwrap_err();
        assert!(error.contains(what) || error.contains("broken"), "{place}: {error}");
    }
    let cut = good[..good.len() / 2].to_vec();
    assert!(refused(cut).contains("is a broken or cut-off archive"));
}

#[test]
fn any_change_of_a_byte_is_an_answer() {
    let good = zip(&[("facts.csv", FACTS), ("others.csv", FACTS)]);
    for at in 0..good.len() {
        for change in [1, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= change;
            let mut book = Book::default();
            let _ = read(bad, &mut book);
            assert!(book.events.len() <= 2);
        }
    }
}
