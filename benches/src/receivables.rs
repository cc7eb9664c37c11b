//! Aging of a generated book of receivables beside DuckDB over the same documents and
//! applications, and what a collector asks of one account.
//!
//! The book has three currencies, payments in full and in part, credit notes, disputes and
//! payments that came back. DuckDB gets documents, settlements and disputes as Parquet, reads them
//! into tables of its own, and answers by the SQL in `benches/aging.sql`. Its answer must be ours,
//! to the cent.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use chrono::{Days, NaiveDate};
use relatum::domain::event::credit::{CreditLimitSet, ExposureKind};
use relatum::domain::event::document::{CreditNoteIssued, InvoiceIssued, ReceivableDocument};
use relatum::domain::event::settlement::{
    Application, ApplicationKind, DisputeOpened, PaymentReceived, Reversed, Reversible,
};
use relatum::domain::{
    AccountId, Actor, Currency, Derived, DisputeId, DocumentId, Event, EventBody, Money, PaymentId,
    Source,
};
use relatum::{AgingOptions, AgingReport, Engine, ExposureOptions, Fact};

use crate::Outcome;
use crate::python::Python;
use crate::rounds::{median, quantile, time_ratio};
use crate::table::{Figure, Table, time};

/// Documents of an account.
const EACH: u64 = 50;
/// Facts that are appended at once.
const BATCH: usize = 8_192;
/// The questions of one account that are asked of so many.
const ASKED: u64 = 1_000;

/// A row of what DuckDB reads.
struct Rows {
    documents: csv::Writer<std::fs::File>,
    settled: csv::Writer<std::fs::File>,
    disputes: csv::Writer<std::fs::File>,
}

/// Random numbers of one seed: splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

struct Generator<'a> {
    engine: &'a Engine,
    rows: Rows,
    dice: Dice,
    facts: Vec<Fact>,
    told: u64,
}

/// The first day of the book.
fn first() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 1).unwrap_or_default()
}

/// The last day of the book.
fn last() -> NaiveDate {
    first() + Days::new(4 * 365)
}

fn currency(account: u64) -> Outcome<Currency> {
    Ok(match account % 10 {
        0..=6 => "EUR",
        7..=8 => "USD",
        _ => "GBP",
    }
    .parse()?)
}

