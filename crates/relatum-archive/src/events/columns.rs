//! The columns of events, and batches of them.
//!
//! *Invariant: amounts are exact, in millionths; a sum of a column is the sum of the log.*

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, ListBuilder,
    StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use chrono::NaiveDate;
use relatum_domain::event::line::Line;
use relatum_domain::event::settlement::Application;
use relatum_domain::{ACCOUNT, Actor, Amount, EventBody, MANAGER, Rate, TEAM};
use uuid::Uuid;

use super::facts::Facts;
use super::raw::RawEvent;
use crate::error::ArchiveError;

/// Digits of every decimal column, and how many of them stand after the point.
pub(crate) const DIGITS: u8 = 38;
pub(crate) const PLACES: i8 = 6;

/// The zone of every instant.
pub(crate) const UTC: &str = "UTC";

pub(crate) fn instant_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()))
}

pub(crate) const fn decimal_type() -> DataType {
    DataType::Decimal128(DIGITS, PLACES)
}

/// What a column is made of.
trait Make {
    fn make() -> Self;
    fn data_type() -> DataType;
    fn array(&mut self) -> ArrayRef;
}

macro_rules! makes {
    ($($builder:ty: $data_type:expr, $made:expr;)+) => {$(
        impl Make for $builder {
            fn make() -> Self {
                $made
            }

            fn data_type() -> DataType {
                $data_type
            }

            fn array(&mut self) -> ArrayRef {
                Arc::new(self.finish())
            }
        }
    )+};
}

makes! {
    Int64Builder: DataType::Int64, Self::new();
    Int32Builder: DataType::Int32, Self::new();
    StringBuilder: DataType::Utf8, Self::new();
    Date32Builder: DataType::Date32, Self::new();
    TimestampMicrosecondBuilder: instant_type(), Self::new().with_data_type(instant_type());
    Decimal128Builder: decimal_type(), Self::new().with_data_type(decimal_type());
    Lines: DataType::List(Arc::new(item(line_fields()))), Self::new();
    Applications: DataType::List(Arc::new(item(application_fields()))), Self::new();
}

macro_rules! columns {
    (must { $($must:ident: $must_type:ty,)+ } may { $($may:ident: $may_type:ty,)+ }) => {
        /// Collects events into the columns of a batch.
        pub(crate) struct EventColumns {
            $($must: $must_type,)+
            $($may: $may_type,)+
        }

        impl EventColumns {
            pub(crate) fn new() -> Self {
                Self {
                    $($must: <$must_type>::make(),)+
                    $($may: <$may_type>::make(),)+
                }
            }

            fn arrays(&mut self) -> Vec<ArrayRef> {
                vec![$(self.$must.array(),)+ $(self.$may.array(),)+]
            }
        }

        /// The columns of the events of a log: `docs/format.md` says what each means.
        #[must_use]
        pub fn events_schema() -> SchemaRef {
            Arc::new(Schema::new(vec![
                $(Field::new(stringify!($must), <$must_type>::data_type(), false),)+
                $(Field::new(stringify!($may), <$may_type>::data_type(), true),)+
            ]))
        }
    };
}

