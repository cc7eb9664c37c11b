//! What stops an import as a whole, and what is wrong with a mapping.
//!
//! A row that cannot be understood is no error but a [`Reject`](crate::Reject).

use std::io;

use crate::sink::SinkError;

/// Why a mapping file cannot be used. Nothing has been read yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// The file is no TOML, or has a key that a mapping does not know.
    #[error("the mapping cannot be read: {reason}")]
    Form {
        /// What the TOML reader says, with line and column.
        reason: String,
    },
    /// A table of the mapping is wrong.
    #[error("table `{table}`: {reason}")]
    Table {
        /// The table's name.
        table: String,
        /// What is wrong and what to write.
        reason: String,
    },
    /// A rule is wrong.
    #[error("table `{table}`, event `{rule}`, field `{field}`: {reason}")]
    Rule {
        /// The table's name.
        table: String,
        /// The rule's name, the event type unless it has one of its own.
        rule: String,
        /// The field as the mapping spells it.
        field: String,
        /// What is wrong and what to write.
        reason: String,
    },
    /// What was said beside the mapping is wrong: a zone, a currency, a map.
    #[error("{reason}")]
    Setting {
        /// What is wrong and what to write.
        reason: String,
    },
    /// No preset has this name.
    #[error("there is no preset `{name}`; there are: {known}")]
    UnknownPreset {
        /// What was asked for.
        name: String,
        /// The presets.
        known: String,
    },
}

/// Why an import stopped. What the sink has recorded by then is in; the report says how much.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The mapping itself is wrong.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// No file was given.
    #[error("no file to import; the mapping reads: {patterns}")]
    NoFile {
        /// The names that the mapping would take.
        patterns: String,
    },
    /// A file fits no table of the mapping.
    #[error("`{file}` fits no table of the mapping, which reads: {patterns}")]
    NoTable {
        /// The file.
        file: String,
        /// The names that the mapping would take.
        patterns: String,
    },
    /// A table needs a second file that was not given.
    #[error("table `{table}` needs a file called `{pattern}` as well; give it too")]
    MissingFile {
        /// The table.
        table: String,
        /// The name of the missing file.
        pattern: String,
    },
    /// A role that one file plays was given several.
    #[error("`{first}` and `{second}` are both `{pattern}`, where one file is needed; give one")]
    TwoFiles {
        /// The name pattern.
        pattern: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// The mapping leaves something to whoever imports, who has not said it.
    #[error("the files do not say {what}; {advice}")]
    Needs {
        /// What they do not say.
        what: String,
        /// How to say it.
        advice: String,
    },
    /// An archive or a workbook holds what is not read.
    #[error("`{file}` {reason}")]
    Container {
        /// The file.
        file: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A file cannot be opened.
    #[error("`{file}` cannot be opened")]
    Open {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file breaks off or cannot be read on.
    #[error(
        "`{file}` breaks off after line {line}; what stands before it was read: \
         fetch the file again and import it again"
    )]
    Read {
        /// The file.
        file: String,
        /// The last line that was read.
        line: u64,
        /// What the system or the decompressor says.
        source: io::Error,
    },
    /// A file has no header row.
    #[error("`{file}` is empty; its first row should name the columns")]
    Empty {
        /// The file.
        file: String,
    },
    /// The header row is no text.
    #[error("`{file}`, line {line}: the header row {reason}")]
    Header {
        /// The file.
        file: String,
        /// Where the header row begins.
        line: u64,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Columns that the mapping reads are not in the file.
    #[error("`{file}` has no column {missing}; its columns are: {found}; {advice}")]
    MissingColumns {
        /// The file.
        file: String,
        /// The columns and the rules that need them.
        missing: String,
        /// The columns that there are.
        found: String,
        /// What to check.
        advice: String,
    },
    /// A file that must be sorted is not.
    #[error(
        "`{file}`, line {line}, column `{column}`: `{value}` comes after `{previous}`; \
         sort the file by that column"
    )]
    Unsorted {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The sorted column.
        column: String,
        /// The value out of order.
        value: String,
        /// The value before it.
        previous: String,
    },
    /// A file to look things up in cannot serve for it.
    #[error("`{file}`, line {line}, column `{column}`, value `{value}`: {reason}")]
    Lookup {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The rejects cannot be written.
    #[error("the rejects cannot be written")]
    Rejects {
        /// What the system says.
        source: io::Error,
    },
    /// The log does not take the facts.
    #[error("the facts cannot be recorded")]
    Sink {
        /// What the log says.
        #[from]
        source: SinkError,
    },
}
