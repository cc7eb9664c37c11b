//! What changed in the accounts of one part of a book.

use std::collections::{BTreeMap, BTreeSet};

use relatum_domain::{Gist, TENANT, View};
use relatum_stream::{EventRef, StreamId};

use super::cause::{How, Reasons, Step, Way, Why};
use super::collected::{At, Cells, Collected, Heard, Most, Piece};
use super::told::{Streams, Told, seen_from};
use super::{Change, Compared};
use crate::directory::Directory;
use crate::figures::{Column, FigureLine, Figures, Measure, Report};
use crate::models::{Models, Which};
use crate::projection::Projection as _;

/// The gists of one stream, in their order.
type Row<'g, 'a> = (StreamId, &'g [&'g Gist<'a>]);

/// So many stages there are.
const STAGES: usize = Step::ALL.len() + 1;

/// What is of no account, as it was and as it is.
#[derive(Debug)]
pub struct ChangesCommon {
    now: Models,
    /// As it was seen before; none: it was seen the same.
    then: Option<Models>,
    /// The same with the rules alone as they were; none: they were the same.
    rules_then: Option<Models>,
    streams: Streams,
    /// The events that set rules for one of the two looks only.
    rules: Vec<EventRef>,
    pub(super) columns: Columns,
}

impl ChangesCommon {
    /// What is known of managers, teams and the tenant.
    #[must_use]
    pub const fn now(&self) -> &Models {
        &self.now
    }

    /// After a step, and before all of them.
    fn at(&self, step: Option<Step>) -> &Models {
        let seen = match step {
            Some(Step::Day | Step::Known) => self.then.as_ref(),
            Some(Step::Directory) => self.rules_then.as_ref(),
            // The two ends are what the report shows.
            None | Some(Step::Policies) => None,
        };
        seen.unwrap_or(&self.now)
    }
}

/// The most days of a cell, before and after.
pub(super) type Ends = [Option<Box<Most>>; 2];

/// What the accounts of one part say.
#[derive(Debug, Default)]
pub struct ChangesPart {
    pub(super) before: Vec<FigureLine>,
    pub(super) after: Vec<FigureLine>,
    pub(super) sums: BTreeMap<(At, usize), Vec<Change>>,
    pub(super) most: BTreeMap<(At, usize), Ends>,
}

/// The columns of both, and where in them are those of each stage.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) all: Vec<Column>,
    places: [Vec<usize>; STAGES],
}

