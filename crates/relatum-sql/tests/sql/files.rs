//! Files as tables: written by the test, joined with the book.

use std::fs;
use std::path::Path;

use relatum_sql::{Sql, SqlError, SqlOptions};

use crate::book::{MIB, demo, one, options, rows, rows_of, sql, told};

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_csv_file_is_joined_with_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let names = rows("select account_name from accounts order by 1 limit 3").concat();
    let lines: Vec<String> =
        names.iter().zip(1..).map(|(name, at)| format!("\"{name}\",{at}00.10")).collect();
    let path = write(folder.path(), "Budget.csv", format!("Name,Budget\n{}\n", lines.join("\n")));
    let joined = rows(&format!(
        "select a.account_name, b.budget from accounts a \
         join '{path}' b on a.account_name = b.Name order by 1"
    ));
    assert_eq!(joined.len(), 3);
    assert_eq!(joined[0], [names[0].clone(), "100.10".to_owned()]);
    // Three times a tenth: not 0.30000000000000004.
    assert_eq!(one(&format!("select sum(Budget) - 600 from '{path}'")), "0.30");
    let files = vec![("plan".to_owned(), path.clone())];
    let named = Sql::over(demo(), SqlOptions { files, ..options() }).unwrap();
    assert_eq!(rows_of(&named, "select count(*) from plan").unwrap(), [["3"]]);
    let listed = rows_of(&named, "show tables").unwrap();
    assert!(listed.iter().any(|row| row[0] == "plan"));
    assert_eq!(
        rows_of(&named, "describe plan").unwrap(),
        [["Name", "varchar", ""], ["Budget", "decimal(38,6)", ""]]
    );
}

#[test]
fn a_file_is_read_anew_by_each_query() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "t.csv", "a\n1\n");
    let (sql, sum) = (sql(), format!("select sum(x.a + y.a) from '{path}' x, '{path}' y"));
    assert_eq!(rows_of(&sql, &sum).unwrap(), [["2"]]);
    write(folder.path(), "t.csv", "a\n1\n2\n");
    assert_eq!(rows_of(&sql, &sum).unwrap(), [["12"]]);
}

#[test]
fn a_csv_file_as_people_have_it() {
    let folder = tempfile::tempdir().unwrap();
    // A mark at its beginning, semicolons, codes with zeros, lines within a note, capitals.
    let text = "\u{feff}Kunde;Konto;Bemerkung;Seit\n\
                \"Müller; Söhne\";00417;\"eins\nzwei\";2026-01-31\n\
                Maier;01200;;2026-02-28\n";
    let path = write(folder.path(), "kunden.csv", text);
    assert_eq!(
        rows(&format!("select Kunde, konto, Bemerkung, seit from '{path}' order by Konto")),
        [
            ["Müller; Söhne", "00417", "eins\nzwei", "2026-01-31"],
            ["Maier", "01200", "-", "2026-02-28"],
        ]
    );
    assert_eq!(one(&format!("select count(*) from '{path}' where seit >= '2026-02-01'")), "1");
    let tabs = write(folder.path(), "t.tsv", "a\tb\n1\tx,y\n");
    assert_eq!(rows(&format!("select a, b from '{tabs}'")), [["1", "x,y"]]);
    let told = told(&format!("select Kunden from '{path}'"));
    assert!(told.starts_with("no column `kunden`"), "{told}");
    assert!(told.contains("did you mean `\"Kunde\"`?"), "{told}");
}

#[test]
fn parquet_is_written_and_joined_and_so_is_a_folder_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let all = one("select sum(open) from open_items where currency = 'EUR'");
    for bucket in 0..2 {
        let path = folder.path().join(format!("archive/bucket={bucket}"));
        fs::create_dir_all(&path).unwrap();
        let query = format!(
            "select account, open, currency, due from open_items \
             where ascii(substr(account, 1, 1)) % 2 = {bucket}"
        );
        let rows = sql().query(&query).unwrap().save_parquet(&path.join("seg=1.parquet")).unwrap();
        assert_ne!(rows, 0, "bucket {bucket}");
    }
    fs::write(folder.path().join("archive/manifest.json"), "{}").unwrap();
    let archive = folder.path().join("archive").display().to_string();
    for from in [archive.clone(), format!("{archive}/"), format!("{archive}/*/*.parquet")] {
        let sum = format!("select sum(open) from '{from}' where currency = 'EUR'");
        assert_eq!(one(&sum), all, "{from}");
    }
    assert_eq!(
        one(&format!("select sum(bucket) from (select distinct bucket from '{archive}')")),
        "1",
        "a part of the path is a number"
    );
    let one_of_them = one(&format!("select count(*) from '{archive}/bucket=1/*.parquet'"));
    let of_bucket = one(&format!("select count(*) from '{archive}' where bucket = 1"));
    assert_eq!(one_of_them, of_bucket);
    let missing = one(&format!(
        "select count(*) from open_items o left join '{archive}' f \
         on o.account = f.account and o.open = f.open where f.account is null"
    ));
    assert_eq!(missing, "0");
}

#[test]
fn json_is_read_by_the_line_and_as_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let lines = write(folder.path(), "a.jsonl", "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n");
    let list = write(folder.path(), "b.json", "[{\"a\":1,\"b\":\"x\"},\n{\"a\":2,\"b\":\"y\"}]");
    for path in [lines, list] {
        assert_eq!(
            rows(&format!("select a, b from '{path}' order by a desc")),
            [["2", "y"], ["1", "x"],]
        );
    }
}

#[test]
fn a_file_that_is_none_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.csv").display().to_string();
    assert_eq!(told(&format!("select * from '{path}'")), format!("{path}: there is no such file"));
    let text = write(folder.path(), "x.parquet", "no parquet");
    let told_of = told(&format!("select * from '{text}'"));
    assert!(told_of.starts_with(&format!("{text}: ")), "{told_of}");
    let ragged = write(folder.path(), "r.csv", "a,b\n1,2\n1,2,3\n");
    let error = rows_of(&sql(), &format!("select * from '{ragged}'")).unwrap_err();
    assert!(error.to_string().contains("line 3") || error.to_string().contains("3"), "{error}");
    let files = vec![("events".to_owned(), ragged)];
    let taken = Sql::over(demo(), SqlOptions { files, ..options() }).unwrap_err();
    assert!(taken.to_string().contains("`events` is a table already"), "{taken}");
}

#[test]
fn nothing_half_written_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    fs::write(&path, "before").unwrap();
    let failing = "select 1 / (seq - 500) from events";
    let error = sql().query(failing).unwrap().save_parquet(&path).unwrap_err();
    assert!(matches!(error, SqlError::Failed { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing beside it");
}

#[test]
fn what_needs_more_memory_is_put_aside_and_what_cannot_be_is_told() {
    let sorted = "select max(n) from (select row_number() over (order by data desc) n from \
                  (select data from events union all select data from events))";
    let all = demo().head().unwrap().events() * 2;
    let small = Sql::over(demo(), SqlOptions { memory: 16 * MIB, ..options() }).unwrap();
    assert_eq!(rows_of(&small, sorted).unwrap().concat(), [all.to_string()]);
    let tiny = Sql::over(demo(), SqlOptions { memory: MIB / 8, ..options() }).unwrap();
    let error = rows_of(&tiny, "select array_agg(data) from events").unwrap_err();
    assert!(matches!(error, SqlError::Memory { .. }), "{error:?}");
}
