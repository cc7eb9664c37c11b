//! No bytes make an import panic, and every row is accounted for.

use proptest::prelude::*;
use relatum_import::{Import, Input, Mapping, Report};

use crate::book::Book;

const MAPPING: &str = r#"
    system = "any"
    [[table]]
    name = "rows"
    files = "*"
    currency = "EUR"
    id = "{a}"
    effective = { day = "{b}", default = "2024-01-01" }
    stream = { account = "{c}", unassigned = { name = "Nobody" } }
    GROUP
    [[table.event]]
    type = "account_opened"
    once = true
    body.name = "{c}"
    body.stage = "client"
    [[table.event]]
    type = "sales_adjusted"
    body.number = "{a}"
    body.net = { value = "{d}", default = "0" }
"#;

fn run(group: &str, bytes: Vec<u8>) -> Report {
    let mapping = Mapping::parse(&MAPPING.replace("GROUP", group)).unwrap();
    let mut rejects = Vec::new();
    let opened = Import::open(&mapping, vec![Input::bytes("any.csv", bytes)]);
    let Ok(mut import) = opened else { return Report::default() };
    import.run(&mut Book::default(), &mut rejects, &mut |_| {}).ok();
    import.report().clone()
}

fn rows() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b",".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"1,2024-02-30,A,1.5\n".to_vec()),
        Just(b"2,2024-02-29,A,1.5\n".to_vec()),
        Just(b"3,,,\n".to_vec()),
        Just(b"\xff\xe9".to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_at_all(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        run("", bytes.clone());
        run("group = { by = \"{a}\", window = 2 }", [b"a,b,c,d\n".as_slice(), &bytes].concat());
        // What claims to be packed.
        run("", [b"\x1f\x8b\x08".as_slice(), &bytes].concat());
    }

    #[test]
    fn nearly_good_files(bytes in rows()) {
        let file = [b"a,b,c,d\n".as_slice(), &bytes].concat();
        let report = run("", file.clone());
        let told = report.of("sales_adjusted");
        prop_assert_eq!(report.rows_read, report.rows_rejected + told.held());
        prop_assert_eq!(told.refused, told.refused.min(report.rows_rejected));
        run("group = { by = \"{a}\", window = 2 }", file);
    }

    #[test]
    fn any_text_is_a_mapping_or_an_error(text in "[\\[\\]{}=\"a-z.\n ]{0,200}") {
        Mapping::parse(&text).ok();
        Mapping::parse(&format!("{MAPPING}\nbody.reason = {text}").replace("GROUP", "")).ok();
    }
}
