//! The machine contract, field by field: what tools read must not move.
use std::collections::BTreeSet;

use serde_json::Value;

use super::{Json, decision_json, report_json};
use crate::domain::Repeated;
use crate::formats::{Format, Layout, samples};

/// The page that says what each field is.
const PAGE: &str = include_str!("../../../docs/json.md");
/// Objects whose keys are names.
const BY_NAME: [&str; 10] = [
    "contributions",
    "errors",
    "exchange_rates",
    "metrics",
    "reference_sources",
    "references",
    "robustness",
    "utilities",
    "values",
    "weights",
];

#[test]
fn the_contract_of_a_comparison() {
    let report = report_json(&samples::clear_winner().0);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!(keys(&report), @"project experiment batches dataset slice cases repeats units cluster_by weight_by baseline confidence difference_confidence simulated versions comparisons regressions repeated caveats");
    insta::assert_snapshot!(keys(&report["versions"][0]), @"name label hash model runs failed not_run errors cached retries queue_mean_s backoff_mean_s spent_usd throughput_per_s metrics");
    insta::assert_snapshot!(report["versions"][1]["metrics"]["cost"], @r#"{"value":0.000871,"unit":"usd","better":"lower","n":200,"missing":0,"interval":[0.00081,0.00094],"method":"log-t","is_score":false,"runs_needed":null,"design_effect":null,"spread":{"total":0.1742,"run_n":200,"run_mean":0.000871,"run_min":0.0004,"run_max":0.0031,"run_sd":0.00046,"case_min":0.0004,"case_max":0.0029,"case_sd":0.00041}}"#);
    insta::assert_snapshot!(report["comparisons"][0], @r#"{"version":"short","metric":"accuracy","difference":-0.005,"interval":[-0.041,0.031],"method":"t","ratio":null,"geometric_mean_ratio":null,"p_value":0.04,"p_adjusted":0.08,"p_mid":null,"wins":12,"losses":13,"ties":175,"n_pairs":200,"only_candidate":0,"only_baseline":0,"pairing":"case","coverage":1.0,"win_rate":0.4975,"net":-0.005,"d_z":null,"more_cases_needed":7840,"verdict":"inconclusive"}"#);
    insta::assert_snapshot!(report["comparisons"][1]["ratio"], @r#"{"value":0.408,"interval":[0.38,0.44],"method":"log-ratio"}"#);
    insta::assert_snapshot!(report["caveats"], @r#"[{"code":"cached-latency","message":"12 answers came from the cache; their latency is that of the run that filled it"}]"#);
}

#[test]
fn the_contract_of_a_decision() {
    let decision = decision_json(&samples::gate_failed().1);
    let fields = decision.as_object().unwrap().iter().filter(|(key, _)| *key != "ranking");
    let lines: Vec<String> = fields.map(|(key, value)| format!("{key}: {value}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    project: "desk"
    experiment: "extract-invoices"
    verdict: "undecided"
    winner: null
    leader: "careful"
    advice: "Run about 230 more cases: that many would settle it four times in five."
    reason: "`careful` is ahead of `base` by 0.008 of utility (likely -0.012 to 0.028)."
    reason_code: "unresolved"
    baseline: "base"
    margin: {"version":"base","value":0.008,"se":0.01,"interval":[-0.012,0.028],"p_beats":0.78,"status":"unresolved","units_needed":null,"more_cases_needed":228,"contributions":{"valid":0.016,"cost":-0.016,"latency":0.008}}
    margins: [{"version":"base","value":0.008,"se":0.01,"interval":[-0.012,0.028],"p_beats":0.78,"status":"unresolved","units_needed":null,"more_cases_needed":228,"contributions":{"valid":0.016,"cost":-0.016,"latency":0.008}}]
    pareto: []
    tie_set: []
    contenders: ["careful","base"]
    suggestion: null
    safe_to_pick: false
    max_regret: 0.012
    more_cases_needed: 228
    weights: {"valid":0.6,"cost":0.2,"latency":0.2}
    references: {"cost":0.002134,"latency":0.812}
    reference_sources: {"cost":"baseline","latency":"baseline"}
    exchange_rates: {"cost":5.555,"latency":5.555}
    formula: "ratio"
    sensitivity: [{"metric":"valid","weight":0.6,"holds_from":0.52,"holds_to":1.0,"beyond_low":"base","beyond_high":null}]
    robustness: {}
    rope: 0.01
    confidence: 0.95
    seed: 42
    replicates: 10000
    cases: 94
    units: 94
    cluster_by: null
    weight_by: null
    caveats: []
    "#);
}

#[test]
fn the_contract_of_a_ranking() {
    let decision = decision_json(&samples::gate_failed().1);
    let fields = decision["ranking"][2].as_object().unwrap().iter();
    let lines: Vec<String> = fields.map(|(key, value)| format!("{key}: {value}")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    version: "flaky"
    label: "1.0"
    hash: "sha256:bdbb9deb8e394404f4c85bcd0c3f0f0ccacb8947febb8dfdb961fb11224a9f67"
    rank: null
    rank_interval: null
    utility: 0.64
    interval: [0.59,0.68]
    expected_rank: null
    p_best: null
    p_feasible: null
    p_pareto: null
    contributions: {"valid":0.53,"cost":0.098,"latency":0.012}
    values: {"valid":0.883,"cost":0.0148,"latency":71.2}
    utilities: {"valid":0.883,"cost":0.49,"latency":0.03}
    eligible: false
    standing: "gate_failed"
    standing_metric: null
    standing_gaps: null
    utility_at_best: null
    behind_at_best: null
    failed_gates: ["error_rate <= 0.02","latency < 30s"]
    gates: [{"gate":"error_rate <= 0.02","value":0.032,"bound":0.02,"unit":"share","passed":false,"missed_by":0.012,"certainty":"uncertain"},{"gate":"latency < 30s","value":71.2,"bound":30.0,"unit":"s","passed":false,"missed_by":41.2,"certainty":"fail"}]
    pareto: false
    dominated_by: "base"
    cost_usd: null
    runs: 200
    failed: 0
    "#);
}

#[test]
fn what_is_unknown_is_null() {
    let (report, decision) = samples::hostile();
    assert!(report_json(&report)["versions"][0]["metrics"]["cost"]["value"].is_null());
    assert!(decision_json(&decision)["max_regret"].is_null());
}

/// Paths of all fields as the page writes them.
fn paths(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let by_name = BY_NAME.contains(&at.rsplit('.').next().unwrap_or_default());
            for (key, value) in fields {
                let key = if by_name { "*" } else { key };
                let path = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
                if !by_name || !value.is_object() {
                    found.insert(path.clone());
                }
                paths(value, &path, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, &format!("{at}[]"), found)),
        _ => {}
    }
}

/// Fields that only hold others are not explained by themselves.
fn explained(documents: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in documents {
        paths(&serde_json::from_str(text).unwrap(), "", &mut found);
    }
    let all = found.clone();
    let holds = |path: &String| {
        let inner = |other: &String| {
            other.starts_with(&format!("{path}[].")) || other.starts_with(&format!("{path}.*"))
        };
        BY_NAME.contains(&path.rsplit('.').next().unwrap_or_default()) || all.iter().any(inner)
    };
    found.retain(|path| !holds(path) && !path.starts_with("margin."));
    found
}

/// The fields the page explains under that heading.
fn on_the_page(heading: &str) -> BTreeSet<String> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(heading)).expect("the heading");
    let field = |line: &str| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned());
    section.lines().filter_map(field).collect()
}

#[test]
fn every_field_is_on_the_page_and_every_field_of_the_page_is_there() {
    let (mut reports, mut decisions) = (Vec::new(), Vec::new());
    for (mut report, decision) in samples::all() {
        report.repeated.push(Repeated {
            version: "a".into(),
            metric: "m".into(),
            repeats: 2,
            flip_rate: None,
            pass_any: None,
            pass_all: None,
            share: None,
            cases_worth: None,
        });
        for comparison in &mut report.comparisons {
            comparison.typical = comparison.ratio;
        }
        reports.push(Json.report(&report, Layout::default()));
        decisions.push(Json.decision(&decision, Layout::default()));
    }
    for (heading, documents) in [("proto.compare/1", &reports), ("proto.decision/1", &decisions)] {
        let (said, written) = (explained(documents), on_the_page(heading));
        let unexplained: Vec<&String> = said.difference(&written).collect();
        let gone: Vec<&String> = written.difference(&said).collect();
        assert!(
            unexplained.is_empty() && gone.is_empty(),
            "{heading}: not on the page {unexplained:?}, not there {gone:?}"
        );
    }
}
