//! Commands and scripts of docs/backfill.md, run as they stand there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use relatum_tests::root;
use tempfile::TempDir;

use crate::program::{printed, program, python, sets};

/// The heading below which the public sets stand.
pub(crate) const SETS: &str = "## The four public sets";

/// A block of code: its language, and what stands in it.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The page before and below the heading of the public sets.
pub(crate) fn page() -> (Vec<Block>, Vec<Block>) {
    let page = root().join("docs/backfill.md");
    let text = fs::read_to_string(page).expect("the page is there");
    let (story, sets) = text.split_once(SETS).expect("the public sets have a section");
    let (sets, _) = sets.split_once("\n## ").unwrap_or((sets, ""));
    (blocks(story), blocks(sets))
}

fn blocks(text: &str) -> Vec<Block> {
    let mut fences = text.split("\n```");
    fences.next();
    let mut blocks = Vec::new();
    while let Some(block) = fences.next() {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        blocks.push(Block { language: language.to_owned(), text: format!("{text}\n") });
        fences.next();
    }
    blocks
}

/// A folder in which commands are typed.
pub(crate) struct Terminal {
    folder: TempDir,
    path: OsString,
}

impl Terminal {
    /// With the program on the path, a book named by the environment, and the data sets beside.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        symlink(fs::canonicalize(program()).expect("a program"), bin.join("relatum"))
            .expect("a link");
        if let Ok(sets) = fs::canonicalize(sets()) {
            symlink(sets, folder.path().join("sets")).expect("a link");
        }
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        Self { folder, path }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(self.folder.path()).env("PATH", &self.path);
        command.env("RELATUM_STORE", "book").env_remove("RELATUM_KEYS");
        command
    }

    /// What commands print, none of which may fail.
    pub(crate) fn shell(&self, script: &str) -> String {
        let output = self.command("sh").args(["-euc", script]).output();
        printed(script, output.expect("sh runs"))
    }

    /// What a script prints.
    pub(crate) fn python(&self, script: &str) -> String {
        let output = self.command(python()).args(["-c", script]).output();
        printed("the script", output.expect("python runs"))
    }

    /// Types the commands of a transcript; their answers are compared where the program is built.
    pub(crate) fn transcript(&self, text: &str) {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("$ ") else { continue };
            let code = lines.peek().and_then(|line| line.strip_prefix("? "));
            let code = code.map_or(0, |code| code.parse().expect("an exit code"));
            let output = self.command("sh").args(["-c", command]).output().expect("sh runs");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{command}: {errors}");
        }
    }
}

/// Text without empty lines and spaces at the ends of lines, which no page needs.
pub(crate) fn plain(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

#[test]
fn duckdb_and_pandas_tell_and_draw_the_story_of_the_page() {
    let terminal = Terminal::new();
    copy(&root().join("docs/backfill"), terminal.folder.path());
    let (story, _) = page();
    let mut said: Option<String> = None;
    let mut scripts = 0;
    for block in story {
        match &*block.language {
            "console" => terminal.transcript(&block.text),
            "python" => said = Some(terminal.python(&block.text)),
            "text" => {
                if let Some(said) = said.take() {
                    assert_eq!(plain(&said), plain(&block.text));
                    scripts += 1;
                }
            }
            _ => {}
        }
    }
    assert_eq!((scripts, said), (2, None), "what each script says stands below it");
    let chart = fs::read(terminal.path("aging.png")).expect("the chart was drawn");
    assert!(chart.starts_with(b"\x89PNG\r\n"));
    let side = |at: usize| u32::from_be_bytes(chart[at..at + 4].try_into().expect("four bytes"));
    assert!(side(16) > 800 && side(20) > 300, "{} x {}", side(16), side(20));
}
