//! Contracts: their terms and their payments.

use super::{Row, legal, row};
use crate::event::contract::{
    ContractAmended, ContractRenewed, ContractSigned, ContractTerminated, ScheduledPayment,
};
use crate::ids::ContractId;
use crate::money::Money;
use crate::words::{day, eur, id, on, usd, value};

fn signed<const N: usize>(
    worth: &str,
    ends: Option<&str>,
    payments: [(&str, Money); N],
) -> ContractSigned {
    let payment = |(due, amount): (&str, Money)| ScheduledPayment { due: day(due), amount };
    ContractSigned {
        contract: id("contract"),
        number: "K-1".into(),
        offer: None,
        manager: None,
        value: value(worth),
        starts: day("01-01"),
        ends: ends.map(day),
        notice_days: Some(30),
        renews_itself: false,
        payment_schedule: payments.into_iter().map(payment).collect(),
        terms: None,
    }
}

fn amended(worth: Option<&str>, schedule: Option<Vec<ScheduledPayment>>) -> ContractAmended {
    ContractAmended {
        contract: id("contract"),
        value: worth.map(value),
        ends: None,
        payment_schedule: schedule,
        terms: None,
        reason: None,
    }
}

fn renewed(worth: &str, ends: &str) -> ContractRenewed {
    ContractRenewed {
        contract: id("contract"),
        value: value(worth),
        starts: day("2027-01-01"),
        ends: Some(day(ends)),
    }
}

fn terminated() -> ContractTerminated {
    ContractTerminated { contract: id("contract"), last_day: day("06-30"), reason: None }
}

pub(super) fn rows() -> Vec<Row> {
    let contract: ContractId = id("contract");
    let start = || on("01-01", signed("1200", None, []));
    let half = ScheduledPayment { due: day("07-01"), amount: eur(600_00) };
    vec![
        row(
            "contract_exists",
            format!("contract {contract} already exists"),
            [start()],
            on("01-02", signed("1200", None, [])),
        ),
        row(
            "contract_unknown",
            format!("contract {contract} is not known"),
            [],
            on("01-02", terminated()),
        ),
        row(
            "contract_terminated",
            format!("contract {contract} was terminated"),
            [start(), on("03-01", terminated())],
            on("03-02", amended(None, None)),
        ),
        row(
            "contract_ends_before_start",
            "it ends on 2025-12-31, before it starts on 2026-01-01",
            [],
            on("01-01", signed("1200", Some("2025-12-31"), [])),
        ),
        row(
            "contract_ends_before_start",
            "it ends on 2026-12-31, before it starts on 2027-01-01",
            [start()],
            on("12-01", renewed("1200", "12-31")),
        ),
        row(
            "contract_value_negative",
            "a contract is not worth -0.01 EUR",
            [],
            on("01-01", signed("-0.01", None, [])),
        ),
        row(
            "contract_value_negative",
            "a contract is not worth -5.00 EUR",
            [start()],
            on("12-01", renewed("-5", "2027-12-31")),
        ),
        row(
            "contract_schedule_differs",
            "the payments sum to 1199.99 EUR, the contract is worth 1200.00 EUR",
            [],
            on("01-01", signed("1200", None, [("01-01", eur(600_00)), ("07-01", eur(599_99))])),
        ),
        row(
            "contract_schedule_differs",
            "the payments sum to 600.00 EUR, the contract is worth 900.00 EUR",
            [start()],
            on("02-01", amended(Some("900"), Some(vec![half]))),
        ),
        row(
            "contract_amount",
            "EUR and USD cannot be combined without a stated rate",
            [],
            on("01-01", signed("1200", None, [("01-01", usd(1200_00))])),
        ),
    ]
}

#[test]
fn a_contract_runs_without_an_end_or_a_day_long_and_may_be_worth_nothing() {
    legal([on("01-01", signed("1200", None, []))]);
    legal([on("01-01", signed("0", Some("01-01"), []))]);
    // Concluded after it began.
    legal([on("03-01", signed("1200", Some("12-31"), []))]);
}

#[test]
fn a_contract_is_amended_renewed_and_terminated() {
    let schedule = [("01-01", eur(600_00)), ("07-01", eur(600_00))];
    legal([
        on("01-01", signed("1200", Some("12-31"), schedule)),
        on("02-01", amended(Some("900"), None)),
        on("12-01", renewed("1500", "2027-12-31")),
        on("2027-02-01", terminated()),
    ]);
}
