//! The data sets as days and values of each account.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use relatum_churn::{Purchase, Seen, Summary};
use relatum_tests::cases::{Fault, Outcome, fault};

/// Of each account: of each day what it bought, net of what it took back.
pub(crate) struct Histories(Vec<BTreeMap<i32, Day>>);

/// What an account bought on a day.
#[derive(Default)]
struct Day {
    value: f64,
    /// How many pieces, where goods have no names.
    pieces: f64,
    goods: BTreeSet<String>,
}

pub(crate) fn day(text: &str, format: &str) -> Outcome<i32> {
    let day = NaiveDate::parse_from_str(text, format);
    let day = day.map_err(|error| Fault::new(format!("{text}: {error}")))?;
    Ok(day.num_days_from_ce())
}

/// The published sample: customers of the first quarter of 1997, until June 1998.
///
/// Eight customers bought for nothing. The published fits count them: a cent stands for nothing.
pub(crate) fn cdnow(path: &Path) -> Outcome<Histories> {
    let at = |error: std::io::Error| Fault::new(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(at)?;
    let mut accounts: BTreeMap<String, BTreeMap<i32, Day>> = BTreeMap::new();
    for line in text.lines() {
        let [_, customer, date, pieces, value] = line.split_whitespace().collect::<Vec<_>>()[..]
        else {
            return fault(format!("`{line}` has not five columns"));
        };
        let number = |text: &str| text.parse::<f64>().map_err(Fault::new);
        let account = accounts.entry(customer.to_owned()).or_default();
        let of = account.entry(day(date, "%Y%m%d")?).or_default();
        of.value += number(value)?.max(0.01);
        of.pieces += number(pieces)?;
    }
    Ok(Histories(accounts.into_values().collect()))
}

/// Lines with a customer, returns netted by day.
pub(crate) fn online_retail(path: &Path) -> Outcome<Histories> {
    let at = |error: &dyn std::fmt::Display| Fault::new(format!("{}: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| at(&error))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).map_err(|error| at(&error))?;
    let mut accounts: BTreeMap<String, BTreeMap<i32, Day>> = BTreeMap::new();
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.map_err(|error| at(&error))?;
        let customer = &row[6];
        if customer.is_empty() {
            continue;
        }
        let number = |text: &str| text.parse::<f64>().map_err(Fault::new);
        let (quantity, price) = (number(&row[3])?, number(&row[5])?);
        let date = row[4].split_whitespace().next().unwrap_or_default();
        let account = accounts.entry(customer.to_owned()).or_default();
        let of = account.entry(day(date, "%Y-%m-%d")?).or_default();
        of.value += quantity * price;
        if quantity > 0.0 {
            of.goods.insert(row[1].to_owned());
        }
    }
    Ok(Histories(accounts.into_values().collect()))
}

impl Histories {
    /// The first day of all.
    pub(crate) fn first(&self) -> i32 {
        self.0.iter().filter_map(|it| it.keys().next()).min().copied().unwrap_or(0)
    }

    /// Accounts that had bought by the end of day `cut`.
    pub(crate) fn known(&self, cut: i32, horizon: u32) -> Vec<Seen> {
        let end = cut.saturating_add_unsigned(horizon);
        let known = |days: &BTreeMap<i32, Day>| {
            let purchases: Vec<Purchase> = days
                .range(..=cut)
                .map(|(day, of)| Purchase { day: *day, value: of.value })
                .collect();
            purchases.iter().any(|it| it.value > 0.0).then(|| {
                let past = || days.range(..=cut).map(|(_, of)| of);
                let goods: BTreeSet<&String> = past().flat_map(|of| &of.goods).collect();
                let pieces: f64 = past().map(|of| of.pieces).sum();
                let mut after = days.range(cut + 1..).take_while(|(day, _)| **day <= end);
                Seen {
                    purchases,
                    breadth: pieces + goods.len() as f64,
                    lapsed: !after.any(|(_, of)| of.value > 0.0),
                }
            })
        };
        self.0.iter().filter_map(known).collect()
    }

    /// The same in numbers.
    pub(crate) fn summaries(&self, cut: i32) -> Outcome<Vec<Summary>> {
        let known = self.known(cut, 0);
        known.iter().map(|it| Summary::of(&it.purchases, cut).map_err(Fault::new)).collect()
    }
}
