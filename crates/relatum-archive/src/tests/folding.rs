//! The fold of all buckets, put together, against the fold of the whole book at once.

use arrow_array::RecordBatch;
use relatum::{AsOf, Engine, TableFilter};
use relatum_domain::event::account::{AccountsMerged, AccountsSplit};
use relatum_domain::{AccountId, Actor, View};
use relatum_log::Envelope;
use relatum_projections::{RestsOn, TABLES, Table, Which};
use relatum_replay::{Digests, Replay};

use super::{Growing, book, today};
use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::events::Events;
use crate::export::export_log;
use crate::fold::{Folded, fold_bucket};
use crate::manifest::{COMMON, bucket_of};
use crate::place::Place;
use crate::segment::batches;
use crate::tables::{table_batches, table_schema};

/// Rows as text, in order.
fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let row = |batch: &RecordBatch, row: usize| {
        let cells = batch.columns().iter().map(|it| format!("{:?}", it.slice(row, 1)));
        cells.collect::<Vec<_>>().join("|")
    };
    batches.iter().flat_map(|it| (0..it.num_rows()).map(move |at| row(it, at))).collect()
}

fn at_once(book: &AsOf, table: &dyn Table) -> Vec<String> {
    let mut all = Vec::new();
    table_batches(book, table, &TableFilter::default(), |batch| {
        all.push(batch);
        Ok(())
    })
    .unwrap();
    texts(&all)
}

#[test]
fn all_buckets_say_what_the_book_says_row_for_row() {
    let mut growing = Growing::new(11, 9);
    let archive = Place::in_memory().unwrap();
    for facts in [900, 700] {
        growing.grow(facts);
        export_log(&growing.engine, &archive, None, |_, _| {}).unwrap();
    }
    let archive = Archive::open(&archive).unwrap();
    let buckets = same_rows(&archive, &growing.engine.as_of(today()));
    assert_eq!(digests(&archive, &buckets), digests_at_once(&growing.engine));
}

/// Folds all buckets, sees to it that their rows are those of the book, and says which they are.
fn same_rows(archive: &Archive, book: &AsOf) -> Vec<u16> {
    let out = Place::in_memory().unwrap();
    let mut buckets = archive.manifest().held_buckets();
    buckets.push(COMMON);
    for bucket in &buckets {
        let once = fold_bucket(archive, *bucket, &book.view(), &out).unwrap();
        // As a worker does whose first try was cut off.
        assert_eq!(fold_bucket(archive, *bucket, &book.view(), &out).unwrap(), once);
    }
    let mut told = 0;
    for table in TABLES.iter().copied().filter(|it| it.rests_on() != RestsOn::Book) {
        let mut all = Vec::new();
        for bucket in &buckets {
            let file = format!("{}/bucket={bucket}.parquet", table.name());
            let Some(bytes) = out.read(&file).unwrap() else { continue };
            let read = batches(bytes, &file, None).unwrap().map(Result::unwrap);
            all.extend(read);
        }
        let (folded, whole) = (texts(&all), at_once(book, table));
        assert_eq!(folded, whole, "{}", table.name());
        told += usize::from(!whole.is_empty());
    }
    assert!(told > 10, "{told} tables have rows");
    buckets
}

/// Merges accounts of a book two by two, some of them into one that was merged before; says which
/// were, and into which.
fn merge_some(engine: &Engine) -> Vec<(AccountId, AccountId)> {
    let accounts = engine.as_of(today()).accounts().unwrap();
    let accounts: Vec<AccountId> = accounts.iter().map(|it| it.0).collect();
    let pairs = [(0, 1), (2, 3), (4, 2), (5, 6), (5, 7), (8, 5)];
    let mut merged = Vec::new();
    for (kept, other) in pairs {
        let (kept, other) = (accounts[kept], accounts[other]);
        let told = AccountsMerged { kept, merged: other, reason: None };
        // Some of them are relatives.
        if engine.merge_accounts(today(), Actor::system("test"), told).is_ok() {
            merged.push((other, kept));
        }
    }
    assert!(merged.len() > 3, "{merged:?}");
    assert!(merged.iter().any(|it| bucket_of(it.0.into()) != bucket_of(it.1.into())));
    merged
}

#[test]
fn accounts_that_are_one_are_told_by_the_bucket_of_the_one_that_answers() {
    let mut growing = Growing::new(11, 12);
    growing.grow(2_000);
    let engine = &growing.engine;
    let place = Place::in_memory().unwrap();
    let archive = || {
        export_log(engine, &place, None, |_, _| {}).unwrap();
        Archive::open(&place).unwrap()
    };
    same_rows(&archive(), &engine.as_of(today()));
    let head = engine.head().unwrap();
    let merged = merge_some(engine);
    let all_merged = engine.head().unwrap();
    same_rows(&archive(), &engine.as_of(today()));
    for (account, _) in merged.iter().rev().take(2) {
        let split = AccountsSplit { account: *account, reason: None };
        engine.split_account(today(), Actor::system("test"), split).unwrap();
    }
    let archive = archive();
    let buckets = same_rows(&archive, &engine.as_of(today()));
    assert!(!engine.as_of(today()).merged().unwrap().is_empty());
    for cut in [head, all_merged] {
        same_rows(&archive, &engine.as_of(today()).known_at(cut).unwrap());
    }
    // States are those of streams, whoever is one.
    assert_eq!(digests(&archive, &buckets), digests_at_once(engine));
}

