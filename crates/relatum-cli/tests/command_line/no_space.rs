//! Exports onto a full disk, and exports that are killed: what is told, and what is left.
//!
//! A library put before that of C lets one call fail, or kills the process at it: that takes no
//! rights and no device. It is the one of tests/faults.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Place, Ran, TODAY};

/// The library, built once.
fn shim() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/faults/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shim.so");
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(source);
        let output = cc.args(["-ldl", "-lpthread"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        library
    })
}

/// Runs with a call that fails, said as `op:nth:error:text`; none if it was never made.
pub(crate) fn failing(place: &Place, arguments: &[&str], call: &str) -> Option<Ran> {
    let hit = place.path("hit");
    let mut command = place.command(arguments);
    command.env("LD_PRELOAD", shim()).env("SHIM_FAIL", call).env("SHIM_HIT", &hit);
    command.env("SHIM_ROOT", fs::canonicalize(place.path("")).unwrap());
    let ran = Ran::of(command.output().unwrap());
    fs::remove_file(hit).is_ok().then_some(ran)
}

/// The first calls, and later ones ever more rarely.
fn calls() -> impl Iterator<Item = u32> {
    (0..).map(|power| 3_u32.pow(power))
}

/// What lies below a folder and is not hidden.
fn visible(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries.map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if path.is_dir() {
            found.extend(visible(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

/// Makes a folder what it was.
fn put_back(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    fs::remove_dir_all(folder).unwrap();
    for (file, bytes) in files {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

/// The names in a folder that tell of something unfinished.
fn unfinished(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|it| it.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|it| it.ends_with(".unfinished") || it.starts_with(".staging")).collect()
}

const FILES: &[&[&str]] = &[
    &["export", "sales", "-o", "out.csv"],
    &["export", "sales", "-o", "out.jsonl"],
    &["export", "sales", "-o", "out.parquet"],
    &["export", "sales", "-o", "out.arrow"],
    &["export", "sales", "-o", "out.xlsx"],
    &["export", "log", "-o", "out.csv"],
    &["export", "log", "-o", "out.jsonl"],
    &["export", "log", "-o", "out.parquet"],
    &["export", "log", "-o", "out.arrow"],
];

#[test]
fn a_full_disk_leaves_the_file_that_was_there() {
    let place = Place::with_book();
    for asked in FILES {
        let name = asked[3];
        let asked = [*asked, &["--unrecorded"]].concat();
        for call in ["write:1+", "sync:1", "rename:1"] {
            place.file(name, "as it was");
            let ran = failing(&place, &asked, &format!("{call}:ENOSPC:out."));
            let ran = ran.unwrap_or_else(|| panic!("{asked:?}: there is no {call}"));
            assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{asked:?} {call}: {ran:?}");
            assert!(ran.err.starts_with("error: could not write "), "{asked:?} {call}: {ran:?}");
            assert!(ran.err.contains(name), "{asked:?} {call}: {ran:?}");
            assert!(ran.err.contains("No space left on device"), "{asked:?} {call}: {ran:?}");
            assert_eq!(fs::read_to_string(place.path(name)).unwrap(), "as it was", "{call}");
            assert_eq!(unfinished(&place.path("")), Vec::<String>::new(), "{asked:?} {call}");
        }
    }
    assert_eq!(place.run(&["log", "verify"]).code, 0);
}

/// An archive up to a position, and what follows it.
const BEGIN: &[&str] = &["export", "log", "--to", "archive", "--known-at", "@300", "--unrecorded"];
const GO_ON: &[&str] = &["export", "log", "--to", "archive", "--known-at", "@600", "--unrecorded"];

#[test]
fn a_full_disk_leaves_the_archive_that_was_there() {
    let place = Place::with_book();
    let folder = place.path("archive");
    assert_eq!(place.run(BEGIN).code, 0);
    let before = visible(&folder);
    let mut failed = 0;
    for op in ["open", "write", "sync", "rename", "mkdir"] {
        put_back(&folder, &before);
        for nth in calls() {
            let call = format!("{op}:{nth}:ENOSPC:archive/");
            let Some(ran) = failing(&place, GO_ON, &call) else { break };
            failed += 1;
            assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{call}: {ran:?}");
            assert!(ran.err.starts_with("error: could not "), "{call}: {ran:?}");
            assert!(ran.err.contains("archive"), "{call}: {ran:?}");
            assert!(ran.err.contains("No space left on device"), "{call}: {ran:?}");
            assert!(visible(&folder) == before, "{call}: it is what it was");
            assert_eq!(unfinished(&folder), Vec::<String>::new(), "{call}");
        }
    }
    assert!(failed > 12, "{failed}");
    let ran = place.run(GO_ON);
    assert_eq!(ran.code, 0, "{ran:?}");
    let fold = ["fold", "--bucket", "1024", "--in", "archive", "--out", "out", "--as-of", TODAY];
    assert_eq!(place.run(&fold).code, 0);
}

#[test]
fn an_export_that_was_killed_anywhere_comes_to_the_same_archive() {
    let place = Place::with_book();
    let folder = place.path("archive");
    let run = |asked: &[&str]| {
        let ran = place.run(asked);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    run(BEGIN);
    let begun = visible(&folder);
    run(GO_ON);
    let whole = visible(&folder);
    let manifest = folder.join("_manifest.json");
    let mut killed = 0;
    for op in ["open", "write", "sync", "rename", "mkdir"] {
        for nth in calls() {
            put_back(&folder, &begun);
            let Some(ran) = failing(&place, GO_ON, &format!("{op}:{nth}:KILL:archive/")) else {
                break;
            };
            killed += 1;
            assert_eq!(ran.code, -1, "{ran:?}");
            let left = visible(&folder);
            // Whoever goes by the manifest sees the one archive or the other.
            let told = if left[&manifest] == whole[&manifest] { &whole } else { &begun };
            assert!(told.iter().all(|(file, bytes)| left.get(file) == Some(bytes)), "{op} {nth}");
            run(GO_ON);
            assert!(visible(&folder) == whole, "{op} {nth}");
            assert_eq!(unfinished(&folder), Vec::<String>::new(), "{op} {nth}");
        }
    }
    assert!(killed > 12, "{killed}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let place = Place::with_book();
    place.file("file", "no folder");
    let log = place.log();
    for asked in [
        &["export", "log", "--to", "file/archive"][..],
        &["export", "log", "--to", "file"],
        &["export", "log", "-o", "file/log.csv"],
        &["export", "sales", "-o", "file/sales.csv"],
    ] {
        let ran = place.run(asked);
        assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{asked:?}: {ran:?}");
        assert!(ran.err.contains(" file"), "{asked:?}: {ran:?}");
        assert!(ran.err.contains("(os error "), "{asked:?}: {ran:?}");
    }
    assert_eq!(fs::read_to_string(place.path("file")).unwrap(), "no folder");
    assert_eq!(place.log(), log, "what cannot be begun is not given out");
}
