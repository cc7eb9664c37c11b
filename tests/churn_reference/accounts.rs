//! Values of single accounts at stated parameters, computed by others with 40 digits.

use relatum_churn::{Parameters, Spend, Summary};
use relatum_tests::cases::{Fault, Outcome, fault, fields, list};
use serde_json::Value;

use super::fits::model;
use super::{Given, decimal, in_order, near};

/// As a share of the value.
const OF_CUSTOMERS: f64 = 1e-9;
const UNDER_STRESS: f64 = 1e-6;

/// The parameters that stand under `params` of a model in `of`.
fn parameters(name: &str, params: &Value) -> Outcome<Parameters> {
    let model = model(name)?;
    Parameters::new(model, &in_order(params, model.parameters())?).map_err(Fault::new)
}

fn summary(of: &Value) -> Outcome<Summary> {
    let x = of["x"].as_u64().and_then(|x| u32::try_from(x).ok());
    let x = x.ok_or_else(|| Fault::new(format!("{of} has no count")))?;
    Summary::new(x, decimal(&of["t_x"])?, decimal(&of["T"])?).map_err(Fault::new)
}

pub(crate) fn customers(given: &Given) -> Outcome<String> {
    let reference = &given.reference;
    let (published, fitted) =
        (&reference["published"], &reference["fits"]["cdnow_sample_summary_rounded2dp"]);
    let params = in_order(&published["Gamma-Gamma"]["params"], &Spend::PARAMETERS)?;
    let [p, q, gamma] = params[..] else { return fault("three parameters of spend") };
    let spend = Spend::new(p, q, gamma).map_err(Fault::new)?;
    let mut compared = 0;
    for customer in list(&reference["customers"])? {
        let of = summary(customer)?;
        let at = |fault: Fault| fault.at(&format!("customer {}", customer["id"]));
        for (key, of_models) in [("published_params", published), ("fitted_params", fitted)] {
            for (name, expected) in fields(&customer[key])? {
                let parameters = parameters(name, &of_models[name]["params"])?;
                compared += values(&parameters, &of, expected, OF_CUSTOMERS)
                    .map_err(|fault| at(fault.at(&format!("{key} of {name}"))))?;
            }
        }
        let total = decimal(&customer["zbar"])? * f64::from(of.x());
        let spent = of.with_spend(total).map_err(Fault::new)?;
        let expected = &customer["gamma_gamma_expected_spend_published"];
        let found = spend.expected(&spent).ok_or_else(|| Fault::new("no mean"))?;
        near("expected spend", expected, found, OF_CUSTOMERS).map_err(at)?;
        compared += 1;
    }
    if compared > 0 { Ok(format!("{compared} values")) } else { fault("nothing is expected") }
}

pub(crate) fn stress(given: &Given) -> Outcome<String> {
    let cases = list(&given.reference["stress"])?;
    let mut compared = 0;
    for case in cases {
        let name = case["model"].as_str().unwrap_or_default();
        let parameters = parameters(name, &case["params"])?;
        let of = |fault: Fault| fault.at(&format!("{} {} {}", case["origin"], name, case["x"]));
        compared += values(&parameters, &summary(case)?, case, UNDER_STRESS).map_err(of)?;
    }
    Ok(format!("{compared} values of {} cases", cases.len()))
}

/// Compares whatever is expected; how many that were.
fn values(of: &Parameters, account: &Summary, expected: &Value, within: f64) -> Outcome<u32> {
    let mut compared = 0;
    for (key, expected) in fields(expected)? {
        let horizon = |rest: &str| rest.trim_end_matches('w').parse::<f64>().map_err(Fault::new);
        let found = if key == "p_alive" {
            of.p_alive(account)
        } else if let Some(rest) = key.strip_prefix("expected_") {
            of.expected_purchases(account, horizon(rest)?)
        } else if let Some(rest) = key.strip_prefix("p_no_purchase_") {
            of.p_no_purchase(account, horizon(rest)?)
        } else {
            continue;
        };
        near(key, expected, found, within)?;
        compared += 1;
    }
    if compared > 0 { Ok(compared) } else { fault("no value is expected") }
}
