//! Decisions on payments, allocations and what stands in their way.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_stream::StreamId;

use super::ground::Ground;
use super::refused::{CorrectionRefused, Refused, SettlementRefused};
use crate::event::settlement::{
    Application, ApplicationKind, CreditSource, DisputeOpened, PaymentReceived, RefundPaid,
    ReminderSent, Reversible,
};
use crate::event::{Event, EventBody};
use crate::history::View;
use crate::ids::{CompanyId, DocumentId};
use crate::money::{Currency, Money};
use crate::receivables::ItemKey;

pub(super) fn check(on: Ground<'_>, event: &Event) -> Result<(), Refused> {
    use EventBody as B;
    let amends = event.amends.is_some();
    match &event.body {
        B::PaymentReceived(it) => {
            payment(on, it, amends)?;
            let day = it.value_day.unwrap_or(event.effective);
            proper(on, day, it.company, &it.applications)?;
        }
        B::PaidByOther(it) => {
            settles(on, &it.applications)?;
            proper(on, event.effective, None, &it.applications)?;
        }
        B::RefundPaid(it) => refund(on, it, amends)?,
        B::NettedWithPayables(it) => settles(on, &it.applications)?,
        B::WrittenOff(it) => settles(on, &it.applications)?,
        B::CreditAllocated(it) => {
            if let CreditSource::Document(_) = it.from {
                own_only(on.stream, &it.applications)?;
            }
            let first = it.applications.first().ok_or(SettlementRefused::NothingSettled {})?;
            let available = open_credit(on, it.from, first.used().currency);
            within(on, available, &it.applications)?;
            let company = on.state.book().company_of(it.from.into(), &View::latest());
            proper(on, event.effective, company, &it.applications)?;
        }
        B::AllocationUndone(it) => {
            if let CreditSource::Document(_) = it.from {
                own_only(on.stream, &it.applications)?;
            }
            let own = it.applications.iter().filter(|it| !it.is_for_other(on.stream));
            let from = it.from.into();
            let applied =
                |document, view: &View| on.state.book().applied_from(document, from, view);
            something(&it.applications)?;
            undone(on, event, own, applied)?;
        }
        B::WriteOffRecovered(it) => {
            own_only(on.stream, &it.applications)?;
            something(&it.applications)?;
            let applied = |document, view: &View| on.state.book().written_off(document, view);
            undone(on, event, it.applications.iter(), applied)?;
        }
        B::Reversed(it) => {
            reversal(on, it.what, event.effective)?;
            whole(on, it.what)?;
        }
        B::DisputeOpened(it) => dispute(on, it)?,
        B::DisputeResolved(it) if !on.state.book().is_disputed(it.dispute, &View::latest()) => {
            return Err(SettlementRefused::DisputeNotOpen { dispute: it.dispute }.into());
        }
        B::ReminderSent(it) => reminder(on, it, event.effective)?,
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

/// Whether an item of this id cannot be made: there is one, or what was said of one still stands.
/// What amends it takes over what was said of it.
pub(super) fn is_taken(on: Ground<'_>, key: ItemKey, amends: bool) -> bool {
    let (book, latest) = (on.state.book(), View::latest());
    book.is_known(key, &latest) || (!amends && book.is_reversed(key, &latest))
}

fn positive(amount: Money) -> Result<(), SettlementRefused> {
    if amount.is_positive() {
        return Ok(());
    }
    Err(SettlementRefused::NotPositive { amount })
}

fn something(applications: &[Application]) -> Result<(), SettlementRefused> {
    if applications.iter().all(|it| it.amount.is_zero()) {
        return Err(SettlementRefused::NothingSettled {});
    }
    Ok(())
}

/// Only a payment reaches the items of other accounts.
pub(super) fn own_only(
    stream: StreamId,
    applications: &[Application],
) -> Result<(), SettlementRefused> {
    match applications.iter().find(|it| it.is_for_other(stream)) {
        Some(Application { document, .. }) => {
            let document = *document;
            Err(SettlementRefused::DocumentUnknown { document })
        }
        None => Ok(()),
    }
}

fn payment(on: Ground<'_>, it: &PaymentReceived, amends: bool) -> Result<(), SettlementRefused> {
    if is_taken(on, ItemKey::Payment(it.payment), amends) {
        return Err(SettlementRefused::PaymentExists { payment: it.payment });
    }
    positive(it.amount)?;
    within(on, it.amount, &it.applications)
}

fn refund(on: Ground<'_>, it: &RefundPaid, amends: bool) -> Result<(), SettlementRefused> {
    if is_taken(on, ItemKey::Refund(it.refund), amends) {
        return Err(SettlementRefused::RefundExists { refund: it.refund });
    }
    positive(it.amount)?;
    let Some(credit) = it.of else { return Ok(()) };
    at_most(open_credit(on, credit, it.amount.currency), it.amount)
}

/// Whether `applications` fit into the items that they settle and into the credit behind them.
pub(super) fn within(
    on: Ground<'_>,
    available: Money,
    applications: &[Application],
) -> Result<(), SettlementRefused> {
    for it in applications {
        let (document, applied, used) = (it.document, it.amount, it.used());
        if !it.is_for_other(on.stream) {
            same_currency(on, document, applied)?;
        }
        if it.kind.uses_credit() && used.currency != available.currency {
            return Err(SettlementRefused::RateMissing {
                document,
                document_currency: applied.currency,
                payment_currency: available.currency,
            });
        }
        let fits = match used.currency == applied.currency {
            true => used == applied,
            false => used.minor.signum() == applied.minor.signum(),
        };
        if !fits {
            return Err(SettlementRefused::PaidDiffers { document, applied, paid: used });
        }
    }
    fits_open(on, applications)?;
    let using = applications.iter().filter(|it| it.kind.uses_credit());
    let applied = Money::sum(using.map(Application::used), available.currency)?;
    at_most(available, applied)
}

/// Whether money settles within one company, discount within its terms, and nothing is given up on
/// the way.
pub(super) fn proper(
    on: Ground<'_>,
    day: NaiveDate,
    company: Option<CompanyId>,
    applications: &[Application],
) -> Result<(), SettlementRefused> {
    let (book, latest) = (on.state.book(), View::latest());
    let mut discounts: BTreeMap<DocumentId, Money> = BTreeMap::new();
    for it in applications.iter().filter(|it| !it.is_for_other(on.stream)) {
        let (document, amount) = (it.document, it.amount);
        let own = book.company_of(ItemKey::Document(document), &latest);
        if let (Some(company), Some(other)) = (own, company)
            && company != other
        {
            return Err(SettlementRefused::CompanyDiffers { document, company, other });
        }
        match it.kind {
            ApplicationKind::WriteOff => {
                return Err(SettlementRefused::WriteOffUnapproved { document, amount });
            }
            ApplicationKind::CashDiscount => {
                let zero = Money::zero(amount.currency);
                let sum = discounts.entry(document).or_insert(zero);
                *sum = sum.checked_add(amount)?;
            }
            _ => {}
        }
    }
    for (document, more) in discounts {
        let Some(allowed) = book.discount_allowed(document, day) else { continue };
        let before = book.discount_taken(document, &latest);
        let taken = before.unwrap_or(Money::zero(more.currency)).checked_add(more)?;
        if taken.minor > allowed.minor {
            return Err(SettlementRefused::DiscountOutsideTerms { document, day, allowed, taken });
        }
    }
    Ok(())
}

fn at_most(available: Money, applied: Money) -> Result<(), SettlementRefused> {
    // Compared as a difference, so that two currencies are refused and not compared.
    if available.checked_sub(applied)?.is_negative() {
        return Err(SettlementRefused::AboveCredit { available, applied });
    }
    Ok(())
}

fn settles(on: Ground<'_>, applications: &[Application]) -> Result<(), SettlementRefused> {
    own_only(on.stream, applications)?;
    something(applications)?;
    for it in applications {
        same_currency(on, it.document, it.amount)?;
    }
    fits_open(on, applications)
}

/// Whether every application fits into what is open of its item, and of the installment that it
/// names. One to a document that is not there yet is a reservation and fits.
fn fits_open(on: Ground<'_>, applications: &[Application]) -> Result<(), SettlementRefused> {
    let mut taken: BTreeMap<(DocumentId, Option<u32>), Money> = BTreeMap::new();
    for it in applications.iter().filter(|it| !it.is_for_other(on.stream)) {
        let document = it.document;
        let Some(original) = original(on, document) else {
            continue;
        };
        installment_known(on, document, it.installment)?;
        // The whole document first, then the installment, if one is named.
        for part in std::iter::once(None).chain(it.installment.map(Some)) {
            let zero = Money::zero(original.currency);
            let already = taken.entry((document, part)).or_insert(zero);
            let offered = already.checked_add(it.amount)?;
            let open = open_of(on, document, part, original.currency)?;
            if crosses(open, offered)? {
                return Err(SettlementRefused::AboveOpen { document, open, offered });
            }
            *already = offered;
        }
    }
    Ok(())
}

/// Whether taking `part` from `whole` goes through zero, or away from it.
fn crosses(whole: Money, part: Money) -> Result<bool, SettlementRefused> {
    let rest = whole.checked_sub(part)?;
    Ok(match whole.minor.signum() {
        1 => rest.is_negative() || part.is_negative(),
        -1 => rest.is_positive() || part.is_positive(),
        _ => !part.is_zero(),
    })
}

/// Whether what is taken back was applied by the day on which it is taken back, to the document
/// and to the installment that is named.
fn undone<'a>(
    on: Ground<'_>,
    event: &Event,
    applications: impl Iterator<Item = &'a Application>,
    applied: impl Fn(DocumentId, &View) -> Option<Money>,
) -> Result<(), SettlementRefused> {
    let mut back: BTreeMap<(DocumentId, Option<u32>), Money> = BTreeMap::new();
    for it in applications {
        let document = it.document;
        let unknown = || SettlementRefused::DocumentUnknown { document };
        let original = original(on, document).ok_or_else(unknown)?;
        same_currency(on, document, it.amount)?;
        installment_known(on, document, it.installment)?;
        let zero = Money::zero(original.currency);
        let day = it.day.unwrap_or(event.effective).max(event.effective);
        let then = applied(document, &View::as_of(day)).unwrap_or(zero);
        let now = applied(document, &View::latest()).unwrap_or(zero);
        for part in std::iter::once(None).chain(it.installment.map(Some)) {
            let already = back.entry((document, part)).or_insert(zero);
            let undone = already.checked_add(it.amount)?;
            let gone = gone_of(on, document, part, original)?;
            for applied in [then, now].into_iter().chain(part.map(|_| gone)) {
                if crosses(applied, undone)? {
                    return Err(SettlementRefused::AboveApplied { applied, undone });
                }
            }
            *already = undone;
        }
    }
    Ok(())
}

fn reversal(on: Ground<'_>, what: Reversible, day: NaiveDate) -> Result<(), SettlementRefused> {
    let (book, latest) = (on.state.book(), View::latest());
    let item = |key| (book.is_known(key, &latest), book.is_reversed(key, &latest));
    let (there, reversed) = match what {
        Reversible::Payment(payment) => item(ItemKey::Payment(payment)),
        Reversible::Document(document) => item(ItemKey::Document(document)),
        Reversible::Event(event) => {
            let version = event.version.0;
            let there = event.stream == on.stream && book.has_moved(version, &latest);
            (there, book.is_event_reversed(version, &latest))
        }
    };
    match (there, reversed) {
        (false, _) => Err(SettlementRefused::NothingToReverse {}),
        (true, true) => Err(SettlementRefused::AlreadyReversed {}),
        (true, false) => match book.day_behind(what, &latest).filter(|of| *of > day) {
            Some(of) => Err(SettlementRefused::ReversalBefore { day, of }),
            None => Ok(()),
        },
    }
}

/// What settles across accounts falls with its payment, as a whole.
fn whole(on: Ground<'_>, what: Reversible) -> Result<(), CorrectionRefused> {
    let book = on.state.book();
    match what {
        Reversible::Event(event)
            if book.is_half(event.version.0) && book.payment_behind(event.version.0).is_none() =>
        {
            Err(CorrectionRefused::ReachesOthers { event })
        }
        _ => Ok(()),
    }
}

/// One level a run, never before the last run, and only over what is open.
fn reminder(on: Ground<'_>, it: &ReminderSent, day: NaiveDate) -> Result<(), SettlementRefused> {
    let (book, latest) = (on.state.book(), View::latest());
    if let Some(last) = book.last_reminder(&latest).filter(|last| *last > day) {
        return Err(SettlementRefused::ReminderBeforeLast { day, last });
    }
    for item in &it.items {
        let document = item.document;
        let unknown = || SettlementRefused::DocumentUnknown { document };
        original(on, document).ok_or_else(unknown)?;
        installment_known(on, document, item.installment)?;
        if !asked_of(on, document, item.installment) {
            return Err(SettlementRefused::NothingToRemind { document });
        }
        let reached = book.level_of(document, item.installment, &latest);
        let next = reached.saturating_add(1);
        if item.level != next {
            let given = item.level;
            return Err(SettlementRefused::LevelNotNext { document, reached, next, given });
        }
    }
    Ok(())
}

fn dispute(on: Ground<'_>, it: &DisputeOpened) -> Result<(), SettlementRefused> {
    let (document, dispute) = (it.document, it.dispute);
    let unknown = || SettlementRefused::DocumentUnknown { document };
    let original = original(on, document).ok_or_else(unknown)?;
    if let Some(amount) = it.amount {
        same_currency(on, document, amount)?;
    }
    installment_known(on, document, it.installment)?;
    // A resolved one is over for good: its id names what was resolved.
    if on.state.book().has_dispute(dispute, &View::latest()) {
        return Err(SettlementRefused::DisputeExists { dispute });
    }
    let open = open_of(on, document, it.installment, original.currency)?;
    let disputed = it.amount.unwrap_or(open);
    if !disputed.is_positive() || disputed > open {
        return Err(SettlementRefused::DisputeAboveOpen { document, open, disputed });
    }
    Ok(())
}

/// Whether the amount is in the document's currency. Of one that is not there, nobody knows.
fn same_currency(
    on: Ground<'_>,
    document: DocumentId,
    amount: Money,
) -> Result<(), SettlementRefused> {
    match original(on, document) {
        Some(Money { currency, .. }) if currency != amount.currency => {
            Err(SettlementRefused::Currency {
                document,
                expected: currency,
                found: amount.currency,
            })
        }
        _ => Ok(()),
    }
}

fn installment_known(
    on: Ground<'_>,
    document: DocumentId,
    installment: Option<u32>,
) -> Result<(), SettlementRefused> {
    let parts = on.state.book().installments_of(ItemKey::Document(document), &View::latest());
    match installment {
        Some(installment) if parts.get(installment as usize).is_none() => {
            Err(SettlementRefused::InstallmentUnknown { document, installment })
        }
        _ => Ok(()),
    }
}

fn original(on: Ground<'_>, document: DocumentId) -> Option<Money> {
    let key = ItemKey::Document(document);
    on.state.book().original_of(key, &View::latest())
}

/// Whether anything is open and undisputed of a document, or of the installment named.
fn asked_of(on: Ground<'_>, document: DocumentId, installment: Option<u32>) -> bool {
    let key = ItemKey::Document(document);
    let rows = on.state.book().open_item(key, &View::latest(), on.policies);
    let mut of = rows.iter().filter(|row| {
        installment.is_none() || row.installment.is_none() || row.installment == installment
    });
    of.any(|row| row.open.minor > row.disputed.minor && row.open.is_positive())
}

/// What is open of a document, or of the installment named.
fn open_of(
    on: Ground<'_>,
    document: DocumentId,
    installment: Option<u32>,
    currency: Currency,
) -> Result<Money, SettlementRefused> {
    let rows = on.state.book().open_item(ItemKey::Document(document), &View::latest(), on.policies);
    // The only part of a document does not carry a number.
    let of = rows.iter().filter(|row| {
        installment.is_none() || row.installment.is_none() || row.installment == installment
    });
    Ok(Money::sum(of.map(|row| row.open), currency)?)
}

/// What is no longer open of a document, or of the installment named.
fn gone_of(
    on: Ground<'_>,
    document: DocumentId,
    installment: Option<u32>,
    original: Money,
) -> Result<Money, SettlementRefused> {
    let parts = on.state.book().installments_of(ItemKey::Document(document), &View::latest());
    let named = installment.and_then(|at| parts.get(at as usize).copied());
    let open = open_of(on, document, installment, original.currency)?;
    Ok(named.unwrap_or(original).checked_sub(open)?)
}

/// What nothing has used yet of a credit.
fn open_credit(on: Ground<'_>, credit: CreditSource, currency: Currency) -> Money {
    let rows = on.state.book().open_item(credit.into(), &View::latest(), on.policies);
    let used = rows.iter().map(|row| row.open.minor.saturating_neg());
    let open = used.fold(0, i64::saturating_add);
    Money::new(open, rows.first().map_or(currency, |row| row.open.currency))
}
