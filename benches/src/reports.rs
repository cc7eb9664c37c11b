//! Reports of selling on a book of five million events, asked of an engine that is open.
//!
//! The store is the one that `RELATUM_BENCH_STORE` names, else the demo's book is recorded first,
//! which takes minutes.

use std::hint::black_box;

use chrono::Datelike as _;
use relatum::domain::{AccountId, ManagerId};
use relatum::{
    ActionsOptions, AsOf, BacklogOptions, CadenceOptions, CompetitorsBy, CompetitorsOptions,
    ContactsOptions, ContractsOptions, Engine, ForecastOptions, HistoryFilter, OffersBy,
    OffersOptions, PayOptions, PipelineBy, PipelineOptions, PlanOptions, QuotaOptions, ReturnsBy,
    ReturnsOptions, SalesBy, SalesOptions, Wanted, Which,
};

use crate::rounds::{alternate, median, time_ratio, timed};
use crate::table::{Figure, Table, time};
use crate::{Outcome, Size, books};

type Question = (&'static str, Box<dyn Fn(&AsOf) -> Outcome<()>>);

/// Asks, and keeps the answer from being left out.
macro_rules! question {
    ($what:literal, $book:ident => $answer:expr) => {
        (
            $what,
            Box::new(move |$book: &AsOf| {
                black_box($answer?);
                Ok(())
            }) as Box<dyn Fn(&AsOf) -> Outcome<()>>,
        )
    };
}

fn questions(account: Option<AccountId>, manager: Option<ManagerId>) -> Outcome<Vec<Question>> {
    let today = books::today()?;
    let month = today.with_day(1).ok_or("no such day")?;
    let year = month.with_month(1).ok_or("no such day")?;
    let managers: Vec<ManagerId> = manager.into_iter().collect();
    let (from, to, states) = (month, today, Vec::new());
    let plan = PlanOptions { from, to, account, managers: managers.clone(), states };
    let actions = ActionsOptions { due_by: None, account, managers };
    let cadence = CadenceOptions { account, manager, ..CadenceOptions::default() };
    let contacts = ContactsOptions { account, manager, ..ContactsOptions::default() };
    let pipeline = PipelineOptions { by: PipelineBy::Stage, account, manager };
    let offers = OffersOptions { by: OffersBy::Month, from: Some(year), account, manager };
    let contracts = ContractsOptions { within: 90, silent: false, account, manager };
    let competitors = CompetitorsOptions {
        by: CompetitorsBy::Competitor,
        from: Some(year),
        account,
        manager,
        competitor: None,
    };
    let orders = BacklogOptions { wanted: Wanted::Open, account, manager };
    let sales =
        SalesOptions { from: Some(year), account, manager, ..SalesOptions::by(SalesBy::Month) };
    let returns = ReturnsOptions {
        from: Some(year),
        account,
        manager,
        ..ReturnsOptions::by(ReturnsBy::Reason)
    };
    let mut all = vec![
        question!("planned and held", book => book.plan(&plan)),
        question!("cadence", book => book.cadence(&cadence)),
        question!("last contacts", book => book.contacts(&contacts)),
        question!("open actions", book => book.actions(&actions)),
        question!("pipeline", book => book.pipeline(&pipeline)),
        question!("offers", book => book.offers(&offers)),
        question!("contracts that end", book => book.contracts(&contracts)),
        question!("competitors", book => book.competitors(&competitors)),
        question!("open orders", book => book.orders(&orders)),
        question!("sales by month", book => book.figures(&sales)),
        question!("returns by reason", book => book.figures(&returns)),
    ];
    if let Some(account) = account {
        let filter = HistoryFilter::default();
        all.push(question!("history", book => book.history(account, &filter)));
        return Ok(all);
    }
    let forecast = ForecastOptions { from: month, to: today, manager };
    let quota = QuotaOptions { manager, ..QuotaOptions::default() };
    all.push(question!("forecast", book => book.forecast(&forecast)));
    all.push(question!("quotas", book => book.quota(&quota)));
    if let Some(manager) = manager {
        let pay = PayOptions { manager };
        all.push(question!("pay", book => book.pay(&pay)));
        all.push(question!("the week", book => book.week(manager)));
    }
    Ok(all)
}

/// Of the store that `RELATUM_BENCH_STORE` names, else of the demo's large book.
pub(crate) fn large<W: std::io::Write>(size: Size, table: &mut Table<W>) -> Outcome<()> {
    let rounds = size.rounds.div_ceil(5);
    books::with_large(|engine| measure("", engine, rounds, table))
}

pub(crate) fn measure<W: std::io::Write>(
    of: &str,
    engine: &Engine,
    rounds: usize,
    table: &mut Table<W>,
) -> Outcome<()> {
    let book = engine.as_of(books::today()?);
    let accounts = book.accounts()?;
    let owned = accounts.iter().find(|(_, profile)| profile.manager.is_some());
    let (account, profile) = owned.ok_or("a book without managers")?;
    for (whose, account, manager) in [
        ("an account's", Some(*account), None),
        ("a manager's", None, profile.manager),
        ("the book's", None, None),
    ] {
        for (what, ask) in questions(account, manager)? {
            let mut once = || Ok(timed(|| ask(&book))?.0);
            let mut all = || Ok(timed(|| Ok(black_box(book.parts(Which::ALL, |_, _| ())?)))?.0);
            let figures = alternate(rounds, &mut [&mut once, &mut all])?;
            let [asked, folded] = figures.as_slice() else { return Err("no figures".into()) };
            table.line(&Figure {
                what: &format!("{of}{whose} {what}, p50"),
                value: time(median(asked)),
                yardstick: "fold all that is there",
                yardstick_value: time(median(folded)),
                ratio: Some(time_ratio(asked, folded)),
            })?;
        }
    }
    Ok(())
}
