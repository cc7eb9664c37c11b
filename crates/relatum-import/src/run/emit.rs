//! A unit into facts, by the rules of its table.

use std::borrow::Cow;
use std::collections::HashSet;

use relatum_domain::{Event, EventBody, PayloadError};
use relatum_stream::StreamId;
use serde_json::{Value as Json, json};

use super::recent::Recent;
use super::unit::Unit;
use crate::convert::{Context, Converter, Fault, Node};
use crate::file::{Problem, Record};
use crate::mapping::{Each, Field, Found, Rule, RuleRetold, Table, Unassigned, compact};
use crate::sink::{Offer, Retold};

/// Streams remembered as opened. Beyond it, the sink says that the opening is there already.
const REMEMBERED: usize = 1_000_000;

/// Makes facts of units.
pub(crate) struct Emitter<'t> {
    table: &'t Table,
    /// What `once` rules have said, by rule.
    said: Recent<(usize, StreamId), ()>,
    /// Which fields were filled in events that were found to keep them all, by rule.
    kept: Vec<HashSet<Vec<bool>>>,
    /// Whether the unit at hand names no account.
    unassigned: bool,
}

/// What was made of a unit.
pub(crate) struct Emitted {
    pub(crate) unit: Unit,
    /// Its facts, or the row at fault, by its place among the rows, and what is wrong with it.
    pub(crate) facts: Result<Vec<Offer>, (usize, Problem)>,
    /// Whether some went to an account that keeps what belongs to no known client.
    pub(crate) unassigned: bool,
}

/// Place of the opening of an unassigned account among the rules.
const OPENING: usize = usize::MAX;

impl<'t> Emitter<'t> {
    pub(crate) fn new(table: &'t Table) -> Self {
        let kept = table.rules.iter().map(|_| HashSet::new()).collect();
        Self { table, said: Recent::new(REMEMBERED), kept, unassigned: false }
    }

    /// What becomes of `unit`.
    pub(crate) fn emit(&mut self, unit: Unit, digest: &dyn Fn(&str) -> String) -> Emitted {
        self.unassigned = false;
        let facts = match unit.problem() {
            Some(problem) => Err(problem),
            None => {
                self.facts(&unit, digest).map_err(|fault| (unit.place(fault.line), fault.problem))
            }
        };
        Emitted { unit, facts, unassigned: self.unassigned }
    }

    /// All facts of `unit`, or what is wrong with it.
    fn facts(&mut self, unit: &Unit, digest: &dyn Fn(&str) -> String) -> Result<Vec<Offer>, Fault> {
        let mut context = Context {
            head: &unit.head,
            line: &unit.head,
            lines: &unit.lines,
            format: &self.table.format,
            line_format: self.table.line_format(),
            digest,
            column: None,
            stream: None,
        };
        let mut made = Made { facts: Vec::new(), said: Vec::new() };
        let gone = self.table.gone.as_ref().map(|gone| gone.holds(&context)).transpose()?;
        for (at, rule) in self.table.rules.iter().enumerate() {
            if gone.is_some_and(|gone| gone != rule.gone) {
                continue;
            }
            let Some(form) = rule.columns else {
                context.column = None;
                self.apply((at, rule), context, &unit.head, &mut made)?;
                continue;
            };
            let before = made.facts.len();
            for column in unit.head.matched.iter().filter(|column| column.form == form) {
                context.column = Some(column);
                self.apply((at, rule), context, &unit.head, &mut made)?;
            }
            // Columns stand in any order; what they tell happened in the order of its days.
            if let Some(facts) = made.facts.get_mut(before..) {
                facts.sort_by_key(|fact| (fact.event.effective, fact.event.at));
            }
        }
        for key in made.said {
            self.said.put(key, ());
        }
        Ok(made.facts)
    }

    /// What one rule says of the row at hand, or of one of its columns.
    fn apply(
        &mut self,
        (at, rule): (usize, &Rule),
        mut context: Context<'_>,
        head: &Record,
        made: &mut Made,
    ) -> Result<(), Fault> {
        if !rule.when.holds(&context)? {
            return Ok(());
        }
        // Of a change nobody may know the day: whoever imports did not say theirs.
        if rule.retold.is_later() && rule.effective.evaluate(&context)?.is_none() {
            return Ok(());
        }
        let target = rule.stream.target(&context)?;
        let key = (at, target.stream);
        if target.unassigned && rule.event.name == "account_opened" {
            return Ok(());
        }
        if rule.once && (self.said.get(&key).is_some() || made.said.contains(&key)) {
            return Ok(());
        }
        context.stream = Some(target.stream.id);
        let kept = self.kept.get_mut(at);
        let event = rule.event(&context, &target.key, head, kept)?;
        self.unassigned |= target.unassigned;
        if let Some(unassigned) = rule.stream.unassigned().filter(|_| target.unassigned) {
            let key = (OPENING, target.stream);
            if self.said.get(&key).is_none() && !made.said.contains(&key) {
                made.facts.push(opening(unassigned, &event, target.stream)?);
                made.said.push(key);
            }
        }
        if rule.once {
            made.said.push(key);
        }
        let twin = made.facts.iter().find(|fact| {
            fact.stream == target.stream
                && fact.event.body.event_type() == event.body.event_type()
                && fact.event.source.id == event.source.id
        });
        if twin.is_some() {
            return Err(Problem::of_row(format!(
                "two rules say a `{}` with the id `{}`; give rule `{}` an `id` of its own",
                rule.event.name, event.source.id, rule.name
            ))
            .into());
        }
        let retold = rule.retold.of_row(&context)?;
        rule.offer(target.stream, event, retold, made);
        Ok(())
    }
}

