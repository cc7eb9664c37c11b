//! The stored shapes: an event of every type as the log holds it, told by its JSON alone.
//!
//! The fixtures are written by hand and stay as they are. Where one no longer reads or comes back
//! changed, stored books no longer read either: that takes a new schema number and an upcaster.

use std::collections::BTreeSet;

use relatum_domain::{Event, EventType, PayloadError, VOCABULARY};
use serde_json::Value;

const FIXTURES: &str = include_str!("fixtures/events.jsonl");

#[derive(serde::Deserialize)]
struct Fixture {
    #[serde(rename = "type")]
    name: String,
    schema: u16,
    event: Value,
}

#[expect(clippy::unwrap_used, reason = "a fixture that does not read fails its test")]
fn fixtures() -> Vec<Fixture> {
    FIXTURES.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_type_of_the_vocabulary_has_its_fixture() {
    let told: BTreeSet<(String, u16)> =
        fixtures().into_iter().map(|it| (it.name, it.schema)).collect();
    let known = VOCABULARY.iter().map(|it| (it.name.to_owned(), it.schema));
    assert_eq!(told, known.collect());
}

#[test]
fn what_is_read_and_written_again_says_the_same() {
    for it in fixtures() {
        let event = Event::decode(&it.name, it.schema, &it.event.to_string()).unwrap();
        let body = &event.body;
        let entry = EventType::named(&it.name).unwrap();
        assert_eq!((body.event_type(), body.schema()), (entry.name, entry.schema));
        assert_eq!((body.family(), body.streams()), (entry.family, entry.streams));
        let written: Value = serde_json::from_str(event.encode().unwrap().get()).unwrap();
        assert_eq!(written, it.event, "{}", it.name);
        let again = Event::decode(&it.name, it.schema, &written.to_string()).unwrap();
        assert_eq!(again, event);
    }
}

#[test]
fn the_key_of_a_fact_tells_source_and_type() {
    let first = &fixtures()[0];
    let event = Event::decode(&first.name, first.schema, &first.event.to_string()).unwrap();
    assert_eq!(event.idempotency_key(&first.name), "erp:R-1001:account_opened");
}

#[test]
fn fields_of_a_later_day_are_ignored() {
    for it in fixtures() {
        let mut event = it.event.clone();
        event["later"] = Value::from(1);
        event["body"]["later"] = Value::from("x");
        let read = Event::decode(&it.name, it.schema, &event.to_string()).unwrap();
        let plain = Event::decode(&it.name, it.schema, &it.event.to_string()).unwrap();
        assert_eq!(read, plain, "{}", it.name);
    }
}

#[test]
fn what_is_no_event_is_refused_in_words() {
    let refused =
        |name: &str, schema, json: &str| Event::decode(name, schema, json).unwrap_err().to_string();
    assert_eq!(
        refused("sale_dreamt", 1, "{}"),
        "`sale_dreamt` is no event type; `relatum schema` lists them"
    );
    assert_eq!(
        refused("account_closed", 2, "{}"),
        "schema 2 of `account_closed` is not known here; the newest is 1"
    );
    assert_eq!(
        refused("account_closed", 1, "{\"effective\":\"2026-02-31\"}"),
        "not a valid `account_closed`: input is out of range at line 1 column 25"
    );
    let missing = Event::decode("account_closed", 1, "{}").unwrap_err();
    assert!(matches!(&missing, PayloadError::Shape { name, .. } if name == "account_closed"));
    assert_eq!(
        missing.to_string(),
        "not a valid `account_closed`: missing field `effective` at line 1 column 2"
    );
}

#[test]
fn amounts_are_never_written_as_floats() {
    fn floats(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.as_i64().is_none(),
            Value::Array(list) => list.iter().any(floats),
            Value::Object(fields) => fields.values().any(floats),
            _ => false,
        }
    }
    for it in fixtures() {
        // The terms of a rule of a later kind are kept as they are.
        let kept = it.event.pointer("/body/policy/named").is_some();
        assert!(kept || !floats(&it.event), "{}", it.name);
    }
    let half = FIXTURES.replace("\"minor\":5000", "\"minor\":5000.5");
    let read = half.lines().filter(|line| line.contains("5000.5")).map(|line| {
        let it: Fixture = serde_json::from_str(line).unwrap();
        Event::decode(&it.name, it.schema, &it.event.to_string()).is_ok()
    });
    assert_eq!(read.collect::<BTreeSet<_>>(), BTreeSet::from([false]));
}
