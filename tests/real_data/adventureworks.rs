//! Orders and quotas: 31,465 orders, 163 quotas of 17 salespeople.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::{Book, amount, data, equal, lines_by, recomputed};

const MAPPING: &str = "adventureworks";
const SET: &str = "adventureworks";

#[test]
fn orders_and_quotas_add_up_exactly() {
    let book = Book::imported(MAPPING, SET);
    assert_eq!(book.imported_of("order_placed", "USD"), (31_465, "109846381.4039"));
    let report = book.ask(&["report", "quota", "--as-of", "2014-06-30"]);
    assert_eq!(amount(&report["total"][0]), "109846381.4039");
    let lines = report["lines"].as_array().expect("lines");
    assert_eq!(lines.len(), 163);
    let whole = |line: &Value| {
        let (units, rest) = amount(&line["quota"]).split_once('.').expect("a point");
        assert_eq!(rest, "00");
        units.parse::<u64>().expect("a number")
    };
    assert_eq!(lines.iter().map(whole).sum::<u64>(), 95_714_000);
    book.check_that_again_adds_nothing(MAPPING, SET);
}

#[test]
fn attainment_is_right_for_every_person_and_period() {
    let book = Book::imported(MAPPING, SET);
    let report = book.ask(&["report", "quota", "--as-of", "2014-06-30"]);
    let lines = report["lines"].as_array().expect("lines");
    let key = |code: &str, from: &str| (code.to_owned(), from.to_owned());
    let found: BTreeMap<_, _> = lines
        .iter()
        .map(|line| {
            let (code, from) = (line["code"].as_str(), line["from"].as_str());
            (key(code.expect("a code"), from.expect("a day")), line)
        })
        .collect();
    let expected = recomputed("adventureworks_attainment.py", &data(SET));
    assert_eq!((found.len(), expected.len()), (163, 163));
    for line in &expected {
        let text = |name: &str| line[name].as_str().expect("a text");
        let (person, from) = (text("person"), text("from"));
        let ours = found[&key(person, from)];
        assert_eq!(ours["to"], line["to"], "{person} {from}");
        assert!(equal(amount(&ours["quota"]), text("quota")), "{person} {from}");
        assert!(equal(amount(&ours["attained"]), text("sales")), "{person} {from}: {ours}");
        assert_eq!(ours["attainment_bp"], line["attainment_bp"], "{person} {from}");
    }
    let known = found[&key("274", "2011-05-31")];
    assert_eq!(amount(&known["attained"]), "22584.6955");
    assert_eq!((amount(&known["quota"]), &known["attainment_bp"]), ("28000.00", &8_066.into()));
}

#[test]
fn what_territories_sold_is_recomputed_and_all_of_it_foots() {
    let book = Book::imported(MAPPING, SET);
    let expected = recomputed("adventureworks_territories.py", &data(SET));
    let report = |by: &str| book.ask(&["report", "sales", "--by", by, "--as-of", "2014-06-30"]);
    let territories = lines_by(&report("team"), |line| line["name"].clone());
    assert_eq!((territories.len(), expected.len()), (10, 11));
    for line in expected.iter().filter(|line| line["name"] != Value::Null) {
        let ours = &territories[&line["name"]];
        let (net, sales) = (ours["net"].as_str(), line["sales"].as_str());
        assert!(equal(net.expect("an amount"), sales.expect("an amount")), "{line}: {ours}");
    }
    let sellers = report("manager");
    assert_eq!(sellers["totals"][0]["net"], "109846381.4039");
    let nobody = lines_by(&sellers, |line| line["manager"].clone());
    let nobody = nobody[&Value::Null]["net"].as_str().expect("an amount");
    // 109,846,381.4039 in all; with a salesperson 80,487,704.1832.
    assert_eq!(nobody, "29358677.2207");
    assert_eq!(expected[10]["sales"], "80487704.1832");
}