/// What was made of a unit so far.
struct Made {
    facts: Vec<Offer>,
    /// What `once` rules said of it.
    said: Vec<(usize, StreamId)>,
}

/// The opening of the account that keeps what belongs to no known client.
fn opening(unassigned: &Unassigned, first: &Event, stream: StreamId) -> Result<Offer, Fault> {
    let event = json!({
        "effective": unassigned.effective.unwrap_or(first.effective),
        "actor": { "system": "import" },
        "source": { "system": first.source.system, "id": "unassigned" },
        "body": { "name": unassigned.name, "stage": unassigned.stage, "unassigned": true },
    });
    let event = Event::decode("account_opened", 1, &event.to_string()).map_err(refused)?;
    Ok(Offer { stream, event, once: true, retold: Retold::Amends })
}

fn refused(error: PayloadError) -> Problem {
    let text = error.to_string();
    // The place in JSON that nobody sees says nothing.
    let end = text.rfind(" at line ").unwrap_or(text.len());
    Problem::of_row(text.get(..end).unwrap_or_default())
}

fn empty(column: String, what: &str) -> Problem {
    Problem { column, value: String::new(), reason: format!("empty, and {what} it") }
}

impl Rule {
    /// What is offered of an event that this rule made.
    fn offer(&self, stream: StreamId, event: Event, retold: Retold, made: &mut Made) {
        let once = self.once;
        let RuleRetold::Voids(types) = &self.retold else {
            made.facts.push(Offer { stream, event, once, retold });
            return;
        };
        for event_type in types.iter().copied() {
            let mut event = event.clone();
            let id = event.source.id.clone();
            event.source.id = format!("{id}/{event_type}");
            let retold = Retold::TakesBack { id, event_type };
            made.facts.push(Offer { stream, event, once, retold });
        }
    }

    /// The event that this rule makes of the rows at hand.
    fn event<'a>(
        &'a self,
        context: &Context<'a>,
        stream_key: &'a str,
        head: &Record,
        kept: Option<&mut HashSet<Vec<bool>>>,
    ) -> Result<Event, Fault> {
        let id = match &self.id {
            None if stream_key.is_empty() => Cow::Borrowed("unassigned"),
            None => Cow::Borrowed(stream_key),
            Some(id) => match id.read(context)? {
                Found::Absent => {
                    let what = format!("`{}` is known again by", self.name);
                    return Err(empty(id.columns(), &what).into());
                }
                Found::Said(text) | Found::Read(text) => text,
            },
        };
        let effective = self.effective.evaluate(context)?.ok_or_else(|| {
            let what = format!("`{}` needs a day from", self.name);
            Fault::from(empty(self.effective.columns(), &what))
        })?;
        let (body, filled) = self.body(context)?;
        let at = match self.at.as_ref().map(|at| (at, at.evaluate(context))) {
            // A day without a time is on no clock: of the instant, nothing is known then.
            Some((at, Err(_))) if at.is_day(context) => None,
            Some((_, at)) => at?,
            None => None,
        };
        let mut metadata = Vec::new();
        for (key, converter) in &self.metadata {
            if let Some(value) = converter.evaluate(context)? {
                metadata.push((key.as_str(), value));
            }
        }
        if let Some(key) = self.rest.as_ref().filter(|_| !head.rest.is_empty()) {
            metadata.push((key, rest(head, context)));
        }
        let source = vec![
            ("system", Node::Text(Cow::Borrowed(self.system.as_str()))),
            ("id", Node::Text(id)),
        ];
        let mut envelope = vec![
            ("effective", effective),
            ("actor", self.actor.node(context)?),
            ("source", Node::Object(source)),
            ("body", body),
        ];
        envelope.extend(at.map(|at| ("at", at)));
        if !metadata.is_empty() {
            envelope.push(("metadata", Node::Object(metadata)));
        }
        let envelope = Node::Object(envelope);
        // What a pattern of fields loses, it always loses: it is compared once.
        let kept = kept.filter(|kept| !kept.contains(&filled));
        let sent = kept.as_ref().map(|_| envelope.to_json());
        let event = Event::read(self.event.name, self.event.schema, envelope).map_err(refused)?;
        if let Some((kept, sent)) = kept.zip(sent) {
            self.compare(&sent, &event)?;
            kept.insert(filled);
        }
        Ok(event)
    }

    /// The body and, field by field, whether it was filled.
    fn body<'a>(&'a self, context: &Context<'a>) -> Result<(Node<'a>, Vec<bool>), Fault> {
        let mut body = Node::EMPTY;
        let mut filled = Vec::new();
        fill(&self.body, context, &mut body, &self.name, &mut filled)?;
        for each in &self.each {
            let array = each.elements(context, &self.name, &mut filled)?;
            each.path.put(&mut body, Node::Array(array));
        }
        if self.body.iter().any(|field| field.path.has_index()) {
            compact(&mut body);
        }
        Ok((body, filled))
    }

    /// Refuses an event that does not keep all that was set.
    fn compare(&self, sent: &Json, event: &Event<EventBody>) -> Result<(), Problem> {
        let encoded = event.encode().map_err(refused)?;
        let kept: Json = serde_json::from_str(encoded.get())
            .map_err(|error| Problem::of_row(error.to_string()))?;
        match lost(sent, &kept, "") {
            None => Ok(()),
            Some(path) => Err(Problem::of_row(format!(
                "`{}` does not keep `{path}`, which the rule sets",
                self.event.name
            ))),
        }
    }
}

