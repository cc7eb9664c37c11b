//! Target: runs of the replay cache, changed before and behind their checksums.

use std::cell::Cell;
use std::fs;
use std::ops::Range;
use std::sync::LazyLock;

use bitcode::{Decode, Encode};
use chrono::NaiveDate;
use relatum_domain::gist::{Topic, Topics};
use relatum_domain::{Event, ManagerId, View};
use relatum_log::{Envelope, Seq, TreeHash};
use relatum_projections::{Checkpoint, Models, Which};
use relatum_replay::{Covered, LeftOut, Replay};

use crate::edits::Input;
use crate::samples;
use crate::target::fuzz;

const MAGIC: &[u8; 8] = b"rltmrun1";

/// The foot of a run by `docs/format.md`.
#[derive(Debug, Clone, Encode, Decode)]
struct Foot {
    fingerprint: [u8; 32],
    after: u64,
    upto: u64,
    before: [u8; 32],
    root: [u8; 32],
    spread: u8,
    places: Vec<Place>,
    mentions: Vec<(u32, u16)>,
}

#[derive(Debug, Clone, Encode, Decode)]
struct Place {
    block: u16,
    topic: Topic,
    offset: u64,
    length: u32,
    unpacked: u32,
    crc: u32,
}

/// Two sound runs, and what they fold to: nothing, the first, both.
struct Sound {
    events: Vec<Envelope<Event>>,
    runs: Vec<(String, Vec<u8>)>,
    managers: Vec<ManagerId>,
    folded: [Vec<Checkpoint>; 3],
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let events = samples::events(240);
    let folder = tempfile::tempdir().unwrap();
    let mut replay = Replay::open(folder.path(), |_| true);
    let mut models = Models::default();
    let mut folded = vec![models.save()];
    let (first, second) = events.split_at(events.len() / 2);
    for part in [first, second] {
        replay.append(part).unwrap();
        replay.keep(root(replay.upto())).unwrap();
        part.iter().for_each(|envelope| models.apply(envelope));
        folded.push(models.save());
    }
    let mut runs: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        runs.push((name, fs::read(entry.path()).unwrap()));
    }
    runs.sort();
    let [first, second] = [0, 1].map(|at: usize| {
        let bytes = &runs[at].1;
        let foot: Foot = bitcode::decode(&bytes[foot_of(bytes)]).unwrap();
        assert_eq!(bitcode::encode(&foot), bytes[foot_of(bytes)], "the shape is known");
        foot
    });
    assert_eq!((first.upto, second.upto), (second.after, events.len() as u64));
    let ever = View::as_of(NaiveDate::MAX);
    let managers = models.directory.managers(&ever).map(|(id, _)| id).collect();
    Sound { events, runs, managers, folded: folded.try_into().unwrap() }
});

/// Stands for the root of a tree over so many events.
fn root(upto: Seq) -> TreeHash {
    TreeHash::leaf(&upto.0.to_le_bytes())
}

#[test]
fn any_run_is_read_or_dropped() {
    fuzz("replay", 20, answered);
}

fn answered(input: &[u8]) {
    let mut input = Input(input);
    let (kind, which) = (input.byte(), usize::from(input.byte()));
    let sound = &*SOUND;
    let folder = tempfile::tempdir().unwrap();
    for (at, (name, bytes)) in sound.runs.iter().enumerate() {
        let mut bytes = bytes.clone();
        if at == which & 1 {
            change(kind % 4, which >> 1, Input(input.0), &mut bytes);
        }
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let trusts = |it: Covered| it.root == root(it.upto);
    let mut replay = Replay::open(folder.path(), trusts);
    let parts = replay.upto();
    let expected = match replay.files() {
        0 => &sound.folded[0],
        1 => &sound.folded[1],
        _ => &sound.folded[2],
    };
    // Behind a checksum that is right anything may stand, but it has to be answered.
    let behind = kind % 4 > 0;
    let folded = replay.fold(1 + which % 2, None).map(|models| models.save());
    assert!(behind || folded.is_none_or(|folded| folded == *expected));
    let seen = Cell::new(0);
    for envelope in sound.events.iter().step_by(60) {
        let _ = replay.stream(envelope.event.stream, Topics::ALL, None, |gists| {
            seen.set(seen.get() + gists.len())
        });
    }
    let _ = replay.common(None);
    for managers in [None, Some(sound.managers.as_slice())] {
        let _ = replay.each_part(1, Which::ALL, managers, None, LeftOut::default(), |_, part| {
            drop(part.save());
        });
    }
    // What follows is taken in, and merged with it or not.
    if let Some(next) = sound.events.iter().position(|it| it.position.seq == parts.plus(1)) {
        replay.append(&sound.events[next..]).unwrap();
        let _ = replay.keep(root(replay.upto()));
    }
    let _ = replay.compact();
    let _ = replay.fold(1, None);
    replay.clear();
    assert_eq!(replay.upto(), Seq::NONE);
}

/// Changes a run: its bytes, or what stands behind a checksum, which is put right again.
fn change(kind: u8, which: usize, edits: Input<'_>, bytes: &mut Vec<u8>) {
    let at = foot_of(bytes);
    let mut foot = bytes[at.clone()].to_vec();
    if kind == 0 {
        return edits.edit(bytes);
    }
    if kind == 1 {
        edits.edit(&mut foot);
        bytes.truncate(at.start);
    } else {
        let mut said: Foot = bitcode::decode(&foot).unwrap();
        let which = which % said.places.len();
        let mut blocks: Vec<Vec<u8>> = said.places.iter().map(|it| block(bytes, it)).collect();
        let place = &mut said.places[which];
        let block = &mut blocks[which];
        if kind == 2 {
            edits.edit(block);
        } else {
            let mut columns = lz4_flex::decompress(block, place.unpacked as usize).unwrap();
            edits.edit(&mut columns);
            place.unpacked = u32::try_from(columns.len()).unwrap();
            *block = lz4_flex::compress(&columns);
        }
        bytes.truncate(MAGIC.len());
        for (place, block) in said.places.iter_mut().zip(&blocks) {
            place.offset = bytes.len() as u64;
            place.length = u32::try_from(block.len()).unwrap();
            place.crc = crc32fast::hash(block);
            bytes.extend(block);
        }
        foot = bitcode::encode(&said);
    }
    bytes.extend(&foot);
    bytes.extend(u32::try_from(foot.len()).unwrap().to_le_bytes());
    bytes.extend(crc32fast::hash(&foot).to_le_bytes());
    bytes.extend(MAGIC);
}

/// Where the foot of a sound run lies.
fn foot_of(bytes: &[u8]) -> Range<usize> {
    let end = bytes.len() - 16;
    let length = u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize;
    end - length..end
}

fn block(bytes: &[u8], place: &Place) -> Vec<u8> {
    let offset = usize::try_from(place.offset).unwrap();
    bytes[offset..offset + place.length as usize].to_vec()
}
