//! `relatum worklist`: whom to call or visit, and why.

use std::collections::BTreeMap;

use clap::Args;
use relatum::domain::ManagerId;
use relatum::{WorkItem, Worklist};
use serde_json::{Value, json};

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped_in, json as to_json};
use crate::people::Managers;
use crate::session::{Seen, Session};
use crate::viewpoint::{ViewArguments, Viewpoint};

/// Whom to call or visit, and why
#[derive(Debug, Args)]
pub(crate) struct WorklistCommand {
    /// Only this manager's: an id, a code or a name
    #[arg(long, value_name = "MANAGER")]
    manager: Option<String>,
    #[command(flatten)]
    view: ViewArguments,
}

impl WorklistCommand {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        let Seen { book, point, managers, .. } = session.view(&self.view)?;
        let only = self.manager.map(|text| managers.find(&text)).transpose()?;
        let list = book.worklist(only)?;
        session.show(&Answer { list: &list, managers: &managers, point: &point })?;
        Ok(Exit::Done)
    }
}

struct Answer<'a> {
    list: &'a Worklist,
    managers: &'a Managers,
    point: &'a Viewpoint,
}

impl Shown for Answer<'_> {
    fn document(&self) -> Value {
        self.point.stamp(json!({ "items": self.lines() }))
    }

    fn sheet(&self) -> Sheet {
        sheet(self.list, self.managers)
    }

    fn lines(&self) -> Vec<Value> {
        lines(self.list, self.managers)
    }

    fn page(&self) -> Page {
        let page = Page::titled("Worklist", self.point.words());
        if self.list.items.is_empty() {
            return page.gap().line("Nobody is to be called or visited.");
        }
        let groups = groups(&self.list.items, self.managers);
        let groups = groups.iter().map(|(manager, items)| {
            let count = format!(" · {}", accounts(items.len()));
            let mut heading = title(*manager, self.managers);
            heading.push((Tone::Faint, count));
            let page = Page::default().gap().pieces(0, heading);
            items.iter().fold(page, |page, item| page.then(entry(item)))
        });
        groups.fold(page, Page::then)
    }
}

/// The list as rows.
pub(crate) fn sheet(list: &Worklist, managers: &Managers) -> Sheet {
    let columns = vec![
        Column::text("manager", "manager"),
        Column::programs("manager_code"),
        Column::programs("account"),
        Column::text("name", "account"),
        Column::text("action", "action"),
        Column::number("weight", "weight"),
        Column::text("reasons", "why"),
    ];
    let row = |item: &WorkItem| {
        let reasons: Vec<&str> = item.reasons.iter().map(|reason| reason.text.as_str()).collect();
        vec![
            managers.cell(item.manager),
            Cell::maybe(item.manager.and_then(|id| managers.code(id))),
            Cell::text(item.account.to_string()),
            Cell::text(item.name.as_str()),
            Cell::text(action(item)),
            Cell::count(item.weight.into()),
            Cell::text(reasons.join("; ")),
        ]
    };
    Sheet::new(columns).with(list.items.iter().map(row))
}

/// The list as JSON.
pub(crate) fn lines(list: &Worklist, managers: &Managers) -> Vec<Value> {
    list.items.iter().map(|item| managers.named(to_json(item))).collect()
}

/// The items of each manager, by code, nobody's last.
pub(crate) fn groups<'a>(
    items: &'a [WorkItem],
    managers: &Managers,
) -> Vec<(Option<ManagerId>, Vec<&'a WorkItem>)> {
    let mut groups: BTreeMap<Option<ManagerId>, Vec<&WorkItem>> = BTreeMap::new();
    for item in items {
        groups.entry(item.manager).or_default().push(item);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(manager, _)| {
        let code = manager.and_then(|id| managers.code(id));
        (manager.is_none(), code.is_none(), code.map(str::to_owned), *manager)
    });
    groups
}

/// Whose items they are.
pub(crate) fn title(manager: Option<ManagerId>, managers: &Managers) -> Vec<(Tone, String)> {
    let Some(manager) = manager else {
        return vec![(Tone::Strong, "No manager".to_owned())];
    };
    let mut title = vec![(Tone::Strong, managers.full(manager))];
    let away: Vec<String> = managers.away(manager).map(|id| managers.full(id)).collect();
    if !away.is_empty() {
        title.push((Tone::Faint, format!(" · stands in for {}", away.join(", "))));
    }
    title
}

/// An item and its reasons.
pub(crate) fn entry(item: &WorkItem) -> Page {
    let action = format!("  {:<8}", action(item));
    let head = vec![(Tone::Good, action), (Tone::Strong, item.name.clone())];
    item.reasons.iter().fold(Page::default().pieces(10, head), |page, reason| {
        let tone = match reason.code {
            "overdue" | "broken_promise" | "complaint" => Tone::Bad,
            "lapsing" | "missed" | "silence" | "slower" => Tone::Warning,
            _ => Tone::Plain,
        };
        let margin = (Tone::Plain, " ".repeat(10));
        page.pieces(12, vec![margin, (tone, grouped_in(&reason.text))])
    })
}

fn action(item: &WorkItem) -> String {
    match to_json(&item.action) {
        Value::String(name) => name,
        _ => String::new(),
    }
}

/// `1 account`, `2 accounts`.
pub(crate) fn accounts(count: usize) -> String {
    match count {
        1 => "1 account".to_owned(),
        count => format!("{count} accounts"),
    }
}
