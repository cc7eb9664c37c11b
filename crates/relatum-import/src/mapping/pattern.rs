//! Name patterns of files: `*` for any text, `?` for one character; case does not count.

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
