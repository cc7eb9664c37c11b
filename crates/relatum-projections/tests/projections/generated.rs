//! Generated histories: small decisions that shrink well, made into events of every kind that a
//! projection reads, with voids and amendments of any of them.

use proptest::prelude::*;
use relatum_domain::event::account::{
    AccountAssigned, AccountClosed, AccountOpened, CreditShare, ShareKind, Stage,
};
use relatum_domain::event::activity::{
    ActivityCancelled, ActivityHeld, ActivityKind, ActivityPlanned, ActivityRescheduled, Outcome,
};
use relatum_domain::event::contract::{ContractRenewed, ContractSigned, ContractTerminated};
use relatum_domain::event::line::{Line, LineQuantity};
use relatum_domain::event::offer::{OfferDeclined, OfferMade, OfferRevised};
use relatum_domain::event::opportunity::{
    OpportunityLost, OpportunityOpened, OpportunityStageChanged, OpportunityWon,
};
use relatum_domain::event::order::{
    GoodsReturned, OrderCancelled, OrderDelivered, OrderPlaced, SalesAdjusted,
};
use relatum_domain::event::organisation::{
    QuotaEnd, QuotaKind, QuotaSet, Target, TeamDissolved, TeamFormed, TeamJoined, TeamKind,
    TeamLeft, TeamParentNamed,
};
use relatum_domain::event::settlement::PromiseMade;
use relatum_domain::event::voice::{ComplaintMade, ComplaintResolved};
use relatum_domain::{
    AccountId, ActivityId, ComplaintId, ContractId, DeliveryId, Derived, EventBody, ManagerId,
    OfferId, OpportunityId, OrderId, PromiseId, ReturnId, TeamId, Value,
};
use relatum_stream::{EventRef, StreamId};

use crate::raw::{Raw, account, currency, day, euro, pieces, worth};
use crate::settling::receivable;

/// So many generated books, or as many as `RELATUM_BOOKS` says: the long form.
pub(crate) fn books(few: u32) -> ProptestConfig {
    let said = std::env::var("RELATUM_BOOKS").ok();
    let books = said.map(|books| books.parse().unwrap());
    ProptestConfig::with_cases(books.unwrap_or(few))
}

/// One small decision.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    pub(crate) what: u8,
    pub(crate) who: u8,
    pub(crate) day: i64,
    pub(crate) a: u8,
    pub(crate) b: u8,
    pub(crate) n: i64,
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    (0..48_u8, 0..3_u8, 0..240_i64, any::<u8>(), any::<u8>(), 1..300_i64)
        .prop_map(|(what, who, day, a, b, n)| Op { what, who, day, a, b, n })
}

pub(crate) fn ops(most: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..most)
}

pub(crate) fn manager(number: u8) -> ManagerId {
    ManagerId::derived("test", &number.to_string())
}

pub(crate) fn team(number: u8) -> TeamId {
    TeamId::derived("test", &number.to_string())
}

/// Shares of three managers: half, a quarter, and 0.3 on top; the rest is the house's.
pub(crate) fn shares(first: u8) -> Vec<CreditShare> {
    let share = |number: u8, share: &str, kind| {
        let manager = manager((first % 3 + number) % 3);
        CreditShare { manager, share: share.parse().unwrap(), kind }
    };
    vec![
        share(0, "0.5", ShareKind::Revenue),
        share(1, "0.25", ShareKind::Revenue),
        share(2, "0.3", ShareKind::Overlay),
    ]
}

fn named<I: Derived>(account: AccountId, number: u8) -> I {
    I::derived("test", &format!("{account}/{number}"))
}

pub(crate) fn line(product: &str, quantity: i64, micro: i64) -> Line {
    Line {
        product: product.into(),
        description: None,
        group: None,
        quantity: pieces(quantity),
        price_list: None,
        list_price: None,
        discount: None,
        net: worth(micro),
        cost: None,
    }
}

