//! The process that is killed, cut off and failed: it appends, and writes down what was answered.
//!
//! Owns the workload. Knows nothing of faults: it works the same without any.
//!
//! *Invariant: an acknowledgement is in the witness only after the answer was given.*

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use relatum_log::{AppendError, ByteSize, Cursor, EventLog as _, NewCommit, Pending, Receipt, Seq};
use relatum_log_sled::SledLog;

use crate::content::{Author, Name};
use crate::draw::Draw;
use crate::panics;
use crate::store::Variant;
use crate::witness::{Acknowledged, Pen, Witness};
use crate::{Ending, Outcome};

/// What one process does.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) root: PathBuf,
    pub(crate) witness: PathBuf,
    pub(crate) variant: Variant,
    pub(crate) run: u64,
    pub(crate) threads: u64,
    /// Commits of each thread.
    pub(crate) commits: u64,
    /// After how many of them the store is closed and opened again; 0 for never.
    pub(crate) reopen_every: u64,
}

impl Work {
    pub(crate) fn arguments(&self) -> Vec<String> {
        let Self { root, witness, variant, run, threads, commits, reopen_every } = self;
        let (root, witness) = (root.display().to_string(), witness.display().to_string());
        let numbers = [run, threads, commits, reopen_every].map(u64::to_string);
        let mut arguments = vec!["child".to_owned(), root, witness, variant.to_string()];
        arguments.extend(numbers);
        arguments
    }

    pub(crate) fn parse(arguments: &[String]) -> Outcome<Self> {
        let [root, witness, variant, run, threads, commits, reopen_every] = arguments else {
            return Err("child: seven arguments".into());
        };
        Ok(Self {
            root: root.into(),
            witness: witness.into(),
            variant: variant.parse()?,
            run: run.parse()?,
            threads: threads.parse()?,
            commits: commits.parse()?,
            reopen_every: reopen_every.parse()?,
        })
    }
}

/// Runs the workload.
pub(crate) fn run(work: &Work) -> Outcome<Ending> {
    panics::watch();
    let witness = Witness::read(&work.witness)?;
    let pen = Pen::open(&work.witness)?;
    let stage = if work.reopen_every == 0 { work.commits } else { work.reopen_every };
    let mut from = 0;
    let mut ending = Ending::Done;
    while from < work.commits && ending == Ending::Done {
        let to = (from + stage).min(work.commits);
        let log = match work.variant.open(&work.root, true) {
            Ok(log) => log,
            Err(error) => {
                pen.write(&format!("O {error:?}"))?;
                ending = Ending::NotOpened;
                break;
            }
        };
        let failed = AtomicBool::new(false);
        let desk = Desk { author: witness.author, log: &log, pen: &pen, failed: &failed };
        // Where acknowledged commits may be lost, the first without an answer is not the next.
        if from == 0 && work.run > 0 && !work.variant.is_lossy() {
            desk.offer_again(&witness, work.run - 1)?;
        }
        desk.stage(work, from, to)?;
        if failed.load(Ordering::SeqCst) {
            ending = Ending::Refused;
        }
        from = to;
    }
    for place in panics::ours() {
        pen.write(&format!("V panicked at {place}"))?;
    }
    Ok(ending)
}

/// What every thread of the process shares.
#[derive(Clone, Copy)]
struct Desk<'a> {
    author: Author,
    log: &'a SledLog,
    pen: &'a Pen,
    /// Whether the log has answered that it failed.
    failed: &'a AtomicBool,
}

/// A commit under way.
struct Offered {
    name: Name,
    /// The versions that were told before, if it is offered again.
    before: Option<Vec<u64>>,
    answer: Pending<Receipt, AppendError>,
    /// Whether the log had failed before it was offered.
    too_late: bool,
}

