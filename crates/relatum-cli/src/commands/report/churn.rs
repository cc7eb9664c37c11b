//! `relatum report churn`: which accounts behave as if they were leaving, and why.

use clap::{Args, ValueEnum};
use relatum::{ChurnLine, ChurnReport, SignalState};
use serde_json::{Value, json};

use super::{state_cell, tone_of};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped_in, json as to_json};
use crate::people::{self, Managers};
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Which accounts behave as if they were leaving, and why
#[derive(Debug, Args)]
pub(crate) struct Churn {
    /// Only this account: an id, an external id as system:id, or a name
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only accounts in this state or a worse one
    #[arg(long)]
    state: Option<State>,
    #[command(flatten)]
    view: ViewArguments,
}

/// How bad it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// Unusual
    Watch,
    /// Very unusual
    Alert,
}

impl Churn {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { engine, book, point, managers } = session.view(&self.view)?;
        let account = self.account.map(|text| people::account(&engine, &text)).transpose()?;
        let mut report = book.churn(account)?;
        let least = match self.state {
            None => SignalState::InsufficientData,
            Some(State::Watch) => SignalState::Watch,
            Some(State::Alert) => SignalState::Alert,
        };
        report.lines.retain(|line| line.state >= least);
        session.show(&Answer { report, managers, point, whole: account.is_some() })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    report: ChurnReport,
    managers: Managers,
    point: Viewpoint,
    /// Whether every signal is told, or only what is unusual.
    whole: bool,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "lines": self.lines() }))
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.report.lines.iter();
        lines.map(|line| self.managers.named(to_json(line))).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::text("manager", "manager"),
            Column::text("state", "state"),
            Column::text("why", "why"),
        ];
        let row = |line: &ChurnLine| {
            let told = line.signals.iter().filter(|it| it.state >= SignalState::Watch);
            let told: Vec<&str> = told.map(|signal| signal.sentence.as_str()).collect();
            vec![
                Cell::text(line.account.to_string()),
                Cell::text(line.name.as_str()),
                self.managers.cell(line.manager),
                state_cell(Some(line.state)),
                Cell::text(told.join("; ")),
            ]
        };
        Sheet::new(columns).with(self.report.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = Page::titled("Churn signals", self.point.words());
        if self.report.lines.is_empty() {
            return page.gap().line("No account shows any.");
        }
        self.report.lines.iter().fold(page, |page, line| {
            let manager = line.manager.map(|id| format!(" · {}", self.managers.name(id)));
            let state = format!("{:<6} ", state_cell(Some(line.state)).text);
            let head = vec![
                (tone_of(line.state), state),
                (Tone::Strong, line.name.clone()),
                (Tone::Faint, manager.unwrap_or_default()),
            ];
            let page = page.gap().pieces(7, head);
            let told = line.signals.iter();
            let told = told.filter(|it| self.whole || it.state >= SignalState::Watch);
            told.fold(page, |page, signal| {
                let margin = (Tone::Plain, " ".repeat(7));
                let text = grouped_in(&signal.sentence);
                page.pieces(9, vec![margin, (tone_of(signal.state), text)])
            })
        })
    }
}
