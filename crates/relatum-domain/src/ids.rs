//! Identities: one type for each kind of thing, all UUIDs underneath.
//!
//! New ids are UUID v7 made by the caller; ids of things that live in a foreign system are derived
//! from that system's own id ([`Derived`]), so that importing twice names the same thing twice.

use std::fmt;
use std::str::FromStr;

use relatum_stream::{StreamId, StreamKind};
use uuid::Uuid;

/// The name space under which all derived ids live.
const NAMESPACE: Uuid = Uuid::from_u128(0x7265_6c61_7475_6d00_8000_0000_0000_0001);

/// Ids that can be derived from a foreign system's id.
///
/// # Example
/// ```
/// use relatum_domain::{AccountId, Derived};
/// let once = AccountId::derived("erp", "C-1001");
/// assert_eq!(once, AccountId::derived("erp", "C-1001"));
/// assert_ne!(once, AccountId::derived("crm", "C-1001"));
/// ```
pub trait Derived: Sized + From<Uuid> {
    /// The kind of thing, part of what is hashed: an invoice and an account never share an id.
    const KIND: &'static str;

    /// The UUID v5 of this kind, `system` and the system's own `id`.
    ///
    /// An `id` that is personal (a name used as a key) must be replaced by its keyed digest first.
    #[must_use]
    fn derived(system: &str, id: &str) -> Self {
        derive(Self::KIND, system, id).into()
    }
}

/// The UUID v5 of a thing of `kind` called `id` in `system`; see [`Derived`].
#[must_use]
pub fn derive(kind: &str, system: &str, id: &str) -> Uuid {
    // Lengths keep ("a", "b/c") and ("a/b", "c") apart.
    let name = format!("{kind}/{}:{system}/{id}", system.len());
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
            bitcode::Encode, bitcode::Decode,
        )]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl Derived for $name {
            const KIND: &'static str = $kind;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", $kind, self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )+

        /// Every kind of id, by the name under which it is derived.
        pub const ID_KINDS: &[&str] = &[$($kind),+];
    };
}

ids! {
    /// A client, a prospect, or a party of one.
    AccountId = "account";
    /// A key account manager.
    ManagerId = "manager";
    /// A team or a territory.
    TeamId = "team";
    /// The business that keeps the book.
    TenantId = "tenant";
    /// A legal entity of the seller.
    CompanyId = "company";
    /// A person at a client.
    ContactId = "contact";
    /// Whoever a personal field is about; its key can be destroyed.
    SubjectId = "subject";
    /// A planned or held call, visit, meeting, training or merchandising.
    ActivityId = "activity";
    /// Something somebody undertook to do in a meeting.
    ActionId = "action";
    /// A chance to sell.
    OpportunityId = "opportunity";
    /// An offer, through all its versions.
    OfferId = "offer";
    /// A contract, through its amendments.
    ContractId = "contract";
    /// An order.
    OrderId = "order";
    /// A delivery against an order.
    DeliveryId = "delivery";
    /// Goods coming back.
    ReturnId = "return";
    /// A receivable document: invoice, debit note, credit note, opening item.
    DocumentId = "document";
    /// A payment received.
    PaymentId = "payment";
    /// A refund paid out.
    RefundId = "refund";
    /// A netting against payables.
    NettingId = "netting";
    /// A dispute over a document.
    DisputeId = "dispute";
    /// A promise to pay.
    PromiseId = "promise";
    /// A complaint.
    ComplaintId = "complaint";
    /// What one run of an import recorded, or took back.
    BatchId = "batch";
}

/// The stream of an account.
pub const ACCOUNT: StreamKind = StreamKind::of("account");
/// The stream of a manager.
pub const MANAGER: StreamKind = StreamKind::of("manager");
/// The stream of a team or a territory.
pub const TEAM: StreamKind = StreamKind::of("team");
/// The stream of the tenant's own policies.
pub const TENANT: StreamKind = StreamKind::of("tenant");

macro_rules! streams {
    ($($id:ty => $kind:ident),+ $(,)?) => {$(
        impl From<$id> for StreamId {
            fn from(id: $id) -> Self {
                Self::new($kind, id.uuid())
            }
        }

        impl $id {
            /// The thing that `stream` is about, if it is about one of this kind.
            #[must_use]
            pub fn of_stream(stream: StreamId) -> Option<Self> {
                (stream.kind == $kind).then(|| stream.id.into())
            }
        }
    )+};
}

streams! {
    AccountId => ACCOUNT,
    ManagerId => MANAGER,
    TeamId => TEAM,
    TenantId => TENANT,
}

impl TenantId {
    /// The one tenant of a book.
    #[must_use]
    pub fn own() -> Self {
        Self::derived("relatum", "own")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_bound_to_its_kind_and_system() {
        let account = AccountId::derived("erp", "1").uuid();
        assert_ne!(account, ManagerId::derived("erp", "1").uuid());
        assert_ne!(derive("account", "a", "b/c"), derive("account", "a/b", "c"));
    }

    #[test]
    fn a_derived_id_never_changes() {
        // A change here would make every second import a new book.
        let id = AccountId::derived("erp", "C-1001").to_string();
        assert_eq!(id, "5181575d-9783-5867-b4fe-fe1eb871d781");
    }
}
