//! Sales, quotas, pay and the pipeline, as the program answers for them.

use serde_json::Value;

use crate::support::{Place, TODAY};

#[test]
fn every_report_on_selling_answers_in_every_form() {
    let place = Place::with_book();
    let reports: &[&[&str]] = &[
        &["week", "--manager", "M-1"],
        &["report", "plan"],
        &["report", "plan", "--from", "2026-11-01", "--state", "missed", "--manager", "M-1"],
        &["report", "activities", "--by", "kind"],
        &["report", "cadence"],
        &["report", "cadence", "--overdue", "--manager", "M-1"],
        &["report", "cadence", "--by", "class"],
        &["report", "contacts", "--not-for", "30"],
        &["report", "contacts", "--kind", "visit"],
        &["report", "actions"],
        &["report", "sales", "--by", "group"],
        &["report", "sales", "--by", "team", "--manager", "M-1"],
        &["report", "sales", "--by", "account-group", "--year-on-year"],
        &["report", "sales", "--by", "month", "--year-on-year", "--to", "2026-06-30"],
        &["report", "sales", "--by", "group", "--margin", "--from", "2026-10-01"],
        &["report", "returns", "--by", "product"],
        &["report", "offers"],
        &["report", "offers", "--by", "competitor"],
        &["report", "offers", "--open"],
        &["report", "competitors", "--by", "segment"],
        &["report", "competitors", "--list"],
        &["report", "programmes"],
        &["report", "programmes", "--by", "account", "--programme", "seals"],
        &["report", "clients"],
        &["report", "retention"],
        &["report", "retention", "--by", "quarter", "--manager", "M-1", "--active-months", "1"],
        &["report", "retention", "--cohorts"],
        &["report", "retention", "--cohorts", "--by", "month", "--from", "2024-10-01"],
        &["report", "orders", "--all"],
        &["report", "orders", "--late"],
        &["report", "contracts", "--within", "200"],
        &["report", "quota", "--running"],
        &["report", "quota", "--paid-at", "2026-11-01"],
        &["report", "pay"],
        &["report", "pay", "--manager", "M-1"],
        &["report", "pipeline", "--by", "month"],
        &["report", "pipeline", "--open"],
        &["report", "waterfall"],
        &["report", "conversion", "--by", "reason"],
        &["report", "forecast"],
    ];
    for report in reports {
        for form in [&[][..], &["--json"], &["--jsonl"], &["--csv"]] {
            let ran = place.run(&[form, report, &["--as-of", TODAY]].concat());
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{form:?} {report:?}");
            assert!(form != ["--json"] || ran.json()["as_of"] == TODAY, "{report:?}");
        }
        let page = place.run(&[report, &["--as-of", TODAY][..]].concat()).out;
        assert!(page.contains(&format!("as of {TODAY}")), "{page}");
    }
}

#[test]
fn what_a_quota_shows_is_explained_and_sums_up() {
    let place = Place::with_book();
    let ask = |words: &[&str]| place.run(&[words, &["--as-of", TODAY, "--json"]].concat()).json();
    let report = ask(&["report", "quota", "--running"]);
    let line = &report["lines"][0];
    let event = line["event"].as_str().expect("an event");
    let cell = format!("event:{event}/EUR/attained");
    let why = ask(&["report", "quota", "--explain", &cell]);
    assert_eq!(why["figure"], line["attained"]["amount"]);
    let contributions = why["contributions"].as_array().expect("contributions");
    assert!(!contributions.is_empty());
    // Pay of the same manager and period names the same events.
    let manager = line["manager"].as_str().expect("a manager");
    let pay = ask(&["report", "pay", "--manager", manager]);
    let items = pay.pointer("/statement/parts/0/items").and_then(Value::as_array).expect("items");
    let paid: Vec<&Value> = items.iter().map(|it| &it["event"]).collect();
    for it in contributions {
        assert!(paid.contains(&&it["event"]), "{it}");
    }
}

#[test]
fn retention_adds_up_and_is_explained_down_to_events() {
    let place = Place::with_book();
    let asked = ["report", "retention", "--active-months", "1", "--from", "2025-01-01"];
    let ask = |words: &[&str]| place.run(&[words, &["--as-of", TODAY, "--json"]].concat()).json();
    let report = ask(&asked);
    let lines = report["lines"].as_array().expect("lines");
    let count = |line: &Value, key: &str| line[key].as_i64().expect("a number");
    for line in lines {
        let parts = ["before", "new", "won_back", "moved", "lapsed"].map(|key| count(line, key));
        assert_eq!(parts.iter().sum::<i64>(), count(line, "active"), "{line}");
    }
    let gone = lines.iter().find(|line| count(line, "lapsed") < 0).expect("somebody lapsed");
    let why = |key: &Value, column: &str| {
        let cell = format!("{}/{column}", key.as_str().expect("a key"));
        ask(&[&asked[..], &["--explain", &cell]].concat())
    };
    for column in ["before", "active", "lapsed"] {
        let why = why(&gone["key"], column);
        assert_eq!(why["figure"], gone[column]);
        let events = why["contributions"].as_array().expect("contributions").len();
        assert_eq!(i64::try_from(events), Ok(count(gone, column).abs()), "{why}");
    }
    let lost = &gone["lost"][0];
    assert_eq!(why(&lost["key"], "lost")["figure"], lost["amount"]);
    let page = place.run(&[&asked[..], &["--as-of", TODAY]].concat()).out;
    assert!(page.contains("Active: bought for more than came back in the month up"), "{page}");
}

