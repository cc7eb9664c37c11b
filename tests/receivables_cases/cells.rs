//! Every cell of every report of a case, explained down to its events.

use chrono::NaiveDate;
use relatum::{
    AgingOptions, CashOptions, CellKey, DisputesOptions, ExposureOptions, InBase, ItemFigures,
    Lines, MetricsOptions, Report, RollForwardOptions, UnappliedOptions,
};

use super::book::Book;
use relatum_tests::cases::{Fault, Outcome, fault};

/// Whether the events behind each cell sum to the cell, and each is an event of the log.
pub(crate) fn explained(book: &Book, as_of: NaiveDate) -> Outcome {
    let in_base = AgingOptions { in_base: Some(InBase::DocumentRates), ..AgingOptions::default() };
    let managers = AgingOptions { lines: Lines::Managers, ..AgingOptions::default() };
    let segments = AgingOptions { lines: Lines::Segments, ..AgingOptions::default() };
    let exposure = ExposureOptions::default();
    let from = as_of - chrono::Duration::days(60);
    let metrics = MetricsOptions { from, account: None, manager: None, by_manager: false };
    let plain = AgingOptions::default();
    let items = ItemFigures::default();
    let roll = RollForwardOptions { from, account: None, manager: None, currency: None };
    let (unapplied, disputes) = (UnappliedOptions::default(), DisputesOptions::default());
    let cash = CashOptions::default();
    let reports: [&dyn Report; 11] = [
        &plain, &in_base, &managers, &segments, &exposure, &metrics, &items, &roll, &unapplied,
        &disputes, &cash,
    ];
    for report in reports {
        all(book, as_of, report).map_err(|fault| fault.at(report.name()))?;
    }
    Ok(())
}

fn all(book: &Book, as_of: NaiveDate, report: &dyn Report) -> Outcome {
    let figures = book.on(as_of).figures(report)?;
    for line in figures.lines.iter().chain(&figures.totals) {
        for (column, at) in figures.columns.iter().zip(0..) {
            let key = format!("{}/{}", line.key(), column.key);
            let cell: CellKey = key.parse().map_err(Fault::new)?;
            let told = book.on(as_of).explain(report, &cell)?;
            let shown = line.cells.get(at).copied().unwrap_or(0);
            let nothing = shown == i128::MIN && told.contributions.is_empty();
            if !nothing && (told.figure != shown || !told.foots()) {
                return fault(format!("{key} shows {shown}, it is explained by {told:?}"));
            }
            for it in &told.contributions {
                if book.engine.event(it.event)?.is_none() {
                    return fault(format!("{key}: {} is no event", it.event));
                }
            }
        }
    }
    Ok(())
}
