//! The log out as columns beside DuckDB writing the same rows, and the fold by buckets in several
//! processes.

use std::path::Path;
use std::thread;

use relatum::Engine;
use relatum::domain::View;
use relatum_archive::{Archive, Place, export_log, fold_bucket};

use crate::process::alone;
use crate::python::Python;
use crate::rounds::{alternate, median, rate_ratio, timed};
use crate::table::{Figure, Table, thousands};
use crate::{Outcome, Size, books};

/// Buckets that are folded, of 1,024.
const BUCKETS: u16 = 64;

pub(crate) fn large<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    books::with_large(|engine| measure(engine, size.rounds.min(3), table))
}

fn place(path: &Path) -> Outcome<Place> {
    Ok(Place::parse(path.to_str().ok_or("no text")?)?)
}

/// Seconds and rows of what DuckDB is asked.
pub(crate) fn asked(duckdb: &mut Python, what: &str, place: &str) -> Outcome<(f64, u64)> {
    let answer = duckdb.ask(&format!("{what} {place}"))?;
    let (seconds, rows) = answer.split_once(' ').ok_or_else(|| format!("DuckDB: {answer}"))?;
    Ok((seconds.parse()?, rows.parse()?))
}

pub(crate) fn measure<W: std::io::Write>(
    engine: &Engine,
    rounds: usize,
    table: &mut Table<W>,
) -> Outcome<()> {
    let folder = books::folder()?;
    let archive = folder.path().join("archive");
    let export = |path: &Path| -> Outcome<u64> {
        Ok(export_log(engine, &place(path)?, None, |_, _| {})?.events)
    };
    let events = export(&archive)?;
    let mut duckdb = Python::open::<&str>("columns.py", [])?;
    if let Some(duckdb) = &mut duckdb {
        let files = archive.join("bucket=*/*.parquet");
        let (_, rows) = asked(duckdb, "load", files.to_str().ok_or("no text")?)?;
        if rows != events {
            return Err(format!("DuckDB reads {rows} rows of {events} events").into());
        }
    }
    let written = folder.path().join("written.parquet");
    let seconds = alternate(
        rounds,
        &mut [
            &mut || {
                let folder = books::folder()?;
                Ok(timed(|| export(&folder.path().join("again")))?.0)
            },
            &mut || match &mut duckdb {
                Some(duckdb) => Ok(asked(duckdb, "write", written.to_str().ok_or("no text")?)?.0),
                None => Ok(f64::NAN),
            },
        ],
    )?;
    let [ours, theirs] = seconds.as_slice() else { return Err("no rounds".into()) };
    let a_second =
        |seconds: &[f64]| format!("{} events/s", thousands(events as f64 / median(seconds)));
    table.line(&Figure {
        what: "log to an archive of Parquet, from the store, in buckets, checked and hashed",
        value: a_second(ours),
        yardstick: match duckdb {
            Some(_) => "DuckDB, the same rows from its memory to one Parquet file",
            None => "NOT compared: no Python with duckdb (RELATUM_PYTHON)",
        },
        yardstick_value: duckdb.as_ref().map(|_| a_second(theirs)).unwrap_or_default(),
        ratio: duckdb.is_some().then(|| rate_ratio(ours, theirs)),
    })?;
    fold(&archive, rounds, table)
}

/// The first buckets of the archive, by so many processes at once.
fn fold<W: std::io::Write>(archive: &Path, rounds: usize, table: &mut Table<W>) -> Outcome<()> {
    let by = |processes: usize| -> Outcome<f64> {
        let work = || -> Outcome<()> {
            thread::scope(|threads| {
                let own = |part: usize| format!("{part}/{processes}");
                let workers: Vec<_> = (0..processes)
                    .map(|part| {
                        threads.spawn(move || {
                            alone("fold", archive, &own(part)).map_err(|it| it.to_string())
                        })
                    })
                    .collect();
                for worker in workers {
                    worker.join().map_err(|_| "a worker panicked")??;
                }
                Ok(())
            })
        };
        Ok(timed(work)?.0)
    };
    let contenders: &mut [&mut dyn FnMut() -> Outcome<f64>] =
        &mut [&mut || by(1), &mut || by(2), &mut || by(4)];
    let seconds = alternate(rounds, contenders)?;
    let Some((one, several)) = seconds.split_first() else { return Err("no rounds".into()) };
    let a_second =
        |seconds: &[f64]| format!("{} buckets/s", thousands(f64::from(BUCKETS) / median(seconds)));
    for (processes, took) in ["two", "four"].into_iter().zip(several) {
        table.line(&Figure {
            what: &format!(
                "{BUCKETS} buckets of 1,024 folded into every table, {processes} processes"
            ),
            value: a_second(took),
            yardstick: "one process",
            yardstick_value: a_second(one),
            ratio: Some(rate_ratio(took, one)),
        })?;
    }
    Ok(())
}

/// Folds one part of the buckets: `0/2` for the even ones.
pub(crate) fn part(archive: &Path, part: &str) -> Outcome<Vec<f64>> {
    let (first, step) = part.split_once('/').ok_or("which part of how many?")?;
    let (first, step): (usize, usize) = (first.parse()?, step.parse()?);
    let archive = Archive::open(&place(archive)?)?;
    let folder = books::folder()?;
    let out = place(folder.path())?;
    let view = View::as_of(books::today()?);
    let mut events = 0;
    for bucket in (0..BUCKETS).skip(first).step_by(step) {
        events += fold_bucket(&archive, bucket, &view, &out)?.events;
    }
    Ok(vec![events as f64])
}
