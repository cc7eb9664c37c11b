//! Who is meant: managers and accounts by id, code or name, and how they are called.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, Utc};
use relatum::domain::{AccountId, Actor, ManagerId, SubjectId, TeamId};
use relatum::{AsOf, Engine, Error, EventRef, MergedAccount, View};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::Cell;

/// How many candidates an ambiguous name lists.
const CANDIDATES: usize = 8;

#[derive(Debug, Clone)]
struct Person {
    code: Option<String>,
    /// By which event they are named.
    named_by: Option<EventRef>,
    /// None: not read yet.
    name: OnceCell<Option<String>>,
    /// Who stands in on the day of the view.
    deputy: Option<ManagerId>,
}

/// The managers of a book, by what they are called.
#[derive(Debug, Clone)]
pub(crate) struct Managers {
    engine: Engine,
    people: BTreeMap<ManagerId, Person>,
    unread: Unread,
}

/// Why a name could not be read: an answer that lacks it is not whole.
pub(crate) type Unread = Rc<RefCell<Option<Error>>>;

impl Managers {
    /// Everybody who ever was one; who is away is seen from `book`.
    pub(crate) fn of(engine: &Engine, book: &AsOf, unread: Unread) -> Result<Self, Failure> {
        let mut people = BTreeMap::new();
        let seen: BTreeMap<_, _> = book.managers()?.into_iter().collect();
        for (id, profile) in engine.as_of(NaiveDate::MAX).managers()? {
            let deputy = seen.get(&id).and_then(|profile| profile.deputy);
            let (code, named_by, name) = (profile.code, profile.named_by, OnceCell::new());
            people.insert(id, Person { code, named_by, name, deputy });
        }
        Ok(Self { engine: engine.clone(), people, unread })
    }

    /// What the manager is called, read when somebody wants to know.
    fn told(&self, manager: ManagerId) -> Option<String> {
        let person = self.people.get(&manager)?;
        let read = || match self.engine.name_told_by(person.named_by?) {
            Ok(name) => name,
            Err(error) => {
                self.unread.borrow_mut().get_or_insert(error);
                None
            }
        };
        person.name.get_or_init(read).clone()
    }

    /// `Anna Berg (M-1)`, as far as that is known.
    pub(crate) fn full(&self, manager: ManagerId) -> String {
        match (self.told(manager), self.code(manager)) {
            (Some(name), Some(code)) => format!("{name} ({code})"),
            (Some(name), None) => name,
            (None, Some(code)) => code.to_owned(),
            (None, None) => short(&manager.to_string()),
        }
    }

    /// The shortest that is known: name, else code, else the beginning of the id.
    pub(crate) fn name(&self, manager: ManagerId) -> String {
        self.told(manager).unwrap_or_else(|| self.full(manager))
    }

    /// The code.
    pub(crate) fn code(&self, manager: ManagerId) -> Option<&str> {
        self.people.get(&manager)?.code.as_deref()
    }

    /// For whom the manager stands in.
    pub(crate) fn away(&self, deputy: ManagerId) -> impl Iterator<Item = ManagerId> {
        let away = self.people.iter().filter(move |(_, person)| person.deputy == Some(deputy));
        away.map(|(id, _)| *id)
    }

    /// How to name the manager on a command line: by code where there is one.
    pub(crate) fn argument(&self, manager: ManagerId) -> String {
        self.code(manager).map_or_else(|| manager.to_string(), str::to_owned)
    }

    /// The manager's name for people, the id for programs.
    pub(crate) fn cell(&self, manager: Option<ManagerId>) -> Cell {
        manager.map_or_else(Cell::none, |id| Cell::of(self.name(id), id.to_string()))
    }

    /// `line` with the name beside every manager's id in it.
    pub(crate) fn named(&self, mut line: Value) -> Value {
        if let Value::Object(fields) = &mut line {
            let id = fields.get("manager").and_then(Value::as_str);
            if let Some(manager) = id.and_then(|id| id.parse().ok()) {
                fields.insert("manager_name".to_owned(), self.told(manager).into());
            }
        }
        line
    }

