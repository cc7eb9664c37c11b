//! A projection of one's own: which complaints are open, by account, and for how long.
//!
//! Run it with `cargo run -p relatum --example own_projection`. It answers as of any day and as
//! known at any instant, because it keeps rows with their stamps and chooses when it is asked.

use std::io::Write as _;

use relatum::domain::event::voice::{ComplaintMade, ComplaintResolved};
use relatum::domain::{
    AccountId, Actor, ComplaintId, Derived, Event, EventBody, Gist, Source, Stamp, Voids,
};
use relatum::log::Envelope;
use relatum::{Beginning, Engine, Error, Fact, Projection, Proposal, View};
use serde::{Deserialize, Serialize};

/// Complaints that nobody resolved yet.
struct OpenComplaints;

/// Everything that was told of the complaints of one account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Told {
    made: Vec<Made>,
    resolved: Vec<(Stamp, ComplaintId)>,
    /// Which of it was taken back.
    voids: Voids,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Made {
    stamp: Stamp,
    complaint: ComplaintId,
    cause: String,
}

/// An open complaint.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    cause: String,
    days_open: i64,
}

impl Projection for OpenComplaints {
    type State = Told;
    type Seen = Vec<Open>;
    const NAME: &'static str = "open-complaints";
    const REVISION: u32 = 1;

    fn apply(told: &mut Told, envelope: &Envelope<Event>) {
        let Envelope { event, recorded_at, data, .. } = envelope;
        let stamp = Stamp::of(*event, (*recorded_at).into(), data);
        told.voids.learn(&Gist::of(*event, (*recorded_at).into(), data));
        match &data.body {
            EventBody::ComplaintMade(it) => {
                let (complaint, cause) = (it.complaint, it.cause.clone());
                told.made.push(Made { stamp, complaint, cause });
            }
            EventBody::ComplaintResolved(it) => told.resolved.push((stamp, it.complaint)),
            _ => {}
        }
    }

    fn see(told: &Told, view: &View) -> Option<Vec<Open>> {
        let is_resolved = |complaint| {
            let mut resolved = told.resolved.iter().filter(|(_, of)| *of == complaint);
            resolved.any(|(stamp, _)| told.voids.shows(*stamp, view))
        };
        let made = told.made.iter().filter(|it| told.voids.shows(it.stamp, view));
        let open = made.filter(|it| !is_resolved(it.complaint)).map(|it| Open {
            cause: it.cause.clone(),
            days_open: (view.as_of - it.stamp.effective()).num_days(),
        });
        Some(open.collect::<Vec<_>>()).filter(|open| !open.is_empty())
    }
}

fn event(day: &str, id: &str, body: impl Into<EventBody>) -> Result<Event, chrono::ParseError> {
    Ok(Event::new(day.parse()?, Actor::system("crm"), Source::new("crm", id), body))
}

fn made(id: &str, cause: &str) -> ComplaintMade {
    ComplaintMade {
        complaint: ComplaintId::derived("crm", id),
        cause: cause.to_owned(),
        text: None,
        severity: None,
        contact: None,
        order: None,
        document: None,
    }
}

fn resolved(id: &str) -> ComplaintResolved {
    let complaint = ComplaintId::derived("crm", id);
    ComplaintResolved { complaint, resolution: "replaced".to_owned(), satisfied: Some(true) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("book"))?;
    let account = AccountId::derived("crm", "C-1001");
    // Somebody is told of every complaint once.
    let mut told = engine.subscribe("complaints", Beginning::Now)?;

    engine.record(Proposal::new(account, event("2026-03-02", "1", made("1", "late delivery"))?))?;
    engine.record(Proposal::new(account, event("2026-03-20", "2", made("2", "damaged goods"))?))?;
    let before = engine.head()?;
    engine.record(Proposal::new(account, event("2026-03-25", "3", resolved("1"))?))?;

    let mut out = std::io::stdout().lock();
    let end_of_march = engine.as_of("2026-03-31".parse()?);
    let seen = |at: &relatum::AsOf| -> Result<Vec<Open>, Error> {
        Ok(at.project_stream::<OpenComplaints>(account)?.unwrap_or_default())
    };
    writeln!(out, "open at the end of March: {:?}", seen(&end_of_march)?)?;
    let known_then = end_of_march.clone().known_at(before)?;
    writeln!(out, "as it was known before the last call: {:?}", seen(&known_then)?)?;
    let planned = Fact::new(account, event("2026-03-30", "4", resolved("2"))?);
    writeln!(
        out,
        "if the other were resolved too: {:?}",
        seen(&end_of_march.what_if(vec![planned])?)?
    )?;
    while let Some(delivery) = told.try_next()? {
        if let (Some(effect), "complaint_made") =
            (&delivery.effect, delivery.envelope.data.body.event_type())
        {
            writeln!(out, "tell somebody, under the key {}", effect.key)?;
        }
        told.done(&delivery)?;
    }
    // The next opening goes on from here.
    Ok(engine.checkpoint()?)
}

#[cfg(test)]
mod tests {
    use relatum::domain::Recorded;
    use relatum::domain::event::correction::EventVoided;
    use relatum::testing::{given, laws};
    use relatum::{EventRef, Version};

    use super::*;

    fn account() -> AccountId {
        AccountId::derived("crm", "C-1")
    }

    fn on(day: &str) -> View {
        View::as_of(day.parse().expect("a day"))
    }

    fn open(cause: &str, days_open: i64) -> Vec<Open> {
        vec![Open { cause: cause.to_owned(), days_open }]
    }

    fn told(day: &str, id: &str, body: impl Into<EventBody>) -> Event {
        event(day, id, body).expect("a day")
    }

    fn voided(version: u64) -> EventVoided {
        let event = EventRef::new(account().into(), Version(version));
        EventVoided { event, reason: "told of the wrong client".to_owned() }
    }

    #[test]
    fn complaints_are_open_from_their_day_until_they_are_resolved() {
        given::<OpenComplaints>(account(), [told("2026-03-02", "1", made("1", "late"))])
            .at(on("2026-03-01"))
            .then(None)
            .at(on("2026-03-12"))
            .then(open("late", 10))
            .when(told("2026-03-10", "2", resolved("1")))
            .at(on("2026-03-12"))
            .then(None)
            .at(on("2026-03-09"))
            .then(open("late", 7))
            // What was known before that call.
            .at(on("2026-03-12").known_at(Recorded(1)))
            .then(open("late", 10))
            .when(told("2026-03-11", "3", voided(2)))
            .at(on("2026-03-12"))
            .then(open("late", 10));
    }

    #[test]
    fn the_laws_hold_on_an_invented_book() {
        let today = "2026-11-23".parse().expect("a day");
        let book = relatum_demo::book(&relatum_demo::Options::new(7, today).accounts(12));
        laws::<OpenComplaints>(book.into_iter().map(|fact| (fact.stream, fact.event)));
    }

    #[test]
    fn it_runs() {
        main().expect("it runs");
    }
}
