//! The text of a query: one statement, that only asks.
//!
//! Owns what is let through. Knows nothing of what the tables hold.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, TableReference};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, Ident, ObjectName, Query, SetExpr, ShowStatementOptions, Statement as Ast,
    TableAlias, TableFactor, VisitMut as _, VisitorMut, visit_expressions_mut,
};

use crate::error::{Place, SqlError};
use crate::explained;

/// What a text asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Which tables there are.
    Tables,
    /// Which columns a table has.
    Columns(String),
    /// Rows.
    Rows(Box<Statement>),
}

/// Reads the text of one statement.
pub(crate) fn read(text: &str) -> Result<Asked, SqlError> {
    let parsed = DFParserBuilder::new(text).build().and_then(|mut it| it.parse_statements());
    let mut parsed = parsed.map_err(|error| explained::syntax(text, error))?;
    let (Some(statement), true) = (parsed.pop_front(), parsed.is_empty()) else {
        let message = match text.trim().is_empty() || parsed.is_empty() {
            true => "there is no query",
            false => "there are several statements; ask one query a time",
        };
        return Err(SqlError::NotOne { message });
    };
    let refused = || Err(SqlError::Refused { statement: first_words(&statement) });
    match &statement {
        Statement::Statement(it) => match &**it {
            Ast::ShowTables { .. } => return Ok(Asked::Tables),
            Ast::ExplainTable { table_name, .. } => return Ok(Asked::Columns(name(table_name))),
            Ast::ShowColumns { show_options: ShowStatementOptions { show_in, .. }, .. } => {
                let named = show_in.as_ref().and_then(|it| it.parent_name.as_ref());
                return Ok(named.map_or(Asked::Tables, |it| Asked::Columns(name(it))));
            }
            it if !only_asks(it) => return refused(),
            _ => {}
        },
        Statement::Explain(it) => match &*it.statement {
            Statement::Statement(it) if only_asks(it) => {}
            _ => return refused(),
        },
        _ => return refused(),
    }
    Ok(Asked::Rows(Box::new(statement)))
}

/// Whether a statement changes nothing, whatever it is made of.
fn only_asks(statement: &Ast) -> bool {
    match statement {
        Ast::Query(query) => is_read(query),
        Ast::Explain { statement, .. } => only_asks(statement),
        Ast::ShowFunctions { .. } => true,
        _ => false,
    }
}

fn is_read(query: &Query) -> bool {
    fn body(it: &SetExpr) -> bool {
        match it {
            SetExpr::Select(select) => select.into.is_none(),
            SetExpr::Query(query) => is_read(query),
            SetExpr::SetOperation { left, right, .. } => body(left) && body(right),
            SetExpr::Values(_) | SetExpr::Table(_) => true,
            _ => false,
        }
    }
    let with = query.with.iter().flat_map(|with| &with.cte_tables);
    body(&query.body) && with.into_iter().all(|it| is_read(&it.query))
}

/// The words with which a statement begins.
fn first_words(statement: &Statement) -> String {
    let text = statement.to_string();
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    words.join(" ")
}

/// The name of a table, as it is looked up.
fn name(name: &ObjectName) -> String {
    let parts = name.0.iter().filter_map(|part| part.as_ident());
    parts.map(folded).collect::<Vec<_>>().join(".")
}

/// An identifier: in lower case unless it is quoted.
fn folded(it: &Ident) -> String {
    if it.quote_style.is_some() { it.value.clone() } else { it.value.to_lowercase() }
}

/// The tables that a statement reads, and those that it names itself.
pub(crate) fn tables(statement: &Statement) -> Result<Vec<TableReference>, DataFusionError> {
    let (tables, _) = resolve_table_references(statement, true)?;
    Ok(tables)
}

/// What is asked, of an explanation what is explained.
fn ast(statement: &mut Statement) -> Option<&mut Ast> {
    match statement {
        Statement::Statement(ast) => Some(ast),
        Statement::Explain(explain) => ast(&mut explain.statement),
        _ => None,
    }
}

/// An argument of a table, as it is written, and its name, if it has one.
pub(crate) type Argument = (Option<String>, String);

