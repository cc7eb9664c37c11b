//! Measures relatum, each figure beside a yardstick of the same run.
//!
//! ```text
//! cargo run --release -p relatum-benches              everything, some minutes
//! cargo run --release -p relatum-benches -- --smoke   a few seconds, to see that it runs
//! cargo run --release -p relatum-benches -- --large   the replay cache of a large book only
//! cargo run --release -p relatum-benches -- --store   a whole store of it: opening, asking
//! cargo run --release -p relatum-benches -- --reports reports of selling on a large book
//! cargo run --release -p relatum-benches -- --audit   looking back, comparing, certifying there
//! cargo run --release -p relatum-benches -- --columns log out, folds by bucket (RELATUM_PYTHON)
//! cargo run --release -p relatum-benches -- --import  Online Retail in (RELATUM_PYTHON)
//! cargo run --release -p relatum-benches --features sql -- --sql   aging by SQL (RELATUM_PYTHON)
//! cargo run --release -p relatum-benches -- --volume  many events only: producers, bulk, bytes
//! cargo run --release -p relatum-benches -- --aging   receivables beside DuckDB (RELATUM_PYTHON)
//! cargo run --release -p relatum-benches -- --churn   signals; purchase models beside SciPy
//! ```
//!
//! Every figure is the median of rounds; the rounds of a figure and of its yardstick alternate, so
//! that a slow moment of the machine hits both. Trust the ratios. Stores lie in the folder named
//! by `RELATUM_BENCH_DIR`, else where the system keeps temporary files: the disk under it is part
//! of what is measured. Real data is read from the folder named by `RELATUM_DATA`, else
//! `../shared/data` beside the workspace; without it those lines are left out, and it says so.
#![forbid(unsafe_code)]

mod append;
mod audit;
mod books;
mod churn;
mod columns;
mod folding;
mod import;
mod large;
mod opening;
mod process;
mod python;
mod receivables;
mod replay;
mod reports;
mod rounds;
mod signals;
#[cfg(feature = "sql")]
mod sql;
mod store;
mod table;
mod volume;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::table::Table;

/// That of the program. Yardsticks in this process have it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever goes wrong ends the run.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Rounds of a figure, each.
    rounds: usize,
    /// Durable appends a round.
    appends: usize,
    /// Accounts of the generated book.
    accounts: u32,
    /// Accounts of the large book, a hundred events each.
    large: u32,
    /// Invoices of the book whose aging is measured: four out of five are open at the end.
    invoices: u64,
    /// Accounts whose purchases are simulated.
    buyers: usize,
    /// Accounts whose signals are found.
    told: u32,
    /// Whether real data is read.
    real_data: bool,
}

impl Size {
    const FULL: Self = Self {
        rounds: 15,
        appends: 100,
        accounts: 1_000,
        large: 50_000,
        invoices: 125_000,
        buyers: 23_570,
        told: 200,
        real_data: true,
    };
    const SMOKE: Self = Self {
        rounds: 1,
        appends: 20,
        accounts: 40,
        large: 1_000,
        invoices: 2_000,
        buyers: 2_357,
        told: 40,
        real_data: false,
    };
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = match arguments.as_slice() {
        [] => Size::FULL,
        [only] if only == "--smoke" => Size::SMOKE,
        [only] if only == "--large" => return outcome(large_only(Size::FULL)),
        [only] if only == "--store" => return outcome(store_only(Size::FULL)),
        [only] if only == "--reports" => return outcome(reports_only(Size::FULL)),
        [only] if only == "--audit" => return outcome(audit_only(Size::FULL)),
        [only] if only == "--columns" => return outcome(columns_only(Size::FULL)),
        [only] if only == "--import" => return outcome(import_only(Size::FULL)),
        #[cfg(feature = "sql")]
        [only] if only == "--sql" => return outcome(sql_only(Size::FULL)),
        [only] if only == "--volume" => return outcome(volume_only(Size::FULL)),
        [only] if only == "--aging" => return outcome(aging_only(Size::FULL)),
        [only] if only == "--churn" => return outcome(churn_only(Size::FULL)),
        [only, what, path, argument] if only == "--alone" => {
            return outcome(alone(what, path.as_ref(), argument));
        }
        _ => {
            let usage = "usage: relatum-benches \
                         [--smoke | --large | --store | --reports | --audit | --columns | \
                         --import | --sql | --volume | --aging | --churn]";
            let _ = writeln!(std::io::stderr(), "{usage}");
            return ExitCode::from(2);
        }
    };
    outcome(run(size))
}

