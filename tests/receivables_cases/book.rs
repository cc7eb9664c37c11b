//! A case as a book: its policies and events, told through the engine.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use relatum::domain::event::credit::ApprovalGiven;
use relatum::domain::event::document::{
    CreditNoteIssued, Installment, InstallmentKind, InvoiceIssued, OpeningItemStated,
    ReceivableDocument,
};
use relatum::domain::event::line::Line;
use relatum::domain::event::order::OrderPlaced;
use relatum::domain::event::policy::{
    AdvanceRule, AgeBasis, AgingPolicy, CeiSales, DunningAfter, DunningLevel, DunningPolicy,
    Policy, PolicySet,
};
use relatum::domain::event::settlement::{
    Application, ApplicationKind, CreditAllocated, CreditSource, DisputeOpened, PaymentReceived,
    Revalued, Reversed, Reversible,
};
use relatum::domain::{
    AccountId, Actor, Currency, Derived, DocumentId, Event, EventBody, Money, OrderId, PaymentId,
    Quantity, Rate, Source, TenantId, Value as Worth, split,
};
use relatum::{AsOf, Engine, EventRef, Fact, Proposal};
use serde_json::Value;

use relatum_tests::cases::{Fault, Outcome, day, fault, list, money, number, only, text};

/// Where no currency is given.
const PLAIN: &str = "EUR";
/// The base where one is.
const BASE: &str = "INR";

/// What an id of the case names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    Document(DocumentId, AccountId, Currency),
    Payment(PaymentId, AccountId, Currency),
    Order(AccountId),
    Event(EventRef, AccountId),
}

impl Named {
    pub(crate) const fn account(&self) -> AccountId {
        match self {
            Self::Document(_, account, _)
            | Self::Payment(_, account, _)
            | Self::Order(account)
            | Self::Event(_, account) => *account,
        }
    }
}

