//! What an archive holds, that it grows, and that its bytes follow from the log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use relatum_domain::{Amount, Event};
use relatum_log::{Cut, Seq};
use tempfile::TempDir;

use super::{Growing, book};
use crate::archive::{Archive, Row};
use crate::error::ArchiveError;
use crate::events::{EventColumns, Events, RawEvent};
use crate::export::export_log;
use crate::place::Place;

/// All files below a folder that people see, with their bytes.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let place = Place::folder(folder);
    let files = place.files().unwrap().into_iter();
    files.map(|it| (it.clone(), place.read(&it).unwrap().unwrap().to_vec())).collect()
}

fn folder() -> (TempDir, Place) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path());
    (folder, place)
}

#[test]
fn every_event_is_there_once_and_the_root_follows_from_the_rows() {
    let engine = book(7, 12, 3_000);
    let (_folder, place) = folder();
    let exported = export_log(&engine, &place, None, |_, _| {}).unwrap();
    let head = engine.head().unwrap();
    assert_eq!(exported.upto, head.events());
    assert_eq!(exported.root, engine.tree_head(None, None).unwrap().root.to_string());
    let verified = Archive::open(&place).unwrap().verify(|_, _| {}).unwrap();
    assert_eq!((verified.events, verified.root), (head.events(), exported.root));
}

#[test]
fn what_is_read_is_what_the_log_holds() {
    let engine = book(7, 6, 1_500);
    let (_folder, place) = folder();
    export_log(&engine, &place, None, |_, _| {}).unwrap();
    let archive = Archive::open(&place).unwrap();
    let mut read = BTreeMap::new();
    let manifest = archive.manifest();
    for bucket in manifest.held_buckets().into_iter().chain([manifest.common]) {
        archive
            .each(bucket, &mut |row| {
                if let Row::Event { raw, .. } = row {
                    assert!(read.insert(raw.seq, raw.decoded()?).is_none());
                }
                Ok(())
            })
            .unwrap();
    }
    let log = engine.replay().events().unwrap().map(Result::unwrap);
    let log: BTreeMap<_, _> = log.map(|it| (it.position.seq.0, it)).collect();
    assert_eq!(read, log);
    let kinds: BTreeSet<_> = log.values().map(|it| it.event.stream.kind).collect();
    assert!(kinds.len() == 4, "accounts, managers, teams, the tenant: {kinds:?}");
}

#[test]
fn the_same_increments_give_the_same_bytes() {
    // Of one log: another one of the same facts has other keys, and seals to other bytes.
    let mut one = Growing::new(3, 8);
    let ((first, to), (second, and)) = (folder(), folder());
    for facts in [700, 1, 900] {
        one.grow(facts);
        let exported = export_log(&one.engine, &to, None, |_, _| {}).unwrap();
        assert_eq!(exported, export_log(&one.engine, &and, None, |_, _| {}).unwrap());
    }
    assert_eq!(bytes(first.path()), bytes(second.path()));
    let archive = Archive::open(&to).unwrap();
    assert_eq!(archive.manifest().increments.len(), 3);
    assert_eq!(archive.verify(|_, _| {}).unwrap().events, one.engine.head().unwrap().events());
    // The earlier cut again, at once: the bytes of the first increment.
    let (third, again) = folder();
    let first_cut = archive.manifest().increments[0].last;
    export_log(&one.engine, &again, Some(&Cut::single(Seq(first_cut))), |_, _| {}).unwrap();
    let (all, begun) = (bytes(first.path()), bytes(third.path()));
    let segments = || begun.iter().filter(|(name, _)| name.ends_with(".parquet"));
    assert!(segments().count() > 5);
    assert!(segments().all(|(name, bytes)| all.get(name) == Some(bytes)));
}

#[test]
fn a_second_export_writes_new_segments_only() {
    let mut growing = Growing::new(5, 8);
    growing.grow(800);
    let (folder, place) = folder();
    let first = export_log(&growing.engine, &place, None, |_, _| {}).unwrap();
    let before = bytes(folder.path());
    let same = export_log(&growing.engine, &place, None, |_, _| {}).unwrap();
    assert_eq!((same.files, same.events, same.upto), (0, 0, first.upto));
    assert_eq!(bytes(folder.path()), before);
    growing.grow(100);
    let second = export_log(&growing.engine, &place, None, |_, _| {}).unwrap();
    assert!(second.files > 0 && second.files < first.files, "{second:?}, {first:?}");
    let after = bytes(folder.path());
    let kept = before.iter().filter(|(name, _)| name.ends_with(".parquet"));
    assert!(kept.clone().all(|(name, bytes)| after.get(name) == Some(bytes)));
    assert_eq!(after.len() as u64, before.len() as u64 + second.files);
}

#[test]
fn another_log_and_a_longer_archive_are_refused() {
    let (_folder, place) = folder();
    let engine = book(7, 5, 600);
    let upto = export_log(&engine, &place, None, |_, _| {}).unwrap().upto;
    let other = book(8, 5, 900);
    let error = export_log(&other, &place, None, |_, _| {}).unwrap_err();
    assert!(matches!(error, ArchiveError::OtherLog { .. }), "{error}");
    let earlier = engine.log().read(relatum_log::Cursor::start(), relatum_log::ByteSize(1)).wait();
    let end = earlier.unwrap().commits[0].view().unwrap().event_count();
    let error = export_log(&engine, &place, Some(&Cut::single(Seq(end))), |_, _| {}).unwrap_err();
    assert!(matches!(error, ArchiveError::Beyond { has, .. } if has == upto), "{error}");
    Archive::open(&place).unwrap().check().unwrap();
}

