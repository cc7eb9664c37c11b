//! How the gist is taken from an event: the one place that says which fields folds read.

use relatum_stream::{EventRef, StreamId};

use super::Gist;
use super::matter::{
    Applied, Charge, Goods, Matter, OfferEnd, Paper, PaperKind, Programme, Rule, Seen, Takes,
    Undertaken, WorkCalendar,
};
use crate::event::account::{AccountOpened, Relation};
use crate::event::activity::ActivityHeld;
use crate::event::document::ReceivableDocument;
use crate::event::line::Line;
use crate::event::order::OrderPlaced;
use crate::event::organisation::{QuotaEnd, QuotaSet};
use crate::event::policy::{self, CalendarStated, Policy};
use crate::event::settlement::{Application, PaymentReceived, Reversible};
use crate::event::{Event, EventBody};
use crate::history::{Day, Recorded, Stamp};
use crate::ids::TENANT;
use crate::money::{Amount, Quantity};

impl<'a> Gist<'a> {
    /// The gist of `event`, which stands at `at` and became known at `recorded`.
    #[must_use]
    pub fn of(at: EventRef, recorded: Recorded, event: &'a Event) -> Self {
        let (label, amount) = told(&event.body);
        Self {
            stamp: Stamp::of(at, recorded, event),
            amends: event.amends.and_then(|target| own(target, at.stream)),
            batch: event.causation.filter(|it| it.stream.kind == TENANT).map(|it| it.version.0),
            kind: event.body.type_name(),
            label,
            amount,
            matter: matter(&event.body, at.stream),
        }
    }
}

/// The version of `event`, if it is one of `stream`.
fn own(event: EventRef, stream: StreamId) -> Option<u64> {
    (event.stream == stream).then_some(event.version.0)
}

/// What a line of history says besides the kind: a number or subject, and an amount.
fn told(body: &EventBody) -> (Option<&str>, Option<Amount>) {
    use EventBody as B;
    let value = |value| Some(Amount::Value(value));
    let money = |money| Some(Amount::Money(money));
    match body {
        B::AccountOpened(it) => (Some(&it.name), None),
        B::AccountFactStated(it) => (Some(&it.topic), None),
        B::AccountNeedStated(it) => (it.product_group.as_deref(), None),
        B::ContactAdded(it) => (it.role.as_deref(), None),
        B::AccountClassified(it) => (it.class.as_deref(), None),
        B::AccountClosed(it) => (Some(&it.reason), None),
        B::ActivityPlanned(it) => (it.purpose.as_deref(), None),
        B::ActivityRescheduled(it) => (it.reason.as_deref(), None),
        B::ActivityCancelled(it) => (it.reason.as_deref(), None),
        B::ActivityHeld(it) => (it.purpose.as_deref(), None),
        B::OpportunityOpened(it) => (Some(&it.name), it.value.map(Amount::Value)),
        B::OpportunityStageChanged(it) => (Some(&it.stage), it.value.map(Amount::Value)),
        B::OpportunityWon(it) => (None, it.value.map(Amount::Value)),
        B::OpportunityLost(it) => (it.reason.as_deref(), None),
        B::OfferMade(it) => (Some(&it.number), value(it.net)),
        B::OfferRevised(it) => (None, value(it.net)),
        B::OfferDeclined(it) => (it.reason.as_deref(), None),
        B::OfferWithdrawn(it) => (it.reason.as_deref(), None),
        B::ContractSigned(it) => (Some(&it.number), value(it.value)),
        B::ContractAmended(it) => (it.reason.as_deref(), it.value.map(Amount::Value)),
        B::ContractRenewed(it) => (None, value(it.value)),
        B::ContractTerminated(it) => (it.reason.as_deref(), None),
        B::OrderPlaced(it) => (Some(&it.number), value(it.net)),
        B::OrderRefused(it) => (Some(&it.reason), None),
        B::OrderCancelled(it) => (it.reason.as_deref(), None),
        B::GoodsReturned(it) => (Some(&it.number), value(it.net)),
        B::SalesAdjusted(it) => (Some(&it.number), value(it.net)),
        B::InvoiceIssued(it) => (Some(&it.0.number), money(it.0.gross)),
        B::DebitNoteIssued(it) => (Some(&it.0.number), money(it.0.gross)),
        B::InterestInvoiceIssued(it) => (Some(&it.0.number), money(it.0.gross)),
        B::OpeningItemStated(it) => (Some(&it.0.number), money(it.0.gross)),
        B::DraftSaved(it) => (Some(&it.0.number), money(it.0.gross)),
        B::ProformaIssued(it) => (Some(&it.0.number), money(it.0.gross)),
        B::CreditNoteIssued(it) => (Some(&it.document.number), money(it.document.gross)),
        B::PaymentReceived(it) => (it.reference.as_deref(), money(it.amount)),
        B::RefundPaid(it) => (it.reason.as_deref(), money(it.amount)),
        B::AllocationUndone(it) => (Some(&it.reason), None),
        B::Reversed(it) => (Some(&it.reason), None),
        B::WrittenOff(it) => {
            (Some(&it.reason), it.applications.first().and_then(|first| money(first.amount)))
        }
        B::DisputeOpened(it) => (it.reason.as_deref(), it.amount.map(Amount::Money)),
        B::DisputeResolved(it) => (it.resolution.as_deref(), None),
        B::PromiseMade(it) => (None, money(it.amount)),
        B::ReminderSent(it) => (None, it.fee.map(Amount::Money)),
        B::LedgerBalanceStated(it) => (None, money(it.balance)),
        B::ComplaintMade(it) => (Some(&it.cause), None),
        B::ComplaintResolved(it) => (Some(&it.resolution), None),
        B::FeedbackGiven(it) => (Some(&it.topic), None),
        B::UsageStated(it) => (Some(&it.product), None),
        B::CompetitorNoted(it) => (Some(&it.competitor), None),
        B::CreditChecked(it) => (Some(&it.agency), it.recommended.map(Amount::Money)),
        B::CreditLimitSet(it) => (it.reason.as_deref(), it.limit.map(Amount::Money)),
        B::CreditHeld(it) => (Some(&it.reason), None),
        B::CreditReleased(it) => (Some(&it.reason), None),
        B::ApprovalGiven(it) => (Some(&it.overrides), it.up_to.map(Amount::Money)),
        B::ProgrammeCostStated(it) => (Some(&it.programme), value(it.cost)),
        B::SubjectErased(it) => (Some(&it.reason), None),
        B::DataExported(it) => (Some(&it.what), None),
        B::ImportBegun(it) => (Some(&it.mapping.name), None),
        B::UndoBegun(it) => (Some(&it.reason), None),
        B::EventVoided(it) => (Some(&it.reason), None),
        _ => (why(body), None),
    }
}

