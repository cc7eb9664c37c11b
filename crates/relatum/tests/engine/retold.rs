//! Facts that come again otherwise, where that is no correction of what was told.

use relatum::domain::event::account::{AccountAssigned, AccountClosed, AccountOpened, Stage};
use relatum::domain::event::correction::EventVoided;
use relatum::domain::event::opportunity::{
    OpportunityOpened, OpportunityStageChanged, OpportunityWon,
};
use relatum::domain::{Derived, Event, EventBody, ManagerId, OpportunityId, Value};
use relatum::{Engine, EventRef, Intake, Offer, Retold, StreamId, Taken, Version};

use crate::batches::{answers, assert_same, events, import, kinds, new, offer, undo};
use crate::books::{account, day, event, on_both};

const DEAL: &str = "deal 7";

fn deal() -> OpportunityId {
    OpportunityId::derived("test", DEAL)
}

fn worth(minor: i64) -> Option<Value> {
    Some(Value::parse(&minor.to_string(), "EUR".parse().unwrap()).unwrap())
}

fn told(event: Event, retold: Retold) -> Offer {
    Offer { retold, ..offer(1, event) }
}

fn opened(name: &str, stage: &str, value: i64) -> Offer {
    let opened = OpportunityOpened {
        opportunity: deal(),
        name: name.into(),
        product: None,
        stage: stage.into(),
        value: worth(value),
        probability: None,
        expected_close: None,
        category: None,
        manager: None,
        credit: Vec::new(),
    };
    let keeps = ["stage".to_owned(), "value".to_owned(), "metadata.kind".to_owned()];
    told(event(1, DEAL, opened), Retold::Keeps(keeps.into()))
}

fn with_kind(mut offer: Offer, kind: &str) -> Offer {
    offer.event.metadata.insert("kind".into(), kind.into());
    offer
}

fn stands(on: u64, stage: &str, value: i64) -> Offer {
    let changed = OpportunityStageChanged {
        opportunity: deal(),
        stage: stage.into(),
        value: worth(value),
        probability: None,
        expected_close: None,
        category: None,
        manager: None,
    };
    let since = ["opportunity_opened", "opportunity_won"];
    told(event(on, DEAL, changed), Retold::Changes(since.into()))
}

fn won(on: u64, value: i64) -> Offer {
    let won = OpportunityWon { opportunity: deal(), value: worth(value), manager: None };
    offer(1, event(on, DEAL, won))
}

fn gone(on: u64, event_type: &'static str) -> Offer {
    let unknown = EventRef::new(StreamId::from(account(1)), Version(1));
    let void = EventVoided { event: unknown, reason: "deleted there".into() };
    let retold = Retold::TakesBack { id: DEAL.into(), event_type };
    told(event(on, format!("{DEAL}/{event_type}"), void), retold)
}

/// The bodies of all events of the account, as short texts.
fn history(engine: &Engine) -> Vec<String> {
    let all = engine.replay().stream(StreamId::from(account(1))).events().unwrap();
    let tell = |event: &Event| match &event.body {
        EventBody::OpportunityOpened(it) => {
            format!("opened {} {}", it.name, it.stage)
        }
        EventBody::OpportunityStageChanged(it) => format!("stands {}", it.stage),
        EventBody::OpportunityWon(_) => "won".to_owned(),
        EventBody::AccountAssigned(_) => "assigned".to_owned(),
        EventBody::EventVoided(it) => format!("void {}", it.event.version),
        other => other.event_type().to_owned(),
    };
    all.map(|told| {
        let told = told.unwrap();
        let amends = told.data.amends.map(|it| format!(" for {}", it.version));
        format!("{} {}{}", told.data.effective, tell(&told.data), amends.unwrap_or_default())
    })
    .collect()
}

#[test]
fn what_a_later_export_says_is_told_beside_what_an_earlier_one_said() {
    on_both(|engine| {
        let first = || vec![opened("Ovens", "Offer", 100), stands(1, "Offer", 100)];
        assert_eq!(kinds(&import(engine, 1, first())), "n-");
        assert_eq!(kinds(&import(engine, 2, first())), "s-", "nothing changed");
        // It moved on and was renamed: the name is corrected, the stage is not.
        let moved = || vec![opened("Ovens XL", "Talks", 120), stands(20, "Talks", 120)];
        let mut preview = Intake::preview(engine.clone(), true);
        assert_eq!(kinds(&preview.offer(moved()).unwrap()), "cn");
        assert_eq!(kinds(&import(engine, 3, moved())), "cn");
        // Another day beside the same state is no news.
        let touched = || vec![opened("Ovens XL", "Talks", 120), stands(25, "Talks", 120)];
        assert_eq!(kinds(&import(engine, 4, touched())), "s-");
        // It is won, and the export no longer says how it stood.
        let closed = || vec![opened("Ovens XL", "Not stated", 130), won(30, 130)];
        assert_eq!(kinds(&import(engine, 5, closed())), "sn");
        assert_eq!(kinds(&import(engine, 6, closed())), "ss");
        // It is open again, just as it was before it was won, though the day is an earlier one.
        let again = || vec![opened("Ovens XL", "Talks", 120), stands(28, "Talks", 120)];
        assert_eq!(kinds(&import(engine, 7, again())), "sn");
        assert_eq!(kinds(&import(engine, 8, again())), "s-");
        let expected = [
            "2026-01-02 opened Ovens Offer",
            "2026-01-02 opened Ovens XL Offer for 1",
            "2026-01-21 stands Talks",
            "2026-01-31 won",
            "2026-01-31 stands Talks",
        ];
        assert_eq!(history(engine), expected);
    });
}

