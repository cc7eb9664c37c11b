//! Reading all runs, part after part.
//!
//! A part is a block of the run that spreads widest, with what all other runs have of the same
//! buckets. Threads take units of parts, so that a block of a narrower run is unpacked once for
//! many parts. Of all blocks only the sections of the wanted topics are read.

use std::collections::BTreeSet;
use std::sync::Arc;

use relatum_domain::gist::Topics;
use relatum_domain::{Gist, ManagerId, Matter, Recorded};
use relatum_projections::Bucket;
use relatum_stream::StreamId;

use crate::block::{Codec, Row, Section};
use crate::run::Run;
use crate::spread::Spread;

/// Reads runs. Each thread has one of its own.
#[derive(Debug)]
pub(crate) struct Reader {
    runs: Vec<Arc<Run>>,
    topics: Topics,
    /// What was recorded later is left out.
    until: Option<Recorded>,
    /// By part, whether it is wanted; none: all are.
    wanted: Option<Vec<bool>>,
    codec: Codec,
}

/// Unpacked columns, and of which run they are.
type Columns = Vec<(usize, Vec<u8>)>;

/// What a section has of a stream, and of which run it is.
type Piece<'g, 'a> = (StreamId, usize, &'g [Gist<'a>]);

impl Reader {
    /// Of what the runs say about `topics`, as far as it was recorded up to an instant if one is
    /// given.
    pub(crate) fn new(runs: Vec<Arc<Run>>, topics: Topics, until: Option<Recorded>) -> Self {
        Self { runs, topics, until, wanted: None, codec: Codec::default() }
    }

    /// Only of parts that may mention any of `managers`.
    pub(crate) fn mentioning(mut self, managers: &[ManagerId]) -> Self {
        let parts = self.parts();
        let mut wanted = vec![false; parts.count().into()];
        for run in &self.runs {
            for bucket in managers.iter().flat_map(|it| run.foot.mentioning(*it)) {
                if let Some(part) = wanted.get_mut(usize::from(parts.block(bucket))) {
                    *part = true;
                }
            }
        }
        self.wanted = Some(wanted);
        self
    }

    fn wants(&self, part: u16) -> bool {
        let wanted = self.wanted.as_ref();
        wanted.is_none_or(|wanted| wanted.get(usize::from(part)).is_some_and(|it| *it))
    }

    /// How the parts are spread.
    fn parts(&self) -> Spread {
        self.runs.iter().map(|run| run.foot.spread).max().unwrap_or_default()
    }

    /// How the units are spread.
    pub(crate) fn units(&self) -> Spread {
        self.parts().units()
    }

    /// Hands over every part of `unit`: the first bucket and the rows, one for each stream, its
    /// gists in the order of its versions. None: a run is damaged.
    pub(crate) fn each_part(
        &mut self,
        unit: u16,
        mut take: impl FnMut(Bucket, &[Row<'_, '_>]) -> Option<()>,
    ) -> Option<()> {
        let (parts, units) = (self.parts(), self.units());
        let wanted: Vec<u16> =
            parts.meeting(units, unit).filter(|part| self.wants(*part)).collect();
        if wanted.is_empty() {
            return Some(());
        }
        let columns = self.unpacked(units, unit, |spread| spread < parts)?;
        let narrow = self.decoded(&columns)?;
        let mut waiting: Vec<(u16, Piece<'_, '_>)> = Vec::new();
        for (at, section) in &narrow {
            let rows = section.rows().filter(|(it, _)| units.block(Bucket::of(*it)) == unit);
            let piece = |(stream, gists)| (parts.block(Bucket::of(stream)), (stream, *at, gists));
            waiting.extend(rows.map(piece));
        }
        waiting.sort_by_key(|(part, _)| *part);
        for part in wanted {
            let columns = self.unpacked(parts, part, |spread| spread == parts)?;
            let wide = self.decoded(&columns)?;
            let from = waiting.partition_point(|(of, _)| *of < part);
            let narrow = waiting.iter().skip(from).take_while(|(of, _)| *of == part);
            let mut pieces: Vec<_> = narrow.map(|(_, piece)| *piece).collect();
            for (at, section) in &wide {
                pieces.extend(section.rows().map(|(stream, gists)| (stream, *at, gists)));
            }
            if pieces.is_empty() {
                continue;
            }
            let joined = Joined::of(pieces, self.until);
            let rows: Vec<Row<'_, '_>> = joined.rows().collect();
            if let Some(first) = rows.iter().map(|(stream, _)| Bucket::of(*stream)).min() {
                take(first, &rows)?;
            }
        }
        Some(())
    }

