//! `relatum export log`: the log as columns.

use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use relatum::Engine;
use relatum::log::{Cut, Seq, known_at};
use relatum_archive::{
    ArrowFile, Events, Exported, ParquetRows, Place, events_schema, export_log, is_begun,
    row_texts, write_jsonl,
};
use serde_json::Value;

use crate::export;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Form, Page, Sheet, Shown, grouped, inert, json as to_json};
use crate::progress::Progress;
use crate::session::Session;
use crate::values::{self, Known};
use crate::whole_file::WholeFile;

/// The form of the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Parquet: with --to an archive, with --output one file
    Parquet,
    /// Arrow IPC: a file, or a stream on standard output
    Arrow,
    /// Comma-separated values; lists as JSON
    Csv,
    /// A JSON object a line
    Jsonl,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// What the name of a file says.
    fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "parquet" => Some(Self::Parquet),
            "arrow" | "arrows" | "feather" => Some(Self::Arrow),
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// Write the log as columns: an archive that grows, or one file
///
/// With --to, Parquet by buckets of streams and a manifest with checksums and the Merkle root; a
/// second export into the same archive adds what is new. Readers go by the manifest, which is
/// written last. Without --to, all events in their order as one file. Sealed fields stay sealed.
/// The log tells of an archive that is begun and of a file, before it is written.
#[derive(Debug, Args)]
pub(super) struct ExportLog {
    /// The archive: a directory or a URL
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    to: Option<String>,
    /// The form; as the name of the file says unless given
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What was recorded by then only: an instant, a day (its end, UTC) or a position like @1234
    #[arg(long, value_name = "WHEN", value_parser = values::known)]
    known_at: Option<Known>,
    /// Do not record that it is given out: for a replica, which holds what its original does
    #[arg(long)]
    unrecorded: bool,
}

impl ExportLog {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = session.read()?;
        // What is told of this export is no part of it.
        let cut = self.cut(&engine)?;
        match &self.to {
            Some(to) => self.archive(&engine, to, session),
            None => self.file(&engine, &cut, session),
        }
    }

    fn cut(&self, engine: &Engine) -> Result<Cut, Failure> {
        Ok(match &self.known_at {
            None => engine.head()?,
            Some(Known::At(instant)) => {
                known_at(engine.log(), *instant).map_err(relatum::Error::from)?
            }
            Some(Known::UpTo(Seq(0))) => Cut::start(),
            Some(Known::UpTo(seq)) => {
                let cut = Cut::single(*seq);
                // It says whether one may end there.
                engine.as_of(chrono::NaiveDate::MAX).known_at(cut.clone())?;
                cut
            }
        })
    }

    fn archive(&self, engine: &Engine, to: &str, session: &mut Session) -> Result<Exit, Failure> {
        if self.format.is_some_and(|it| it != Format::Parquet) {
            let message = "an archive is Parquet; for one file of another form give --output FILE";
            return Err(Failure::new(Exit::Usage, message));
        }
        let place = Place::parse(to)?;
        // An archive is given out once; what is added to it later goes the same way.
        if !self.unrecorded && !is_begun(&place)? {
            export::note(engine, "log", "archive", Path::new(to))?;
        }
        // With what was told just now: a second export finds nothing new.
        let cut = self.cut(engine)?;
        let progress = std::sync::Mutex::new(Progress::of_count("writing"));
        let exported = export_log(engine, &place, Some(&cut), |done, all| {
            if let Ok(progress) = progress.try_lock() {
                progress.set(done, all);
            }
        });
        drop(progress);
        session.show(&Answer { to: place.to_string(), exported: exported? })?;
        Ok(Exit::Done)
    }

    fn file(&self, engine: &Engine, cut: &Cut, session: &mut Session) -> Result<Exit, Failure> {
        let format = self.format(session.form())?;
        let events = Events::of(engine)?.upto(cut);
        let all = events.end();
        let mut done = 0;
        let progress = Progress::of_count("writing");
        let mut step = |rows: usize| {
            done += rows as u64;
            progress.set(done, all);
        };
        let Some(path) = &self.output else {
            let mut out = write(format, BufWriter::new(stdout()), false, events, &mut step)?;
            out.flush()?;
            return Ok(Exit::Done);
        };
        let file = WholeFile::begin(path)?;
        if !self.unrecorded {
            export::note(engine, "log", format.name(), path)?;
        }
        write(format, file, true, events, &mut step)?.end()?;
        session.message(&format!("{} events to {}", grouped(&all.to_string()), path.display()));
        Ok(Exit::Done)
    }

    /// The form that is asked for.
    fn format(&self, form: Form) -> Result<Format, Failure> {
        let asked = match (self.format, form) {
            (Some(format), _) => Some(format),
            (None, Form::Csv) => Some(Format::Csv),
            (None, Form::Jsonl) => Some(Format::Jsonl),
            (None, Form::Json | Form::People) => None,
        };
        match (&self.output, asked) {
            (None, Some(Format::Parquet)) => {
                let message =
                    "Parquet goes to a file or an archive: give --output FILE or --to DIR";
                Err(Failure::new(Exit::Usage, message))
            }
            (Some(path), None) => Format::of_name(path).ok_or_else(|| {
                let message = format!("the name of {} says no form", path.display());
                Failure::new(Exit::Usage, message)
                    .hint("give --format parquet, arrow, csv or jsonl")
            }),
            (None, None) => {
                let message = "say where the log goes: --to DIR for an archive, --output FILE, or \
                               --format for standard output";
                Err(Failure::new(Exit::Usage, message))
            }
            (_, Some(format)) => Ok(format),
        }
    }
}

