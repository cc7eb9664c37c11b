//! What an import did, or would do.

use std::path::Path;

use relatum_import::{FieldChange, Report, Sample, Samples, Tally};
use serde_json::Value;

use crate::output::{Cell, Column, Page, Sheet, Shown, Tone, grouped, json as to_json};

/// What became of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came<'a> {
    /// Nothing was to be recorded: the files were checked alone.
    DryRun,
    /// Nothing was to be recorded: the files were compared with the book.
    Preview,
    /// There was nothing new.
    Nothing,
    /// It is in, under this id.
    In(&'a str),
    /// It was cut off, under this id.
    CutOff(&'a str),
}

pub(super) struct Answer<'a> {
    pub(super) report: &'a Report,
    pub(super) came: Came<'a>,
    /// Whether it went on with a batch.
    pub(super) resumed: bool,
    pub(super) rejects: Option<&'a Path>,
}

impl Answer<'_> {
    fn rows(&self) -> Page {
        let Report { rows_read, rows_skipped, rows_rejected, rows_known, .. } = self.report;
        let number = |number: &u64| grouped(&number.to_string());
        let mut pieces = vec![(Tone::Plain, format!("{} rows read", number(rows_read)))];
        if *rows_skipped > 0 {
            pieces.push((Tone::Plain, format!(", {} left out", number(rows_skipped))));
        }
        if self.resumed {
            pieces.push((Tone::Plain, format!(", {} in already", number(rows_known))));
        }
        let tone = if *rows_rejected > 0 { Tone::Bad } else { Tone::Plain };
        pieces.push((tone, format!(", {} rejected", number(rows_rejected))));
        match self.came {
            Came::DryRun => {
                pieces.push((Tone::Faint, " (dry run: nothing was recorded)".to_owned()));
            }
            Came::Preview => {
                pieces.push((Tone::Faint, " (preview: nothing was recorded)".to_owned()));
            }
            _ => {}
        }
        Page::default().pieces(0, pieces)
    }

    fn rejected(&self) -> Page {
        let first = &self.report.first_rejects;
        if first.is_empty() {
            return Page::default();
        }
        let page = Page::default().gap();
        let page = first.iter().fold(page, |page, reject| {
            let place = format!("{}:{}", reject.file, reject.line);
            let column = match reject.column.as_str() {
                "" => String::new(),
                column => format!(" column `{column}`, value `{}`:", reject.value),
            };
            page.pieces(2, vec![(Tone::Bad, place), (Tone::Plain, format!("{column} "))]).then(
                Page::default().pieces(4, vec![(Tone::Plain, format!("    {}", reject.reason))]),
            )
        });
        let more = self.report.rows_rejected.saturating_sub(first.len() as u64);
        let page = match more {
            0 => page,
            more => page.toned(Tone::Faint, format!("and {} more", grouped(&more.to_string()))),
        };
        // One such row is a mistake in it; half of them are another way of writing.
        let Report { rows_read, rows_skipped, rows_rejected, .. } = self.report;
        let page = if rows_rejected.saturating_mul(2) >= rows_read.saturating_sub(*rows_skipped) {
            hints(first.iter().map(|it| it.reason.as_str())).fold(page, Page::note)
        } else {
            page
        };
        match self.rejects {
            Some(path) => page.note(format!("All rejected rows are in {}.", path.display())),
            None => page.note("--rejects FILE writes the rejected rows with their reasons."),
        }
    }

    fn batch(&self, page: Page) -> Page {
        match self.came {
            Came::DryRun | Came::Preview => page,
            Came::Nothing => page.note("Nothing in it is new: no batch was recorded."),
            Came::In(id) => {
                page.note(format!("Batch {id}")).note("`relatum import undo last` takes it back.")
            }
            Came::CutOff(id) => page.note(format!("Batch {id}, cut off")).note(
                "`relatum import resume last` goes on with it, `relatum import undo last` takes \
                 it back.",
            ),
        }
    }
}

