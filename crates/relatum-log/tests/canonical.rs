//! The stored form: any commit is stored canonically, and no changed byte goes unnoticed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use relatum_log::{
    ByteSize, CommitBytes, CorruptionKind, Cursor, EventData, EventLog, EventType, ExpectedVersion,
    IdempotencyKey, ManualClock, MemoryLog, NewCommit, NewEvent, StreamId, StreamKind, StreamWrite,
};
use uuid::Uuid;

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn event() -> impl Strategy<Value = NewEvent> {
    let key = "\\PC{1,20}".prop_filter_map("a key", |key| key.parse::<IdempotencyKey>().ok());
    ("[a-z][a-z0-9_]{0,63}", any::<u16>(), proptest::option::of(key), json(), any::<bool>())
        .prop_map(|(event_type, schema, key, data, pretty)| {
            let text = if pretty { format!("{data:#}") } else { data.to_string() };
            let event_type: EventType = event_type.parse().unwrap();
            NewEvent { event_type, schema, key, data: EventData::from_json(&text).unwrap() }
        })
}

fn stored(writes: Vec<Vec<NewEvent>>) -> CommitBytes {
    let log = MemoryLog::new(ManualClock::at("2026-11-23T20:48:21.000001Z".parse().unwrap()));
    let write = |(of, events)| StreamWrite {
        stream: StreamId::new(StreamKind::of("account"), Uuid::from_u128(of)),
        expected: ExpectedVersion::NoStream,
        events,
    };
    let writes = (1..).zip(writes).map(write).collect();
    // Two generated keys may collide, which is another test's business.
    let _ = log.submit(NewCommit::Write(writes)).wait();
    let block = log.read(Cursor::start(), ByteSize::mib(1)).wait().unwrap();
    block.commits.into_iter().next().map_or(CommitBytes::new(*b""), |commit| commit.bytes)
}

proptest! {
    #[test]
    fn what_is_stored_is_canonical_and_gives_back_what_was_offered(
        writes in proptest::collection::vec(proptest::collection::vec(event(), 1..5), 1..5),
    ) {
        let bytes = stored(writes.clone());
        prop_assume!(!bytes.as_slice().is_empty());
        let view = bytes.canonical_view().unwrap();
        let mut offered = writes.into_iter().flatten();
        for read in &view.events {
            // Events that repeat a key of the same write are answered, not stored.
            let same = |event: &NewEvent| {
                event.event_type.as_str() == read.event_type
                    && event.schema == read.schema
                    && event.key.as_ref().map(IdempotencyKey::as_str) == read.key.as_deref()
                    && event.data.as_str() == read.data
            };
            prop_assert!(offered.any(|event| same(&event)));
        }
        prop_assert!(!bytes.as_slice().contains(&b'\n'));
    }

    #[test]
    fn no_byte_can_be_inserted_or_removed_unnoticed(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let event = NewEvent {
            event_type: EventType::of("call_held"),
            schema: 1,
            key: Some("crm:call:17".parse().unwrap()),
            data: EventData::from_json("{}").unwrap(),
        };
        let good = stored(vec![vec![event]]);
        let place = at.index(good.as_slice().len());
        for change in [vec![byte, good.as_slice()[place]], vec![]] {
            let mut bytes = good.as_slice().to_vec();
            bytes.splice(place..=place, change);
            let bytes = CommitBytes::new(bytes);
            // Another valid commit is possible (a longer key), another spelling of this one is not.
            if let Ok(view) = bytes.canonical_view() {
                let same = good.view().unwrap();
                prop_assert_ne!(format!("{view:?}"), format!("{same:?}"));
            }
        }
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = CommitBytes::new(bytes).canonical_view();
    }
}

#[test]
fn a_fault_is_placed_where_it_is() {
    let good = concat!(
        r#"{"format":1,"recorded_at":"2026-11-23T20:48:21.000001Z","#,
        r#""writes":[{"stream":"account/67e55044-10b1-426f-9247-bb680e5fe0c8","version":1}],"#,
        r#""events":[{"type":"call_held","schema":1,"data":{"a":1}}]}"#,
    );
    let fault = |text: String| CommitBytes::new(text.into_bytes()).canonical_view().unwrap_err();
    CommitBytes::new(good.as_bytes()).canonical_view().unwrap();

    let CorruptionKind::NotCanonical { byte } = fault(good.replace("\"a\":1", "\"a\": 1")) else {
        panic!("white space in the data");
    };
    assert_eq!(&good[byte..byte + 3], "{\"a");
    let CorruptionKind::NotCanonical { byte } = fault(good.replace(",\"events", ", \"events"))
    else {
        panic!("white space in the header");
    };
    assert_eq!(&good[byte..byte + 7], "\"events");
    let CorruptionKind::NotACommit { byte } = fault(good.replace("call_held", "Call")) else {
        panic!("no event type");
    };
    assert_eq!(&good[byte..byte + 4], "call");
    let CorruptionKind::NotACommit { byte } = fault(good[..100].to_owned()) else {
        panic!("broken off");
    };
    assert_eq!(byte, 99);
}