/// Whose event it is, the event, and what its id names.
type Told = (AccountId, Event, &'static str);

/// A case told through the engine.
pub(crate) struct Book {
    pub(crate) engine: Engine,
    pub(crate) case: Value,
    pub(crate) names: BTreeMap<String, Named>,
    /// When the log learned of each event of the case, in their order.
    pub(crate) learned: Vec<DateTime<Utc>>,
    pub(crate) base: Currency,
    /// How buckets of the case are called here.
    pub(crate) buckets: Vec<(String, String)>,
    told: u32,
}

impl Book {
    /// The policies and all events of a case.
    pub(crate) fn of(case: &Value) -> Outcome<Self> {
        let mut book = Self::empty(case)?;
        for event in list(&case["events"])? {
            book.tell(event).map_err(|fault| fault.at(&format!("event {event}")))?;
        }
        Ok(book)
    }

    /// The policies, and no event yet.
    pub(crate) fn empty(case: &Value) -> Outcome<Self> {
        let foreign = list(&case["events"])?.iter().any(|event| !event["currency"].is_null());
        let base = if foreign { BASE } else { PLAIN };
        let mut book = Self {
            engine: Engine::in_memory()?,
            case: case.clone(),
            names: BTreeMap::new(),
            learned: Vec::new(),
            base: base.parse().map_err(Fault::new)?,
            buckets: Vec::new(),
            told: 0,
        };
        book.policies()?;
        Ok(book)
    }

    pub(crate) fn rule(&mut self, policy: Policy) -> Outcome {
        let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
        let event = self.event(first, PolicySet { policy, reason: None });
        self.engine.record(Proposal::new(TenantId::own(), event))?;
        Ok(())
    }

    fn policies(&mut self) -> Outcome {
        let policy = self.case["policy"].clone();
        only(
            &policy,
            &[
                "age_by",
                "buckets",
                "split_installments",
                "report_currency",
                "show_future",
                "advance_rule",
                "overdue_margin_days",
                "filter_currency",
                "cei_sales",
                "levels",
                "fee",
                "interest_percent_per_year",
                "day_count",
            ],
        )?;
        self.rule(Policy::BaseCurrency(self.base))?;
        let basis = match policy["age_by"].as_str() {
            None | Some("due_date") => AgeBasis::DueDate,
            Some("document_date") => AgeBasis::DocumentDate,
            Some(other) => return fault(format!("age_by `{other}` cannot be expressed")),
        };
        if !policy["buckets"].is_null() {
            let bounds = bounds(list(&policy["buckets"])?)?;
            let rule = AgingPolicy { basis, bounds };
            let buckets = relatum::domain::receivables::Buckets::of(&rule).map_err(Fault::new)?;
            let keys =
                list(&policy["buckets"])?.iter().map(|it| text(it, "key").map(str::to_owned));
            let keys: Vec<String> = keys.collect::<Outcome<_>>()?;
            self.buckets = keys.into_iter().zip(buckets.labels()).collect();
            self.rule(Policy::Aging(rule))?;
        }
        match policy["advance_rule"].as_str() {
            None => {}
            Some("reduce_schedule_pro_rata" | "pro_rata") => {
                self.rule(Policy::Advance(AdvanceRule::ProRata))?;
            }
            Some("oldest_first") => self.rule(Policy::Advance(AdvanceRule::OldestFirst))?,
            Some(other) => return fault(format!("advance_rule `{other}` cannot be expressed")),
        }
        match policy["cei_sales"].as_str() {
            None => {}
            Some("period") => self.rule(Policy::CeiSales(CeiSales::Period))?,
            Some("monthly_average") => self.rule(Policy::CeiSales(CeiSales::MonthlyAverage))?,
            Some(other) => return fault(format!("cei_sales `{other}` cannot be expressed")),
        }
        if let Some(days) = policy["overdue_margin_days"].as_u64() {
            self.rule(Policy::OverdueGrace(u16::try_from(days).map_err(Fault::new)?))?;
        }
        self.dunning(&policy)
    }

    fn dunning(&mut self, policy: &Value) -> Outcome {
        let keys = ["levels", "fee", "interest_percent_per_year", "day_count"];
        if keys.iter().all(|key| policy[*key].is_null()) {
            return Ok(());
        }
        let currency = self.base;
        let fee = match &policy["fee"] {
            Value::Null => None,
            fee => Some(money(fee, currency)?),
        };
        let mut levels = Vec::new();
        if policy["levels"].is_null() {
            levels.push(DunningLevel { after: DunningAfter::DueDays(1), fee });
        } else {
            for (level, at) in list(&policy["levels"])?.iter().zip(1_i64..) {
                only(level, &["level", "mode", "days", "fee"])?;
                if level["level"].as_i64() != Some(at) {
                    return fault(format!("level {} is not the next one", level["level"]));
                }
                let days = level["days"].as_i64().and_then(|days| i32::try_from(days).ok());
                let days = days.ok_or_else(|| Fault::new(format!("{level} has no days")))?;
                let after = match text(level, "mode")? {
                    "net_days" => DunningAfter::DueDays(days),
                    "end_of_month" => DunningAfter::EndOfMonthOfDueDays(days),
                    "previous_reminder" => DunningAfter::DaysAfterLast(days),
                    other => return fault(format!("mode `{other}` cannot be expressed")),
                };
                let own = match &level["fee"] {
                    Value::Null => fee,
                    fee => Some(money(fee, currency)?),
                };
                levels.push(DunningLevel { after, fee: own });
            }
        }
        let interest = match &policy["interest_percent_per_year"] {
            Value::Null => None,
            percent => Some(hundredth(&number(percent)?)?),
        };
        let day_count = policy["day_count"].as_u64().and_then(|days| u16::try_from(days).ok());
        self.rule(Policy::Dunning(DunningPolicy { levels, interest_per_year: interest, day_count }))
    }

    /// The day of the case.
    pub(crate) fn as_of(&self) -> Outcome<NaiveDate> {
        day(&self.case, "as_of")
    }

    /// The book at the end of a day.
    pub(crate) fn on(&self, day: NaiveDate) -> AsOf {
        self.engine.as_of(day)
    }

    pub(crate) fn account(party: &Value) -> AccountId {
        AccountId::derived("case", party.as_str().unwrap_or("the only party"))
    }

    fn currency(&self, event: &Value) -> Outcome<Currency> {
        match event["currency"].as_str() {
            None => Ok(self.base),
            Some(code) => code.parse().map_err(Fault::new),
        }
    }

    pub(crate) fn event(&mut self, day: NaiveDate, body: impl Into<EventBody>) -> Event {
        self.told += 1;
        let source = Source::new("case", self.told.to_string());
        Event::new(day, Actor::system("case"), source, body)
    }

    /// A fact as it happened.
    pub(crate) fn append(&mut self, account: AccountId, event: Event) -> Outcome<EventRef> {
        let appended = self.engine.append(vec![Fact::new(account, event)])?;
        match appended.first() {
            Some(relatum::Appended::Recorded(event)) => Ok(*event),
            other => fault(format!("not appended: {other:?}")),
        }
    }

    /// A fact that is decided on; the refusal, if it is refused.
    pub(crate) fn record(
        &mut self,
        account: AccountId,
        event: Event,
    ) -> Outcome<Result<EventRef, relatum::Refused>> {
        match self.engine.record(Proposal::new(account, event)) {
            Ok(recorded) => match recorded.events.first() {
                Some(event) => Ok(Ok(*event)),
                None => fault("nothing was recorded"),
            },
            Err(relatum::Error::Refused(refused)) => Ok(Err(refused)),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn approve(
        &mut self,
        account: AccountId,
        day: NaiveDate,
        code: &str,
        order: Option<OrderId>,
        document: Option<DocumentId>,
    ) -> Outcome {
        let approval = ApprovalGiven {
            overrides: code.to_owned(),
            order,
            document,
            offer: None,
            discount: None,
            up_to: None,
            until: None,
            approver: relatum::domain::ManagerId::derived("case", "boss"),
            reason: "an authorised user continues".to_owned(),
        };
        let event = self.event(day, approval);
        self.append(account, event).map(drop)
    }

    /// Tells one event of the case as it happened.
    pub(crate) fn tell(&mut self, event: &Value) -> Outcome {
        let (account, told, body) = self.body(event)?;
        let at = self.append(account, told)?;
        if let (Some(id), true) = (event["id"].as_str(), body == "event") {
            self.names.insert(id.to_owned(), Named::Event(at, account));
        }
        let stored = self.engine.event(at)?;
        self.learned.extend(stored.map(|it| it.recorded_at));
        Ok(())
    }

    /// The event of the case as one of ours: whose, what, and whether its id names the event.
    pub(crate) fn body(&mut self, event: &Value) -> Outcome<Told> {
        let on = day(event, "date")?;
        match text(event, "type")? {
            "invoice" => {
                only(
                    event,
                    &[
                        "type",
                        "id",
                        "date",
                        "due",
                        "amount",
                        "currency",
                        "fx_rate",
                        "party",
                        "installments",
                        "installments_after_advance",
                    ],
                )?;
                let (account, document) = self.document(event)?;
                Ok((account, self.event(on, InvoiceIssued(document)), "document"))
            }
            "opening_debit" => {
                only(
                    event,
                    &[
                        "type", "id", "date", "due", "amount", "lines", "party", "currency",
                        "fx_rate",
                    ],
                )?;
                let (account, document) = self.document(event)?;
                Ok((account, self.event(on, OpeningItemStated(document)), "document"))
            }
            "credit_note" => {
                only(
                    event,
                    &[
                        "type",
                        "id",
                        "date",
                        "amount",
                        "allocations",
                        "currency",
                        "fx_rate",
                        "party",
                    ],
                )?;
                let (account, document) = self.document(event)?;
                let applications = self.applications(event, document.gross.currency)?;
                let note = CreditNoteIssued { document, against: None, applications, reason: None };
                Ok((account, self.event(on, note), "document"))
            }
            "payment" => self.payment(event, on),
            "allocation" => self.allocation(event, on),
            "reversal" => self.reversal(event, on),
            "dispute_opened" => self.dispute(event, on),
            "order" => {
                only(event, &["type", "id", "date", "amount", "party", "currency"])?;
                let (account, order) = self.order(event)?;
                Ok((account, self.event(on, order), "order"))
            }
            "dunning" | "fx_revaluation" => self.upon(event, on),
            other => fault(format!("event type `{other}` cannot be expressed")),
        }
    }

    fn allocation(&mut self, event: &Value, on: NaiveDate) -> Outcome<Told> {
        only(event, &["type", "id", "date", "from", "to", "amount", "recorded_at"])?;
        let from = self.named(text(event, "from")?)?;
        let (source, currency) = match from {
            Named::Payment(id, _, currency) => (CreditSource::Payment(id), currency),
            Named::Document(id, _, currency) => (CreditSource::Document(id), currency),
            other => return fault(format!("{other:?} is no credit")),
        };
        let one = application(text(event, "to")?, money(&event["amount"], currency)?);
        let it = CreditAllocated { from: source, applications: vec![one], reason: None };
        Ok((from.account(), self.event(on, it), "event"))
    }

    fn reversal(&mut self, event: &Value, on: NaiveDate) -> Outcome<Told> {
        only(event, &["type", "id", "of", "date", "reason"])?;
        let of = self.named(text(event, "of")?)?;
        let what = match of {
            Named::Payment(id, ..) => Reversible::Payment(id),
            Named::Document(id, ..) => Reversible::Document(id),
            Named::Event(event, _) => Reversible::Event(event),
            Named::Order(..) => return fault("an order is not reversed"),
        };
        let reason = event["reason"].as_str().unwrap_or("reversed").to_owned();
        Ok((of.account(), self.event(on, Reversed { what, reason }), "event"))
    }

    fn dispute(&mut self, event: &Value, on: NaiveDate) -> Outcome<Told> {
        only(event, &["type", "id", "of", "date", "amount", "reason"])?;
        let (document, account, currency) = self.document_of(event)?;
        let amount = match &event["amount"] {
            Value::Null => None,
            amount => Some(money(amount, currency)?),
        };
        let dispute = DisputeOpened {
            dispute: Derived::derived("case", &self.told.to_string()),
            document,
            installment: None,
            amount,
            reason: event["reason"].as_str().map(str::to_owned),
            owner: None,
        };
        Ok((account, self.event(on, dispute), "event"))
    }

    /// What is told of a document without moving it.
    fn upon(&mut self, event: &Value, on: NaiveDate) -> Outcome<Told> {
        let (document, account, _) = self.document_of(event)?;
        let body: EventBody = if event["type"] == "dunning" {
            only(event, &["type", "id", "date", "of"])?;
            self.reminder(account, Some(document), on)?.into()
        } else {
            only(event, &["type", "id", "date", "of", "new_rate"])?;
            Revalued { document, base_rate: rate(&event["new_rate"])? }.into()
        };
        Ok((account, self.event(on, body), "event"))
    }

    /// The document that an event is about.
    fn document_of(&self, event: &Value) -> Outcome<(DocumentId, AccountId, Currency)> {
        match self.named(text(event, "of")?)? {
            Named::Document(document, account, currency) => Ok((document, account, currency)),
            other => fault(format!("{other:?} is no document")),
        }
    }

    pub(crate) fn named(&self, id: &str) -> Outcome<Named> {
        let found = self.names.get(id).copied();
        found.ok_or_else(|| Fault::new(format!("`{id}` is not there yet")))
    }

    fn payment(&mut self, event: &Value, on: NaiveDate) -> Outcome<Told> {
        only(
            event,
            &[
                "type",
                "id",
                "date",
                "amount",
                "allocations",
                "is_advance",
                "currency",
                "fx_rate",
                "reference",
                "party",
            ],
        )?;
        let (id, currency) = (text(event, "id")?, self.currency(event)?);
        let account = Self::account(&event["party"]);
        let payment = PaymentId::derived("case", id);
        self.names.insert(id.to_owned(), Named::Payment(payment, account, currency));
        let received = PaymentReceived {
            advance: event["is_advance"].as_bool().unwrap_or(false),
            base_rate: optional_rate(&event["fx_rate"])?,
            reference: Some(id.to_owned()),
            applications: self.applications(event, currency)?,
            ..PaymentReceived::new(payment, money(&event["amount"], currency)?)
        };
        Ok((account, self.event(on, received), "payment"))
    }

    fn applications(&self, event: &Value, currency: Currency) -> Outcome<Vec<Application>> {
        if event["allocations"].is_null() {
            return Ok(Vec::new());
        }
        let all = list(&event["allocations"])?.iter().map(|it| {
            only(it, &["to", "amount"])?;
            let to = text(it, "to")?;
            let currency = match self.names.get(to) {
                Some(Named::Document(_, _, currency)) => *currency,
                _ => currency,
            };
            Ok(application(to, money(&it["amount"], currency)?))
        });
        all.collect()
    }

    fn document(&mut self, event: &Value) -> Outcome<(AccountId, ReceivableDocument)> {
        let (id, currency) = (text(event, "id")?, self.currency(event)?);
        let account = Self::account(&event["party"]);
        let document = DocumentId::derived("case", id);
        self.names.insert(id.to_owned(), Named::Document(document, account, currency));
        let on = day(event, "date")?;
        let due = if event["due"].is_null() { on } else { day(event, "due")? };
        let mut lines = Vec::new();
        if !event["lines"].is_null() {
            for line in list(&event["lines"])? {
                only(line, &["account", "amount"])?;
                let amount = money(&line["amount"], currency)?;
                let ledger_account = Some(text(line, "account")?.to_owned());
                lines.push(Installment {
                    due,
                    amount,
                    kind: InstallmentKind::Normal,
                    ledger_account,
                });
            }
        }
        let gross = match &event["amount"] {
            Value::Null => {
                Money::sum(lines.iter().map(|it| it.amount), currency).map_err(Fault::new)?
            }
            amount => money(amount, currency)?,
        };
        let mut paper = ReceivableDocument::new(document, id, gross).due(due);
        paper.document_day = Some(on);
        paper.base_rate = optional_rate(&event["fx_rate"])?;
        paper.installments = lines;
        let part = |due, amount| Installment {
            due,
            amount,
            kind: InstallmentKind::Normal,
            ledger_account: None,
        };
        for key in ["installments", "installments_after_advance"] {
            if event[key].is_null() {
                continue;
            }
            let parts = list(&event[key])?.iter().map(|it| {
                only(it, &["due", "amount"])?;
                Ok(part(day(it, "due")?, money(&it["amount"], currency)?))
            });
            paper.installments = parts.collect::<Outcome<_>>()?;
        }
        if !event["installments_after_advance"].is_null() {
            // Stated net of an advance: the schedule was as much larger, each part by its share.
            let net: Vec<i64> = paper.installments.iter().map(|it| it.amount.minor).collect();
            let advance = gross.minor - net.iter().sum::<i64>();
            for (part, share) in paper.installments.iter_mut().zip(split(advance, &net)) {
                part.amount.minor += share;
            }
        }
        Ok((account, paper))
    }

    pub(crate) fn order(&mut self, event: &Value) -> Outcome<(AccountId, OrderPlaced)> {
        let (id, currency) = (text(event, "id")?, self.currency(event)?);
        let account = Self::account(&event["party"]);
        let order = OrderId::derived("case", id);
        self.names.insert(id.to_owned(), Named::Order(account));
        let net = Worth::parse(&number(&event["amount"])?, currency).map_err(Fault::new)?;
        Ok((account, ordered(order, id, net)))
    }
}

/// An order of one piece.
pub(crate) fn ordered(order: OrderId, number: &str, net: Worth) -> OrderPlaced {
    OrderPlaced {
        order,
        number: number.to_owned(),
        company: None,
        manager: None,
        credit: Vec::new(),
        ship_to: None,
        lines: vec![piece(net)],
        net,
        tax: None,
        freight: None,
        wanted: None,
        contract: None,
        offer: None,
    }
}

pub(crate) fn piece(net: Worth) -> Line {
    Line {
        product: "piece".to_owned(),
        description: None,
        group: None,
        quantity: Quantity::whole(1),
        price_list: None,
        list_price: None,
        discount: None,
        net,
        cost: None,
    }
}

fn application(to: &str, amount: Money) -> Application {
    Application {
        document: DocumentId::derived("case", to),
        installment: None,
        account: None,
        amount,
        paid: None,
        rate: None,
        kind: ApplicationKind::Payment,
        day: None,
    }
}

fn rate(value: &Value) -> Outcome<Rate> {
    number(value)?.parse().map_err(Fault::new)
}

fn optional_rate(value: &Value) -> Outcome<Option<Rate>> {
    if value.is_null() { Ok(None) } else { rate(value).map(Some) }
}

/// A number of per cent as a rate.
fn hundredth(percent: &str) -> Outcome<Rate> {
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = format!("{whole:0>3}");
    let (ones, hundredths) = digits.split_at(digits.len() - 2);
    format!("{ones}.{hundredths}{part}").parse().map_err(Fault::new)
}

/// The bounds of buckets that are closed ranges without gap or overlap, the last one open.
fn bounds(buckets: &[Value]) -> Outcome<Vec<i32>> {
    let mut bounds = Vec::new();
    let mut next: Option<i64> = None;
    for (bucket, at) in buckets.iter().zip(1..) {
        only(bucket, &["key", "min", "max"])?;
        let (min, max) = (bucket["min"].as_i64(), bucket["max"].as_i64());
        if at > 1 && min != next {
            return fault(format!("bucket {bucket} leaves a gap or overlaps"));
        }
        match max {
            Some(max) => bounds.push(i32::try_from(max).map_err(Fault::new)?),
            None if at == buckets.len() => {}
            None => return fault(format!("bucket {bucket} is open and not the last")),
        }
        next = max.map(|max| max + 1);
    }
    if next.is_some() {
        return fault("the last bucket is not open");
    }
    Ok(bounds)
}
