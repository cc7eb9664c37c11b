//! Every refusal, by the decision that makes it.

use chrono::NaiveDate;
use relatum_stream::{EventRef, StreamKind};

use crate::activities::RecurrenceError;
use crate::ids::{
    AccountId, ActivityId, CompanyId, ComplaintId, ContactId, ContractId, DisputeId, DocumentId,
    ManagerId, OfferId, OpportunityId, OrderId, PaymentId, RefundId, ReturnId, SubjectId,
};
use crate::money::{AmountError, Currency, Money, Quantity, Rate, Value};
use crate::receivables::BucketsRefused;
use crate::selling::ScaleError;

/// Declares the refusals of one decision with their stable codes.
macro_rules! refusals {
    ($(#[$doc:meta])* $name:ident { $(
        #[error($message:literal)]
        $code:literal $variant:ident { $($field:ident: $type:ty),* $(,)? },
    )+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[expect(missing_docs, reason = "the message of each variant says what it is")]
        pub enum $name {
            $(
                #[error($message)]
                #[doc = $message]
                $variant { $($field: $type),* },
            )+
        }

        impl $name {
            /// The stable names of all refusals of this decision, in the order of the checks.
            pub const CODES: &[&str] = &[$($code),+];

            /// The stable name of the refusal, for programs.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $code,)+
                }
            }
        }
    };
}

