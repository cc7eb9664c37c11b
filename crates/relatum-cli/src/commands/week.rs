//! `relatum week`: a manager's Monday on one screen.

use clap::Args;
use relatum::domain::ManagerId;
use relatum::{
    CollectionLine, CollectionOptions, PayOptions, PayStatement, PlanLine, QuotaLine, QuotaOptions,
    Sum, Week,
};
use serde_json::{Value, json};

use super::report::plan::word;
use super::report::{per_cent, quota};
use crate::failure::{Exit, Failure};
use crate::output::{Page, Sheet, Shown, Tone, grouped, json as to_json, money, sums};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// How many lines of a list are shown.
const MOST: usize = 8;

/// A manager's week on one screen: plan, whom to contact, overdue money, what ends soon, pace, pay
#[derive(Debug, Args)]
pub(crate) struct WeekCommand {
    /// Whose: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: String,
    #[command(flatten)]
    view: ViewArguments,
}

impl WeekCommand {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { engine, book, point, managers } = session.view(&self.view)?;
        let manager = managers.find(&self.manager)?;
        let week = book.week(manager)?;
        let actions = week.actions.iter();
        let undertaken = actions.map(|it| engine.undertaken(it.event, it.action));
        let undertaken = undertaken.collect::<Result<_, _>>()?;
        let mut overdue = Vec::new();
        for owner in std::iter::once(manager).chain(week.stands_in_for.iter().copied()) {
            let options = CollectionOptions { account: None, manager: Some(owner) };
            overdue.extend(book.collection(&options)?);
        }
        overdue.sort_by_key(|line| std::cmp::Reverse(line.weight));
        let options = QuotaOptions { manager: Some(manager), ..QuotaOptions::default() };
        let mut quotas = book.quota(&options)?.lines;
        quotas.retain(|line| (line.from..=line.to).contains(&point.day));
        let pay = book.pay(&PayOptions { manager })?;
        session.show(&Answer {
            manager,
            week,
            undertaken,
            overdue,
            quotas,
            pay,
            managers,
            point,
        })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    manager: ManagerId,
    week: Week,
    /// What was undertaken, an action of the week after the other, if its key is there.
    undertaken: Vec<Option<String>>,
    overdue: Vec<CollectionLine>,
    quotas: Vec<QuotaLine>,
    pay: Option<PayStatement>,
    managers: Managers,
    point: Viewpoint,
}

impl Answer {
    fn plan(&self) -> Page {
        let mut page = heading("Plan", &count(self.week.planned.len(), "activity", "activities"));
        let mut last = None;
        for PlanLine { account_name: name, activity: it } in &self.week.planned {
            let day = it.day.format("%a %d").to_string();
            let shown = if last == Some(it.day) { String::new() } else { day };
            last = Some(it.day);
            let deputy = if it.manager == self.manager {
                String::new()
            } else {
                format!(" (for {})", self.managers.name(it.manager))
            };
            let purpose = it.purpose.as_deref().map_or(String::new(), |text| format!(": {text}"));
            page = page.pieces(
                18,
                vec![
                    (Tone::Strong, format!("  {shown:<7}")),
                    (Tone::Good, format!("{:<14}", word(&it.kind))),
                    (Tone::Plain, format!("{name}{purpose}{deputy}")),
                ],
            );
        }
        let missed = self.week.missed.iter().map(|PlanLine { account_name, activity }| {
            format!("{} {account_name} of {}", word(&activity.kind), activity.day)
        });
        let missed: Vec<String> = missed.collect();
        if missed.is_empty() {
            return page;
        }
        page.pieces(
            9,
            vec![(Tone::Warning, "  missed ".to_owned()), (Tone::Plain, missed.join("; "))],
        )
    }

    /// Whom to contact by cadence, and what was undertaken.
    fn owed(&self) -> Page {
        let Week { contacts, actions, .. } = &self.week;
        let mut page = Page::default();
        if !contacts.is_empty() {
            let about = count(contacts.len(), "account", "accounts");
            page = page.then(heading("To contact, nothing planned", &about));
            for it in contacts.iter().take(MOST) {
                let last = it.last.map_or("never".to_owned(), |(day, _)| format!("last {day}"));
                let (kind, every) = (word(&it.kind), it.every_days);
                let text = format!(
                    "  {}  {}, a {kind} every {every} days, {last}",
                    it.due, it.account_name
                );
                page =
                    page.toned(if it.overdue_days > 0 { Tone::Warning } else { Tone::Plain }, text);
            }
            page = more(page, contacts.len());
        }
        if !actions.is_empty() {
            page = page.then(heading("Undertaken", &count(actions.len(), "action", "actions")));
            for (it, what) in actions.iter().zip(&self.undertaken).take(MOST) {
                let due = it.due.map_or_else(String::new, |day| day.to_string());
                let by = if it.contact.is_some() { " (by the client)" } else { "" };
                let what = what.as_deref().unwrap_or("(erased)");
                let text = format!("  {due:<10}  {what}: {}{by}", it.account_name);
                page =
                    page.toned(if it.overdue_days > 0 { Tone::Warning } else { Tone::Plain }, text);
            }
            page = more(page, actions.len());
        }
        page
    }

    fn money(&self) -> Page {
        let overdue = Sum::by_currency(
            self.overdue.iter().map(|it| relatum::domain::Amount::Money(it.overdue)),
        );
        let about = if overdue.is_empty() { "none".to_owned() } else { sums(overdue.iter()) };
        let mut page = heading("Overdue", &about);
        for it in self.overdue.iter().take(MOST) {
            let promised = it.promised_ahead.map_or(String::new(), |(amount, day)| {
                format!(", {} promised for {day}", money(amount))
            });
            page = page.line(format!(
                "  {:>18}  {}, oldest {} days{promised}",
                money(it.overdue),
                it.name,
                it.oldest_days
            ));
        }
        more(page, self.overdue.len())
    }

