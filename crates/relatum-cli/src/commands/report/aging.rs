//! `relatum report aging`: what is owed, by age.

use clap::{Args, ValueEnum};
use relatum::domain::Currency;
use relatum::domain::event::policy::AgeBasis;
use relatum::domain::receivables::Buckets;
use relatum::{AgingLine, AgingOptions, AgingReport};
use serde_json::Value;

use super::items;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people::{self, Managers};
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// What is owed, by age
#[derive(Debug, Args)]
pub(crate) struct Aging {
    /// Only this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only this manager's accounts: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    /// Only this currency
    #[arg(long, value_parser = values::currency)]
    currency: Option<Currency>,
    /// The last day of each bucket, such as 0,30,60,90,120; the policy's unless said otherwise
    #[arg(long, value_name = "DAYS", value_parser = values::bounds)]
    buckets: Option<values::Bounds>,
    /// From which day age counts; due unless said otherwise
    #[arg(long)]
    by: Option<Basis>,
    /// List the open items instead
    #[arg(long)]
    items: bool,
    #[command(flatten)]
    view: ViewArguments,
}

/// From which day age counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Basis {
    /// The day by which it is to be paid
    Due,
    /// The day of the document
    Document,
}

impl Aging {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let buckets = self.own_buckets()?;
        let Seen { engine, book, point, managers } = session.view(&self.view)?;
        let account = self.account.map(|text| people::account(&engine, &text)).transpose()?;
        let manager = self.manager.map(|text| managers.find(&text)).transpose()?;
        let currency = self.currency;
        let options = AgingOptions { buckets, account, manager, currency, ..Default::default() };
        if self.items {
            session.show(&items::Items::of(&book, &options, &managers, point)?)?;
            return Ok(Exit::Done);
        }
        let report = book.aging(&options)?;
        for line in report.lines.iter().chain(&report.totals) {
            if !line.foots() {
                let message = format!(
                    "the report does not add up: the buckets of {} in {} are not its total",
                    line.name, line.currency
                );
                let hint = "verify the store with `relatum log verify` and report this";
                return Err(Failure::new(Exit::Corrupt, message).hint(hint));
            }
        }
        session.show(&Answer { report, managers, point })?;
        Ok(Exit::Done)
    }

    fn own_buckets(&self) -> Result<Option<Buckets>, Failure> {
        if self.buckets.is_none() && self.by.is_none() {
            return Ok(None);
        }
        let basis = match self.by.unwrap_or(Basis::Due) {
            Basis::Due => AgeBasis::DueDate,
            Basis::Document => AgeBasis::DocumentDate,
        };
        let standard = match basis {
            AgeBasis::DueDate => vec![0, 30, 60, 90, 120],
            AgeBasis::DocumentDate => vec![30, 60, 90, 120],
        };
        let bounds = self.buckets.clone().map_or(standard, |bounds| bounds.0);
        let buckets = Buckets::new(basis, bounds);
        buckets.map(Some).map_err(|error| Failure::of(Exit::Usage, error))
    }
}

struct Answer {
    report: AgingReport,
    managers: Managers,
    point: Viewpoint,
}

impl Answer {
    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::programs("manager"),
            Column::programs("currency"),
            Column::programs("items"),
        ];
        let labels = self.report.labels.iter();
        columns.extend(labels.map(|label| Column::number(label, label.replace('_', " "))));
        columns.extend([
            Column::number("total", "total"),
            Column::programs("disputed"),
            Column::programs("unapplied"),
            Column::programs("overdue"),
            Column::number("oldest_days", "oldest"),
        ]);
        columns
    }

    fn row(&self, line: &AgingLine) -> Vec<Cell> {
        let account = line.account.map(|account| account.to_string());
        let mut row = vec![
            Cell::maybe(account),
            Cell::text(line.name.as_str()),
            self.managers.cell(line.manager),
            Cell::text(line.currency.to_string()),
            Cell::count(line.items),
        ];
        row.extend(line.buckets.iter().map(|sum| {
            let cell = Cell::amount(sum);
            if sum.micro == 0 { Cell { text: "-".to_owned(), ..cell } } else { cell }
        }));
        row.extend([
            Cell::amount(&line.total),
            Cell::amount(&line.disputed),
            Cell::amount(&line.unapplied),
            Cell::amount(&line.overdue),
            match line.oldest_days {
                // For people: nothing is past due.
                Some(days @ ..=0) => Cell::of("", days),
                days => Cell::number(days),
            },
        ]);
        row
    }

    fn remarks(&self, total: &AgingLine) -> String {
        // What is disputed is in the buckets, and not in what can be collected.
        let mut parts = vec![format!("{} past due and undisputed", money(total.overdue))];
        if total.disputed.micro != 0 {
            parts.push(format!("{} disputed", money(total.disputed)));
        }
        if total.unapplied.micro != 0 {
            parts.push(format!("{} of credits unused", money(total.unapplied)));
        }
        parts.join(", ")
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = to_json(&self.report);
        if let Value::Object(fields) = &mut document {
            fields.insert("lines".to_owned(), self.lines().into());
        }
        self.point.stamp(document)
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.report.lines.iter();
        lines.map(|line| self.managers.named(to_json(line))).collect()
    }

    fn sheet(&self) -> Sheet {
        Sheet::new(self.columns()).with(self.report.lines.iter().map(|line| self.row(line)))
    }

    fn page(&self) -> Page {
        let basis = match self.report.basis {
            AgeBasis::DueDate => "days past due",
            AgeBasis::DocumentDate => "days since the document",
        };
        let page =
            Page::titled("Receivables by age", format!("{}, in {basis}", self.point.words()));
        if self.report.totals.is_empty() {
            return page.gap().line("Nothing is open.");
        }
        self.report.totals.iter().fold(page, |page, total| {
            let lines = self.report.lines.iter().filter(|line| line.currency == total.currency);
            let mut sheet = Sheet::new(self.columns()).with(lines.map(|line| self.row(line)));
            sheet.totals.push(self.row(total));
            page.gap()
                .toned(Tone::Strong, total.currency.to_string())
                .sheet(sheet)
                .toned(Tone::Faint, self.remarks(total))
        })
    }
}
