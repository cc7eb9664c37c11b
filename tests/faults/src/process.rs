//! Child processes of this program: started, waited for, killed by their own handle.
//!
//! *Invariant: no child outlives the call that waits for it.*

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::check::Verdict;
use crate::child::Work;
use crate::mend::Mended;
use crate::store::Variant;

/// How long a child may take; one that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Variables of the environment for a child.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Code(i32),
    Signal,
    /// It hung, and was killed.
    Hung,
}

impl End {
    fn of(status: ExitStatus) -> Self {
        status.code().map_or(Self::Signal, Self::Code)
    }
}

fn command(arguments: &[String], environment: &Environment, errors: &Path) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command.stderr(File::options().create(true).append(true).open(errors)?);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

/// Waits until the child ends, or kills it after `patience`.
fn wait(child: &mut Child, patience: Duration) -> Outcome<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if began.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Where a process writes what it says on standard error.
pub(crate) fn errors_of(root: &Path) -> PathBuf {
    root.with_extension("stderr")
}

/// Runs a workload to its end.
pub(crate) fn work(work: &Work, environment: &Environment) -> Outcome<End> {
    let mut command = command(&work.arguments(), environment, &errors_of(&work.root))?;
    let mut child = command.stdout(Stdio::null()).spawn()?;
    Ok(wait(&mut child, PATIENCE)?.map_or(End::Hung, End::of))
}

/// Runs a workload and kills it after `delay`, if it has not ended by then.
pub(crate) fn kill(work: &Work, environment: &Environment, delay: Duration) -> Outcome<End> {
    run_until(&work.arguments(), environment, &errors_of(&work.root), delay)
}

/// Runs this program with `arguments` and kills it after `delay`, if it has not ended by then.
pub(crate) fn run_until(
    arguments: &[String],
    environment: &Environment,
    errors: &Path,
    delay: Duration,
) -> Outcome<End> {
    let mut child = command(arguments, environment, errors)?.stdout(Stdio::null()).spawn()?;
    Ok(wait(&mut child, delay)?.map_or(End::Signal, End::of))
}

/// Checks the store below `root` in a process of its own.
pub(crate) fn check(
    root: &Path,
    witness: &Path,
    variant: Variant,
    lossy: bool,
    environment: &Environment,
) -> Outcome<Verdict> {
    let paths = [root, witness].map(|path| path.display().to_string());
    let [root_text, witness_text] = paths;
    let lossy = if lossy { "lossy" } else { "whole" };
    let words = ["check".to_owned(), root_text, witness_text, variant.to_string()];
    let arguments: Vec<String> = words.into_iter().chain([lossy.to_owned()]).collect();
    let (end, said) = ask(&arguments, environment, &errors_of(root))?;
    let text = || said.trim().to_owned();
    Ok(match end {
        End::Code(0) => Verdict::Sound { commits: said.trim().parse()? },
        End::Code(3) => Verdict::Detected(text()),
        End::Code(1) => Verdict::Violation(text()),
        End::Code(code) => Verdict::Violation(format!("the check ended with {code}: {}", text())),
        End::Signal => Verdict::Violation("the check was ended by a signal".to_owned()),
        End::Hung => Verdict::Violation("the check hung".to_owned()),
    })
}

/// Runs this program with `arguments`; gives how it ended and what it said.
pub(crate) fn ask(
    arguments: &[String],
    environment: &Environment,
    errors: &Path,
) -> Outcome<(End, String)> {
    let answer = errors.with_extension("stdout");
    let mut command = command(arguments, environment, errors)?;
    let mut child = command.stdout(File::create(&answer)?).spawn()?;
    let end = wait(&mut child, PATIENCE)?.map_or(End::Hung, End::of);
    Ok((end, String::from_utf8_lossy(&std::fs::read(&answer)?).into_owned()))
}

/// Makes a backup, restores or repairs, as [`mend::run`](crate::mend::run) says, in a process of
/// its own; `None` if it was ended by a signal.
pub(crate) fn mend(
    task: &str,
    root: &Path,
    variant: Variant,
    other: &Path,
    environment: &Environment,
) -> Outcome<Option<Mended>> {
    let [root_text, other] = [root, other].map(|path| path.display().to_string());
    let words = ["mend".to_owned(), task.to_owned(), root_text, variant.to_string(), other];
    let (end, said) = ask(&words, environment, &errors_of(root))?;
    Ok(match end {
        End::Code(code) => Some(Mended::of(code, said.trim().to_owned())),
        End::Signal => None,
        End::Hung => Some(Mended::Wrong(format!("mend {task} hung"))),
    })
}