impl Desk<'_> {
    fn stage(self, work: &Work, from: u64, to: u64) -> Outcome<()> {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| self.watch_head(&done));
            let producers: Vec<_> = (0..work.threads)
                .map(|thread| scope.spawn(move || self.produce(work.run, thread, from, to)))
                .collect();
            let mut outcome = Ok(());
            for producer in producers {
                outcome = outcome.and(producer.join().unwrap_or_else(|_| Err("panic".into())));
            }
            done.store(true, Ordering::SeqCst);
            outcome.and(reader.join().unwrap_or_else(|_| Err("panic".into())))
        })
    }

    /// What is given to readers must stay, acknowledged or not.
    fn watch_head(self, done: &AtomicBool) -> Outcome<()> {
        let mut last = 0;
        while !done.load(Ordering::SeqCst) {
            let from = Cursor::after(Seq(last));
            match self.log.read(from, ByteSize::kib(64)).wait() {
                Ok(block) if block.head.events() > last => {
                    last = block.head.events();
                    self.pen.write(&format!("S {last}"))?;
                }
                Ok(_) => {}
                Err(error) => {
                    self.pen.write(&format!("E 0 0 0 reading: {error:?}"))?;
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        Ok(())
    }

    fn produce(self, run: u64, thread: u64, from: u64, to: u64) -> Outcome<()> {
        let mut draw = Draw::from_parts(&[self.author.seed, run, thread, from, 7]);
        let window = usize::try_from(draw.magnitude(32))?;
        let mut under_way: VecDeque<Offered> = VecDeque::new();
        let mut keyed: Option<(Name, Vec<u64>)> = None;
        let mut tries = 10;
        for counter in from..to {
            if self.failed.load(Ordering::SeqCst) {
                tries -= 1;
                if tries == 0 {
                    break;
                }
            }
            let name = Name { run, thread, counter };
            under_way.push_back(self.offer(name, None)?);
            if let Some((name, versions)) = keyed.take_if(|_| draw.once_in(8)) {
                under_way.push_back(self.offer(name, Some(versions))?);
            }
            while under_way.len() >= window {
                if let Some(offered) = under_way.pop_front() {
                    keyed = self.settle(offered)?.or(keyed);
                }
            }
        }
        for offered in under_way {
            self.settle(offered)?;
        }
        Ok(())
    }

    fn offer(self, name: Name, before: Option<Vec<u64>>) -> Outcome<Offered> {
        let commit: NewCommit = self.author.commit(name)?;
        let too_late = self.failed.load(Ordering::SeqCst);
        Ok(Offered { name, before, answer: self.log.submit(commit), too_late })
    }

    /// Takes the answer; gives the name and the versions of a commit that may be offered again.
    fn settle(self, offered: Offered) -> Outcome<Option<(Name, Vec<u64>)>> {
        let Offered { name, before, answer, too_late } = offered;
        let receipt = match answer.wait() {
            Ok(receipt) => receipt,
            Err(AppendError::Log(error)) => {
                self.failed.store(true, Ordering::SeqCst);
                self.pen.write(&format!("E {name} {error:?}"))?;
                return Ok(None);
            }
            Err(error) => {
                self.pen.write(&format!("V {name} was refused: {error:?}"))?;
                return Ok(None);
            }
        };
        if too_late {
            self.pen.write(&format!("V {name} was acknowledged after the log had failed"))?;
        }
        let found = acknowledgement(name, &receipt);
        let repeated = receipt.events.iter().all(|event| event.already_recorded);
        match before {
            Some(before) if !repeated || before != found.versions => {
                let told = format!("{before:?} before, now {:?}, {repeated}", found.versions);
                self.pen.write(&format!("V {name} was offered again: {told}"))?;
            }
            None if receipt.position.is_none() && !repeated => {
                self.pen.write(&format!("V {name} was recorded without a position"))?;
            }
            _ => {}
        }
        self.pen.write(&found.line())?;
        Ok(self.author.is_keyed(name).then_some((name, found.versions)))
    }

    /// Offers the first commit again of which each thread of the run before got no answer.
    fn offer_again(self, witness: &Witness, run: u64) -> Outcome<()> {
        let open = witness.open_ends(run);
        for name in open.into_iter().filter(|name| self.author.is_keyed(*name)) {
            let offered = self.offer(name, None)?;
            self.settle(offered)?;
        }
        Ok(())
    }
}

fn acknowledgement(name: Name, receipt: &Receipt) -> Acknowledged {
    let mut versions = Vec::new();
    let mut last = None;
    for recorded in &receipt.events {
        if last != Some(recorded.event.stream) {
            versions.push(recorded.event.version.0);
            last = Some(recorded.event.stream);
        }
    }
    let seq = receipt.position.map_or(0, |position| position.seq.0);
    Acknowledged { name, seq, cut: receipt.cut.events(), versions }
}
