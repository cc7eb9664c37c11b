//! `relatum report quota`: what was sold, against what was asked.

use clap::Args;
use relatum::{QuotaLine, QuotaReport, Sum};
use serde_json::Value;

use super::per_cent;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json, sums};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// What was sold, against what was asked
#[derive(Debug, Args)]
pub(crate) struct Quota {
    /// Only this manager: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    #[command(flatten)]
    view: ViewArguments,
}

impl Quota {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        let only = self.manager.map(|text| managers.find(&text)).transpose()?;
        let report = book.quota(only)?;
        session.show(&Answer { report, managers, point })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    report: QuotaReport,
    managers: Managers,
    point: Viewpoint,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let mut document = to_json(&self.report);
        if let Value::Object(fields) = &mut document {
            fields.insert("lines".to_owned(), self.lines().into());
        }
        self.point.stamp(document)
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.report.lines.iter();
        lines.map(|line| self.managers.named(to_json(line))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("manager", "manager"),
            Column::text("code", "code"),
            Column::text("from", "from"),
            Column::text("to", "to"),
            Column::text("currency", ""),
            Column::number("quota", "quota"),
            Column::number("sales", "sales"),
            Column::number("attainment_bp", "attained"),
            Column::programs("over"),
            Column::programs("other_currencies"),
            Column::programs("event"),
        ];
        let row = |line: &QuotaLine| {
            let attained = line.attainment_bp;
            let tone = match attained {
                Some(10_000..) => Tone::Good,
                Some(..7_500) if line.over => Tone::Bad,
                _ => Tone::Plain,
            };
            let shown = attained.map(per_cent).unwrap_or_default();
            let running = if line.over { "" } else { " so far" };
            vec![
                self.managers.cell(Some(line.manager)),
                Cell::maybe(line.code.as_deref()),
                Cell::day(line.from),
                Cell::day(line.to),
                Cell::text(line.quota.currency.to_string()),
                Cell::of(grouped(&line.quota.number()), line.quota.number()),
                Cell::of(grouped(&line.sales.number()) + running, line.sales.number()),
                Cell::of(shown, to_json(&attained)).tone(tone),
                Cell::of("", line.over),
                Cell::sums(&line.other_currencies),
                Cell::text(line.event.to_string()),
            ]
        };
        Sheet::new(columns).with(self.report.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Quota progress", self.point.words()).gap();
        let page = if self.report.lines.is_empty() {
            page.line("No quota is set.")
        } else {
            page.sheet(self.sheet())
        };
        let sums_of = |of: &Vec<Sum>| sums(of.iter());
        page.gap().facts(
            0,
            vec![
                ("all sales of the book", sums_of(&self.report.total)),
                ("credited to nobody", sums_of(&self.report.unassigned)),
            ],
        )
    }
}
