//! Aging once more, unit by unit, from the raw list of events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relatum_domain::event::document::ReceivableDocument;
use relatum_domain::event::settlement::{Application, CreditSource, Reversible};
use relatum_domain::{AccountId, DocumentId, Event, EventBody};
use relatum_log::Envelope;
use relatum_stream::EventRef;

use crate::raw::{Shown, account};

/// An installment, or a credit, as the recomputation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    due: NaiveDate,
    began: i64,
    open: i64,
    disputed: i64,
}

/// What is open of an account, from the raw events alone.
struct Naive<'a> {
    events: Vec<&'a Envelope<Event>>,
    /// One identity is one item: of two that hold under one id, the one told first.
    twice: Vec<EventRef>,
    as_of: NaiveDate,
}

/// Part of a document settled out of a credit, or out of nobody's money; negative: taken back.
struct Settled {
    document: DocumentId,
    installment: Option<u32>,
    from: Option<CreditSource>,
    minor: i64,
    uses_credit: bool,
}

impl Naive<'_> {
    fn firsts(&self) -> impl Iterator<Item = &Envelope<Event>> {
        self.events.iter().copied().filter(|it| !self.twice.contains(&it.event))
    }

    fn is_reversed(&self, what: Reversible) -> bool {
        self.events.iter().any(|it| match &it.data.body {
            EventBody::Reversed(reversed) => reversed.what == what,
            _ => false,
        })
    }

    /// Whether the credit was given by the day and not reversed.
    fn stands(&self, credit: CreditSource) -> bool {
        let given = self.firsts().any(|it| match (&it.data.body, credit) {
            (EventBody::PaymentReceived(it), CreditSource::Payment(id)) => it.payment == id,
            (EventBody::CreditNoteIssued(it), CreditSource::Document(id)) => {
                it.document.document == id
            }
            _ => false,
        });
        let what = match credit {
            CreditSource::Payment(id) => Reversible::Payment(id),
            CreditSource::Document(id) => Reversible::Document(id),
        };
        given && !self.is_reversed(what)
    }

    fn is_owed(&self, document: DocumentId) -> bool {
        let issued = self.firsts().any(|it| match &it.data.body {
            EventBody::InvoiceIssued(it) => it.0.document == document,
            _ => false,
        });
        issued && !self.is_reversed(Reversible::Document(document))
    }

    /// Every settlement that counts by the day.
    fn settled(&self) -> Vec<Settled> {
        let mut settled = Vec::new();
        for it in &self.events {
            let (from, applications, sign): (_, &[Application], _) = match &it.data.body {
                EventBody::PaymentReceived(it) => {
                    (Some(CreditSource::Payment(it.payment)), &it.applications, 1)
                }
                EventBody::CreditNoteIssued(it) => {
                    (Some(CreditSource::Document(it.document.document)), &it.applications, 1)
                }
                EventBody::CreditAllocated(it) => (Some(it.from), &it.applications, 1),
                EventBody::AllocationUndone(it) => (Some(it.from), &it.applications, -1),
                EventBody::WrittenOff(it) => (None, &it.applications, 1),
                _ => continue,
            };
            for part in applications {
                // The latest of the allocation's own day and both documents' days.
                let counts = part.day.unwrap_or(it.data.effective) <= self.as_of
                    && from.is_none_or(|from| self.stands(from));
                if counts && self.is_owed(part.document) {
                    settled.push(Settled {
                        document: part.document,
                        installment: part.installment,
                        from,
                        minor: sign * part.amount.minor,
                        uses_credit: from.is_some(),
                    });
                }
            }
        }
        settled
    }

    fn rows(&self) -> Vec<Row> {
        let settled = self.settled();
        let mut rows = Vec::new();
        for it in self.firsts() {
            match &it.data.body {
                EventBody::InvoiceIssued(it) if self.is_owed(it.0.document) => {
                    rows.extend(self.invoice(&it.0, &settled));
                }
                EventBody::PaymentReceived(payment) => {
                    let from = CreditSource::Payment(payment.payment);
                    rows.extend(self.credit(it, from, payment.amount.minor, &settled));
                }
                EventBody::CreditNoteIssued(note) => {
                    let from = CreditSource::Document(note.document.document);
                    rows.extend(self.credit(it, from, note.document.gross.minor, &settled));
                }
                _ => {}
            }
        }
        rows.retain(|row| row.open != 0);
        rows
    }

    fn credit(
        &self,
        it: &Envelope<Event>,
        from: CreditSource,
        minor: i64,
        settled: &[Settled],
    ) -> Option<Row> {
        let used = settled.iter().filter(|it| it.from == Some(from) && it.uses_credit);
        let used: i64 = used.map(|it| it.minor).sum();
        let row = Row { due: it.data.effective, began: -minor, open: used - minor, disputed: 0 };
        self.stands(from).then_some(row)
    }

    /// Unit by unit: a named installment first; what is too much for it, and what names none,
    /// closes the oldest and re-opens the newest, and what is left over stays on the last.
    fn invoice(&self, it: &ReceivableDocument, settled: &[Settled]) -> Vec<Row> {
        let row = |due: NaiveDate, minor| Row { due, began: minor, open: minor, disputed: 0 };
        let mut rows: Vec<Row> = match it.installments.as_slice() {
            [] => vec![row(it.due.unwrap(), it.gross.minor)],
            parts => parts.iter().map(|part| row(part.due, part.amount.minor)).collect(),
        };
        let mut pool = 0;
        for part in settled.iter().filter(|part| part.document == it.document) {
            match part.installment.and_then(|at| rows.get_mut(at as usize)) {
                Some(row) => row.open -= part.minor,
                None => pool += part.minor,
            }
        }
        for row in &mut rows {
            let kept = row.open.clamp(0, row.began);
            pool += kept - row.open;
            row.open = kept;
        }
        // Installments are listed by their due days here.
        for _ in 0..pool.abs() {
            let last = rows.len() - 1;
            let at = match pool > 0 {
                true => rows.iter().position(|row| row.open > 0),
                false => rows.iter().rposition(|row| row.open < row.began),
            };
            rows[at.unwrap_or(last)].open -= pool.signum();
        }
        let mut disputed = self.disputed(it.document);
        for row in &mut rows {
            row.disputed = disputed.min(row.open.max(0));
            disputed -= row.disputed;
        }
        rows
    }

    fn disputed(&self, document: DocumentId) -> i64 {
        let resolved = |dispute| {
            self.events.iter().any(|it| match &it.data.body {
                EventBody::DisputeResolved(it) => it.dispute == dispute,
                _ => false,
            })
        };
        let disputes = self.events.iter().filter_map(|it| match &it.data.body {
            EventBody::DisputeOpened(it) if it.document == document => Some(it),
            _ => None,
        });
        let open = disputes.filter(|it| !resolved(it.dispute));
        open.map(|it| it.amount.map_or(1_000_000, |amount| amount.minor)).sum()
    }
}

