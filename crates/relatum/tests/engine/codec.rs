//! What is stored of an event: its own fields in their own order, sealed or not.

use relatum::domain::event::account::ContactAdded;
use relatum::domain::{ContactId, Derived, Personal};
use relatum::{Engine, EventRef, Version};

use crate::books::{account, adjusted, commits, event, record};

fn stored(engine: &Engine, at: usize) -> String {
    commits(engine)[at].envelopes().unwrap()[0].data.as_str().to_owned()
}

#[test]
fn sealing_leaves_the_fields_in_their_order() {
    let engine = Engine::in_memory().unwrap();
    record(&engine, 1, adjusted(0, "1")).unwrap();
    let contact = ContactId::derived("test", "1");
    let name = Personal::about(contact, "Ada");
    let (role, email, phone) = (Some("owner".into()), None, None);
    let added = ContactAdded { contact, name, role, email, phone, key: true };
    record(&engine, 1, event(0, "2", added)).unwrap();
    for at in 0..2 {
        let json = stored(&engine, at);
        let order = ["\"effective\":", "\"actor\":", "\"source\":", "\"body\":"];
        let places = order.map(|field| json.find(field).unwrap());
        assert!(places.is_sorted(), "{json}");
    }
    let json = stored(&engine, 1);
    let places = ["\"contact\":", "\"name\":{\"sealed\":", "\"role\":", "\"key\":"];
    assert!(places.map(|field| json.find(field).unwrap()).is_sorted(), "{json}");
}

#[test]
fn an_event_that_is_not_there_is_none() {
    let engine = Engine::in_memory().unwrap();
    record(&engine, 1, adjusted(0, "1")).unwrap();
    for (who, version) in [(1, 0), (1, 2), (2, 1), (1, u64::MAX)] {
        let event = EventRef::new(account(who).into(), Version(version));
        assert!(engine.event(event).unwrap().is_none(), "{event}");
        assert_eq!(engine.event_json(event).unwrap(), None);
        assert_eq!(engine.name_told_by(event).unwrap(), None);
    }
    assert!(engine.stream(account(2).into()).unwrap().is_empty());
}

#[test]
fn text_that_looks_guarded_is_text() {
    let engine = Engine::in_memory().unwrap();
    let mut fact = adjusted(0, "1");
    let text = r#"{"clear":{"value":1}}"#;
    fact.metadata.insert("text".into(), text.into());
    record(&engine, 1, fact.clone()).unwrap();
    let event = EventRef::new(account(1).into(), Version(1));
    assert_eq!(engine.event(event).unwrap().unwrap().data, fact);
    assert!(record(&engine, 1, fact).unwrap().already_recorded);
}
