//! Name patterns of files: `*` for any text, `?` for one character; case does not count.

use crate::file::Input;

/// Which files serve a table: by any of several patterns and none after a `!`, of a workbook by
/// its sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) patterns: Vec<String>,
    pub(crate) sheet: Option<String>,
}

impl Files {
    /// Whether `input` is one of them.
    ///
    /// A sheet is known by its own name; the only one of a workbook by the workbook's as well.
    pub(crate) fn takes(&self, input: &Input) -> bool {
        let any = |name: &str| self.fit(name);
        match (input.sheet(), &self.sheet) {
            (None, None) => any(input.file_name()),
            (None, Some(_)) => false,
            (Some(sheet), Some(wanted)) => any(&sheet.book) && fits(wanted, &sheet.name),
            (Some(sheet), None) => {
                let stem = sheet.book.rsplit_once('.').map_or(&*sheet.book, |(stem, _)| stem);
                let by_book = || any(&sheet.book) || any(&format!("{stem}.csv"));
                any(&sheet.name) || any(&format!("{}.csv", sheet.name)) || sheet.only && by_book()
            }
        }
    }

    /// Whether `name` has the form of a pattern, and of none after a `!`.
    fn fit(&self, name: &str) -> bool {
        let not = |pattern: &str| pattern.strip_prefix('!').is_some_and(|not| fits(not, name));
        self.patterns.iter().any(|pattern| fits(pattern, name))
            && !self.patterns.iter().any(|pattern| not(pattern))
    }

    /// The patterns, as a message shows them.
    pub(crate) fn shown(&self) -> String {
        self.patterns.join("` or `")
    }
}

/// Whether `name` has the form of `pattern`.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
    let (pattern, name) = (lower(pattern), lower(name));
    let (mut at, mut in_name) = (0, 0);
    // Where to go on when what follows the last `*` does not fit here.
    let mut retry: Option<(usize, usize)> = None;
    while let Some(sign) = name.get(in_name) {
        match pattern.get(at) {
            Some('*') => {
                retry = Some((at, in_name));
                at += 1;
            }
            Some(expected) if *expected == '?' || expected == sign => {
                at += 1;
                in_name += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                retry = Some((star, from + 1));
                at = star + 1;
                in_name = from + 1;
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|sign| *sign == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks() {
        assert!(fits("SalesOrderHeader.csv*", "salesorderheader.csv.gz"));
        assert!(fits("*", "anything"));
        assert!(fits("a*b*c", "a-b-b-c"));
        assert!(fits("2024-??.csv", "2024-01.csv"));
        assert!(!fits("2024-??.csv", "2024-1.csv"));
        assert!(!fits("Store.csv*", "SalesStore.csv"));
        assert!(!fits("a", ""));
    }
}