columns! {
    must {
        seq: Int64Builder,
        recorded_at: TimestampMicrosecondBuilder,
        commit: Int64Builder,
        commit_event: Int32Builder,
        stream: StringBuilder,
        stream_kind: StringBuilder,
        stream_id: StringBuilder,
        version: Int64Builder,
        event_type: StringBuilder,
        schema: Int32Builder,
        family: StringBuilder,
        effective: Date32Builder,
        actor_kind: StringBuilder,
        actor_id: StringBuilder,
        source_system: StringBuilder,
        source_id: StringBuilder,
        line_count: Int32Builder,
        data: StringBuilder,
    }
    may {
        commit_writes: StringBuilder,
        key: StringBuilder,
        at: TimestampMicrosecondBuilder,
        amends: StringBuilder,
        voids: StringBuilder,
        causation: StringBuilder,
        correlation: StringBuilder,
        account: StringBuilder,
        other_account: StringBuilder,
        manager: StringBuilder,
        team: StringBuilder,
        company: StringBuilder,
        contact: StringBuilder,
        document: StringBuilder,
        order: StringBuilder,
        delivery: StringBuilder,
        goods_return: StringBuilder,
        offer: StringBuilder,
        contract: StringBuilder,
        opportunity: StringBuilder,
        activity: StringBuilder,
        payment: StringBuilder,
        dispute: StringBuilder,
        promise: StringBuilder,
        complaint: StringBuilder,
        number: StringBuilder,
        name: StringBuilder,
        kind: StringBuilder,
        stage: StringBuilder,
        outcome: StringBuilder,
        product: StringBuilder,
        reason: StringBuilder,
        competitor: StringBuilder,
        due: Date32Builder,
        starts: Date32Builder,
        ends: Date32Builder,
        minutes: Int64Builder,
        score: Int32Builder,
        probability: Decimal128Builder,
        quantity: Decimal128Builder,
        amount: Decimal128Builder,
        currency: StringBuilder,
        net: Decimal128Builder,
        tax: Decimal128Builder,
        freight: Decimal128Builder,
        lines: Lines,
        applications: Applications,
    }
}

/// Days since 1970.
pub(crate) fn days(day: NaiveDate) -> i32 {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    // The calendar of chrono is within 96 million days of 1970.
    i32::try_from(days).unwrap_or(i32::MAX)
}

impl EventColumns {
    /// How many events are in.
    pub(crate) fn len(&self) -> usize {
        self.seq.len()
    }

    /// Takes an event in.
    pub(crate) fn push(&mut self, raw: &RawEvent<'_>) -> Result<(), ArchiveError> {
        let envelope = raw.decoded()?;
        let event = &envelope.data;
        let facts = Facts::of(&event.body);
        let stream = envelope.event.stream;
        let id = Text(stream.id);
        self.seq.append_value(number(raw.seq));
        self.recorded_at.append_value(raw.recorded_at);
        self.commit.append_value(number(raw.commit));
        self.commit_event.append_value(small(raw.index()));
        self.stream.append_value(stream.to_string());
        self.stream_kind.append_value(raw.kind);
        id.must(&mut self.stream_id);
        self.version.append_value(number(raw.version));
        self.event_type.append_value(raw.event_type);
        self.schema.append_value(i32::from(raw.schema));
        self.family.append_value(family(event.body.family()));
        self.effective.append_value(days(event.effective));
        match &event.actor {
            Actor::Manager(manager) => {
                self.actor_kind.append_value("manager");
                Text(manager.uuid()).must(&mut self.actor_id);
            }
            Actor::System(name) => {
                self.actor_kind.append_value("system");
                self.actor_id.append_value(name);
            }
        }
        self.source_system.append_value(&event.source.system);
        self.source_id.append_value(&event.source.id);
        self.data.append_value(raw.data);
        self.commit_writes.append_option(raw.writes);
        self.key.append_option(raw.key);
        self.at.append_option(event.at.map(|at| at.timestamp_micros()));
        self.amends.append_option(event.amends.map(|it| it.to_string()));
        let voided = match &event.body {
            EventBody::EventVoided(it) => Some(it.event.to_string()),
            EventBody::EventUndone(it) => Some(it.event.to_string()),
            _ => None,
        };
        self.voids.append_option(voided);
        self.causation.append_option(event.causation.map(|it| it.to_string()));
        text(&mut self.correlation, event.correlation);
        let of = |kind| (stream.kind == kind).then_some(stream.id);
        text(&mut self.account, of(ACCOUNT));
        text(&mut self.manager, facts.manager.or(of(MANAGER)));
        text(&mut self.team, facts.team.or(of(TEAM)));
        self.push_names(&facts);
        self.push_figures(&facts);
        Ok(())
    }

