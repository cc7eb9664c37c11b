//! The fields of a rule against the shape of its event type, before any row is read.

use std::collections::BTreeMap;

use relatum_domain::Rate;
use serde_json::Value as Json;
use uuid::Uuid;

use super::path::{Path, Segment};
use crate::convert::{Kind, plain_day};

/// What is wrong with one field, by its place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) field: String,
    pub(crate) reason: String,
}

enum Tree<'a> {
    Leaf(usize, &'a Kind),
    Node(BTreeMap<Segment, Tree<'a>>),
}

/// Finds every field of `fields` in the schema's body.
///
/// Returns, for each field that is needed, the length of the part of its path that must be filled
/// for it to be so: 0 when no event goes without it.
pub(crate) fn check(schema: &Json, fields: &[(&Path, Kind)]) -> Result<Vec<Option<usize>>, Misfit> {
    let mut tree = Tree::Node(BTreeMap::new());
    for (at, (path, kind)) in fields.iter().enumerate() {
        insert(&mut tree, path.segments(), at, kind)
            .map_err(|reason| Misfit { field: path.to_string(), reason })?;
    }
    let mut walk = Walk { root: schema, path: Vec::new(), required: vec![None; fields.len()] };
    let body = schema.pointer("/properties/body").into_iter().collect();
    walk.down(body, &tree, 0)?;
    Ok(walk.required)
}

/// Whether the body of an event of this schema has a field of that name.
pub(crate) fn has_field(schema: &Json, field: &str) -> bool {
    let body = schema.pointer("/properties/body").into_iter().collect();
    let field = Segment::Key(field.to_owned());
    expand(schema, body).into_iter().any(|shape| child(shape, &field).is_some())
}

fn insert<'a>(
    tree: &mut Tree<'a>,
    path: &[Segment],
    at: usize,
    kind: &'a Kind,
) -> Result<(), String> {
    let Tree::Node(children) = tree else {
        return Err("it lies within another field that is set as a whole".to_owned());
    };
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    if rest.is_empty() {
        return match children.insert(first.clone(), Tree::Leaf(at, kind)) {
            None => Ok(()),
            Some(_) => Err("it, or something within it, is set twice".to_owned()),
        };
    }
    let child = children.entry(first.clone()).or_insert_with(|| Tree::Node(BTreeMap::new()));
    insert(child, rest, at, kind)
}

/// All shapes that `nodes` allow: references followed, alternatives laid side by side.
fn expand<'a>(root: &'a Json, nodes: Vec<&'a Json>) -> Vec<&'a Json> {
    let mut open = nodes;
    let mut shapes = Vec::new();
    while let Some(node) = open.pop() {
        let target = node.get("$ref").and_then(Json::as_str);
        let target = target.and_then(|name| name.strip_prefix('#'));
        if let Some(target) = target.and_then(|pointer| root.pointer(pointer)) {
            open.push(target);
            continue;
        }
        let alternatives = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| node.get(key));
        match alternatives.and_then(Json::as_array) {
            Some(alternatives) => open.extend(alternatives),
            None => shapes.push(node),
        }
    }
    shapes
}

fn child<'a>(shape: &'a Json, segment: &Segment) -> Option<&'a Json> {
    match segment {
        Segment::Key(key) => {
            let known = shape.get("properties").and_then(|properties| properties.get(key));
            known.or_else(|| is_free(shape).then_some(shape))
        }
        Segment::Index(_) => shape.get("items").or_else(|| is_free(shape).then_some(shape)),
    }
}

/// Whether the schema says nothing about what may stand here.
fn is_free(shape: &Json) -> bool {
    match shape {
        Json::Bool(free) => *free,
        Json::Object(keys) => !["type", "const", "enum", "properties", "items"]
            .iter()
            .any(|key| keys.contains_key(*key)),
        _ => false,
    }
}

struct Walk<'a> {
    root: &'a Json,
    path: Vec<Segment>,
    required: Vec<Option<usize>>,
}

impl<'a> Walk<'a> {
    /// Compares `tree` with `nodes`; from `anchor` on, all of the path is needed.
    fn down(&mut self, nodes: Vec<&'a Json>, tree: &Tree<'_>, anchor: usize) -> Result<(), Misfit> {
        let shapes = expand(self.root, nodes);
        let children = match tree {
            Tree::Leaf(_, kind) if shapes.iter().any(|shape| accepts(self.root, shape, kind)) => {
                return Ok(());
            }
            Tree::Leaf(..) => {
                return Err(self.misfit(format!("{} goes here", wanted(self.root, &shapes))));
            }
            Tree::Node(children) => children,
        };
        let complete = self.choose(&shapes, children)?;
        let needed: Vec<&str> = needed(complete).collect();
        for (segment, subtree) in children {
            self.path.push(segment.clone());
            let is_needed = matches!(segment, Segment::Key(key) if needed.contains(&key.as_str()));
            if let Tree::Leaf(at, _) = subtree
                && let Some(required) = self.required.get_mut(*at)
            {
                *required = is_needed.then_some(anchor);
            }
            let anchor = if is_needed { anchor } else { self.path.len() };
            self.down(child(complete, segment).into_iter().collect(), subtree, anchor)?;
            self.path.pop();
        }
        Ok(())
    }

