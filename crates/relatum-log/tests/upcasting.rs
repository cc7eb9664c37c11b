//! Commits that were stored under an older schema are read as if they had been written today.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON object to set a field")]

use relatum_log::{
    CommitBytes, DecodeError, EventData, EventType, Position, StoredCommit, Upcasters, Version,
};
use serde_json::{Value, json};

/// A stored line of the first schema; never edit it.
const STORED: &str = include_str!("fixtures/visit_held_schema_1.jsonl");

fn stored() -> StoredCommit {
    let bytes = CommitBytes::new(STORED.trim_end().as_bytes());
    StoredCommit { position: Position::of(1), bytes }
}

/// Hours became minutes.
fn to_2(mut data: Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let hours = data.as_object_mut().and_then(|data| data.remove("hours"));
    let hours = hours.and_then(|hours| hours.as_u64()).ok_or("`hours` is no number")?;
    data["minutes"] = json!(hours * 60);
    Ok(data)
}

/// A visit has participants.
fn to_3(mut data: Value) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    data["participants"] = json!([]);
    Ok(data)
}

fn visit() -> EventType {
    EventType::of("visit_held")
}

#[test]
fn a_stored_commit_is_canonical_for_ever() {
    stored().bytes.canonical_view().unwrap();
}

#[test]
fn each_step_is_taken_and_the_rest_survives() {
    let envelope = stored().envelopes().unwrap().remove(0);
    let read = Upcasters::new().with(visit(), &[to_2, to_3]).apply(envelope.clone()).unwrap();
    assert_eq!(read.schema, 3);
    assert_eq!(
        read.data.as_str(),
        r#"{"effective":"2026-11-20","free":"kept","minutes":120,"participants":[]}"#
    );
    assert_eq!(read.clone().map(drop), {
        let mut same = envelope.map(drop);
        same.schema = 3;
        same
    });
}

#[test]
fn the_current_schema_passes_through_byte_for_byte() {
    let envelope = stored().envelopes().unwrap().remove(0);
    let read = Upcasters::new().with(visit(), &[]).apply(envelope.clone()).unwrap();
    assert_eq!(read, envelope);
}

#[test]
fn what_cannot_be_read_is_named() {
    let envelope = stored().envelopes().unwrap().remove(0);
    let unknown = Upcasters::new().apply(envelope.clone()).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "account/67e55044-10b1-426f-9247-bb680e5fe0c8@1 is of the type visit_held, which this \
         version does not know"
    );

    let known = Upcasters::new().with(visit(), &[to_2]);
    for schema in [0, 3] {
        let mut newer = envelope.clone();
        newer.schema = schema;
        let Err(DecodeError::UnknownSchema { event, schema: said, current, .. }) =
            known.apply(newer)
        else {
            panic!("schema {schema} is unknown");
        };
        assert_eq!((event.version, said, current), (Version(1), schema, 2));
    }

    let broken = envelope.map(|_| EventData::from_json(r#"{"hours":"two"}"#).unwrap());
    let Err(DecodeError::Payload { schema: 1, source, .. }) = known.apply(broken) else {
        panic!("the step must refuse");
    };
    assert_eq!(source.to_string(), "`hours` is no number");
}
