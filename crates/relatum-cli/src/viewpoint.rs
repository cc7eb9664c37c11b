//! The point on both time axes from which a report looks.

use chrono::NaiveDate;
use clap::Args;
use relatum::{AsOf, Engine, KnownAt};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::values::{self, Known};

/// The options of every report.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ViewArguments {
    /// The day to look from; today unless said otherwise
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    as_of: Option<NaiveDate>,
    /// What was recorded by then only: an instant, a day (its end, UTC) or a position like @1234
    #[arg(long, value_name = "WHEN", value_parser = values::known)]
    known_at: Option<Known>,
}

/// Where a report looks from, and how that is said.
#[derive(Debug, Clone)]
pub(crate) struct Viewpoint {
    pub(crate) day: NaiveDate,
    known: Option<Known>,
}

/// The day by the local clock.
pub(crate) fn today() -> NaiveDate {
    chrono::Local::now().date_naive()
}

impl ViewArguments {
    /// A point, as the options say it.
    pub(crate) const fn at(as_of: Option<NaiveDate>, known_at: Option<Known>) -> Self {
        Self { as_of, known_at }
    }

    /// The same, of whatever day unless one was given.
    pub(crate) fn or_of_whatever_day(&self) -> Self {
        Self { as_of: self.as_of.or(Some(NaiveDate::MAX)), known_at: self.known_at.clone() }
    }

    /// The options as one writes them.
    pub(crate) fn words(&self) -> Vec<String> {
        let as_of = self.as_of.map(|day| format!("--as-of={day}"));
        let known_at = self.known_at.as_ref().map(|known| format!("--known-at={known}"));
        as_of.into_iter().chain(known_at).collect()
    }

    /// The point alone.
    #[cfg(feature = "sql")]
    pub(crate) fn point(&self) -> (NaiveDate, Option<KnownAt>) {
        (self.as_of.unwrap_or_else(today), self.known_at.as_ref().map(KnownAt::from))
    }

    /// The book from there.
    pub(crate) fn of(&self, engine: &Engine) -> Result<(AsOf, Viewpoint), Failure> {
        let day = self.as_of.unwrap_or_else(today);
        let book = engine.as_of(day);
        let book = match &self.known_at {
            None => book,
            Some(known) => known.seen_by(book)?,
        };
        let known = self.known_at.clone();
        Ok((book, Viewpoint { day, known }))
    }
}

impl Known {
    /// The book as it was known then.
    pub(crate) fn seen_by(&self, book: AsOf) -> Result<AsOf, Failure> {
        Ok(book.known_at(KnownAt::from(self))?)
    }
}

impl Viewpoint {
    /// A day, with everything known.
    pub(crate) const fn of_day(day: NaiveDate) -> Self {
        Self { day, known: None }
    }

    /// In words, for headings.
    pub(crate) fn words(&self) -> String {
        let known = match &self.known {
            None => "everything known now".to_owned(),
            Some(known) => format!("known at {known}"),
        };
        match self.day {
            NaiveDate::MAX => known,
            day => format!("as of {day}, {known}"),
        }
    }

    /// `report`, an object, with the point in front.
    pub(crate) fn stamp(&self, report: Value) -> Value {
        let known = self.known.as_ref().map(ToString::to_string);
        let day = (self.day != NaiveDate::MAX).then_some(self.day);
        let mut document = json!({ "as_of": day, "known_at": known });
        if let (Value::Object(fields), Value::Object(more)) = (&mut document, report) {
            fields.extend(more.into_iter().filter(|(key, _)| key != "as_of"));
        }
        document
    }
}
