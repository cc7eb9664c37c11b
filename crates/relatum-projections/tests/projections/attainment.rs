//! Who is credited with which sale, when, and what counts as a client: a table a rule.

use relatum_domain::event::account::AccountAssigned;
use relatum_domain::event::document::{CreditNoteIssued, InvoiceIssued, ReceivableDocument};
use relatum_domain::event::line::{InvoiceLine, LineQuantity};
use relatum_domain::event::order::{OrderCancelled, OrderPlaced, OrderRefused};
use relatum_domain::event::organisation::{
    AbsenceStated, QuotaEnd, QuotaKind, QuotaSet, Target, TeamFormed, TeamJoined, TeamKind,
    TeamParentNamed,
};
use relatum_domain::event::policy::{
    ClientRule, CreditOn, CreditOwner, InAbsence, Policy, PolicySet, ReturnsCount, SalesCredit,
};
use relatum_domain::event::settlement::{
    Application, ApplicationKind, PaymentReceived, Reversed, Reversible,
};
use relatum_domain::{
    ContractId, Derived, DocumentId, EventBody, OfferId, OrderId, PaymentId, ReturnId, TenantId,
    View,
};
use relatum_projections::{
    BacklogLine, BacklogOptions, ContractLine, ContractsOptions, QuotaLine, QuotaOptions,
    QuotaReport, Wanted,
};

use crate::generated::{delivered, line, manager, offered, placed, returned, shares, signed, team};
use crate::raw::{Raw, account, day, euro, pieces, worth};

const ONE: i64 = 1_000_000;

fn quota(kind: QuotaKind, target: Target) -> QuotaSet {
    QuotaSet { kind, target, end: QuotaEnd::Day(day(99)), product_group: None }
}

fn sales(euros: i64) -> QuotaSet {
    quota(QuotaKind::SalesVolume, Target::Value(worth(euros * ONE)))
}

fn order(number: u64, euros: i64) -> OrderPlaced {
    placed(OrderId::derived("test", &number.to_string()), None, &[(1, euros * ONE)])
}

fn rule(raw: &mut Raw, policy: Policy) {
    raw.on(-400, TenantId::own(), PolicySet { policy, reason: None });
}

fn credit(on: CreditOn, owner: CreditOwner) -> SalesCredit {
    let (in_absence, returns) = (InAbsence::Owner, ReturnsCount::WhenReturned);
    SalesCredit { on, owner, in_absence, returns }
}

fn lines(raw: &Raw, on: i64) -> Vec<QuotaLine> {
    QuotaReport::of(&raw.models(), &QuotaOptions::default(), &View::as_of(day(on))).lines
}

/// What is attained of each quota, in whole units.
fn attained(raw: &Raw, on: i64) -> Vec<i128> {
    lines(raw, on).iter().map(|it| it.attained.micro / i128::from(ONE)).collect()
}

/// A book in which three managers have a quota, and the first owns the account.
fn three() -> Raw {
    let mut raw = Raw::default();
    for number in 0..3 {
        raw.on(0, manager(number), sales(1_000));
        let code = Some(format!("M-{number}"));
        let joined =
            relatum_domain::event::organisation::ManagerJoined { code, name: None, email: None };
        raw.on(0, manager(number), joined);
    }
    raw.on(-200, account(1), AccountAssigned { manager: manager(0), credit: Vec::new() });
    raw
}

#[test]
fn shares_sum_to_one_with_the_house_and_overlay_is_on_top() {
    let mut raw = three();
    raw.on(1, account(1), OrderPlaced { credit: shares(0), ..order(1, 100) });
    assert_eq!(attained(&raw, 9), [50, 25, 30], "a quarter is the house's");
}

#[test]
fn an_account_may_be_shared_from_a_day_on() {
    let mut raw = three();
    raw.on(5, account(1), AccountAssigned { manager: manager(0), credit: shares(0) });
    raw.on(4, account(1), order(1, 100));
    raw.on(5, account(1), order(2, 1_000));
    assert_eq!(attained(&raw, 9), [600, 250, 300]);
}

