//! Event stores, one caller: an event at a time, batches, and everything read again.

use std::path::Path;

use crate::event_stores::{EventStore, Evento, Held, Relatum, Uma};
use crate::offered::Offered;
use crate::producers::alone;
use crate::report::{Measured, Taken};
use crate::rounds::timed;
use crate::{Outcome, Size, say};

/// Events of a batch.
const BATCH: usize = 256;

/// Seconds of one round: single events, batches, reading.
type Took = [f64; 3];

pub(crate) fn measure(events: &[Offered], size: Size) -> Outcome<[Measured; 3]> {
    let wanted = (size.single + size.batched).min(events.len());
    let (events, _) = events.split_at_checked(wanted).unwrap_or((events, &[]));
    let (single, batched) = events.split_at_checked(size.single).unwrap_or((events, &[]));
    let counts = [single.len(), batched.len(), events.len()];
    let names = [Relatum::NAME, Evento::NAME, Uma::NAME];
    let empty = |events| names.map(|name| Taken { name, events, seconds: Vec::new() });
    let mut stores = counts.map(empty);
    for round in 0..size.rounds {
        let took: [Took; 3] = [
            alone(|folder| through::<Relatum>(folder, single, batched))?,
            alone(|folder| through::<Evento>(folder, single, batched))?,
            alone(|folder| through::<Uma>(folder, single, batched))?,
        ];
        for (at, took) in took.into_iter().enumerate() {
            for (stores, took) in stores.iter_mut().zip(took) {
                stores.get_mut(at).into_iter().for_each(|it| it.seconds.push(took));
            }
        }
        say(&format!("event stores, round {} of {}", round + 1, size.rounds));
    }
    let [one, batches, read] = stores.map(Vec::from);
    Ok([
        Measured {
            name: "peers-single",
            title: "Event stores: one durable event at a time",
            said: "One caller, who waits for each answer.",
            stores: one,
        },
        Measured {
            name: "peers-batches",
            title: "Event stores: batches of 256 events, durable",
            said: "One caller, one call a batch, who waits for each answer.",
            stores: batches,
        },
        Measured {
            name: "peers-read",
            title: "Event stores: reading every event",
            said: "The store just written, opened again. The data of the events is not decoded.",
            stores: read,
        },
    ])
}

fn through<S: EventStore>(folder: &Path, single: &[Offered], batched: &[Offered]) -> Outcome<Took> {
    let store = S::open(folder)?;
    let append = |events: &[Offered], size| {
        let requests = events.chunks(size).map(S::request).collect::<Outcome<Vec<_>>>()?;
        timed(|| requests.into_iter().try_for_each(|it| store.append(it)))
    };
    let (one, ()) = append(single, 1)?;
    let (batches, ()) = append(batched, BATCH)?;
    drop(store);
    let store = S::open(folder)?;
    let (read, held) = timed(|| store.read())?;
    let data = single.iter().chain(batched).map(|it| it.event.data.as_str().as_bytes());
    let given = Held::of(data);
    if held == given {
        Ok([one, batches, read])
    } else {
        Err(format!("{} was given {given:?} and holds {held:?}", S::NAME).into())
    }
}
