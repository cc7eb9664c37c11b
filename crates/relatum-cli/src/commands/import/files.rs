//! The mapping and the files of an import, and by what they are known again.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use relatum::domain::event::audit::{ImportedFile, UsedMapping};
use relatum_import::{Input, Mapping, Preset};
use sha2::{Digest as _, Sha256};

use super::said::Said;
use crate::failure::Failure;

/// How much of a file is read at once.
const CHUNK: usize = 1 << 16;

/// The mapping called `name`: one that comes along, or a file; with what was said beside it.
pub(super) fn mapping(name: &str, said: &Said) -> Result<(Mapping, UsedMapping), Failure> {
    let (settings, words) = (said.settings()?, said.words());
    // A name is a name, and everything that looks like a path is one.
    let path = Path::new(name);
    let is_path = path.components().count() > 1 || path.extension().is_some();
    if !is_path && !path.is_file() {
        let preset = Preset::named(name)?;
        let sha256 = sum_of(preset.text, said)?;
        let used = UsedMapping { name: name.to_owned(), sha256, said: words };
        return Ok((preset.with(&settings)?, used));
    }
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| Failure::io(format!("read the mapping {name}"), error))?;
    let used = UsedMapping { name: absolute(path), sha256: sum_of(&text, said)?, said: words };
    Ok((Mapping::with(&text, &settings)?, used))
}

/// The sum of a mapping and of the maps beside it.
fn sum_of(text: &str, said: &Said) -> Result<String, Failure> {
    let mut sum = Sha256::new();
    sum.update(text);
    for (name, path) in said.map_files() {
        let map = std::fs::read(path);
        let map = map.map_err(|error| Failure::io(format!("read the map {name}"), error))?;
        sum.update([0]);
        sum.update(name);
        sum.update([0]);
        sum.update(map);
    }
    Ok(hex(&sum.finalize()))
}

/// What is told of the files. What is no file, such as a pipe, can be read once only: nothing is
/// told of what is in it.
pub(super) fn told(inputs: &[Input]) -> Result<Vec<ImportedFile>, Failure> {
    inputs.iter().map(|input| of_file(Path::new(input.name()))).collect()
}

fn of_file(path: &Path) -> Result<ImportedFile, Failure> {
    let failed = |error| Failure::io(format!("read {}", path.display()), error);
    let mut told = ImportedFile { path: absolute(path), bytes: 0, sha256: String::new() };
    if !path.metadata().map_err(failed)?.is_file() {
        return Ok(told);
    }
    let mut file = File::open(path).map_err(failed)?;
    let (mut sum, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        let read = file.read(&mut chunk).map_err(failed)?;
        if read == 0 {
            break;
        }
        told.bytes = told.bytes.saturating_add(read as u64);
        sum.update(chunk.get(..read).unwrap_or_default());
    }
    told.sha256 = hex(&sum.finalize());
    Ok(told)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn absolute(path: &Path) -> String {
    let path: PathBuf = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}
