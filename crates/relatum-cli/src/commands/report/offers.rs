//! `relatum report offers`: what became of offers.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::domain::selling;
use relatum::{OfferLine, OfferState, OffersBy, OffersOptions};
use serde_json::{Value, json};

use super::figures::{self, Asked, Derived, Found};
use super::per_cent;
use super::plan::word;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// What became of offers: accepted, declined, lapsed, for how much and after how long
#[derive(Debug, Args)]
pub(crate) struct Offers {
    /// By what offers are told apart
    #[arg(long, value_enum, default_value_t = By::Month)]
    by: By,
    /// List the offers one by one
    #[arg(long, conflicts_with_all = ["by", "explain"])]
    list: bool,
    /// Only those that the client can still accept, one by one
    #[arg(long, conflicts_with_all = ["by", "explain"])]
    open: bool,
    /// The first day on which they were made; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Month,
    Manager,
    Account,
    Reason,
    Competitor,
}

const DERIVED: &[Derived] = &[
    Derived {
        key: "accepted_bp",
        title: "accepted of ended",
        // Without those that were taken back or can still be accepted.
        of: |line| {
            let ended = line.count(1) + line.count(2) + line.count(3);
            let bp = selling::per_cent(line.count(1).into(), ended.into())?;
            Some((per_cent(bp), bp.into()))
        },
    },
    Derived {
        key: "mean_days",
        title: "days to answer",
        of: |line| {
            let answered = line.count(1) + line.count(2);
            let days = relatum::domain::proportion(line.count(12).into(), 1, answered.into())?;
            let days = i64::try_from(days).ok()?;
            Some((grouped(&days.to_string()), days.into()))
        },
    },
];

impl Offers {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Month => (OffersBy::Month, "month"),
            By::Manager => (OffersBy::Manager, "manager"),
            By::Account => (OffersBy::Account, "account"),
            By::Reason => (OffersBy::Reason, "reason"),
            By::Competitor => (OffersBy::Competitor, "competitor"),
        };
        let (from, account, manager) = (self.from, found.account, found.manager);
        let options = OffersOptions { by, from, account, manager };
        if !self.list && !self.open {
            return figures::show_with(session, found, &options, "Offers", lines, DERIVED);
        }
        let Found { seen: Seen { book, point, managers, .. }, .. } = found;
        let mut lines = book.offers(&options)?;
        lines.retain(|it| !self.open || it.state == OfferState::Open);
        session.show(&Answer { lines, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<OfferLine>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "offers": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("made", "made"),
            Column::text("number", "offer"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::number("versions", "versions"),
            Column::text("currency", ""),
            Column::number("net", "net"),
            Column::text("valid_until", "valid until"),
            Column::text("state", "state"),
            Column::text("ended", "ended"),
            Column::text("reason", "reason"),
            Column::text("competitor", "competitor"),
            Column::text("manager", "manager"),
            Column::programs("event"),
        ];
        let row = |it: &OfferLine| {
            let tone = match it.state {
                OfferState::Accepted => Tone::Good,
                OfferState::Declined | OfferState::Lapsed => Tone::Warning,
                OfferState::Withdrawn => Tone::Faint,
                OfferState::Open => Tone::Plain,
            };
            vec![
                Cell::day(it.made),
                Cell::maybe(it.number.as_deref()),
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::number(Some(it.versions.into())),
                Cell::text(it.net.currency.to_string()),
                Cell::of(grouped(&it.net.rounded().number()), it.net.number()),
                Cell::day(it.valid_until),
                Cell::of(word(&it.state), to_json(&it.state)).tone(tone),
                it.ended.map_or_else(Cell::none, Cell::day),
                Cell::maybe(it.reason.as_deref()),
                Cell::maybe(it.competitor.as_deref()),
                self.managers.cell(it.manager),
                Cell::text(it.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Offers", self.point.words()).gap();
        if self.lines.is_empty() { page.line("None.") } else { page.sheet(self.sheet()) }
    }
}
