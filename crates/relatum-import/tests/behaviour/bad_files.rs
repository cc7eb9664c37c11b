//! What is wrong with a file as a whole stops the import and says what to do.

use std::io::Write;

use crate::book::{Book, import};

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
"#;

fn error(file: &[u8]) -> String {
    let mut book = Book::default();
    let error = import(MAPPING, &[("facts.csv", file)], &mut book).error();
    assert!(book.events.is_empty());
    error
}

#[test]
fn a_header_that_does_not_fit_names_columns_and_advice() {
    assert_eq!(
        error(b"Id;Client;Size\n1;A;5\n"),
        "`facts.csv` has no column `Client` (for stream of account_fact_stated), `Id` (for id of \
         account_fact_stated), `Size` (for fact of account_fact_stated); its columns are: \
         Id;Client;Size; is the delimiter ';' rather than ','? Say so under `format`"
    );
    assert_eq!(
        error(b"Id,Client\n1,A\n"),
        "`facts.csv` has no column `Size` (for fact of account_fact_stated); its columns are: Id, \
         Client; is the delimiter ',' right? If the file has no header row, name its columns with \
         `columns` under `format`"
    );
    assert_eq!(
        error(b"Id,Client,Size,Id\n"),
        "`facts.csv`, line 1: the header row names `Id` twice; rename one"
    );
    assert_eq!(error(b""), "`facts.csv` is empty; its first row should name the columns");
    assert_eq!(
        error(b"\xff\xfeI\0d\0"),
        "`facts.csv` has no column `Client` (for stream of account_fact_stated), `Size` (for fact \
         of account_fact_stated); its columns are: Id; is the delimiter ',' right? If the file has \
         no header row, name its columns with `columns` under `format`"
    );
    assert!(error(b"\xff\xfeI\0d\0\x00\xd8").contains("is not UTF-16 all through"));
    assert_eq!(
        error(b"sep=;\nId;Client\n1;A\n"),
        "`facts.csv` has no column `Size` (for fact of account_fact_stated); its columns are: Id, \
         Client; is the delimiter ';' right? If the file has no header row, name its columns with \
         `columns` under `format`"
    );
    assert_eq!(
        error(b"Id,\"Client\n1,A\n"),
        "`facts.csv`, line 1: the header row opens a quote that is never closed"
    );
    assert!(error(b"Id,Client,Gr\xf6\xdfe\n").contains("windows-1252"));
}

#[test]
fn a_file_without_header_has_its_columns_named_by_the_mapping() {
    let mapping = MAPPING.replace(
        "[[table]]",
        "[format]\ncolumns = [\"Id\", \"Client\", \"Size\"]\nskip_lines = 2\n[[table]]",
    );
    let mut book = Book::default();
    let done = import(&mapping, &[("x.csv", b"Report of May\n\n1,A,5\n")], &mut book);
    done.result.unwrap();
    assert_eq!(book.events.len(), 1);
}

#[test]
fn a_broken_archive_tells_how_far_it_was_read_and_keeps_that() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(b"Id,Client,Size\n").unwrap();
    for row in 0..5000 {
        writeln!(packed, "{row},A,5").unwrap();
    }
    let packed = packed.finish().unwrap();
    let mut book = Book::default();
    let half = &packed[..packed.len() / 2];
    let done = import(MAPPING, &[("facts.csv.gz", half)], &mut book);
    let (rows, read) = (book.events.len(), done.report.rows_read);
    assert!(rows > 1000 && u64::try_from(rows).unwrap() == read, "{rows} of {read}");
    let error = done.error();
    let expected = format!(
        "`facts.csv.gz` breaks off after line {}; what stands before it was read: fetch the file \
         again and import it again",
        rows + 1
    );
    assert!(error.starts_with(&expected), "{error}");
}

#[test]
fn a_stray_file_and_a_missing_one_are_named() {
    let mapping = format!(
        "{MAPPING}
        [[table.lookup]]
        name = \"sizes\"
        files = \"sizes.csv\"
        key = \"{{Id}}\"
        on = \"{{Id}}\"
        "
    );
    let facts: (&str, &[u8]) = ("data/facts-1.csv", b"Id,Client,Size\n1,A,5\n");
    let mut book = Book::default();
    assert_eq!(
        import(&mapping, &[facts], &mut book).error(),
        "table `facts` needs a file called `sizes.csv` as well; give it too"
    );
    assert_eq!(
        import(&mapping, &[facts, ("README.txt", b"")], &mut book).error(),
        "`README.txt` fits no table of the mapping, which reads: `facts*.csv*`, `sizes.csv`"
    );
    assert_eq!(
        import(&mapping, &[], &mut book).error(),
        "no file to import; the mapping reads: `facts*.csv*`, `sizes.csv`"
    );
    let twice: (&str, &[u8]) = ("sizes.csv", b"Id\n1\n2\n1\n");
    assert_eq!(
        import(&mapping, &[facts, twice], &mut book).error(),
        "`sizes.csv`, line 4, column `Id`, value `1`: stands in line 2 already; a key must be \
         there once"
    );
}
