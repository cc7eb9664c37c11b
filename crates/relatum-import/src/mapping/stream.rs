//! Which stream an event goes into, and who did it.

use std::borrow::Cow;

use chrono::NaiveDate;
use relatum_domain::{
    ACCOUNT, AccountId, Derived, MANAGER, ManagerId, TEAM, TENANT, TeamId, TenantId, derive,
};
use relatum_stream::{StreamId, StreamKind};

use super::options::{Options, texts};
use super::reading::{Found, Parsing, Reading};
use crate::convert::{Context, Node, plain_day};
use crate::file::Problem;

/// The account that keeps what belongs to no known client.
#[derive(Debug, Clone)]
pub(crate) struct Unassigned {
    pub(crate) name: String,
    pub(crate) stage: String,
    /// None: as the first event that goes there.
    pub(crate) effective: Option<NaiveDate>,
}

#[derive(Debug, Clone)]
struct ById {
    kind: StreamKind,
    id_kind: &'static str,
    system: String,
    of: Reading,
    unassigned: Option<Unassigned>,
}

/// Which stream an event goes into.
#[derive(Debug, Clone)]
pub(crate) struct StreamRule(Option<ById>);

/// The stream of one row.
pub(crate) struct Target {
    pub(crate) stream: StreamId,
    /// The text from which its id was made; a digest where that is personal.
    pub(crate) key: String,
    /// Whether the row names no account.
    pub(crate) unassigned: bool,
}

impl StreamRule {
    pub(crate) fn parse(value: toml::Value, parsing: &mut Parsing<'_>) -> Result<Self, String> {
        let kinds = [
            ("account", ACCOUNT, AccountId::KIND),
            ("manager", MANAGER, ManagerId::KIND),
            ("team", TEAM, TeamId::KIND),
        ];
        let table = match value {
            toml::Value::String(text) if text == "tenant" => return Ok(Self(None)),
            toml::Value::Table(table) => table,
            _ => return Err(advice()),
        };
        let mut options = Options::new(table);
        let Some((name, kind, id_kind)) = kinds.into_iter().find(|(name, ..)| options.has(name))
        else {
            return Err(advice());
        };
        let value = options.any(name).unwrap_or(toml::Value::Boolean(false));
        let of = Reading::of(texts(name, value)?, &mut options, parsing)?;
        let system = options.text("system")?.unwrap_or_else(|| parsing.system.to_owned());
        let unassigned = match options.any("unassigned") {
            None => None,
            Some(_) if kind != ACCOUNT => {
                return Err("`unassigned` is for accounts only".to_owned());
            }
            Some(value) => Some(unassigned(value)?),
        };
        options.finish()?;
        Ok(Self(Some(ById { kind, id_kind, system, of, unassigned })))
    }

    pub(crate) fn kind(&self) -> StreamKind {
        self.0.as_ref().map_or(TENANT, |by_id| by_id.kind)
    }

    pub(crate) fn unassigned(&self) -> Option<&Unassigned> {
        self.0.as_ref().and_then(|by_id| by_id.unassigned.as_ref())
    }

    pub(crate) fn target(&self, context: &Context<'_>) -> Result<Target, Problem> {
        let Some(by_id) = &self.0 else {
            let stream = TenantId::own().into();
            return Ok(Target { stream, key: "own".to_owned(), unassigned: false });
        };
        let found = by_id.of.read(context)?;
        let unassigned = found == Found::Absent;
        if unassigned && by_id.unassigned.is_none() {
            return Err(by_id.of.problem(
                "",
                format!(
                    "empty, and the event belongs to no {} then; give the stream `unassigned`, a \
                     `default`, or the rule a `when`",
                    by_id.kind
                ),
            ));
        }
        // No foreign id is empty, so nothing else gets the id of the empty text.
        let key = found.text().to_owned();
        let id = derive(by_id.id_kind, &by_id.system, &key);
        Ok(Target { stream: StreamId::new(by_id.kind, id), key, unassigned })
    }
}

fn advice() -> String {
    "write { account = \"{Column}\" }, or manager, or team, or \"tenant\"".to_owned()
}

fn unassigned(value: toml::Value) -> Result<Unassigned, String> {
    let toml::Value::Table(table) = value else {
        return Err("unassigned: write { name = \"…\" }".to_owned());
    };
    let mut options = Options::new(table);
    let name = options.text("name")?.ok_or("unassigned: give the account a name")?;
    let stage = options.text("stage")?.unwrap_or_else(|| "client".to_owned());
    if !matches!(stage.as_str(), "client" | "prospect") {
        return Err(format!("unassigned: stage `{stage}`: write client or prospect"));
    }
    let effective = options.text("effective")?.map(|text| plain_day(&text)).transpose()?;
    options.finish()?;
    Ok(Unassigned { name, stage, effective })
}

/// Who did it.
#[derive(Debug, Clone)]
pub(crate) enum ActorRule {
    System(String),
    Manager { of: Reading, system: String },
}

impl ActorRule {
    pub(crate) fn parse(
        value: Option<toml::Value>,
        parsing: &mut Parsing<'_>,
    ) -> Result<Self, String> {
        let table = match value {
            None => return Ok(Self::System("import".to_owned())),
            Some(toml::Value::String(name)) => return Ok(Self::System(name)),
            Some(toml::Value::Table(table)) => table,
            Some(_) => return Err("write the name of a program or { manager = … }".to_owned()),
        };
        let mut options = Options::new(table);
        let value = options.any("manager").ok_or("write { manager = \"{Column}\" }")?;
        let of = Reading::of(texts("manager", value)?, &mut options, parsing)?;
        let system = options.text("system")?.unwrap_or_else(|| parsing.system.to_owned());
        options.finish()?;
        Ok(Self::Manager { of, system })
    }

    pub(crate) fn node<'a>(&'a self, context: &Context<'a>) -> Result<Node<'a>, Problem> {
        let (kind, who) = match self {
            Self::System(name) => ("system", Node::Text(Cow::Borrowed(name))),
            Self::Manager { of, system } => match of.read(context)? {
                Found::Absent => ("system", Node::Text(Cow::Borrowed("import"))),
                found => ("manager", Node::text(ManagerId::derived(system, found.text()))),
            },
        };
        Ok(Node::Object(vec![(kind, who)]))
    }
}