/// Why accounts are one, or are not.
fn why(body: &EventBody) -> Option<&str> {
    match body {
        EventBody::AccountsMerged(it) => it.reason.as_deref(),
        EventBody::AccountsSplit(it) => it.reason.as_deref(),
        _ => None,
    }
}

/// The rest: one family after the other, the first that has something to say.
fn matter(body: &EventBody, stream: StreamId) -> Matter<'_> {
    receivables(body, stream)
        .or_else(|| activities(body))
        .or_else(|| chances(body))
        .or_else(|| sales(body))
        .or_else(|| relationship(body, stream))
        .or_else(|| organisation(body))
        .or_else(|| credit(body))
        .unwrap_or(Matter::Plain)
}

fn receivables(body: &EventBody, stream: StreamId) -> Option<Matter<'_>> {
    use EventBody as B;
    let applied = |all: &[Application]| applied(all, stream);
    Some(match body {
        B::InvoiceIssued(it) => Matter::Document(paper(&it.0, PaperKind::Invoice)),
        B::DebitNoteIssued(it) => Matter::Document(paper(&it.0, PaperKind::DebitNote)),
        B::InterestInvoiceIssued(it) => Matter::Document(paper(&it.0, PaperKind::Interest)),
        B::OpeningItemStated(it) => Matter::Document(paper(&it.0, PaperKind::Opening)),
        B::CreditNoteIssued(it) => {
            let paper = paper(&it.document, PaperKind::CreditNote);
            Matter::Credit(paper, applied(&it.applications))
        }
        B::DraftSaved(it) => Matter::Draft(paper(&it.0, PaperKind::Invoice)),
        B::DraftDiscarded(it) => Matter::DraftDiscarded(it.document),
        B::PaymentReceived(it) => payment(it, stream),
        B::PaidByOther(it) => Matter::PaidByOther {
            payer: it.payer,
            payment: it.payment,
            applied: applied(&it.applications),
        },
        B::RefundPaid(it) => Matter::Refund { refund: it.refund, of: it.of },
        B::NettedWithPayables(it) => Matter::Netted(applied(&it.applications)),
        B::WrittenOff(it) => Matter::WrittenOff(applied(&it.applications)),
        B::WriteOffRecovered(it) => Matter::Recovered(applied(&it.applications)),
        B::CreditAllocated(it) => {
            Matter::Allocated { from: it.from, applied: applied(&it.applications) }
        }
        B::AllocationUndone(it) => {
            Matter::Undone { from: it.from, applied: applied(&it.applications) }
        }
        B::Reversed(it) => Matter::Reversed(match it.what {
            Reversible::Payment(payment) => Takes::Payment(payment),
            Reversible::Document(document) => Takes::Document(document),
            Reversible::Event(event) => own(event, stream).map_or(Takes::Elsewhere, Takes::Version),
        }),
        B::DisputeOpened(it) => {
            let (dispute, document, installment) = (it.dispute, it.document, it.installment);
            Matter::Disputed { dispute, document, installment, owner: it.owner }
        }
        B::DisputeResolved(it) => Matter::DisputeResolved(it.dispute),
        B::PromiseMade(it) => {
            let (promise, documents) = (it.promise, it.documents.clone());
            Matter::Promised { promise, by: it.by.into(), documents }
        }
        B::ReminderSent(it) => {
            let items = it.items.iter().map(|it| (it.document, it.installment, it.level));
            Matter::Reminded { items: items.collect(), interest: it.interest }
        }
        B::Revalued(it) => Matter::Revalued { document: it.document, base_rate: it.base_rate },
        B::LedgerBalanceStated(it) => Matter::LedgerBalance {
            company: it.company,
            ledger_account: it.ledger_account.as_deref(),
        },
        _ => return None,
    })
}