    fn ends(&self) -> Page {
        let Week { offers, contracts, .. } = &self.week;
        let mut page =
            heading("Ending soon", &count(offers.len() + contracts.len(), "thing", "things"));
        for (name, it) in offers {
            let net = money(it.net);
            page =
                page.line(format!("  {}  offer {} over {net}, {name}", it.valid_until, it.number));
        }
        for (name, it) in contracts {
            page = page.line(format!("  {}  contract {}, {name}", it.ends, it.number));
        }
        page
    }

    fn pace(&self) -> Page {
        let mut page = heading("Quotas", &count(self.quotas.len(), "runs", "run"));
        for line in &self.quotas {
            let of_quota = line.attainment_bp.map_or_else(|| "-".to_owned(), per_cent);
            let pace = line.progress.as_ref().map_or(String::new(), |it| {
                let pace = it.pace_bp.map_or_else(|| "-".to_owned(), per_cent);
                let needed = it.needed_per_day.as_ref().map(quota::shown).unwrap_or_default();
                let method = it.method.replace('_', " ");
                format!("; {pace} of the pace by {method}, {needed} a day needed")
            });
            let text = format!(
                "  {}: {} of {} to {}, {of_quota}{pace}",
                quota::kind(line),
                grouped(&line.attained.number()),
                grouped(&line.quota.number()),
                line.to
            );
            page = page.toned(quota::tone(line), text);
        }
        page
    }

    fn pay(&self) -> Page {
        match &self.pay {
            None => heading("Pay", "no plan"),
            Some(it) => {
                let so_far = if it.over { "" } else { " so far" };
                let page = heading("Pay", &format!("{}{so_far}", sums(it.total.iter())));
                it.parts.iter().fold(page, |page, part| {
                    page.line(format!("  {:>18}  {}", money(part.pay), part.name))
                })
            }
        }
    }
}

fn heading(title: &str, about: &str) -> Page {
    let about = (Tone::Faint, format!(" · {about}"));
    Page::default().gap().pieces(0, vec![(Tone::Strong, title.to_owned()), about])
}

/// Says how many of a list are not shown.
fn more(page: Page, all: usize) -> Page {
    match all.saturating_sub(MOST) {
        0 => page,
        more => page.toned(Tone::Faint, format!("  and {more} more")),
    }
}

fn count(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let named = |all: Vec<Value>| -> Vec<Value> {
            all.into_iter().map(|it| self.managers.named(it)).collect()
        };
        let with_name = |(name, it): (&String, Value)| {
            let mut it = it;
            if let Value::Object(fields) = &mut it {
                fields.insert("account_name".to_owned(), name.as_str().into());
            }
            it
        };
        let planned = self.week.planned.iter().map(to_json);
        let missed = self.week.missed.iter().map(to_json);
        let contacts = self.week.contacts.iter().map(to_json);
        let actions = self.week.actions.iter().zip(&self.undertaken).map(|(it, what)| {
            let mut it = to_json(it);
            if let Value::Object(fields) = &mut it {
                fields.insert("what".to_owned(), what.clone().into());
            }
            it
        });
        let offers = self.week.offers.iter().map(|(name, it)| with_name((name, to_json(it))));
        let contracts = self.week.contracts.iter().map(|(name, it)| with_name((name, to_json(it))));
        let overdue = self.overdue.iter().map(|it| {
            json!({
                "account": it.account,
                "name": it.name,
                "overdue": Sum::from(it.overdue),
                "oldest_days": it.oldest_days,
                "reason": it.reason,
            })
        });
        self.point.stamp(json!({
            "manager": self.manager,
            "stands_in_for": self.week.stands_in_for,
            "from": self.week.from,
            "to": self.week.to,
            "planned": named(planned.collect()),
            "missed": named(missed.collect()),
            "to_contact": named(contacts.collect()),
            "actions": named(actions.collect()),
            "overdue": overdue.collect::<Vec<_>>(),
            "offers": offers.collect::<Vec<_>>(),
            "contracts": contracts.collect::<Vec<_>>(),
            "quotas": self.quotas,
            "pay": self.pay,
        }))
    }

    fn lines(&self) -> Vec<Value> {
        let planned = self.week.planned.iter();
        planned.map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        use crate::output::{Cell, Column};
        let columns = vec![
            Column::text("day", "day"),
            Column::text("kind", "kind"),
            Column::text("account", "account"),
            Column::text("purpose", "purpose"),
            Column::programs("event"),
        ];
        let rows = self.week.planned.iter().map(|PlanLine { account_name, activity: it }| {
            vec![
                Cell::day(it.day),
                Cell::text(word(&it.kind)),
                Cell::text(account_name.as_str()),
                Cell::maybe(it.purpose.as_deref()),
                Cell::text(it.event.to_string()),
            ]
        });
        Sheet::new(columns).with(rows)
    }

    fn page(&self) -> Page {
        let Week { from, to, stands_in_for, .. } = &self.week;
        let title = format!("Week of {}, {from} to {to}", self.managers.full(self.manager));
        let page = Page::titled(title, self.point.words());
        let away: Vec<String> = stands_in_for.iter().map(|it| self.managers.full(*it)).collect();
        let page = if away.is_empty() {
            page
        } else {
            page.toned(Tone::Faint, format!("Stands in for {}.", away.join(", ")))
        };
        page.then(self.plan())
            .then(self.owed())
            .then(self.money())
            .then(self.ends())
            .then(self.pace())
            .then(self.pay())
    }
}
