//! A contract that ends, and nobody talks about the next one.

use relatum_domain::signals::SignalKind;

use crate::agreements::OfferState;
use crate::churn::look::Look;
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

/// Days for which a contract that ended without another one is still missed.
const MISSED: i64 = 91;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Contract, unit: "days", find };

/// Talks are an offer that stands or a chance that is open.
fn find(look: &Look<'_>) -> Found {
    let contracts = look.part.agreements.contracts_of(look.account, look.view);
    let n = contracts.len();
    if let Some(it) = contracts.iter().find(|it| it.ends.is_none()) {
        let sentence = format!("contract {} runs on without an end", it.number);
        return Found { n, evidence: vec![it.event], ..Found::calm(sentence) };
    }
    let last = contracts.iter().filter_map(|it| Some((it.ends?, it))).max_by_key(|it| it.0);
    let Some((ends, contract)) = last.filter(|(ends, _)| look.age(*ends) <= MISSED) else {
        return Found { n, ..Found::unknown("no contract runs") };
    };
    let offers = look.part.agreements.offers_of(look.account, look.view);
    let offers = offers.iter().filter(|it| it.state == OfferState::Open).count();
    let talks = offers + look.part.pipeline.open_of(look.account, look.view);
    let left = -look.age(ends);
    let when = match left {
        0.. => format!("contract {} ends in {}", contract.number, in_words(left)),
        _ => format!("contract {} ended {} ago", contract.number, in_words(-left)),
    };
    let found = Found {
        value: Some(left),
        n,
        step: format!("propose talks about what follows contract {}", contract.number),
        evidence: vec![contract.event],
        ..Found::default()
    };
    match talks {
        0 => {
            let sentence = format!("{when}, and nobody talks about what follows");
            Found { measure: Some(left), sentence, ..found }
        }
        _ => Found { calm: true, sentence: format!("{when}; there are talks"), ..found },
    }
}
