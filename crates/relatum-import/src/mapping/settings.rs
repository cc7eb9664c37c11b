//! What whoever imports says beside the mapping: zone, currency, maps, the day.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use super::cleaning::Values;
use crate::error::MappingError;
use crate::file::{date_pattern, zone};

/// The largest file of a map.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// What a mapping cannot know and whoever imports can: the time zone of times without offset, the
/// currency of amounts without one, translations of owners and picklists.
///
/// # Example
/// ```
/// use relatum_import::{Preset, Settings};
/// let settings = Settings::default().zone("Europe/Berlin")?.currency("EUR")?;
/// let mapping = Preset::named("zoho")?.with(&settings)?;
/// assert_eq!(mapping.system(), "zoho");
/// assert!(Settings::default().zone("Berlin").is_err());
/// # Ok::<(), relatum_import::MappingError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub(crate) zone: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) today: Option<NaiveDate>,
    pub(crate) days: Vec<String>,
    pub(crate) decimal: Option<char>,
    pub(crate) maps: BTreeMap<String, Values>,
}

impl Settings {
    /// The time zone of times without offset, by its IANA name.
    ///
    /// # Errors
    /// [`Setting`](MappingError::Setting) for what is no time zone.
    pub fn zone(mut self, name: &str) -> Result<Self, MappingError> {
        zone(name).map_err(|reason| MappingError::Setting { reason })?;
        self.zone = Some(name.to_owned());
        Ok(self)
    }

    /// The currency of amounts for which the files name none.
    ///
    /// # Errors
    /// [`Setting`](MappingError::Setting) for what is no currency.
    pub fn currency(mut self, code: &str) -> Result<Self, MappingError> {
        let found: Result<relatum_domain::Currency, _> = code.parse();
        let found = found.map_err(|error| MappingError::Setting { reason: error.to_string() })?;
        self.currency = Some(found.code().to_owned());
        Ok(self)
    }

    /// How the files write days, such as `%m/%d/%Y`, before the ways that the mapping knows.
    /// Instants are such a day with a time behind it.
    ///
    /// # Errors
    /// [`Setting`](MappingError::Setting) for what is no date format.
    pub fn days(mut self, pattern: &str) -> Result<Self, MappingError> {
        date_pattern(pattern).map_err(|reason| MappingError::Setting { reason })?;
        self.days.push(pattern.to_owned());
        Ok(self)
    }

    /// The sign before decimals, a comma or a point; the other one stands between thousands.
    ///
    /// # Errors
    /// [`Setting`](MappingError::Setting) for another sign.
    pub fn decimal(mut self, sign: &str) -> Result<Self, MappingError> {
        self.decimal = match sign {
            "," => Some(','),
            "." => Some('.'),
            _ => {
                let reason = format!("decimal `{sign}`: write , or .");
                return Err(MappingError::Setting { reason });
            }
        };
        Ok(self)
    }

    /// The day of the import, before which an appointment counts as held.
    #[must_use]
    pub const fn today(mut self, day: NaiveDate) -> Self {
        self.today = Some(day);
        self
    }

    /// The translation `name` of the mapping, from the CSV file at `path`.
    ///
    /// # Errors
    /// [`Setting`](MappingError::Setting) for a file that cannot be read as two columns.
    pub fn map_file(mut self, name: &str, path: impl AsRef<Path>) -> Result<Self, MappingError> {
        let values = read_map(path.as_ref()).map_err(|reason| MappingError::Setting { reason })?;
        self.maps.insert(name.to_owned(), values);
        Ok(self)
    }
}

/// A translation from a CSV file: old and new value in its first two columns, below a header row.
/// A row `*` is for all values that have none; `*` on its other side keeps them.
pub(crate) fn read_map(path: &Path) -> Result<Values, String> {
    let shown = path.display();
    let size = fs::metadata(path).map_err(|error| format!("`{shown}`: {error}"))?.len();
    if size > MAX_BYTES {
        return Err(format!("`{shown}` is larger than a map should be"));
    }
    let bytes = fs::read(path).map_err(|error| format!("`{shown}`: {error}"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("`{shown}` is not UTF-8; save it as UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}');
    let delimiter = crate::file::delimiter(text.as_bytes(), 0);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut values = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("`{shown}`: {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (from, to) = match (record.get(0), record.get(1)) {
            (Some(from), Some(to)) if !from.is_empty() => (from, to),
            _ => return Err(format!("`{shown}`, line {line}: write old and new value")),
        };
        let before = values.insert(from.to_owned(), to.to_owned());
        if before.is_some_and(|before| before != to) {
            return Err(format!("`{shown}`, line {line}: `{from}` stands there twice"));
        }
    }
    Ok(Values { values, closed: true })
}
