//! The tenant's own rules, companies and calendars. A policy holds from its effective day on, so
//! that an old report runs again under its old rule.

use chrono::{NaiveDate, Weekday};

use super::opportunity::ForecastCategory;
use super::pay::PayPlan;
use crate::ids::CompanyId;
use crate::money::{Currency, Money, Quantity, Rate, Value};
use crate::shapes::shapes;

shapes! {
    /// A rule that holds from the effective day on, replacing the last of its kind.
    pub struct PolicySet {
        /// The rule.
        pub policy: Policy,
        /// Why it was set.
        pub reason: Option<String>,
    }

    /// What a tenant may choose.
    #[non_exhaustive]
    pub enum Policy {
        /// How receivables are aged.
        Aging(AgingPolicy),
        /// What happens to a credit against an invoice with less open.
        CreditExcess(CreditExcess),
        /// How an advance reduces a schedule of installments.
        Advance(AdvanceRule),
        /// Which items a payment settles when it names none.
        Allocation(AllocationRule),
        /// Days past due that are forgiven before an item counts as overdue for credit.
        OverdueGrace(u16),
        /// The base currency of the tenant.
        BaseCurrency(Currency),
        /// Reminders, by level.
        Dunning(DunningPolicy),
        /// Which sales count into the collection effectiveness index.
        CeiSales(CeiSales),
        /// Who is credited with a sale, and when.
        SalesCredit(SalesCredit),
        /// Which clients are active, and which are new.
        Clients(ClientRule),
        /// Against what the progress of a period is held.
        Pacing(Pacing),
        /// What is paid for attainment; replaces the plan of that name.
        PayPlan(PayPlan),
        /// Probability of winning by stage of an opportunity.
        StageProbability(Vec<StageProbability>),
        /// How often an account of a class is contacted.
        Cadence(Vec<CadenceTarget>),
        /// How much may be taken off list prices without asking.
        Discounts(Vec<DiscountRule>),
        /// A promotion or a bonus programme; replaces the one of that name.
        Programme(Programme),
        /// When a churn signal is worth attention.
        Signals(SignalRule),
        /// A rule of a later kind, by name, kept as it is.
        Named {
            /// Its name.
            name: String,
            /// Its terms.
            terms: serde_json::Value,
        },
    }

    /// From which day age counts.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum AgeBasis {
        /// The day on which it should be paid.
        DueDate,
        /// The day of the document.
        DocumentDate,
    }

    /// How receivables are aged.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct AgingPolicy {
        /// From which day.
        pub basis: AgeBasis,
        /// Last day of each bucket but the open last one, ascending, such as 0, 30, 60, 90, 120.
        pub bounds: Vec<i32>,
    }

    /// What happens to a credit against an invoice with less open.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum CreditExcess {
        /// It stands alone, whole.
        WholeStandalone,
        /// What fits is applied.
        ApplyOpenPart,
    }

    /// How an advance reduces a schedule of installments.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum AdvanceRule {
        /// Each installment by its share.
        ProRata,
        /// The oldest first.
        OldestFirst,
    }

    /// Which items a payment settles when it names none.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum AllocationRule {
        /// The oldest due first.
        OldestDueFirst,
        /// None: it stays on account.
        OnAccount,
    }

    /// Reminders, by level.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct DunningPolicy {
        /// In ascending order.
        pub levels: Vec<DunningLevel>,
        /// Interest a year, 0.08 for eight per cent.
        pub interest_per_year: Option<Rate>,
        /// Days of a year for interest.
        pub day_count: Option<u16>,
    }

    /// One level of reminders.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct DunningLevel {
        /// When it is reached.
        pub after: DunningAfter,
        /// What it costs the client.
        pub fee: Option<Money>,
    }

    /// When a level is reached; days may be negative: a reminder before the due day.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum DunningAfter {
        /// Days after the due day.
        DueDays(i32),
        /// The end of the month in which these days after the due day fall.
        EndOfMonthOfDueDays(i32),
        /// Days after the last reminder.
        DaysAfterLast(i32),
    }

    /// Which sales count into the collection effectiveness index.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum CeiSales {
        /// Those of the period.
        Period,
        /// Their monthly average.
        MonthlyAverage,
    }

    /// Who is credited with a sale, and when.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct SalesCredit {
        /// Which event gives the credit.
        pub on: CreditOn,
        /// Whose it is.
        pub owner: CreditOwner,
        /// Whose it is while the owner is away.
        #[serde(default, skip_serializing_if = "crate::shapes::is_default")]
        pub in_absence: InAbsence,
        /// In which period what comes back is taken off.
        #[serde(default, skip_serializing_if = "crate::shapes::is_default")]
        pub returns: ReturnsCount,
    }

    /// Which event gives the credit for a sale.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum CreditOn {
        /// The order.
        Order,
        /// The invoice.
        Invoice,
        /// The payment.
        Payment,
    }

    /// Whose the credit for a sale is.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub enum CreditOwner {
        /// Who owned the account when the order was placed.
        AtOrder,
        /// Who owned it when the invoice was issued.
        AtInvoice,
        /// Who owned it when the payment came.
        AtPayment,
    }

    /// Whose the credit for a sale is while the owner is away.
    #[derive(Copy, PartialOrd, Ord, Default, bitcode::Encode, bitcode::Decode)]
    pub enum InAbsence {
        /// The owner's all the same.
        #[default]
        Owner,
        /// The deputy's.
        Deputy,
    }

    /// In which period what comes back is taken off.
    #[derive(Copy, PartialOrd, Ord, Default, bitcode::Encode, bitcode::Decode)]
    pub enum ReturnsCount {
        /// The one in which it comes back.
        #[default]
        WhenReturned,
        /// The one of the sale that it comes from, where that is known.
        WhenSold,
    }

    /// Which clients are active, and which are new.
    #[derive(Copy, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct ClientRule {
        /// A client is active who bought for more than came back in so many months up to the end.
        pub active_months: u16,
        /// A client is new who buys after so many months without buying, or for the first time.
        pub new_after_months: u16,
    }

    /// Against what the progress of a period is held.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub enum Pacing {
        /// Its days.
        CalendarDays,
        /// Its days of work, by the tenant's calendar.
        BusinessDays,
        /// Shares of a year's sales by month, January first; empty: as the last years had them.
        Seasonal(Vec<Rate>),
    }

    /// Probability of winning in a stage.
    #[derive(PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct StageProbability {
        /// The stage.
        pub stage: String,
        /// From 0 to 1.
        pub probability: Rate,
        /// How sure a chance in this stage is, unless it says so itself.
        pub category: Option<ForecastCategory>,
    }

    /// How often an account of a class is contacted.
    #[derive(PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct CadenceTarget {
        /// The class.
        pub class: String,
        /// Kind of activity.
        pub activity: super::activity::ActivityKind,
        /// Once in so many days.
        pub every_days: u16,
    }

    /// How much may be taken off list prices without asking. Of several rules that fit a line the
    /// one that allows the most counts; a line that none fits is sold at its list price.
    #[derive(PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
    pub struct DiscountRule {
        /// Only to accounts of this class; none: to all.
        pub class: Option<String>,
        /// Only on goods of this group; none: on all.
        pub product_group: Option<String>,
        /// From this quantity of a line on; none: from any.
        pub from_quantity: Option<Quantity>,
        /// The most, 0.05 for five per cent.
        pub up_to: Rate,
    }

    /// A promotion or a bonus programme: sales of some goods to some accounts in some time count.
    pub struct Programme {
        /// What it is called.
        pub name: String,
        /// The first day on which sales count.
        pub from: NaiveDate,
        /// The last one.
        pub until: NaiveDate,
        /// Only to accounts of these classes; empty: to all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub classes: Vec<String>,
        /// Only goods of these groups; empty: all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub product_groups: Vec<String>,
        /// Up to how much is taken off list prices, whatever the rules of discounts say.
        pub discount: Option<Rate>,
        /// What clients get back of all that counts, by how much that is; ascending.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub bonus: Vec<BonusStep>,
    }

    /// A step of a bonus: reached, its rate is paid on all that counts.
    #[derive(Copy, bitcode::Encode, bitcode::Decode)]
    pub struct BonusStep {
        /// From how much on.
        pub from: Value,
        /// How much of it, 0.03 for three per cent.
        pub rate: Rate,
    }

    /// A programme cost something, such as prizes or leaflets, beside what is paid to clients.
    pub struct ProgrammeCostStated {
        /// Which, by name.
        pub programme: String,
        /// How much.
        pub cost: Value,
        /// For what.
        pub what: Option<String>,
    }

    /// When churn signals are worth attention, and how far ahead a risk looks.
    #[derive(bitcode::Encode, bitcode::Decode)]
    pub struct SignalRule {
        /// In so many days nothing is bought: that is the risk.
        pub horizon_days: u16,
        /// Those that differ from the standard.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub thresholds: Vec<SignalThreshold>,
    }

    /// From where on a signal is worth attention, in what is measured of it.
    #[derive(Copy, bitcode::Encode, bitcode::Decode)]
    pub struct SignalThreshold {
        /// Which signal.
        pub signal: SignalKind,
        /// From here on it is unusual.
        pub watch: i32,
        /// From here on it is very unusual.
        pub alert: i32,
    }

    /// A churn signal, and what is measured of it.
    #[derive(Copy, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
    pub enum SignalKind {
        /// Per cent: how likely nothing is bought within the horizon.
        NoPurchase,
        /// Per cent: how likely an active account would be silent for so long. Less is worse.
        Cadence,
        /// Per cent by which the value of a purchase fell over a year.
        OrderValue,
        /// Per cent by which a quarter's purchases are below what was to be expected.
        Volume,
        /// Per cent of regular goods that are no longer bought.
        Assortment,
        /// Per cent: how likely more is returned or refused than half as much again as usual.
        Returns,
        /// Days by which payments are later than before.
        DaysLate,
        /// Promises to pay that were broken in half a year.
        Promises,
        /// Age of the oldest unanswered offer, in per cent of what answers usually take.
        Offers,
        /// Complaints that are open or come again; one that is open for long counts twice.
        Complaints,
        /// Days until a contract ends of whose renewal nobody talks. Less is worse.
        Contract,
        /// Time without contact, in per cent of what is usual.
        Contact,
        /// Visits and other activities that were missed in a row.
        MissedVisits,
        /// 1: a key contact left, another one remains; 2: none remains.
        KeyContact,
        /// Per cent by which usage is below its own level.
        Usage,
    }

    /// A legal entity of the seller.
    pub struct CompanyRegistered {
        /// Which.
        pub company: CompanyId,
        /// Its name.
        pub name: String,
        /// The currency of its books.
        pub currency: Currency,
        /// ISO 3166 code.
        pub country: Option<String>,
    }

    /// Which days are worked, from the effective day on.
    pub struct CalendarStated {
        /// Its name.
        pub name: String,
        /// Days of the week off.
        #[schemars(with = "Vec<String>")]
        pub weekend: Vec<Weekday>,
        /// Single days off.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub holidays: Vec<Holiday>,
    }

    /// A single day off.
    pub struct Holiday {
        /// The day.
        pub day: NaiveDate,
        /// Its name.
        pub name: Option<String>,
        /// How much of the day is off; none: all of it.
        pub share: Option<Quantity>,
    }
}
