//! `decision.json`, `decision_missing.json` (sections D.1 to D.3, F), `power.json` (F).

use super::fixture::{Golden, confidence, golden, groups, number, strings};
use super::utilities::{names, transform};
use crate::analyse::stats::estimate::Estimates;
use crate::analyse::stats::panel::{Cell, Measure, Metric, Panel};
use crate::analyse::stats::power::cases_for_difference;
use crate::analyse::stats::rule::Rule;
use crate::analyse::stats::verdict::{Decision, Reason, Verdict, decide};
use crate::analyse::stats::weights::normalise;
use serde_json::Value;

/// A number; null is missing; "absent" is what an error run has no value for.
fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Missing,
        Value::String(_) => Cell::Absent,
        number => Cell::Value(number.as_f64().expect("a number")),
    }
}

fn cells(list: &Value) -> Vec<Cell> {
    list.as_array().expect("one entry per case").iter().map(cell).collect()
}

/// The metrics of a case with normalised weights.
pub fn metrics(case: &Value) -> Vec<Metric> {
    let names = names(&case["metrics"]);
    let given: Vec<f64> = names.iter().map(|m| number(&case["weights"], m)).collect();
    let weights = normalise(&given).expect("usable weights");
    let one = |(name, weight): (&&str, f64)| {
        let metric = &case["metrics"][name];
        Metric { transform: transform(metric, &[]), weight, evaluator: metric["eval"] == true }
    };
    names.iter().zip(weights).map(one).collect()
}

fn solve(case: &Value) -> (Estimates, Decision) {
    let metrics = metrics(case);
    let (versions, columns) = (names(&case["data"]), names(&case["metrics"]));
    let data: Vec<Vec<Vec<Cell>>> =
        versions.iter().map(|v| columns.iter().map(|m| cells(&case["data"][v][m])).collect()).collect();
    let measures: Vec<Vec<Measure<'_>>> =
        data.iter().map(|row| row.iter().map(|cells| Measure::Mean(cells)).collect()).collect();
    let groups = groups(&case["clusters"]);
    let panel =
        Panel { metrics: &metrics, versions: &measures, cases: data[0][0].len(), groups: groups.as_deref() };
    let rule = Rule { confidence: confidence(case), rope: number(case, "rope"), ..Rule::default() };
    let estimates = Estimates::of(&panel, rule.level()).expect("estimates");
    let decision = decide(&panel, &estimates, estimates.leader(), &rule);
    (estimates, decision)
}

fn check_estimates(golden: &Golden, case: &Value, got: &Estimates) {
    let want = &case["expected"];
    assert_eq!(
        (want["n"].as_u64(), want["units"].as_u64()),
        (Some(got.sample.n as u64), Some(got.sample.units as u64))
    );
    for (v, version) in names(&case["data"]).into_iter().enumerate() {
        for (m, metric) in names(&case["metrics"]).into_iter().enumerate() {
            golden.check(&want["means"][version], metric, got.values[v][m]);
            golden.check(&want["utilities"][version], metric, got.utilities[v][m]);
        }
        golden.check(&want["utility"], version, got.totals[v]);
    }
}

fn check_rivals(golden: &Golden, case: &Value, got: &Decision) {
    let wanted = case["expected"]["rivals"].as_array().expect("rivals");
    assert_eq!(wanted.len(), got.rivals.len());
    let versions = names(&case["data"]);
    for (want, rival) in wanted.iter().zip(&got.rivals) {
        assert_eq!(want["version"], versions[rival.version]);
        golden.check(want, "margin", rival.margin);
        golden.check(want, "h", rival.pseudo);
        golden.check(want, "se", rival.se);
        golden.check_interval(want, ("lower", "upper"), rival.interval);
        golden.check(want, "p_beats", rival.p_beats);
        assert_eq!(want["status"], rival.status.name());
        assert_eq!(want["units_needed"].as_u64(), rival.units_needed, "{want}");
    }
}

fn check_decision(golden: &Golden, case: &Value, got: &Decision) {
    let want = &case["expected"];
    let versions = names(&case["data"]);
    let named = |of: &[usize]| of.iter().map(|&v| versions[v].to_owned()).collect::<Vec<String>>();
    let verdict = match got.verdict {
        Verdict::Undecided => "insufficient_evidence",
        decided => decided.name(),
    };
    assert_eq!(want["verdict"], verdict, "{case}");
    assert_eq!(want["leader"], versions[got.leader]);
    let tie_set = if want["tie_set"].is_null() { Vec::new() } else { strings(&want["tie_set"]) };
    assert_eq!(tie_set, named(&got.tie_set));
    assert_eq!(strings(&want["contenders"]), named(&got.contenders));
    assert_eq!(want["safe_to_pick"], got.safe_to_pick);
    golden.check(want, "max_regret", got.max_regret);
    assert_eq!(want["n_more_cases"].as_u64(), got.more_cases, "{case}");
}

fn check_file(golden: &Golden) {
    for case in golden.cases() {
        let (estimates, decision) = solve(case);
        check_estimates(golden, case, &estimates);
        check_rivals(golden, case, &decision);
        check_decision(golden, case, &decision);
    }
}

#[test]
fn decisions_on_complete_data() {
    check_file(&golden!("decision"));
}

#[test]
fn decisions_on_data_with_gaps() {
    let golden = golden!("decision_missing");
    check_file(&golden);
    for case in golden.cases() {
        let (estimates, decision) = solve(case);
        let want = &case["expected"];
        assert_eq!(want["fewest_units"], estimates.sample.fewest_units, "{case}");
        assert_eq!(want["reason"].as_str(), decision.reason.map(Reason::name), "{case}");
        let shares = names(&want["coverage"]).into_iter().map(|m| number(&want["coverage"], m));
        golden.close(Some(estimates.sample.coverage), &shares.fold(1.0, f64::min).into(), "coverage");
        for (m, metric) in names(&case["metrics"]).into_iter().enumerate() {
            assert_eq!(want["metric_cases"][metric], estimates.sample.common[m].len(), "{metric} of {case}");
        }
    }
}

#[test]
fn planned_sample_sizes() {
    let golden = golden!("power");
    for case in golden.cases() {
        let x = |key| number(case, key);
        let raw = cases_for_difference(x("delta"), x("sd_diff"), x("power"), confidence(case));
        golden.check(case, "n_raw", raw);
        assert_eq!(case["n"].as_f64(), Some(raw.ceil()));
    }
}
