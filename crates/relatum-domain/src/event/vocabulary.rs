//! The one list of event types: name, schema number, stream, body.

use relatum_stream::StreamKind;
use serde::{Deserialize as _, Deserializer};
use serde_json::value::RawValue;

use super::{
    Event, account, activity, audit, contract, correction, credit, document, offer, opportunity,
    order, organisation, policy, settlement, voice,
};
use crate::ids::{ACCOUNT, MANAGER, TEAM, TENANT};

/// What an event is about, in the coarse terms by which a history is filtered.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// The account itself and the people in it.
    Account,
    /// Managers, teams, absences, quotas.
    Organisation,
    /// Policies, companies, calendars.
    Policy,
    /// Calls, visits, meetings, trainings, merchandising.
    Activity,
    /// Chances to sell.
    Opportunity,
    /// Offers.
    Offer,
    /// Contracts.
    Contract,
    /// Orders, deliveries, returns.
    Order,
    /// Invoices and other receivable documents.
    Document,
    /// Payments and everything that settles documents.
    Settlement,
    /// Complaints, feedback, usage, competitors.
    Voice,
    /// Credit checks, limits, holds, approvals.
    Credit,
    /// What was done with the book itself: erasures, exports, imports.
    Audit,
    /// Events about events.
    Correction,
}

/// Why stored bytes are no event of this vocabulary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The type name is not in the vocabulary.
    #[error("`{name}` is no event type; `relatum schema` lists them")]
    UnknownType {
        /// What was given.
        name: String,
    },
    /// The schema number is newer than this program, or has no upcaster.
    #[error("schema {schema} of `{name}` is not known here; the newest is {newest}")]
    UnknownSchema {
        /// The event type.
        name: String,
        /// What was given.
        schema: u16,
        /// The newest this program reads.
        newest: u16,
    },
    /// The JSON does not have the shape of its type.
    #[error("not a valid `{name}`: {reason}")]
    Shape {
        /// The event type.
        name: String,
        /// What is wrong, with line and column in the payload.
        reason: String,
    },
}

/// One entry of the vocabulary.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EventType {
    /// The stable name.
    pub name: &'static str,
    /// The schema number that is written today.
    pub schema: u16,
    /// What it is about.
    pub family: Family,
    /// The kinds of streams that may hold it.
    pub streams: &'static [StreamKind],
    json_schema: fn() -> schemars::Schema,
}

impl EventType {
    /// The JSON Schema of the whole stored event.
    #[must_use]
    pub fn json_schema(&self) -> serde_json::Value {
        (self.json_schema)().to_value()
    }

    /// The entry called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        VOCABULARY.iter().find(|entry| entry.name == name)
    }
}

/// The name of an event type, as folds keep it: its place in the vocabulary, written as text.
///
/// The place is of this version of the program only: whoever keeps it in bytes keeps beside it of
/// which vocabulary it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub struct TypeName(u8);

impl TypeName {
    fn entry(self) -> Option<&'static EventType> {
        VOCABULARY.get(usize::from(self.0))
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        // A place beyond the list is of no event: it was read from bytes of another vocabulary.
        self.entry().map_or("unknown", |entry| entry.name)
    }

    /// What events of this type are about.
    #[must_use]
    pub fn family(self) -> Option<Family> {
        self.entry().map(|entry| entry.family)
    }
}

