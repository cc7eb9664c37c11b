//! What whoever imports says beside the mapping.

use clap::Args;
use relatum_import::{MappingError, Settings};

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
}

impl Said {
    /// The same for a mapping.
    pub(crate) fn settings(&self) -> Result<Settings, MappingError> {
        let mut settings = Settings::default().today(today());
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
}
