//! `relatum import`: files in, by a mapping.

mod draft;
mod said;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use relatum_import::{
    DryRun, EngineSink, Import as Reading, ImportError, Mapping, PRESETS, Preset, Report, Sink,
    Tally,
};
use serde_json::{Value, json};

use crate::book;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::progress::Progress;
use crate::session::Session;

/// Import files by a mapping
///
/// A mapping says what the columns of a file mean. Rows that cannot go in are told, and written to
/// the rejects file with the reason; the others go in. Importing a file again adds what is new.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Import {
    #[command(subcommand)]
    command: Option<Command>,
    /// A mapping that comes along, by name, or a mapping file
    #[arg(long, value_name = "NAME|FILE", required_unless_present_any = ["list", "show"])]
    mapping: Option<String>,
    /// The files to read, or folders that hold them: CSV, plain or gzip, Excel (.xlsx), or a ZIP
    #[arg(value_name = "FILE|DIR", required_unless_present_any = ["list", "show"])]
    files: Vec<PathBuf>,
    /// Read and check everything, record nothing
    #[arg(long)]
    dry_run: bool,
    /// Where rejected rows go, as CSV with file, line, column, value and reason
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    said: said::Said,
    /// List the mappings that come along
    #[arg(long, conflicts_with_all = ["mapping", "files", "dry_run", "rejects", "show"])]
    list: bool,
    /// Print a mapping that comes along
    #[arg(long, value_name = "NAME")]
    #[arg(conflicts_with_all = ["mapping", "files", "dry_run", "rejects"])]
    show: Option<String>,
}

/// What else can be done about an import.
#[derive(Debug, Subcommand)]
enum Command {
    Draft(draft::Draft),
}

/// So many new events are worth a checkpoint.
const MANY: u64 = 1_000;

impl Import {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        if let Some(command) = self.command {
            return match command {
                Command::Draft(draft) => draft.run(session),
            };
        }
        if self.list {
            session.show(&Presets)?;
            return Ok(Exit::Done);
        }
        if let Some(name) = &self.show {
            session.show(&Text(Preset::named(name)?))?;
            return Ok(Exit::Done);
        }
        let mapping = self.mapping()?;
        // Before the store is made: a wrong file name should leave nothing behind.
        let mut reading = Reading::open(&mapping, mapping.inputs(&self.files)?)?;
        let mut rejects = self.rejects()?;
        if self.dry_run {
            let failed = read(&mut reading, &mut DryRun, &mut *rejects).err();
            return self.finish(session, reading.report(), failed.map(Failure::from));
        }
        let engine = session.write()?;
        let mut sink = EngineSink::new(engine.clone());
        let failed = read(&mut reading, &mut sink, &mut *rejects).err().map(Failure::from);
        if reading.report().recorded() > MANY {
            book::checkpoint(&engine)?;
        }
        self.finish(session, reading.report(), failed)
    }

    fn mapping(&self) -> Result<Mapping, Failure> {
        let name = self.mapping.as_deref().unwrap_or_default();
        // A name is a name, and everything that looks like a path is one.
        let path = Path::new(name);
        let is_path = path.components().count() > 1 || path.extension().is_some();
        if !is_path && !path.is_file() {
            return Ok(Preset::named(name)?.with(&self.said.settings()?)?);
        }
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|error| Failure::io(format!("read the mapping {name}"), error))?;
        Ok(Mapping::with(&text, &self.said.settings()?)?)
    }

    /// Where rejected rows go.
    fn rejects(&self) -> Result<Box<dyn Write>, Failure> {
        let Some(path) = &self.rejects else {
            return Ok(Box::new(io::sink()));
        };
        let file = File::create(path);
        let file =
            file.map_err(|error| Failure::io(format!("create {}", path.display()), error))?;
        Ok(Box::new(BufWriter::new(file)))
    }

    /// Tells what was done, then what stopped it.
    fn finish(
        &self,
        session: &mut Session,
        report: &Report,
        failed: Option<Failure>,
    ) -> Result<Exit, Failure> {
        let answer = Answer { report, dry_run: self.dry_run, rejects: self.rejects.as_deref() };
        session.show(&answer)?;
        match failed {
            Some(failure) => Err(failure),
            None if report.rows_rejected > 0 => Ok(Exit::Refused),
            None => Ok(Exit::Done),
        }
    }
}

/// Reads everything into `sink`, with a look at how it goes.
fn read(
    reading: &mut Reading<'_>,
    sink: &mut dyn Sink,
    rejects: &mut dyn Write,
) -> Result<(), ImportError> {
    let bar = Progress::of_bytes("importing");
    reading.run(sink, rejects, &mut |at| bar.set(at.bytes, at.total.unwrap_or(at.bytes)))?;
    rejects.flush().map_err(|source| ImportError::Rejects { source })
}

struct Answer<'a> {
    report: &'a Report,
    dry_run: bool,
    rejects: Option<&'a Path>,
}

