//! Drafts: what is guessed of a file, and that the guess is a mapping that runs.

use std::path::PathBuf;

use relatum_import::{Input, Mapping, draft};

use crate::book::{Book, Done, import_inputs};

fn drafted(name: &str, bytes: &[u8]) -> String {
    draft(vec![Input::bytes(name, bytes)]).unwrap().text
}

/// Drafts, imports by the draft, and returns all three.
fn ran(name: &str, bytes: &[u8]) -> (String, Book, Done) {
    let text = drafted(name, bytes);
    let mapping = Mapping::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut book = Book::default();
    let done = import_inputs(&mapping, vec![Input::bytes(name, bytes)], &mut book);
    assert!(done.result.is_ok(), "{:?}\n{text}", done.result);
    (text, book, done)
}

#[test]
fn a_german_list_of_invoices() {
    let file = "Rechnungsnr.;Kunde;Rechnungsdatum;Fälligkeitsdatum;Betrag;Währung;Sachbearbeiter\n\
                R-1;Nord GmbH;05.02.2024;13.02.2024;1.234,50;EUR;Frau X\n\
                R-2;Nord GmbH;06.02.2024;14.03.2024;0,99;EUR;Frau Y\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(file);
    let (text, book, done) = ran("Rechnungen 2024-02.csv", &bytes);
    assert_eq!(done.report.rows_rejected, 0, "{:?}\n{text}", done.rejected());
    assert_eq!(
        book.told("invoice_issued", &["body/due", "body/gross/minor", "body/gross/currency"]),
        ["2024-02-05 R-1: 2024-02-13 | 123450 | EUR", "2024-02-06 R-2: 2024-03-14 | 99 | EUR"]
    );
    assert_eq!(book.told("account_opened", &["body/name"]), ["2024-02-05 Nord GmbH: Nord GmbH"]);
    for said in [
        "delimiter = \";\"",
        "encoding = \"windows-1252\"",
        "Decimals stand behind a comma: 1.234,50 in line 2 of `Betrag`.",
        "13.02.2024 in line 2 was seen, so day first",
        "`Rechnungsdatum`: points between the numbers are a custom of day first; 2 values could be \
         either",
        "files = \"Rechnungen *-*.csv\"",
    ] {
        assert!(text.replace("\n# ", " ").contains(said), "{said}\n{text}");
    }
    // Nobody said that this column may go in clear.
    let sealed = book.told("invoice_issued", &["metadata/unmapped/clear/text"]);
    assert_eq!(sealed[0], "2024-02-05 R-1: {\"Sachbearbeiter\":\"Frau X\"}");
}

#[test]
fn of_several_days_the_one_called_like_the_event_is_meant() {
    let file = "customer,GoPaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,PaidOn\n\
                A,7/19/2021,017,3/4/2022,4/3/2022,120.50,3/30/2022\n\
                B,9/2/2020,018,3/25/2022,4/24/2022,8.05,4/29/2022\n";
    let (text, book, done) = ran("receivables.csv", file.as_bytes());
    assert_eq!(done.report.rows_rejected, 0, "{:?}\n{text}", done.rejected());
    assert_eq!(
        book.told("invoice_issued", &["body/due", "body/gross/minor"]),
        ["2022-03-04 017: 2022-04-03 | 12050", "2022-03-25 018: 2022-04-24 | 805"]
    );
    assert!(text.contains("# `InvoiceDate` is the day: its name says `invoice` and `date`."));
    // The day on which a deal ends is not the one on which it began.
    let file = "Deal ID,Company,Deal Stage,Deal Close Date,Last Day,Deal Date\n\
                D1,A,Won,2024-05-01,2024-04-01,2024-02-01\n";
    let (_, book, _) = ran("deals.csv", file.as_bytes());
    assert_eq!(book.told("opportunity_opened", &["body/stage"]), ["2024-02-01 D1: Won"]);
}

