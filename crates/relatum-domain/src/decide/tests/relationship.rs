//! The account itself, its people, opportunities and complaints.

use super::{Row, legal, row};
use crate::decide::Proposal;
use crate::event::account::{
    AccountAssigned, AccountClosed, ContactAdded, ContactChanged, ContactLeft, CreditShare,
    ShareKind,
};
use crate::event::opportunity::{
    OpportunityLost, OpportunityOpened, OpportunityStageChanged, OpportunityWon,
};
use crate::event::organisation::AbsenceStated;
use crate::event::voice::{ComplaintMade, ComplaintResolved};
use crate::guarded::Personal;
use crate::ids::{ComplaintId, ContactId, ManagerId, OpportunityId};
use crate::words::{day, id, invoice, on, opened};

fn closed() -> AccountClosed {
    AccountClosed { reason: "moved away".into() }
}

fn contact() -> ContactAdded {
    ContactAdded {
        contact: id("anna"),
        name: Personal::about(id::<ContactId>("anna"), "Anna"),
        role: None,
        email: None,
        phone: None,
        key: true,
    }
}

fn new_role() -> ContactChanged {
    ContactChanged {
        contact: id("anna"),
        name: None,
        role: Some("purchasing".into()),
        email: None,
        phone: None,
        key: None,
    }
}

fn left() -> ContactLeft {
    ContactLeft { contact: id("anna") }
}

fn chance(probability: Option<&str>) -> OpportunityOpened {
    OpportunityOpened {
        opportunity: id("chance"),
        name: "Fleet".into(),
        product: None,
        stage: "seen".into(),
        value: None,
        probability: probability.map(|text| text.parse().unwrap()),
        expected_close: None,
        category: None,
        manager: None,
        credit: Vec::new(),
    }
}

fn moved(probability: &str) -> OpportunityStageChanged {
    OpportunityStageChanged {
        opportunity: id("chance"),
        stage: "offered".into(),
        value: None,
        probability: Some(probability.parse().unwrap()),
        expected_close: None,
        category: None,
        manager: None,
    }
}

fn won() -> OpportunityWon {
    OpportunityWon { opportunity: id("chance"), value: None, manager: None }
}

fn lost() -> OpportunityLost {
    OpportunityLost { opportunity: id("chance"), reason: None, competitor: None, manager: None }
}

fn complaint() -> ComplaintMade {
    ComplaintMade {
        complaint: id("late"),
        cause: "late delivery".into(),
        text: None,
        severity: Some(3),
        contact: None,
        order: None,
        document: None,
    }
}

fn resolved() -> ComplaintResolved {
    ComplaintResolved { complaint: id("late"), resolution: "refund".into(), satisfied: Some(true) }
}

fn shared(shares: &[(&str, ShareKind)]) -> AccountAssigned {
    let share = |(share, kind): &(&str, ShareKind)| CreditShare {
        manager: id("mira"),
        share: share.parse().unwrap(),
        kind: *kind,
    };
    AccountAssigned { manager: id("mira"), credit: shares.iter().map(share).collect() }
}

pub(super) fn rows() -> Vec<Row> {
    let anna: ContactId = id("anna");
    let fleet: OpportunityId = id("chance");
    let late: ComplaintId = id("late");
    let mira: ManagerId = id("mira");
    let absence = AbsenceStated { until: day("02-28"), deputy: None, reason: None };
    let unknown = format!("contact {anna} is not known");
    let not_open = format!("opportunity {fleet} is not open");
    let half = ShareKind::Revenue;
    vec![
        Row {
            code: "wrong_stream",
            message: "events of type invoice_issued do not belong on a stream of kind manager"
                .into(),
            given: Vec::new(),
            when: Proposal::new(mira, on("01-01", invoice("I1", 100_00))),
        },
        row(
            "account_already_open",
            "the account is already open",
            [on("01-01", opened())],
            on("02-01", opened()),
        ),
        row(
            "account_closed",
            "the account was closed on 2026-03-01",
            [on("01-01", opened()), on("03-01", closed())],
            on("03-02", closed()),
        ),
        row(
            "contact_exists",
            format!("contact {anna} is already known"),
            [on("01-01", contact())],
            on("01-02", contact()),
        ),
        row("contact_unknown", &unknown, [], on("01-02", new_role())),
        row(
            "contact_unknown",
            &unknown,
            [on("01-01", contact()), on("01-02", left())],
            on("01-03", left()),
        ),
        row(
            "opportunity_exists",
            format!("opportunity {fleet} already exists"),
            [on("01-01", chance(None)), on("01-02", lost())],
            on("01-03", chance(None)),
        ),
        row("opportunity_not_open", &not_open, [], on("01-01", won())),
        row(
            "opportunity_not_open",
            &not_open,
            [on("01-01", chance(None)), on("01-02", won())],
            on("01-03", moved("0.5")),
        ),
        row(
            "not_a_share",
            "a probability is from 0 to 1, not 1.01",
            [],
            on("01-01", chance(Some("1.01"))),
        ),
        row(
            "not_a_share",
            "a probability is from 0 to 1, not -0.1",
            [on("01-01", chance(None))],
            on("01-02", moved("-0.1")),
        ),
        row(
            "not_a_share",
            "a share in the credit is from 0 to 1, not 2",
            [],
            on("01-02", shared(&[("2", ShareKind::Overlay)])),
        ),
        row(
            "not_a_share",
            "the sum of the shares of revenue is from 0 to 1, not 1.1",
            [],
            on("01-02", shared(&[("0.6", half), ("0.5", half), ("1", ShareKind::Overlay)])),
        ),
        row(
            "complaint_exists",
            format!("complaint {late} already exists"),
            [on("01-01", complaint())],
            on("01-02", complaint()),
        ),
        row(
            "complaint_not_open",
            format!("complaint {late} is not open"),
            [on("01-01", complaint()), on("01-02", resolved())],
            on("01-03", resolved()),
        ),
        Row {
            code: "ends_before_start",
            message: "it ends on 2026-02-28, before it begins on 2026-03-01".into(),
            given: Vec::new(),
            when: Proposal::new(mira, on("03-01", absence)),
        },
    ]
}

#[test]
fn an_account_opens_and_closes_as_often_as_it_does() {
    legal([
        on("01-01", opened()),
        on("02-01", closed()),
        on("03-01", opened()),
        on("04-01", closed()),
    ]);
    // A book may begin with the end of a relationship.
    legal([on("02-01", closed()), on("03-01", opened())]);
}

#[test]
fn chances_people_and_complaints_go_their_way() {
    legal([
        on("01-01", chance(Some("0"))),
        on("01-02", moved("1")),
        on("01-03", won()),
        on("01-04", contact()),
        on("01-05", new_role()),
        on("01-06", left()),
        on("01-07", complaint()),
        on("01-08", resolved()),
        on("01-09", shared(&[("0.6", ShareKind::Revenue), ("0.4", ShareKind::Revenue)])),
    ]);
}
