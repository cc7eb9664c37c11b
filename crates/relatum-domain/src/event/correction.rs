//! Events about events. Nothing is edited: a mistake is voided, or amended by an event that names
//! it (the `amends` of an event).

use relatum_stream::EventRef;

use crate::shapes::shapes;

shapes! {
    /// An earlier event of the same stream was a mistake: it never was.
    pub struct EventVoided {
        /// Which.
        pub event: EventRef,
        /// Why.
        pub reason: String,
    }
}
