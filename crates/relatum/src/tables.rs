//! Tables of the projections, told row by row from a point on both axes of time.
//!
//! Owns no table and no figure. The book is folded part by part by a thread of its own, a few parts
//! ahead of whoever takes the rows: so a table of any length needs the memory of some parts, and
//! nobody waits for it who appends.
//!
//! *Invariant: the same point gives the same rows in the same order, however the book is kept.*

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use relatum_domain::{AccountId, View};
use relatum_projections::{
    About, BookAnswer, BookQuestion, Models, RestsOn, Table, TableCell, TablePart, place_of, table,
};
use relatum_replay::{Replay, ReplayError};
use relatum_stream::StreamId;

use crate::as_of::AsOf;
use crate::error::Error;

/// So many parts are folded ahead.
const AHEAD: usize = 4;

/// Which rows of a table are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableFilter {
    /// Only those of this account. Nothing else is folded, unless the table rests on the book.
    pub account: Option<AccountId>,
}

/// Why there are no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No table is called so.
    #[error("there is no table `{name}`")]
    Unknown {
        /// How it was called.
        name: String,
    },
    /// Its rows are of no account.
    #[error("rows of `{table}` are of no account: ask for all of them")]
    OfNoAccount {
        /// Which table.
        table: &'static str,
    },
}

/// Rows of a part, kept until somebody takes them.
#[derive(Default)]
struct Rows {
    rows: Vec<(StreamId, Vec<TableCell<'static>>)>,
}

impl Rows {
    fn of(table: &dyn Table, from: &TablePart<'_>) -> Self {
        Self::told(|row| table.tell(from, row))
    }

