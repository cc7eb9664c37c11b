//! Target: a commit as it is stored.

use relatum_domain::Event;
use relatum_log::{CommitBytes, CommitView, leaf};

use crate::target::fuzz;

#[test]
fn any_bytes_are_answered() {
    fuzz("commit", 1, answered);
}

fn answered(bytes: &[u8]) {
    let commit = CommitBytes::new(bytes);
    let leaves = commit.leaves().map(<[_]>::len);
    if let Ok(leaves) = leaves.clone() {
        assert!((0..leaves).all(|index| leaf(bytes, index).is_some()), "a leaf can be shown");
        assert_eq!(leaf(bytes, leaves), None);
    }
    let Ok(view) = commit.view() else {
        assert!(commit.canonical_view().is_err(), "what cannot be read has no spelling");
        return;
    };
    assert!(view.event_count() > 0);
    assert_eq!(view.event_count(), view.events.len() as u64);
    for event in &view.events {
        // Whatever the data is: an event, or an error.
        let _ = Event::decode(event.event_type, event.schema, event.data);
    }
    if commit.canonical_view().is_ok() {
        assert_eq!(String::from_utf8_lossy(bytes), spelt(&view));
        assert_eq!(leaves.ok(), Some(view.events.len()));
    }
}

/// The one spelling of a commit, as `docs/format.md` has it.
fn spelt(view: &CommitView<'_>) -> String {
    let write = |it: &relatum_log::WriteView| {
        format!(r#"{{"stream":"{}","version":{}}}"#, it.stream, it.version.0)
    };
    let event = |it: &relatum_log::EventView<'_>| {
        let write = (it.write > 0).then(|| format!(r#""write":{},"#, it.write));
        let key = it
            .key
            .as_ref()
            .map(|key| format!(r#""key":"{}","#, key.replace('\\', r"\\").replace('"', r#"\""#)));
        format!(
            r#"{{{}"type":"{}","schema":{},{}"data":{}}}"#,
            write.unwrap_or_default(),
            it.event_type,
            it.schema,
            key.unwrap_or_default(),
            it.data
        )
    };
    let writes: Vec<String> = view.writes.iter().map(write).collect();
    let events: Vec<String> = view.events.iter().map(event).collect();
    format!(
        r#"{{"format":1,"recorded_at":"{}","writes":[{}],"events":[{}]}}"#,
        view.recorded_at.format("%Y-%m-%dT%H:%M:%S%.6fZ"),
        writes.join(","),
        events.join(",")
    )
}
