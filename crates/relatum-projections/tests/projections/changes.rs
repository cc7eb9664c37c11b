//! What changed between two views, on generated books and case by case.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::document::InvoiceIssued;
use relatum_domain::event::policy::{AgeBasis, AgingPolicy, Policy, PolicySet};
use relatum_domain::event::settlement::{
    CreditAllocated, CreditSource, PaymentReceived, Reversed, Reversible,
};
use relatum_domain::{
    AccountId, Currency, Derived, DocumentId, Event, Gist, PaymentId, TenantId, View,
};
use relatum_log::Envelope;
use relatum_projections::{
    ActivitiesBy, ActivitiesOptions, AgingOptions, Cause, CellChange, Changes, Compared, Figures,
    Lines, PipelineBy, PipelineOptions, Report, ReturnsBy, ReturnsOptions, RollForwardOptions, Row,
    SalesBy, SalesOptions,
};
use relatum_stream::StreamId;

use crate::aging::{self, settles};
use crate::figures::reports;
use crate::generated::{book, manager, ops};
use crate::raw::{Raw, account, day};

fn document(number: u64) -> DocumentId {
    DocumentId::derived("test", &number.to_string())
}

fn payment(number: u64) -> PaymentId {
    PaymentId::derived("test", &number.to_string())
}

/// Invoice `number` over so many cents, due on a day.
fn invoice(number: u64, minor: i64, due: i64) -> InvoiceIssued {
    InvoiceIssued(aging::invoice(document(number), minor, due))
}

/// Payment `number`, and how many cents of it settle which invoice.
fn pays(number: u64, minor: i64, of: &[(u64, i64)]) -> PaymentReceived {
    let of = of.iter().map(|(number, minor)| settles(document(*number), *minor)).collect();
    aging::paid(payment(number), minor, of)
}

fn allocates(number: u64, of: &[(u64, i64)]) -> CreditAllocated {
    let of = of.iter().map(|(number, minor)| settles(document(*number), *minor)).collect();
    CreditAllocated { from: CreditSource::Payment(payment(number)), applications: of, reason: None }
}

type Streams<'a> = BTreeMap<StreamId, Vec<Gist<'a>>>;

fn gists(events: &[Envelope<Event>]) -> Streams<'_> {
    let mut streams = Streams::new();
    for it in events {
        let gist = Gist::of(it.event, it.recorded_at.into(), &it.data);
        streams.entry(it.event.stream).or_default().push(gist);
    }
    streams
}

