//! What may be lost with an account, and what stands in its way.

use relatum_domain::Money;
use relatum_domain::event::credit::ExposureKind;
use relatum_domain::receivables::Exposure;

use super::TablePart;
use super::fields::{Field, From, Of, Who, currency, money, share};
use crate::models::Which;
use crate::receivables::{CreditStanding, ExposureOptions, LimitUse};

const CREDIT: Which = Which { directory: true, aging: true, credit: true, ..Which::NONE };

impl TablePart<'_> {
    fn standings(&self) -> Vec<(Who, CreditStanding)> {
        let options = ExposureOptions { account: self.account, ..ExposureOptions::default() };
        let all = CreditStanding::part(self.part, self.common, &options, self.view).into_iter();
        let who = |it: &CreditStanding| Who {
            account: it.account,
            name: it.name.clone(),
            manager: it.manager,
        };
        all.map(|it| (who(&it), it)).collect()
    }
}

/// How an account stands.
pub(super) static CREDIT_STANDING: Of<(Who, CreditStanding)> = Of {
    name: "credit",
    about: "how an account stands that has a limit, a hold or an exposure",
    fields: &[
        Field::id("account", "who", |it| it.0.account.into()),
        Field::text("account_name", "their name", |it| (&it.0.name).into()),
        Field::id("manager", "who answers for the account", |it| it.0.manager.into()),
        Field::flag("held", "whether a hold or an exceeded limit stops its orders", |it| {
            it.1.is_held().into()
        }),
        Field::text(
            "hold_reason",
            "why nothing more is sold on credit, if somebody said so",
            |it| it.1.hold.as_ref().map(|(_, reason)| reason).into(),
        ),
        Field::integer("limits", "how many limits are in force", |it| it.1.limits.len().into()),
        Field::integer("exceeded", "how many of them are exceeded", |it| {
            it.1.limits.iter().filter(|limit| limit.is_exceeded()).count().into()
        }),
        Field::integer("orders", "how many orders are not yet invoiced", |it| {
            it.1.orders.len().into()
        }),
        Field::event("event", "the event that set the hold", |it| {
            it.1.hold.as_ref().map(|(event, _)| *event).into()
        }),
    ],
    which: |_, _| CREDIT,
    from: From::Accounts(|from, row| {
        from.standings().iter().for_each(|it| row(it.0.account.into(), it));
    }),
};

/// An amount of an exposure.
const fn part(of: &Exposure, minor: i64) -> Money {
    Money::new(minor, of.currency)
}

/// What may be lost.
pub(super) static EXPOSURES: Of<(Who, Exposure)> = Of {
    name: "exposures",
    about: "what may be lost with an account in one currency, by kind",
    fields: &[
        Field::id("account", "with whom", |it| it.0.account.into()),
        Field::text("account_name", "their name", |it| (&it.0.name).into()),
        Field::id("manager", "who answers for the account", |it| it.0.manager.into()),
        Field::text("currency", "what amounts are in", |it| currency(&it.1.currency)),
        Field::amount("orders", "ordered, not yet invoiced or drafted", |it| {
            money(part(&it.1, it.1.orders))
        }),
        Field::amount("drafts", "drafted, not yet issued", |it| money(part(&it.1, it.1.drafts))),
        Field::amount("open", "open and not overdue", |it| money(part(&it.1, it.1.open))),
        Field::amount("overdue", "overdue beyond the grace", |it| money(part(&it.1, it.1.overdue))),
        Field::amount("returned", "open again because money came back", |it| {
            money(part(&it.1, it.1.returned))
        }),
        Field::amount("unapplied", "credits that nothing used, negative", |it| {
            money(part(&it.1, it.1.unapplied))
        }),
        Field::amount("total", "all of it", |it| money(part(&it.1, it.1.total()))),
    ],
    which: |_, _| CREDIT,
    from: From::Accounts(|from, row| {
        for (who, standing) in from.standings() {
            for exposure in standing.exposures {
                row(who.account.into(), &(who.clone(), exposure));
            }
        }
    }),
};

/// What a limit is on, in a word.
const fn kind(kind: ExposureKind) -> &'static str {
    match kind {
        ExposureKind::Total => "total",
        ExposureKind::Orders => "orders",
        ExposureKind::Drafts => "drafts",
        ExposureKind::Open => "open",
        ExposureKind::Overdue => "overdue",
        ExposureKind::Returned => "returned",
    }
}

/// How much may be lost.
pub(super) static LIMITS: Of<(Who, LimitUse)> = Of {
    name: "credit_limits",
    about: "a limit in force, and how much of it is used",
    fields: &[
        Field::id("account", "whose", |it| it.0.account.into()),
        Field::text("account_name", "their name", |it| (&it.0.name).into()),
        Field::id("manager", "who answers for the account", |it| it.0.manager.into()),
        Field::text("kind", "on what: `total`, or a kind of exposure", |it| {
            kind(it.1.limit.kind).into()
        }),
        Field::amount("allowed", "how much is allowed", |it| money(it.1.limit.limit)),
        Field::amount("used", "how much there is", |it| money(it.1.used)),
        Field::text("currency", "what amounts are in", |it| currency(&it.1.limit.limit.currency)),
        Field::number("use_share", "what is used, as a share of the limit", |it| {
            share(it.1.share_bp())
        }),
        Field::flag("exceeded", "whether there is more than is allowed", |it| {
            it.1.is_exceeded().into()
        }),
        Field::event("event", "the event that set it", |it| it.1.set_by.into()),
    ],
    which: |_, _| CREDIT,
    from: From::Accounts(|from, row| {
        for (who, standing) in from.standings() {
            for limit in standing.limits {
                row(who.account.into(), &(who.clone(), limit));
            }
        }
    }),
};
