//! What is told where a query is wrong: where, and what may have been meant.

use crate::book::{rows, told};

fn first(query: &str) -> String {
    told(query).lines().next().unwrap().to_owned()
}

#[test]
fn an_unknown_column_is_told_with_what_was_meant() {
    let told = told("select amuont\nfrom open_items");
    assert!(told.starts_with("no column `amuont` in open_items"), "{told}");
    assert!(told.contains("(line 1, column 8)"), "{told}");
    assert!(told.contains("open_items has: account, account_name"), "{told}");
    assert_eq!(
        first("select acount from open_items"),
        "no column `acount` in open_items; did you mean `account`? (line 1, column 8)"
    );
    assert_eq!(
        first("select o.numbr from open_items o where o.open > 0"),
        "no column `numbr` in o; did you mean `number`? (line 1, column 8)"
    );
    assert_eq!(
        first("select *\nfrom open_items\nwhere curency = 'EUR'"),
        "no column `curency` in open_items; did you mean `currency`? (line 3, column 7)"
    );
    assert_eq!(
        first("select acount from open_items('2026-05-31')"),
        "no column `acount` in open_items; did you mean `account`? (line 1, column 8)"
    );
}

#[test]
fn an_unknown_table_is_told_with_what_was_meant() {
    assert_eq!(
        first("select *\nfrom open_item"),
        "no table `open_item`; did you mean `open_items`? (line 2, column 6)"
    );
    assert!(told("select * from customers").contains("there are: events, accounts"));
    assert_eq!(
        first("select * from list.csv"),
        "no table `list.csv`; did you mean `'list.csv'`? (line 1, column 15)"
    );
    assert!(
        first("describe opn_items").starts_with("no table `opn_items`; did you mean `open_items`")
    );
}

#[test]
fn what_is_no_sql_is_told_with_its_place() {
    assert_eq!(
        first("selct * from open_items"),
        "this is no SQL: expected an SQL statement, found selct (line 1, column 1)"
    );
    let told = first("select *\nfrom open_items\nwhere open >");
    assert!(told.starts_with("this is no SQL: expected"), "{told}");
    let told = first("select 'open from open_items");
    assert!(told.starts_with("this is no SQL: unterminated string literal"), "{told}");
    let deep = format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(first(&deep), "this is no SQL: it is nested too deeply");
}

#[test]
fn an_unknown_function_and_a_wrong_type_are_told() {
    assert_eq!(
        first("select summ(open) from open_items"),
        "no function `summ`; did you mean `sum`? (line 1, column 8)"
    );
    let told = first("select open + due from open_items");
    assert!(told.starts_with("the query cannot be answered: "), "{told}");
    let told = first("select currency, sum(open) from open_items");
    assert!(told.contains("group by") || told.contains("GROUP BY"), "{told}");
}

#[test]
fn what_cannot_be_computed_is_told_when_it_is_met() {
    assert_eq!(first("select 1 / (seq - seq) from events"), "the query failed: a division by zero");
    let told = first("select cast(number as int) from open_items");
    assert!(told.starts_with("the query failed: "), "{told}");
}

#[test]
fn nothing_of_the_query_engine_is_shown() {
    let queries = [
        "select a.open from open_items a join open_items b on a.account = b.account and b.x = 1",
        "select open from open_items a, open_items b",
        "select * from open_items where account = 1 + 'x'",
        "select * from nowhere.open_items",
        "select sum(open) over (order by nothing) from open_items",
        "select * from open_items order by 99",
        "select count(*) from open_items group by 7",
        "select unnest(open) from open_items",
        "select * from open_items limit -1",
        "select cast(open as nonsense) from open_items",
        "with recursive x as (select 1) select * from y",
    ];
    for query in queries {
        let told = told(query);
        for noise in ["DataFusion", "datafusion", "Error(", "Plan(", "github.com", "Arrow"] {
            assert!(!told.contains(noise), "{query}: {told}");
        }
    }
}

#[test]
fn tables_and_columns_are_listed() {
    let tables = rows("show tables");
    assert!(tables.iter().any(|row| row[0] == "events"), "{tables:?}");
    assert!(tables.iter().any(|row| row[0] == "open_items"), "{tables:?}");
    let columns = rows("describe open_items");
    let open = columns.iter().find(|row| row[0] == "open").unwrap();
    assert_eq!(open[1], "decimal(38,6)");
    assert!(open[2].starts_with("what is open"));
    assert_eq!(rows("show columns from open_items"), columns);
    let events = rows("describe events");
    assert!(events.iter().any(|row| row[0] == "recorded_at" && row[1] == "timestamp"));
}
