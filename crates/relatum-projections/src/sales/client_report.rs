//! Active and new clients, month by month.

use chrono::{Months, NaiveDate};
use relatum_domain::event::policy::ClientRule;
use relatum_domain::{AccountId, Currency, ManagerId, Policies, View};
use relatum_stream::EventRef;

use super::clients::{self, Counts};
use super::credit::owner_on;
use super::sale::{self, Sale};
use crate::about::About;
use crate::figures::{Column, Contribution, ONE, Report, Row, Sink, month_of};
use crate::merged;
use crate::models::{Models, Which};

/// Which clients are wanted: those of the months from that of `from` to that of the view's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientsOptions {
    /// A day of the first month.
    pub from: NaiveDate,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only clients of this manager.
    pub manager: Option<ManagerId>,
    /// Only goods of this group.
    pub group: Option<String>,
    /// How many months up to the end of each are looked at for who is active; none: as the
    /// tenant's rule says.
    pub active_months: Option<u16>,
    /// After how many months without buying a client is new; none: as the tenant's rule says.
    pub new_after_months: Option<u16>,
}

const ACTIVE: usize = 0;
const NEW: usize = 1;

impl ClientsOptions {
    fn rule(&self, policies: &Policies, view: &View) -> ClientRule {
        let rule = policies.clients(view).rule;
        ClientRule {
            active_months: self.active_months.unwrap_or(rule.active_months),
            new_after_months: self.new_after_months.unwrap_or(rule.new_after_months),
        }
    }

    /// The last days of the months, the last of them no later than the day of the view.
    fn ends(&self, view: &View) -> Vec<NaiveDate> {
        let mut ends = Vec::new();
        let mut month = month_of(self.from);
        while month <= view.as_of {
            let Some(next) = month.checked_add_months(Months::new(1)) else { break };
            ends.push(next.pred_opt().unwrap_or(month).min(view.as_of));
            month = next;
        }
        ends
    }
}

impl Report for ClientsOptions {
    fn name(&self) -> &'static str {
        "clients"
    }

    fn which(&self, policies: &Policies, view: &View) -> Which {
        sale::which(policies, view)
    }

    fn about(&self) -> About {
        About::of(self.account, self.manager)
    }

    fn columns(&self, _: &Models, _: &View) -> Vec<Column> {
        vec![Column::count("active"), Column::count("new")]
    }

    /// Who is active in one month may be so in the next.
    fn adds_up(&self) -> bool {
        false
    }

    fn policies(&self, common: &Models, view: &View) -> Vec<EventRef> {
        let policies = common.directory.policies();
        let credit = policies.sales_credit(view).event;
        credit.into_iter().chain(policies.clients(view).event).collect()
    }

    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink) {
        let policies = common.directory.policies();
        let (credit, rule) = (policies.sales_credit(view).rule, self.rule(policies, view));
        let organisation = common.directory.organisation(view);
        let (group, ends) = (self.group.as_deref(), self.ends(view));
        for (account, sales) in &part.sales.accounts {
            let wanted = self.account.is_none_or(|only| only == *account)
                && part.directory.is_somebody(*account, view);
            if !wanted {
                continue;
            }
            let owners = part.directory.assignments(*account, view);
            let sales = sale::sales_to(part, (*account, sales), credit, policies, view);
            let mut add = |it: Counts, column| {
                let answers = || owner_on(&owners, it.day, &organisation, credit);
                if self.manager.is_none_or(|only| answers() == Some(only)) {
                    say(*account, &sales, it, column, to);
                }
            };
            let active = ends
                .iter()
                .filter_map(|end| clients::active(&sales, group, *end, rule.active_months));
            active.for_each(|it| add(it, ACTIVE));
            let new = clients::new(&sales, group, rule.new_after_months).into_iter();
            let within = month_of(self.from)..=view.as_of;
            new.filter(|it| within.contains(&it.day)).for_each(|it| add(it, NEW));
        }
    }
}

fn say(account: AccountId, sales: &[Sale<'_>], it: Counts, column: usize, to: &mut dyn Sink) {
    let why = || {
        vec![Contribution {
            event: merged::event(account, it.version),
            day: it.day,
            number: sales.get(it.sale).and_then(|sale| sale.number).map(str::to_owned),
            what: if column == ACTIVE { "active client" } else { "new client" },
            micro: ONE,
        }]
    };
    to.add(&Row::From(month_of(it.day)), Currency::NONE, column, ONE, &why);
}
