//! `relatum account statement`: a period of one account, and how the client's own list differs.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::{Currency, Money};
use relatum::{Difference, Statement, StatementLine, Sum, TheirItem};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Show a statement of account: opening balance, documents, closing balance, open items
///
/// Applications are references beside the documents and move nothing. With --reconcile the open
/// items are compared with the client's own list: a CSV file with the columns number and open, and
/// currency where there are several.
#[derive(Debug, Args)]
pub(crate) struct StatementOf {
    /// An id, an external id as system:id, or the (beginning of the) name
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The first day; a year before the last one unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    from: Option<NaiveDate>,
    /// The client's own list of open items, as CSV
    #[arg(long, value_name = "FILE")]
    reconcile: Option<PathBuf>,
    #[command(flatten)]
    view: ViewArguments,
}

impl StatementOf {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, .. } = session.view(&self.view)?;
        let account = people::account(&book, &self.account)?;
        let name = book.account(account)?.name;
        let year = point.day.checked_sub_months(chrono::Months::new(12));
        let from = self.from.or(year).unwrap_or(point.day);
        let statements = book.statement(account, from)?;
        if let Some(wrong) = statements.iter().find(|it| !it.foots()) {
            let message = format!("the statement in {} does not add up", wrong.currency);
            let hint = "verify the store with `relatum log verify` and report this";
            return Err(Failure::new(Exit::Corrupt, message).hint(hint));
        }
        if let Some(path) = &self.reconcile {
            let currency = match statements.as_slice() {
                [one] => Some(one.currency),
                _ => None,
            };
            let theirs = read(path, currency)?;
            let differences = book.reconcile(account, from, &theirs)?;
            session.show(&Reconciled { name, differences, items: theirs.len(), point })?;
            return Ok(Exit::Done);
        }
        session.show(&Answer { name, statements, from, point })?;
        Ok(Exit::Done)
    }
}

/// The client's own list.
fn read(path: &Path, currency: Option<Currency>) -> Result<Vec<TheirItem>, Failure> {
    let shown = path.display();
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(|error| {
            Failure::new(Exit::Unavailable, format!("could not read {shown}: {error}"))
        })?;
    let wrong = |message: String| {
        Failure::new(Exit::Refused, format!("{shown}{message}"))
            .hint("write a line with the columns number,open or number,open,currency first")
    };
    let headers = reader.headers().map_err(|error| wrong(format!(": {error}")))?.clone();
    let place = |name: &str| headers.iter().position(|it| it.eq_ignore_ascii_case(name));
    let number = place("number").ok_or_else(|| wrong(": no column `number`".to_owned()))?;
    let open = place("open").ok_or_else(|| wrong(": no column `open`".to_owned()))?;
    let mut items = Vec::new();
    for (row, line) in reader.records().zip(2_u64..) {
        let row = row.map_err(|error| wrong(format!(": {error}")))?;
        let at = |column: usize| row.get(column).unwrap_or_default();
        let own = place("currency").map(at).filter(|it| !it.is_empty());
        let currency = match (own, currency) {
            (Some(code), _) => {
                code.parse().map_err(|error| wrong(format!(":{line}: column currency: {error}")))?
            }
            (None, Some(currency)) => currency,
            (None, None) => {
                return Err(wrong(format!(":{line}: column currency: `` says no currency")));
            }
        };
        let amount = Money::parse(at(open), currency)
            .map_err(|error| wrong(format!(":{line}: column open: {error}")))?;
        items.push(TheirItem { number: at(number).to_owned(), open: amount });
    }
    Ok(items)
}

struct Answer {
    name: String,
    statements: Vec<Statement>,
    from: NaiveDate,
    point: Viewpoint,
}

fn columns() -> Vec<Column> {
    vec![
        Column::programs("currency"),
        Column::text("day", "day"),
        Column::text("what", "what"),
        Column::text("number", "document"),
        Column::text("due", "due"),
        Column::number("amount", "amount"),
        Column::number("balance", "balance"),
        Column::text("applied", "settled with").wide(48),
        Column::programs("event"),
    ]
}

fn row(line: &StatementLine) -> Vec<Cell> {
    let applied: Vec<String> = line
        .applied
        .iter()
        .map(|(number, what, amount)| {
            format!("{} {} {}", what, number.as_deref().unwrap_or("-"), Sum::from(*amount).number())
        })
        .collect();
    vec![
        Cell::text(line.amount.currency.to_string()),
        Cell::day(line.day),
        Cell::text(line.what),
        Cell::maybe(line.number.as_deref()),
        line.due.map_or_else(Cell::none, Cell::day),
        Cell::amount(&Sum::from(line.amount)),
        Cell::amount(&Sum::from(line.balance)),
        Cell::text(applied.join("; ")).tone(Tone::Faint),
        Cell::of("", to_json(&line.event)),
    ]
}

