//! The fold of all buckets, put together, against the fold of the whole book at once.

use arrow_array::RecordBatch;
use relatum::{Engine, TableFilter};
use relatum_domain::View;
use relatum_log::Envelope;
use relatum_projections::{RestsOn, TABLES, Which};
use relatum_replay::{Digests, Replay};

use super::{Growing, book, today};
use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::events::Events;
use crate::export::export_log;
use crate::fold::{Folded, fold_bucket};
use crate::manifest::COMMON;
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

fn at_once(engine: &Engine, table: &dyn relatum_projections::Table) -> Vec<String> {
    let mut all = Vec::new();
    let book = engine.as_of(today());
    table_batches(&book, table, &TableFilter::default(), |batch| {
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
    let out = Place::in_memory().unwrap();
    let view = View::as_of(today());
    let mut buckets = archive.manifest().held_buckets();
    buckets.push(COMMON);
    for bucket in &buckets {
        let once = fold_bucket(&archive, *bucket, &view, &out).unwrap();
        // As a worker does whose first try was cut off.
        assert_eq!(fold_bucket(&archive, *bucket, &view, &out).unwrap(), once);
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
        let (folded, whole) = (texts(&all), at_once(&growing.engine, table));
        assert_eq!(folded, whole, "{}", table.name());
        told += usize::from(!whole.is_empty());
    }
    assert!(told > 10, "{told} tables have rows");
    assert_eq!(digests(&archive, &buckets), digests_at_once(&growing.engine));
}

fn digests(archive: &Archive, buckets: &[u16]) -> Digests {
    let folded = buckets.iter().map(|it| Folded::of_bucket(archive, *it).unwrap());
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
    let whole = at_once(&engine, table);
    assert!(!whole.is_empty());
    let batches: Vec<RecordBatch> = all.into_iter().map(Result::unwrap).collect();
    for common in [None, Some(&archive)] {
        let given = batches.iter().cloned().map(Ok);
        let folded = Folded::of_batches(given, common).unwrap();
        let mut rows = Vec::new();
        folded
            .table(table, &view, |batch| {
                rows.push(batch);
                Ok(())
            })
            .unwrap();
        assert_eq!(texts(&rows), whole);
    }
    let gap = batches.iter().take(8).chain(batches.iter().skip(9)).cloned().map(Ok);
    let error = Folded::of_batches(gap, None).unwrap_err();
    assert!(matches!(error, ArchiveError::Disorder { .. }), "{error}");
    // Without the last events of the log no stream has a gap; the archive knows how many there are.
    let lacking = || batches.iter().skip(1).cloned().map(Ok);
    assert!(Folded::of_batches(lacking(), None).is_ok());
    let error = Folded::of_batches(lacking(), Some(&archive)).unwrap_err();
    assert!(matches!(error, ArchiveError::Altered { .. }), "{error}");
    let twice = batches.iter().chain(batches.last()).cloned().map(Ok);
    let error = Folded::of_batches(twice, None).unwrap_err();
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
