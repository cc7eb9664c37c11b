//! Examples in documents that no compiler sees.
#![expect(clippy::expect_used, reason = "all of it is a test, and a test may panic")]

use relatum_import::Mapping;

/// The text of the first code block in `language` of a document.
fn block(document: &str, language: &str) -> String {
    let path = relatum_tests::root().join("docs").join(document);
    let text = std::fs::read_to_string(&path).expect("the document can be read");
    let (_, rest) = text.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_mapping_in_the_document_is_one() {
    let mapping = Mapping::parse(&block("import.md", "toml")).expect("a mapping");
    assert_eq!(mapping.patterns(), ["invoices*.csv*"]);
}
