//! Silent for longer than an account with its habits would be while nothing has changed.

use chrono::Datelike as _;
use chrono::NaiveDate;
use relatum_churn::chance_of_silence;
use relatum_domain::signals::SignalKind;

use crate::churn::look::{HABIT, Look, chance, gaps, last, median};
use crate::churn::norm::summary;
use crate::churn::signal::{Found, Sign};
use crate::words::days as in_words;

/// Own intervals from which on the model is not asked.
const OWN: usize = 5;
/// Days beyond what is usual that are nothing, however regular an account is.
const NOTHING: i64 = 14;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Cadence, unit: "days", find };

fn find(look: &Look<'_>) -> Found {
    let bought = look.purchases();
    let days: Vec<NaiveDate> = last(&bought, HABIT + 1).iter().map(|it| it.day).collect();
    let Some(last) = bought.last() else { return Found::unknown("has not bought yet") };
    let (gap, gaps) = (look.age(last.day), gaps(&days));
    let usual = median(&gaps).filter(|_| gaps.len() >= OWN);
    let model = || {
        let fit = look.norm.fit.as_ref().ok()?;
        let of = summary(&bought, look.view.as_of.num_days_from_ce())?;
        Some(fit.parameters.p_silence(&of))
    };
    let likely = if usual.is_some() {
        let gaps: Vec<f64> = gaps.iter().map(|it| *it as f64).collect();
        chance_of_silence(&gaps, gap as f64)
    } else {
        model()
    };
    let ago = format!("last bought {} ago", in_words(gap));
    let found = Found {
        value: Some(gap),
        baseline: usual,
        n: gaps.len(),
        evidence: vec![look.event(last.version)],
        step: format!("call: ask why nothing was ordered since {}", last.day),
        ..Found::default()
    };
    let Some(likely) = likely else {
        return Found { sentence: format!("{ago}; too little is known of its rhythm"), ..found };
    };
    let measure = if gap - usual.unwrap_or(0) < NOTHING { 100 } else { chance(likely) };
    let so_long = match measure {
        100 => String::new(),
        0 => ", a silence that comes by chance less than once in 100 times".to_owned(),
        1 => ", a silence that comes by chance once in 100 times".to_owned(),
        share => format!(", a silence that comes by chance {share} times in 100"),
    };
    let usually = usual.map_or_else(
        || if measure < 100 { " by the rhythm of the book".to_owned() } else { String::new() },
        |days| format!("; usually every {}", in_words(days)),
    );
    let sentence = if usual.is_some() {
        format!("{ago}{usually}{so_long}")
    } else {
        format!("{ago}{so_long}{usually}")
    };
    Found { measure: Some(measure), sentence, ..found }
}
