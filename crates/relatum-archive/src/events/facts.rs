//! What an event says in columns of its own: ids, days, amounts, lines.
//!
//! Guarded fields are not among them: they stand in the data, sealed as they are stored.
//!
//! *Invariant: a column means one thing, whatever the type of the event.*

use chrono::NaiveDate;
use relatum_domain::event::activity::ActivityHeld;
use relatum_domain::event::document::ReceivableDocument;
use relatum_domain::event::line::Line;
use relatum_domain::event::opportunity::ForecastCategory;
use relatum_domain::event::organisation::{QuotaEnd, Target};
use relatum_domain::event::settlement::{Application, CreditSource, Reversible};
use relatum_domain::{Amount, EventBody, Money, Rate, Value};
use serde::Serialize;
use uuid::Uuid;

/// What the columns of an event hold besides its envelope.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// Another account that it names: a payer, a party, a parent.
    pub(crate) other_account: Option<Uuid>,
    pub(crate) manager: Option<Uuid>,
    pub(crate) team: Option<Uuid>,
    pub(crate) company: Option<Uuid>,
    pub(crate) contact: Option<Uuid>,
    pub(crate) document: Option<Uuid>,
    pub(crate) order: Option<Uuid>,
    pub(crate) delivery: Option<Uuid>,
    pub(crate) goods_return: Option<Uuid>,
    pub(crate) offer: Option<Uuid>,
    pub(crate) contract: Option<Uuid>,
    pub(crate) opportunity: Option<Uuid>,
    pub(crate) activity: Option<Uuid>,
    pub(crate) payment: Option<Uuid>,
    pub(crate) dispute: Option<Uuid>,
    pub(crate) promise: Option<Uuid>,
    pub(crate) complaint: Option<Uuid>,
    /// The number of a document, an order, a return, an offer, a contract.
    pub(crate) number: Option<&'a str>,
    /// Of an account, an opportunity, a team.
    pub(crate) name: Option<&'a str>,
    /// Which of several kinds, such as `call` of an activity.
    pub(crate) kind: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) product: Option<&'a str>,
    pub(crate) reason: Option<&'a str>,
    pub(crate) competitor: Option<&'a str>,
    pub(crate) due: Option<NaiveDate>,
    pub(crate) starts: Option<NaiveDate>,
    pub(crate) ends: Option<NaiveDate>,
    pub(crate) minutes: Option<u32>,
    pub(crate) score: Option<i32>,
    pub(crate) probability: Option<Rate>,
    pub(crate) quantity: Option<i64>,
    pub(crate) amount: Option<Amount>,
    pub(crate) net: Option<Amount>,
    pub(crate) tax: Option<i128>,
    pub(crate) freight: Option<i128>,
    pub(crate) lines: Vec<&'a Line>,
    pub(crate) applications: &'a [Application],
}

/// An enumeration as it is written in JSON: its word, or the word before what it holds.
pub(crate) fn word(it: &impl Serialize) -> Option<String> {
    match serde_json::to_value(it).ok()? {
        serde_json::Value::String(word) => Some(word),
        serde_json::Value::Object(fields) => fields.into_iter().next().map(|(word, _)| word),
        _ => None,
    }
}

impl<'a> Facts<'a> {
    /// What `body` says.
    pub(crate) fn of(body: &'a EventBody) -> Self {
        let mut facts = Self::default();
        facts.take_account(body);
        facts.take_organisation(body);
        facts.take_activity(body);
        facts.take_chance(body);
        facts.take_goods(body);
        facts.take_document(body);
        facts.take_settlement(body);
        facts.take_claims(body);
        facts.take_voice(body);
        facts.amount = body.main_amount().or(facts.amount);
        facts
    }

