//! `relatum report competitors`: what was learnt of them, and what was lost to them.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use relatum::domain::EventBody;
use relatum::{CompetitorLine, CompetitorsBy, CompetitorsOptions, Met};
use serde_json::{Value, json};

use super::figures::{self, Asked, Found};
use super::plan::word;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, json as to_json, money};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// Competitors: what was noted of them, and which offers and chances were lost to them
#[derive(Debug, Args)]
pub(crate) struct Competitors {
    /// By what they are told apart
    #[arg(long, value_enum, default_value_t = By::Competitor)]
    by: By,
    /// List notes and losses one by one
    #[arg(long, conflicts_with_all = ["by", "explain"])]
    list: bool,
    /// Only this competitor
    #[arg(long, value_name = "NAME")]
    competitor: Option<String>,
    /// The first day; that of the book unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Competitor,
    Account,
    Segment,
    Product,
}

impl Competitors {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (by, lines) = match self.by {
            By::Competitor => (CompetitorsBy::Competitor, "competitor"),
            By::Account => (CompetitorsBy::Account, "account"),
            By::Segment => (CompetitorsBy::Segment, "segment"),
            By::Product => (CompetitorsBy::Product, "product"),
        };
        let (from, account, manager) = (self.from, found.account, found.manager);
        let options =
            CompetitorsOptions { by, from, account, manager, competitor: self.competitor };
        if !self.list {
            return figures::show(session, found, &options, "Competitors", lines);
        }
        let Found { seen: Seen { engine, book, point, managers }, .. } = found;
        let mut lines = Vec::new();
        for line in book.competitors(&options)? {
            let told = if line.met == Met::Note { engine.event(line.event)? } else { None };
            let text = told.and_then(|it| match it.data.body {
                EventBody::CompetitorNoted(note) => engine.reveal(&note.text?),
                _ => None,
            });
            lines.push((line, text));
        }
        session.show(&Answer { lines, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    /// Each with what a note says, if its key is there.
    lines: Vec<(CompetitorLine, Option<String>)>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "competitors": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |(it, text): &(CompetitorLine, Option<String>)| {
            let mut line = self.managers.named(to_json(it));
            if let Value::Object(fields) = &mut line {
                fields.insert("text".to_owned(), text.clone().into());
            }
            line
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("day", "day"),
            Column::text("competitor", "competitor"),
            Column::text("met", "what"),
            Column::programs("account"),
            Column::text("account_name", "account"),
            Column::text("segment", "segment"),
            Column::text("product", "product"),
            Column::number("lost", "lost"),
            Column::text("number", "offer or chance"),
            Column::text("text", "note"),
            Column::programs("event"),
        ];
        let row = |(it, text): &(CompetitorLine, Option<String>)| {
            vec![
                Cell::day(it.day),
                Cell::text(it.competitor.as_str()),
                Cell::of(word(&it.met), to_json(&it.met)),
                Cell::text(it.account.to_string()),
                Cell::text(it.account_name.as_str()),
                Cell::maybe(it.segment.as_deref()),
                Cell::maybe(it.product.as_deref()),
                it.lost.map_or_else(Cell::none, |sum| Cell::of(money(sum), to_json(&sum))),
                Cell::maybe(it.number.as_deref()),
                Cell::maybe(text.as_deref()),
                Cell::text(it.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Competitors", self.point.words()).gap();
        if self.lines.is_empty() { page.line("None.") } else { page.sheet(self.sheet()) }
    }
}
