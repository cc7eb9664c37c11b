//! What the values of one column are evidence for.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::NaiveDate;
use relatum_domain::Currency;

/// Different values remembered; beyond it a column counts as full of them.
const REMEMBERED: usize = 1_000_000;

/// Lines named in a comment.
const SHOWN: usize = 3;

/// Where something was seen first, how often, and its text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    pub(crate) first: Option<(u64, String)>,
    /// The first lines.
    pub(crate) lines: Vec<u64>,
}

impl Seen {
    fn note(&mut self, line: u64, text: &str) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some((line, text.chars().take(40).collect()));
        }
        if self.lines.len() < SHOWN {
            self.lines.push(line);
        }
    }

    /// `13/02/2024 in line 7`.
    pub(crate) fn example(&self) -> String {
        self.first.as_ref().map(|(line, text)| format!("{text} in line {line}")).unwrap_or_default()
    }
}

/// Evidence about one column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) filled: u64,
    different: HashSet<u64>,
    repeated: bool,
    pub(crate) numbers: u64,
    /// Numbers that can only have a comma before their decimals, or only a point.
    pub(crate) comma: Seen,
    pub(crate) point: Seen,
    /// Numbers of a sign and three digits, which may be thousands or decimals.
    pub(crate) unclear: Seen,
    /// Numbers with such a sign between thousands.
    pub(crate) grouped: bool,
    pub(crate) emails: u64,
    pub(crate) currencies: u64,
    pub(crate) iso_days: Seen,
    pub(crate) iso_times: Seen,
    /// Days of three numbers, by what they can only be.
    pub(crate) day_first: Seen,
    pub(crate) month_first: Seen,
    pub(crate) either: Seen,
    /// The sign between the numbers of such a day.
    pub(crate) sign: Option<char>,
    pub(crate) short_year: bool,
    /// Days with a time behind them.
    pub(crate) timed: u64,
    /// The first of the days, read day first and read month first.
    pub(crate) least: [Option<NaiveDate>; 2],
}

impl Column {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn look(&mut self, line: u64, text: &str) {
        self.filled += 1;
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if self.different.len() < REMEMBERED {
            self.repeated |= !self.different.insert(hasher.finish());
        }
        if text.len() == 3 && text.parse::<Currency>().is_ok() {
            self.currencies += 1;
        }
        self.emails += u64::from(text.contains('@') && text.contains('.') && !text.contains(' '));
        if self.look_day(line, text) {
            return;
        }
        self.look_number(line, text);
    }

    /// Whether no value stands there twice.
    pub(crate) const fn is_unique(&self) -> bool {
        self.filled > 0 && !self.repeated
    }

    pub(crate) const fn days(&self) -> u64 {
        self.iso_days.count + self.iso_times.count + self.numeric_days()
    }

    pub(crate) const fn numeric_days(&self) -> u64 {
        self.day_first.count + self.month_first.count + self.either.count
    }

    /// Whether nine of ten values are such.
    pub(crate) const fn mostly(&self, count: u64) -> bool {
        self.filled > 0 && count * 10 >= self.filled * 9
    }

    /// Whether it is one of days: more than half of its values are.
    pub(crate) const fn holds_days(&self) -> bool {
        self.days() * 2 > self.filled
    }

    fn look_day(&mut self, line: u64, text: &str) -> bool {
        let start = text.get(..10).unwrap_or(text);
        if let Ok(day) = NaiveDate::parse_from_str(start, "%Y-%m-%d") {
            self.least = self.least.map(|least| Some(least.map_or(day, |least| least.min(day))));
            let timed = text.len() > 10;
            if timed { &mut self.iso_times } else { &mut self.iso_days }.note(line, text);
            return true;
        }
        let (day, time) = text.split_once([' ', ',']).unwrap_or((text, ""));
        let Some(sign) = day.chars().find(|sign| !sign.is_ascii_digit()) else { return false };
        if !matches!(sign, '.' | '/' | '-') {
            return false;
        }
        let parts: Vec<&str> = day.split(sign).collect();
        let [first, second, year] = parts.as_slice() else { return false };
        let number = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
        let (Some(first), Some(second)) = (number(first), number(second)) else { return false };
        let short = year.len() == 2;
        let is_year = year.bytes().all(|byte| byte.is_ascii_digit()) && (short || year.len() == 4);
        if !is_year || !(1..=31).contains(&first) || !(1..=31).contains(&second) {
            return false;
        }
        match (first > 12, second > 12) {
            (true, true) => return false,
            (true, false) => &mut self.day_first,
            (false, true) => &mut self.month_first,
            (false, false) => &mut self.either,
        }
        .note(line, text);
        let full = if short { 2000 } else { 0 } + year.parse::<i32>().unwrap_or(0);
        let days = [(second, first), (first, second)];
        for (least, (month, day)) in self.least.iter_mut().zip(days) {
            if let Some(day) = NaiveDate::from_ymd_opt(full, month, day) {
                *least = Some(least.map_or(day, |least| least.min(day)));
            }
        }
        self.sign.get_or_insert(sign);
        self.short_year |= short;
        self.timed += u64::from(!time.trim().is_empty());
        true
    }

    fn look_number(&mut self, line: u64, text: &str) {
        let bare = text.trim_start_matches(['-', '+', '(']).trim_end_matches([')', '-']);
        let signs: String = bare.chars().filter(|sign| !sign.is_ascii_digit()).collect();
        let digits = bare.bytes().any(|byte| byte.is_ascii_digit());
        let spaced =
            signs.chars().all(|sign| matches!(sign, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}'));
        if !digits || !spaced {
            return;
        }
        self.numbers += 1;
        let Some(last) = signs.chars().rfind(|sign| matches!(sign, '.' | ',')) else { return };
        let after = bare.rsplit(last).next().map_or(0, str::len);
        let twice = signs.chars().filter(|sign| *sign == last).count() > 1;
        let other = signs.chars().any(|sign| sign != last);
        self.grouped |= twice || other;
        let decimal = if twice {
            if last == ',' { '.' } else { ',' }
        } else if other || after != 3 || bare.starts_with('0') {
            last
        } else {
            self.unclear.note(line, text);
            return;
        };
        if decimal == ',' { &mut self.comma } else { &mut self.point }.note(line, text);
    }
}
