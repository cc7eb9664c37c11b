//! A script of Python, asked over a pipe so that rounds can alternate.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Outcome;

/// The script, running.
pub(crate) struct Python {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// A script of this folder, by the Python that `RELATUM_PYTHON` names, else `python3`; none
    /// where that has not what the script needs.
    pub(crate) fn open<I: AsRef<OsStr>>(
        script: &str,
        arguments: impl IntoIterator<Item = I>,
    ) -> Outcome<Option<Self>> {
        let python = std::env::var("RELATUM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut child = Command::new(python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no pipe".into());
        };
        let mut python = Self { child, ask, answers: BufReader::new(answers) };
        if python.line()? == "ready" {
            return Ok(Some(python));
        }
        python.child.wait()?;
        Ok(None)
    }

    /// The next line that it answers.
    pub(crate) fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// What it answers to a line.
    pub(crate) fn ask(&mut self, line: &str) -> Outcome<String> {
        writeln!(self.ask, "{line}")?;
        self.ask.flush()?;
        self.line()
    }
}
