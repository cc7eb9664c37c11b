//! A book that is asked by SQL.
//!
//! Owns the tables that there are, and how much memory a query may have. Reads only.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, ScalarValue, TableReference};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use relatum::Engine;
use tokio::runtime::{Builder, Runtime};

use crate::answer::Answer;
use crate::error::SqlError;
use crate::explained::Context;
use crate::file;
use crate::function;
use crate::near::near;
use crate::point::Point;
use crate::statement::{self, Argument, Asked};
use crate::table::{self, Kind};

/// The schema of the tables of a book.
const SCHEMA: &str = "book";

/// So many of those that have the most memory are told of, where it runs out.
const TOLD: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN;

/// How a book is asked.
#[derive(Debug, Clone)]
pub struct SqlOptions {
    /// From where its tables look, unless the query says otherwise.
    pub point: Point,
    /// Files under names of their own.
    pub files: Vec<(String, String)>,
    /// How much memory a query may have for sorting, joining and grouping, in bytes. What needs
    /// more is put aside in files, as far as that can be done.
    pub memory: usize,
}

/// A book that is asked by SQL.
///
/// Blocks while it works: an asynchronous program asks it from a thread of its own.
pub struct Sql {
    runtime: Runtime,
    context: SessionContext,
    kinds: Vec<Kind>,
    files: Vec<String>,
    point: Point,
    memory: usize,
}

