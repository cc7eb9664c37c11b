//! What a case expects of open items, totals and buckets, compared key by key.

use std::collections::BTreeMap;

use relatum::domain::receivables::ItemKey;
use relatum::domain::{Currency, Money};
use relatum::{AgingLine, AgingOptions, AgingReport, InBase, OpenItemsOptions, OpenRow, Sum};
use serde_json::Value;

use super::book::{Book, Named};
use super::{cells, credit, dunning, metric};
use relatum_tests::cases::{Fault, Outcome, amount, day, fault, fields, list, money, same, text};

/// Compares one case with what the product says.
pub(crate) fn check(case: &Value) -> Outcome {
    match text(case, "kind")? {
        "aging" => aging(case),
        "credit" => credit::check(case),
        "dunning" => dunning::check(case),
        "boundary" => boundary(case),
        "metric" => metric::check(case),
        other => fault(format!("kind `{other}` cannot be expressed")),
    }
}

/// A row as a case shows it: an item, or an installment where it asks for those.
struct Shown {
    name: String,
    installment: Option<u32>,
    account: Option<String>,
    bucket: String,
    age_days: i64,
    open: Money,
    own: Money,
    invoiced: Money,
    paid: Money,
    credited: Money,
    future: Money,
    remaining: Money,
}

struct Answer {
    rows: Vec<Shown>,
    aging: AgingReport,
    in_base: bool,
    only: Option<Currency>,
}

fn aging(case: &Value) -> Outcome {
    let book = Book::of(case)?;
    let as_of = book.as_of()?;
    let answer = answer(&book, as_of)?;
    cells::explained(&book, as_of)?;
    for (key, expected) in fields(&case["expected"])? {
        // What some system answered; the product is held to `expected`.
        if key.starts_with("wrong_") {
            wrong(&answer, key, expected)?;
            continue;
        }
        one(&book, &answer, key, expected).map_err(|fault| fault.at(key))?;
    }
    Ok(())
}

fn answer(book: &Book, as_of: chrono::NaiveDate) -> Outcome<Answer> {
    let policy = &book.case["policy"];
    let in_base = match policy["report_currency"].as_str() {
        None | Some("party" | "both") => false,
        Some("base") => true,
        Some(other) => return fault(format!("report_currency `{other}` cannot be expressed")),
    };
    let only: Option<Currency> =
        policy["filter_currency"].as_str().map(str::parse).transpose().map_err(Fault::new)?;
    let options = AgingOptions {
        currency: only,
        in_base: in_base.then_some(InBase::DocumentRates),
        ..AgingOptions::default()
    };
    let aging = book.on(as_of).aging(&options)?;
    for line in aging.lines.iter().chain(&aging.totals) {
        if !line.foots() {
            return fault(format!("{line:?} does not foot"));
        }
    }
    let split = policy["split_installments"].as_bool().unwrap_or(false);
    Ok(Answer { rows: rows(book, as_of, in_base, only, split)?, aging, in_base, only })
}

fn rows(
    book: &Book,
    as_of: chrono::NaiveDate,
    in_base: bool,
    only: Option<Currency>,
    split: bool,
) -> Outcome<Vec<Shown>> {
    let options = OpenItemsOptions { currency: only, ..OpenItemsOptions::default() };
    let report = book.on(as_of).open_items(&options)?;
    let mut rows: Vec<Shown> = Vec::new();
    for row in &report.rows {
        let shown = shown(book, row, in_base)?;
        let same = |it: &&mut Shown| it.name == shown.name && it.account == shown.account;
        match rows.iter_mut().find(|it| !split && same(it)) {
            Some(known) => add(known, &shown)?,
            None => rows.push(shown),
        }
    }
    if !split {
        rows.iter_mut().for_each(|row| row.installment = None);
    }
    for it in report.revalued.iter().filter(|_| in_base) {
        let event = relatum::EventRef::new(it.account.into(), it.revaluation.version);
        let difference = it.revaluation.difference;
        let zero = Money::zero(difference.currency);
        let negated = difference.negated().map_err(Fault::new)?;
        rows.push(Shown {
            name: name_of(book, |named| matches!(named, Named::Event(at, _) if *at == event))?,
            installment: None,
            account: None,
            bucket: String::new(),
            age_days: 0,
            open: difference,
            own: difference,
            invoiced: zero,
            // The sources book a revaluation as a payment with the other sign.
            paid: negated,
            credited: zero,
            future: zero,
            remaining: difference,
        });
    }
    Ok(rows)
}