    /// The manager with the code `text`.
    fn coded(&self, text: &str) -> Option<ManagerId> {
        let coded = |person: &Person| person.code.as_ref().is_some_and(|code| same(code, text));
        self.people.iter().find(|(_, person)| coded(person)).map(|(id, _)| *id)
    }

    /// Who does something: the manager called `text`, or else the program.
    pub(crate) fn actor(&self, text: Option<&str>) -> Result<Actor, Failure> {
        let manager = text.map(|text| self.find(text)).transpose()?;
        Ok(manager.map_or_else(|| Actor::system("relatum"), Actor::Manager))
    }

    /// The manager called `text`: by id, code or name, whole or its unique beginning.
    pub(crate) fn find(&self, text: &str) -> Result<ManagerId, Failure> {
        if let Some(id) = text.parse().ok().filter(|id| self.people.contains_key(id)) {
            return Ok(id);
        }
        if let Some(id) = self.coded(text) {
            return Ok(id);
        }
        let named = self.people.keys().filter_map(|id| Some((*id, self.told(*id)?)));
        pick("manager", text, named.collect(), |id| self.full(id))
    }
}

/// The subject called `text`: by id, a manager's code, or a name, whole or its unique beginning.
pub(crate) fn subject(
    engine: &Engine,
    managers: &Managers,
    text: &str,
) -> Result<SubjectId, Failure> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    if let Some(manager) = managers.coded(text) {
        return Ok(manager.into());
    }
    let lines = engine.subjects()?.into_iter();
    let named = lines.filter_map(|line| Some((line.subject, line.name?)));
    pick("subject", text, named.collect(), |id| id.to_string())
}

/// The account called `text`: by id, `system:id`, or name, whole or its unique beginning. One that
/// was merged into another finds the account that answers for it.
///
/// By what is known from `book`; what is found only later is a name all the same.
pub(crate) fn account(book: &AsOf, text: &str) -> Result<AccountId, Failure> {
    let known = book.clone().on(NaiveDate::MAX);
    let found = account_of(&known, text);
    if book.view().known_at == View::latest().known_at || found.is_ok() {
        return found;
    }
    account_of(&known.known_at(DateTime::<Utc>::MAX_UTC)?, text)
}

fn account_of(book: &AsOf, text: &str) -> Result<AccountId, Failure> {
    let accounts = book.accounts()?;
    if let Ok(id) = text.parse::<AccountId>() {
        let answers = book.answers_for(id)?;
        let known = accounts.iter().any(|(known, _)| *known == answers);
        return if known { Ok(answers) } else { Err(not_found("account", text)) };
    }
    let is_called =
        |ids: &[(String, String)]| ids.iter().any(|(system, id)| text == format!("{system}:{id}"));
    if let Some((id, _)) = accounts.iter().find(|(_, it)| is_called(&it.external_ids)) {
        return Ok(*id);
    }
    let names: BTreeMap<_, _> =
        accounts.iter().map(|(id, profile)| (*id, profile.name.clone())).collect();
    let merged = book.merged()?;
    if let Some(it) = merged.iter().find(|it| is_called(&it.external_ids)) {
        return Ok(it.into);
    }
    let own = names.iter().map(|(id, name)| (*id, name.clone()));
    let named = own.chain(merged.into_iter().map(|it| (it.into, it.name)));
    pick("account", text, named.collect(), |id| {
        let name = names.get(&id).cloned().unwrap_or_default();
        format!("{name} ({id})")
    })
}

