//! `relatum import`: files in, by a mapping, as batches that can be taken back.

mod answer;
mod draft;
mod files;
mod list;
mod preview;
mod report;
mod resume;
mod run;
mod said;
mod undo;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use relatum::domain::event::audit::ImportBegun;
use relatum::domain::{Actor, BatchId};
use relatum::{Batch, Engine, NewBatch};
use relatum_import::{DryRun, EngineSink, Import as Reading, Mapping, PRESETS, Preset};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown};
use crate::session::Session;
use crate::viewpoint::today;
use answer::{Answer, Came};

/// Import files by a mapping, as a batch
///
/// A mapping says what the columns of a file mean. Rows that cannot go in are told, and written to
/// the rejects file with the reason; the others go in. Importing a file again adds what is new, and
/// amends what it says otherwise than before.
#[derive(Debug, Args)]
#[command(subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub(crate) struct Import {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// A mapping that comes along, by name, or a mapping file
    #[arg(long, value_name = "NAME|FILE", required_unless_present_any = ["list", "show"])]
    mapping: Option<String>,
    /// The files to read, or folders that hold them: CSV, plain or gzip, Excel (.xlsx), or a ZIP
    #[arg(value_name = "FILE|DIR", required_unless_present_any = ["list", "show"])]
    files: Vec<PathBuf>,
    /// Read and check everything, record nothing; `preview` compares with the book as well
    #[arg(long)]
    dry_run: bool,
    /// Leave what was told before as it is: a row that says otherwise is rejected
    #[arg(long)]
    no_amend: bool,
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

/// What else can be done about imports.
#[derive(Debug, Subcommand)]
enum Verb {
    Preview(preview::Preview),
    List(list::List),
    Report(report::Report),
    Resume(resume::Resume),
    Undo(undo::Undo),
    Draft(draft::Draft),
}

impl Import {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self.verb {
            Some(Verb::Preview(it)) => return it.run(session),
            Some(Verb::List(it)) => return it.run(session),
            Some(Verb::Report(it)) => return it.run(session),
            Some(Verb::Resume(it)) => return it.run(session),
            Some(Verb::Undo(it)) => return it.run(session),
            Some(Verb::Draft(it)) => return it.run(session),
            None => {}
        }
        if self.list {
            session.show(&Presets)?;
            return Ok(Exit::Done);
        }
        if let Some(name) = &self.show {
            session.show(&Text(Preset::named(name)?))?;
            return Ok(Exit::Done);
        }
        let name = self.mapping.as_deref().unwrap_or_default();
        let (mapping, used) = files::mapping(name, &self.said)?;
        // Before the store is made: a wrong file name should leave nothing behind.
        let inputs = mapping.inputs(&self.files)?;
        if self.dry_run {
            let mut reading = Reading::open(&mapping, inputs)?;
            let mut rejects = run::writer(self.rejects.as_deref())?;
            let failed = run::read(&mut reading, &mut DryRun, &mut *rejects).err();
            let (report, rejects) = (reading.report(), self.rejects.as_deref());
            session.show(&Answer { report, came: Came::DryRun, resumed: false, rejects })?;
            return run::end(report, failed.map(Failure::from));
        }
        let files = files::told(&inputs)?;
        let mut reading = Reading::open(&mapping, inputs)?;
        drop(run::writer(self.rejects.as_deref())?);
        let engine = session.write()?;
        let batch = new_batch()?;
        let told = ImportBegun { batch, mapping: used, files, no_amend: self.no_amend };
        let new = NewBatch { day: today(), actor: Actor::system("relatum"), told };
        let mut sink = EngineSink::begin(engine.clone(), new);
        let batch = run::Batch { id: batch, rejects: self.rejects.as_deref(), resumed: false };
        run::take_in(session, &engine, &mut reading, &mut sink, &batch)
    }
}

/// The id of a new batch: ids that are made later come later.
fn new_batch() -> Result<BatchId, Failure> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(Exit::Unavailable, format!("no randomness: {error}")))?;
    let now = u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap_or_default();
    Ok(uuid::Builder::from_unix_timestamp_millis(now, &random).into_uuid().into())
}

/// The batch called `text`: by id, by the beginning of it, or the last one that holds.
fn batch(engine: &Engine, text: &str) -> Result<Batch, Failure> {
    let mut batches = engine.batches()?;
    if text == "last" {
        let last = batches.into_iter().rfind(|it| it.state() != relatum::BatchState::Undone);
        return last.ok_or_else(|| Failure::new(Exit::Refused, "there is no batch"));
    }
    batches.retain(|batch| batch.id.to_string().starts_with(&text.to_lowercase()));
    match (batches.pop(), batches.is_empty()) {
        (Some(batch), true) => Ok(batch),
        (Some(_), false) => {
            let message = format!("several batches begin with `{text}`; give more of the id");
            Err(Failure::new(Exit::Usage, message))
        }
        (None, _) => Err(Failure::new(Exit::Refused, format!("there is no batch `{text}`"))
            .hint("`relatum import list` lists them")),
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