    /// Hands over the gists of one stream, in the order of its versions; nothing, if there is no
    /// such stream.
    pub(crate) fn stream(
        &mut self,
        stream: StreamId,
        take: impl FnOnce(&[&Gist<'_>]),
    ) -> Option<()> {
        let bucket = Bucket::of(stream);
        let mut columns = Columns::new();
        for (at, run) in self.runs.iter().enumerate() {
            let block = run.foot.spread.block(bucket);
            self.unpack(at, run, block, &mut columns)?;
        }
        let sections = self.decoded(&columns)?;
        let own = sections.iter().flat_map(|(at, section)| {
            let own = section.rows().filter(|(it, _)| *it == stream);
            own.map(|(stream, gists)| (stream, *at, gists))
        });
        if let Some((_, gists)) = Joined::of(own.collect(), self.until).rows().next() {
            take(gists);
        }
        Some(())
    }

    /// Hands over the gists of some streams, a row for each, in the order of its versions.
    pub(crate) fn streams(
        &mut self,
        streams: &BTreeSet<StreamId>,
        take: impl FnOnce(&[Row<'_, '_>]),
    ) -> Option<()> {
        let mut columns = Columns::new();
        for (at, run) in self.runs.iter().enumerate() {
            let blocks = streams.iter().map(|it| run.foot.spread.block(Bucket::of(*it)));
            for block in blocks.collect::<BTreeSet<u16>>() {
                self.unpack(at, run, block, &mut columns)?;
            }
        }
        let sections = self.decoded(&columns)?;
        let own = sections.iter().flat_map(|(at, section)| {
            let own = section.rows().filter(|(it, _)| streams.contains(it));
            own.map(|(stream, gists)| (stream, *at, gists))
        });
        let joined = Joined::of(own.collect(), self.until);
        take(&joined.rows().collect::<Vec<_>>());
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
                    self.unpack(at, run, block, &mut columns)?;
                }
            }
        }
        Some(columns)
    }

    /// Adds the columns that the run at `at` has of a block.
    fn unpack(&self, at: usize, run: &Run, block: u16, columns: &mut Columns) -> Option<()> {
        for place in run.foot.places(block).iter().filter(|it| self.topics.has(it.topic)) {
            let bytes = run.section(place)?;
            columns.push((at, Codec::unpack(&bytes, usize::try_from(place.unpacked).ok()?)?));
        }
        Some(())
    }

    fn decoded<'c>(&mut self, columns: &'c Columns) -> Option<Vec<(usize, Section<'c>)>> {
        columns.iter().map(|(at, raw)| Some((*at, self.codec.decode(raw)?))).collect()
    }
}

/// The pieces of several sections and runs as rows.
struct Joined<'g, 'a> {
    /// Which stream, and where its gists end.
    streams: Vec<(StreamId, usize)>,
    gists: Vec<&'g Gist<'a>>,
}

impl<'g, 'a> Joined<'g, 'a> {
    fn of(mut pieces: Vec<Piece<'g, 'a>>, until: Option<Recorded>) -> Self {
        let meant = |gist: &&Gist<'_>| until.is_none_or(|until| gist.stamp.recorded <= until);
        // Later runs hold later versions; sections of one run share them.
        pieces.sort_by_key(|(stream, at, _)| (*stream, *at));
        let mut gists: Vec<&Gist<'_>> = Vec::new();
        let mut streams = Vec::new();
        for of_run in pieces.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
            let from = gists.len();
            gists.extend(of_run.iter().flat_map(|(.., gists)| gists.iter()).filter(meant));
            if gists.len() == from {
                continue;
            }
            if of_run.len() > 1 {
                let mut own = gists.split_off(from);
                own.sort_by_key(|gist| (gist.stamp.version, gist.matter == Matter::Present));
                // What is there itself needs nothing in its place.
                own.dedup_by_key(|gist| gist.stamp.version);
                gists.append(&mut own);
            }
            if let Some((stream, ..)) = of_run.first() {
                streams.pop_if(|(last, _)| last == stream);
                streams.push((*stream, gists.len()));
            }
        }
        Self { streams, gists }
    }

    /// One for each stream, ascending.
    fn rows(&self) -> impl Iterator<Item = Row<'_, 'a>> {
        let mut from = 0;
        self.streams.iter().map(move |(stream, to)| {
            let own = self.gists.get(from..*to).unwrap_or_default();
            from = *to;
            (*stream, own)
        })
    }
}
