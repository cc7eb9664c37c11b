//! What was sold, who is credited with it, and what was asked.
//!
//! A sale counts when the tenant's policy says: on the day of the order, of the invoice, or of the
//! payment. What is cancelled counts on the day of the cancellation, against whoever the order was
//! credited to. Returns count on their own day, or in the period of their sale, by policy. A second
//! order or return under the id of one that holds does not count: one identity is one sale.

mod backlog;
mod bought;
mod client_report;
mod clients;
mod cohorts;
mod coverage;
mod credit;
mod goals;
mod margin;
mod names;
mod order;
mod pay;
mod periods;
mod pieces;
mod programmes;
mod progress;
mod quota;
mod report;
mod retention;
mod returns;
mod sale;
mod year_on_year;

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::gist::{Goods, Takes, Topic, Topics};
use relatum_domain::{
    AccountId, Amount, DocumentId, Gist, ManagerId, Matter, OrderId, PaperKind, ReturnId, Stamp,
    TeamId, TenantId, Value, View, Voids,
};
use relatum_stream::StreamId;

use crate::made::Made;
use crate::projection::{Projection, all_is_kept};
pub use backlog::{BacklogLine, BacklogOptions, Wanted};
pub(crate) use bought::{Back, Bought, BoughtDay};
pub use client_report::ClientsOptions;
pub use cohorts::CohortsOptions;
pub use coverage::Coverage;
use goals::Goals;
pub use margin::{SoldPart, WHOLE};
use names::{Name, Names};
use order::Order;
pub use pay::{Heard, PayHeard, PayItem, PayOptions, PayPart, PayStatement};
pub use periods::{Period, RetentionBy};
pub(crate) use pieces::{Credited, Piece, credited, pieces};
pub use programmes::{ProgrammesBy, ProgrammesOptions};
pub use progress::{Progress, Season};
use quota::QuotaPeriods;
pub use quota::{QuotaLine, QuotaOptions, QuotaOwner, QuotaReport};
pub use report::{SalesBy, SalesOptions};
pub use retention::RetentionOptions;
pub use returns::{ReturnsBy, ReturnsOptions};
pub use year_on_year::{Periodic, YearOnYear};

/// Goods as rows keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Line {
    product: Name,
    group: Name,
    /// In millionths.
    quantity: i64,
    /// In millionths.
    net: i64,
}

fn lines(goods: &[Goods<'_>], names: &mut Names) -> Vec<Line> {
    let line = |it: &Goods<'_>| Line {
        product: names.keep(Some(it.product)),
        group: names.keep(it.group),
        quantity: it.quantity.micro(),
        net: it.net,
    };
    goods.iter().map(line).collect()
}

/// A return or an adjustment.
#[derive(Debug, Clone, Encode, Decode)]
struct Change {
    stamp: Stamp,
    number: Option<String>,
    manager: Option<ManagerId>,
    /// What is known of where it comes from.
    order: Option<OrderId>,
    reason: Option<String>,
    /// With its sign.
    net: Value,
    /// Positive where it lowers sales too.
    lines: Vec<Line>,
}

/// A document that charges for goods, or takes a charge back.
#[derive(Debug, Clone, Encode, Decode)]
struct Paper {
    stamp: Stamp,
    number: Option<String>,
    manager: Option<ManagerId>,
    /// The first order that it charges for.
    order: Option<OrderId>,
    /// Before tax, with its sign.
    net: Value,
    /// With tax, in millionths, without sign.
    gross: i128,
    lines: Vec<Line>,
}

/// What was sold to one account.
#[derive(Debug, Clone, Default, Encode, Decode)]
struct AccountSales {
    orders: BTreeMap<OrderId, Order>,
    returned: BTreeMap<ReturnId, Vec<Change>>,
    adjusted: Vec<Change>,
    papers: BTreeMap<DocumentId, Vec<Paper>>,
    reversed: BTreeMap<DocumentId, Vec<Stamp>>,
    names: Names,
    voids: Voids,
}

/// What was sold, and what was asked.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Sales {
    accounts: BTreeMap<AccountId, AccountSales>,
    managers: BTreeMap<ManagerId, Goals>,
    teams: BTreeMap<TeamId, Goals>,
    costs: programmes::Costs,
    #[bitcode(skip)]
    asked: Made<(View, QuotaOptions), QuotaPeriods>,
}

impl Projection for Sales {
    all_is_kept!();

