//! Metrics of a period, by hand: rule 17.

use relatum_domain::event::document::{
    CreditNoteIssued, InterestInvoiceIssued, InvoiceIssued, OpeningItemStated, ReceivableDocument,
};
use relatum_domain::event::policy::{CeiSales, Policy, PolicySet};
use relatum_domain::event::settlement::{PaymentReceived, PromiseMade};
use relatum_domain::{AccountId, Derived, Money, PromiseId, TenantId, View};
use relatum_projections::{Figures, MetricsLine, MetricsOptions, MetricsReport, Sum};

use crate::aging::{invoice, named, paid, settles};
use crate::raw::{Raw, account, currency, day, euro};

/// February, of which the first day is the 31st of the year and the last the 58th.
const FEBRUARY: (i64, i64) = (31, 58);

fn report(raw: &Raw, (from, to): (i64, i64)) -> MetricsReport {
    let options =
        MetricsOptions { from: day(from), account: None, manager: None, by_manager: false };
    let (models, view) = (raw.models(), View::as_of(day(to)));
    let rule = models.directory.policies().cei_sales(&view).rule;
    MetricsReport::of(&Figures::of(&options, &models, &view), day(from), rule)
}

fn only(raw: &Raw, period: (i64, i64)) -> MetricsLine {
    let report = report(raw, period);
    assert_eq!(report.lines.len(), 1, "one account in one currency");
    assert_eq!(report.days, period.1 - period.0 + 1);
    report.lines[0].clone()
}

fn minor(sum: Sum) -> i128 {
    sum.micro / 10_000
}

fn promised(name: &str, minor: i64, by: i64) -> PromiseMade {
    PromiseMade {
        promise: PromiseId::derived("test", name),
        amount: euro(minor),
        by: day(by),
        documents: Vec::new(),
        contact: None,
    }
}

fn credited(who: AccountId, number: usize, minor: i64) -> CreditNoteIssued {
    CreditNoteIssued {
        document: ReceivableDocument::new(named(who, number), "G-1", euro(minor)),
        against: None,
        applications: Vec::new(),
        reason: None,
    }
}

/// At the end: 170.00 and 7.00 past due, 20.00 and 270.00 not, and a credit of 80.00.
fn told() -> Raw {
    let (mut raw, who) = (Raw::default(), account(1));
    let (i1, i2) = (named(who, 1), named(who, 3));
    raw.on(0, who, InvoiceIssued(invoice(i1, 200_00, 40)));
    raw.on(0, who, OpeningItemStated(invoice(named(who, 2), 20_00, 90)));
    raw.on(35, who, InvoiceIssued(invoice(i2, 280_00, 65)));
    raw.on(36, who, InterestInvoiceIssued(invoice(named(who, 4), 7_00, 36)));
    raw.on(40, who, credited(who, 5, 80_00));
    raw.on(45, who, promised("kept", 30_00, 52));
    let late = paid(named(who, 6), 30_00, vec![settles(i1, 30_00)]);
    raw.on(50, who, PaymentReceived { value_day: Some(day(51)), ..late });
    raw.on(51, who, promised("broken", 11_00, 57));
    raw.on(55, who, paid(named(who, 7), 10_00, vec![settles(i2, 10_00)]));
    raw
}

#[test]
fn the_sums_of_a_period_leave_out_opening_items_and_interest() {
    let line = only(&told(), FEBRUARY);
    let sums = [line.begin, line.sales, line.end, line.not_past_due, line.past_due, line.unapplied];
    assert_eq!(sums.map(minor), [220_00, 200_00, 387_00, 290_00, 177_00, -80_00]);
    assert_eq!((line.promises, line.promises_kept), (2, 1));
}

#[test]
fn days_of_sales_are_made_of_what_is_due_what_is_late_and_what_is_unapplied() {
    let line = only(&told(), FEBRUARY);
    // Of 200.00 sold in 28 days.
    assert_eq!(line.best_possible_dso, Some(40_600_000));
    assert_eq!(line.average_days_delinquent, Some(24_780_000));
    assert_eq!(line.unapplied_days, Some(11_200_000));
    assert_eq!(line.dso, Some(54_180_000));
    // All of February, and 187.00 of the 200.00 sold in January.
    assert_eq!(line.count_back_dso, Some(56_985_000));
}

#[test]
fn collection_effectiveness_is_what_was_collected_of_what_could_be() {
    // 220 + 200 - 387 of 220 + 200 - 290.
    assert_eq!(only(&told(), FEBRUARY).cei, Some(25_384_615));
    let mut raw = told();
    let policy = Policy::CeiSales(CeiSales::MonthlyAverage);
    raw.on(0, TenantId::own(), PolicySet { policy, reason: None });
    // A month is its own average.
    assert_eq!(only(&raw, FEBRUARY).cei, Some(25_384_615));
    assert_eq!(report(&raw, FEBRUARY).cei_sales, CeiSales::MonthlyAverage);
    // Of two months, 400.00 sold are 200.00 a month: below what is not past due.
    assert_eq!(only(&raw, (0, 58)).cei, None);
    // 400 - 387 of 400 - 290.
    assert_eq!(only(&told(), (0, 58)).cei, Some(11_818_182));
}

#[test]
fn days_late_are_weighted_or_not_and_signed_or_floored() {
    // 30.00 eleven days late by its value day, 10.00 ten days early.
    let line = only(&told(), FEBRUARY);
    assert_eq!(line.days_late_weighted, Some(5_750_000));
    assert_eq!(line.days_late_weighted_floored, Some(8_250_000));
    assert_eq!(line.days_late, Some(500_000));
    assert_eq!(line.days_late_floored, Some(5_500_000));
}

#[test]
fn without_sales_there_are_no_days_of_sales() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, InvoiceIssued(invoice(named(who, 1), 100_00, 10)));
    raw.on(40, who, credited(who, 2, 5_00));
    let line = only(&raw, FEBRUARY);
    assert_eq!(
        (line.dso, line.best_possible_dso, line.average_days_delinquent),
        (None, None, None)
    );
    assert_eq!((line.days_late, line.days_late_weighted), (None, None));
    assert_eq!(minor(line.sales), -5_00);
}

#[test]
fn a_foreign_invoice_is_shown_in_the_base_currency_at_its_own_rate() {
    let (mut raw, who) = (Raw::default(), account(1));
    let policy = Policy::BaseCurrency(currency("EUR"));
    raw.on(0, TenantId::own(), PolicySet { policy, reason: None });
    let mut foreign = invoice(named(who, 1), 0, 40);
    foreign.gross = Money::new(100_00, currency("USD"));
    foreign.base_rate = Some("0.9".parse().unwrap());
    raw.on(35, who, InvoiceIssued(foreign));
    raw.on(35, who, InvoiceIssued(invoice(named(who, 2), 10_00, 90)));
    let line = only(&raw, FEBRUARY);
    assert_eq!((line.currency, minor(line.sales)), (currency("EUR"), 100_00));
    assert_eq!((minor(line.past_due), minor(line.not_past_due)), (90_00, 10_00));
}
