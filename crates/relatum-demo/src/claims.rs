//! What lowers an invoice before it is paid: returns, credit notes, disputes, set-offs.

use chrono::{Datelike, NaiveDate};
use relatum_domain::DisputeId;
use relatum_domain::event::document::CreditNoteIssued;
use relatum_domain::event::order::GoodsReturned;
use relatum_domain::event::settlement::{
    ApplicationKind, CreditAllocated, CreditSource, DisputeOpened, DisputeResolved,
    NettedWithPayables,
};

use crate::calendar::{plus, working};
use crate::catalogue::{part, units};
use crate::desk::{Desk, Sale};
use crate::invoicing::document;
use crate::item::Item;
use crate::market::permille;
use crate::story::StoryLine;

/// Lets things go wrong with some of the invoices.
pub(crate) fn write(desk: &mut Desk<'_>, items: &mut [Item]) {
    bonus(desk, items);
    for item in &mut *items {
        let plain = item.installments.is_empty() && !item.lines.is_empty();
        let returns = if desk.who.story == StoryLine::Returns { 28 } else { 4 };
        let luck = desk.draw.below(100);
        if !plain {
            continue;
        }
        match luck {
            _ if luck < returns => send_back(desk, item),
            90..=92 => price_difference(desk, item),
            93..=96 => settled_dispute(desk, item),
            97..=99 if desk.who.story == StoryLine::Netting => net(desk, item),
            _ => {}
        }
    }
    if desk.who.story == StoryLine::Netting {
        let midway = desk.span.ago(150);
        if let Some(item) = items.iter_mut().find(|item| item.day > midway) {
            net(desk, item);
        }
    }
    if desk.who.story == StoryLine::Dispute {
        let recent = desk.span.ago(25);
        let untouched = |item: &&mut Item| item.day <= recent && item.open == item.gross;
        if let Some(item) = items.iter_mut().rev().find(untouched) {
            open_dispute(desk, item);
        }
    }
}

/// Notes that so much less is open, known from the day of the recording on.
pub(crate) fn known(desk: &mut Desk<'_>, item: &mut Item, day: NaiveDate, amount: i64) {
    item.moves.push((day, amount));
    desk.exposure.push((day, -amount));
}

fn send_back(desk: &mut Desk<'_>, item: &mut Item) {
    let who = desk.who;
    let day = working(plus(item.day, desk.draw.between(2, 9)));
    let Some(charge) = item.lines.iter().find(|charge| units(&charge.line) > 2) else {
        return;
    };
    let back = part(&charge.line, units(&charge.line) / 3, &who.market);
    let net = crate::catalogue::cents(&back);
    let reason = desk.draw.pick(&["wrong size", "damaged in transit", "ordered too many"]);
    let local = desk.number("return");
    let body = GoodsReturned {
        goods_return: desk.id(&local),
        number: desk.printed("RET", &local),
        lines: vec![back],
        net: who.market.value(net),
        reason: Some(reason.to_owned()),
        order: item.order,
        invoice: Some(item.id),
        delivery: item.delivery,
        manager: Some(item.manager),
    };
    let say = desk.manager(day, local, body);
    if desk.put(say).is_none() {
        return;
    }
    desk.sales.push(Sale { manager: who.manager_on(item.day), day, minor: -net });
    let late = if desk.draw.chance(25) { desk.draw.between(9, 28) } else { 0 };
    let day = working(plus(day, desk.draw.between(1, 4)));
    credit_note(desk, item, day, net, late, "goods returned");
}

fn price_difference(desk: &mut Desk<'_>, item: &mut Item) {
    let net: i64 = item.lines.iter().map(|charge| crate::catalogue::cents(&charge.line)).sum();
    let day = working(plus(item.day, desk.draw.between(3, 10)));
    credit_note(desk, item, day, permille(net, 40), 0, "price difference");
}

/// A credit note against the invoice, applied to it.
fn credit_note(
    desk: &mut Desk<'_>,
    item: &mut Item,
    day: NaiveDate,
    net: i64,
    late: i64,
    reason: &str,
) {
    if day > desk.span.close || net <= 0 {
        return;
    }
    let local = desk.number("credit");
    let document = document(desk, &local, "CRN", day, net, 0);
    let amount = document.gross.minor;
    if amount > item.open {
        return;
    }
    let applications = vec![item.apply(amount, ApplicationKind::Credit, &desk.who.market)];
    let body = CreditNoteIssued {
        document,
        against: Some(item.id),
        applications,
        reason: Some(reason.to_owned()),
    };
    let say = desk.ledger(day, local, body).late(late);
    if let Some(handle) = desk.put(say) {
        let day = desk.journal.recorded_day(handle);
        known(desk, item, day, amount);
    }
    item.earliest = working(plus(day, 1));
}