refusals! {
    /// Why a fact about the relationship itself was refused.
    RelationshipRefused {
        #[error("events of type {event_type} do not belong on a stream of kind {kind}")]
        "wrong_stream" WrongStream { event_type: &'static str, kind: StreamKind },
        #[error("the account is already open")]
        "account_already_open" AlreadyOpen {},
        #[error("the account was closed on {closed}")]
        "account_closed" Closed { closed: NaiveDate },
        #[error("contact {contact} is already known")]
        "contact_exists" ContactExists { contact: ContactId },
        #[error("contact {contact} is not known")]
        "contact_unknown" ContactUnknown { contact: ContactId },
        #[error("opportunity {opportunity} already exists")]
        "opportunity_exists" OpportunityExists { opportunity: OpportunityId },
        #[error("opportunity {opportunity} is not open")]
        "opportunity_not_open" OpportunityNotOpen { opportunity: OpportunityId },
        #[error("complaint {complaint} already exists")]
        "complaint_exists" ComplaintExists { complaint: ComplaintId },
        #[error("complaint {complaint} is not open")]
        "complaint_not_open" ComplaintNotOpen { complaint: ComplaintId },
        #[error("{what} is from 0 to 1, not {given}")]
        "not_a_share" NotAShare { what: &'static str, given: String },
        #[error("it ends on {until}, before it begins on {from}")]
        "ends_before_start" EndsBeforeStart { from: NaiveDate, until: NaiveDate },
        #[error("account {account} cannot be merged with itself: name two accounts")]
        "merged_with_itself" MergedWithItself { account: AccountId },
        #[error("account {account} was merged into {into}: name that one, or split it first")]
        "account_merged" Merged { account: AccountId, into: AccountId },
        #[error("account {account} was not merged into another: there is nothing to split")]
        "account_not_merged" NotMerged { account: AccountId },
        #[error("nothing was ever told of account {account}")]
        "account_unknown" AccountUnknown { account: AccountId },
        #[error("account {account} keeps what belongs to no known client: it is none itself")]
        "merge_of_nobody" MergeOfNobody { account: AccountId },
        #[error("account {account} was closed on {closed}: open it again, then merge")]
        "merge_of_closed" MergeOfClosed { account: AccountId, closed: NaiveDate },
        #[error("account {account} belongs to account {other} or pays for it: end that first")]
        "merge_of_related" MergeOfRelated { account: AccountId, other: AccountId },
    }
}

refusals! {
    /// Why a call, visit or other activity was refused.
    ActivityRefused {
        #[error("activity {activity} already exists")]
        "activity_exists" Exists { activity: ActivityId },
        #[error("activity {activity} was not planned")]
        "activity_unknown" Unknown { activity: ActivityId },
        #[error("activity {activity} is over: it was {how}")]
        "activity_over" Over { activity: ActivityId, how: &'static str },
        #[error("{error}")]
        "recurrence_unreadable" Unreadable { error: RecurrenceError },
        #[error("`{rule}` never ends; add COUNT or UNTIL")]
        "recurrence_endless" Endless { rule: String },
        #[error("`{rule}` has no occurrence on {day}, its first day")]
        "recurrence_first_day" FirstDay { rule: String, day: NaiveDate },
        #[error("activity {activity} recurs: say by its planned day which occurrence is meant")]
        "occurrence_missing" WhichOccurrence { activity: ActivityId },
        #[error("activity {activity} has no occurrence that was planned for {occurrence}")]
        "occurrence_unknown" OccurrenceUnknown { activity: ActivityId, occurrence: NaiveDate },
        #[error("of activity {activity} nothing is to come after {today} that could be moved")]
        "series_over" NothingToCome { activity: ActivityId, today: NaiveDate },
        #[error("activity {activity} would come to lie on {to}, where {before} stays before it")]
        "series_overtakes" Overtakes { activity: ActivityId, to: NaiveDate, before: NaiveDate },
        #[error("activity {activity} on {occurrence} is over")]
        "occurrence_over" OccurrenceOver { activity: ActivityId, occurrence: NaiveDate },
    }
}

refusals! {
    /// Why an offer, or an answer to one, was refused.
    OfferRefused {
        #[error("offer {offer} already exists")]
        "offer_exists" Exists { offer: OfferId },
        #[error("offer {offer} is not known")]
        "offer_unknown" Unknown { offer: OfferId },
        #[error("offer {offer} is closed: it was {how}")]
        "offer_closed" Closed { offer: OfferId, how: &'static str },
        #[error("an offer needs at least one line")]
        "offer_without_lines" NoLines {},
        #[error("the lines sum to {lines}, the offer states {stated}")]
        "offer_net_differs" NetDiffers { lines: Value, stated: Value },
        #[error("{error}")]
        "offer_amount" Amount { error: AmountError },
        #[error("it is valid until {valid_until}, before its own day {day}")]
        "offer_ends_before_start" EndsBeforeStart { day: NaiveDate, valid_until: NaiveDate },
        #[error("the next version of offer {offer} is {next}, not {given}")]
        "offer_version" NotNext { offer: OfferId, next: u32, given: u32 },
        #[error("offer {offer} is at version {last}; version {given} cannot be accepted")]
        "offer_version_replaced" VersionReplaced { offer: OfferId, last: u32, given: u32 },
        #[error("offer {offer} lapsed on {valid_until}; it cannot be accepted on {day}")]
        "offer_lapsed" Lapsed { offer: OfferId, valid_until: NaiveDate, day: NaiveDate },
    }
}

refusals! {
    /// Why a contract, or a change of one, was refused.
    ContractRefused {
        #[error("contract {contract} already exists")]
        "contract_exists" Exists { contract: ContractId },
        #[error("contract {contract} is not known")]
        "contract_unknown" Unknown { contract: ContractId },
        #[error("contract {contract} was terminated")]
        "contract_terminated" Terminated { contract: ContractId },
        #[error("it ends on {ends}, before it starts on {starts}")]
        "contract_ends_before_start" EndsBeforeStart { starts: NaiveDate, ends: NaiveDate },
        #[error("a contract is not worth {value}")]
        "contract_value_negative" ValueNegative { value: Value },
        #[error("the payments sum to {scheduled}, the contract is worth {value}")]
        "contract_schedule_differs" ScheduleDiffers { scheduled: Value, value: Value },
        #[error("{error}")]
        "contract_amount" Amount { error: AmountError },
    }
}

refusals! {
    /// Why an order, a delivery or a return was refused.
    SaleRefused {
        #[error("order {order} already exists")]
        "order_exists" OrderExists { order: OrderId },
        #[error("return {goods_return} already exists")]
        "return_exists" ReturnExists { goods_return: ReturnId },
        #[error("order {order} is not known")]
        "order_unknown" OrderUnknown { order: OrderId },
        #[error("order {order} was cancelled")]
        "order_cancelled" OrderCancelled { order: OrderId },
        #[error("at least one line is needed")]
        "sale_without_lines" NoLines {},
        #[error("line {line} has quantity {quantity}; it must be above zero")]
        "quantity_not_positive" QuantityNotPositive { line: u32, quantity: Quantity },
        #[error("a return is worth {net}; state it as a positive value")]
        "return_net_negative" NetNegative { net: Value },
        #[error("{error}")]
        "sale_amount" Amount { error: AmountError },
        #[error("the lines sum to {lines}, the document states {stated}")]
        "sale_net_differs" NetDiffers { lines: Value, stated: Value },
        #[error("order {order} has no line {line}")]
        "order_line_unknown" LineUnknown { order: OrderId, line: u32 },
        #[error(
            "line {line} of order {order}: {ordered} ordered, {delivered} delivered, {given} more"
        )]
        "delivery_above_order" DeliveryAboveOrder {
            order: OrderId, line: u32, ordered: Quantity, delivered: Quantity, given: Quantity,
        },
        #[error("{product}: {ordered} ordered, {returned} already returned, {given} more")]
        "return_above_order" ReturnAboveOrder {
            product: String, ordered: Quantity, returned: Quantity, given: Quantity,
        },
    }
}

refusals! {
    /// Why a discount was refused.
    DiscountRefused {
        #[error(
            "line {line}, {product}: {given} off the list price, where {rule}; \
             have somebody else approve it, overriding discount_above_rule"
        )]
        "discount_above_rule" AboveRule {
            line: u32, product: String, given: Rate, rule: String,
        },
        #[error(
            "line {line}, {product}: {given} off the list price, where {rule}; \
             {manager} approved it and is who sells: somebody else must"
        )]
        "discount_approved_by_seller" ApprovedBySeller {
            line: u32, product: String, given: Rate, rule: String, manager: ManagerId,
        },
    }
}

