//! The binary `relatum`.

use std::process::ExitCode;

/// What is allocated in one thread is freed in another all along an import.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    relatum_cli::run(std::env::args_os()).into()
}
