//! `utility.json` (sections C, E): transforms, weights, ranks, sensitivity to the weights, Pareto front.

use super::fixture::{Golden, golden, number, strings};
use crate::analyse::stats::pareto::dominated_by;
use crate::analyse::stats::ranking::{ranks, total_utility};
use crate::analyse::stats::sensitivity::weight_interval;
use crate::analyse::stats::utility::{Goal, Transform};
use crate::analyse::stats::weights::normalise;
use serde_json::Value;

/// The keys of an object, in file order.
pub fn names(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The transform of a metric; `column` holds the values of the compared set.
pub fn transform(metric: &Value, column: &[f64]) -> Transform {
    let goal = if metric["goal"] == "maximize" { Goal::Maximize } else { Goal::Minimize };
    match metric["transform"].as_str().expect("a transform") {
        "identity" => Transform::Identity,
        "linear" => Transform::Linear { best: number(metric, "best"), worst: number(metric, "worst") },
        "ratio" => Transform::Ratio { goal, reference: number(metric, "ref") },
        "log" => Transform::Log { goal, reference: number(metric, "ref"), floor: number(metric, "floor") },
        "minmax" => Transform::min_max(goal, column),
        other => panic!("`{other}` has no test"),
    }
}

/// A scenario with its utilities computed here.
struct Scenario<'a> {
    versions: Vec<&'a str>,
    metrics: Vec<&'a str>,
    weights: Vec<f64>,
    utilities: Vec<Vec<f64>>,
    totals: Vec<f64>,
}

impl<'a> Scenario<'a> {
    fn of(case: &'a Value) -> Self {
        let (versions, metrics) = (names(&case["versions"]), names(&case["metrics"]));
        let given: Vec<f64> = metrics.iter().map(|m| case["weights"][m].as_f64().unwrap_or(0.0)).collect();
        let weights = normalise(&given).expect("usable weights");
        let value = |v: &str, m: &str| number(&case["versions"][v], m);
        let column = |m: &&str| -> Vec<f64> { versions.iter().map(|v| value(v, m)).collect() };
        let transforms: Vec<Transform> =
            metrics.iter().map(|m| transform(&case["metrics"][m], &column(m))).collect();
        let worth = |v: &&str| -> Vec<f64> {
            metrics.iter().zip(&transforms).map(|(m, t)| t.utility(value(v, m))).collect()
        };
        let utilities: Vec<Vec<f64>> = versions.iter().map(worth).collect();
        let totals = utilities.iter().map(|u| total_utility(&weights, u)).collect();
        Self { versions, metrics, weights, utilities, totals }
    }
}

fn check_totals(golden: &Golden, case: &Value, scenario: &Scenario<'_>) {
    for (m, name) in scenario.metrics.iter().enumerate() {
        golden.check(&case["normalized_weights"], name, scenario.weights[m]);
    }
    let ranks = ranks(&scenario.totals);
    for (v, name) in scenario.versions.iter().enumerate() {
        for (m, metric) in scenario.metrics.iter().enumerate() {
            golden.check(&case["utilities"][name], metric, scenario.utilities[v][m]);
        }
        golden.check(&case["utility"], name, scenario.totals[v]);
        assert_eq!(case["rank"][name], ranks[v], "{case}");
    }
    let mut descending = scenario.totals.clone();
    descending.sort_by(|a, b| b.total_cmp(a));
    golden.check(case, "margin", descending[0] - descending[1]);
}

#[test]
fn utilities_and_ranks() {
    let golden = golden!("utility");
    for case in golden.cases() {
        check_totals(&golden, case, &Scenario::of(case));
    }
}

fn check_sensitivity(golden: &Golden, case: &Value, scenario: &Scenario<'_>) {
    let leader = ranks(&scenario.totals).iter().position(|&r| r == 1).expect("a first version");
    assert_eq!(case["sensitivity_for"], scenario.versions[leader]);
    for (m, metric) in scenario.metrics.iter().enumerate() {
        let got = weight_interval(&scenario.utilities, &scenario.weights, m, leader);
        let want = &case["sensitivity"][metric];
        golden.check(want, "weight", scenario.weights[m]);
        golden.check(want, "lower", got.low);
        golden.check(want, "upper", got.high);
        assert_eq!(want["takeover_below"].as_str(), got.below.map(|v| scenario.versions[v]), "{want}");
        assert_eq!(want["takeover_above"].as_str(), got.above.map(|v| scenario.versions[v]), "{want}");
    }
}

#[test]
fn sensitivity_and_pareto_front() {
    let golden = golden!("utility");
    for case in golden.cases() {
        let scenario = Scenario::of(case);
        check_sensitivity(&golden, case, &scenario);
        let dominators = dominated_by(&scenario.utilities, &scenario.weights);
        for (version, by) in scenario.versions.iter().zip(&dominators) {
            let names: Vec<&str> = by.iter().map(|&v| scenario.versions[v]).collect();
            let want = &case["dominated_by"][version];
            assert_eq!(if want.is_null() { Vec::new() } else { strings(want) }, names, "{case}");
            assert_eq!(strings(&case["pareto_front"]).iter().any(|v| v == version), by.is_empty());
        }
    }
}
