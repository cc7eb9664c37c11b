//! Read models: pure folds over the log, and the reports that they answer.
//!
//! Owns the [`Projection`] trait, every projection (one file each), the one list that registers
//! them ([`Models`]) and the reports that join several. Knows no clock, file or log: envelopes
//! come in, and a report takes the [`View`](relatum_domain::View) from which to look.
//!
//! *Invariant: the state of a projection depends on the order within each stream, never on the
//! interleaving of streams; it is integers, days and strings.*
#![forbid(unsafe_code)]

mod agenda;
mod aging;
mod amounts;
mod churn;
mod corrections;
mod directory;
mod history;
mod models;
mod projection;
mod quota;
mod words;
mod worklist;

pub use agenda::{Agenda, EndingContract, PlannedActivity, PromiseToPay, StandingOffer};
pub use aging::{Aging, AgingLine, AgingOptions, AgingReport};
pub use amounts::{Amount, Sum};
pub use churn::{Churn, ChurnLine, ChurnReport, Signal, SignalState};
pub use directory::{AccountCard, AccountProfile, Directory, ManagerProfile};
pub use history::{BookLine, BookReport, Entry, History, HistoryFilter, HistoryLine};
pub use models::{Models, ProjectionInfo};
pub use projection::{Checkpoint, CheckpointError, Projection};
pub use quota::{Quota, QuotaLine, QuotaReport};
pub use worklist::{Reason, WorkItem, Worklist};
