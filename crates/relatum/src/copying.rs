//! Replication: the commits of another log, stored as they are.

use std::collections::VecDeque;

use relatum_log::{AppendError, CommitBytes, Cut, NewCommit, Pending, Receipt};

use crate::engine::Engine;
use crate::error::Error;

/// Commits that may be under way at once: enough for the writer to share syncs.
const IN_FLIGHT: usize = 256;

/// A commit that could not be copied; those before it are in.
#[derive(Debug, thiserror::Error)]
#[error("commit {place} was not copied")]
pub struct NotCopied {
    /// The number that the caller gave it.
    pub place: u64,
    /// Why.
    pub source: Error,
}

/// Copies commits of another log into a book, byte for byte, many at once under way.
///
/// # Example
/// ```
/// use relatum::log::{ByteSize, Cursor};
/// use relatum::{Copying, Engine};
/// let (from, into) = (Engine::in_memory()?, Engine::in_memory()?);
/// let mut copying = Copying::into(&into);
/// for commit in from.log().read(Cursor::start(), ByteSize::mib(1)).wait()?.commits {
///     copying.send(commit.position.seq.0, commit.bytes.as_slice())?;
/// }
/// copying.finish()?;
/// assert_eq!(into.head()?, from.head()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Copying<'a> {
    engine: &'a Engine,
    sent: VecDeque<(u64, Pending<Receipt, AppendError>)>,
    commits: u64,
    events: u64,
}

impl<'a> Copying<'a> {
    /// A copy into the book of `engine`.
    #[must_use]
    pub const fn into(engine: &'a Engine) -> Self {
        Self { engine, sent: VecDeque::new(), commits: 0, events: 0 }
    }

    /// How many commits are in.
    #[must_use]
    pub const fn commits(&self) -> u64 {
        self.commits
    }

    /// How many events are in.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Sends the next commit; `place` is the number by which an error names it.
    ///
    /// # Errors
    /// [`NotCopied`] for this commit or an earlier one that does not follow what is there.
    pub fn send(&mut self, place: u64, bytes: impl Into<Vec<u8>>) -> Result<(), NotCopied> {
        let commit = NewCommit::Copy(CommitBytes::new(bytes));
        self.sent.push_back((place, self.engine.submit(commit)));
        if self.sent.len() >= IN_FLIGHT { self.settle() } else { Ok(()) }
    }

    /// Waits until everything that was sent is in.
    ///
    /// # Errors
    /// [`NotCopied`], as [`send`](Self::send).
    pub fn finish(&mut self) -> Result<(), NotCopied> {
        while !self.sent.is_empty() {
            self.settle()?;
        }
        Ok(())
    }

    fn settle(&mut self) -> Result<(), NotCopied> {
        let Some((place, pending)) = self.sent.pop_front() else { return Ok(()) };
        let receipt = pending.wait().map_err(|error| NotCopied { place, source: error.into() })?;
        self.engine.grown(&receipt);
        self.commits += 1;
        self.events += receipt.added() as u64;
        Ok(())
    }
}

impl Engine {
    /// Stores commits of another log as they are, and says up to where the log goes then.
    ///
    /// # Errors
    /// [`Error::Append`] if one does not follow what is there; those before it are stored.
    pub fn replicate_all<B: Into<Vec<u8>>>(
        &self,
        commits: impl IntoIterator<Item = B>,
    ) -> Result<Cut, Error> {
        let mut copying = Copying::into(self);
        let mut sent = commits.into_iter().zip(1..).map(|(bytes, at)| copying.send(at, bytes));
        let stopped = sent.find_map(Result::err);
        let finished = copying.finish();
        match stopped.or(finished.err()) {
            Some(error) => Err(error.source),
            None => self.head(),
        }
    }
}
