//! What a collector sees: reminders, promises, bounced money, holds, write-offs.

use chrono::NaiveDate;
use relatum_domain::event::account::AccountClosed;
use relatum_domain::event::credit::{ApprovalGiven, CreditHeld};
use relatum_domain::event::settlement::{
    ApplicationKind, PaymentMethod, PromiseMade, RemindedItem, ReminderSent, Reversed, Reversible,
    WriteOffRecovered, WrittenOff,
};

use crate::calendar::{plus, working};
use crate::claims::known;
use crate::desk::Desk;
use crate::item::Item;
use crate::payment::{Pay, pay, received};
use crate::story::StoryLine as S;
use crate::tenant::REMIND_AFTER;
use crate::trade;

/// A direct debit that the bank returns; the money comes two weeks later.
pub(crate) fn bounced(desk: &mut Desk<'_>, item: &mut Item) {
    debug_assert_eq!(crate::settlement::method(desk), PaymentMethod::DirectDebit);
    let day = working(item.due).max(item.earliest);
    let amount = item.open;
    let Some((payment, handle)) = received(desk, vec![(item, amount)], Pay::on(day)) else {
        return;
    };
    let day = working(plus(day, 4));
    let reason = "returned by the bank: insufficient funds".to_owned();
    let body = Reversed { what: Reversible::Payment(payment), reason };
    let say = desk.ledger(day, "bounced-1", body).caused_by(handle);
    if let Some(handle) = desk.put(say) {
        let day = desk.journal.recorded_day(handle);
        item.open += amount;
        known(desk, item, day, -amount);
        let again = working(plus(day, 13));
        pay(desk, vec![(item, amount)], Pay::on(again));
    }
}

/// Reminders of every Monday's run: each item one level at a time.
pub(crate) fn reminders(desk: &mut Desk<'_>, items: &[Item]) {
    let mut levels = vec![0_usize; items.len()];
    let mut day = plus(desk.span.start, 14);
    let weekday = i64::from(chrono::Datelike::weekday(&day).num_days_from_monday());
    day = plus(day, -weekday);
    while day <= desk.span.close {
        let run = working(day);
        let mut reminded = Vec::new();
        for (item, level) in items.iter().zip(&mut levels) {
            let Some(after) = REMIND_AFTER.get(*level) else {
                continue;
            };
            let overdue = (run - item.due).num_days() >= *after;
            if overdue && item.day < run && item.disputed == 0 && item.open_on(run) > 0 {
                *level += 1;
                let level = u8::try_from(*level).unwrap_or(u8::MAX);
                let installment = None;
                reminded.push(RemindedItem { document: item.id, installment, level });
            }
        }
        if !reminded.is_empty() && !has_closed(desk, run) {
            let local = desk.number("reminder");
            let body = ReminderSent { items: reminded, fee: None, interest: None };
            let say = desk.ledger(run, local, body);
            desk.put(say);
        }
        day = plus(day, 7);
    }
}

fn has_closed(desk: &Desk<'_>, day: NaiveDate) -> bool {
    desk.who.story == S::Insolvent && day >= desk.span.ago(62)
}

/// Promises of those who pay late: kept on the day of the payment, or broken.
pub(crate) fn promises(desk: &mut Desk<'_>, items: &[Item]) {
    if !desk.who.story.pays_late() {
        return;
    }
    for item in items {
        // An item that was paid whole and at once, at least three weeks late.
        let [(paid, amount)] = item.moves.as_slice() else {
            continue;
        };
        let late = (*paid - item.due).num_days();
        if late > 21 && *amount == item.gross && desk.draw.chance(40) {
            let by = working(plus(*paid, desk.draw.between(0, 2)));
            promise(desk, item, plus(*paid, -9), by, *amount);
        }
    }
    let today = desk.span.today;
    let lately = plus(today, -15);
    let overdue = |item: &&Item| {
        let silent = item.moves.iter().all(|(day, _)| *day < lately);
        item.open > 0 && item.disputed == 0 && silent && (today - item.due).num_days() > 5
    };
    let Some(item) = items.iter().find(overdue) else {
        return;
    };
    match desk.who.story {
        S::BrokenPromise => {
            let by = desk.span.ago(4);
            promise(desk, item, plus(desk.span.today, -12), by, item.open);
        }
        S::ChronicLate => {
            let by = desk.span.ahead(4);
            promise(desk, item, desk.span.ago(3), by, item.open);
        }
        _ => {}
    }
}

fn promise(desk: &mut Desk<'_>, item: &Item, day: NaiveDate, by: NaiveDate, amount: i64) {
    let day = working(day);
    let local = desk.number("promise");
    let body = PromiseMade {
        promise: desk.id(&local),
        amount: desk.who.market.money(amount),
        by,
        documents: vec![item.id],
        contact: desk.contact(),
    };
    let say = desk.manager(day, local, body);
    desk.put(say);
}

/// Credit stopped three weeks ago; one order was let through since.
pub(crate) fn hold(desk: &mut Desk<'_>) {
    let who = desk.who;
    if who.story != S::LateHeld {
        return;
    }
    let reason = "invoices more than a month overdue".to_owned();
    let say = desk.manager(desk.span.ago(20), "hold-1", CreditHeld { reason });
    desk.put(say);
    let day = desk.span.ago(5);
    let order = desk.number("order");
    let body = ApprovalGiven {
        overrides: "credit_held".to_owned(),
        order: Some(desk.id(&order)),
        document: None,
        offer: None,
        discount: None,
        up_to: None,
        until: Some(plus(day, 10)),
        approver: desk.staff.head,
        reason: "spare parts for a line that stands still".to_owned(),
    };
    let say = desk.manager(day, "approval-1", body);
    desk.put(say);
    trade::place(desk, order, day);
}

/// Insolvency: no more credit, what is open written off, a tenth of it recovered, closed.
pub(crate) fn insolvency(desk: &mut Desk<'_>, items: &mut [Item]) {
    if desk.who.story != S::Insolvent {
        return;
    }
    let market = desk.who.market;
    let reason = || "insolvency opened".to_owned();
    let say = desk.manager(desk.span.ago(150), "hold-1", CreditHeld { reason: reason() });
    desk.put(say);
    let day = desk.span.ago(60);
    let mut applications = Vec::new();
    let mut recovered = Vec::new();
    for item in items.iter_mut().filter(|item| item.open > 0) {
        let amount = item.open;
        let gone = item.apply(amount, ApplicationKind::WriteOff, &market);
        known(desk, item, day, amount);
        if recovered.is_empty() {
            let mut back = gone.clone();
            back.amount = market.money(amount / 10);
            recovered.push((item, back));
        }
        applications.push(gone);
    }
    let approver = desk.staff.head;
    let say =
        desk.ledger(day, "write-off-1", WrittenOff { applications, reason: reason(), approver });
    desk.put(say);
    let day = desk.span.ago(50);
    for (item, back) in recovered {
        let amount = back.amount.minor;
        let body = WriteOffRecovered {
            applications: vec![back],
            reason: Some("dividend of the estate".to_owned()),
        };
        let say = desk.ledger(day, "recovered-1", body);
        desk.put(say);
        item.open += amount;
        known(desk, item, day, -amount);
        pay(desk, vec![(item, amount)], Pay::on(day));
    }
    if let Some(day) = desk.who.closed {
        let say = desk.manager(day, "closed", AccountClosed { reason: reason() });
        desk.put(say);
    }
}
