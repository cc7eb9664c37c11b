//! `relatum report`: the verbs that look at the whole book.

mod aging;
mod book;
mod churn;
mod flags;
mod items;
mod quota;

use clap::Subcommand;
use relatum::SignalState;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Tone, json};
use crate::session::Session;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    Aging(aging::Aging),
    Quota(quota::Quota),
    Churn(churn::Churn),
    Book(book::Book),
    Flags(flags::Flags),
}

impl Report {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Aging(it) => it.run(session),
            Self::Quota(it) => it.run(session),
            Self::Churn(it) => it.run(session),
            Self::Book(it) => it.run(session),
            Self::Flags(it) => it.run(session),
        }
    }
}

/// Hundredths of a per cent: `80.66 %`.
pub(super) fn per_cent(bp: i64) -> String {
    let sign = if bp < 0 { "-" } else { "" };
    let size = bp.unsigned_abs();
    format!("{sign}{}.{:02} %", size / 100, size % 100)
}

/// How a state stands out.
pub(super) const fn tone_of(state: SignalState) -> Tone {
    match state {
        SignalState::Alert => Tone::Bad,
        SignalState::Watch => Tone::Warning,
        SignalState::Ok => Tone::Good,
        SignalState::InsufficientData => Tone::Faint,
    }
}

/// A state; what is not known is left empty for people.
pub(super) fn state_cell(state: Option<SignalState>) -> Cell {
    let Some(state) = state else {
        return Cell::none();
    };
    let name = json(&state).as_str().unwrap_or_default().to_owned();
    let shown = match state {
        SignalState::InsufficientData => "",
        _ => name.as_str(),
    };
    Cell::of(shown, name.as_str()).tone(tone_of(state))
}
