//! Churn: what an account's own behaviour says of its future, and how likely it is to leave.
//!
//! Owns the family of [signals](Signal), each with a baseline, thresholds and evidence; the risk
//! that nothing is bought, learned from the book's own past; and the back-test that says whether it
//! is worth anything. Every signal names the events that it rests on, and says so when it does not
//! know. A human rating is shown beside, never mixed in.
//!
//! What is usual in a book ([`Norm`]) is found first, what one account does is held against it.

mod backtest;
mod behaviour;
mod figures;
mod look;
mod norm;
mod report;
mod risk;
mod signal;
mod signals;

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use relatum_domain::gist::{Topic, Topics};
use relatum_domain::{AccountId, Gist};
use relatum_stream::StreamId;

use crate::projection::{Projection, all_is_kept};
pub use backtest::ChurnTest;
use behaviour::Behaviour;
pub use figures::ChurnFigures;
pub use norm::{Norm, Surveyed};
pub use report::{ChurnLine, ChurnOptions, ChurnReport, ContractRisk, Looked, Rating};
pub use risk::{FittedModel, Risk, RiskMethod, RiskTerm};
pub use signal::Signal;

/// What each account did and suffered.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Churn {
    accounts: BTreeMap<AccountId, Behaviour>,
}

impl Projection for Churn {
    all_is_kept!();

    const NAME: &'static str = "churn";
    const REVISION: u32 = 3;
    const READS: Topics = Topics::of(&[Topic::Contact]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let behaviour = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| behaviour.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}
