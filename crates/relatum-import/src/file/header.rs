//! The header row bound to the columns that a mapping reads: by name, by another name, by form.
//!
//! Names are compared as they stand first, then without regard to case and to spaces around and
//! between words. What fits two columns is refused, never guessed.

use std::sync::Arc;

use super::format::Format;
use super::rows::shortened;
use crate::error::ImportError;
use crate::mapping::Cleaning;

const SHOWN_COLUMNS: usize = 60;

/// A column that a mapping reads: where it goes, and who needs it.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    /// Its name in the header row.
    pub(crate) column: String,
    /// Other names that it has in other files.
    pub(crate) also: Vec<String>,
    /// Whether a file may lack it; its values are empty then.
    pub(crate) optional: bool,
    /// The slot of the record that it fills.
    pub(crate) slot: usize,
    /// The rule and field that read it, for the message when it is missing.
    pub(crate) needed_by: String,
    /// What is done to every value.
    pub(crate) cleaning: Cleaning,
}

/// What is read of each row of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) bindings: Vec<Binding>,
    /// Cells of a record.
    pub(crate) slots: usize,
    /// Forms of names; each column that has one is read too.
    pub(crate) forms: Vec<ColumnForm>,
    /// Whether the columns that are left are read too.
    pub(crate) rest: bool,
    /// Columns that are not, all the same.
    pub(crate) ignored: Vec<String>,
}

impl Wanted {
    /// Whether all columns that must be there are.
    pub(crate) fn is_met_by(&self, header: &[String]) -> bool {
        let needed = self.bindings.iter().filter(|it| !it.optional);
        has_all(header, needed.map(|it| (it.column.as_str(), it.also.as_slice())))
    }
}

/// Where everything stands in the rows of one file.
pub(crate) struct Bound {
    pub(crate) named: Vec<(usize, Binding)>,
    /// Place, form, and the name with what stands in the places of the form.
    pub(crate) matched: Vec<(usize, usize, Arc<[String]>)>,
    pub(crate) rest: Vec<(usize, Arc<str>)>,
}

/// A form of column names: `Date entered "{stage} ({pipeline})"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnForm {
    /// Alternatives; the first that fits counts.
    alternatives: Vec<Vec<Piece>>,
    /// The places, in the order of their first mention.
    pub(crate) places: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Vec<char>),
    /// By its number among the places.
    Place(usize),
}

impl ColumnForm {
    /// Parses the alternatives of a form.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let mut form = Self { alternatives: Vec::new(), places: Vec::new() };
        for text in texts {
            let alternative = form.alternative(text)?;
            form.alternatives.push(alternative);
        }
        if form.alternatives.is_empty() {
            return Err("write the form of the column names".to_owned());
        }
        Ok(form)
    }

    fn alternative(&mut self, text: &str) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, after) = rest.split_at(at);
            let place = after.strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((name, after)) = place else {
                return Err(format!("`{text}` has a single brace; write {{place}}"));
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_lowercase().chars().collect()));
            } else if matches!(pieces.last(), Some(Piece::Place(_))) {
                return Err(format!("`{text}` has two places without a text between them"));
            }
            let name = name.trim().to_owned();
            if matches!(name.as_str(), "" | "column" | "value") {
                return Err(format!("`{text}`: name the place; `column` and `value` are taken"));
            }
            let known = self.places.iter().position(|place| *place == name);
            pieces.push(Piece::Place(known.unwrap_or_else(|| {
                self.places.push(name);
                self.places.len() - 1
            })));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_lowercase().chars().collect()));
        }
        if !pieces.iter().any(|piece| matches!(piece, Piece::Text(_))) {
            return Err(format!("`{text}` fits every column; write a text beside the places"));
        }
        Ok(pieces)
    }

    /// The name, then what stands in each place, if `name` has the form.
    fn captures(&self, name: &str) -> Option<Arc<[String]>> {
        let chars: Vec<char> = name.chars().collect();
        let mut found = vec![String::new(); self.places.len()];
        let fits = self.alternatives.iter().any(|pieces| {
            found.iter_mut().for_each(String::clear);
            fit(pieces, &chars, &mut found)
        });
        fits.then(|| std::iter::once(name.to_owned()).chain(found).collect())
    }
}

/// Whether `text` has the form of `pieces`; places take as much as they can.
fn fit(pieces: &[Piece], text: &[char], found: &mut [String]) -> bool {
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Text(wanted), rest)) => text
            .split_at_checked(wanted.len())
            .filter(|(start, _)| same(start, wanted))
            .is_some_and(|(_, after)| fit(rest, after, found)),
        Some((Piece::Place(place), rest)) => (1..=text.len()).rev().any(|length| {
            let Some((taken, after)) = text.split_at_checked(length) else { return false };
            // Only where the next text begins: what follows a place is a text or the end.
            let begins = match rest.first() {
                Some(Piece::Text(next)) => {
                    after.split_at_checked(next.len()).is_some_and(|(start, _)| same(start, next))
                }
                _ => after.is_empty(),
            };
            if !begins || !fit(rest, after, found) {
                return false;
            }
            if let Some(slot) = found.get_mut(*place) {
                *slot = taken.iter().collect::<String>().trim().to_owned();
            }
            true
        }),
    }
}

fn same(text: &[char], lower: &[char]) -> bool {
    text.iter().flat_map(|sign| sign.to_lowercase()).eq(lower.iter().copied())
}

/// A name without regard to case and spaces, nor to the arrow of a sorted column.
pub(crate) fn folded(name: &str) -> String {
    let words = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = words.trim_matches('\u{feff}').trim_end_matches(['\u{2191}', '\u{2193}']);
    name.trim_end().to_lowercase()
}

