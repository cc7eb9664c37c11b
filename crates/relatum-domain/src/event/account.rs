//! The account itself: who it is, who works there, whom it belongs to.

use chrono::NaiveDate;

use crate::guarded::Personal;
use crate::ids::{AccountId, ContactId, ManagerId};
use crate::money::Rate;
use crate::shapes::shapes;

shapes! {
    /// How far the relationship has come.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum Stage {
        /// Has not bought yet.
        Prospect,
        /// Buys.
        Client,
    }

    /// An account was opened.
    pub struct AccountOpened {
        /// The name of the business. A person's name belongs in a contact.
        pub name: String,
        /// Prospect or client.
        pub stage: Stage,
        /// ISO 3166 code or the source's own word.
        pub country: Option<String>,
        /// Line of business.
        pub sector: Option<String>,
        /// Class, such as A, B, C.
        pub class: Option<String>,
        /// Market segment.
        pub segment: Option<String>,
        /// The names that other systems have for it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub external_ids: Vec<ExternalId>,
        /// True for the account that keeps what belongs to no known client.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub unassigned: bool,
    }

    /// What another system calls the account.
    #[derive(PartialOrd, Ord)]
    pub struct ExternalId {
        /// The system.
        pub system: String,
        /// The account's id there.
        pub id: String,
    }

    /// The account became a client, or a prospect again.
    pub struct AccountStageChanged {
        /// What it is now.
        pub stage: Stage,
    }

    /// A fact about the account was learnt.
    pub struct AccountFactStated {
        /// What it is about, such as `employees`.
        pub topic: String,
        /// The fact, where it names no person.
        pub fact: Option<String>,
        /// The fact, where it does.
        pub personal: Option<Personal>,
    }

    /// A need of the account was learnt.
    pub struct AccountNeedStated {
        /// The product group that would meet it.
        pub product_group: Option<String>,
        /// In words.
        pub need: Personal,
        /// By when.
        pub by: Option<NaiveDate>,
    }

    /// Another system's id of the account was learnt.
    pub struct ExternalIdStated {
        /// The id.
        pub external_id: ExternalId,
    }

    /// A person at the account became known.
    pub struct ContactAdded {
        /// The person.
        pub contact: ContactId,
        /// Their name.
        pub name: Personal,
        /// Their function, such as `purchasing`.
        pub role: Option<String>,
        /// E-mail address.
        pub email: Option<Personal>,
        /// Telephone number.
        pub phone: Option<Personal>,
        /// Whether much depends on this person.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub key: bool,
    }

    /// What is known of a contact changed; absent fields stay.
    pub struct ContactChanged {
        /// The person.
        pub contact: ContactId,
        /// Their name now.
        pub name: Option<Personal>,
        /// Their function now.
        pub role: Option<String>,
        /// Their e-mail address now.
        pub email: Option<Personal>,
        /// Their telephone number now.
        pub phone: Option<Personal>,
        /// Whether much depends on them now.
        pub key: Option<bool>,
    }

    /// A contact is no longer there.
    pub struct ContactLeft {
        /// The person.
        pub contact: ContactId,
    }

    /// The part another account plays in this one's business.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum PartyRole {
        /// Buys.
        SoldTo,
        /// Receives the invoice.
        BillTo,
        /// Receives the goods.
        ShipTo,
        /// Pays.
        Payer,
    }

    /// Another account plays a part from the effective day on.
    pub struct PartyNamed {
        /// Which part.
        pub role: PartyRole,
        /// The other account.
        pub party: AccountId,
        /// Last day, if known.
        pub until: Option<NaiveDate>,
    }

    /// The account belongs to another from the effective day on.
    pub struct ParentNamed {
        /// The parent.
        pub parent: AccountId,
        /// Last day, if known.
        pub until: Option<NaiveDate>,
    }

    /// The account may settle another's items from the effective day on.
    pub struct PaysForNamed {
        /// Whose items.
        pub account: AccountId,
        /// Last day, if known.
        pub until: Option<NaiveDate>,
    }

    /// A dated relation between accounts.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum Relation {
        /// A part in the business.
        Party(PartyRole),
        /// Belongs to.
        Parent,
        /// Settles for.
        PaysFor,
    }

    /// A relation ended; the effective day is the first without it.
    pub struct RelationEnded {
        /// Which relation.
        pub relation: Relation,
        /// With whom.
        pub with: AccountId,
    }

    /// Class and segment were set.
    pub struct AccountClassified {
        /// Class, such as A, B, C.
        pub class: Option<String>,
        /// Market segment.
        pub segment: Option<String>,
    }

    /// A share in the credit for sales.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct CreditShare {
        /// Who gets it.
        pub manager: ManagerId,
        /// How much, from 0 to 1.
        pub share: Rate,
        /// Whether it counts into roll-ups.
        pub kind: ShareKind,
    }

    /// How a share counts.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum ShareKind {
        /// Part of the whole; such shares sum to at most 1.
        Revenue,
        /// On top of the whole; outside roll-ups.
        Overlay,
    }

    /// A manager answers for the account from the effective day on.
    pub struct AccountAssigned {
        /// Who.
        pub manager: ManagerId,
        /// Who else shares in the credit; empty: the manager alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub credit: Vec<CreditShare>,
    }

    /// The relationship ended.
    pub struct AccountClosed {
        /// Why.
        pub reason: String,
    }

    /// Two accounts are the same client, and always were. What was told of either counts as told
    /// of the one that is kept; nothing is written to their streams.
    pub struct AccountsMerged {
        /// The account that goes on, by its name.
        pub kept: AccountId,
        /// The account that is the same client.
        pub merged: AccountId,
        /// Why.
        pub reason: Option<String>,
    }

    /// An account that was merged into another is a client of its own after all.
    pub struct AccountsSplit {
        /// The account that was merged away.
        pub account: AccountId,
        /// Why.
        pub reason: Option<String>,
    }
}
