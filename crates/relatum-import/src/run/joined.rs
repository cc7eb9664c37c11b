//! Rows of a header file with their lines from another, both sorted by the key.

use std::cmp::Ordering;
use std::sync::Arc;

use super::feed::{Feed, Halt};
use super::groups::MAX_GROUP_BYTES;
use super::lookup::{Loaded, alone};
use super::unit::Unit;
use crate::error::ImportError;
use crate::file::{Format, Problem, Record, Rows};
use crate::mapping::{Lines, Reading, Table};

/// A file read by its key, in ascending order.
struct Sorted<'a> {
    rows: Rows,
    by: &'a Reading,
    format: &'a Format,
    lookups: &'a [Loaded<'a>],
    file: Arc<str>,
    count: usize,
    last: Option<String>,
    ahead: Option<(Option<String>, Record)>,
}

impl Sorted<'_> {
    /// The next row and its key; no key where the row is broken.
    fn next(&mut self, feed: &mut Feed) -> Result<Option<(Option<String>, Record)>, Halt> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        let Some(mut row) = self.rows.next()? else { return Ok(None) };
        feed.row_read(self.count)?;
        for lookup in self.lookups {
            lookup.fill(&mut row, self.format);
        }
        if row.problem.is_some() {
            return Ok(Some((None, row)));
        }
        let key = self.by.read(&alone(&row, self.format)).map(|found| found.text().to_owned());
        let key = match key {
            Ok(key) if key.is_empty() => {
                row.fail(self.by.problem("", "empty, and lines are found by it"));
                return Ok(Some((None, row)));
            }
            Ok(key) => key,
            Err(problem) => {
                row.fail(problem);
                return Ok(Some((None, row)));
            }
        };
        if let Some(last) = self.last.as_ref().filter(|last| order(last, &key).is_gt()) {
            let error = ImportError::Unsorted {
                file: self.rows.file.clone(),
                line: row.line,
                column: self.by.columns(),
                value: key,
                previous: last.clone(),
            };
            return Err(error.into());
        }
        self.last = Some(key.clone());
        Ok(Some((Some(key), row)))
    }
}

/// Numbers by size, before texts, which go by their bytes.
fn order(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

/// Headers, each with its lines.
pub(crate) fn joined(
    feed: &mut Feed,
    table: &Table,
    (lookups, line_lookups): (&[Loaded<'_>], &[Loaded<'_>]),
    lines: &Lines,
    (head_rows, line_rows): (Rows, Rows),
) -> Result<(), Halt> {
    let mut sorted = |rows: Rows, by, format, lookups| {
        let file: Arc<str> = rows.file.as_str().into();
        let count = feed.begin(&file);
        Sorted { rows, by, format, lookups, file, count, last: None, ahead: None }
    };
    let mut heads = sorted(head_rows, &lines.header_by, &table.format, lookups);
    let mut lines_in = sorted(line_rows, &lines.by, &lines.format, line_lookups);
    let mut before: Option<String> = None;
    while let Some((key, mut head)) = heads.next(feed)? {
        let Some(key) = key else {
            feed.take(Unit::row(&heads.file, head))?;
            continue;
        };
        if before.as_ref() == Some(&key) {
            let problem = lines.header_by.problem(&key, "is there twice in this file");
            feed.reject_row(&heads.file, head, problem)?;
            continue;
        }
        before = Some(key.clone());
        let skip = match table.when.holds(&alone(&head, &table.format)) {
            Ok(wanted) => !wanted,
            Err(problem) => {
                head.fail(problem);
                false
            }
        };
        let found = collect(feed, &mut lines_in, &heads.file, &key);
        let mut found = match found {
            Ok(found) => found,
            Err(error) => {
                let reason = "the lines break off before it is known whether these are all";
                let problem = lines.header_by.problem(&key, reason);
                feed.reject_row(&heads.file, head, problem)?;
                return Err(error);
            }
        };
        if skip {
            feed.skip(1 + u64::try_from(found.len()).unwrap_or(0));
            continue;
        }
        if found.is_empty() && !lines.optional {
            let reason =
                format!("has no line in `{}`; if that may be, say optional = true", lines_in.file);
            head.fail(lines.header_by.problem(&key, reason));
        }
        let bytes: usize = found.iter().map(|line| line.raw.len()).sum();
        if bytes > MAX_GROUP_BYTES {
            head.fail(lines.header_by.problem(&key, "has too many lines to be one event"));
        }
        let unit = Unit::joined(&heads.file, head, &lines_in.file, std::mem::take(&mut found));
        feed.take(unit)?;
    }
    while let Some((key, line)) = lines_in.next(feed)? {
        orphan(feed, &lines_in, &heads.file, key.as_deref(), line)?;
    }
    for side in [&heads, &lines_in] {
        feed.end(side.count, side.rows.ends_open.then(|| side.rows.lines_read() + 1));
    }
    Ok(())
}

/// The lines of the header with `key`; those before it belong to none.
fn collect(
    feed: &mut Feed,
    lines: &mut Sorted<'_>,
    heads: &str,
    key: &str,
) -> Result<Vec<Record>, Halt> {
    let mut found: Vec<Record> = Vec::new();
    let mut bytes = 0;
    while let Some((of, line)) = lines.next(feed)? {
        let place = match &of {
            // Nobody knows where a broken line belongs; this header may lack it.
            None => Ordering::Equal,
            Some(of) => order(of, key),
        };
        match place {
            Ordering::Less => orphan(feed, lines, heads, of.as_deref(), line)?,
            Ordering::Equal => {
                bytes += line.raw.len();
                // One row more than fits is enough to know that it is too much.
                if bytes <= 2 * MAX_GROUP_BYTES {
                    found.push(line);
                } else {
                    let problem = Problem::of_row("its header has too many lines");
                    feed.reject_row(&lines.file, line, problem)?;
                }
            }
            Ordering::Greater => {
                lines.ahead = Some((of, line));
                break;
            }
        }
    }
    Ok(found)
}

fn orphan(
    feed: &mut Feed,
    lines: &Sorted<'_>,
    heads: &str,
    key: Option<&str>,
    line: Record,
) -> Result<(), Halt> {
    let problem = line.problem.clone().unwrap_or_else(|| {
        let reason = format!("is not in `{heads}`, or its row there is rejected");
        lines.by.problem(key.unwrap_or_default(), reason)
    });
    feed.reject_row(&lines.file, line, problem)
}
