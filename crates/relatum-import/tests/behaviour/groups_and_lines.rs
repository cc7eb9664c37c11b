//! Rows that belong together: groups of rows, and headers with lines from another file.

use crate::book::{Book, Done, import};
use relatum_domain::EventBody;

const GROUPED: &str = r#"
    system = "shop"
    [[table]]
    name = "lines"
    files = "*"
    currency = "EUR"
    id = "{No}"
    effective = "2024-01-01"
    [table.group]
    by = "{No}"
    window = 2
    [table.stream]
    account = "{Client}"
    unassigned = { name = "Nobody" }
    [[table.event]]
    type = "account_opened"
    once = true
    body.name = "{Client}"
    body.stage = "client"
    [[table.event]]
    type = "order_placed"
    body.order = { id = "{No}", of = "order" }
    body.number = "{No}"
    body.net = { sum = { value = "{Price}", times = "{Count}" } }
    [table.event.each.lines]
    product = "{Product}"
    quantity = { quantity = "{Count}" }
    net = { value = "{Price}", times = "{Count}" }
"#;

fn grouped(rows: &str) -> (Book, Done) {
    let mut book = Book::default();
    let file = format!("No,Client,Product,Count,Price\n{rows}");
    let done = import(GROUPED, &[("lines.csv", file.as_bytes())], &mut book);
    done.result.as_ref().unwrap();
    (book, done)
}

fn orders(book: &Book) -> Vec<String> {
    let orders = book.bodies("order_placed").into_iter().filter_map(|body| match body {
        EventBody::OrderPlaced(order) => Some(order),
        _ => None,
    });
    let show = |line: &relatum_domain::event::line::Line| line.product.clone();
    orders
        .map(|order| {
            let lines: Vec<String> = order.lines.iter().map(show).collect();
            format!("{} {} {}", order.number, order.net, lines.join("+"))
        })
        .collect()
}

#[test]
fn rows_of_one_key_become_one_event_even_with_a_stray_between() {
    let (book, done) = grouped("1,A,x,2,1.5\n1,A,y,1,0.001\n2,,z,1,4\n1,A,w,-1,1\n3,B,v,1,1\n");
    assert_eq!(orders(&book), ["2 4.00 EUR z", "1 2.001 EUR x+y+w", "3 1.00 EUR v"]);
    let opened: Vec<(String, bool)> = book
        .bodies("account_opened")
        .into_iter()
        .filter_map(|body| match body {
            EventBody::AccountOpened(opened) => Some((opened.name.clone(), opened.unassigned)),
            _ => None,
        })
        .collect();
    let expected = [("Nobody", true), ("A", false), ("B", false)];
    assert_eq!(opened, expected.map(|(name, unassigned)| (name.to_owned(), unassigned)));
    assert_eq!(done.report.rows_rejected, 0);
}

#[test]
fn a_row_that_comes_after_its_group_was_closed_is_rejected() {
    let (book, done) = grouped("1,A,x,1,1\n2,A,x,1,1\n3,A,x,1,1\n1,A,late,1,1\n");
    assert_eq!(book.bodies("order_placed").len(), 3);
    assert_eq!(
        done.rejected(),
        ["5 No 1: `1` ended in line 2, with 2 other groups begun or continued since, and went in \
          without this row; sort the file by this column or raise `window`"]
    );
}

#[test]
fn one_bad_row_rejects_its_whole_group_and_nothing_else() {
    let (book, done) = grouped("1,A,x,1,1\n1,A,y,one,1\n1,A,z,1,1\n2,A,x,1,1\n");
    assert_eq!(orders(&book), ["2 1.00 EUR x"]);
    let [first, second, third] = done.rejected().try_into().unwrap();
    assert_eq!(first, "2  : belongs together with line 3 of `lines.csv`, which is rejected");
    assert!(second.starts_with("3 Count one: no number"), "{second}");
    assert_eq!(third, "4  : belongs together with line 3 of `lines.csv`, which is rejected");
    assert_eq!(done.report.rows_rejected, 3);
}

#[test]
fn an_order_cut_off_with_its_file_is_rejected_whole() {
    let (book, done) = grouped("1,A,x,1,1\n2,A,x,1,1\n2,A,y");
    assert_eq!(orders(&book), ["1 1.00 EUR x"]);
    assert_eq!(done.report.rows_rejected, 2);
    let (book, done) = grouped("1,A,x,1,1\n2,A,x,1,1\n2,A,\"y");
    assert_eq!(orders(&book), ["1 1.00 EUR x"]);
    assert_eq!(done.report.rows_rejected, 2);
}

