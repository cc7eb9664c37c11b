//! Chances to sell: which are open, what they are worth, and what became of the others.
//!
//! A chance is what was told of it last: its stage, value and expected close stay until something
//! else is told. A probability stays with its stage; where none is told, the tenant's rule gives
//! that of the stage, as it is in force on the day of the report. What is won or lost is worth
//! nothing any more; a stage told later opens the chance again.

mod conversion;
mod forecast;
mod known;
mod open;
mod waterfall;

use std::collections::BTreeMap;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::event::opportunity::ForecastCategory;
use relatum_domain::event::policy::StageProbability;
use relatum_domain::gist::{Topic, Topics};
use relatum_domain::{
    AccountId, Corrections, Currency, Day, Gist, ManagerId, Matter, OpportunityId, Rate, Stamp,
    Value, View,
};
use relatum_stream::{EventRef, StreamId};

use crate::directory::{Assignments, seen};
use crate::merged;
use crate::projection::{Projection, all_is_kept};
pub use conversion::{ConversionBy, ConversionOptions};
pub use forecast::{ForecastLine, ForecastOptions, Forecasts};
pub(crate) use known::{ChanceStep, KnownChance, chance_steps, known_chances};
pub(crate) use open::word as category;
pub use open::{OpenChance, PipelineBy, PipelineLine, PipelineOptions, PipelineReport};
pub use waterfall::WaterfallOptions;

/// What was told of a chance.
#[derive(Debug, Clone, Encode, Decode)]
enum Step {
    Stands {
        seen: Option<Seen>,
        stage: String,
        value: Option<Value>,
        probability: Option<Rate>,
        category: Option<ForecastCategory>,
        expected_close: Option<Day>,
        manager: Option<ManagerId>,
    },
    Ended {
        won: bool,
        value: Option<Value>,
        manager: Option<ManagerId>,
        reason: Option<String>,
        competitor: Option<String>,
    },
}

/// What is told when it is first seen.
#[derive(Debug, Clone, Encode, Decode)]
struct Seen {
    name: Option<String>,
    product: Option<String>,
}

#[derive(Debug, Clone, Default, Encode, Decode)]
struct AccountChances {
    chances: BTreeMap<OpportunityId, Vec<(Stamp, Step)>>,
    corrections: Corrections,
}

/// Chances to sell.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub struct Pipeline {
    accounts: BTreeMap<AccountId, AccountChances>,
}

impl Projection for Pipeline {
    all_is_kept!();

    const NAME: &'static str = "pipeline";
    const REVISION: u32 = 1;
    const READS: Topics = Topics::of(&[Topic::Deals]);

    fn fold(&mut self, stream: StreamId, gists: &[&Gist<'_>]) {
        if let Some(account) = AccountId::of_stream(stream) {
            let chances = self.accounts.entry(account).or_default();
            gists.iter().for_each(|gist| chances.take(gist));
        }
    }

    fn join(&mut self, mut others: Self) {
        self.accounts.append(&mut others.accounts);
    }
}

/// A chance that was lost in somebody's favour.
pub(crate) struct LostTo {
    pub(crate) account: AccountId,
    pub(crate) opportunity: OpportunityId,
    pub(crate) day: NaiveDate,
    pub(crate) competitor: String,
    pub(crate) product: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) value: Option<crate::Sum>,
    pub(crate) event: EventRef,
}

impl Pipeline {
    /// Chances that a view shows as lost to somebody who is named.
    pub(crate) fn lost_to(&self, view: &View) -> Vec<LostTo> {
        let mut lost = Vec::new();
        for (account, chances) in &self.accounts {
            for chance in chances.shown(view) {
                let end = chance.end.filter(|end| !end.won);
                let Some((end, competitor)) = end.and_then(|it| Some((it, it.competitor?))) else {
                    continue;
                };
                lost.push(LostTo {
                    account: *account,
                    opportunity: chance.id,
                    day: end.day,
                    competitor: competitor.to_owned(),
                    product: chance.product.map(str::to_owned),
                    name: chance.name.map(str::to_owned),
                    value: chance.value.map(crate::Sum::from),
                    event: merged::event(*account, chance.version),
                });
            }
        }
        lost
    }
}

