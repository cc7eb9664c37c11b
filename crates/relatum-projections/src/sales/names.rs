//! What an account's goods go by: each name once, and lines that keep its place.

use bitcode::{Decode, Encode};

/// The place of a name; 0: none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(super) struct Name(u32);

impl Name {
    /// Whether there is one.
    pub(super) const fn is_some(self) -> bool {
        self.0 > 0
    }
}

/// Names of products and groups, in the order in which they were first told.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Names {
    all: Vec<String>,
    /// Places in `all`, by name.
    sorted: Vec<u32>,
}

impl Names {
    /// Keeps a name, if there is one.
    pub(super) fn keep(&mut self, name: Option<&str>) -> Name {
        let Some(name) = name else { return Name(0) };
        let called = |at: &u32| self.all.get(*at as usize).map_or("", String::as_str);
        let place = match self.sorted.binary_search_by(|at| called(at).cmp(name)) {
            Ok(found) => self.sorted.get(found).copied().unwrap_or(u32::MAX),
            Err(free) => {
                let place = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
                self.all.push(name.to_owned());
                self.sorted.insert(free, place);
                place
            }
        };
        Name(place.saturating_add(1))
    }

    /// The name at a place.
    pub(super) fn of(&self, name: Name) -> Option<&str> {
        let at = name.0.checked_sub(1)?;
        self.all.get(at as usize).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn a_name_is_kept_once_and_found_again() {
        let mut names = Names::default();
        let told = [Some("lamp"), None, Some("chair"), Some("lamp"), Some(""), Some("zoo")];
        let kept = told.map(|name| names.keep(name));
        assert_eq!(kept.map(|it| names.of(it)), told);
        assert_eq!(kept[0], kept[3]);
        assert_eq!(names.all.len(), 4);
    }
}
