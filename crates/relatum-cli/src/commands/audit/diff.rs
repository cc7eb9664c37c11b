//! `relatum audit diff`: which figures changed between two looks at a report, and why.

use chrono::NaiveDate;
use clap::Args;
use relatum::{Cause, CellChange, Change, Changes, Measure, Row, Sum};
use serde_json::{Value, json};

use super::Words;
use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json, money};
use crate::people::Managers;
use crate::session::Session;
use crate::values::{self, Known};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// So many events of a cause are told in a table for people.
const TOLD: usize = 3;

/// Every figure of a report that changed between two points in time, and what changed it
///
/// Give two days, or two instants from which one day is seen, or both. One instant is compared
/// with everything known now. The change of each figure is split into causes that sum to it, each
/// with the events behind it: all of them in --json and --csv.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    report: Words,
    /// The day to look from, or the two days to compare; today unless said otherwise
    #[arg(long, value_name = "DAY", num_args = 1..=2, value_parser = values::day)]
    as_of: Vec<NaiveDate>,
    /// What was recorded by then only: two instants, days (their end, UTC) or positions like @1234
    #[arg(long, value_name = "WHEN", num_args = 1..=2, value_parser = values::known)]
    known_at: Vec<Known>,
    /// Only totals
    #[arg(long)]
    totals: bool,
}

impl Diff {
    /// The two points.
    fn points(&self) -> Result<[ViewArguments; 2], Failure> {
        let at = |day: Option<&NaiveDate>, known: Option<&Known>| {
            ViewArguments::at(day.copied(), known.cloned())
        };
        let (first_day, last_day) = (self.as_of.first(), self.as_of.last());
        let (first, last) = (self.known_at.first(), self.known_at.last());
        match (self.as_of.as_slice(), self.known_at.as_slice()) {
            ([] | [_], []) => {
                let message = "there is nothing to compare: give two days or two instants";
                let hint = "such as --as-of 2026-01-31 2026-02-28, or --known-at 2026-01-31";
                Err(Failure::new(Exit::Usage, message).hint(hint))
            }
            ([] | [_], [one]) => Ok([at(first_day, Some(one)), at(first_day, None)]),
            _ => Ok([at(first_day, first), at(last_day, last)]),
        }
    }

    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let [before, after] = self.points()?;
        let before = self.report.ask(session, &before)?;
        let after = self.report.ask(session, &after)?;
        let mut changes =
            after.book.changes_between(&before.book, &*before.report, &*after.report)?;
        if self.totals {
            changes.cells.clear();
        }
        let (from, to) = (before.point, after.point);
        let words = self.report.report;
        session.show(&Answer { changes, words, from, to, managers: after.managers })?;
        Ok(Exit::Done)
    }
}

struct Answer {
    changes: Changes,
    words: String,
    from: Viewpoint,
    to: Viewpoint,
    managers: Managers,
}

/// An amount of a cell, for people and for programs.
fn amount(of: &CellChange, micro: i128) -> (String, Value) {
    match of.column.measure {
        Measure::Money => {
            let sum = Sum { micro, currency: of.currency };
            (grouped(&sum.number()), sum.number().into())
        }
        Measure::Count | Measure::MostDays => {
            let whole = i64::try_from(micro / 1_000_000).unwrap_or(i64::MAX);
            (grouped(&whole.to_string()), whole.into())
        }
    }
}

/// By how much, with a sign for people.
fn change(of: &CellChange, micro: i128) -> Cell {
    let (text, value) = amount(of, micro);
    let text = if micro > 0 { format!("+{text}") } else { text };
    Cell::of(text, value)
}

fn cell(of: &CellChange, micro: i128) -> Cell {
    let (text, value) = amount(of, micro);
    Cell::of(text, value)
}

impl Answer {
    fn name(&self, of: &CellChange) -> String {
        match &of.row {
            Row::Total => "total".to_owned(),
            Row::Manager(Some(manager)) => self.managers.name(*manager),
            _ => of.name.clone(),
        }
    }

    fn event(of: &CellChange, it: &Change) -> Value {
        let mut event = to_json(it);
        if let Value::Object(fields) = &mut event {
            fields.remove("cause");
            fields.insert("change".to_owned(), amount(of, it.micro).1);
        }
        event
    }

    fn line(&self, of: &CellChange) -> Value {
        let causes = of.causes.iter().map(|(cause, micro)| {
            let events = of.changes.iter().filter(|it| it.cause == *cause);
            let events: Vec<Value> = events.map(|it| Self::event(of, it)).collect();
            json!({ "cause": cause, "change": amount(of, *micro).1, "events": events })
        });
        self.managers.named(json!({
            "key": of.key(),
            "name": self.name(of),
            "account": of.row.account().map(|it| it.to_string()),
            "manager": of.manager.map(|it| it.to_string()),
            "currency": of.currency,
            "column": of.column.key,
            "before": amount(of, of.before).1,
            "after": amount(of, of.after).1,
            "change": amount(of, of.change()).1,
            "causes": causes.collect::<Vec<Value>>(),
        }))
    }

    /// What a cell was and is, on its own or before the first of its causes.
    fn shown(&self, of: &CellChange) -> Vec<Cell> {
        vec![
            Cell::text(self.name(of)),
            Cell::text(of.column.key.replace('_', " ")),
            cell(of, of.before),
            cell(of, of.after),
            change(of, of.change()),
        ]
    }

