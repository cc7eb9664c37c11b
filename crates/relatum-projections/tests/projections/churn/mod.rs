//! Churn: each signal at its thresholds and against a naive recomputation, risks against the laws
//! that they promise, odd books.

mod books;
mod oracle;
mod risk;
mod sales_signals;
mod talks;

use relatum_domain::event::policy::{Policy, PolicySet, SignalKind, SignalRule, SignalThreshold};
use relatum_domain::signals::SignalState;
use relatum_domain::{AccountId, Derived as _, OrderId, TenantId, View};
use relatum_projections::{ChurnLine, ChurnOptions, ChurnReport, Signal};

use crate::generated::{line, placed};
use crate::raw::{Raw, account, day};

pub(crate) use SignalState::{Alert, InsufficientData, Ok as Usual, Watch};

/// State, measure, value, baseline.
type Found = (SignalState, Option<i64>, Option<i64>, Option<i64>);

fn report(raw: &Raw, view: &View) -> ChurnReport {
    ChurnReport::of(&raw.models(), &ChurnOptions::default(), view)
}

fn line_of(raw: &Raw, who: AccountId, view: &View) -> Option<ChurnLine> {
    report(raw, view).lines.into_iter().find(|it| it.account == who)
}

fn signal(raw: &Raw, who: AccountId, on: i64, kind: SignalKind) -> Signal {
    let line = line_of(raw, who, &View::as_of(day(on))).unwrap();
    line.signals.into_iter().find(|it| it.name == kind).unwrap()
}

/// Of account 1.
fn found(raw: &Raw, on: i64, kind: SignalKind) -> Found {
    let it = signal(raw, account(1), on, kind);
    (it.state, it.measure, it.value, it.baseline)
}

/// Orders of account `who` for so many whole euros.
fn buys(raw: &mut Raw, who: u64, orders: impl IntoIterator<Item = (i64, i64)>) {
    for (on, euros) in orders {
        let order = OrderId::derived("test", &format!("{who}/{}", raw.events.len()));
        raw.on(on, account(who), placed(order, None, &[(1, euros * 1_000_000)]));
    }
}

/// Orders of goods by name.
fn buys_goods(raw: &mut Raw, who: u64, on: i64, goods: &[&str]) {
    let order = OrderId::derived("test", &format!("{who}/{}", raw.events.len()));
    let mut placed = placed(order, None, &[]);
    placed.lines = goods.iter().map(|name| line(name, 1, 1_000_000)).collect();
    placed.net = crate::raw::worth(1_000_000 * goods.len() as i64);
    raw.on(on, account(who), placed);
}

fn every(days: i64, times: i64) -> impl Iterator<Item = (i64, i64)> {
    (0..times).map(move |at| (at * days, 100))
}

fn rule(raw: &mut Raw, on: i64, thresholds: &[(SignalKind, i32, i32)]) {
    let of = |&(signal, watch, alert): &(_, _, _)| SignalThreshold { signal, watch, alert };
    let thresholds = thresholds.iter().map(of).collect();
    let policy = Policy::Signals(SignalRule { horizon_days: 91, thresholds });
    raw.on(on, TenantId::own(), PolicySet { policy, reason: None });
}
