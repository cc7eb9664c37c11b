//! Churn signals: which there are, and from where on each is worth attention.
//!
//! Owns [`SignalKind`], what is measured of each and the standard thresholds. Knows no account:
//! whoever looks at one measures, and asks here how it stands.
//!
//! *Invariant: a measure that is worse never stands better.*

use serde::Serialize;

pub use crate::event::policy::{SignalKind, SignalRule, SignalThreshold};

/// How a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalState {
    /// Too little is known to say.
    InsufficientData,
    /// As usual.
    Ok,
    /// Unusual.
    Watch,
    /// Very unusual.
    Alert,
}

impl SignalKind {
    /// Every one, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::NoPurchase,
        Self::Cadence,
        Self::OrderValue,
        Self::Volume,
        Self::Assortment,
        Self::Returns,
        Self::DaysLate,
        Self::Promises,
        Self::Offers,
        Self::Complaints,
        Self::Contract,
        Self::Contact,
        Self::MissedVisits,
        Self::KeyContact,
        Self::Usage,
    ];

    /// Its name, as policies and reports write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoPurchase => "no_purchase",
            Self::Cadence => "cadence",
            Self::OrderValue => "order_value",
            Self::Volume => "volume",
            Self::Assortment => "assortment",
            Self::Returns => "returns",
            Self::DaysLate => "days_late",
            Self::Promises => "promises",
            Self::Offers => "offers",
            Self::Complaints => "complaints",
            Self::Contract => "contract",
            Self::Contact => "contact",
            Self::MissedVisits => "missed_visits",
            Self::KeyContact => "key_contact",
            Self::Usage => "usage",
        }
    }

    /// Whether less of what is measured is worse.
    #[must_use]
    pub const fn less_is_worse(self) -> bool {
        matches!(self, Self::Cadence | Self::Contract)
    }

    /// The thresholds where no policy says otherwise.
    #[must_use]
    pub const fn standard(self) -> SignalThreshold {
        let (watch, alert) = match self {
            Self::NoPurchase => (50, 75),
            Self::Cadence => (10, 2),
            Self::OrderValue | Self::Usage => (20, 40),
            Self::Volume => (30, 60),
            Self::Assortment => (25, 50),
            Self::Returns => (90, 98),
            Self::DaysLate => (7, 15),
            Self::Promises | Self::Complaints | Self::KeyContact => (1, 2),
            Self::Offers | Self::Contact => (200, 300),
            Self::Contract => (90, 30),
            Self::MissedVisits => (2, 3),
        };
        SignalThreshold { signal: self, watch, alert }
    }
}

impl SignalThreshold {
    /// How what is measured stands; none: nothing could be measured.
    ///
    /// # Example
    /// ```
    /// use relatum_domain::signals::{SignalKind, SignalState};
    /// let days_late = SignalKind::DaysLate.standard();
    /// assert_eq!(days_late.grade(Some(8)), SignalState::Watch);
    /// let chance_of_such_a_silence = SignalKind::Cadence.standard();
    /// assert_eq!(chance_of_such_a_silence.grade(Some(1)), SignalState::Alert);
    /// assert_eq!(days_late.grade(None), SignalState::InsufficientData);
    /// ```
    #[must_use]
    pub const fn grade(&self, measure: Option<i64>) -> SignalState {
        let Some(measure) = measure else { return SignalState::InsufficientData };
        let less = self.signal.less_is_worse();
        let (watch, alert) = (self.watch as i64, self.alert as i64);
        if (less && measure <= alert) || (!less && measure >= alert) {
            SignalState::Alert
        } else if (less && measure <= watch) || (!less && measure >= watch) {
            SignalState::Watch
        } else {
            SignalState::Ok
        }
    }
}

impl Default for SignalRule {
    fn default() -> Self {
        Self { horizon_days: 91, thresholds: Vec::new() }
    }
}

impl SignalRule {
    /// The thresholds of a signal: its own, or the standard.
    #[must_use]
    pub fn of(&self, signal: SignalKind) -> SignalThreshold {
        let own = self.thresholds.iter().find(|it| it.signal == signal);
        own.copied().unwrap_or_else(|| signal.standard())
    }
}
