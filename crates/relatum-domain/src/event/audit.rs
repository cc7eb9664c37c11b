//! What was done with the book itself: who was erased from it, and what left it.

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::SubjectId;
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
}
