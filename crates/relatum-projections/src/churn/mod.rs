//! Churn signals: what an account's own behaviour says of its future.
//!
//! Every signal compares a value with a baseline of the same account, names the events that it
//! rests on, and says so when it does not know. A human rating is never mixed in.

mod look;

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::activity::{ActivityKind, Outcome};
use relatum_domain::gist::{Topic, Topics};
use relatum_domain::{
    AccountId, ComplaintId, Gist, ManagerId, Matter, PaperKind, Policies, Stamp, Value, View, Voids,
};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::models::Models;
use crate::projection::{Projection, all_is_kept};
use look::Look;

/// What one account did.
#[derive(Debug, Clone, Default, Encode, Decode)]
struct Behaviour {
    orders: Vec<Stamp>,
    invoices: Vec<Stamp>,
    contacts: Vec<(Stamp, ActivityKind)>,
    complaints: Vec<(Stamp, ComplaintId, String)>,
    resolved: Vec<(Stamp, ComplaintId)>,
    voids: Voids,
}

/// What each account did.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Churn {
    accounts: BTreeMap<AccountId, Behaviour>,
}

impl Projection for Churn {
    all_is_kept!();

    const NAME: &'static str = "churn";
    const REVISION: u32 = 2;
    const READS: Topics = Topics::of(&[Topic::Contact, Topic::Goods, Topic::Papers]);

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

impl Behaviour {
    fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        let stamp = gist.stamp;
        match &gist.matter {
            Matter::Ordered { .. } if gist.value().is_some_and(Value::is_positive) => {
                self.orders.push(stamp);
            }
            Matter::Document(paper) if paper.kind == PaperKind::Invoice => {
                self.invoices.push(stamp)
            }
            Matter::Held { outcome, kind, .. } if *outcome != Outcome::NotReached => {
                self.contacts.push((stamp, *kind));
            }
            Matter::Complaint(complaint) => {
                let cause = gist.label.unwrap_or_default().to_owned();
                self.complaints.push((stamp, *complaint, cause));
            }
            Matter::ComplaintResolved(complaint) => self.resolved.push((stamp, *complaint)),
            _ => {}
        }
    }
}

/// How a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalState {
    /// Too little is known to say.
    InsufficientData,
    /// As usual.
    Ok,
    /// Unusual.
    Watch,
    /// Very unusual.
    Alert,
}

/// One thing that an account's behaviour says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// Which: `recency`, `purchase_interval`, `contact_silence`, `late_payment`,
    /// `open_complaints`.
    pub name: &'static str,
    /// How it stands.
    pub state: SignalState,
    /// What is observed.
    pub value: Option<i64>,
    /// What is usual for this account.
    pub baseline: Option<i64>,
    /// What both are counted in.
    pub unit: &'static str,
    /// In words.
    pub sentence: String,
    /// The events that it rests on, the most telling ones.
    pub evidence: Vec<EventRef>,
}

/// The signals of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChurnLine {
    /// Which account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub manager: Option<ManagerId>,
    /// The worst state of its signals.
    pub state: SignalState,
    /// All of its signals, in a fixed order.
    pub signals: Vec<Signal>,
}

/// Churn signals of a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChurnReport {
    /// The day from which it looks back.
    pub as_of: NaiveDate,
    /// A line an account, the worst first.
    pub lines: Vec<ChurnLine>,
}

impl ChurnReport {
    /// The report for the day and the knowledge of `view`, of one account or of all.
    ///
    /// Accounts of which nothing is known by then or that are closed are left out, and so is the
    /// one that keeps what belongs to no known client: it has no behaviour of its own.
    #[must_use]
    pub fn of(models: &Models, only: Option<AccountId>, view: &View) -> Self {
        Self::whole(view, Self::part(models, models, only, view))
    }

    /// The lines of the accounts of `part`, in no particular order; policies are in `common`.
    #[must_use]
    pub fn part(
        part: &Models,
        common: &Models,
        only: Option<AccountId>,
        view: &View,
    ) -> Vec<ChurnLine> {
        let policies = common.directory.policies();
        let accounts = part.churn.accounts.iter();
        accounts
            .filter(|(account, _)| only.is_none_or(|only| only == **account))
            .filter_map(|(account, behaviour)| line(part, policies, *account, behaviour, view))
            .collect()
    }

    /// The report that the lines of all parts make.
    #[must_use]
    pub fn whole(view: &View, mut lines: Vec<ChurnLine>) -> Self {
        lines.sort_by_cached_key(|line| {
            let of = |state| line.signals.iter().filter(|it| it.state == state).count();
            let worst = (of(SignalState::Alert), of(SignalState::Watch));
            (std::cmp::Reverse(worst), line.name.clone(), line.account)
        });
        Self { as_of: view.as_of, lines }
    }
}

fn line(
    models: &Models,
    policies: &Policies,
    account: AccountId,
    behaviour: &Behaviour,
    view: &View,
) -> Option<ChurnLine> {
    let profile = models.directory.account(account, view)?;
    if profile.unassigned || profile.closed {
        return None;
    }
    let signals =
        Look { stream: account.into(), behaviour, view, policies }.signals(models, account);
    Some(ChurnLine {
        account,
        name: models.directory.account_name(account, view),
        manager: profile.manager,
        state: signals.iter().map(|signal| signal.state).max()?,
        signals,
    })
}
