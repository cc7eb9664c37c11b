//! `relatum account show`: everything about one account on a page.

use chrono::Days;
use clap::Args;
use relatum::domain::AccountId;
use relatum::{
    AccountProfile, ActivityState, AgingLine, AgingOptions, EventRef, MergedAccount, PlanLine,
    PlanOptions, Signal, SignalState,
};
use serde_json::{Value, json};

use crate::commands::report::tone_of;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped_in, json as to_json, money};
use crate::people::{self, Managers};
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// How far back what was missed is shown, and how far ahead what is planned.
const DAYS_BACK: u64 = 28;
const DAYS_AHEAD: u64 = 92;

/// Show one account: profile, contacts, open money, signals, what is planned
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// An id, an external id as system:id, or the (beginning of the) name
    #[arg(value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    view: ViewArguments,
}

impl Show {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { engine, book, point, managers } = session.view(&self.view)?;
        let account = people::account(&book, &self.account)?;
        let profile = book.account(account)?;
        let mut contacts = Vec::new();
        for (id, role, key, event) in &profile.contacts {
            contacts.push(Contact {
                id: id.to_string(),
                name: engine.name_told_by(*event)?,
                role: role.clone(),
                key: *key,
                event: *event,
            });
        }
        let parent = profile.parent.map(|id| book.account(id)).transpose();
        let options = AgingOptions { account: Some(account), ..AgingOptions::default() };
        let told = book.own_signals(Some(account))?.into_iter().next();
        let signals = told.map(|(_, signals)| signals).unwrap_or_default();
        let day = point.day;
        let planned = book.plan(&PlanOptions {
            from: day.checked_sub_days(Days::new(DAYS_BACK)).unwrap_or(day),
            to: day.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(day),
            account: Some(account),
            managers: Vec::new(),
            states: vec![ActivityState::Planned, ActivityState::Missed],
        })?;
        let flags = book.flags_of_account(account)?.len();
        let mut merged = book.merged()?;
        merged.retain(|it| it.into == account);
        session.show(&Answer {
            account,
            contacts,
            parent: parent.ok().flatten().map(|parent| parent.name),
            open: book.aging(&options)?.lines,
            state: signals.iter().map(|it| it.state).max(),
            signals,
            planned,
            flags,
            merged,
            asked: self.account,
            profile,
            managers,
            point,
        })?;
        Ok(Exit::Done)
    }
}

struct Contact {
    id: String,
    name: Option<String>,
    role: Option<String>,
    key: bool,
    event: EventRef,
}

struct Answer {
    account: AccountId,
    profile: AccountProfile,
    contacts: Vec<Contact>,
    parent: Option<String>,
    open: Vec<AgingLine>,
    state: Option<SignalState>,
    signals: Vec<Signal>,
    planned: Vec<PlanLine>,
    flags: usize,
    /// The accounts that are the same client.
    merged: Vec<MergedAccount>,
    /// What the account was called by who asks.
    asked: String,
    managers: Managers,
    point: Viewpoint,
}

impl Answer {
    /// The merged account that was asked for, if it is not the one that answers.
    fn asked_for(&self) -> Option<&MergedAccount> {
        let asked = &self.asked;
        let is_it = |it: &&MergedAccount| {
            let mut ids = it.external_ids.iter();
            *asked == it.account.to_string()
                || ids.any(|(system, id)| *asked == format!("{system}:{id}"))
                || it.name.to_lowercase().starts_with(&asked.to_lowercase())
        };
        let is_own = self.profile.name.to_lowercase().starts_with(&self.asked.to_lowercase());
        self.merged.iter().find(is_it).filter(|_| !is_own)
    }