impl Generator<'_> {
    fn tell(&mut self, account: AccountId, day: NaiveDate, body: EventBody) -> Outcome<()> {
        self.told += 1;
        let source = Source::new("bench", self.told.to_string());
        self.facts.push(Fact::new(account, Event::new(day, Actor::system("bench"), source, body)));
        if self.facts.len() >= BATCH {
            self.engine.append(std::mem::take(&mut self.facts))?;
        }
        Ok(())
    }

    fn settle(&mut self, item: &str, minor: i64, day: NaiveDate, until: &str) -> Outcome<()> {
        let (minor, day) = (minor.to_string(), day.to_string());
        Ok(self.rows.settled.write_record([item, &minor, &day, until])?)
    }

    fn account(&mut self, number: u64) -> Outcome<()> {
        let (account, currency) =
            (AccountId::derived("bench", &number.to_string()), currency(number)?);
        let limit = CreditLimitSet {
            kind: ExposureKind::Total,
            limit: Some(Money::new(100_000_000, currency)),
            until: None,
            reason: None,
        };
        self.tell(account, first(), limit.into())?;
        for at in 0..EACH {
            self.document(account, currency, number * EACH + at)?;
        }
        Ok(())
    }

    fn document(&mut self, account: AccountId, currency: Currency, number: u64) -> Outcome<()> {
        let name = number.to_string();
        let document = DocumentId::derived("bench", &name);
        let day = first() + Days::new(self.dice.roll(4 * 365 - 60));
        let due = day + Days::new(14 + self.dice.roll(47));
        let gross = 100 + i64::try_from(self.dice.roll(2_000_000))?;
        let paper = ReceivableDocument::new(document, &name, Money::new(gross, currency)).due(due);
        self.tell(account, day, InvoiceIssued(paper).into())?;
        let of = account.to_string();
        self.rows.documents.write_record([
            name.as_str(),
            &of,
            currency.code(),
            &day.to_string(),
            &due.to_string(),
            &gross.to_string(),
        ])?;
        match self.dice.roll(100) {
            // Paid in full, some twice over two days.
            0..=19 => self.paid(account, &name, gross, gross, day)?,
            // Paid in part: it stays open.
            20..=39 => {
                let part = 1 + i64::try_from(self.dice.roll(u64::try_from(gross - 1)?))?;
                self.paid(account, &name, gross, part, day)?;
            }
            40..=44 => self.credited(account, &name, gross, day)?,
            45..=46 => self.disputed(account, &name, gross, day)?,
            _ => {}
        }
        Ok(())
    }

    fn to(name: &str, amount: Money) -> Application {
        Application {
            document: DocumentId::derived("bench", name),
            installment: None,
            account: None,
            amount,
            paid: None,
            rate: None,
            kind: ApplicationKind::Payment,
            day: None,
        }
    }

    fn paid(
        &mut self,
        account: AccountId,
        name: &str,
        gross: i64,
        minor: i64,
        issued: NaiveDate,
    ) -> Outcome<()> {
        let number: u64 = name.parse()?;
        let currency = currency(number / EACH)?;
        let day = issued + Days::new(5 + self.dice.roll(55));
        // One in ten pays a little more than it settles.
        let more = if self.dice.roll(10) == 0 { 1 + gross / 10 } else { 0 };
        let payment = PaymentId::derived("bench", name);
        let money = |minor| Money::new(minor, currency);
        let received = PaymentReceived {
            applications: vec![Self::to(name, money(minor))],
            ..PaymentReceived::new(payment, money(minor + more))
        };
        self.tell(account, day, received.into())?;
        // One in twenty bounces.
        let back = (self.dice.roll(20) == 0).then(|| day + Days::new(10));
        let until = back.map(|day| day.to_string()).unwrap_or_default();
        if let Some(day) = back {
            let what = Reversible::Payment(payment);
            self.tell(account, day, Reversed { what, reason: "bounced".to_owned() }.into())?;
        }
        self.settle(name, minor, day, &until)?;
        if more > 0 {
            let credit = format!("P{name}");
            self.rows.documents.write_record([
                credit.as_str(),
                &account.to_string(),
                currency.code(),
                &day.to_string(),
                &day.to_string(),
                &(-more).to_string(),
            ])?;
            if let Some(back) = back {
                self.settle(&credit, -more, back, "")?;
            }
        }
        Ok(())
    }

    fn credited(
        &mut self,
        account: AccountId,
        name: &str,
        gross: i64,
        issued: NaiveDate,
    ) -> Outcome<()> {
        let number: u64 = name.parse()?;
        let amount = Money::new((gross / 3).max(1), currency(number / EACH)?);
        let day = issued + Days::new(self.dice.roll(40));
        let credit = format!("C{name}");
        let paper = ReceivableDocument::new(DocumentId::derived("bench", &credit), &credit, amount);
        let applications = vec![Self::to(name, amount)];
        let note = CreditNoteIssued { document: paper, against: None, applications, reason: None };
        self.tell(account, day, note.into())?;
        self.settle(name, amount.minor, day, "")
    }

    fn disputed(
        &mut self,
        account: AccountId,
        name: &str,
        gross: i64,
        issued: NaiveDate,
    ) -> Outcome<()> {
        let number: u64 = name.parse()?;
        let amount = Money::new((gross / 2).max(1), currency(number / EACH)?);
        let day = issued + Days::new(self.dice.roll(40));
        let dispute = DisputeOpened {
            dispute: DisputeId::derived("bench", name),
            document: DocumentId::derived("bench", name),
            installment: None,
            amount: Some(amount),
            reason: Some("price".to_owned()),
            owner: None,
        };
        self.tell(account, day, dispute.into())?;
        let (minor, day) = (amount.minor.to_string(), day.to_string());
        Ok(self.rows.disputes.write_record([name, &minor, &day])?)
    }
}

