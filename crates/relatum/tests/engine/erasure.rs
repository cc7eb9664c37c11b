//! Subjects are erased by destroying their keys: what that takes, what it leaves, and that nothing
//! brings it back.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use relatum::domain::event::account::ContactAdded;
use relatum::domain::event::activity::{ActionItem, ActivityHeld, ActivityKind, Outcome};
use relatum::domain::event::audit::{DataExported, SubjectErased};
use relatum::domain::event::organisation::ManagerJoined;
use relatum::domain::{
    ActionId, ActivityId, Actor, ContactId, Derived as _, Event, ManagerId, Personal, Source,
    SubjectId, TenantId,
};
use relatum::{
    Appended, Class, Engine, Erasure, ErasureError, Error, EventRef, Fact, Holds, KeyFile,
    Passphrase, Proposal, SubjectRole, Version,
};
use tempfile::TempDir;

use crate::answers::{figures, opened, states};
use crate::books::{
    account, append, clock, commits, demo, event, fill, invoice, path_in, record, stored, today,
};

const NAME: &str = "Ada Lovelace-Marker";
const TEXTS: [&str; 4] =
    [NAME, "ada@marker.example", "prefers tea to coffee, says the marker", "send marker samples"];
const OTHER: &str = "Grace Hopper-Marker";

fn ada() -> ContactId {
    ContactId::derived("test", "ada")
}

fn grace() -> ManagerId {
    ManagerId::derived("test", "grace")
}

fn facts() -> Vec<Fact> {
    let added = ContactAdded {
        contact: ada(),
        name: Personal::about(ada(), NAME),
        role: Some("owner".into()),
        email: Some(Personal::about(ada(), TEXTS[1])),
        phone: None,
        key: true,
    };
    let item = ActionItem {
        action: ActionId::derived("test", "1"),
        what: Personal::about(ada(), TEXTS[3]),
        due: None,
        manager: None,
        contact: Some(ada()),
    };
    let held = ActivityHeld {
        note: Some(Personal::about(ada(), TEXTS[2])),
        actions: vec![item],
        ..ActivityHeld::new(
            ActivityId::derived("test", "1"),
            ActivityKind::Call,
            grace(),
            Outcome::Positive,
        )
    };
    let joined = ManagerJoined {
        code: Some("G".into()),
        name: Some(Personal::about(grace(), OTHER)),
        email: None,
    };
    vec![
        Fact::new(account(1), event(0, "1", added)),
        Fact::new(account(1), event(1, "2", held)),
        Fact::new(account(1), invoice(1, 1, 10_000)),
        Fact::new(grace(), event(0, "3", joined)),
    ]
}

fn named() -> EventRef {
    EventRef::new(account(1).into(), Version(1))
}

fn erasure(subject: impl Into<SubjectId>) -> Erasure {
    let reason = "asked to be forgotten".to_owned();
    let actor = Actor::Manager(ManagerId::derived("test", "dpo"));
    Erasure { subject: subject.into(), reason, actor, day: today() }
}

fn keys_in(folder: &TempDir) -> PathBuf {
    folder.path().join("book.keys")
}

fn reopened(folder: &TempDir) -> Engine {
    Engine::open(path_in(folder)).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The bytes, and what is packed with zstd somewhere in them, to any depth.
fn unpacked(bytes: Vec<u8>, packed: &mut u32) -> Vec<u8> {
    const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let mut all = bytes.clone();
    for at in (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&MAGIC)) {
        let mut inner = Vec::new();
        let decoder = zstd::stream::read::Decoder::new(&bytes[at..]).unwrap().single_frame();
        // What only looks like a frame is none.
        if decoder.take(1 << 26).read_to_end(&mut inner).is_ok() {
            *packed += 1;
            all.extend(unpacked(inner, packed));
        }
    }
    all
}

/// Every byte below the folder, unpacked, by file.
fn bytes_of(folder: &Path, packed: &mut u32) -> BTreeMap<PathBuf, Vec<u8>> {
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        (path, unpacked(bytes, packed))
    };
    files(folder).into_iter().map(read).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file, target).unwrap();
    }
}

