//! Figures that can be asked what they are made of.
//!
//! Owns [`Report`]: a question whose answer is a table of sums, told amount by amount. Whoever
//! listens decides what becomes of the amounts: [`Figures`] sums them all, [`Explanation`] keeps
//! those of one cell with the events behind them. So a figure and its explanation are the same
//! walk over the same states, and cannot part.
//!
//! *Invariant: what explains a cell sums to the cell.*

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use relatum_domain::receivables::ItemKey;
use relatum_domain::{AccountId, Currency, ManagerId, Policies, TeamId, View};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::about::About;
use crate::amounts::Sum;
use crate::models::{Models, Which};

/// The first day of the month in which a day lies.
pub(crate) fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// One whole unit of what is counted.
pub(crate) const ONE: i128 = 1_000_000;

/// What a line of a table is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// Everything in one currency.
    Total,
    /// One account.
    Account(AccountId),
    /// The accounts of one manager; none: of nobody.
    Manager(Option<ManagerId>),
    /// A team or a territory.
    Team(TeamId),
    /// An item of an account, or an installment of one.
    Item(AccountId, ItemKey, Option<u32>),
    /// What an event tells that is no item, such as a revaluation.
    Event(EventRef),
    /// The period that begins with a day.
    From(NaiveDate),
    /// A part of what an account is about, by name, such as a product group; none: what has none.
    Part(AccountId, Option<String>),
    /// What goes by a name, such as a segment or a reason; none: what has none.
    Named(Option<String>),
}

/// What the amounts of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Money in the line's currency.
    Money,
    /// Things counted.
    Count,
    /// Days, of which a line shows the most and not the sum.
    MostDays,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub key: String,
    /// What its amounts are.
    pub measure: Measure,
}

impl Column {
    /// A column of money.
    pub fn money(key: impl Into<String>) -> Self {
        Self { key: key.into(), measure: Measure::Money }
    }

    /// A column of things counted.
    pub fn count(key: impl Into<String>) -> Self {
        Self { key: key.into(), measure: Measure::Count }
    }

    /// A column of days, of which the most counts.
    pub fn most_days(key: impl Into<String>) -> Self {
        Self { key: key.into(), measure: Measure::MostDays }
    }
}

/// An event, and how much of a figure it explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contribution {
    /// Which event.
    pub event: EventRef,
    /// The day from which it counts.
    pub day: NaiveDate,
    /// The number of the document that it concerns, if it has one.
    pub number: Option<String>,
    /// What it does, in words.
    pub what: &'static str,
    /// How much, with its sign: millionths of the currency's unit, or of one.
    #[serde(skip)]
    pub micro: i128,
}

/// Takes what a report tells.
pub trait Sink {
    /// `micro` of `column` in the line of `row` and `currency`, for reasons that are worked out
    /// only where they are asked for.
    fn add(
        &mut self,
        row: &Row,
        currency: Currency,
        column: usize,
        micro: i128,
        why: &dyn Fn() -> Vec<Contribution>,
    );
}

/// A question whose answer is a table of sums.
///
/// What it says of itself by `Debug` is all of it: two that say the same are the same question.
pub trait Report: Sync + fmt::Debug {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// The projections that it reads, under the tenant's rules.
    fn which(&self, policies: &Policies, view: &View) -> Which;

    /// Of whom it wants to know.
    fn about(&self) -> About {
        About::Everybody
    }

    /// Its columns, in order; policies are in `common`.
    fn columns(&self, common: &Models, view: &View) -> Vec<Column>;

    /// Whether its lines sum up. Where one amount stands in several lines there is no total.
    fn adds_up(&self) -> bool {
        true
    }

    /// Which columns sum up which others: `(total, parts)`.
    fn foots(&self, _common: &Models, _view: &View) -> Vec<(usize, Vec<usize>)> {
        Vec::new()
    }

    /// The events that set the rules it goes by.
    fn policies(&self, _common: &Models, _view: &View) -> Vec<EventRef> {
        Vec::new()
    }

    /// Tells the amounts of the accounts of `part`.
    fn tell(&self, part: &Models, common: &Models, view: &View, to: &mut dyn Sink);

