//! The voice of the client: what they complain of, praise, use and compare.

use chrono::NaiveDate;

use crate::guarded::Personal;
use crate::ids::{ComplaintId, ContactId, DocumentId, ManagerId, OrderId};
use crate::money::Quantity;
use crate::shapes::shapes;

shapes! {
    /// The client complained.
    pub struct ComplaintMade {
        /// Which.
        pub complaint: ComplaintId,
        /// What about, such as `late delivery`; no names.
        pub cause: String,
        /// In words.
        pub text: Option<Personal>,
        /// From 1, slight, to 5, grave.
        pub severity: Option<u8>,
        /// Who complained.
        pub contact: Option<ContactId>,
        /// About which order.
        pub order: Option<OrderId>,
        /// About which document.
        pub document: Option<DocumentId>,
    }

    /// A complaint was settled.
    pub struct ComplaintResolved {
        /// Which.
        pub complaint: ComplaintId,
        /// How; no names.
        pub resolution: String,
        /// Whether the client is content with it.
        pub satisfied: Option<bool>,
    }

    /// The client gave feedback.
    pub struct FeedbackGiven {
        /// What about, such as `nps`.
        pub topic: String,
        /// The score.
        pub score: Option<i32>,
        /// The best score there is.
        pub scale: Option<i32>,
        /// In words.
        pub text: Option<Personal>,
        /// Who gave it.
        pub contact: Option<ContactId>,
    }

    /// How much of a product the client used up to the effective day.
    pub struct UsageStated {
        /// Which product.
        pub product: String,
        /// From which day.
        pub since: NaiveDate,
        /// How much.
        pub quantity: Quantity,
        /// Of what, such as `hours`.
        pub unit: Option<String>,
    }

    /// Something about a competitor was learnt.
    pub struct CompetitorNoted {
        /// Who.
        pub competitor: String,
        /// With which product.
        pub product: Option<String>,
        /// In which segment.
        pub segment: Option<String>,
        /// In words.
        pub text: Option<Personal>,
    }

    /// A person rated the relationship. Shown beside every score, never mixed in.
    pub struct RatingGiven {
        /// Who rated.
        pub manager: ManagerId,
        /// The rating.
        pub rating: i32,
        /// The best rating there is.
        pub scale: i32,
        /// Why.
        pub reason: Option<Personal>,
    }
}
