//! Cases of reminders: what a run proposes, what it costs, and when it is resolved.

use chrono::NaiveDate;
use relatum::OpenItemsOptions;
use relatum::domain::event::settlement::{RemindedItem, ReminderSent};
use relatum::domain::receivables::{Due, ItemKey, ReminderState, SentReminder};
use relatum::domain::{AccountId, DocumentId, Money};
use serde_json::{Value, json};

use super::book::Book;
use relatum_tests::cases::{Fault, Outcome, amount, day, fault, fields, list, same};

impl Book {
    /// Of what a run on a day would remind an account.
    pub(crate) fn run(&self, account: AccountId, on: NaiveDate) -> Outcome<Vec<Due>> {
        let policy = self.on(on).policies()?.dunning(&self.on(on).view()).rule;
        let due = self
            .on(on)
            .ledgers(Some(account), |_, ledger, view| ledger.dunning(view.as_of, &policy))?;
        Ok(due.concat())
    }

    /// The reminder that a run would send, over all or one document.
    pub(crate) fn reminder(
        &mut self,
        account: AccountId,
        only: Option<DocumentId>,
        on: NaiveDate,
    ) -> Outcome<ReminderSent> {
        let due = self.run(account, on)?.into_iter();
        let items = due.filter_map(|it| match it.item.item {
            ItemKey::Document(document) if only.is_none_or(|only| only == document) => {
                let (installment, level) = (it.item.installment, it.level);
                Some(RemindedItem { document, installment, level })
            }
            _ => None,
        });
        let items: Vec<RemindedItem> = items.collect();
        if items.is_empty() {
            return fault("there is nothing to remind of");
        }
        Ok(ReminderSent { items, fee: None, interest: None })
    }

    fn sent(&self, on: NaiveDate) -> Outcome<Vec<SentReminder>> {
        let account = Self::account(&Value::Null);
        let sent =
            self.on(on).ledgers(Some(account), |_, ledger, view| ledger.reminders(view.as_of))?;
        Ok(sent.concat())
    }
}

/// What a run would ask for.
pub(crate) fn asked(book: &Book, as_of: NaiveDate, expected: &Value) -> Outcome {
    let due = book.run(Book::account(&Value::Null), as_of)?;
    let minor: i64 = due.iter().map(|it| it.asked.minor).sum();
    amount("what a run asks for", expected, Money::new(minor, book.base))
}

pub(crate) fn check(case: &Value) -> Outcome {
    let expected = fields(&case["expected"])?;
    super::cells::explained(&Book::of(case)?, Book::of(case)?.as_of()?)?;
    for (key, value) in expected {
        one(case, key, value).map_err(|fault| fault.at(key))?;
    }
    Ok(())
}

fn one(case: &Value, key: &str, expected: &Value) -> Outcome {
    match key {
        "total_outstanding" | "interest" | "fee" | "dunning_amount" | "grand_total" => {
            costs(case, key, expected)
        }
        "dunned_installments" => installments(case, expected),
        "after_payment" => after(case, "payment", expected),
        "after_reversal" => after(case, "reversal", expected),
        "applied_credit" => credited(case, Credit::Applied, expected),
        "applied_credit_cancelled" => credited(case, Credit::Cancelled, expected),
        "standalone_credit" => credited(case, Credit::Standalone, expected),
        "runs" => runs(case, expected),
        "run_before_last_run" => before_last(case, expected),
        _ => fault("cannot be expressed"),
    }
}

fn costs(case: &Value, key: &str, expected: &Value) -> Outcome {
    let book = Book::of(case)?;
    let as_of = book.as_of()?;
    let due = book.run(Book::account(&Value::Null), as_of)?;
    let sum = |of: &dyn Fn(&Due) -> i64| due.iter().map(of).sum::<i64>();
    let outstanding = sum(&|it| it.asked.minor);
    let interest = sum(&|it| it.interest.minor);
    // One reminder, one fee: that of its highest level.
    let fee = due.iter().max_by_key(|it| it.level).and_then(|it| it.fee);
    let fee = fee.map_or(0, |it| it.minor);
    let minor = match key {
        "total_outstanding" => outstanding,
        "interest" => interest,
        "fee" => fee,
        "dunning_amount" => interest + fee,
        _ => outstanding + interest + fee,
    };
    amount(key, expected, Money::new(minor, book.base))
}

/// Which installments the first reminder named.
fn installments(case: &Value, expected: &Value) -> Outcome {
    let book = Book::of(case)?;
    let sent = book.sent(book.as_of()?)?;
    let first = sent.first().ok_or_else(|| Fault::new("no reminder was sent"))?;
    let named: Vec<Option<u64>> =
        first.items.iter().map(|(_, part, _)| part.map(u64::from)).collect();
    let wanted: Vec<Option<u64>> = list(expected)?.iter().map(Value::as_u64).collect();
    same("installments", wanted, named)
}

