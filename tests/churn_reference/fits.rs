//! Fits of the CDNOW sample against those of others.

use relatum_churn::{Book, Diagnostics, Model, Summary, fit, fit_spend};
use relatum_tests::cases::{Fault, Outcome, fault, fields};
use serde_json::Value;

use super::histories::day;
use super::{Given, decimal, in_order, near};

/// Parameters and standard errors, as a share of themselves; log-likelihoods as they are.
const WITHIN: f64 = 1e-3;

pub(crate) fn model(name: &str) -> Outcome<Model> {
    Ok(match name {
        "NBD" => Model::Nbd,
        "BG/NBD" => Model::BgNbd,
        "MBG/NBD" => Model::MbgNbd,
        "Pareto/NBD" => Model::ParetoNbd,
        other => match other.strip_prefix("MBG/CNBD-").and_then(|k| k.parse().ok()) {
            Some(k) => Model::MbgCnbd { k },
            None => return fault(format!("model `{other}` cannot be expressed")),
        },
    })
}

/// The last day of calibration.
pub(crate) fn calibrated() -> Outcome<i32> {
    day("1997-09-30", "%Y-%m-%d")
}

/// Times in days by seven.
pub(crate) fn to_days(given: &Given) -> Outcome<String> {
    let summaries = given.cdnow.summaries(calibrated()?)?;
    compared(&given.reference["fits"]["cdnow_sample_exact_days/7"], &summaries)?;
    compared(&given.reference["fits"]["cdnow_sample_exact"], &summaries)
}

/// Times and mean spend with two decimals, as the published summary has them.
pub(crate) fn rounded(given: &Given) -> Outcome<String> {
    // Half up: binary fractions lie a little below the halves that they stand for.
    let two = |number: f64| number.mul_add(100.0, 1e-6).round() / 100.0;
    let round = |it: Summary| {
        let times = Summary::new(it.x(), two(it.t_x()), two(it.t()));
        let spend = it.mean_spend().map(two).unwrap_or(0.0) * f64::from(it.x());
        times.and_then(|times| times.with_spend(spend)).map_err(Fault::new)
    };
    let summaries: Outcome<Vec<Summary>> =
        given.cdnow.summaries(calibrated()?)?.into_iter().map(round).collect();
    compared(&given.reference["fits"]["cdnow_sample_summary_rounded2dp"], &summaries?)
}

/// Times between purchases as regular as every k-th event.
pub(crate) fn regular(given: &Given) -> Outcome<String> {
    let summaries = given.cdnow.summaries(calibrated()?)?;
    compared(&given.reference["evaluation"]["cdnow_sample"]["fits"], &summaries)
}

fn compared(expected: &Value, summaries: &[Summary]) -> Outcome<String> {
    let book = Book::new(summaries);
    let mut shown = Vec::new();
    for (name, expected) in fields(expected)? {
        let (values, names, found) = if name == "Gamma-Gamma" {
            let (spend, found) = fit_spend(summaries).map_err(Fault::new)?;
            (spend.values().to_vec(), relatum_churn::Spend::PARAMETERS.as_slice(), found)
        } else {
            let model = model(name)?;
            let fit = fit(model, &book).map_err(Fault::new)?;
            (fit.parameters.values().to_vec(), model.parameters(), fit.diagnostics)
        };
        let of = |fault: Fault| fault.at(name);
        parameters(expected, &values, names, &found).map_err(of)?;
        let off = decimal(&expected["ll"])? - found.ln_likelihood;
        if off.abs() > WITHIN {
            return fault(format!("{name}: log-likelihood {} off", off));
        }
        if !found.converged || found.at_boundary || found.condition.is_none() {
            return fault(format!("{name}: {found:?}"));
        }
        let accounts = expected["n"].as_u64().unwrap_or(found.accounts as u64);
        if accounts != found.accounts as u64 {
            return fault(format!("{name}: {} accounts, not {accounts}", found.accounts));
        }
        shown.push(format!("{name} {:.4}", found.ln_likelihood));
    }
    if shown.is_empty() { fault("nothing is expected") } else { Ok(shown.join(", ")) }
}

fn parameters(expected: &Value, values: &[f64], names: &[&str], found: &Diagnostics) -> Outcome {
    let (params, errors) = (&expected["params"], &expected["se"]);
    let wanted = in_order(params, names)?;
    for ((name, wanted), value) in names.iter().zip(wanted).zip(values) {
        near(name, &wanted.into(), *value, WITHIN)?;
    }
    if errors.is_null() {
        return Ok(());
    }
    let own = found.standard_errors.as_deref().unwrap_or_default();
    for ((name, wanted), error) in names.iter().zip(in_order(errors, names)?).zip(own) {
        near(&format!("error of {name}"), &wanted.into(), *error, WITHIN)?;
    }
    Ok(())
}

/// The parameters that the papers print, to the digits that they print; times in days by seven.
pub(crate) fn published(given: &Given) -> Outcome<String> {
    let book = Book::new(&given.cdnow.summaries(calibrated()?)?);
    let mut shown = Vec::new();
    for name in ["BG/NBD", "Pareto/NBD", "MBG/NBD"] {
        let model = model(name)?;
        let params = &given.reference["published"][name]["params"];
        let found = fit(model, &book).map_err(Fault::new)?.parameters;
        let wanted = in_order(params, model.parameters())?;
        for ((parameter, wanted), found) in
            model.parameters().iter().zip(wanted).zip(found.values())
        {
            let (wanted, found) = (format!("{wanted:.3}"), format!("{found:.3}"));
            if wanted != found {
                return fault(format!("{name}: {parameter} is {wanted}, got {found}"));
            }
        }
        shown.push(name);
    }
    Ok(shown.join(", "))
}
