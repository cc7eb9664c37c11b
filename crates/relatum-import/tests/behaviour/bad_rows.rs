//! What is wrong with single rows rejects them, by line, column and value; the rest goes in.

use crate::book::{Book, import};
use relatum_domain::EventBody;

const INVOICES: &str = r#"
    system = "erp"
    [format]
    delimiter = ";"
    decimal = ","
    thousands = "."
    days = ["%d.%m.%Y"]
    [[table]]
    name = "invoices"
    files = "*"
    currency = "EUR"
    id = "{Number}"
    stream = { account = "{Client}" }
    effective = "{Day}"
    [[table.event]]
    type = "invoice_issued"
    body.document = { id = "{Number}", of = "document" }
    body.number = "{Number}"
    body.gross = { money = "{Gross}" }
    metadata.note = "{Note}"
"#;

const HEADER: &str = "Number;Client;Day;Gross;Note\n";

fn one(rows: &[u8]) -> (usize, Vec<String>) {
    let mut book = Book::default();
    let done = import(INVOICES, &[("may.csv", &[HEADER.as_bytes(), rows].concat())], &mut book);
    done.result.as_ref().unwrap();
    let rows = done.report.rows_read - done.report.rows_rejected;
    assert_eq!(u64::try_from(book.events.len()).unwrap(), rows);
    (book.events.len(), done.rejected())
}

#[test]
fn a_bad_value_names_line_column_and_value() {
    for (row, expected) in [
        (
            "2;A;31.02.2024;5,00;",
            "3 Day 31.02.2024: no day that there is, written as `%d.%m.%Y`; check `days` under \
             `format`",
        ),
        (
            "2;A;01.02.2024;1,234.56;",
            "3 Gross 1,234.56: no number with `,` before the decimals and `.` between thousands; \
             check `decimal` and `thousands` under `format`",
        ),
        ("2;A;01.02.2024;1,005;", "3 Gross 1,005: `1.005` has more than 2 digits after the point"),
        ("2;A;01.02.2024;;", "3 Gross : empty, and `gross` of `invoice_issued` needs it"),
        (";A;01.02.2024;1;", "3 Number : empty, and `invoice_issued` is known again by it"),
        ("2;A;;1;", "3 Day : empty, and `invoice_issued` needs a day from it"),
        (
            "2;;01.02.2024;1;",
            "3 Client : empty, and the event belongs to no account then; give the stream \
             `unassigned`, a `default`, or the rule a `when`",
        ),
        (
            "2;A;01.02.2024",
            "3 Gross : the row has 3 of 5 columns; is the file cut off, or a line break not \
             quoted?",
        ),
        (
            "2;A;01.02.2024;1;x;y",
            "3  y: the row has 6 columns, 5 are named; is there a `;` in a text without quotes?",
        ),
    ] {
        let rows = format!("1;A;01.02.2024;1.234,56;\n{row}\n3;A;29.02.2024;7,00;\n");
        assert_eq!(one(rows.as_bytes()), (2, vec![expected.to_owned()]), "{row}");
    }
}

#[test]
fn bytes_of_another_encoding_reject_the_row_and_say_which() {
    let (count, rejects) = one(b"1;A;01.02.2024;1;Caf\xe9\n2;A;01.02.2024;1;ok\n");
    let expected = "2 Note Caf\u{fffd}: byte 0xE9 at place 4 is not UTF-8; if the file is \
                    Windows-1252, say `encoding = \"windows-1252\"`";
    assert_eq!((count, rejects), (1, vec![expected.to_owned()]));
}

#[test]
fn windows_1252_and_a_byte_order_mark_are_understood() {
    let mapping = INVOICES.replace("[format]", "[format]\nencoding = \"windows-1252\"");
    let mut book = Book::default();
    let file = [HEADER.as_bytes(), b"1;A;01.02.2024;1;\x80 \xe9\n"].concat();
    import(&mapping, &[("may.csv", &file)], &mut book).result.unwrap();
    assert_eq!(book.events[0].1.metadata["note"], "€ é");

    let mut book = Book::default();
    let file = [b"\xef\xbb\xbf", HEADER.as_bytes(), b"1;A;01.02.2024;1;\n"].concat();
    import(INVOICES, &[("may.csv", &file)], &mut book).result.unwrap();
    assert_eq!(book.events.len(), 1);
}

