//! Rows one by one, and rows that make up groups.
//!
//! A bounded number of groups is open at a time; the one that was not added to for longest is
//! closed first. A row of a closed group is rejected: its event is on its way without it.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::feed::{Feed, Halt};
use super::lookup::{Loaded, alone};
use super::recent::Recent;
use super::unit::Unit;
use crate::file::{MAX_ROW_BYTES, Problem, Record, Rows};
use crate::mapping::{Reading, Table};

/// Closed groups remembered. Beyond it, the sink says that the event is there already.
const REMEMBERED: usize = 1_000_000;

/// The most bytes of rows in one group.
pub(crate) const MAX_GROUP_BYTES: usize = 2 * MAX_ROW_BYTES;

/// Each row by itself.
pub(crate) fn rows(
    feed: &mut Feed,
    table: &Table,
    lookups: &[Loaded<'_>],
    mut rows: Rows,
) -> Result<(), Halt> {
    let file: Arc<str> = rows.file.as_str().into();
    let count = feed.begin(&file);
    while let Some(row) = wanted(feed, table, lookups, &mut rows, count)? {
        feed.take(Unit::row(&file, row))?;
    }
    feed.end(count, rows.ends_open.then(|| rows.lines_read() + 1));
    Ok(())
}

/// The next row that the table's condition does not leave out, with its lookups.
pub(crate) fn wanted(
    feed: &mut Feed,
    table: &Table,
    lookups: &[Loaded<'_>],
    rows: &mut Rows,
    count: usize,
) -> Result<Option<Record>, Halt> {
    loop {
        let Some(mut row) = rows.next()? else {
            feed.passed_over(std::mem::take(&mut rows.passed_over));
            return Ok(None);
        };
        feed.row_read(count)?;
        for lookup in lookups {
            lookup.fill(&mut row, &table.format);
        }
        if row.problem.is_some() {
            return Ok(Some(row));
        }
        match table.when.holds(&alone(&row, &table.format)) {
            Ok(true) => return Ok(Some(row)),
            Ok(false) => feed.skip(1),
            Err(problem) => {
                row.fail(problem);
                return Ok(Some(row));
            }
        }
    }
}

struct Group {
    key: String,
    rows: Vec<Record>,
    bytes: usize,
    /// Whether it grew too large: its rows are rejected as they come.
    burst: bool,
}

struct Groups<'m> {
    table: &'m Table,
    by: &'m Reading,
    window: usize,
    file: Arc<str>,
    /// The one that was not added to for longest comes first.
    open: VecDeque<Group>,
    /// Digest of the key to the last line.
    closed: Recent<u64, u64>,
}

/// Groups of rows.
pub(crate) fn groups(
    feed: &mut Feed,
    table: &Table,
    lookups: &[Loaded<'_>],
    (by, window): (&Reading, usize),
    mut rows: Rows,
) -> Result<(), Halt> {
    let file: Arc<str> = rows.file.as_str().into();
    let count = feed.begin(&file);
    let closed = Recent::new(REMEMBERED);
    let mut groups = Groups { table, by, window, file, open: VecDeque::new(), closed };
    loop {
        match wanted(feed, table, lookups, &mut rows, count) {
            Ok(Some(row)) => groups.add(feed, row)?,
            Ok(None) => break,
            Err(error) => {
                groups.give_up(feed)?;
                return Err(error);
            }
        }
    }
    feed.end(count, rows.ends_open.then(|| rows.lines_read() + 1));
    while let Some(group) = groups.open.pop_front() {
        groups.close(feed, group)?;
    }
    Ok(())
}

impl Groups<'_> {
    fn add(&mut self, feed: &mut Feed, mut row: Record) -> Result<(), Halt> {
        let key = self.by.read(&alone(&row, &self.table.format));
        let key = key.map(|found| found.text().to_owned());
        let key = match (key, row.problem.take()) {
            (Ok(key), problem) if !key.is_empty() => {
                row.problem = problem;
                key
            }
            // Nobody knows where a broken row belongs; the last group may lack it.
            (_, Some(problem)) => {
                row.problem = Some(problem);
                let Some(last) = self.open.back() else {
                    return feed.take(Unit::row(&self.file, row));
                };
                last.key.clone()
            }
            (Ok(_), None) => {
                let reason = "empty, and rows are grouped by it";
                row.problem = Some(self.by.problem("", reason));
                return feed.take(Unit::row(&self.file, row));
            }
            (Err(problem), None) => {
                row.problem = Some(problem);
                return feed.take(Unit::row(&self.file, row));
            }
        };
        self.put(feed, key, row)
    }

    fn put(&mut self, feed: &mut Feed, key: String, row: Record) -> Result<(), Halt> {
        // The last one is the likeliest.
        let place = self.open.iter().rposition(|group| group.key == key);
        let mut group = match place.and_then(|at| self.open.remove(at)) {
            Some(group) => group,
            None => {
                if let Some(last_line) = self.closed.get(&digest(&key)) {
                    let reason = format!(
                        "`{key}` ended in line {last_line}, with {} other groups begun or \
                         continued since, and went in without this row; sort the file by this \
                         column or raise `window`",
                        self.window
                    );
                    let problem = self.by.problem(&key, reason);
                    return feed.reject_row(&self.file, row, problem);
                }
                Group { key, rows: Vec::new(), bytes: 0, burst: false }
            }
        };
        group.bytes += row.raw.len();
        if !group.burst && group.bytes > MAX_GROUP_BYTES {
            group.burst = true;
            self.burst(feed, &mut group)?;
        }
        if group.burst {
            feed.reject_row(&self.file, row, self.too_large(&group.key))?;
        } else {
            group.rows.push(row);
        }
        self.open.push_back(group);
        if self.open.len() > self.window
            && let Some(oldest) = self.open.pop_front()
        {
            self.close(feed, oldest)?;
        }
        Ok(())
    }

    fn too_large(&self, key: &str) -> Problem {
        let size = MAX_GROUP_BYTES / (1024 * 1024);
        self.by.problem(key, format!("has more than {size} MiB of rows; do they belong together?"))
    }

    fn burst(&self, feed: &mut Feed, group: &mut Group) -> Result<(), Halt> {
        for row in group.rows.drain(..) {
            feed.reject_row(&self.file, row, self.too_large(&group.key))?;
        }
        Ok(())
    }

    fn close(&mut self, feed: &mut Feed, group: Group) -> Result<(), Halt> {
        let last_line = group.rows.last().map_or(0, |row| row.line);
        self.closed.put(digest(&group.key), last_line);
        if group.rows.is_empty() {
            return Ok(());
        }
        feed.take(Unit::group(&self.file, group.rows))
    }

    /// The file broke off: what is open may lack rows.
    fn give_up(&mut self, feed: &mut Feed) -> Result<(), Halt> {
        while let Some(group) = self.open.pop_front() {
            for row in group.rows {
                let reason = "the file breaks off before it is known whether this group is whole";
                let problem = self.by.problem(&group.key, reason);
                feed.reject_row(&self.file, row, problem)?;
            }
        }
        Ok(())
    }
}

fn digest(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
