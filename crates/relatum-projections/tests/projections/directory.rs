//! Who is who: what each kind of event makes of a profile, from its own day on.

use relatum_domain::event::account::{
    AccountClassified, AccountClosed, AccountOpened, ContactAdded, ContactChanged, ContactLeft,
    ExternalId, ExternalIdStated, ParentNamed, Relation, RelationEnded, Stage,
};
use relatum_domain::event::organisation::{
    AbsenceStated, ManagerJoined, ManagerLeft, TeamFormed, TeamJoined, TeamKind, TeamLeft,
};
use relatum_domain::{ContactId, Derived, Personal, TeamId, View};
use relatum_projections::{AccountProfile, ManagerProfile};

use crate::generated::{manager, opened};
use crate::raw::{Raw, account, day};

fn profile(raw: &Raw, on: i64) -> Option<AccountProfile> {
    raw.models().directory.account(account(1), &View::as_of(day(on)))
}

#[test]
fn an_account_is_there_from_the_first_day_of_which_anything_is_told() {
    let (mut raw, who) = (Raw::default(), account(1));
    assert_eq!(profile(&raw, 0), None);
    raw.on(10, who, opened("One"));
    assert_eq!(profile(&raw, 9), None);
    assert_eq!(profile(&raw, 10).unwrap().name, "One");
    raw.on(5, who, AccountClassified { class: Some("A".into()), segment: None });
    let models = raw.models();
    let seen = |on, events| {
        let view = View::as_of(day(on)).known_at(raw.known(events));
        models.directory.accounts(&view).count()
    };
    assert_eq!([seen(5, 2), seen(5, 1), seen(4, 2), seen(10, 1), seen(10, 0)], [1, 0, 0, 1, 0]);
    let early = profile(&raw, 5).unwrap();
    assert_eq!((early.name, early.class), (who.to_string(), Some("A".into())));
    assert_eq!(
        profile(&raw, 10).unwrap().class.as_deref(),
        Some("A"),
        "what was told before stays"
    );
    assert_eq!(models.directory.account_name(who, &View::as_of(day(0))), "One");
}

#[test]
fn an_account_opened_again_keeps_what_it_is() {
    let (mut raw, who) = (Raw::default(), account(1));
    let id = |id: &str| ExternalId { system: "erp".into(), id: id.into() };
    let first = AccountOpened {
        country: Some("DE".into()),
        external_ids: vec![id("1")],
        stage: Stage::Prospect,
        ..opened("One")
    };
    raw.on(0, who, first);
    raw.on(1, who, ExternalIdStated { external_id: id("2") });
    raw.on(1, who, ExternalIdStated { external_id: id("2") });
    raw.on(2, who, AccountClosed { reason: "gone".into() });
    assert!(profile(&raw, 2).unwrap().closed);
    raw.on(3, who, AccountOpened { external_ids: vec![id("1"), id("3")], ..opened("Uno") });
    let again = profile(&raw, 3).unwrap();
    assert_eq!((again.closed, again.name.as_str(), again.stage), (false, "Uno", Stage::Client));
    assert_eq!(again.country.as_deref(), Some("DE"));
    let ids: Vec<&str> = again.external_ids.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
}

#[test]
fn a_contact_is_who_was_added_as_last_changed() {
    let (mut raw, who) = (Raw::default(), account(1));
    let contact = ContactId::derived("test", "1");
    let name = |text: &str| Personal::about(contact, text);
    let added = raw.on(
        0,
        who,
        ContactAdded {
            contact,
            name: name("Ada"),
            role: Some("purchasing".into()),
            email: None,
            phone: None,
            key: false,
        },
    );
    let change = ContactChanged {
        contact,
        name: None,
        role: None,
        email: None,
        phone: None,
        key: Some(true),
    };
    raw.on(1, who, change.clone());
    let contacts = |raw: &Raw, on| profile(raw, on).unwrap().contacts;
    let role = Some("purchasing".to_owned());
    assert_eq!(contacts(&raw, 0), [(contact, role.clone(), false, added)]);
    assert_eq!(contacts(&raw, 1), [(contact, role, true, added)]);
    let (head, named) = (Some("head".to_owned()), Some(name("Ada B.")));
    let renamed =
        raw.on(2, who, ContactChanged { name: named, role: head.clone(), key: None, ..change });
    assert_eq!(contacts(&raw, 2), [(contact, head, true, renamed)], "told by the change");
    raw.on(3, who, ContactLeft { contact });
    assert_eq!(contacts(&raw, 3), []);
}

#[test]
fn a_parent_is_one_for_as_long_as_told() {
    let (mut raw, who) = (Raw::default(), account(1));
    let (first, second) = (account(7), account(8));
    raw.on(0, who, ParentNamed { parent: first, until: Some(day(9)) });
    raw.on(20, who, ParentNamed { parent: second, until: None });
    raw.on(30, who, RelationEnded { relation: Relation::Parent, with: first });
    raw.on(40, who, RelationEnded { relation: Relation::PaysFor, with: second });
    raw.on(50, who, RelationEnded { relation: Relation::Parent, with: second });
    let parent = |on| profile(&raw, on).unwrap().parent;
    assert_eq!([0, 9, 10].map(parent), [Some(first), Some(first), None]);
    assert_eq!([20, 30, 40, 50].map(parent), [Some(second), Some(second), Some(second), None]);
}

#[test]
fn a_manager_is_away_and_in_teams_by_the_day() {
    let (mut raw, who) = (Raw::default(), manager(1));
    let (team, other) = (TeamId::derived("test", "1"), TeamId::derived("test", "2"));
    raw.on(0, who, ManagerJoined { code: Some("M-1".into()), name: None, email: None });
    let reason = None;
    raw.on(5, who, AbsenceStated { until: day(7), deputy: Some(manager(2)), reason });
    raw.on(0, who, TeamJoined { team, until: None });
    raw.on(3, who, TeamJoined { team, until: None });
    raw.on(4, who, TeamJoined { team: other, until: Some(day(6)) });
    raw.on(8, who, TeamLeft { team });
    raw.on(9, who, ManagerLeft { successor: None });
    raw.on(2, team, TeamFormed { name: "North".into(), kind: TeamKind::Team });
    let models = raw.models();
    let seen =
        |on| -> ManagerProfile { models.directory.manager(who, &View::as_of(day(on))).unwrap() };
    assert_eq!([4, 5, 7, 8].map(|on| seen(on).deputy.is_some()), [false, true, true, false]);
    assert_eq!([0, 3, 4, 7, 8].map(|on| seen(on).teams.len()), [1, 1, 2, 1, 0]);
    assert_eq!([8, 9].map(|on| seen(on).left), [false, true]);
    assert_eq!(models.directory.manager(who, &View::as_of(day(-1))), None);
    assert_eq!(models.directory.managers(&View::as_of(day(-1))).count(), 0);
    let name = |on| models.directory.team(team, &View::as_of(day(on))).and_then(|it| it.name);
    assert_eq!([1, 2].map(name), [None, Some("North".to_owned())]);
}
