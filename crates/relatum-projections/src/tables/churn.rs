//! Who may be leaving, and the signals that say so. The whole book is asked first: what is usual in
//! it is what an account is held against.

use relatum_domain::signals::SignalState;
use relatum_domain::{AccountId, Currency};

use super::fields::{Field, From, Of, currency_of, share};
use super::{BookAnswer, BookQuestion};
use crate::amounts::Sum;
use crate::churn::{ChurnLine, ChurnOptions, Risk, Signal};

fn question(account: Option<AccountId>) -> Option<BookQuestion> {
    Some(BookQuestion::Churn(ChurnOptions { account, ..ChurnOptions::default() }))
}

/// How a signal stands, in a word.
const fn state(state: SignalState) -> &'static str {
    match state {
        SignalState::InsufficientData => "insufficient_data",
        SignalState::Ok => "ok",
        SignalState::Watch => "watch",
        SignalState::Alert => "alert",
    }
}

/// The currency of a line, in which all of its amounts are.
fn line_currency(line: &ChurnLine) -> super::TableCell<'_> {
    currency_of(&line.at_stake)
}

fn risk<T>(line: &ChurnLine, of: impl Fn(&Risk) -> T) -> Option<T> {
    line.risk.as_ref().map(of)
}

/// Churn by account.
pub(super) static CHURN: Of<ChurnLine> = Of {
    name: "churn",
    about: "an account, whether it may be leaving, and what is at stake",
    fields: &[
        Field::id("account", "the account", |it| it.account.into()),
        Field::text("account_name", "its name", |it| (&it.name).into()),
        Field::id("manager", "who answers for it", |it| it.manager.into()),
        Field::text("state", "the worst state of its signals", |it| state(it.state).into()),
        Field::number("risk", "how probable it is that it buys nothing; none: unknown", |it| {
            share(risk(it, |it| it.risk_bp))
        }),
        Field::number("p_alive", "how probable it is that it has not stopped buying", |it| {
            share(risk(it, |it| it.p_alive_bp).flatten())
        }),
        Field::number("expected_purchases", "purchases to expect within the horizon", |it| {
            let milli = risk(it, |it| i128::from(it.expected_purchases_milli));
            milli.map(|milli| Sum { micro: milli * 1_000, currency: Currency::NONE }).into()
        }),
        Field::integer("purchases", "days on which it bought", |it| {
            risk(it, |it| it.purchases).into()
        }),
        Field::integer("days_quiet", "days since it bought last", |it| {
            risk(it, |it| it.days_quiet).into()
        }),
        Field::amount("at_stake", "what it bought within a year, less what came back", |it| {
            it.at_stake.into()
        }),
        Field::amount("expected_loss", "what is to be expected to be lost of that", |it| {
            it.expected_loss.into()
        }),
        Field::text("currency", "what amounts are in", line_currency),
        Field::number("book_share", "its share in what all bought in that currency", |it| {
            share(Some(it.share_bp))
        }),
        Field::text("contract", "the number of the contract that runs", |it| {
            it.contract.as_ref().map(|it| &it.number).into()
        }),
        Field::day("contract_ends", "its last day", |it| {
            it.contract.as_ref().map(|it| it.ends).into()
        }),
        Field::number("contract_risk", "how probable it is that none follows in time", |it| {
            share(it.contract.as_ref().map(|it| it.risk_bp))
        }),
        Field::integer("rating", "how a person rated it last", |it| {
            it.rating.as_ref().map(|it| i64::from(it.rating)).into()
        }),
        Field::integer("rating_scale", "the best rating that there is", |it| {
            it.rating.as_ref().map(|it| i64::from(it.scale)).into()
        }),
        Field::text("reasons", "the signals that are unusual, by name, the worst first", |it| {
            reasons(it).into()
        }),
        Field::text("first_step", "what to do first", |it| it.first_step.as_ref().into()),
        Field::event("event", "the event of the last purchase", |it| risk(it, |it| it.last).into()),
    ],
    which: |_, _| ChurnOptions::WHICH,
    from: From::Book(question, |answer, row| {
        if let BookAnswer::Churn(report) = answer {
            report.lines.iter().for_each(|it| row(it.account.into(), it));
        }
    }),
};

/// What is worth attention, by name.
fn reasons(line: &ChurnLine) -> String {
    let of = |state| line.signals.iter().filter(move |it| it.state == state);
    let worst = of(SignalState::Alert).chain(of(SignalState::Watch));
    let names: Vec<&str> = worst.map(|it| it.name.name()).collect();
    names.join(", ")
}

/// A signal of an account.
pub(super) struct Told {
    account: AccountId,
    name: String,
    signal: Signal,
}

/// Signals by account.
pub(super) static SIGNALS: Of<Told> = Of {
    name: "churn_signals",
    about: "a signal of an account, what it measures and how it stands",
    fields: &[
        Field::id("account", "the account", |it| it.account.into()),
        Field::text("account_name", "its name", |it| (&it.name).into()),
        Field::text("signal", "which signal", |it| it.signal.name.name().into()),
        Field::text("state", "`insufficient_data`, `ok`, `watch` or `alert`", |it| {
            state(it.signal.state).into()
        }),
        Field::integer("measure", "what is held against the thresholds", |it| {
            it.signal.measure.into()
        }),
        Field::integer("value", "what is observed", |it| it.signal.value.into()),
        Field::integer("baseline", "what is usual", |it| it.signal.baseline.into()),
        Field::text("unit", "what both are counted in", |it| (&it.signal.unit).into()),
        Field::integer("percentile", "per cent of accounts that stand better", |it| {
            it.signal.percentile.map(u32::from).into()
        }),
        Field::integer("window_days", "how many days back it looks", |it| {
            it.signal.window_days.into()
        }),
        Field::integer("observations", "on how many observations it rests", |it| {
            it.signal.n.into()
        }),
        Field::text("sentence", "in words", |it| (&it.signal.sentence).into()),
        Field::text("first_step", "what to do first", |it| it.signal.first_step.as_ref().into()),
        Field::event("event", "the most telling event", |it| {
            it.signal.evidence.first().copied().into()
        }),
    ],
    which: |_, _| ChurnOptions::WHICH,
    from: From::Book(question, |answer, row| {
        let BookAnswer::Churn(report) = answer else { return };
        for line in &report.lines {
            for signal in &line.signals {
                let (account, name) = (line.account, line.name.clone());
                row(account.into(), &Told { account, name, signal: signal.clone() });
            }
        }
    }),
};
