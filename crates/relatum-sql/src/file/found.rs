//! What lies under a path.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::DataType;
use glob::{MatchOptions, Pattern};

use super::{Form, form};
use crate::error::SqlError;

/// The files of a path.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) form: Form,
    /// The end of their names, with the point.
    pub(super) end: String,
    /// One of them.
    pub(super) first: PathBuf,
    /// Where to look: a file, a folder, or the files of a pattern that leaves some out.
    pub(super) paths: Vec<PathBuf>,
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
        let paths = vec![root.clone()];
        return Ok(Found { form, end, first: root, paths, partitions: Vec::new() });
    }
    let files = files(&root).map_err(|error| fails(&error.to_string(), false))?;
    let none = || fails("no file there can be a table", true);
    let matched: Vec<PathBuf> = match is_pattern {
        true => matching(path, &root, &files).map_err(|error| fails(&error, true))?,
        false => files.clone(),
    };
    let of = |wanted: Form| {
        let mut files = matched.iter();
        files
            .find_map(|file| form(file).filter(|(_, it)| *it == wanted).map(|(end, _)| (end, file)))
    };
    let order = [Form::Parquet, Form::Arrow, Form::Csv, Form::Json];
    let (form, (end, first)) =
        order.into_iter().find_map(|it| Some((it, of(it)?))).ok_or_else(none)?;
    let alike = |files: &[PathBuf]| -> Vec<PathBuf> {
        let is = |it: &&PathBuf| it.extension().is_some_and(|it| it == end);
        files.iter().filter(is).cloned().collect()
    };
    let (matched, all) = (alike(&matched), alike(&files));
    let whole = matched.len() == all.len();
    // Files that are named one by one have no columns of their paths.
    let partitions = if whole { partitions(&root, all.iter()) } else { Vec::new() };
    let paths = if whole { vec![root] } else { matched };
    Ok(Found { form, end: format!(".{end}"), first: first.clone(), paths, partitions })
}

/// The files that a pattern names.
fn matching(pattern: &str, root: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let pattern = match root == Path::new(".") {
        true => Path::new(".").join(pattern),
        false => PathBuf::from(pattern),
    };
    let pattern = Pattern::new(&pattern.to_string_lossy()).map_err(|error| error.to_string())?;
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::default() };
    Ok(files.iter().filter(|it| pattern.matches_path_with(it, options)).cloned().collect())
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