#[test]
fn a_file_that_is_cut_off_never_gives_half_a_row() {
    let whole = "1;A;01.02.2024;1,00;\"first\"\n2;A;01.02.2024;2,00;\"sec\nond\"\n";
    for length in 0..whole.len() {
        let mut book = Book::default();
        let file = format!("{HEADER}{}", &whole[..length]);
        let done = import(INVOICES, &[("may.csv", file.as_bytes())], &mut book);
        let complete = whole[..length].matches("\"\n").count();
        // Where the cut falls on the end of a last cell, nobody can tell; the report says so.
        let open = done.report.files.first().is_some_and(|file| file.open_last_line.is_some());
        let most = complete + usize::from(open);
        assert!((complete..=most).contains(&book.events.len()), "{length}");
    }
    let (count, rejects) = one(b"1;A;01.02.2024;1,00;x\n2;A;01.02.2024;2,00;\"sec\n3;A;\n");
    let expected = "3  : a quote that this row opens is not closed before the end of the file, in \
                    line 4; is the file cut off?";
    assert_eq!((count, rejects), (1, vec![expected.to_owned()]));
}

#[test]
fn a_row_beyond_all_measure_is_passed_over() {
    let long = "x".repeat(relatum_import::MAX_ROW_BYTES + 10);
    let rows = format!("1;A;01.02.2024;1;{long}\n2;A;01.02.2024;1;\n");
    let (count, rejects) = one(rows.as_bytes());
    let expected = "2  : the row is longer than 16 MiB or has far too many columns; is a quote \
                    not closed?";
    assert_eq!((count, rejects), (1, vec![expected.to_owned()]));
}

#[cfg(feature = "real-data")]
#[test]
fn a_line_of_a_gigabyte_is_one_reject() {
    use std::io::{Read, repeat};

    use relatum_import::{Import, Input, Mapping};

    let mapping = Mapping::parse(INVOICES).unwrap();
    let rest = b"\n2;A;01.02.2024;1;\n".as_slice();
    let file = HEADER.as_bytes().chain(repeat(b'x').take(1 << 30)).chain(rest);
    let mut import = Import::open(&mapping, vec![Input::reader("may.csv", file)]).unwrap();
    let mut book = Book::default();
    import.run(&mut book, &mut std::io::sink(), &mut |_| {}).unwrap();
    assert_eq!((book.events.len(), import.report().rows_rejected), (1, 1));
}

#[test]
fn rejects_are_csv_with_the_row_as_it_was() {
    let mut book = Book::default();
    let file = format!("{HEADER}1;A;31.02.2024;1;\"a, \"\"b\"\"\"\n");
    let done = import(INVOICES, &[("may.csv", file.as_bytes())], &mut book);
    let mut reader = csv::Reader::from_reader(done.rejects.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["file", "line", "column", "value", "reason", "row"]);
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!((&row[0], &row[1], &row[2]), ("may.csv", "2", "Day"));
    assert_eq!(&row[5], "1;A;31.02.2024;1;\"a, \"\"b\"\"\"");
}

#[test]
fn a_second_import_adds_nothing_and_other_content_is_told() {
    let mut book = Book::default();
    let file = format!("{HEADER}1;A;01.02.2024;1;\n2;B;01.02.2024;2;\n");
    let first = import(INVOICES, &[("may.csv", file.as_bytes())], &mut book);
    assert_eq!(first.report.of("invoice_issued").recorded, 2);
    let again = import(INVOICES, &[("may.csv", file.as_bytes())], &mut book);
    assert_eq!((again.report.recorded(), again.report.of("invoice_issued").already), (0, 2));
    let other = file.replace("01.02.2024;2", "01.02.2024;3");
    let other = import(INVOICES, &[("may.csv", other.as_bytes())], &mut book);
    let [reject] = other.rejected().try_into().unwrap();
    assert!(reject.contains("is in the book already as account/"), "{reject}");
    assert!(reject.starts_with("3  : "), "{reject}");
    assert_eq!(other.report.of("invoice_issued").refused, 1);
}

#[test]
fn what_the_sink_refuses_is_a_reject() {
    let mapping = INVOICES.replace("metadata.note", "metadata.refuse");
    let mut book = Book::default();
    let file = format!("{HEADER}1;A;01.02.2024;1;why\n2;A;01.02.2024;2;\n");
    let done = import(&mapping, &[("may.csv", file.as_bytes())], &mut book);
    assert_eq!(done.rejected(), ["2  : `invoice_issued` is refused: as asked"]);
    assert_eq!(book.events.len(), 1);
    let euro = "EUR".parse().unwrap();
    assert_eq!(done.report.of("invoice_issued").sums[&euro].to_string(), "2.00");
}

#[test]
fn gzip_is_known_by_its_first_bytes() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(format!("{HEADER}1;A;01.02.2024;1,50;\n").as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let mut book = Book::default();
    import(INVOICES, &[("may.csv", &packed)], &mut book).result.unwrap();
    let [EventBody::InvoiceIssued(invoice)] = book.bodies("invoice_issued")[..] else { panic!() };
    assert_eq!(invoice.0.gross.to_string(), "1.50 EUR");
}
