//! A table of a book, as the query engine reads it.
//!
//! Owns what all of them share: which filters and columns are handed down, and how rows flow. Each
//! batch waits until the one before it is taken, so that a table needs the memory of a few batches.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};
use futures_util::StreamExt as _;

use crate::error::SqlError;
use crate::wanted::Wanted;

/// So many batches wait to be taken.
const WAITING: usize = 2;

/// Takes the next batch, and says whether more is wanted.
pub(crate) type Give<'a> = dyn FnMut(RecordBatch) -> ControlFlow<()> + 'a;

/// Something in a book that is told as rows.
pub(crate) trait Source: fmt::Debug + Send + Sync {
    /// Its name in SQL.
    fn name(&self) -> &'static str;

    /// Its columns.
    fn schema(&self) -> SchemaRef;

    /// The columns of which a filter spares reading.
    fn sparing(&self) -> &'static [&'static str];

    /// Reads what is `wanted`, of some columns, by their places in the schema, so many rows a
    /// batch.
    fn read(
        &self,
        wanted: &Wanted,
        columns: &[usize],
        most: usize,
        give: &mut Give<'_>,
    ) -> Result<(), SqlError>;
}

/// A table from one point in time.
#[derive(Debug, Clone)]
pub(crate) struct BookTable(pub(crate) Arc<dyn Source>);

#[async_trait]
impl TableProvider for BookTable {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.0.schema();
        let all = || (0..schema.fields().len()).collect();
        let columns: Vec<usize> = projection.cloned().unwrap_or_else(all);
        let schema = Arc::new(schema.project(&columns)?);
        let wanted = Wanted::of(filters, self.0.sparing());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(BookScan {
            source: Arc::clone(&self.0),
            columns: columns.into(),
            wanted: Arc::new(wanted),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // What is understood spares reading; it is checked again in any case.
        let support = |filter: &&Expr| match Wanted::understands(filter, self.0.sparing()) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }
}

/// The reading of a table.
#[derive(Debug)]
struct BookScan {
    source: Arc<dyn Source>,
    columns: Arc<[usize]>,
    wanted: Arc<Wanted>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl DisplayAs for BookScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.properties.eq_properties.schema().fields();
        let columns: Vec<&str> = fields.iter().map(|it| it.name().as_str()).collect();
        write!(f, "BookScan: {}, columns=[{}]", self.source.name(), columns.join(", "))?;
        let wanted = self.wanted.words();
        if wanted.is_empty() { Ok(()) } else { write!(f, ", only=[{}]", wanted.join(", ")) }
    }
}

impl ExecutionPlan for BookScan {
    fn name(&self) -> &'static str {
        "BookScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a table has no children") }
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let batch = context.session_config().batch_size();
        let mut rows = RecordBatchReceiverStream::builder(self.schema(), WAITING);
        let into = rows.tx();
        let (source, columns) = (Arc::clone(&self.source), Arc::clone(&self.columns));
        let wanted = Arc::clone(&self.wanted);
        rows.spawn_blocking(move || {
            let mut give = |batch| match into.blocking_send(Ok(batch)) {
                Ok(()) => ControlFlow::Continue(()),
                // Whoever asked has seen enough.
                Err(_) => ControlFlow::Break(()),
            };
            let read = source.read(&wanted, &columns, batch, &mut give);
            read.map_err(|error| DataFusionError::External(Box::new(error)))
        });
        let counted = BaselineMetrics::new(&self.metrics, partition);
        let count = move |batch: &Result<RecordBatch>| {
            counted.record_output(batch.as_ref().map_or(0, RecordBatch::num_rows));
        };
        let rows = rows.build().inspect(count);
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
