//! Where we sell: a company, a currency, a price list and taxes for each region.

use chrono::{Datelike, NaiveDate};
use relatum_domain::{CompanyId, Currency, Derived, Money, Rate, Value};

/// A region with a company of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Market {
    pub(crate) currency: Currency,
    pub(crate) company: CompanyId,
    pub(crate) company_name: &'static str,
    pub(crate) seat: &'static str,
    pub(crate) price_list: &'static str,
    /// List prices, in per cent of the euro's.
    pub(crate) price_percent: i64,
    /// Millionths of a euro for one unit; none for the euro itself.
    euro_micro: Option<i64>,
    countries: &'static [Country],
}

/// Where clients are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    pub(crate) form: &'static str,
    pub(crate) dial: &'static str,
    pub(crate) tax_code: &'static str,
    pub(crate) tax_permille: i64,
}

const fn country(
    code: &'static str,
    form: &'static str,
    dial: &'static str,
    tax_code: &'static str,
    tax_permille: i64,
) -> Country {
    Country { code, form, dial, tax_code, tax_permille }
}

const EURO_AREA: [Country; 6] = [
    country("DE", "GmbH", "+49", "VAT-DE", 190),
    country("FR", "SA", "+33", "VAT-FR", 200),
    country("NL", "BV", "+31", "VAT-NL", 210),
    country("AT", "GmbH", "+43", "VAT-AT", 200),
    country("IT", "SpA", "+39", "VAT-IT", 220),
    country("ES", "SL", "+34", "VAT-ES", 210),
];
const KINGDOM: [Country; 1] = [country("GB", "Ltd", "+44", "VAT-GB", 200)];
const AMERICA: [Country; 2] =
    [country("US", "Inc", "+1", "SALES-TAX", 62), country("CA", "Ltd", "+1", "GST", 50)];

/// The three regions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Markets {
    pub(crate) euro: Market,
    pub(crate) pound: Market,
    pub(crate) dollar: Market,
}

impl Markets {
    /// None only if a currency were unknown.
    pub(crate) fn new() -> Option<Self> {
        let market = |code: &str, company_name, seat, price_list, price_percent, euro_micro| {
            Some(Market {
                currency: code.parse().ok()?,
                company: CompanyId::derived("demo", seat),
                company_name,
                seat,
                price_list,
                price_percent,
                euro_micro,
                countries: match code {
                    "GBP" => &KINGDOM,
                    "USD" => &AMERICA,
                    _ => &EURO_AREA,
                },
            })
        };
        Some(Self {
            euro: market("EUR", "Fjordquell Supply GmbH", "DE", "Europe", 100, None)?,
            pound: market("GBP", "Fjordquell Supply Ltd", "GB", "Kingdom", 88, Some(1_168_000))?,
            dollar: market("USD", "Fjordquell Supply Inc", "US", "America", 112, Some(921_000))?,
        })
    }

    pub(crate) const fn all(&self) -> [Market; 3] {
        [self.euro, self.pound, self.dollar]
    }

    /// Of every five managers, three sell in euro.
    pub(crate) const fn of_manager(&self, manager: u32) -> Market {
        match manager % 5 {
            3 => self.pound,
            4 => self.dollar,
            _ => self.euro,
        }
    }
}

impl Market {
    pub(crate) const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// Of cents: all three currencies have two digits.
    pub(crate) const fn value(&self, minor: i64) -> Value {
        Value::new(minor.saturating_mul(10_000), self.currency)
    }

    /// The country of that code; the region's first if it is none of them.
    pub(crate) fn country(&self, code: &str) -> Country {
        let found = self.countries.iter().find(|country| country.code == code);
        found.or(self.countries.first()).copied().unwrap_or_default()
    }

    /// Euro for one unit in the month of `day`.
    pub(crate) fn base_rate(&self, day: NaiveDate) -> Option<Rate> {
        let month = i64::from(day.year()) * 12 + i64::from(day.month0());
        self.euro_micro.map(|micro| rate(micro + (month * 37 % 41 - 20) * 1_000))
    }
}

/// A rate of so many millionths.
pub(crate) fn rate(micro: i64) -> Rate {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000).parse().unwrap_or_default()
}

/// `part` thousandths of `whole`, rounded half up; for amounts from zero on.
pub(crate) const fn permille(whole: i64, part: i64) -> i64 {
    (whole * part + 500) / 1000
}
