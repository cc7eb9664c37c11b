//! What each converter makes of a text.

use serde_json::{Value as Json, json};

use crate::book::{Book, Done, import};

/// Imports one row of columns `a`, `b`, `c` by a rule; gives the JSON of its last event.
fn convert(rule: &str, row: &str) -> Result<Json, Vec<String>> {
    let mapping = format!(
        r#"
        system = "erp"
        [format]
        days = ["%d.%m.%Y"]
        instants = ["%d.%m.%Y %H:%M"]
        utc_offset = "+02:00"
        empty = ["NULL"]
        [maps.words]
        ja = "yes"
        [[table]]
        name = "t"
        files = "*"
        currency = "EUR"
        id = "{{a}}"
        stream = {{ account = "{{a}}" }}
        effective = "2024-01-01"
        [[table.event]]
        {rule}
        "#
    );
    let mut book = Book::default();
    let file = format!("a,b,c\n{row}\n");
    let done: Done = import(&mapping, &[("t.csv", file.as_bytes())], &mut book);
    done.result.as_ref().unwrap();
    match book.events.last() {
        Some((_, event)) => Ok(serde_json::from_str(event.encode().unwrap().get()).unwrap()),
        None => Err(done.rejected()),
    }
}

fn payment(field: &str, row: &str) -> Result<Json, Vec<String>> {
    let rule = format!(
        "type = \"payment_received\"\nbody.payment = {{ id = \"{{a}}\", of = \"payment\" }}\n\
         {field}"
    );
    convert(&rule, row).map(|event| event["body"].clone())
}

#[test]
fn amounts() {
    for (field, row, minor) in [
        ("{ money = \"{b}\" }", "1,-12.50,", -1250),
        ("{ money = \"{b}\", negate = true }", "1,-12.50,", 1250),
        ("{ money = \"{b}\", round = \"half_up\" }", "1,1.005,", 101),
        ("{ money = \"{b}\", times = \"{c}\" }", "1,0.125,8", 100),
        ("{ money = [\"{b}\", \"{c}\"] }", "1,NULL,3", 300),
        ("{ money = \"{b}\", default = \"7\" }", "1, ,", 700),
        ("{ money = \"{b}\", currency = \"JPY\" }", "1,12,", 12),
        ("{ money = \"12.5\" }", "1,,", 1250),
    ] {
        let body = payment(&format!("body.amount = {field}"), row).unwrap();
        assert_eq!(body["amount"]["minor"], minor, "{field}");
    }
    let rejects = payment("body.amount = { money = \"{b}\", currency = \"{c}\" }", "1,5,XXX");
    let expected =
        "2 c XXX: `XXX` is no ISO 4217 currency with a minor unit; write a code like EUR";
    assert_eq!(rejects.unwrap_err(), [expected]);
    let rejects = payment("body.amount = { money = \"{b}\", times = \"{c}\" }", "1,0.125,1");
    assert!(rejects.unwrap_err()[0].contains("has digits below the minor unit"));
}

#[test]
fn texts_days_rates_and_flags() {
    let body = payment(
        r#"body.amount = { money = "1" }
        body.reference = { text = "{b}/{c}", strip_prefix = "x", strip_suffix = "9", case="upper" }
        body.value_day = { day = "01.02.2024", plus_days = 30 }
        body.base_rate = { rate = "12.5", percent = true }
        body.advance = { bool = "{b}", true = ["x1"], false = ["x2"] }
        body.note = { personal = "{c}", subject = { id = "{c}", of = "contact", personal = true } }
        body.method = { text = "{b}", map = { x1 = "card" } }"#
            .replace("\"01.02.2024\"", "\"2024-02-01\"")
            .as_str(),
        "1,x1,89",
    );
    let body = body.unwrap();
    assert_eq!(body["reference"], "1/8");
    assert_eq!(body["value_day"], "2024-03-02");
    assert_eq!(body["base_rate"], "0.125");
    assert_eq!((&body["advance"], &body["method"]), (&json!(true), &json!("card")));
    assert_eq!(body["note"]["clear"]["text"], "89");
    let digest = Book::default();
    let key = relatum_import::Sink::digester(&digest)("89");
    let subject = relatum_domain::derive("contact", "erp", &key).to_string();
    assert_eq!(body["note"]["clear"]["subject"], subject);
}

#[test]
fn header_fields() {
    let event = convert(
        r#"type = "account_closed"
        at = { instant = "{b}" }
        actor = { manager = "{c}" }
        effective = { day = "{c}", default = "2024-05-06" }
        metadata.origin = "{a}-{b}"
        body.reason = "gone""#,
        "1,01.07.2024 12:30,",
    );
    let event = event.unwrap();
    assert_eq!(event["at"], "2024-07-01T10:30:00Z");
    assert_eq!(event["actor"], json!({ "system": "import" }));
    assert_eq!(event["effective"], "2024-05-06");
    assert_eq!(event["source"], json!({ "system": "erp", "id": "1" }));
    assert_eq!(event["metadata"]["origin"], "1-01.07.2024 12:30");
}