#[test]
fn an_erased_subject_is_in_no_byte_and_every_figure_and_proof_stays() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let engine = Engine::builder().create(true).clock(clock.clone());
    let engine = engine.open(path_in(&folder)).unwrap();
    append(&engine, facts());
    fill(&engine, &clock, &demo(6));
    let cut = engine.head().unwrap();
    let head = engine.tree_head(Some("test"), None).unwrap();
    let proof = engine.prove(named(), None).unwrap();
    let (before, state) = (figures(&engine, today(), &cut), states(&engine, today()));
    let footprint = engine.footprint(ada().into()).unwrap();
    assert_eq!(footprint.subject.name.as_deref(), Some(NAME));
    let all = |texts: &[String], text: &str| texts.iter().any(|it| it.contains(text));
    let shown = opened(&engine, today());
    assert!(TEXTS.iter().chain([&OTHER]).all(|text| all(&shown, text)), "it can be found");

    let erased = engine.erase_subject(&erasure(ada())).unwrap();
    assert_eq!((erased.keys, &erased.before), (1, &footprint));
    engine.checkpoint().unwrap();

    let shown = opened(&engine, today());
    for text in TEXTS {
        assert!(!all(&shown, text), "{text}");
    }
    assert!(all(&shown, OTHER), "nobody else is erased");
    assert_eq!(engine.name_told_by(named()).unwrap(), None);
    let after = engine.footprint(ada().into()).unwrap();
    assert_eq!((after.subject.keys, after.subject.erased), (0, Some(erased.event)));
    assert_eq!(after.sealed.iter().map(|it| it.readable).sum::<u64>(), 0);
    assert_eq!(after.subject.fields, footprint.subject.fields);

    assert_eq!(engine.tree_head(Some("test"), Some(&cut)).unwrap(), head);
    let grown = engine.prove_consistency(head.size, engine.head().unwrap().events()).unwrap();
    assert!(grown.holds() && proof.holds());
    assert_eq!(engine.prove(named(), Some(head.size)).unwrap(), proof);
    engine.verify(|_, _| {}).unwrap();
    assert_eq!(figures(&engine, today(), &cut), before, "of then");
    assert_eq!(figures(&engine, today(), &engine.head().unwrap()), before, "and of now");
    assert!(holds(state.as_bytes(), "R-1") && !holds(state.as_bytes(), "Marker"));
    drop(engine);

    let mut packed = 0;
    let bytes = bytes_of(folder.path(), &mut packed);
    assert!(packed > 0, "something is packed");
    for (file, bytes) in &bytes {
        for text in TEXTS {
            assert!(!holds(bytes, text), "{text} in {}", file.display());
        }
    }
    let engine = reopened(&folder);
    let known = engine.as_of(today()).accounts().unwrap();
    let clear = known.iter().find(|(it, _)| *it != account(1)).map(|(_, it)| it.name.clone());
    let clear = clear.unwrap();
    assert!(bytes.values().any(|bytes| holds(bytes, &clear)), "what is in the clear is found");
    assert_eq!(figures(&engine, today(), &cut), before, "folded anew");
}

