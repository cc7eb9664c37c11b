//! `relatum report`: the verbs that look at the whole book.

mod actions;
mod activities;
mod aging;
mod book;
mod cadence;
mod cash;
mod churn;
mod clients;
mod cohorts;
mod collection;
mod competitors;
mod contacts;
mod contracts;
mod disputes;
mod dunning;
mod exposure;
mod figures;
mod flags;
mod items;
mod metrics;
mod offers;
mod orders;
mod pay;
mod pipeline;
pub(crate) mod plan;
mod programmes;
mod promises;
pub(crate) mod quota;
mod retention;
mod returns;
mod roll_forward;
mod sales;
mod unapplied;

use clap::Subcommand;
use relatum::SignalState;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Tone, json};
use crate::session::Session;

pub(crate) use exposure::kind;

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    Aging(aging::Aging),
    RollForward(roll_forward::RollForward),
    Unapplied(unapplied::Unapplied),
    Disputes(disputes::Disputes),
    Collection(collection::Collection),
    Dunning(dunning::Dunning),
    Promises(promises::Promises),
    Cash(cash::Cash),
    Exposure(exposure::Exposure),
    Held(exposure::Held),
    Metrics(metrics::Metrics),
    Plan(plan::Plan),
    Activities(activities::Activities),
    Cadence(cadence::Cadence),
    Contacts(contacts::Contacts),
    Actions(actions::Actions),
    Quota(quota::Quota),
    Sales(sales::Sales),
    Pay(pay::Pay),
    Clients(clients::Clients),
    Retention(retention::Retention),
    Returns(returns::Returns),
    Offers(offers::Offers),
    Competitors(competitors::Competitors),
    Programmes(programmes::Programmes),
    Orders(orders::Orders),
    Contracts(contracts::Contracts),
    Pipeline(pipeline::Pipeline),
    Waterfall(pipeline::Waterfall),
    Conversion(pipeline::Conversion),
    Forecast(pipeline::Forecast),
    Churn(churn::Churn),
    Book(book::Book),
    Flags(flags::Flags),
}

impl Report {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        match self {
            Self::Aging(it) => it.run(session),
            Self::RollForward(it) => it.run(session),
            Self::Unapplied(it) => it.run(session),
            Self::Disputes(it) => it.run(session),
            Self::Collection(it) => it.run(session),
            Self::Dunning(it) => it.run(session),
            Self::Promises(it) => it.run(session),
            Self::Cash(it) => it.run(session),
            Self::Exposure(it) => it.run(session),
            Self::Held(it) => it.run(session),
            Self::Metrics(it) => it.run(session),
            Self::Plan(it) => it.run(session),
            Self::Activities(it) => it.run(session),
            Self::Cadence(it) => it.run(session),
            Self::Contacts(it) => it.run(session),
            Self::Actions(it) => it.run(session),
            Self::Quota(it) => it.run(session),
            Self::Sales(it) => it.run(session),
            Self::Pay(it) => it.run(session),
            Self::Clients(it) => it.run(session),
            Self::Retention(it) => it.run(session),
            Self::Returns(it) => it.run(session),
            Self::Offers(it) => it.run(session),
            Self::Competitors(it) => it.run(session),
            Self::Programmes(it) => it.run(session),
            Self::Orders(it) => it.run(session),
            Self::Contracts(it) => it.run(session),
            Self::Pipeline(it) => it.run(session),
            Self::Waterfall(it) => it.run(session),
            Self::Conversion(it) => it.run(session),
            Self::Forecast(it) => it.run(session),
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
