//! Running the binary, and one example book to copy.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The day in whose morning the example book is read.
pub(crate) const TODAY: &str = "2026-11-23";

/// A folder of a test, in which the binary runs.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A folder with a copy of the example book in `book`.
    pub(crate) fn with_book() -> Self {
        let place = Self::empty();
        let example = example();
        copy(&example.join("book"), &place.path("book"));
        fs::copy(example.join("book.keys"), place.path("book.keys")).unwrap();
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and gives its name.
    pub(crate) fn file<'a>(&self, name: &'a str, content: impl AsRef<[u8]>) -> &'a str {
        fs::write(self.path(name), content).unwrap();
        name
    }

    /// The binary with `arguments`, on the store `book` of this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(self.folder.path(), arguments);
        command.env("RELATUM_STORE", "book");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs without a store being named.
    pub(crate) fn run_bare(&self, arguments: &[&str]) -> Ran {
        Ran::of(bare(self.folder.path(), arguments).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_owned();
        let writer = std::thread::spawn(move || {
            // It may have seen enough before the end.
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran::of(output)
    }

    /// The stored commits, a line each.
    pub(crate) fn log(&self) -> String {
        let ran = self.run(&["log", "show", "--jsonl"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out
    }
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON document on standard output.
    pub(crate) fn json(&self) -> Value {
        assert!(matches!(self.code, 0 | 1), "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts exit code and message; nothing was answered.
    pub(crate) fn fails(&self, code: i32, message: &str) {
        let Self { code: found, out, err } = self;
        assert_eq!((*found, err.trim_end(), out.as_str()), (code, message, ""));
    }
}

fn bare(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relatum"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    for name in [
        "RELATUM_STORE",
        "RELATUM_KEYS",
        "RELATUM_PASSPHRASE",
        "RELATUM_TRACE",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(name);
    }
    command
}

/// The folder with the example book, made once: twelve accounts with everything that happens.
fn example() -> &'static Path {
    static EXAMPLE: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("example");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let demo = ["demo", "--store", "book", "--accounts", "12", "--today", TODAY];
        let output = bare(&folder, &demo).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        folder
    })
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The id of the account with which the small examples are made.
pub(crate) const ACCOUNT: &str = "account/5181575d-9783-5867-b4fe-fe1eb871d781";

/// A line of `log append` over an invoice called `number`.
pub(crate) fn invoice(number: u32, minor: i64) -> String {
    serde_json::json!({
        "stream": ACCOUNT,
        "type": "invoice_issued",
        "event": {
            "effective": "2026-03-02",
            "actor": { "system": "erp" },
            "source": { "system": "erp", "id": format!("R-{number}") },
            "body": {
                "document": document(number),
                "number": format!("R-{number}"),
                "due": "2026-04-01",
                "gross": { "minor": minor, "currency": "EUR" },
            },
        },
    })
    .to_string()
        + "\n"
}

/// A line of `log append` over a payment of the invoice called `number`.
pub(crate) fn payment(number: u32, minor: i64) -> String {
    let amount = serde_json::json!({ "minor": minor, "currency": "EUR" });
    serde_json::json!({
        "stream": ACCOUNT,
        "type": "payment_received",
        "event": {
            "effective": "2026-03-20",
            "actor": { "system": "erp" },
            "source": { "system": "erp", "id": format!("P-{number}") },
            "body": {
                "payment": format!("00000000-0000-4000-8000-0000000001{number:02}"),
                "amount": amount,
                "applications": [
                    { "document": document(number), "amount": amount, "kind": "payment" }
                ],
            },
        },
    })
    .to_string()
        + "\n"
}

fn document(number: u32) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02}")
}
