//! What was offered and agreed, and what was learnt of competitors.

use chrono::NaiveDate;
use relatum_domain::ContractId;

use super::fields::{Field, From, Of, Who, currency, currency_of};
use crate::agreements::{KnownContract, OfferLine, OfferState, OffersBy, OffersOptions};
use crate::amounts::Sum;
use crate::competitors::{CompetitorLine, CompetitorsBy, CompetitorsOptions, Met};
use crate::models::Which;

const AGREEMENTS: Which = Which { directory: true, agreements: true, ..Which::NONE };

/// Offers and what became of them.
pub(super) static OFFERS: Of<OfferLine> = Of {
    name: "offers",
    about: "an offer in its last version, and what became of it",
    fields: &[
        Field::id("account", "to whom", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.account_name).into()),
        Field::id("offer", "the offer", |it| it.offer.into()),
        Field::text("number", "its number", |it| it.number.as_ref().into()),
        Field::id("opportunity", "the chance that it serves", |it| it.opportunity.into()),
        Field::id("manager", "who made it, else who answered for the account then", |it| {
            it.manager.into()
        }),
        Field::day("made", "when it was made", |it| it.made.into()),
        Field::integer("versions", "how many versions it had", |it| it.versions.into()),
        Field::amount("net", "for how much", |it| it.net.into()),
        Field::text("currency", "what that is in", |it| currency(&it.net.currency)),
        Field::day("valid_until", "its last day", |it| it.valid_until.into()),
        Field::text("state", "`open`, `accepted`, `declined`, `lapsed` or `withdrawn`", |it| {
            let word = match it.state {
                OfferState::Open => "open",
                OfferState::Accepted => "accepted",
                OfferState::Declined => "declined",
                OfferState::Lapsed => "lapsed",
                OfferState::Withdrawn => "withdrawn",
            };
            word.into()
        }),
        Field::day("ended", "when it ended", |it| it.ended.into()),
        Field::text("reason", "why", |it| it.reason.as_ref().into()),
        Field::text("competitor", "in whose favour", |it| it.competitor.as_ref().into()),
        Field::event("event", "the event that ended it, else that made or last revised it", |it| {
            it.event.into()
        }),
    ],
    which: |_, _| AGREEMENTS,
    from: From::Accounts(|from, row| {
        let (account, manager) = (from.account, None);
        let options = OffersOptions { by: OffersBy::Account, from: None, account, manager };
        let lines = options.part(from.part, from.view);
        lines.iter().for_each(|it| row(it.account.into(), it));
    }),
};

/// A contract, as of a day.
pub(super) struct Contract {
    who: Who,
    id: ContractId,
    known: KnownContract,
    as_of: NaiveDate,
}

/// Contracts, running or over.
pub(super) static CONTRACTS: Of<Contract> = Of {
    name: "contracts",
    about: "a contract, running or over",
    fields: &[
        Field::id("account", "with whom", |it| it.who.account.into()),
        Field::text("account_name", "their name", |it| (&it.who.name).into()),
        Field::id("manager", "who answers for the account", |it| it.who.manager.into()),
        Field::id("contract", "the contract", |it| it.id.into()),
        Field::text("number", "its number", |it| (&it.known.number).into()),
        Field::text("state", "`running` or `over`", |it| {
            let runs = it.known.ends.is_none_or(|ends| it.as_of <= ends);
            if runs { "running" } else { "over" }.into()
        }),
        Field::day("signed", "when it was signed", |it| it.known.signed.into()),
        Field::day("ends", "its last day; none: it runs on", |it| it.known.ends.into()),
        Field::day("notice_by", "the last day on which notice can be given", |it| {
            it.known.notice_by().into()
        }),
        Field::integer("renewals", "how often it was made longer", |it| {
            it.known.renewed.len().into()
        }),
        Field::amount("value", "what it is worth", |it| it.known.value.map(Sum::from).into()),
        Field::text("currency", "what that is in", |it| {
            it.known.value.as_ref().map(|value| value.currency.code()).into()
        }),
        Field::event("event", "the event that told its end", |it| it.known.event.into()),
    ],
    which: |_, _| AGREEMENTS,
    from: From::Accounts(|from, row| {
        for (account, id, known) in from.part.agreements.known_contracts(from.account, from.view) {
            let (who, as_of) = (from.who(account), from.view.as_of);
            row(account.into(), &Contract { who, id, known, as_of });
        }
    }),
};

/// What was learnt of competitors.
pub(super) static COMPETITORS: Of<CompetitorLine> = Of {
    name: "competitors",
    about: "something that was learnt of a competitor, or lost to one",
    fields: &[
        Field::id("account", "at whom", |it| it.account.into()),
        Field::text("account_name", "their name", |it| (&it.account_name).into()),
        Field::id("manager", "who answers for the account", |it| it.manager.into()),
        Field::day("day", "on which day", |it| it.day.into()),
        Field::text("competitor", "who the competitor is", |it| (&it.competitor).into()),
        Field::text("what", "`note`, `offer_lost` or `chance_lost`", |it| {
            let word = match it.met {
                Met::Note => "note",
                Met::OfferLost => "offer_lost",
                Met::ChanceLost => "chance_lost",
            };
            word.into()
        }),
        Field::text("segment", "in which segment", |it| it.segment.as_ref().into()),
        Field::text("product", "with which product", |it| it.product.as_ref().into()),
        Field::text("number", "a number or a name", |it| it.number.as_ref().into()),
        Field::amount("lost", "how much was lost", |it| it.lost.into()),
        Field::text("currency", "what that is in", |it| currency_of(&it.lost)),
        Field::event("event", "the event", |it| it.event.into()),
    ],
    which: |_, _| Which { pipeline: true, competitors: true, ..AGREEMENTS },
    from: From::Accounts(|from, row| {
        let (account, manager, competitor) = (from.account, None, None);
        let by = CompetitorsBy::Competitor;
        let options = CompetitorsOptions { by, from: None, account, manager, competitor };
        let lines = options.part(from.part, from.view);
        lines.iter().for_each(|it| row(it.account.into(), it));
    }),
};
