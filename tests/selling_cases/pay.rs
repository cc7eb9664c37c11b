//! Pay by tiers: the terms of a case as a component of a plan, its bookings as deals.

use relatum::domain::Rate;
use relatum::domain::event::pay::PayComponent;
use relatum::domain::selling::{Deal, PayLine, PayReason, Payroll, Scale, per_cent, proportion};
use relatum_tests::cases::{Fault, Outcome, fault, list, number, only};
use serde_json::{Value, json};

use super::{ONE, all_close, close, known, micro};

/// What a case asks to be paid for.
enum Bookings {
    /// One sequence in one period; the first so many are there already.
    Sequence(Vec<i128>, usize),
    /// Each a period of its own.
    Alternatives(Vec<i128>),
}

pub(crate) fn check(kind: &str, inputs: &Value, expected: &Value) -> Outcome {
    only(
        inputs,
        &[
            "accumulate",
            "actual",
            "attained_before",
            "bands",
            "base_rate",
            "bookings",
            "cap",
            "deal",
            "quota",
            "tiers",
            "tiers_amount",
            "transactions",
        ],
    )?;
    known(
        expected,
        &[
            "accelerated",
            "attainment_pct",
            "band_amounts",
            "blended_rate",
            "commission",
            "parts",
            "per_transaction",
            "rates",
            "split",
            "total",
        ],
    )?;
    let quota = if inputs["quota"].is_null() { 0 } else { micro(&inputs["quota"])? };
    let scale = Scale::of(&component(kind, inputs)?, quota).map_err(Fault::new)?;
    match bookings(inputs)? {
        Bookings::Alternatives(totals) => {
            let paid = |total: &i128| Some(Payroll::of(&scale, &[Deal::new(*total)]).total());
            let paid: Vec<_> = totals.iter().map(paid).collect();
            known(expected, &["commission", "total"])?;
            all_close("commission", &expected["commission"], &paid)?;
            all_close("total", &expected["total"], &paid)
        }
        Bookings::Sequence(amounts, before) => {
            let deals: Vec<Deal> = amounts.iter().copied().map(Deal::new).collect();
            let payroll = Payroll::of(&scale, &deals);
            sequence(&payroll, &amounts, before, quota, expected)
        }
    }
}

fn sequence(
    payroll: &Payroll,
    amounts: &[i128],
    before: usize,
    quota: i128,
    expected: &Value,
) -> Outcome {
    let asked = amounts.iter().enumerate().skip(before);
    let of_deal: Vec<_> = asked.clone().map(|(at, _)| Some(payroll.of_deal(at))).collect();
    let total: i128 = of_deal.iter().flatten().sum();
    let amount: i128 = asked.map(|(_, amount)| amount).sum();
    let wanted = |line: &&PayLine| line.deal.is_some_and(|deal| deal >= before);
    let lines: Vec<&PayLine> = payroll.lines.iter().filter(wanted).collect();
    let rate = |line: &PayLine| proportion(line.pay, ONE, line.amount);
    close("commission", &expected["commission"], Some(total))?;
    close("total", &expected["total"], Some(total))?;
    close("blended_rate", &expected["blended_rate"], proportion(total, ONE, amount))?;
    let rates: Vec<_> = lines.iter().map(|line| rate(line)).collect();
    all_close("per_transaction", &expected["per_transaction"], &of_deal)?;
    all_close("rates", &expected["rates"], &rates)?;
    let pays: Vec<_> = lines.iter().map(|line| Some(line.pay)).collect();
    all_close("parts", &expected["parts"], &pays)?;
    if !expected["split"].is_null() {
        let split = list(&expected["split"])?;
        let column = |key: &str| Value::from_iter(split.iter().map(|part| part[key].clone()));
        let parts: Vec<_> = lines.iter().map(|line| Some(line.amount)).collect();
        all_close("amount", &column("amount"), &parts)?;
        all_close("rate", &column("rate"), &rates)?;
    }
    // The bands are what is above the lowest tier.
    let bands = lines.iter().filter(|it| it.reason == PayReason::Earned && it.tier > Some(0));
    let bands: Vec<&&PayLine> = bands.collect();
    let parts: Vec<_> = bands.iter().map(|line| Some(line.amount)).collect();
    all_close("band_amounts", &expected["band_amounts"], &parts)?;
    let pays: Vec<_> = bands.iter().map(|line| Some(line.pay)).collect();
    all_close("accelerated", &expected["accelerated"], &pays)?;
    let attained: i128 = amounts.iter().sum();
    let attainment = per_cent(attained, quota).map(|bp| i128::from(bp) * ONE / 100);
    close("attainment_pct", &expected["attainment_pct"], attainment)
}

