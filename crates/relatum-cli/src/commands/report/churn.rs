//! `relatum report churn`: who may be leaving, how likely, how much is at stake, why, and what to
//! do first.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use relatum::{
    ChurnFigures, ChurnLine, ChurnOptions, ChurnReport, Risk, RiskMethod, Signal, SignalState, Sum,
};
use serde_json::{Value, json};

use super::figures::{self, Asked};
use super::{per_cent, state_cell, tone_of};
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped_in, json as to_json, sums};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::values;
use crate::viewpoint::Viewpoint;

/// Who may be leaving: how likely, how much is at stake, why, and what to do first
#[derive(Debug, Args)]
pub(crate) struct Churn {
    /// Only accounts in this state or a worse one
    #[arg(long)]
    state: Option<State>,
    /// So many days without a purchase are a lapse; as the tenant's rule says unless given
    #[arg(long, value_name = "DAYS", value_parser = values::horizon)]
    horizon: Option<u32>,
    /// Only so many accounts, those with most to lose of their currency first; unless given, a page
    /// shows 20 that want attention, other forms show all
    #[arg(long, value_name = "COUNT")]
    top: Option<usize>,
    #[command(flatten)]
    asked: Asked,
}

/// How bad it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// Unusual
    Watch,
    /// Very unusual
    Alert,
}

/// Accounts on a page, unless said otherwise.
const PAGE: usize = 20;

impl Churn {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let found = self.asked.find(session)?;
        let (account, manager) = (found.account, found.manager);
        let options = ChurnOptions { horizon_days: self.horizon, account, manager };
        let report = found.seen.book.churn(&options)?;
        if found.explain.is_some() || session.is_asked() {
            let figures = ChurnFigures(Arc::new(report));
            return figures::show(session, found, &figures, "Churn", "account");
        }
        let Seen { managers, point, .. } = found.seen;
        let least = match self.state {
            None => SignalState::InsufficientData,
            Some(State::Watch) => SignalState::Watch,
            Some(State::Alert) => SignalState::Alert,
        };
        let (all, mut left) = (report.lines.len(), self.top.unwrap_or(usize::MAX));
        let report = report.only(|line| {
            let wanted = line.state >= least && left > 0;
            left -= usize::from(wanted);
            wanted
        });
        let (whole, top) = (account.is_some(), self.top);
        session.show(&Answer { report, managers, point, whole, top, all })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    report: ChurnReport,
    managers: Managers,
    point: Viewpoint,
    /// Whether everything is told of an account, or only what is unusual.
    whole: bool,
    /// So many accounts were asked for.
    top: Option<usize>,
    /// So many there are, in whatever state.
    all: usize,
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let ChurnReport { method, at_stake, expected_loss, .. } = &self.report;
        self.point.stamp(json!({
            "method": to_json(method),
            "at_stake": to_json(at_stake),
            "expected_loss": to_json(expected_loss),
            "lines": self.lines(),
        }))
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
            Column::number("risk_bp", "risk"),
            Column::number("at_stake", "at stake"),
            Column::number("expected_loss", "expected loss"),
            Column::text("currency", ""),
            Column::number("share_bp", "share"),
            Column::number("days_quiet", "days quiet"),
            Column::number("score_micro", "score"),
            Column::number("p_alive_bp", "alive"),
            Column::number("expected_purchases_milli", "purchases"),
            Column::text("first_step", "first"),
            Column::text("why", "why"),
        ];
        Sheet::new(columns).with(self.report.lines.iter().map(|line| self.row(line)))
    }

    fn page(&self) -> Page {
        let ChurnReport { method, at_stake, expected_loss, lines, .. } = &self.report;
        let days = method.horizon_days;
        let title = format!("Churn: who may buy nothing within {days} days");
        let page = Page::titled(title, self.point.words());
        if lines.is_empty() {
            return page.gap().line(match self.all {
                0 => "There is no open account.",
                _ => "No account is in such a state.",
            });
        }
        let page = match self.whole {
            true => page,
            false => page.gap().line(format!(
                "In a year these bought for {}. Of what they buy within {days} days at that pace, \
                 {} is to be lost by their risk.",
                whole(at_stake),
                whole(expected_loss)
            )),
        };
        let (all, most) = (self.whole || self.top.is_some(), self.top.unwrap_or(PAGE));
        let worth: Vec<&ChurnLine> =
            lines.iter().filter(|it| all || it.state >= SignalState::Watch).collect();
        let page = worth.iter().take(most).fold(page, |page, line| {
            let page = self.told(page.gap(), line);
            if self.whole { terms(page, line) } else { page }
        });
        let more = worth.len().saturating_sub(most);
        let calm = lines.len() - worth.len();
        let page = match more {
            0 => page,
            more => page
                .gap()
                .line(format!("{more} more want attention: --top {} shows all.", worth.len())),
        };
        let page = match calm {
            0 => page,
            1 => page.gap().line("1 account shows nothing unusual."),
            calm => page.gap().line(format!("{calm} accounts show nothing unusual.")),
        };
        said(method).into_iter().fold(page.gap(), |page, text| page.toned(Tone::Faint, text))
    }
}

