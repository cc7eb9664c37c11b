//! What an event is about, as far as folds read it.

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::event::account::{CreditShare, PartyRole, Stage};
use crate::event::activity::{ActivityKind, Outcome};
use crate::event::credit::{CheckResult, ExposureKind};
use crate::event::opportunity::ForecastCategory;
use crate::event::organisation::{QuotaKind, Target, TeamKind};
use crate::event::pay::PayPlan;
use crate::event::policy::{
    AdvanceRule, AgingPolicy, AllocationRule, BonusStep, CadenceTarget, CeiSales, ClientRule,
    CreditExcess, DiscountRule, DunningPolicy, Pacing, SalesCredit, SignalRule, StageProbability,
};
use crate::event::settlement::{ApplicationKind, CreditSource};
use crate::history::Day;
use crate::ids::{
    AccountId, ActionId, ActivityId, CompanyId, ComplaintId, ContactId, ContractId, DisputeId,
    DocumentId, ManagerId, OfferId, OpportunityId, OrderId, PaymentId, PromiseId, RefundId,
    ReturnId, TeamId,
};
use crate::money::{Currency, Money, Quantity, Rate};

/// What an event is about. Names, numbers and amounts that a list shows stand beside it, in the
/// [`Gist`](super::Gist).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[expect(missing_docs, reason = "fields are documented at the event that they come from")]
#[non_exhaustive]
pub enum Matter<'a> {
    /// Nothing that any fold reads.
    Plain,
    /// Something happened, of which nothing is said but when: a cache tells so in the place of an
    /// event that is not read. No event alone has this matter.
    Present,
    /// An earlier event never was; none: it names no event of its stream.
    Voided(Option<u64>),
    /// An earlier event was told by a batch that is taken back: as voided, and nobody told it.
    Untold(Option<u64>),
    /// An account was opened; the label is its name.
    Opened {
        stage: Stage,
        country: Option<&'a str>,
        sector: Option<&'a str>,
        class: Option<&'a str>,
        segment: Option<&'a str>,
        external_ids: Vec<(&'a str, &'a str)>,
        unassigned: bool,
    },
    /// Prospect or client.
    Stage(Stage),
    /// The label is the class.
    Classified {
        segment: Option<&'a str>,
    },
    /// System and id there.
    ExternalId(&'a str, &'a str),
    /// The label is their function.
    ContactAdded {
        contact: ContactId,
        key: bool,
    },
    ContactChanged {
        contact: ContactId,
        named: bool,
        role: Option<&'a str>,
        key: Option<bool>,
    },
    ContactLeft(ContactId),
    Parent {
        parent: AccountId,
        until: Option<Day>,
    },
    NoParent(AccountId),
    /// Another account plays a part in this one's business.
    Party {
        role: PartyRole,
        party: AccountId,
        until: Option<Day>,
    },
    NoParty(PartyRole, AccountId),
    /// This account may settle the items of another.
    PaysFor {
        account: AccountId,
        until: Option<Day>,
    },
    NotPaysFor(AccountId),
    Assigned {
        manager: ManagerId,
        credit: Vec<CreditShare>,
    },
    Closed,
    ManagerJoined {
        code: Option<&'a str>,
        named: bool,
    },
    ManagerLeft,
    Away {
        until: Day,
        deputy: Option<ManagerId>,
    },
    InTeam {
        team: TeamId,
        until: Option<Day>,
    },
    OutOfTeam(TeamId),
    TeamFormed {
        name: &'a str,
        kind: TeamKind,
    },
    TeamLead(ManagerId),
    TeamParent(Option<TeamId>),
    TeamDissolved,
    PayPlan {
        plan: &'a str,
        until: Option<Day>,
    },
    /// A rule of the tenant holds.
    Rule(Rule),
    /// A quota up to `end`, or to the day before the next one if that is sooner.
    Quota {
        kind: QuotaKind,
        target: Target,
        end: Day,
        before_next: bool,
        product_group: Option<&'a str>,
    },
    /// The label is the purpose.
    Planned {
        activity: ActivityId,
        kind: ActivityKind,
        manager: ManagerId,
        day: Day,
        /// In seconds since 1970.
        starts: Option<i64>,
        minutes: Option<u32>,
        recurrence: Option<&'a str>,
    },
    Moved {
        activity: ActivityId,
        occurrence: Option<Day>,
        day: Day,
        /// In seconds since 1970.
        starts: Option<i64>,
    },
    Cancelled {
        activity: ActivityId,
        occurrence: Option<Day>,
    },
    Held {
        activity: ActivityId,
        occurrence: Option<Day>,
        kind: ActivityKind,
        manager: ManagerId,
        outcome: Outcome,
        minutes: Option<u32>,
        undertaken: Vec<Undertaken>,
    },
    ActionDone(ActionId),
    /// A chance stands, or moved; the amount is its value. What is absent stays as it was.
    Chance {
        opportunity: OpportunityId,
        stage: &'a str,
        /// Where the chance is seen for the first time.
        seen: Option<Seen<'a>>,
        probability: Option<Rate>,
        category: Option<ForecastCategory>,
        expected_close: Option<Day>,
        manager: Option<ManagerId>,
    },
    /// A chance was won or lost; the amount is for how much, the label why it was lost.
    ChanceEnded {
        opportunity: OpportunityId,
        won: bool,
        manager: Option<ManagerId>,
        competitor: Option<&'a str>,
    },
    /// An offer stands; the label is its number where it is told, the amount is net.
    Offered {
        offer: OfferId,
        valid_until: Day,
        manager: Option<ManagerId>,
        /// The chance that it serves.
        opportunity: Option<OpportunityId>,
    },
    /// An offer was answered or withdrawn; the label is why.
    OfferEnded {
        offer: OfferId,
        how: OfferEnd,
        competitor: Option<&'a str>,
    },
    /// The label is its number, the amount what it is worth.
    Signed {
        contract: ContractId,
        starts: Day,
        ends: Option<Day>,
        notice_days: Option<u16>,
        renews_itself: bool,
    },
    /// A contract ends on another day now; none: on none that is known. The amount is what it is
    /// worth now, if that is told.
    ContractEnds {
        contract: ContractId,
        ends: Option<Day>,
    },
    /// A contract is worth the amount now.
    ContractWorth(ContractId),
    /// The amount is net, `more` is tax and freight, in millionths.
    Ordered {
        order: OrderId,
        manager: Option<ManagerId>,
        credit: Vec<CreditShare>,
        lines: Vec<Goods<'a>>,
        more: i64,
        wanted: Option<Day>,
        contract: Option<ContractId>,
    },
    /// Line and quantity; empty: all that was outstanding.
    Delivered {
        order: OrderId,
        lines: Vec<(u32, Quantity)>,
    },
    OrderCancelled(OrderId),
    /// Goods of an order were refused at the door; empty: all of it. The label is why.
    Refused {
        order: OrderId,
        lines: Vec<(u32, Quantity)>,
    },
    /// The amount is net, positive.
    Returned {
        goods_return: ReturnId,
        manager: Option<ManagerId>,
        order: Option<OrderId>,
        invoice: Option<DocumentId>,
        reason: Option<&'a str>,
        lines: Vec<Goods<'a>>,
    },
    /// The amount is net.
    Adjusted {
        manager: Option<ManagerId>,
        reason: Option<&'a str>,
    },
    /// Something to be paid; the label is its number, the amount is gross.
    Document(Paper<'a>),
    /// Something that lowers what is to be paid, and what it settles.
    Credit(Paper<'a>, Vec<Applied>),
    /// The label is its reference.
    Payment {
        payment: PaymentId,
        company: Option<CompanyId>,
        ledger_account: Option<&'a str>,
        value_day: Option<Day>,
        base_rate: Option<Rate>,
        advance: bool,
        applied: Vec<Applied>,
    },
    PaidByOther {
        payer: AccountId,
        payment: PaymentId,
        applied: Vec<Applied>,
    },
    Refund {
        refund: RefundId,
        of: Option<CreditSource>,
    },
    Netted(Vec<Applied>),
    WrittenOff(Vec<Applied>),
    Recovered(Vec<Applied>),
    Allocated {
        from: CreditSource,
        applied: Vec<Applied>,
    },
    Undone {
        from: CreditSource,
        applied: Vec<Applied>,
    },
    Reversed(Takes),
    /// The amount is what is disputed; none: all of it. The label is why.
    Disputed {
        dispute: DisputeId,
        document: DocumentId,
        installment: Option<u32>,
        owner: Option<ManagerId>,
    },
    DisputeResolved(DisputeId),
    /// A reminder over documents, each at its level; the amount is the fee.
    Reminded {
        items: Vec<(DocumentId, Option<u32>, u8)>,
        interest: Option<Money>,
    },
    /// An open foreign document is worth another rate in the base view.
    Revalued {
        document: DocumentId,
        base_rate: Rate,
    },
    /// The amount is what the ledger says of the account.
    LedgerBalance {
        company: Option<CompanyId>,
        ledger_account: Option<&'a str>,
    },
    /// Something prepared that is not owed yet; the label is its number, the amount is gross.
    Draft(Paper<'a>),
    DraftDiscarded(DocumentId),
    /// The amount is the limit; none: there is none. The label is why.
    CreditLimit {
        kind: ExposureKind,
        until: Option<Day>,
    },
    /// A programme cost something; the label is its name, the amount how much.
    ProgrammeCost,
    /// The label is why.
    CreditHeld,
    /// The label is why.
    CreditReleased,
    /// The label is the refusal that is overridden, the amount up to how much.
    Approved {
        order: Option<OrderId>,
        document: Option<DocumentId>,
        offer: Option<OfferId>,
        discount: Option<Rate>,
        until: Option<Day>,
        approver: ManagerId,
    },
    /// The label is the agency, the amount the limit that it recommends.
    CreditChecked {
        result: CheckResult,
        valid_until: Option<Day>,
    },
    /// The amount is what was promised.
    Promised {
        promise: PromiseId,
        by: Day,
        documents: Vec<DocumentId>,
    },
    /// Something about a competitor was learnt; the label is who.
    Competitor {
        product: Option<&'a str>,
        segment: Option<&'a str>,
    },
    /// The label is the cause.
    Complaint(ComplaintId),
    ComplaintResolved(ComplaintId),
    /// How much was used since a day; the label is of what.
    Used {
        since: Day,
        quantity: Quantity,
    },
    /// Somebody rated the relationship.
    Rated {
        manager: ManagerId,
        rating: i32,
        scale: i32,
    },
    /// Two accounts are the same client; the label is why.
    Merged {
        kept: AccountId,
        merged: AccountId,
    },
    /// An account that was merged away is a client of its own; the label is why.
    Split(AccountId),
    /// Another account, which was merged into this one, was opened: what is not known of this one
    /// is taken from it. No event alone has this matter: see [`Merges`](crate::Merges).
    Joined {
        stage: Stage,
        country: Option<&'a str>,
        sector: Option<&'a str>,
        class: Option<&'a str>,
        segment: Option<&'a str>,
        external_ids: Vec<(&'a str, &'a str)>,
    },
}

/// Something undertaken, as far as folds read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Undertaken {
    /// Which.
    pub action: ActionId,
    /// By whom on our side.
    pub manager: Option<ManagerId>,
    /// By whom on the client's side.
    pub contact: Option<ContactId>,
    /// By when.
    pub due: Option<Day>,
}

/// What is told of a chance when it is first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Seen<'a> {
    /// The product in question.
    pub product: Option<&'a str>,
}