/// What whoever imports can say where the files write things otherwise than the mapping knows.
fn hints<'a>(reasons: impl Iterator<Item = &'a str> + Clone) -> impl Iterator<Item = &'static str> {
    let days = "Days are written otherwise in these files: say how, such as `--days %m/%d/%Y` for \
                the month first, `--days %d/%m/%Y` for the day.";
    let numbers = "Numbers are written otherwise in these files: `--decimal ,` is for 1.234,56, \
                   `--decimal .` for 1,234.56.";
    let known = [("check `days`", days), ("check `instants`", days), ("check `decimal`", numbers)];
    let mut said = Vec::new();
    for (sign, hint) in known {
        if !said.contains(&hint) && reasons.clone().any(|reason| reason.contains(sign)) {
            said.push(hint);
        }
    }
    said.into_iter()
}

impl Shown for Answer<'_> {
    fn document(&self) -> Value {
        let mut document = to_json(self.report);
        let (dry, batch) = match self.came {
            Came::DryRun | Came::Preview => (true, None),
            Came::Nothing => (false, None),
            Came::In(id) | Came::CutOff(id) => (false, Some(id)),
        };
        if let Value::Object(fields) = &mut document {
            fields.insert("dry_run".to_owned(), dry.into());
            fields.insert("batch".to_owned(), batch.into());
        }
        document
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![
            Column::text("type", "event type"),
            Column::number("recorded", "new"),
            Column::number("changed", "changed"),
            Column::number("already", "there"),
            Column::number("refused", "refused"),
            Column::number("sums", "sum"),
        ];
        let row = |(name, tally): (&&'static str, &Tally)| {
            let sums = tally.sums.values();
            let plain: Vec<String> =
                sums.clone().map(|sum| format!("{sum} {}", sum.currency)).collect();
            let shown: Vec<String> =
                sums.map(|sum| format!("{} {}", grouped(&sum.to_string()), sum.currency)).collect();
            let refused = Cell::count(tally.refused);
            vec![
                Cell::text(*name),
                Cell::count(tally.recorded),
                Cell::count(tally.changed),
                Cell::count(tally.already),
                if tally.refused > 0 { refused.tone(Tone::Bad) } else { refused },
                Cell::of(shown.join(", "), plain.join("; ")),
            ]
        };
        Sheet::new(columns).with(self.report.events.iter().map(row))
    }

    fn page(&self) -> Page {
        let page = self.rows().gap().sheet(self.sheet());
        let page = self.report.samples.iter().fold(page, |page, it| page.then(samples(it)));
        let page = page.then(self.rejected());
        let open = self.report.files.iter().filter_map(|file| Some((file, file.open_last_line?)));
        let page = open.fold(page, |page, (file, line)| {
            page.note(format!(
                "{} ends in line {line} without a line break: is it whole?",
                file.file
            ))
        });
        let page = match self.report.rows_unassigned {
            0 => page,
            1 => page.note("1 row names no account: what it tells is on an account of its own."),
            rows => page.note(format!(
                "{} rows name no account: what they tell is on an account of its own.",
                grouped(&rows.to_string())
            )),
        };
        let page = match self.report.tables_without_file.as_slice() {
            [] => page,
            tables => page.note(format!("No file was given for {}.", tables.join(", "))),
        };
        self.batch(page)
    }
}

/// A few facts of each outcome.
fn samples(samples: &Samples) -> Page {
    let kinds = [
        ("changed", &samples.changed),
        ("new", &samples.new),
        ("there already", &samples.identical),
    ];
    let told = kinds.into_iter().filter(|(_, all)| !all.is_empty());
    told.fold(Page::default(), |page, (kind, all)| {
        let page = page.gap().toned(Tone::Strong, format!("{kind}, for example"));
        all.iter().fold(page, |page, it| page.then(sample(it)))
    })
}

fn sample(sample: &Sample) -> Page {
    let Sample { file, line, event_type, source, fields, .. } = sample;
    let place = (Tone::Faint, format!("{file}:{line}"));
    let what = (Tone::Plain, format!(" {event_type} `{}`", source.id));
    let page = Page::default().pieces(2, vec![place, what]);
    fields.iter().fold(page, |page, FieldChange { field, old, new, .. }| {
        let show = |value: &Option<Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "nothing".to_owned(),
        };
        page.pieces(4, vec![(Tone::Plain, format!("    {field}: {} → {}", show(old), show(new)))])
    })
}
