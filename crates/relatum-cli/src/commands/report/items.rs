//! `relatum report aging --items`: the open items one by one.

use relatum::domain::receivables::{ItemKey, OpenItem};
use relatum::{AgingOptions, AsOf, OpenItemsReport, OpenRow, Sum};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, json as to_json, money};
use crate::people::Managers;
use crate::viewpoint::Viewpoint;

/// Everything open.
pub(super) struct Items {
    report: OpenItemsReport,
    managers: Managers,
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
        Ok(Self { report: book.open_items(options)?, managers: managers.clone(), point })
    }

    fn totals(&self) -> Vec<Sum> {
        let amounts = self.report.rows.iter().map(|row| row.item.open);
        Sum::by_currency(amounts.map(relatum::domain::Amount::Money))
    }

    /// Whether anything is dated after the day.
    fn has_future(&self) -> bool {
        self.report.rows.iter().any(|row| !row.future.is_zero())
    }
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
        let revalued: Vec<Value> = self
            .report
            .revalued
            .iter()
            .map(|it| {
                json!({
                    "account": it.account,
                    "item": it.revaluation.item,
                    "rate": it.revaluation.rate,
                    "difference": Sum::from(it.revaluation.difference),
                })
            })
            .collect();
        let exchange: Vec<Value> = self
            .report
            .future_exchange
            .iter()
            .map(|it| json!({ "item": it.item, "day": it.day, "gained": Sum::from(it.gained) }))
            .collect();
        self.point.stamp(json!({
            "basis": self.report.basis,
            "items": self.lines(),
            "revaluations": revalued,
            "future_exchange": exchange,
            "totals": self.totals(),
        }))
    }

    fn lines(&self) -> Vec<Value> {
        let line = |row: &OpenRow| {
            json!({
                "key": format!("{}/{}", row.row(), row.item.open.currency),
                "account": row.account,
                "name": row.name,
                "manager": row.manager,
                "item": to_json(&row.item.item),
                "number": row.item.number,
                "installment": row.item.installment,
                "ledger_account": row.item.ledger_account,
                "document_day": row.item.document_day,
                "due": row.item.due,
                "days_past_due": row.days_past_due,
                "bucket": row.bucket,
                "original": Sum::from(row.item.original),
                "paid": Sum::from(row.paid),
                "credited": Sum::from(row.credited),
                "otherwise": Sum::from(row.otherwise),
                "open": Sum::from(row.item.open),
                "base": row.base.map(Sum::from),
                "disputed": Sum::from(row.item.disputed),
                "future": Sum::from(row.future),
                "remaining": Sum::from(row.remaining),
                "event": row.event,
            })
        };
        self.report.rows.iter().map(|row| self.managers.named(line(row))).collect()
    }

    fn sheet(&self) -> Sheet {
        let ahead = |key: &str, title: &str| match self.has_future() {
            true => Column::number(key, title),
            false => Column::programs(key),
        };
        let columns = vec![
            Column::programs("account"),
            Column::text("name", "account"),
            Column::programs("manager"),
            Column::text("number", "document"),
            Column::text("document_day", "of"),
            Column::text("due", "due"),
            Column::number("days_past_due", "past due"),
            Column::programs("bucket"),
            Column::programs("currency"),
            Column::programs("original"),
            Column::programs("paid"),
            Column::programs("credited"),
            Column::number("open", "open"),
            Column::number("disputed", "disputed"),
            ahead("future", "dated ahead"),
            ahead("remaining", "remaining"),
        ];
        Sheet::new(columns).with(self.report.rows.iter().map(|row| self.row(row)))
    }

    fn page(&self) -> Page {
        let totals: Vec<String> = self.totals().into_iter().map(money).collect();
        Page::titled("Open items", self.point.words()).gap().sheet(self.sheet()).note(format!(
            "{} items, {}",
            self.report.rows.len(),
            totals.join(", ")
        ))
    }
}

impl Items {
    fn row(&self, row: &OpenRow) -> Vec<Cell> {
        let open = Sum::from(row.item.open);
        let tone = match row.days_past_due {
            ..=0 => Tone::Plain,
            1..=60 => Tone::Warning,
            _ => Tone::Bad,
        };
        let amount = |sum: Sum| Cell::of(money(sum), sum.number());
        let maybe = |sum: Sum| match sum.micro {
            0 => Cell::of("", sum.number()),
            _ => amount(sum),
        };
        vec![
            Cell::text(row.account.to_string()),
            Cell::text(row.name.as_str()),
            self.managers.cell(row.manager),
            Cell::text(called(&row.item)),
            Cell::day(row.item.document_day),
            Cell::day(row.item.due),
            Cell::number(Some(row.days_past_due)).tone(tone),
            Cell::text(row.bucket.as_str()),
            Cell::text(open.currency.to_string()),
            amount(Sum::from(row.item.original)),
            amount(Sum::from(row.paid)),
            amount(Sum::from(row.credited)),
            if open.micro < 0 { amount(open).tone(Tone::Warning) } else { amount(open) },
            maybe(Sum::from(row.item.disputed)),
            maybe(Sum::from(row.future)),
            maybe(Sum::from(row.remaining)),
        ]
    }
}