#[test]
fn cohorts_are_a_triangle_that_programs_can_read() {
    let place = Place::with_book();
    let asked = ["report", "retention", "--cohorts", "--as-of", TODAY];
    let report = place.run(&[&asked[..], &["--json"]].concat()).json();
    let line = &report["lines"][0];
    let (size, bought) = (line["size"].as_i64(), line["after_1"].as_i64());
    let (size, bought) = (size.expect("a size"), bought.expect("a count"));
    assert!(size > 0 && bought <= size, "{line}");
    assert_eq!(line["after_11"], Value::Null, "it has not begun");
    assert_eq!(report["over"]["after_11"], Value::Null);
    let cell = format!("{}/after_1", line["key"].as_str().expect("a key"));
    let why = place.run(&[&asked[..], &["--json", "--explain", &cell]].concat()).json();
    assert_eq!(why["figure"], bought);
    let page = place.run(&asked).out;
    assert!(page.contains("How many these were"), "{page}");
    let both = place.run(&[&asked[..], &["--active-months", "3"]].concat());
    assert_eq!(both.code, 2, "{both:?}");
    let early = place.run(&["report", "retention", "--cohorts", "--as-of", "2001-01-01"]);
    assert!(early.out.contains("There is nothing."), "{}", early.out);
}

#[test]
fn who_is_not_known_is_refused_by_name() {
    let place = Place::with_book();
    let ran = place.run(&["report", "quota", "--team", "Nowhere", "--as-of", TODAY]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("Nowhere"), "{}", ran.err);
    let ran = place.run(&["week", "--manager", "M-99", "--as-of", TODAY]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("M-99"), "{}", ran.err);
}

#[test]
fn what_cadence_shows_is_explained_and_agrees_with_its_lines() {
    let place = Place::with_book();
    let ask = |words: &[&str]| place.run(&[words, &["--as-of", TODAY, "--json"]].concat()).json();
    let sum = |all: &Value, list: &str, field: &str| -> i64 {
        let lines = all[list].as_array().expect("lines").iter();
        lines.map(|it| it[field].as_i64().expect("a number")).sum()
    };
    let (lines, sums) =
        (ask(&["report", "cadence"]), ask(&["report", "cadence", "--by", "account"]));
    for field in ["due_days", "kept_days"] {
        assert_eq!(sum(&lines, "cadences", field), sum(&sums, "lines", field), "{field}");
    }
    let why = ask(&["report", "cadence", "--by", "account", "--explain", "total/XXX/kept_days"]);
    assert_eq!(why["figure"], sum(&sums, "lines", "kept_days"));
    assert!(!why["contributions"].as_array().expect("contributions").is_empty());
    let wrong = place.run(&["report", "contacts", "--kind", "letter"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("write call, visit, meeting"), "{}", wrong.err);
}

#[test]
fn a_plan_goes_out_as_a_calendar_and_holidays_come_in_from_one() {
    let place = Place::with_book();
    let plan = place.run(&["calendar", "export", "--manager", "M-1", "--as-of", TODAY]);
    assert_eq!((plan.code, plan.err.as_str()), (0, ""));
    assert!(plan.out.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{}", plan.out);
    assert!(plan.out.contains("UID:"), "{}", plan.out);

    let needed = |place: &Place| {
        let options = ["report", "quota", "--running", "--as-of", TODAY, "--json"];
        place.run(&options).json()["lines"][0]["progress"]["needed_per_day"].clone()
    };
    let before = needed(&place);
    let event = |day: &str, name: &str| {
        let day = format!("UID:{day}\r\nDTSTART;VALUE=DATE:{day}\r\nSUMMARY:{name}\r\n");
        format!("BEGIN:VEVENT\r\n{day}END:VEVENT\r\n")
    };
    let days = ["20261224", "20261225", "20261231"].map(|day| event(day, "free"));
    let file =
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{}END:VCALENDAR\r\n", days.concat());
    place.file("free.ics", &file);
    let told = place.run(&[
        "calendar",
        "holidays",
        "free.ics",
        "--name",
        "Here",
        "--from",
        "2026-01-01",
        "--json",
    ]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert_eq!(told.json()["holidays"].as_array().map(Vec::len), Some(3));
    let after = needed(&place);
    assert_ne!(after, before, "three days less are left");
    let again = place.run(&[
        "calendar",
        "holidays",
        "free.ics",
        "--name",
        "Here",
        "--from",
        "2026-01-01",
        "--json",
    ]);
    assert_eq!(again.json()["already"], true);
    place.file("other.ics", file.replace("20261231", "20261230"));
    place.run(&["calendar", "holidays", "other.ics", "--name", "Here", "--from", "2026-01-01"]);
    let back = ["calendar", "holidays", "free.ics", "--name", "Here", "--from", "2026-01-01"];
    assert_eq!(place.run(&back).code, 0);
    assert_eq!(needed(&place), after, "told again after another, it is in force again");

    place.file("junk.ics", "junk");
    let refused = place.run(&["calendar", "holidays", "junk.ics", "--name", "Here"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("junk.ics` is no calendar file"), "{}", refused.err);
    assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
}
