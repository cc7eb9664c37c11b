//! `relatum demo`: an invented book, and what is to be done in it today.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::event::organisation::QuotaKind;
use relatum::log::{ByteSize, Cursor, ManualClock, MemoryLog};
use relatum::{
    AgingOptions, AgingReport, Appended, Copying, Engine, EngineBuilder, Error, Fact, NotCopied,
    QuotaLine, QuotaOptions, QuotaOwner, QuotaReport, Worklist,
};
use relatum_demo::Options;
use serde_json::{Value, json};

use super::report::{per_cent, quota};
use super::worklist;
use crate::book::{self, DEMO};
use crate::failure::{Exit, Failure};
use crate::output::{Page, Sheet, Shown, Tone, grouped, json as to_json};
use crate::people::Managers;
use crate::progress::Progress;
use crate::session::Session;
use crate::values;
use crate::viewpoint::{Viewpoint, today};

/// How many items of each manager the first look shows.
const TOP: usize = 3;

/// Make an example book and show what is to be done in it today
///
/// The book is invented, and the same for the same seed and day. It goes to ./relatum-demo, or
/// where --store says. A store that holds something already is left as it is.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// What the invention depends on
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// How many accounts the book has
    #[arg(long, value_name = "N", default_value_t = 40)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    accounts: u32,
    /// The day on which the book is read; today unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    today: Option<NaiveDate>,
}

impl Demo {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let store = session.named_store().unwrap_or_else(|| PathBuf::from(DEMO));
        let day = self.today.unwrap_or_else(today);
        let builder = session.builder()?.create(true);
        let mut engine = book::open(builder.clone(), &store)?;
        let made = engine.head()?.is_empty();
        if made {
            let keys = session.keys_of(&store);
            self.fill(&engine, builder.clone().keys(keys), day)?;
            // The first handle does not know the keys that were made meanwhile.
            drop(engine);
            engine = book::open(builder, &store)?;
            book::checkpoint(&engine)?;
        } else {
            book::catch_up(&engine)?;
        }
        let answer = Answer::of(session, &engine, store, (day, made))?;
        session.show(&answer)?;
        Ok(Exit::Done)
    }

    /// Records the facts in memory, each when it says that it was recorded, and copies the log:
    /// thousands of commits one after the other would be as many syncs.
    fn fill(&self, engine: &Engine, builder: EngineBuilder, day: NaiveDate) -> Result<(), Failure> {
        let clock = ManualClock::at(chrono::DateTime::UNIX_EPOCH);
        let log = Arc::new(MemoryLog::new(clock.clone()));
        let memory = builder.over(log)?;
        let facts = relatum_demo::book(&Options::new(self.seed, day).accounts(self.accounts));
        let bar = Progress::of_count("inventing a book");
        let all = facts.len() as u64;
        let mut done = 0;
        // Facts of one instant are one commit: what must not be torn apart is not.
        for facts in facts.chunk_by(|left, right| left.recorded_at == right.recorded_at) {
            if let Some(first) = facts.first() {
                clock.set(first.recorded_at);
            }
            done += facts.len() as u64;
            bar.set(done, all);
            let facts = facts.iter().map(|it| Fact::new(it.stream, it.event.clone()));
            for outcome in memory.append(facts.collect())? {
                if let Appended::Refused(error) = outcome {
                    return Err(error.into());
                }
            }
        }
        let mut copying = Copying::into(engine);
        let wrong = |error: NotCopied| Failure::from(error.source);
        let mut cursor = Cursor::start();
        loop {
            let block = memory.log().read(cursor, ByteSize::mib(1)).wait().map_err(Error::from)?;
            if block.commits.is_empty() {
                return copying.finish().map_err(wrong);
            }
            for commit in block.commits {
                copying.send(commit.position.seq.0, commit.bytes.as_slice()).map_err(wrong)?;
            }
            cursor = block.next;
        }
    }
}

struct Answer {
    store: PathBuf,
    made: bool,
    point: Viewpoint,
    managers: Managers,
    events: u64,
    accounts: usize,
    closed: usize,
    list: Worklist,
    aging: AgingReport,
    quota: QuotaReport,
}

impl Answer {
    fn of(
        session: &Session,
        engine: &Engine,
        store: PathBuf,
        (day, made): (NaiveDate, bool),
    ) -> Result<Self, Failure> {
        let book = engine.as_of(day);
        let mut accounts = book.accounts()?;
        accounts.retain(|(_, it)| !it.unassigned);
        Ok(Self {
            store,
            made,
            point: Viewpoint::of_day(day),
            managers: session.managers(engine, &book)?,
            events: engine.head()?.events(),
            accounts: accounts.len(),
            closed: accounts.iter().filter(|(_, it)| it.closed).count(),
            list: book.worklist(None)?,
            aging: book.aging(&AgingOptions::default())?,
            quota: book.quota(&QuotaOptions::default())?,
        })
    }

    /// What is asked of managers' sales in the period that runs.
    fn running(&self) -> impl Iterator<Item = &QuotaLine> {
        let day = self.point.day;
        let lines = self.quota.lines.iter().filter(|line| line.kind == QuotaKind::SalesVolume);
        lines.filter(move |line| (line.from..=line.to).contains(&day))
    }

    fn opening(&self) -> Page {
        let (store, events) = (self.store.display(), grouped(&self.events.to_string()));
        let about = if self.made {
            format!(
                "An invented book of {} accounts with {} events is in {store}.",
                self.accounts, events
            )
        } else {
            format!("{store} holds a book already, with {events} events; nothing was added to it.")
        };
        Page::default().line(about)
    }

