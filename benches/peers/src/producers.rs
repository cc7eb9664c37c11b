//! Group commit: 64 producers, one event a commit, each waiting for its answer.
//!
//! The key-value stores stand behind a writer thread as relatum's log has one: it takes all that
//! waits, writes it in one transaction with a row for each commit, makes that durable, and
//! answers. They are given the finished bytes; relatum also assigns versions, checks
//! idempotency keys, encodes, and hashes.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use relatum_log::{EventLog, NewCommit};
use relatum_log_sled::{SledLog, SledOptions};

use crate::key_values::{Fjall, KeyValue, Redb, Sqlite};
use crate::offered::{Offered, commit, stored};
use crate::report::{Measured, Taken};
use crate::rounds::timed;
use crate::{Outcome, Size, books, say};

const PRODUCERS: usize = 64;

/// A finished commit, and where its answer goes.
type Asked = (Vec<u8>, oneshot::Sender<()>);

pub(crate) fn measure(events: &[Offered], size: Size) -> Outcome<Measured> {
    let wanted = (PRODUCERS * size.each).min(events.len());
    let (events, _) = events.split_at_checked(wanted).unwrap_or((events, &[]));
    let rows = stored(events)?;
    let mut stores: Vec<Taken> = ["relatum", Fjall::NAME, Redb::NAME, Sqlite::NAME]
        .map(|name| Taken { name, events: events.len(), seconds: Vec::new() })
        .into();
    for round in 0..size.rounds {
        let took = [
            alone(|folder| through_log(folder, events))?,
            alone(|folder| through_writer::<Fjall>(folder, &rows))?,
            alone(|folder| through_writer::<Redb>(folder, &rows))?,
            alone(|folder| through_writer::<Sqlite>(folder, &rows))?,
        ];
        for (store, took) in stores.iter_mut().zip(took) {
            store.seconds.push(took);
        }
        say(&format!("{PRODUCERS} producers, round {} of {}", round + 1, size.rounds));
    }
    Ok(Measured {
        name: "peers-producers",
        title: "Group commit: 64 producers, one event each",
        said: "Each producer waits for its answer before it offers the next event. The key-value \
               stores stand behind a writer thread that takes what waits, puts it into one \
               transaction with a row for each commit, makes it durable once, and answers. They \
               are given the finished bytes of the commits; relatum also assigns versions, \
               checks idempotency keys, encodes, and hashes.",
        stores,
    })
}

/// Runs `work` in a folder of its own, and leaves nothing for the next to wait for.
pub(crate) fn alone<T>(work: impl FnOnce(&Path) -> Outcome<T>) -> Outcome<T> {
    let folder = books::folder()?;
    let result = work(&folder.path().join("store"))?;
    let parent = folder.path().parent().map(Path::to_owned);
    folder.close()?;
    if let Some(parent) = parent {
        // What the file system still has to write of this one is not the next one's burden.
        std::fs::File::open(parent)?.sync_all()?;
    }
    Ok(result)
}

/// One share of the work for each producer.
fn shares<T>(all: Vec<T>) -> Vec<Vec<T>> {
    let each = all.len().div_ceil(PRODUCERS).max(1);
    let mut all = all.into_iter();
    let next = || Some(all.by_ref().take(each).collect::<Vec<T>>());
    std::iter::from_fn(next).take_while(|share| !share.is_empty()).collect()
}

/// Runs all shares side by side.
fn side_by_side<T: Send>(
    shares: Vec<Vec<T>>,
    one: impl Fn(T) -> Outcome<()> + Clone + Send,
) -> Outcome<()> {
    thread::scope(|scope| {
        let share = |share: Vec<T>| {
            let one = one.clone();
            move || share.into_iter().try_for_each(one)
        };
        let running: Vec<_> = shares.into_iter().map(|it| scope.spawn(share(it))).collect();
        running
            .into_iter()
            .try_for_each(|it| it.join().unwrap_or_else(|_| Err("a producer panicked".into())))
    })
}

fn through_log(folder: &Path, events: &[Offered]) -> Outcome<f64> {
    let log = SledLog::open(folder, SledOptions::new().create(true))?;
    let commits: Vec<NewCommit> =
        events.iter().map(|it| commit(std::slice::from_ref(it), Offered::whatever)).collect();
    let shares = shares(commits);
    let log = &log;
    let all = || side_by_side(shares, move |it| Ok(log.submit(it).wait().map(drop)?));
    Ok(timed(all)?.0)
}

fn through_writer<S: KeyValue>(folder: &Path, rows: &[Vec<u8>]) -> Outcome<f64> {
    let store = S::open(folder)?;
    let shares = shares(rows.to_vec());
    let (sender, receiver) = mpsc::channel::<Asked>();
    let writer = thread::spawn(move || write(store, &receiver));
    let (seconds, ()) = timed(|| {
        side_by_side(shares, {
            let sender = sender.clone();
            move |row| {
                let (answer, answered) = oneshot::channel();
                sender.send((row, answer))?;
                Ok(answered.recv()?)
            }
        })
    })?;
    drop(sender);
    let written = writer.join().unwrap_or_else(|_| Err("the writer panicked".into()))?;
    if written == rows.len() as u64 {
        Ok(seconds)
    } else {
        Err(format!("{} holds {written} of {} rows", S::NAME, rows.len()).into())
    }
}

/// The writer thread: a group at a time, until nobody can ask any more.
fn write<S: KeyValue>(mut store: S, asked: &mpsc::Receiver<Asked>) -> Outcome<u64> {
    let mut next = 1;
    while let Ok(first) = asked.recv() {
        let (rows, answers): (Vec<_>, Vec<_>) =
            std::iter::once(first).chain(asked.try_iter()).unzip();
        store.put(next, &rows)?;
        next += rows.len() as u64;
        // Nobody listens any more if a producer failed, which is said elsewhere.
        answers.into_iter().for_each(|answer| drop(answer.send(())));
    }
    store.count()
}
