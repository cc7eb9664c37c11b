//! The mapping file as TOML writes it, before any of it is understood.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::file::FormatForm;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingForm {
    pub(crate) system: String,
    pub(crate) title: Option<String>,
    /// What whoever imports has to say: `zone`, `currency`.
    #[serde(default)]
    pub(crate) needs: Vec<NeedForm>,
    /// Patterns of column names by which its files are told from others.
    #[serde(default)]
    pub(crate) signs: Vec<String>,
    #[serde(default)]
    pub(crate) format: FormatForm,
    #[serde(default)]
    pub(crate) maps: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) table: Vec<TableForm>,
}

/// What a mapping leaves to whoever imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NeedForm {
    Zone,
    Currency,
}

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum TextsForm {
    One(String),
    Several(Vec<String>),
}

impl TextsForm {
    pub(crate) fn texts(&self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text.clone()],
            Self::Several(texts) => texts.clone(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableForm {
    pub(crate) name: String,
    pub(crate) files: TextsForm,
    pub(crate) sheet: Option<String>,
    pub(crate) required: Option<Vec<String>>,
    /// Columns that are not kept where nobody names them.
    #[serde(default)]
    pub(crate) ignore: Vec<String>,
    #[serde(default)]
    pub(crate) format: FormatForm,
    #[serde(default)]
    pub(crate) column: BTreeMap<String, toml::Table>,
    #[serde(default)]
    pub(crate) lookup: Vec<LookupForm>,
    pub(crate) when: Option<toml::Value>,
    pub(crate) gone: Option<toml::Value>,
    pub(crate) group: Option<GroupForm>,
    pub(crate) lines: Option<LinesForm>,
    pub(crate) currency: Option<toml::Value>,
    pub(crate) id: Option<toml::Value>,
    pub(crate) stream: Option<toml::Value>,
    pub(crate) effective: Option<toml::Value>,
    pub(crate) at: Option<toml::Value>,
    pub(crate) actor: Option<toml::Value>,
    pub(crate) event: Vec<RuleForm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupForm {
    pub(crate) name: String,
    pub(crate) files: TextsForm,
    pub(crate) sheet: Option<String>,
    pub(crate) required: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) lenient: bool,
    #[serde(default)]
    pub(crate) format: FormatForm,
    #[serde(default)]
    pub(crate) column: BTreeMap<String, toml::Table>,
    pub(crate) key: toml::Value,
    pub(crate) on: toml::Value,
    #[serde(default)]
    pub(crate) missing: MissingForm,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingForm {
    #[default]
    Reject,
    Empty,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupForm {
    pub(crate) by: toml::Value,
    pub(crate) window: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinesForm {
    pub(crate) files: TextsForm,
    pub(crate) sheet: Option<String>,
    #[serde(default)]
    pub(crate) format: FormatForm,
    #[serde(default)]
    pub(crate) column: BTreeMap<String, toml::Table>,
    #[serde(default)]
    pub(crate) lookup: Vec<LookupForm>,
    pub(crate) by: toml::Value,
    pub(crate) header_by: Option<toml::Value>,
    #[serde(default)]
    pub(crate) optional: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleForm {
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    pub(crate) name: Option<String>,
    pub(crate) when: Option<toml::Value>,
    pub(crate) columns: Option<TextsForm>,
    pub(crate) rest: Option<String>,
    #[serde(default)]
    pub(crate) once: bool,
    pub(crate) keeps: Option<TextsForm>,
    pub(crate) changes: Option<TextsForm>,
    pub(crate) ends: Option<TextsForm>,
    pub(crate) since: Option<toml::Value>,
    pub(crate) voids: Option<TextsForm>,
    #[serde(default)]
    pub(crate) gone: bool,
    pub(crate) id: Option<toml::Value>,
    pub(crate) stream: Option<toml::Value>,
    pub(crate) effective: Option<toml::Value>,
    pub(crate) at: Option<toml::Value>,
    pub(crate) actor: Option<toml::Value>,
    #[serde(default)]
    pub(crate) metadata: toml::Table,
    #[serde(default)]
    pub(crate) body: toml::Table,
    #[serde(default)]
    pub(crate) each: BTreeMap<String, toml::Table>,
}
