//! `relatum account merge` and `split`: two accounts are the same client, or are not after all.

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::AccountId;
use relatum::domain::event::account::{AccountsMerged, AccountsSplit};
use relatum::{Engine, MergedAccount, Recorded};
use serde_json::{Value, json};

use crate::book;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, json as to_json};
use crate::people;
use crate::session::Session;
use crate::viewpoint::today;

/// Tell that two accounts are the same client: both are answered as the first one from now on
///
/// What was told of either counts as told of the one that is kept, in every report, of every day.
/// That one keeps its name, class, manager, parent and credit limits; where it has none, the
/// other's hold. Nothing is rewritten: `relatum account split` takes it back, and a question with
/// `--known-at` from before is answered as it was. `relatum account duplicates` proposes pairs.
#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The account that goes on: an id, an external id as system:id, or the (beginning of the) name
    #[arg(value_name = "KEEP")]
    keep: String,
    /// The account that is the same client
    #[arg(value_name = "OTHER")]
    other: String,
    #[command(flatten)]
    told: Why,
}

/// Take back a merge: the account is a client of its own again
///
/// What is asked from now on is answered as if the two had never been merged. The log keeps both.
#[derive(Debug, Args)]
pub(crate) struct Split {
    /// The account that was merged into another: an id, an external id as system:id, or the
    /// (beginning of the) name that it had
    #[arg(value_name = "OTHER")]
    other: String,
    #[command(flatten)]
    told: Why,
}

/// Why something is told, and who does.
#[derive(Debug, Args)]
struct Why {
    /// Why: it stays in the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Who tells it: a manager's id, code or name; the program unless said otherwise
    #[arg(long, value_name = "MANAGER")]
    by: Option<String>,
}

fn opened(session: &Session) -> Result<Engine, Failure> {
    let engine = session.read()?;
    book::catch_up(&engine)?;
    Ok(engine)
}

impl Merge {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = opened(session)?;
        let latest = engine.as_of(NaiveDate::MAX);
        let managers = session.managers(&engine, &engine.as_of(today()))?;
        let actor = managers.actor(self.told.by.as_deref())?;
        let kept = people::account(&latest, &self.keep)?;
        // By what was told of it alone: merged away already, it is not taken for another.
        let merged = people::account(&latest.clone().apart(), &self.other)?;
        let told = AccountsMerged { kept, merged, reason: self.told.reason };
        let recorded = engine.merge_accounts(today(), actor, told)?;
        let mut all = engine.as_of(NaiveDate::MAX).merged()?;
        all.retain(|it| it.account == merged);
        session.show(&Answer { told: Told::Merged(all), recorded })?;
        Ok(Exit::Done)
    }
}

impl Split {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let engine = opened(session)?;
        let latest = engine.as_of(NaiveDate::MAX);
        let managers = session.managers(&engine, &engine.as_of(today()))?;
        let actor = managers.actor(self.told.by.as_deref())?;
        let account = people::merged_account(&latest, &self.other)?;
        let was = latest.merged()?.into_iter().find(|it| it.account == account);
        let told = AccountsSplit { account, reason: self.told.reason };
        let recorded = engine.split_account(today(), actor, told)?;
        session.show(&Answer { told: Told::Split(account, was.map(Box::new)), recorded })?;
        Ok(Exit::Done)
    }
}

enum Told {
    Merged(Vec<MergedAccount>),
    Split(AccountId, Option<Box<MergedAccount>>),
}

struct Answer {
    told: Told,
    recorded: Recorded,
}

impl Answer {
    fn event(&self) -> Value {
        self.recorded.events.first().map_or(Value::Null, to_json)
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        match &self.told {
            Told::Merged(all) => all.first().map_or(Value::Null, to_json),
            Told::Split(account, was) => json!({
                "account": account,
                "name": was.as_ref().map(|it| &it.name),
                "split_from": was.as_ref().map(|it| it.kept),
                "event": self.event(),
            }),
        }
    }

    fn lines(&self) -> Vec<Value> {
        vec![self.document()]
    }

    fn sheet(&self) -> Sheet {
        let columns = ["account", "name", "into", "into_name", "event"];
        let columns = columns.into_iter().map(|name| Column::text(name, name)).collect();
        let event = self.event().as_str().unwrap_or_default().to_owned();
        let row = |account: AccountId, name: &str, into: String, into_name: &str| {
            vec![
                Cell::text(account.to_string()),
                Cell::text(name),
                Cell::text(into),
                Cell::text(into_name),
                Cell::text(event.as_str()),
            ]
        };
        Sheet::new(columns).with(match &self.told {
            Told::Merged(all) => all
                .iter()
                .map(|it| row(it.account, &it.name, it.into.to_string(), &it.into_name))
                .collect(),
            Told::Split(account, was) => {
                let name = was.as_ref().map_or("", |it| it.name.as_str());
                vec![row(*account, name, String::new(), "")]
            }
        })
    }

    fn page(&self) -> Page {
        match &self.told {
            Told::Merged(all) => all.iter().fold(Page::default(), |page, it| {
                let MergedAccount { account, name, into_name, .. } = it;
                page.line(format!("{name} is {into_name} from now on, in every answer."))
                    .line(format!("`relatum account split {account}` takes it back."))
            }),
            Told::Split(account, was) => {
                let name = was.as_ref().map_or_else(|| account.to_string(), |it| it.name.clone());
                let from = was.as_ref().map(|it| it.into_name.as_str()).unwrap_or_default();
                let page = format!("{name} is a client of its own again, apart from {from}.");
                Page::default().line(page)
            }
        }
    }
}
