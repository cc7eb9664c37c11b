//! The demo's book, made once, and ways to ask it.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, Utc};
use relatum::log::{Clock as _, ManualClock};
use relatum::{Engine, Fact};
use relatum_demo::Options;
use relatum_sql::{Point, Sql, SqlCell, SqlError, SqlOptions};

pub(crate) const MIB: usize = 1 << 20;

pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A book of some accounts, as it came to be known.
pub(crate) fn demo() -> &'static Engine {
    static BOOK: OnceLock<Engine> = OnceLock::new();
    BOOK.get_or_init(|| {
        let clock = ManualClock::at(DateTime::<Utc>::UNIX_EPOCH);
        let engine = Engine::builder().clock(clock.clone()).in_memory().unwrap();
        let facts = relatum_demo::book(&Options::new(7, today()).accounts(12));
        for batch in facts.chunk_by(|left, right| left.recorded_at == right.recorded_at) {
            clock.set(batch[0].recorded_at);
            assert!(clock.now() == batch[0].recorded_at);
            let facts = batch.iter().map(|it| Fact::new(it.stream, it.event.clone())).collect();
            engine.append(facts).unwrap();
        }
        engine
    })
}

pub(crate) fn options() -> SqlOptions {
    SqlOptions {
        point: Point { as_of: today(), known_at: None },
        files: Vec::new(),
        memory: 256 * MIB,
    }
}

pub(crate) fn sql() -> Sql {
    Sql::over(demo(), options()).unwrap()
}

/// The rows of an answer, as texts; nothing is `-`.
pub(crate) fn rows_of(sql: &Sql, query: &str) -> Result<Vec<Vec<String>>, SqlError> {
    let mut rows = Vec::new();
    for batch in sql.query(query)?.rows()? {
        rows.extend(batch?.into_iter().map(|row| row.into_iter().map(shown).collect()));
    }
    Ok(rows)
}

pub(crate) fn rows(query: &str) -> Vec<Vec<String>> {
    rows_of(&sql(), query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The only cell of an answer.
pub(crate) fn one(query: &str) -> String {
    let rows = rows(query);
    assert_eq!((rows.len(), rows[0].len()), (1, 1), "{query}");
    rows[0][0].clone()
}

/// What is told where a query is wrong.
pub(crate) fn told(query: &str) -> String {
    let error = rows_of(&sql(), query).expect_err(query);
    match error.hint() {
        Some(hint) => format!("{error}\n{hint}"),
        None => error.to_string(),
    }
}

fn shown(cell: SqlCell) -> String {
    match cell {
        SqlCell::Null => "-".to_owned(),
        SqlCell::Flag(flag) => flag.to_string(),
        SqlCell::Number(text) | SqlCell::Decimal(text) | SqlCell::Text(text) => text,
    }
}
