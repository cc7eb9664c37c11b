//! The data of an event: JSON that is stored as it is.
//!
//! Owns the check that a text is one line of JSON without insignificant white space. Knows nothing
//! of what the JSON says.
//!
//! *Invariant: the tokens (spelling of numbers, order of fields, escapes) are those that were
//! given; only white space between tokens is dropped.*

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::outside::{Outside, PART, Part};

/// Data that is no JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event's data is no JSON: {problem} (line {line}, column {column})")]
#[non_exhaustive]
pub struct DataError {
    /// What is wrong.
    pub problem: String,
    /// Line, from 1; 0 if no text was read.
    pub line: usize,
    /// Column, from 1; 0 if no text was read.
    pub column: usize,
}

impl From<serde_json::Error> for DataError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let problem = text.split(" at line ").next().unwrap_or(&text).to_owned();
        Self { problem, line: error.line(), column: error.column() }
    }
}

/// The data of one event, as JSON bytes that nobody rewrites.
///
/// Unknown fields, the spelling of numbers and the order of fields survive, because the text is
/// kept and never serialised again.
///
/// # Example
/// ```
/// use relatum_log::EventData;
/// let data = EventData::from_json("{ \"minor\": 12.50 ,\n \"unknown\": [1, 2] }")?;
/// assert_eq!(data.as_str(), r#"{"minor":12.50,"unknown":[1,2]}"#);
/// assert!(EventData::from_json("{\"minor\": }").is_err());
/// # Ok::<(), relatum_log::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventData(Box<str>);

impl EventData {
    /// Serialises `value`.
    ///
    /// # Errors
    /// [`DataError`] if `value` has no JSON form, such as a map whose keys are no text.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, DataError> {
        let text = serde_json::to_string(value)?;
        // A RawValue inside `value` may have brought white space along.
        Ok(Self(if is_compact(&text) { text.into() } else { compact(&text) }))
    }

    /// Takes JSON text as it is, but for white space between tokens.
    ///
    /// # Errors
    /// [`DataError`] if `text` is not exactly one JSON value.
    pub fn from_json(text: &str) -> Result<Self, DataError> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(Self::from(raw))
    }

    /// Reads the data as a `T`.
    ///
    /// # Errors
    /// [`DataError`] if the JSON has not the shape of a `T`.
    pub fn to<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DataError> {
        Ok(serde_json::from_str(&self.0)?)
    }

    /// Takes stored bytes as they are, even where damage left white space in them.
    pub(crate) fn verbatim(json: &str) -> Self {
        Self(json.into())
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&RawValue> for EventData {
    fn from(raw: &RawValue) -> Self {
        let text = raw.get();
        Self(if is_compact(text) { text.into() } else { compact(text) })
    }
}

impl From<Box<RawValue>> for EventData {
    fn from(raw: Box<RawValue>) -> Self {
        if is_compact(raw.get()) { Self(raw.into()) } else { Self(compact(raw.get())) }
    }
}

impl fmt::Debug for EventData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for EventData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EventData {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(out)
    }
}

impl<'de> Deserialize<'de> for EventData {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self::from(Box::<RawValue>::deserialize(from)?))
    }
}

/// Whether valid JSON has no white space outside of its strings.
pub(crate) fn is_compact(json: &str) -> bool {
    Outside::of(json.as_bytes()).all(|part| white_space(&part) == 0)
}

fn compact(json: &str) -> Box<str> {
    let mut kept = Vec::with_capacity(json.len());
    for (bytes, part) in json.as_bytes().chunks(PART).zip(Outside::of(json.as_bytes())) {
        let mut white = white_space(&part);
        for byte in bytes {
            if white & 1 == 0 {
                kept.push(*byte);
            }
            white >>= 1;
        }
    }
    // White space is ASCII: what is left is UTF-8 as before.
    String::from_utf8_lossy(&kept).into()
}

fn white_space(part: &Part) -> u64 {
    [b' ', b'\n', b'\r', b'\t'].into_iter().fold(0, |all, letter| all | part.places(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_tokens_goes() {
        let text = "\t{ \"a b\" : \"x \\\" y\\\\\" , \"ü ü\":\r\n[1e400, 007e-1]}";
        assert!(EventData::from_json(text).is_err(), "007 is no JSON number");
        let text = text.replace("007e-1", "0.70");
        let data = EventData::from_json(&text).unwrap();
        assert_eq!(data.as_str(), r#"{"a b":"x \" y\\","ü ü":[1e400,0.70]}"#);
        assert!(is_compact(data.as_str()) && !is_compact(&text));
    }

    #[test]
    fn serialises_as_itself() {
        let data = EventData::from_json(r#"{"z":1.50,"a":null}"#).unwrap();
        assert_eq!(serde_json::to_string(&data).unwrap(), data.as_str());
        assert_eq!(EventData::of(&data).unwrap(), data);
    }

    #[test]
    fn says_where_it_is_no_json() {
        assert_eq!(
            EventData::from_json("{\n\"a\": }").unwrap_err().to_string(),
            "the event's data is no JSON: expected value (line 2, column 6)"
        );
    }
}
