//! What changed in a report between two points on the axes of time, and what changed it.
//!
//! Owns [`Changes`]: the cells of a report that differ between two [views](View), the change of
//! each split into [causes](Cause) with the events behind it. The way from one view to the other
//! goes over stages: first to the other day with what was known, then to what is known now, then to
//! who is who now, then to the rules of now. From stage to stage the events behind a cell are
//! compared one by one, so that the causes of a cell sum exactly to its change.
//!
//! The way leads from what was known earlier to what was known later, whichever is asked for
//! first; so the change from one point to another is the change back with the other sign.
//!
//! *Invariant: the causes of a cell sum to its change.*

mod cause;
mod collected;
mod part;
mod told;
mod whole;

use chrono::NaiveDate;
use relatum_domain::{Currency, ManagerId, TypeName, View};
use relatum_stream::EventRef;
use serde::Serialize;

use crate::about::About;
use crate::figures::{Column, DoesNotFoot, Measure, Report, Row};
use crate::models::Which;

pub use part::{ChangesCommon, ChangesPart};

/// Why a figure changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A fact holds from a day after the earlier one.
    NewlyEffective,
    /// A known fact counts elsewhere because days went by.
    Aged,
    /// A fact that held on the earlier day was recorded only since.
    LateArrived,
    /// A known fact was voided or amended, or holds again.
    Corrected,
    /// Something was taken back: a payment that bounced, an invoice that was reversed.
    Reversed,
    /// A known fact counts elsewhere because it is matched otherwise.
    Rematched,
    /// A known fact counts elsewhere because accounts, managers or teams belong elsewhere.
    Reassigned,
    /// A known fact counts otherwise under another rule of the tenant.
    PolicyChanged,
}

impl Cause {
    /// In words, as a table shows it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NewlyEffective => "newly effective",
            Self::Aged => "aged",
            Self::LateArrived => "late-arrived",
            Self::Corrected => "corrected or voided",
            Self::Reversed => "reversed",
            Self::Rematched => "re-matched",
            Self::Reassigned => "reassigned",
            Self::PolicyChanged => "policy changed",
        }
    }
}

/// An event that made others count otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct By {
    /// Which.
    pub event: EventRef,
    /// Its type.
    pub kind: TypeName,
    /// The day from which it holds.
    pub day: NaiveDate,
}

/// An event, and by how much it changed a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Why.
    pub cause: Cause,
    /// The event whose amount counts now and did not, or the other way round.
    pub event: EventRef,
    /// The event that made it so, where that is another one.
    pub by: Option<By>,
    /// The day from which the event counts.
    pub day: NaiveDate,
    /// The number of the document that it concerns, if it has one.
    pub number: Option<String>,
    /// What the event does, in words.
    pub what: &'static str,
    /// By how much, with its sign: millionths of the currency's unit, or of one.
    #[serde(skip)]
    pub micro: i128,
}

/// A cell that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellChange {
    /// The line.
    pub row: Row,
    /// What the line goes by.
    pub name: String,
    /// Who answers for the account, or leads the team.
    pub manager: Option<ManagerId>,
    /// What money is in.
    pub currency: Currency,
    /// The column.
    pub column: Column,
    /// What it showed, in millionths; of days none: 0.
    pub before: i128,
    /// What it shows, in millionths.
    pub after: i128,
    /// By how much each cause changed it, ascending; none is left out that changed it by
    /// anything, and none is there that did not.
    pub causes: Vec<(Cause, i128)>,
    /// The events behind it, by cause; a total has none of its own.
    pub changes: Vec<Change>,
}

impl CellChange {
    /// By how much it changed.
    #[must_use]
    pub const fn change(&self) -> i128 {
        self.after.saturating_sub(self.before)
    }

    /// The key of the cell.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.row, self.currency, self.column.key)
    }
}

/// What changed in a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Of which report.
    pub report: &'static str,
    /// From where one looked before.
    pub before: View,
    /// From where one looks now.
    pub after: View,
    /// The events that set the rules it went by before.
    pub policies_before: Vec<EventRef>,
    /// The events that set the rules it goes by now.
    pub policies_after: Vec<EventRef>,
    /// The cells that changed, by line and column.
    pub cells: Vec<CellChange>,
    /// The totals that changed, by currency and column.
    pub totals: Vec<CellChange>,
}

impl Changes {
    /// The first cell whose causes do not sum to its change: such a comparison is not to be shown.
    ///
    /// # Errors
    /// [`DoesNotFoot`] with the cell, its change and what its causes sum to.
    pub fn foots(&self) -> Result<(), DoesNotFoot> {
        for it in self.cells.iter().chain(&self.totals) {
            let parts: i128 = it.causes.iter().map(|(_, micro)| micro).sum();
            let events: i128 = it.changes.iter().map(|change| change.micro).sum();
            let told = it.row == Row::Total && it.column.measure != Measure::MostDays;
            if parts != it.change() || (!told && events != parts) {
                let sum = |micro| crate::amounts::Sum { micro, currency: it.currency };
                let (shown, parts) = (sum(it.change()), sum(parts));
                return Err(DoesNotFoot { cell: it.key(), shown, parts });
            }
        }
        Ok(())
    }

    /// The same the other way round.
    #[must_use]
    fn back(mut self) -> Self {
        std::mem::swap(&mut self.before, &mut self.after);
        std::mem::swap(&mut self.policies_before, &mut self.policies_after);
        for cell in self.cells.iter_mut().chain(&mut self.totals) {
            std::mem::swap(&mut cell.before, &mut cell.after);
            cell.causes.iter_mut().for_each(|(_, micro)| *micro = micro.saturating_neg());
            cell.changes.iter_mut().for_each(|it| it.micro = it.micro.saturating_neg());
        }
        self
    }
}

/// Two looks at one report.
///
/// The reports are the same one, or the same question put at two days.
#[derive(Clone, Copy)]
pub struct Compared<'a> {
    /// The look that knew less.
    first: (&'a dyn Report, View),
    /// The look that knows more.
    last: (&'a dyn Report, View),
    /// Whether they are asked for the other way round.
    back: bool,
    /// Whether both are the same question, in all that it says of itself.
    is_one_report: bool,
}

impl std::fmt::Debug for Compared<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let views = (self.first.1, self.last.1, self.back);
        f.debug_tuple("Compared").field(&views).finish()
    }
}

impl<'a> Compared<'a> {
    /// `after` against `before`.
    #[must_use]
    pub fn new(before: (&'a dyn Report, View), after: (&'a dyn Report, View)) -> Self {
        let place = |view: View| (view.known_at, view.as_of);
        let back = place(before.1) > place(after.1);
        let (first, last) = if back { (after, before) } else { (before, after) };
        let (one, other) = (before.0, after.0);
        let is_one_report =
            std::ptr::addr_eq(one, other) || format!("{one:?}") == format!("{other:?}");
        Self { first, last, back, is_one_report }
    }

    /// The projections that either reads, under the rules that hold for it.
    #[must_use]
    pub fn which(&self, common: &ChangesCommon) -> Which {
        let policies = common.now().directory.policies();
        let which = |(report, view): (&dyn Report, View)| report.which(policies, &view);
        which(self.first).and(which(self.last))
    }

    /// Of whom it wants to know.
    #[must_use]
    pub fn about(&self) -> About {
        match (self.first.0.about(), self.last.0.about()) {
            (first, last) if first == last => first,
            _ => About::Everybody,
        }
    }
}