/// A bonus for the year, credited in January and used up by the next invoice.
fn bonus(desk: &mut Desk<'_>, items: &mut [Item]) {
    let who = desk.who;
    if who.class != "A" || who.story.pays_late() {
        return;
    }
    let first = desk.span.start.year() + 1;
    for year in first..=desk.span.today.year() {
        let Some(day) = NaiveDate::from_ymd_opt(year, 1, 15).map(working) else {
            continue;
        };
        if day > desk.span.close || day <= who.opened {
            continue;
        }
        let local = desk.number("credit");
        let net = desk.draw.between(250, 900) * 100;
        let document = document(desk, &local, "CRN", day, net, 0);
        let (id, amount) = (document.document, document.gross.minor);
        let reason = Some(format!("bonus of {}", year - 1));
        let body = CreditNoteIssued { document, against: None, applications: vec![], reason };
        let say = desk.ledger(day, local.clone(), body);
        desk.put(say);
        let Some(item) = items.iter_mut().find(|item| item.day > day) else {
            continue;
        };
        let day = working(plus(item.day, 1));
        if !item.installments.is_empty() || item.open <= amount || day > desk.span.close {
            continue;
        }
        let body = CreditAllocated {
            from: CreditSource::Document(id),
            applications: vec![item.apply(amount, ApplicationKind::Credit, &who.market)],
            reason: None,
        };
        let say = desk.ledger(day, format!("{local}-used"), body);
        desk.put(say);
        known(desk, item, day, amount);
        item.earliest = working(plus(day, 1));
    }
}

fn dispute(desk: &mut Desk<'_>, item: &Item, amount: i64, reason: &str) -> Option<DisputeId> {
    let day = working(plus(item.day, desk.draw.between(4, 9)));
    let local = desk.number("dispute");
    let dispute: DisputeId = desk.id(&local);
    let body = DisputeOpened {
        dispute,
        document: item.id,
        installment: None,
        amount: Some(desk.who.market.money(amount)),
        reason: Some(reason.to_owned()),
        owner: Some(desk.owner(day)),
    };
    let say = desk.manager(day, local, body);
    desk.put(say).map(|_| dispute)
}

fn settled_dispute(desk: &mut Desk<'_>, item: &mut Item) {
    let amount = item.open / 4;
    let Some(dispute) = dispute(desk, item, amount, "quantity short") else {
        return;
    };
    let day = working(plus(item.day, desk.draw.between(16, 30)));
    let ours = desk.draw.chance(50);
    let resolution = if ours { "withdrawn by the client" } else { "credit granted" };
    let body = DisputeResolved { dispute, resolution: Some(resolution.to_owned()) };
    let local = desk.number("resolved");
    let say = desk.manager(day, local, body);
    if desk.put(say).is_none() {
        item.disputed = amount;
        return;
    }
    item.earliest = working(plus(day, 2));
    if !ours {
        price_difference_on(desk, item, day);
    }
}

fn price_difference_on(desk: &mut Desk<'_>, item: &mut Item, day: NaiveDate) {
    let net: i64 = item.lines.iter().map(|charge| crate::catalogue::cents(&charge.line)).sum();
    credit_note(desk, item, working(plus(day, 1)), permille(net, 120), 0, "quantity short");
}

fn open_dispute(desk: &mut Desk<'_>, item: &mut Item) {
    let amount = item.open * 2 / 5;
    if dispute(desk, item, amount, "not as ordered").is_some() {
        item.disputed = amount;
    }
}

fn net(desk: &mut Desk<'_>, item: &mut Item) {
    let day = working(plus(item.day, 12));
    if day > desk.span.close || item.earliest > day {
        return;
    }
    let amount = item.open * 15 / 100;
    let local = desk.number("netting");
    let body = NettedWithPayables {
        netting: desk.id(&local),
        applications: vec![item.apply(amount, ApplicationKind::Netting, &desk.who.market)],
        reference: Some(desk.printed("PAYABLE", &local)),
    };
    let say = desk.ledger(day, local, body);
    desk.put(say);
    known(desk, item, day, amount);
    item.earliest = working(plus(day, 1));
}