/// How an offer ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// The client accepted.
    Accepted,
    /// The client declined.
    Declined,
    /// It was taken back.
    Withdrawn,
}

/// A line of goods, as far as folds read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Goods<'a> {
    /// The product's code.
    pub product: &'a str,
    /// The group it belongs to.
    pub group: Option<&'a str>,
    /// How much.
    pub quantity: Quantity,
    /// For how much, in millionths.
    pub net: i64,
}

/// A receivable document, as far as folds read it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Paper<'a> {
    /// Which.
    pub document: DocumentId,
    /// What it is.
    pub kind: PaperKind,
    /// Which of our companies issued it.
    pub company: Option<CompanyId>,
    /// Which receivable account of the ledger it stands on.
    pub ledger_account: Option<&'a str>,
    /// The day printed on it; none: the posting day.
    pub document_day: Option<Day>,
    /// The day by which it is to be paid; none: at once.
    pub due: Option<Day>,
    /// Due day, amount and receivable account of each installment.
    pub installments: Vec<(Day, Money, Option<&'a str>)>,
    /// Units of the base currency for one of the document's.
    pub base_rate: Option<Rate>,
    /// Until when early payment saves how much, 0.02 for two per cent.
    pub discounts: Vec<(Day, Rate)>,
    /// Which parts of orders it charges for.
    pub charges: Vec<Charge>,
    /// Before tax and freight.
    pub net: Option<Money>,
    /// Whose sale it is.
    pub manager: Option<ManagerId>,
    /// What it charges for.
    pub lines: Vec<Goods<'a>>,
}

