//! Client history: everything that happened with an account, in order of the days on which it
//! holds.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use relatum_domain::{AccountId, Event, EventBody, Family, Recorded, Stamp, TypeName, View, Voids};
use relatum_log::Envelope;
use relatum_stream::{EventRef, StreamId, Version};
use serde::{Deserialize, Serialize};

use crate::amounts::{Amount, Sum};
use crate::projection::Projection;

/// One event in a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    stamp: Stamp,
    kind: TypeName,
    label: Option<Box<str>>,
    amount: Option<Amount>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Timeline {
    entries: Vec<Entry>,
    voids: Voids,
}

/// Everything that happened with each account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    accounts: BTreeMap<AccountId, Timeline>,
}

impl Projection for History {
    const NAME: &'static str = "history";
    const REVISION: u32 = 1;

    fn apply(&mut self, envelope: &Envelope<Event>) {
        let at = envelope.event;
        let Some(account) = AccountId::of_stream(at.stream) else {
            return;
        };
        let recorded = Recorded::from(envelope.recorded_at);
        let timeline = self.accounts.entry(account).or_default();
        timeline.voids.learn(at, recorded, &envelope.data);
        let (label, amount) = told(&envelope.data.body);
        timeline.entries.push(Entry {
            stamp: Stamp::of(at, recorded, &envelope.data),
            kind: envelope.data.body.type_name(),
            label: label.filter(|text| !text.is_empty()).map(Into::into),
            amount,
        });
    }
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
        B::EventVoided(it) => (Some(&it.reason), None),
        _ => (None, None),
    }
}

/// Which part of a history is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Only these event types; empty: all.
    pub kinds: Vec<String>,
    /// Only these families; empty: all.
    pub families: Vec<Family>,
    /// From this day on.
    pub from: Option<NaiveDate>,
    /// Up to this day.
    pub to: Option<NaiveDate>,
}

impl HistoryFilter {
    fn takes(&self, entry: &Entry) -> bool {
        let day = entry.stamp.effective;
        let by_kind = self.kinds.is_empty() && self.families.is_empty()
            || self.kinds.iter().any(|kind| kind == entry.kind.as_str())
            || entry.kind.family().is_some_and(|family| self.families.contains(&family));
        by_kind && self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
    }
}

/// A line of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// The day on which it holds.
    pub day: NaiveDate,
    /// Which event.
    pub event: EventRef,
    /// Its type.
    pub kind: TypeName,
    /// A number or subject.
    pub label: Option<String>,
    /// An amount.
    pub amount: Option<Sum>,
    /// Whether it was voided or amended later; such lines are shown, and count for nothing.
    pub void: bool,
}

/// What a book holds of one event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookLine {
    /// The event type.
    pub kind: TypeName,
    /// How many events.
    pub events: u64,
    /// On how many accounts.
    pub accounts: u64,
    /// Their amounts, by currency.
    pub amounts: Vec<Sum>,
}

/// What a book holds: counts and sums by event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookReport {
    /// The day up to which events count.
    pub as_of: NaiveDate,
    /// How many accounts have any event by then.
    pub accounts: u64,
    /// A line an event type, by name.
    pub lines: Vec<BookLine>,
}

impl History {
    /// The account's history, oldest day first, within a day in the order in which it was told.
    ///
    /// Voided events stay visible, marked: a history hides nothing.
    #[must_use]
    pub fn of(&self, account: AccountId, filter: &HistoryFilter, view: &View) -> Vec<HistoryLine> {
        let Some(timeline) = self.accounts.get(&account) else {
            return Vec::new();
        };
        let mut entries: Vec<&Entry> = timeline
            .entries
            .iter()
            .filter(|entry| view.sees(entry.stamp) && filter.takes(entry))
            .collect();
        entries.sort_by_key(|entry| (entry.stamp.effective, entry.stamp.version));
        let stream = StreamId::from(account);
        let line = |entry: &Entry| HistoryLine {
            day: entry.stamp.effective,
            event: EventRef::new(stream, Version(entry.stamp.version)),
            kind: entry.kind,
            label: entry.label.as_deref().map(str::to_owned),
            amount: entry.amount.map(Sum::from),
            void: timeline.voids.is_void(entry.stamp.version, view.known_at),
        };
        entries.into_iter().map(line).collect()
    }

    /// What the whole book holds, by event type.
    #[must_use]
    pub fn book(&self, view: &View) -> BookReport {
        let mut lines: BTreeMap<TypeName, (u64, u64, Vec<Amount>)> = BTreeMap::new();
        let mut accounts = 0_u64;
        for timeline in self.accounts.values() {
            let mut kinds = std::collections::BTreeSet::new();
            for entry in &timeline.entries {
                if timeline.voids.shows(entry.stamp, view) {
                    let line = lines.entry(entry.kind).or_default();
                    line.0 += 1;
                    line.1 += u64::from(kinds.insert(entry.kind));
                    line.2.extend(entry.amount);
                }
            }
            accounts += u64::from(!kinds.is_empty());
        }
        let line = |(kind, (events, accounts, amounts))| BookLine {
            kind,
            events,
            accounts,
            amounts: Sum::by_currency(amounts),
        };
        BookReport { as_of: view.as_of, accounts, lines: lines.into_iter().map(line).collect() }
    }
}