fn take_directory(directory: &mut Directory, stream: StreamId, gists: &[&Gist<'_>], view: &View) {
    let seen: Vec<Gist<'_>> = gists.iter().filter_map(|gist| seen_from(gist, view)).collect();
    let seen: Vec<&Gist<'_>> = seen.iter().collect();
    directory.fold(stream, &seen);
}

impl Compared<'_> {
    pub(super) const fn way(&self) -> Way {
        Way { first: self.first.1, last: self.last.1 }
    }

    /// What is of no account: `rows` are all of it.
    #[must_use]
    pub fn common(&self, rows: &[Row<'_, '_>]) -> ChangesCommon {
        let (first, last) = (self.first.1, self.last.1);
        let (mut now, mut streams) = (Models::default(), Streams::new());
        let (mut all, mut rules) = (Directory::default(), Directory::default());
        let (mut all_differ, mut rules_differ) = (false, false);
        for (stream, gists) in rows {
            now.fold(*stream, gists);
            let told: &mut Told = streams.entry(*stream).or_default();
            told.take(gists);
            let differs = told.standing_that_differs((&first, &last)).next().is_some();
            all_differ |= differs;
            take_directory(&mut all, *stream, gists, &first);
            if stream.kind == TENANT {
                rules_differ |= differs;
                take_directory(&mut rules, *stream, gists, &first);
            } else {
                rules.fold(*stream, gists);
            }
        }
        let with = |directory| Models { directory, ..now.clone() };
        let then = all_differ.then(|| with(all));
        let rules_then = rules_differ.then(|| with(rules));
        let (rules, columns) = (Vec::new(), Columns::default());
        let mut common = ChangesCommon { now, then, rules_then, streams, rules, columns };
        (common.rules, common.columns) = (self.rules(&common), self.columns(&common));
        common
    }

    /// The events that set rules for one of the two looks only.
    fn rules(&self, common: &ChangesCommon) -> Vec<EventRef> {
        let of = |(report, view): (&dyn Report, View)| report.policies(common.now(), &view);
        let (first, last) = (of(self.first), of(self.last));
        let gone = first.iter().filter(|it| !last.contains(it));
        let new = last.iter().filter(|it| !first.contains(it));
        gone.chain(new).copied().collect()
    }

    /// The report and the view at a stage.
    fn look(&self, stage: usize) -> (&dyn Report, View) {
        match stage {
            0 => self.first,
            1 if self.way().is_one_day() => self.first,
            1 => (self.last.0, self.way().between()),
            _ => self.last,
        }
    }

    fn columns(&self, common: &ChangesCommon) -> Columns {
        let mut all: Vec<Column> = Vec::new();
        let mut places: [Vec<usize>; STAGES] = Default::default();
        // Those of now come first.
        for stage in (0..STAGES).rev() {
            let (report, view) = self.look(stage);
            let columns = report.columns(common.at(step_to(stage)), &view);
            let place = |column: Column| {
                let known = all.iter().position(|it| *it == column);
                known.unwrap_or_else(|| {
                    all.push(column);
                    all.len().saturating_sub(1)
                })
            };
            let found = columns.into_iter().map(place).collect();
            if let Some(place) = places.get_mut(stage) {
                *place = found;
            }
        }
        Columns { all, places }
    }

    /// Whether a stage can differ from the one before it.
    fn is_taken(&self, step: Step, directory_differs: bool, common: &ChangesCommon) -> bool {
        match step {
            Step::Day => !self.way().is_one_day(),
            Step::Known => self.first.1.known_at != self.last.1.known_at || !self.is_one_report,
            Step::Directory => directory_differs || common.then.is_some(),
            Step::Policies => common.rules_then.is_some(),
        }
    }

    /// Whether accounts of which nothing was recorded in between are the same.
    fn others_are_the_same(&self, common: &ChangesCommon) -> bool {
        self.way().is_one_day() && self.is_one_report && common.then.is_none()
    }

    /// What changed in the accounts of a part, of which `rows` are all events that `which`
    /// projections read. `told` are the same by the streams that hold them, where several accounts
    /// are one; none: as they are.
    #[must_use]
    pub fn part(
        &self,
        which: Which,
        (rows, told): (&[Row<'_, '_>], Option<&[Row<'_, '_>]>),
        common: &ChangesCommon,
    ) -> ChangesPart {
        let mut models = Models::default();
        rows.iter().for_each(|(stream, gists)| models.fold_only(which, *stream, gists));
        let now = common.now();
        let (first, last) = (self.first, self.last);
        let before = Figures::part(first.0, &models, now, &first.1);
        let after = Figures::part(last.0, &models, now, &last.1);
        let mut part = ChangesPart { before, after, ..ChangesPart::default() };
        let between = |gist: &&Gist<'_>| {
            let recorded = gist.stamp.recorded;
            first.1.known_at < recorded && recorded <= last.1.known_at
        };
        let mut rows = rows.to_vec();
        if self.others_are_the_same(common) {
            rows.retain(|(_, gists)| gists.iter().any(between));
            models = Models::default();
            rows.iter().for_each(|(stream, gists)| models.fold_only(which, *stream, gists));
        }
        if rows.is_empty() {
            return part;
        }
        let (mut streams, mut then) = (Streams::new(), Directory::default());
        let mut differs = false;
        for (stream, gists) in told.unwrap_or(&rows) {
            let told: &mut Told = streams.entry(*stream).or_default();
            told.take(gists);
            differs |= told.standing_that_differs((&first.1, &last.1)).next().is_some();
        }
        for (stream, gists) in &rows {
            take_directory(&mut then, *stream, gists, &first.1);
        }
        let reasons = self.reasons(&streams, common);
        let mut reasons = if told.is_some() { reasons.of_one() } else { reasons };
        let mut directories = (then, std::mem::take(&mut models.directory));
        self.walk(differs, common, &mut reasons, &mut part, |stage, to| {
            let (report, view) = self.look(stage);
            let step = step_to(stage);
            let is_now = matches!(step, None | Some(Step::Directory | Step::Policies));
            let directory = if is_now { &mut directories.1 } else { &mut directories.0 };
            std::mem::swap(&mut models.directory, directory);
            report.tell(&models, common.at(step), &view, to);
            std::mem::swap(&mut models.directory, directory);
        });
        part
    }

    fn reasons<'r>(&self, streams: &'r Streams, common: &'r ChangesCommon) -> Reasons<'r> {
        let looks = (common.rules.as_slice(), self.is_one_report);
        Reasons::new(self.way(), (streams, &common.streams), looks)
    }

    /// What changed of what is of no account.
    pub(super) fn part_of_common(&self, common: &ChangesCommon) -> ChangesPart {
        let (none, mut part) = (Streams::new(), ChangesPart::default());
        let mut reasons = self.reasons(&none, common);
        self.walk(false, common, &mut reasons, &mut part, |stage, to| {
            let (report, view) = self.look(stage);
            report.tell_common(common.at(step_to(stage)), &view, to);
        });
        part
    }

    /// Goes from stage to stage and notes what is different after each step.
    fn walk<'c>(
        &self,
        directory_differs: bool,
        common: &'c ChangesCommon,
        reasons: &mut Reasons<'_>,
        part: &mut ChangesPart,
        mut tell: impl FnMut(usize, &mut Collected<'c>),
    ) {
        let columns = &common.columns;
        let totals = self.first.0.adds_up() && self.last.0.adds_up();
        let mut collect = |stage: usize| {
            let places = columns.places.get(stage).map(Vec::as_slice).unwrap_or_default();
            let all = columns.all.as_slice();
            let mut to = Collected { columns: all, places, totals, cells: Cells::new() };
            tell(stage, &mut to);
            to.cells
        };
        let first = collect(0);
        let mut last = None;
        for (stage, step) in (1..).zip(Step::ALL) {
            if self.is_taken(step, directory_differs, common) {
                let next = collect(stage);
                let known = last.as_ref().unwrap_or(&first);
                note_sums(&mut part.sums, &columns.all, known, &next, step, reasons);
                last = Some(next);
            }
        }
        if let Some(last) = last {
            note_most(&mut part.most, &columns.all, &first, &last, reasons);
        }
    }
}

