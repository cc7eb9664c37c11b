//! Documents: links lead somewhere, and every term of the field is defined once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use relatum_tests::{files, root, shown};

use crate::none_of;

/// The field's own words, as docs/glossary.md must define them.
const TERMS: &[&str] = &[
    "account",
    "activity",
    "actor",
    "advance",
    "aging",
    "aging bucket",
    "allocation",
    "amendment",
    "append",
    "application",
    "approval",
    "as-of",
    "attainment",
    "average days delinquent",
    "best possible dso",
    "book",
    "cadence",
    "canonical bytes",
    "cei",
    "cell key",
    "checkpoint",
    "churn signal",
    "commit",
    "conflict",
    "consistency proof",
    "contact",
    "credit limit",
    "credit note",
    "cut",
    "days past due",
    "decision",
    "deputy",
    "dispute",
    "dso",
    "dunning level",
    "effective day",
    "engine",
    "envelope",
    "event",
    "evidence",
    "expected version",
    "explanation",
    "exposure",
    "flag",
    "fold",
    "frontier",
    "grace",
    "hold",
    "idempotency key",
    "inclusion proof",
    "installment",
    "known-at",
    "leaf",
    "ledger of an account",
    "log",
    "manager",
    "mapping",
    "net and gross",
    "offer",
    "open item",
    "opportunity",
    "pacing",
    "party",
    "personal field",
    "policy",
    "position",
    "projection",
    "promise outcome",
    "promise to pay",
    "proposal",
    "quota",
    "realised exchange difference",
    "receipt",
    "record",
    "recorded at",
    "refusal",
    "reject",
    "replication",
    "reservation",
    "returned exposure",
    "revaluation",
    "reversal",
    "roll-forward",
    "schema number",
    "sealed",
    "secret field",
    "snapshot",
    "source",
    "stand-in",
    "statement of account",
    "step",
    "store",
    "stream",
    "subject",
    "tenant",
    "tree head",
    "unapplied",
    "upcaster",
    "version",
    "view",
    "voided",
    "worklist",
    "write-off",
];

fn documents() -> Vec<(PathBuf, String)> {
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a document can be read");
        (path, text)
    };
    files("md").expect("the workspace can be read").into_iter().map(read).collect()
}

/// The text without what stands in code blocks and code spans.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            out.extend(line.split('`').step_by(2));
        }
        out.push('\n');
    }
    out
}

/// The targets of Markdown links.
fn links(text: &str) -> Vec<String> {
    let text = prose(text);
    let after = text.split("](").skip(1);
    after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn has_anchor(document: &Path, wanted: &str) -> bool {
    let text = std::fs::read_to_string(document).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).any(|it| it == wanted)
}

#[test]
fn every_link_leads_to_a_file() {
    let mut faults = Vec::new();
    for (path, text) in documents() {
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let folder = path.parent().unwrap_or(root());
            let target = if file.is_empty() { path.clone() } else { folder.join(file) };
            if !target.exists() {
                let path = shown(&path);
                faults.push(format!("{path} links to {link}, which is not there; mend the link"));
            } else if !heading.is_empty() && !has_anchor(&target, heading) {
                let path = shown(&path);
                faults.push(format!("{path} links to {link}: no such heading; mend the link"));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn documents_named_in_sources_are_there() {
    let mut faults = Vec::new();
    for path in files("rs").expect("the workspace can be read") {
        let text = std::fs::read_to_string(&path).expect("a source can be read");
        for rest in text.split("docs/").skip(1) {
            let end = |letter: char| !(letter.is_alphanumeric() || "-_./".contains(letter));
            let name = rest.split(end).next().unwrap_or_default().trim_end_matches('.');
            if name.ends_with(".md") && !root().join("docs").join(name).exists() {
                let path = shown(&path);
                faults.push(format!("{path} names docs/{name}, which is not there; write it"));
            }
        }
    }
    none_of(&faults);
}

#[test]
fn the_glossary_defines_each_term_once() {
    let path = root().join("docs/glossary.md");
    let text = std::fs::read_to_string(&path).expect("docs/glossary.md can be read");
    let mut defined: BTreeMap<String, u32> = BTreeMap::new();
    for line in text.lines() {
        let term = line.strip_prefix("- **").and_then(|rest| rest.split_once("**: "));
        if let Some((term, _)) = term {
            *defined.entry(term.to_lowercase()).or_default() += 1;
        }
    }
    let mut faults = Vec::new();
    for term in TERMS {
        if !defined.contains_key(*term) {
            faults.push(format!("glossary.md does not define {term}; write `- **{term}**: …`"));
        }
    }
    for (term, times) in defined {
        if times > 1 {
            faults.push(format!("docs/glossary.md defines {term} {times} times; keep one"));
        }
    }
    none_of(&faults);
}

#[test]
fn decisions_are_numbered_without_a_gap() {
    let folder = root().join("docs/decisions");
    let mut numbers: Vec<u32> = Vec::new();
    let mut faults = Vec::new();
    for entry in folder.read_dir().expect("docs/decisions can be read") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        match name.split_once('-').and_then(|(number, _)| number.parse().ok()) {
            Some(number) => numbers.push(number),
            None => faults.push(format!("docs/decisions/{name}: call it NNNN-what-was-decided.md")),
        }
    }
    numbers.sort_unstable();
    for (expected, number) in (1..).zip(&numbers) {
        if expected != *number {
            faults.push(format!("docs/decisions: number {expected} is missing or given twice"));
            break;
        }
    }
    none_of(&faults);
}
