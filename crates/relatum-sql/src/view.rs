//! Ready views: what is asked most often of a table, under a name of its own.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::{TableProvider, view::ViewTable};
use datafusion::common::{Result, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlanBuilder, col, lit};

use crate::explained::Context;
use crate::table::Kind;

/// Some rows and columns of a table.
#[derive(Debug, Clone, Copy)]
struct Ready {
    name: &'static str,
    about: &'static str,
    /// Of which table.
    of: &'static str,
    /// Only rows in whose column this stands.
    only: Option<(&'static str, &'static str)>,
    /// What that leaves nothing to say for.
    without: &'static [&'static str],
}

const VIEWS: &[Ready] = &[
    Ready {
        name: "attainment",
        about: "a quota and what was attained of it: `quotas`, as they are asked for",
        of: "quotas",
        only: None,
        without: &[],
    },
    Ready {
        name: "pipeline",
        about: "an open chance to sell: `opportunities` that are open",
        of: "opportunities",
        only: Some(("state", "open")),
        without: &["state", "ended", "reason", "competitor"],
    },
];

/// The views of tables that there are.
pub(crate) fn kinds(tables: &[Kind]) -> Vec<Kind> {
    let of = |view: &Ready| Some((*view, tables.iter().find(|kind| kind.name == view.of)?));
    VIEWS.iter().filter_map(of).map(|(view, table)| view.kind(table)).collect()
}

impl Ready {
    fn kind(self, table: &Kind) -> Kind {
        let shown = |name: &str| !self.without.contains(&name);
        let fields = table.schema.fields().iter().filter(|it| shown(it.name())).cloned();
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let docs = table.docs.iter().filter(|it| shown(&it.0)).cloned().collect();
        let (make, columns) = (Arc::clone(&table.make), Arc::clone(&schema));
        let make = move |point: &crate::point::Point| {
            // Under a name of its own: two points are two tables.
            let name = format!("{}({point})", self.of);
            let view = self.over(&name, make(point)?, &columns);
            view.map_err(|error| Context { text: "", memory: 0 }.error(error))
        };
        let about = self.about.to_owned();
        Kind { name: self.name, about, schema, docs, make: Arc::new(make) }
    }

    fn over(
        self,
        name: &str,
        table: Arc<dyn TableProvider>,
        columns: &Schema,
    ) -> Result<Arc<dyn TableProvider>> {
        let mut plan =
            LogicalPlanBuilder::scan(TableReference::bare(name), provider_as_source(table), None)?;
        if let Some((column, value)) = self.only {
            plan = plan.filter(col(column).eq(lit(value)))?;
        }
        let columns = columns.fields().iter().map(|it| col(format!("\"{}\"", it.name())));
        let plan = plan.project(columns)?.build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }
}
