//! What was sold, piece by piece, who is credited with it, how far orders are, what was asked.

use relatum_domain::event::organisation::QuotaKind;
use relatum_domain::{AccountId, Policies, View};

use super::BookAnswer;
use super::BookQuestion;
use super::cell::TableCell;
use super::fields::{Field, From, Of, currency, share};
use crate::figures::Report as _;
use crate::models::Which;
use crate::sales::{
    BacklogLine, BacklogOptions, Credited, Piece, QuotaLine, QuotaOptions, QuotaOwner, SalesBy,
    SalesOptions, Wanted, credited, pieces,
};

/// The projections that sales are read from.
fn sold(policies: &Policies, view: &View) -> Which {
    SalesOptions::by(SalesBy::Account).which(policies, view)
}

/// Each line of goods of a sale.
pub(super) static SALES: Of<Piece> = Of {
    name: "sales",
    about: "goods that were sold, cancelled or returned, or another part of a sale's net",
    fields: &[
        Field::id("account", "who bought", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.account_name).into()),
        Field::day("day", "the day on which it counts", |it| it.day.into()),
        Field::text("what", "`sold`, `cancelled`, `returned` or `adjusted`", |it| {
            it.what.key().into()
        }),
        Field::id("manager", "to whose credit the sale is as a whole", |it| it.manager.into()),
        Field::text("number", "the number of the order or the document", |it| {
            it.number.as_ref().into()
        }),
        Field::text("product", "the product; none: so much the net differs from the lines", |it| {
            it.product.as_ref().into()
        }),
        Field::text("product_group", "its group", |it| it.group.as_ref().into()),
        Field::number("quantity", "how much of it; negative: less", |it| {
            it.quantity.map_or(TableCell::Null, TableCell::Decimal)
        }),
        Field::amount("net", "what counts as sold, before tax; negative: less", |it| {
            TableCell::Decimal(it.net)
        }),
        Field::text("currency", "what that is in", |it| currency(&it.currency)),
        Field::text("reason", "why, of a return or an adjustment", |it| it.reason.as_ref().into()),
        Field::event("event", "the event that it comes from", |it| it.event.into()),
        Field::event("takes_back", "the event of the sale that it takes back", |it| {
            it.takes_back.into()
        }),
    ],
    which: sold,
    from: From::Accounts(|from, row| {
        pieces(from.part, from.common, from.account, from.view, &mut |it| {
            row(it.account.into(), it);
        });
    }),
};

/// Whose credit sales are.
pub(super) static SALES_CREDITS: Of<Credited> = Of {
    name: "sales_credits",
    about: "what one manager or the house is credited with of a sale",
    fields: &[
        Field::id("account", "who bought", |it| it.sale.account.into()),
        Field::text("account_name", "their name", |it| (&it.sale.account_name).into()),
        Field::day("day", "the day on which it counts", |it| it.sale.day.into()),
        Field::text("what", "`sold`, `cancelled`, `returned` or `adjusted`", |it| {
            it.sale.what.key().into()
        }),
        Field::text("number", "the number of the order or the document", |it| {
            it.sale.number.as_ref().into()
        }),
        Field::id("manager", "who is credited; none: the house", |it| it.manager.into()),
        Field::flag(
            "on_top",
            "whether it is an overlay: on top of the whole, outside of every sum",
            |it| it.overlay.into(),
        ),
        Field::amount("credited", "with how much", |it| TableCell::Decimal(it.amount)),
        Field::amount("net", "the whole sale", |it| TableCell::Decimal(it.sale.net)),
        Field::text("currency", "what amounts are in", |it| currency(&it.sale.currency)),
        Field::event("event", "the event that it comes from", |it| it.sale.event.into()),
    ],
    which: sold,
    from: From::Accounts(|from, row| {
        credited(from.part, from.common, from.account, from.view, &mut |it| {
            row(it.sale.account.into(), it);
        });
    }),
};