/// The columns that nobody names, as one sealed text: nobody knows what is in them, so they are
/// kept as if they were about people, and go when the stream's key is destroyed.
fn rest<'a>(head: &Record, context: &Context<'_>) -> Node<'a> {
    let cell = |(name, value): &(std::sync::Arc<str>, String)| {
        (name.to_string(), Json::String(value.clone()))
    };
    let text = Json::Object(head.rest.iter().map(cell).collect()).to_string();
    let subject = context.stream.map(|stream| stream.to_string()).unwrap_or_default();
    Node::clear(vec![("subject", Node::text(subject)), ("text", Node::text(text))])
}

impl Each {
    fn elements<'a>(
        &'a self,
        context: &Context<'a>,
        rule: &str,
        filled: &mut Vec<bool>,
    ) -> Result<Vec<Node<'a>>, Fault> {
        let mut any = vec![false; self.fields.len()];
        let mut array = Vec::with_capacity(context.lines.len());
        let mut here = Vec::with_capacity(self.fields.len());
        for (at, line) in context.lines.iter().enumerate() {
            let mut element = Node::Object(Vec::with_capacity(self.fields.len()));
            here.clear();
            fill(&self.fields, &context.at_line(line), &mut element, rule, &mut here)
                .map_err(|fault| fault.in_line(at))?;
            for (any, here) in any.iter_mut().zip(&here) {
                *any |= *here;
            }
            array.push(element);
        }
        filled.extend(any);
        Ok(array)
    }
}

fn fill<'a>(
    fields: &'a [Field],
    context: &Context<'a>,
    into: &mut Node<'a>,
    rule: &str,
    filled: &mut Vec<bool>,
) -> Result<(), Fault> {
    let mut absent: Option<Vec<&Field>> = None;
    for field in fields {
        let value = field.converter.evaluate(context)?;
        filled.push(value.is_some());
        match value {
            Some(value) => field.path.put(into, value),
            None if field.required.is_some() => absent.get_or_insert_default().push(field),
            None => {}
        }
    }
    for field in absent.unwrap_or_default() {
        if field.required.is_some_and(|length| field.path.is_begun(into, length)) {
            return Err(missing(field, rule, &field.converter).into());
        }
    }
    Ok(())
}

fn missing(field: &Field, rule: &str, converter: &Converter) -> Problem {
    empty(converter.columns(), &format!("`{}` of `{rule}` needs", field.path))
}

/// The first place that `sent` fills and `kept` does not have. What says nothing may be left out.
fn lost(sent: &Json, kept: &Json, path: &str) -> Option<String> {
    match sent {
        Json::Object(object) => object.iter().find_map(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match kept.get(key) {
                Some(kept) => lost(value, kept, &path),
                None => (!says_nothing(value)).then_some(path),
            }
        }),
        Json::Array(array) => array.iter().enumerate().find_map(|(at, value)| {
            let path = format!("{path}.{at}");
            kept.get(at).map_or(Some(path.clone()), |kept| lost(value, kept, &path))
        }),
        _ => None,
    }
}

fn says_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Array(array) => array.is_empty(),
        Json::Object(object) => object.values().all(says_nothing),
        _ => false,
    }
}