/// The step that leads to a stage.
fn step_to(stage: usize) -> Option<Step> {
    Step::ALL.get(stage.checked_sub(1)?).copied()
}

/// Notes how the events behind sums changed in a step.
fn note_sums(
    sums: &mut BTreeMap<(At, usize), Vec<Change>>,
    columns: &[Column],
    known: &Cells,
    next: &Cells,
    step: Step,
    reasons: &mut Reasons<'_>,
) {
    let (no_cells, none) = (Vec::new(), Pieces::new());
    let lines: BTreeSet<&At> = known.keys().chain(next.keys()).collect();
    for at in lines {
        let before = known.get(at).unwrap_or(&no_cells);
        let after = next.get(at).unwrap_or(&no_cells);
        for (column, place) in columns.iter().zip(0_usize..) {
            let (was, is) = (pieces(before, place, &none), pieces(after, place, &none));
            let mut changes = Vec::new();
            for (event, piece, micro) in differences(was, is) {
                let tells = |cells| tells(cells, columns, column.measure, event);
                let how = match tells(before) && tells(after) {
                    true => How::Stays,
                    false => How::ComesOrGoes,
                };
                changes.push(change(event, piece, micro, reasons.why(event, step, how)));
            }
            if !changes.is_empty() {
                sums.entry((at.clone(), place)).or_default().append(&mut changes);
            }
        }
    }
}

/// What a sum is made of.
fn pieces<'a>(cells: &'a [Heard], place: usize, none: &'a Pieces) -> &'a Pieces {
    match cells.get(place) {
        Some(Heard::Sum(pieces)) => pieces,
        _ => none,
    }
}

/// Whether an event adds to any of the cells of a line that are of one measure.
fn tells(cells: &[Heard], columns: &[Column], measure: Measure, event: EventRef) -> bool {
    cells.iter().zip(columns).any(|(heard, column)| match heard {
        Heard::Sum(pieces) => column.measure == measure && pieces.contains_key(&event),
        Heard::Most(_) => false,
    })
}

/// The events whose amounts differ, and by how much.
fn differences<'a>(
    before: &'a Pieces,
    after: &'a Pieces,
) -> impl Iterator<Item = (EventRef, &'a Piece, i128)> {
    let gone = before.iter().filter(|(event, _)| !after.contains_key(*event));
    let gone = gone.map(|(event, piece)| (*event, piece, piece.micro.saturating_neg()));
    let is = after.iter().map(|(event, piece)| {
        let was = before.get(event).map_or(0, |it| it.micro);
        (*event, piece, piece.micro.saturating_sub(was))
    });
    gone.chain(is).filter(|(.., micro)| *micro != 0)
}

type Pieces = BTreeMap<EventRef, Piece>;

pub(super) fn change(event: EventRef, piece: &Piece, micro: i128, (cause, by): Why) -> Change {
    let Piece { day, number, what, .. } = piece;
    let by = by.filter(|by| by.event != event);
    Change { cause, event, by, day: *day, number: number.clone(), what, micro }
}

/// Notes where the most days are not the same, and of which event they were and are.
fn note_most(
    most: &mut BTreeMap<(At, usize), Ends>,
    columns: &[Column],
    first: &Cells,
    last: &Cells,
    reasons: &mut Reasons<'_>,
) {
    let lines: BTreeSet<&At> = first.keys().chain(last.keys()).collect();
    for at in lines {
        for place in 0..columns.len() {
            let found = |cells: &Cells| match cells.get(at).and_then(|cells| cells.get(place)) {
                Some(Heard::Most(most)) => most.clone(),
                _ => None,
            };
            let (mut before, mut after) = (found(first), found(last));
            let place_of = |it: &Option<Box<Most>>| it.as_ref().map(|it| (it.micro, it.event));
            if place_of(&before) != place_of(&after) {
                for it in before.iter_mut().chain(&mut after) {
                    it.why = reasons.why_most(it.event);
                }
                most.insert((at.clone(), place), [before, after]);
            }
        }
    }
}