    fn push_names(&mut self, facts: &Facts<'_>) {
        text(&mut self.other_account, facts.other_account);
        text(&mut self.company, facts.company);
        text(&mut self.contact, facts.contact);
        text(&mut self.document, facts.document);
        text(&mut self.order, facts.order);
        text(&mut self.delivery, facts.delivery);
        text(&mut self.goods_return, facts.goods_return);
        text(&mut self.offer, facts.offer);
        text(&mut self.contract, facts.contract);
        text(&mut self.opportunity, facts.opportunity);
        text(&mut self.activity, facts.activity);
        text(&mut self.payment, facts.payment);
        text(&mut self.dispute, facts.dispute);
        text(&mut self.promise, facts.promise);
        text(&mut self.complaint, facts.complaint);
        self.number.append_option(facts.number);
        self.name.append_option(facts.name);
        self.kind.append_option(facts.kind.as_deref());
        self.stage.append_option(facts.stage.as_deref());
        self.outcome.append_option(facts.outcome.as_deref());
        self.product.append_option(facts.product);
        self.reason.append_option(facts.reason);
        self.competitor.append_option(facts.competitor);
    }

    fn push_figures(&mut self, facts: &Facts<'_>) {
        self.due.append_option(facts.due.map(days));
        self.starts.append_option(facts.starts.map(days));
        self.ends.append_option(facts.ends.map(days));
        self.minutes.append_option(facts.minutes.map(i64::from));
        self.score.append_option(facts.score);
        self.probability.append_option(facts.probability.and_then(millionths));
        self.quantity.append_option(facts.quantity.map(i128::from));
        self.amount.append_option(facts.amount.map(Amount::micro));
        let currency = facts.amount.or(facts.net).map(|it| it.currency());
        self.currency.append_option(currency.as_ref().map(|it| it.code()));
        self.net.append_option(facts.net.map(Amount::micro));
        self.tax.append_option(facts.tax);
        self.freight.append_option(facts.freight);
        self.line_count.append_value(small(facts.lines.len() as u64));
        self.lines.push(&facts.lines);
        self.applications.push(facts.applications);
    }

    /// The batch of what was taken in; empties this.
    pub(crate) fn batch(&mut self) -> Result<RecordBatch, ArchiveError> {
        Ok(RecordBatch::try_new(events_schema(), self.arrays())?)
    }
}

fn millionths(rate: Rate) -> Option<i128> {
    rate.of(1_000_000)
}

/// Seqs and versions are below 2^63: nothing counts so far.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn small(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// An id as its text, written without a detour.
struct Text(Uuid);

