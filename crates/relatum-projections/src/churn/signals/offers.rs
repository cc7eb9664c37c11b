//! Offers that wait for an answer for longer than this client's answers take.

use relatum_domain::signals::SignalKind;

use crate::agreements::OfferState;
use crate::churn::look::{Look, median, per_cent};
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

/// Own answers from which on the book's are not asked.
const OWN: usize = 3;
/// An offer that lapsed so many days ago without an answer still waits for one.
const LAPSED: i64 = 30;
/// Days beyond what is usual that are nothing.
const NOTHING: i64 = 7;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Offers, unit: "days", find };

fn find(look: &Look<'_>) -> Found {
    let offers = look.part.agreements.offers_of(look.account, look.view);
    let answers: Vec<i64> = offers.iter().filter_map(|it| it.answered_in()).collect();
    let own = median(&answers).filter(|_| answers.len() >= OWN);
    let waits = offers.iter().filter(|it| match it.state {
        OfferState::Open => true,
        OfferState::Lapsed => it.ended.is_some_and(|day| look.age(day) <= LAPSED),
        _ => false,
    });
    let mut waiting: Vec<_> = waits.collect();
    waiting.sort_by_key(|it| (it.made, it.event));
    let Some(oldest) = waiting.first() else {
        return Found { n: answers.len(), ..Found::calm("no offer waits for an answer") };
    };
    let age = look.age(oldest.made);
    let number = oldest.number.as_deref().unwrap_or("without a number");
    let open = oldest.state == OfferState::Open;
    let waits = match open {
        true => format!("offer {number} waits for an answer for {}", in_words(age)),
        false => format!("offer {number} of {} ago lapsed without an answer", in_words(age)),
    };
    let usual = own.or(look.norm.answer_days);
    let found = Found {
        value: Some(age),
        baseline: usual,
        n: answers.len(),
        step: match open {
            true => format!("call: ask for a decision on offer {number}"),
            false => format!("call: ask why offer {number} had no answer, and renew it"),
        },
        evidence: waiting.iter().take(5).map(|it| it.event).collect(),
        ..Found::default()
    };
    let Some(usual) = usual else {
        return Found { sentence: format!("{waits}; nothing is known of its answers"), ..found };
    };
    let measure = per_cent(age.into(), usual.max(1).into());
    let whose = if own.is_some() { "its answers take" } else { "answers in this book take" };
    Found {
        measure: Some(if age - usual < NOTHING { measure.min(100) } else { measure }),
        sentence: format!("{waits}; {whose} {}", in_words(usual)),
        ..found
    }
}
