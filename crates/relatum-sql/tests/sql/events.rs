//! The log as a table.

use relatum_stream::StreamId;

use crate::book::{demo, one, rows};

/// How many rows the reading of a table gave.
fn read(query: &str) -> u64 {
    let plan = rows(&format!("explain analyze {query}")).concat().join("\n");
    let scan = plan.lines().find(|it| it.contains("BookScan")).unwrap().to_owned();
    let (_, rest) = scan.split_once("output_rows=").unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

#[test]
fn every_event_is_there_with_its_stored_json() {
    let all = demo().head().unwrap().events();
    assert_eq!(one("select count(*) from events"), all.to_string());
    assert_eq!(one("select min(seq) || ' ' || max(seq) from events"), format!("1 {all}"));
    let first = demo().replay().events().unwrap().next().unwrap().unwrap();
    let row = rows("select stream, version, event_type, data from events where seq = 1").concat();
    assert_eq!(row[0], first.event.stream.to_string());
    assert_eq!(row[1], first.event.version.to_string());
    assert_eq!(row[2], first.event_type.as_str());
    assert!(row[3].starts_with('{'), "{}", row[3]);
}

#[test]
fn what_is_asked_of_a_stream_a_type_a_stretch_or_a_time_spares_reading() {
    let stream: StreamId = one("select stream from events where seq = 100").parse().unwrap();
    let of_stream = demo().stream(stream).unwrap().len() as u64;
    let all = demo().head().unwrap().events();
    assert_eq!(read(&format!("select * from events where stream = '{stream}'")), of_stream);
    assert_eq!(read("select * from events where seq between 10 and 19"), 10);
    assert_eq!(read("select * from events where seq > 5 and seq < 8"), 2);
    assert_eq!(read("select * from events where 3 >= seq"), 3);
    let invoices = one("select count(*) from events where event_type = 'invoice_issued'");
    let of_type = read("select * from events where event_type = 'invoice_issued'");
    assert_eq!(of_type.to_string(), invoices);
    assert!(0 < of_type && of_type < all);
    let since = one("select max(recorded_at) from events");
    let last = read(&format!("select * from events where recorded_at >= timestamp '{since}'"));
    let told =
        one(&format!("select count(*) from events where recorded_at >= timestamp '{since}'"));
    assert_eq!(last.to_string(), told);
    assert!(0 < last && last < all);
    assert_eq!(read("select * from events where stream = 'nonsense'"), 0);
}

#[test]
fn what_was_known_ends_the_log() {
    assert_eq!(one("select max(seq) from events(null, '@1')"), "1");
    let all = demo().head().unwrap().events();
    assert_eq!(one("select count(*) from events('2020-01-01')"), all.to_string());
}

#[test]
fn money_of_events_sums_to_the_last_digit() {
    let mut micro = 0_i128;
    for envelope in demo().replay().event_type("payment_received").unwrap().events().unwrap() {
        if let relatum_domain::EventBody::PaymentReceived(it) = envelope.unwrap().data.body
            && it.amount.currency.code() == "EUR"
        {
            micro += i128::from(it.amount.minor) * 10_000;
        }
    }
    let sum = one(
        "select sum(amount) from events where event_type = 'payment_received' and currency = 'EUR'",
    );
    let cents = micro / 10_000;
    assert_eq!(sum, format!("{}.{:02}", cents / 100, cents % 100));
}
