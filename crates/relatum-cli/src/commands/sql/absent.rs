//! What is told where SQL is not built in.

use super::SqlCommand;
use crate::failure::{Exit, Failure};
use crate::session::Session;

impl SqlCommand {
    pub(crate) fn run(self, _: &mut Session) -> Result<Exit, Failure> {
        let message = "this program was built without SQL, which takes minutes to build";
        Err(Failure::new(Exit::Usage, message).hint(
            "in a checkout: cargo install --path crates/relatum-cli --features sql, or \
             cargo run --release -p relatum-cli --features sql -- sql …; without it, \
             `relatum export` writes every table as a file",
        ))
    }
}
