//! The one error of parsing a name, and the serde and schema forms that all names share.

/// A text that is no name of a stream or an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {expected}; write it as {form}")]
#[non_exhaustive]
pub struct NameError {
    /// What was given.
    pub text: String,
    /// What was expected, in words.
    pub expected: &'static str,
    /// The form to write.
    pub form: &'static str,
}

impl NameError {
    pub(crate) fn new(text: &str, expected: &'static str, form: &'static str) -> Self {
        Self { text: text.to_owned(), expected, form }
    }
}

/// Gives a type with `Display` and `FromStr` its JSON form (a string) and its schema.
///
/// For the crates of this workspace that write types as text; they bring serde and schemars.
#[doc(hidden)]
#[macro_export]
macro_rules! text_form {
    ($type:ty, $schema:literal, $pattern:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("a string holding a ", $schema))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                from.deserialize_str(Text)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}
