//! Aging by SQL: out of the book, and over exported tables beside DuckDB.
//!
//! All three must give the same rows, to the last digit.

use std::path::Path;

use relatum::Engine;
use relatum_sql::{Point, Sql, SqlCell, SqlOptions};

use crate::python::Python;
use crate::rounds::{alternate, median, time_ratio, timed};
use crate::table::{Figure, Table, thousands, time};
use crate::{Outcome, Size, books};

/// Memory that a query may have.
const MEMORY: usize = 1 << 30;

/// What is asked, of which table of the book or file of it.
const QUESTIONS: [(&str, &str, &str); 2] = [
    (
        "aging by currency and bucket, of open items",
        "open_items",
        "select currency, bucket, count(*), sum(open) from {} \
         group by currency, bucket order by currency, bucket",
    ),
    (
        "what was open a year ago by currency and quarter, of all changes",
        "ledger",
        "select currency, quarter, count(*), sum(rest) from (\
         select item, currency, date_trunc('quarter', min(day)) as quarter, sum(amount) as rest \
         from {} where day <= date '2025-11-23' group by item, currency) \
         where rest <> 0 group by currency, quarter order by currency, quarter",
    ),
];

pub(crate) fn large<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    books::with_large(|engine| measure(engine, size.rounds.min(5), table))
}

fn measure<W: std::io::Write>(engine: &Engine, rounds: usize, table: &mut Table<W>) -> Outcome<()> {
    let point = Point { as_of: books::today()?, known_at: None };
    let sql = Sql::over(engine, SqlOptions { point, files: Vec::new(), memory: MEMORY })?;
    let folder = books::folder()?;
    let mut duckdb = Python::open::<&str>("columns.py", [])?;
    for (what, of, query) in QUESTIONS {
        let file = folder.path().join(format!("{of}.parquet"));
        let count = sql.query(&format!("select * from {of}"))?.save_parquet(&file)?;
        let from_file = query.replace("{}", &format!("'{}'", shown(&file)?));
        let of_book = answer(&sql, &query.replace("{}", of))?;
        let of_file = answer(&sql, &from_file)?;
        let theirs = duckdb.as_mut().map(|it| it.ask(&format!("rows {from_file}"))).transpose()?;
        for other in [Some(of_file), theirs].into_iter().flatten() {
            if other != of_book {
                return Err(format!("{what}: {of_book} of the book, but {other}").into());
            }
        }
        let seconds = alternate(
            rounds,
            &mut [
                &mut || Ok(timed(|| answer(&sql, &query.replace("{}", of)))?.0),
                &mut || Ok(timed(|| answer(&sql, &from_file))?.0),
                &mut || match &mut duckdb {
                    Some(duckdb) => Ok(duckdb.ask(&format!("ask {from_file}"))?.parse()?),
                    None => Ok(f64::NAN),
                },
            ],
        )?;
        let [book, exported, theirs] = seconds.as_slice() else { return Err("no rounds".into()) };
        let rows = thousands(count as f64);
        for (from, took) in [("the book", book), ("the exported file", exported)] {
            table.line(&Figure {
                what: &format!("{what} ({rows}), by SQL over {from}"),
                value: time(median(took)),
                yardstick: match duckdb {
                    Some(_) => "DuckDB over the exported file",
                    None => "NOT compared: no Python with duckdb (RELATUM_PYTHON)",
                },
                yardstick_value: duckdb.as_ref().map(|_| time(median(theirs))).unwrap_or_default(),
                ratio: duckdb.is_some().then(|| time_ratio(took, theirs)),
            })?;
        }
    }
    Ok(())
}

fn shown(path: &Path) -> Outcome<&str> {
    Ok(path.to_str().ok_or("no text")?)
}

/// The rows, as DuckDB's script writes them.
fn answer(sql: &Sql, query: &str) -> Outcome<String> {
    let mut lines = Vec::new();
    for rows in sql.query(query)?.rows()? {
        for row in rows? {
            let cells = row.iter().map(|cell| match cell {
                SqlCell::Null => "",
                SqlCell::Flag(true) => "true",
                SqlCell::Flag(false) => "false",
                // Days and instants of the same day are one.
                SqlCell::Text(text) => text.strip_suffix("T00:00:00").unwrap_or(text),
                SqlCell::Number(text) | SqlCell::Decimal(text) => text,
            });
            lines.push(cells.collect::<Vec<_>>().join(","));
        }
    }
    Ok(lines.join(";"))
}
