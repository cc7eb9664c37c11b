//! When runs are merged, and how.
//!
//! *Invariant: merging changes no gist and no order within a stream.*

use std::path::Path;
use std::sync::Arc;

use relatum_domain::gist::Topics;
use relatum_projections::Bucket;

use crate::block::Codec;
use crate::error::ReplayError;
use crate::fingerprint::Digest;
use crate::reader::Reader;
use crate::run::{Foot, Run, Writer};

/// Fewer runs are not merged.
const FAN_IN: usize = 4;

/// How many of the last runs, of so many events each, are worth merging; 0: none. A run is merged
/// with those after it once they are as large together: so there are as many runs as their events
/// can be doubled, and some, and an event is written as many times at most.
pub(crate) fn due(events: &[u64]) -> usize {
    let (mut due, mut after) = (0, 0_u64);
    for (count, events) in (1..).zip(events.iter().rev()) {
        if count >= FAN_IN && *events <= after {
            due = count;
        }
        after = after.saturating_add(*events);
    }
    due
}

/// One file in `folder` of the events of `runs`, which follow each other: after the root and
/// up to the root of `ends`; none once `goes_on` says no.
pub(crate) fn merge_into_file(
    folder: &Path,
    runs: &[Arc<Run>],
    ends: [Digest; 2],
    goes_on: impl Fn() -> bool,
) -> Result<Option<Run>, ReplayError> {
    let Some(foot) = foot_over(runs) else { return Ok(None) };
    let [before, root] = ends;
    std::fs::create_dir_all(folder)
        .map_err(ReplayError::io(format!("create {}", folder.display())))?;
    let path = folder.join(format!("{:020}-{:020}.run", foot.after, foot.upto));
    merge(runs, Writer::create(path)?, Foot { before, root, ..foot }, goes_on)
}

/// The same in memory.
pub(crate) fn merge_in_memory(runs: &[Arc<Run>]) -> Result<Option<Run>, ReplayError> {
    foot_over(runs).map_or(Ok(None), |foot| merge(runs, Writer::in_memory(), foot, || true))
}

/// The foot of a run of the events of `runs`.
fn foot_over(runs: &[Arc<Run>]) -> Option<Foot> {
    let (first, last) = (&runs.first()?.foot, &runs.last()?.foot);
    Some(Foot::new(first.after, last.upto))
}

fn merge(
    runs: &[Arc<Run>],
    mut writer: Writer,
    foot: Foot,
    goes_on: impl Fn() -> bool,
) -> Result<Option<Run>, ReplayError> {
    let mut reader = Reader::new(runs.to_vec(), Topics::ALL, None);
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
        read.ok_or(ReplayError::Damaged)?;
        if !goes_on() {
            writer.abandon();
            return Ok(None);
        }
    }
    writer.finish(foot).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_merged_once_those_after_it_are_as_large() {
        assert_eq!(due(&[]), 0);
        assert_eq!(due(&[10; 3]), 0);
        assert_eq!(due(&[10; 4]), 4);
        assert_eq!(due(&[1_000, 10, 10, 10]), 0, "a large one is not written again for a few");
        assert_eq!(due(&[1_000, 10, 10, 10, 10]), 4);
        assert_eq!(due(&[1_000, 600, 300, 100]), 4);
    }

    #[test]
    fn there_are_few_runs_and_no_event_is_written_often() {
        for step in [1, 7, 1_000] {
            let (mut runs, mut written) = (Vec::new(), 0);
            for _ in 0..10_000 {
                runs.push(step);
                written += step;
                while let count @ 1.. = due(&runs) {
                    let merged = runs.split_off(runs.len() - count).iter().sum();
                    runs.push(merged);
                    written += merged;
                }
                assert!(runs.len() <= 16, "{runs:?}");
            }
            assert!(written / (10_000 * step) < 14, "{written}");
        }
    }
}