/// Finds what is wanted in `header`.
pub(crate) fn bind(
    (file, line): (&str, u64),
    format: &Format,
    header: &[String],
    wanted: &Wanted,
) -> Result<Bound, ImportError> {
    let folds: Vec<String> = header.iter().map(|name| folded(name)).collect();
    let mut bound = Bound { named: Vec::new(), matched: Vec::new(), rest: Vec::new() };
    let mut missing = Vec::new();
    for binding in &wanted.bindings {
        let places = places(binding, header, &folds);
        match places.as_slice() {
            [] if binding.optional => {}
            [] => missing.push(format!("`{}` ({})", binding.column, binding.needed_by)),
            [at] => bound.named.push((*at, binding.clone())),
            [first, second, ..] => {
                let name = |at: &usize| header.get(*at).map(String::as_str).unwrap_or_default();
                let (first, second) = (name(first), name(second));
                let reason = if first == second {
                    format!("names `{first}` twice; rename one")
                } else {
                    format!(
                        "has `{first}` and `{second}`, which are both read as `{}`; rename or take \
                         out one",
                        binding.column
                    )
                };
                return Err(ImportError::Header { file: file.to_owned(), line, reason });
            }
        }
    }
    if !missing.is_empty() {
        return Err(ImportError::MissingColumns {
            file: file.to_owned(),
            missing: missing.join(", "),
            found: shown(header),
            advice: advice(format, header),
        });
    }
    let ignored: Vec<String> = wanted.ignored.iter().map(|name| folded(name)).collect();
    for (at, name) in header.iter().enumerate() {
        if bound.named.iter().any(|(known, _)| *known == at) {
            continue;
        }
        let fitting = wanted.forms.iter().enumerate();
        let fitting = fitting.map(|(form, it)| (form, it.captures(name)));
        let before = bound.matched.len();
        bound
            .matched
            .extend(fitting.filter_map(|(form, captures)| captures.map(|found| (at, form, found))));
        let is_ignored = || folds.get(at).is_some_and(|fold| ignored.contains(fold));
        if wanted.rest && bound.matched.len() == before && !name.is_empty() && !is_ignored() {
            bound.rest.push((at, name.as_str().into()));
        }
    }
    Ok(bound)
}

/// The columns that a binding may mean: by each of its names, as it stands if that is there.
fn places(binding: &Binding, header: &[String], folds: &[String]) -> Vec<usize> {
    let mut places = Vec::new();
    for name in std::iter::once(&binding.column).chain(&binding.also) {
        let exact = header.iter().enumerate().filter(|(_, found)| *found == name);
        let mut found: Vec<usize> = exact.map(|(at, _)| at).collect();
        if found.is_empty() {
            let fold = folded(name);
            let alike = folds.iter().enumerate().filter(|(_, found)| **found == fold);
            found.extend(alike.map(|(at, _)| at));
        }
        places.extend(found);
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// Whether all of `names` are in `header`; a name has its other names beside it.
pub(crate) fn has_all<'a>(
    header: &[String],
    mut names: impl Iterator<Item = (&'a str, &'a [String])>,
) -> bool {
    let folds: Vec<String> = header.iter().map(|name| folded(name)).collect();
    let has = |name: &str| folds.contains(&folded(name));
    names.all(|(name, also)| has(name) || also.iter().any(|name| has(name)))
}

/// The names of a header row, for a message.
pub(crate) fn shown(header: &[String]) -> String {
    let mut found: Vec<String> =
        header.iter().take(SHOWN_COLUMNS).map(|name| shortened(name)).collect();
    if header.len() > SHOWN_COLUMNS {
        found.push(format!("and {} more", header.len() - SHOWN_COLUMNS));
    }
    found.join(", ")
}

fn advice(format: &Format, header: &[String]) -> String {
    let delimiter = char::from(format.delimiter);
    if let [only] = header {
        let other = [';', ',', '\t', '|'].into_iter().find(|sign| only.contains(*sign));
        if let Some(other) = other.filter(|other| *other != delimiter) {
            return format!(
                "is the delimiter {other:?} rather than {delimiter:?}? Say so under `format`"
            );
        }
    }
    if format.columns.is_some() {
        return "the mapping names the columns itself: check `columns` under `format`".to_owned();
    }
    format!(
        "is the delimiter {delimiter:?} right? If the file has no header row, name its columns \
         with `columns` under `format`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(form: &str, name: &str) -> Option<Vec<String>> {
        let form = ColumnForm::parse(&[form.to_owned()]).unwrap();
        form.captures(name).map(|found| found.get(1..).unwrap().to_vec())
    }

    #[test]
    fn a_form_takes_as_much_as_it_can_into_its_places() {
        let form = "Date entered \"{stage} ({pipeline})\"";
        let found = captured(form, "date entered \"Offer (net) (Sales Pipeline)\"").unwrap();
        assert_eq!(found, ["Offer (net)", "Sales Pipeline"]);
        assert_eq!(captured(form, "Date entered \"Offer\""), None);
        assert_eq!(captured(form, "Date exited \"Offer (Sales)\""), None);
        assert_eq!(captured("hs_date_entered_{stage}", "hs_date_entered_7").unwrap(), ["7"]);
    }

    #[test]
    fn a_form_that_says_nothing_is_refused() {
        for (form, part) in [
            ("{a}", "every column"),
            ("x {a}{b}", "between"),
            ("x {a", "single brace"),
            ("x {value}", "taken"),
        ] {
            let error = ColumnForm::parse(&[form.to_owned()]).unwrap_err();
            assert!(error.contains(part), "{form}: {error}");
        }
    }
}
