//! `relatum report roll-forward`: from the opening to the closing balance of a period.

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::Currency;
use relatum::{LedgerCheck, RollForwardOptions, Sum};
use serde_json::{Value, json};

use super::figures::{self, Asked, month_of};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::session::Session;
use crate::values;
use crate::viewpoint::Viewpoint;

/// What moved the balances in a period, from the opening to the closing one
///
/// Closing = opening + everything between. With --ledger the balances that the books' ledger
/// stated are compared with what the documents come to.
#[derive(Debug, Args)]
pub(crate) struct RollForward {
    /// The first day; that of the month unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Only this currency
    #[arg(long, value_parser = values::currency)]
    currency: Option<Currency>,
    /// Compare with the balances that the ledger stated in the period
    #[arg(long)]
    ledger: bool,
    #[command(flatten)]
    asked: Asked,
}

impl RollForward {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let from = self.from.unwrap_or_else(|| month_of(found.seen.point.day));
        let options = RollForwardOptions {
            from,
            account: found.account,
            manager: found.manager,
            currency: self.currency,
        };
        if self.ledger {
            let checks = found.seen.book.ledger_checks(&options)?;
            session.show(&Ledger { checks, from, point: found.seen.point })?;
            return Ok(Exit::Done);
        }
        let title = format!("Roll-forward from {from}");
        figures::show(session, found, &options, &title, "account")
    }
}

struct Ledger {
    checks: Vec<LedgerCheck>,
    from: NaiveDate,
    point: Viewpoint,
}

impl Shown for Ledger {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "from": self.from, "balances": self.lines() }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::text("day", "day"),
            Column::programs("currency"),
            Column::number("stated", "ledger"),
            Column::number("ours", "documents"),
            Column::number("difference", "difference"),
            Column::programs("event"),
        ];
        let rows = self.checks.iter().map(|it| {
            let amount = |money| Cell::amount(&Sum::from(money));
            let differs = !it.difference.is_zero();
            let difference = amount(it.difference);
            vec![
                Cell::text(it.account.to_string()),
                Cell::text(it.name.as_str()),
                Cell::day(it.day),
                Cell::text(it.stated.currency.to_string()),
                amount(it.stated),
                amount(it.ours),
                if differs { difference.tone(Tone::Bad) } else { difference },
                Cell::of("", to_json(&it.event)),
            ]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let title = format!("Balances stated by the ledger from {}", self.from);
        let page = Page::titled(title, self.point.words());
        if self.checks.is_empty() {
            return page.gap().line("The ledger stated none.");
        }
        let differ = self.checks.iter().filter(|it| !it.difference.is_zero()).count();
        let all = self.checks.len();
        page.gap().sheet(self.sheet()).note(format!("{differ} of {all} differ"))
    }
}
