//! How the open pipeline of one day became that of another.

use chrono::NaiveDate;
use relatum_domain::{AccountId, Currency, ManagerId, Policies, View};

use super::{AccountChances, Chance};
use crate::about::About;
use crate::figures::{Column, Contribution, Report, Row, Sink};
use crate::merged;
use crate::models::{Models, Which};

/// Which changes are wanted: of the days from `from` to the day of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaterfallOptions {
    /// The first day.
    pub from: NaiveDate,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only those on which this manager works.
    pub manager: Option<ManagerId>,
}

const COLUMNS: [&str; 8] =
    ["opening", "opened", "raised", "lowered", "moved", "won", "lost", "closing"];
const OPENING: usize = 0;
const OPENED: usize = 1;
const RAISED: usize = 2;
const LOWERED: usize = 3;
const MOVED: usize = 4;
const WON: usize = 5;
const LOST: usize = 6;
const CLOSING: usize = 7;

impl Report for WaterfallOptions {
    fn name(&self) -> &'static str {
        "waterfall"
    }

    fn which(&self, _: &Policies, _: &View) -> Which {
        Which { directory: true, pipeline: true, ..Which::NONE }
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        COLUMNS.map(Column::money).into()
    }

    fn foots(&self, _: &Models, _: &View) -> Vec<(usize, Vec<usize>)> {
        vec![(CLOSING, (0..CLOSING).collect())]
    }

    fn tell(&self, part: &Models, _: &Models, view: &View, to: &mut dyn Sink) {
        for (account, chances) in &part.pipeline.accounts {
            if self.account.is_none_or(|only| only == *account) {
                self.account(part, *account, chances, view, to);
            }
        }
    }
}

/// A chance on a day: in which line it is, and what it is worth there if it is open.
struct Place {
    row: Row,
    currency: Currency,
    open: i128,
}

impl WaterfallOptions {
    /// The changes day by day, each as what a view of the day before and one of the day show.
    fn account(
        &self,
        part: &Models,
        account: AccountId,
        chances: &AccountChances,
        view: &View,
        to: &mut dyn Sink,
    ) {
        let before = self.from.pred_opt().unwrap_or(NaiveDate::MIN);
        for (id, steps) in &chances.chances {
            let seen = |day| {
                let on = View { as_of: day, ..*view };
                let chance = chances.chance(*id, steps, &on)?;
                let answers = part.directory.manager_of(account, &on);
                Some((Snapshot::of(&chance), answers))
            };
            let mut days: Vec<NaiveDate> =
                steps.iter().map(|(stamp, _)| stamp.effective()).collect();
            // Who answers for the account may change without a word of the chance.
            days.push(view.as_of);
            days.retain(|day| self.from <= *day && *day <= view.as_of);
            days.sort_unstable();
            days.dedup();
            let mut then = seen(before);
            self.tell(account, then.as_ref(), OPENING, to);
            for day in days {
                let now = seen(day);
                self.change(account, day, then.as_ref(), now.as_ref(), to);
                then = now;
            }
            self.tell(account, then.as_ref(), CLOSING, to);
        }
    }

    fn place(&self, seen: Option<&(Snapshot, Option<ManagerId>)>) -> Option<Place> {
        let (chance, answers) = seen?;
        let manager = chance.manager.or(*answers);
        if self.manager.is_some_and(|only| Some(only) != manager) {
            return None;
        }
        let open = if chance.ended.is_none() { chance.value } else { 0 };
        Some(Place { row: Row::Manager(manager), currency: chance.currency, open })
    }

    fn tell(
        &self,
        account: AccountId,
        seen: Option<&(Snapshot, Option<ManagerId>)>,
        column: usize,
        to: &mut dyn Sink,
    ) {
        let (Some(place), Some((chance, _))) = (self.place(seen), seen) else { return };
        add(account, chance, &place, column, chance.day, place.open, "open chance", to);
    }

    fn change(
        &self,
        account: AccountId,
        day: NaiveDate,
        then: Option<&(Snapshot, Option<ManagerId>)>,
        now: Option<&(Snapshot, Option<ManagerId>)>,
        to: &mut dyn Sink,
    ) {
        let (before, after) = (self.place(then), self.place(now));
        let Some((chance, _)) = now.or(then) else { return };
        let was_open = then.is_some_and(|(it, _)| it.ended.is_none());
        let same = match (&before, &after) {
            (Some(before), Some(after)) => {
                before.row == after.row && before.currency == after.currency
            }
            _ => false,
        };
        if let (Some(before), Some(after), true) = (&before, &after, same) {
            let change = after.open - before.open;
            let (column, what) = match chance.ended {
                Some(true) if was_open => (WON, "won"),
                Some(false) if was_open => (LOST, "lost"),
                _ if !was_open => (OPENED, "opened again"),
                _ if change < 0 => (LOWERED, "lowered"),
                _ => (RAISED, "raised"),
            };
            return add(account, chance, after, column, day, change, what, to);
        }
        if let Some(before) = &before {
            let gone = -before.open;
            let (column, what) = match chance.ended {
                Some(true) => (WON, "won"),
                Some(false) => (LOST, "lost"),
                None => (MOVED, "to another"),
            };
            add(account, chance, before, column, day, gone, what, to);
        }
        if let Some(after) = &after {
            let (column, what) =
                if was_open { (MOVED, "from another") } else { (OPENED, "opened") };
            add(account, chance, after, column, day, after.open, what, to);
        }
    }
}

/// What a chance is on a day.
struct Snapshot {
    version: u64,
    day: NaiveDate,
    name: Option<String>,
    value: i128,
    currency: Currency,
    manager: Option<ManagerId>,
    /// Whether it was won, if it ended.
    ended: Option<bool>,
}

impl Snapshot {
    fn of(chance: &Chance<'_>) -> Self {
        let (value, currency) = chance.worth();
        Self {
            version: chance.version,
            day: chance.opened,
            name: chance.name.map(str::to_owned),
            value,
            currency,
            manager: chance.manager,
            ended: chance.end.map(|end| end.won),
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "what a line of the sum says")]
fn add(
    account: AccountId,
    chance: &Snapshot,
    place: &Place,
    column: usize,
    day: NaiveDate,
    micro: i128,
    what: &'static str,
    to: &mut dyn Sink,
) {
    let why = || {
        vec![Contribution {
            event: merged::event(account, chance.version),
            day,
            number: chance.name.clone(),
            what,
            micro,
        }]
    };
    if micro != 0 {
        to.add(&place.row, place.currency, column, micro, &why);
    }
}