#[test]
fn a_bucket_through_a_pipe_reads_elsewhere_what_was_told_of_accounts_that_are_one() {
    let engine = book(11, 12, 2_000);
    merge_some(&engine);
    let place = Place::in_memory().unwrap();
    export_log(&engine, &place, None, |_, _| {}).unwrap();
    let archive = Archive::open(&place).unwrap();
    let view = View::as_of(today());
    let table = engine.as_of(today()).table("history").unwrap();
    let rows = |folded: &Folded| {
        let mut rows = Vec::new();
        let take = |batch| {
            rows.push(batch);
            Ok(())
        };
        folded.table(table, take).unwrap();
        texts(&rows)
    };
    let mut told = 0;
    for bucket in archive.manifest().held_buckets() {
        let given = archive.manifest().of_bucket(bucket).flat_map(|(_, segment)| {
            let bytes = place.read(&segment.file).unwrap().unwrap();
            batches(bytes, &segment.file, None).unwrap().map(|it| Ok(it.unwrap()))
        });
        let piped = Folded::of_batches(given, Some(&archive), &view).unwrap();
        let read = Folded::of_bucket(&archive, bucket, &view).unwrap();
        assert_eq!(rows(&piped), rows(&read), "{bucket}");
        told += rows(&read).len();
    }
    assert_eq!(told, at_once(&engine.as_of(today()), table).len());
    // All of it at once, with what tells who is one.
    let all = Events::of(&engine).unwrap().batch_rows(50).map(|it| Ok(it.unwrap()));
    let folded = Folded::of_batches(all, None, &view).unwrap();
    assert_eq!(rows(&folded), at_once(&engine.as_of(today()), table));
}

fn digests(archive: &Archive, buckets: &[u16]) -> Digests {
    let folded =
        buckets.iter().map(|it| Folded::of_bucket(archive, *it, &View::as_of(today())).unwrap());
    let folded: Vec<_> = folded.collect();
    folded.iter().flat_map(Folded::state_digests).map(|(it, of)| (it, of.to_vec())).collect()
}

fn digests_at_once(engine: &Engine) -> Digests {
    let events: Vec<Envelope<_>> = engine.replay().events().unwrap().map(Result::unwrap).collect();
    let mut replay = Replay::in_memory();
    replay.append(&events).unwrap();
    replay.digests(1, Which::ALL, None, None).unwrap()
}

#[test]
fn rows_through_a_pipe_in_any_order_fold_to_the_same() {
    let engine = book(11, 6, 800);
    let place = Place::in_memory().unwrap();
    export_log(&engine, &place, None, |_, _| {}).unwrap();
    let archive = Archive::open(&place).unwrap();
    let mut all: Vec<_> = Events::of(&engine).unwrap().batch_rows(50).collect();
    all.reverse();
    let table = engine.as_of(today()).table("open_items").unwrap();
    let view = View::as_of(today());
    let whole = at_once(&engine.as_of(today()), table);
    assert!(!whole.is_empty());
    let batches: Vec<RecordBatch> = all.into_iter().map(Result::unwrap).collect();
    for common in [None, Some(&archive)] {
        let given = batches.iter().cloned().map(Ok);
        let folded = Folded::of_batches(given, common, &view).unwrap();
        let mut rows = Vec::new();
        folded
            .table(table, |batch| {
                rows.push(batch);
                Ok(())
            })
            .unwrap();
        assert_eq!(texts(&rows), whole);
    }
    let gap = batches.iter().take(8).chain(batches.iter().skip(9)).cloned().map(Ok);
    let error = Folded::of_batches(gap, None, &view).unwrap_err();
    assert!(matches!(error, ArchiveError::Disorder { .. }), "{error}");
    // Without the last events of the log no stream has a gap; the archive knows how many there are.
    let lacking = || batches.iter().skip(1).cloned().map(Ok);
    assert!(Folded::of_batches(lacking(), None, &view).is_ok());
    let error = Folded::of_batches(lacking(), Some(&archive), &view).unwrap_err();
    assert!(matches!(error, ArchiveError::Altered { .. }), "{error}");
    let twice = batches.iter().chain(batches.last()).cloned().map(Ok);
    let error = Folded::of_batches(twice, None, &view).unwrap_err();
    assert!(matches!(error, ArchiveError::Disorder { .. }), "{error}");
}

#[test]
fn results_of_another_fold_are_not_mixed() {
    let engine = book(11, 3, 300);
    let (from, out) = (Place::in_memory().unwrap(), Place::in_memory().unwrap());
    export_log(&engine, &from, None, |_, _| {}).unwrap();
    let archive = Archive::open(&from).unwrap();
    fold_bucket(&archive, COMMON, &View::as_of(today()), &out).unwrap();
    let other = View::as_of(today().pred_opt().unwrap());
    let error = fold_bucket(&archive, COMMON, &other, &out).unwrap_err();
    assert!(matches!(error, ArchiveError::Asked { .. }), "{error}");
    let error = fold_bucket(&archive, COMMON + 1, &other, &out).unwrap_err();
    assert_eq!(error.to_string(), "there is no bucket 1025; the last one is 1024");
}

#[test]
fn a_column_of_a_table_says_what_it_means() {
    let schema = table_schema(relatum_projections::table("open_items").unwrap());
    assert!(schema.fields().iter().all(|it| !it.metadata().get("doc").unwrap().is_empty()));
}