impl PartialOrd for TypeName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TypeName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::fmt::Display for TypeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl serde::Serialize for TypeName {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

macro_rules! vocabulary {
    ($($family:ident on $streams:expr => {
        $($variant:ident($body:ty) = $name:literal $schema:literal,)+
    })+) => {
        /// What happened: one variant an event type.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each variant is documented at the type of its body")]
        #[non_exhaustive]
        pub enum EventBody {
            $($($variant($body),)+)+
        }

        /// The places of the types in the vocabulary.
        #[repr(u8)]
        enum Place {
            $($($variant,)+)+
        }

        /// Every event type, in the order of their families.
        pub const VOCABULARY: &[EventType] = &[
            $($(EventType {
                name: $name,
                schema: $schema,
                family: Family::$family,
                streams: $streams,
                json_schema: || schemars::schema_for!(Event<$body>),
            },)+)+
        ];

        impl EventBody {
            /// The stable name of the type.
            #[must_use]
            pub const fn event_type(&self) -> &'static str {
                match self {
                    $($(Self::$variant(_) => $name,)+)+
                }
            }

            /// The stable name, as folds keep it.
            #[must_use]
            pub const fn type_name(&self) -> TypeName {
                TypeName(match self {
                    $($(Self::$variant(_) => Place::$variant as u8,)+)+
                })
            }

            /// What it is about.
            #[must_use]
            pub const fn family(&self) -> Family {
                match self {
                    $($(Self::$variant(_) => Family::$family,)+)+
                }
            }

            /// The kinds of streams that may hold it.
            #[must_use]
            pub const fn streams(&self) -> &'static [StreamKind] {
                match self {
                    $($(Self::$variant(_) => $streams,)+)+
                }
            }

            /// The schema number that is written today.
            #[must_use]
            pub const fn schema(&self) -> u16 {
                match self {
                    $($(Self::$variant(_) => $schema,)+)+
                }
            }
        }

        $($(impl From<$body> for EventBody {
            fn from(body: $body) -> Self {
                Self::$variant(body)
            }
        })+)+

        impl Event {
            /// Reads stored JSON of the newest schema of `name`.
            ///
            /// Unknown fields are ignored here and survive in the log, which keeps the bytes.
            ///
            /// # Errors
            /// In check order: [`UnknownType`](PayloadError::UnknownType),
            /// [`UnknownSchema`](PayloadError::UnknownSchema), [`Shape`](PayloadError::Shape).
            pub fn decode(name: &str, schema: u16, json: &str) -> Result<Self, PayloadError> {
                let mut reader = serde_json::Deserializer::from_str(json);
                let event = Self::read(name, schema, &mut reader)?;
                reader.end().map_err(|error| PayloadError::Shape {
                    name: name.to_owned(),
                    reason: error.to_string(),
                })?;
                Ok(event)
            }

            /// The same from whatever else holds such JSON.
            ///
            /// # Errors
            /// As [`decode`](Self::decode).
            pub fn read<'de, D: Deserializer<'de>>(
                name: &str,
                schema: u16,
                json: D,
            ) -> Result<Self, PayloadError> {
                let newer = |newest| PayloadError::UnknownSchema {
                    name: name.to_owned(), schema, newest,
                };
                let shape = |error: D::Error| PayloadError::Shape {
                    name: name.to_owned(),
                    reason: error.to_string(),
                };
                match name {
                    $($($name => {
                        if schema != $schema {
                            return Err(newer($schema));
                        }
                        let event = Event::<$body>::deserialize(json).map_err(shape)?;
                        Ok(event.map(EventBody::$variant))
                    })+)+
                    _ => Err(PayloadError::UnknownType { name: name.to_owned() }),
                }
            }

            /// The JSON to store.
            ///
            /// # Errors
            /// [`Shape`](PayloadError::Shape), which no value of these types brings about.
            pub fn encode(&self) -> Result<Box<RawValue>, PayloadError> {
                let shape = |error: serde_json::Error| PayloadError::Shape {
                    name: self.body.event_type().to_owned(),
                    reason: error.to_string(),
                };
                match &self.body {
                    $($(EventBody::$variant(body) => {
                        serde_json::value::to_raw_value(&self.replacing(body)).map_err(shape)
                    })+)+
                }
            }
        }
    };
}

