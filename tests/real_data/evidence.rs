//! Tree heads, against a program in another language that computes the root by itself.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use relatum_tests::root;

use crate::program::Book;

/// What docs/verify_log.py says of a log.
fn verify_log(log: &str, head: Option<&str>) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new("python3");
    command.arg(root().join("docs/verify_log.py"));
    if let Some(head) = head {
        let path = folder.path().join("head");
        fs::write(&path, head).expect("a file can be written");
        command.arg(path);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("python3 runs");
    let mut stdin = child.stdin.take().expect("its standard input");
    stdin.write_all(log.as_bytes()).expect("it reads to the end");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> &str {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{errors}", output.status);
    str::from_utf8(&output.stdout).expect("the answer is UTF-8")
}

/// The other program finds the same roots, and notices what was changed.
fn check(book: &Book) {
    let log = book.print(&["log", "show", "--jsonl"]);
    let head = book.ask(&["log", "tree-head"]);
    let (size, hex) = (&head["size"], head["root"].as_str().expect("a root"));
    let note = head["note"].as_str().expect("a note");
    let base64 = note.lines().nth(2).expect("three lines");
    let expected = format!("{size} events, root {hex} {base64}\n");
    assert_eq!(said(&verify_log(&log, None)), expected);
    let agreed = format!("{expected}begins with the {size} events of the tree head\n");
    assert_eq!(said(&verify_log(&log, Some(note))), agreed);
    assert_eq!(book.ask(&["log", "verify"])["root"], hex);

    let early = book.print(&["log", "tree-head", "--at", "7"]);
    assert!(said(&verify_log(&log, Some(&early))).contains("begins with the 7 events"));
    let cut: String = log.split_inclusive('\n').take(8).collect();
    assert!(said(&verify_log(&cut, Some(&early))).contains("begins with the 7 events"));
    let changed = log.replacen(r#""schema":1"#, r#""schema":2"#, 1);
    for other in [&cut, &changed] {
        let output = verify_log(other, Some(note));
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("DOES NOT begin with"), "{said}");
    }
}

#[test]
fn the_root_of_an_import_is_found_in_another_language() {
    check(&Book::imported("ibm-ar", "ibm_ar"));
}

#[test]
fn the_root_of_the_demo_is_found_in_another_language() {
    check(&Book::demo());
}
