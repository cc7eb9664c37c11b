//! Amounts at the edge of what can be kept: refused or kept at the edge, never a panic.

use super::{Row, row};
use crate::decide::{Allocate, Proposal, Refused};
use crate::event::credit::{CreditLimitSet, ExposureKind};
use crate::event::document::{
    DebitNoteIssued, DraftSaved, InvoiceIssued, OpeningItemStated, TaxLine,
};
use crate::event::policy::{DunningAfter, DunningLevel, DunningPolicy};
use crate::event::settlement::{
    DisputeOpened, NettedWithPayables, PromiseMade, RefundPaid, WriteOffRecovered,
};
use crate::event::{Event, EventBody};
use crate::testing::{Given, given};
use crate::words::{
    acme, allocated, bounced, credit, day, document, eur, from_document, from_payment, id, invoice,
    on, paid, part, to, undone, written_off,
};
use crate::{Policies, View};

const MOST: i64 = i64::MAX;

fn beyond(what: &str) -> String {
    format!("`{what}` is beyond the largest amount that can be kept")
}

pub(super) fn rows() -> Vec<Row> {
    let most = "92233720368547758.07 EUR";
    let one_more = beyond(&format!("{most} + 0.01 EUR"));
    let mut parts = document("I1", eur(MOST));
    parts.installments = vec![part("02-01", eur(MOST)), part("03-01", eur(1))];
    let mut taxed = document("I1", eur(MOST));
    taxed.net = Some(eur(MOST));
    taxed.tax = vec![TaxLine { code: None, rate: None, base: None, amount: eur(1) }];
    let huge = || on("01-01", invoice("I1", MOST));
    vec![
        row("document_amount", &one_more, [], on("01-01", InvoiceIssued(parts))),
        row("document_amount", &one_more, [], on("01-01", InvoiceIssued(taxed))),
        row(
            "settlement_amount",
            &one_more,
            [huge()],
            on("01-02", written_off([to("I1", MOST), to("I1", 1)])),
        ),
        row(
            "settlement_amount",
            &one_more,
            [huge(), on("01-02", paid("P1", MOST, [to("I1", MOST)]))],
            on("01-03", undone(from_payment("P1"), [to("I1", MOST), to("I1", 1)])),
        ),
        row(
            "settlement_amount",
            beyond(&format!("{most} - -0.01 EUR")),
            [huge()],
            on("01-02", paid("P1", 1, [to("I1", -1)])),
        ),
    ]
}

/// Two invoices, a payment and a credit of the most, and a debt and a credit carried in.
fn huge() -> Given {
    given(
        acme(),
        [
            on("01-01", OpeningItemStated(document("I0", eur(i64::MIN)))),
            on("01-01", invoice("I1", MOST)),
            on("01-01", invoice("I2", MOST)),
            on("01-02", credit("C1", MOST, [])),
            on("01-03", paid("P1", MOST, [to("I1", MOST)])),
            // Appended twice: beyond what is open.
            on("01-03", paid("P2", MOST, [to("I1", MOST)])),
            on("01-04", written_off([to("I2", MOST)])),
            on("01-05", bounced("P2")),
            on(
                "01-06",
                CreditLimitSet {
                    kind: ExposureKind::Total,
                    limit: Some(eur(MOST)),
                    until: None,
                    reason: None,
                },
            ),
        ],
    )
}

fn everything(minor: i64) -> Vec<EventBody> {
    let some = || to("I1", minor);
    let both = || vec![to("I1", minor), to("I2", minor), to("I0", minor)];
    let from =
        || [from_payment("P1"), from_payment("P2"), from_document("C1"), from_document("I0")];
    let mut bodies: Vec<EventBody> = vec![
        invoice("N1", minor).into(),
        DebitNoteIssued(document("N1", eur(minor))).into(),
        DraftSaved(document("N1", eur(minor))).into(),
        OpeningItemStated(document("N1", eur(minor))).into(),
        credit("N1", minor, [some(), some()]).into(),
        paid("N1", minor, [some(), some()]).into(),
        paid("N1", MOST, [some(), to("I0", minor)]).into(),
        written_off([some(), some()]).into(),
        NettedWithPayables { netting: id("N1"), applications: both(), reference: None }.into(),
        WriteOffRecovered { applications: both(), reason: None }.into(),
        PromiseMade {
            promise: id("N1"),
            amount: eur(minor),
            by: day("12-31"),
            documents: Vec::new(),
            contact: None,
        }
        .into(),
        DisputeOpened {
            dispute: id("N1"),
            document: id("I2"),
            installment: None,
            amount: Some(eur(minor)),
            reason: None,
            owner: None,
        }
        .into(),
    ];
    for credit in from() {
        bodies.push(allocated(credit, [some(), to("I2", minor)]).into());
        bodies.push(undone(credit, [some(), to("I2", minor)]).into());
        let (refund, amount) = (id("N1"), eur(minor));
        bodies.push(RefundPaid { refund, of: Some(credit), amount, reason: None }.into());
    }
    bodies
}

/// Everything that is read of a book.
fn read(given: &Given) {
    let (state, rules) = (given.state(), Policies::default());
    let (view, last) = (View::as_of(day("12-31")), day("12-31"));
    let ledger = state.book().ledger(view.known_at, &rules);
    let euro = eur(0).currency;
    let policy = DunningPolicy {
        levels: vec![DunningLevel { after: DunningAfter::DueDays(1), fee: None }],
        interest_per_year: Some("0.1".parse().unwrap()),
        day_count: None,
    };
    let _ = (
        (ledger.dunning(last, &policy), ledger.open_items(last), ledger.promises(last)),
        (ledger.receipts(last), ledger.revaluations(last, euro)),
        ledger.exchange_differences(day("01-01"), last, euro),
        ledger.balance(last, euro, None, None),
        state.credit().risks(&ledger, 0, &view, last),
    );
    for entry in ledger.entries() {
        let _ = (entry.told(last), entry.future(day("01-01")), entry.returned(last));
        let _ = entry.disputes_told(last);
    }
}

#[test]
fn whatever_the_amount_a_decision_is_taken_and_a_book_is_read() {
    for minor in [i64::MIN, i64::MIN + 1, -1, 0, 1, MOST - 1, MOST] {
        for body in everything(minor) {
            for rule in [Allocate::AsWritten, Allocate::ByPolicy, Allocate::OldestDueFirst] {
                let event: Event = on("02-01", body.clone());
                let proposal = Proposal::new(acme(), event.clone()).allocated(rule);
                let states = [(acme(), huge().state().clone())].into();
                let decided: Result<_, Refused> = proposal.decide(&states);
                let events = decided.unwrap_or_else(|_| vec![(acme(), event)]);
                // Refused or not, it may have been appended.
                let appended = events
                    .into_iter()
                    .fold(huge(), |so_far, (stream, event)| so_far.and(stream, [event]));
                read(&appended);
            }
        }
    }
}
