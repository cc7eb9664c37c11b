//! `relatum sql`: forms of answers, files, exit codes.
#![expect(clippy::unwrap_used, reason = "all of it is a test, and a test may panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_relatum");

/// A folder with the demo's book.
fn place() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = run(&folder, &["demo", "--today", "2026-11-23", "--accounts", "6"]);
    assert!(made.status.success(), "{made:?}");
    folder
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder.path()).env("RELATUM_STORE", "book");
    command.env_remove("RELATUM_KEYS").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_answer_says_the_same_in_every_form() {
    let folder = place();
    let query = "select currency, sum(open) as open from open_items \
                 where currency = 'EUR' group by currency";
    let ask =
        |form: &str| text(&run(&folder, &["sql", query, "--as-of", "2026-11-23", form]).stdout);
    let csv = ask("--csv");
    let sum = csv.lines().nth(1).unwrap().strip_prefix("EUR,").unwrap().to_owned();
    assert!(sum.contains('.') && !sum.contains('e'), "{sum}");
    assert_eq!(ask("--jsonl"), format!("{{\"currency\":\"EUR\",\"open\":\"{sum}\"}}\n"));
    let json: serde_json::Value = serde_json::from_str(&ask("--json")).unwrap();
    assert_eq!(json, serde_json::json!([{ "currency": "EUR", "open": sum }]));
    let aging = run(&folder, &["report", "aging", "--as-of", "2026-11-23", "--json"]);
    let aging: serde_json::Value = serde_json::from_slice(&aging.stdout).unwrap();
    assert!(aging.to_string().contains(&sum.replace(',', "")), "{sum} is the total of the report");
}

#[test]
fn a_query_comes_from_a_file_or_from_standard_input_too() {
    use std::io::Write as _;
    use std::process::Stdio;
    let folder = place();
    fs::write(folder.path().join("q.sql"), "-- how many\nselect count(*) as n\nfrom accounts;\n")
        .unwrap();
    let by_file = run(&folder, &["sql", "--query-file", "q.sql", "--csv"]);
    assert_eq!(text(&by_file.stdout), "n\n6\n");
    let mut child = Command::new(BINARY)
        .args(["sql", "-", "--csv"])
        .current_dir(folder.path())
        .env("RELATUM_STORE", "book")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"select count(*) as n from accounts").unwrap();
    assert_eq!(text(&child.wait_with_output().unwrap().stdout), "n\n6\n");
}

#[test]
fn a_file_that_is_written_is_told_by_the_log() {
    let folder = place();
    let exports = "select count(*) as n from events where event_type = 'data_exported'";
    let count = || text(&run(&folder, &["sql", exports, "--csv"]).stdout);
    assert_eq!(count(), "n\n0\n");
    for name in ["a.parquet", "a.csv", "a.jsonl", "a.json"] {
        let query = "select account, account_name from accounts order by 2";
        let wrote = run(&folder, &["sql", query, "-o", name]);
        assert!(wrote.status.success(), "{wrote:?}");
        assert_eq!(text(&wrote.stdout), "");
        assert_eq!(text(&wrote.stderr), format!("wrote 6 rows to {name}\n"));
        let read = format!("select count(*) as n from '{name}'");
        assert_eq!(text(&run(&folder, &["sql", &read, "--csv"]).stdout), "n\n6\n", "{name}");
    }
    assert_eq!(count(), "n\n4\n");
    let replica = ["sql", "select 1 as n", "-o", "b.csv", "--unrecorded"];
    assert!(run(&folder, &replica).status.success());
    assert_eq!(count(), "n\n4\n");
    // A query that is wrong is nothing that was given out.
    let wrong = run(&folder, &["sql", "select nothing from accounts", "-o", "c.csv"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(count(), "n\n4\n");
    assert!(!folder.path().join("c.csv").exists());
}

#[test]
fn the_code_says_whose_fault_it_is() {
    let folder = place();
    let code = |arguments: &[&str]| run(&folder, arguments).status.code().unwrap();
    assert_eq!(code(&["sql", "select 1"]), 0);
    assert_eq!(code(&["sql", "selct 1"]), 2);
    assert_eq!(code(&["sql", "select x from accounts"]), 2);
    assert_eq!(code(&["sql", "drop table accounts"]), 2);
    assert_eq!(code(&["sql", "select 1 / (seq - seq) from events"]), 1);
    assert_eq!(code(&["sql", "select 1", "-o", "x.doc"]), 2);
    assert_eq!(code(&["sql", "select 1", "-o", "nowhere/x.csv", "--unrecorded"]), 4);
    assert_eq!(code(&["sql", "select 1", "--file", "x"]), 2);
    assert_eq!(code(&["--store", "nothing", "sql", "select 1"]), 4);
    let bare = Command::new(BINARY)
        .args(["sql", "--tables", "--csv"])
        .current_dir(folder.path())
        .env_remove("RELATUM_STORE")
        .output()
        .unwrap();
    assert!(text(&bare.stdout).contains("\nopen_items,"), "{bare:?}");
}

#[test]
fn many_rows_are_printed_as_they_come_and_a_closed_pipe_is_silent() {
    let folder = place();
    let all = run(&folder, &["sql", "select seq, event_type from events order by seq"]);
    let lines = text(&all.stdout);
    assert!(lines.lines().count() > 1_000, "{}", lines.lines().count());
    assert!(lines.lines().next().unwrap().trim_start().starts_with("seq  event_type"), "{lines}");
    let closed = Command::new("sh")
        .args(["-c", &format!("{BINARY} sql 'select * from events' --jsonl | head -n 1")])
        .current_dir(folder.path())
        .env("RELATUM_STORE", "book")
        .output()
        .unwrap();
    assert_eq!(text(&closed.stderr), "");
    assert_eq!(text(&closed.stdout).lines().count(), 1);
}

/// What stands in the first block of a language.
fn block<'a>(text: &'a str, language: &str) -> &'a str {
    let (_, text) = text.split_once(&format!("```{language}\n")).unwrap();
    text.split_once("```").unwrap().0
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
fn the_query_of_the_story_of_backfills_says_what_stands_there() {
    let documents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let text = fs::read_to_string(documents.join("backfill.md")).unwrap();
    let (story, section) = text.split_once("\n## SQL without a file\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy(&documents.join("backfill"), folder.path());
    for command in story.lines().filter_map(|line| line.strip_prefix("$ relatum import --")) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let words = [&["import", "--mapping"], &words[1..]].concat();
        let code = run(&folder, &words).status.code();
        assert!(matches!(code, Some(0 | 1)), "{command}: {code:?}");
    }
    fs::write(folder.path().join("left.sql"), block(section, "sql")).unwrap();
    let asked = block(section, "sh").trim().strip_prefix("relatum ").unwrap();
    let answer = run(&folder, &asked.split_whitespace().collect::<Vec<_>>());
    let lines = |text: &str| text.trim().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(lines(&self::text(&answer.stdout)), lines(block(section, "text")), "{answer:?}");
}
