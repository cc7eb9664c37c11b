//! Decisions on what is told of the book itself.

use super::refused::AuditRefused;
use crate::event::{Event, EventBody};

pub(super) fn check(event: &Event) -> Result<(), AuditRefused> {
    match &event.body {
        EventBody::SubjectErased(it) if it.keys.is_empty() => {
            Err(AuditRefused::NoKeys { subject: it.subject })
        }
        EventBody::SubjectErased(it) if it.reason.trim().is_empty() => {
            Err(AuditRefused::NoReason { subject: it.subject })
        }
        EventBody::DataExported(it) if it.what.trim().is_empty() || it.to.trim().is_empty() => {
            Err(AuditRefused::NotSaid {})
        }
        _ => Ok(()),
    }
}
