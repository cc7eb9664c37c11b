//! Documents to be paid: invoices for deliveries, what was carried over, and the odd extra.
//!
//! *Invariant: net, tax and freight sum to gross; installments do too.*

use chrono::NaiveDate;
use relatum_domain::event::document::{
    DebitNoteIssued, DiscountTerm, DraftSaved, Installment, InstallmentKind, InterestInvoiceIssued,
    InvoiceIssued, OpeningItemStated, ReceivableDocument, TaxLine,
};
use relatum_domain::event::line::InvoiceLine;
use relatum_domain::{DeliveryId, DocumentId, EventBody, split};

use crate::calendar::{plus, working, working_before};
use crate::catalogue::cents;
use crate::desk::Desk;
use crate::item::Item;
use crate::market::{permille, rate};
use crate::story::StoryLine;
use crate::trade::{Order, expected_gross};

/// Saved by paying within ten days, in thousandths.
pub(crate) const CASH_DISCOUNT: i64 = 20;

/// A document of ours over `net` and `freight` with the tax of the account's country.
pub(crate) fn document(
    desk: &Desk<'_>,
    local: &str,
    prefix: &str,
    day: NaiveDate,
    net: i64,
    freight: i64,
) -> ReceivableDocument {
    let who = desk.who;
    let market = &who.market;
    let base = net + freight;
    let tax = permille(base, who.country.tax_permille);
    let gross = market.money(base + tax);
    let id: DocumentId = desk.id(local);
    let line = TaxLine {
        code: Some(who.country.tax_code.to_owned()),
        rate: Some(rate(who.country.tax_permille * 1_000)),
        base: Some(market.money(base)),
        amount: market.money(tax),
    };
    ReceivableDocument {
        company: Some(market.company),
        ledger_account: Some("1400".to_owned()),
        document_day: Some(day),
        net: Some(market.money(net)),
        tax: vec![line],
        freight: (freight > 0).then(|| market.money(freight)),
        base_rate: market.base_rate(day),
        ..ReceivableDocument::new(id, desk.printed(prefix, local), gross)
    }
}

/// Charges for a delivery, up to three days after it.
pub(crate) fn invoice(
    desk: &mut Desk<'_>,
    order: &Order,
    delivery: DeliveryId,
    delivered: NaiveDate,
    lines: Vec<InvoiceLine>,
) -> Option<Item> {
    let who = desk.who;
    let local = desk.number("invoice");
    let day = working(plus(delivered, desk.draw.between(0, 3)));
    let net = lines.iter().map(|charge| cents(&charge.line)).sum();
    let freight = if desk.draw.chance(35) { desk.draw.between(15, 90) * 100 } else { 0 };
    let mut body = document(desk, &local, "INV", day, net, freight);
    let due = plus(day, who.terms);
    body.service_day = Some(delivered);
    body.baseline_day = Some(day);
    body.due = Some(due);
    body.manager = Some(desk.owner(order.day));
    body.lines = lines.clone();
    let gross = body.gross.minor;
    if who.story == StoryLine::CashDiscount {
        let term = DiscountTerm { until: plus(day, 10), rate: rate(CASH_DISCOUNT * 1_000) };
        body.discount_terms.push(term);
    }
    if who.story == StoryLine::Installments && desk.draw.chance(30) {
        body.installments = installments(desk, day, gross);
        body.due = body.installments.last().map(|last| last.due);
    }
    let parts: Vec<_> =
        body.installments.iter().map(|part| (part.due, part.amount.minor)).collect();
    let item = Item {
        id: body.document,
        local: local.clone(),
        order: Some(order.id),
        delivery: Some(delivery),
        manager: desk.owner(order.day),
        day,
        due: body.due.unwrap_or(due),
        gross,
        open: gross,
        installments: parts,
        lines,
        earliest: working(plus(day, 1)),
        disputed: 0,
        moves: Vec::new(),
    };
    if day > desk.span.close {
        // Prepared, to go out with the next run.
        let day = delivered;
        body.document_day = None;
        let say = desk.ledger(day, format!("{local}-draft"), DraftSaved(body));
        desk.put(say);
        return None;
    }
    let say = desk.ledger(day, local, InvoiceIssued(body));
    desk.put(say)?;
    desk.exposure.push((day, gross - expected_gross(net)));
    Some(item)
}

/// Half after a month, two fifths after two, a tenth kept back for half a year.
fn installments(desk: &Desk<'_>, day: NaiveDate, gross: i64) -> Vec<Installment> {
    let kinds = [
        (30, InstallmentKind::Normal),
        (60, InstallmentKind::Normal),
        (180, InstallmentKind::Retention),
    ];
    let shares = split(gross, &[50, 40, 10]);
    let part = |((days, kind), amount)| Installment {
        due: plus(day, days),
        amount: desk.who.market.money(amount),
        kind,
        ledger_account: None,
    };
    kinds.into_iter().zip(shares).map(part).collect()
}

fn item(desk: &Desk<'_>, local: &str, day: NaiveDate, due: NaiveDate, gross: i64) -> Item {
    Item {
        id: desk.id(local),
        local: local.to_owned(),
        order: None,
        delivery: None,
        manager: desk.owner(day),
        day,
        due,
        gross,
        open: gross,
        installments: Vec::new(),
        lines: Vec::new(),
        earliest: working(plus(day, 1)),
        disputed: 0,
        moves: Vec::new(),
    }
}

/// What was open when the book began.
pub(crate) fn carried_over(desk: &mut Desk<'_>) -> Option<Item> {
    let who = desk.who;
    if who.story == StoryLine::Converted || desk.draw.chance(45) {
        return None;
    }
    let day = working(desk.span.start);
    let issued = working_before(plus(day, -desk.draw.between(5, 20)));
    let gross = desk.draw.between(900, 2_600) * who.size;
    let local = desk.number("opening");
    let due = plus(issued, who.terms);
    let mut body = ReceivableDocument::new(
        desk.id(&local),
        desk.printed("OLD", &local),
        who.market.money(gross),
    )
    .due(due);
    body.company = Some(who.market.company);
    body.ledger_account = Some("1400".to_owned());
    body.document_day = Some(issued);
    body.base_rate = who.market.base_rate(issued);
    let say = desk.ledger(day, local.clone(), OpeningItemStated(body));
    desk.put(say)?;
    desk.exposure.push((day, gross));
    Some(item(desk, &local, day, due, gross))
}

/// Interest for whoever is always late; a surcharge for whoever sends much back.
pub(crate) fn extras(desk: &mut Desk<'_>) -> Option<Item> {
    let kind = match desk.who.story {
        StoryLine::ChronicLate => "interest",
        StoryLine::Returns => "debit",
        _ => return None,
    };
    let day = desk.span.ago(200);
    let local = desk.number(kind);
    let due = plus(day, 14);
    let net = desk.draw.between(120, 480) * 100;
    let mut body = document(desk, &local, "DN", day, net, 0);
    if kind == "interest" {
        // Interest for late payment bears no tax.
        body.gross = body.net.unwrap_or(body.gross);
        body.tax.clear();
    }
    body.due = Some(due);
    let gross = body.gross.minor;
    let body: EventBody = match kind {
        "interest" => InterestInvoiceIssued(body).into(),
        _ => DebitNoteIssued(body).into(),
    };
    let say = desk.ledger(day, local.clone(), body);
    desk.put(say)?;
    desk.exposure.push((day, gross));
    Some(item(desk, &local, day, due, gross))
}