refusals! {
    /// Why a receivable document was refused.
    DocumentRefused {
        #[error("document {document} already exists")]
        "document_exists" Exists { document: DocumentId },
        #[error("gross is {gross}; it must be above zero")]
        "gross_not_positive" NotPositive { gross: Money },
        #[error("an amount is in {found}, the document in {expected}")]
        "document_mixed_currency" MixedCurrency { expected: Currency, found: Currency },
        #[error("{error}")]
        "document_amount" Amount { error: AmountError },
        #[error("net, tax and freight sum to {parts}, gross is {gross}")]
        "gross_does_not_foot" DoesNotFoot { parts: Money, gross: Money },
        #[error("the installments sum to {installments}, gross is {gross}")]
        "installments_differ" InstallmentsDiffer { installments: Money, gross: Money },
        #[error("installment {installment} is {amount}; it must be above zero")]
        "installment_not_positive" InstallmentNotPositive { installment: u32, amount: Money },
        #[error("draft {document} is not known")]
        "draft_unknown" DraftUnknown { document: DocumentId },
    }
}

refusals! {
    /// Why a payment, an allocation or another settlement was refused.
    SettlementRefused {
        #[error("payment {payment} already exists")]
        "payment_exists" PaymentExists { payment: PaymentId },
        #[error("refund {refund} already exists")]
        "refund_exists" RefundExists { refund: RefundId },
        #[error("payment {payment} of account {account} is not known")]
        "payment_unknown" PaymentUnknown { payment: PaymentId, account: AccountId },
        #[error("{amount} was given; it must be above zero")]
        "amount_not_positive" NotPositive { amount: Money },
        #[error("document {document} is not known")]
        "document_unknown" DocumentUnknown { document: DocumentId },
        #[error("nothing is settled: at least one application above zero is needed")]
        "nothing_settled" NothingSettled {},
        #[error("document {document} is in {expected}, {found} was applied")]
        "application_currency" Currency {
            document: DocumentId, expected: Currency, found: Currency,
        },
        #[error(
            "document {document} is in {document_currency}, the payment in {payment_currency}: \
             state how much of the payment is used"
        )]
        "rate_missing" RateMissing {
            document: DocumentId, document_currency: Currency, payment_currency: Currency,
        },
        #[error(
            "{applied} applied to document {document} cannot use {paid} of the payment: \
             in one currency both are equal, in two they have one sign"
        )]
        "paid_differs" PaidDiffers { document: DocumentId, applied: Money, paid: Money },
        #[error("document {document} has no installment {installment}")]
        "installment_unknown" InstallmentUnknown { document: DocumentId, installment: u32 },
        #[error("document {document} has {open} open, {offered} was applied")]
        "above_open" AboveOpen { document: DocumentId, open: Money, offered: Money },
        #[error("{available} is available, {applied} was applied")]
        "above_credit" AboveCredit { available: Money, applied: Money },
        #[error("what is to be undone was applied with {applied}, {undone} was given")]
        "above_applied" AboveApplied { applied: Money, undone: Money },
        #[error("there is nothing to reverse")]
        "nothing_to_reverse" NothingToReverse {},
        #[error("it is already reversed")]
        "already_reversed" AlreadyReversed {},
        #[error("dispute {dispute} already exists")]
        "dispute_exists" DisputeExists { dispute: DisputeId },
        #[error("document {document} has {open} open; {disputed} cannot be disputed")]
        "dispute_above_open" DisputeAboveOpen {
            document: DocumentId, open: Money, disputed: Money,
        },
        #[error("dispute {dispute} is not open")]
        "dispute_not_open" DisputeNotOpen { dispute: DisputeId },
        #[error("the promise is for {by}, before its own day {day}")]
        "promise_in_past" PromiseInPast { day: NaiveDate, by: NaiveDate },
        #[error(
            "document {document} belongs to company {company}, what settles it to {other}: \
             pay and settle within one company"
        )]
        "company_differs" CompanyDiffers {
            document: DocumentId, company: CompanyId, other: CompanyId,
        },
        #[error(
            "{amount} of document {document} would be given up without reason and approver: \
             record it as a write-off"
        )]
        "write_off_unapproved" WriteOffUnapproved { document: DocumentId, amount: Money },
        #[error(
            "document {document} allows {allowed} of cash discount on {day}, {taken} would be \
             taken: record the rest as a write-off"
        )]
        "discount_outside_terms" DiscountOutsideTerms {
            document: DocumentId, day: NaiveDate, allowed: Money, taken: Money,
        },
        #[error("a reversal on {day} would come before what it reverses, which is of {of}")]
        "reversal_before" ReversalBefore { day: NaiveDate, of: NaiveDate },
        #[error("account {payer} does not pay for account {account}: name it as parent or payer")]
        "not_paid_for" NotPaidFor { payer: AccountId, account: AccountId },
        #[error("a reminder of {day} would come before the last one of {last}")]
        "reminder_before_last" ReminderBeforeLast { day: NaiveDate, last: NaiveDate },
        #[error("document {document} has nothing open to remind of")]
        "reminder_nothing_open" NothingToRemind { document: DocumentId },
        #[error("document {document} is at level {reached}; the next one is {next}, not {given}")]
        "reminder_level" LevelNotNext { document: DocumentId, reached: u8, next: u8, given: u8 },
        #[error("{error}")]
        "settlement_amount" Amount { error: AmountError },
    }
}