#[test]
fn a_footprint_says_what_is_sealed_where_and_what_is_in_the_clear() {
    let (_folder, engine) = stored();
    append(&engine, facts());
    // Somebody wrote the name where it does not belong: in a source id, and in words.
    record(
        &engine,
        2,
        Event {
            source: Source::new("crm", format!("visit of {}", NAME.to_lowercase())),
            ..invoice(2, 2, 5)
        },
    )
    .unwrap();
    let mut told = invoice(2, 3, 5);
    told.metadata.insert("note".into(), format!("spoke to \"{NAME}\"").into());
    record(&engine, 3, told).unwrap();
    let mut within = invoice(2, 4, 5);
    within.metadata.insert("note".into(), format!("x{NAME}x").into());
    record(&engine, 4, within).unwrap();

    let footprint = engine.footprint(ada().into()).unwrap();
    assert_eq!(footprint.subject.role, SubjectRole::Contact { account: account(1) });
    assert_eq!((footprint.subject.events, footprint.subject.fields), (2, 4));
    let lines: Vec<_> = footprint
        .sealed
        .iter()
        .map(|it| {
            (
                it.stream == account(1).into(),
                it.event_type.as_str(),
                it.field.as_str(),
                it.fields,
                it.readable,
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (true, "activity_held", "actions.what", 1, 1),
            (true, "activity_held", "note", 1, 1),
            (true, "contact_added", "email", 1, 1),
            (true, "contact_added", "name", 1, 1),
        ]
    );
    let first = |who| EventRef::new(account(who).into(), Version(1));
    assert_eq!(footprint.in_clear, [first(2), first(3)], "whole words, whatever their case");
    let place = |name: &str| footprint.places.iter().find(|it| it.name == name).unwrap().holds;
    assert_eq!((place("log"), place("replay cache")), (Holds::Sealed, Holds::ClearCopies));

    let lines = engine.subjects().unwrap();
    let line = |subject: SubjectId| lines.iter().find(|it| it.subject == subject).unwrap();
    assert_eq!(line(ada().into()), &footprint.subject);
    let grace = line(grace().into());
    assert_eq!((grace.role, grace.name.as_deref()), (SubjectRole::Manager, Some(OTHER)));
    assert_eq!(lines.len(), 2);
    let error = engine.footprint(ContactId::derived("test", "nobody").into()).unwrap_err();
    assert!(matches!(error, Error::NotFound { what: "subject", .. }), "{error}");
}

#[test]
fn who_erased_and_who_exported_is_in_the_log_and_named_by_the_report() {
    let engine = Engine::in_memory().unwrap();
    append(&engine, facts());
    let told = DataExported {
        what: "aging".into(),
        form: "csv".into(),
        as_of: Some(today()),
        known_at: None,
        to: "the auditor".into(),
    };
    engine.note_export(today(), Actor::Manager(grace()), told.clone()).unwrap();
    engine.note_export(today(), Actor::Manager(grace()), told.clone()).unwrap();
    let exports = engine.exports().unwrap();
    assert_eq!(exports.len(), 2, "given twice, told twice");
    assert_eq!((&exports[0].told, &exports[0].actor), (&told, &Actor::Manager(grace())));
    let nowhere = DataExported { to: String::new(), ..told };
    let error = engine.note_export(today(), Actor::Manager(grace()), nowhere).unwrap_err();
    assert!(matches!(&error, Error::Refused(refused) if refused.code() == "not_said"), "{error}");

    let erased = engine.erase_subject(&erasure(ada())).unwrap();
    assert_eq!(erased.exports, exports);
    let event = engine.event(erased.event).unwrap().unwrap().data;
    assert_eq!(event.actor, erasure(ada()).actor);
    let json = engine.event_json(erased.event).unwrap().unwrap();
    assert_eq!(json["body"]["subject"], ada().to_string());
    assert_eq!(json["body"]["reason"], "asked to be forgotten");
    assert_eq!(json["body"]["keys"].as_array().unwrap().len(), 1);
    assert!(TEXTS.iter().all(|text| !json.to_string().contains(text)));
}

#[test]
fn what_cannot_be_erased_says_what_to_do() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let head = engine.head().unwrap();
    let tells = Erasure { reason: format!("{} left", NAME.to_uppercase()), ..erasure(ada()) };
    let error = engine.erase_subject(&tells).unwrap_err();
    assert!(matches!(error, Error::Erasure(ErasureError::ReasonTells)), "{error}");
    let silent = Erasure { reason: " ".into(), ..erasure(ada()) };
    let error = engine.erase_subject(&silent).unwrap_err();
    assert!(matches!(&error, Error::Refused(it) if it.code() == "no_reason"), "{error}");
    let error = engine.erase_subject(&erasure(ContactId::derived("test", "x"))).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    assert_eq!(engine.head().unwrap(), head, "nothing is recorded");
    assert_eq!(engine.name_told_by(named()).unwrap().as_deref(), Some(NAME), "nor destroyed");
    drop(engine);
    // With the key file of another store, which knows nobody, or knows her by another key.
    for facts in [Vec::new(), facts()] {
        let other = Engine::open(folder.path().join("other")).unwrap();
        append(&other, facts);
        drop(other);
        let stranger = Engine::builder().keys(folder.path().join("other.keys"));
        let stranger = stranger.open(path_in(&folder)).unwrap();
        let error = stranger.erase_subject(&erasure(ada())).unwrap_err();
        assert_eq!(error.class(), Class::Refused);
        let words = error.to_string();
        assert!(words.starts_with("4 fields about ") && words.contains("(--keys)"), "{words}");
    }
}