    fn take_account(&mut self, body: &'a EventBody) {
        match body {
            EventBody::AccountOpened(it) => {
                self.name = Some(it.name.as_str());
                self.stage = word(&it.stage);
            }
            EventBody::AccountStageChanged(it) => self.stage = word(&it.stage),
            EventBody::AccountFactStated(it) => self.name = Some(it.topic.as_str()),
            EventBody::AccountNeedStated(it) => {
                (self.product, self.due) = (it.product_group.as_deref(), it.by);
            }
            EventBody::ContactAdded(it) => self.contact = Some(it.contact.uuid()),
            EventBody::ContactChanged(it) => self.contact = Some(it.contact.uuid()),
            EventBody::ContactLeft(it) => self.contact = Some(it.contact.uuid()),
            EventBody::PartyNamed(it) => {
                self.other_account = Some(it.party.uuid());
                (self.kind, self.ends) = (word(&it.role), it.until);
            }
            EventBody::ParentNamed(it) => {
                (self.other_account, self.ends) = (Some(it.parent.uuid()), it.until);
            }
            EventBody::PaysForNamed(it) => {
                (self.other_account, self.ends) = (Some(it.account.uuid()), it.until);
            }
            EventBody::RelationEnded(it) => {
                (self.other_account, self.kind) = (Some(it.with.uuid()), word(&it.relation));
            }
            EventBody::AccountAssigned(it) => self.manager = Some(it.manager.uuid()),
            EventBody::AccountClosed(it) => self.reason = Some(it.reason.as_str()),
            _ => {}
        }
    }

    fn take_organisation(&mut self, body: &'a EventBody) {
        match body {
            EventBody::TeamJoined(it) => {
                (self.team, self.ends) = (Some(it.team.uuid()), it.until);
            }
            EventBody::TeamLeft(it) => self.team = Some(it.team.uuid()),
            EventBody::AbsenceStated(it) => {
                (self.ends, self.reason) = (Some(it.until), it.reason.as_deref());
            }
            EventBody::PayPlanAssigned(it) => {
                (self.name, self.ends) = (Some(it.plan.as_str()), it.until);
                self.amount = it.on_target.map(Amount::Money);
            }
            EventBody::TeamFormed(it) => {
                (self.name, self.kind) = (Some(it.name.as_str()), word(&it.kind));
            }
            EventBody::TeamLeadNamed(it) => self.manager = Some(it.manager.uuid()),
            EventBody::TeamParentNamed(it) => self.team = it.parent.map(|it| it.uuid()),
            EventBody::QuotaSet(it) => {
                (self.kind, self.product) = (word(&it.kind), it.product_group.as_deref());
                self.ends = match it.end {
                    QuotaEnd::Day(day) => Some(day),
                    QuotaEnd::BeforeNext(day) => day.pred_opt(),
                };
                self.target(Some(&it.target));
            }
            EventBody::PlanStated(it) => {
                (self.name, self.ends) = (Some(it.subject.as_str()), Some(it.until));
                self.target(it.target.as_ref());
            }
            EventBody::PolicySet(it) => self.kind = word(&it.policy),
            EventBody::CompanyRegistered(it) => self.company = Some(it.company.uuid()),
            _ => {}
        }
    }

    fn target(&mut self, target: Option<&Target>) {
        match target {
            Some(Target::Value(value)) => self.amount = Some(Amount::Value(*value)),
            Some(Target::Quantity(quantity)) => self.quantity = Some(quantity.micro()),
            Some(Target::Count(count)) => self.quantity = Some(i64::from(*count) * 1_000_000),
            None => {}
        }
    }

    fn take_activity(&mut self, body: &'a EventBody) {
        match body {
            EventBody::ActivityPlanned(it) => {
                (self.activity, self.manager) = (Some(it.activity.uuid()), Some(it.manager.uuid()));
                (self.kind, self.starts) = (word(&it.kind), Some(it.day));
                (self.minutes, self.reason) = (it.minutes, it.purpose.as_deref());
            }
            EventBody::ActivityRescheduled(it) => {
                (self.activity, self.starts) = (Some(it.activity.uuid()), Some(it.day));
                self.reason = it.reason.as_deref();
            }
            EventBody::ActivityCancelled(it) => {
                (self.activity, self.starts) = (Some(it.activity.uuid()), it.occurrence);
                self.reason = it.reason.as_deref();
            }
            EventBody::ActivityHeld(it) => self.held(it),
            _ => {}
        }
    }

    fn held(&mut self, it: &'a ActivityHeld) {
        (self.activity, self.manager) = (Some(it.activity.uuid()), Some(it.manager.uuid()));
        (self.kind, self.outcome) = (word(&it.kind), word(&it.outcome));
        (self.minutes, self.reason) = (it.minutes, it.purpose.as_deref());
        self.due = it.next_step.as_ref().and_then(|it| it.due);
    }