/// What a receivable document is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// An invoice over goods or services: a purchase.
    Invoice,
    /// A debit note.
    DebitNote,
    /// Interest and fees.
    Interest,
    /// Carried over from before the book begins.
    Opening,
    /// A credit note.
    CreditNote,
}

/// Part of an order that a document charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Charge {
    /// Which order.
    pub order: OrderId,
    /// Which line of it, from 0; none: any.
    pub line: Option<u32>,
    /// How much of the product.
    pub quantity: Quantity,
    /// For how much, before tax, in millionths.
    pub net: i64,
}

/// A rule of the tenant, as far as folds read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[expect(missing_docs, reason = "each is documented at the policy that it comes from")]
#[non_exhaustive]
pub enum Rule {
    Aging(AgingPolicy),
    CreditExcess(CreditExcess),
    Advance(AdvanceRule),
    Allocation(AllocationRule),
    OverdueGrace(u16),
    BaseCurrency(Currency),
    Dunning(DunningPolicy),
    CeiSales(CeiSales),
    SalesCredit(SalesCredit),
    Clients(ClientRule),
    Pacing(Pacing),
    PayPlan(PayPlan),
    StageProbability(Vec<StageProbability>),
    Calendar(WorkCalendar),
    Cadence(Vec<CadenceTarget>),
    Discounts(Vec<DiscountRule>),
    Programme(Programme),
    Signals(SignalRule),
}

