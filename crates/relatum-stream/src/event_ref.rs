//! An event's name: its stream and its place in it.

use std::fmt;
use std::str::FromStr;

use crate::stream_id::StreamId;
use crate::text::NameError;
use crate::text_form;

/// The place of an event in its stream: 1 for the first; 0 stands for an empty stream.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream that holds no event.
    pub const NONE: Self = Self(0);

    /// The version `count` events later.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Names one event for ever, printed `account/67e55044-…@12`.
///
/// # Example
/// ```
/// use relatum_stream::{EventRef, Version};
/// let event: EventRef = "account/67e55044-10b1-426f-9247-bb680e5fe0c8@12".parse()?;
/// assert_eq!(event.version, Version(12));
/// # Ok::<(), relatum_stream::NameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventRef {
    /// The stream that holds the event.
    pub stream: StreamId,
    /// Its place there, from 1.
    pub version: Version,
}

impl EventRef {
    /// Names the event at `version` of `stream`.
    #[must_use]
    pub const fn new(stream: StreamId, version: Version) -> Self {
        Self { stream, version }
    }
}

impl fmt::Debug for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.stream, self.version)
    }
}

impl FromStr for EventRef {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let error = || NameError::new(text, "event", "stream@version, such as account/67e5…@12");
        let (stream, version) = text.split_once('@').ok_or_else(error)?;
        let version = version.parse().map_err(|_| error())?;
        let name = Self::new(stream.parse().map_err(|_| error())?, Version(version));
        if version > 0 && name.to_string() == text { Ok(name) } else { Err(error()) }
    }
}

text_form!(
    EventRef,
    "EventRef",
    "^[a-z]{1,15}/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}@[1-9][0-9]*$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_through_json_and_refuses_version_zero() {
        let text = "\"account/67e55044-10b1-426f-9247-bb680e5fe0c8@12\"";
        let event: EventRef = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
        assert!("account/67e55044-10b1-426f-9247-bb680e5fe0c8@0".parse::<EventRef>().is_err());
        assert!("account/67e55044-10b1-426f-9247-bb680e5fe0c8@012".parse::<EventRef>().is_err());
    }
}