fn payment(it: &PaymentReceived, stream: StreamId) -> Matter<'_> {
    Matter::Payment {
        payment: it.payment,
        company: it.company,
        ledger_account: it.ledger_account.as_deref(),
        value_day: it.value_day.map(Day::from),
        base_rate: it.base_rate,
        advance: it.advance,
        applied: applied(&it.applications, stream),
    }
}

fn applied(all: &[Application], stream: StreamId) -> Vec<Applied> {
    let one = |it: &Application| Applied {
        document: it.document,
        installment: it.installment,
        foreign: it.account.filter(|account| StreamId::from(*account) != stream),
        amount: it.amount,
        paid: it.paid,
        kind: it.kind,
        day: it.day.map(Day::from),
    };
    all.iter().map(one).collect()
}

fn paper(it: &ReceivableDocument, kind: PaperKind) -> Paper<'_> {
    let installments = it.installments.iter();
    let charges = it.lines.iter().filter_map(|it| {
        let (line, quantity) = (it.order_line, it.line.quantity);
        Some(Charge { order: it.order?, line, quantity, net: it.line.net.micro })
    });
    Paper {
        document: it.document,
        kind,
        company: it.company,
        ledger_account: it.ledger_account.as_deref(),
        document_day: it.document_day.map(Day::from),
        due: it.due.map(Day::from),
        installments: installments
            .map(|part| (part.due.into(), part.amount, part.ledger_account.as_deref()))
            .collect(),
        base_rate: it.base_rate,
        discounts: it.discount_terms.iter().map(|term| (term.until.into(), term.rate)).collect(),
        charges: charges.collect(),
        net: it.net,
        manager: it.manager,
        lines: it.lines.iter().map(|line| goods(&line.line)).collect(),
    }
}

fn goods(line: &Line) -> Goods<'_> {
    let group = line.group.as_deref();
    Goods { product: &line.product, group, quantity: line.quantity, net: line.net.micro }
}

fn ordered(it: &OrderPlaced) -> Matter<'_> {
    let more = [it.tax, it.freight].into_iter().flatten().map(|value| value.micro);
    Matter::Ordered {
        order: it.order,
        manager: it.manager,
        credit: it.credit.clone(),
        lines: it.lines.iter().map(goods).collect(),
        more: more.fold(0, i64::saturating_add),
        wanted: it.wanted.map(Day::from),
        contract: it.contract,
    }
}

