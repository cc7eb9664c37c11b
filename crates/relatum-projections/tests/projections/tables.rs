//! Tables: each keeps what it says of itself, its rows sum to what reports say, and the parts of a
//! book one after the other are the book.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use relatum_domain::{ACCOUNT, AccountId, Currency, View};
use relatum_projections::{
    ActivitiesBy, ActivitiesOptions, AgingOptions, BookReport, CellKind, CompetitorsBy,
    CompetitorsOptions, DisputesOptions, ExposureOptions, Figures, Measure, Models, OffersBy,
    OffersOptions, PipelineBy, PipelineOptions, PipelineReport, QuotaOptions, QuotaReport, Report,
    RestsOn, SalesBy, SalesOptions, TABLES, Table, TableCell, TablePart, Which, place_of, table,
};
use relatum_stream::StreamId;

use crate::generated::{Op, book, op, ops};
use crate::raw::{Raw, day, models};

type Rows = Vec<(StreamId, Vec<TableCell<'static>>)>;

fn owned(cells: &[TableCell<'_>]) -> Vec<TableCell<'static>> {
    cells.iter().map(|cell| cell.clone().into_owned()).collect()
}

fn told(of: &dyn Table, from: &TablePart<'_>) -> Rows {
    let mut rows = Rows::new();
    match of.question(from.account) {
        Some(question) => {
            let answer = question.of(from.part, from.view);
            of.tell_answer(&answer, &mut |stream, cells| rows.push((stream, owned(cells))));
        }
        None => of.tell(from, &mut |stream, cells| rows.push((stream, owned(cells)))),
    }
    rows
}

fn all(name: &str, models: &Models, view: &View) -> Rows {
    let part = TablePart { part: models, common: models, view, account: None };
    told(table(name).unwrap(), &part)
}

fn place(of: &dyn Table, column: &str) -> usize {
    let columns = of.columns();
    let found = columns.iter().position(|it| it.name == column);
    found.unwrap_or_else(|| panic!("{} has no column {column}", of.name()))
}

fn micro(cell: &TableCell<'_>) -> i128 {
    match cell {
        TableCell::Decimal(micro) => *micro,
        TableCell::Integer(number) => i128::from(*number) * 1_000_000,
        TableCell::Null => 0,
        other => panic!("{other:?} is no number"),
    }
}

/// The sums of a column by currency, of the rows that count.
fn sums(
    name: &str,
    column: &str,
    models: &Models,
    view: &View,
    counts: impl Fn(&dyn Fn(&str) -> TableCell<'static>) -> bool,
) -> BTreeMap<String, i128> {
    let of = table(name).unwrap();
    let (at, currency) = (place(of, column), place(of, "currency"));
    let mut sums = BTreeMap::new();
    for (_, row) in all(name, models, view) {
        if counts(&|column| row[place(of, column)].clone()) {
            *sums.entry(row[currency].to_string()).or_default() += micro(&row[at]);
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn every(_: &dyn Fn(&str) -> TableCell<'static>) -> bool {
    true
}

/// The same of a report, all lines together.
fn reported(
    report: &dyn Report,
    column: &str,
    models: &Models,
    view: &View,
) -> BTreeMap<String, i128> {
    let figures = Figures::of(report, models, view);
    let at = figures.column(column).unwrap();
    assert_ne!(figures.columns[at].measure, Measure::MostDays);
    let mut sums = BTreeMap::new();
    for line in &figures.lines {
        let currency = match line.currency {
            Currency::NONE => String::new(),
            currency => currency.to_string(),
        };
        *sums.entry(currency).or_default() += line.cells[at];
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// A book, and the points from which to look at it.
fn looks(ops: &[Op], on: i64, cut: prop::sample::Index) -> (Raw, [View; 2]) {
    let raw = book(ops);
    let known = raw.known(cut.index(raw.events.len() + 1));
    (raw, [View::as_of(day(on)), View::as_of(day(on)).known_at(known)])
}

/// Words that no column may be called by, or every question in SQL had to quote them.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "default",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "filter",
    "for",
    "foreign",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "in",
    "inner",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "overlaps",
    "overlay",
    "partition",
    "placing",
    "position",
    "primary",
    "qualify",
    "references",
    "returning",
    "right",
    "row",
    "rows",
    "select",
    "set",
    "some",
    "substring",
    "symmetric",
    "table",
    "then",
    "to",
    "top",
    "trailing",
    "trim",
    "true",
    "union",
    "unique",
    "unnest",
    "using",
    "values",
    "variadic",
    "when",
    "where",
    "window",
    "with",
];

#[test]
fn every_table_says_what_it_is() {
    let mut names = BTreeSet::new();
    let word = |text: &str| text.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
    for of in TABLES {
        assert!(names.insert(of.name()) && word(of.name()), "{}", of.name());
        assert!(of.about().len() > 10 && !of.about().ends_with('.'), "{}", of.name());
        let columns = of.columns();
        let unique: BTreeSet<_> = columns.iter().map(|it| it.name).collect();
        assert_eq!(unique.len(), columns.len(), "{}", of.name());
        for column in &columns {
            assert!(word(column.name) && !column.doc.is_empty(), "{} {}", of.name(), column.name);
            assert!(!RESERVED.contains(&column.name), "{} {}", of.name(), column.name);
        }
        let money = columns.iter().any(|it| it.kind == CellKind::Amount);
        let currency = columns.iter().any(|it| it.name == "currency");
        assert_eq!(money, currency, "{}: amounts stand beside their currency", of.name());
        let of_accounts = columns.first().is_some_and(|it| it.name == "account");
        assert!(of_accounts || of.rests_on() != RestsOn::Account, "{}", of.name());
        assert_eq!(table(of.name()).map(Table::name), Some(of.name()));
    }
    assert!(table("nobody").is_none());
}

/// What docs/tables.md says of the tables, after its marker.
fn documented() -> String {
    let mut text = String::new();
    for of in TABLES {
        let rests = match of.rests_on() {
            RestsOn::Account => "account",
            RestsOn::Common => "common",
            RestsOn::Book => "book",
        };
        text += &format!("\n### {}\n\nA row is {}. Rests on: {rests}.\n\n", of.name(), of.about());
        text += "| column | kind | what it says |\n| --- | --- | --- |\n";
        for column in of.columns() {
            text += &format!("| `{}` | {} | {} |\n", column.name, column.kind, column.doc);
        }
    }
    text
}

#[test]
fn the_page_lists_every_table_and_column() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tables.md");
    let page = std::fs::read_to_string(path).unwrap();
    let marker = "## The tables\n";
    let (before, list) = page.split_once(marker).unwrap();
    let expected = documented();
    if std::env::var_os("RELATUM_WRITE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{marker}{expected}")).unwrap();
        return;
    }
    assert_eq!(list, expected, "RELATUM_WRITE_DOCS=1 writes the list anew");
}

#[test]
fn every_projection_has_a_table() {
    let (models, view) = (Models::default(), View::latest());
    let policies = models.directory.policies();
    let read = TABLES.iter().map(|it| it.which(policies, &view));
    assert_eq!(read.fold(Which::NONE, Which::and), Which::ALL);
}

/// What a table is to sum to: its column, and a report with its column.
fn sums_agree(models: &Models, view: &View) -> Result<(), TestCaseError> {
    let aging = AgingOptions::default();
    let total = reported(&aging, "total", models, view);
    for (name, column) in [
        ("open_items", "open"),
        ("items", "open"),
        ("ledger", "amount"),
        ("aging", "total"),
        ("aging_buckets", "open"),
    ] {
        let sums = sums(name, column, models, view, every);
        prop_assert_eq!(&sums, &total, "{}.{} at {:?}", name, column, view);
    }
    for column in ["disputed", "overdue", "unapplied", "collectable"] {
        let sums = sums("aging", column, models, view, every);
        prop_assert_eq!(sums, reported(&aging, column, models, view), "{}", column);
    }
    let disputed = reported(&DisputesOptions::default(), "disputed", models, view);
    prop_assert_eq!(sums("disputes", "amount", models, view, every), disputed);
    let by = SalesOptions::by(SalesBy::Account);
    let net = reported(&by, "net", models, view);
    prop_assert_eq!(&sums("sales", "net", models, view, every), &net);
    let whole = |it: &dyn Fn(&str) -> TableCell<'static>| it("on_top") == TableCell::Flag(false);
    prop_assert_eq!(&sums("sales_credits", "credited", models, view, whole), &net);
    for what in ["sold", "cancelled", "returned", "adjusted"] {
        let of = |it: &dyn Fn(&str) -> TableCell<'static>| it("what").to_string() == what;
        let sums = sums("sales", "net", models, view, of);
        prop_assert_eq!(sums, reported(&by, what, models, view), "{}", what);
    }
    let options = ExposureOptions::default();
    for column in ["orders", "open", "overdue", "returned", "unapplied", "total"] {
        let sums = sums("exposures", column, models, view, every);
        prop_assert_eq!(sums, reported(&options, column, models, view), "{}", column);
    }
    let by = CompetitorsBy::Competitor;
    let (from, account, manager, competitor) = (None, None, None, None);
    let lost = CompetitorsOptions { by, from, account, manager, competitor };
    let told = sums("competitors", "lost", models, view, every);
    prop_assert_eq!(told, reported(&lost, "lost", models, view));
    Ok(())
}

fn counts_agree(models: &Models, view: &View) -> Result<(), TestCaseError> {
    let quotas = sums("quotas", "attained", models, view, every);
    let report = QuotaReport::of(models, &QuotaOptions::default(), view);
    let mut attained = BTreeMap::new();
    for line in &report.lines {
        let currency = match line.attained.currency {
            Currency::NONE => String::new(),
            currency => currency.to_string(),
        };
        *attained.entry(currency).or_default() += line.attained.micro;
    }
    attained.retain(|_, sum| *sum != 0);
    prop_assert_eq!(quotas, attained);
    let options = PipelineOptions { by: PipelineBy::Stage, account: None, manager: None };
    let pipeline = PipelineReport::of(models, &options, view);
    let open = |it: &dyn Fn(&str) -> TableCell<'static>| it("state").to_string() == "open";
    for (column, of) in [("value", 0), ("weighted", 1)] {
        let totals = pipeline.totals.iter().filter(|it| it.value.currency != Currency::NONE);
        let totals = totals.map(|it| {
            let micro = if of == 0 { it.value.micro } else { it.weighted.micro };
            (it.value.currency.to_string(), micro)
        });
        let totals: BTreeMap<_, _> = totals.filter(|(_, micro)| *micro != 0).collect();
        prop_assert_eq!(sums("opportunities", column, models, view, open), totals);
    }
    let (by, from, account, manager) = (ActivitiesBy::Account, None, None, None);
    let activities = Figures::of(&ActivitiesOptions { by, from, account, manager }, models, view);
    for (state, column) in [("held", "held"), ("missed", "missed")] {
        let of = table("activities").unwrap();
        let (at, planned) = (place(of, "state"), place(of, "planned_for"));
        let rows = all("activities", models, view);
        let rows = rows
            .iter()
            .filter(|(_, row)| row[at].to_string() == state && row[planned] != TableCell::Null);
        let at = activities.column(column).unwrap();
        let count: i64 = activities.lines.iter().map(|line| line.count(at)).sum();
        prop_assert_eq!(rows.count() as i64, count, "{}", state);
    }
    let offers = OffersOptions { by: OffersBy::Account, from: None, account: None, manager: None };
    prop_assert_eq!(all("offers", models, view).len(), offers.part(models, view).len());
    let history = table("history").unwrap();
    let void = place(history, "void");
    let rows = all("history", models, view);
    let held = rows.iter().filter(|(_, row)| row[void] == TableCell::Flag(false)).count();
    let counted: BookReport = models.history.book(view);
    prop_assert_eq!(held as u64, counted.lines.iter().map(|it| it.events).sum::<u64>());
    Ok(())
}

/// Every row has a cell a column, of its kind, and names the stream that its first cell does.
fn cells_are_of_their_kind(models: &Models, view: &View) -> Result<(), TestCaseError> {
    for of in TABLES {
        let columns = of.columns();
        for (stream, row) in all(of.name(), models, view) {
            prop_assert_eq!(row.len(), columns.len());
            for (cell, column) in row.iter().zip(&columns) {
                let fits = cell.is_of(column.kind);
                prop_assert!(fits, "{}.{}: {:?}", of.name(), column.name, cell);
                if let TableCell::Event(event) = cell {
                    prop_assert!(event.version.0 > 0);
                }
            }
            if columns[0].name == "account" {
                prop_assert_eq!(&row[0], &TableCell::Id(stream.id));
            }
        }
    }
    Ok(())
}

/// The states of some streams, only those that a table says that it reads.
fn some(raw: &Raw, which: Which, wanted: impl Fn(StreamId) -> bool) -> Models {
    let mut part = Models::default();
    let all = models(raw.events.iter().filter(|it| wanted(it.event.stream)));
    for checkpoint in all.save_only(which) {
        part.load(checkpoint.name, &checkpoint.state).unwrap();
    }
    part
}

/// A book part by part, each only by what a table says that it reads, is the book; and so is one
/// account asked for.
fn parts_are_the_book(raw: &Raw, view: &View) -> Result<(), TestCaseError> {
    let whole = raw.models();
    let common = some(raw, Which::ALL, |it| it.kind != ACCOUNT);
    let streams: BTreeSet<StreamId> = raw.events.iter().map(|it| it.event.stream).collect();
    let accounts: Vec<StreamId> = streams.into_iter().filter(|it| it.kind == ACCOUNT).collect();
    for of in TABLES.iter().filter(|it| it.rests_on() == RestsOn::Account) {
        let mut expected = all(of.name(), &whole, view);
        expected.sort_by_key(|(stream, _)| place_of(*stream));
        let which = of.which(common.directory.policies(), view);
        let (mut parts, mut asked) = (Rows::new(), Rows::new());
        for stream in &accounts {
            let part = some(raw, which, |it| it == *stream);
            let from = TablePart { part: &part, common: &common, view, account: None };
            parts.extend(told(*of, &from));
            let account = AccountId::of_stream(*stream);
            let from = TablePart { part: &whole, common: &whole, view, account };
            asked.extend(told(*of, &from));
        }
        parts.sort_by_key(|(stream, _)| place_of(*stream));
        asked.sort_by_key(|(stream, _)| place_of(*stream));
        prop_assert_eq!(&parts, &expected, "{} in parts", of.name());
        prop_assert_eq!(&asked, &expected, "{} by account", of.name());
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::generated::books(64))]

    #[test]
    fn rows_sum_to_what_reports_say(
        ops in ops(60),
        on in 0..420_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let (raw, views) = looks(&ops, on, cut);
        let models = raw.models();
        for view in views {
            sums_agree(&models, &view)?;
            counts_agree(&models, &view)?;
            cells_are_of_their_kind(&models, &view)?;
        }
    }

    #[test]
    fn the_parts_of_a_book_are_the_book(
        ops in ops(40),
        on in 0..420_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let (raw, views) = looks(&ops, on, cut);
        for view in views {
            parts_are_the_book(&raw, &view)?;
        }
    }

    #[test]
    fn what_is_recorded_later_changes_no_row(
        ops in ops(40),
        more in prop::collection::vec(op(), 1..20),
        on in 0..420_i64,
    ) {
        let before = book(&ops);
        let longer: Vec<Op> = ops.iter().chain(&more).cloned().collect();
        let after = book(&longer);
        prop_assume!(after.events.len() >= before.events.len());
        let view = View::as_of(day(on)).known_at(after.known(before.events.len()));
        let (then, now) = (before.models(), after.models());
        for of in TABLES {
            let same = all(of.name(), &then, &view) == all(of.name(), &now, &view);
            prop_assert!(same, "{} as known at an instant", of.name());
        }
    }
}
