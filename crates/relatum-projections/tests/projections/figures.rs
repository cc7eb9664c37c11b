//! Figures and what they are made of, on generated books: every cell of every report.

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_domain::{Currency, View};
use relatum_projections::{
    AgingOptions, CashOptions, CellKey, CohortsOptions, DisputesBy, DisputesOptions, Explanation,
    ExposureOptions, Figures, InBase, ItemFigures, Lines, MetricsOptions, Models, Report,
    RetentionBy, RetentionOptions, RollForwardOptions, Row, UnappliedOptions,
};

use crate::generated::{book, manager, ops};
use crate::raw::day;

pub(crate) fn reports(from: NaiveDate) -> Vec<Box<dyn Report>> {
    let aging = |lines, in_base| AgingOptions { lines, in_base, ..AgingOptions::default() };
    let metrics = |by_manager| MetricsOptions { from, account: None, manager: None, by_manager };
    let retention = |by, manager| RetentionOptions {
        by,
        from,
        account: None,
        manager,
        group: None,
        active_months: Some(1),
    };
    let (account, manager_of, group) = (None, None, None);
    let cohorts =
        CohortsOptions { by: RetentionBy::Month, from, account, manager: manager_of, group };
    vec![
        Box::new(aging(Lines::Accounts, None)),
        Box::new(aging(Lines::Managers, None)),
        Box::new(aging(Lines::Segments, Some(InBase::DocumentRates))),
        Box::new(ExposureOptions::default()),
        Box::new(metrics(false)),
        Box::new(metrics(true)),
        Box::new(ItemFigures::default()),
        Box::new(RollForwardOptions { from, account: None, manager: None, currency: None }),
        Box::new(UnappliedOptions::default()),
        Box::new(UnappliedOptions { items: true, ..UnappliedOptions::default() }),
        Box::new(DisputesOptions::default()),
        Box::new(DisputesOptions { by: DisputesBy::Owner, ..DisputesOptions::default() }),
        Box::new(DisputesOptions { by: DisputesBy::Account, ..DisputesOptions::default() }),
        Box::new(CashOptions::default()),
        Box::new(retention(RetentionBy::Month, None)),
        Box::new(retention(RetentionBy::Quarter, Some(manager(1)))),
        Box::new(cohorts),
    ]
}

fn explained(report: &dyn Report, models: &Models, view: &View) -> Result<(), TestCaseError> {
    let figures = Figures::of(report, models, view);
    prop_assert_eq!(figures.foots(), Ok(()), "{}", report.name());
    for line in figures.lines.iter().chain(&figures.totals) {
        for (column, at) in figures.columns.iter().zip(0..) {
            let key = format!("{}/{}", line.key(), column.key);
            let cell: CellKey = key.parse().unwrap();
            prop_assert_eq!(cell.to_string(), key.clone());
            let told = Explanation::of(report, models, &cell, view).unwrap();
            let shown = line.cells[at];
            if shown == i128::MIN {
                prop_assert!(told.contributions.is_empty(), "{}", key);
            } else {
                prop_assert_eq!(told.figure, shown, "{}", key);
                prop_assert!(told.foots(), "{}: {:?}", key, told);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::generated::books(96))]

    #[test]
    fn every_cell_is_the_sum_of_the_events_that_explain_it(
        ops in ops(60),
        on in 0..420_i64,
        length in 1..120_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            for report in reports(day(on - length)) {
                explained(report.as_ref(), &models, &view)?;
            }
        }
    }
}

#[test]
fn a_cell_is_named_by_line_currency_and_column() {
    let euro: Currency = "EUR".parse().unwrap();
    let cell: CellKey = "total/EUR/61-90".parse().unwrap();
    assert_eq!((cell.row, cell.currency, cell.column.as_str()), (Row::Total, euro, "61-90"));
    let cell: CellKey = "named:a/b/EUR/total".parse().unwrap();
    assert_eq!(cell.row, Row::Named(Some("a/b".to_owned())));
    let wrong = |text: &str| text.parse::<CellKey>().unwrap_err().to_string();
    assert_eq!(
        wrong("overdue"),
        "`overdue` names no cell: write a line's key, `/` and a column, such as total/EUR/overdue \
         (no column)"
    );
    assert!(wrong("total/overdue").contains("no currency"));
    assert!(wrong("account:7/EUR/total").contains("`7` is no id"));
    assert!(wrong("gang:7/EUR/total").contains("`gang` is no kind of line"));
    assert!(wrong("total/XYZ/total").contains("`XYZ` is no ISO 4217 currency"));
}

#[test]
fn a_column_that_is_not_there_has_no_explanation() {
    let cell: CellKey = "total/EUR/colour".parse().unwrap();
    let (models, view) = (Models::default(), View::latest());
    assert_eq!(Explanation::of(&AgingOptions::default(), &models, &cell, &view), None);
    let cell: CellKey = "total/EUR/total".parse().unwrap();
    let told = Explanation::of(&AgingOptions::default(), &models, &cell, &view).unwrap();
    assert_eq!((told.figure, told.contributions.len()), (0, 0));
}
