//! Who pays what and when, by habit.

use chrono::{Datelike, NaiveDate};
use relatum_domain::PaymentId;
use relatum_domain::event::settlement::{
    ApplicationKind, CreditAllocated, CreditSource, PaymentMethod, RefundPaid,
};

use crate::calendar::{plus, working};
use crate::claims::known;
use crate::desk::Desk;
use crate::invoicing::CASH_DISCOUNT;
use crate::item::Item;
use crate::market::permille;
use crate::payment::{Pay, by_parent, pay};
use crate::story::StoryLine as S;
use crate::troubles;

/// Settles the account's items as far as it has.
pub(crate) fn write(desk: &mut Desk<'_>, items: &mut [Item], accounts: u32) {
    let story = desk.who.story;
    match story {
        S::PaysMonthly => monthly(desk, items),
        S::OnAccount => too_much(desk, items),
        _ => {}
    }
    let mut bounced = story != S::Bounced;
    for (at, item) in items.iter_mut().enumerate() {
        if item.open == 0 {
            continue;
        }
        match story {
            S::PaysMonthly | S::OnAccount => {}
            S::CashDiscount => with_discount(desk, item),
            S::Insolvent if item.due > desk.span.ago(265) => {}
            late if late.pays_late() => pays_late(desk, item),
            S::Child if at % 4 == 1 && desk.who.index < accounts => by_parent(desk, item),
            S::Bounced if !bounced && item.due > desk.span.ago(110) => {
                bounced = true;
                troubles::bounced(desk, item);
            }
            _ if !item.installments.is_empty() => in_parts(desk, item),
            _ => as_usual(desk, item),
        }
    }
}

/// About the due day, now and then in two parts or a week late; some booked weeks later.
fn as_usual(desk: &mut Desk<'_>, item: &mut Item) {
    let days = if desk.draw.chance(9) { (4, 11) } else { (-6, 2) };
    let day = working(plus(item.due, desk.draw.between(days.0, days.1))).max(item.earliest);
    let late = if desk.draw.chance(7) { desk.draw.between(5, 24) } else { 0 };
    let payable = item.open - item.disputed;
    if item.disputed == 0 && desk.draw.chance(6) {
        let first = payable * 3 / 5;
        pay(desk, vec![(item, first)], Pay::on(day));
        let day = working(plus(day, desk.draw.between(8, 16)));
        pay(desk, vec![(item, i64::MAX)], Pay::on(day).late(late));
        return;
    }
    pay(desk, vec![(item, payable)], Pay::on(day).late(late));
}

fn with_discount(desk: &mut Desk<'_>, item: &mut Item) {
    let day = working(plus(item.day, desk.draw.between(5, 8)));
    if item.earliest > day || day > plus(item.day, 10) || item.disputed > 0 || item.lines.is_empty()
    {
        return as_usual(desk, item);
    }
    let discount = permille(item.open, CASH_DISCOUNT);
    let paid = item.open - discount;
    pay(desk, vec![(item, paid)], Pay { discount, ..Pay::on(day) });
}

fn in_parts(desk: &mut Desk<'_>, item: &mut Item) {
    for (place, (due, amount)) in (0..).zip(item.installments.clone()) {
        let day = working(plus(due, desk.draw.between(-3, 2))).max(item.earliest);
        pay(desk, vec![(item, amount)], Pay { installment: Some(place), ..Pay::on(day) });
    }
}

fn pays_late(desk: &mut Desk<'_>, item: &mut Item) {
    let days = match desk.who.story {
        S::ChronicLate => (44, 72),
        S::LateHeld => (30, 48),
        S::BrokenPromise => (26, 40),
        _ => (22, 38),
    };
    let day = working(plus(item.due, desk.draw.between(days.0, days.1))).max(item.earliest);
    // Since the hold, or since the promise, nothing more came.
    let silent = match desk.who.story {
        S::LateHeld => day > desk.span.ago(20),
        S::BrokenPromise => item.due > desk.span.ago(34),
        _ => false,
    };
    if silent {
        return;
    }
    if item.disputed == 0 && desk.draw.chance(20) {
        let first = item.open / 2;
        pay(desk, vec![(item, first)], Pay::on(day));
        let day = working(plus(day, desk.draw.between(6, 14)));
        pay(desk, vec![(item, i64::MAX)], Pay::on(day));
        return;
    }
    let payable = item.open - item.disputed;
    pay(desk, vec![(item, payable)], Pay::on(day));
}

