//! The experts' cases once more, for whoever asks for them by name among all tests of the package:
//! `cargo test -p relatum-tests selling_cases`. Asked for nothing by name, it reads nothing.

#[path = "churn_reference/main.rs"]
mod churn_reference;
#[path = "receivables_cases/main.rs"]
mod receivables_cases;
#[path = "selling_cases/main.rs"]
mod selling_cases;

use std::process::ExitCode;

fn main() -> ExitCode {
    let named = |name: &str| std::env::args().skip(1).any(|it| it.contains(name));
    for (name, run) in [
        ("receivables_cases", receivables_cases::main as fn() -> ExitCode),
        ("selling_cases", selling_cases::main),
        ("churn_reference", churn_reference::main),
    ] {
        if named(name) && run() != ExitCode::SUCCESS {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
