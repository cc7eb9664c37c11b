//! Competitors: what was learnt of them, and what was lost to them.
//!
//! Joins notes with offers that were declined and chances that were lost in somebody's favour.

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::gist::{Topic, Topics};
use relatum_domain::{
    AccountId, Corrections, Currency, Gist, ManagerId, Matter, Policies, Stamp, View,
};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::about::About;
use crate::agreements::{OfferState, OffersBy, OffersOptions};
use crate::directory::seen;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};
use crate::pipeline::LostTo;
use crate::projection::{Projection, all_is_kept};

#[derive(Debug, Clone, Encode, Decode)]
struct Note {
    competitor: String,
    product: Option<String>,
    segment: Option<String>,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
struct Notes {
    notes: Vec<(Stamp, Note)>,
    corrections: Corrections,
}

/// What was learnt of competitors at each account.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Competitors {
    accounts: BTreeMap<AccountId, Notes>,
}

impl Projection for Competitors {
    all_is_kept!();

    const NAME: &'static str = "competitors";
    const REVISION: u32 = 1;
    const READS: Topics = Topics::of(&[Topic::Deals]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        let Some(account) = AccountId::of_stream(stream) else { return };
        let notes = self.accounts.entry(account).or_default();
        for gist in gists {
            notes.corrections.learn(gist);
            if let (Matter::Competitor { product, segment }, Some(competitor)) =
                (&gist.matter, gist.label)
            {
                let owned = |text: &Option<&str>| text.map(str::to_owned);
                let competitor = competitor.to_owned();
                let note = Note { competitor, product: owned(product), segment: owned(segment) };
                notes.notes.push((gist.stamp, note));
            }
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}

/// By what competitors are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CompetitorsBy {
    /// By who they are.
    Competitor,
    /// By the account at which they were met.
    Account,
    /// By the market segment that a note names, else that of the account.
    Segment,
    /// By the product that a note or a chance names.
    Product,
}

/// Which competitors are wanted, from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetitorsOptions {
    /// By what they are told apart.
    pub by: CompetitorsBy,
    /// The first day; none: from the beginning of the book.
    pub from: Option<NaiveDate>,
    /// Only at this account.
    pub account: Option<AccountId>,
    /// Only at accounts for which this manager answers.
    pub manager: Option<ManagerId>,
    /// Only this one.
    pub competitor: Option<String>,
}

/// What it is that tells of a competitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// Something was noted.
    Note,
    /// An offer was declined in their favour.
    OfferLost,
    /// A chance was lost to them.
    ChanceLost,
}

/// Something that was learnt or lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompetitorLine {
    /// On which day.
    pub day: NaiveDate,
    /// Who the competitor is.
    pub competitor: String,
    /// What it is.
    pub met: Met,
    /// At which account.
    pub account: AccountId,
    /// The account's name.
    pub account_name: String,
    /// Who answers for the account.
    pub manager: Option<ManagerId>,
    /// In which segment.
    pub segment: Option<String>,
    /// With which product.
    pub product: Option<String>,
    /// How much was lost; of an offer whose chance was lost too, the chance says it.
    pub lost: Option<crate::Sum>,
    /// A number or a name.
    pub number: Option<String>,
    /// The event; that of a note may say more.
    pub event: EventRef,
}