/// A book of so many invoices, and the rows of it in `folder`.
fn book(invoices: u64, folder: &Path) -> Outcome<(Engine, u64)> {
    let store = folder.join("store");
    let engine = Engine::builder().create(true).live_events(u64::MAX).open(store)?;
    let writer = |name: &str, header: &[&str]| -> Outcome<_> {
        let mut writer = csv::Writer::from_path(folder.join(name))?;
        writer.write_record(header)?;
        Ok(writer)
    };
    let rows = Rows {
        documents: writer(
            "documents.csv",
            &["item", "account", "currency", "day", "due", "amount"],
        )?,
        settled: writer("settled.csv", &["item", "amount", "day", "until"])?,
        disputes: writer("disputes.csv", &["item", "amount", "day"])?,
    };
    let (dice, facts) = (Dice(7), Vec::new());
    let mut generator = Generator { engine: &engine, rows, dice, facts, told: 0 };
    for account in 0..invoices.div_ceil(EACH) {
        generator.account(account)?;
    }
    let told = generator.told;
    let Generator { rows: Rows { mut documents, mut settled, mut disputes }, facts, .. } =
        generator;
    engine.append(facts)?;
    documents.flush()?;
    settled.flush()?;
    disputes.flush()?;
    engine.catch_up(|_, _| {})?;
    Ok((engine, told))
}

/// Seconds of one query, over tables in memory or over Parquet.
fn seconds(duck: &mut Python, what: &str, day: NaiveDate) -> Outcome<f64> {
    Ok(duck.ask(&format!("{what} {day}"))?.parse()?)
}

/// Account and currency; items, the buckets, total, disputed, unapplied.
type Lines = BTreeMap<(String, String), Vec<i128>>;

fn ours(report: &AgingReport) -> Lines {
    let line = |it: &relatum::AgingLine| {
        let account = it.account.map(|it| it.to_string()).unwrap_or_default();
        let mut figures = vec![i128::from(it.items)];
        let sums = it.buckets.iter().chain([&it.total, &it.disputed, &it.unapplied]);
        figures.extend(sums.map(|sum| sum.micro / 10_000));
        ((account, it.currency.to_string()), figures)
    };
    report.lines.iter().map(line).collect()
}

fn theirs(folder: &Path) -> Outcome<Lines> {
    let mut lines = Lines::new();
    for row in csv::Reader::from_path(folder.join("aging.csv"))?.records() {
        let row = row?;
        let figures: Result<Vec<i128>, _> = row.iter().skip(2).map(str::parse).collect();
        let field = |at: usize| row.get(at).unwrap_or_default().to_owned();
        lines.insert((field(0), field(1)), figures?);
    }
    Ok(lines)
}