impl Answer {
    fn row(&self, line: &ChurnLine) -> Vec<Cell> {
        let risk = line.risk.as_ref();
        let number = |of: Option<i64>| Cell::number(of);
        let told: Vec<&str> = unusual(line).map(|it| it.sentence.as_str()).collect();
        vec![
            Cell::text(line.account.to_string()),
            Cell::text(line.name.as_str()),
            self.managers.cell(line.manager),
            state_cell(Some(line.state)),
            number(risk.map(|it| it.risk_bp)),
            line.at_stake.as_ref().map_or_else(Cell::none, Cell::amount),
            line.expected_loss.as_ref().map_or_else(Cell::none, |it| Cell::amount(&it.rounded())),
            Cell::maybe(line.at_stake.map(|it| it.currency.to_string())),
            number(Some(line.share_bp)),
            number(risk.map(|it| it.days_quiet)),
            number(risk.map(|it| it.score_micro)),
            number(risk.and_then(|it| it.p_alive_bp)),
            number(risk.map(|it| it.expected_purchases_milli)),
            Cell::maybe(line.first_step.as_deref()),
            Cell::text(told.join("; ")),
        ]
    }

    /// Who, how likely, how much, why, and what to do first.
    fn told(&self, page: Page, line: &ChurnLine) -> Page {
        let manager = line.manager.map(|id| format!(" · {}", self.managers.name(id)));
        let risk = line.risk.as_ref().map(|it| format!(" · {} %", it.risk_bp / 100));
        let stake = line.at_stake.filter(|it| it.micro > 0).map(|it| it.rounded());
        let stake = stake.map(|it| format!(" of {}", sums([&it])));
        let currency = line.at_stake.map_or_else(String::new, |it| it.currency.to_string());
        let share = format!(" ({} of all {currency})", per_cent(line.share_bp));
        let share = if line.share_bp >= 500 { share } else { String::new() };
        let state = format!("{:<6} ", state_cell(Some(line.state)).text);
        let head = vec![
            (tone_of(line.state), state),
            (Tone::Strong, line.name.clone()),
            (Tone::Strong, risk.unwrap_or_default()),
            (Tone::Plain, stake.unwrap_or_default()),
            (Tone::Plain, share),
            (Tone::Faint, manager.unwrap_or_default()),
        ];
        let mut page = page.pieces(7, head);
        if let Some(step) = &line.first_step {
            page = beside(page, Tone::Strong, format!("→ {step}"));
        }
        let signals = line.signals.iter();
        let signals = signals.filter(|it| self.whole || it.state >= SignalState::Watch);
        page = signals.fold(page, |page, it| self.signal(page, it));
        if let Some(it) = line.contract.as_ref().filter(|it| self.whole || it.risk_bp > 0) {
            let text = format!(
                "contract {} ends on {}: of {} that ended {} were followed by another; risk {}",
                it.number,
                it.ends,
                it.ended,
                it.renewed,
                per_cent(it.risk_bp)
            );
            page = beside(page, Tone::Plain, text);
        }
        match line.rating.as_ref() {
            Some(it) => {
                let by = self.managers.name(it.manager);
                let text = format!("rated {} of {} by {by} on {}", it.rating, it.scale, it.day);
                beside(page, Tone::Faint, text)
            }
            None => page,
        }
    }

