//! Tables against reports: the same sums, to the last digit.

use std::collections::{BTreeMap, BTreeSet};

use relatum::{AgingOptions, PipelineBy, PipelineOptions, QuotaOptions, SalesBy, SalesOptions};

use crate::book::{demo, one, rows, today};

#[test]
fn what_is_open_by_bucket_is_the_aging() {
    let report = demo().as_of(today()).aging(&AgingOptions::default()).unwrap();
    let by_bucket =
        rows("select currency, bucket, sum(open) from open_items group by currency, bucket");
    let asked: BTreeMap<(String, String), String> = by_bucket
        .into_iter()
        .map(|row| ((row[0].clone(), row[1].clone()), row[2].clone()))
        .collect();
    assert!(!asked.is_empty());
    let mut told = BTreeMap::new();
    for total in &report.totals {
        let currency = total.currency.code().to_owned();
        for (label, sum) in report.labels.iter().zip(&total.buckets) {
            if sum.micro != 0 {
                told.insert((currency.clone(), label.clone()), sum.number());
            }
        }
    }
    let asked: BTreeMap<_, _> = asked.into_iter().filter(|(_, sum)| sum != "0.00").collect();
    assert_eq!(asked, told);
}

#[test]
fn what_was_sold_is_the_sales_report() {
    let report = demo().as_of(today()).figures(&SalesOptions::by(SalesBy::Account)).unwrap();
    let net = one("select sum(net) from sales where currency = 'EUR'");
    let total = report.totals.iter().find(|line| line.currency.code() == "EUR").unwrap();
    let at = report.columns.iter().position(|column| column.key == "net").unwrap();
    assert_eq!(net, total.sum(at).number());
}

#[test]
fn attainment_is_the_quota_report() {
    let report = demo().as_of(today()).quota(&QuotaOptions::default()).unwrap();
    let mut told: Vec<[String; 3]> = report
        .lines
        .iter()
        .filter(|line| line.quota.currency.code() == "EUR")
        .map(|line| [line.event.to_string(), line.quota.number(), line.attained.number()])
        .collect();
    let mut asked = rows("select event, quota, attained from attainment where currency = 'EUR'");
    told.sort();
    asked.sort();
    assert!(!told.is_empty());
    assert_eq!(asked, told);
}

#[test]
fn the_pipeline_is_the_report() {
    let options = PipelineOptions { by: PipelineBy::Stage, account: None, manager: None };
    let report = demo().as_of(today()).pipeline(&options).unwrap();
    let asked = rows(
        "select stage, currency, count(*), sum(value), sum(weighted) from pipeline \
         group by stage, currency",
    );
    let sums: BTreeSet<String> =
        asked.iter().filter(|row| row[1] == "EUR").map(|row| row[3..].join(" ")).collect();
    let told: BTreeSet<String> = report
        .lines
        .iter()
        .filter(|line| line.value.currency.code() == "EUR")
        .map(|line| format!("{} {}", line.value.number(), line.weighted.number()))
        .collect();
    assert!(!told.is_empty(), "the demo has chances");
    assert_eq!(sums, told);
    let chances: u64 = report.lines.iter().map(|line| line.chances).sum();
    assert_eq!(one("select count(*) from pipeline"), chances.to_string());
    assert_ne!(one("select count(*) from opportunities"), chances.to_string(), "some have ended");
    let may = one("select count(*) from pipeline('2026-05-31')");
    let of_may = demo().as_of("2026-05-31".parse().unwrap()).pipeline(&options).unwrap();
    assert_eq!(may, of_may.open.len().to_string());
}

#[test]
fn the_totals_of_aging_are_its_table() {
    let report = demo().as_of(today()).aging(&AgingOptions::default()).unwrap();
    let eur = report.totals.iter().find(|it| it.currency.code() == "EUR").unwrap();
    let asked = rows(
        "select sum(total), sum(overdue), sum(disputed), sum(collectable) from aging \
         where currency = 'EUR'",
    );
    let told = [eur.total, eur.overdue, eur.disputed, eur.collectable].map(|it| it.number());
    assert_eq!(asked, [told]);
}

#[test]
fn every_table_can_be_read_whole() {
    for table in rows("show tables") {
        let counted = one(&format!("select count(*) from {}", table[0]));
        let read = rows(&format!("select * from {}", table[0])).len();
        assert_eq!(counted, read.to_string(), "{}", table[0]);
    }
}

#[test]
fn the_rows_of_an_account_are_read_from_its_stream_alone() {
    let account = one("select account from open_items order by account limit 1");
    let all = one("select count(*) from open_items");
    let query = format!("select count(*) from open_items where account = '{account}'");
    let plan = rows(&format!("explain analyze {query}"));
    let scan = plan
        .iter()
        .flatten()
        .flat_map(|it| it.lines())
        .find(|it| it.contains("BookScan"))
        .unwrap()
        .to_owned();
    let its = one(&query);
    assert!(scan.contains(&format!("only=[account in ({account})]")), "{scan}");
    assert!(scan.contains(&format!("output_rows={its}")), "{scan}: not {its} rows");
    assert_ne!(its, all, "others have items too");
    assert_eq!(one("select count(*) from open_items where account = 'nobody'"), "0");
}

#[test]
fn only_the_columns_are_made_that_are_asked_for() {
    let plan = rows("explain select number from open_items where open > 1000").concat().join("\n");
    assert!(plan.contains("columns=[number, open]"), "{plan}");
}

#[test]
fn several_accounts_and_conditions_are_read_one_by_one() {
    let two = rows("select distinct account from open_items order by account limit 2").concat();
    let (first, second) = (&two[0], &two[1]);
    let count = |of: &str| one(&format!("select count(*) from open_items where {of}"));
    let sum = |left: &str, right: &str| {
        let number = |text: &str| text.parse::<u32>().unwrap();
        (number(left) + number(right)).to_string()
    };
    let of_first = count(&format!("account = '{first}'"));
    let of_second = count(&format!("account = '{second}'"));
    let both = sum(&of_first, &of_second);
    assert_eq!(count(&format!("account in ('{first}', '{second}')")), both);
    assert_eq!(count(&format!("account = '{first}' or account = '{second}'")), both);
    assert_eq!(count(&format!("account = '{first}' and account = '{second}'")), "0");
    // What is or-ed with something else is no limit.
    let more = count(&format!("account = '{first}' or open is not null"));
    assert_eq!(more, one("select count(*) from open_items"));
    assert_eq!(count(&format!("account <> '{first}'")), count(&format!("not account = '{first}'")));
}

#[test]
fn a_join_of_two_tables_does_not_wait_for_itself() {
    let joined = one("select count(*) from events e join open_items o on e.account = o.account \
         join accounts a on a.account = o.account");
    assert_ne!(joined, "0");
}
