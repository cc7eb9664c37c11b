//! The experts' cases once more, for whoever asks for them by name among all tests of the package:
//! `cargo test -p relatum-tests receivables_cases`. Asked for nothing by name, it reads nothing.

#[path = "receivables_cases/main.rs"]
mod receivables_cases;

use std::process::ExitCode;

fn main() -> ExitCode {
    let named = std::env::args().skip(1).any(|it| it.contains("receivables_cases"));
    if named { receivables_cases::main() } else { ExitCode::SUCCESS }
}
