//! Every story line is there, to be found today.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use relatum_domain::event::account::Stage;
use relatum_domain::event::activity::ActivityKind;
use relatum_domain::{ActivityId, DocumentId, EventBody as B};
use relatum_stream::StreamId;

use super::{day, many, standing, today};
use crate::calendar::{working, working_before};
use crate::{Fact, StoryLine as S, stories};

fn streams(line: S) -> Vec<StreamId> {
    let of = stories(40).into_iter().filter(|story| story.line == line);
    of.map(|story| story.account.into()).collect()
}

fn of(facts: &[&Fact], stream: StreamId) -> Vec<Fact> {
    facts.iter().filter(|fact| fact.stream == stream).map(|fact| (*fact).clone()).collect()
}

fn days(facts: &[Fact], kind: &str) -> Vec<NaiveDate> {
    let of = facts.iter().filter(|fact| fact.event.body.event_type() == kind);
    of.map(|fact| fact.event.effective).collect()
}

fn each(line: S, mut check: impl FnMut(NaiveDate, &[Fact])) {
    for &(today, ref facts) in many() {
        let facts = standing(facts);
        for stream in streams(line) {
            check(today, &of(&facts, stream));
        }
    }
}

/// What is open of invoices more than so many days overdue.
fn overdue(facts: &[Fact], today: NaiveDate, days: i64) -> i64 {
    let mut open: BTreeMap<DocumentId, i64> = BTreeMap::new();
    for fact in facts {
        let applications = match &fact.event.body {
            B::InvoiceIssued(body) => {
                if body.0.due.is_some_and(|due| (today - due).num_days() > days) {
                    open.insert(body.0.document, body.0.gross.minor);
                }
                continue;
            }
            B::PaymentReceived(body) => &body.applications,
            B::CreditNoteIssued(body) => &body.applications,
            B::CreditAllocated(body) => &body.applications,
            _ => continue,
        };
        for application in applications {
            open.entry(application.document).and_modify(|open| *open -= application.amount.minor);
        }
    }
    open.values().sum()
}

#[test]
fn late_payers_are_overdue_and_the_chronic_one_most() {
    let mut most = BTreeMap::new();
    for line in [S::Late, S::LateHeld, S::BrokenPromise, S::ChronicLate] {
        each(line, |today, facts| {
            let open = overdue(facts, today, 5);
            assert!(open > 0, "{line:?}");
            assert!(!days(facts, "reminder_sent").is_empty(), "{line:?}");
            let known = most.entry(line).or_insert(0);
            *known += open;
        });
    }
    assert!(most.values().all(|open| *open <= most[&S::ChronicLate]), "{most:?}");
    each(S::Steady, |today, facts| assert_eq!(overdue(facts, today, 20), 0));
}

#[test]
fn a_promise_was_broken_and_others_are_kept() {
    each(S::BrokenPromise, |today, facts| {
        let broken = facts.iter().any(|fact| {
            let B::PromiseMade(promise) = &fact.event.body else { return false };
            let recent = promise.by < today && (today - promise.by).num_days() <= 8;
            let paid = facts.iter().any(|paid| match &paid.event.body {
                B::PaymentReceived(body) if paid.event.effective >= fact.event.effective => {
                    body.applications.iter().any(|of| promise.documents.contains(&of.document))
                }
                _ => false,
            });
            recent && !paid
        });
        assert!(broken);
    });
}

#[test]
fn lapsing_clients_fell_silent_for_three_times_their_interval() {
    each(S::Lapsing, |today, facts| {
        let orders = days(facts, "order_placed");
        let gaps: Vec<i64> = orders.windows(2).map(|two| (two[1] - two[0]).num_days()).collect();
        let usual = gaps.iter().sum::<i64>() / gaps.len() as i64;
        let silent = (today - orders[orders.len() - 1]).num_days();
        assert!((18..=40).contains(&usual), "{gaps:?}");
        assert!(silent >= usual * 5 / 2 && silent <= usual * 6, "{silent} after {usual}");
    });
    each(S::Steady, |today, facts| {
        let orders = days(facts, "order_placed");
        assert!((today - orders[orders.len() - 1]).num_days() < 60);
    });
}

#[test]
fn some_were_not_spoken_to_for_months() {
    each(S::NoContact, |today, facts| {
        let last = days(facts, "activity_held").into_iter().max().unwrap();
        assert!((today - last).num_days() > 90, "{last}");
        assert!((today - days(facts, "order_placed").into_iter().max().unwrap()).num_days() < 60);
    });
}

