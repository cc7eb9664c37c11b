//! The story of docs/audit.md, as it is told there.

use std::fs;
use std::path::Path;

#[test]
fn the_four_questions_are_answered_as_the_document_says() {
    let folder = tempfile::tempdir().unwrap();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/audit.md");
    let story = folder.path().join("audit.md");
    fs::copy(document, &story).unwrap();
    // Commands run in a copy of the folder of this name, one after the other.
    fs::create_dir(folder.path().join("audit.in")).unwrap();
    fs::create_dir(folder.path().join("audit.out")).unwrap();
    trycmd::TestCases::new()
        .env("RELATUM_STORE", "book")
        .register_bin("relatum", Path::new(env!("CARGO_BIN_EXE_relatum")))
        .case(story)
        .run();
}