impl Answer<'_> {
    fn rows(&self) -> Page {
        let Report { rows_read, rows_skipped, rows_rejected, .. } = self.report;
        let number = |number: &u64| grouped(&number.to_string());
        let mut pieces = vec![(Tone::Plain, format!("{} rows read", number(rows_read)))];
        if *rows_skipped > 0 {
            pieces.push((Tone::Plain, format!(", {} left out", number(rows_skipped))));
        }
        let tone = if *rows_rejected > 0 { Tone::Bad } else { Tone::Plain };
        pieces.push((tone, format!(", {} rejected", number(rows_rejected))));
        if self.dry_run {
            pieces.push((Tone::Faint, " (dry run: nothing was recorded)".to_owned()));
        }
        Page::default().pieces(0, pieces)
    }

    fn rejected(&self) -> Page {
        let first = &self.report.first_rejects;
        if first.is_empty() {
            return Page::default();
        }
        let page = Page::default().gap();
        let page = first.iter().fold(page, |page, reject| {
            let place = format!("{}:{}", reject.file, reject.line);
            let column = match reject.column.as_str() {
                "" => String::new(),
                column => format!(" column `{column}`, value `{}`:", reject.value),
            };
            page.pieces(2, vec![(Tone::Bad, place), (Tone::Plain, format!("{column} "))]).then(
                Page::default().pieces(4, vec![(Tone::Plain, format!("    {}", reject.reason))]),
            )
        });
        let more = self.report.rows_rejected.saturating_sub(first.len() as u64);
        let page = match more {
            0 => page,
            more => page.toned(Tone::Faint, format!("and {} more", grouped(&more.to_string()))),
        };
        match self.rejects {
            Some(path) => page.note(format!("All rejected rows are in {}.", path.display())),
            None => page.note("--rejects FILE writes the rejected rows with their reasons."),
        }
    }
}

impl Shown for Answer<'_> {
    fn document(&self) -> Value {
        let mut document = to_json(self.report);
        if let Value::Object(fields) = &mut document {
            fields.insert("dry_run".to_owned(), self.dry_run.into());
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("type", "event type"),
            Column::number("recorded", "new"),
            Column::number("already", "there"),
            Column::number("refused", "refused"),
            Column::number("sums", "sum"),
        ];
        let row = |(name, tally): (&&'static str, &Tally)| {
            let sums = tally.sums.values();
            let plain: Vec<String> =
                sums.clone().map(|sum| format!("{sum} {}", sum.currency)).collect();
            let shown: Vec<String> =
                sums.map(|sum| format!("{} {}", grouped(&sum.to_string()), sum.currency)).collect();
            let refused = Cell::count(tally.refused);
            vec![
                Cell::text(*name),
                Cell::count(tally.recorded),
                Cell::count(tally.already),
                if tally.refused > 0 { refused.tone(Tone::Bad) } else { refused },
                Cell::of(shown.join(", "), plain.join("; ")),
            ]
        };
        Sheet::new(columns).with(self.report.events.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = self.rows().gap().sheet(self.sheet()).then(self.rejected());
        let open = self.report.files.iter().filter_map(|file| Some((file, file.open_last_line?)));
        let page = open.fold(page, |page, (file, line)| {
            page.note(format!(
                "{} ends in line {line} without a line break: is it whole?",
                file.file
            ))
        });
        match self.report.tables_without_file.as_slice() {
            [] => page,
            tables => page.note(format!("No file was given for {}.", tables.join(", "))),
        }
    }
}

struct Presets;

impl Presets {
    fn rows() -> Vec<(&'static str, String, String)> {
        let row = |preset: &Preset| {
            let mapping = preset.mapping().ok();
            let title = mapping.as_ref().and_then(Mapping::title).unwrap_or_default().to_owned();
            let files = mapping.as_ref().map(|it| it.patterns().join(" ")).unwrap_or_default();
            (preset.name, title, files)
        };
        PRESETS.iter().map(row).collect()
    }
}

impl Shown for Presets {
    fn document(&self) -> Value {
        let row = |(name, title, files)| json!({ "name": name, "title": title, "files": files });
        Self::rows().into_iter().map(row).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("name", "mapping"),
            Column::text("title", "for"),
            Column::text("files", "files"),
        ];
        let row = |(name, title, files): (&str, String, String)| {
            vec![Cell::text(name), Cell::text(title), Cell::text(files)]
        };
        Sheet::new(columns).with(Self::rows().into_iter().map(row))
    }

    fn page(&self) -> Page {
        Page::default()
            .sheet(self.sheet())
            .note("`relatum import --show NAME` prints one: copy it to write your own.")
    }
}

struct Text(&'static Preset);

impl Shown for Text {
    fn document(&self) -> Value {
        json!({ "name": self.0.name, "mapping": self.0.text })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("name", "name"), Column::text("mapping", "mapping")];
        Sheet::new(columns).with([vec![Cell::text(self.0.name), Cell::text(self.0.text)]])
    }

    fn page(&self) -> Page {
        Page::verbatim(self.0.text)
    }
}
