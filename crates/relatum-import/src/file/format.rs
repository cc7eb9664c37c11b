//! How a file writes things: delimiter, encoding, numbers, days.

use chrono::FixedOffset;
use serde::Deserialize;

/// How the bytes of a file are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252")]
    Windows1252,
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
    empty: Option<Vec<String>>,
    trim: Option<bool>,
    columns: Option<Vec<String>>,
    skip_lines: Option<u32>,
}

/// How a file writes things.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
    pub(crate) encoding: Encoding,
    pub(crate) decimal: char,
    pub(crate) thousands: Option<char>,
    /// Tried in this order.
    pub(crate) days: Vec<String>,
    /// Tried in this order.
    pub(crate) instants: Vec<String>,
    pub(crate) offset: FixedOffset,
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
            quote: Some(b'"'),
            encoding: Encoding::Utf8,
            decimal: '.',
            thousands: None,
            days: vec!["%Y-%m-%d".to_owned()],
            instants: vec!["%Y-%m-%dT%H:%M:%S%.f%:z".to_owned(), "%Y-%m-%d %H:%M:%S".to_owned()],
            offset: FixedOffset::east_opt(0).unwrap_or_else(|| chrono::Offset::fix(&chrono::Utc)),
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
            format.delimiter = one_byte("delimiter", text)?;
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
            let mut items = chrono::format::StrftimeItems::new(pattern);
            if items.any(|item| item == chrono::format::Item::Error) {
                return Err(format!("`{pattern}` is no date format; write it like %Y-%m-%d"));
            }
        }
        Ok(format)
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