fn name_of(book: &Book, is: impl Fn(&Named) -> bool) -> Outcome<String> {
    let found = book.names.iter().find(|(_, named)| is(named));
    found.map(|(name, _)| name.clone()).ok_or_else(|| Fault::new("an item without a name"))
}

fn shown(book: &Book, row: &OpenRow, in_base: bool) -> Outcome<Shown> {
    let name = name_of(book, |named| match (named, row.item.item) {
        (Named::Document(id, ..), ItemKey::Document(item)) => *id == item,
        (Named::Payment(id, ..), ItemKey::Payment(item)) => *id == item,
        _ => false,
    })?;
    let there = |money: Money| -> Outcome<Money> {
        if !in_base || money.currency == book.base {
            return Ok(money);
        }
        let rate = row.item.base_rate;
        let rate = rate.ok_or_else(|| Fault::new(format!("{name} has no rate")))?;
        money.converted(rate, book.base).map_err(Fault::new)
    };
    Ok(Shown {
        installment: row.item.installment,
        account: row.item.ledger_account.clone(),
        bucket: row.bucket.clone(),
        age_days: row.age_days,
        open: there(row.item.open)?,
        own: row.item.open,
        invoiced: there(row.item.original)?,
        paid: there(row.paid)?,
        credited: there(row.credited)?,
        future: there(row.future)?,
        remaining: there(row.remaining)?,
        name,
    })
}

fn add(known: &mut Shown, more: &Shown) -> Outcome {
    for (sum, more) in [
        (&mut known.open, more.open),
        (&mut known.own, more.own),
        (&mut known.invoiced, more.invoiced),
        (&mut known.paid, more.paid),
        (&mut known.credited, more.credited),
        (&mut known.future, more.future),
        (&mut known.remaining, more.remaining),
    ] {
        *sum = sum.checked_add(more).map_err(Fault::new)?;
    }
    Ok(())
}

/// The one total of a report, in the currency in which it is asked for.
fn total(book: &Book, report: &AgingReport, only: Option<Currency>) -> Outcome<Option<AgingLine>> {
    match report.totals.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        several => {
            let wanted = only.unwrap_or(book.base);
            let found = several.iter().find(|line| line.currency == wanted);
            match found {
                Some(line) if several.len() == 1 => Ok(Some(line.clone())),
                _ => fault("several currencies have no one total"),
            }
        }
    }
}

fn money_of(sum: Sum) -> Money {
    let unit = 10_i128.pow(6 - sum.currency.exponent());
    Money::new(i64::try_from(sum.micro / unit).unwrap_or(i64::MAX), sum.currency)
}

fn figure(
    book: &Book,
    answer: &Answer,
    expected: &Value,
    of: impl Fn(&AgingLine) -> Sum,
) -> Outcome {
    let total = total(book, &answer.aging, answer.only)?;
    let zero = Money::zero(answer.only.unwrap_or(book.base));
    amount("sum", expected, total.map_or(zero, |line| money_of(of(&line))))
}

fn one(book: &Book, answer: &Answer, key: &str, expected: &Value) -> Outcome {
    let as_of = book.as_of()?;
    match key {
        "open_items" => open_items(book, answer, expected),
        "open_items_other" => {
            list(expected)?.iter().try_for_each(|row| open_item(book, answer, row))
        }
        "total" | "sum_of_buckets" => figure(book, answer, expected, |line| line.total),
        "buckets" => buckets(book, answer, expected, |line, at| {
            line.buckets.get(at).copied().unwrap_or(line.total)
        }),
        "unallocated" => figure(book, answer, expected, |line| Sum {
            micro: -line.unapplied.micro,
            ..line.unapplied
        }),
        "disputed" => figure(book, answer, expected, |line| line.disputed),
        "ledger_balance" => amount("balance", expected, balance(book, as_of)?),
        "difference" => {
            let open = total(book, &answer.aging, answer.only)?;
            let zero = Money::zero(book.base);
            let open = open.map_or(zero, |line| money_of(line.total));
            let difference = open.checked_sub(balance(book, as_of)?).map_err(Fault::new)?;
            amount("difference", expected, difference)
        }
        "series" => list(expected)?.iter().try_for_each(|point| series(book, point)),
        "party_currency" => currency_view(book, answer, expected, false),
        "base_currency" => currency_view(book, answer, expected, true),
        "returned_exposure" => amount("returned", expected, returned(book)?),
        "after_return_cancelled" => cancelled(book, expected),
        "collectable_buckets" => collectable(book, expected),
        "dunning_base" => {
            figure(book, answer, expected, |line| line.collectable)?;
            dunning::asked(book, as_of, expected)
        }
        "balance_steps" => steps(book, expected),
        "errors" => list(expected)?.iter().try_for_each(|error| refused(book, error)),
        other => fault(format!("`{other}` cannot be expressed")),
    }
}

