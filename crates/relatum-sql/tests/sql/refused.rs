//! What would change something is refused, however it is dressed.

use relatum_sql::SqlError;

use crate::book::{rows_of, sql, told};

#[test]
fn nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    let copy = format!("copy open_items to '{}'", file.display());
    let external = format!("create external table t stored as csv location '{}'", file.display());
    let queries = [
        "create table t as select 1",
        "create view v as select * from open_items",
        "drop table open_items",
        "insert into open_items select * from open_items",
        "update open_items set open = 0",
        "delete from open_items",
        "truncate table open_items",
        "select * into t from open_items",
        "set datafusion.execution.batch_size = 1",
        "reset datafusion.execution.batch_size",
        "begin",
        "explain insert into open_items select * from open_items",
        "explain create table t as select 1",
        "prepare p as select 1",
        "create function f() returns int return 1",
        "alter table open_items add column x int",
        "grant select on open_items to x",
        &copy,
        &external,
    ];
    for query in queries {
        let error = rows_of(&sql(), query).expect_err(query);
        let refused = matches!(error, SqlError::Refused { .. } | SqlError::Syntax { .. });
        assert!(refused, "{query}: {error:?}");
    }
    assert!(!file.exists());
    assert_eq!(
        told("drop table open_items"),
        "`DROP TABLE` is refused: a book is asked by SQL, and never written\n\
         one query a time: select, with, values, explain, describe, show tables"
    );
}

#[test]
fn there_is_one_query() {
    assert_eq!(told(""), "there is no query");
    assert_eq!(told(" -- nothing\n"), "there is no query");
    assert_eq!(told("select 1; select 2"), "there are several statements; ask one query a time");
    assert_eq!(rows_of(&sql(), "select 1;").unwrap(), [["1"]]);
}
