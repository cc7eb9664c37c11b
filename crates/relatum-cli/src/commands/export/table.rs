//! `relatum export TABLE`: the rows of a table as a file.

use std::io::{BufWriter, Stdout, Write as _, stdout};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use relatum::{RestsOn, TABLES, Table, TableCell, TableFilter};
use serde_json::{Value, json};

use crate::export;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Form, Out, Page, Sheet, Shown};
use crate::people;
use crate::progress::Progress;
use crate::rows_file::{ColumnarFile, Columns, CsvFile, JsonlFile, RowsFile, XlsxFile};
use crate::session::{Seen, Session};
use crate::viewpoint::ViewArguments;
use crate::whole_file::WholeFile;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Comma-separated values
    Csv,
    /// A JSON object a line
    Jsonl,
    /// A workbook, for a spreadsheet
    Xlsx,
    /// Parquet, for whoever reads columns
    Parquet,
    /// Arrow IPC: a file, or a stream on standard output
    Arrow,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// What the name of a file says.
    fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "xlsx" => Some(Self::Xlsx),
            "parquet" => Some(Self::Parquet),
            "arrow" | "feather" => Some(Self::Arrow),
            _ => None,
        }
    }
}

/// What is to be written, and where.
#[derive(Debug, Args)]
pub(super) struct ExportTable {
    /// Which table
    #[arg(
        value_name = "TABLE",
        required_unless_present = "list",
        value_parser = names(),
        hide_possible_values = true
    )]
    table: Option<String>,
    /// List the tables; with a table, its columns
    #[arg(long)]
    list: bool,
    /// The form; as the name of the file says unless given, else csv
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where it goes; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only rows of this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Do not record that it is given out: for a replica, which holds what its original does
    #[arg(long)]
    unrecorded: bool,
    #[command(flatten)]
    view: ViewArguments,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(TABLES.iter().map(|table| table.name()))
}

impl ExportTable {
    pub(super) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let named = self.table.as_deref();
        if self.list {
            let tables = TABLES.iter().copied();
            let tables = tables.filter(|it| named.is_none_or(|name| it.name() == name)).collect();
            session.show(&List { tables, one: named.is_some() })?;
            return Ok(Exit::Done);
        }
        let format = self.format(session.form())?;
        let Seen { engine, book, point, .. } = session.view(&self.view)?;
        let table = book.table(named.unwrap_or_default())?;
        let account = self.account.map(|text| people::account(&book, &text)).transpose()?;
        let filter = TableFilter { account };
        filter.fits(table).map_err(relatum::Error::from)?;
        let columns = Columns::new(table.columns());
        let mut file: Box<dyn RowsFile> = match &self.output {
            None => to_stdout(format, table, columns)?,
            Some(path) => {
                let file = WholeFile::begin(path)?;
                if !self.unrecorded {
                    export::note_of(&engine, table.name(), format.name(), path, book.view())?;
                }
                let about = vec![
                    ("table".to_owned(), table.name().to_owned()),
                    ("a row is".to_owned(), table.about().to_owned()),
                    ("seen".to_owned(), point.words()),
                ];
                to_file(format, table, columns, about, file)?
            }
        };
        let progress = Progress::of_rows("writing");
        let mut rows = 0;
        book.rows(table, &filter, |cells: &[TableCell<'_>]| {
            rows += 1;
            if rows % 1_000 == 0 {
                progress.set(rows, rows);
            }
            file.row(cells)
        })?;
        file.end()?;
        drop(progress);
        if let Some(path) = &self.output {
            session.message(&format!("{rows} rows of {} to {}", table.name(), path.display()));
        }
        Ok(Exit::Done)
    }

    /// The form that is asked for.
    fn format(&self, form: Form) -> Result<Format, Failure> {
        let asked = match (self.format, form) {
            (Some(format), _) => Some(format),
            (None, Form::Csv) => Some(Format::Csv),
            (None, Form::Jsonl) => Some(Format::Jsonl),
            (None, Form::Json) => {
                let message = "a table is no single document: write --jsonl, an object a row";
                return Err(Failure::new(Exit::Usage, message));
            }
            (None, Form::People) => None,
        };
        let Some(path) = &self.output else {
            return match asked {
                Some(Format::Xlsx) => {
                    let message = "a workbook goes to a file: give --output FILE";
                    Err(Failure::new(Exit::Usage, message))
                }
                Some(Format::Parquet) => {
                    let message = "Parquet goes to a file: give --output FILE";
                    Err(Failure::new(Exit::Usage, message))
                }
                asked => Ok(asked.unwrap_or(Format::Csv)),
            };
        };
        asked.or_else(|| Format::of_name(path)).ok_or_else(|| {
            let message = format!("the name of {} says no form", path.display());
            Failure::new(Exit::Usage, message)
                .hint("give --format csv, jsonl, xlsx, parquet or arrow")
        })
    }
}

