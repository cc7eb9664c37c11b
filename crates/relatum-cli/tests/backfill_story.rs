//! The story of docs/backfill.md, as it is told there, up to what other programs do.
#![expect(clippy::unwrap_used, reason = "all of it is a test, and a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = entry.map(|it| (it.path(), to.join(it.file_name()))).unwrap();
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            fs::copy(entry, to).unwrap();
        }
    }
}

#[test]
fn an_export_of_a_vendor_comes_in_and_goes_out_as_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let story = folder.path().join("backfill.md");
    fs::copy(documents().join("backfill.md"), &story).unwrap();
    // Commands run in a copy of the folder of this name, one after the other.
    copy(&documents().join("backfill"), &folder.path().join("backfill.in"));
    fs::create_dir(folder.path().join("backfill.out")).unwrap();
    trycmd::TestCases::new()
        .env("RELATUM_STORE", "book")
        .register_bin("relatum", Path::new(env!("CARGO_BIN_EXE_relatum")))
        .case(story)
        .run();
}

#[test]
fn the_mapping_of_the_document_is_the_one_beside_it() {
    let text = fs::read_to_string(documents().join("backfill.md")).unwrap();
    let (_, shown) = text.split_once("```toml\n").unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let mapping = fs::read_to_string(documents().join("backfill/invoices.toml")).unwrap();
    assert_eq!(shown, mapping);
}
