//! The tenant's rules by the day from which they hold: a fold over the tenant's stream.
//!
//! Owns [`Policies`] and what holds where no rule was set. Knows no account: decisions and reports
//! bring the two together.
//!
//! *Invariant: a rule set today changes no answer for a day before it.*

use std::collections::BTreeSet;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_stream::{EventRef, StreamId, Version};
use serde::{Deserialize, Serialize};

use crate::corrections::Corrections;
use crate::event::pay::PayPlan;
use crate::event::policy::{
    AdvanceRule, AgeBasis, AgingPolicy, AllocationRule, CadenceTarget, CeiSales, ClientRule,
    CreditExcess, CreditOn, CreditOwner, DiscountRule, DunningAfter, DunningLevel, DunningPolicy,
    InAbsence, Pacing, ReturnsCount, SalesCredit, SignalRule, StageProbability,
};
use crate::gist::{Gist, Matter, Programme, Rule, WorkCalendar};
use crate::history::{Stamp, View};
use crate::ids::TenantId;
use crate::money::Currency;

/// A rule that holds, and the event that set it; none: nothing was said, the standard holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce<T> {
    /// What set it.
    pub event: Option<EventRef>,
    /// The rule.
    pub rule: T,
}

macro_rules! in_force {
    ($policies:expr, $view:expr, $kind:ident) => {
        $policies.in_force($view, |rule| match rule {
            Rule::$kind(it) => Some(it.clone()),
            _ => None,
        })
    };
}

/// The tenant's rules.
///
/// # Example
/// ```
/// use relatum_domain::event::policy::AdvanceRule;
/// use relatum_domain::{Policies, View};
/// let none = Policies::default();
/// assert_eq!(none.advance(&View::latest()).rule, AdvanceRule::ProRata);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct Policies {
    rules: Vec<(Stamp, Rule)>,
    corrections: Corrections,
}

impl Policies {
    /// Takes in the next event of the tenant's stream.
    pub fn take(&mut self, gist: &Gist<'_>) {
        self.corrections.learn(gist);
        if let Matter::Rule(rule) = &gist.matter {
            self.rules.push((gist.stamp, rule.clone()));
        }
    }

    /// The rule in force of those that `wanted` takes: the one that holds from the latest day, of
    /// several from one day the one told last.
    fn in_force<T>(&self, view: &View, wanted: impl Fn(&Rule) -> Option<T>) -> InForce<Option<T>> {
        let shown = self.rules.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let wanted = shown.filter_map(|(stamp, rule)| Some((*stamp, wanted(rule)?)));
        let place = |stamp: Stamp| (stamp.day, self.corrections.place(stamp.version));
        let stream = StreamId::from(TenantId::own());
        match wanted.max_by_key(|(stamp, _)| place(*stamp)) {
            Some((stamp, rule)) => {
                let event = EventRef::new(stream, Version(stamp.version));
                InForce { event: Some(event), rule: Some(rule) }
            }
            None => InForce { event: None, rule: None },
        }
    }

    /// How receivables are aged; unless said otherwise by due day, in the standard buckets.
    #[must_use]
    pub fn aging(&self, view: &View) -> InForce<AgingPolicy> {
        let standard =
            || AgingPolicy { basis: AgeBasis::DueDate, bounds: vec![0, 30, 60, 90, 120] };
        in_force!(self, view, Aging).or(standard)
    }

    /// What happens to a credit against an invoice with less open; unless said otherwise it stands
    /// alone, whole.
    #[must_use]
    pub fn credit_excess(&self, view: &View) -> InForce<CreditExcess> {
        in_force!(self, view, CreditExcess).or(|| CreditExcess::WholeStandalone)
    }

    /// How an advance reduces a schedule; unless said otherwise pro rata.
    #[must_use]
    pub fn advance(&self, view: &View) -> InForce<AdvanceRule> {
        in_force!(self, view, Advance).or(|| AdvanceRule::ProRata)
    }

    /// Which items a payment settles that asks for it; unless said otherwise the oldest due first.
    #[must_use]
    pub fn allocation(&self, view: &View) -> InForce<AllocationRule> {
        in_force!(self, view, Allocation).or(|| AllocationRule::OldestDueFirst)
    }

    /// Days past due that are forgiven before an item counts as overdue for credit; unless said
    /// otherwise none.
    #[must_use]
    pub fn overdue_grace(&self, view: &View) -> InForce<u16> {
        in_force!(self, view, OverdueGrace).or(|| 0)
    }

    /// The base currency, if a rule names one.
    #[must_use]
    pub fn base_currency(&self, view: &View) -> InForce<Option<Currency>> {
        let InForce { event, rule } = in_force!(self, view, BaseCurrency);
        InForce { event, rule }
    }

