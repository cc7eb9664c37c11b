//! Workbooks: sheets as tables, cells as what a spreadsheet shows.

use relatum_import::{Input, Mapping};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::book::{Book, Done, import_inputs};

const MAPPING: &str = r#"
    system = "erp"
    [format]
    days = ["%d.%m.%Y"]
    decimal = ","
    thousands = "."
    [[table]]
    name = "deals"
    files = "Deals*"
    currency = "EUR"
    id = "{Id}"
    stream = { account = "{Client}" }
    effective = "{Day}"
    [[table.event]]
    type = "opportunity_won"
    body.opportunity = { id = "{Id}", of = "opportunity" }
    body.value = { value = "{Amount}" }
"#;

fn book(build: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Deals").unwrap();
    build(sheet);
    workbook.save_to_buffer().unwrap()
}

fn header(sheet: &mut Worksheet, row: u32) {
    for (at, name) in ["Id", "Client", "Day", "Amount"].into_iter().enumerate() {
        sheet.write(row, u16::try_from(at).unwrap(), name).unwrap();
    }
}

fn day(text: &str) -> ExcelDateTime {
    ExcelDateTime::parse_from_str(text).unwrap()
}

fn run(bytes: Vec<u8>, name: &str) -> (Book, Done) {
    let mut book = Book::default();
    let mapping = Mapping::parse(MAPPING).unwrap();
    let done = import_inputs(&mapping, vec![Input::bytes(name, bytes)], &mut book);
    (book, done)
}

#[test]
fn cells_are_read_as_a_spreadsheet_shows_them() {
    let date = Format::new().set_num_format("dd/mm/yyyy");
    let bytes = book(|sheet| {
        header(sheet, 0);
        // A number as an id, a day as a serial, a sum with noise.
        sheet.write(1, 0, 1.0).unwrap();
        sheet.write(1, 1, "A").unwrap();
        sheet.write_with_format(1, 2, day("2024-02-29"), &date).unwrap();
        sheet.write(1, 3, 0.1 + 0.2).unwrap();
        // A blank row, then texts in the format of the mapping, then a formula with its value.
        sheet.write(3, 0, "x2").unwrap();
        sheet.write(3, 1, "A").unwrap();
        sheet.write(3, 2, "01.03.2024").unwrap();
        sheet.write(3, 3, "1.234,56").unwrap();
        sheet.write(4, 0, "x3").unwrap();
        sheet.write(4, 1, "A").unwrap();
        sheet.write_with_format(4, 2, day("2024-03-02 23:59:59"), &date).unwrap();
        sheet.write_formula(4, 3, Formula::new("=1+1.5").set_result("2.5")).unwrap();
    });
    let (book, done) = run(bytes, "crm.xlsx");
    done.result.unwrap();
    assert_eq!(
        book.told("opportunity_won", &["body/value/micro"]),
        ["2024-02-29 1: 300000", "2024-03-01 x2: 1234560000", "2024-03-02 x3: 2500000"]
    );
}

#[test]
fn a_cell_that_tells_nothing_rejects_its_row_by_name() {
    let bytes = book(|sheet| {
        header(sheet, 0);
        for row in 1..5 {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, "A").unwrap();
            sheet.write(row, 2, "01.03.2024").unwrap();
        }
        sheet.write_formula(1, 3, Formula::new("=#REF!").set_result("#REF!")).unwrap();
        sheet.write(2, 3, 5).unwrap();
        sheet.write(3, 0, 4_876_876_000_000_312_001_u64).unwrap();
        sheet.write(3, 3, 5).unwrap();
        sheet.write(4, 3, 5).unwrap();
        sheet.write(4, 6, "beyond").unwrap();
    });
    let (book, done) = run(bytes, "crm.xlsx");
    let rejected = done.rejected();
    assert_eq!(book.events.len(), 1, "{rejected:?}");
    assert!(
        rejected[0].starts_with("2 Amount #REF!: cell Deals!D2 holds an error"),
        "{rejected:?}"
    );
    assert!(
        rejected[1].contains("cell Deals!A4 holds a number of more than 15 digits"),
        "{rejected:?}"
    );
    assert!(rejected[2].contains("the row has 7 columns, 4 are named"), "{rejected:?}");
    done.result.unwrap();
}

