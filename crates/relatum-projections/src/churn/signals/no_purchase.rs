//! The risk that nothing is bought within the horizon, as the book's past teaches it.

use relatum_domain::AccountId;
use relatum_domain::signals::{SignalKind, SignalRule};

use crate::churn::risk::Risk;
use crate::churn::signal::{Found, Signal, signal};
use crate::words::days as in_words;

/// The signal of an account of which a risk is known, among accounts with a mean risk in per cent.
pub(in crate::churn) fn of(
    account: AccountId,
    (risk, horizon): (Option<&Risk>, u32),
    usual: i64,
    rule: &SignalRule,
) -> Signal {
    let found = risk.map_or_else(
        || Found::unknown("too little is known of its risk"),
        |risk| {
            let of = risk.risk_bp / 100;
            let times = if risk.purchases == 1 { "once" } else { "on" };
            let days = if risk.purchases == 1 {
                String::new()
            } else {
                format!(" {} days", risk.purchases)
            };
            Found {
                measure: Some(of),
                value: Some(of),
                baseline: Some(usual),
                window: Some(horizon),
                n: risk.purchases,
                sentence: format!(
                    "buys nothing within {} with {of} %, the book with {usual} %; bought \
                 {times}{days}, last {} ago",
                    in_words(horizon.into()),
                    in_words(risk.days_quiet)
                ),
                step: "call: take the next order, or learn why there is none".into(),
                evidence: vec![risk.last],
                ..Found::default()
            }
        },
    );
    signal(SignalKind::NoPurchase, "per cent", found, account, rule)
}