#[test]
fn unknown_words_can_be_refused() {
    let field = r#"body.amount = { money = "1" }
        body.reference = { text = "{b}", map = "words", unmapped = "reject" }"#;
    assert_eq!(payment(field, "1,ja,").unwrap()["reference"], "yes");
    assert_eq!(payment(field, "1,nee,").unwrap_err(), ["2 b nee: the mapping knows only: ja"]);
    // A word that the event itself does not know is refused by the event.
    let field = "body.amount = { money = \"1\" }\nbody.method = \"{b}\"";
    let reject = payment(field, "1,wire,").unwrap_err();
    assert!(reject[0].contains("not a valid `payment_received`"), "{reject:?}");
}

#[test]
fn a_part_that_lacks_what_it_needs_names_the_column() {
    let field = r#"body.amount = { money = "1" }
        body."applications.0.document" = { id = "{b}", of = "document" }
        body."applications.0.amount" = { money = "{c}" }"#;
    let body = payment(field, "1,,").unwrap();
    assert!(body.get("applications").is_none());
    assert_eq!(
        payment(field, "1,7,").unwrap_err(),
        ["2 c : empty, and `applications.0.amount` of `payment_received` needs it"]
    );
}

#[test]
fn conditions() {
    for (when, row, holds) in [
        ("{ b = \"x\" }", "1,x,", true),
        ("{ b = [\"y\", \"x\"] }", "1,x,", true),
        ("{ b = { not = \"x\" } }", "1,x,", false),
        ("{ b = { empty = true } }", "1,,", true),
        ("{ b = { above = 0 }, c = { below = \"2.5\" } }", "1,1,2", true),
        ("{ b = { above = 0 } }", "1,0,", false),
        ("[{ b = \"x\" }, { c = { ends_with = \"z\" } }]", "1,y,xyz", true),
        ("{ b = { contains = \"b\", not_starts_with = \"a\" } }", "1,abc,", false),
    ] {
        let rule = format!("type = \"account_closed\"\nwhen = {when}\nbody.reason = \"gone\"");
        assert_eq!(convert(&rule, row).is_ok(), holds, "{when}");
    }
}

#[test]
fn two_facts_with_one_name_are_a_mistake_of_the_mapping() {
    let rule = "type = \"account_fact_stated\"\nbody.topic = \"x\"\nbody.fact = \"{b}\"\n\
                [[table.event]]\ntype = \"account_fact_stated\"\nname = \"second\"\n\
                body.topic = \"y\"\nbody.fact = \"{c}\"";
    let rejects = convert(rule, "1,x,y").unwrap_err();
    assert_eq!(
        rejects,
        ["2  : two rules say a `account_fact_stated` with the id `1`; give rule `second` an `id` \
          of its own"]
    );
}

#[test]
fn every_event_type_can_be_said_by_mapping_alone() {
    let rules = [
        r#"stream = "tenant"
        type = "policy_set"
        body."policy.aging.basis" = "due_date"
        body."policy.aging.bounds" = { const = [0, 30] }"#,
        r#"type = "credit_checked"
        body.agency = "{b}"
        body.result = "good"
        body.score = { secret = { integer = "{c}" } }"#,
        r#"stream = { team = "{b}" }
        type = "quota_set"
        body.kind = "active_clients"
        body."target.count" = { integer = "{c}" }
        body."end.day" = "2024-12-31""#,
        r#"type = "activity_held"
        body.activity = { id = "{a}", of = "activity" }
        body.kind = "visit"
        body.manager = { id = "{b}", of = "manager" }
        body.outcome = "positive"
        body.minutes = { integer = "{c}" }
        body."decisions.0" = { personal = "{b}" }
        body."next_step.due" = "2024-02-01""#,
        r#"type = "reversed"
        body."what.payment" = { id = "{b}", of = "payment" }
        body.reason = "bounced""#,
        r#"type = "invoice_issued"
        body.document = { id = "{a}", of = "document" }
        body.number = "{a}"
        body.gross = { money = "{c}" }
        body."tax.0.amount" = { money = "1" }
        body."lines.0.line.product" = "{b}"
        body."lines.0.line.quantity" = { quantity = "{c}" }
        body."lines.0.line.net" = { value = "{c}" }
        body."lines.0.line.discount" = { secret = { rate = "0.05" } }"#,
    ];
    for rule in rules {
        let event = convert(rule, "1,x,12.0").unwrap();
        assert!(event["body"].is_object(), "{event}");
    }
}

#[test]
fn a_personal_key_never_shows() {
    let rule = r#"stream = { account = "{b}", personal = true }
        id = { text = "{b}", personal = true }
        type = "account_opened"
        body.name = "client"
        body.stage = "client""#;
    let event = convert(rule, "1,Ann Other,").unwrap();
    assert!(!event.to_string().contains("Ann"), "{event}");
    let once = format!("once = true\n{}", rule.replace("id = ", "metadata.m = "));
    let event = convert(&once, "1,Ann Other,").unwrap();
    assert!(!event.to_string().contains("Ann"), "{event}");
}
