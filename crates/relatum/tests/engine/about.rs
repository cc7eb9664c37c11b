//! A question about a manager reads only what may be theirs, and answers as if it had read all.

use std::collections::{BTreeMap, BTreeSet};

use relatum::domain::event::policy::{
    CreditOn, CreditOwner, InAbsence, Policy, PolicySet, ReturnsCount, SalesCredit,
};
use relatum::domain::{AccountId, Actor, Event, Gist, ManagerId, Recorded, Source, TenantId};
use relatum::{
    ActionsOptions, AsOf, BacklogOptions, CadenceOptions, ClientsOptions, CohortsOptions,
    CompetitorsBy, CompetitorsOptions, ContactsOptions, ContractsOptions, ConversionBy,
    ConversionOptions, Engine, EventRef, Fact, ForecastOptions, OffersBy, OffersOptions,
    PayOptions, PipelineBy, PipelineOptions, PlanOptions, QuotaOptions, Report, RetentionBy,
    RetentionOptions, ReturnsBy, ReturnsOptions, SalesBy, SalesOptions, Version,
};

use crate::books::{append, clock, demo, today};

/// Everything that can be asked about a manager.
fn answers(book: &AsOf, manager: ManagerId) -> Vec<String> {
    let (account, only, managers) = (None, Some(manager), vec![manager]);
    let (from, to) = (today() - chrono::Days::new(400), today() + chrono::Days::new(30));
    let plan = PlanOptions { from, to, account, managers: managers.clone(), states: Vec::new() };
    let actions = ActionsOptions { due_by: None, account, managers };
    let contacts = ContactsOptions { manager: only, ..ContactsOptions::default() };
    let contracts = ContractsOptions { within: 400, silent: false, account, manager: only };
    let orders = BacklogOptions { manager: only, ..BacklogOptions::default() };
    let forecast = ForecastOptions { from, to, manager: only };
    let quota = QuotaOptions { manager: only, ..QuotaOptions::default() };
    let pipeline = PipelineOptions { by: PipelineBy::Stage, account, manager: only };
    let competitors = CompetitorsOptions {
        by: CompetitorsBy::Competitor,
        from: None,
        account,
        manager: only,
        competitor: None,
    };
    let offers = OffersOptions { by: OffersBy::Month, from: None, account, manager: only };
    let clients = ClientsOptions {
        from,
        account,
        manager: only,
        group: None,
        active_months: None,
        new_after_months: None,
    };
    let (by, group, active_months) = (RetentionBy::Month, None, Some(1));
    let cohorts = CohortsOptions { by, from, account, manager: only, group: None };
    let retention = RetentionOptions { by, from, account, manager: only, group, active_months };
    let by = ConversionBy::Manager;
    let conversion = ConversionOptions { by, from: Some(from), account, manager: only };
    let mut said = vec![
        format!("{:?}", book.plan(&plan).unwrap()),
        format!("{:?}", book.actions(&actions).unwrap()),
        format!("{:?}", book.contacts(&contacts).unwrap()),
        format!("{:?}", book.contracts(&contracts).unwrap()),
        format!("{:?}", book.orders(&orders).unwrap()),
        format!("{:?}", book.forecast(&forecast).unwrap()),
        format!("{:?}", book.quota(&quota).unwrap()),
        format!("{:?}", book.pipeline(&pipeline).unwrap()),
        format!("{:?}", book.competitors(&competitors).unwrap()),
        format!("{:?}", book.offers(&offers).unwrap()),
        format!("{:?}", book.pay(&PayOptions { manager }).unwrap()),
        format!("{:?}", book.week(manager).unwrap()),
        format!("{:?}", book.worklist(only).unwrap()),
        format!(
            "{:?}",
            book.cadence(&CadenceOptions { manager: only, ..Default::default() }).unwrap()
        ),
    ];
    let sales = |by| SalesOptions { manager: only, ..SalesOptions::by(by) };
    let reports: [Box<dyn Report>; 11] = [
        Box::new(sales(SalesBy::Account)),
        Box::new(sales(SalesBy::Manager)),
        Box::new(sales(SalesBy::Team)),
        Box::new(ReturnsOptions { manager: only, ..ReturnsOptions::by(ReturnsBy::Reason) }),
        Box::new(clients),
        Box::new(cohorts),
        Box::new(retention),
        Box::new(conversion),
        Box::new(QuotaOptions { manager: only, paid_at: Some(book.view().known_at), team: None }),
        Box::new(competitors),
        Box::new(offers),
    ];
    said.extend(reports.iter().map(|it| format!("{:?}", book.figures(&**it).unwrap())));
    said
}

#[test]
fn what_is_asked_about_a_manager_is_answered_as_if_all_were_read() {
    let facts: Vec<Fact> = demo(24).into_iter().map(|it| Fact::new(it.stream, it.event)).collect();
    for in_absence in [InAbsence::Owner, InAbsence::Deputy] {
        let rule = Policy::SalesCredit(SalesCredit {
            on: CreditOn::Order,
            owner: CreditOwner::AtOrder,
            in_absence,
            returns: ReturnsCount::WhenReturned,
        });
        let set = Event::new(
            today() - chrono::Days::new(1_000),
            Actor::system("test"),
            Source::new("test", "rule"),
            PolicySet { policy: rule, reason: None },
        );
        let mut facts = facts.clone();
        facts.push(Fact::new(TenantId::own(), set));
        let [parts, whole] = [0, u64::MAX].map(|live| {
            let engine = Engine::builder().clock(clock()).live_events(live).in_memory().unwrap();
            append(&engine, facts.clone());
            engine.as_of(today())
        });
        let managers = whole.managers().unwrap();
        assert!(managers.len() > 3);
        let mut told = 0;
        for (manager, _) in managers {
            let expected = answers(&whole, manager);
            told += expected.iter().filter(|it| *it != "[]").count();
            for (got, expected) in answers(&parts, manager).iter().zip(&expected) {
                assert_eq!(got, expected, "{manager}, {in_absence:?}");
            }
        }
        assert!(told > 50, "{told}");
    }
}

/// A fold knows of managers what gists say: whoever one names and does not mention would be missed
/// by questions about them.
#[test]
fn whoever_the_gist_of_an_event_of_an_account_names_is_mentioned() {
    let facts = demo(40);
    let streams: BTreeSet<_> = facts.iter().map(|it| it.stream).collect();
    let managers: Vec<_> = streams.into_iter().filter_map(ManagerId::of_stream).collect();
    let mut by_type: BTreeMap<_, usize> = BTreeMap::new();
    for fact in facts.iter().filter(|it| AccountId::of_stream(it.stream).is_some()) {
        let at = EventRef::new(fact.stream, Version(1));
        let gist = Gist::of(at, Recorded::default(), &fact.event);
        let (said, kind) = (format!("{gist:?}"), fact.event.body.type_name());
        let mut mentioned = Vec::new();
        gist.mentioned(|it| mentioned.push(it));
        for manager in managers.iter().filter(|it| said.contains(&it.to_string())) {
            *by_type.entry(kind).or_default() += 1;
            // Whoever approves or rates has no part in that.
            let apart = matches!(kind.as_str(), "approval_given" | "rating_given");
            assert!(mentioned.contains(manager) || apart, "{said}");
        }
    }
    assert!(by_type.len() > 10, "{by_type:?}");
}