/// The case up to and with its first event of a type, as it was known then.
fn after(case: &Value, kind: &str, expected: &Value) -> Outcome {
    let book = Book::of(case)?;
    let events = list(&case["events"])?;
    let at = events.iter().position(|event| event["type"] == kind);
    let learned = at.and_then(|at| book.learned.get(at).copied());
    let learned = learned.ok_or_else(|| Fault::new(format!("there is no {kind}")))?;
    let as_of = book.as_of()?;
    let then = book.on(as_of).known_at(learned)?;
    for (key, value) in fields(expected)? {
        match key.as_str() {
            "invoice" => {
                let rows = then.open_items(&OpenItemsOptions::default())?.rows;
                let paid = rows
                    .iter()
                    .any(|row| row.paid.is_positive() || row.item.original != row.item.open);
                let whole = case["events"][0]["amount"].as_i64().unwrap_or(0) * 100;
                let open: i64 = rows.iter().map(|row| row.item.open.minor).sum();
                let overdue = rows.iter().any(|row| row.days_past_due > 0);
                let state = match () {
                    () if open == 0 => "paid",
                    () if overdue => "overdue",
                    () if paid || open < whole => "partly_paid",
                    () => "open",
                };
                same(key, value.as_str(), Some(state))?;
            }
            "dunning" => {
                let sent =
                    then.ledgers(None, |_, ledger, view| ledger.reminders(view.as_of))?.concat();
                same(key, value.as_str(), sent.last().map(state))?;
            }
            other => return fault(format!("`{other}` cannot be expressed")),
        }
    }
    Ok(())
}

fn state(sent: &SentReminder) -> &'static str {
    match sent.state {
        ReminderState::Resolved => "resolved",
        ReminderState::Unresolved => "unresolved",
    }
}

enum Credit {
    Applied,
    Cancelled,
    Standalone,
}

/// The state of the reminder after a credit note over the whole invoice.
fn credited(case: &Value, credit: Credit, expected: &Value) -> Outcome {
    let mut book = Book::of(case)?;
    let (as_of, invoice) = (book.as_of()?, case["events"][0].clone());
    let applied = !matches!(credit, Credit::Standalone);
    let allocations = match applied {
        true => json!([{ "to": invoice["id"], "amount": invoice["amount"] }]),
        false => json!([]),
    };
    book.tell(&json!({
        "type": "credit_note", "id": "a credit note", "date": as_of.to_string(),
        "amount": invoice["amount"], "allocations": allocations,
    }))?;
    if matches!(credit, Credit::Cancelled) {
        book.tell(&json!({
            "type": "reversal", "id": "its reversal", "of": "a credit note",
            "date": as_of.to_string(), "reason": "cancelled",
        }))?;
    }
    let sent = book.sent(as_of)?;
    same("the reminder", expected.as_str(), sent.last().map(state))
}

/// Runs one after the other, each with its reminders so far and its level.
fn runs(case: &Value, expected: &Value) -> Outcome {
    let mut book = Book::of(case)?;
    for run in list(expected)? {
        let on = day(run, "date")?;
        send(&mut book, on)?;
        let sent = book.sent(on)?;
        let level = sent.last().and_then(|it| it.items.iter().map(|(.., level)| *level).max());
        same("the level", run["level"].as_u64(), level.map(u64::from))?;
        let total = u64::try_from(sent.len()).unwrap_or(0);
        same("reminders", run["reminders_total"].as_u64(), Some(total))?;
    }
    Ok(())
}

fn send(book: &mut Book, on: NaiveDate) -> Outcome {
    let account = Book::account(&Value::Null);
    let reminder = book.reminder(account, None, on)?;
    let event = book.event(on, reminder);
    match book.record(account, event)? {
        Ok(_) => Ok(()),
        Err(refused) => fault(format!("the run of {on} was refused: {refused}")),
    }
}

/// A run dated before the last one is refused.
fn before_last(case: &Value, expected: &Value) -> Outcome {
    same("what happens", Some("error"), expected.as_str())?;
    let mut book = Book::of(case)?;
    let account = Book::account(&Value::Null);
    let mut last: Option<NaiveDate> = None;
    for run in list(&case["expected"]["runs"])? {
        let on = day(run, "date")?;
        // What would come next, on a day before the last run.
        if let Some(before) = last {
            let early = NaiveDate::pred_opt(&before).unwrap_or(before);
            let reminder = book.reminder(account, None, on)?;
            let event = book.event(early, reminder);
            match book.record(account, event)? {
                Ok(_) => return fault(format!("a run of {early} was taken after one of {before}")),
                Err(refused) => same("the code", "reminder_before_last", refused.code())?,
            }
        }
        send(&mut book, on)?;
        last = Some(on);
    }
    Ok(())
}