    /// Tells the amounts that are of no account, once.
    fn tell_common(&self, _common: &Models, _view: &View, _to: &mut dyn Sink) {}
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureLine {
    /// What it is about.
    pub row: Row,
    /// The account's name, or whatever the row goes by.
    pub name: String,
    /// Who answers for the account, or leads the team.
    pub manager: Option<ManagerId>,
    /// What money is in.
    pub currency: Currency,
    /// One for each column: millionths.
    pub cells: Vec<i128>,
}

/// A table of sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What it is called.
    pub report: &'static str,
    /// The day.
    pub as_of: NaiveDate,
    /// The events that set the rules it goes by.
    pub policies: Vec<EventRef>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// A line a row and currency, by name.
    pub lines: Vec<FigureLine>,
    /// A line a currency; currencies are never added.
    pub totals: Vec<FigureLine>,
    foots: Vec<(usize, Vec<usize>)>,
}

impl FigureLine {
    /// The key of the line; with `/` and the name of a column, that of a cell.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}", self.row, self.currency)
    }

    /// Money in a column.
    #[must_use]
    pub fn sum(&self, column: usize) -> Sum {
        let micro = self.cells.get(column).copied().unwrap_or(0);
        Sum { micro, currency: self.currency }
    }

    /// The most days in a column, if there are any.
    #[must_use]
    pub fn most(&self, column: usize) -> Option<i64> {
        let micro = self.cells.get(column).copied().filter(|it| *it != i128::MIN)?;
        i64::try_from(micro / ONE).ok()
    }

    /// What a column counts.
    #[must_use]
    pub fn count(&self, column: usize) -> i64 {
        let micro = self.cells.get(column).copied().unwrap_or(0);
        i64::try_from(micro / ONE).unwrap_or(i64::MAX)
    }
}

/// Sums everything that it hears.
#[derive(Debug)]
struct Summing<'a> {
    columns: &'a [Column],
    lines: BTreeMap<(Row, Currency), Vec<i128>>,
    /// The line last added to: reports tell account by account.
    last: Option<((Row, Currency), Vec<i128>)>,
}

impl Summing<'_> {
    fn settle(&mut self) {
        if let Some((at, cells)) = self.last.take() {
            let known = self.lines.entry(at).or_default();
            add_cells(self.columns, known, &cells);
        }
    }
}

impl Sink for Summing<'_> {
    fn add(
        &mut self,
        row: &Row,
        currency: Currency,
        column: usize,
        micro: i128,
        _: &dyn Fn() -> Vec<Contribution>,
    ) {
        let same = self.last.as_ref().is_some_and(|(at, _)| at.0 == *row && at.1 == currency);
        if !same {
            self.settle();
            let cells = self.columns.iter().map(|it| it.measure.nothing()).collect();
            self.last = Some(((row.clone(), currency), cells));
        }
        let measure = self.columns.get(column).map(|it| it.measure);
        if let (Some((_, cells)), Some(measure)) = (&mut self.last, measure)
            && let Some(cell) = cells.get_mut(column)
        {
            *cell = joined(measure, *cell, micro);
        }
    }
}

impl Measure {
    /// What a cell holds of which nothing was told.
    pub(crate) const fn nothing(self) -> i128 {
        match self {
            Self::Money | Self::Count => 0,
            Self::MostDays => i128::MIN,
        }
    }
}

fn joined(measure: Measure, left: i128, right: i128) -> i128 {
    match measure {
        Measure::Money | Measure::Count => left.saturating_add(right),
        Measure::MostDays => left.max(right),
    }
}

fn add_cells(columns: &[Column], cells: &mut Vec<i128>, more: &[i128]) {
    if cells.is_empty() {
        cells.extend_from_slice(more);
        return;
    }
    for ((cell, more), column) in cells.iter_mut().zip(more).zip(columns) {
        *cell = joined(column.measure, *cell, *more);
    }
}

impl Figures {
    /// The table for the day and the knowledge of `view`.
    #[must_use]
    pub fn of(report: &dyn Report, models: &Models, view: &View) -> Self {
        Self::whole(report, models, view, Self::part(report, models, models, view))
    }

    /// The lines of the accounts of `part`, in no particular order.
    #[must_use]
    pub fn part(
        report: &dyn Report,
        part: &Models,
        common: &Models,
        view: &View,
    ) -> Vec<FigureLine> {
        Self::heard(report, part, common, view, |sums| report.tell(part, common, view, sums))
    }