vocabulary! {
    Account on &[ACCOUNT] => {
        AccountOpened(account::AccountOpened) = "account_opened" 1,
        AccountStageChanged(account::AccountStageChanged) = "account_stage_changed" 1,
        AccountFactStated(account::AccountFactStated) = "account_fact_stated" 1,
        AccountNeedStated(account::AccountNeedStated) = "account_need_stated" 1,
        ExternalIdStated(account::ExternalIdStated) = "external_id_stated" 1,
        ContactAdded(account::ContactAdded) = "contact_added" 1,
        ContactChanged(account::ContactChanged) = "contact_changed" 1,
        ContactLeft(account::ContactLeft) = "contact_left" 1,
        PartyNamed(account::PartyNamed) = "party_named" 1,
        ParentNamed(account::ParentNamed) = "parent_named" 1,
        PaysForNamed(account::PaysForNamed) = "pays_for_named" 1,
        RelationEnded(account::RelationEnded) = "relation_ended" 1,
        AccountClassified(account::AccountClassified) = "account_classified" 1,
        AccountAssigned(account::AccountAssigned) = "account_assigned" 1,
        AccountClosed(account::AccountClosed) = "account_closed" 1,
    }
    Organisation on &[MANAGER] => {
        ManagerJoined(organisation::ManagerJoined) = "manager_joined" 1,
        ManagerLeft(organisation::ManagerLeft) = "manager_left" 1,
        TeamJoined(organisation::TeamJoined) = "team_joined" 1,
        TeamLeft(organisation::TeamLeft) = "team_left" 1,
        AbsenceStated(organisation::AbsenceStated) = "absence_stated" 1,
        PayPlanAssigned(organisation::PayPlanAssigned) = "pay_plan_assigned" 1,
    }
    Organisation on &[TEAM] => {
        TeamFormed(organisation::TeamFormed) = "team_formed" 1,
        TeamLeadNamed(organisation::TeamLeadNamed) = "team_lead_named" 1,
        TeamParentNamed(organisation::TeamParentNamed) = "team_parent_named" 1,
        TeamDissolved(organisation::TeamDissolved) = "team_dissolved" 1,
    }
    Organisation on &[MANAGER, TEAM] => {
        QuotaSet(organisation::QuotaSet) = "quota_set" 1,
        PlanStated(organisation::PlanStated) = "plan_stated" 1,
    }
    Policy on &[TENANT] => {
        PolicySet(policy::PolicySet) = "policy_set" 1,
        CompanyRegistered(policy::CompanyRegistered) = "company_registered" 1,
        CalendarStated(policy::CalendarStated) = "calendar_stated" 1,
        ProgrammeCostStated(policy::ProgrammeCostStated) = "programme_cost_stated" 1,
    }
    Activity on &[ACCOUNT] => {
        ActivityPlanned(activity::ActivityPlanned) = "activity_planned" 1,
        ActivityRescheduled(activity::ActivityRescheduled) = "activity_rescheduled" 1,
        ActivityCancelled(activity::ActivityCancelled) = "activity_cancelled" 1,
        ActivityHeld(activity::ActivityHeld) = "activity_held" 1,
        ActionDone(activity::ActionDone) = "action_done" 1,
    }
    Opportunity on &[ACCOUNT] => {
        OpportunityOpened(opportunity::OpportunityOpened) = "opportunity_opened" 1,
        OpportunityStageChanged(opportunity::OpportunityStageChanged)
            = "opportunity_stage_changed" 1,
        OpportunityWon(opportunity::OpportunityWon) = "opportunity_won" 1,
        OpportunityLost(opportunity::OpportunityLost) = "opportunity_lost" 1,
    }
    Offer on &[ACCOUNT] => {
        OfferMade(offer::OfferMade) = "offer_made" 1,
        OfferRevised(offer::OfferRevised) = "offer_revised" 1,
        OfferAccepted(offer::OfferAccepted) = "offer_accepted" 1,
        OfferDeclined(offer::OfferDeclined) = "offer_declined" 1,
        OfferWithdrawn(offer::OfferWithdrawn) = "offer_withdrawn" 1,
    }
    Contract on &[ACCOUNT] => {
        ContractSigned(contract::ContractSigned) = "contract_signed" 1,
        ContractAmended(contract::ContractAmended) = "contract_amended" 1,
        ContractRenewed(contract::ContractRenewed) = "contract_renewed" 1,
        ContractTerminated(contract::ContractTerminated) = "contract_terminated" 1,
    }
    Order on &[ACCOUNT] => {
        OrderPlaced(order::OrderPlaced) = "order_placed" 1,
        OrderDelivered(order::OrderDelivered) = "order_delivered" 1,
        OrderRefused(order::OrderRefused) = "order_refused" 1,
        OrderCancelled(order::OrderCancelled) = "order_cancelled" 1,
        GoodsReturned(order::GoodsReturned) = "goods_returned" 1,
        SalesAdjusted(order::SalesAdjusted) = "sales_adjusted" 1,
    }
    Document on &[ACCOUNT] => {
        InvoiceIssued(document::InvoiceIssued) = "invoice_issued" 1,
        DebitNoteIssued(document::DebitNoteIssued) = "debit_note_issued" 1,
        InterestInvoiceIssued(document::InterestInvoiceIssued) = "interest_invoice_issued" 1,
        CreditNoteIssued(document::CreditNoteIssued) = "credit_note_issued" 1,
        OpeningItemStated(document::OpeningItemStated) = "opening_item_stated" 1,
        DraftSaved(document::DraftSaved) = "draft_saved" 1,
        ProformaIssued(document::ProformaIssued) = "proforma_issued" 1,
        DraftDiscarded(document::DraftDiscarded) = "draft_discarded" 1,
    }
    Settlement on &[ACCOUNT] => {
        PaymentReceived(settlement::PaymentReceived) = "payment_received" 1,
        PaidByOther(settlement::PaidByOther) = "paid_by_other" 1,
        RefundPaid(settlement::RefundPaid) = "refund_paid" 1,
        NettedWithPayables(settlement::NettedWithPayables) = "netted_with_payables" 1,
        CreditAllocated(settlement::CreditAllocated) = "credit_allocated" 1,
        AllocationUndone(settlement::AllocationUndone) = "allocation_undone" 1,
        Reversed(settlement::Reversed) = "reversed" 1,
        WrittenOff(settlement::WrittenOff) = "written_off" 1,
        WriteOffRecovered(settlement::WriteOffRecovered) = "write_off_recovered" 1,
        DisputeOpened(settlement::DisputeOpened) = "dispute_opened" 1,
        DisputeResolved(settlement::DisputeResolved) = "dispute_resolved" 1,
        PromiseMade(settlement::PromiseMade) = "promise_made" 1,
        ReminderSent(settlement::ReminderSent) = "reminder_sent" 1,
        Revalued(settlement::Revalued) = "revalued" 1,
        LedgerBalanceStated(settlement::LedgerBalanceStated) = "ledger_balance_stated" 1,
    }
    Voice on &[ACCOUNT] => {
        ComplaintMade(voice::ComplaintMade) = "complaint_made" 1,
        ComplaintResolved(voice::ComplaintResolved) = "complaint_resolved" 1,
        FeedbackGiven(voice::FeedbackGiven) = "feedback_given" 1,
        UsageStated(voice::UsageStated) = "usage_stated" 1,
        CompetitorNoted(voice::CompetitorNoted) = "competitor_noted" 1,
        RatingGiven(voice::RatingGiven) = "rating_given" 1,
    }
    Credit on &[ACCOUNT] => {
        CreditChecked(credit::CreditChecked) = "credit_checked" 1,
        CreditLimitSet(credit::CreditLimitSet) = "credit_limit_set" 1,
        CreditHeld(credit::CreditHeld) = "credit_held" 1,
        CreditReleased(credit::CreditReleased) = "credit_released" 1,
        ApprovalGiven(credit::ApprovalGiven) = "approval_given" 1,
    }
    Audit on &[TENANT] => {
        SubjectErased(audit::SubjectErased) = "subject_erased" 1,
        DataExported(audit::DataExported) = "data_exported" 1,
        ImportBegun(audit::ImportBegun) = "import_begun" 1,
        ImportEnded(audit::ImportEnded) = "import_ended" 1,
        UndoBegun(audit::UndoBegun) = "undo_begun" 1,
        ImportUndone(audit::ImportUndone) = "import_undone" 1,
    }
    Correction on &[ACCOUNT, MANAGER, TEAM, TENANT] => {
        EventVoided(correction::EventVoided) = "event_voided" 1,
        EventUndone(correction::EventUndone) = "event_undone" 1,
    }
    // Last, though of the first family: places of types that states keep do not move.
    Account on &[TENANT] => {
        AccountsMerged(account::AccountsMerged) = "accounts_merged" 1,
        AccountsSplit(account::AccountsSplit) = "accounts_split" 1,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_type_has_a_schema() {
        let names: BTreeSet<_> = VOCABULARY.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), VOCABULARY.len());
        for entry in VOCABULARY {
            let schema = entry.json_schema();
            let body = schema.pointer("/properties/body");
            assert!(body.is_some(), "{} has no body: {schema}", entry.name);
        }
    }
}
