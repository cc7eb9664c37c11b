//! `relatum report pay`: what managers are paid for a period, and for what.

use clap::Args;
use relatum::domain::Currency;
use relatum::{PayItem, PayOptions, PayPart, PayStatement, Sum};
use serde_json::{Value, json};

use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{
    Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json, money, sums,
};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// What managers are paid for the period that runs on the day, and for what
///
/// Of one manager a statement of which every line names its event; of all a line for each. The plan
/// and its terms are those in force on the last day of the period.
#[derive(Debug, Args)]
pub(crate) struct Pay {
    /// The statement of this manager: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    #[command(flatten)]
    view: ViewArguments,
}

impl Pay {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        if let Some(text) = self.manager {
            let manager = managers.find(&text)?;
            let statement = book.pay(&PayOptions { manager })?;
            session.show(&One { statement, managers, point })?;
            return Ok(Exit::Done);
        }
        let mut statements = Vec::new();
        for (manager, _) in book.managers()? {
            statements.extend(book.pay(&PayOptions { manager })?);
        }
        statements.sort_by_key(|it| managers.name(it.manager));
        session.show(&All { statements, managers, point })?;
        Ok(Exit::Done)
    }
}

struct One {
    statement: Option<PayStatement>,
    managers: Managers,
    point: Viewpoint,
}

fn number(sum: &Sum) -> Cell {
    Cell::of(grouped(&sum.rounded().number()), sum.number())
}

/// `of 100,000.00 EUR, 95.00 %`, as far as that is known.
fn progress(part: &PayPart) -> String {
    let attained = match part.attained.currency {
        Currency::NONE => grouped(&part.attained.number()),
        _ => money(part.attained),
    };
    match (part.quota, part.attainment_bp) {
        (Some(quota), Some(bp)) => {
            format!("{attained} of {}, {}", grouped(&quota.number()), per_cent(bp))
        }
        _ => attained,
    }
}

fn sheet(parts: &[&PayPart]) -> Sheet {
    let columns = vec![
        Column::programs("component"),
        Column::text("day", "day"),
        Column::text("number", "document"),
        Column::text("what", "what"),
        Column::text("reason", "paid because"),
        Column::number("tier", "tier"),
        Column::number("amount", "for"),
        Column::number("pay", "pay"),
        Column::programs("event"),
    ];
    let row = |(part, it): (&PayPart, &PayItem)| {
        let reason = to_json(&it.reason).as_str().unwrap_or_default().replace('_', " ");
        let pay = number(&it.pay);
        vec![
            Cell::text(part.name.as_str()),
            Cell::day(it.day),
            Cell::maybe(it.number.as_deref()),
            Cell::text(it.what),
            Cell::of(reason, to_json(&it.reason)),
            Cell::number(it.tier.and_then(|tier| i64::try_from(tier).ok())),
            number(&it.amount),
            if it.pay.micro < 0 { pay.tone(Tone::Warning) } else { pay },
            Cell::text(it.event.map(|event| event.to_string()).unwrap_or_default()),
        ]
    };
    let items = parts.iter().flat_map(|part| part.items.iter().map(|item| (*part, item)));
    Sheet::new(columns).with(items.map(row))
}

impl Shown for One {
    fn document(&self) -> Value {
        let statement = self.statement.as_ref().map(|it| self.managers.named(to_json(it)));
        self.point.stamp(json!({ "statement": statement }))
    }

    fn lines(&self) -> Vec<Value> {
        let parts = self.statement.iter().flat_map(|it| &it.parts);
        let line = |part: &PayPart, item: &PayItem| {
            let mut line = to_json(item);
            if let Value::Object(fields) = &mut line {
                fields.insert("component".to_owned(), part.name.clone().into());
            }
            line
        };
        parts.flat_map(|part| part.items.iter().map(move |item| line(part, item))).collect()
    }

    fn sheet(&self) -> Sheet {
        let parts: Vec<&PayPart> = self.statement.iter().flat_map(|it| &it.parts).collect();
        sheet(&parts)
    }

    fn page(&self) -> Page {
        let Some(it) = &self.statement else {
            let page = Page::titled("Pay", self.point.words()).gap();
            return page.line("No pay plan applies, or no quota runs on the day.");
        };
        let so_far = if it.over { "" } else { " so far" };
        let title =
            format!("Pay of {}, {} to {}{so_far}", self.managers.full(it.manager), it.from, it.to);
        let page = Page::titled(title, self.point.words());
        let page = it.parts.iter().fold(page, |page, part| {
            let about = format!(" · {}", progress(part));
            let page =
                page.gap().pieces(0, vec![(Tone::Strong, part.name.clone()), (Tone::Faint, about)]);
            let page = if part.items.is_empty() {
                page.line("  nothing")
            } else {
                page.sheet(sheet(&[part]))
            };
            let mut facts = vec![("pays", money(part.pay))];
            match part.gates_open {
                Some(true) => {}
                Some(false) => facts.push(("gate", "not reached".to_owned())),
                None => facts.push(("gate", "not looked at yet; paid as if open".to_owned())),
            }
            if part.carried_in.micro != 0 {
                facts.push(("carried in", money(part.carried_in)));
            }
            if part.carried_out.micro != 0 {
                facts.push(("carried out", money(part.carried_out)));
            }
            page.facts(2, facts)
        });
        let total = vec![("in all", sums(it.total.iter())), ("plan", it.plan.clone())];
        let page = page.gap().facts(0, total);
        match it.misses {
            Some(misses) if it.watch => page
                .note(format!("{misses} periods in a row missed the plan's mark: to be watched.")),
            _ => page,
        }
    }
}

struct All {
    statements: Vec<PayStatement>,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for All {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "statements": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        self.statements.iter().map(|it| self.managers.named(to_json(it))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("manager", "manager"),
            Column::text("plan", "plan"),
            Column::text("from", "from"),
            Column::text("to", "to"),
            Column::text("parts", "attained"),
            Column::number("total", "pay"),
            Column::number("misses", "misses"),
        ];
        let row = |it: &PayStatement| {
            let attained = it.parts.first().and_then(|part| part.attainment_bp);
            let misses = Cell::number(it.misses.map(i64::from));
            vec![
                self.managers.cell(Some(it.manager)),
                Cell::text(it.plan.as_str()),
                Cell::day(it.from),
                Cell::day(it.to),
                Cell::of(attained.map(per_cent).unwrap_or_default(), to_json(&attained)),
                Cell::of(sums(it.total.iter()), to_json(&it.total)),
                if it.watch { misses.tone(Tone::Bad) } else { misses },
            ]
        };
        Sheet::new(columns).with(self.statements.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Pay", self.point.words()).gap();
        if self.statements.is_empty() {
            return page.line("No pay plan applies, or no quota runs on the day.");
        }
        page.sheet(self.sheet())
    }
}
