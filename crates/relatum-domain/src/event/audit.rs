//! What was done with the book itself: who was erased from it, what left it, what was imported.

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::{BatchId, SubjectId};
use crate::money::Currency;
use crate::shapes::shapes;

shapes! {
    /// The keys of a subject were destroyed: no personal field that was sealed with them can be
    /// read again, in no copy of the log.
    ///
    /// Voiding it brings nothing back.
    pub struct SubjectErased {
        /// Whom.
        pub subject: SubjectId,
        /// The names of the keys: digests that only who had a key could make.
        pub keys: Vec<String>,
        /// Why, in words that name nobody.
        pub reason: String,
    }

    /// Something of the book was given out of it: a file was written, an answer sent.
    pub struct DataExported {
        /// What, such as `aging` or `keys`.
        pub what: String,
        /// In which form, such as `csv`.
        pub form: String,
        /// The day from which it was seen, if it was from one.
        pub as_of: Option<NaiveDate>,
        /// By when what it says was recorded, if it was cut off there.
        pub known_at: Option<DateTime<Utc>>,
        /// Where to, as told by who exported it.
        pub to: String,
    }

    /// The mapping by which files were read.
    pub struct UsedMapping {
        /// Its name, or where its file lay.
        pub name: String,
        /// The SHA-256 of its text and of the maps that were said beside it, in hexadecimal.
        pub sha256: String,
        /// What was said beside it, in the words of `relatum import`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub said: Vec<String>,
    }

    /// A file that was given to an import.
    pub struct ImportedFile {
        /// Where it lay.
        pub path: String,
        /// Its size.
        pub bytes: u64,
        /// The SHA-256 of its bytes, in hexadecimal digits.
        pub sha256: String,
    }

    /// A batch was begun. Every event that it records names this one as its cause.
    pub struct ImportBegun {
        /// The batch.
        pub batch: BatchId,
        /// By which mapping.
        pub mapping: UsedMapping,
        /// Which files, in the order given.
        pub files: Vec<ImportedFile>,
        /// Whether rows that say otherwise than before were to be reported only.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub no_amend: bool,
    }

    /// An exact sum of amounts of one currency.
    pub struct ImportedSum {
        /// The currency.
        pub currency: Currency,
        /// The sum, in decimal digits.
        pub sum: String,
    }

    /// What became of the facts of one event type.
    pub struct ImportedType {
        /// The event type.
        pub event_type: String,
        /// New.
        pub recorded: u64,
        /// Told otherwise than before, and amended.
        #[serde(default, skip_serializing_if = "crate::shapes::is_default")]
        pub changed: u64,
        /// In the book already.
        pub already: u64,
        /// Not taken.
        pub refused: u64,
        /// The main amounts of what is in the book.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub sums: Vec<ImportedSum>,
    }

    /// A batch came to its end. One that was cut off and resumed has the numbers of its last run.
    pub struct ImportEnded {
        /// The batch.
        pub batch: BatchId,
        /// Rows read.
        pub rows_read: u64,
        /// Rows that the mapping leaves out.
        pub rows_skipped: u64,
        /// Rows that could not go in.
        pub rows_rejected: u64,
        /// By event type.
        pub events: Vec<ImportedType>,
    }

    /// A batch is about to be taken back, by a batch of its own that voids what it recorded.
    pub struct UndoBegun {
        /// The batch that takes back.
        pub batch: BatchId,
        /// The batch that is taken back.
        pub undoes: BatchId,
        /// Why.
        pub reason: String,
    }

    /// A batch was taken back whole: of all that it recorded, nothing holds.
    pub struct ImportUndone {
        /// The batch that was taken back.
        pub batch: BatchId,
        /// The batch that took it back.
        pub by: BatchId,
        /// How many events were voided.
        pub events: u64,
    }
}
