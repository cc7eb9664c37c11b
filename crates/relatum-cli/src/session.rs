//! One run of a command: where its book is, where its answer goes.

use std::cell::OnceCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::Parser;
use relatum::{AsOf, Engine, EngineBuilder, KeyFile, Passphrase, Report};

use crate::arguments::Globals;
use crate::book;
use crate::commands;
use crate::failure::{Exit, Failure};
use crate::output::{self, Column, Form, Look, Out, Rows, Shown};
use crate::people::{Managers, Unread};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// A book seen from a point, with the names of its managers.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) engine: Engine,
    pub(crate) book: AsOf,
    pub(crate) point: Viewpoint,
    pub(crate) managers: Managers,
}

/// A report as a command asks for it: the table itself, not shown.
pub(crate) struct Question {
    pub(crate) book: AsOf,
    pub(crate) point: Viewpoint,
    pub(crate) managers: Managers,
    pub(crate) report: Box<dyn Report>,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Question").field("point", &self.point).finish_non_exhaustive()
    }
}

/// Whether a report is to be shown, or handed over to another command.
#[derive(Debug, Default)]
enum Asked {
    #[default]
    ToShow,
    ToHandOver(Option<Question>),
}

/// The words of a report, as `relatum report` takes them.
#[derive(Debug, Parser)]
#[command(name = "report", disable_help_flag = true, disable_help_subcommand = true)]
struct Words {
    #[command(subcommand)]
    report: commands::Report,
}

/// One run of a command.
#[derive(Debug)]
pub(crate) struct Session {
    globals: Globals,
    /// The book, once it is open: nobody opens it twice.
    book: OnceCell<Engine>,
    asked: Asked,
    look: Look,
    out: Out,
    /// What of the answer could not be read.
    unread: Unread,
}

impl Session {
    pub(crate) fn new(globals: Globals) -> Self {
        let (look, out, unread) = (Look::of_stdout(), Out::stdout(), Unread::default());
        Self { globals, book: OnceCell::new(), asked: Asked::ToShow, look, out, unread }
    }

    /// The form of the answer.
    pub(crate) const fn form(&self) -> Form {
        self.globals.form()
    }

    /// The store that was named, if any.
    pub(crate) fn named_store(&self) -> Option<PathBuf> {
        self.globals.store()
    }

    /// The store, which must be named.
    pub(crate) fn store(&self) -> Result<PathBuf, Failure> {
        self.named_store().ok_or_else(book::unnamed)
    }

    /// Options for opening the store.
    pub(crate) fn builder(&self) -> Result<EngineBuilder, Failure> {
        let builder = match self.globals.keys() {
            Some(path) => Engine::builder().keys(path),
            None => Engine::builder(),
        };
        let builder = match self.passphrase()? {
            Some(passphrase) => builder.passphrase(passphrase),
            None => builder,
        };
        Ok(match self.globals.journal() {
            Some(folder) => builder.journal(folder),
            None => builder,
        })
    }

    /// What opens the key file, if anything was given.
    pub(crate) fn passphrase(&self) -> Result<Option<Passphrase>, Failure> {
        Ok(self.globals.passphrase()?)
    }

    /// The key file of the store that is named.
    pub(crate) fn key_file(&self) -> Result<KeyFile, Failure> {
        let path = self.keys_of(&self.store()?);
        Ok(KeyFile::open(&path, self.passphrase()?.as_ref())?)
    }

    /// The key file of the store at `path`.
    pub(crate) fn keys_of(&self, path: &Path) -> PathBuf {
        self.globals.keys().unwrap_or_else(|| {
            let mut name = path.as_os_str().to_owned();
            name.push(".keys");
            name.into()
        })
    }

    /// The book, which must be there.
    pub(crate) fn read(&self) -> Result<Engine, Failure> {
        if let Some(open) = self.book.get() {
            return Ok(open.clone());
        }
        let open = book::open(self.builder()?, &self.store()?)?;
        Ok(self.book.get_or_init(|| open).clone())
    }