    fn list_page(&self) -> Page {
        let heading = format!("Call or visit on {}", self.point.day.format("%A, %Y-%m-%d"));
        let count = worklist::accounts(self.list.items.len());
        let about = format!(" · {count}, the top {TOP} of each manager");
        let page =
            Page::default().gap().pieces(0, vec![(Tone::Strong, heading), (Tone::Faint, about)]);
        let groups = worklist::groups(&self.list.items, &self.managers);
        let groups = groups.iter().map(|(manager, items)| {
            let title = worklist::title(*manager, &self.managers);
            let page = Page::default().gap().pieces(0, title);
            let shown = items.iter().take(TOP).map(|item| worklist::entry(item));
            let page = shown.fold(page, Page::then);
            match items.len().saturating_sub(TOP) {
                0 => page,
                more => page.toned(Tone::Faint, format!("          and {more} more")),
            }
        });
        groups.fold(page, Page::then)
    }

    fn totals(&self) -> Page {
        let totals = &self.aging.totals;
        let rows = totals.iter().map(|total| {
            let overdue = grouped(&total.overdue.number());
            [grouped(&total.total.number()), total.currency.to_string(), overdue]
        });
        let open = aligned(rows.collect(), |[open, currency, overdue]| {
            format!("{open} {currency}, of which {overdue} overdue")
        });
        let rows = self.running().map(|line| {
            let attained = line.attainment_bp.map_or_else(|| "-".to_owned(), per_cent);
            let quota = grouped(&line.quota.number());
            [attained, grouped(&line.attained.number()), quota]
        });
        let lines: Vec<&QuotaLine> = self.running().collect();
        let mut quotas = aligned(rows.collect(), |[attained, sales, quota]| {
            format!("{attained}  {sales} of {quota}")
        });
        for (text, line) in quotas.iter_mut().zip(&lines) {
            let owner = match line.owner {
                QuotaOwner::Manager(manager) => self.managers.full(manager),
                QuotaOwner::Team(_) => quota::owner(line, &self.managers),
            };
            *text = format!("{text} {}  {owner}", line.quota.currency);
        }
        if let Some(first) = lines.first() {
            let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() + 1;
            let over = 100 * days(first.from, self.point.day) / days(first.from, first.to).max(1);
            let period = format!("{} to {}, {over} % of its days gone", first.from, first.to);
            quotas.insert(0, period);
        }
        let accounts = match self.closed {
            0 => self.accounts.to_string(),
            closed => format!("{}, of which {closed} closed", self.accounts),
        };
        let mut facts = vec![("accounts", accounts)];
        for (label, texts) in [("open", open), ("quotas", quotas)] {
            let labels = std::iter::once(label).chain(std::iter::repeat(""));
            facts.extend(labels.zip(texts));
        }
        Page::default().gap().toned(Tone::Strong, "The book").facts(2, facts)
    }

    fn next(&self) -> Page {
        let manager = self.list.items.iter().find_map(|item| item.manager);
        let manager = manager.map(|id| self.managers.argument(id)).unwrap_or_default();
        let account = self.list.items.first().map(|item| item.name.clone()).unwrap_or_default();
        let before = self.point.day - chrono::TimeDelta::days(90);
        let commands = [
            (format!("relatum week --manager {manager}"), "one manager's whole week"),
            (format!("relatum account show \"{account}\""), "who they are, what is open"),
            (format!("relatum account history \"{account}\""), "everything that happened"),
            ("relatum report aging".to_owned(), "what is owed, by age"),
            ("relatum report churn --state alert".to_owned(), "who may be leaving, and why"),
            ("relatum report pay".to_owned(), "what managers are paid so far"),
            (
                format!("relatum report aging --as-of {before} --known-at {before}"),
                "the same, as it stood then",
            ),
        ];
        let widest = commands.iter().map(|(command, _)| command.chars().count()).max();
        let widest = widest.unwrap_or(0);
        let mut page = Page::default().gap().toned(Tone::Strong, "Try next");
        // Called by a path, the program is not found by its name.
        let called = std::env::args_os().next().map(PathBuf::from);
        if let Some(path) = called.filter(|path| path.components().count() > 1) {
            page = page.line(format!("  alias relatum={}", shell(&path)));
        }
        let page = page.line(format!("  export RELATUM_STORE={}", shell(&self.store)));
        commands.iter().fold(page, |page, (command, what)| {
            let command = format!("  {command:<widest$}  ");
            page.pieces(4, vec![(Tone::Plain, command), (Tone::Faint, (*what).to_owned())])
        })
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let quotas: Vec<Value> =
            self.running().map(|line| self.managers.named(to_json(line))).collect();
        self.point.stamp(json!({
            "store": self.store,
            "made": self.made,
            "events": self.events,
            "accounts": self.accounts,
            "closed_accounts": self.closed,
            "items": self.lines(),
            "receivables": self.aging.totals,
            "quotas": quotas,
        }))
    }

    fn sheet(&self) -> Sheet {
        worklist::sheet(&self.list, &self.managers)
    }

    fn lines(&self) -> Vec<Value> {
        worklist::lines(&self.list, &self.managers)
    }

    fn page(&self) -> Page {
        self.opening().then(self.list_page()).then(self.totals()).then(self.next())
    }
}

/// Rows of three texts, each lined up on the right, put into a sentence.
fn aligned(rows: Vec<[String; 3]>, sentence: impl Fn([String; 3]) -> String) -> Vec<String> {
    let mut widths = [0; 3];
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = text.chars().count().max(*width);
        }
    }
    let padded = rows.into_iter().map(|mut row| {
        for (width, text) in widths.iter().zip(&mut row) {
            *text = format!("{text:>width$}");
        }
        sentence(row)
    });
    padded.collect()
}

/// A path as a shell reads it.
fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