fn outcome(outcome: Outcome<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn alone(what: &str, path: &Path, argument: &str) -> Outcome<()> {
    let figures = match what.strip_prefix("store-") {
        Some(step) => store::step(step, path, argument)?,
        None if what == "fold" => columns::part(path, argument)?,
        None => match volume::as_one(what, path)? {
            Some(figure) => vec![figure],
            None => vec![folding::as_one(what, path)?],
        },
    };
    let figures: Vec<String> = figures.iter().map(f64::to_string).collect();
    Ok(writeln!(std::io::stdout(), "{}", figures.join(" "))?)
}

fn store_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    let (day, cores) = (chrono::Utc::now().date_naive(), std::thread::available_parallelism()?);
    let system = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = system.trim();
    table.title(&format!(
        "a store of a large book of {} accounts, on {day}, {cores} cores, linux {system}",
        size.large
    ))?;
    store::measure(size, &mut table)
}

fn large_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title(&format!("a large book of {} accounts", size.large))?;
    folding::measure(size, &mut table)
}

fn reports_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("reports of selling on a book of five million events")?;
    reports::large(size, &mut table)
}

fn audit_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("both axes of time on a book of five million events")?;
    audit::large(size, &mut table)
}

fn columns_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("columns out of the demo's book, or that of RELATUM_BENCH_STORE")?;
    columns::large(size, &mut table)
}

fn import_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("Online Retail in")?;
    let file = books::online_retail().ok_or("Online Retail is not in RELATUM_DATA")?;
    import::measure(&file, size, &mut table).map(drop)
}

#[cfg(feature = "sql")]
fn sql_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("aging by SQL over the demo's book, or that of RELATUM_BENCH_STORE")?;
    sql::large(size, &mut table)
}

fn volume_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title(&format!("a generated book of {} accounts", size.accounts))?;
    volume::measure(&books::generated(size.accounts)?, size, &mut table)
}

fn aging_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("receivables of generated books, as of days of four years")?;
    receivables::measure(size.invoices, size.rounds, &mut table)?;
    // Ten times as many: measured, with fewer rounds.
    receivables::measure(10 * size.invoices, size.rounds.min(5), &mut table)
}

fn churn_only(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title("purchase models of simulated accounts")?;
    signals::measure(size.told, books::today()?, size.rounds.min(5), &mut table)?;
    churn::measure(size.buyers, size.rounds, &mut table)
}

fn run(size: Size) -> Outcome<()> {
    let mut table = Table::new(std::io::stdout());
    table.title(&format!(
        "{} rounds, {} appends a round, a generated book of {} accounts",
        size.rounds, size.appends, size.accounts
    ))?;
    append::measure(size, &mut table)?;
    folding::measure(size, &mut table)?;
    let demo = books::generated(size.accounts)?;
    volume::measure(&demo, size, &mut table)?;
    replay::measure("generated book", &demo, size, &mut table)?;
    replay::history("generated book", &demo, size, &mut table)?;
    reports::measure("generated book, ", &demo.engine, size.rounds, &mut table)?;
    audit::measure(&demo.engine, size.rounds.div_ceil(5), &mut table)?;
    columns::measure(&demo.engine, size.rounds.div_ceil(5), &mut table)?;
    opening::measure("generated book", demo, size, &mut table)?;
    receivables::measure(size.invoices, size.rounds, &mut table)?;
    signals::measure(size.told, books::today()?, size.rounds.min(5), &mut table)?;
    churn::measure(size.buyers, size.rounds, &mut table)?;
    match books::online_retail().filter(|_| size.real_data) {
        Some(file) => {
            let book = import::measure(&file, size, &mut table)?;
            replay::measure("Online Retail", &book, size, &mut table)?;
            replay::history("Online Retail", &book, size, &mut table)?;
            opening::measure("Online Retail", book, size, &mut table)?;
        }
        None => table.title("Online Retail left out: not asked for, or not in RELATUM_DATA")?,
    }
    Ok(())
}
