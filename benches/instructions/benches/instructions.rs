//! Counts the instructions of the three stages, each on its own: what prepares is not counted.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic, and then has no figure")]
#![expect(missing_docs, reason = "the harness writes public items, and documents none")]

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use relatum_domain::Event;
use relatum_instructions as work;
use relatum_log::{Envelope, MemoryLog, StoredCommit};
use relatum_projections::Models;
use relatum_stream::StreamId;

fn commits() -> Vec<(StreamId, Vec<Event>)> {
    work::commits().unwrap()
}

fn stored() -> Vec<StoredCommit> {
    work::stored().unwrap()
}

fn decoded() -> Vec<Envelope<Event>> {
    work::decode(&stored()).unwrap()
}

#[library_benchmark]
#[bench::book(setup = commits)]
fn encode(commits: Vec<(StreamId, Vec<Event>)>) -> MemoryLog {
    work::encode(black_box(commits)).unwrap()
}

#[library_benchmark]
#[bench::book(setup = stored)]
fn decode(stored: Vec<StoredCommit>) -> Vec<Envelope<Event>> {
    work::decode(black_box(&stored)).unwrap()
}

#[library_benchmark]
#[bench::book(setup = decoded)]
fn fold(events: Vec<Envelope<Event>>) -> Models {
    work::fold(black_box(&events))
}

library_benchmark_group!(name = stages, benchmarks = [encode, decode, fold]);

main!(library_benchmark_groups = stages);
