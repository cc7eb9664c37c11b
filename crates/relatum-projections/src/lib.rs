//! Read models: pure folds over the log, and the reports that they answer.
//!
//! Owns every projection (one file each), the one list that registers them ([`Models`]), the
//! [buckets](Bucket) in which states are kept, and the reports that join several. Knows no clock,
//! file or log: [gists](relatum_domain::Gist) of events come in, and a report takes the
//! [`View`](relatum_domain::View) from which to look.
//!
//! *Invariant: the state of a projection depends on the order within each stream, never on the
//! interleaving of streams; it is integers, days and strings.*
#![forbid(unsafe_code)]

mod about;
mod activities;
mod agreements;
mod amounts;
mod bucket;
mod changes;
mod churn;
mod competitors;
mod contracts;
mod directory;
#[doc(hidden)]
pub mod examples;
mod figures;
mod history;
mod made;
mod merged;
mod models;
mod pipeline;
mod projection;
mod receivables;
mod sales;
mod tables;
mod week;
mod words;
mod worklist;

pub use about::About;
pub use activities::{
    ActionLine, ActionsOptions, Activities, ActivitiesBy, ActivitiesOptions, ActivityLine,
    ActivityState, Appointment, AppointmentsOptions, CadenceBy, CadenceLine, CadenceOptions,
    CadenceState, CadenceSums, ContactLine, ContactsOptions, PlanLine, PlanOptions, When,
};
pub use agreements::{
    Agreements, EndingContract, OfferLine, OfferState, OffersBy, OffersOptions, StandingOffer,
};
pub use amounts::Sum;
pub use bucket::Bucket;
pub use changes::{By, Cause, CellChange, Change, Changes, ChangesCommon, ChangesPart, Compared};
pub use churn::{
    Churn, ChurnFigures, ChurnLine, ChurnOptions, ChurnReport, ChurnTest, ContractRisk,
    FittedModel, Looked, Norm, Rating, Risk, RiskMethod, RiskTerm, Signal, Surveyed,
};
pub use competitors::{CompetitorLine, Competitors, CompetitorsBy, CompetitorsOptions, Met};
pub use contracts::{ContractLine, ContractsOptions};
pub use directory::{AccountCard, AccountProfile, Directory, ManagerProfile, TeamProfile};
pub use figures::{
    CellKey, CellKeyError, Column, Contribution, DoesNotFoot, Explanation, FigureLine, Figures,
    Measure, Report, Row, Sink,
};
pub use history::{BookLine, BookReport, Counted, History, HistoryFilter, HistoryLine};
pub use merged::{MergedTooLong, Merging, TooManyMerged, event as event_of};
pub use models::{Models, ProjectionInfo, Which};
pub use pipeline::{
    ConversionBy, ConversionOptions, ForecastLine, ForecastOptions, Forecasts, OpenChance,
    Pipeline, PipelineBy, PipelineLine, PipelineOptions, PipelineReport, WaterfallOptions,
};
pub use projection::{Checkpoint, CheckpointError};
pub use receivables::{
    Aging, AgingLine, AgingOptions, AgingReport, CashOptions, CollectionLine, CollectionOptions,
    Credit, CreditStanding, Difference, DisputesBy, DisputesOptions, ExposureOptions, InBase,
    ItemFigures, LedgerCheck, LimitUse, Lines, MetricsLine, MetricsOptions, MetricsReport,
    Millionths, OpenItemsOptions, OpenItemsReport, OpenRow, Reminder, RevaluedRow,
    RollForwardOptions, Statement, StatementLine, TheirItem, UnappliedOptions,
};
pub use sales::{
    BacklogLine, BacklogOptions, ClientsOptions, CohortsOptions, Coverage, Heard, PayHeard,
    PayItem, PayOptions, PayPart, PayStatement, Period, Periodic, ProgrammesBy, ProgrammesOptions,
    Progress, QuotaLine, QuotaOptions, QuotaOwner, QuotaReport, RetentionBy, RetentionOptions,
    ReturnsBy, ReturnsOptions, Sales, SalesBy, SalesOptions, Season, SoldPart, WHOLE, Wanted,
    YearOnYear,
};
pub use tables::{
    BookAnswer, BookQuestion, CellKind, RestsOn, RowSink, TABLES, Table, TableCell, TableColumn,
    TablePart, place_of, table,
};
pub use week::Week;
pub use worklist::{Gathered, Reason, WorkItem, Worklist};

/// The examples of the rules of receivables, so that they run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/receivables.md")]
struct Receivables;

/// The examples of the figures of selling, so that they run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/selling.md")]
struct Selling;

/// The example of the risks of churn, so that it runs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/churn.md")]
struct ChurnExamples;