fn balance(what: &str, day: NaiveDate, amount: Money) -> Vec<Cell> {
    let mut cells = vec![
        Cell::none(),
        Cell::day(day),
        Cell::text(what).tone(Tone::Strong),
        Cell::none(),
        Cell::none(),
        Cell::none(),
        Cell::amount(&Sum::from(amount)).tone(Tone::Strong),
    ];
    cells.extend([Cell::none(), Cell::none()]);
    cells
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let statements: Vec<Value> = self
            .statements
            .iter()
            .map(|it| {
                let lines = Sheet::new(columns()).with(it.lines.iter().map(row));
                let lines: Vec<Value> = lines.rows.iter().map(|row| object(row)).collect();
                let open: Vec<Value> = it
                    .open
                    .iter()
                    .map(|item| {
                        json!({
                            "number": item.number,
                            "installment": item.installment,
                            "due": item.due,
                            "days_past_due": (it.to - item.due).num_days(),
                            "open": Sum::from(item.open),
                            "disputed": Sum::from(item.disputed),
                        })
                    })
                    .collect();
                json!({
                    "account": it.account,
                    "currency": it.currency,
                    "opening": Sum::from(it.opening),
                    "lines": lines,
                    "closing": Sum::from(it.closing),
                    "open_items": open,
                })
            })
            .collect();
        self.point.stamp(json!({ "name": self.name, "from": self.from, "statements": statements }))
    }

    fn sheet(&self) -> Sheet {
        let lines = self.statements.iter().flat_map(|it| &it.lines);
        Sheet::new(columns()).with(lines.map(row))
    }

    fn page(&self) -> Page {
        let title = format!("Statement of account: {}", self.name);
        let about = format!("from {}, {}", self.from, self.point.words());
        let page = Page::titled(title, about);
        if self.statements.is_empty() {
            return page.gap().line("Nothing moved and nothing is open.");
        }
        self.statements.iter().fold(page, |page, it| {
            let mut rows = vec![balance("opening balance", it.from, it.opening)];
            rows.extend(it.lines.iter().map(row));
            rows.push(balance("closing balance", it.to, it.closing));
            let open = it.open.iter().map(|item| {
                let late = (it.to - item.due).num_days();
                vec![
                    Cell::maybe(item.number.as_deref()),
                    Cell::day(item.due),
                    Cell::number(Some(late)).tone(if late > 0 { Tone::Bad } else { Tone::Plain }),
                    Cell::amount(&Sum::from(item.open)),
                    Cell::amount(&Sum::from(item.disputed)),
                ]
            });
            let items = Sheet::new(vec![
                Column::text("number", "open item"),
                Column::text("due", "due"),
                Column::number("late", "days past due"),
                Column::number("open", "open"),
                Column::number("disputed", "disputed"),
            ])
            .with(open);
            page.gap()
                .toned(Tone::Strong, it.currency.to_string())
                .sheet(Sheet::new(columns()).with(rows))
                .gap()
                .sheet(items)
        })
    }
}

/// A line as programs read it.
fn object(row: &[Cell]) -> Value {
    let fields =
        columns().into_iter().zip(row).map(|(column, cell)| (column.key, cell.value.clone()));
    Value::Object(fields.collect())
}

struct Reconciled {
    name: String,
    differences: Vec<Difference>,
    items: usize,
    point: Viewpoint,
}

impl Shown for Reconciled {
    fn document(&self) -> Value {
        self.point.stamp(json!({
            "name": self.name,
            "their_items": self.items,
            "differences": self.lines(),
        }))
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("number", "document"),
            Column::text("currency", ""),
            Column::number("ours", "open here"),
            Column::number("theirs", "open there"),
            Column::text("what", "what differs"),
        ];
        let amount = |money: &Money| Cell::amount(&Sum::from(*money));
        let rows = self.differences.iter().map(|it| {
            let (number, currency, ours, theirs, what) = match it {
                Difference::Amount { number, ours, theirs } => {
                    let what = "other amounts".to_owned();
                    (Some(number.clone()), ours.currency, amount(ours), amount(theirs), what)
                }
                Difference::OnlyOurs { number, ours } => {
                    let what = "not on their list".to_owned();
                    (number.clone(), ours.currency, amount(ours), Cell::none(), what)
                }
                Difference::OnlyTheirs { number, theirs, here } => {
                    let what = format!("not open here: {here}");
                    (Some(number.clone()), theirs.currency, Cell::none(), amount(theirs), what)
                }
            };
            let currency = Cell::text(currency.to_string());
            vec![Cell::maybe(number), currency, ours, theirs, Cell::text(what).tone(Tone::Warning)]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let page = Page::titled(format!("Reconciliation: {}", self.name), self.point.words());
        match self.differences.len() {
            0 => page.gap().toned(Tone::Good, "Their list says what is open here."),
            count => {
                let sums = Sum::by_currency(self.differences.iter().map(|it| {
                    relatum::domain::Amount::Money(match it {
                        Difference::Amount { ours, theirs, .. } => {
                            Money::new(ours.minor.saturating_sub(theirs.minor), ours.currency)
                        }
                        Difference::OnlyOurs { ours, .. } => *ours,
                        Difference::OnlyTheirs { theirs, .. } => {
                            Money::new(theirs.minor.saturating_neg(), theirs.currency)
                        }
                    })
                }));
                let sums: Vec<String> = sums.into_iter().map(money).collect();
                let note = format!("{count} differences, {} more open here", sums.join(", "));
                page.gap().sheet(self.sheet()).note(note)
            }
        }
    }
}