/// Buckets, total, disputed, unapplied, overdue and number of items, in minor units.
pub(crate) type Figures = ([i64; 6], i64, i64, i64, i64, u64);

pub(crate) fn naive(shown: &Shown<'_>) -> BTreeMap<AccountId, Figures> {
    let mut figures = BTreeMap::new();
    for number in 0..3 {
        let who = account(number);
        let mut ids = BTreeSet::new();
        let twice = shown.held.iter().filter(|it| it.event.stream == who.into());
        let twice = twice.filter(|it| match &it.data.body {
            EventBody::InvoiceIssued(it) => !ids.insert(it.0.document.uuid()),
            EventBody::PaymentReceived(it) => !ids.insert(it.payment.uuid()),
            EventBody::CreditNoteIssued(it) => !ids.insert(it.document.document.uuid()),
            _ => false,
        });
        let twice = twice.map(|it| it.event).collect();
        let naive = Naive { events: shown.of(who).collect(), twice, as_of: shown.view.as_of };
        for row in naive.rows() {
            let late = (shown.view.as_of - row.due).num_days();
            let bucket = match late {
                ..=0 => 0,
                1..=30 => 1,
                31..=60 => 2,
                61..=90 => 3,
                91..=120 => 4,
                121.. => 5,
            };
            let sum: &mut Figures = figures.entry(who).or_default();
            sum.0[bucket] += row.open;
            sum.1 += row.open;
            sum.2 += row.disputed;
            sum.3 += row.open.min(0);
            sum.4 += if late > 0 && row.open > 0 { row.open - row.disputed } else { 0 };
            sum.5 += 1;
        }
    }
    figures
}