/// Puts in the place of each table with arguments the one that `table` makes of them, under its
/// plain name. Those for which it makes none stay.
///
/// The query engine would take two tables with one name for one, whatever their arguments.
pub(crate) fn with_points(
    statement: &mut Statement,
    table: impl FnMut(&str, &[Argument]) -> Result<Option<String>, SqlError>,
) -> Result<(), SqlError> {
    match ast(statement).map(|ast| ast.visit(&mut Points(table))) {
        Some(ControlFlow::Break(error)) => Err(error),
        _ => Ok(()),
    }
}

struct Points<F>(F);

impl<F> VisitorMut for Points<F>
where
    F: FnMut(&str, &[Argument]) -> Result<Option<String>, SqlError>,
{
    type Break = SqlError;

    fn pre_visit_table_factor(&mut self, it: &mut TableFactor) -> ControlFlow<SqlError> {
        let TableFactor::Table { name: of, alias, args, .. } = it else {
            return ControlFlow::Continue(());
        };
        let Some(arguments) = args else { return ControlFlow::Continue(()) };
        let argument = |it: &FunctionArg| match it {
            FunctionArg::Named { name, arg, .. } => (Some(folded(name)), arg.to_string()),
            FunctionArg::ExprNamed { name, arg, .. } => {
                (Some(name.to_string().to_lowercase()), arg.to_string())
            }
            FunctionArg::Unnamed(arg) => (None, arg.to_string()),
        };
        let arguments: Vec<Argument> = arguments.args.iter().map(argument).collect();
        let plain = name(of);
        match (self.0)(&plain, &arguments) {
            Err(error) => return ControlFlow::Break(error),
            Ok(None) => {}
            Ok(Some(table)) => {
                *of = ObjectName::from(vec![Ident::with_quote('"', table)]);
                *args = None;
                alias.get_or_insert_with(|| TableAlias {
                    explicit: true,
                    name: Ident::with_quote('"', plain),
                    columns: Vec::new(),
                    at: None,
                });
            }
        }
        ControlFlow::Continue(())
    }
}

/// Writes names of columns as the headings of their tables have them, wherever they are written
/// without quotes in another case. Files of others have headings like `Region`.
pub(crate) fn with_case(statement: &mut Statement, headings: &BTreeMap<String, Vec<String>>) {
    let Some(ast) = ast(statement) else { return };
    let mut called = Called { headings, by_alias: BTreeMap::new() };
    let _: ControlFlow<()> = ast.visit(&mut called);
    let by_alias = called.by_alias;
    let mend = |ident: &mut Ident, of: Option<&Vec<String>>| {
        let lower = ident.value.to_lowercase();
        let all = || headings.values().flatten();
        let theirs: Vec<&String> = of.map_or_else(|| all().collect(), |of| of.iter().collect());
        let mut same: Vec<_> = theirs.iter().filter(|it| it.to_lowercase() == lower).collect();
        same.sort();
        same.dedup();
        if ident.quote_style.is_none()
            && let [exact] = same.as_slice()
            && ***exact != lower
        {
            *ident = Ident { value: (**exact).clone(), quote_style: Some('"'), span: ident.span };
        }
    };
    let _: ControlFlow<()> = visit_expressions_mut(ast, |expression| {
        match expression {
            Expr::Identifier(ident) => mend(ident, None),
            Expr::CompoundIdentifier(parts) => {
                if let [of, ident] = parts.as_mut_slice()
                    && let Some(of) = by_alias.get(&folded(of))
                {
                    mend(ident, Some(of));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
}

/// The headings of tables by what they are called in a query.
struct Called<'a> {
    headings: &'a BTreeMap<String, Vec<String>>,
    by_alias: BTreeMap<String, Vec<String>>,
}

impl VisitorMut for Called<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, it: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name: of, alias, .. } = it {
            let of = name(of);
            if let Some(headings) = self.headings.get(&of) {
                let alias = alias.as_ref().map(|alias| folded(&alias.name));
                self.by_alias.insert(alias.unwrap_or(of), headings.clone());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Where a name first stands in a text as a word of its own.
pub(crate) fn place_of(text: &str, name: &str) -> Option<Place> {
    let (text, name) = (text.to_ascii_lowercase(), name.to_ascii_lowercase());
    let part = |it: char| it.is_alphanumeric() || it == '_';
    let at = text.match_indices(&name).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })?;
    let before = text.get(..at)?;
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next()?.chars().count() as u64 + 1;
    Some(Place { line, column })
}