fn to_stdout(
    format: Format,
    table: &dyn Table,
    columns: Columns,
) -> Result<Box<dyn RowsFile>, Failure> {
    let end = || Box::new(|mut out: Out| out.flush().map_err(Failure::from));
    Ok(match format {
        Format::Jsonl => Box::new(JsonlFile::begin(columns, Out::stdout(), end())),
        Format::Arrow => {
            let end = Box::new(|mut out: BufWriter<Stdout>| out.flush().map_err(Failure::from));
            Box::new(ColumnarFile::arrow_stream(table, BufWriter::new(stdout()), end)?)
        }
        // A workbook and Parquet were refused before.
        Format::Csv | Format::Xlsx | Format::Parquet => {
            Box::new(CsvFile::begin(columns, Out::stdout(), end())?)
        }
    })
}

fn to_file(
    format: Format,
    table: &dyn Table,
    columns: Columns,
    about: Vec<(String, String)>,
    file: WholeFile,
) -> Result<Box<dyn RowsFile>, Failure> {
    let end = || Box::new(WholeFile::end);
    Ok(match format {
        Format::Csv => Box::new(CsvFile::begin(columns, file, end())?),
        Format::Jsonl => Box::new(JsonlFile::begin(columns, file, end())),
        Format::Parquet => Box::new(ColumnarFile::parquet(table, &about, file, end())?),
        Format::Arrow => Box::new(ColumnarFile::arrow(table, file, end())?),
        Format::Xlsx => Box::new(XlsxFile::begin(table.name(), columns, about, file)?),
    })
}

/// Tables and their columns.
struct List {
    tables: Vec<&'static dyn Table>,
    /// Whether one is asked for.
    one: bool,
}

/// On what the rows of a table rest, in a word.
const fn rests_on(table: RestsOn) -> &'static str {
    match table {
        RestsOn::Account => "account",
        RestsOn::Common => "common",
        RestsOn::Book => "book",
    }
}

impl Shown for List {
    fn document(&self) -> Value {
        let table = |table: &&dyn Table| {
            let columns = table.columns().into_iter().map(|column| {
                json!({ "name": column.name, "kind": column.kind.name(), "doc": column.doc })
            });
            json!({
                "name": table.name(),
                "about": table.about(),
                "rests_on": rests_on(table.rests_on()),
                "columns": columns.collect::<Vec<_>>(),
            })
        };
        self.tables.iter().map(table).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("table"),
            Column::text("column", "column"),
            Column::text("kind", "kind"),
            Column::text("doc", "what it says"),
        ];
        let rows = self.tables.iter().flat_map(|table| {
            table.columns().into_iter().map(|column| {
                let texts = [table.name(), column.name, column.kind.name(), column.doc];
                texts.map(Cell::text).into()
            })
        });
        Sheet::new(columns).with(rows.collect::<Vec<_>>())
    }

    fn page(&self) -> Page {
        match (self.one, self.tables.first()) {
            (true, Some(table)) => {
                Page::titled(table.name(), table.about()).gap().sheet(self.sheet())
            }
            _ => {
                let columns = vec![Column::text("table", "table"), Column::text("row", "a row is")];
                let rows = self.tables.iter();
                let rows = rows.map(|it| vec![Cell::text(it.name()), Cell::text(it.about())]);
                let about = format!("{} of them", self.tables.len());
                Page::titled("Tables", about)
                    .gap()
                    .sheet(Sheet::new(columns).with(rows))
                    .note("`relatum export --list TABLE` lists the columns of one")
            }
        }
    }
}
