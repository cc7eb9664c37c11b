//! The value of single purchases, by a line that single purchases cannot bend.

use relatum_churn::Trend;
use relatum_domain::signals::SignalKind;

use crate::churn::look::{Look, last};
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

const WINDOW: u32 = 365;
/// No more purchases are looked at: each is held against every other.
const MOST: usize = 32;
/// A fall that comes by chance more often than this is none.
const BY_CHANCE: f64 = 0.1;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::OrderValue, unit: "per cent", find };

fn find(look: &Look<'_>) -> Found {
    let from = look.since(WINDOW);
    let mut bought = look.purchases();
    bought.retain(|it| it.day >= from);
    let bought = last(&bought, MOST);
    let (Some(first), Some(latest)) = (bought.first(), bought.last()) else {
        return Found::unknown("has not bought within a year");
    };
    let span = (latest.day - first.day).num_days();
    let time = |day: chrono::NaiveDate| (day - first.day).num_days() as f64 / span as f64;
    let points: Vec<(f64, f64)> =
        bought.iter().map(|it| (time(it.day), (it.micro as f64).ln())).collect();
    let Some(trend) = Trend::of(&points) else {
        let n = bought.len();
        return Found { n, ..Found::unknown("too few purchases within a year to see a trend") };
    };
    let change = ((trend.slope.exp() - 1.0) * 100.0).clamp(-100.0, 1e6) as i64;
    let fell = if trend.by_chance <= BY_CHANCE { (-change).max(0) } else { 0 };
    let times = bought.len();
    let sentence = if fell > 0 {
        format!(
            "what it buys at a time fell by {fell} % within {}, in {times} purchases",
            in_words(span)
        )
    } else {
        format!("what it buys at a time shows no fall in {times} purchases")
    };
    Found {
        measure: Some(fell),
        value: Some(change),
        baseline: Some(0),
        window: Some(WINDOW),
        n: times,
        sentence,
        step: "go through its last orders with the client: what is bought elsewhere now?".into(),
        evidence: bought.iter().rev().take(4).map(|it| look.event(it.version)).collect(),
        ..Found::default()
    }
}
