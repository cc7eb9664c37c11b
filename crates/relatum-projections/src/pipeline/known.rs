//! Every chance that a view shows, open or ended, and the steps by which it came to that.

use chrono::NaiveDate;
use relatum_domain::event::opportunity::ForecastCategory;
use relatum_domain::selling::{Chance as Selling, Worth};
use relatum_domain::{AccountId, ManagerId, OpportunityId, Rate, Recorded, View};
use relatum_stream::EventRef;

use super::Step;
use crate::amounts::Sum;
use crate::directory::seen;
use crate::merged;
use crate::models::Models;

/// A chance, and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct KnownChance {
    pub(crate) opportunity: OpportunityId,
    pub(crate) account: AccountId,
    pub(crate) name: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) stage: String,
    /// Who works on it; none named: who answers for the account.
    pub(crate) manager: Option<ManagerId>,
    pub(crate) opened: NaiveDate,
    pub(crate) expected_close: Option<NaiveDate>,
    pub(crate) value: Option<Sum>,
    /// Of an open one, as the open pipeline has it.
    pub(crate) outlook: Option<(Rate, ForecastCategory)>,
    pub(crate) weighted: Option<Sum>,
    /// When it ended, and whether it was won.
    pub(crate) ended: Option<(NaiveDate, bool)>,
    pub(crate) reason: Option<String>,
    pub(crate) competitor: Option<String>,
    /// The event told last.
    pub(crate) event: EventRef,
}

/// What was told of a chance on a day.
#[derive(Debug, Clone)]
pub(crate) struct ChanceStep {
    pub(crate) opportunity: OpportunityId,
    pub(crate) account: AccountId,
    pub(crate) day: NaiveDate,
    /// `stage`, `won` or `lost`.
    pub(crate) what: &'static str,
    pub(crate) stage: Option<String>,
    pub(crate) value: Option<Sum>,
    pub(crate) probability: Option<Rate>,
    pub(crate) expected_close: Option<NaiveDate>,
    pub(crate) manager: Option<ManagerId>,
    pub(crate) reason: Option<String>,
    pub(crate) competitor: Option<String>,
    pub(crate) recorded: Recorded,
    pub(crate) event: EventRef,
}

/// The chances with one account of `part` or with all, account by account.
pub(crate) fn known_chances(
    part: &Models,
    common: &Models,
    only: Option<AccountId>,
    view: &View,
) -> Vec<KnownChance> {
    let stages = common.directory.policies().stages(view).rule;
    let mut known = Vec::new();
    let accounts = part.pipeline.accounts.iter();
    for (account, chances) in accounts.filter(|(it, _)| only.is_none_or(|only| only == **it)) {
        let answers = part.directory.manager_of(*account, view);
        for chance in chances.shown(view) {
            let outlook = chance.end.is_none().then(|| chance.outlook(&stages));
            let weighted = outlook.map(|(probability, _)| {
                let (value, currency) = chance.worth();
                let micro = Worth::of([Selling { value, probability }]).weighted;
                Sum { micro, currency }
            });
            known.push(KnownChance {
                opportunity: chance.id,
                account: *account,
                name: chance.name.map(str::to_owned),
                product: chance.product.map(str::to_owned),
                stage: chance.stage.to_owned(),
                manager: chance.manager.or(answers),
                opened: chance.opened,
                expected_close: chance.expected_close,
                value: chance.value.map(Sum::from),
                outlook,
                weighted: weighted.filter(|_| chance.value.is_some()),
                ended: chance.end.map(|end| (end.day, end.won)),
                reason: chance.end.and_then(|end| end.reason).map(str::to_owned),
                competitor: chance.end.and_then(|end| end.competitor).map(str::to_owned),
                event: merged::event(*account, chance.version),
            });
        }
    }
    known
}

/// What was told of the chances with one account of `part` or with all, account by account, chance
/// by chance, in the order in which it holds.
pub(crate) fn chance_steps(part: &Models, only: Option<AccountId>, view: &View) -> Vec<ChanceStep> {
    let mut all = Vec::new();
    let accounts = part.pipeline.accounts.iter();
    for (account, chances) in accounts.filter(|(it, _)| only.is_none_or(|only| only == **it)) {
        for (opportunity, steps) in &chances.chances {
            for (stamp, step) in seen(steps, &chances.corrections, view) {
                let mut told = ChanceStep {
                    opportunity: *opportunity,
                    account: *account,
                    day: stamp.effective(),
                    what: "stage",
                    stage: None,
                    value: None,
                    probability: None,
                    expected_close: None,
                    manager: None,
                    reason: None,
                    competitor: None,
                    recorded: stamp.recorded,
                    event: merged::event(*account, stamp.version),
                };
                told.take(step);
                all.push(told);
            }
        }
    }
    all
}

impl ChanceStep {
    fn take(&mut self, step: &Step) {
        match step {
            Step::Stands { stage, value, probability, expected_close, manager, .. } => {
                self.stage = Some(stage.clone());
                (self.value, self.probability) = (value.map(Sum::from), *probability);
                self.expected_close = expected_close.map(relatum_domain::Day::date);
                self.manager = *manager;
            }
            Step::Ended { won, value, manager, reason, competitor } => {
                self.what = if *won { "won" } else { "lost" };
                (self.value, self.manager) = (value.map(Sum::from), *manager);
                self.reason.clone_from(reason);
                self.competitor.clone_from(competitor);
            }
        }
    }
}