refusals! {
    /// Why something was not sold on credit.
    CreditRefused {
        #[error("nothing is sold on credit: {reason}")]
        "credit_held" Held { reason: String },
        #[error("{kind} would be {would_be} after {was}, the limit is {limit}")]
        "credit_limit_exceeded" LimitExceeded {
            kind: &'static str, limit: Money, was: Money, would_be: Money,
        },
        #[error("the limit is {limit}; it cannot be below zero")]
        "credit_limit_negative" LimitNegative { limit: Money },
    }
}

refusals! {
    /// Why a rule was refused.
    PolicyRefused {
        #[error("{error}")]
        "policy_buckets" Buckets { error: BucketsRefused },
        #[error("at least one level of reminders is needed")]
        "policy_without_levels" NoLevels {},
        #[error("level {level} costs {fee}; a fee cannot be below zero")]
        "policy_fee_negative" FeeNegative { level: u32, fee: Money },
        #[error("a year of 0 days makes no interest; write 360 or 365")]
        "policy_day_count" NoDays {},
        #[error("the pay plan `{plan}` has no component that pays anything")]
        "policy_plan_empty" PlanEmpty { plan: String },
        #[error("{error}")]
        "policy_tiers" Tiers { error: ScaleError },
        #[error("`{component}` names amounts in {left} and in {right}; one component is in one")]
        "policy_plan_currencies" TwoCurrencies {
            component: String,
            left: Currency,
            right: Currency,
        },
        #[error("the probability of `{stage}` is from 0 to 1, not {given}")]
        "policy_probability" Probability { stage: String, given: Rate },
        #[error("0 months hold no purchase; write at least 1")]
        "policy_no_months" NoMonths {},
        #[error("{given} shares of a year are given; write twelve, from 0 up, or none")]
        "policy_season" Season { given: usize },
        #[error("a discount is from 0 to 1, not {given}")]
        "policy_discount" Discount { given: Rate },
        #[error("programme {name} ends on {until}, before it begins on {from}")]
        "programme_ends_before_start" ProgrammeEnds {
            name: String, from: NaiveDate, until: NaiveDate,
        },
        #[error("programme {name}: step {step} of the bonus is not above the one before it")]
        "programme_bonus" Bonus { name: String, step: u32 },
        #[error("class {class} is to be contacted every 0 days; write 1 or more")]
        "policy_cadence" NoCadence { class: String },
        #[error("class {class} is to be contacted by the same kind every {one} and {two} days")]
        "policy_cadence_twice" TwoCadences { class: String, one: u16, two: u16 },
        #[error("a risk that looks 0 days ahead is none; write at least 1")]
        "policy_no_horizon" NoHorizon {},
        #[error("{signal}: an alert at {alert} is milder than a watch at {watch}")]
        "policy_threshold" Threshold { signal: String, watch: i32, alert: i32 },
        #[error("{signal} is given thresholds twice")]
        "policy_threshold_twice" TwoThresholds { signal: String },
    }
}

