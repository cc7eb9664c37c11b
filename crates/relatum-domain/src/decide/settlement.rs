//! Decisions on payments, allocations and what stands in their way.

use std::collections::BTreeMap;

use super::refused::{Refused, SettlementRefused};
use super::state::State;
use crate::event::settlement::{
    Application, ApplicationKind, CreditSource, DisputeOpened, PaymentReceived, Reversible,
};
use crate::event::{Event, EventBody};
use crate::history::View;
use crate::ids::DocumentId;
use crate::money::{Currency, Money};
use crate::receivables::{ItemKey, OpenItem};

pub(super) fn check(state: &State, event: &Event) -> Result<(), Refused> {
    use EventBody as B;
    let latest = View::latest();
    match &event.body {
        B::PaymentReceived(it) => payment(state, it)?,
        B::PaidByOther(it) => {
            if it.applications.is_empty() {
                return Err(SettlementRefused::NothingSettled {}.into());
            }
            above_open(state, &it.applications)?;
        }
        B::RefundPaid(it) => {
            positive(it.amount)?;
            if let Some(credit) = it.of {
                at_most(open_credit(state, credit, it.amount.currency), it.amount)?;
            }
        }
        B::NettedWithPayables(it) => settles(state, &it.applications)?,
        B::WrittenOff(it) => settles(state, &it.applications)?,
        B::CreditAllocated(it) => {
            let currency = it.applications.first().map(used).map(|amount| amount.currency);
            let Some(currency) = currency else {
                return Err(SettlementRefused::NothingSettled {}.into());
            };
            within(state, open_credit(state, it.from, currency), &it.applications)?;
        }
        B::AllocationUndone(it) => undone(state, &it.applications)?,
        B::WriteOffRecovered(it) => undone(state, &it.applications)?,
        B::Reversed(it) => {
            let (there, reversed) = match it.what {
                Reversible::Payment(id) => item(state, ItemKey::Payment(id)),
                Reversible::Document(id) => item(state, ItemKey::Document(id)),
                Reversible::Event(event) => {
                    let there = event.version <= state.version();
                    (there, state.book().is_event_reversed(event.version.0, &latest))
                }
            };
            if reversed {
                return Err(SettlementRefused::AlreadyReversed {}.into());
            }
            if !there {
                return Err(SettlementRefused::NothingToReverse {}.into());
            }
        }
        B::DisputeOpened(it) => dispute(state, it)?,
        B::DisputeResolved(it) if !state.book().is_disputed(it.dispute, &latest) => {
            return Err(SettlementRefused::DisputeNotOpen { dispute: it.dispute }.into());
        }
        B::PromiseMade(it) => {
            positive(it.amount)?;
            if it.by < event.effective {
                let (day, by) = (event.effective, it.by);
                return Err(SettlementRefused::PromiseInPast { day, by }.into());
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether an item is there, and whether it is reversed.
fn item(state: &State, key: ItemKey) -> (bool, bool) {
    let latest = View::latest();
    let there = state.book().original_of(key, &latest).is_some();
    (there, state.book().is_reversed(key, &latest))
}

fn positive(amount: Money) -> Result<(), SettlementRefused> {
    if amount.is_positive() { Ok(()) } else { Err(SettlementRefused::NotPositive { amount }) }
}

fn payment(state: &State, it: &PaymentReceived) -> Result<(), SettlementRefused> {
    let key = ItemKey::Payment(it.payment);
    let (there, reversed) = item(state, key);
    if there || reversed {
        return Err(SettlementRefused::PaymentExists { payment: it.payment });
    }
    positive(it.amount)?;
    within(state, it.amount, &it.applications)
}

/// Whether `applications` fit into the items that they settle and into the credit behind them.
pub(super) fn within(
    state: &State,
    available: Money,
    applications: &[Application],
) -> Result<(), SettlementRefused> {
    for application in applications {
        let (document, theirs) = (application.document, application.amount.currency);
        if takes_credit(application) && used(application).currency != available.currency {
            return Err(SettlementRefused::RateMissing {
                document,
                document_currency: theirs,
                payment_currency: available.currency,
            });
        }
    }
    above_open(state, applications)?;
    let applied = applications.iter().filter(|it| takes_credit(it)).map(used);
    at_most(available, Money::sum(applied, available.currency)?)
}

/// Whether the application is paid out of the credit that carries it.
fn takes_credit(application: &Application) -> bool {
    matches!(application.kind, ApplicationKind::Payment | ApplicationKind::Credit)
}

/// How much of the credit an application uses.
fn used(application: &Application) -> Money {
    application.paid.unwrap_or(application.amount)
}

fn at_most(available: Money, applied: Money) -> Result<(), SettlementRefused> {
    // Compared as a difference, so that two currencies are refused and not compared.
    if available.checked_sub(applied)?.is_negative() {
        return Err(SettlementRefused::AboveCredit { available, applied });
    }
    Ok(())
}

fn settles(state: &State, applications: &[Application]) -> Result<(), SettlementRefused> {
    if applications.iter().all(|it| it.amount.is_zero()) {
        return Err(SettlementRefused::NothingSettled {});
    }
    above_open(state, applications)
}

/// Whether every application fits into what is open of its item. One to a document that is not
/// there yet is a reservation and fits.
fn above_open(state: &State, applications: &[Application]) -> Result<(), SettlementRefused> {
    let mut taken: BTreeMap<(DocumentId, Option<u32>), Money> = BTreeMap::new();
    for it in applications.iter().filter(|it| it.account.is_none()) {
        let document = it.document;
        let Some(original) = original(state, document) else { continue };
        same_currency(document, original.currency, it.amount.currency)?;
        let rows = open_rows(state, document);
        let zero = Money::zero(original.currency);
        let open_of = |installment: Option<u32>| {
            let of = |row: &&OpenItem| installment.is_none() || row.installment == installment;
            Money::sum(rows.iter().filter(of).map(|row| row.open), original.currency)
        };
        // The whole document first, then the installment, if one is named.
        for installment in std::iter::once(None).chain(it.installment.map(Some)) {
            let already = taken.entry((document, installment)).or_insert(zero);
            let offered = already.checked_add(it.amount)?;
            let open = open_of(installment)?;
            let rest = open.checked_sub(offered)?;
            // Towards zero, never through it.
            let crossed = match open.minor.signum() {
                1 => rest.is_negative() || offered.is_negative(),
                -1 => rest.is_positive() || offered.is_positive(),
                _ => !offered.is_zero(),
            };
            if crossed {
                return Err(SettlementRefused::AboveOpen { document, open, offered });
            }
            *already = offered;
        }
    }
    Ok(())
}

/// Taking back may not make more open than there was.
fn undone(state: &State, applications: &[Application]) -> Result<(), SettlementRefused> {
    if applications.is_empty() {
        return Err(SettlementRefused::NothingSettled {});
    }
    let mut back: BTreeMap<DocumentId, Money> = BTreeMap::new();
    for it in applications.iter().filter(|it| it.account.is_none()) {
        let document = it.document;
        let original =
            original(state, document).ok_or(SettlementRefused::DocumentUnknown { document })?;
        same_currency(document, original.currency, it.amount.currency)?;
        let before = back.get(&document).copied().unwrap_or(Money::zero(original.currency));
        let undone = before.checked_add(it.amount)?;
        let open = open_rows(state, document).into_iter().map(|row| row.open);
        let applied = original.checked_sub(Money::sum(open, original.currency)?)?;
        if applied.checked_sub(undone)?.is_negative() {
            return Err(SettlementRefused::AboveApplied { applied, undone });
        }
        back.insert(document, undone);
    }
    Ok(())
}

fn dispute(state: &State, it: &DisputeOpened) -> Result<(), SettlementRefused> {
    let (document, dispute) = (it.document, it.dispute);
    let original =
        original(state, document).ok_or(SettlementRefused::DocumentUnknown { document })?;
    if state.book().is_disputed(dispute, &View::latest()) {
        return Err(SettlementRefused::DisputeExists { dispute });
    }
    let rows = open_rows(state, document);
    let open = Money::sum(rows.iter().map(|row| row.open), original.currency)?;
    let disputed = it.amount.unwrap_or(open);
    same_currency(document, original.currency, disputed.currency)?;
    if !disputed.is_positive() || disputed > open {
        return Err(SettlementRefused::DisputeAboveOpen { document, open, disputed });
    }
    Ok(())
}

fn same_currency(
    document: DocumentId,
    expected: Currency,
    found: Currency,
) -> Result<(), SettlementRefused> {
    if expected == found {
        return Ok(());
    }
    Err(SettlementRefused::Currency { document, expected, found })
}

fn original(state: &State, document: DocumentId) -> Option<Money> {
    state.book().original_of(ItemKey::Document(document), &View::latest())
}

fn open_rows(state: &State, document: DocumentId) -> Vec<OpenItem> {
    state.book().open_item(ItemKey::Document(document), &View::latest())
}

/// What nothing has used yet of a credit.
fn open_credit(state: &State, credit: CreditSource, currency: Currency) -> Money {
    let rows = state.book().open_item(credit.into(), &View::latest());
    let open = rows.iter().map(|row| row.open.minor.saturating_neg()).fold(0, i64::saturating_add);
    Money::new(open, rows.first().map_or(currency, |row| row.open.currency))
}
