//! The Online Retail file, from gzip to durable events.

use std::fs::File;
use std::path::Path;

use chrono::NaiveDate;
use flate2::read::GzDecoder;
use relatum::Engine;
use relatum_import::{DryRun, EngineSink, Import, Input, Mapping, Preset, Sink};

use crate::books::{self, Book};
use crate::columns::asked;
use crate::python::Python;
use crate::rounds::{alternate, median, rate_ratio, timed};
use crate::table::{Figure, Table, thousands};
use crate::{Outcome, Size};

/// Rows that the csv crate finds in the file, and nothing done with them.
fn parse_only(file: &Path) -> Outcome<u64> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(file)?));
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record)? {
        rows += 1;
    }
    Ok(rows)
}

fn import(mapping: &Mapping, file: &Path, sink: &mut dyn Sink) -> Outcome<u64> {
    let mut import = Import::open(mapping, vec![Input::path(file)])?;
    import.run(sink, &mut std::io::sink(), &mut |_| {})?;
    let report = import.report();
    match report.first_rejects.first() {
        Some(reject) => Err(format!("{}:{}: {}", reject.file, reject.line, reject.reason).into()),
        None => Ok(report.recorded()),
    }
}

/// Gives the last book that came out.
pub(crate) fn measure<W: std::io::Write>(
    file: &Path,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<Book> {
    let mapping = Preset::named("online-retail")?.mapping()?;
    let (mut rows, mut events, mut last) = (0, 0, None);
    let rounds = size.rounds.min(5);
    let mut duckdb = Python::open::<&str>("columns.py", [])?;
    let csv = file.to_str().ok_or("no text")?;
    let seconds = alternate(
        rounds,
        &mut [
            &mut || {
                let folder = books::folder()?;
                let engine = Engine::open(folder.path().join("book"))?;
                let mut sink = EngineSink::new(engine.clone());
                let (seconds, recorded) = timed(|| import(&mapping, file, &mut sink))?;
                events = recorded;
                last = Some((engine, folder));
                Ok(seconds)
            },
            &mut || Ok(timed(|| import(&mapping, file, &mut DryRun))?.0),
            &mut || {
                let (seconds, found) = timed(|| parse_only(file))?;
                rows = found;
                Ok(seconds)
            },
            &mut || match &mut duckdb {
                Some(duckdb) => Ok(asked(duckdb, "csv", csv)?.0),
                None => Ok(f64::NAN),
            },
        ],
    )?;
    let [whole, dry, parsed, read] = seconds.as_slice() else { return Err("no rounds".into()) };
    let a_second = |count: u64, seconds: &[f64]| thousands(count as f64 / median(seconds));
    let contenders = [("import Online Retail", whole), ("the same as a dry run", dry)];
    let parse = ("gunzip and csv::Reader, the same file", parsed);
    let table_of = ("DuckDB, read_csv of the same file into a table in memory", read);
    let yardsticks = [Some(parse), duckdb.is_some().then_some(table_of)];
    for (what, took) in contenders {
        for (yardstick, theirs) in yardsticks.iter().flatten() {
            table.line(&Figure {
                what,
                value: format!(
                    "{} lines/s, {} events/s",
                    a_second(rows, took),
                    a_second(events, took)
                ),
                yardstick,
                yardstick_value: format!("{} lines/s", a_second(rows, theirs)),
                ratio: Some(rate_ratio(took, theirs)),
            })?;
        }
    }
    let (engine, folder) = last.ok_or("no book")?;
    let path = folder.path().join("book");
    let today = NaiveDate::from_ymd_opt(2011, 12, 31).ok_or("no such day")?;
    Ok(Book { engine, path, folder, today })
}