/// What changed, with the accounts in so many parts.
fn compared(events: &[Envelope<Event>], both: &Compared<'_>, parts: usize) -> Changes {
    let streams = gists(events);
    let rows: Vec<(StreamId, Vec<&Gist<'_>>)> =
        streams.iter().map(|(stream, gists)| (*stream, gists.iter().collect())).collect();
    let rows: Vec<(StreamId, &[&Gist<'_>])> =
        rows.iter().map(|(stream, gists)| (*stream, gists.as_slice())).collect();
    let (accounts, others): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(stream, _)| AccountId::of_stream(*stream).is_some());
    let common = both.common(&others);
    let which = both.which(&common);
    let size = accounts.len().div_ceil(parts).max(1);
    let parts = accounts.chunks(size).map(|rows| both.part(which, (rows, None), &common)).collect();
    both.whole(&common, parts)
}

fn changes(raw: &Raw, report: &dyn Report, before: View, after: View) -> Changes {
    compared(&raw.events, &Compared::new((report, before), (report, after)), 1)
}

/// Every report that is told apart in the tests of figures, and those on what was sold and done.
fn all(from: chrono::NaiveDate) -> Vec<Box<dyn Report>> {
    let (account, manager, group) = (None, None, None);
    let (from, to) = (Some(from), None);
    let sales = |by| SalesOptions { by, from, to, account, manager, group: group.clone() };
    let returns = ReturnsOptions { by: ReturnsBy::Account, from, to, account, manager };
    let activities = ActivitiesOptions { by: ActivitiesBy::Manager, from, account, manager };
    let mut all = reports(from.unwrap());
    all.extend([
        Box::new(sales(SalesBy::Manager)) as Box<dyn Report>,
        Box::new(sales(SalesBy::Account)),
        Box::new(sales(SalesBy::Month)),
        Box::new(returns),
        Box::new(activities),
        Box::new(PipelineOptions { by: PipelineBy::Stage, account, manager }),
    ]);
    all
}

type Cells = BTreeMap<(Row, Currency, String), i128>;

/// All cells of a table by line and column; what is nothing is left out.
fn table(figures: &Figures) -> Cells {
    let mut cells = Cells::new();
    for line in figures.lines.iter().chain(&figures.totals) {
        for (column, micro) in figures.columns.iter().zip(&line.cells) {
            if *micro != 0 && *micro != i128::MIN {
                cells.insert((line.row.clone(), line.currency, column.key.clone()), *micro);
            }
        }
    }
    cells
}

fn told(changes: &Changes) -> Cells {
    let cells = changes.cells.iter().chain(&changes.totals);
    cells.map(|it| (at(it), it.change())).collect()
}

fn at(it: &CellChange) -> (Row, Currency, String) {
    (it.row.clone(), it.currency, it.column.key.clone())
}

/// What naively changed: the cells of both tables, subtracted.
fn differ(before: &Cells, after: &Cells) -> Cells {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let value = |of: &Cells, key: &_| of.get(key).copied().unwrap_or(0);
    let differences = keys.into_iter().map(|key| {
        let difference = value(after, &key) - value(before, &key);
        (key, difference)
    });
    differences.filter(|(_, micro)| *micro != 0).collect()
}

/// Causes that a comparison cannot have.
fn impossible(before: &View, after: &View) -> Vec<Cause> {
    let mut none = Vec::new();
    if before.as_of == after.as_of {
        none.extend([Cause::NewlyEffective, Cause::Aged]);
    }
    if before.known_at == after.known_at {
        none.extend([Cause::LateArrived, Cause::Corrected]);
    }
    none
}

fn law(raw: &Raw, report: &dyn Report, views: [View; 3]) -> Result<(), TestCaseError> {
    let models = raw.models();
    let tables = views.map(|view| table(&Figures::of(report, &models, &view)));
    let name = report.name();
    let [first, second, third] = views;
    let mut sum: Cells = Cells::new();
    for (one, other, from, to) in
        [(first, second, &tables[0], &tables[1]), (second, third, &tables[1], &tables[2])]
    {
        let found = changes(raw, report, one, other);
        prop_assert_eq!(found.foots(), Ok(()), "{}", name);
        prop_assert_eq!(told(&found), differ(from, to), "{}", name);
        for cell in found.cells.iter().chain(&found.totals) {
            for (cause, _) in &cell.causes {
                prop_assert!(!impossible(&one, &other).contains(cause), "{}: {:?}", name, cell);
            }
        }
        // The way back is the same with the other sign, cause by cause and event by event.
        let back = changes(raw, report, other, one);
        prop_assert_eq!(back.cells.len(), found.cells.len());
        for (cell, back) in found.cells.iter().zip(&back.cells) {
            prop_assert_eq!((cell.before, cell.after), (back.after, back.before), "{}", name);
            let negated: Vec<_> = back.causes.iter().map(|(cause, it)| (*cause, -it)).collect();
            prop_assert_eq!(&cell.causes, &negated, "{}", name);
        }
        // However a book is divided.
        let both = Compared::new((report, one), (report, other));
        for parts in [2, 3] {
            prop_assert_eq!(&compared(&raw.events, &both, parts), &found, "{}", name);
        }
        for (key, micro) in told(&found) {
            *sum.entry(key).or_default() += micro;
        }
    }
    sum.retain(|_, micro| *micro != 0);
    prop_assert_eq!(told(&changes(raw, report, first, third)), sum, "{}", name);
    Ok(())
}

proptest! {
    #![proptest_config(crate::generated::books(32))]

    #[test]
    fn causes_sum_to_changes_back_and_forth_and_over_three_points(
        ops in ops(50),
        days in prop::collection::vec(0..420_i64, 3),
        same_day in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 3),
        same_cut in any::<bool>(),
    ) {
        let raw = book(&ops);
        let view = |at: usize| {
            let on = day(days[if same_day { 0 } else { at }]);
            let cut = cuts[if same_cut { 0 } else { at }].index(raw.events.len() + 1);
            View::as_of(on).known_at(raw.known(cut))
        };
        let views = [view(0), view(1), view(2)];
        for report in all(day(days[0] - 60)) {
            law(&raw, report.as_ref(), views)?;
        }
    }
}

/// The causes of the total of a report, in cents.
fn causes(changes: &Changes, column: &str) -> Vec<(Cause, i128)> {
    let mut totals = changes.totals.iter().filter(|it| it.column.key == column);
    let causes = totals.next().map(|it| it.causes.clone()).unwrap_or_default();
    causes.into_iter().map(|(cause, micro)| (cause, micro / 10_000)).collect()
}

/// An aging on day 60, as known after so many events and after all.
fn known_since(raw: &Raw, count: usize) -> Changes {
    let view = View::as_of(day(60));
    changes(raw, &AgingOptions::default(), view.known_at(raw.known(count)), view)
}

#[test]
fn a_late_invoice_and_a_late_payment_arrived_late() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    raw.on(5, account(1), invoice(2, 500_00, 30));
    raw.on(20, account(1), pays(1, 400_00, &[(1, 400_00)]));
    let changes = known_since(&raw, 1);
    assert_eq!(causes(&changes, "total"), [(Cause::LateArrived, 100_00)]);
    let payment = raw.events[2].event;
    let total = changes.cells.iter().find(|it| it.column.key == "total").unwrap();
    assert_eq!((total.before, total.after), (1_000_000_000, 1_100_000_000));
    assert!(total.changes.iter().any(|it| it.event == payment && it.micro == -400_000_000));
}