/// All that falls due in a month by one transfer on its twelfth.
fn monthly(desk: &mut Desk<'_>, items: &mut [Item]) {
    let run = |due: NaiveDate| due.with_day(12).map(working);
    let mut runs: Vec<NaiveDate> = items.iter().filter_map(|item| run(item.due)).collect();
    runs.dedup();
    for day in runs {
        let ready = |item: &&mut Item| {
            run(item.due) == Some(day) && item.open > item.disputed && item.earliest <= day
        };
        let shares = items.iter_mut().filter(ready).map(|item| {
            let payable = item.open - item.disputed;
            (item, payable)
        });
        let shares: Vec<_> = shares.collect();
        pay(desk, shares, Pay::on(day));
    }
    // Whatever was not ready for its run goes alone.
    for item in items.iter_mut().filter(|item| item.open > item.disputed) {
        let day = run(item.due).unwrap_or(item.due);
        if item.earliest > day {
            as_usual(desk, item);
        }
    }
}

/// Rounds up now and then; the rest is used for the next invoice or paid back.
fn too_much(desk: &mut Desk<'_>, items: &mut [Item]) {
    let mut left: Option<(PaymentId, NaiveDate, i64)> = None;
    for (at, item) in items.iter_mut().enumerate() {
        if let Some((payment, paid, rest)) = left.take() {
            left = use_rest(desk, item, payment, paid, rest);
        }
        let day = working(plus(item.due, desk.draw.between(-4, 2))).max(item.earliest);
        let payable = item.open - item.disputed;
        let rounded = (payable / 100_000 + 1) * 100_000;
        let surplus = if at % 6 == 3 && left.is_none() { rounded - payable } else { 0 };
        let paid = pay(desk, vec![(item, payable)], Pay { surplus, ..Pay::on(day) });
        if let (Some(payment), true) = (paid, surplus > 0) {
            left = Some((payment, day, surplus));
        }
    }
}

/// Applies the rest of a payment to `item`, or pays it back; returns what is still left.
fn use_rest(
    desk: &mut Desk<'_>,
    item: &mut Item,
    payment: PaymentId,
    paid: NaiveDate,
    rest: i64,
) -> Option<(PaymentId, NaiveDate, i64)> {
    let market = desk.who.market;
    if desk.who.index.is_multiple_of(2) {
        let day = working(plus(paid, 18));
        let local = desk.number("refund");
        let body = RefundPaid {
            refund: desk.id(&local),
            of: Some(CreditSource::Payment(payment)),
            amount: market.money(rest),
            reason: Some("paid too much".to_owned()),
        };
        let say = desk.ledger(day, local, body);
        if desk.put(say).is_some() {
            desk.exposure.push((day, rest));
        }
        return None;
    }
    let day = working(plus(paid, 5)).max(item.earliest);
    let amount = rest.min(item.open - item.disputed);
    if day > desk.span.close || amount <= 0 || !item.installments.is_empty() {
        return Some((payment, paid, rest));
    }
    let body = CreditAllocated {
        from: CreditSource::Payment(payment),
        applications: vec![item.apply(amount, ApplicationKind::Payment, &market)],
        reason: Some("rest of an earlier payment".to_owned()),
    };
    let local = desk.number("allocated");
    let say = desk.ledger(day, local, body);
    desk.put(say);
    known(desk, item, day, amount);
    // The money was there before: nothing changes in what is owed all in all.
    desk.exposure.push((day, amount));
    item.earliest = working(plus(day, 1));
    (rest > amount).then_some((payment, paid, rest - amount))
}

/// How the money comes, by account.
pub(crate) fn method(desk: &Desk<'_>) -> PaymentMethod {
    match (desk.who.story, desk.who.index % 7) {
        (S::Bounced, _) | (_, 5) => PaymentMethod::DirectDebit,
        (_, 6) if desk.who.country.code == "US" => PaymentMethod::Cheque,
        _ => PaymentMethod::Transfer,
    }
}