/// Writes all events, and gives back where to.
fn write<W: Write + Send>(
    format: Format,
    to: W,
    is_file: bool,
    events: Events,
    step: &mut dyn FnMut(usize),
) -> Result<W, Failure> {
    match format {
        Format::Parquet => {
            let mut file = ParquetRows::begin(to, events_schema(), Vec::new())?;
            for batch in events {
                let batch = batch?;
                file.write(&batch)?;
                step(batch.num_rows());
            }
            Ok(file.end()?)
        }
        Format::Arrow => {
            let schema = events_schema();
            let mut file = match is_file {
                true => ArrowFile::file(to, &schema)?,
                false => ArrowFile::stream(to, &schema)?,
            };
            for batch in events {
                let batch = batch?;
                file.write(&batch)?;
                step(batch.num_rows());
            }
            Ok(file.end()?)
        }
        Format::Csv => csv(to, events, step),
        Format::Jsonl => {
            let mut to = to;
            for batch in events {
                let batch = batch?;
                write_jsonl(&batch, &mut to)?;
                step(batch.num_rows());
            }
            Ok(to)
        }
    }
}

fn csv<W: Write>(to: W, events: Events, step: &mut dyn FnMut(usize)) -> Result<W, Failure> {
    let mut rows = csv::Writer::from_writer(to);
    rows.write_record(events_schema().fields().iter().map(|it| it.name().as_str()))?;
    for batch in events {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let cells = row_texts(&batch, row);
            rows.write_record(cells.iter().map(|cell| inert(cell).into_owned()))?;
        }
        step(batch.num_rows());
    }
    Ok(rows.into_inner().map_err(|error| error.into_error())?)
}

struct Answer {
    to: String,
    exported: Exported,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = to_json(&self.exported);
        if let Value::Object(fields) = &mut document {
            fields.insert("to".to_owned(), self.to.clone().into());
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::number("events", "events"),
            Column::number("files", "files"),
            Column::number("bytes", "bytes"),
            Column::number("upto", "up to"),
            Column::text("root", "root"),
            Column::text("to", "to"),
        ];
        let Exported { upto, events, files, bytes, root, .. } = &self.exported;
        let row = vec![
            Cell::count(*events),
            Cell::count(*files),
            Cell::count(*bytes),
            Cell::count(*upto),
            Cell::text(root),
            Cell::text(&self.to),
        ];
        Sheet::new(columns).with([row])
    }

    fn page(&self) -> Page {
        let number = |number: u64| grouped(&number.to_string());
        let Exported { upto, events, files, bytes, root, .. } = &self.exported;
        let (upto, events, files, bytes) =
            (number(*upto), number(*events), number(*files), number(*bytes));
        Page::default()
            .line(format!("{}: {upto} events, {events} of them new", self.to))
            .line(format!("{files} new files, {bytes} bytes"))
            .line(format!("root: {root}"))
    }
}