#[test]
fn metadata_may_hold_as_well() {
    let engine = Engine::in_memory().unwrap();
    let first = with_kind(opened("Ovens", "Offer", 100), "prospect");
    assert_eq!(kinds(&import(&engine, 1, vec![first])), "n");
    let later = |name| with_kind(opened(name, "Offer", 100), "client");
    assert_eq!(kinds(&import(&engine, 2, vec![later("Ovens")])), "s");
    assert_eq!(kinds(&import(&engine, 3, vec![opened("Ovens", "Offer", 100)])), "s", "none now");
    assert_eq!(kinds(&import(&engine, 4, vec![later("Lamps")])), "c");
    let last = EventRef::new(account(1).into(), Version(2));
    let last = engine.event(last).unwrap().unwrap().data;
    assert_eq!(last.metadata["kind"], "prospect");
}

#[test]
fn who_answers_for_an_account_changes_on_a_day() {
    let engine = Engine::in_memory().unwrap();
    let assigned = |who: &str, on: u64| {
        let manager = ManagerId::derived("test", who);
        let body = AccountAssigned { manager, credit: Vec::new() };
        told(event(1, "owner", body), Retold::Anew(day(on)))
    };
    assert_eq!(kinds(&import(&engine, 1, vec![assigned("ines", 9)])), "n");
    assert_eq!(kinds(&import(&engine, 2, vec![assigned("ines", 12)])), "s");
    assert_eq!(kinds(&import(&engine, 3, vec![assigned("tom", 20)])), "n");
    assert_eq!(kinds(&import(&engine, 4, vec![assigned("tom", 25)])), "s");
    assert_eq!(kinds(&import(&engine, 5, vec![assigned("ines", 30)])), "n", "and back");
    assert_eq!(
        history(&engine),
        ["2026-01-02 assigned", "2026-01-21 assigned", "2026-01-31 assigned"]
    );
}

#[test]
fn what_is_deleted_there_is_void_here_until_it_is_undone() {
    on_both(|engine| {
        let kinds_of = |batch| match batch {
            0 => vec![opened("Ovens", "Offer", 100), stands(1, "Offer", 100)],
            1 => vec![opened("Ovens XL", "Talks", 120), stands(20, "Talks", 120)],
            _ => ["opportunity_opened", "opportunity_stage_changed", "opportunity_won"]
                .map(|it| gone(50, it))
                .to_vec(),
        };
        assert_eq!(kinds(&import(engine, 9, kinds_of(2))), "---", "nothing to take back");
        import(engine, 1, kinds_of(0));
        import(engine, 2, kinds_of(1));
        let before = answers(engine);
        let taken = import(engine, 3, kinds_of(2));
        assert_eq!(kinds(&taken), "nn-");
        let head = events(engine);
        assert_eq!(kinds(&import(engine, 4, kinds_of(2))), "---", "known already");
        assert_eq!(events(engine), head);
        // The opening, what amended it, and the change.
        let voids = ["void 2", "void 1", "void 3"].map(|it| format!("2026-02-20 {it}"));
        assert_eq!(history(engine)[3..], voids);

        undo(engine, 3).unwrap();
        assert_same(&before, &answers(engine));
        assert_eq!(kinds(&import(engine, 5, kinds_of(1))), "s-", "it holds again");
        assert_eq!(kinds(&import(engine, 6, kinds_of(2))), "nn-", "and is deleted once more");
        assert_eq!(kinds(&import(engine, 7, kinds_of(1))), "n-", "and restored there");
        assert_eq!(kinds(&import(engine, 8, kinds_of(1))), "s-");
    });
}

#[test]
fn an_end_is_told_once_and_only_of_what_began() {
    let engine = Engine::in_memory().unwrap();
    let account = |stage| AccountOpened {
        name: "Nord".into(),
        stage,
        country: None,
        sector: None,
        class: None,
        segment: None,
        external_ids: Vec::new(),
        unassigned: false,
    };
    let opened = || offer(1, event(1, "A", account(Stage::Client)));
    let closed = |on| {
        let body = AccountClosed { reason: "deleted there".into() };
        told(event(on, "A", body), Retold::Ends(["account_opened"].into()))
    };
    assert_eq!(kinds(&import(&engine, 1, vec![closed(5)])), "-");
    assert_eq!(kinds(&import(&engine, 2, vec![opened()])), "n");
    assert_eq!(kinds(&import(&engine, 3, vec![closed(6)])), "n");
    assert_eq!(kinds(&import(&engine, 4, vec![closed(7)])), "-");
}

#[test]
fn without_amending_nothing_is_taken_back() {
    let engine = Engine::in_memory().unwrap();
    import(&engine, 1, vec![opened("Ovens", "Offer", 100)]);
    let mut intake = Intake::begin(engine.clone(), new(2, true));
    let taken = intake.offer(vec![gone(9, "opportunity_opened"), stands(9, "Talks", 1)]).unwrap();
    assert!(matches!(taken[..], [Taken::Differs(_), Taken::New(_)]), "{taken:?}");
}
