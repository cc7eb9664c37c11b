//! All that a book answers, as text: to be compared, and searched for what must not be in it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use chrono::NaiveDate;
use relatum::domain::EventBody;
use relatum::log::Cut;
use relatum::{
    ActionsOptions, AgingOptions, AppointmentsOptions, BacklogOptions, CadenceOptions,
    ChurnOptions, CollectionOptions, ContactsOptions, ContractsOptions, Engine, Error,
    ExposureOptions, HistoryFilter, PayOptions, PlanOptions, QuotaOptions, SalesBy, SalesOptions,
};

use crate::books::commits;

/// The answers of all reports as of `day`, as known at `cut`, by name.
///
/// Not among them is what opens sealed fields: see [`opened`].
pub(crate) fn figures(engine: &Engine, day: NaiveDate, cut: &Cut) -> BTreeMap<String, String> {
    let book = engine.as_of(day).known_at(cut.clone()).unwrap();
    let from = day - chrono::Days::new(400);
    let mut all = BTreeMap::new();
    let mut told = |name: &str, answer: Result<String, Error>| {
        all.insert(name.to_owned(), answer.unwrap());
    };
    told("aging", text(book.aging(&AgingOptions::default())));
    told("sales", text(book.figures(&SalesOptions::by(SalesBy::Account))));
    told("credit", text(book.credit(&ExposureOptions::default())));
    told("collection", text(book.collection(&CollectionOptions::default())));
    told("dunning", text(book.dunning(&CollectionOptions::default())));
    told("quota", text(book.quota(&QuotaOptions::default())));
    told("worklist", text(book.worklist(None)));
    told("churn", text(book.churn(&ChurnOptions::default())));
    told("orders", text(book.orders(&BacklogOptions::default())));
    let contracts = ContractsOptions { within: 900, silent: false, account: None, manager: None };
    told("contracts", text(book.contracts(&contracts)));
    let (account, managers) = (None, Vec::new());
    let plan = PlanOptions { from, to: day, account, managers, states: Vec::new() };
    told("plan", text(book.plan(&plan)));
    let (account, managers) = (None, Vec::new());
    let plan = AppointmentsOptions { from, to: day, account, managers };
    told("calendar", text(book.calendar("plan", &plan)));
    told("cadence", text(book.cadence(&CadenceOptions::default())));
    told("contacts", text(book.contacts(&ContactsOptions::default())));
    told("actions", text(book.actions(&ActionsOptions::default())));
    told("book", text(book.book()));
    told("policies", text(book.policies()));
    told("teams", text(book.teams()));
    let accounts = book.accounts().unwrap();
    for (account, _) in &accounts {
        told(
            &format!("history {account}"),
            text(book.history(*account, &HistoryFilter::default())),
        );
        told(&format!("statement {account}"), text(book.statement(*account, from)));
    }
    told("accounts", text(Ok(accounts)));
    let managers = book.managers().unwrap();
    for (manager, _) in &managers {
        told(&format!("week {manager}"), text(book.week(*manager)));
        told(&format!("pay {manager}"), text(book.pay(&PayOptions { manager: *manager })));
    }
    told("managers", text(Ok(managers)));
    all
}

/// The states of all projections: what they hold, not only what they answer.
pub(crate) fn states(engine: &Engine, day: NaiveDate) -> String {
    engine.as_of(day).ask(|models, _| format!("{models:?}")).unwrap()
}

/// Everything that the engine opens, or would open for who has the right: events as JSON and as
/// types, names, what was undertaken, margins, flags.
pub(crate) fn opened(engine: &Engine, day: NaiveDate) -> Vec<String> {
    let mut all = Vec::new();
    for commit in commits(engine) {
        for envelope in commit.envelopes().unwrap() {
            let event = envelope.event;
            all.push(format!("{:?}", engine.event_json(event).unwrap()));
            all.push(format!("{:?}", engine.opened(envelope.data.to().unwrap())));
            all.push(format!("{:?}", engine.name_told_by(event).unwrap()));
            let decoded = engine.event(event).unwrap().unwrap();
            if let EventBody::ActivityHeld(held) = &decoded.data.body {
                for action in &held.actions {
                    all.push(format!("{:?}", engine.undertaken(event, action.action).unwrap()));
                    all.push(format!("{:?}", engine.reveal(&action.what)));
                }
                all.extend(held.note.iter().map(|note| format!("{:?}", engine.reveal(note))));
            }
            if let EventBody::OfferMade(offer) = &decoded.data.body {
                let terms = offer.terms.as_ref().map(|terms| engine.secret(terms));
                all.push(format!("{terms:?}"));
                for line in &offer.lines {
                    all.push(format!("{:?}", line.cost.as_ref().map(|it| engine.secret(it))));
                }
            }
            all.push(format!("{decoded:?}"));
        }
    }
    let book = engine.as_of(day);
    all.push(format!("{:?}", book.margin(&SalesOptions::by(SalesBy::Account)).unwrap()));
    for (account, _) in book.accounts().unwrap() {
        all.push(format!("{:?}", book.flags(account).unwrap()));
        all.push(format!("{:?}", engine.stream(account.into()).unwrap()));
    }
    let mut follow = engine.follow(Cut::start());
    while let Some(envelope) = follow.try_next().unwrap() {
        all.push(format!("{envelope:?}"));
    }
    for line in engine.subjects().unwrap() {
        all.push(format!("{line:?}"));
        if line.fields > 0 {
            all.push(format!("{:?}", engine.footprint(line.subject).unwrap()));
        }
    }
    all
}

fn text<T: Debug>(answer: Result<T, Error>) -> Result<String, Error> {
    answer.map(|answer| format!("{answer:?}"))
}
