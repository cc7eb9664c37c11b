//! Purchase models beside Python: summaries, fits and scores of the same simulated accounts, in
//! `lifetimes` and in SciPy with an analytic gradient on collapsed histories (`benches/churn.py`).
//!
//! Both must find the same parameters and the same sums, or nothing is measured.

use std::io::Write;
use std::path::Path;

use relatum_churn::{Book, Model, Parameters, Purchase, Summary, fit};

use crate::Outcome;
use crate::python::Python;
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

/// Seconds of a piece of work, and what it found.
fn worked(python: &mut Python, what: &str) -> Outcome<(f64, Vec<f64>)> {
    let numbers: Result<Vec<f64>, _> = python.ask(what)?.split(' ').map(str::parse).collect();
    let numbers = numbers?;
    let (seconds, found) = numbers.split_first().ok_or("no answer")?;
    Ok((*seconds, found.to_vec()))
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
        let Some(mut python) =
            Python::open("churn.py", [folder.path().as_os_str(), END.to_string().as_ref()])?
        else {
            let why = "NOT compared: no Python with lifetimes and SciPy (RELATUM_PYTHON)";
            writeln!(std::io::stderr(), "{why}")?;
            return Ok(());
        };
        let book = Book::new(&of);
        agree(&book, &of, &truth, &worked(&mut python, fits)?.1, &worked(&mut python, scores)?.1)?;
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
    let mut theirs = || Ok(worked(python, ask)?.0);
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