    fn told(tell: impl FnOnce(&mut relatum_projections::RowSink<'_>)) -> Self {
        let mut rows = Vec::new();
        tell(&mut |stream, cells| {
            let cells = cells.iter().map(|cell| cell.clone().into_owned());
            rows.push((stream, cells.collect()));
        });
        Self { rows }
    }

    /// The rows of each stream where they belong.
    fn in_place(mut self) -> Self {
        self.rows.sort_by_key(|(stream, _)| place_of(*stream));
        self
    }

    fn give<E>(self, each: &mut impl FnMut(&[TableCell<'_>]) -> Result<(), E>) -> Result<(), E> {
        self.rows.iter().try_for_each(|(_, cells)| each(cells))
    }
}

impl AsOf {
    /// The table called `name`.
    ///
    /// # Errors
    /// [`TableError::Unknown`].
    pub fn table(&self, name: &str) -> Result<&'static dyn Table, Error> {
        table(name).ok_or_else(|| TableError::Unknown { name: name.to_owned() }.into())
    }

    /// The rows of a table, one after the other, each with a cell for each of its columns.
    ///
    /// Rows of an account stand together. Accounts, managers and teams come in the order of
    /// [`place_of`](relatum_projections::place_of), their rows as their projection has them; rows
    /// that [rest](RestsOn) on the whole book come as their report has them.
    ///
    /// # Errors
    /// [`Error::Table`] if an account is wanted of a table that has none, [`Error::Replay`] if the
    /// cache turns out to be damaged while it is read: it is made anew, and what came before the
    /// error is to be thrown away; whatever `each` fails with; else as [`ask`](Self::ask).
    ///
    /// # Example
    /// ```
    /// use relatum::{Engine, Error, TableFilter};
    /// let engine = Engine::in_memory()?;
    /// let book = engine.as_of("2026-03-31".parse()?);
    /// let table = book.table("open_items")?;
    /// let names: Vec<_> = table.columns().iter().map(|column| column.name).collect();
    /// assert!(names.contains(&"days_past_due"));
    /// let mut rows = 0;
    /// book.rows(table, &TableFilter::default(), |cells| {
    ///     assert_eq!(cells.len(), names.len());
    ///     rows += 1;
    ///     Ok::<(), Error>(())
    /// })?;
    /// assert_eq!(rows, 0, "nothing is owed yet");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rows<E: From<Error>>(
        &self,
        table: &dyn Table,
        filter: &TableFilter,
        mut each: impl FnMut(&[TableCell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let rows = match (table.rests_on(), filter.account) {
            (RestsOn::Common, None) => self.common_rows(table)?,
            (RestsOn::Common, Some(_)) => return Err(of_no_account(table).into()),
            (RestsOn::Book, account) => self.book_rows(table, account)?,
            (RestsOn::Account, Some(account)) => self.account_rows(table, account)?,
            (RestsOn::Account, None) if self.overlay.is_some() => self.laid_rows(table)?,
            (RestsOn::Account, None) => return self.each_row(table, &mut each),
        };
        rows.give(&mut each)
    }

    fn common_rows(&self, table: &dyn Table) -> Result<Rows, Error> {
        self.with_seen(|seen| {
            let common = seen.common()?;
            let from = TablePart { part: common, common, view: &self.view, account: None };
            Some(Rows::of(table, &from).in_place())
        })
    }

    fn book_rows(&self, table: &dyn Table, account: Option<AccountId>) -> Result<Rows, Error> {
        let question = table.question(account).ok_or_else(|| of_no_account(table))?;
        let answer = self.answer(&question)?;
        Ok(Rows::told(|row| table.tell_answer(&answer, row)))
    }

    /// The answer of the book to a question of a table.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn answer(&self, question: &BookQuestion) -> Result<BookAnswer, Error> {
        Ok(match question {
            BookQuestion::Churn(options) => BookAnswer::Churn(self.churn(options)?),
            BookQuestion::Quota(options) => BookAnswer::Quota(self.quota(options)?),
            other => self.ask(|models, view| other.of(models, view))?,
        })
    }

    fn account_rows(&self, table: &dyn Table, account: AccountId) -> Result<Rows, Error> {
        let which = self.policies()?;
        let which = table.which(&which, &self.view);
        let told = |part: &Models, common: &Models| {
            let account = Some(account);
            Rows::of(table, &TablePart { part, common, view: &self.view, account })
        };
        self.of(&About::Account(account), which, told, |_, parts| {
            let rows = parts.into_iter().flat_map(|part| part.rows).collect();
            Rows { rows }
        })
    }

    /// With facts laid over the log parts come in no order: what is supposed is put in its place.
    fn laid_rows(&self, table: &dyn Table) -> Result<Rows, Error> {
        let policies = self.policies()?;
        let which = table.which(&policies, &self.view);
        let told = |part: &Models, common: &Models| {
            Rows::of(table, &TablePart { part, common, view: &self.view, account: None })
        };
        self.whole(which, told, |_, parts: Vec<Rows>| {
            let rows = parts.into_iter().flat_map(|part| part.rows).collect();
            Rows { rows }.in_place()
        })
    }

    fn each_row<E: From<Error>>(
        &self,
        table: &dyn Table,
        each: &mut impl FnMut(&[TableCell<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let cache = self.with_seen(|seen| {
            let cache = seen.cache().snapshot();
            let common = cache.common(None)?;
            Some((cache, common))
        })?;
        let (cache, common) = (&cache.0, &cache.1);
        let sound = std::thread::scope(|scope| {
            let (send, receive) = sync_channel::<Rows>(AHEAD);
            let folding = scope.spawn(move || {
                let give = |rows: Rows| send.send(rows).is_ok();
                fold(cache, table, common, &self.view, give)
            });
            receive.into_iter().try_for_each(|rows| rows.give(each))?;
            Ok::<bool, E>(folding.join().unwrap_or(false))
        })?;
        if !sound {
            self.engine.rebuild(|_, _| {})?;
            return Err(Error::Replay(ReplayError::Damaged).into());
        }
        Ok(())
    }
}

/// Folds a book part by part and gives the rows of each, in order, until nobody takes them; says
/// whether all was sound.
fn fold(
    cache: &Replay,
    table: &dyn Table,
    common: &Models,
    view: &View,
    give: impl Fn(Rows) -> bool + Sync,
) -> bool {
    let which = table.which(common.directory.policies(), view);
    let given_up = AtomicBool::new(false);
    // One thread: its parts come in order.
    cache.each_part(1, which, None, None, &BTreeSet::new(), |_, part| {
        if given_up.load(Ordering::Relaxed) {
            return;
        }
        let from = TablePart { part: &part, common, view, account: None };
        let rows = Rows::of(table, &from).in_place();
        if !rows.rows.is_empty() && !give(rows) {
            given_up.store(true, Ordering::Relaxed);
        }
    })
}

fn of_no_account(table: &dyn Table) -> Error {
    TableError::OfNoAccount { table: table.name() }.into()
}