fn activities(body: &EventBody) -> Option<Matter<'_>> {
    use EventBody as B;
    Some(match body {
        B::ActivityPlanned(it) => Matter::Planned {
            activity: it.activity,
            kind: it.kind,
            manager: it.manager,
            day: it.day.into(),
            starts: it.starts.map(|at| at.timestamp()),
            minutes: it.minutes,
            recurrence: it.recurrence.as_deref(),
        },
        B::ActivityRescheduled(it) => Matter::Moved {
            activity: it.activity,
            occurrence: it.occurrence.map(Day::from),
            day: it.day.into(),
            starts: it.starts.map(|at| at.timestamp()),
        },
        B::ActivityCancelled(it) => {
            Matter::Cancelled { activity: it.activity, occurrence: it.occurrence.map(Day::from) }
        }
        B::ActivityHeld(it) => held(it),
        B::ActionDone(it) => Matter::ActionDone(it.action),
        B::CompetitorNoted(it) => {
            Matter::Competitor { product: it.product.as_deref(), segment: it.segment.as_deref() }
        }
        B::ComplaintMade(it) => Matter::Complaint(it.complaint),
        B::ComplaintResolved(it) => Matter::ComplaintResolved(it.complaint),
        B::UsageStated(it) => Matter::Used { since: it.since.into(), quantity: it.quantity },
        B::RatingGiven(it) => {
            Matter::Rated { manager: it.manager, rating: it.rating, scale: it.scale }
        }
        _ => return None,
    })
}

fn held(it: &ActivityHeld) -> Matter<'_> {
    let undertaken = it.actions.iter().map(|it| Undertaken {
        action: it.action,
        manager: it.manager,
        contact: it.contact,
        due: it.due.map(Day::from),
    });
    Matter::Held {
        activity: it.activity,
        occurrence: it.occurrence.map(Day::from),
        kind: it.kind,
        manager: it.manager,
        outcome: it.outcome,
        minutes: it.minutes,
        undertaken: undertaken.collect(),
    }
}

fn chances(body: &EventBody) -> Option<Matter<'_>> {
    use EventBody as B;
    Some(match body {
        B::OpportunityOpened(it) => Matter::Chance {
            opportunity: it.opportunity,
            stage: &it.stage,
            seen: Some(Seen { product: it.product.as_deref() }),
            probability: it.probability,
            category: it.category,
            expected_close: it.expected_close.map(Day::from),
            manager: it.manager,
        },
        B::OpportunityStageChanged(it) => Matter::Chance {
            opportunity: it.opportunity,
            stage: &it.stage,
            seen: None,
            probability: it.probability,
            category: it.category,
            expected_close: it.expected_close.map(Day::from),
            manager: it.manager,
        },
        B::OpportunityWon(it) => Matter::ChanceEnded {
            opportunity: it.opportunity,
            won: true,
            manager: it.manager,
            competitor: None,
        },
        B::OpportunityLost(it) => Matter::ChanceEnded {
            opportunity: it.opportunity,
            won: false,
            manager: it.manager,
            competitor: it.competitor.as_deref(),
        },
        _ => return None,
    })
}

