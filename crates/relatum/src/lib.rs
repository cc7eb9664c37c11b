//! relatum, the engine to embed: record what happens with clients, ask what it comes to.
//!
//! Owns the [`Engine`] that joins a log, the decisions and the projections, the keys that seal
//! personal and secret fields, and what was taken in of the log. Knows the clock, files and
//! randomness, so that the crates below need not.
//!
//! *Invariant: what a query answers is a function of the log, the view and nothing else.*
//!
//! # Example
//! ```
//! use relatum::domain::event::document::{InvoiceIssued, ReceivableDocument};
//! use relatum::domain::{AccountId, Actor, Derived, DocumentId, Event, Money, Source};
//! use relatum::{AgingOptions, Engine, Proposal};
//!
//! let engine = Engine::in_memory()?;
//! let account = AccountId::derived("erp", "C-1001");
//! let gross = Money::parse("1190.00", "EUR".parse()?)?;
//! let invoice = ReceivableDocument::new(DocumentId::derived("erp", "R-1"), "R-1", gross)
//!     .due("2026-01-31".parse()?);
//! let day = "2026-01-01".parse()?;
//! let event =
//!     Event::new(day, Actor::system("erp"), Source::new("erp", "R-1"), InvoiceIssued(invoice));
//! engine.record(Proposal::new(account, event))?;
//!
//! let aging = engine.as_of("2026-02-15".parse()?).aging(&AgingOptions::default())?;
//! assert_eq!(aging.totals[0].overdue.to_string(), "1190.00 EUR");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod append;
mod as_of;
mod batch;
mod builder;
mod calendar;
mod certificate;
mod changes;
mod codec;
mod copying;
mod duplicates;
mod engine;
mod erasure;
mod error;
mod evidence;
mod export;
mod flags;
mod folded;
mod follow;
mod footprint;
#[cfg(feature = "sled")]
mod generation;
mod keyring;
mod margin;
mod merging;
mod note;
mod note_keys;
mod own;
mod pace;
mod projection;
mod reading;
mod receivables;
mod record;
mod replay;
mod rights;
mod risk;
mod seal;
#[cfg(feature = "sled")]
mod shadow;
mod standing;
mod states;
#[cfg(feature = "sled")]
mod store;
mod subscribe;
mod tables;
pub mod testing;
mod trail;
mod tree_head;
mod verifying;
mod what_if;
mod whole_file;

pub use append::{Appended, Fact};
pub use as_of::{AsOf, KnownAt};
pub use batch::{
    Batch, BatchError, BatchState, Dependant, Dependence, Intake, NewBatch, Offer, Retold, Taken,
    Undo, UndoPlan, Undone,
};
pub use builder::EngineBuilder;
pub use certificate::{
    CellDivergence, Certificate, CertificateError, Certify, Checked, Divergence, EventDivergence,
    Proofs,
};
pub use codec::understand;
pub use copying::{Copying, NotCopied};
pub use duplicates::{DuplicateLine, DuplicateReason};
pub use engine::Engine;
pub use erasure::{Erased, Erasure, ErasureError};
pub use error::{Class, Error};
pub use evidence::{ConsistencyProof, InclusionProof};
pub use export::Export;
pub use flags::Flag;
pub use follow::{Follow, Followed, Phase};
pub use footprint::{Footprint, Holds, Place, SealedFields, SubjectLine, SubjectRole};
pub use keyring::{KeyError, KeyFile, KeyStatus, Passphrase};
pub use margin::MarginLine;
pub use merging::MergedAccount;
pub use note_keys::{NoteKeyError, SigningKey, VerifyingKey};
pub use own::{Backfilled, OwnProjectionStats, ProjectionError};
pub use pace::Pace;
pub use projection::Projection;
pub use record::Recorded;
pub use replay::{Replay, Replayed};
pub use rights::Rights;
#[cfg(feature = "sled")]
pub use shadow::{Compared, Parting, Rebuilt};
#[cfg(feature = "sled")]
pub use store::{BackupStats, ProjectionStats, StoreStats};
pub use subscribe::{Beginning, Delivery, Effect, Subscription, SubscriptionError};
pub use tables::{TableError, TableFilter};
pub use trail::{Because, TrailLine, TrailOf};
pub use tree_head::{SignedTreeHead, TreeHead, TreeHeadError};

pub use relatum_churn as churn;
pub use relatum_domain as domain;
pub use relatum_domain::View;
pub use relatum_domain::decide::{Allocate, Proposal, Refused};
pub use relatum_domain::signals::{SignalKind, SignalState};
pub use relatum_log as log;
#[cfg(feature = "sled")]
pub use relatum_log_sled::{Durability, LostEvents, Repaired, Side, repair};
pub use relatum_projections::{
    About, AccountProfile, ActionLine, ActionsOptions, ActivitiesBy, ActivitiesOptions,
    ActivityLine, ActivityState, AgingLine, AgingOptions, AgingReport, Appointment,
    AppointmentsOptions, BacklogLine, BacklogOptions, BookAnswer, BookLine, BookQuestion,
    BookReport, By, CadenceBy, CadenceLine, CadenceOptions, CadenceState, CadenceSums, CashOptions,
    Cause, CellChange, CellKey, CellKeyError, CellKind, Change, Changes, ChurnFigures, ChurnLine,
    ChurnOptions, ChurnReport, ChurnTest, ClientsOptions, CohortsOptions, CollectionLine,
    CollectionOptions, Column, CompetitorLine, CompetitorsBy, CompetitorsOptions, ContactLine,
    ContactsOptions, ContractLine, ContractRisk, ContractsOptions, Contribution, ConversionBy,
    ConversionOptions, Coverage, CreditStanding, Difference, DisputesBy, DisputesOptions,
    DoesNotFoot, Explanation, ExposureOptions, FigureLine, Figures, FittedModel, ForecastLine,
    ForecastOptions, HistoryFilter, HistoryLine, InBase, ItemFigures, LedgerCheck, LimitUse, Lines,
    ManagerProfile, Measure, Met, MetricsLine, MetricsOptions, MetricsReport, Millionths, Models,
    Norm, OfferLine, OfferState, OffersBy, OffersOptions, OpenChance, OpenItemsOptions,
    OpenItemsReport, OpenRow, PayItem, PayOptions, PayPart, PayStatement, Period, Periodic,
    PipelineBy, PipelineLine, PipelineOptions, PipelineReport, PlanLine, PlanOptions, ProgrammesBy,
    ProgrammesOptions, Progress, ProjectionInfo, QuotaLine, QuotaOptions, QuotaOwner, QuotaReport,
    Rating, Reason, Reminder, Report, RestsOn, RetentionBy, RetentionOptions, ReturnsBy,
    ReturnsOptions, RevaluedRow, Risk, RiskMethod, RiskTerm, RollForwardOptions, Row, RowSink,
    SalesBy, SalesOptions, Signal, Sink, SoldPart, Statement, StatementLine, Sum, TABLES, Table,
    TableCell, TableColumn, TablePart, TeamProfile, TheirItem, UnappliedOptions, Wanted,
    WaterfallOptions, Week, When, Which, WorkItem, Worklist, YearOnYear, event_of, place_of, table,
};
pub use relatum_stream::{EventRef, StreamId, Version};

/// The example of the README, so that it runs.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The examples of the page for programmers, so that they run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
struct Embedding;