    /// Whether a report is to be handed over, not shown.
    pub(crate) const fn is_asked(&self) -> bool {
        matches!(self.asked, Asked::ToHandOver(_))
    }

    /// Hands a report over to who asked for it.
    pub(crate) fn hand_over(&mut self, question: Question) {
        self.asked = Asked::ToHandOver(Some(question));
    }

    /// The report that `words` ask for, as `relatum report` understands them, from the point that
    /// `view` says.
    pub(crate) fn ask(
        &mut self,
        words: &[String],
        view: &ViewArguments,
    ) -> Result<Question, Failure> {
        let all = ["report".to_owned()].into_iter().chain(words.iter().cloned());
        let all = all.chain(view.words());
        let words = Words::try_parse_from(all).map_err(|error| {
            let hint = "`relatum report --help` lists reports and what they take";
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            Failure::new(Exit::Usage, format!("the report is not understood: {message}")).hint(hint)
        })?;
        self.asked = Asked::ToHandOver(None);
        let outcome = words.report.run(self);
        match (outcome, std::mem::take(&mut self.asked)) {
            (Ok(_), Asked::ToHandOver(Some(question))) => Ok(question),
            (Err(failure), _) => Err(failure),
            _ => Err(no_table()),
        }
    }

    /// The book, seen from where the arguments say.
    pub(crate) fn view(&self, from: &ViewArguments) -> Result<Seen, Failure> {
        let engine = self.read()?;
        book::catch_up(&engine)?;
        let (book, point) = from.of(&engine)?;
        let managers = self.managers(&engine, &book)?;
        Ok(Seen { engine, book, point, managers })
    }

    /// The managers of a book; a name that cannot be read fails the command at its end.
    pub(crate) fn managers(&self, engine: &Engine, book: &AsOf) -> Result<Managers, Failure> {
        Managers::of(engine, book, Rc::clone(&self.unread))
    }

    /// The book, made if it is not there.
    pub(crate) fn write(&self) -> Result<Engine, Failure> {
        book::open(self.builder()?.create(true), &self.store()?)
    }

    /// Shows an answer.
    pub(crate) fn show(&mut self, answer: &dyn Shown) -> Result<(), Failure> {
        if self.is_asked() {
            return Err(no_table());
        }
        output::show(answer, self.form(), &self.look, &mut self.out)
    }

    /// Shows rows as they come.
    pub(crate) fn rows<'a>(&'a mut self, columns: &'a [Column]) -> Result<Rows<'a>, Failure> {
        if self.is_asked() {
            return Err(no_table());
        }
        Rows::begin(self.globals.form(), columns, &self.look, &mut self.out)
    }

    /// Writes bytes of an answer that has a form of its own.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.out.write_all(bytes)?)
    }

    /// Tells people something that is not data.
    pub(crate) fn message(&self, text: &str) {
        say(text);
    }

    /// Writes what is left and says why a command failed.
    pub(crate) fn end(&mut self, outcome: Result<Exit, Failure>) -> Exit {
        let outcome = match (outcome, self.out.flush()) {
            (Ok(_), Err(error)) => Err(error.into()),
            (Ok(exit), Ok(())) => match self.unread.take() {
                Some(error) => Err(error.into()),
                None => Ok(exit),
            },
            (failed, _) => failed,
        };
        match outcome {
            Ok(exit) => exit,
            // Whoever read has seen enough.
            Err(failure) if failure.is_closed_pipe() => Exit::Done,
            Err(failure) => {
                failure.lines().iter().for_each(|line| say(line));
                failure.exit
            }
        }
    }
}

/// What is asked for is no table of sums.
fn no_table() -> Failure {
    let message = "this report is no table of sums, or not in this form";
    let hint = "ask for one that `relatum report` can --explain";
    Failure::new(Exit::Usage, message).hint(hint)
}

/// A line on standard error, if anybody is there to read it.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
