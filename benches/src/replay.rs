//! Taking in the whole log, and asking for histories.

use std::hint::black_box;

use relatum::{AsOf, HistoryFilter};
use relatum_domain::{AccountId, Event};
use relatum_log::{ByteSize, Cursor, EventLog};
use relatum_stream::StreamId;

use crate::books::Book;
use crate::rounds::{alternate, quantile, rate_ratio, timed};
use crate::table::{Figure, Ratio, Table, thousands, time};
use crate::{Outcome, Size};

/// As the engine reads.
const READ: ByteSize = ByteSize::mib(4);

/// Reads and decodes every event, and keeps nothing.
fn decode_only(log: &dyn EventLog) -> Outcome<u64> {
    let mut events = 0;
    let mut cursor = Cursor::start();
    loop {
        let block = log.read(cursor, READ).wait()?;
        if block.commits.is_empty() {
            return Ok(events);
        }
        for commit in &block.commits {
            for envelope in commit.envelopes()? {
                let name = envelope.event_type.as_str();
                black_box(Event::decode(name, envelope.schema, envelope.data.as_str())?);
                events += 1;
            }
        }
        cursor = block.next;
    }
}

pub(crate) fn measure<W: std::io::Write>(
    name: &str,
    book: &Book,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<()> {
    let events = book.engine.head()?.events();
    let rounds = size.rounds.min(5);
    let seconds = alternate(
        rounds,
        &mut [&mut || Ok(timed(|| Ok(book.engine.rebuild(|_, _| {})?))?.0), &mut || {
            Ok(timed(|| decode_only(book.engine.log()))?.0)
        }],
    )?;
    let [folded, decoded] = seconds.as_slice() else { return Ok(()) };
    let a_second =
        |seconds: &[f64]| thousands(events as f64 / quantile(seconds, 0.5)) + " events/s";
    table.line(&Figure {
        what: &format!("take in the whole log, {name}, {} events", thousands(events as f64)),
        value: a_second(folded),
        yardstick: "read and decode the same events",
        yardstick_value: a_second(decoded),
        ratio: Some(rate_ratio(folded, decoded)),
    })
}

/// Histories of all accounts, each asked for once a round, out of the projection and out of the
/// log.
pub(crate) fn history<W: std::io::Write>(
    name: &str,
    book: &Book,
    size: Size,
    table: &mut Table<W>,
) -> Outcome<()> {
    let now = book.engine.as_of(book.today);
    let accounts: Vec<AccountId> = now.accounts()?.into_iter().map(|(id, _)| id).collect();
    let filter = HistoryFilter::default();
    let projected = |now: &AsOf, account| Ok(now.history(account, &filter)?.len());
    let read = |account| Ok(book.engine.stream(StreamId::from(account))?.len());
    let (mut warm, mut cold) = (Vec::new(), Vec::new());
    for _ in 0..size.rounds.min(3) {
        for account in &accounts {
            warm.push(timed(|| projected(&now, *account))?.0);
            cold.push(timed(|| read(*account))?.0);
        }
    }
    for (label, share) in [("p50", 0.5), ("p99", 0.99)] {
        let (value, yardstick) = (quantile(&warm, share), quantile(&cold, share));
        let ratio = value / yardstick;
        table.line(&Figure {
            what: &format!("history of an account, {label}, {name}, {} accounts", accounts.len()),
            value: time(value),
            yardstick: &format!("read and decode its stream, {label}"),
            yardstick_value: time(yardstick),
            ratio: Some(Ratio { median: ratio, least: ratio, most: ratio }),
        })?;
    }
    Ok(())
}