#[test]
fn erasing_again_changes_nothing_and_what_comes_later_has_a_key_of_its_own() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let erased = engine.erase_subject(&erasure(ada())).unwrap();
    let head = engine.head().unwrap();
    let again = engine.erase_subject(&erasure(ada())).unwrap();
    assert_eq!((again.event, again.keys, engine.head().unwrap()), (erased.event, 0, head.clone()));
    // The same facts from the same source: they differ now, and bring nothing back.
    let outcomes = engine.append(facts()).unwrap();
    assert!(matches!(outcomes[0], Appended::Refused(Error::Append(_))), "{outcomes:?}");
    assert!(matches!(outcomes[3], Appended::AlreadyRecorded(_)), "{outcomes:?}");
    assert_eq!(engine.head().unwrap(), head);
    // Something new about the same person.
    let note = Personal::about(ada(), "is back, says the marker");
    let held = ActivityHeld {
        note: Some(note),
        ..ActivityHeld::new(
            ActivityId::derived("test", "2"),
            ActivityKind::Call,
            grace(),
            Outcome::Positive,
        )
    };
    record(&engine, 1, event(5, "later", held)).unwrap();
    let readable = |engine: &Engine| -> Vec<(String, u64)> {
        let sealed = engine.footprint(ada().into()).unwrap().sealed.into_iter();
        sealed.filter(|it| it.readable > 0).map(|it| (it.field, it.readable)).collect()
    };
    assert_eq!(readable(&engine), [("note".to_owned(), 1)]);
    drop(engine);
    let engine = reopened(&folder);
    assert_eq!(readable(&engine), [("note".to_owned(), 1)], "the new key is not the old one");
    let third = engine.erase_subject(&erasure(ada())).unwrap();
    assert_ne!(third.event, erased.event);
    assert_eq!((third.keys, readable(&engine)), (1, Vec::new()));
}

#[test]
fn an_erasure_that_was_cut_off_is_finished_by_the_next_opening() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let keys = std::fs::read(keys_in(&folder)).unwrap();
    let erased = engine.erase_subject(&erasure(ada())).unwrap();
    let whole = commits(&engine);
    drop(engine);
    let after = std::fs::read(keys_in(&folder)).unwrap();
    assert!(keys.len() > after.len());
    // The event was recorded, and then the power went: the keys are all there still, and half a
    // file was begun.
    std::fs::write(keys_in(&folder), &keys).unwrap();
    let unfinished = folder.path().join("book.keys.unfinished");
    std::fs::write(&unfinished, &keys[..keys.len() / 2]).unwrap();
    let engine = reopened(&folder);
    assert_eq!(engine.name_told_by(named()).unwrap(), None);
    assert_eq!(std::fs::read(keys_in(&folder)).unwrap(), after);
    assert!(!unfinished.exists());
    assert_eq!(engine.erase_subject(&erasure(ada())).unwrap().event, erased.event);
    assert_eq!(commits(&engine), whole);
}

#[test]
fn an_erasure_whose_file_cannot_be_written_is_finished_by_the_same_engine() {
    let (folder, engine) = stored();
    append(&engine, facts());
    // In the way of the new file.
    let way = folder.path().join("book.keys.unfinished");
    std::fs::create_dir(&way).unwrap();
    let error = engine.erase_subject(&erasure(ada())).unwrap_err();
    assert!(matches!(error, Error::Keys(_)), "{error}");
    let recorded = engine.head().unwrap();
    std::fs::remove_dir(&way).unwrap();
    let erased = engine.erase_subject(&erasure(ada())).unwrap();
    assert_eq!(engine.head().unwrap(), recorded, "it is told once");
    assert_eq!(engine.footprint(ada().into()).unwrap().subject.erased, Some(erased.event));
    assert_eq!(engine.name_told_by(named()).unwrap(), None);
}

#[test]
fn older_backups_of_store_and_keys_bring_nothing_back() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let backup = folder.path().join("backup");
    engine.backup(&backup).unwrap();
    drop(engine);
    let older_keys = std::fs::read(keys_in(&folder)).unwrap();
    let cold = folder.path().join("cold");
    copy(&path_in(&folder), &cold);
    let engine = reopened(&folder);
    engine.erase_subject(&erasure(ada())).unwrap();
    drop(engine);
    // An older store beside the keys of today: restored, and copied as files.
    let restored = folder.path().join("restored");
    Engine::builder().restore(&backup, &restored).unwrap();
    for store in [&restored, &cold] {
        let engine = Engine::builder().keys(keys_in(&folder)).open(store).unwrap();
        assert_eq!(engine.name_told_by(named()).unwrap(), None, "{}", store.display());
        let shown = opened(&engine, today());
        assert!(shown.iter().any(|it| it.contains(OTHER)));
        assert!(TEXTS.iter().all(|text| shown.iter().all(|it| !it.contains(text))));
    }
    // Older keys beside the log that knows better: dropped again, and from the file.
    std::fs::write(keys_in(&folder), &older_keys).unwrap();
    drop(reopened(&folder));
    assert!(std::fs::read(keys_in(&folder)).unwrap().len() < older_keys.len());
    let status = KeyFile::open(&keys_in(&folder), None).unwrap().status().unwrap();
    assert_eq!(status.subjects, 1);
    // A copy of both from before opens everything: no erasure reaches it.
    std::fs::write(folder.path().join("older.keys"), &older_keys).unwrap();
    let older = Engine::builder().keys(folder.path().join("older.keys"));
    let older = older.open(&cold).unwrap();
    assert_eq!(older.name_told_by(named()).unwrap().as_deref(), Some(NAME));
}