    /// The profile in words.
    fn facts(&self) -> Vec<(&str, String)> {
        let profile = &self.profile;
        let stage = to_json(&profile.stage).as_str().map(str::to_owned);
        let stage = if profile.closed { Some("closed".to_owned()) } else { stage };
        let ids = profile.external_ids.iter();
        let ids: Vec<String> = ids.map(|(system, id)| format!("{system}:{id}")).collect();
        let manager = profile.manager.map(|manager| self.managers.full(manager));
        let merged = self.merged.iter();
        let with: Vec<String> = merged
            .map(|it| format!("{} ({}), merged on {}", it.name, it.account, it.day))
            .collect();
        [
            ("stage", stage),
            ("class", profile.class.clone()),
            ("segment", profile.segment.clone()),
            ("sector", profile.sector.clone()),
            ("country", profile.country.clone()),
            ("belongs to", self.parent.clone()),
            ("manager", Some(manager.unwrap_or_else(|| "nobody".to_owned()))),
            ("known as", Some(ids.join(", ")).filter(|text| !text.is_empty())),
            ("id", Some(self.account.to_string())),
            ("with", Some(with.join(", ")).filter(|text| !text.is_empty())),
        ]
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?)))
        .collect()
    }

    fn contacts_page(&self) -> Page {
        if self.contacts.is_empty() {
            return Page::default();
        }
        let page = Page::default().gap().toned(Tone::Strong, "Contacts");
        self.contacts.iter().fold(page, |page, contact| {
            let name = contact.name.as_deref().unwrap_or("(name erased or sealed)");
            let role = contact.role.as_ref().map(|role| format!(", {role}")).unwrap_or_default();
            let key = if contact.key { " · key person" } else { "" };
            page.line(format!("  {name}{role}{key}"))
        })
    }

    fn money_page(&self) -> Page {
        let page = Page::default().gap().toned(Tone::Strong, "Open");
        if self.open.is_empty() {
            return page.line("  nothing");
        }
        self.open.iter().fold(page, |page, line| {
            let items = if line.items == 1 { "item" } else { "items" };
            let mut pieces =
                vec![(Tone::Plain, format!("  {} in {} {items}", money(line.total), line.items))];
            if line.overdue.micro != 0 {
                let days = line.oldest_days.unwrap_or(0);
                let overdue = money(line.overdue);
                pieces
                    .push((Tone::Bad, format!(", {overdue} overdue, the oldest for {days} days")));
            }
            if line.disputed.micro != 0 {
                pieces.push((Tone::Warning, format!(", {} disputed", money(line.disputed))));
            }
            if line.unapplied.micro != 0 {
                pieces.push((Tone::Plain, format!(", {} not applied yet", money(line.unapplied))));
            }
            page.pieces(2, pieces)
        })
    }

    fn signals_page(&self) -> Page {
        let page = Page::default().gap().toned(Tone::Strong, "Signals");
        self.signals.iter().fold(page, |page, signal| {
            let state = format!("  {:<8}  ", state_words(signal.state));
            let told = (Tone::Plain, grouped_in(&signal.sentence));
            page.pieces(12, vec![(tone_of(signal.state), state), told])
        })
    }

    fn planned_page(&self) -> Page {
        let page = Page::default().gap().toned(Tone::Strong, "Planned");
        if self.planned.is_empty() {
            return page.line("  nothing");
        }
        let plans = self.planned.iter().map(|it| &it.activity);
        plans.fold(page, |page, plan| {
            let missed = plan.day < self.point.day;
            let kind = to_json(&plan.kind);
            let kind = kind.as_str().unwrap_or_default();
            let purpose = plan.purpose.as_deref().map(|text| format!(": {text}"));
            let purpose = purpose.unwrap_or_default();
            let who = self.managers.name(plan.manager);
            let tone = if missed { Tone::Warning } else { Tone::Plain };
            let missed = if missed { " (missed)" } else { "" };
            page.pieces(
                14,
                vec![(tone, format!("  {}  {kind} by {who}{purpose}{missed}", plan.day))],
            )
        })
    }
}

fn state_words(state: SignalState) -> &'static str {
    match state {
        SignalState::InsufficientData => "unknown",
        SignalState::Ok => "ok",
        SignalState::Watch => "watch",
        SignalState::Alert => "alert",
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let contact = |contact: &Contact| {
            json!({
                "contact": contact.id,
                "name": contact.name,
                "role": contact.role,
                "key": contact.key,
                "event": contact.event,
            })
        };
        let mut profile = to_json(&self.profile);
        if let Value::Object(fields) = &mut profile {
            let contacts: Vec<Value> = self.contacts.iter().map(contact).collect();
            fields.insert("account".to_owned(), to_json(&self.account));
            fields.insert("contacts".to_owned(), contacts.into());
            fields.insert("receivables".to_owned(), to_json(&self.open));
            fields.insert("state".to_owned(), to_json(&self.state));
            fields.insert("signals".to_owned(), to_json(&self.signals));
            fields.insert("planned".to_owned(), to_json(&self.planned));
            fields.insert("flags".to_owned(), self.flags.into());
            fields.insert("merged".to_owned(), to_json(&self.merged));
        }
        self.point.stamp(self.managers.named(profile))
    }

    fn sheet(&self) -> Sheet {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let mut row = |field: &str, value: String| {
            rows.push(vec![Cell::text(field), Cell::text(value)]);
        };
        row("name", self.profile.name.clone());
        for (label, text) in self.facts() {
            row(label, text);
        }
        for contact in &self.contacts {
            row("contact", contact.name.clone().unwrap_or_else(|| contact.id.clone()));
        }
        for line in &self.open {
            row("open", line.total.to_string());
            row("overdue", line.overdue.to_string());
        }
        for signal in &self.signals {
            row(signal.name.name(), signal.sentence.clone());
        }
        for PlanLine { activity: plan, .. } in &self.planned {
            row("planned", plan.day.to_string());
        }
        row("flags", self.flags.to_string());
        let columns = vec![Column::text("field", "field"), Column::text("value", "value")];
        Sheet::new(columns).with(rows)
    }

    fn lines(&self) -> Vec<Value> {
        vec![self.document()]
    }

    fn page(&self) -> Page {
        let page = Page::titled(self.profile.name.as_str(), self.point.words());
        let page = match self.asked_for() {
            None => page,
            Some(it) => {
                let (name, into) = (&it.name, &it.into_name);
                page.line(format!("{name} was merged into {into} on {}.", it.day))
            }
        };
        let page = page
            .facts(2, self.facts())
            .then(self.contacts_page())
            .then(self.money_page())
            .then(self.signals_page())
            .then(self.planned_page());
        match self.flags {
            0 => page,
            flags => page.gap().toned(
                Tone::Warning,
                format!("{flags} facts are flagged; `relatum report flags` says why."),
            ),
        }
    }
}