#[test]
fn merged_names_are_refused_with_advice() {
    let bytes = book(|sheet| {
        sheet.merge_range(0, 0, 0, 3, "Deals of May", &Format::new()).unwrap();
        sheet.write(1, 0, "1").unwrap();
    });
    let (_, done) = run(bytes, "crm.xlsx");
    assert_eq!(
        done.error(),
        "`crm.xlsx!Deals`, line 1: the header row has merged cells (A1:D1) in sheet `Deals`, so \
         that a name stands over several columns or rows; unmerge them and give each column its \
         own name, or say `skip_lines` if the names stand below"
    );
}

#[test]
fn a_title_and_filters_above_the_names_are_passed_over() {
    let bytes = book(|sheet| {
        sheet.merge_range(0, 0, 0, 3, "Deals of May", &Format::new()).unwrap();
        sheet.write(1, 0, "As of 31 May").unwrap();
        header(sheet, 3);
        sheet.write(4, 0, "7").unwrap();
        sheet.write(4, 1, "A").unwrap();
        sheet.write(4, 2, "01.03.2024").unwrap();
        sheet.write(4, 3, "x").unwrap();
        sheet.write(5, 0, "8").unwrap();
        sheet.write(5, 1, "A").unwrap();
        sheet.write(5, 2, "01.03.2024").unwrap();
        sheet.write(5, 3, 1).unwrap();
    });
    let (book, done) = run(bytes, "crm.xlsx");
    assert_eq!(book.told("opportunity_won", &[]), ["2024-03-01 8: "]);
    // The title and the day; the blank row was never one.
    assert_eq!((done.report.rows_read, done.report.rows_skipped), (4, 2));
    let rejected = done.rejected();
    assert!(rejected.len() == 1 && rejected[0].starts_with("5 Amount x: "), "{rejected:?}");
}

#[test]
fn sheets_are_tables_by_their_names() {
    let mut workbook = Workbook::new();
    for name in ["Cover", "Deals 2024"] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        header(sheet, 0);
        sheet.write(1, 0, name).unwrap();
        sheet.write(1, 1, "A").unwrap();
        sheet.write(1, 2, "01.03.2024").unwrap();
        sheet.write(1, 3, 1).unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let mut book = Book::default();
    let mapping =
        MAPPING.replace("files = \"Deals*\"", "files = \"crm*.xlsx\"\nsheet = \"Deals*\"");
    for mapping in [MAPPING.replace("[[table]]", "[[table]]\nwhen = {}"), mapping] {
        let Ok(mapping) = Mapping::parse(&mapping) else { continue };
        let file = Input::bytes("crm-2024.xlsx", bytes.clone());
        import_inputs(&mapping, vec![file], &mut book).result.unwrap();
    }
    assert_eq!(book.told("opportunity_won", &[]), ["2024-03-01 Deals 2024: "]);
}

#[test]
fn what_is_no_workbook_is_refused() {
    let (_, done) = run(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(), "Deals.xls");
    assert!(
        done.error().starts_with("`Deals.xls` is an old workbook (.xls) or one with a password")
    );
    let (_, done) = run(b"<html><table><tr><td>Id</td></tr></table></html>".to_vec(), "Deals.xls");
    assert!(done.error().contains("is HTML or XML"));
}

#[test]
fn any_damage_is_an_answer() {
    let good = book(|sheet| {
        header(sheet, 0);
        sheet.write(1, 0, "1").unwrap();
    });
    for at in (0..good.len()).step_by(37) {
        let mut bad = good.clone();
        bad[at] ^= 0x41;
        let _ = run(bad, "crm.xlsx");
    }
}