#[test]
fn a_team_has_what_its_members_have_and_a_territory_the_whole() {
    let mut raw = three();
    let formed = |kind| TeamFormed { name: "T".into(), kind };
    raw.on(0, team(0), formed(TeamKind::Team));
    raw.on(0, team(1), formed(TeamKind::Team));
    raw.on(0, team(2), formed(TeamKind::Territory));
    raw.on(0, team(0), TeamParentNamed { parent: Some(team(1)) });
    for number in 0..3 {
        raw.on(0, team(number), sales(1_000));
    }
    let member = |of| TeamJoined { team: team(of), until: None };
    raw.on(0, manager(0), member(0));
    raw.on(0, manager(1), member(1));
    raw.on(0, manager(0), member(2));
    raw.on(1, account(1), OrderPlaced { credit: shares(0), ..order(1, 100) });
    let of_teams = |raw: &Raw| {
        let mut lines = lines(raw, 50);
        lines.retain(|it| it.event.stream.kind == relatum_domain::TEAM);
        lines.sort_by_key(|it| (0..3).find(|number| it.event.stream == team(*number).into()));
        lines.iter().map(|it| it.attained.micro / i128::from(ONE)).collect::<Vec<_>>()
    };
    assert_eq!(of_teams(&raw), [50, 75, 100]);
    // The first team leaves the second one, and the first manager the first team.
    raw.on(10, team(0), TeamParentNamed { parent: None });
    raw.on(20, manager(0), relatum_domain::event::organisation::TeamLeft { team: team(0) });
    raw.on(9, account(1), order(2, 1_000));
    raw.on(10, account(1), order(3, 10_000));
    raw.on(20, account(1), order(4, 100_000));
    assert_eq!(of_teams(&raw), [11_050, 1_075, 111_100]);
}

#[test]
fn in_absence_the_policy_says_whose_it_is() {
    let mut raw = three();
    let away = AbsenceStated { until: day(10), deputy: Some(manager(1)), reason: None };
    raw.on(5, manager(0), away);
    raw.on(4, account(1), order(1, 1));
    raw.on(5, account(1), order(2, 10));
    raw.on(10, account(1), order(3, 100));
    raw.on(11, account(1), order(4, 1_000));
    assert_eq!(attained(&raw, 50), [1_111, 0, 0]);
    let credit = credit(CreditOn::Order, CreditOwner::AtOrder);
    rule(&mut raw, Policy::SalesCredit(SalesCredit { in_absence: InAbsence::Deputy, ..credit }));
    assert_eq!(attained(&raw, 50), [1_001, 110, 0]);
}

#[test]
fn returns_count_when_they_come_or_when_the_goods_were_sold() {
    let mut raw = three();
    raw.on(100, manager(0), QuotaSet { end: QuotaEnd::Day(day(199)), ..sales(1_000) });
    raw.on(90, account(1), order(1, 100));
    raw.on(95, account(1), AccountAssigned { manager: manager(1), credit: Vec::new() });
    let back = returned(ReturnId::derived("test", "1"), None, worth(30 * ONE));
    let order = Some(OrderId::derived("test", "1"));
    raw.on(110, account(1), relatum_domain::event::order::GoodsReturned { order, ..back });
    assert_eq!(attained(&raw, 150), [100, -30, 0, 0], "off whoever sold them");
    let credit = credit(CreditOn::Order, CreditOwner::AtOrder);
    let when_sold = SalesCredit { returns: ReturnsCount::WhenSold, ..credit };
    rule(&mut raw, Policy::SalesCredit(when_sold));
    assert_eq!(attained(&raw, 150), [70, 0, 0, 0]);
}

fn invoice(number: &str, gross: i64, net: i64) -> ReceivableDocument {
    let id = DocumentId::derived("test", number);
    let mut it = ReceivableDocument::new(id, number, euro(gross * 100));
    it.net = Some(euro(net * 100));
    it
}

fn paid(number: &str, of: &str, cents: i64) -> EventBody {
    let applied = Application {
        document: DocumentId::derived("test", of),
        installment: None,
        account: None,
        amount: euro(cents),
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    };
    let mut it = PaymentReceived::new(PaymentId::derived("test", number), euro(cents));
    it.applications = vec![applied];
    it.into()
}

#[test]
fn an_invoice_gives_its_net_and_a_reversal_takes_it_back() {
    let mut raw = three();
    rule(&mut raw, Policy::SalesCredit(credit(CreditOn::Invoice, CreditOwner::AtInvoice)));
    raw.on(1, account(1), order(1, 7));
    raw.on(2, account(1), InvoiceIssued(invoice("R-1", 119, 100)));
    assert_eq!(attained(&raw, 50)[0], 100, "orders give no credit here");
    let what = Reversible::Document(DocumentId::derived("test", "R-1"));
    raw.on(60, account(1), Reversed { what, reason: "wrong client".into() });
    assert_eq!([59, 60].map(|on| attained(&raw, on)[0]), [100, 0]);
}

