//! Agreements against a naive recomputation: offers, contracts, promises.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;
use relatum_domain::event::contract::{ContractAmended, ContractRenewed, ContractTerminated};
use relatum_domain::event::offer::{OfferAccepted, OfferRevised};
use relatum_domain::{AccountId, ContractId, Derived, EventBody, OfferId, Policies, Value, View};

use relatum_projections::{Figures, OfferState, OffersBy, OffersOptions};

use crate::generated::{book, offered, ops, signed};
use crate::naive_quota::place;
use crate::raw::{Raw, Shown, account, day, worth};

/// What is seen of an account, each amendment in the place of what it replaces.
fn told<'a>(raw: &Raw, shown: &Shown<'a>, who: AccountId) -> Vec<&'a EventBody> {
    let mut told: Vec<_> = shown.of(who).collect();
    told.sort_by_key(|it| place(raw, it));
    told.into_iter().map(|it| &it.data.body).collect()
}

/// What became of offers: net, last day, and whether they were declined.
fn offers(told: &[&EventBody]) -> BTreeMap<OfferId, (Value, NaiveDate, bool)> {
    let mut offers: BTreeMap<OfferId, (Value, NaiveDate, bool)> = BTreeMap::new();
    for body in told {
        let (offer, net, until) = match body {
            EventBody::OfferMade(it) => (it.offer, it.net, it.valid_until),
            EventBody::OfferRevised(it) => (it.offer, it.net, it.valid_until),
            EventBody::OfferDeclined(it) => {
                offers.entry(it.offer).and_modify(|(.., declined)| *declined = true);
                continue;
            }
            _ => continue,
        };
        // What is answered is answered.
        let known = offers.entry(offer).or_insert((net, until, false));
        if !known.2 {
            *known = (net, until, false);
        }
    }
    offers
}

fn contracts(told: &[&EventBody]) -> Vec<NaiveDate> {
    let mut contracts: BTreeMap<ContractId, Option<NaiveDate>> = BTreeMap::new();
    for body in told {
        match body {
            EventBody::ContractSigned(it) => drop(contracts.insert(it.contract, it.ends)),
            EventBody::ContractRenewed(it) => {
                contracts.entry(it.contract).and_modify(|ends| *ends = it.ends);
            }
            EventBody::ContractTerminated(it) => {
                contracts.entry(it.contract).and_modify(|ends| *ends = Some(it.last_day));
            }
            _ => {}
        }
    }
    contracts.into_values().flatten().collect()
}

proptest! {
    #![proptest_config(crate::generated::books(256))]

    #[test]
    fn agreements_are_what_the_raw_events_come_to(
        ops in ops(90),
        on in 0..300_i64,
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = book(&ops);
        let models = raw.models();
        let agreements = &models.agreements;
        let known = raw.known(cut.index(raw.events.len() + 1));
        for view in [View::as_of(day(on)), View::as_of(day(on)).known_at(known)] {
            let shown = raw.shown(&view);
            for number in 0..3 {
                let who = account(number);
                let told = told(&raw, &shown, who);
                let known = offers(&told);
                let mut standing: Vec<_> =
                    known.values().map(|(net, until, over)| (*over, *net, *until)).collect();
                standing.retain(|(over, _, until)| !over && *until >= day(on));
                let mut standing: Vec<_> =
                    standing.into_iter().map(|(_, net, until)| (net, until)).collect();
                standing.sort();
                let all = agreements.offers(&view);
                let found = all.iter().filter(|it| it.account == who);
                let mut found: Vec<_> = found.map(|it| (it.net, it.valid_until)).collect();
                found.sort();
                prop_assert_eq!(found, standing);

                let (from, account) = (None, Some(who));
                let options = OffersOptions { by: OffersBy::Account, from, account, manager: None };
                let became: BTreeMap<_, _> = options
                    .part(&models, &view)
                    .into_iter()
                    .map(|it| (it.offer, (it.net.micro, it.state)))
                    .collect();
                let expected = known.iter().map(|(offer, (net, until, declined))| {
                    let state = match (declined, *until < day(on)) {
                        (true, _) => OfferState::Declined,
                        (false, true) => OfferState::Lapsed,
                        (false, false) => OfferState::Open,
                    };
                    (*offer, (i128::from(net.micro), state))
                });
                prop_assert_eq!(&became, &expected.collect());
                let figures = Figures::of(&options, &models, &view);
                prop_assert_eq!(figures.foots(), Ok(()));
                let made: i64 = figures.lines.iter().map(|it| it.count(0)).sum();
                prop_assert_eq!(made, became.len() as i64);

                let mut running = contracts(&told);
                running.retain(|ends| *ends >= day(on));
                running.sort();
                let all = agreements.contracts(&view);
                let found = all.iter().filter(|it| it.account == who);
                let mut found: Vec<_> = found.map(|it| it.ends).collect();
                found.sort();
                prop_assert_eq!(found, running);

                let given = told.iter().filter(|it| matches!(it, EventBody::PromiseMade(_)));
                let ledgers = models.aging.book(who).map(|book| {
                    book.ledger(view.known_at, &Policies::default()).promises(view.as_of).len()
                });
                prop_assert_eq!(ledgers.unwrap_or(0), given.count());
            }
        }
    }
}