#[test]
fn two_orders_of_day_and_month_in_one_column_are_told() {
    let file = "id,customer,date,amount\n1,A,13/02/2024,5.00\n2,A,02/14/2024,6.00\n\
                3,A,03/04/2024,7.00\n4,A,25/12/2024,8.00\n";
    let (text, book, done) = ran("orders.csv", file.as_bytes());
    let flat = text.replace("\n# ", " ");
    for said in [
        "CHECK: `date` has two orders of day and month",
        "2 values begin with the day (13/02/2024 in line 2), 1 with the month (02/14/2024 in line \
         3)",
        "1 value could be either (line 4)",
        "CHECK: no column names the currency.",
    ] {
        assert!(flat.contains(said), "{said}\n{text}");
    }
    assert_eq!(book.told("order_placed", &[]).len(), 3);
    let rejected = done.rejected();
    assert!(rejected.len() == 1 && rejected[0].starts_with("3 date 02/14/2024"), "{rejected:?}");
}

#[test]
fn a_pipeline_in_american_writing() {
    let file = "Deal ID,Company,Deal Name,Stage,Deal Value,Close Date,Created,Sales Rep\n\
                D1,Acme,Big,Offer,\"$1\",2024-05-01,01/31/2024 10:15,Ann\n\
                D2,Acme,Small,,\"12,000.50\",2024-06-01,02/01/2024 11:00,Bob\n";
    let file = file.replace("\"$1\"", "1");
    let (text, book, done) = ran("pipeline.csv", file.as_bytes());
    assert_eq!(done.report.rows_rejected, 0, "{:?}\n{text}", done.rejected());
    let told = book.told("opportunity_opened", &["body/name", "body/stage", "body/value/micro"]);
    assert_eq!(told[1].split_once(' ').unwrap().1, "D2: Small | open | 12000500000", "{text}");
    assert!(text.contains("personal = true"), "{text}");
}

#[test]
fn anything_with_a_header_row_makes_a_draft_that_runs() {
    for file in [
        "a\n1\n",
        "a,b\n,\n",
        "x{y},z\n1,2\n",
        "\"a\"\"b\",c\\d\n1,2\n",
        "'''\n\"\"\"\"\n",
        "date\n2024-01-01\n",
        "amount\n5\n",
        "id\tname\n1\tA\n",
        "stage\nnew\n",
        "payment,amount\n1,5\n1,5\n",
        "only header\n",
    ] {
        let (text, _, _) = ran("some file.csv", file.as_bytes());
        assert!(text.contains("[[table]]"), "{file:?}");
    }
    let doubled = draft(vec![Input::bytes("x.csv", "a,a\n1,2\n")]).unwrap_err().to_string();
    assert!(doubled.contains("gives no column a name of its own"), "{doubled}");
    assert!(draft(vec![Input::bytes("x.csv", "")]).unwrap_err().to_string().contains("is empty"));
}

#[test]
fn layouts_of_the_vendors_are_recognised() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seen = 0;
    for (vendor, preset) in [
        ("salesforce", "salesforce"),
        ("hubspot", "hubspot"),
        ("hubspot-de", "hubspot"),
        ("zoho", "zoho"),
    ] {
        for entry in folder.join(vendor).read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let preset = if name.starts_with("report") { "salesforce-report" } else { preset };
            let drafted = draft(vec![Input::path(&path)]).unwrap();
            assert_eq!(drafted.preset, Some(preset), "{name}: {}", drafted.text);
            assert!(drafted.text.contains(&format!("relatum import --mapping {preset} ")));
            seen += 1;
        }
    }
    assert!(seen > 20);
    let own = draft(vec![Input::bytes("x.csv", "Id,Name,Type,Industry,Website\n1,A,b,c,d\n")]);
    assert_eq!(own.unwrap().preset, None);
}

