//! What changed in a whole book: what all parts say, together.

use std::collections::BTreeMap;

use relatum_domain::Currency;
use relatum_stream::EventRef;

use super::collected::{At, Most};
use super::part::{ChangesCommon, ChangesPart, Columns, Ends, change};
use super::{Cause, CellChange, Change, Changes, Compared};
use crate::figures::{Column, FigureLine, Figures, Measure, ONE, Row};

/// The changes of all parts by cell.
type Found = BTreeMap<At, BTreeMap<usize, Vec<Change>>>;

impl Compared<'_> {
    /// What changed, of what the parts of a book say.
    #[must_use]
    pub fn whole(&self, common: &ChangesCommon, parts: Vec<ChangesPart>) -> Changes {
        let columns = &common.columns;
        let (mut before, mut after, mut found) = (Vec::new(), Vec::new(), Found::new());
        let mut most: BTreeMap<(At, usize), Ends> = BTreeMap::new();
        let of_common = self.part_of_common(common);
        for mut part in parts.into_iter().chain([of_common]) {
            before.append(&mut part.before);
            after.append(&mut part.after);
            for ((at, column), mut changes) in part.sums {
                found.entry(at).or_default().entry(column).or_default().append(&mut changes);
            }
            for (cell, stages) in part.most {
                let known = most.entry(cell).or_default();
                known
                    .iter_mut()
                    .zip(stages)
                    .for_each(|(known, more)| *known = weightier(known, more));
            }
        }
        let (first, last) = (self.first, self.last);
        let before = Figures::whole(first.0, common.now(), &first.1, before);
        let after = Figures::whole(last.0, common.now(), &last.1, after);
        let between = last.1.as_of.signed_duration_since(first.1.as_of).num_days();
        let passed = i128::from(between).saturating_mul(ONE);
        let (cells, totals) = cells(columns, (&before, &after), found, (&most, passed));
        let changes = Changes {
            report: last.0.name(),
            before: first.1,
            after: last.1,
            policies_before: before.policies,
            policies_after: after.policies,
            cells,
            totals,
        };
        if self.back { changes.back() } else { changes }
    }
}

fn weightier(known: &mut Option<Box<Most>>, more: Option<Box<Most>>) -> Option<Box<Most>> {
    match (known.take(), more) {
        (Some(known), Some(more)) => Some(if more.outweighs(&known) { more } else { known }),
        (known, more) => known.or(more),
    }
}

/// The event by which the most days are others: the one that has them now, where they are more;
/// the one that had them, where they are fewer.
fn days(micro: i128, passed: i128, [before, after]: &Ends) -> Option<Change> {
    let (one, other) = if micro > 0 { (after, before) } else { (before, after) };
    let found = one.as_ref().or(other.as_ref())?;
    let event = |it: &Option<Box<Most>>| it.as_ref().map(|it| it.event);
    let only_aged = micro == passed && event(before) == event(after);
    let why = if only_aged { (Cause::Aged, None) } else { found.why };
    Some(change(found.event, &found.piece, micro, why))
}

/// What a line shows in a column, by name; nothing where it has none such.
fn shown(figures: &Figures, line: Option<&FigureLine>, column: &Column) -> i128 {
    let place = figures.columns.iter().position(|it| it == column);
    let micro = line.zip(place).and_then(|(line, place)| line.cells.get(place).copied());
    micro.filter(|it| *it != Measure::MostDays.nothing()).unwrap_or(0)
}

/// Two lines about the same, before and after.
type Both<'a> = (Option<&'a FigureLine>, Option<&'a FigureLine>);