fn sales(body: &EventBody) -> Option<Matter<'_>> {
    use EventBody as B;
    Some(match body {
        B::OfferMade(it) => Matter::Offered {
            offer: it.offer,
            valid_until: it.valid_until.into(),
            manager: it.manager,
            opportunity: it.opportunity,
        },
        B::OfferRevised(it) => {
            let (offer, valid_until) = (it.offer, it.valid_until.into());
            Matter::Offered { offer, valid_until, manager: None, opportunity: None }
        }
        B::OfferAccepted(it) => {
            Matter::OfferEnded { offer: it.offer, how: OfferEnd::Accepted, competitor: None }
        }
        B::OfferDeclined(it) => Matter::OfferEnded {
            offer: it.offer,
            how: OfferEnd::Declined,
            competitor: it.competitor.as_deref(),
        },
        B::OfferWithdrawn(it) => {
            Matter::OfferEnded { offer: it.offer, how: OfferEnd::Withdrawn, competitor: None }
        }
        B::ContractSigned(it) => Matter::Signed {
            contract: it.contract,
            starts: it.starts.into(),
            ends: it.ends.map(Day::from),
            notice_days: it.notice_days,
            renews_itself: it.renews_itself,
        },
        B::ContractAmended(it) if it.ends.is_some() => {
            Matter::ContractEnds { contract: it.contract, ends: it.ends.map(Day::from) }
        }
        B::ContractAmended(it) => Matter::ContractWorth(it.contract),
        B::ContractRenewed(it) => {
            Matter::ContractEnds { contract: it.contract, ends: it.ends.map(Day::from) }
        }
        B::ContractTerminated(it) => {
            Matter::ContractEnds { contract: it.contract, ends: Some(it.last_day.into()) }
        }
        B::OrderPlaced(it) => ordered(it),
        B::OrderDelivered(it) => Matter::Delivered {
            order: it.order,
            lines: it.lines.iter().map(|part| (part.line, part.quantity)).collect(),
        },
        B::OrderCancelled(it) => Matter::OrderCancelled(it.order),
        B::OrderRefused(it) => Matter::Refused {
            order: it.order,
            lines: it.lines.iter().map(|part| (part.line, part.quantity)).collect(),
        },
        B::GoodsReturned(it) => Matter::Returned {
            goods_return: it.goods_return,
            manager: it.manager,
            order: it.order,
            invoice: it.invoice,
            reason: it.reason.as_deref(),
            lines: it.lines.iter().map(goods).collect(),
        },
        B::SalesAdjusted(it) => {
            Matter::Adjusted { manager: it.manager, reason: it.reason.as_deref() }
        }
        _ => return None,
    })
}

fn relationship(body: &EventBody, stream: StreamId) -> Option<Matter<'_>> {
    use EventBody as B;
    Some(match body {
        B::EventVoided(it) => Matter::Voided(own(it.event, stream)),
        B::EventUndone(it) => Matter::Untold(own(it.event, stream)),
        B::AccountOpened(it) => opened(it),
        B::AccountStageChanged(it) => Matter::Stage(it.stage),
        B::AccountClassified(it) => Matter::Classified { segment: it.segment.as_deref() },
        B::ExternalIdStated(it) => Matter::ExternalId(&it.external_id.system, &it.external_id.id),
        B::ContactAdded(it) => Matter::ContactAdded { contact: it.contact, key: it.key },
        B::ContactChanged(it) => Matter::ContactChanged {
            contact: it.contact,
            named: it.name.is_some(),
            role: it.role.as_deref(),
            key: it.key,
        },
        B::ContactLeft(it) => Matter::ContactLeft(it.contact),
        B::ParentNamed(it) => Matter::Parent { parent: it.parent, until: it.until.map(Day::from) },
        B::PartyNamed(it) => {
            let until = it.until.map(Day::from);
            Matter::Party { role: it.role, party: it.party, until }
        }
        B::PaysForNamed(it) => {
            Matter::PaysFor { account: it.account, until: it.until.map(Day::from) }
        }
        B::RelationEnded(it) => match it.relation {
            Relation::Parent => Matter::NoParent(it.with),
            Relation::Party(role) => Matter::NoParty(role, it.with),
            Relation::PaysFor => Matter::NotPaysFor(it.with),
        },
        B::AccountAssigned(it) => {
            Matter::Assigned { manager: it.manager, credit: it.credit.clone() }
        }
        B::AccountClosed(_) => Matter::Closed,
        B::AccountsMerged(it) => Matter::Merged { kept: it.kept, merged: it.merged },
        B::AccountsSplit(it) => Matter::Split(it.account),
        _ => return None,
    })
}

fn opened(it: &AccountOpened) -> Matter<'_> {
    let ids = it.external_ids.iter();
    Matter::Opened {
        stage: it.stage,
        country: it.country.as_deref(),
        sector: it.sector.as_deref(),
        class: it.class.as_deref(),
        segment: it.segment.as_deref(),
        external_ids: ids.map(|id| (id.system.as_str(), id.id.as_str())).collect(),
        unassigned: it.unassigned,
    }
}

