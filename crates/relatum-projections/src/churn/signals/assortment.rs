//! Goods that it used to buy, and buys no longer.

use relatum_domain::signals::SignalKind;

use crate::churn::look::{Look, per_cent};
use crate::churn::signal::{Found, Sign};

/// Half a year in which goods are missing, and the year before it.
const LATELY: u32 = 182;
const BEFORE: u32 = 365;
/// Times that goods were bought in that year, and goods like that, at least.
const REGULAR: usize = 3;
/// That goods are missing by chance is less likely than this.
const BY_CHANCE: f64 = 0.1;

pub(super) const SIGN: Sign = Sign { kind: SignalKind::Assortment, unit: "goods", find };

fn find(look: &Look<'_>) -> Found {
    let Some(bought) = look.bought else { return Found::unknown("has not bought yet") };
    let (lately, before) = (look.since(LATELY), look.since(LATELY + BEFORE));
    let count = |from, to| bought.purchases().filter(|it| it.day >= from && it.day < to).count();
    let (then, now) =
        (count(before, lately), bought.purchases().filter(|it| it.day >= lately).count());
    if now < 2 {
        return Found::unknown("has bought too little in half a year to miss single goods");
    }
    let (mut regular, mut absent, mut lost) = (0_usize, 0_usize, Vec::new());
    for (name, goods) in bought.goods() {
        let times = goods.days.range(before..lately).count();
        if times < REGULAR {
            continue;
        }
        regular += 1;
        let share = times as f64 / then.max(times) as f64;
        let missing = goods.days.range(lately..).next().is_none();
        absent += usize::from(missing);
        if missing && (1.0 - share).powi(i32::try_from(now).unwrap_or(i32::MAX)) <= BY_CHANCE {
            let last = goods.days.range(before..lately).next_back();
            lost.push((times, name, last.map(|(_, version)| *version)));
        }
    }
    if regular == 0 {
        return Found::unknown("no goods were bought regularly");
    }
    lost.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let names: Vec<&str> = lost.iter().take(3).map(|it| it.1).collect();
    let names = names.join(", ");
    let sentence = match (lost.len(), absent) {
        (0, 0) => format!("still buys all of {regular} goods that it bought regularly"),
        (0, absent) => format!(
            "did not buy {absent} of {regular} regular goods in half a year, as chance may have it"
        ),
        (count, _) => format!("no longer buys {count} of {regular} regular goods: {names}"),
    };
    let share = per_cent(lost.len() as i128, regular as i128);
    Found {
        measure: Some(share),
        value: i64::try_from(lost.len()).ok(),
        baseline: Some(0),
        window: Some(LATELY),
        n: regular,
        sentence,
        step: format!("call: ask who delivers {names} now"),
        evidence: lost.iter().filter_map(|it| it.2).take(5).map(|it| look.event(it)).collect(),
        ..Found::default()
    }
}