#[test]
fn a_late_payment_that_settles_an_invoice_speaks_for_all_that_went_with_it() {
    let mut raw = Raw::default();
    let invoiced = raw.on(0, account(1), invoice(1, 1_000_00, 30));
    raw.on(10, account(1), pays(1, 300_00, &[(1, 300_00)]));
    let last = raw.on(20, account(1), pays(2, 700_00, &[(1, 700_00)]));
    let changes = known_since(&raw, 2);
    assert_eq!(causes(&changes, "total"), [(Cause::LateArrived, -700_00)]);
    let total = changes.cells.iter().find(|it| it.column.key == "total").unwrap();
    let gone = total.changes.iter().find(|it| it.event == invoiced).unwrap();
    assert_eq!((gone.micro, gone.by.unwrap().event), (-1_000_000_000, last));
}

#[test]
fn a_voided_and_an_amended_invoice_were_corrected() {
    let mut raw = Raw::default();
    let first = raw.on(0, account(1), invoice(1, 1_000_00, 30));
    let second = raw.on(0, account(1), invoice(2, 200_00, 30));
    raw.void(first);
    raw.amend(second, 0, invoice(2, 250_00, 30));
    let changes = known_since(&raw, 2);
    assert_eq!(causes(&changes, "total"), [(Cause::Corrected, -950_00)]);
}

#[test]
fn a_payment_that_bounced_was_reversed() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    raw.on(20, account(1), pays(1, 400_00, &[(1, 400_00)]));
    let what = Reversible::Payment(payment(1));
    raw.on(25, account(1), Reversed { what, reason: "returned".into() });
    let changes = known_since(&raw, 2);
    assert_eq!(causes(&changes, "total"), [(Cause::Reversed, 400_00)]);
}

#[test]
fn money_that_is_allocated_later_was_rematched() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    raw.on(0, account(1), invoice(2, 1_000_00, 50));
    raw.on(20, account(1), pays(1, 400_00, &[]));
    raw.on(20, account(1), allocates(1, &[(1, 400_00)]));
    let changes = known_since(&raw, 3);
    assert_eq!(causes(&changes, "total"), [], "nobody owes more or less");
    assert_eq!(causes(&changes, "unapplied"), [(Cause::Rematched, 400_00)]);
    assert_eq!(causes(&changes, "collectable"), [(Cause::Rematched, -400_00)]);
}

#[test]
fn from_one_day_to_another_things_age_and_take_effect() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    raw.on(40, account(1), invoice(2, 500_00, 70));
    raw.on(50, account(1), pays(1, 100_00, &[(1, 100_00)]));
    let at = |number| View::as_of(day(number));
    let changes = changes(&raw, &AgingOptions::default(), at(30), at(61));
    assert_eq!(
        causes(&changes, "not_due"),
        [(Cause::NewlyEffective, 500_00), (Cause::Aged, -1_000_00)]
    );
    assert_eq!(
        causes(&changes, "31-60"),
        [(Cause::NewlyEffective, -100_00), (Cause::Aged, 1_000_00)]
    );
    assert_eq!(causes(&changes, "total"), [(Cause::NewlyEffective, 400_00)]);
    let days = changes.totals.iter().find(|it| it.column.key == "oldest_days").unwrap();
    assert_eq!((days.change(), &*days.causes), (31_000_000, &[(Cause::Aged, 31_000_000)][..]));
}