#[test]
fn groups_that_are_open_when_an_archive_breaks_are_rejected() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(b"No,Client,Product,Count,Price\n").unwrap();
    for row in 0..4000 {
        writeln!(packed, "{},A,x,1,1", row / 2).unwrap();
    }
    let packed = packed.finish().unwrap();
    let mut book = Book::default();
    let half = &packed[..packed.len() / 2];
    let done = import(GROUPED, &[("lines.csv", half)], &mut book);
    let orders = u64::try_from(book.bodies("order_placed").len()).unwrap();
    assert!(orders > 100);
    assert_eq!(done.report.rows_read, 2 * orders + done.report.rows_rejected);
    assert!((3..=4).contains(&done.report.rows_rejected), "{:?}", done.rejected());
    assert!(done.rejected()[0].contains("the file breaks off before it is known"));
    assert!(done.error().contains("breaks off after line"));
}

#[test]
fn a_row_without_a_key_stands_alone() {
    let (book, done) = grouped("1,A,x,1,1\n,A,y,1,1\n");
    assert_eq!(orders(&book), ["1 1.00 EUR x"]);
    assert_eq!(done.rejected(), ["3 No : empty, and rows are grouped by it"]);
}

const JOINED: &str = r#"
    system = "shop"
    [[table]]
    name = "orders"
    files = "orders.csv"
    currency = "{Currency}"
    id = "{No}"
    stream = { account = "{Client}" }
    effective = "2024-01-01"
    when = { Client = { not = "TEST" } }
    [table.lines]
    files = "lines.csv"
    by = "{Order}"
    header_by = "{No}"
    format = { decimal = "," , delimiter = ";" }
    [[table.event]]
    type = "order_placed"
    body.order = { id = "{No}", of = "order" }
    body.number = "{No}"
    body.net = { sum = { value = "{Net}" } }
    [table.event.each.lines]
    product = "{Product}"
    description = "for {header.Client}"
    quantity = "1"
    net = { value = "{Net}" }
"#;

fn joined(orders: &str, lines: &str) -> (Book, Done) {
    let mut book = Book::default();
    let orders = format!("No,Client,Currency\n{orders}");
    let lines = format!("Order;Product;Net\n{lines}");
    let files: [(&str, &[u8]); 2] =
        [("lines.csv", lines.as_bytes()), ("orders.csv", orders.as_bytes())];
    let done = import(JOINED, &files, &mut book);
    (book, done)
}

#[test]
fn a_header_finds_its_lines() {
    let (book, done) =
        joined("9,A,EUR\n10,TEST,EUR\n11,B,USD\n", "9;x;1,5\n9;y;2\n10;t;1\n11;z;3\n");
    assert_eq!(orders(&book), ["9 3.50 EUR x+y", "11 3.00 USD z"]);
    assert_eq!((done.report.rows_read, done.report.rows_skipped), (7, 2));
    let [EventBody::OrderPlaced(order), _] = book.bodies("order_placed")[..] else { panic!() };
    assert_eq!(order.lines[0].description.as_deref(), Some("for A"));
}

#[test]
fn lines_without_header_and_headers_without_lines_are_rejected() {
    let (book, done) =
        joined("1,A,EUR\n2,A,EUR\n2,A,EUR\n3,A,EUR\n", "0;x;1\n1;x;1\n2;x;1\n4;x;1\n");
    assert_eq!(book.bodies("order_placed").len(), 2);
    assert_eq!(
        done.rejected(),
        [
            "2 Order 0: is not in `orders.csv`, or its row there is rejected",
            "4 No 2: is there twice in this file",
            "5 No 3: has no line in `lines.csv`; if that may be, say optional = true",
            "5 Order 4: is not in `orders.csv`, or its row there is rejected",
        ]
    );
}

#[test]
fn a_bad_line_rejects_its_order() {
    let (book, done) = joined("1,A,EUR\n2,A,EUR\n", "1;x;1.5\n1;y;1\n2;x;1\n");
    assert_eq!(orders(&book), ["2 1.00 EUR x"]);
    assert_eq!(done.report.rows_rejected, 3);
    let (book, done) = joined("1,A,EUR\n2,A,EUR\n", "1;x;1\n2;x;1\n2;y");
    assert_eq!(orders(&book), ["1 1.00 EUR x"]);
    assert_eq!(done.report.rows_rejected, 3);
}

#[test]
fn disorder_stops_the_import_where_it_is() {
    let (book, done) = joined("1,A,EUR\n2,A,EUR\n3,A,EUR\n", "1;x;1\n3;x;1\n2;x;1\n");
    assert_eq!(orders(&book), ["1 1.00 EUR x"]);
    assert_eq!(
        done.error(),
        "`lines.csv`, line 4, column `Order`: `2` comes after `3`; sort the file by that column"
    );
    let (_, done) = joined("2,A,EUR\n1,A,EUR\n", "1;x;1\n2;x;1\n");
    assert!(done.error().starts_with("`orders.csv`, line 3, column `No`: `1` comes after `2`"));
}
