//! Reading all runs, part after part.
//!
//! A part is a block of the run that spreads widest, with what all other runs have of the same
//! buckets. Threads take units of parts, so that a block of a narrower run is unpacked once for
//! many parts.

use std::sync::Arc;

use relatum_domain::Gist;
use relatum_projections::Bucket;
use relatum_stream::StreamId;

use crate::block::{Block, Codec, Row};
use crate::run::Run;
use crate::spread::Spread;

/// Reads runs. Each thread has one of its own.
#[derive(Debug)]
pub(crate) struct Reader {
    runs: Vec<Arc<Run>>,
    codec: Codec,
}

/// Unpacked columns, and of which run they are.
type Columns = Vec<(usize, Vec<u8>)>;

impl Reader {
    pub(crate) fn new(runs: Vec<Arc<Run>>) -> Self {
        Self { runs, codec: Codec::default() }
    }

    /// How the parts are spread.
    fn parts(&self) -> Spread {
        self.runs.iter().map(|run| run.foot.spread).max().unwrap_or_default()
    }

    /// How the units are spread.
    pub(crate) fn units(&self) -> Spread {
        self.parts().units()
    }

    /// Hands over every part of `unit`: the first bucket and the rows, by stream, those of one
    /// stream in the order of its versions. None: a run is damaged.
    pub(crate) fn each_part(
        &mut self,
        unit: u16,
        mut take: impl FnMut(Bucket, &[Row<'_, '_>]) -> Option<()>,
    ) -> Option<()> {
        let (parts, units) = (self.parts(), self.units());
        let columns = self.unpacked(units, unit, |spread| spread < parts)?;
        let narrow = self.decoded(&columns)?;
        let mut waiting: Vec<(u16, usize, Row<'_, '_>)> = Vec::new();
        for (at, block) in &narrow {
            let rows = block.rows().filter(|(it, _)| units.block(Bucket::of(*it)) == unit);
            waiting.extend(rows.map(|row| (parts.block(Bucket::of(row.0)), *at, row)));
        }
        waiting.sort_by_key(|(part, ..)| *part);
        let mut waiting = waiting.as_slice();
        for part in parts.meeting(units, unit) {
            let columns = self.unpacked(parts, part, |spread| spread == parts)?;
            let wide = self.decoded(&columns)?;
            let now = waiting.partition_point(|(of, ..)| *of <= part);
            let (rows, later) = waiting.split_at_checked(now)?;
            waiting = later;
            let mut rows: Vec<_> = rows.iter().map(|(_, at, row)| (*at, *row)).collect();
            rows.extend(wide.iter().flat_map(|(at, block)| block.rows().map(|row| (*at, row))));
            if rows.is_empty() {
                continue;
            }
            // Later runs hold later versions.
            rows.sort_by_key(|(at, (stream, _))| (*stream, *at));
            let rows: Vec<Row<'_, '_>> = rows.into_iter().map(|(_, row)| row).collect();
            let first = rows.iter().map(|(stream, _)| Bucket::of(*stream)).min()?;
            take(first, &rows)?;
        }
        Some(())
    }

    /// Hands over the gists of one stream, in the order of its versions.
    pub(crate) fn stream(
        &mut self,
        stream: StreamId,
        mut take: impl FnMut(&[Gist<'_>]),
    ) -> Option<()> {
        let bucket = Bucket::of(stream);
        let mut columns = Columns::new();
        for (at, run) in self.runs.iter().enumerate() {
            let block = run.foot.spread.block(bucket);
            columns.extend(unpack(run, block)?.map(|raw| (at, raw)));
        }
        for (_, block) in self.decoded(&columns)? {
            let own = block.rows().filter(|(it, _)| *it == stream);
            own.for_each(|(_, gists)| take(gists));
        }
        Some(())
    }

    /// What the runs of which `wanted` says so have of `block` of `spread`.
    fn unpacked(
        &self,
        spread: Spread,
        block: u16,
        wanted: impl Fn(Spread) -> bool,
    ) -> Option<Columns> {
        let mut columns = Columns::new();
        for (at, run) in self.runs.iter().enumerate() {
            if wanted(run.foot.spread) {
                for block in run.foot.spread.meeting(spread, block) {
                    columns.extend(unpack(run, block)?.map(|raw| (at, raw)));
                }
            }
        }
        Some(columns)
    }

    fn decoded<'c>(&mut self, columns: &'c Columns) -> Option<Vec<(usize, Block<'c>)>> {
        columns.iter().map(|(at, raw)| Some((*at, self.codec.decode(raw)?))).collect()
    }
}

/// The columns of a block, if the run has it; none: it is damaged.
fn unpack(run: &Run, block: u16) -> Option<Option<Vec<u8>>> {
    let Some(place) = run.foot.place(block) else {
        return Some(None);
    };
    let bytes = run.block(place)?;
    Codec::unpack(&bytes, usize::try_from(place.unpacked).ok()?).map(Some)
}