impl CompetitorsOptions {
    /// What was learnt and lost at the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(&self, part: &Models, view: &View) -> Vec<CompetitorLine> {
        let mut lines = self.notes(part, view);
        let chances = part.pipeline.lost_to(view);
        lines.extend(self.offers(part, &chances, view));
        lines.extend(chances.into_iter().map(|it| CompetitorLine {
            day: it.day,
            competitor: it.competitor,
            met: Met::ChanceLost,
            product: it.product,
            lost: it.value,
            number: it.name,
            ..at(part, it.account, it.event, view)
        }));
        lines.retain(|it| {
            self.from.is_none_or(|from| from <= it.day)
                && self.account.is_none_or(|only| it.account == only)
                && self.manager.is_none_or(|only| it.manager == Some(only))
                && self.competitor.as_ref().is_none_or(|only| it.competitor == *only)
        });
        lines
    }

    fn notes(&self, part: &Models, view: &View) -> Vec<CompetitorLine> {
        let mut lines = Vec::new();
        for (account, notes) in &part.competitors.accounts {
            for (stamp, note) in seen(&notes.notes, &notes.corrections, view) {
                let event = merged::event(*account, stamp.version);
                let line = at(part, *account, event, view);
                lines.push(CompetitorLine {
                    day: stamp.effective(),
                    competitor: note.competitor.clone(),
                    product: note.product.clone(),
                    segment: note.segment.clone().or(line.segment),
                    ..line
                });
            }
        }
        lines
    }

    fn offers(&self, part: &Models, chances: &[LostTo], view: &View) -> Vec<CompetitorLine> {
        let (by, from) = (OffersBy::Competitor, None);
        let offers = OffersOptions { by, from, account: self.account, manager: None };
        let declined = offers.part(part, view).into_iter();
        let declined = declined.filter(|it| it.state == OfferState::Declined);
        let lost = declined.filter_map(|it| {
            Some(CompetitorLine {
                day: it.ended?,
                competitor: it.competitor?,
                met: Met::OfferLost,
                // What is lost with its chance is lost once.
                lost: Some(it.net).filter(|_| {
                    let with = |chance: &LostTo| Some(chance.opportunity) == it.opportunity;
                    !chances.iter().any(|chance| with(chance) && chance.value.is_some())
                }),
                number: it.number,
                ..at(part, it.account, it.event, view)
            })
        });
        lost.collect()
    }

    /// All of them, by day.
    #[must_use]
    pub fn whole(mut lines: Vec<CompetitorLine>) -> Vec<CompetitorLine> {
        lines.sort_by_key(|it| (it.day, it.event));
        lines
    }
}

/// A line of an account with nothing said but where.
fn at(part: &Models, account: AccountId, event: EventRef, view: &View) -> CompetitorLine {
    let profile = part.directory.account(account, view);
    CompetitorLine {
        day: view.as_of,
        competitor: String::new(),
        met: Met::Note,
        account,
        account_name: part.directory.account_name(account, view),
        manager: profile.as_ref().and_then(|it| it.manager),
        segment: profile.and_then(|it| it.segment),
        product: None,
        lost: None,
        number: None,
        event,
    }
}

const NOTES: usize = 0;
const OFFERS: usize = 1;
const CHANCES: usize = 2;
const LOST: usize = 3;

impl Report for CompetitorsOptions {
    fn name(&self) -> &'static str {
        "competitors"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which {
            directory: true,
            agreements: true,
            pipeline: true,
            competitors: true,
            ..Which::NONE
        }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![
            Column::count("notes"),
            Column::count("offers_lost"),
            Column::count("chances_lost"),
            Column::money("lost"),
        ]
    }

    fn tell(&self, part: &Models, _: &Models, view: &View, to: &mut dyn Sink) {
        for line in self.part(part, view) {
            let row = match self.by {
                CompetitorsBy::Competitor => Row::Named(Some(line.competitor.clone())),
                CompetitorsBy::Account => Row::Account(line.account),
                CompetitorsBy::Segment => Row::Named(line.segment.clone()),
                CompetitorsBy::Product => Row::Named(line.product.clone()),
            };
            let (column, what) = match line.met {
                Met::Note => (NOTES, "noted"),
                Met::OfferLost => (OFFERS, "offer lost"),
                Met::ChanceLost => (CHANCES, "chance lost"),
            };
            let lost = line.lost.map_or(0, |sum| sum.micro);
            let currency = line.lost.map_or(Currency::NONE, |sum| sum.currency);
            for (column, micro) in [(column, ONE), (LOST, lost)] {
                let why = || {
                    let (event, day, number) = (line.event, line.day, line.number.clone());
                    vec![Contribution { event, day, number, what, micro }]
                };
                if micro != 0 {
                    to.add(&row, currency, column, micro, &why);
                }
            }
        }
    }
}