impl AccountChances {
    fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let (of, step) = match &gist.matter {
            Matter::Chance {
                opportunity,
                stage,
                seen,
                probability,
                category,
                expected_close,
                manager,
            } => {
                let seen = seen
                    .as_ref()
                    .map(|seen| Seen { name: owned(gist.label), product: owned(seen.product) });
                let step = Step::Stands {
                    seen,
                    stage: (*stage).to_owned(),
                    value: gist.value(),
                    probability: *probability,
                    category: *category,
                    expected_close: *expected_close,
                    manager: *manager,
                };
                (*opportunity, step)
            }
            Matter::ChanceEnded { opportunity, won, manager, competitor } => {
                let step = Step::Ended {
                    won: *won,
                    value: gist.value(),
                    manager: *manager,
                    reason: owned(gist.label),
                    competitor: owned(*competitor),
                };
                (*opportunity, step)
            }
            _ => return,
        };
        self.chances.entry(of).or_default().push((gist.stamp, step));
    }

    /// Every chance that a view shows.
    fn shown<'a>(&'a self, view: &'a View) -> impl Iterator<Item = Chance<'a>> + 'a {
        self.chances.iter().filter_map(|(id, steps)| self.chance(*id, steps, view))
    }

    /// One chance, if a view shows it.
    fn chance<'a>(
        &'a self,
        id: OpportunityId,
        steps: &'a [(Stamp, Step)],
        view: &View,
    ) -> Option<Chance<'a>> {
        let mut chance: Option<Chance<'_>> = None;
        for (stamp, step) in seen(steps, &self.corrections, view) {
            match &mut chance {
                Some(chance) => chance.take(stamp, step),
                None => chance = Some(Chance::begins(id, stamp, step)),
            }
        }
        chance
    }
}

impl Pipeline {
    /// How many chances of an account are open.
    pub(crate) fn open_of(&self, account: AccountId, view: &View) -> usize {
        let chances = self.accounts.get(&account).into_iter();
        chances.flat_map(|it| it.shown(view)).filter(|it| it.end.is_none()).count()
    }
}

/// How a chance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End<'a> {
    day: NaiveDate,
    won: bool,
    reason: Option<&'a str>,
    competitor: Option<&'a str>,
}

/// A chance as a view shows it.
#[derive(Debug, Clone)]
struct Chance<'a> {
    id: OpportunityId,
    name: Option<&'a str>,
    product: Option<&'a str>,
    stage: &'a str,
    value: Option<Value>,
    probability: Option<Rate>,
    category: Option<ForecastCategory>,
    expected_close: Option<NaiveDate>,
    manager: Option<ManagerId>,
    /// The day on which it was first told of.
    opened: NaiveDate,
    end: Option<End<'a>>,
    /// The event told last.
    version: u64,
}

impl<'a> Chance<'a> {
    fn begins(id: OpportunityId, stamp: Stamp, step: &'a Step) -> Self {
        let mut chance = Self {
            id,
            name: None,
            product: None,
            stage: "",
            value: None,
            probability: None,
            category: None,
            expected_close: None,
            manager: None,
            opened: stamp.effective(),
            end: None,
            version: stamp.version,
        };
        chance.take(stamp, step);
        chance
    }

    fn take(&mut self, stamp: Stamp, step: &'a Step) {
        self.version = stamp.version;
        match step {
            Step::Stands { seen, stage, value, probability, category, expected_close, manager } => {
                if let Some(Seen { name, product }) = seen {
                    (self.name, self.product) = (name.as_deref(), product.as_deref());
                }
                // What was said of another stage says nothing of this one.
                if self.stage != stage {
                    (self.probability, self.category) = (None, None);
                }
                self.stage = stage;
                self.value = value.or(self.value);
                self.probability = probability.or(self.probability);
                self.category = category.or(self.category);
                self.expected_close = expected_close.map(Day::date).or(self.expected_close);
                self.manager = manager.or(self.manager);
                self.end = None;
            }
            Step::Ended { won, value, manager, reason, competitor } => {
                self.value = value.or(self.value);
                self.manager = manager.or(self.manager);
                self.end = Some(End {
                    day: stamp.effective(),
                    won: *won,
                    reason: reason.as_deref(),
                    competitor: competitor.as_deref(),
                });
            }
        }
    }

    /// Who works on it on a day: whom it names, else who answers for the account.
    fn manager_on(&self, day: NaiveDate, owners: &Assignments<'_>) -> Option<ManagerId> {
        self.manager.or_else(|| owners.on(day).map(|owner| owner.manager))
    }

    /// Its value, in millionths; none told: nothing, in no currency.
    fn worth(&self) -> (i128, Currency) {
        self.value.map_or((0, Currency::NONE), |value| (value.micro.into(), value.currency))
    }

    /// Probability and category: its own, else those of its stage; else nothing is expected.
    fn outlook(&self, stages: &[StageProbability]) -> (Rate, ForecastCategory) {
        let stage = stages.iter().find(|it| it.stage == self.stage);
        let probability = self.probability.or_else(|| Some(stage?.probability));
        let category = self.category.or_else(|| stage?.category);
        (probability.unwrap_or_default(), category.unwrap_or(ForecastCategory::Pipeline))
    }
}