    fn heard(
        report: &dyn Report,
        part: &Models,
        common: &Models,
        view: &View,
        tell: impl Fn(&mut Summing<'_>),
    ) -> Vec<FigureLine> {
        let columns = report.columns(common, view);
        let mut sums = Summing { columns: &columns, lines: BTreeMap::new(), last: None };
        tell(&mut sums);
        sums.settle();
        let lines = sums.lines.into_iter().map(|((row, currency), cells)| {
            let account = row.account();
            let name = match (&row, account) {
                (Row::Part(account, part_of), _) => {
                    let name = part.directory.account_name(*account, view);
                    format!("{name} · {}", part_of.as_deref().unwrap_or("none stated"))
                }
                (_, Some(account)) => part.directory.account_name(account, view),
                (Row::Named(name), _) => name.clone().unwrap_or_else(|| "none stated".to_owned()),
                (Row::From(day), _) => day.to_string(),
                (Row::Manager(None), _) => "nobody".to_owned(),
                (Row::Team(team), _) => {
                    let name = common.directory.team(*team, view).and_then(|team| team.name);
                    name.unwrap_or_else(|| team.to_string())
                }
                _ => row.to_string(),
            };
            let manager = match row {
                Row::Manager(manager) => manager,
                Row::Team(team) => common.directory.team(team, view).and_then(|team| team.lead),
                _ => account.and_then(|account| part.directory.manager_of(account, view)),
            };
            FigureLine { row, name, manager, currency, cells }
        });
        lines.collect()
    }

    /// The table that the lines of all parts make.
    #[must_use]
    pub fn whole(
        report: &dyn Report,
        common: &Models,
        view: &View,
        mut lines: Vec<FigureLine>,
    ) -> Self {
        lines.extend(Self::heard(report, common, common, view, |sums| {
            report.tell_common(common, view, sums);
        }));
        let columns = report.columns(common, view);
        let mut merged: BTreeMap<(Row, Currency), FigureLine> = BTreeMap::new();
        let mut totals: BTreeMap<Currency, FigureLine> = BTreeMap::new();
        for line in lines {
            let total = totals.entry(line.currency).or_insert_with(|| FigureLine {
                row: Row::Total,
                name: "total".to_owned(),
                manager: None,
                currency: line.currency,
                cells: Vec::new(),
            });
            add_cells(&columns, &mut total.cells, &line.cells);
            match merged.entry((line.row.clone(), line.currency)) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(line);
                }
                std::collections::btree_map::Entry::Occupied(mut known) => {
                    add_cells(&columns, &mut known.get_mut().cells, &line.cells);
                }
            }
        }
        let mut lines: Vec<FigureLine> = merged.into_values().collect();
        lines.sort_by(|left, right| {
            (&left.name, &left.row, left.currency).cmp(&(&right.name, &right.row, right.currency))
        });
        if !report.adds_up() {
            totals.clear();
        }
        Self {
            report: report.name(),
            as_of: view.as_of,
            policies: report.policies(common, view),
            foots: report.foots(common, view),
            columns,
            lines,
            totals: totals.into_values().collect(),
        }
    }

    /// The place of a column.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// The first cell that is not what the columns sum to that make it, or that the lines sum to:
    /// such a table is not to be shown.
    ///
    /// # Errors
    /// [`DoesNotFoot`] with the cell, what it shows and what it should.
    pub fn foots(&self) -> Result<(), DoesNotFoot> {
        for line in self.lines.iter().chain(&self.totals) {
            for (total, parts) in &self.foots {
                let shown = line.sum(*total);
                let micro = parts.iter().map(|at| line.sum(*at).micro).sum();
                let parts = Sum { micro, ..shown };
                self.same(line, *total, shown, parts)?;
            }
        }
        for total in &self.totals {
            for (column, at) in self.columns.iter().zip(0..) {
                let lines = self.lines.iter().filter(|line| line.currency == total.currency);
                let cells = lines.map(|line| line.sum(at).micro);
                let micro = cells.reduce(|sum, more| joined(column.measure, sum, more));
                let micro = micro.unwrap_or(0);
                let shown = total.sum(at);
                self.same(total, at, shown, Sum { micro, ..shown })?;
            }
        }
        Ok(())
    }

    fn same(
        &self,
        line: &FigureLine,
        column: usize,
        shown: Sum,
        parts: Sum,
    ) -> Result<(), DoesNotFoot> {
        if shown == parts {
            return Ok(());
        }
        let column = self.columns.get(column).map(|it| it.key.as_str()).unwrap_or_default();
        Err(DoesNotFoot { cell: format!("{}/{column}", line.key()), shown, parts })
    }
}

/// A cell that is not the sum of its parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cell} shows {shown}, its parts sum to {parts}")]
pub struct DoesNotFoot {
    /// The key of the cell.
    pub cell: String,
    /// What it shows.
    pub shown: Sum,
    /// What it should show.
    pub parts: Sum,
}