#[test]
fn payments_give_net_in_proportion_and_all_of_it_when_all_is_paid() {
    let mut raw = three();
    rule(&mut raw, Policy::SalesCredit(credit(CreditOn::Payment, CreditOwner::AtPayment)));
    raw.on(1, account(1), InvoiceIssued(invoice("R-1", 119, 100)));
    raw.on(2, account(1), paid("P-1", "R-1", 39_67));
    raw.on(3, account(1), AccountAssigned { manager: manager(1), credit: Vec::new() });
    raw.on(4, account(1), paid("P-2", "R-1", 39_67));
    raw.on(5, account(1), paid("P-3", "R-1", 39_66));
    let micro = |on| lines(&raw, on).iter().map(|it| it.attained.micro).collect::<Vec<_>>();
    assert_eq!(micro(1), [0, 0, 0]);
    assert_eq!(micro(2), [33_336_134, 0, 0], "39.67 x 100 / 119");
    assert_eq!(micro(5), [33_336_134, 66_663_866, 0], "100 in all; who owns it when it is paid");
}

#[test]
fn quantities_and_product_groups_are_counted_by_lines() {
    let mut raw = Raw::default();
    let tea = Some("tea".to_owned());
    let all = QuotaSet { product_group: tea.clone(), ..sales(1_000) };
    raw.on(0, manager(0), all);
    let pieces_of_all = quota(QuotaKind::SalesVolume, Target::Quantity(pieces(50)));
    raw.on(1, manager(0), pieces_of_all.clone());
    raw.on(2, manager(0), QuotaSet { product_group: tea.clone(), ..pieces_of_all });
    let mut sold = order(1, 0);
    sold.manager = Some(manager(0));
    sold.lines = vec![line("a", 20, 300 * ONE), line("b", 5, 40 * ONE)];
    sold.lines[0].group = tea;
    sold.net = worth(340 * ONE);
    raw.on(3, account(1), sold);
    assert_eq!(attained(&raw, 9), [300, 25, 20]);
    let order = OrderId::derived("test", "1");
    raw.on(4, account(1), OrderCancelled { order, reason: None });
    assert_eq!(attained(&raw, 9), [0, 0, 0]);
}

#[test]
fn clients_are_active_and_new_by_months() {
    let mut raw = Raw::default();
    let active_months = 3;
    rule(&mut raw, Policy::Clients(ClientRule { active_months, new_after_months: 6 }));
    raw.on(0, manager(0), quota(QuotaKind::ActiveClients, Target::Count(4)));
    raw.on(1, manager(0), quota(QuotaKind::NewClients, Target::Count(2)));
    for number in 1..=4 {
        let assigned = AccountAssigned { manager: manager(0), credit: Vec::new() };
        raw.on(-300, account(number), assigned);
    }
    // Day 0 is the first of January: the end of the window is day 99, the tenth of April.
    raw.on(9, account(1), order(1, 10));
    raw.on(10, account(2), order(2, 10));
    raw.on(20, account(2), order(3, 10));
    raw.on(50, account(3), order(4, 10));
    raw.on(51, account(3), returned(ReturnId::derived("t", "1"), None, worth(10 * ONE)));
    raw.on(-150, account(4), order(5, 10));
    raw.on(60, account(4), order(6, 10));
    assert_eq!(attained(&raw, 99), [2, 4], "2 and 4 are active; 4 bought seven months before");
    assert_eq!(attained(&raw, 9), [1, 1], "up to the day of the report");
    raw.on(-100, account(4), order(7, 10));
    assert_eq!(attained(&raw, 99), [2, 3], "five months before: not new");
    let cancelled = OrderCancelled { order: OrderId::derived("test", "1"), reason: None };
    raw.on(12, account(1), cancelled);
    assert_eq!(attained(&raw, 99), [2, 2], "cancelled to nothing: no purchase");
}

#[test]
fn what_changed_since_it_was_paid_for_has_a_cause() {
    let mut raw = three();
    let first = raw.on(1, account(1), order(1, 100));
    raw.on(2, account(1), order(2, 1_000));
    let paid_at = Some(raw.known(raw.events.len()));
    raw.on(3, account(1), order(3, 10_000));
    raw.void(first);
    raw.on(2, account(1), AccountAssigned { manager: manager(1), credit: Vec::new() });
    let options = QuotaOptions { paid_at, ..QuotaOptions::default() };
    let report = QuotaReport::of(&raw.models(), &options, &View::as_of(day(50)));
    let causes = |at: usize| report.lines[at].paid.unwrap().map(|it| it.micro / i128::from(ONE));
    assert_eq!(causes(0), [1_100, 0, -100, -1_000], "as paid, late, corrected, shared anew");
    assert_eq!(causes(1), [0, 10_000, 0, 1_000]);
}

