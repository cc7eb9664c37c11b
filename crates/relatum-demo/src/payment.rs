//! A payment as it is written: what arrived, and what it settles.
//!
//! *Invariant: applications sum to the payment at most, and each to what is open at most.*

use chrono::NaiveDate;
use relatum_domain::event::settlement::{
    Application, ApplicationKind, PaidByOther, PaymentReceived,
};
use relatum_domain::{AccountId, Actor, Derived, EventBody, PaymentId};

use crate::calendar::{plus, working};
use crate::claims::known;
use crate::desk::Desk;
use crate::item::Item;
use crate::journal::{Handle, Say};
use crate::settlement::method;
use crate::story::code;

/// The circumstances of a payment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pay {
    pub(crate) day: NaiveDate,
    /// Booked so many days later.
    pub(crate) late: i64,
    /// Cash discount taken on the first item.
    pub(crate) discount: i64,
    /// Paid beyond what is settled.
    pub(crate) surplus: i64,
    /// The installment of the first item.
    pub(crate) installment: Option<u32>,
}

impl Pay {
    pub(crate) const fn on(day: NaiveDate) -> Self {
        Self { day, late: 0, discount: 0, surplus: 0, installment: None }
    }

    pub(crate) const fn late(self, days: i64) -> Self {
        Self { late: days, ..self }
    }
}

/// Pays so much of each item, at most what is open.
pub(crate) fn pay(
    desk: &mut Desk<'_>,
    shares: Vec<(&mut Item, i64)>,
    pay: Pay,
) -> Option<PaymentId> {
    let (payment, handle) = received(desk, shares, pay)?;
    if desk.draw.chance(1) && pay.surplus == 0 {
        misread(desk, handle, pay);
    }
    Some(payment)
}

/// The reference was read wrongly, and is stated again days later.
fn misread(desk: &mut Desk<'_>, handle: Handle, pay: Pay) {
    let Some(EventBody::PaymentReceived(body)) = desk.journal.body(handle).cloned() else { return };
    let reference = Some(format!("{} as agreed", desk.who.code));
    let body = PaymentReceived { reference, ..body };
    let local = desk.number("payment-again");
    let say = desk.ledger(pay.day, local, body).late(pay.late + 5);
    desk.put(say.amends(handle));
}

/// The same, with the fact it was written as.
pub(crate) fn received(
    desk: &mut Desk<'_>,
    shares: Vec<(&mut Item, i64)>,
    pay: Pay,
) -> Option<(PaymentId, Handle)> {
    if pay.day > desk.span.close || shares.is_empty() {
        return None;
    }
    let market = desk.who.market;
    let mut discount = pay.discount;
    let mut installment = pay.installment;
    let mut amount = pay.surplus;
    let mut applications = Vec::new();
    let mut settled = Vec::new();
    for (item, share) in shares {
        let before = item.open;
        let paid = item.apply(share, ApplicationKind::Payment, &market);
        amount += paid.amount.minor;
        applications.push(Application { installment: installment.take(), ..paid });
        if discount > 0 {
            let kind = ApplicationKind::CashDiscount;
            applications.push(item.apply(std::mem::take(&mut discount), kind, &market));
        }
        let less = before - item.open;
        settled.push((item, less));
    }
    applications.retain(|application| application.amount.is_positive());
    if amount <= 0 {
        return None;
    }
    let local = desk.number("payment");
    let reference = settled.first().map(|(item, _)| desk.printed("INV", &item.local));
    let body = PaymentReceived {
        payment: desk.id(&local),
        company: Some(market.company),
        method: Some(method(desk)),
        value_day: None,
        amount: market.money(amount),
        reference,
        note: None,
        ledger_account: None,
        base_rate: market.base_rate(pay.day),
        advance: false,
        applications,
    };
    let payment = body.payment;
    let say = desk.ledger(pay.day, local, body).late(pay.late);
    let handle = desk.put(say)?;
    let day = desk.journal.recorded_day(handle);
    for (item, less) in settled {
        known(desk, item, day, less);
        item.earliest = item.earliest.max(pay.day);
    }
    desk.exposure.push((day, -pay.surplus));
    Some((payment, handle))
}

/// The parent pays a child's invoice: one payment on its stream, one fact on the child's.
pub(crate) fn by_parent(desk: &mut Desk<'_>, item: &mut Item) {
    let day = working(plus(item.due, desk.draw.between(-3, 4))).max(item.earliest);
    let amount = item.open - item.disputed;
    if day > desk.span.close || amount <= 0 {
        return;
    }
    let who = desk.who;
    let payer = AccountId::derived("demo", &code(who.index - 5));
    let local = desk.number("by-parent");
    let payment: PaymentId = desk.id(&local);
    let settled = item.apply(amount, ApplicationKind::Payment, &who.market);
    let body = PaymentReceived {
        payment,
        company: Some(who.market.company),
        method: Some(method(desk)),
        value_day: None,
        amount: settled.amount,
        reference: Some(desk.printed("INV", &item.local)),
        note: None,
        ledger_account: None,
        base_rate: who.market.base_rate(day),
        advance: false,
        applications: vec![Application { account: Some(who.id), ..settled.clone() }],
    };
    // One decision: both facts have its circumstances.
    let key = format!("{}-{local}", who.code);
    let paid = Say::new(payer, Actor::system("ledger"), day, key.clone(), body);
    let body = PaidByOther { payer, payment, applications: vec![settled] };
    let here = desk.ledger(day, key, body);
    if let Some(handle) = desk.journal.put_both(paid, here) {
        let day = desk.journal.recorded_day(handle);
        known(desk, item, day, amount);
    }
}