/// Which figure of a report.
///
/// As text: the line's key and the column, such as `account:…/EUR/61-90` or `total/EUR/overdue`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellKey {
    /// The line.
    pub row: Row,
    /// Its currency.
    pub currency: Currency,
    /// The name of the column.
    pub column: String,
}

/// Why a text names no cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no cell: write a line's key, `/` and a column, such as total/EUR/overdue \
     ({reason})"
)]
pub struct CellKeyError {
    text: String,
    reason: String,
}

impl FromStr for CellKey {
    type Err = CellKeyError;

    fn from_str(text: &str) -> Result<Self, CellKeyError> {
        let wrong =
            |reason: &str| CellKeyError { text: text.to_owned(), reason: reason.to_owned() };
        let (rest, column) = text.rsplit_once('/').ok_or_else(|| wrong("no column"))?;
        let (row, currency) = rest.rsplit_once('/').ok_or_else(|| wrong("no currency"))?;
        let currency = match currency {
            none if none == Currency::NONE.code() => Currency::NONE,
            code => code.parse().map_err(|error| wrong(&format!("{error}")))?,
        };
        let row = row.parse().map_err(|reason: String| wrong(&reason))?;
        Ok(Self { row, currency, column: column.to_owned() })
    }
}

impl fmt::Display for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.row, self.currency, self.column)
    }
}

impl Row {
    /// The account that it is about, if it is about one.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(account) | Self::Item(account, ..) | Self::Part(account, _) => {
                Some(*account)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total => f.write_str("total"),
            Self::Account(account) => write!(f, "account:{account}"),
            Self::Manager(Some(manager)) => write!(f, "manager:{manager}"),
            Self::Manager(None) => f.write_str("manager:"),
            Self::Team(team) => write!(f, "team:{team}"),
            Self::Item(account, item, part) => {
                let (kind, id) = match item {
                    ItemKey::Document(id) => ("document", id.uuid()),
                    ItemKey::Payment(id) => ("payment", id.uuid()),
                    ItemKey::Refund(id) => ("refund", id.uuid()),
                };
                write!(f, "{kind}:{account}:{id}")?;
                part.map_or(Ok(()), |part| write!(f, ":{part}"))
            }
            Self::Event(event) => write!(f, "event:{event}"),
            Self::From(day) => write!(f, "from:{day}"),
            Self::Part(account, part) => {
                write!(f, "part:{account}:{}", part.as_deref().unwrap_or_default())
            }
            Self::Named(Some(name)) => write!(f, "named:{name}"),
            Self::Named(None) => f.write_str("named:"),
        }
    }
}

fn id<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no id"))
}

impl FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "total" {
            return Ok(Self::Total);
        }
        let (kind, rest) = text.split_once(':').ok_or_else(|| format!("`{text}` is no line"))?;
        Ok(match kind {
            "account" => Self::Account(id(rest)?),
            "manager" if rest.is_empty() => Self::Manager(None),
            "manager" => Self::Manager(Some(id(rest)?)),
            "team" => Self::Team(id(rest)?),
            "event" => Self::Event(rest.parse().map_err(|_| format!("`{rest}` is no event"))?),
            "part" => {
                let (account, part) = rest.split_once(':').unwrap_or((rest, ""));
                Self::Part(id(account)?, (!part.is_empty()).then(|| part.to_owned()))
            }
            "from" => Self::From(rest.parse().map_err(|_| format!("`{rest}` is no day"))?),
            "named" => Self::Named((!rest.is_empty()).then(|| rest.to_owned())),
            "document" | "payment" | "refund" => {
                let mut fields = rest.split(':');
                let mut next = || fields.next().unwrap_or_default();
                let account = id(next())?;
                let item = match kind {
                    "document" => ItemKey::Document(id(next())?),
                    "payment" => ItemKey::Payment(id(next())?),
                    _ => ItemKey::Refund(id(next())?),
                };
                let part = fields.next().map(str::parse).transpose();
                Self::Item(account, item, part.map_err(|_| "no such installment".to_owned())?)
            }
            _ => return Err(format!("`{kind}` is no kind of line")),
        })
    }
}

impl Serialize for Row {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// What a figure is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Of which report.
    pub report: &'static str,
    /// The key of the cell.
    pub cell: CellKey,
    /// What its amounts are.
    pub measure: Measure,
    /// The figure, in millionths.
    pub figure: i128,
    /// The events, by day; they sum to the figure.
    pub contributions: Vec<Contribution>,
    /// The events that set the rules it goes by.
    pub policies: Vec<EventRef>,
}