    fn take_chance(&mut self, body: &'a EventBody) {
        match body {
            EventBody::OpportunityOpened(it) => {
                (self.opportunity, self.name) =
                    (Some(it.opportunity.uuid()), Some(it.name.as_str()));
                self.product = it.product.as_deref();
                self.chance(&it.stage, it.value, it.probability, it.category);
                (self.due, self.manager) = (it.expected_close, it.manager.map(|it| it.uuid()));
            }
            EventBody::OpportunityStageChanged(it) => {
                self.opportunity = Some(it.opportunity.uuid());
                self.chance(&it.stage, it.value, it.probability, it.category);
                (self.due, self.manager) = (it.expected_close, it.manager.map(|it| it.uuid()));
            }
            EventBody::OpportunityWon(it) => {
                self.opportunity = Some(it.opportunity.uuid());
                self.manager = it.manager.map(|it| it.uuid());
            }
            EventBody::OpportunityLost(it) => {
                self.opportunity = Some(it.opportunity.uuid());
                self.manager = it.manager.map(|it| it.uuid());
                (self.reason, self.competitor) = (it.reason.as_deref(), it.competitor.as_deref());
            }
            _ => self.take_agreement(body),
        }
    }

    fn chance(
        &mut self,
        stage: &str,
        value: Option<Value>,
        probability: Option<Rate>,
        category: Option<ForecastCategory>,
    ) {
        self.stage = Some(stage.to_owned());
        (self.amount, self.probability) = (value.map(Amount::Value), probability);
        self.kind = category.and_then(|it| word(&it));
    }

    fn take_agreement(&mut self, body: &'a EventBody) {
        match body {
            EventBody::OfferMade(it) => {
                (self.offer, self.number) = (Some(it.offer.uuid()), Some(it.number.as_str()));
                self.opportunity = it.opportunity.map(|it| it.uuid());
                (self.manager, self.ends) = (it.manager.map(|it| it.uuid()), Some(it.valid_until));
                (self.net, self.lines) = (Some(Amount::Value(it.net)), it.lines.iter().collect());
            }
            EventBody::OfferRevised(it) => {
                (self.offer, self.ends) = (Some(it.offer.uuid()), Some(it.valid_until));
                self.amount = Some(Amount::Value(it.net));
                (self.net, self.lines) = (self.amount, it.lines.iter().collect());
            }
            EventBody::OfferAccepted(it) => self.offer = Some(it.offer.uuid()),
            EventBody::OfferDeclined(it) => {
                (self.offer, self.reason) = (Some(it.offer.uuid()), it.reason.as_deref());
                self.competitor = it.competitor.as_deref();
            }
            EventBody::OfferWithdrawn(it) => {
                (self.offer, self.reason) = (Some(it.offer.uuid()), it.reason.as_deref());
            }
            EventBody::ContractSigned(it) => {
                (self.contract, self.number) = (Some(it.contract.uuid()), Some(it.number.as_str()));
                self.offer = it.offer.map(|it| it.uuid());
                self.manager = it.manager.map(|it| it.uuid());
                (self.starts, self.ends) = (Some(it.starts), it.ends);
            }
            EventBody::ContractAmended(it) => {
                (self.contract, self.reason) = (Some(it.contract.uuid()), it.reason.as_deref());
                (self.amount, self.ends) = (it.value.map(Amount::Value), it.ends);
            }
            EventBody::ContractRenewed(it) => {
                (self.contract, self.amount) =
                    (Some(it.contract.uuid()), Some(Amount::Value(it.value)));
                (self.starts, self.ends) = (Some(it.starts), it.ends);
            }
            EventBody::ContractTerminated(it) => {
                (self.contract, self.ends) = (Some(it.contract.uuid()), Some(it.last_day));
                self.reason = it.reason.as_deref();
            }
            _ => {}
        }
    }