#[test]
fn the_oldest_days_fall_because_of_who_paid_and_not_of_age() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 10));
    raw.on(1, account(1), invoice(2, 500_00, 40));
    let paid = raw.on(50, account(1), pays(1, 1_000_00, &[(1, 1_000_00)]));
    let at = |number| View::as_of(day(number));
    let changes = changes(&raw, &AgingOptions::default(), at(45), at(60));
    let days = changes.cells.iter().find(|it| it.column.key == "oldest_days").unwrap();
    assert_eq!((days.before, days.after), (35_000_000, 20_000_000));
    assert_eq!(*days.causes, [(Cause::NewlyEffective, -15_000_000)]);
    assert_eq!(days.changes[0].by.unwrap().event, paid);
}

#[test]
fn what_leaves_a_period_is_not_laid_at_the_door_of_what_comes() {
    let mut raw = Raw::default();
    raw.on(5, account(1), invoice(1, 1_000_00, 30));
    raw.on(6, account(1), pays(1, 1_000_00, &[(1, 1_000_00)]));
    raw.on(40, account(1), invoice(2, 70_00, 60));
    let from = |number| RollForwardOptions {
        from: day(number),
        account: None,
        manager: None,
        currency: None,
    };
    let (before, after) = (from(0), from(31));
    let both = Compared::new((&before, View::as_of(day(30))), (&after, View::as_of(day(59))));
    let changes = compared(&raw.events, &both, 1);
    assert_eq!(
        causes(&changes, "invoiced"),
        [(Cause::NewlyEffective, 70_00), (Cause::Aged, -1_000_00)]
    );
}

#[test]
fn an_account_that_changed_hands_was_reassigned() {
    let mut raw = Raw::default();
    let to = |number| AccountAssigned { manager: manager(number), credit: Vec::new() };
    raw.on(0, account(1), to(1));
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    let moved = raw.on(10, account(1), to(2));
    let view = View::as_of(day(60));
    let report = AgingOptions { lines: Lines::Managers, ..AgingOptions::default() };
    let changes = changes(&raw, &report, view.known_at(raw.known(2)), view);
    let totals: Vec<_> = changes.cells.iter().filter(|it| it.column.key == "total").collect();
    assert_eq!(totals.len(), 2, "one has it less, the other more");
    for cell in totals {
        assert_eq!(cell.causes.len(), 1);
        assert_eq!(cell.causes[0].0, Cause::Reassigned);
        assert_eq!(cell.changes[0].by.unwrap().event, moved);
    }
    assert_eq!(changes.totals, []);
}

#[test]
fn other_buckets_are_a_change_of_policy_beside_what_arrived_late() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    let bounds = vec![0, 45, 90];
    let rule = Policy::Aging(AgingPolicy { basis: AgeBasis::DueDate, bounds });
    let set = raw.on(0, TenantId::own(), PolicySet { policy: rule, reason: None });
    raw.on(1, account(1), invoice(2, 300_00, 31));
    let changes = known_since(&raw, 1);
    assert_eq!(causes(&changes, "total"), [(Cause::LateArrived, 300_00)]);
    assert_eq!(
        causes(&changes, "1-30"),
        [(Cause::LateArrived, 300_00), (Cause::PolicyChanged, -1_300_00)]
    );
    assert_eq!(causes(&changes, "1-45"), [(Cause::PolicyChanged, 1_300_00)]);
    let cell = changes.cells.iter().find(|it| it.column.key == "1-45").unwrap();
    assert!(cell.changes.iter().all(|it| it.by.unwrap().event == set));
    assert_eq!((changes.policies_before.len(), changes.policies_after.as_slice()), (0, &[set][..]));
}

#[test]
fn what_was_told_later_and_what_it_moves_keep_apart_in_a_roll_forward() {
    let mut raw = Raw::default();
    raw.on(0, account(1), invoice(1, 1_000_00, 30));
    raw.on(35, account(1), pays(1, 400_00, &[(1, 400_00)]));
    let report = RollForwardOptions { from: day(31), account: None, manager: None, currency: None };
    let view = View::as_of(day(60));
    let changes = changes(&raw, &report, view.known_at(raw.known(1)), view);
    assert_eq!(causes(&changes, "closing"), [(Cause::LateArrived, -400_00)]);
}