fn open_items(book: &Book, answer: &Answer, expected: &Value) -> Outcome {
    let rows = list(expected)?;
    if rows.is_empty() && !answer.rows.is_empty() {
        let names: Vec<&str> = answer.rows.iter().map(|row| row.name.as_str()).collect();
        return fault(format!("expected nothing open, got {names:?}"));
    }
    rows.iter().try_for_each(|row| open_item(book, answer, row))
}

fn open_item(book: &Book, answer: &Answer, expected: &Value) -> Outcome {
    let id = text(expected, "id")?;
    let installment = expected["installment"].as_u64().and_then(|at| u32::try_from(at).ok());
    let account = expected["account"].as_str();
    let found = answer.rows.iter().find(|row| {
        row.name == id
            && (installment.is_none() || row.installment.unwrap_or(0) == installment.unwrap_or(0))
            && (account.is_none() || row.account.as_deref() == account)
    });
    let Some(row) = found else {
        return fault(format!("{id} is not open"));
    };
    let place = |key: &str| format!("{id} {key}");
    for (key, value) in fields(expected)? {
        let labelled =
            !row.open.is_negative() || matches!(book.names.get(id), Some(Named::Event(..)));
        match key.as_str() {
            "id" | "installment" | "account" => {}
            "outstanding" => amount(&place(key), value, row.open)?,
            "party_currency_outstanding" => amount(&place(key), value, row.own)?,
            "invoiced" if labelled => amount(&place(key), value, row.invoiced)?,
            "paid" if labelled => amount(&place(key), value, row.paid)?,
            "credited" if labelled => amount(&place(key), value, row.credited)?,
            "invoiced" | "paid" | "credited" => {}
            "future" => amount(&place(key), value, row.future)?,
            "remaining" => amount(&place(key), value, row.remaining)?,
            "bucket" => {
                let wanted = value.as_str().unwrap_or_default();
                same(&place(key), label(book, wanted)?, row.bucket.clone())?;
            }
            "age_days" => same(&place(key), value.as_i64(), Some(row.age_days))?,
            other => return fault(format!("`{other}` of an open item cannot be expressed")),
        }
    }
    Ok(())
}

/// What a bucket of the case is called here.
fn label(book: &Book, key: &str) -> Outcome<String> {
    let found = book.buckets.iter().find(|(name, _)| name == key);
    found.map(|(_, label)| label.clone()).ok_or_else(|| Fault::new(format!("no bucket `{key}`")))
}

fn buckets(
    book: &Book,
    answer: &Answer,
    expected: &Value,
    of: impl Fn(&AgingLine, usize) -> Sum,
) -> Outcome {
    let total = total(book, &answer.aging, answer.only)?;
    for (key, value) in fields(expected)? {
        let label = label(book, key)?;
        let at = answer.aging.labels.iter().position(|it| *it == label);
        let at = at.ok_or_else(|| Fault::new(format!("no bucket `{label}`")))?;
        let zero = Money::zero(book.base);
        let actual = total.as_ref().map_or(zero, |line| money_of(of(line, at)));
        amount(key, value, actual)?;
    }
    Ok(())
}

