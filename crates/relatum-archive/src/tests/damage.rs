//! What becomes of archives that were damaged, and of exports that were cut off.

use std::fs;
use std::path::PathBuf;

use super::{Growing, book};
use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::export::export_log;
use crate::manifest::FILE;
use crate::place::Place;

struct Written {
    folder: tempfile::TempDir,
    place: Place,
    growing: Growing,
}

impl Written {
    fn new() -> Self {
        let mut growing = Growing::new(7, 6);
        growing.grow(500);
        let folder = tempfile::tempdir().unwrap();
        let place = Place::folder(folder.path());
        export_log(&growing.engine, &place, None, |_, _| {}).unwrap();
        growing.grow(500);
        Self { folder, place, growing }
    }

    fn segments(&self) -> Vec<PathBuf> {
        let archive = Archive::open(&self.place).unwrap();
        let segments = archive.manifest().segments();
        segments.map(|it| self.folder.path().join(&it.file)).collect()
    }
}

#[test]
fn each_file_that_was_altered_is_named_and_nothing_is_added() {
    let written = Written::new();
    for path in written.segments() {
        let sound = fs::read(&path).unwrap();
        for at in [4, sound.len() / 2, sound.len() - 1] {
            let mut altered = sound.clone();
            altered[at] ^= 1;
            fs::write(&path, &altered).unwrap();
            let archive = Archive::open(&written.place).unwrap();
            for error in [
                archive.check().unwrap_err(),
                archive.verify(|_, _| {}).unwrap_err(),
                export_log(&written.growing.engine, &written.place, None, |_, _| {}).unwrap_err(),
            ] {
                assert!(matches!(error, ArchiveError::Altered { .. }), "{error}");
                assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
            }
        }
        fs::write(&path, &sound[..sound.len() - 1]).unwrap();
        let error = Archive::open(&written.place).unwrap().check().unwrap_err();
        assert!(error.to_string().contains("bytes, not"), "{error}");
        fs::remove_file(&path).unwrap();
        let error = Archive::open(&written.place).unwrap().check().unwrap_err();
        assert!(matches!(error, ArchiveError::Missing { .. }), "{error}");
        fs::write(&path, sound).unwrap();
    }
    Archive::open(&written.place).unwrap().verify(|_, _| {}).unwrap();
}

#[test]
fn a_manifest_that_was_altered_is_refused() {
    let written = Written::new();
    let path = written.folder.path().join(FILE);
    let sound = fs::read_to_string(&path).unwrap();
    let rows = sound.lines().find(|it| it.contains("\"rows\"")).unwrap();
    for (from, to) in [
        (rows, "          \"rows\": 1,"),
        ("\"log\": \"", "\"log\": \"x"),
        ("\"format\": 1", "\"format\": 2"),
        ("{", "["),
    ] {
        fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        let error = Archive::open(&written.place).unwrap_err();
        let told = matches!(error, ArchiveError::Manifest { .. } | ArchiveError::Format { .. });
        assert!(told, "{from}: {error}");
        assert!(error.to_string().contains(FILE), "{error}");
        assert!(export_log(&written.growing.engine, &written.place, None, |_, _| {}).is_err());
    }
}

/// A manifest that says what its files hold, of files that were put in each other's place.
#[test]
fn segments_that_changed_places_are_told_by_their_rows() {
    let written = Written::new();
    let archive = Archive::open(&written.place).unwrap();
    let mut manifest = archive.manifest().clone();
    let segments = &mut manifest.increments[0].segments;
    let (one, two) = (segments[0].clone(), segments[1].clone());
    let (left, right) =
        (written.folder.path().join(&one.file), written.folder.path().join(&two.file));
    let (a, b) = (fs::read(&left).unwrap(), fs::read(&right).unwrap());
    fs::write(&left, b).unwrap();
    fs::write(&right, a).unwrap();
    let take = |to: &mut crate::manifest::Segment, from: &crate::manifest::Segment| {
        (to.rows, to.bytes, to.sha256) = (from.rows, from.bytes, from.sha256.clone());
    };
    take(&mut segments[0], &two);
    take(&mut segments[1], &one);
    fs::write(written.folder.path().join(FILE), manifest.bytes()).unwrap();
    let archive = Archive::open(&written.place).unwrap();
    archive.check().unwrap();
    let error = archive.verify(|_, _| {}).unwrap_err();
    assert!(matches!(error, ArchiveError::Disorder { row: 1, .. }), "{error}");
    assert!(error.to_string().contains("does not belong here"), "{error}");
}

#[test]
fn an_increment_that_was_cut_out_leaves_a_gap() {
    let written = Written::new();
    export_log(&written.growing.engine, &written.place, None, |_, _| {}).unwrap();
    let archive = Archive::open(&written.place).unwrap();
    let mut manifest = archive.manifest().clone();
    manifest.increments.remove(0);
    fs::write(written.folder.path().join(FILE), manifest.bytes()).unwrap();
    let error = Archive::open(&written.place).unwrap_err();
    assert!(error.to_string().contains("does not follow 0"), "{error}");
}

#[test]
fn a_full_disk_leaves_the_archive_as_it_was() {
    let mut written = Written::new();
    let before = Archive::open(&written.place).unwrap().manifest().clone();
    for bytes in [0, 1, 4_096, 65_536] {
        crate::place::FULL_AFTER.with(|it| it.set(Some(bytes)));
        let failed = export_log(&written.growing.engine, &written.place, None, |_, _| {});
        crate::place::FULL_AFTER.with(|it| it.set(None));
        let error = failed.unwrap_err();
        assert!(matches!(error, ArchiveError::Io { .. }), "{error}");
        let archive = Archive::open(&written.place).unwrap();
        assert_eq!(*archive.manifest(), before);
        archive.verify(|_, _| {}).unwrap();
    }
    written.growing.grow(10);
    export_log(&written.growing.engine, &written.place, None, |_, _| {}).unwrap();
    let archive = Archive::open(&written.place).unwrap();
    archive.verify(|_, _| {}).unwrap();
    // What the cut off exports left beside it is gone.
    let named: Vec<_> = archive.manifest().segments().map(|it| it.file.clone()).collect();
    let mut found = written.place.files().unwrap();
    found.retain(|it| it.ends_with(".parquet"));
    found.sort();
    let mut named = named;
    named.sort();
    assert_eq!(found, named);
    let staging = fs::read_dir(written.folder.path()).unwrap();
    let names: Vec<_> = staging.map(|it| it.unwrap().file_name()).collect();
    assert!(!names.iter().any(|it| it.to_string_lossy().starts_with(".staging")), "{names:?}");
}

#[test]
fn two_do_not_write_at_once() {
    let engine = book(7, 3, 100);
    let folder = tempfile::tempdir().unwrap();
    let place = Place::folder(folder.path());
    let held = place.hold().unwrap();
    let error = export_log(&engine, &place, None, |_, _| {}).unwrap_err();
    assert!(matches!(error, ArchiveError::InUse { .. }), "{error}");
    drop(held);
    export_log(&engine, &place, None, |_, _| {}).unwrap();
}