/// The cells that changed, those of lines and those of totals.
fn cells(
    columns: &Columns,
    (before, after): (&Figures, &Figures),
    mut found: Found,
    (most, passed): (&BTreeMap<(At, usize), Ends>, i128),
) -> (Vec<CellChange>, Vec<CellChange>) {
    let mut lines: BTreeMap<(&str, At), Both<'_>> = BTreeMap::new();
    let mut totals: BTreeMap<At, Both<'_>> = BTreeMap::new();
    let at = |line: &FigureLine| (line.row.clone(), line.currency);
    // A line goes by the name that it has now.
    let names: BTreeMap<At, &str> =
        before.lines.iter().chain(&after.lines).map(|it| (at(it), it.name.as_str())).collect();
    let name = |line: &FigureLine| names.get(&at(line)).copied().unwrap_or_default();
    before.lines.iter().for_each(|it| lines.entry((name(it), at(it))).or_default().0 = Some(it));
    after.lines.iter().for_each(|it| lines.entry((name(it), at(it))).or_default().1 = Some(it));
    before.totals.iter().for_each(|it| totals.entry(at(it)).or_default().0 = Some(it));
    after.totals.iter().for_each(|it| totals.entry(at(it)).or_default().1 = Some(it));
    let mut changed = Vec::new();
    let mut sums: BTreeMap<(Currency, usize), BTreeMap<Cause, i128>> = BTreeMap::new();
    for ((_, at), both) in lines {
        let mut own = found.remove(&at).unwrap_or_default();
        for (column, place) in columns.all.iter().zip(0_usize..) {
            let changes = own.remove(&place).unwrap_or_default();
            let ends = (most.get(&(at.clone(), place)), passed);
            let cell = cell(column, (before, after), both, changes, ends);
            let sum = sums.entry((at.1, place)).or_default();
            for (cause, micro) in &cell.causes {
                let known = sum.entry(*cause).or_default();
                *known = known.saturating_add(*micro);
            }
            changed.push(cell);
        }
    }
    let of_total = |(at, both): (At, Both<'_>)| -> Vec<CellChange> {
        let mut own = found.remove(&at).unwrap_or_default();
        let all = columns.all.iter().zip(0_usize..);
        all.map(|(column, place)| {
            let changes = own.remove(&place).unwrap_or_default();
            let ends = (most.get(&(at.clone(), place)), passed);
            let mut cell = cell(column, (before, after), both, changes, ends);
            if column.measure != Measure::MostDays {
                let sum = sums.remove(&(at.1, place)).unwrap_or_default();
                cell.causes = sum.into_iter().filter(|(_, micro)| *micro != 0).collect();
            }
            cell
        })
        .collect()
    };
    let totals: Vec<CellChange> = totals.into_iter().flat_map(of_total).collect();
    let differs = |it: &CellChange| it.before != it.after;
    (changed.into_iter().filter(differs).collect(), totals.into_iter().filter(differs).collect())
}

fn cell(
    column: &Column,
    (before, after): (&Figures, &Figures),
    both: Both<'_>,
    mut changes: Vec<Change>,
    (ends, passed): (Option<&Ends>, i128),
) -> CellChange {
    let (row, name, manager, currency) =
        both.1.or(both.0).map_or((Row::Total, String::new(), None, Currency::NONE), |line| {
            (line.row.clone(), line.name.clone(), line.manager, line.currency)
        });
    let (was, is) = (shown(before, both.0, column), shown(after, both.1, column));
    if is != was {
        changes.extend(ends.and_then(|ends| days(is.saturating_sub(was), passed, ends)));
    }
    let changes = together(changes);
    let mut causes: BTreeMap<Cause, i128> = BTreeMap::new();
    for it in &changes {
        let known = causes.entry(it.cause).or_default();
        *known = known.saturating_add(it.micro);
    }
    CellChange {
        row,
        name,
        manager,
        currency,
        column: column.clone(),
        before: was,
        after: is,
        causes: causes.into_iter().filter(|(_, micro)| *micro != 0).collect(),
        changes,
    }
}

/// One change an event and cause, by cause and day.
fn together(changes: Vec<Change>) -> Vec<Change> {
    let mut known: BTreeMap<(Cause, EventRef), Change> = BTreeMap::new();
    for it in changes {
        match known.entry((it.cause, it.event)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(it);
            }
            std::collections::btree_map::Entry::Occupied(mut same) => {
                let same = same.get_mut();
                same.micro = same.micro.saturating_add(it.micro);
            }
        }
    }
    let mut all: Vec<Change> = known.into_values().filter(|it| it.micro != 0).collect();
    all.sort_by_key(|it| (it.cause, it.day, it.event));
    all
}
