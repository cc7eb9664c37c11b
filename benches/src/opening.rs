//! From opening a store to its first answer, with and without the replay cache.

use relatum::Engine;

use crate::books::Book;
use crate::rounds::{alternate, median, time_ratio, timed};
use crate::table::{Figure, Table, time};
use crate::{Outcome, Size};

pub(crate) fn measure<W: std::io::Write>(
    name: &str,
    book: Book,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<()> {
    let Book { engine, path, folder, today } = book;
    let (saved, ()) = timed(|| Ok(engine.checkpoint()?))?;
    drop(engine);
    let cache = path.join("replay");
    let aside = folder.path().join("aside");
    // Answers one question, so that both have folded what they have to fold.
    let open = || {
        let opened = timed(|| {
            let engine = Engine::open(&path)?;
            engine.as_of(today).accounts()?;
            Ok(engine)
        })?;
        Ok(opened.0)
    };
    let seconds = alternate(
        size.rounds.min(5),
        &mut [&mut || open(), &mut || {
            std::fs::rename(&cache, &aside)?;
            let seconds = open();
            // A large book puts what it read into files on its own.
            let _ = std::fs::remove_dir_all(&cache);
            std::fs::rename(&aside, &cache)?;
            seconds
        }],
    )?;
    let [with, without] = seconds.as_slice() else { return Ok(()) };
    table.line(&Figure {
        what: &format!("open and answer, {name}, with the replay cache ({} to keep)", time(saved)),
        value: time(median(with)),
        yardstick: "the same without it",
        yardstick_value: time(median(without)),
        ratio: Some(time_ratio(with, without)),
    })
}
