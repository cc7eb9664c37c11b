//! The mapping files that come along: for well-known data sets, and to learn the language from.

use crate::error::MappingError;
use crate::mapping::{Mapping, Settings};

/// A mapping file that comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// The whole file.
    pub text: &'static str,
}

/// Every mapping that comes along, by name.
pub const PRESETS: &[Preset] = &[
    Preset { name: "adventureworks", text: include_str!("../mappings/adventureworks.toml") },
    Preset { name: "crm-opportunities", text: include_str!("../mappings/crm-opportunities.toml") },
    Preset { name: "hubspot", text: include_str!("../mappings/hubspot.toml") },
    Preset { name: "ibm-ar", text: include_str!("../mappings/ibm-ar.toml") },
    Preset { name: "online-retail", text: include_str!("../mappings/online-retail.toml") },
    Preset { name: "salesforce", text: include_str!("../mappings/salesforce.toml") },
    Preset { name: "salesforce-report", text: include_str!("../mappings/salesforce-report.toml") },
    Preset { name: "zoho", text: include_str!("../mappings/zoho.toml") },
];

impl Preset {
    /// The preset called `name`.
    ///
    /// # Errors
    /// [`UnknownPreset`](MappingError::UnknownPreset), which lists them.
    pub fn named(name: &str) -> Result<&'static Self, MappingError> {
        PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| {
            let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
            MappingError::UnknownPreset { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// The mapping, read with what whoever imports says beside it.
    ///
    /// # Errors
    /// As [`Mapping::with`].
    pub fn with(&self, settings: &Settings) -> Result<Mapping, MappingError> {
        Mapping::with(self.text, settings)
    }

    /// The mapping, read.
    ///
    /// # Errors
    /// As [`Mapping::parse`]; a test keeps that from happening.
    pub fn mapping(&self) -> Result<Mapping, MappingError> {
        Mapping::parse(self.text)
    }
}
