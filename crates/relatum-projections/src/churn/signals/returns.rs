//! What comes back and is refused, against what is usual in the book.

use relatum_domain::signals::SignalKind;

use crate::churn::look::{Look, chance, per_cent};
use crate::churn::signal::{Found, Sign};

const WINDOW: u32 = 365;
/// From this multiple of the book's share on it is more than usual.
const MORE: f64 = 1.5;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Returns, unit: "per cent", find };

fn find(look: &Look<'_>) -> Found {
    let Some(bought) = look.bought else { return Found::unknown("has not bought yet") };
    let (back, events) = bought.back(look.since(WINDOW));
    let n = back.sold as usize;
    if n == 0 {
        return Found::unknown("has not bought within a year");
    }
    let Some(shares) = look.norm.returns else {
        return Found { n, ..Found::unknown("the book was not asked what is usual") };
    };
    let usual = chance(shares.mean());
    let more = if back.back == 0 {
        0.0
    } else {
        shares.above(back.back, back.sold, (MORE * shares.mean()).min(1.0))
    };
    let sentence = match back.back {
        0 => format!("nothing came back of {n} orders within a year"),
        back => format!(
            "of {back} of {n} orders something came back or was refused within a year; usual are \
             {usual} %"
        ),
    };
    Found {
        measure: Some(chance(more)),
        value: Some(per_cent(back.back.into(), back.sold.into())),
        baseline: Some(usual),
        window: Some(WINDOW),
        n,
        sentence,
        step: "go through the reasons for its returns with quality and shipping".into(),
        evidence: events.into_iter().rev().take(5).map(|it| look.event(it)).collect(),
        ..Found::default()
    }
}
