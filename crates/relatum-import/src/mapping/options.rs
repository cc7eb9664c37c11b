//! The keys of one inline table of a mapping, taken out one by one, so that what is left over is
//! a misspelling.

/// Keys not yet understood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options(toml::Table);

impl Options {
    pub(crate) const fn new(table: toml::Table) -> Self {
        Self(table)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Whether `key` holds true or false.
    pub(crate) fn is_flag(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(toml::Value::is_bool)
    }

    /// Puts back what was taken.
    pub(crate) fn put(&mut self, key: &str, text: String) {
        self.0.insert(key.to_owned(), toml::Value::String(text));
    }

    pub(crate) fn any(&mut self, key: &str) -> Option<toml::Value> {
        self.0.remove(key)
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.any(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text)),
            Some(toml::Value::Datetime(day)) => Ok(Some(day.to_string())),
            Some(_) => Err(format!("{key}: write a text")),
        }
    }

    pub(crate) fn flag(&mut self, key: &str) -> Result<bool, String> {
        match self.any(key) {
            None => Ok(false),
            Some(toml::Value::Boolean(flag)) => Ok(flag),
            Some(_) => Err(format!("{key}: write true or false")),
        }
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        self.any(key).map(|value| texts(key, value)).transpose()
    }

    /// What is left over is not understood.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("`{key}` is no option here; is it misspelt?")),
        }
    }
}

/// One text or a list of texts.
pub(crate) fn texts(key: &str, value: toml::Value) -> Result<Vec<String>, String> {
    let one = |value| match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Datetime(day) => Ok(day.to_string()),
        _ => Err(format!("{key}: write a text or a list of texts")),
    };
    match value {
        toml::Value::Array(values) => values.into_iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    }
}