/// What is open and not disputed, by bucket, of what is not a credit.
fn collectable(book: &Book, expected: &Value) -> Outcome {
    let report = book.on(book.as_of()?).open_items(&OpenItemsOptions::default())?;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for row in report.rows.iter().filter(|row| row.item.open.is_positive()) {
        let minor = row.item.open.minor - row.item.disputed.minor;
        *sums.entry(row.bucket.clone()).or_default() += minor;
    }
    sums.retain(|_, minor| *minor != 0);
    let wanted = fields(expected)?;
    same("how many buckets", wanted.len(), sums.len())?;
    for (key, value) in wanted {
        let minor = sums.get(&label(book, key)?).copied().unwrap_or(0);
        amount(key, value, Money::new(minor, book.base))?;
    }
    Ok(())
}

/// The balance that all movements leave, added up one by one: not by way of open items.
fn balance(book: &Book, as_of: chrono::NaiveDate) -> Outcome<Money> {
    let sums = book.on(as_of).ledgers(None, |_, ledger, view| {
        let mut sum = 0;
        for entry in ledger.entries() {
            sum += entry.steps_until(view.as_of).iter().map(|step| step.amount).sum::<i64>();
        }
        sum
    })?;
    Ok(Money::new(sums.into_iter().sum(), book.base))
}

fn series(book: &Book, point: &Value) -> Outcome {
    let on = day(point, "as_of")?;
    let report = book.on(on).aging(&AgingOptions::default())?;
    let total = total(book, &report, None)?;
    let zero = Money::zero(book.base);
    let total = total.map_or(zero, |line| money_of(line.total));
    amount(&on.to_string(), &point["total"], total)
}

fn currency_view(book: &Book, answer: &Answer, expected: &Value, in_base: bool) -> Outcome {
    let as_of = book.as_of()?;
    let rows = match in_base == answer.in_base {
        true => None,
        false => Some(rows(book, as_of, in_base, None, false)?),
    };
    let rows = rows.as_deref().unwrap_or(&answer.rows);
    let mut sums: BTreeMap<&str, Option<Money>> = BTreeMap::new();
    for row in rows {
        for (key, money) in
            [("outstanding", row.open), ("future", row.future), ("remaining", row.remaining)]
        {
            let sum = sums.entry(key).or_default();
            let before = sum.unwrap_or(Money::zero(money.currency));
            *sum = Some(before.checked_add(money).map_err(Fault::new)?);
        }
    }
    for (key, value) in fields(expected)? {
        match key.as_str() {
            "future_realised_exchange_loss" => {
                let report = book.on(as_of).open_items(&OpenItemsOptions::default())?;
                let lost: i64 = report.future_exchange.iter().map(|it| -it.gained.minor).sum();
                amount(key, value, Money::new(lost, book.base))?;
            }
            "outstanding" | "future" | "remaining" => {
                let actual = sums.get(key.as_str()).copied().flatten();
                amount(key, value, actual.unwrap_or(Money::zero(book.base)))?;
            }
            other => return fault(format!("`{other}` cannot be expressed")),
        }
    }
    Ok(())
}

fn returned(book: &Book) -> Outcome<Money> {
    let all = book.on(book.as_of()?).credit(&Default::default())?;
    let exposures = all.iter().flat_map(|it| &it.exposures);
    Ok(Money::new(exposures.map(|it| it.returned).sum(), book.base))
}

/// The same case with its last reversal reversed on the same day.
fn cancelled(book: &Book, expected: &Value) -> Outcome {
    let mut book = Book::of(&book.case)?;
    let reversals = list(&book.case["events"])?.iter().rev();
    let last = { reversals }.find(|event| event["type"] == "reversal").cloned();
    let last = last.ok_or_else(|| Fault::new("there is no reversal"))?;
    let mut cancelling = last.clone();
    cancelling["of"] = last["id"].clone();
    cancelling["id"] = Value::String("the reversal of the last reversal".to_owned());
    book.tell(&cancelling)?;
    let answer = answer(&book, book.as_of()?)?;
    for (key, value) in fields(expected)? {
        match key.as_str() {
            "total" => figure(&book, &answer, value, |line| line.total)?,
            "returned_exposure" => amount(key, value, returned(&book)?)?,
            other => return fault(format!("`{other}` cannot be expressed")),
        }
    }
    Ok(())
}