#[test]
fn sheets_of_a_workbook_become_tables() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Payments").unwrap();
    for (at, name) in ["Payment no", "Customer", "Paid on date", "Amount"].into_iter().enumerate() {
        sheet.write(0, u16::try_from(at).unwrap(), name).unwrap();
    }
    sheet.write(1, 0, "P1").unwrap();
    sheet.write(1, 1, "A").unwrap();
    let day = rust_xlsxwriter::ExcelDateTime::parse_from_str("2024-02-29").unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy");
    sheet.write_with_format(1, 2, day, &format).unwrap();
    sheet.write(1, 3, 12.5).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let (text, book, _) = ran("cash.xlsx", &bytes);
    assert!(text.contains("sheet = \"Payments\""), "{text}");
    assert_eq!(
        book.told("payment_received", &["body/amount/minor"]),
        ["2024-02-29 P1: 1250"],
        "{text}"
    );
}

const OPEN_ITEMS: &str = "Rechnungsnr;Kunde;Datum;Fällig;Betrag;Währung\n\
                          R-1;Nord;29.02.2024;29.03.2024;1.234,50;EUR\n\
                          R-2;Süd;13.03.2024;12.04.2024;99,90;EUR\n";

#[test]
fn titles_above_and_a_sum_below_are_seen() {
    let file = format!("Offene Rechnungen\nStand: 30.11.2024\n\n{OPEN_ITEMS}Summe;;;;1.334,40;\n");
    let (text, book, done) = ran("offen.csv", file.as_bytes());
    for said in ["skip_lines = 3", "The columns are named in line 4.", "footer = [\"Summe\"]"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert_eq!(done.report.rows_rejected, 0, "{:?}\n{text}", done.rejected());
    assert_eq!(
        book.told("invoice_issued", &["body/gross/minor"]),
        ["2024-02-29 R-1: 123450", "2024-03-13 R-2: 9990"]
    );
}

#[test]
fn what_spreadsheets_write_is_read() {
    let units: Vec<u16> =
        format!("\u{feff}{}", OPEN_ITEMS.replace(';', "\t")).encode_utf16().collect();
    let utf16: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let said = format!("sep=;\r\n{OPEN_ITEMS}").into_bytes();
    for bytes in [utf16, said] {
        let (text, book, done) = ran("offen.csv", &bytes);
        assert_eq!(done.report.rows_rejected, 0, "{:?}\n{text}", done.rejected());
        assert_eq!(
            book.told("account_opened", &["body/name"]),
            ["2024-02-29 Nord: Nord", "2024-02-29 Süd: Süd"]
        );
        assert_eq!(book.counts()["invoice_issued"], 2, "{text}");
    }
}

#[test]
fn sheets_of_other_shapes_do_not_share_a_pattern() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let mut sheet = |name: &str, rows: &[&[&str]]| {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, cells) in rows.iter().enumerate() {
            for (at, cell) in cells.iter().enumerate() {
                let (row, at) = (u32::try_from(row).unwrap(), u16::try_from(at).unwrap());
                sheet.write(row, at, *cell).unwrap();
            }
        }
    };
    sheet("2023", &[&["Invoice No", "Customer", "Date", "Amount"], &["1", "A", "2023-01-31", "5"]]);
    sheet("Notes", &[&["Customer", "Country"], &["A", "Norway"]]);
    let bytes = workbook.save_to_buffer().unwrap();
    let (text, book, _) = ran("book.xlsx", &bytes);
    assert!(text.contains("sheet = \"2023\""), "{text}");
    assert_eq!(book.counts()["invoice_issued"], 1, "{text}");
}

#[test]
fn a_column_of_days_may_have_others_in_it() {
    let file = "Invoice,Customer,Date,Amount\n1,A,2024-02-29,5\n2,A,13.03.2024,5\n3,A,45400,5\n";
    let (text, book, done) = ran("invoices.csv", file.as_bytes());
    assert!(text.contains("CHECK: 1 values of `Date` are no days; they are rejected."), "{text}");
    assert_eq!(book.told("invoice_issued", &[]), ["2024-02-29 1: ", "2024-03-13 2: "], "{text}");
    assert_eq!(done.report.rows_rejected, 1, "never a day that nobody wrote");
}