/// A promotion or a bonus programme, as far as folds read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Programme {
    /// What it is called.
    pub name: String,
    /// The first day on which sales count.
    pub from: Day,
    /// The last one.
    pub until: Day,
    /// Only to accounts of these classes; empty: to all.
    pub classes: Vec<String>,
    /// Only goods of these groups; empty: all.
    pub product_groups: Vec<String>,
    /// Up to how much is taken off list prices.
    pub discount: Option<Rate>,
    /// What clients get back, ascending.
    pub bonus: Vec<BonusStep>,
}

impl Programme {
    /// Whether it runs on a day and is for accounts of a class.
    #[must_use]
    pub fn is_for(&self, class: Option<&str>, day: NaiveDate) -> bool {
        (self.from.date()..=self.until.date()).contains(&day)
            && (self.classes.is_empty()
                || class.is_some_and(|class| self.classes.iter().any(|it| it == class)))
    }

    /// Whether goods of a group count.
    #[must_use]
    pub fn counts(&self, group: Option<&str>) -> bool {
        self.product_groups.is_empty()
            || group.is_some_and(|group| self.product_groups.iter().any(|it| it == group))
    }
}

/// Which days are worked, as far as folds read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct WorkCalendar {
    /// Days of the week off, Monday is 0.
    pub weekend: Vec<u8>,
    /// Single days off, and how much of each.
    pub holidays: Vec<(Day, Quantity)>,
}

/// What settles part of a document, as far as folds read it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Applied {
    /// Which document.
    pub document: DocumentId,
    /// Which installment, from 0; none: the oldest first.
    pub installment: Option<u32>,
    /// Whose document it is, where it is another account's.
    pub foreign: Option<AccountId>,
    /// How much of it, in the document's currency; negative consumes a negative item.
    pub amount: Money,
    /// How much of the payment, where its currency is another.
    pub paid: Option<Money>,
    /// What it is.
    pub kind: ApplicationKind,
    /// Its own day.
    pub day: Option<Day>,
}

/// What a reversal takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Takes {
    /// A payment.
    Payment(PaymentId),
    /// A document.
    Document(DocumentId),
    /// What the event of this version did.
    Version(u64),
    /// An event of another stream: nothing here.
    Elsewhere,
}