#[test]
fn a_folder_with_something_else_is_left_alone() {
    let (folder, place) = folder();
    std::fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let error = export_log(&book(7, 2, 50), &place, None, |_, _| {}).unwrap_err();
    assert!(matches!(error, ArchiveError::NotEmpty { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(folder.path().join("notes.txt")).unwrap(), "mine");
}

#[test]
fn an_empty_log_has_an_archive_that_grows() {
    let mut growing = Growing::new(7, 3);
    let place = Place::in_memory().unwrap();
    assert_eq!(export_log(&growing.engine, &place, None, |_, _| {}).unwrap().upto, 0);
    growing.grow(200);
    export_log(&growing.engine, &place, None, |_, _| {}).unwrap();
    let verified = Archive::open(&place).unwrap().verify(|_, _| {}).unwrap();
    assert_eq!(verified.events, growing.engine.head().unwrap().events());
}

#[test]
fn an_object_store_gets_the_same_files() {
    let engine = book(7, 5, 600);
    let (folder, place) = folder();
    let store = Place::in_memory().unwrap();
    export_log(&engine, &place, None, |_, _| {}).unwrap();
    export_log(&engine, &store, None, |_, _| {}).unwrap();
    for (name, bytes) in bytes(folder.path()) {
        assert_eq!(store.read(&name).unwrap().as_deref(), Some(&*bytes), "{name}");
    }
    let mut files = store.files().unwrap();
    files.sort();
    assert!(files.iter().eq(bytes(folder.path()).keys()));
}

fn amounts(events: impl Iterator<Item = Event>) -> BTreeMap<(String, String), i128> {
    let mut sums = BTreeMap::new();
    for event in events {
        if let Some(amount) = event.body.main_amount() {
            let kind = event.body.event_type().to_owned();
            *sums.entry((kind, amount.currency().to_string())).or_insert(0) +=
                Amount::micro(amount);
        }
    }
    sums
}

#[test]
fn sums_of_the_amount_column_are_those_of_the_log() {
    let engine = book(7, 12, 4_000);
    let log = amounts(engine.replay().events().unwrap().map(|it| it.unwrap().data));
    let mut sums = BTreeMap::new();
    let mut rows = 0;
    for batch in Events::of(&engine).unwrap().batch_rows(100) {
        let batch = batch.unwrap();
        assert!(batch.num_rows() <= 1_200);
        rows += batch.num_rows();
        let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
        let (types, currencies) = (text("event_type"), text("currency"));
        let amount = batch.column_by_name("amount").unwrap().as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            let key = (types.value(row).to_owned(), currencies.value(row).to_owned());
            if log.contains_key(&key) && arrow_array::Array::is_valid(amount, row) {
                *sums.entry(key).or_insert(0) += amount.value(row);
            }
        }
    }
    assert_eq!(rows as u64, engine.head().unwrap().events());
    assert!(log.len() > 10, "{log:?}");
    assert_eq!(sums, log);
}

#[test]
fn events_are_given_by_stream_seq_and_type() {
    let engine = book(7, 6, 1_000);
    let all: Vec<_> = engine.replay().events().unwrap().map(Result::unwrap).collect();
    let seqs = |events: Events| -> Vec<i64> {
        let batches = events.batch_rows(64).map(Result::unwrap);
        let each = |it: arrow_array::RecordBatch| it.column(0).as_primitive::<Int64Type>().clone();
        batches.flat_map(|it| each(it).values().to_vec()).collect()
    };
    let of = |wanted: &dyn Fn(&relatum_log::Envelope<Event>) -> bool| -> Vec<i64> {
        let all = all.iter().filter(|it| wanted(it));
        all.map(|it| i64::try_from(it.position.seq.0).unwrap()).collect()
    };
    let stream = all[all.len() / 2].event.stream;
    let events = || Events::of(&engine).unwrap();
    assert_eq!(seqs(events().stream(stream)), of(&|it| it.event.stream == stream));
    assert_eq!(seqs(events().seqs(101..=300)), of(&|it| (101..=300).contains(&it.position.seq.0)));
    let cut = Cut::single(Seq(500));
    assert_eq!(seqs(events().upto(&cut)), of(&|it| it.position.seq.0 <= 500));
    let types = ["activity_held", "invoice_issued"];
    let of_types = of(&|it| types.contains(&it.event_type.as_str()));
    assert!(!of_types.is_empty());
    assert_eq!(seqs(events().types(types)), of_types);
}

#[test]
fn leaves_are_those_of_the_log_in_commits_of_several_streams_too() {
    let engine = book(7, 20, 6_000);
    let mut cursor = relatum_log::Cursor::start();
    let mut several = 0;
    loop {
        let block = engine.log().read(cursor, relatum_log::ByteSize::mib(1)).wait().unwrap();
        if block.commits.is_empty() {
            break;
        }
        for commit in &block.commits {
            let mut leaves = Vec::new();
            let mut columns = EventColumns::new();
            RawEvent::each(commit, |raw| {
                several += usize::from(raw.writes.is_some());
                leaves.push(raw.leaf()?);
                columns.push(&raw)
            })
            .unwrap();
            assert_eq!(leaves, commit.bytes.leaves().unwrap());
        }
        cursor = block.next;
    }
    assert!(several > 0, "a payment for another account writes two streams");
}