    fn signal(&self, page: Page, signal: &Signal) -> Page {
        let text = grouped_in(&signal.sentence);
        let page = beside(page, tone_of(signal.state), text);
        if !self.whole || signal.evidence.is_empty() {
            return page;
        }
        let events: Vec<String> = signal.evidence.iter().map(ToString::to_string).collect();
        let place = signal.percentile.map(|it| format!("worse than {it} % of the book · "));
        let text = format!("{}{}", place.unwrap_or_default(), events.join(" "));
        page.pieces(11, vec![(Tone::Plain, " ".repeat(9)), (Tone::Faint, text)])
    }
}

fn unusual(line: &ChurnLine) -> impl Iterator<Item = &Signal> {
    line.signals.iter().filter(|it| it.state >= SignalState::Watch)
}

fn beside(page: Page, tone: Tone, text: impl Into<String>) -> Page {
    page.pieces(9, vec![(Tone::Plain, " ".repeat(7)), (tone, text.into())])
}

/// From the risk to the terms of its score, each with the event that it rests on.
fn terms(page: Page, line: &ChurnLine) -> Page {
    let Some(risk) = &line.risk else { return page };
    let page = page.gap().line(format!(
        "The risk is {}: a score of {}, made of",
        per_cent(risk.risk_bp),
        points(risk.score_micro)
    ));
    let page = risk.terms.iter().fold(page, |page, it| {
        let text = format!("{:>8}  {}", points(it.points_micro), it.sentence);
        let event = format!("  {} of {}", it.event, it.day);
        page.pieces(12, vec![(Tone::Plain, format!("  {text}")), (Tone::Faint, event)])
    });
    page.gap().line(outlook(risk))
}

fn points(micro: i64) -> String {
    format!("{:+.3}", micro as f64 / 1e6)
}

/// What the purchase model expects of it.
fn outlook(risk: &Risk) -> String {
    let alive = risk.p_alive_bp.map_or_else(
        || "whether it has stopped cannot be told in this book".to_owned(),
        |it| format!("it has not stopped with {}", per_cent(it)),
    );
    let spend = risk.expected_spend.map(|it| format!(" for {}", sums([&it.rounded()])));
    let purchases = risk.expected_purchases_milli as f64 / 1e3;
    format!(
        "By the model of its purchases {alive}; {purchases:.1} purchases{} are to be expected.",
        spend.unwrap_or_default()
    )
}

/// Amounts as a sentence tells them.
fn whole(of: &[Sum]) -> String {
    let of: Vec<Sum> = of.iter().map(Sum::rounded).collect();
    sums(&of)
}

/// How the risks were found, in sentences.
fn said(method: &RiskMethod) -> Vec<String> {
    let mut said = Vec::new();
    match &method.model {
        None => said.push(
            "Too few accounts bought again for a model of purchases: no risk is stated.".to_owned(),
        ),
        Some(model) => {
            let dropout = if model.is_dropout_identifiable {
                "who stopped shows"
            } else {
                "no dropout identifiable"
            };
            said.push(format!(
                "Risk by {}, {}. Purchases by {} of {} accounts ({dropout}).",
                method.forecast, method.basis, model.model, model.accounts
            ));
        }
    }
    let areas: Vec<String> =
        method.areas.iter().map(|(name, area)| format!("{name} {area:.3}")).collect();
    said.push(match method.cuts_tested {
        0 => "Not tested: the book is too young, or too few accounts lapsed.".to_owned(),
        cuts => format!(
            "Tested at {cuts} past {}, {} days ahead; area under the curve: {}.",
            if cuts == 1 { "day" } else { "days" },
            method.watched_days,
            areas.join(", ")
        ),
    });
    if !method.as_known_then {
        said.push(
            "Much of the book was recorded later than it happened: its past is taken by the days \
             of the events, not as it was known then."
                .to_owned(),
        );
    }
    said
}
