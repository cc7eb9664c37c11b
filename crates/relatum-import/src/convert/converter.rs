//! The converters: what can stand on the right side of a rule.

use serde_json::Value as Json;

use crate::mapping::Reading;

/// Money or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmountKind {
    Money,
    Value,
}

/// An amount of a currency, perhaps times a quantity.
#[derive(Debug, Clone)]
pub(crate) struct AmountOf {
    pub(crate) kind: AmountKind,
    pub(crate) of: Reading,
    pub(crate) currency: Reading,
    pub(crate) times: Option<Reading>,
    pub(crate) negate: bool,
    /// Whether digits beyond the minor unit are rounded, half away from zero.
    pub(crate) round: bool,
}

/// Turns texts into the JSON of one field.
#[derive(Debug, Clone)]
pub(crate) enum Converter {
    Const(Json),
    Text(Reading),
    Day {
        of: Reading,
        plus_days: Option<Reading>,
    },
    /// The day of an instant, or of a day.
    DayOf(Reading),
    Instant(Reading),
    Amount(Box<AmountOf>),
    Quantity {
        of: Reading,
        negate: bool,
    },
    Rate {
        of: Reading,
        percent: bool,
    },
    Integer {
        of: Reading,
        negate: bool,
        divide_by: i64,
    },
    Bool {
        of: Reading,
        yes: Vec<String>,
        no: Vec<String>,
    },
    Id {
        of: Reading,
        kind: String,
        system: String,
    },
    Personal {
        of: Reading,
        subject: Option<Box<Converter>>,
    },
    Secret(Box<Converter>),
    Sum(Box<Converter>),
}

/// What the JSON of a converter is, for comparison with the shape of the field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Json(Json),
    Text,
    Day,
    Instant,
    Money,
    Value,
    Number,
    Integer,
    Bool,
    Id,
    Personal,
    Secret(Box<Kind>),
}

impl Converter {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Const(json) => Kind::Json(json.clone()),
            Self::Text(_) => Kind::Text,
            Self::Day { .. } | Self::DayOf(_) => Kind::Day,
            Self::Instant(_) => Kind::Instant,
            Self::Amount(amount) => match amount.kind {
                AmountKind::Money => Kind::Money,
                AmountKind::Value => Kind::Value,
            },
            Self::Quantity { .. } | Self::Rate { .. } => Kind::Number,
            Self::Integer { .. } => Kind::Integer,
            Self::Bool { .. } => Kind::Bool,
            Self::Id { .. } => Kind::Id,
            Self::Personal { .. } => Kind::Personal,
            Self::Secret(inner) => Kind::Secret(Box::new(inner.kind())),
            Self::Sum(inner) => inner.kind(),
        }
    }

    /// The columns that it reads, for a message.
    pub(crate) fn columns(&self) -> String {
        match self {
            Self::Const(_) => String::new(),
            Self::Text(of) | Self::Instant(of) | Self::DayOf(of) => of.columns(),
            Self::Amount(amount) => amount.of.columns(),
            Self::Day { of, .. }
            | Self::Quantity { of, .. }
            | Self::Rate { of, .. }
            | Self::Integer { of, .. }
            | Self::Bool { of, .. }
            | Self::Id { of, .. }
            | Self::Personal { of, .. } => of.columns(),
            Self::Secret(inner) | Self::Sum(inner) => inner.columns(),
        }
    }

    /// Whether it always gives the same, whatever the row, the stream and the keys.
    pub(crate) fn is_constant(&self) -> bool {
        match self {
            Self::Const(_) => true,
            Self::Personal { .. } | Self::Sum(_) => false,
            Self::Text(of) | Self::Instant(of) | Self::DayOf(of) => of.is_constant(),
            Self::Amount(amount) => {
                amount.of.is_constant()
                    && amount.currency.is_constant()
                    && amount.times.as_ref().is_none_or(Reading::is_constant)
            }
            Self::Day { of, plus_days } => {
                of.is_constant() && plus_days.as_ref().is_none_or(Reading::is_constant)
            }
            Self::Quantity { of, .. }
            | Self::Rate { of, .. }
            | Self::Integer { of, .. }
            | Self::Bool { of, .. }
            | Self::Id { of, .. } => of.is_constant(),
            Self::Secret(inner) => inner.is_constant(),
        }
    }
}
