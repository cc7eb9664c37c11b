//! Places in the JSON of an event body: `applications.0.amount`.

use std::fmt;

use crate::convert::Node;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

/// The most elements that a rule can name one by one.
const MAX_INDEX: usize = 64;

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(at) => write!(f, "{at}"),
        }
    }
}

/// A place in the JSON of an event body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path(Vec<Segment>);

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            let point = if at == 0 { "" } else { "." };
            write!(f, "{point}{segment}")?;
        }
        Ok(())
    }
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let segment = |name: &str| match name.parse() {
            Ok(at) if at < MAX_INDEX => Ok(Segment::Index(at)),
            Ok(_) => Err(format!("`{text}`: at most {MAX_INDEX} elements can be named")),
            Err(_) if name.is_empty() => Err(format!("`{text}` has an empty part")),
            Err(_) => Ok(Segment::Key(name.to_owned())),
        };
        text.split('.').map(segment).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path of `below` within each element of the array here.
    pub(crate) fn element(&self, below: &Self) -> Self {
        let own = self.0.iter().cloned().chain([Segment::Index(0)]);
        Self(own.chain(below.0.iter().cloned()).collect())
    }

    pub(crate) fn has_index(&self) -> bool {
        self.0.iter().any(|segment| matches!(segment, Segment::Index(_)))
    }

    /// Writes `value` here, making objects and arrays on the way.
    pub(crate) fn put<'a>(&'a self, root: &mut Node<'a>, value: Node<'a>) {
        let mut node = root;
        for segment in &self.0 {
            node = match segment {
                Segment::Key(key) => {
                    if !matches!(node, Node::Object(_)) {
                        *node = Node::EMPTY;
                    }
                    let Node::Object(fields) = node else { return };
                    let place = fields.iter().position(|(name, _)| name == key);
                    let at = place.unwrap_or(fields.len());
                    if place.is_none() {
                        fields.push((key, Node::Null));
                    }
                    let Some((_, value)) = fields.get_mut(at) else { return };
                    value
                }
                Segment::Index(at) => {
                    if !matches!(node, Node::Array(_)) {
                        *node = Node::Array(Vec::new());
                    }
                    let Node::Array(array) = node else { return };
                    while array.len() <= *at {
                        array.push(Node::Null);
                    }
                    let Some(element) = array.get_mut(*at) else { return };
                    element
                }
            };
        }
        *node = value;
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the first `length` steps lead to something.
    pub(crate) fn is_begun(&self, root: &Node<'_>, length: usize) -> bool {
        let mut steps = self.0.iter().take(length);
        let found = steps.try_fold(root, |node, segment| match (segment, node) {
            (Segment::Key(key), Node::Object(fields)) => {
                fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            (Segment::Index(at), Node::Array(array)) => array.get(*at),
            _ => None,
        });
        found.is_some_and(|node| !matches!(node, Node::Null))
    }
}

/// Takes out the elements of arrays that no field filled.
pub(crate) fn compact(node: &mut Node<'_>) {
    match node {
        Node::Array(array) => {
            array.retain(|element| !matches!(element, Node::Null));
            array.iter_mut().for_each(compact);
        }
        Node::Object(fields) => fields.iter_mut().for_each(|(_, value)| compact(value)),
        _ => {}
    }
}
