//! Cells: what stands in a row under a column, typed, and nothing of how anybody writes it.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use relatum_domain::{Currency, Day, Quantity, Recorded};
use relatum_stream::EventRef;
use uuid::Uuid;

use crate::amounts::Sum;

/// What the cells of a column hold, unless they hold nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CellKind {
    /// A text: a name, a number of a document, a word such as `held`.
    Text,
    /// The id of an account, a document, a manager.
    Id,
    /// The name of an event, such as `account/…@12`: what the row stems from.
    Event,
    /// A count, or a number of days.
    Integer,
    /// Yes or no.
    Flag,
    /// A business day.
    Day,
    /// An instant, in UTC.
    Instant,
    /// Money in millionths of the unit of the currency that the row's column `currency` names.
    Amount,
    /// A quantity, a rate or a share, in millionths of one.
    Number,
}

impl CellKind {
    /// Its name, in one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Id => "id",
            Self::Event => "event",
            Self::Integer => "integer",
            Self::Flag => "flag",
            Self::Day => "day",
            Self::Instant => "instant",
            Self::Amount => "amount",
            Self::Number => "number",
        }
    }
}

impl fmt::Display for CellKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: CellKind,
    /// What that says, in a line.
    pub doc: &'static str,
}

/// What stands in a row under a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableCell<'a> {
    /// Nothing: it is not known, or there is none.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// An id.
    Id(Uuid),
    /// The name of an event.
    Event(EventRef),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
    /// Millionths: of [amounts](CellKind::Amount) and [numbers](CellKind::Number).
    Decimal(i128),
}

impl TableCell<'_> {
    /// Whether a column of that kind may hold it.
    #[must_use]
    pub const fn is_of(&self, kind: CellKind) -> bool {
        match self {
            Self::Null => true,
            Self::Text(_) => matches!(kind, CellKind::Text),
            Self::Id(_) => matches!(kind, CellKind::Id),
            Self::Event(_) => matches!(kind, CellKind::Event),
            Self::Integer(_) => matches!(kind, CellKind::Integer),
            Self::Flag(_) => matches!(kind, CellKind::Flag),
            Self::Day(_) => matches!(kind, CellKind::Day),
            Self::Instant(_) => matches!(kind, CellKind::Instant),
            Self::Decimal(_) => matches!(kind, CellKind::Amount | CellKind::Number),
        }
    }

    /// The same, whatever becomes of what it was read from.
    #[must_use]
    pub fn into_owned(self) -> TableCell<'static> {
        match self {
            Self::Null => TableCell::Null,
            Self::Text(text) => TableCell::Text(Cow::Owned(text.into_owned())),
            Self::Id(id) => TableCell::Id(id),
            Self::Event(event) => TableCell::Event(event),
            Self::Integer(number) => TableCell::Integer(number),
            Self::Flag(flag) => TableCell::Flag(flag),
            Self::Day(day) => TableCell::Day(day),
            Self::Instant(at) => TableCell::Instant(at),
            Self::Decimal(micro) => TableCell::Decimal(micro),
        }
    }
}

/// As plain text: no cell is empty but one that holds nothing or the empty text; days and instants
/// as ISO 8601 has them, decimals with the digits that there are.
impl fmt::Display for TableCell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Id(id) => id.fmt(f),
            Self::Event(event) => event.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Day(day) => day.fmt(f),
            Self::Instant(at) => {
                f.write_str(&at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
            }
            Self::Decimal(micro) => {
                f.write_str(&Sum { micro: *micro, currency: Currency::NONE }.number())
            }
        }
    }
}

impl<'a> From<&'a str> for TableCell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for TableCell<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for TableCell<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a, T: Into<TableCell<'a>>> From<Option<T>> for TableCell<'a> {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(TableCell::Null, Into::into)
    }
}

macro_rules! cells {
    ($($from:ty: |$it:ident| $cell:expr;)+) => {
        $(impl From<$from> for TableCell<'_> {
            fn from($it: $from) -> Self {
                $cell
            }
        })+
    };
}

cells! {
    Uuid: |it| Self::Id(it);
    EventRef: |it| Self::Event(it);
    i64: |it| Self::Integer(it);
    u32: |it| Self::Integer(it.into());
    u64: |it| Self::Integer(i64::try_from(it).unwrap_or(i64::MAX));
    usize: |it| Self::Integer(i64::try_from(it).unwrap_or(i64::MAX));
    bool: |it| Self::Flag(it);
    NaiveDate: |it| Self::Day(it);
    Day: |it| Self::Day(it.date());
    DateTime<Utc>: |it| Self::Instant(it);
    Recorded: |it| DateTime::from_timestamp_micros(it.0).into();
    Sum: |it| Self::Decimal(it.micro);
    Quantity: |it| Self::Decimal(it.micro().into());
    Currency: |it| match it {
        Currency::NONE => Self::Null,
        currency => Self::from(currency.code().to_owned()),
    };
}

macro_rules! ids {
    ($($id:ident),+) => {
        $(impl From<relatum_domain::$id> for TableCell<'_> {
            fn from(id: relatum_domain::$id) -> Self {
                Self::Id(id.uuid())
            }
        })+
    };
}

ids!(AccountId, ManagerId, TeamId, ContactId, DocumentId, PaymentId, OpportunityId, OfferId);
ids!(ContractId, ActivityId, ActionId, CompanyId, PromiseId, DisputeId, RefundId, OrderId);
