//! How a file writes things: delimiter, encoding, numbers, days.

use chrono::{FixedOffset, LocalResult, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

/// How the bytes of a file are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252", alias = "iso-8859-1")]
    Windows1252,
    /// UTF-8; what is none is Windows-1252, of which ISO 8859-1 is a part.
    #[serde(rename = "detect")]
    Detect,
}

/// `[format]` as the mapping writes it; what is absent is inherited.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormatForm {
    delimiter: Option<String>,
    quote: Option<String>,
    encoding: Option<Encoding>,
    decimal: Option<String>,
    thousands: Option<String>,
    days: Option<Vec<String>>,
    instants: Option<Vec<String>>,
    utc_offset: Option<String>,
    zone: Option<String>,
    footer: Option<Vec<String>>,
    empty: Option<Vec<String>>,
    trim: Option<bool>,
    columns: Option<Vec<String>>,
    skip_lines: Option<u32>,
}

/// How a file writes things.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pub(crate) delimiter: u8,
    /// Whether the header row shows the delimiter.
    pub(crate) detect_delimiter: bool,
    pub(crate) quote: Option<u8>,
    pub(crate) encoding: Encoding,
    pub(crate) decimal: char,
    pub(crate) thousands: Option<char>,
    /// Tried in this order.
    pub(crate) days: Vec<String>,
    /// Tried in this order.
    pub(crate) instants: Vec<String>,
    pub(crate) offset: FixedOffset,
    /// The time zone of times without offset; before the offset, where there is one.
    pub(crate) zone: Option<Tz>,
    /// How the lines below the table begin.
    pub(crate) footer: Vec<String>,
    /// Texts that stand for nothing.
    pub(crate) empty: Vec<String>,
    pub(crate) trim: bool,
    /// Names of the columns of a file without a header row.
    pub(crate) columns: Option<Vec<String>>,
    /// Lines before the header row.
    pub(crate) skip_lines: u32,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            delimiter: b',',
            detect_delimiter: false,
            quote: Some(b'"'),
            encoding: Encoding::Utf8,
            decimal: '.',
            thousands: None,
            days: vec!["%Y-%m-%d".to_owned()],
            instants: vec!["%Y-%m-%dT%H:%M:%S%.f%:z".to_owned(), "%Y-%m-%d %H:%M:%S".to_owned()],
            offset: FixedOffset::east_opt(0).unwrap_or_else(|| chrono::Offset::fix(&chrono::Utc)),
            zone: None,
            footer: Vec::new(),
            empty: Vec::new(),
            trim: true,
            columns: None,
            skip_lines: 0,
        }
    }
}

impl Format {
    /// This format with what `form` says instead, or what is wrong with that.
    pub(crate) fn with(&self, form: &FormatForm) -> Result<Self, String> {
        let mut format = self.clone();
        if let Some(text) = &form.delimiter {
            format.detect_delimiter = text == "detect";
            if !format.detect_delimiter {
                format.delimiter = one_byte("delimiter", text)?;
            }
        }
        if let Some(text) = &form.quote {
            format.quote = if text.is_empty() { None } else { Some(one_byte("quote", text)?) };
        }
        if let Some(text) = &form.decimal {
            format.decimal = one_char("decimal", text)?;
        }
        if let Some(text) = &form.thousands {
            let none = text.is_empty();
            format.thousands = if none { None } else { Some(one_char("thousands", text)?) };
        }
        if let Some(text) = &form.utc_offset {
            let offset = text.parse();
            format.offset =
                offset.map_err(|_| format!("utc_offset `{text}`: write it like +01:00"))?;
        }
        if let Some(name) = &form.zone {
            format.zone = Some(zone(name)?);
        }
        set(&mut format.footer, form.footer.as_ref());
        set(&mut format.encoding, form.encoding.as_ref());
        set(&mut format.days, form.days.as_ref());
        set(&mut format.instants, form.instants.as_ref());
        set(&mut format.empty, form.empty.as_ref());
        set(&mut format.trim, form.trim.as_ref());
        set(&mut format.skip_lines, form.skip_lines.as_ref());
        if form.columns.is_some() {
            format.columns.clone_from(&form.columns);
        }
        if format.thousands == Some(format.decimal) {
            return Err("decimal and thousands are the same sign".to_owned());
        }
        for pattern in format.days.iter().chain(&format.instants) {
            date_pattern(pattern)?;
        }
        Ok(format)
    }
}

/// The zone of an IANA name.
pub(crate) fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        format!("zone `{name}`: write the name of a time zone, such as Europe/Berlin or UTC")
    })
}

/// Whether `pattern` is one, or what is wrong with it.
pub(crate) fn date_pattern(pattern: &str) -> Result<(), String> {
    let mut items = chrono::format::StrftimeItems::new(pattern);
    if items.any(|item| item == chrono::format::Item::Error) {
        return Err(format!("`{pattern}` is no date format; write it like %Y-%m-%d"));
    }
    Ok(())
}

impl Format {
    /// Takes over what whoever imports says.
    pub(crate) fn say(&mut self, zone: Option<Tz>, days: &[String], decimal: Option<char>) {
        self.zone = zone.or(self.zone);
        let times = ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"];
        let signs = [" ", ", "];
        for (at, day) in days.iter().enumerate() {
            self.days.insert(at, day.clone());
            for (sign, time) in signs.iter().flat_map(|sign| times.map(|time| (sign, time))) {
                self.instants.insert(0, format!("{day}{sign}{time}"));
            }
        }
        if let Some(decimal) = decimal {
            self.decimal = decimal;
            self.thousands = Some(if decimal == ',' { '.' } else { ',' });
        }
    }

    /// The instant of a time on the clock of this format's zone.
    ///
    /// A time that the clock showed twice, when it was put back, is the first of the two.
    pub(crate) fn on_clock(&self, local: NaiveDateTime) -> Result<chrono::DateTime<Utc>, String> {
        let Some(zone) = self.zone else {
            let found = local.and_local_timezone(self.offset).single();
            return found.map(|at| at.to_utc()).ok_or_else(|| "no time that there is".to_owned());
        };
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Ok(at.to_utc()),
            LocalResult::None => Err(format!(
                "the clock of {zone} never showed {local}: it was put forward then; is this the \
                 right zone?"
            )),
        }
    }

    /// The day on the calendar of this format's zone.
    pub(crate) fn day_of(&self, at: chrono::DateTime<Utc>) -> chrono::NaiveDate {
        match self.zone {
            Some(zone) => at.with_timezone(&zone).date_naive(),
            None => at.with_timezone(&self.offset).date_naive(),
        }
    }
}

fn set<T: Clone>(to: &mut T, from: Option<&T>) {
    if let Some(from) = from {
        to.clone_from(from);
    }
}

fn one_char(what: &str, text: &str) -> Result<char, String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(sign), None) if !sign.is_ascii_digit() && !matches!(sign, '+' | '-') => Ok(sign),
        _ => Err(format!("{what} `{text}`: write one sign")),
    }
}

fn one_byte(what: &str, text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Ok(*byte),
        _ => Err(format!("{what} `{text}`: write one ASCII character, such as ; or \\t")),
    }
}
