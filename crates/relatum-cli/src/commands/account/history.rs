//! `relatum account history`: everything that happened with one account.

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::{AccountId, Family};
use relatum::{EventRef, HistoryFilter, HistoryLine, StreamId};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Show everything that happened with an account
#[derive(Debug, Args)]
pub(crate) struct History {
    /// An id, an external id as system:id, or the (beginning of the) name
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// Only events of this type, such as invoice_issued; may be repeated
    #[arg(long, value_name = "TYPE", value_parser = values::event_type)]
    kind: Vec<String>,
    /// Only events of this family, such as settlement; may be repeated
    #[arg(long, value_name = "FAMILY", value_parser = values::family)]
    family: Vec<Family>,
    /// From this day on
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// Up to this day
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    to: Option<NaiveDate>,
    #[command(flatten)]
    view: ViewArguments,
}

impl History {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, .. } = session.view(&self.view)?;
        let account = people::account(&book, &self.account)?;
        let filter =
            HistoryFilter { kinds: self.kind, families: self.family, from: self.from, to: self.to };
        let lines = book.history(account, &filter)?;
        let name = book.account(account)?.name;
        session.show(&Answer { account, name, lines, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    account: AccountId,
    name: String,
    lines: Vec<HistoryLine>,
    point: Viewpoint,
}

impl Answer {
    /// Where an event stands: in the account's own stream, or in that of one merged into it.
    fn place(&self, event: EventRef) -> String {
        let own = event.stream == StreamId::from(self.account);
        let id = event.stream.id.to_string();
        let stream = if own { String::new() } else { people::short(&id) };
        format!("{stream}@{}", event.version)
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({
            "account": self.account,
            "name": self.name,
            "lines": self.lines,
        }))
    }

    fn lines(&self) -> Vec<Value> {
        self.lines.iter().map(to_json).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("day", "day"),
            Column::text("kind", "what"),
            Column::text("label", "about"),
            Column::number("amount", "amount"),
            Column::programs("currency"),
            Column::text("void", ""),
            Column::programs("event"),
            Column::number("version", "event").people(),
        ];
        let row = |line: &HistoryLine| {
            let amount = line.amount.map_or_else(Cell::none, |sum| {
                let shown = Cell::of(money(sum), sum.number());
                if sum.micro < 0 { shown.tone(Tone::Warning) } else { shown }
            });
            let currency = line.amount.map(|sum| sum.currency.to_string());
            let row = vec![
                Cell::day(line.day),
                Cell::of(line.kind.as_str().replace('_', " "), line.kind.as_str()),
                Cell::maybe(line.label.as_deref()),
                amount,
                Cell::maybe(currency),
                Cell::of(if line.void { "void" } else { "" }, line.void),
                Cell::text(line.event.to_string()),
                Cell::text(self.place(line.event)),
            ];
            if line.void {
                row.into_iter().map(|cell| cell.tone(Tone::Faint)).collect()
            } else {
                row
            }
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let own = StreamId::from(self.account);
        let merged = self.lines.iter().any(|line| line.event.stream != own);
        let others = if merged { " and of accounts merged into it" } else { "" };
        Page::titled(self.name.as_str(), self.point.words())
            .gap()
            .sheet(self.sheet())
            .note(format!("{} events of account/{}{others}", self.lines.len(), self.account))
    }
}
