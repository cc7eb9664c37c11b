//! The command line of relatum: parse, call, render.
//!
//! Owns the commands (one file a verb, listed in `commands`), how their answers are shown
//! (`output`, the only place) and the exit codes. Knows no rule of the business: every answer
//! comes from the engine.
//!
//! *Invariant: what goes to standard output is data, in the form that was asked for; everything
//! else goes to standard error.*
#![forbid(unsafe_code)]

mod arguments;
mod book;
mod commands;
mod export;
mod failure;
mod output;
mod people;
mod plots;
mod progress;
mod rows_file;
mod session;
mod trace;
mod values;
mod viewpoint;
mod whole_file;

use std::ffi::OsString;

use clap::Parser as _;

pub use failure::Exit;

use arguments::Arguments;
use session::Session;

/// Runs one command; `arguments` begin with the name of the program.
///
/// Everything that is to be said was said when this returns.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let Arguments { globals, command } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors. A reader that has gone away needs no message.
            let _ = error.print();
            return match error.exit_code() {
                0 => Exit::Done,
                _ => Exit::Usage,
            };
        }
    };
    if let Err(error) = globals.trace().map_or(Ok(()), trace::begin) {
        let _ = error.print();
        return Exit::Usage;
    }
    let mut session = Session::new(globals);
    let outcome = command.run(&mut session);
    session.end(outcome)
}
