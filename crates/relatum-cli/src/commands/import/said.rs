//! What whoever imports says beside the mapping.

use std::path::Path;

use chrono::NaiveDate;
use clap::{Args, Parser};
use relatum_import::{MappingError, Settings};

use super::files::absolute;
use crate::failure::{Exit, Failure};
use crate::viewpoint::today;

/// What neither the mapping nor the files know.
#[derive(Debug, Args)]
pub(crate) struct Said {
    /// The time zone of times without offset, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// The currency of amounts for which the files name none
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Translate values, such as owners, by a CSV file of two columns with a header row; a value
    /// that is not in it rejects its row, unless it has a row `*`
    #[arg(long = "map", value_name = "NAME=FILE")]
    maps: Vec<String>,
    /// How the files write days, such as %m/%d/%Y; several times for several ways
    #[arg(long, value_name = "PATTERN")]
    days: Vec<String>,
    /// The sign before decimals, a comma or a point
    #[arg(long, value_name = "SIGN")]
    decimal: Option<String>,
    /// The day of the import, before which an appointment counts as held; today unless given
    #[arg(long, value_name = "DAY")]
    today: Option<NaiveDate>,
}

/// The same in words.
#[derive(Debug, Parser)]
#[command(name = "import", disable_help_flag = true)]
struct Words {
    #[command(flatten)]
    said: Said,
}

impl Said {
    /// The same for a mapping.
    pub(crate) fn settings(&self) -> Result<Settings, MappingError> {
        let mut settings = Settings::default().today(self.today());
        if let Some(zone) = &self.zone {
            settings = settings.zone(zone)?;
        }
        if let Some(code) = &self.currency {
            settings = settings.currency(code)?;
        }
        if let Some(sign) = &self.decimal {
            settings = settings.decimal(sign)?;
        }
        for pattern in &self.days {
            settings = settings.days(pattern)?;
        }
        for map in &self.maps {
            settings = match map.split_once('=') {
                Some((name, file)) => settings.map_file(name, file)?,
                None => {
                    let reason = format!("map `{map}`: write it like owners=owners.csv");
                    return Err(MappingError::Setting { reason });
                }
            };
        }
        Ok(settings)
    }

    /// All of it in words, by which a batch that was cut off is gone on with.
    pub(super) fn words(&self) -> Vec<String> {
        let texts = [("--zone", &self.zone), ("--currency", &self.currency)];
        let texts = texts.into_iter().chain([("--decimal", &self.decimal)]);
        let texts = texts.filter_map(|(name, text)| Some((name, text.clone()?)));
        let days = self.days.iter().map(|pattern| ("--days", pattern.clone()));
        let map = |(name, path)| ("--map", format!("{name}={}", absolute(Path::new(path))));
        let maps = self.map_files().map(map);
        let today = [("--today", self.today().to_string())];
        let all = texts.chain(days).chain(maps).chain(today);
        all.flat_map(|(name, text)| [name.to_owned(), text]).collect()
    }

    /// What was said in words.
    pub(super) fn of_words(words: &[String]) -> Result<Self, Failure> {
        let all = ["import".to_owned()].into_iter().chain(words.iter().cloned());
        Words::try_parse_from(all).map(|words| words.said).map_err(|error| {
            let message = format!("what was said of the batch is not understood: {error}");
            Failure::new(Exit::Corrupt, message)
        })
    }

    /// The maps that were given, each with its file.
    pub(super) fn map_files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.maps.iter().filter_map(|map| map.split_once('='))
    }

    fn today(&self) -> NaiveDate {
        self.today.unwrap_or_else(today)
    }
}