#[test]
fn complaints_disputes_offers_and_contracts_wait() {
    each(S::OpenComplaint, |_, facts| {
        let (made, resolved) = (days(facts, "complaint_made"), days(facts, "complaint_resolved"));
        assert_eq!(made.len(), resolved.len() + 1);
    });
    each(S::Dispute, |_, facts| {
        let (opened, resolved) = (days(facts, "dispute_opened"), days(facts, "dispute_resolved"));
        assert!(opened.len() > resolved.len());
    });
    let ends = |facts: &[Fact], until: NaiveDate| {
        facts.iter().any(|fact| match &fact.event.body {
            B::OfferMade(body) => body.valid_until == until,
            _ => false,
        })
    };
    each(S::OfferExpiring, |today, facts| assert!(ends(facts, today + TimeDelta::days(3))));
    each(S::OfferLapsed, |today, facts| assert!(ends(facts, today - TimeDelta::days(5))));
    each(S::ContractEnding, |today, facts| {
        let end = facts.iter().rev().find_map(|fact| match &fact.event.body {
            B::ContractSigned(body) => body.ends,
            B::ContractRenewed(body) => body.ends,
            _ => None,
        });
        assert!((1..60).contains(&(end.unwrap() - today).num_days()), "{end:?}");
    });
}

#[test]
fn every_manager_has_plans_for_today_and_the_week() {
    for &(today, ref facts) in many() {
        let first = working(today);
        let mut plans: BTreeMap<_, Vec<(NaiveDate, ActivityKind)>> = BTreeMap::new();
        for fact in facts {
            let B::ActivityPlanned(body) = &fact.event.body else {
                continue;
            };
            if body.day >= first {
                plans.entry(body.manager).or_default().push((body.day, body.kind));
            }
        }
        assert_eq!(plans.len(), 5);
        for plans in plans.values() {
            assert!(plans.contains(&(first, ActivityKind::Call)), "{plans:?}");
            assert!(plans.contains(&(first, ActivityKind::Visit)), "{plans:?}");
            let week = plans.iter().filter(|(day, _)| (*day - first).num_days() <= 6);
            assert!(week.count() >= 4, "{plans:?}");
        }
    }
}

#[test]
fn one_visit_was_missed_on_the_last_working_day() {
    for &(today, ref facts) in many() {
        let last = working_before(today - TimeDelta::days(1));
        let mut open: BTreeSet<(ActivityId, StreamId)> = BTreeSet::new();
        for fact in standing(facts) {
            match &fact.event.body {
                B::ActivityPlanned(body) if body.day == last => {
                    open.insert((body.activity, fact.stream));
                }
                B::ActivityHeld(body) => {
                    open.remove(&(body.activity, fact.stream));
                }
                _ => {}
            }
        }
        let open: Vec<StreamId> = open.into_iter().map(|(_, stream)| stream).collect();
        assert_eq!(open, streams(S::MissedVisit));
    }
}

#[test]
fn the_rest_of_the_cast_plays_its_part() {
    let has = |line: S, kind: &str| {
        each(line, |today, facts| {
            assert!(!days(facts, kind).is_empty(), "{line:?} {kind} {today}")
        });
    };
    has(S::Bounced, "reversed");
    has(S::Insolvent, "written_off");
    has(S::Insolvent, "account_closed");
    has(S::LateHeld, "credit_held");
    has(S::LateHeld, "approval_given");
    has(S::Netting, "netted_with_payables");
    has(S::Returns, "goods_returned");
    has(S::Converted, "account_stage_changed");
    has(S::Prospect, "credit_checked");
    each(S::Installments, |_, facts| {
        let parts = facts.iter().filter(|fact| match &fact.event.body {
            B::InvoiceIssued(body) => !body.0.installments.is_empty(),
            _ => false,
        });
        assert!(parts.count() > 1);
    });
    each(S::PaysMonthly, |_, facts| {
        let several = facts.iter().any(|fact| match &fact.event.body {
            B::PaymentReceived(body) => body.applications.len() > 1,
            _ => false,
        });
        assert!(several);
    });
    each(S::OnAccount, |_, facts| {
        let kinds = [days(facts, "credit_allocated"), days(facts, "refund_paid")];
        assert!(kinds.iter().any(|days| !days.is_empty()));
    });
    each(S::Reassigned, |_, facts| assert_eq!(days(facts, "account_assigned").len(), 2));
    each(S::Prospect, |_, facts| {
        assert!(days(facts, "order_placed").is_empty());
        assert!(
            matches!(&facts[0].event.body, B::AccountOpened(body) if body.stage == Stage::Prospect)
        );
    });
}

#[test]
fn an_account_is_opened_before_anything_else() {
    for (_, facts) in many() {
        for story in stories(40) {
            let mut own = facts.iter().filter(|fact| fact.stream == story.account.into());
            let first = own.next().unwrap();
            assert_eq!(first.event.body.event_type(), "account_opened");
            for fact in own {
                assert!(fact.event.effective >= first.event.effective, "{fact:?}");
            }
        }
    }
}

#[test]
fn one_manager_is_away_with_a_deputy() {
    for &(today, ref facts) in many() {
        let away = facts.iter().filter(|fact| match &fact.event.body {
            B::AbsenceStated(body) => {
                fact.event.effective <= today && today <= body.until && body.deputy.is_some()
            }
            _ => false,
        });
        assert_eq!(away.count(), 1);
    }
    assert_eq!(today(), day("2026-11-23"));
}
