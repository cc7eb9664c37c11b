//! Purchase models beside Python: summaries, fits and scores of the same simulated accounts, in
//! `lifetimes` and in SciPy with an analytic gradient on collapsed histories (`benches/churn.py`).
//!
//! Both must find the same parameters and the same sums, or nothing is measured.

use std::io::{BufRead as _, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use relatum_churn::{Book, Model, Parameters, Purchase, Summary, fit};

use crate::Outcome;
use crate::rounds::{alternate, median, time_ratio, timed};
use crate::table::{Figure, Table, thousands, time};

/// The day that ends all histories.
const END: i32 = 273;
/// Weeks that are looked ahead.
const HORIZON: f64 = 39.0;

/// A purchase of an account, as a ledger has it.
type Transaction = (u32, Purchase);

/// Accounts that behave like those of the CDNOW sample, first seen in the first twelve weeks.
fn simulated(model: &Parameters, accounts: usize) -> Vec<Summary> {
    let watched: Vec<f64> = (0..accounts).map(|at| (END - (at % 85) as i32).into()).collect();
    let weeks: Vec<f64> = watched.iter().map(|days: &f64| days / 7.0).collect();
    model.simulate(&weeks, 1)
}

/// Days of purchases that sum up to these histories, to the day, in no order of accounts.
fn transactions(of: &[Summary]) -> Vec<Transaction> {
    let mut all = Vec::new();
    for (account, it) in (0_u32..).zip(of) {
        let first = END - (7.0 * it.t()).round() as i32;
        let last = (7.0 * it.t_x()).ceil().min((7.0 * it.t()).round());
        for at in 0..=it.x() {
            let share = if it.x() > 0 { f64::from(at) / f64::from(it.x()) } else { 0.0 };
            let day = (first + (last * share).round() as i32).min(END);
            all.push((account, Purchase { day, value: 10.0 }));
        }
    }
    all.sort_by_key(|(account, it)| (it.day, account.wrapping_mul(2_654_435_769)));
    all
}

/// From a ledger in the order of days to the history of each account.
fn summaries(of: &[Transaction]) -> Outcome<Vec<Summary>> {
    let mut sorted = of.to_vec();
    // Both as one number: the sign of the day is turned, so that it sorts as it is.
    sorted.sort_unstable_by_key(|(account, it)| {
        u64::from(*account) << 32 | u64::from(it.day as u32 ^ 1 << 31)
    });
    let mut days: Vec<Purchase> = Vec::new();
    let mut found = Vec::new();
    for account in sorted.chunk_by(|one, other| one.0 == other.0) {
        days.clear();
        for (_, it) in account {
            match days.last_mut() {
                Some(last) if last.day == it.day => last.value += it.value,
                _ => days.push(*it),
            }
        }
        found.push(Summary::of(&days, END)?);
    }
    Ok(found)
}

/// Python, asked over a pipe so that rounds can alternate.
struct Python {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// None where there is no Python with lifetimes and SciPy.
    fn open(folder: &Path) -> Outcome<Option<Self>> {
        let python = std::env::var("RELATUM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("churn.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(folder)
            .arg(END.to_string())
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

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Seconds of a piece of work, and what it found.
    fn ask(&mut self, what: &str) -> Outcome<(f64, Vec<f64>)> {
        writeln!(self.ask, "{what}")?;
        self.ask.flush()?;
        let numbers: Result<Vec<f64>, _> = self.line()?.split(' ').map(str::parse).collect();
        let numbers = numbers?;
        let (seconds, found) = numbers.split_first().ok_or("no answer")?;
        Ok((*seconds, found.to_vec()))
    }
}

/// What is measured of so many accounts.
pub(crate) fn measure<W: Write>(
    accounts: usize,
    rounds: usize,
    table: &mut Table<W>,
) -> Outcome<()> {
    for (model, values, fits, scores) in [
        (Model::BgNbd, [0.243, 4.414, 0.793, 2.426], "bg_scipy", "score_bg"),
        (Model::ParetoNbd, [0.553, 10.578, 0.606, 11.669], "pareto_scipy", "score_pareto"),
    ] {
        let truth = Parameters::new(model, &values)?;
        let of = simulated(&truth, accounts);
        // Half as many accounts more: some 70,000 transactions.
        let ledger = transactions(&simulated(&truth, accounts * 3 / 2));
        let folder = crate::books::folder()?;
        written(&of, &ledger, folder.path())?;
        let Some(mut python) = Python::open(folder.path())? else {
            let why = "NOT compared: no Python with lifetimes and SciPy (RELATUM_PYTHON)";
            writeln!(std::io::stderr(), "{why}")?;
            return Ok(());
        };
        let book = Book::new(&of);
        agree(&book, &of, &truth, &python.ask(fits)?.1, &python.ask(scores)?.1)?;
        let own_fit = || Ok(timed(|| Ok(fit(model, &book)?))?.0);
        let what = format!("{model} fit of {accounts} accounts, {} histories", book.histories());
        compared(&what, "SciPy, collapsed", fits, &mut python, rounds, &own_fit, table)?;
        let own_score = || Ok(timed(|| Ok(scored(&truth, &of)))?.0);
        let what = format!("{model}, alive and expected purchases of {accounts} accounts");
        compared(&what, "lifetimes, vectorised", scores, &mut python, rounds, &own_score, table)?;
        if model == Model::BgNbd {
            let own = || Ok(timed(|| summaries(&ledger))?.0);
            let what = format!("summary of {} transactions", thousands(ledger.len() as f64));
            compared(
                &what,
                "lifetimes, pandas",
                "summary",
                &mut python,
                rounds.min(5),
                &own,
                table,
            )?;
        }
    }
    Ok(())
}

fn compared<W: Write>(
    what: &str,
    yardstick: &str,
    ask: &str,
    python: &mut Python,
    rounds: usize,
    own: &dyn Fn() -> Outcome<f64>,
    table: &mut Table<W>,
) -> Outcome<()> {
    let mut ours = || own();
    let mut theirs = || Ok(python.ask(ask)?.0);
    let seconds = alternate(rounds, &mut [&mut ours, &mut theirs])?;
    let [ours, theirs] = seconds.as_slice() else { return Err("two contenders".into()) };
    table.line(&Figure {
        what,
        value: time(median(ours)),
        yardstick,
        yardstick_value: time(median(theirs)),
        ratio: Some(time_ratio(ours, theirs)),
    })
}

fn written(of: &[Summary], ledger: &[Transaction], folder: &Path) -> Outcome<()> {
    let mut histories = csv::Writer::from_path(folder.join("histories.csv"))?;
    histories.write_record(["x", "t_x", "t"])?;
    for it in of {
        histories.write_record([it.x().to_string(), it.t_x().to_string(), it.t().to_string()])?;
    }
    histories.flush()?;
    let mut transactions = csv::Writer::from_path(folder.join("transactions.csv"))?;
    transactions.write_record(["account", "day", "value"])?;
    for (account, it) in ledger {
        let (day, value) = (it.day.to_string(), it.value.to_string());
        transactions.write_record([account.to_string(), day, value])?;
    }
    Ok(transactions.flush()?)
}

/// Sums over all accounts: alive, and purchases expected.
fn scored(of: &Parameters, accounts: &[Summary]) -> [f64; 2] {
    let alive = accounts.iter().map(|it| of.p_alive(it)).sum();
    let expected = accounts.iter().map(|it| of.expected_purchases(it, HORIZON)).sum();
    [alive, expected]
}

fn agree(
    book: &Book,
    of: &[Summary],
    truth: &Parameters,
    fitted: &[f64],
    scores: &[f64],
) -> Outcome<()> {
    let own = fit(truth.model(), book)?;
    let found = own.parameters.values().iter().chain([&own.diagnostics.ln_likelihood]);
    // SciPy stops a little early where it has no gradient.
    for (ours, theirs) in found.zip(fitted) {
        if (ours / theirs - 1.0).abs() > 5e-3 {
            return Err(format!("{}: {ours} here, {theirs} in SciPy", truth.model()).into());
        }
    }
    for (ours, theirs) in scored(truth, of).iter().zip(scores) {
        if (ours / theirs - 1.0).abs() > 1e-6 {
            return Err(format!("{}: {ours} here, {theirs} there", truth.model()).into());
        }
    }
    Ok(())
}
