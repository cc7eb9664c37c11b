//! What a decision on one account brings about in others.
//!
//! A payment may settle items of other accounts: a parent pays for its children. The payer's
//! stream says how much of the payment went where, the other's stream says what it settled. Both
//! halves are written in one commit, taken back in one commit, and neither is voided alone.

use std::collections::BTreeMap;

use relatum_stream::{EventRef, StreamId, Version};

use super::state::State;
use crate::event::settlement::{
    AllocationUndone, Application, CreditSource, PaidByOther, Reversed, Reversible,
};
use crate::event::{Event, EventBody};
use crate::history::View;
use crate::ids::{AccountId, PaymentId};
use crate::receivables::ItemKey;

/// The accounts that `event` of `stream` reaches, with what happens there.
///
/// `theirs` gives the state of another account's stream.
pub(super) fn elsewhere<'a>(
    own: &State,
    stream: StreamId,
    event: &Event,
    theirs: impl Fn(&StreamId) -> &'a State,
) -> Vec<(StreamId, EventBody)> {
    match &event.body {
        EventBody::PaymentReceived(it) => paid(stream, it.payment, &it.applications),
        EventBody::CreditAllocated(it) => match it.from {
            CreditSource::Payment(payment) => paid(stream, payment, &it.applications),
            CreditSource::Document(_) => Vec::new(),
        },
        EventBody::AllocationUndone(it) => {
            let undone = |applications| AllocationUndone {
                from: it.from,
                applications,
                reason: it.reason.clone(),
            };
            let others = for_others(stream, &it.applications).into_iter();
            others.map(|(account, list)| (account.into(), undone(list).into())).collect()
        }
        EventBody::Reversed(it) => {
            let Some(payment) = falls(own, stream, event) else {
                return Vec::new();
            };
            let accounts = own.book().paid_for(payment).map(StreamId::from);
            let reversals = accounts.filter_map(|account| {
                let what = turned(theirs(&account), account, payment)?;
                let reason = it.reason.clone();
                Some((account, Reversed { what, reason }.into()))
            });
            reversals.collect()
        }
        _ => Vec::new(),
    }
}

/// The payment that falls, or stands again, with a reversal.
pub(super) fn falls(own: &State, stream: StreamId, event: &Event) -> Option<PaymentId> {
    let EventBody::Reversed(reversed) = &event.body else {
        return None;
    };
    match reversed.what {
        Reversible::Payment(payment) => Some(payment),
        Reversible::Document(_) => None,
        Reversible::Event(event) if event.stream == stream => {
            own.book().payment_behind(event.version.0)
        }
        Reversible::Event(_) => None,
    }
}

/// What to reverse in the other account: the payment, or its reversal, if that stands. None
/// where nothing of the payment is left.
fn turned(theirs: &State, account: StreamId, payment: PaymentId) -> Option<Reversible> {
    let (book, latest, key) = (theirs.book(), View::latest(), ItemKey::Payment(payment));
    if let Some(version) = book.reversal_of(key, &latest) {
        return Some(Reversible::Event(EventRef::new(account, Version(version))));
    }
    // An account of which nothing was read is asked all the same, and refuses: a reversal that
    // left its half standing would lose money without a word.
    let unread = theirs.version() == Version::NONE;
    let there = book.is_paid_by_other(key, &latest);
    (unread || there).then_some(Reversible::Payment(payment))
}

fn paid(
    payer: StreamId,
    payment: PaymentId,
    applications: &[Application],
) -> Vec<(StreamId, EventBody)> {
    let others = for_others(payer, applications).into_iter();
    let paid = others.map(|(account, applications)| {
        let payer = payer.id.into();
        let paid = PaidByOther { payer, payment, applications };
        (account.into(), paid.into())
    });
    paid.collect()
}

/// The applications to items of other accounts, as those see them.
fn for_others(
    stream: StreamId,
    applications: &[Application],
) -> BTreeMap<AccountId, Vec<Application>> {
    let mut others: BTreeMap<AccountId, Vec<Application>> = BTreeMap::new();
    for it in applications.iter().filter(|it| it.is_for_other(stream)) {
        let Some(account) = it.account else { continue };
        let theirs = Application { account: None, ..it.clone() };
        others.entry(account).or_default().push(theirs);
    }
    others
}