#[test]
fn wrapped_keys_are_erased_and_rotated_like_plain_ones() {
    let folder = tempfile::tempdir().unwrap();
    let tea = Passphrase::new("tea").unwrap();
    let open = |with: &Passphrase| {
        Engine::builder().create(true).passphrase(with.clone()).open(path_in(&folder)).unwrap()
    };
    let engine = open(&tea);
    append(&engine, facts());
    drop(engine);
    let older = std::fs::read(keys_in(&folder)).unwrap();
    let milk = Passphrase::new("milk").unwrap();
    let mut file = KeyFile::open(&keys_in(&folder), Some(&tea)).unwrap();
    file.rewrap(Some(&milk)).unwrap();
    let engine = open(&milk);
    assert_eq!(engine.name_told_by(named()).unwrap().as_deref(), Some(NAME));
    assert_eq!(engine.erase_subject(&erasure(ada())).unwrap().keys, 1);
    assert_eq!(engine.name_told_by(named()).unwrap(), None);
    drop(engine);
    // A key has its name however it is wrapped.
    std::fs::write(keys_in(&folder), older).unwrap();
    let engine = open(&tea);
    assert_eq!(engine.name_told_by(named()).unwrap(), None);
    assert_eq!(engine.footprint(grace().into()).unwrap().subject.keys, 1);
}

#[test]
fn only_keys_of_the_named_subject_go_and_voiding_brings_none_back() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let erased = engine.erase_subject(&erasure(ada())).unwrap();
    let json = engine.event_json(erased.event).unwrap().unwrap();
    let keys = serde_json::from_value(json["body"]["keys"].clone()).unwrap();
    // The names of her key under the id of another.
    let wrong = SubjectErased { subject: grace().into(), keys, reason: "by mistake".into() };
    let tenant = TenantId::own();
    let wrong = Event::new(today(), Actor::system("x"), Source::new("x", "1"), wrong);
    engine.record(Proposal::new(tenant, wrong)).unwrap();
    assert_eq!(engine.finish_erasures().unwrap(), 0);
    let void = relatum::domain::event::correction::EventVoided {
        event: erased.event,
        reason: "regretted".into(),
    };
    let void = Event::new(today(), Actor::system("x"), Source::new("x", "2"), void);
    engine.record(Proposal::new(tenant, void)).unwrap();
    drop(engine);
    let engine = reopened(&folder);
    assert_eq!(engine.name_told_by(named()).unwrap(), None);
    assert_eq!(engine.footprint(grace().into()).unwrap().subject.keys, 1);
}

#[test]
fn a_replica_with_keys_of_its_own_follows_its_original() {
    let (folder, engine) = stored();
    append(&engine, facts());
    let own = folder.path().join("own.keys");
    KeyFile::open(&keys_in(&folder), None).unwrap().copy_to(&own).unwrap();
    let bytes = |engine: &Engine| -> Vec<Vec<u8>> {
        commits(engine).iter().map(|commit| commit.bytes.as_slice().to_owned()).collect()
    };
    let open = || {
        let log = relatum::log::MemoryLog::new(clock());
        let replica = Engine::builder().keys(&own).over(std::sync::Arc::new(log)).unwrap();
        replica.replicate_all(bytes(&engine)).unwrap();
        replica
    };
    let replica = open();
    assert_eq!(replica.name_told_by(named()).unwrap().as_deref(), Some(NAME));
    let told = replica.head().unwrap().events();
    engine.erase_subject(&erasure(ada())).unwrap();
    let new = commits(&engine).into_iter().filter(|commit| commit.position.seq.0 > told);
    replica.replicate_all(new.map(|commit| commit.bytes.as_slice().to_owned())).unwrap();
    assert_eq!(replica.finish_erasures().unwrap(), 1);
    assert_eq!(replica.name_told_by(named()).unwrap(), None);
    let status = KeyFile::open(&own, None).unwrap().status().unwrap();
    assert_eq!(status.subjects, 1);
    assert_eq!(replica.finish_erasures().unwrap(), 0);
}
