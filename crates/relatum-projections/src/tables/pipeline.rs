//! Chances to sell, what became of them, and by which steps.

use super::cell::TableCell;
use super::fields::{Field, From, Of, Who, currency_of, rate};
use crate::models::Which;
use crate::pipeline::{ChanceStep, KnownChance, category, chance_steps, known_chances};

const PIPELINE: Which = Which { directory: true, pipeline: true, ..Which::NONE };

/// Every chance.
pub(super) static OPPORTUNITIES: Of<(Who, KnownChance)> = Of {
    name: "opportunities",
    about: "a chance to sell, open, won or lost",
    fields: &[
        Field::id("account", "with whom", |it| it.1.account.into()),
        Field::text("account_name", "their name", |it| (&it.0.name).into()),
        Field::id("opportunity", "the chance", |it| it.1.opportunity.into()),
        Field::text("name", "what it is called", |it| it.1.name.as_ref().into()),
        Field::text("product", "the product in question", |it| it.1.product.as_ref().into()),
        Field::id("manager", "who works on it, else who answers for the account", |it| {
            it.1.manager.into()
        }),
        Field::text("state", "`open`, `won` or `lost`", |it| match it.1.ended {
            None => "open".into(),
            Some((_, true)) => "won".into(),
            Some((_, false)) => "lost".into(),
        }),
        Field::text("stage", "how far it is, or came", |it| (&it.1.stage).into()),
        Field::text("category", "how sure it is, of an open one", |it| {
            it.1.outlook.map(|it| category(it.1)).into()
        }),
        Field::number("probability", "how likely it is, of an open one", |it| {
            it.1.outlook.map_or(TableCell::Null, |it| rate(it.0))
        }),
        Field::amount("value", "what it is worth", |it| it.1.value.into()),
        Field::amount("weighted", "value times probability, of an open one", |it| {
            it.1.weighted.into()
        }),
        Field::text("currency", "what amounts are in", |it| currency_of(&it.1.value)),
        Field::day("opened", "from which day it is known", |it| it.1.opened.into()),
        Field::day("expected_close", "when it should close", |it| it.1.expected_close.into()),
        Field::day("ended", "when it was won or lost", |it| it.1.ended.map(|it| it.0).into()),
        Field::text("reason", "why it was won or lost", |it| it.1.reason.as_ref().into()),
        Field::text("competitor", "to whom it was lost", |it| it.1.competitor.as_ref().into()),
        Field::event("event", "the event told last of it", |it| it.1.event.into()),
    ],
    which: |_, _| PIPELINE,
    from: From::Accounts(|from, row| {
        let mut who: Option<Who> = None;
        for it in known_chances(from.part, from.common, from.account, from.view) {
            // Chances come account by account.
            let same = who.take().filter(|who| who.account == it.account);
            let of = same.unwrap_or_else(|| from.who(it.account));
            row(it.account.into(), &(of.clone(), it));
            who = Some(of);
        }
    }),
};

/// What was told of chances.
pub(super) static OPPORTUNITY_STEPS: Of<ChanceStep> = Of {
    name: "opportunity_steps",
    about: "what was told of a chance on a day: a stage, or its end",
    fields: &[
        Field::id("account", "with whom", |it| it.account.into()),
        Field::id("opportunity", "which chance", |it| it.opportunity.into()),
        Field::day("day", "from which day on", |it| it.day.into()),
        Field::text("what", "`stage`, `won` or `lost`", |it| it.what.into()),
        Field::text("stage", "the stage", |it| it.stage.as_ref().into()),
        Field::amount("value", "what it is worth, if that was told", |it| it.value.into()),
        Field::text("currency", "what that is in", |it| currency_of(&it.value)),
        Field::number("probability", "how likely it is, if that was told", |it| {
            it.probability.map_or(TableCell::Null, rate)
        }),
        Field::day("expected_close", "when it should close, if that was told", |it| {
            it.expected_close.into()
        }),
        Field::id("manager", "who works on it, if somebody was named", |it| it.manager.into()),
        Field::text("reason", "why it was won or lost", |it| it.reason.as_ref().into()),
        Field::text("competitor", "to whom it was lost", |it| it.competitor.as_ref().into()),
        Field::instant("recorded_at", "when the log learned of it", |it| it.recorded.into()),
        Field::event("event", "the event", |it| it.event.into()),
    ],
    which: |_, _| PIPELINE,
    from: From::Accounts(|from, row| {
        let steps = chance_steps(from.part, from.account, from.view);
        steps.iter().for_each(|it| row(it.account.into(), it));
    }),
};
