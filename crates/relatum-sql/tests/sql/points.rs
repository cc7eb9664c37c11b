//! Both axes of time, in one query.

use relatum::{AgingOptions, OpenItemsOptions};
use relatum_sql::{Point, Sql, SqlOptions};

use crate::book::{day, demo, one, options, rows_of, told};

fn items(on: &str) -> usize {
    let book = demo().as_of(day(on));
    book.open_items(&OpenItemsOptions::default()).unwrap().rows.len()
}

#[test]
fn two_days_are_compared_in_one_query() {
    let (may, june) = ("2026-05-31", "2026-06-30");
    assert_ne!(items(may), items(june), "the book moves");
    let both = one(&format!(
        "select (select count(*) from open_items('{may}')) || ' ' || \
         (select count(*) from open_items(date '{june}'))"
    ));
    assert_eq!(both, format!("{} {}", items(may), items(june)));
    let still = one(&format!(
        "select count(*) from open_items('{may}') a join open_items('{june}') b \
         on a.item = b.item and a.installment is not distinct from b.installment"
    ));
    let still: usize = still.parse().unwrap();
    assert!(0 < still && still < items(may), "{still} of {} were still open", items(may));
}

#[test]
fn what_was_known_is_a_position_an_instant_or_the_end_of_a_day() {
    let half = demo().head().unwrap().events() / 2;
    let cut = one(&format!("select commit from events where seq = {half}"));
    // The last event of the commit before ends one.
    let cut = cut.parse::<u64>().unwrap() - 1;
    let known = demo().as_of(day("2026-11-23"));
    let known = known.known_at(relatum::log::Cut::single(relatum::log::Seq(cut))).unwrap();
    let report = known.open_items(&OpenItemsOptions::default()).unwrap();
    let count = one(&format!("select count(*) from open_items('2026-11-23', '@{cut}')"));
    assert_eq!(count, report.rows.len().to_string());
    let instant = one("select max(recorded_at) from events where seq < 500");
    let by_instant = one(&format!("select count(*) from open_items(null, '{instant}')"));
    let later = one("select count(*) from open_items");
    assert_ne!(by_instant, later);
    let end = format!("{}T23:59:59.999999Z", &instant[..10]);
    assert_eq!(
        one(&format!("select count(*) from open_items(null, '{}')", &instant[..10])),
        one(&format!("select count(*) from open_items(null, '{end}')")),
    );
}

#[test]
fn arguments_have_names_and_may_be_computed() {
    let computed = one("select count(*) from open_items(date '2026-06-30' - interval '30 days')");
    assert_eq!(computed, items("2026-05-31").to_string());
    let named = one("select count(*) from open_items(as_of => '2026-05-31')");
    assert_eq!(named, items("2026-05-31").to_string());
    assert_eq!(one("select count(*) from events(known_at => '@1')"), "1");
    let views = one("select (select count(*) from pipeline('2026-05-31')) || ' ' || \
         (select count(*) from pipeline('2026-11-23'))");
    let of = |day: &str| one(&format!("select count(*) from pipeline('{day}')"));
    assert_eq!(views, format!("{} {}", of("2026-05-31"), of("2026-11-23")));
    assert_ne!(of("2026-05-31"), of("2026-11-23"));
}

#[test]
fn the_point_of_the_query_holds_where_nothing_else_is_said() {
    let point = Point { as_of: day("2026-05-31"), known_at: None };
    let may = Sql::over(demo(), SqlOptions { point, ..options() }).unwrap();
    let count = rows_of(&may, "select count(*) from open_items").unwrap().concat();
    assert_eq!(count, [items("2026-05-31").to_string()]);
    let count = rows_of(&may, "select count(*) from open_items('2026-11-23')").unwrap().concat();
    assert_eq!(count, [items("2026-11-23").to_string()]);
    let aging = demo().as_of(day("2026-05-31")).aging(&AgingOptions::default()).unwrap();
    assert!(!aging.totals.is_empty());
}

#[test]
fn what_is_recorded_later_is_not_seen() {
    let engine = relatum::Engine::in_memory().unwrap();
    let before = Sql::over(&engine, options()).unwrap();
    let facts = relatum_demo::book(&relatum_demo::Options::new(7, day("2026-11-23")).accounts(1));
    for fact in facts.into_iter().take(5) {
        engine.append(vec![relatum::Fact::new(fact.stream, fact.event)]).unwrap();
    }
    let count = |sql: &Sql| rows_of(sql, "select count(*) from events").unwrap().concat();
    assert_eq!(count(&before), ["0"]);
    assert_eq!(count(&Sql::over(&engine, options()).unwrap()), ["5"]);
}

#[test]
fn a_point_that_is_none_is_told() {
    assert_eq!(
        told("select * from open_items('31.03.2026')"),
        "`31.03.2026` is no day of the calendar; write it like '2026-03-31'"
    );
    assert_eq!(
        told("select * from open_items('2026-03-31', 'now')"),
        "`now` is no instant, day or position; write it like '2026-03-31T17:30:00Z', \
         '2026-03-31' (its end, UTC) or '@1234'"
    );
    assert!(told("select * from open_items(1)").contains("takes texts or days"));
    assert!(told("select * from open_items('2026-03-31', '@999999999')").contains("999999999"));
    assert!(told("select * from accounts, open_items(account)").contains("takes constants"));
}
