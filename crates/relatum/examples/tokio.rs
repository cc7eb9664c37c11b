//! Embedding in a tokio service: one task follows the log while another records.
//!
//! Run it with `cargo run -p relatum --example tokio`.

use std::io::Write as _;

use relatum::domain::event::activity::{ActivityHeld, ActivityKind, Outcome};
use relatum::domain::{AccountId, ActivityId, Actor, Derived, Event, ManagerId, Source};
use relatum::log::Cut;
use relatum::{Engine, Proposal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::in_memory()?;
    let mut events = engine.follow(Cut::start());
    let follower = tokio::spawn(async move {
        for _ in 0..3 {
            let envelope = events.next().await?.envelope;
            let kind = envelope.data.body.event_type();
            let _ = writeln!(std::io::stdout().lock(), "{} {kind}", envelope.event.version);
        }
        Ok::<(), relatum::Error>(())
    });

    let account = AccountId::derived("crm", "C-1001");
    let manager = ManagerId::derived("crm", "M-7");
    for number in 1..=3 {
        let source = Source::new("crm", format!("call-{number}"));
        let call = ActivityHeld::new(
            ActivityId::derived("crm", &source.id),
            ActivityKind::Call,
            manager,
            Outcome::Positive,
        );
        let day = "2026-03-02".parse()?;
        let event = Event::new(day, Actor::Manager(manager), source, call);
        engine.run(move |engine| engine.record(Proposal::new(account, event))).await?;
    }
    follower.await??;
    Ok(())
}
