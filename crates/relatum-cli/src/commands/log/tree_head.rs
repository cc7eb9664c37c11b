//! `relatum log tree-head`: what the log holds, in lines to be kept elsewhere.

use std::path::{Path, PathBuf};

use clap::Args;
use relatum::log::{Cut, Position};
use relatum::{Engine, Error, NoteKeyError, SignedTreeHead, SigningKey, TreeHeadError};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, json as to_json};
use crate::session::Session;
use crate::values;

/// Print what the log holds as a tree head, to be kept elsewhere
///
/// A tree head is a line for the origin, one for the number of events and one for the root of the
/// tree over them, and the lines of signatures. Whoever has one can tell with `log verify
/// --tree-head` whether the log still begins with those events. Without --key it is not signed: it
/// is as good as the place where it is kept.
#[derive(Debug, Args)]
pub(crate) struct TreeHead {
    #[command(flatten)]
    sign: Sign,
    /// What the log held up to this position
    #[arg(long, value_name = "SEQ", value_parser = values::position)]
    at: Option<Position>,
    /// Make a key of this name, such as example.com/book, and print what checks its signatures
    #[arg(long, value_name = "NAME", requires = "key", conflicts_with_all = ["origin", "at"])]
    new_key: Option<String>,
}

/// How a tree head is signed.
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// The file with the key that signs
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// What the log is called; unless said otherwise like the key, or after its first event
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
}

impl Sign {
    /// What the log holds, or held, signed if there is a key.
    pub(super) fn head(
        &self,
        engine: &Engine,
        at: Option<&Cut>,
    ) -> Result<SignedTreeHead, Failure> {
        let key = self.key.as_deref().map(SigningKey::read).transpose()?;
        let name = key.as_ref().map(SigningKey::name);
        let head = engine.tree_head(self.origin.as_deref().or(name), at)?;
        let keys: Vec<&SigningKey> = key.iter().collect();
        SignedTreeHead::new(head, &keys).map_err(|error| match error {
            error @ TreeHeadError::NoOrigin { .. } => Failure::of(Exit::Usage, error),
            error => Error::from(error).into(),
        })
    }
}

impl TreeHead {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        if let (Some(name), Some(path)) = (&self.new_key, &self.sign.key) {
            session.show(&made(name, path)?)?;
            return Ok(Exit::Done);
        }
        let engine = session.read()?;
        let at = self.at.map(|position| Cut::single(position.seq));
        let head = self.sign.head(&engine, at.as_ref())?;
        session.show(&Answer(head))?;
        Ok(Exit::Done)
    }
}

fn made(name: &str, path: &Path) -> Result<NewKey, Failure> {
    let key = SigningKey::generate(name).map_err(|error| match error {
        error @ NoteKeyError::Name => Failure::of(Exit::Usage, error),
        error => Error::from(error).into(),
    })?;
    key.write(path)?;
    Ok(NewKey { name: name.to_owned(), verifier: key.verifier().to_string() })
}

struct NewKey {
    name: String,
    verifier: String,
}

impl Shown for NewKey {
    fn document(&self) -> Value {
        json!({ "name": self.name, "verifier_key": self.verifier })
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("name", "name"), Column::text("verifier_key", "key")];
        Sheet::new(columns).with([vec![Cell::text(&*self.name), Cell::text(&*self.verifier)]])
    }

    fn page(&self) -> Page {
        Page::verbatim(format!("{}\n", self.verifier))
    }
}

struct Answer(SignedTreeHead);

impl Shown for Answer {
    fn document(&self) -> Value {
        let relatum::TreeHead { origin, size, root } = self.0.head();
        json!({
            "origin": origin,
            "size": size,
            "root": to_json(root),
            "signed": self.0.is_signed(),
            "note": self.0.to_string(),
        })
    }

    fn sheet(&self) -> Sheet {
        let relatum::TreeHead { origin, size, root } = self.0.head();
        let columns = vec![
            Column::text("origin", "origin"),
            Column::number("size", "size"),
            Column::text("root", "root"),
            Column::text("signed", "signed"),
            Column::text("note", "note"),
        ];
        Sheet::new(columns).with([vec![
            Cell::text(&**origin),
            Cell::count(*size),
            Cell::text(root.to_string()),
            Cell::of("", self.0.is_signed()),
            Cell::text(self.0.to_string()),
        ]])
    }

    fn page(&self) -> Page {
        Page::verbatim(self.0.to_string())
    }
}
