//! Files as tables, where they lie: CSV, Parquet, JSON and Arrow, one, many, or a folder of them.
//!
//! Owns what a path means. A folder is read with the parts of its paths like `bucket=17` as
//! columns.

mod csv;
mod found;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::context::SessionState;

use crate::error::SqlError;
use found::Found;

/// What a file is written in, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Csv,
    Parquet,
    Json,
    Arrow,
}

/// The ends of names that are known.
const ENDS: &[(&str, Form)] = &[
    ("csv", Form::Csv),
    ("tsv", Form::Csv),
    ("txt", Form::Csv),
    ("parquet", Form::Parquet),
    ("pq", Form::Parquet),
    ("jsonl", Form::Json),
    ("ndjson", Form::Json),
    ("json", Form::Json),
    ("arrow", Form::Arrow),
    ("feather", Form::Arrow),
];

/// The form of a file and the end of its name.
pub(crate) fn form(path: &Path) -> Option<(&'static str, Form)> {
    let end = path.extension()?.to_str()?.to_ascii_lowercase();
    ENDS.iter().copied().find(|(known, _)| *known == end)
}

/// Whether the name of a table is a path.
pub(crate) fn is_path(name: &str) -> bool {
    name.contains(['/', '\\', '*']) || form(Path::new(name)).is_some()
}

/// The end of a name of a file that was written without quotes, as `from list.csv`.
pub(crate) fn is_end(word: &str) -> bool {
    ENDS.iter().any(|(known, _)| *known == word)
}

/// The table in the files of a path.
pub(crate) async fn open(
    state: &SessionState,
    path: &str,
) -> Result<Arc<dyn TableProvider>, SqlError> {
    let found = found::find(path)?;
    let read = |error: DataFusionError| wrong(path, &error);
    let mut urls = Vec::new();
    for path in &found.paths {
        urls.push(ListingTableUrl::parse(path.to_string_lossy()).map_err(read)?);
    }
    let first = ListingTableUrl::parse(found.first.to_string_lossy()).map_err(read)?;
    let options = ListingOptions::new(format(path, &found)?)
        .with_file_extension(found.end.clone())
        .with_table_partition_cols(found.partitions.clone());
    let schema = options.infer_schema(state, &first).await.map_err(read)?;
    let schema = match found.form {
        Form::Csv => csv::exact(&schema, &found.first, csv::delimiter(&found.first))
            .map_err(|error| file(path, &error.to_string()))?,
        _ => schema,
    };
    let config = ListingTableConfig::new_with_multi_paths(urls);
    let config = config.with_listing_options(options).with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config).map_err(read)?))
}

fn format(path: &str, found: &Found) -> Result<Arc<dyn FileFormat>, SqlError> {
    Ok(match found.form {
        Form::Csv => Arc::new(
            CsvFormat::default()
                .with_has_header(true)
                .with_delimiter(csv::delimiter(&found.first))
                // Notes of people have lines.
                .with_newlines_in_values(true)
                .with_schema_infer_max_rec(csv::SAMPLE),
        ),
        Form::Parquet => Arc::new(ParquetFormat::default()),
        Form::Json => {
            let by_line = !begins_with_bracket(&found.first)
                .map_err(|error| file(path, &error.to_string()))?;
            Arc::new(JsonFormat::default().with_newline_delimited(by_line))
        }
        Form::Arrow => Arc::new(ArrowFormat),
    })
}

/// Whether a file of JSON is one list.
fn begins_with_bracket(path: &Path) -> std::io::Result<bool> {
    let mut bytes = [0; 512];
    let read = fs::File::open(path)?.read(&mut bytes)?;
    let text = bytes.get(..read).unwrap_or_default();
    Ok(text.iter().find(|it| !it.is_ascii_whitespace()) == Some(&b'['))
}

fn file(path: &str, message: &str) -> SqlError {
    SqlError::File { path: path.to_owned(), message: message.to_owned(), missing: false }
}

fn wrong(path: &str, error: &DataFusionError) -> SqlError {
    let message = match error {
        DataFusionError::External(error) => error.to_string(),
        DataFusionError::ParquetError(error) => error.to_string(),
        DataFusionError::ArrowError(error, _) => error.to_string(),
        DataFusionError::ObjectStore(error) => error.to_string(),
        other => other.strip_backtrace(),
    };
    file(path, &message)
}