/// The account called `text` of those that were merged into others.
pub(crate) fn merged_account(book: &AsOf, text: &str) -> Result<AccountId, Failure> {
    let merged = book.merged()?;
    let is_called = |it: &MergedAccount| {
        text == it.account.to_string()
            || it.external_ids.iter().any(|(system, id)| text == format!("{system}:{id}"))
    };
    if let Some(it) = merged.iter().find(|it| is_called(it)) {
        return Ok(it.account);
    }
    let named = merged.iter().map(|it| (it.account, it.name.clone()));
    let found = pick("merged account", text, named.collect(), |id| id.to_string());
    // One that stands for itself is refused by what it is, not by what it is called.
    found.or_else(|none| account(&book.clone().apart(), text).map_err(|_| none))
}

/// The team or territory called `text`: by id or name, whole or its unique beginning.
pub(crate) fn team(engine: &Engine, text: &str) -> Result<TeamId, Failure> {
    let teams = engine.as_of(NaiveDate::MAX).teams()?;
    if let Some((id, _)) = teams.iter().find(|(id, _)| text.parse().ok() == Some(*id)) {
        return Ok(*id);
    }
    let named = teams.into_iter().filter_map(|(id, team)| Some((id, team.name?)));
    pick("team", text, named.collect(), |id| id.to_string())
}

/// The one whose name is `text`, or begins with it.
fn pick<T: Copy + Ord>(
    what: &'static str,
    text: &str,
    named: Vec<(T, String)>,
    full: impl Fn(T) -> String,
) -> Result<T, Failure> {
    let fitting = |fits: &dyn Fn(&str) -> bool| -> Vec<(T, String)> {
        named.iter().filter(|(_, name)| fits(name)).cloned().collect()
    };
    let mut found = fitting(&|name| same(name, text));
    if found.is_empty() {
        let beginning = text.to_lowercase();
        found = fitting(&|name| !text.is_empty() && name.to_lowercase().starts_with(&beginning));
    }
    found.sort_by_key(|(id, _)| *id);
    found.dedup_by_key(|(id, _)| *id);
    match found.as_slice() {
        [] => Err(not_found(what, text)),
        [(id, _)] => Ok(*id),
        several => {
            let mut names: Vec<String> = several.iter().map(|(id, _)| full(*id)).collect();
            names.sort();
            let more = names.len().saturating_sub(CANDIDATES);
            names.truncate(CANDIDATES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!("`{text}` fits several {what}s: {}{more}", names.join(", "));
            Err(Failure::new(Exit::Refused, message).hint("write more of the name, or the id"))
        }
    }
}

fn not_found(what: &'static str, name: &str) -> Failure {
    let name = name.to_owned();
    let failure = Failure::from(Error::NotFound { what, name });
    match what {
        "subject" => failure.hint("write an id, a code or a name; `relatum subject list`"),
        "merged account" => failure
            .hint("write an id, an external id as system:id, or a name; `relatum account list`"),
        "account" => failure
            .hint("write an id, an external id as system:id, or a name; `relatum account list`"),
        _ => failure.hint("write an id, a code or a name; `relatum report quota` names them"),
    }
}

fn same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

/// The beginning of an id, enough to tell it from others on one page.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(8).collect::<String>() + "…"
}

/// The words of a report with the ids of accounts, managers and teams in the place of their names:
/// names change.
pub(crate) fn by_id(
    engine: &Engine,
    managers: &Managers,
    words: Vec<String>,
) -> Result<Vec<String>, Failure> {
    let id = |option: &str, text: &str| -> Result<Option<String>, Failure> {
        Ok(match option {
            "--account" => Some(account(&engine.as_of(NaiveDate::MAX), text)?.to_string()),
            "--manager" => Some(managers.find(text)?.to_string()),
            "--team" => Some(team(engine, text)?.to_string()),
            _ => None,
        })
    };
    let mut named: Vec<String> = Vec::new();
    for word in words {
        let named_before = named.last().map_or("", String::as_str);
        let word = match (id(named_before, &word)?, word.split_once('=')) {
            (Some(id), _) => id,
            (None, Some((option, text))) => match id(option, text)? {
                Some(id) => format!("{option}={id}"),
                None => word,
            },
            (None, None) => word,
        };
        named.push(word);
    }
    Ok(named)
}