/// What is open of the invoices after each payment, as it was known then.
fn steps(book: &Book, expected: &Value) -> Outcome {
    let as_of = book.as_of()?;
    let mut balances = Vec::new();
    for (event, learned) in list(&book.case["events"])?.iter().zip(&book.learned) {
        if event["type"] != "payment" {
            continue;
        }
        let then = book.on(as_of).known_at(*learned)?;
        let rows = then.open_items(&OpenItemsOptions::default())?.rows;
        let open = rows.iter().filter(|row| row.item.open.is_positive());
        balances.push(Money::new(open.map(|row| row.item.open.minor).sum(), book.base));
    }
    let expected = list(expected)?;
    same("how many steps", expected.len(), balances.len())?;
    expected.iter().zip(balances).try_for_each(|(wanted, is)| amount("balance", wanted, is))
}

/// An allocation of more than is there is refused, with what is available.
fn refused(book: &Book, expected: &Value) -> Outcome {
    relatum_tests::cases::only(expected, &["allocate", "available", "result"])?;
    same("result", Some("rejected"), expected["result"].as_str())?;
    let (wanted, available) =
        (money(&expected["allocate"], book.base)?, money(&expected["available"], book.base)?);
    let mut book = Book::of(&book.case)?;
    let as_of = book.as_of()?;
    let payment = serde_json::json!({
        "type": "payment",
        "id": "a payment of what is available",
        "date": as_of.to_string(),
        "amount": expected["available"],
        "allocations": [],
    });
    book.tell(&payment)?;
    let invoice = list(&book.case["events"])?.iter().find(|it| it["type"] == "invoice").cloned();
    let invoice = invoice.ok_or_else(|| Fault::new("there is no invoice"))?;
    let allocation = serde_json::json!({
        "type": "allocation",
        "date": as_of.to_string(),
        "from": "a payment of what is available",
        "to": invoice["id"],
        "amount": expected["allocate"],
    });
    let (account, event, _) = book.body(&allocation)?;
    match book.record(account, event)? {
        Ok(_) => fault(format!("{wanted} of {available} was allocated")),
        Err(refused) => {
            let (code, words) = (refused.code(), refused.to_string());
            same("the code of the refusal", "above_credit", code)?;
            let numbers =
                words.contains(&available.to_string()) && words.contains(&wanted.to_string());
            if numbers { Ok(()) } else { fault(format!("the refusal lacks its numbers: {words}")) }
        }
    }
}

/// What some system answered wrongly is not what the product answers.
fn wrong(answer: &Answer, key: &str, theirs: &Value) -> Outcome {
    if key != "wrong_if_aged_to_run_date" && key != "wrong_result_reported" {
        return fault(format!("`{key}` cannot be expressed"));
    }
    let same_as_theirs = answer.rows.iter().any(|row| {
        theirs["age_days"].as_i64() == Some(row.age_days)
            || theirs["bucket"].as_str() == Some(row.bucket.as_str())
    });
    if same_as_theirs { fault(format!("{key}: the product answers the same")) } else { Ok(()) }
}

/// The bucket of an invoice by its days past due.
fn boundary(case: &Value) -> Outcome {
    let book = Book::empty(case)?;
    let as_of = book.as_of()?;
    for row in list(&case["expected"]["rows"])? {
        let days = row["days_past_due"].as_i64();
        let days = days.ok_or_else(|| Fault::new(format!("{row} has no days")))?;
        let due = as_of - chrono::Duration::days(days);
        let mut book = Book::empty(case)?;
        let before = (due - chrono::Duration::days(30)).min(as_of);
        book.tell(&serde_json::json!({
            "type": "invoice", "id": "I1", "date": before.to_string(), "due": due.to_string(),
            "amount": 1,
        }))?;
        let rows = book.on(as_of).open_items(&OpenItemsOptions::default())?.rows;
        let bucket = rows.first().map(|row| row.bucket.clone());
        let wanted = row["recommended"].as_str().map(str::to_owned);
        same(&format!("the bucket of {days} days past due"), wanted, bucket)?;
        let aging = book.on(as_of).aging(&AgingOptions::default())?;
        let line = aging.totals.first().ok_or_else(|| Fault::new("nothing is open"))?;
        let at =
            aging.labels.iter().position(|label| Some(label) == rows.first().map(|it| &it.bucket));
        let held = at.and_then(|at| line.buckets.get(at).copied());
        same("what the bucket holds", Some(line.total), held)?;
    }
    Ok(())
}
