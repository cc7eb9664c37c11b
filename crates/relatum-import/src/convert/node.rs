//! JSON on its way from cells to an event: texts stay where they are until the event takes them.

use std::borrow::Cow;

use serde::Deserializer;
use serde::de::value::{
    BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, SeqDeserializer,
    StringDeserializer,
};
use serde::de::{IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value as Json};

/// A value of JSON that borrows what the row and the mapping say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Flag(bool),
    Number(i64),
    Text(Cow<'a, str>),
    Array(Vec<Self>),
    /// No key stands in it twice.
    Object(Vec<(&'a str, Self)>),
    /// What the mapping says as it stands.
    Said(&'a Json),
}

impl<'a> Node<'a> {
    pub(crate) const EMPTY: Self = Self::Object(Vec::new());

    pub(crate) fn text(of: impl ToString) -> Self {
        Self::Text(Cow::Owned(of.to_string()))
    }

    /// What is sealed as soon as it is in the book.
    pub(crate) fn clear(fields: Vec<(&'a str, Self)>) -> Self {
        Self::Object(vec![("clear", Self::Object(fields))])
    }

    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Flag(flag) => Json::Bool(*flag),
            Self::Number(number) => Json::from(*number),
            Self::Text(text) => Json::from(text.as_ref()),
            Self::Array(elements) => elements.iter().map(Self::to_json).collect(),
            Self::Object(fields) => {
                let field = |(key, value): &(&str, Self)| ((*key).to_owned(), value.to_json());
                Json::Object(fields.iter().map(field).collect())
            }
            Self::Said(json) => (*json).clone(),
        }
    }
}

impl<'de> IntoDeserializer<'de, Error> for Node<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Reads as [`Json`] does.
impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Flag(flag) => visitor.visit_bool(flag),
            // As in Json, which knows no sign where there is none.
            Self::Number(number) => match u64::try_from(number) {
                Ok(number) => visitor.visit_u64(number),
                Err(_) => visitor.visit_i64(number),
            },
            Self::Text(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Self::Text(Cow::Owned(text)) => visitor.visit_string(text),
            Self::Array(elements) => {
                SeqDeserializer::new(elements.into_iter()).deserialize_any(visitor)
            }
            Self::Object(fields) => visitor.visit_map(MapDeserializer::new(fields.into_iter())),
            Self::Said(json) => json.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Null | Self::Said(Json::Null) => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Text(Cow::Borrowed(text)) => {
                BorrowedStrDeserializer::new(text).deserialize_enum(name, variants, visitor)
            }
            Self::Text(Cow::Owned(text)) => {
                StringDeserializer::new(text).deserialize_enum(name, variants, visitor)
            }
            Self::Object(fields) => {
                MapAccessDeserializer::new(MapDeserializer::new(fields.into_iter()))
                    .deserialize_enum(name, variants, visitor)
            }
            Self::Said(json) => json.deserialize_enum(name, variants, visitor),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
