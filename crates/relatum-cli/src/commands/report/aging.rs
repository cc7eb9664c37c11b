//! `relatum report aging`: what is owed, by age.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use relatum::domain::event::policy::AgeBasis;
use relatum::domain::receivables::Buckets;
use relatum::domain::{AccountId, Currency, Rate};
use relatum::{AgingLine, AgingOptions, AgingReport, AsOf, CellKey, InBase, ItemFigures, Lines};
use serde_json::Value;

use super::{figures, items};
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
    /// What the lines are
    #[arg(long, value_name = "LINES", default_value = "account")]
    lines: By,
    /// Only this account and those that belong to it in the end
    #[arg(long, value_name = "ACCOUNT")]
    group: Option<String>,
    /// In the base currency, at documents' own rates with the revaluations in force; what has no
    /// rate stays in its own
    #[arg(long)]
    in_base: bool,
    /// In the base currency at this rate on the day, such as USD=0.92, and without revaluations;
    /// may be repeated
    #[arg(long, value_name = "CODE=RATE", conflicts_with = "in_base")]
    #[arg(value_parser = values::closing_rate)]
    closing: Vec<(Currency, Rate)>,
    /// List the open items instead
    #[arg(long)]
    items: bool,
    /// Show the events behind one figure: the key of a line (--json), / and a column, such as
    /// total/EUR/overdue
    #[arg(long, value_name = "CELL")]
    explain: Option<CellKey>,
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

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Accounts
    Account,
    /// Managers
    Manager,
    /// Market segments
    Segment,
    /// The accounts to which others belong in the end, with these
    Group,
}

impl Aging {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let buckets = self.own_buckets()?;
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        let account = self.account.map(|text| people::account(&book, &text)).transpose()?;
        let manager = self.manager.map(|text| managers.find(&text)).transpose()?;
        let heading = match self.lines {
            By::Account => "account",
            By::Manager => "manager",
            By::Segment => "segment",
            By::Group => "group",
        };
        let (lines, among) = lines(&book, self.lines, self.group.as_deref())?;
        let in_base = match (self.in_base, self.closing.is_empty()) {
            (true, _) => Some(InBase::DocumentRates),
            (false, false) => Some(InBase::ClosingRates(self.closing.into_iter().collect())),
            (false, true) => None,
        };
        let rates = in_base.as_ref().map(rates);
        if in_base.is_some() && book.policies()?.base_currency(&book.view()).rule.is_none() {
            let message = "no policy names a base currency on that day";
            let hint = "set one: an event policy_set of the tenant with base_currency";
            return Err(Failure::new(Exit::Refused, message).hint(hint));
        }
        let currency = self.currency;
        let options = AgingOptions { buckets, account, manager, currency, lines, among, in_base };
        let (from, cell) = ((&book, &point, &managers), self.explain.as_ref());
        let is_answered = match self.items {
            true => figures::answered(session, from, cell, &ItemFigures(options.clone()))?,
            false => figures::answered(session, from, cell, &options)?,
        };
        if is_answered {
            return Ok(Exit::Done);
        }
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
        session.show(&Answer { report, managers, point, lines: heading, rates })?;
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

/// What the lines are, and to which accounts the report is narrowed.
fn lines(
    book: &AsOf,
    by: By,
    group: Option<&str>,
) -> Result<(Lines, Option<BTreeSet<AccountId>>), Failure> {
    let tops = match (by, group) {
        (By::Group, _) | (_, Some(_)) => book.groups()?,
        _ => BTreeMap::new(),
    };
    let among = match group {
        None => None,
        Some(text) => {
            let top = people::account(book, text)?;
            let members = tops.iter().filter(|(_, its)| **its == top).map(|(member, _)| *member);
            Some(members.chain([top]).collect())
        }
    };
    let lines = match by {
        By::Account => Lines::Accounts,
        By::Manager => Lines::Managers,
        By::Segment => Lines::Segments,
        By::Group => Lines::Groups(tops),
    };
    Ok((lines, among))
}

/// How amounts come into the base currency, in words.
fn rates(in_base: &InBase) -> String {
    match in_base {
        InBase::DocumentRates => "at documents' rates, with revaluations".to_owned(),
        InBase::ClosingRates(rates) => {
            let rates: Vec<String> =
                rates.iter().map(|(currency, rate)| format!("{currency}={rate}")).collect();
            format!("at closing rates {}, without revaluations", rates.join(", "))
        }
    }
}

struct Answer {
    report: AgingReport,
    managers: Managers,
    point: Viewpoint,
    /// What the lines are, in one word.
    lines: &'static str,
    /// How amounts came into the base currency, in words.
    rates: Option<String>,
}

impl Answer {
    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::programs("key"),
            Column::programs("account"),
            Column::text("name", self.lines),
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
            Column::programs("collectable"),
            Column::programs("revalued"),
            Column::number("oldest_days", "oldest"),
        ]);
        columns
    }

    fn row(&self, line: &AgingLine) -> Vec<Cell> {
        let account = line.account.map(|account| account.to_string());
        let name = match (&line.account, line.manager) {
            (None, Some(manager)) => self.managers.name(manager),
            _ => line.name.clone(),
        };
        let mut row = vec![
            Cell::text(line.key.as_str()),
            Cell::maybe(account),
            Cell::text(name),
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
            Cell::amount(&line.collectable),
            Cell::amount(&line.revalued),
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
        if total.revalued.micro != 0 {
            parts.push(format!("{} of revaluations", money(total.revalued)));
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
            fields.insert("rates".to_owned(), self.rates.clone().into());
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
        let rates = self.rates.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
        let about = format!("{}, in {basis}{rates}", self.point.words());
        let page = Page::titled("Receivables by age", about);
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