#[test]
fn a_reversed_credit_note_raises_what_its_lines_lowered() {
    let mut raw = Raw::default();
    rule(&mut raw, Policy::SalesCredit(credit(CreditOn::Invoice, CreditOwner::AtInvoice)));
    let quantity = quota(QuotaKind::SalesVolume, Target::Quantity(pieces(50)));
    raw.on(0, manager(0), quantity);
    raw.on(0, account(1), AccountAssigned { manager: manager(0), credit: Vec::new() });
    let with_lines = |number: &str| {
        let mut it = invoice(number, 119, 100);
        let line = line("p", 10, 100 * ONE);
        it.lines = vec![InvoiceLine { line, order: None, order_line: None, delivery: None }];
        it
    };
    raw.on(1, account(1), InvoiceIssued(with_lines("R-1")));
    let note = CreditNoteIssued {
        document: with_lines("C-1"),
        against: None,
        applications: Vec::new(),
        reason: None,
    };
    raw.on(2, account(1), note);
    let what = Reversible::Document(DocumentId::derived("test", "C-1"));
    raw.on(3, account(1), Reversed { what, reason: "a mistake".into() });
    assert_eq!([1, 2, 3].map(|on| attained(&raw, on)[0]), [10, 0, 10]);
}

#[test]
fn an_order_is_delivered_refused_cancelled_or_open() {
    let mut raw = Raw::default();
    let id = |number: &str| OrderId::derived("test", number);
    let mut two = placed(id("1"), None, &[(4, 400 * ONE), (10, 1_000 * ONE)]);
    two.wanted = Some(day(10));
    raw.on(0, account(1), two);
    raw.on(0, account(1), placed(id("2"), None, &[(1, 50 * ONE)]));
    raw.on(3, account(1), delivered(id("1"), &[(0, 2), (1, 10)]));
    let lines = vec![LineQuantity { line: 1, quantity: pieces(3) }];
    let refused = OrderRefused { order: id("1"), delivery: None, lines, reason: "wet".into() };
    raw.on(5, account(1), refused);
    raw.on(8, account(1), delivered(id("2"), &[]));
    let orders = |on, wanted| {
        let (models, view) = (raw.models(), View::as_of(day(on)));
        let options = BacklogOptions { wanted, ..BacklogOptions::default() };
        let lines = BacklogLine::whole(BacklogLine::part(&models, &models, &options, &view));
        let euros = |sum: relatum_projections::Sum| sum.micro / i128::from(ONE);
        let line = |it: &BacklogLine| {
            (euros(it.delivered), euros(it.refused), euros(it.open), it.days_late)
        };
        lines.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(orders(4, Wanted::Open), [(1_200, 0, 200, None), (0, 0, 50, None)]);
    assert_eq!(orders(7, Wanted::All)[0], (900, 300, 500, None));
    assert_eq!(orders(12, Wanted::Late), [(900, 300, 500, Some(2))]);
    raw.on(13, account(1), OrderCancelled { order: id("1"), reason: None });
    let models = raw.models();
    let all = BacklogOptions::default();
    assert!(BacklogLine::part(&models, &models, &all, &View::as_of(day(13))).is_empty());
}

#[test]
fn a_contract_that_ends_says_whether_anybody_talks() {
    let mut raw = Raw::default();
    let contract = ContractId::derived("test", "K");
    let mut it = signed(contract, 0, Some(100));
    it.notice_days = Some(30);
    raw.on(0, account(1), it);
    let mut under = order(1, 700);
    under.contract = Some(contract);
    raw.on(5, account(1), under);
    let lines = |raw: &Raw, on, silent| {
        let (models, view) = (raw.models(), View::as_of(day(on)));
        let (account, manager) = (None, None);
        let options = ContractsOptions { within: 60, silent, account, manager };
        ContractLine::whole(ContractLine::part(&models, &models, &options, &view))
    };
    assert!(lines(&raw, 39, false).is_empty(), "it ends in 61 days");
    let found = lines(&raw, 40, true);
    assert_eq!((found[0].contract.ends, found[0].contract.notice_by), (day(100), Some(day(70))));
    assert_eq!(found[0].ordered[0].micro, i128::from(700 * ONE));
    raw.on(41, account(1), offered(OfferId::derived("test", "O"), worth(ONE), 90));
    assert!(lines(&raw, 42, true).is_empty(), "an offer stands");
    assert_eq!(lines(&raw, 42, false)[0].offers, 1);
    assert_eq!(lines(&raw, 91, true).len(), 1, "it has lapsed");
}