/// Orders and how far they are.
pub(super) static ORDERS: Of<BacklogLine> = Of {
    name: "orders",
    about: "an order, and how far it is",
    fields: &[
        Field::id("account", "whose", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.account_name).into()),
        Field::id("manager", "who answers for the account", |it| it.manager.into()),
        Field::text("number", "its number", |it| it.number.as_ref().into()),
        Field::day("day", "when it was placed", |it| it.day.into()),
        Field::day("wanted", "when the client wants it", |it| it.wanted.into()),
        Field::id("contract", "under which contract", |it| it.contract.into()),
        Field::amount("ordered", "for how much, before tax", |it| it.ordered.into()),
        Field::amount("delivered", "what is delivered", |it| it.delivered.into()),
        Field::amount("refused", "what was refused at the door", |it| it.refused.into()),
        Field::amount("cancelled", "what was cancelled", |it| it.cancelled.into()),
        Field::amount("open", "what is still to be delivered", |it| it.open.into()),
        Field::text("currency", "what amounts are in", |it| currency(&it.ordered.currency)),
        Field::integer("days_late", "days since it was wanted; none: it is not late", |it| {
            it.days_late.into()
        }),
        Field::event("event", "the event that placed it", |it| it.event.into()),
    ],
    which: |_, _| Which { directory: true, sales: true, ..Which::NONE },
    from: From::Accounts(|from, row| {
        let options = BacklogOptions { wanted: Wanted::All, account: from.account, manager: None };
        let orders = BacklogLine::part(from.part, from.common, &options, from.view);
        orders.iter().for_each(|it| row(it.account.into(), it));
    }),
};

/// What a quota counts, in a word.
const fn counts(kind: &QuotaKind) -> &'static str {
    match kind {
        QuotaKind::SalesVolume => "sales_volume",
        QuotaKind::ActiveClients => "active_clients",
        QuotaKind::NewClients => "new_clients",
    }
}

fn question(account: Option<AccountId>) -> Option<BookQuestion> {
    account.is_none().then(|| BookQuestion::Quota(QuotaOptions::default()))
}

/// What was asked, and what was attained of it.
pub(super) static QUOTAS: Of<QuotaLine> = Of {
    name: "quotas",
    about: "a quota of a manager or a team, and what was attained of it",
    fields: &[
        Field::id("manager", "whose it is, if a manager's", |it| match it.owner {
            QuotaOwner::Manager(manager) => manager.into(),
            QuotaOwner::Team(_) => TableCell::Null,
        }),
        Field::id("team", "whose it is, if a team's", |it| match it.owner {
            QuotaOwner::Manager(_) => TableCell::Null,
            QuotaOwner::Team(team) => team.into(),
        }),
        Field::text("code", "the manager's code, or the team's name", |it| it.code.as_ref().into()),
        Field::text("kind", "`sales_volume`, `active_clients` or `new_clients`", |it| {
            counts(&it.kind).into()
        }),
        Field::text("product_group", "only goods of this group", |it| {
            it.product_group.as_ref().into()
        }),
        Field::day("first_day", "the first day", |it| it.from.into()),
        Field::day("last_day", "the last day", |it| it.to.into()),
        Field::flag("finished", "whether the period is over", |it| it.over.into()),
        Field::amount("quota", "what was asked; counted, where there is no currency", |it| {
            it.quota.into()
        }),
        Field::amount("attained", "what was attained by the day", |it| it.attained.into()),
        Field::text("currency", "what amounts are in; none: they are counted", |it| {
            currency(&it.quota.currency)
        }),
        Field::number("attainment", "what was attained, as a share of the quota", |it| {
            share(it.attainment_bp)
        }),
        Field::text("pacing", "how the days of the period are counted", |it| {
            it.progress.as_ref().map(|it| it.method).into()
        }),
        Field::amount("expected", "what should be attained by now", |it| {
            it.progress.as_ref().and_then(|it| it.expected).into()
        }),
        Field::number("pace", "attainment against what should be by now, as a share", |it| {
            share(it.progress.as_ref().and_then(|it| it.pace_bp))
        }),
        Field::amount("projection", "what it comes to by the end at this pace", |it| {
            it.progress.as_ref().and_then(|it| it.projection).into()
        }),
        Field::amount("needed_per_day", "what each day that is left has to bring", |it| {
            it.progress.as_ref().and_then(|it| it.needed_per_day).into()
        }),
        Field::amount("to_attain", "what is still to be attained", |it| {
            it.coverage.as_ref().map(|it| it.left).into()
        }),
        Field::amount("pipeline", "open chances that should close in the period", |it| {
            it.coverage.as_ref().map(|it| it.open).into()
        }),
        Field::amount("weighted", "the same, by probability", |it| {
            it.coverage.as_ref().map(|it| it.weighted).into()
        }),
        Field::event("event", "the event that set it", |it| it.event.into()),
    ],
    which: |policies, view| {
        let pipeline = Which { pipeline: true, ..Which::NONE };
        QuotaOptions::default().which(policies, view).and(pipeline)
    },
    from: From::Book(question, |answer, row| {
        if let BookAnswer::Quota(report) = answer {
            report.lines.iter().for_each(|it| row(it.owner.into(), it));
        }
    }),
};
