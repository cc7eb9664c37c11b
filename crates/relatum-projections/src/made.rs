//! What is made once for many parts of one question.

use std::sync::{Arc, Mutex, PoisonError};

/// Of so many things what was made is kept: of as many as one question looks at.
const KEPT: usize = 2;

/// What was made last, and of what: asked for again it is not made again. No part of a state.
pub(crate) struct Made<K, T>(Mutex<Vec<(K, Arc<T>)>>);

impl<K: PartialEq + Clone, T> Made<K, T> {
    /// What `make` makes of `key`.
    pub(crate) fn of(&self, key: &K, make: impl FnOnce() -> T) -> Arc<T> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, made)) = last.iter().find(|(of, _)| of == key) {
            return Arc::clone(made);
        }
        let made = Arc::new(make());
        last.insert(0, (key.clone(), Arc::clone(&made)));
        last.truncate(KEPT);
        made
    }
}

impl<K, T> Default for Made<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A state that was copied goes its own way.
impl<K, T> Clone for Made<K, T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<K, T> std::fmt::Debug for Made<K, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Made").finish_non_exhaustive()
    }
}
