//! What was meant by a name that there is not.

/// The names of `known` that are like `name`, the nearest first.
pub(crate) fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let close = |known: &'a str| {
        let lower = known.to_lowercase();
        let distance = strsim::damerau_levenshtein(&name, &lower);
        let longer = name.chars().count().max(lower.chars().count());
        let is_part = name.len() > 2 && lower.split('_').any(|part| part == name);
        // A third of the letters may be wrong, and a plural or a word of the name may be missing.
        (distance * 3 <= longer || is_part).then_some((distance, known))
    };
    let mut close: Vec<_> = known.into_iter().filter_map(close).collect();
    close.sort();
    close.dedup();
    close.into_iter().take(3).map(|(_, known)| known.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        let known = ["account", "amount", "currency", "due", "days_past_due"];
        assert_eq!(near("amuont", known)[0], "amount");
        assert_eq!(near("AMOUNT", known)[0], "amount");
        assert_eq!(near("acount", known), ["account", "amount"]);
        assert!(near("region", known).is_empty());
    }
}
