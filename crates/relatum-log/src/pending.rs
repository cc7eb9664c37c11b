//! An answer that is on its way.
//!
//! Owns the one type by which blocking and asynchronous callers use the same log. Knows no runtime.
//!
//! *Invariant: it always answers; a log that goes away answers [`LogError::Closed`].*

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use crate::error::LogError;

/// The result of asking a log: await it, or [`wait`](Self::wait) for it.
///
/// Dropping it does not take back what was asked.
///
/// # Example
/// ```
/// use relatum_log::{LogError, Pending};
/// let (sender, pending) = Pending::<u32, LogError>::channel();
/// std::thread::spawn(move || sender.send(Ok(7)));
/// assert_eq!(pending.wait()?, 7);
///
/// let (sender, pending) = Pending::<u32, LogError>::channel();
/// drop(sender);
/// assert!(matches!(pending.wait(), Err(LogError::Closed)));
/// # Ok::<(), LogError>(())
/// ```
#[must_use = "the answer may be an error"]
pub struct Pending<T, E>(State<T, E>);

enum State<T, E> {
    Ready(Option<Result<T, E>>),
    Waiting(oneshot::AsyncReceiver<Result<T, E>>),
}

// Nothing inside is ever pinned.
impl<T, E> Unpin for Pending<T, E> {}

impl<T, E> Pending<T, E> {
    /// An answer that is there already.
    pub const fn ready(answer: Result<T, E>) -> Self {
        Self(State::Ready(Some(answer)))
    }

    /// An answer to come, and the means to give it.
    pub fn channel() -> (PendingSender<T, E>, Self) {
        let (sender, receiver) = oneshot::async_channel();
        (PendingSender(sender), Self(State::Waiting(receiver)))
    }
}

impl<T, E: From<LogError>> Pending<T, E> {
    /// Blocks the thread until the answer is there. Not for use inside an asynchronous task.
    ///
    /// # Errors
    /// Those of the answer; [`LogError::Closed`] if the log went away without one.
    pub fn wait(mut self) -> Result<T, E> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(answer) = Pin::new(&mut self).poll(&mut context) {
                return answer;
            }
            // Waking up for no reason is harmless: the answer is looked for again.
            std::thread::park();
        }
    }
}

impl<T, E: From<LogError>> Future for Pending<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Ready(answer) => {
                Poll::Ready(answer.take().unwrap_or_else(|| Err(LogError::Closed.into())))
            }
            State::Waiting(receiver) => Pin::new(receiver)
                .poll(context)
                .map(|answer| answer.unwrap_or_else(|_| Err(LogError::Closed.into()))),
        }
    }
}

impl<T, E> fmt::Debug for Pending<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// Gives the answer that a [`Pending`] waits for; dropped without one, it answers
/// [`LogError::Closed`].
pub struct PendingSender<T, E>(oneshot::Sender<Result<T, E>>);

impl<T, E> PendingSender<T, E> {
    /// Answers. Nobody may be waiting any more, which is no error.
    pub fn send(self, answer: Result<T, E>) {
        drop(self.0.send(answer));
    }
}

impl<T, E> fmt::Debug for PendingSender<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSender").finish_non_exhaustive()
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_given_later_wakes_the_waiting_thread() {
        let (sender, pending) = Pending::<u32, LogError>::channel();
        let giver = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            sender.send(Ok(7));
        });
        assert_eq!(pending.wait().unwrap(), 7);
        giver.join().unwrap();
    }

    #[test]
    fn polled_after_its_end_it_answers_closed_instead_of_panicking() {
        let mut pending = Pending::<u32, LogError>::ready(Ok(7));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut pending).poll(&mut context), Poll::Ready(Ok(7))));
        assert!(matches!(
            Pin::new(&mut pending).poll(&mut context),
            Poll::Ready(Err(LogError::Closed))
        ));
    }
}