refusals! {
    /// Why a quota was refused.
    QuotaRefused {
        #[error("a quota of {kind} cannot ask for {target}")]
        "quota_target" WrongTarget { kind: &'static str, target: &'static str },
        #[error("a quota asks for more than nothing, not {given}")]
        "quota_not_positive" NotPositive { given: String },
        #[error("the quota ends on {until}, before it begins on {from}")]
        "quota_ends_before_start" EndsBeforeStart { from: NaiveDate, until: NaiveDate },
        #[error("the quota of {from} to {until} overlaps that of {other} to {other_end}")]
        "quota_overlaps" Overlaps {
            from: NaiveDate,
            until: NaiveDate,
            other: NaiveDate,
            other_end: NaiveDate,
        },
    }
}

refusals! {
    /// Why an erasure or an export was not told.
    AuditRefused {
        #[error("no key of {subject} is named")]
        "no_keys" NoKeys { subject: SubjectId },
        #[error("it is not said why {subject} is erased")]
        "no_reason" NoReason { subject: SubjectId },
        #[error("an export says what is exported, and where to")]
        "not_said" NotSaid {},
    }
}

refusals! {
    /// Why a correction was refused.
    CorrectionRefused {
        #[error("{event} is in another stream; correct it there")]
        "foreign_event" ForeignEvent { event: EventRef },
        #[error("{event} is not there: the stream ends at version {last}")]
        "event_unknown" EventUnknown { event: EventRef, last: u64 },
        #[error("{event} is already void")]
        "already_void" AlreadyVoid { event: EventRef },
        #[error(
            "{event} is half of a settlement across accounts: \
             undo the allocation or reverse the payment instead"
        )]
        "reaches_others" ReachesOthers { event: EventRef },
    }
}

macro_rules! families {
    ($($variant:ident($type:ty)),+ $(,)?) => {
        /// Why something was not recorded.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[expect(missing_docs, reason = "each variant is documented at its type")]
        pub enum Refused {
            $(
                #[error(transparent)]
                $variant(#[from] $type),
            )+
        }

        impl Refused {
            /// The stable names of all refusals, by decision.
            pub const CODES: &[&[&str]] = &[$(<$type>::CODES),+];

            /// The stable name of the refusal, for programs.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant(refused) => refused.code(),)+
                }
            }
        }
    };
}

families! {
    Relationship(RelationshipRefused),
    Activity(ActivityRefused),
    Offer(OfferRefused),
    Contract(ContractRefused),
    Sale(SaleRefused),
    Discount(DiscountRefused),
    Document(DocumentRefused),
    Settlement(SettlementRefused),
    Credit(CreditRefused),
    Policy(PolicyRefused),
    Quota(QuotaRefused),
    Audit(AuditRefused),
    Correction(CorrectionRefused),
}

macro_rules! amount_errors {
    ($($type:ty),+) => {$(
        impl From<AmountError> for $type {
            fn from(error: AmountError) -> Self {
                Self::Amount { error }
            }
        }
    )+};
}

amount_errors!(OfferRefused, ContractRefused, SaleRefused, DocumentRefused, SettlementRefused);