    /// The one of `shapes` that has all `children` and needs nothing else.
    fn choose(
        &mut self,
        shapes: &[&'a Json],
        children: &BTreeMap<Segment, Tree<'_>>,
    ) -> Result<&'a Json, Misfit> {
        for segment in children.keys() {
            if !shapes.iter().any(|shape| child(shape, segment).is_some()) {
                self.path.push(segment.clone());
                return Err(self.misfit(format!("there is no such field; {}", known(shapes))));
            }
        }
        let fits = |shape: &Json| children.keys().all(|segment| child(shape, segment).is_some());
        let fitting: Vec<&Json> = shapes.iter().filter(|shape| fits(shape)).copied().collect();
        if let Some(complete) = fitting.iter().find(|shape| missing(shape, children).is_none()) {
            return Ok(complete);
        }
        let Some(lacking) = fitting.first().and_then(|shape| missing(shape, children)) else {
            return Err(self.misfit("these fields do not go together".to_owned()));
        };
        self.path.push(Segment::Key(lacking));
        Err(self.misfit("it is needed, and the rule does not set it".to_owned()))
    }

    fn misfit(&self, reason: String) -> Misfit {
        let names: Vec<String> = self.path.iter().map(ToString::to_string).collect();
        Misfit { field: names.join("."), reason }
    }
}

fn needed(shape: &Json) -> impl Iterator<Item = &str> {
    let required = shape.get("required").and_then(Json::as_array);
    required.into_iter().flatten().filter_map(Json::as_str)
}

fn missing(shape: &Json, children: &BTreeMap<Segment, Tree<'_>>) -> Option<String> {
    let absent = |key: &&str| !children.contains_key(&Segment::Key((*key).to_owned()));
    needed(shape).find(absent).map(str::to_owned)
}

fn known(shapes: &[&Json]) -> String {
    let properties = shapes.iter().filter_map(|shape| shape.get("properties")?.as_object());
    let mut names: Vec<&str> =
        properties.flat_map(|properties| properties.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return "nothing lies within it".to_owned();
    }
    format!("there are: {}", names.join(", "))
}

fn types(shape: &Json) -> impl Iterator<Item = &str> {
    let single = shape.get("type").and_then(Json::as_str);
    let several = shape.get("type").and_then(Json::as_array);
    single.into_iter().chain(several.into_iter().flatten().filter_map(Json::as_str))
}

fn accepts(root: &Json, shape: &Json, kind: &Kind) -> bool {
    if is_free(shape) {
        return true;
    }
    let is = |name: &str| types(shape).any(|known| known == name);
    let has = |key: &str| shape.pointer(&format!("/properties/{key}")).is_some();
    let format = shape.get("format").and_then(Json::as_str);
    let pattern = shape.get("pattern").and_then(Json::as_str);
    let plain = is("string") && format.is_none() && pattern.is_none() && !has_choices(shape);
    match kind {
        Kind::Json(json) => constant_fits(shape, json),
        Kind::Text => is("string"),
        Kind::Day => plain || format == Some("date"),
        Kind::Instant => plain || format == Some("date-time"),
        Kind::Id => plain || format == Some("uuid"),
        Kind::Number => plain || pattern.is_some_and(|pattern| pattern.starts_with("^-?[0-9]")),
        Kind::Money => has("minor"),
        Kind::Value => has("micro"),
        Kind::Integer => is("integer"),
        Kind::Bool => is("boolean"),
        Kind::Personal => {
            has("clear") && shape.pointer("/properties/clear/properties/text").is_some()
        }
        Kind::Secret(inner) => {
            let value = shape.pointer("/properties/clear/properties/value");
            let values = expand(root, value.into_iter().collect());
            values.iter().any(|value| accepts(root, value, inner))
        }
    }
}

fn has_choices(shape: &Json) -> bool {
    shape.get("const").is_some() || shape.get("enum").is_some()
}

fn constant_fits(shape: &Json, json: &Json) -> bool {
    if let Some(only) = shape.get("const") {
        return only == json;
    }
    if let Some(choices) = shape.get("enum").and_then(Json::as_array) {
        return choices.contains(json);
    }
    let name = match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "integer",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    if !types(shape).any(|known| known == name) {
        return false;
    }
    let Some(text) = json.as_str() else { return true };
    let numbers = |pattern: &str| pattern.starts_with("^-?[0-9]");
    match shape.get("format").and_then(Json::as_str) {
        Some("date") => plain_day(text).is_ok(),
        Some("uuid") => Uuid::try_parse(text).is_ok(),
        _ if shape.get("pattern").and_then(Json::as_str).is_some_and(numbers) => {
            text.parse::<Rate>().is_ok()
        }
        _ => true,
    }
}

/// What goes into a field of these shapes, in the words of a mapping.
fn wanted(root: &Json, shapes: &[&Json]) -> String {
    let kinds = [
        (Kind::Money, "{ money = … }"),
        (Kind::Value, "{ value = … }"),
        (Kind::Day, "{ day = … }"),
        (Kind::Instant, "{ instant = … }"),
        (Kind::Id, "{ id = …, of = … }"),
        (Kind::Number, "{ quantity = … } or { rate = … }"),
        (Kind::Integer, "{ integer = … }"),
        (Kind::Bool, "{ bool = … }"),
        (Kind::Personal, "{ personal = … }"),
    ];
    let mut choices: Vec<String> =
        shapes.iter().filter_map(|shape| Some(shape.get("const")?.to_string())).collect();
    if !choices.is_empty() {
        choices.sort();
        return choices.join(" or ");
    }
    let fits = |kind: &Kind| shapes.iter().any(|shape| accepts(root, shape, kind));
    if fits(&Kind::Day) && fits(&Kind::Money) {
        return "anything".to_owned();
    }
    if fits(&Kind::Day) && fits(&Kind::Id) {
        return "a text".to_owned();
    }
    let secret =
        shapes.iter().any(|shape| shape.pointer("/properties/clear/properties/value").is_some());
    if secret {
        return "{ secret = … }".to_owned();
    }
    match kinds.iter().find(|(kind, _)| fits(kind)) {
        Some((_, words)) => (*words).to_owned(),
        None => format!("only something within it ({})", known(shapes)),
    }
}