impl fmt::Debug for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sql").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Sql {
    /// The book of an engine, with everything that its log holds by now.
    ///
    /// # Errors
    /// [`SqlError::Engine`]; [`SqlError::File`], of a file that cannot be read;
    /// [`SqlError::Query`], of a name that is taken.
    pub fn over(engine: &Engine, options: SqlOptions) -> Result<Self, SqlError> {
        let runtime = Builder::new_multi_thread().enable_all().thread_name("relatum-sql").build();
        let runtime = runtime.map_err(|error| SqlError::Failed { message: error.to_string() })?;
        let context = context(options.memory)?;
        let head = engine.head()?;
        let kinds = table::kinds(engine, &head);
        for kind in &kinds {
            let table = (kind.make)(&options.point)?;
            let explain = |error| Context { text: "", memory: options.memory }.error(error);
            context.register_table(kind.name, table).map_err(explain)?;
        }
        let (memory, files) = (options.memory, Vec::new());
        let point = options.point;
        let mut sql = Self { runtime, context, kinds, files, point, memory };
        for (name, path) in options.files {
            sql.name_file(&name, &path)?;
        }
        Ok(sql)
    }

    /// Plans a query. Of the book nothing is read before the rows of the answer are.
    ///
    /// # Errors
    /// What is wrong with the text: [`SqlError::Syntax`], [`SqlError::NotOne`],
    /// [`SqlError::Refused`], [`SqlError::UnknownTable`], [`SqlError::UnknownColumn`],
    /// [`SqlError::UnknownFunction`], [`SqlError::Point`], [`SqlError::Query`]; with a file that it
    /// names: [`SqlError::File`].
    pub fn query(&self, text: &str) -> Result<Answer<'_>, SqlError> {
        let rows = match statement::read(text)? {
            Asked::Tables => self.listed(),
            Asked::Columns(name) => self.described(text, &name),
            Asked::Rows(statement) => self.planned(text, *statement),
        };
        Ok(Answer::new(&self.runtime, rows?, text.to_owned(), self.memory))
    }

    fn planned(&self, text: &str, mut statement: Statement) -> Result<DataFrame, SqlError> {
        let explain = |error| self.explained(text, error);
        statement::with_points(&mut statement, |name, arguments| self.at_point(name, arguments))?;
        let tables = statement::tables(&statement).map_err(explain)?;
        let mut headings = BTreeMap::new();
        for table in &tables {
            let named = match self.table(text, table)? {
                Some(file) => Some(file),
                None => self.provider(text, table.table()).ok(),
            };
            if let Some(named) = named {
                headings.insert(table.table().to_owned(), headings_of(&named.schema()));
            }
        }
        statement::with_case(&mut statement, &headings);
        let plan = self.runtime.block_on(self.context.state().statement_to_plan(statement));
        let plan = plan.map_err(explain)?;
        let reads = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false);
        reads.with_allow_statements(false).verify_plan(&plan).map_err(explain)?;
        self.runtime.block_on(self.context.execute_logical_plan(plan)).map_err(explain)
    }

    /// The table that the arguments of one make, registered under a name of its own.
    fn at_point(&self, name: &str, arguments: &[Argument]) -> Result<Option<String>, SqlError> {
        let Some(kind) = self.kinds.iter().find(|kind| kind.name == name) else {
            return Ok(None);
        };
        let value = |(said, sql): &Argument| Ok((said.clone(), self.constant(name, sql)?));
        let values = arguments.iter().map(value).collect::<Result<Vec<_>, SqlError>>()?;
        let point = function::point(name, &values, &self.point)?;
        let table = format!("{name}({point})");
        let known = self.context.table_exist(TableReference::bare(table.as_str()));
        if !known.map_err(|error| self.explained("", error))? {
            let added = (kind.make)(&point)?;
            let added = self.context.register_table(TableReference::bare(table.as_str()), added);
            added.map_err(|error| self.explained("", error))?;
        }
        Ok(Some(table))
    }

    /// What an argument comes to.
    fn constant(&self, name: &str, sql: &str) -> Result<ScalarValue, SqlError> {
        let value = self.runtime.block_on(async {
            let rows = self.context.sql(&format!("select {sql}")).await?.collect().await?;
            let column = rows.first().filter(|it| it.num_rows() == 1).map(|it| it.column(0));
            column.map(|it| ScalarValue::try_from_array(it, 0)).transpose()
        });
        match value {
            Ok(Some(value)) => Ok(value),
            _ => Err(function::wrong(name, "takes constants: no columns")),
        }
    }

    /// The file that a query names as a table; none: a table of the book, or a function.
    fn table(
        &self,
        text: &str,
        table: &TableReference,
    ) -> Result<Option<Arc<dyn TableProvider>>, SqlError> {
        let name = match table {
            TableReference::Bare { table } => table.as_ref(),
            TableReference::Partial { schema, table } if file::is_end(table) => {
                let (name, place) =
                    (format!("{schema}.{table}"), statement::place_of(text, schema));
                let near = vec![format!("'{name}'")];
                return Err(SqlError::UnknownTable { name, near, known: self.names(), place });
            }
            // Of the query engine's own schema.
            other if matches!(other.schema(), Some("information_schema" | SCHEMA)) => {
                return Ok(None);
            }
            other => return Err(self.unknown(text, &other.to_string())),
        };
        if self.kinds.iter().any(|kind| kind.name == name) {
            return Ok(None);
        }
        if self.files.iter().any(|known| known == name) {
            return self.provider(text, name).map(Some);
        }
        if file::is_path(name) {
            // A query before may have named it; it may say something else by now.
            let before = self.context.deregister_table(TableReference::bare(name));
            before.map_err(|error| self.explained(text, error))?;
            self.add_file(name, name)?;
            return self.provider(text, name).map(Some);
        }
        let of_point = self.context.table_exist(TableReference::bare(name)).unwrap_or(false);
        if of_point || self.context.state().table_functions().contains_key(name) {
            return Ok(None);
        }
        Err(self.unknown(text, name))
    }

    fn unknown(&self, text: &str, name: &str) -> SqlError {
        let known = self.names();
        let near = near(name, known.iter().map(String::as_str));
        let place = statement::place_of(text, name);
        SqlError::UnknownTable { name: name.to_owned(), near, known, place }
    }

    fn provider(&self, text: &str, name: &str) -> Result<Arc<dyn TableProvider>, SqlError> {
        let table = self.context.table_provider(TableReference::bare(name));
        self.runtime.block_on(table).map_err(|error| self.explained(text, error))
    }

    fn name_file(&mut self, name: &str, path: &str) -> Result<(), SqlError> {
        if self.names().iter().any(|known| known == name) {
            let message = format!("`{name}` is a table already; give the file another name");
            return Err(SqlError::Query { message, place: None });
        }
        self.add_file(name, path)?;
        self.files.push(name.to_owned());
        Ok(())
    }

    fn add_file(&self, name: &str, path: &str) -> Result<(), SqlError> {
        let state = self.context.state();
        let table = self.runtime.block_on(file::open(&state, path))?;
        let added = self.context.register_table(TableReference::bare(name), table);
        added.map(|_| ()).map_err(|error| self.explained("", error))
    }

    fn explained(&self, text: &str, error: DataFusionError) -> SqlError {
        Context { text, memory: self.memory }.error(error)
    }

    fn names(&self) -> Vec<String> {
        let of_book = self.kinds.iter().map(|kind| kind.name.to_owned());
        of_book.chain(self.files.iter().cloned()).collect()
    }

    fn listed(&self) -> Result<DataFrame, SqlError> {
        let mut rows: Vec<[String; 2]> =
            self.kinds.iter().map(|it| [it.name.to_owned(), it.about.clone()]).collect();
        let files = self.files.iter().map(|name| [name.clone(), "a file".to_owned()]);
        rows.extend(files);
        self.told(["table", "about"], &rows)
    }

    fn described(&self, text: &str, name: &str) -> Result<DataFrame, SqlError> {
        let kind = self.kinds.iter().find(|kind| kind.name == name);
        let schema = match kind {
            Some(kind) => kind.schema.clone(),
            None => match self.table(text, &TableReference::bare(name))? {
                Some(table) => table.schema(),
                None => return Err(self.unknown(text, name)),
            },
        };
        let about = |field: &Field| {
            let kind = kind.and_then(|kind| kind.docs.iter().find(|it| it.0 == *field.name()));
            kind.map_or_else(String::new, |it| it.1.clone())
        };
        let row = |field: &Arc<Field>| {
            [field.name().clone(), table::type_name(field.data_type()), about(field)]
        };
        let rows: Vec<[String; 3]> = schema.fields().iter().map(row).collect();
        self.told(["column", "type", "about"], &rows)
    }

    /// Rows of texts as an answer.
    fn told<const N: usize>(
        &self,
        titles: [&str; N],
        rows: &[[String; N]],
    ) -> Result<DataFrame, SqlError> {
        let fields = titles.map(|it| Field::new(it, DataType::Utf8, false));
        let column = |at: usize| -> ArrayRef {
            Arc::new(rows.iter().map(|row| row.get(at)).collect::<StringArray>())
        };
        let columns = (0..N).map(column).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns);
        let batch = batch.map_err(|error| self.explained("", error.into()))?;
        self.context.read_batch(batch).map_err(|error| self.explained("", error))
    }
}

fn headings_of(schema: &SchemaRef) -> Vec<String> {
    schema.fields().iter().map(|it| it.name().clone()).collect()
}

fn context(memory: usize) -> Result<SessionContext, SqlError> {
    let explain = |error| Context { text: "", memory }.error(error);
    let pool = TrackConsumersPool::new(FairSpillPool::new(memory), TOLD);
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool));
    let runtime = runtime.build_arc().map_err(explain)?;
    let mut config = SessionConfig::new().with_information_schema(true);
    config = config.with_default_catalog_and_schema("relatum", SCHEMA);
    let options = config.options_mut();
    options.sql_parser.collect_spans = true;
    // What sorting sets aside for merging, and what is handed on at once, must fit in some times.
    let execution = &mut options.execution;
    execution.sort_spill_reservation_bytes =
        execution.sort_spill_reservation_bytes.min(memory / 16);
    let batch = config.batch_size().min(memory / (64 * 1_024)).max(64);
    let config = config.with_batch_size(batch);
    Ok(SessionContext::new_with_config_rt(config, runtime))
}
