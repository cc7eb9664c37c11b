//! `relatum fold`: the fold of one bucket of an archive, for a cluster.

use std::io::{self, Write as _};

use chrono::NaiveDate;
use clap::Args;
use relatum::domain::{Recorded, View};
use relatum::{TABLES, Table};
use relatum_archive::{
    Archive, ArchiveError, ArrowFile, DIGESTS, Folded, FoldedBucket, Manifest, Place,
    digests_schema, fold_bucket, ipc_batches, table_schema,
};
use serde_json::Value;

use crate::failure::{Exit, Failure};
use crate::output::{Cell, Column, Out, Page, Sheet, Shown, grouped, json as to_json};
use crate::session::Session;
use crate::values::{self, Known};
use crate::viewpoint::today;

/// Fold one bucket of an archive: the rows of every table that are of its accounts, and digests
///
/// Reads the segments of the bucket and of what is no account's, and writes TABLE/bucket=K.parquet
/// below --out. All buckets together hold the rows of `relatum export TABLE`, in their order.
/// Accounts that are one are told by the bucket of the one that is kept, for which the buckets of
/// the others are read too. No store and no key is needed. Folding a bucket again writes the same
/// files: a retry is harmless.
/// With `--in -` and `--out -`, events come in and the rows of one --table go out as Arrow IPC
/// streams, as Spark's mapInArrow hands them over.
#[derive(Debug, Args)]
pub(crate) struct Fold {
    /// Which bucket: 0 to 1023, or 1024 for managers, teams and the tenant
    #[arg(long, value_name = "K")]
    bucket: Option<u16>,
    /// The archive, a directory or a URL; - for events as an Arrow IPC stream
    #[arg(long = "in", value_name = "DIR")]
    from: String,
    /// Where results go, a directory or a URL; - for an Arrow IPC stream
    #[arg(long = "out", value_name = "DIR")]
    to: String,
    /// The table whose rows go to standard output, or `digests`
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// With --in -: the archive of what is no account's, which says how many rows a bucket has
    #[arg(long, value_name = "DIR")]
    common: Option<String>,
    /// The day to look from; today unless said otherwise: say it where several fold
    #[arg(long, value_name = "DAY", value_parser = values::day)]
    as_of: Option<NaiveDate>,
    /// What was recorded by then only: an instant, a day (its end, UTC) or a position at which an
    /// export ended, like @1234
    #[arg(long, value_name = "WHEN", value_parser = values::known)]
    known_at: Option<Known>,
}

impl Fold {
    pub(crate) fn run(self, session: &mut Session) -> Result<Exit, Failure> {
        if self.from == "-" {
            return self.piped();
        }
        let archive = Archive::open(&Place::parse(&self.from)?)?;
        let view = self.view(Some(archive.manifest()))?;
        let Some(bucket) = self.bucket else {
            return Err(Failure::new(Exit::Usage, "say which --bucket of the archive"));
        };
        if self.to == "-" {
            let folded = Folded::of_bucket(&archive, bucket, &view)?;
            self.give(&folded)?;
        } else {
            let done = fold_bucket(&archive, bucket, &view, &Place::parse(&self.to)?)?;
            session.show(&Answer(done))?;
        }
        Ok(Exit::Done)
    }

    /// Events come by standard input.
    fn piped(&self) -> Result<Exit, Failure> {
        if self.to != "-" {
            let message = "what comes by standard input goes to standard output: give --out -";
            return Err(Failure::new(Exit::Usage, message));
        }
        let common = self.common.as_deref().map(|text| Archive::open(&Place::parse(text)?));
        let common = common.transpose()?;
        let view = self.view(common.as_ref().map(Archive::manifest))?;
        let batches = ipc_batches(io::stdin().lock())?;
        let folded = Folded::of_batches(batches, common.as_ref(), &view)?;
        self.give(&folded)?;
        Ok(Exit::Done)
    }

    fn view(&self, manifest: Option<&Manifest>) -> Result<View, Failure> {
        let view = View::as_of(self.as_of.unwrap_or_else(today));
        let seq = match &self.known_at {
            None => return Ok(view),
            Some(Known::At(instant)) => return Ok(view.known_at(Recorded::from(*instant))),
            Some(Known::UpTo(seq)) => *seq,
        };
        let increments = manifest.map(|it| it.increments.as_slice()).unwrap_or_default();
        let found = increments.iter().find(|it| it.last == seq.0);
        let found = found.ok_or_else(|| {
            let ends: Vec<String> = increments.iter().map(|it| format!("@{}", it.last)).collect();
            let message = format!("no export of the archive ended at @{seq}");
            let hint = format!("say an instant, or one of {}", ends.join(", "));
            Failure::new(Exit::Usage, message).hint(hint)
        })?;
        Ok(view.known_at(Recorded::from(found.recorded_at)))
    }

    /// Writes the rows of the table to standard output.
    fn give(&self, folded: &Folded) -> Result<(), Failure> {
        let Some(name) = self.table.as_deref() else {
            let message = "rows of one table fit into a stream: say which --table, or digests";
            return Err(Failure::new(Exit::Usage, message));
        };
        if name == DIGESTS {
            let mut file = ArrowFile::stream(Out::stdout(), &digests_schema())?;
            file.write(&folded.digests()?)?;
            return Ok(file.end()?.flush()?);
        }
        let table = named(name)?;
        let mut file = ArrowFile::stream(Out::stdout(), &table_schema(table))?;
        folded.table(table, |batch| file.write(&batch))?;
        Ok(file.end()?.flush()?)
    }
}

fn named(name: &str) -> Result<&'static dyn Table, Failure> {
    let found = TABLES.iter().copied().find(|it| it.name() == name);
    found.ok_or_else(|| {
        let hint = "`relatum export --list` lists the tables";
        Failure::new(Exit::Usage, format!("there is no table `{name}`")).hint(hint)
    })
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Engine(error) => error.into(),
            error => Self::of(error.class().into(), error),
        }
    }
}

struct Answer(FoldedBucket);

impl Shown for Answer {
    fn document(&self) -> Value {
        to_json(&self.0)
    }

    fn sheet(&self) -> Sheet {
        let columns = vec![Column::text("table", "table"), Column::number("rows", "rows")];
        let rows = self.0.rows.iter();
        Sheet::new(columns)
            .with(rows.map(|(table, rows)| vec![Cell::text(table), Cell::count(*rows)]))
    }

    fn page(&self) -> Page {
        let number = |number: u64| grouped(&number.to_string());
        let FoldedBucket { bucket, events, streams, .. } = &self.0;
        let (events, streams) = (number(*events), number(*streams));
        Page::default()
            .line(format!("bucket {bucket}: {events} events of {streams} streams"))
            .gap()
            .sheet(self.sheet())
    }
}
