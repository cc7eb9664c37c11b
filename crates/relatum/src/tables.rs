//! Tables of the projections, told row by row from a point on both axes of time.
//!
//! Owns no table and no figure. The book is folded account by account by a thread of its own, a few
//! rows ahead of whoever takes them: so a table of any length needs the memory of a part of the
//! cache and of the account with most, and nobody waits for it who appends.
//!
//! *Invariant: the same point gives the same rows in the same order, however the book is kept.*

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use relatum_domain::{AccountId, Gist, View};
use relatum_projections::{
    About, BookAnswer, BookQuestion, Merging, Models, RestsOn, Table, TableCell, TablePart, Which,
    place_of, table,
};
use relatum_replay::{Replay, ReplayError, Row};
use relatum_stream::StreamId;

use crate::as_of::AsOf;
use crate::error::Error;
use crate::folded::each_of_one;

/// So many batches are made ahead, of so many rows at most.
const AHEAD: usize = 4;
const BATCH: usize = 1_024;

/// Rows on their way from the thread that folds.
type Batch = Vec<Vec<TableCell<'static>>>;

/// Which rows of a table are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableFilter {
    /// Only those of this account. Nothing else is folded, unless the table rests on the book.
    pub account: Option<AccountId>,
}

impl TableFilter {
    /// Whether a table has rows of which it can be asked.
    ///
    /// # Errors
    /// [`TableError::OfNoAccount`].
    pub fn fits(&self, table: &dyn Table) -> Result<(), TableError> {
        let has_some = match table.rests_on() {
            RestsOn::Account => true,
            RestsOn::Common => self.account.is_none(),
            RestsOn::Book => table.question(self.account).is_some(),
        };
        if has_some { Ok(()) } else { Err(TableError::OfNoAccount { table: table.name() }) }
    }
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

/// Rows that are all there before somebody takes them.
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
            rows.push((stream, owned(cells)));
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
        filter.fits(table).map_err(Error::from)?;
        if let Some(account) = filter.account {
            self.stands_for_itself(account)?;
        }
        let rows = match (table.rests_on(), filter.account) {
            (RestsOn::Common, _) => self.common_rows(table)?,
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
        let Some(question) = table.question(account) else { return Ok(Rows::default()) };
        let answer = self.answer(&question)?;
        Ok(Rows::told(|row| table.tell_answer(&answer, row)))
    }

    /// The answer of the book to a question of a table.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn answer(&self, question: &BookQuestion) -> Result<BookAnswer, Error> {
        Ok(match question {
            BookQuestion::Churn(options) => BookAnswer::Churn(Box::new(self.churn(options)?)),
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
            Some((cache, common, seen.merging().clone()))
        })?;
        let (cache, common, merging) = (&cache.0, &cache.1, &cache.2);
        let sound = std::thread::scope(|scope| {
            let (send, receive) = sync_channel::<Batch>(AHEAD);
            let folding = scope.spawn(move || {
                Telling::new((cache, merging), table, common, &self.view, &send).all()
            });
            for batch in receive {
                batch.iter().try_for_each(|cells| each(cells))?;
            }
            Ok::<bool, E>(folding.join().unwrap_or(false))
        })?;
        merging.sound().map_err(Error::from)?;
        if !sound {
            self.engine.rebuild(|_, _| {})?;
            return Err(Error::Replay(ReplayError::Damaged).into());
        }
        Ok(())
    }
}

/// A book on its way into rows, account by account, until nobody takes them.
struct Telling<'t> {
    cache: &'t Replay,
    merging: &'t Merging,
    table: &'t dyn Table,
    common: &'t Models,
    view: &'t View,
    to: &'t SyncSender<Batch>,
    given_up: AtomicBool,
    batch: Mutex<Batch>,
    /// The accounts that are one with others and were not told yet, the first of them last.
    waiting: Mutex<Vec<AccountId>>,
}

impl<'t> Telling<'t> {
    fn new(
        (cache, merging): (&'t Replay, &'t Merging),
        table: &'t dyn Table,
        common: &'t Models,
        view: &'t View,
        to: &'t SyncSender<Batch>,
    ) -> Self {
        let mut waiting: Vec<AccountId> = merging.kept().collect();
        waiting.sort_by_key(|it| Reverse(place_of((*it).into())));
        let (given_up, batch) = (AtomicBool::new(false), Mutex::default());
        let waiting = Mutex::new(waiting);
        Self { cache, merging, table, common, view, to, given_up, batch, waiting }
    }

    /// Folds the book; says whether all was sound.
    fn all(&self) -> bool {
        let which = self.table.which(self.common.directory.policies(), self.view);
        let merged = self.merging.all_streams();
        let sound = AtomicBool::new(true);
        // One thread: its parts come in order.
        let read = self.cache.each_rows(1, which.topics(), None, None, |_, streams| {
            let mut streams: Vec<&Row<'_, '_>> = streams.iter().collect();
            streams.sort_by_key(|(stream, _)| place_of(*stream));
            for (stream, gists) in streams {
                if self.given_up.load(Ordering::Relaxed) {
                    return;
                }
                if self.tell_waiting(which, Some(*stream)).is_none() {
                    sound.store(false, Ordering::Relaxed);
                    return;
                }
                match self.merging.renamed(*stream, gists) {
                    _ if merged.contains(stream) => {}
                    None => self.tell(which, *stream, gists),
                    Some(gists) => self.tell(which, *stream, &gists.iter().collect::<Vec<_>>()),
                }
            }
            self.send();
        });
        let rest = self.tell_waiting(which, None).is_some();
        self.send();
        read && rest && sound.into_inner()
    }

    /// Tells the accounts that are one with others and stand before a stream; with none, all that
    /// are left. They stand where the one that is kept stands.
    fn tell_waiting(&self, which: Which, before: Option<StreamId>) -> Option<()> {
        let stands =
            |kept: AccountId| before.is_none_or(|before| place_of(kept.into()) <= place_of(before));
        loop {
            let next = of(&self.waiting).pop_if(|kept| stands(*kept));
            let Some(kept) = next else { return Some(()) };
            each_of_one(self.cache, self.merging, kept, self.view.known_at, |rows| {
                let gists = self.merging.joined(kept, rows);
                self.tell(which, kept.into(), &gists.iter().collect::<Vec<_>>());
            })?;
        }
    }

    fn tell(&self, which: Which, stream: StreamId, gists: &[&Gist<'_>]) {
        let mut part = Models::default();
        part.fold_only(which, stream, gists);
        let from = TablePart { part: &part, common: self.common, view: self.view, account: None };
        self.table.tell(&from, &mut |_, cells| {
            let mut batch = of(&self.batch);
            batch.push(owned(cells));
            if batch.len() >= BATCH {
                drop(batch);
                self.send();
            }
        });
    }

    fn send(&self) {
        let batch = std::mem::take(&mut *of(&self.batch));
        if !batch.is_empty() && self.to.send(batch).is_err() {
            self.given_up.store(true, Ordering::Relaxed);
        }
    }
}

fn of<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn owned(cells: &[TableCell<'_>]) -> Vec<TableCell<'static>> {
    cells.iter().map(|cell| cell.clone().into_owned()).collect()
}
