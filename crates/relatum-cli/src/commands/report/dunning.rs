//! `relatum report dunning`: what a run would send; with --run it is recorded as sent.

use clap::Args;
use relatum::domain::receivables::Due;
use relatum::domain::{Actor, Event, Source};
use relatum::{CollectionOptions, Engine, Proposal, Reminder, Sum};
use serde_json::{Value, json};

use super::figures::Asked;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::session::{Seen, Session};
use crate::viewpoint::Viewpoint;

/// Of what a dunning run on the day would remind whom
///
/// One level a run; disputed money is not asked for and disputed days do not count. With --run the
/// reminders are recorded as sent, one an account and currency; running again on the same day adds
/// nothing, a day before the last run is refused.
#[derive(Debug, Args)]
pub(crate) struct Dunning {
    /// Record the reminders as sent
    #[arg(long)]
    run: bool,
    #[command(flatten)]
    asked: Asked,
}

impl Dunning {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let Seen { engine, book, point, .. } = found.seen;
        let options = CollectionOptions { account: found.account, manager: found.manager };
        let reminders = book.dunning(&options)?;
        let mut refused = Vec::new();
        if self.run {
            for reminder in &reminders {
                if let Some(reason) = send(&engine, reminder, point.day)? {
                    refused.push((reminder.name.clone(), reason));
                }
            }
        }
        let exit = if refused.is_empty() { Exit::Done } else { Exit::Refused };
        session.show(&Answer { reminders, refused, sent: self.run, point })?;
        Ok(exit)
    }
}

/// Records a reminder as sent; the refusal, if it was refused.
fn send(
    engine: &Engine,
    reminder: &Reminder,
    day: chrono::NaiveDate,
) -> Result<Option<String>, Failure> {
    let currency = reminder.asked.currency;
    let id = format!("dunning/{day}/{}/{currency}", reminder.account);
    let (actor, source) = (Actor::system("relatum"), Source::new("relatum", id));
    let event = Event::new(day, actor, source, reminder.sent());
    match engine.record(Proposal::new(reminder.account, event)) {
        Ok(_) => Ok(None),
        Err(relatum::Error::Refused(refused)) => Ok(Some(refused.to_string())),
        Err(error) => Err(error.into()),
    }
}

struct Answer {
    reminders: Vec<Reminder>,
    refused: Vec<(String, String)>,
    sent: bool,
    point: Viewpoint,
}

fn called(due: &Due) -> String {
    let part = due.item.installment.map(|at| format!(" part {}", at + 1)).unwrap_or_default();
    due.item.number.clone().unwrap_or_else(|| "document".to_owned()) + &part
}

fn columns() -> Vec<Column> {
    vec![
        Column::programs("account"),
        Column::text("name", "account"),
        Column::text("number", "document"),
        Column::text("due", "due"),
        Column::number("level", "level"),
        Column::text("currency", ""),
        Column::number("asked", "asked"),
        Column::number("interest", "interest"),
        Column::number("fee", "fee").people(),
        Column::number("total", "total").people(),
        Column::programs("event"),
    ]
}

fn amount(money: relatum::domain::Money) -> Cell {
    Cell::amount(&Sum::from(money))
}

fn item(of: &Reminder, due: &Due) -> Vec<Cell> {
    let version = relatum::Version(due.item.version);
    let event = relatum::EventRef::new(of.account.into(), version);
    vec![
        Cell::text(of.account.to_string()),
        Cell::text(of.name.as_str()),
        Cell::text(called(due)),
        Cell::day(due.item.due),
        Cell::number(Some(i64::from(due.level))),
        Cell::text(of.asked.currency.to_string()),
        amount(due.asked),
        amount(due.interest),
        Cell::none(),
        Cell::none(),
        Cell::of("", to_json(&event)),
    ]
}

/// The reminder as a whole, for people.
fn sum(of: &Reminder) -> Vec<Cell> {
    vec![
        Cell::none(),
        Cell::text(of.name.as_str()).tone(Tone::Strong),
        Cell::text("reminder").tone(Tone::Strong),
        Cell::none(),
        Cell::number(Some(i64::from(of.level))).tone(Tone::Strong),
        Cell::text(of.asked.currency.to_string()),
        amount(of.asked),
        amount(of.interest),
        amount(of.fee),
        amount(of.total).tone(Tone::Strong),
        Cell::none(),
    ]
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let reminders: Vec<Value> = self
            .reminders
            .iter()
            .map(|it| {
                json!({
                    "account": it.account,
                    "name": it.name,
                    "currency": it.asked.currency,
                    "level": it.level,
                    "asked": Sum::from(it.asked),
                    "interest": Sum::from(it.interest),
                    "fee": Sum::from(it.fee),
                    "total": Sum::from(it.total),
                })
            })
            .collect();
        let refused: Vec<Value> = self
            .refused
            .iter()
            .map(|(name, reason)| json!({ "name": name, "reason": reason }))
            .collect();
        self.point.stamp(json!({
            "sent": self.sent,
            "reminders": reminders,
            "items": self.lines(),
            "refused": refused,
        }))
    }

    fn sheet(&self) -> Sheet {
        let rows = self
            .reminders
            .iter()
            .flat_map(|it| it.items.iter().map(|due| item(it, due)).collect::<Vec<_>>());
        Sheet::new(columns()).with(rows)
    }

    fn page(&self) -> Page {
        let title = if self.sent { "Dunning run" } else { "Dunning proposal" };
        let page = Page::titled(title, self.point.words());
        if self.reminders.is_empty() {
            return page.gap().line("Nobody is to be reminded.");
        }
        let sums = Sum::by_currency(
            self.reminders.iter().map(|it| relatum::domain::Amount::Money(it.total)),
        );
        let sums: Vec<String> = sums.into_iter().map(money).collect();
        let verb = if self.sent { "recorded as sent" } else { "proposed" };
        let count = self.reminders.len() - self.refused.len();
        let rows = self.reminders.iter().flat_map(|it| {
            it.items.iter().map(|due| item(it, due)).chain([sum(it)]).collect::<Vec<_>>()
        });
        let page = page.gap().sheet(Sheet::new(columns()).with(rows));
        let page = page.note(format!("{count} reminders {verb}, {}", sums.join(", ")));
        self.refused.iter().fold(page, |page, (name, reason)| {
            page.toned(Tone::Bad, format!("refused for {name}: {reason}"))
        })
    }
}
