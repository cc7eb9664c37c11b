//! When runs are merged, and how.
//!
//! *Invariant: merging changes no gist and no order within a stream.*

use relatum_projections::Bucket;

use crate::block::Codec;
use crate::error::ReplayError;
use crate::faults::{Point, point};
use crate::reader::Reader;
use crate::run::{Foot, Run, Writer};

/// How many runs of a level are merged into one of the next.
const FAN_IN: usize = 8;

/// Events of a run of the lowest level.
const SMALLEST: u64 = 64;

/// Level 0 up to sixty-four events, each further one eight times as many.
fn level(events: u64) -> u32 {
    events.div_ceil(SMALLEST).max(1).ilog(FAN_IN as u64)
}

/// How many of the last runs, of so many events each, are worth merging; 0: none.
pub(crate) fn due(events: &[u64]) -> usize {
    let levels = || events.iter().rev().map(|events| level(*events));
    let highest = levels().max().unwrap_or(0);
    let trailing = |upto| levels().take_while(|level| *level <= upto).count();
    (0..=highest).map(trailing).find(|count| *count >= FAN_IN).unwrap_or(0)
}

/// One run of the events of `runs`, which follow each other, written by `writer` with `foot`; the
/// process may be ended at `place`.
pub(crate) fn merge(
    runs: &[Run],
    mut writer: Writer,
    foot: Foot,
    place: Option<Point>,
) -> Result<Run, ReplayError> {
    let mut reader = Reader::new(runs).ok_or(ReplayError::Damaged)?;
    let mut codec = Codec::default();
    for unit in 0..reader.units().count() {
        let mut outcome = Ok(());
        let read = reader.each_part(unit, |_, rows| {
            let mut rows = rows.to_vec();
            // Stable: a stream keeps its order, and is in one block.
            rows.sort_by_key(|(stream, _)| foot.spread.block(Bucket::of(*stream)));
            outcome = writer.add(&mut codec, foot.spread, &rows);
            outcome.is_ok().then_some(())
        });
        outcome?;
        if let Some(place) = place {
            point(place);
        }
        read.ok_or(ReplayError::Damaged)?;
    }
    writer.finish(foot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_of_a_level_are_merged_and_the_large_ones_before_stay() {
        assert_eq!(due(&[]), 0);
        assert_eq!(due(&[10; 7]), 0);
        assert_eq!(due(&[10; 8]), 8);
        assert_eq!(due(&[1_000_000, 10, 10, 10, 10, 10, 10, 10, 10]), 8);
        assert_eq!(due(&[1_000_000, 10, 10]), 0);
        let mixed = [300, 300, 300, 300, 300, 300, 300, 10];
        assert_eq!(due(&mixed), 8, "a small one at the end goes with them");
    }
}