    fn take_goods(&mut self, body: &'a EventBody) {
        match body {
            EventBody::OrderPlaced(it) => {
                (self.order, self.number) = (Some(it.order.uuid()), Some(it.number.as_str()));
                self.company = it.company.map(|it| it.uuid());
                self.manager = it.manager.map(|it| it.uuid());
                self.other_account = it.ship_to.map(|it| it.uuid());
                (self.contract, self.offer) =
                    (it.contract.map(|it| it.uuid()), it.offer.map(|it| it.uuid()));
                (self.due, self.lines) = (it.wanted, it.lines.iter().collect());
                self.net = Some(Amount::Value(it.net));
                let micro = |it: Option<Value>| it.map(|it| i128::from(it.micro));
                (self.tax, self.freight) = (micro(it.tax), micro(it.freight));
            }
            EventBody::OrderDelivered(it) => {
                (self.order, self.delivery) = (Some(it.order.uuid()), Some(it.delivery.uuid()));
            }
            EventBody::OrderRefused(it) => {
                self.order = Some(it.order.uuid());
                self.delivery = it.delivery.map(|it| it.uuid());
                self.reason = Some(it.reason.as_str());
            }
            EventBody::OrderCancelled(it) => {
                (self.order, self.reason) = (Some(it.order.uuid()), it.reason.as_deref());
            }
            EventBody::GoodsReturned(it) => {
                (self.goods_return, self.number) =
                    (Some(it.goods_return.uuid()), Some(it.number.as_str()));
                (self.order, self.document) =
                    (it.order.map(|it| it.uuid()), it.invoice.map(|it| it.uuid()));
                (self.delivery, self.manager) =
                    (it.delivery.map(|it| it.uuid()), it.manager.map(|it| it.uuid()));
                (self.reason, self.lines) = (it.reason.as_deref(), it.lines.iter().collect());
                self.net = Some(Amount::Value(it.net));
            }
            EventBody::SalesAdjusted(it) => {
                (self.number, self.reason) = (Some(it.number.as_str()), it.reason.as_deref());
                self.manager = it.manager.map(|it| it.uuid());
                self.net = Some(Amount::Value(it.net));
            }
            _ => {}
        }
    }

    fn take_document(&mut self, body: &'a EventBody) {
        match body {
            EventBody::InvoiceIssued(it) => self.paper(&it.0),
            EventBody::DebitNoteIssued(it) => self.paper(&it.0),
            EventBody::InterestInvoiceIssued(it) => self.paper(&it.0),
            EventBody::OpeningItemStated(it) => self.paper(&it.0),
            EventBody::DraftSaved(it) => self.paper(&it.0),
            EventBody::ProformaIssued(it) => self.paper(&it.0),
            EventBody::CreditNoteIssued(it) => {
                self.paper(&it.document);
                (self.applications, self.reason) = (&it.applications, it.reason.as_deref());
            }
            EventBody::DraftDiscarded(it) => self.document = Some(it.document.uuid()),
            _ => {}
        }
    }

    fn paper(&mut self, it: &'a ReceivableDocument) {
        (self.document, self.number) = (Some(it.document.uuid()), Some(it.number.as_str()));
        self.company = it.company.map(|it| it.uuid());
        self.manager = it.manager.map(|it| it.uuid());
        (self.due, self.net) = (it.due, it.net.map(Amount::Money));
        let micro = |it: Money| Amount::Money(it).micro();
        let taxes = it.tax.iter().map(|it| micro(it.amount));
        self.tax = taxes.reduce(i128::saturating_add);
        self.freight = it.freight.map(micro);
        self.lines = it.lines.iter().map(|it| &it.line).collect();
        self.order = it.lines.first().and_then(|it| it.order).map(|it| it.uuid());
    }

    fn take_settlement(&mut self, body: &'a EventBody) {
        match body {
            EventBody::PaymentReceived(it) => {
                (self.payment, self.number) = (Some(it.payment.uuid()), it.reference.as_deref());
                self.company = it.company.map(|it| it.uuid());
                self.kind = it.method.and_then(|it| word(&it));
                self.applications = &it.applications;
            }
            EventBody::PaidByOther(it) => {
                (self.payment, self.other_account) =
                    (Some(it.payment.uuid()), Some(it.payer.uuid()));
                self.applications = &it.applications;
            }
            EventBody::RefundPaid(it) => {
                self.source(it.of.as_ref());
                self.reason = it.reason.as_deref();
            }
            EventBody::NettedWithPayables(it) => {
                (self.number, self.applications) = (it.reference.as_deref(), &it.applications);
            }
            EventBody::CreditAllocated(it) => {
                self.source(Some(&it.from));
                (self.applications, self.reason) = (&it.applications, it.reason.as_deref());
            }
            EventBody::AllocationUndone(it) => {
                self.source(Some(&it.from));
                (self.applications, self.reason) = (&it.applications, Some(it.reason.as_str()));
            }
            EventBody::Reversed(it) => {
                (self.kind, self.reason) = (word(&it.what), Some(it.reason.as_str()));
                if let Reversible::Payment(payment) = it.what {
                    self.payment = Some(payment.uuid());
                }
            }
            EventBody::WrittenOff(it) => {
                (self.applications, self.reason) = (&it.applications, Some(it.reason.as_str()));
                self.manager = Some(it.approver.uuid());
            }
            EventBody::WriteOffRecovered(it) => {
                (self.applications, self.reason) = (&it.applications, it.reason.as_deref());
            }
            _ => {}
        }
    }