pub(crate) fn placed(
    order: OrderId,
    manager: Option<ManagerId>,
    lines: &[(i64, i64)],
) -> OrderPlaced {
    let net = lines.iter().map(|(_, micro)| micro).sum();
    OrderPlaced {
        order,
        number: "O".into(),
        company: None,
        manager,
        credit: Vec::new(),
        ship_to: None,
        lines: lines.iter().map(|(quantity, micro)| line("p", *quantity, *micro)).collect(),
        net: worth(net),
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

pub(crate) fn delivered(order: OrderId, parts: &[(u32, i64)]) -> OrderDelivered {
    let part =
        |(line, number): &(u32, i64)| LineQuantity { line: *line, quantity: pieces(*number) };
    let delivery = DeliveryId::derived("test", "1");
    OrderDelivered { order, delivery, lines: parts.iter().map(part).collect() }
}

pub(crate) fn returned(
    goods_return: ReturnId,
    manager: Option<ManagerId>,
    net: Value,
) -> GoodsReturned {
    GoodsReturned {
        goods_return,
        number: "R".into(),
        lines: Vec::new(),
        net,
        reason: None,
        order: None,
        invoice: None,
        delivery: None,
        manager,
    }
}

pub(crate) fn planned(activity: ActivityId, manager: ManagerId, on: i64) -> ActivityPlanned {
    ActivityPlanned {
        activity,
        kind: ActivityKind::Visit,
        manager,
        day: day(on),
        starts: None,
        minutes: None,
        purpose: None,
        note: None,
        contacts: Vec::new(),
        recurrence: None,
    }
}

pub(crate) fn offered(offer: OfferId, net: Value, valid_until: i64) -> OfferMade {
    OfferMade {
        offer,
        number: "A-1".into(),
        opportunity: None,
        manager: None,
        lines: Vec::new(),
        net,
        valid_until: day(valid_until),
        terms: None,
    }
}

pub(crate) fn signed(contract: ContractId, starts: i64, ends: Option<i64>) -> ContractSigned {
    ContractSigned {
        contract,
        number: "K-1".into(),
        offer: None,
        manager: None,
        value: worth(1),
        starts: day(starts),
        ends: ends.map(day),
        notice_days: None,
        renews_itself: false,
        payment_schedule: Vec::new(),
        terms: None,
    }
}

pub(crate) fn complaint(complaint: ComplaintId) -> ComplaintMade {
    ComplaintMade {
        complaint,
        cause: "late delivery".into(),
        text: None,
        severity: None,
        contact: None,
        order: None,
        document: None,
    }
}

pub(crate) fn opened(name: &str) -> AccountOpened {
    AccountOpened {
        name: name.into(),
        stage: Stage::Client,
        country: None,
        sector: None,
        class: None,
        segment: None,
        external_ids: Vec::new(),
        unassigned: false,
    }
}

/// The book that decisions make.
pub(crate) fn book(ops: &[Op]) -> Raw {
    let mut raw = Raw::default();
    for op in ops {
        let who = account(u64::from(op.who));
        match op.what {
            30..=32 => {
                let end = match op.b % 2 {
                    0 => QuotaEnd::Day(day(op.day + op.n % 90)),
                    _ => QuotaEnd::BeforeNext(day(op.day + op.n)),
                };
                let kind = QuotaKind::SalesVolume;
                let target = Target::Value(value(op));
                let set = QuotaSet { kind, target, end, product_group: None };
                match op.b % 3 {
                    0 => raw.on(op.day, team(op.a % 3), set),
                    _ => raw.on(op.day, manager(op.a % 3), set),
                };
            }
            33..=35 => correct(&mut raw, op, who.into(), false),
            36..=38 => correct(&mut raw, op, who.into(), true),
            39 => correct(&mut raw, op, manager(op.a % 3).into(), op.b.is_multiple_of(2)),
            40 => correct(&mut raw, op, team(op.a % 3).into(), op.b.is_multiple_of(2)),
            41 | 42 => organise(&mut raw, op),
            43 | 44 => drop(raw.on(op.day, who, chance(op, who))),
            what => {
                let body = match what {
                    0..=8 => sale(op, who),
                    9..=19 => receivable(&raw, op, who),
                    _ => Some(relationship(op, who)),
                };
                if let Some(body) = body {
                    raw.on(op.day, who, body);
                }
            }
        }
    }
    raw
}

/// Managers join and leave teams, which form, belong to each other and dissolve.
fn organise(raw: &mut Raw, op: &Op) {
    let (mine, other) = (team(op.a % 3), team(u8::try_from(op.n % 3).unwrap()));
    let until = (op.b.is_multiple_of(2)).then(|| day(op.day + op.n % 90));
    let who = manager(u8::try_from(op.n % 3).unwrap());
    match op.b % 9 {
        0..=3 => raw.on(op.day, who, TeamJoined { team: mine, until }),
        4 => raw.on(op.day, who, TeamLeft { team: mine }),
        5 => {
            let parent = (other != mine).then_some(other);
            raw.on(op.day, mine, TeamParentNamed { parent })
        }
        6 | 7 => {
            let kind = if op.b % 9 == 6 { TeamKind::Team } else { TeamKind::Territory };
            raw.on(op.day, mine, TeamFormed { name: format!("T {}", op.a % 3), kind })
        }
        _ => raw.on(op.day, mine, TeamDissolved {}),
    };
}

pub(crate) const STAGES: [&str; 3] = ["seen", "offered", "agreed"];

/// A chance is seen, moves, is won or lost.
fn chance(op: &Op, who: AccountId) -> EventBody {
    let opportunity: OpportunityId = named(who, op.a % 3);
    let by = (op.b.is_multiple_of(3)).then(|| manager(op.a % 3));
    let stage = STAGES[usize::from(op.b % 3)].to_owned();
    let value = (op.b % 4 != 1).then(|| value(op));
    let probability = (op.b % 5 == 2).then(|| "0.35".parse().unwrap());
    let expected_close = (op.b.is_multiple_of(2)).then(|| day(op.day + op.n % 60));
    let (reason, competitor, category) = (None, None, None);
    match op.n % 5 {
        0 | 1 => OpportunityOpened {
            opportunity,
            name: "C".into(),
            product: None,
            stage,
            value,
            probability,
            expected_close,
            category,
            manager: by,
            credit: Vec::new(),
        }
        .into(),
        2 => OpportunityStageChanged {
            opportunity,
            stage,
            value,
            probability,
            expected_close,
            category,
            manager: by,
        }
        .into(),
        3 => OpportunityWon { opportunity, value, manager: by }.into(),
        _ => OpportunityLost { opportunity, reason, competitor, manager: by }.into(),
    }
}

fn value(op: &Op) -> Value {
    let code = if op.b.is_multiple_of(7) { "USD" } else { "EUR" };
    Value::new(op.n * 1_000_001, currency(code))
}

fn sale(op: &Op, who: AccountId) -> Option<EventBody> {
    let by = (op.b.is_multiple_of(3)).then(|| manager(op.a % 3));
    let order = named(who, op.a % 6);
    Some(match op.what {
        0..=3 => {
            let mut it = placed(order, by, &[(4, op.n * 1_000_000), (3, op.n * 30_000)]);
            it.net.currency = value(op).currency;
            // An order's own figure counts, whatever its lines say.
            it.net.micro -= i64::from(op.b % 5) * 7;
            if op.b % 5 == 1 {
                it.credit = shares(op.a);
            }
            it.into()
        }
        4 | 5 => {
            let all = [(0, op.n % 5), (1, 1)];
            delivered(order, if op.b.is_multiple_of(4) { &[] } else { &all }).into()
        }
        6 => OrderCancelled { order, reason: None }.into(),
        7 => {
            let mut it = returned(named(who, op.b), by, value(op));
            it.order = (op.b.is_multiple_of(2)).then_some(order);
            it.into()
        }
        _ => {
            let net = value(op);
            let net = if op.b.is_multiple_of(2) { net } else { net.negated().unwrap() };
            SalesAdjusted { number: "S".into(), net, reason: None, manager: by }.into()
        }
    })
}

fn relationship(op: &Op, who: AccountId) -> EventBody {
    let (activity, kind): (ActivityId, _) = (named(who, op.a % 4), ActivityKind::Visit);
    let later = day(op.day + op.n % 40);
    let occurrence = (op.b.is_multiple_of(3)).then(|| day(op.day + 3));
    match op.what {
        20 => {
            let outcome = [Outcome::NotReached, Outcome::Positive][usize::from(op.b % 2)];
            ActivityHeld {
                occurrence,
                ..ActivityHeld::new(activity, kind, manager(op.b % 3), outcome)
            }
            .into()
        }
        21 => {
            let plan = planned(activity, manager(op.b % 3), op.day + op.n % 40);
            let recurrence = (op.b % 4 == 1).then(|| format!("FREQ=WEEKLY;COUNT={}", op.n % 6 + 1));
            ActivityPlanned { recurrence, ..plan }.into()
        }
        22 if op.b.is_multiple_of(2) => {
            ActivityCancelled { activity, occurrence, reason: None }.into()
        }
        22 => ActivityRescheduled { activity, occurrence, day: later, starts: None, reason: None }
            .into(),
        23 => offered(named(who, op.a % 3), value(op), op.day + op.n % 60).into(),
        24 if op.b.is_multiple_of(2) => {
            let (offer, net) = (named(who, op.a % 3), value(op));
            let lines = Vec::new();
            OfferRevised { offer, version: 2, lines, net, valid_until: later, terms: None }.into()
        }
        24 => OfferDeclined { offer: named(who, op.a % 3), reason: None, competitor: None }.into(),
        25 => complaint(named(who, op.a % 3)).into(),
        26 => {
            let complaint = named(who, op.a % 3);
            ComplaintResolved { complaint, resolution: "done".into(), satisfied: None }.into()
        }
        27 if op.b.is_multiple_of(4) => {
            signed(named(who, op.a % 2), op.day, Some(op.day + op.n)).into()
        }
        27 if op.b % 4 == 1 => {
            let (contract, value) = (named(who, op.a % 2), value(op));
            ContractRenewed { contract, value, starts: later, ends: Some(later) }.into()
        }
        27 => {
            let contract = named(who, op.a % 2);
            ContractTerminated { contract, last_day: later, reason: None }.into()
        }
        28 if op.b.is_multiple_of(8) => AccountClosed { reason: "moved".into() }.into(),
        28 => opened(&format!("Account {}", op.b % 4)).into(),
        29 => {
            let promise = PromiseId::derived("test", &op.b.to_string());
            let (amount, documents) = (euro(op.n), Vec::new());
            PromiseMade { promise, amount, by: later, documents, contact: None }.into()
        }
        _ => {
            let credit = if op.b.is_multiple_of(4) { shares(op.a) } else { Vec::new() };
            AccountAssigned { manager: manager(op.b % 3), credit }.into()
        }
    }
}

/// Voids or amends an earlier event of the stream, if there is one.
fn correct(raw: &mut Raw, op: &Op, stream: StreamId, amend: bool) {
    let of: Vec<EventRef> =
        raw.events.iter().map(|it| it.event).filter(|it| it.stream == stream).collect();
    let Some(it) = of.get(usize::from(op.a) % of.len().max(1)).copied() else {
        return;
    };
    if !amend {
        raw.void(it);
        return;
    }
    let mut body = raw.get(it).data.body.clone();
    if let EventBody::OrderPlaced(order) = &mut body {
        order.net.micro += op.n;
    }
    raw.amend(it, op.day, body);
}
