//! `relatum audit trail`: the story of one thing, in order.

use clap::Args;
use relatum::domain::Actor;
use relatum::{Because, EventRef, TrailLine, TrailOf};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people::{self, Managers, short};
use crate::progress::Progress;
use crate::session::{Seen, Session};
use crate::values::instant;
use crate::viewpoint::{ViewArguments, Viewpoint};

/// The story of an account, of somebody, or of a document, in the order in which it was recorded
///
/// With causes followed both ways: what led to an event, what it led to, what belongs to the same
/// conversation, and what took it back.
#[derive(Debug, Args)]
pub(crate) struct Trail {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    view: ViewArguments,
}

/// Whose story.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Of {
    /// Of this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// What this manager (an id, a code or a name) or this program did
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,
    /// Of this document, payment, order, offer or contract: a number or an id
    #[arg(long, value_name = "DOCUMENT")]
    document: Option<String>,
}

impl Trail {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let view = self.view.or_of_whatever_day();
        let Seen { book, point, managers, .. } = session.view(&view)?;
        let (of, whose) = match (self.of.account, self.of.actor, self.of.document) {
            (Some(text), ..) => {
                let account = people::account(&book, &text)?;
                (TrailOf::Account(account), format!("account {text}"))
            }
            (_, Some(text), _) => {
                // A program goes by its name; whoever is no manager is one.
                let actor = match managers.find(&text) {
                    Ok(manager) => Actor::Manager(manager),
                    Err(_) => Actor::system(&*text),
                };
                (TrailOf::Actor(actor), text)
            }
            (.., document) => {
                let text = document.unwrap_or_default();
                (TrailOf::Document(text.clone()), text)
            }
        };
        let bar = Progress::of_count("following the trail");
        let lines = book.trail(&of, |done, all| bar.set(done, all))?;
        drop(bar);
        if lines.is_empty() {
            let message = format!("the log tells nothing of `{whose}`");
            return Err(Failure::new(Exit::Refused, message));
        }
        session.show(&Answer { lines, whose, point, managers })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    lines: Vec<TrailLine>,
    whose: String,
    point: Viewpoint,
    managers: Managers,
}

const fn words(because: Because) -> &'static str {
    match because {
        Because::Itself => "",
        Because::Cause => "led to it",
        Because::Effect => "followed from it",
        Because::Conversation => "same conversation",
        Because::Correction => "takes it back",
    }
}

/// An event, for people.
fn named(event: EventRef) -> String {
    let EventRef { stream, version } = event;
    format!("{}/{}@{version}", stream.kind, short(&stream.id.to_string()))
}

impl Answer {
    fn who(&self, actor: &Actor) -> String {
        match actor {
            Actor::Manager(manager) => self.managers.name(*manager),
            Actor::System(name) => name.clone(),
        }
    }

    fn row(&self, it: &TrailLine) -> Vec<Cell> {
        let kind = it.kind.as_str();
        let what = Cell::of(kind.replace('_', " "), kind);
        vec![
            Cell::count(it.position.seq.0),
            Cell::of(it.recorded_at.format("%Y-%m-%d %H:%M").to_string(), instant(it.recorded_at)),
            Cell::day(it.day),
            if it.undone_by.is_some() { what.tone(Tone::Faint) } else { what },
            Cell::maybe(it.label.as_deref()),
            it.amount.as_ref().map_or_else(Cell::none, |sum| Cell::of(money(*sum), sum.number())),
            Cell::text(self.who(&it.actor)),
            Cell::of(words(it.because), to_json(&it.because)),
            match it.undone_by {
                Some(event) => Cell::of(format!("by {}", named(event)), event.to_string()),
                None => Cell::none(),
            },
            Cell::of(named(it.event), it.event.to_string()).tone(Tone::Faint),
            Cell::of(it.causation.map(named).unwrap_or_default(), to_json(&it.causation)),
        ]
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "of": self.whose, "events": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |it: &TrailLine| {
            let mut line = to_json(it);
            if let Value::Object(fields) = &mut line {
                fields.insert("who".to_owned(), self.who(&it.actor).into());
                let amount = it.amount.as_ref().map(to_json);
                fields.insert("amount".to_owned(), amount.unwrap_or(Value::Null));
            }
            line
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::number("position", "at"),
            Column::text("recorded_at", "recorded"),
            Column::text("day", "holds from"),
            Column::text("kind", "what"),
            Column::text("label", "number or subject").wide(32),
            Column::number("amount", "amount"),
            Column::text("who", "by"),
            Column::text("because", "why here"),
            Column::text("undone_by", "undone"),
            Column::text("event", "event"),
            Column::text("causation", "caused by"),
        ];
        Sheet::new(columns).with(self.lines.iter().map(|it| self.row(it)))
    }

    fn page(&self) -> Page {
        let undone = self.lines.iter().filter(|it| it.undone_by.is_some()).count();
        let page = Page::titled(format!("The trail of {}", self.whose), self.point.words());
        let page = page.gap().sheet(self.sheet());
        page.note(format!("{} events, {undone} of them undone later", self.lines.len()))
    }
}