impl Text {
    fn must(self, into: &mut StringBuilder) {
        into.append_value(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    }
}

fn text(into: &mut StringBuilder, id: Option<Uuid>) {
    match id {
        Some(id) => Text(id).must(into),
        None => into.append_null(),
    }
}

fn family(family: relatum_domain::Family) -> String {
    match serde_json::to_value(family) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn item(fields: Fields) -> Field {
    Field::new("item", DataType::Struct(fields), false)
}

fn line_fields() -> Fields {
    Fields::from(vec![
        Field::new("product", DataType::Utf8, false),
        Field::new("description", DataType::Utf8, true),
        Field::new("product_group", DataType::Utf8, true),
        Field::new("quantity", decimal_type(), false),
        Field::new("list_price", decimal_type(), true),
        Field::new("net", decimal_type(), false),
        Field::new("currency", DataType::Utf8, false),
    ])
}

fn application_fields() -> Fields {
    Fields::from(vec![
        Field::new("document", DataType::Utf8, false),
        Field::new("installment", DataType::Int64, true),
        Field::new("account", DataType::Utf8, true),
        Field::new("kind", DataType::Utf8, false),
        Field::new("amount", decimal_type(), false),
        Field::new("currency", DataType::Utf8, false),
        Field::new("effective", DataType::Date32, true),
    ])
}

/// A list of lines an event; none where the event has none.
struct Lines(ListBuilder<StructBuilder>);

impl Lines {
    fn new() -> Self {
        let fields = line_fields();
        let builders: Vec<Box<dyn ArrayBuilder>> = vec![
            Box::new(StringBuilder::make()),
            Box::new(StringBuilder::make()),
            Box::new(StringBuilder::make()),
            Box::new(Decimal128Builder::make()),
            Box::new(Decimal128Builder::make()),
            Box::new(Decimal128Builder::make()),
            Box::new(StringBuilder::make()),
        ];
        let values = StructBuilder::new(fields.clone(), builders);
        Self(ListBuilder::new(values).with_field(item(fields)))
    }

    fn push(&mut self, lines: &[&Line]) {
        let values = self.0.values();
        for line in lines {
            put(values, 0, |it: &mut StringBuilder| it.append_value(&line.product));
            put(values, 1, |it: &mut StringBuilder| {
                it.append_option(line.description.as_deref());
            });
            put(values, 2, |it: &mut StringBuilder| it.append_option(line.group.as_deref()));
            let quantity = i128::from(line.quantity.micro());
            put(values, 3, |it: &mut Decimal128Builder| it.append_value(quantity));
            let price = line.list_price.map(|it| i128::from(it.micro));
            put(values, 4, |it: &mut Decimal128Builder| it.append_option(price));
            let net = i128::from(line.net.micro);
            put(values, 5, |it: &mut Decimal128Builder| it.append_value(net));
            let currency = line.net.currency;
            put(values, 6, |it: &mut StringBuilder| it.append_value(currency.code()));
            values.append(true);
        }
        self.0.append(!lines.is_empty());
    }

    fn finish(&mut self) -> arrow_array::ListArray {
        self.0.finish()
    }
}

/// A list of what was settled an event; none where the event settles nothing.
struct Applications(ListBuilder<StructBuilder>);

impl Applications {
    fn new() -> Self {
        let fields = application_fields();
        let builders: Vec<Box<dyn ArrayBuilder>> = vec![
            Box::new(StringBuilder::make()),
            Box::new(Int64Builder::make()),
            Box::new(StringBuilder::make()),
            Box::new(StringBuilder::make()),
            Box::new(Decimal128Builder::make()),
            Box::new(StringBuilder::make()),
            Box::new(Date32Builder::make()),
        ];
        let values = StructBuilder::new(fields.clone(), builders);
        Self(ListBuilder::new(values).with_field(item(fields)))
    }

    fn push(&mut self, applications: &[Application]) {
        let values = self.0.values();
        for it in applications {
            put(values, 0, |to: &mut StringBuilder| Text(it.document.uuid()).must(to));
            let part = it.installment.map(i64::from);
            put(values, 1, |to: &mut Int64Builder| to.append_option(part));
            put(values, 2, |to: &mut StringBuilder| text(to, it.account.map(|it| it.uuid())));
            let kind = super::facts::word(&it.kind).unwrap_or_default();
            put(values, 3, |to: &mut StringBuilder| to.append_value(kind));
            let micro = Amount::Money(it.amount).micro();
            put(values, 4, |to: &mut Decimal128Builder| to.append_value(micro));
            put(values, 5, |to: &mut StringBuilder| to.append_value(it.amount.currency.code()));
            put(values, 6, |to: &mut Date32Builder| to.append_option(it.day.map(days)));
            values.append(true);
        }
        self.0.append(!applications.is_empty());
    }

    fn finish(&mut self) -> arrow_array::ListArray {
        self.0.finish()
    }
}

/// Puts a value into a field. The fields are those of this file: each has the builder it is asked
/// for.
fn put<B: ArrayBuilder>(values: &mut StructBuilder, field: usize, put: impl FnOnce(&mut B)) {
    if let Some(builder) = values.field_builder(field) {
        put(builder);
    }
}
