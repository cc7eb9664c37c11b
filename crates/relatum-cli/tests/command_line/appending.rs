//! Facts in, by hand or by a program: what goes in, what is flagged, what is refused.

use serde_json::{Value, json};

use crate::support::{ACCOUNT, Place, invoice, payment};

fn outcomes(document: &Value) -> Vec<(u64, &str, Option<&str>)> {
    let lines = document["lines"].as_array().unwrap();
    let told = lines.iter().map(|line| {
        let number = line["line"].as_u64().unwrap();
        (number, line["outcome"].as_str().unwrap(), line["code"].as_str())
    });
    told.collect()
}

#[test]
fn facts_go_in_once_and_what_a_decision_would_refuse_is_flagged() {
    let place = Place::empty();
    let lines = [invoice(1, 119_000), "\n".to_owned(), payment(1, 200_000)].concat();
    let first = place.run_with_input(&["log", "append", "--json"], &lines);
    assert_eq!(first.code, 0, "{first:?}");
    let document = first.json();
    assert_eq!(outcomes(&document), [(1, "recorded", None), (3, "recorded", None)]);
    assert_eq!(document["lines"][0]["event"], format!("{ACCOUNT}@1"));
    assert_eq!(document["lines"][0]["flags"], Value::Null);
    assert_eq!(
        document["lines"][1]["flags"],
        "above_open: document 00000000-0000-4000-8000-000000000001 has 1190.00 EUR open, \
         2000.00 EUR was applied"
    );
    let before = place.log();
    let again = place.run_with_input(&["log", "append", "-", "--json"], &lines);
    let document = again.json();
    let already = "already_recorded";
    assert_eq!(outcomes(&document), [(1, already, None), (3, already, None)]);
    assert_eq!(place.log(), before);
    let flags = place.run(&["report", "flags", "--json"]).json();
    assert_eq!(flags["lines"].as_array().map(Vec::len), Some(1), "{flags}");
    assert_eq!(flags["lines"][0]["code"], "above_open");
}

#[test]
fn a_decision_refuses_with_the_numbers_that_refused() {
    let place = Place::empty();
    let lines = [invoice(1, 119_000), invoice(2, -500), payment(1, 200_000), payment(1, 19_000)];
    let ran = place.run_with_input(&["log", "append", "--decide", "--json"], lines.concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    let document = ran.json();
    assert_eq!(
        outcomes(&document),
        [
            (1, "recorded", None),
            (2, "refused", Some("gross_not_positive")),
            (3, "refused", Some("above_open")),
            (4, "recorded", None),
        ]
    );
    let reason = |line: usize| document["lines"][line]["reason"].as_str().unwrap();
    assert_eq!(reason(1), "gross is -5.00 EUR; it must be above zero");
    assert_eq!(
        reason(2),
        "document 00000000-0000-4000-8000-000000000001 has 1190.00 EUR open, 2000.00 EUR was \
         applied"
    );
    assert_eq!(place.log().lines().count(), 2, "what was refused left nothing");
}

#[test]
fn a_line_that_is_not_understood_is_refused_and_the_others_go_in() {
    let place = Place::empty();
    let with = |change: fn(&mut Value)| {
        let mut line: Value = serde_json::from_str(&invoice(3, 100)).unwrap();
        change(&mut line);
        line.to_string() + "\n"
    };
    let lines = [
        invoice(1, 100).into_bytes(),
        b"no json\n".to_vec(),
        b"\xff\xfe\n".to_vec(),
        with(|line| line["type"] = "invoice_isued".into()).into_bytes(),
        with(|line| line["event"]["body"]["gros"] = json!(1)).into_bytes(),
        with(|line| line["event"]["body"]["gross"]["currency"] = "XYZ".into()).into_bytes(),
        with(|line| line["event"]["effective"] = "2026-02-31".into()).into_bytes(),
        with(|line| line["remark"] = "surplus".into()).into_bytes(),
        with(|line| line["stream"] = "account".into()).into_bytes(),
        with(|line| line["event"]["amends"] = Value::Null).into_bytes(),
    ];
    let ran = place.run_with_input(&["log", "append", "--json"], lines.concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    let document = ran.json();
    assert_eq!((&document["recorded"], &document["refused"]), (&json!(2), &json!(8)));
    let reason = |line: u64| {
        let lines = document["lines"].as_array().unwrap();
        let line = lines.iter().find(|told| told["line"] == line).unwrap();
        line["reason"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(reason(2), "expected ident at line 1 column 2");
    assert_eq!(reason(3), "the line is not UTF-8 from byte 1 on");
    assert_eq!(reason(4), "`invoice_isued` is no event type; `relatum schema` lists them");
    assert_eq!(
        reason(5),
        "`invoice_issued` has no field `body.gros`; `relatum schema invoice_issued` prints its form"
    );
    assert!(
        reason(6)
            .contains("`XYZ` is no ISO 4217 currency with a minor unit; write a code like EUR"),
        "{}",
        reason(6)
    );
    assert!(reason(7).starts_with("not a valid `invoice_issued`: "), "{}", reason(7));
    assert!(reason(8).starts_with("unknown field `remark`"), "{}", reason(8));
    assert!(reason(9).contains("`account` is no stream; write it as kind/uuid"), "{}", reason(9));
    assert_eq!(reason(10), "", "a field that says nothing may be spelt out");
}

#[test]
fn the_same_id_with_another_content_is_refused_and_both_are_shown() {
    let place = Place::empty();
    assert_eq!(place.run_with_input(&["log", "append"], invoice(1, 100)).code, 0);
    let before = place.log();
    for decide in [&[][..], &["--decide"]] {
        let command = [&["log", "append", "--json"], decide].concat();
        let ran = place.run_with_input(&command, invoice(1, 200));
        assert_eq!(ran.code, 1, "{ran:?}");
        let document = ran.json();
        let reason = document["lines"][0]["reason"].as_str().unwrap();
        let said = format!("the key `erp:R-1:invoice_issued` already names {ACCOUNT}@1, which is ");
        assert!(reason.starts_with(&said), "{reason}");
        assert!(reason.contains("\"minor\":100") && reason.contains("\"minor\":200"), "{reason}");
        assert_eq!(place.log(), before);
    }
}

#[test]
fn a_schema_that_is_printed_names_what_a_line_needs() {
    let schema = Place::empty().run(&["schema", "invoice_issued", "--json"]).json();
    let required = schema["required"].as_array().unwrap();
    for field in ["effective", "actor", "source", "body"] {
        assert!(required.contains(&field.into()), "{field} in {required:?}");
    }
}

#[test]
fn a_payment_that_names_nothing_is_allocated_by_the_tenants_rule() {
    let place = Place::empty();
    let mut on_account: Value = serde_json::from_str(&payment(1, 19_000)).unwrap();
    let body = on_account["event"]["body"].as_object_mut().unwrap();
    body.remove("applications");
    let lines = format!("{}{on_account}\n", invoice(1, 119_000));
    let ran = place
        .run_with_input(&["log", "append", "--decide", "--allocate", "by-policy", "--json"], lines);
    assert_eq!(ran.code, 0, "{ran:?}");
    let items =
        place.run(&["report", "aging", "--items", "--as-of", "2030-01-01", "--json"]).json();
    let open: Vec<&Value> =
        items["items"].as_array().unwrap().iter().map(|it| &it["open"]["amount"]).collect();
    assert_eq!(open, ["1000.00"], "the oldest due first where no rule was set");
    let ran = place.run_with_input(&["log", "append", "--allocate", "by-policy"], "");
    assert_eq!(ran.code, 2, "only with --decide");
}