    fn source(&mut self, of: Option<&CreditSource>) {
        match of {
            Some(CreditSource::Payment(payment)) => self.payment = Some(payment.uuid()),
            Some(CreditSource::Document(document)) => self.document = Some(document.uuid()),
            None => {}
        }
    }

    fn take_claims(&mut self, body: &'a EventBody) {
        match body {
            EventBody::DisputeOpened(it) => {
                (self.dispute, self.document) = (Some(it.dispute.uuid()), Some(it.document.uuid()));
                (self.amount, self.reason) = (it.amount.map(Amount::Money), it.reason.as_deref());
                self.manager = it.owner.map(|it| it.uuid());
            }
            EventBody::DisputeResolved(it) => {
                (self.dispute, self.outcome) = (Some(it.dispute.uuid()), it.resolution.clone());
            }
            EventBody::PromiseMade(it) => {
                (self.promise, self.due) = (Some(it.promise.uuid()), Some(it.by));
                self.contact = it.contact.map(|it| it.uuid());
                if let [document] = it.documents.as_slice() {
                    self.document = Some(document.uuid());
                }
            }
            EventBody::ReminderSent(it) => {
                if let [item] = it.items.as_slice() {
                    self.document = Some(item.document.uuid());
                }
                self.amount = it.fee.map(Amount::Money);
            }
            EventBody::Revalued(it) => self.document = Some(it.document.uuid()),
            EventBody::LedgerBalanceStated(it) => self.company = it.company.map(|it| it.uuid()),
            EventBody::CreditChecked(it) => {
                (self.name, self.outcome) = (Some(it.agency.as_str()), word(&it.result));
                (self.amount, self.ends) = (it.recommended.map(Amount::Money), it.valid_until);
            }
            EventBody::CreditLimitSet(it) => {
                (self.kind, self.amount) = (word(&it.kind), it.limit.map(Amount::Money));
                (self.ends, self.reason) = (it.until, it.reason.as_deref());
            }
            EventBody::CreditHeld(it) => self.reason = Some(it.reason.as_str()),
            EventBody::CreditReleased(it) => self.reason = Some(it.reason.as_str()),
            EventBody::ApprovalGiven(it) => {
                (self.kind, self.reason) = (Some(it.overrides.clone()), Some(it.reason.as_str()));
                (self.order, self.document) =
                    (it.order.map(|it| it.uuid()), it.document.map(|it| it.uuid()));
                (self.offer, self.manager) =
                    (it.offer.map(|it| it.uuid()), Some(it.approver.uuid()));
                (self.amount, self.ends) = (it.up_to.map(Amount::Money), it.until);
            }
            _ => {}
        }
    }

    fn take_voice(&mut self, body: &'a EventBody) {
        match body {
            EventBody::ComplaintMade(it) => {
                (self.complaint, self.reason) =
                    (Some(it.complaint.uuid()), Some(it.cause.as_str()));
                (self.contact, self.order) =
                    (it.contact.map(|it| it.uuid()), it.order.map(|it| it.uuid()));
                self.document = it.document.map(|it| it.uuid());
                self.score = it.severity.map(i32::from);
            }
            EventBody::ComplaintResolved(it) => {
                (self.complaint, self.outcome) =
                    (Some(it.complaint.uuid()), Some(it.resolution.clone()));
            }
            EventBody::FeedbackGiven(it) => {
                (self.name, self.score) = (Some(it.topic.as_str()), it.score);
                self.contact = it.contact.map(|it| it.uuid());
            }
            EventBody::UsageStated(it) => {
                (self.product, self.starts) = (Some(it.product.as_str()), Some(it.since));
                self.quantity = Some(it.quantity.micro());
            }
            EventBody::CompetitorNoted(it) => {
                (self.competitor, self.product) =
                    (Some(it.competitor.as_str()), it.product.as_deref());
            }
            EventBody::RatingGiven(it) => {
                (self.manager, self.score) = (Some(it.manager.uuid()), Some(it.rating));
            }
            EventBody::EventVoided(it) => self.reason = Some(it.reason.as_str()),
            EventBody::DataExported(it) => {
                (self.name, self.kind) = (Some(it.what.as_str()), Some(it.form.clone()));
            }
            EventBody::SubjectErased(it) => self.reason = Some(it.reason.as_str()),
            _ => {}
        }
    }
}