fn bookings(inputs: &Value) -> Outcome<Bookings> {
    let all = |value: &Value| list(value)?.iter().map(micro).collect::<Outcome<Vec<_>>>();
    let given = |key: &&str| !inputs[*key].is_null();
    let found: Vec<_> =
        ["deal", "transactions", "bookings", "actual"].into_iter().filter(given).collect();
    match found.as_slice() {
        ["deal"] if given(&"attained_before") => Ok(Bookings::Sequence(
            vec![micro(&inputs["attained_before"])?, micro(&inputs["deal"])?],
            1,
        )),
        ["transactions"] if given(&"attained_before") => {
            let mut amounts = vec![micro(&inputs["attained_before"])?];
            amounts.extend(all(&inputs["transactions"])?);
            Ok(Bookings::Sequence(amounts, 1))
        }
        ["transactions"] => Ok(Bookings::Sequence(all(&inputs["transactions"])?, 0)),
        ["bookings"] if inputs["bookings"].is_array() => {
            Ok(Bookings::Alternatives(all(&inputs["bookings"])?))
        }
        [one] => Ok(Bookings::Sequence(vec![micro(&inputs[*one])?], 0)),
        other => fault(format!("bookings in {other:?} cannot be expressed")),
    }
}

fn component(kind: &str, inputs: &Value) -> Outcome<PayComponent> {
    let accumulate = match kind {
        // Where nothing else is said, the sales of a period count together.
        "accelerator_over_quota" => inputs["accumulate"].as_bool().unwrap_or(true),
        _ => match inputs["accumulate"].as_bool() {
            Some(accumulate) => accumulate,
            None => return fault("`accumulate` is a term that must be stated"),
        },
    };
    let split = if kind == "commission_flat_highest_tier" { "highest" } else { "marginal" };
    let mut component = json!({
        "name": kind, "kind": "sales_volume", "accumulate": accumulate, "split": split,
        "below_zero": "carried_over", "tiers": tiers(inputs)?,
    });
    let base = &inputs["base_rate"];
    component["base_rate"] = if base.is_null() { json!("1") } else { json!(number(base)?) };
    if !inputs["cap"].is_null() {
        component["cap"] = value(micro(&inputs["cap"])?);
    }
    serde_json::from_value(component).map_err(Fault::new)
}

fn value(micro: i128) -> Value {
    json!({ "micro": i64::try_from(micro).unwrap_or(i64::MAX), "currency": "EUR" })
}

fn tiers(inputs: &Value) -> Outcome<Vec<Value>> {
    let given = |key: &&str| !inputs[*key].is_null();
    let found: Vec<_> = ["tiers", "tiers_amount", "bands"].into_iter().filter(given).collect();
    let [key] = found.as_slice() else {
        return fault(format!("tiers in {found:?} cannot be expressed"));
    };
    let mut tiers: Vec<Value> = Vec::new();
    for tier in list(&inputs[*key])? {
        only(
            tier,
            &[
                "from",
                "to",
                "from_pct",
                "to_pct",
                "rate",
                "multiplier",
                "pays_when_full",
                "retroactive",
            ],
        )?;
        let before = tiers.last().map(|before| before["to"].clone());
        let begins = threshold(tier, "from")?.or_else(|| before.clone());
        let begins = begins.unwrap_or_else(|| json!({ "of_quota": "0" }));
        let nothing = [json!({ "of_quota": "0" }), json!({ "value": value(0) })];
        if *key == "bands" && before.is_none() && !nothing.contains(&begins) {
            // What is below the first band counts as it is.
            let lowest = json!({ "of_quota": "0" });
            tiers.push(json!({ "from": lowest, "to": begins, "pays": { "multiplier": "1" } }));
        }
        let pays = match (&tier["rate"], &tier["multiplier"], &tier["pays_when_full"]) {
            (rate, Value::Null, Value::Null) => json!({ "rate": number(rate)? }),
            (Value::Null, times, Value::Null) => json!({ "multiplier": number(times)? }),
            (Value::Null, Value::Null, full) => json!({ "when_full": value(micro(full)?) }),
            _ => return fault(format!("{tier} pays in more than one way")),
        };
        let retroactive = tier["retroactive"].as_bool().unwrap_or(false);
        let mut one = json!({ "from": begins, "pays": pays, "retroactive": retroactive });
        if let Some(to) = threshold(tier, "to")? {
            one["to"] = to;
        }
        tiers.push(one);
    }
    Ok(tiers)
}

/// Where a tier begins or ends: an amount, or per cent of the quota.
fn threshold(tier: &Value, key: &str) -> Outcome<Option<Value>> {
    let (amount, share) = (&tier[key], &tier[&*format!("{key}_pct")]);
    Ok(match (amount, share) {
        (Value::Null, Value::Null) => None,
        (amount, Value::Null) => Some(json!({ "value": value(micro(amount)?) })),
        (_, share) => {
            let share = micro(share)?;
            let share = super::plain(share).parse::<Rate>().map_err(Fault::new)?;
            let hundredth = "0.01".parse::<Rate>().map_err(Fault::new)?;
            let of_quota = share.checked_mul(hundredth).ok_or_else(|| Fault::new("a share"))?;
            Some(json!({ "of_quota": of_quota.to_string() }))
        }
    })
}
