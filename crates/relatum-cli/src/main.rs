//! The binary `relatum`.

use std::process::ExitCode;

fn main() -> ExitCode {
    relatum_cli::run(std::env::args_os()).into()
}
