//! `agreement.json`, `ppi.json` (section J).

use super::fixture::{confidence, golden, numbers};
use crate::analyse::stats::agreement::{Confusion, Weighting};
use crate::analyse::stats::krippendorff::{Level, alpha};
use crate::analyse::stats::ppi::prediction_powered;
use serde_json::Value;

/// Ratings as indices of their categories.
fn indices(ratings: &Value, categories: &[f64]) -> Vec<usize> {
    let index = |r: f64| categories.iter().position(|&c| c == r).expect("a known category");
    numbers(ratings).into_iter().map(index).collect()
}

/// Units by raters: given so, or as two lists.
fn units(case: &Value) -> Vec<Vec<Option<f64>>> {
    if let Some(units) = case["units"].as_array() {
        let row = |unit: &Value| unit.as_array().expect("raters").iter().map(Value::as_f64).collect();
        return units.iter().map(row).collect();
    }
    numbers(&case["a"]).into_iter().zip(numbers(&case["b"])).map(|(a, b)| vec![Some(a), Some(b)]).collect()
}

#[test]
fn agreement_of_raters() {
    let golden = golden!("agreement");
    for case in golden.cases() {
        let units = units(case);
        golden.check(case, "alpha_nominal", alpha(&units, Level::Nominal));
        golden.check(case, "alpha_ordinal", alpha(&units, Level::Ordinal));
        golden.check(case, "alpha_interval", alpha(&units, Level::Interval));
        if case["categories"].is_null() {
            continue;
        }
        let categories = numbers(&case["categories"]);
        let (a, b) = (indices(&case["a"], &categories), indices(&case["b"], &categories));
        let confusion = Confusion::of(&a, &b, categories.len());
        golden.check(case, "percent_agreement", confusion.agreement());
        golden.check(case, "kappa_none", confusion.kappa(Weighting::None));
        golden.check(case, "kappa_linear", confusion.kappa(Weighting::Linear));
        golden.check(case, "kappa_quadratic", confusion.kappa(Weighting::Quadratic));
        golden.check(case, "kappa_none_se", confusion.kappa_se());
        golden.check(case, "gwet_ac1", confusion.gwet_ac1());
    }
}

#[test]
fn prediction_powered_means() {
    let golden = golden!("ppi");
    let shared = &golden.cases()[0];
    let [human, labelled, unlabelled] =
        ["labelled_human", "labelled_judge", "unlabelled_judge"].map(|key| numbers(&shared[key]));
    for case in golden.cases() {
        let lambda = case["lambda_in"].as_f64();
        let got =
            prediction_powered(&human, &labelled, &unlabelled, lambda, confidence(case)).expect("labels");
        golden.check(case, "lambda_", got.lambda);
        golden.check(case, "estimate", got.estimate);
        golden.check(case, "se", got.se);
        golden.check_interval(case, ("lower", "upper"), got.interval);
    }
}