    /// The events of a cause in a few words.
    fn told(of: &CellChange, cause: Cause) -> String {
        let events: Vec<&Change> = of.changes.iter().filter(|it| it.cause == cause).collect();
        let told = events.iter().take(TOLD).map(|it| {
            let number = it.number.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
            let by = it
                .by
                .map(|by| format!(", by {} of {}", by.kind.as_str().replace('_', " "), by.day));
            format!("{}{number} of {}{}", it.what, it.day, by.unwrap_or_default())
        });
        let told: Vec<String> = told.collect();
        match events.len().saturating_sub(TOLD) {
            0 => told.join("; "),
            more => format!("{} and {more} more", told.join("; ")),
        }
    }

    fn rows(&self, of: &CellChange) -> Vec<Vec<Cell>> {
        let mut shown = self.shown(of);
        let causes = of.causes.iter().map(|(cause, micro)| {
            let mut row = std::mem::replace(&mut shown, vec![Cell::none(); 5]);
            row.push(Cell::text(cause.words()).tone(tone(*cause)));
            row.push(change(of, *micro));
            row.push(Cell::text(Self::told(of, *cause)).tone(Tone::Faint));
            row
        });
        causes.collect()
    }

    fn table<'a>(&self, cells: impl Iterator<Item = &'a CellChange>) -> Sheet {
        let columns = vec![
            Column::text("name", "line"),
            Column::text("column", "figure"),
            Column::number("before", "before"),
            Column::number("after", "after"),
            Column::number("change", "change"),
            Column::text("cause", "because of"),
            Column::number("of_cause", "by"),
            Column::text("events", "events").wide(60),
        ];
        Sheet::new(columns).with(cells.flat_map(|it| self.rows(it)))
    }

    /// How much each cause changed the totals of the column that sums up the report.
    fn summary(&self) -> Vec<String> {
        let totals = self.changes.totals.iter();
        let totals = totals.filter(|it| matches!(it.column.key.as_str(), "total" | "net"));
        let sentence = |it: &CellChange| {
            let parts = it.causes.iter().map(|(cause, micro)| {
                let sum = Sum { micro: *micro, currency: it.currency };
                format!("{} {}", cause.words(), money(sum))
            });
            let parts: Vec<String> = parts.collect();
            let sum = Sum { micro: it.change(), currency: it.currency };
            format!("The {} changed by {}: {}.", it.column.key, money(sum), parts.join(", "))
        };
        totals.map(sentence).collect()
    }
}

/// How a cause stands out: what puts an earlier statement in question, and what was to be expected.
const fn tone(cause: Cause) -> Tone {
    match cause {
        Cause::Corrected | Cause::Reversed => Tone::Bad,
        Cause::LateArrived | Cause::Rematched | Cause::PolicyChanged => Tone::Warning,
        _ => Tone::Plain,
    }
}

impl Shown for Answer {
    fn document(&self) -> Value {
        let it = &self.changes;
        json!({
            "report": self.words,
            "before": self.from.stamp(json!({ "policies": it.policies_before })),
            "after": self.to.stamp(json!({ "policies": it.policies_after })),
            "cells": self.lines(),
            "totals": it.totals.iter().map(|cell| self.line(cell)).collect::<Vec<Value>>(),
        })
    }

    fn lines(&self) -> Vec<Value> {
        self.changes.cells.iter().map(|cell| self.line(cell)).collect()
    }

    /// A row an event; the rows of a cell sum to its change.
    fn sheet(&self) -> Sheet {
        let columns = [
            "key", "name", "currency", "column", "before", "after", "change", "cause", "amount",
            "event", "by", "day", "number", "what",
        ];
        let columns = columns.map(|key| Column::text(key, key)).into();
        let cells = self.changes.cells.iter();
        Sheet::new(columns).with(cells.flat_map(|of| {
            of.changes.iter().map(move |it| {
                vec![
                    Cell::text(of.key()),
                    Cell::text(self.name(of)),
                    Cell::text(of.currency.to_string()),
                    Cell::text(&*of.column.key),
                    cell(of, of.before),
                    cell(of, of.after),
                    cell(of, of.change()),
                    Cell::of(it.cause.words(), to_json(&it.cause)),
                    cell(of, it.micro),
                    Cell::text(it.event.to_string()),
                    Cell::maybe(it.by.map(|it| it.event.to_string())),
                    Cell::day(it.day),
                    Cell::maybe(it.number.as_deref()),
                    Cell::text(it.what),
                ]
            })
        }))
    }

    fn page(&self) -> Page {
        let title = format!("What changed in {}", self.words);
        let about = format!("from {} to {}", self.from.words(), self.to.words());
        let page = Page::titled(title, about);
        let it = &self.changes;
        if it.cells.is_empty() && it.totals.is_empty() {
            return page.gap().line("Nothing changed.");
        }
        let mut currencies: Vec<_> =
            it.cells.iter().chain(&it.totals).map(|cell| cell.currency).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let page = currencies.into_iter().fold(page, |page, currency| {
            let of = |all: &'_ [CellChange]| -> Vec<CellChange> {
                all.iter().filter(|it| it.currency == currency).cloned().collect()
            };
            let (cells, totals) = (of(&it.cells), of(&it.totals));
            page.gap()
                .toned(Tone::Strong, currency.to_string())
                .sheet(self.table(cells.iter().chain(&totals)))
        });
        let page = self.summary().into_iter().fold(page, Page::note);
        match it.policies_before == it.policies_after {
            true => page,
            false => {
                let named: Vec<String> =
                    it.policies_after.iter().map(ToString::to_string).collect();
                page.note(format!("The rules are now those set by {}.", named.join(", ")))
            }
        }
    }
}