fn id<I: Derived>(number: u64) -> I {
    I::derived("test", &number.to_string())
}

#[test]
fn a_correction_of_what_is_over_does_not_bring_it_back() {
    let (mut raw, who) = (Raw::default(), account(1));
    let offer = raw.on(0, who, offered(id(1), worth(1), 99));
    let contract = raw.on(0, who, signed(id(1), 0, Some(99)));
    raw.on(7, who, OfferAccepted { offer: id(1), version: None });
    raw.on(7, who, ContractTerminated { contract: id(1), last_day: day(10), reason: None });
    raw.amend(offer, 0, offered(id(1), worth(2), 99));
    raw.amend(contract, 0, signed(id(1), 0, Some(98)));
    let (agreements, view) = (raw.models().agreements, View::as_of(day(8)));
    assert_eq!(agreements.offers(&view), []);
    assert_eq!(agreements.contracts(&view)[0].ends, day(10));
}

#[test]
fn an_offer_stands_to_the_end_of_its_last_day_in_its_last_version() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, offered(id(1), worth(5), 20));
    let (lines, net) = (Vec::new(), worth(4));
    let revised =
        OfferRevised { offer: id(1), version: 2, lines, net, valid_until: day(30), terms: None };
    let second = raw.on(10, who, revised);
    let standing = |raw: &Raw, on| -> Vec<(String, i64)> {
        let offers = raw.models().agreements.offers(&View::as_of(day(on)));
        offers.into_iter().map(|it| (it.number, it.net.micro)).collect()
    };
    assert_eq!(standing(&raw, 9), [("A-1".to_owned(), 5)]);
    assert_eq!(standing(&raw, 30), [("A-1".to_owned(), 4)]);
    assert_eq!(standing(&raw, 31), []);
    raw.void(second);
    assert_eq!(standing(&raw, 20), [("A-1".to_owned(), 5)]);
    assert_eq!(standing(&raw, 21), []);
}

#[test]
fn a_contract_runs_to_the_last_day_told() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, signed(id(1), 0, Some(30)));
    raw.on(0, who, signed(id(2), 0, None));
    let ends = |raw: &Raw, on| -> Vec<NaiveDate> {
        raw.models().agreements.contracts(&View::as_of(day(on))).iter().map(|it| it.ends).collect()
    };
    assert_eq!(ends(&raw, 30), [day(30)]);
    assert_eq!(ends(&raw, 31), Vec::<NaiveDate>::new());
    let amended = ContractAmended {
        contract: id(1),
        value: None,
        ends: Some(day(60)),
        payment_schedule: None,
        terms: None,
        reason: None,
    };
    raw.on(10, who, amended.clone());
    raw.on(11, who, ContractAmended { ends: None, ..amended });
    assert_eq!(ends(&raw, 31), [day(60)]);
    let value = worth(1);
    raw.on(
        50,
        who,
        ContractRenewed { contract: id(1), value, starts: day(61), ends: Some(day(90)) },
    );
    assert_eq!(ends(&raw, 61), [day(90)]);
    raw.on(70, who, ContractTerminated { contract: id(1), last_day: day(80), reason: None });
    assert_eq!(ends(&raw, 80), [day(80)], "it holds to its last day");
    assert_eq!(ends(&raw, 81), Vec::<NaiveDate>::new());
}

#[test]
fn an_offer_ends_once_and_says_how_long_that_took() {
    let (mut raw, who) = (Raw::default(), account(1));
    raw.on(0, who, offered(id(1), worth(5), 20));
    let revised = OfferRevised {
        offer: id(1),
        version: 2,
        lines: Vec::new(),
        net: worth(4),
        valid_until: day(30),
        terms: None,
    };
    raw.on(10, who, revised.clone());
    raw.on(12, who, OfferAccepted { offer: id(1), version: None });
    raw.on(13, who, OfferRevised { version: 3, net: worth(9), ..revised });
    raw.on(0, who, offered(id(2), worth(7), 20));
    let options = OffersOptions { by: OffersBy::Account, from: None, account: None, manager: None };
    let lines = |on| OffersOptions::whole(options.part(&raw.models(), &View::as_of(day(on))));
    let first = &lines(40).into_iter().find(|it| it.offer == id(1)).unwrap();
    assert_eq!(
        (first.state, first.ended, first.versions),
        (OfferState::Accepted, Some(day(12)), 2)
    );
    assert_eq!((first.net.micro, first.made), (4, day(0)));
    let second = |on| lines(on).into_iter().find(|it| it.offer == id(2)).unwrap();
    assert_eq!((second(20).state, second(20).ended), (OfferState::Open, None));
    assert_eq!((second(21).state, second(21).ended), (OfferState::Lapsed, Some(day(21))));
    let figures = Figures::of(&options, &raw.models(), &View::as_of(day(40)));
    let line = &figures.lines[0];
    assert_eq!((line.count(0), line.count(1), line.count(3), line.count(12)), (2, 1, 1, 12));
}
