//! `relatum account list`: the accounts, with what is open and how they stand.

use std::collections::BTreeMap;

use clap::Args;
use relatum::domain::AccountId;
use relatum::{AccountProfile, AgingOptions, Signal, SignalState, Sum};
use serde_json::{Value, json};

use crate::commands::report::state_cell;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// List the accounts, with what is open and how they stand
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only this manager's: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    /// Only this class, such as A
    #[arg(long)]
    class: Option<String>,
    /// Only this market segment
    #[arg(long)]
    segment: Option<String>,
    /// Only this country
    #[arg(long)]
    country: Option<String>,
    /// Only prospects, or only clients
    #[arg(long, value_parser = ["prospect", "client"])]
    stage: Option<String>,
    /// Closed accounts too
    #[arg(long)]
    closed: bool,
    #[command(flatten)]
    view: ViewArguments,
}

impl List {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        let manager = self.manager.as_ref().map(|text| managers.find(text)).transpose()?;
        let mut open: BTreeMap<AccountId, (Vec<Sum>, Vec<Sum>)> = BTreeMap::new();
        for line in book.aging(&AgingOptions::default())?.lines {
            if let Some(account) = line.account {
                let (total, overdue) = open.entry(account).or_default();
                total.push(line.total);
                overdue.extend(Some(line.overdue).filter(|sum| sum.micro != 0));
            }
        }
        let worst = |told: &[Signal]| told.iter().map(|it| it.state).max();
        let told = book.own_signals(None)?.into_iter();
        let states: BTreeMap<AccountId, SignalState> =
            told.filter_map(|(account, told)| Some((account, worst(&told)?))).collect();
        let mut merged: BTreeMap<AccountId, Vec<AccountId>> = BTreeMap::new();
        for it in book.merged()? {
            merged.entry(it.into).or_default().push(it.account);
        }
        let mut rows: Vec<Row> = book
            .accounts()?
            .into_iter()
            .filter(|(_, profile)| self.takes(profile))
            .filter(|(_, profile)| manager.is_none_or(|only| profile.manager == Some(only)))
            .map(|(account, profile)| {
                let (open, overdue) = open.remove(&account).unwrap_or_default();
                let (state, merged) =
                    (states.get(&account).copied(), merged.remove(&account).unwrap_or_default());
                Row { account, profile, open, overdue, state, merged }
            })
            .collect();
        rows.sort_by(|left, right| {
            (&left.profile.name, left.account).cmp(&(&right.profile.name, right.account))
        });
        session.show(&Answer { rows, managers, point })?;
        Ok(Exit::Done)
    }

    fn takes(&self, profile: &AccountProfile) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
        };
        let stage = to_json(&profile.stage);
        (self.closed || !profile.closed)
            && same(&self.class, profile.class.as_deref())
            && same(&self.segment, profile.segment.as_deref())
            && same(&self.country, profile.country.as_deref())
            && same(&self.stage, stage.as_str())
    }
}

struct Row {
    account: AccountId,
    profile: AccountProfile,
    open: Vec<Sum>,
    overdue: Vec<Sum>,
    state: Option<SignalState>,
    /// The accounts that are the same client.
    merged: Vec<AccountId>,
}

struct Answer {
    rows: Vec<Row>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "accounts": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |row: &Row| {
            let mut line = to_json(&row.profile);
            if let Value::Object(fields) = &mut line {
                fields.remove("contacts");
                fields.insert("account".to_owned(), to_json(&row.account));
                fields.insert("open".to_owned(), to_json(&row.open));
                fields.insert("overdue".to_owned(), to_json(&row.overdue));
                fields.insert("state".to_owned(), to_json(&row.state));
                fields.insert("merged".to_owned(), to_json(&row.merged));
            }
            self.managers.named(line)
        };
        self.rows.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::text("class", "class"),
            Column::programs("segment"),
            Column::text("country", "country"),
            Column::text("stage", "stage"),
            Column::text("manager", "manager"),
            Column::programs("closed"),
            Column::number("open", "open"),
            Column::number("overdue", "overdue"),
            Column::text("state", "signals"),
            Column::programs("merged"),
        ];
        let row = |row: &Row| {
            let profile = &row.profile;
            let stage = to_json(&profile.stage);
            let name = Cell::text(profile.name.as_str());
            let merged: Vec<String> = row.merged.iter().map(ToString::to_string).collect();
            vec![
                Cell::text(row.account.to_string()),
                if profile.closed { name.tone(Tone::Faint) } else { name },
                Cell::maybe(profile.class.as_deref()),
                Cell::maybe(profile.segment.as_deref()),
                Cell::maybe(profile.country.as_deref()),
                Cell::maybe(stage.as_str()),
                self.managers.cell(profile.manager),
                Cell::of("", profile.closed),
                Cell::sums(&row.open),
                Cell::sums(&row.overdue).tone(Tone::Bad),
                state_cell(row.state),
                Cell::text(merged.join(" ")),
            ]
        };
        Sheet::new(columns).with(self.rows.iter().map(row))
    }

    fn page(&self) -> Page {
        let title = match self.rows.len() {
            1 => "1 account".to_owned(),
            count => format!("{count} accounts"),
        };
        Page::titled(title, self.point.words()).gap().sheet(self.sheet())
    }
}
