//! What lies under a path.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::DataType;

use super::{Form, form};
use crate::error::SqlError;

/// So many files are looked at before a folder is believed to be all alike.
const ENOUGH: usize = 4_096;

/// The files of a path.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) form: Form,
    /// The end of their names, with the point.
    pub(super) end: String,
    /// One of them.
    pub(super) first: PathBuf,
    /// The columns that the paths name, as `bucket=17` does.
    pub(super) partitions: Vec<(String, DataType)>,
}

/// What is found under a path, which may have `*` in it.
pub(super) fn find(path: &str) -> Result<Found, SqlError> {
    let fails = |message: &str, missing| SqlError::File {
        path: path.to_owned(),
        message: message.to_owned(),
        missing,
    };
    let whole = Path::new(path);
    let is_pattern = path.contains(['*', '?', '[']) && !whole.exists();
    let root = if is_pattern { above(whole) } else { whole.to_path_buf() };
    let about = fs::metadata(&root).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => fails("there is no such file", true),
        _ => fails(&error.to_string(), false),
    })?;
    if about.is_file() {
        let unknown = "its name must end in .csv, .tsv, .txt, .parquet, .jsonl, .json or .arrow";
        let (_, form) = form(whole).ok_or_else(|| fails(unknown, true))?;
        let end = whole.extension().map(|end| format!(".{}", end.to_string_lossy()));
        let end = end.unwrap_or_default();
        return Ok(Found { form, end, first: root, partitions: Vec::new() });
    }
    let files = files(&root).map_err(|error| fails(&error.to_string(), false))?;
    let wanted = if is_pattern { form(whole) } else { None };
    let chosen = |order: &[Form]| {
        let of = |it: &Form| files.iter().find(|file| form(file).is_some_and(|(_, f)| f == *it));
        order.iter().find_map(of)
    };
    let order = match wanted {
        Some((_, form)) => vec![form],
        None => vec![Form::Parquet, Form::Arrow, Form::Csv, Form::Json],
    };
    let first = chosen(&order).ok_or_else(|| fails("no file there can be a table", true))?;
    let (end, form) = form(first).ok_or_else(|| fails("no file there can be a table", true))?;
    let alike = files.iter().filter(|it| it.extension().is_some_and(|it| it == end));
    let partitions = partitions(&root, alike);
    Ok(Found { form, end: format!(".{end}"), first: first.clone(), partitions })
}

/// The last folder before the first `*`.
fn above(path: &Path) -> PathBuf {
    let plain = path.components().take_while(|part| {
        let part = part.as_os_str().to_string_lossy();
        !part.contains(['*', '?', '['])
    });
    let root: PathBuf = plain.collect();
    if root.as_os_str().is_empty() { PathBuf::from(".") } else { root }
}

/// The files below a folder, in the order of their names; hidden ones are none.
fn files(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(['.', '_']) {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
            if files.len() >= ENOUGH {
                folders.clear();
                break;
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The columns that paths name: numbers, if all of their values are.
fn partitions<'a>(
    root: &Path,
    files: impl Iterator<Item = &'a PathBuf>,
) -> Vec<(String, DataType)> {
    let (mut names, mut texts) = (Vec::<String>::new(), BTreeMap::<String, bool>::new());
    for file in files {
        let below = file.strip_prefix(root).unwrap_or(file).parent();
        let parts = below.into_iter().flat_map(Path::components);
        for part in parts {
            let part = part.as_os_str().to_string_lossy();
            let Some((name, value)) = part.split_once('=') else { continue };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            let number = value.parse::<i64>().is_ok_and(|it| it.to_string() == value);
            *texts.entry(name.to_owned()).or_default() |= !number;
        }
    }
    let kind = |name: &String| match texts.get(name) {
        Some(false) => DataType::Int64,
        _ => DataType::Utf8,
    };
    names.into_iter().map(|name| (name.clone(), kind(&name))).collect()
}