/// Keeps what it hears of one cell.
struct Listening<'a> {
    cell: &'a CellKey,
    column: usize,
    measure: Measure,
    figure: Option<i128>,
    contributions: Vec<Contribution>,
}

/// Of as many days the event that comes first counts, however the book is divided.
fn first(contributions: &[Contribution]) -> Option<EventRef> {
    contributions.first().map(|it| it.event)
}

impl Sink for Listening<'_> {
    fn add(
        &mut self,
        row: &Row,
        currency: Currency,
        column: usize,
        micro: i128,
        why: &dyn Fn() -> Vec<Contribution>,
    ) {
        let wanted = column == self.column
            && currency == self.cell.currency
            && (self.cell.row == Row::Total || *row == self.cell.row);
        if !wanted {
            return;
        }
        match self.measure {
            Measure::Money | Measure::Count => self.contributions.extend(why()),
            Measure::MostDays if self.figure.is_none_or(|most| micro >= most) => {
                let (more, why) = (self.figure.is_none_or(|most| micro > most), why());
                if more || first(&why) < first(&self.contributions) {
                    self.contributions = why;
                }
            }
            Measure::MostDays => {}
        }
        let figure = self.figure.unwrap_or_else(|| self.measure.nothing());
        self.figure = Some(joined(self.measure, figure, micro));
    }
}

impl Explanation {
    /// What one cell of a report is made of; none: it has no such column.
    #[must_use]
    pub fn of(report: &dyn Report, models: &Models, cell: &CellKey, view: &View) -> Option<Self> {
        let part = Self::part(report, models, models, cell, view)?;
        Self::whole(report, models, cell, view, vec![part])
    }

    /// The figure and the events of the accounts of `part`.
    #[must_use]
    pub fn part(
        report: &dyn Report,
        part: &Models,
        common: &Models,
        cell: &CellKey,
        view: &View,
    ) -> Option<(Option<i128>, Vec<Contribution>)> {
        if cell.row == Row::Total && !report.adds_up() {
            return None;
        }
        let columns = report.columns(common, view);
        let column = columns.iter().position(|it| it.key == cell.column)?;
        let measure = columns.get(column)?.measure;
        Some(Self::heard(cell, column, measure, |to| report.tell(part, common, view, to)))
    }

    fn heard(
        cell: &CellKey,
        column: usize,
        measure: Measure,
        tell: impl Fn(&mut Listening<'_>),
    ) -> (Option<i128>, Vec<Contribution>) {
        let mut heard =
            Listening { cell, column, measure, figure: None, contributions: Vec::new() };
        tell(&mut heard);
        (heard.figure, heard.contributions)
    }

    /// The explanation that all parts make.
    #[must_use]
    pub fn whole(
        report: &dyn Report,
        common: &Models,
        cell: &CellKey,
        view: &View,
        mut parts: Vec<(Option<i128>, Vec<Contribution>)>,
    ) -> Option<Self> {
        let columns = report.columns(common, view);
        let column = columns.iter().position(|it| it.key == cell.column)?;
        let measure = columns.get(column)?.measure;
        parts.push(Self::heard(cell, column, measure, |to| report.tell_common(common, view, to)));
        let mut figure = None;
        let mut contributions = Vec::new();
        for (found, some) in parts {
            let Some(found) = found else { continue };
            match measure {
                Measure::Money | Measure::Count => contributions.extend(some),
                Measure::MostDays if figure.is_none_or(|most| found > most) => contributions = some,
                Measure::MostDays
                    if figure == Some(found) && first(&some) < first(&contributions) =>
                {
                    contributions = some;
                }
                Measure::MostDays => {}
            }
            figure = Some(joined(measure, figure.unwrap_or_else(|| measure.nothing()), found));
        }
        contributions.sort_by(|left: &Contribution, right| {
            (left.day, left.event).cmp(&(right.day, right.event))
        });
        Some(Self {
            report: report.name(),
            cell: cell.clone(),
            measure,
            figure: figure.unwrap_or(0),
            contributions,
            policies: report.policies(common, view),
        })
    }

    /// Whether the events sum to the figure.
    #[must_use]
    pub fn foots(&self) -> bool {
        self.contributions.iter().map(|it| it.micro).sum::<i128>() == self.figure
    }
}