/// Aging of a book of so many invoices, four out of five of them open.
pub(crate) fn measure<W: Write>(invoices: u64, rounds: usize, table: &mut Table<W>) -> Outcome<()> {
    let folder = crate::books::folder()?;
    let (engine, events) = book(invoices, folder.path())?;
    let options = AgingOptions::default();
    let report = engine.as_of(last()).aging(&options)?;
    let items: u64 = report.totals.iter().map(|it| it.items).sum();
    let what = format!("aging of {items} open items of {invoices} invoices, {events} events");
    let Some(mut duck) = Python::open("aging.py", [folder.path()])? else {
        writeln!(std::io::stderr(), "NOT compared: no Python with duckdb (RELATUM_PYTHON)")?;
        return Ok(());
    };
    let days: Vec<NaiveDate> = (0..rounds as u64).map(|at| last() - Days::new(at * 37)).collect();
    for day in days.iter().take(3) {
        seconds(&mut duck, "keep", *day)?;
        let (ours, theirs) = (ours(&engine.as_of(*day).aging(&options)?), theirs(folder.path())?);
        if ours != theirs {
            return Err(differs(&ours, &theirs, *day).into());
        }
    }
    let (mut own, mut in_memory, mut parquet) = (Vec::new(), Vec::new(), Vec::new());
    for day in &days {
        let begun = Instant::now();
        let report = engine.as_of(*day).aging(&options)?;
        own.push(begun.elapsed().as_secs_f64());
        drop(report);
        in_memory.push(seconds(&mut duck, "tables", *day)?);
        parquet.push(seconds(&mut duck, "parquet", *day)?);
    }
    for (yardstick, theirs) in [
        ("DuckDB, the same SQL over its tables in memory", &in_memory),
        ("DuckDB, the same over Parquet", &parquet),
    ] {
        table.line(&Figure {
            what: &what,
            value: time(median(&own)),
            yardstick,
            yardstick_value: time(median(theirs)),
            ratio: Some(time_ratio(&own, theirs)),
        })?;
    }
    let mut changed = Vec::new();
    for day in days.iter().take(5) {
        let (before, after) = (engine.as_of(*day - Days::new(31)), engine.as_of(*day));
        let begun = Instant::now();
        std::hint::black_box(after.changes_since(&before, &options)?);
        changed.push(begun.elapsed().as_secs_f64());
    }
    table.line(&Figure {
        what: &format!("what changed in a month in {what}"),
        value: time(median(&changed)),
        yardstick: "the aging itself",
        yardstick_value: time(median(&own)),
        ratio: Some(time_ratio(&changed, &own)),
    })?;
    memory(&what, table)?;
    interactive(&engine, invoices.div_ceil(EACH), table)
}

fn differs(ours: &Lines, theirs: &Lines, day: NaiveDate) -> String {
    let key = ours.iter().find(|(key, figures)| theirs.get(*key) != Some(figures));
    let key = key.map(|(key, _)| key).or_else(|| theirs.keys().find(|it| !ours.contains_key(*it)));
    let of = |lines: &Lines| key.and_then(|key| lines.get(key).cloned());
    format!("as of {day} {key:?} is {:?} here and {:?} there", of(ours), of(theirs))
}

fn memory<W: Write>(what: &str, table: &mut Table<W>) -> Outcome<()> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    table.line(&Figure {
        what: &format!("memory resident after {what}"),
        value: kilobytes.map_or_else(|| "?".to_owned(), |it| format!("{} MB", it / 1_024)),
        yardstick: "none",
        yardstick_value: String::new(),
        ratio: None,
    })
}

/// What is asked of an account; how many lines it has.
type Question<'a> = &'a dyn Fn(AccountId) -> Outcome<usize>;

/// What a collector asks of one account, warm.
fn interactive<W: Write>(engine: &Engine, accounts: u64, table: &mut Table<W>) -> Outcome<()> {
    let book = engine.as_of(last());
    let accounts: Vec<AccountId> =
        (0..ASKED.min(accounts)).map(|at| AccountId::derived("bench", &at.to_string())).collect();
    let from = last() - Days::new(365);
    let aging = |account| -> Outcome<usize> {
        let options = AgingOptions { account: Some(account), ..AgingOptions::default() };
        Ok(book.aging(&options)?.lines.len())
    };
    let statement = |account| -> Outcome<usize> { Ok(book.statement(account, from)?.len()) };
    let credit = |account| -> Outcome<usize> {
        let options = ExposureOptions { account: Some(account), ..ExposureOptions::default() };
        Ok(book.credit(&options)?.len())
    };
    let questions: [(&str, Question<'_>); 3] =
        [("aging", &aging), ("statement", &statement), ("credit check", &credit)];
    for (what, question) in questions {
        let mut times = Vec::new();
        for account in accounts.iter().chain(&accounts) {
            let begun = Instant::now();
            let found = question(*account)?;
            times.push(begun.elapsed().as_secs_f64());
            if found == 0 {
                return Err(format!("{what} of {account} says nothing").into());
            }
        }
        let warm = times.split_off(accounts.len());
        table.line(&Figure {
            what: &format!("{what} of one account, warm, p50"),
            value: time(median(&warm)),
            yardstick: "p99",
            yardstick_value: time(quantile(&warm, 0.99)),
            ratio: None,
        })?;
    }
    Ok(())
}
