//! `relatum account credit`: how an account stands with its credit, and how it came to that.

use clap::Args;
use relatum::domain::receivables::CreditEvent;
use relatum::{CreditStanding, EventRef, ExposureOptions, LimitUse, Sum};
use serde_json::{Value, json};

use super::super::report::kind;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Show an account's exposure, limits and holds, and its credit history
#[derive(Debug, Args)]
pub(crate) struct Credit {
    /// An id, an external id as system:id, or the (beginning of the) name
    #[arg(value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    view: ViewArguments,
}

impl Credit {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, .. } = session.view(&self.view)?;
        let account = people::account(&book, &self.account)?;
        let name = book.account(account)?.name;
        let options = ExposureOptions { account: Some(account), ..ExposureOptions::default() };
        let standing = book.credit(&options)?.into_iter().next();
        let history = book.credit_history(account)?;
        session.show(&Answer { name, standing, history, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    name: String,
    standing: Option<CreditStanding>,
    history: Vec<(EventRef, CreditEvent)>,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let standing = self.standing.as_ref();
        let exposures: Vec<Value> = standing
            .iter()
            .flat_map(|it| &it.exposures)
            .map(|it| {
                let sum =
                    |minor| Sum::from(relatum::domain::Money::new(minor, it.currency)).number();
                json!({
                    "currency": it.currency, "orders": sum(it.orders), "drafts": sum(it.drafts),
                    "open": sum(it.open), "overdue": sum(it.overdue),
                    "returned": sum(it.returned), "unapplied": sum(it.unapplied),
                    "total": sum(it.total()),
                })
            })
            .collect();
        let limits: Vec<Value> = standing
            .iter()
            .flat_map(|it| &it.limits)
            .map(|it| {
                json!({
                    "kind": kind(it.limit.kind), "limit": Sum::from(it.limit.limit),
                    "used": Sum::from(it.used), "exceeded": it.is_exceeded(), "set_by": it.set_by,
                })
            })
            .collect();
        let hold = standing.and_then(|it| it.hold.as_ref());
        let hold = hold.map(|(event, reason)| json!({ "reason": reason, "event": event }));
        self.point.stamp(json!({
            "name": self.name, "exposures": exposures, "limits": limits, "hold": hold,
            "history": self.lines(),
        }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("day", "day"),
            Column::text("what", "what"),
            Column::text("text", ""),
            Column::number("amount", "amount"),
            Column::text("until", "until"),
            Column::programs("event"),
        ];
        let rows = self.history.iter().map(|(event, it)| {
            let amount = it.amount.map(|money| Sum::from(money).to_string());
            vec![
                Cell::day(it.day),
                Cell::text(it.what),
                Cell::text(it.text.as_str()),
                Cell::maybe(amount),
                it.until.map_or_else(Cell::none, Cell::day),
                Cell::of("", to_json(event)),
            ]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let mut page = Page::titled(format!("Credit: {}", self.name), self.point.words()).gap();
        if let Some(standing) = &self.standing {
            if let Some((_, reason)) = &standing.hold {
                page = page.toned(Tone::Bad, format!("held: {reason}"));
            }
            page = page.sheet(exposures(standing));
            for limit in &standing.limits {
                page = page.toned(tone(limit), words(limit));
            }
        } else {
            page = page.line("Nothing is at risk, and there is no limit.");
        }
        if self.history.is_empty() { page } else { page.gap().sheet(self.sheet()) }
    }
}

fn exposures(standing: &CreditStanding) -> Sheet {
    let names = ["orders", "drafts", "open", "overdue", "returned", "unapplied", "total"];
    let mut columns = vec![Column::text("currency", "")];
    columns.extend(names.map(|name| Column::number(name, name)));
    let rows = standing.exposures.iter().map(|it| {
        let kinds =
            [it.orders, it.drafts, it.open, it.overdue, it.returned, it.unapplied, it.total()];
        let mut row = vec![Cell::text(it.currency.to_string())];
        row.extend(kinds.map(|minor| {
            Cell::amount(&Sum::from(relatum::domain::Money::new(minor, it.currency)))
        }));
        row
    });
    Sheet::new(columns).with(rows)
}

const fn tone(limit: &LimitUse) -> Tone {
    if limit.is_exceeded() { Tone::Bad } else { Tone::Plain }
}

fn words(limit: &LimitUse) -> String {
    let of = kind(limit.limit.kind);
    let verb = if limit.is_exceeded() { "exceeds" } else { "is within" };
    format!("{of}: {} {verb} the limit of {}", limit.used, limit.limit.limit)
}
