//! The queries of docs/sql.md, as they are written there.

use std::fs;
use std::path::Path;

use crate::book::{rows_of, sql, told};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md");
    fs::read_to_string(path).unwrap()
}

fn blocks(text: &str, language: &str) -> Vec<String> {
    let begin = format!("```{language}\n");
    let parts = text.split(&begin).skip(1);
    parts.map(|part| part.split_once("```").unwrap().0.to_owned()).collect()
}

#[test]
fn the_queries_of_the_document_are_answered() {
    let (folder, text) = (tempfile::tempdir().unwrap(), document());
    let targets = folder.path().join("targets.csv");
    fs::write(&targets, &blocks(&text, "csv")[0]).unwrap();
    let queries = blocks(&text, "sql");
    assert!(queries.len() > 4, "{queries:?}");
    for query in queries {
        let query = query.replace("targets.csv", &targets.display().to_string());
        let rows = rows_of(&sql(), &query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert!(!rows.is_empty(), "{query}");
    }
}

#[test]
fn what_the_document_says_of_wrong_queries_is_told() {
    let text = document();
    let (_, table) = text.split_once("| query | what is told |\n").unwrap();
    let lines: Vec<&str> = table.lines().skip(1).take_while(|line| line.starts_with('|')).collect();
    assert!(lines.len() > 4, "{lines:?}");
    for line in lines {
        let mut cells = line.trim_matches(['|', ' ']).split(" | ");
        let (query, said) = (cells.next().unwrap().trim_matches('`'), cells.next().unwrap());
        let said = said.split("; and ").next().unwrap();
        assert_eq!(told(query).lines().next().unwrap(), said, "{query}");
    }
}
