//! Events about events. Nothing is edited: a mistake is voided, or amended by an event that names
//! it (the `amends` of an event).

use relatum_stream::EventRef;

use crate::ids::BatchId;
use crate::shapes::shapes;

shapes! {
    /// An earlier event of the same stream was a mistake: it never was.
    pub struct EventVoided {
        /// Which.
        pub event: EventRef,
        /// Why.
        pub reason: String,
    }

    /// An earlier event of the same stream was recorded by a batch that was taken back: it is as if
    /// it had never been told. Unlike a mistake, no history shows it any more.
    pub struct EventUndone {
        /// Which.
        pub event: EventRef,
        /// The batch that takes back.
        pub batch: BatchId,
    }
}