    const NAME: &'static str = "sales";
    const REVISION: u32 = 2;
    const READS: Topics = Topics::of(&[Topic::Goods, Topic::Papers]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        self.asked = Made::default();
        if let Some(account) = AccountId::of_stream(stream) {
            let sales = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| sales.take(gist));
        } else if let Some(manager) = ManagerId::of_stream(stream) {
            let goals = self.managers.entry(manager).or_default();
            gists.iter().for_each(|gist| goals.take(gist));
        } else if let Some(team) = TeamId::of_stream(stream) {
            let goals = self.teams.entry(team).or_default();
            gists.iter().for_each(|gist| goals.take(gist));
        } else if stream == StreamId::from(TenantId::own()) {
            gists.iter().for_each(|gist| self.costs.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.asked = Made::default();
        self.accounts.append(&mut others.accounts);
        self.managers.append(&mut others.managers);
        self.teams.append(&mut others.teams);
        self.costs.join(others.costs);
    }
}

impl AccountSales {
    fn take(&mut self, gist: &Gist<'_>) {
        self.voids.learn(gist);
        let (stamp, orders, names) = (gist.stamp, &mut self.orders, &mut self.names);
        let number = || gist.label.map(str::to_owned);
        match (&gist.matter, gist.value()) {
            (
                Matter::Ordered { order, manager, credit, lines: goods, wanted, contract, .. },
                Some(net),
            ) => orders.entry(*order).or_default().place(order::Placed {
                stamp,
                number: number(),
                manager: *manager,
                credit: credit.clone(),
                net,
                lines: lines(goods, names),
                wanted: *wanted,
                contract: *contract,
            }),
            (Matter::Refused { order, lines }, _) => {
                orders.entry(*order).or_default().refuse(stamp, lines, gist.label);
            }
            (Matter::Delivered { order, lines }, _) => {
                orders.entry(*order).or_default().deliver(stamp, lines);
            }
            (Matter::OrderCancelled(order), _) => orders.entry(*order).or_default().cancel(stamp),
            (Matter::Returned { goods_return, manager, order, reason, lines, .. }, Some(net)) => {
                self.returned.entry(*goods_return).or_default().push(Change {
                    stamp,
                    number: number(),
                    manager: *manager,
                    order: *order,
                    reason: reason.map(str::to_owned),
                    net: Value::new(net.micro.saturating_neg(), net.currency),
                    lines: self::lines(lines, names),
                })
            }
            (Matter::Adjusted { manager, reason }, Some(net)) => self.adjusted.push(Change {
                stamp,
                number: number(),
                manager: *manager,
                order: None,
                reason: reason.map(str::to_owned),
                net,
                lines: Vec::new(),
            }),
            (Matter::Document(paper) | Matter::Credit(paper, _), _) => self.charge(gist, paper),
            (Matter::Reversed(Takes::Document(document)), _) => {
                self.reversed.entry(*document).or_default().push(stamp);
            }
            _ => {}
        }
    }

    fn charge(&mut self, gist: &Gist<'_>, paper: &relatum_domain::gist::Paper<'_>) {
        let lowers = match paper.kind {
            PaperKind::Invoice | PaperKind::DebitNote => false,
            PaperKind::CreditNote => true,
            PaperKind::Interest | PaperKind::Opening => return,
        };
        let Some(gross) = gist.money() else { return };
        // Where no net is stated, the lines say it; where there are none, nothing is known of tax.
        let lines = lines(&paper.lines, &mut self.names);
        let net = paper.net.map(|net| Amount::Money(net).micro());
        let of_lines = || {
            let sum = lines.iter().map(|line| i128::from(line.net)).sum();
            (!lines.is_empty()).then_some(sum)
        };
        let gross_micro = Amount::Money(gross).micro();
        let net = net.or_else(of_lines).unwrap_or(gross_micro);
        let net = i64::try_from(if lowers { -net } else { net }).unwrap_or(i64::MAX);
        self.papers.entry(paper.document).or_default().push(Paper {
            stamp: gist.stamp,
            number: gist.label.map(str::to_owned),
            manager: paper.manager,
            order: paper.charges.first().map(|charge| charge.order),
            net: Value::new(net, gross.currency),
            gross: gross_micro,
            lines,
        });
    }
}

/// The first row told that holds, if a view shows it. One identity is one row, from whatever day
/// it is looked at.
fn first<'a, R>(
    rows: &'a [R],
    stamp: impl Fn(&R) -> Stamp,
    voids: &Voids,
    view: &View,
) -> Option<&'a R> {
    let ever = View { as_of: NaiveDate::MAX, ..*view };
    let first = rows.iter().find(|row| voids.shows(stamp(row), &ever));
    first.filter(|row| view.sees(stamp(row)))
}
