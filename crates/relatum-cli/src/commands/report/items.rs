//! `relatum report aging --items`: the open items one by one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum::domain::AccountId;
use relatum::domain::receivables::{ItemKey, OpenItem};
use relatum::{AgingOptions, AsOf, Sum, Which};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people::Managers;
use crate::viewpoint::Viewpoint;

struct Line {
    account: AccountId,
    name: String,
    manager: Cell,
    past_due: i64,
    item: OpenItem,
}

/// Everything open.
pub(super) struct Items {
    lines: Vec<Line>,
    point: Viewpoint,
}

impl Items {
    /// What is open from there, oldest due first within an account.
    pub(super) fn of(
        book: &AsOf,
        options: &AgingOptions,
        managers: &Managers,
        point: Viewpoint,
    ) -> Result<Self, Failure> {
        let day = point.day;
        let which = Which { directory: true, aging: true, ..Which::NONE };
        let policies = book.policies()?;
        let parts = book.parts(which, |models, view| {
            let mut known = BTreeMap::new();
            let mut lines = Vec::new();
            let ledgers = models.aging.ledgers(&policies, view);
            let items = ledgers.flat_map(|(account, ledger)| {
                ledger.open_items(view.as_of).into_iter().map(move |item| (account, item))
            });
            for (account, item) in items {
                let (name, manager) = known.entry(account).or_insert_with(|| {
                    let directory = &models.directory;
                    (directory.account_name(account, view), directory.manager_of(account, view))
                });
                let wanted = options.account.is_none_or(|only| only == account)
                    && options.manager.is_none_or(|only| *manager == Some(only))
                    && options.currency.is_none_or(|only| only == item.open.currency);
                if wanted {
                    lines.push(Line {
                        account,
                        name: name.clone(),
                        manager: managers.cell(*manager),
                        past_due: days(item.due, day),
                        item,
                    });
                }
            }
            lines
        })?;
        let mut lines: Vec<Line> = parts.into_iter().flatten().collect();
        lines.sort_by(|left, right| {
            let key = |line: &Line| (line.account, line.item.due, line.item.item);
            (&left.name, key(left)).cmp(&(&right.name, key(right)))
        });
        Ok(Self { lines, point })
    }

    fn totals(&self) -> Vec<Sum> {
        let amounts = self.lines.iter().map(|line| line.item.open);
        Sum::by_currency(amounts.map(relatum::domain::Amount::Money))
    }
}

fn days(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

/// The number of a document, or what the item is instead.
fn called(item: &OpenItem) -> String {
    let what = match item.item {
        ItemKey::Document(_) => "document",
        ItemKey::Payment(_) => "payment on account",
        ItemKey::Refund(_) => "refund",
    };
    let part = item.installment.map(|part| format!(" part {}", part + 1)).unwrap_or_default();
    item.number.clone().unwrap_or_else(|| what.to_owned()) + &part
}

impl Shown for Items {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "items": self.lines(), "totals": self.totals() }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |line: &Line| {
            json!({
                "account": line.account,
                "name": line.name,
                "manager": line.manager.value,
                "item": to_json(&line.item.item),
                "number": line.item.number,
                "installment": line.item.installment,
                "document_day": line.item.document_day,
                "due": line.item.due,
                "days_past_due": line.past_due,
                "original": Sum::from(line.item.original),
                "open": Sum::from(line.item.open),
                "disputed": Sum::from(line.item.disputed),
            })
        };
        self.lines.iter().map(line).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::programs("manager"),
            Column::text("number", "document"),
            Column::text("document_day", "of"),
            Column::text("due", "due"),
            Column::number("days_past_due", "past due"),
            Column::programs("currency"),
            Column::programs("original"),
            Column::number("open", "open"),
            Column::number("disputed", "disputed"),
        ];
        let row = |line: &Line| {
            let (open, disputed) = (Sum::from(line.item.open), Sum::from(line.item.disputed));
            let original = Sum::from(line.item.original);
            let tone = match line.past_due {
                ..=0 => Tone::Plain,
                1..=60 => Tone::Warning,
                _ => Tone::Bad,
            };
            let amount = |sum: Sum| Cell::of(money(sum), sum.number());
            vec![
                Cell::text(line.account.to_string()),
                Cell::text(line.name.as_str()),
                line.manager.clone(),
                Cell::text(called(&line.item)),
                Cell::day(line.item.document_day),
                Cell::day(line.item.due),
                Cell::number(Some(line.past_due)).tone(tone),
                Cell::text(open.currency.to_string()),
                amount(original),
                if open.micro < 0 { amount(open).tone(Tone::Warning) } else { amount(open) },
                match disputed.micro {
                    0 => Cell::of("", disputed.number()),
                    _ => amount(disputed),
                },
            ]
        };
        Sheet::new(columns).with(self.lines.iter().map(row))
    }

    fn page(&self) -> Page {
        let totals: Vec<String> = self.totals().into_iter().map(money).collect();
        Page::titled("Open items", self.point.words()).gap().sheet(self.sheet()).note(format!(
            "{} items, {}",
            self.lines.len(),
            totals.join(", ")
        ))
    }
}
