//! Where the parts of the workspace lie, for the tests that look at all of it.
//!
//! Owns paths, and the reading of experts' [`cases`]. The tests themselves: `tidy` reads the
//! sources, `real_data` (with the feature of that name) runs the program on files that nobody here
//! wrote.
#![forbid(unsafe_code)]

pub mod cases;

use std::path::{Path, PathBuf};

/// The folder that holds the whole workspace.
#[must_use]
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A path as messages show it: below the root of the workspace.
#[must_use]
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Every file of the workspace whose name ends in `.` + `extension`, in the order of their paths.
///
/// Build results and hidden folders are passed over.
///
/// # Errors
/// Those of reading folders.
pub fn files(extension: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir()? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
