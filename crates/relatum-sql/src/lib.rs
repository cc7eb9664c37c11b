//! SQL over a book: its tables, its log, and files beside it, asked by an embedded DataFusion.
//!
//! Owns which tables there are in SQL, what of a query spares reading, how files are read as
//! tables, and how errors are told. Knows no rule of the business and computes no figure: every
//! row comes from the engine. Heavy: a program that asks no SQL does not build it.
//!
//! *Invariant: a query changes nothing, neither the book nor a file.*
//!
//! *Invariant: money is a decimal with a currency beside it. A sum of a column is the sum of the
//! report over the same rows, to the last digit.*
//!
//! # Example
//! ```
//! use relatum::Engine;
//! use relatum_sql::{Point, Sql, SqlCell, SqlOptions};
//!
//! let engine = Engine::in_memory()?;
//! let point = Point { as_of: "2026-03-31".parse()?, known_at: None };
//! let sql = Sql::over(&engine, SqlOptions { point, files: Vec::new(), memory: 256 << 20 })?;
//! let mut rows = sql.query("select count(*) from open_items")?.rows()?;
//! let first = rows.next().transpose()?;
//! assert_eq!(first, Some(vec![vec![SqlCell::Number("0".to_owned())]]));
//! # drop(rows);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod answer;
mod cell;
mod error;
mod events;
mod explained;
mod file;
mod function;
mod near;
mod point;
mod save;
mod session;
mod source;
mod statement;
mod table;
mod view;
mod wanted;

pub use answer::{Answer, SqlRows};
pub use cell::{SqlCell, SqlColumn};
pub use error::{Place, SqlClass, SqlError};
pub use point::Point;
pub use session::{Sql, SqlOptions};
