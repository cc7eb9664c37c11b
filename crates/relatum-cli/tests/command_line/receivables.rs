//! Reports on receivables, from a total down to the event, and the dunning run.

use serde_json::Value;

use crate::support::{Place, TODAY};

fn cents(text: &Value) -> i64 {
    let text = text.as_str().unwrap();
    text.replace('.', "").parse().unwrap()
}

fn report(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(&[arguments, &["--as-of", TODAY, "--json"]].concat());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    ran.json()
}

#[test]
fn a_total_is_followed_down_to_its_events() {
    let place = Place::with_book();
    let aging = report(&place, &["report", "aging"]);
    let total = &aging["totals"][0];
    let key = total["key"].as_str().unwrap();
    for column in ["total", "overdue", "collectable", "1-30"] {
        let cell = format!("{key}/{column}");
        let told = report(&place, &["report", "aging", "--explain", &cell]);
        assert_eq!(told["cell"], cell);
        let events = told["contributions"].as_array().unwrap();
        let sum: i64 = events.iter().map(|it| cents(&it["amount"])).sum();
        assert_eq!(sum, cents(&told["figure"]), "{cell}");
        if column != "1-30" {
            assert_eq!(told["figure"], total[column]["amount"], "{cell}");
        }
        assert_eq!(told["policies"].as_array().unwrap().len(), 1, "the aging policy of the demo");
        let event = events[0]["event"].as_str().unwrap();
        let account = event.strip_prefix("account/").and_then(|it| it.split('@').next()).unwrap();
        let history = report(&place, &["account", "history", account]);
        let lines = history["lines"].as_array().unwrap();
        assert!(lines.iter().any(|line| line["event"] == event), "{event} is in the history");
    }
    let items = report(&place, &["report", "aging", "--items"]);
    let item = &items["items"][0];
    let cell = format!("{}/open", item["key"].as_str().unwrap());
    let told = report(&place, &["report", "aging", "--items", "--explain", &cell]);
    assert_eq!(told["figure"], item["open"]["amount"]);
}

#[test]
fn a_cell_that_is_not_there_is_said_so() {
    let place = Place::with_book();
    let ran = place.run(&["report", "aging", "--explain", "total/EUR/colour"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("error: there is no cell `total/EUR/colour`"), "{}", ran.err);
    let ran = place.run(&["report", "aging", "--explain", "overdue"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`overdue` names no cell: write a line's key"), "{}", ran.err);
}

#[test]
fn a_period_rolls_forward_and_a_statement_says_the_same() {
    let place = Place::with_book();
    let from = "2026-07-01";
    let rolled = report(&place, &["report", "roll-forward", "--from", from]);
    let line = &rolled["lines"][3];
    let account = line["account"].as_str().unwrap();
    let stated = report(&place, &["account", "statement", account, "--from", from]);
    let statements = stated["statements"].as_array().unwrap();
    let of = statements.iter().find(|it| it["currency"] == line["currency"]).unwrap();
    assert_eq!(of["opening"]["amount"], line["opening"]);
    assert_eq!(of["closing"]["amount"], line["closing"]);
    let moved: i64 = of["lines"].as_array().unwrap().iter().map(|it| cents(&it["amount"])).sum();
    assert_eq!(cents(&line["opening"]) + moved, cents(&line["closing"]));
    for it in statements {
        assert_eq!(it["account"], account, "nobody else's");
    }
}

#[test]
fn a_statement_is_reconciled_with_the_clients_own_list() {
    let place = Place::with_book();
    let items = report(&place, &["report", "aging", "--items", "--currency", "EUR"]);
    let items = items["items"].as_array().unwrap();
    let account = items[0]["account"].as_str().unwrap();
    let own: Vec<&Value> = items.iter().filter(|it| it["account"] == account).collect();
    let plain = |it: &Value| {
        let number = it["number"].as_str().unwrap().to_lowercase().replace('-', " ");
        format!("{number},{}", it["open"]["amount"].as_str().unwrap())
    };
    let mut list = vec!["Number,Open".to_owned()];
    list.extend(own.iter().map(|it| plain(it)));
    let file = place.file("same.csv", list.join("\n"));
    let same = report(&place, &["account", "statement", account, "--reconcile", file]);
    assert_eq!(
        same["differences"].as_array().unwrap().len(),
        0,
        "spaces and case are no difference"
    );
    list.pop();
    list.push("R-99,1.00".to_owned());
    let file = place.file("other.csv", list.join("\n"));
    let other = report(&place, &["account", "statement", account, "--reconcile", file]);
    let differences = other["differences"].as_array().unwrap();
    let of = |what: &str| differences.iter().filter(|it| it["what"] == what).count();
    assert_eq!(of("not on their list"), 1);
    assert_eq!(of("not open here: not known"), 1);
    assert_eq!(differences.len(), 2);
    let wrong = place.file("wrong.csv", "number,open\nR-1,1.00\nR-2,much\n");
    let ran = place.run(&["account", "statement", account, "--reconcile", wrong]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("wrong.csv:3: column open: `much`"), "{}", ran.err);
    let wrong = place.file("none.csv", "document,open\n");
    let ran = place.run(&["account", "statement", account, "--reconcile", wrong]);
    assert!(ran.err.contains("no column `number`"), "{}", ran.err);
}

#[test]
fn a_dunning_run_is_recorded_once_and_goes_on_level_by_level() {
    let place = Place::with_book();
    let proposed = report(&place, &["report", "dunning"]);
    let reminders = proposed["reminders"].as_array().unwrap();
    assert!(!reminders.is_empty());
    assert_eq!(proposed["sent"], false);
    let run = report(&place, &["report", "dunning", "--run"]);
    assert_eq!(run["reminders"], proposed["reminders"]);
    assert_eq!((run["sent"].clone(), run["refused"].as_array().unwrap().len()), (true.into(), 0));
    // What was sent today has reached its level: nobody is reminded of it again today.
    let again = report(&place, &["report", "dunning"]);
    let named = |of: &Value, account: &Value| {
        of["items"].as_array().unwrap().iter().any(|it| it["account"] == *account)
    };
    for reminder in reminders {
        assert!(!named(&again, &reminder["account"]), "{reminder}");
    }
    let early = place.run(&["report", "dunning", "--run", "--as-of", "2026-11-01", "--json"]);
    assert_eq!(early.code, 1, "a run before the last one");
    let refused = early.json()["refused"].as_array().unwrap().clone();
    assert!(
        refused.iter().all(|it| {
            it["reason"].as_str().unwrap().contains("would come before the last one")
        })
    );
    let verified = place.run(&["log", "verify"]);
    assert_eq!(verified.code, 0);
}