    /// The levels of reminders; unless said otherwise three: a day after the due day, and 14 and
    /// 14 days after the last reminder, free of charge.
    #[must_use]
    pub fn dunning(&self, view: &View) -> InForce<DunningPolicy> {
        in_force!(self, view, Dunning).or(standard_dunning)
    }

    /// Which sales count into the collection effectiveness index; unless said otherwise those of
    /// the period.
    #[must_use]
    pub fn cei_sales(&self, view: &View) -> InForce<CeiSales> {
        in_force!(self, view, CeiSales).or(|| CeiSales::Period)
    }

    /// Who is credited with a sale, and when; unless said otherwise who owned the account when the
    /// order was placed, on that day.
    #[must_use]
    pub fn sales_credit(&self, view: &View) -> InForce<SalesCredit> {
        in_force!(self, view, SalesCredit).or(|| SalesCredit {
            on: CreditOn::Order,
            owner: CreditOwner::AtOrder,
            in_absence: InAbsence::Owner,
            returns: ReturnsCount::WhenReturned,
        })
    }

    /// Which clients are active and which are new; unless said otherwise by twelve months.
    #[must_use]
    pub fn clients(&self, view: &View) -> InForce<ClientRule> {
        in_force!(self, view, Clients).or(|| ClientRule { active_months: 12, new_after_months: 12 })
    }

    /// Against what the progress of a period is held; unless said otherwise its days.
    #[must_use]
    pub fn pacing(&self, view: &View) -> InForce<Pacing> {
        in_force!(self, view, Pacing).or(|| Pacing::CalendarDays)
    }

    /// The pay plan of a name, if there is one.
    #[must_use]
    pub fn pay_plan(&self, name: &str, view: &View) -> InForce<Option<PayPlan>> {
        self.in_force(view, |rule| match rule {
            Rule::PayPlan(plan) if plan.name == name => Some(plan.clone()),
            _ => None,
        })
    }

    /// Probability and category by stage; unless said otherwise nothing is known of any.
    #[must_use]
    pub fn stages(&self, view: &View) -> InForce<Vec<StageProbability>> {
        in_force!(self, view, StageProbability).or(Vec::new)
    }

    /// How often accounts of which class are contacted, from which day on, up to that of the view;
    /// unless said otherwise nothing is asked.
    #[must_use]
    pub fn cadence(&self, view: &View) -> Vec<(NaiveDate, InForce<Vec<CadenceTarget>>)> {
        let shown = self.rules.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let days = shown.filter(|(_, rule)| matches!(rule, Rule::Cadence(_)));
        let days: BTreeSet<NaiveDate> = days.map(|(stamp, _)| stamp.effective()).collect();
        let rule = |day| in_force!(self, &View { as_of: day, ..*view }, Cadence).or(Vec::new);
        days.into_iter().map(|day| (day, rule(day))).collect()
    }

    /// How much may be taken off list prices without asking; unless said otherwise anything.
    #[must_use]
    pub fn discounts(&self, view: &View) -> InForce<Option<Vec<DiscountRule>>> {
        in_force!(self, view, Discounts)
    }

    /// Promotions and bonus programmes as they are known, by name, whether they run or not.
    #[must_use]
    pub fn programmes(&self, view: &View) -> Vec<InForce<Programme>> {
        let shown = self.rules.iter().filter(|(stamp, _)| self.corrections.shows(*stamp, view));
        let names: BTreeSet<&str> = shown
            .filter_map(|(_, rule)| match rule {
                Rule::Programme(it) => Some(it.name.as_str()),
                _ => None,
            })
            .collect();
        let last = |name| {
            let InForce { event, rule } = self.in_force(view, |rule| match rule {
                Rule::Programme(it) if it.name == name => Some(it.clone()),
                _ => None,
            });
            rule.map(|rule| InForce { event, rule })
        };
        names.into_iter().filter_map(last).collect()
    }

    /// When churn signals are worth attention; unless said otherwise by the standard of each, and
    /// a risk looks 91 days ahead.
    #[must_use]
    pub fn signals(&self, view: &View) -> InForce<SignalRule> {
        in_force!(self, view, Signals).or(SignalRule::default)
    }

    /// Which days are worked; unless said otherwise Monday to Friday.
    #[must_use]
    pub fn calendar(&self, view: &View) -> InForce<WorkCalendar> {
        in_force!(self, view, Calendar).or(WorkCalendar::default)
    }
}

impl<T> InForce<Option<T>> {
    fn or(self, standard: impl FnOnce() -> T) -> InForce<T> {
        InForce { event: self.event, rule: self.rule.unwrap_or_else(standard) }
    }
}

fn standard_dunning() -> DunningPolicy {
    let free = |after| DunningLevel { after, fee: None };
    DunningPolicy {
        levels: vec![
            free(DunningAfter::DueDays(1)),
            free(DunningAfter::DaysAfterLast(14)),
            free(DunningAfter::DaysAfterLast(14)),
        ],
        interest_per_year: None,
        day_count: None,
    }
}
