//! What is told of the book itself.

use relatum_stream::StreamId;

use super::Row;
use crate::decide::Proposal;
use crate::event::audit::{DataExported, SubjectErased};
use crate::ids::{ContactId, Derived as _, TenantId};
use crate::words::on;

fn erased(keys: &[&str], reason: &str) -> Proposal {
    let erased = SubjectErased {
        subject: ContactId::derived("erp", "1").into(),
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
        reason: reason.to_owned(),
    };
    Proposal::new(StreamId::from(TenantId::own()), on("01-01", erased))
}

fn exported(what: &str, to: &str) -> Proposal {
    let (what, form, to) = (what.to_owned(), "csv".to_owned(), to.to_owned());
    let exported = DataExported { what, form, as_of: None, known_at: None, to };
    Proposal::new(StreamId::from(TenantId::own()), on("01-01", exported))
}

pub(super) fn rows() -> Vec<Row> {
    let subject = ContactId::derived("erp", "1");
    let row = |code, message: String, when| Row { code, message, given: Vec::new(), when };
    let not_said = || "an export says what is exported, and where to".to_owned();
    vec![
        row("no_keys", format!("no key of {subject} is named"), erased(&[], "asked to")),
        row("no_reason", format!("it is not said why {subject} is erased"), erased(&["ab"], " ")),
        row("not_said", not_said(), exported("", "the auditor")),
        row("not_said", not_said(), exported("aging", " ")),
    ]
}