fn organisation(body: &EventBody) -> Option<Matter<'_>> {
    use EventBody as B;
    Some(match body {
        B::ManagerJoined(it) => {
            Matter::ManagerJoined { code: it.code.as_deref(), named: it.name.is_some() }
        }
        B::ManagerLeft(_) => Matter::ManagerLeft,
        B::AbsenceStated(it) => Matter::Away { until: it.until.into(), deputy: it.deputy },
        B::TeamJoined(it) => Matter::InTeam { team: it.team, until: it.until.map(Day::from) },
        B::TeamLeft(it) => Matter::OutOfTeam(it.team),
        B::TeamFormed(it) => Matter::TeamFormed { name: &it.name, kind: it.kind },
        B::TeamLeadNamed(it) => Matter::TeamLead(it.manager),
        B::TeamParentNamed(it) => Matter::TeamParent(it.parent),
        B::TeamDissolved(_) => Matter::TeamDissolved,
        B::PayPlanAssigned(it) => {
            Matter::PayPlan { plan: &it.plan, until: it.until.map(Day::from) }
        }
        B::QuotaSet(it) => quota(it),
        B::PolicySet(it) => Matter::Rule(rule(&it.policy)?),
        B::CalendarStated(it) => Matter::Rule(Rule::Calendar(calendar(it))),
        B::ProgrammeCostStated(_) => Matter::ProgrammeCost,
        _ => return None,
    })
}

fn rule(policy: &Policy) -> Option<Rule> {
    Some(match policy {
        Policy::Aging(it) => Rule::Aging(it.clone()),
        Policy::CreditExcess(it) => Rule::CreditExcess(*it),
        Policy::Advance(it) => Rule::Advance(*it),
        Policy::Allocation(it) => Rule::Allocation(*it),
        Policy::OverdueGrace(days) => Rule::OverdueGrace(*days),
        Policy::BaseCurrency(it) => Rule::BaseCurrency(*it),
        Policy::Dunning(it) => Rule::Dunning(it.clone()),
        Policy::CeiSales(it) => Rule::CeiSales(*it),
        Policy::SalesCredit(it) => Rule::SalesCredit(*it),
        Policy::Clients(it) => Rule::Clients(*it),
        Policy::Pacing(it) => Rule::Pacing(it.clone()),
        Policy::PayPlan(it) => Rule::PayPlan(it.clone()),
        Policy::StageProbability(it) => Rule::StageProbability(it.clone()),
        Policy::Cadence(it) => Rule::Cadence(it.clone()),
        Policy::Discounts(it) => Rule::Discounts(it.clone()),
        Policy::Programme(it) => Rule::Programme(programme(it)),
        Policy::Signals(it) => Rule::Signals(it.clone()),
        _ => return None,
    })
}

fn programme(it: &policy::Programme) -> Programme {
    Programme {
        name: it.name.clone(),
        from: it.from.into(),
        until: it.until.into(),
        classes: it.classes.clone(),
        product_groups: it.product_groups.clone(),
        discount: it.discount,
        bonus: it.bonus.clone(),
    }
}

fn calendar(it: &CalendarStated) -> WorkCalendar {
    let number = |day: &chrono::Weekday| u8::try_from(day.num_days_from_monday()).unwrap_or(0);
    let whole = Quantity::whole(1);
    WorkCalendar {
        weekend: it.weekend.iter().map(number).collect(),
        holidays: it
            .holidays
            .iter()
            .map(|holiday| (holiday.day.into(), holiday.share.unwrap_or(whole)))
            .collect(),
    }
}

fn credit(body: &EventBody) -> Option<Matter<'_>> {
    use EventBody as B;
    Some(match body {
        B::CreditLimitSet(it) => {
            Matter::CreditLimit { kind: it.kind, until: it.until.map(Day::from) }
        }
        B::CreditHeld(_) => Matter::CreditHeld,
        B::CreditReleased(_) => Matter::CreditReleased,
        B::ApprovalGiven(it) => Matter::Approved {
            order: it.order,
            document: it.document,
            offer: it.offer,
            discount: it.discount,
            until: it.until.map(Day::from),
            approver: it.approver,
        },
        B::CreditChecked(it) => {
            Matter::CreditChecked { result: it.result, valid_until: it.valid_until.map(Day::from) }
        }
        _ => return None,
    })
}

fn quota(it: &QuotaSet) -> Matter<'_> {
    let (end, before_next) = match it.end {
        QuotaEnd::Day(day) => (day, false),
        QuotaEnd::BeforeNext(latest) => (latest, true),
    };
    Matter::Quota {
        kind: it.kind.clone(),
        target: it.target,
        end: end.into(),
        before_next,
        product_group: it.product_group.as_deref(),
    }
}
