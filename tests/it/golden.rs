//! Golden decisions: `fixtures/golden/decisions/runs.json` through `compare` and `choose-winner`, from stored runs on.
//! Errors, runs that were not made, scores and costs nobody knows, alone and together.
use proto::analyse::{self, CompareOptions, DecideOptions};
use proto::domain::{Decision, Ranked, Report, RunStatus, Standing};
use proto::plan::rule_from_json;
use proto::stores::MeasuredValue;
use serde_json::Value;

use crate::drawn::{Outcome, Place, Study};

const METRICS: [&str; 3] = ["right", "cost", "latency"];

/// Fails unless `got` is the expected number within 1e-9, relative; null expects none.
fn close(got: Option<f64>, want: &Value, what: &str) {
    let agree = match (got, want.as_f64()) {
        (None, None) => want.is_null(),
        (Some(got), Some(want)) => (got - want).abs() <= 1e-9 * want.abs().max(1e-3),
        _ => false,
    };
    assert!(agree, "{what}: got {got:?}, expected {want}");
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|v| v.as_str().expect("a string").to_owned()).collect()
}

fn study(case: &Value) -> Study {
    let repeats = u32::try_from(case["repeats"].as_u64().expect("a count")).expect("few");
    let clusters = texts(&case["clusters"]);
    let index = |name: &String| clusters.iter().position(|other| other == name);
    let mut study = Study::new(&texts(&case["versions"]), repeats, !clusters.is_empty());
    for run in case["runs"].as_array().expect("runs") {
        let whole = |at: usize| usize::try_from(run[at].as_u64().expect("a whole number")).expect("small");
        let status = match run[3].as_str() {
            Some("ok") => RunStatus::Ok,
            Some("error") => RunStatus::Error,
            _ => RunStatus::NotRun,
        };
        let score = match (run[4].as_f64(), run[4].as_str()) {
            (Some(score), _) => Some(MeasuredValue::Scored(score, None)),
            (None, Some("failed")) => Some(MeasuredValue::Failed),
            (None, Some(_)) => Some(MeasuredValue::NotApplicable),
            (None, None) => None,
        };
        let cluster = clusters.get(whole(1)).and_then(index);
        let repeat = u32::try_from(whole(2)).expect("few");
        let place = Place { version: whole(0), case: whole(1), repeat, cluster };
        study.push(place, Outcome { status, score, cost: run[5].as_f64(), latency: run[6].as_f64() });
    }
    study
}

fn check_report(report: &Report, want: &Value, what: &str) {
    for version in &report.versions {
        let of = &want["report"][&version.name];
        let counts = (version.failed, version.not_run);
        assert_eq!(counts, (of["failed"].as_u64().expect("n"), of["not_run"].as_u64().expect("n")), "{what}");
        for metric in METRICS {
            let at = report.columns.iter().position(|column| column.name == metric).expect("a column");
            let (value, want) = (&version.values[at], &of[metric]);
            let what = format!("{metric} of {} in {what}", version.name);
            close(value.value, &want["value"], &what);
            let counts = (value.n, value.missing);
            assert_eq!(
                counts,
                (want["n"].as_u64().expect("n"), want["missing"].as_u64().expect("n")),
                "{what}"
            );
        }
    }
    for comparison in report.comparisons.iter().filter(|c| METRICS.contains(&c.metric.as_str())) {
        let want = &want["pairs"][&comparison.version][&comparison.metric];
        let what = format!("{} of {} in {what}", comparison.metric, comparison.version);
        assert_eq!(Some(comparison.pairs), want["pairs"].as_u64(), "{what}");
        if comparison.pairs > 0 {
            close(comparison.difference, &want["difference"], &what);
        }
    }
}

fn standing(ranked: &Ranked) -> String {
    match &ranked.standing {
        Standing::Ranked => "ranked".to_owned(),
        Standing::MissingMetric(metric) => format!("missing {metric}"),
        Standing::Coverage { metric, .. } => format!("coverage {metric}"),
        other => format!("{other:?}"),
    }
}

fn check_ranking(decision: &Decision, want: &Value, what: &str) {
    for weighted in &decision.weights {
        close(Some(weighted.weight), &want["weights"][&weighted.name], what);
        if weighted.reference.is_some() {
            close(weighted.reference, &want["references"][&weighted.name], what);
        }
    }
    for ranked in &decision.ranking {
        assert_eq!(standing(ranked), want["standing"][&ranked.version], "{} in {what}", ranked.version);
        if ranked.rank.is_none() {
            continue;
        }
        for (weighted, (value, _, _)) in decision.weights.iter().zip(&ranked.metrics) {
            close(*value, &want["values"][&ranked.version][&weighted.name], what);
        }
        let utility = &want["utility"][&ranked.version];
        close(ranked.utility, &utility["value"], what);
        close(ranked.interval.low, &utility["lower"], what);
        close(ranked.interval.high, &utility["upper"], what);
    }
}

fn check_verdict(decision: &Decision, want: &Value, what: &str) {
    assert_eq!(want["verdict"], decision.verdict.name(), "{what}");
    if want["leader"].is_null() {
        assert_eq!((&decision.leader, decision.margins.len()), (&None, 0), "{what}");
        return;
    }
    assert_eq!(want["leader"].as_str(), decision.leader.as_deref(), "{what}");
    assert_eq!(want["reason"].as_str(), decision.reason_code, "{what}");
    let counts = (Some(decision.cases), Some(decision.units), decision.more_cases_needed);
    assert_eq!(
        counts,
        (want["cases"].as_u64(), want["units"].as_u64(), want["more_cases"].as_u64()),
        "{what}"
    );
    assert_eq!(texts(&want["tie_set"]), decision.tie_set, "{what}");
    assert_eq!(texts(&want["contenders"]), decision.contenders, "{what}");
    assert_eq!(want["safe_to_pick"], decision.safe_to_pick, "{what}");
    close(decision.max_regret, &want["max_regret"], what);
    let rivals = want["rivals"].as_array().expect("rivals");
    assert_eq!(rivals.len(), decision.margins.len(), "{what}");
    for (want, margin) in rivals.iter().zip(&decision.margins) {
        assert_eq!(want["version"], margin.version.as_str(), "{what}");
        close(Some(margin.value), &want["margin"], what);
        close(margin.se, &want["se"], what);
        close(margin.interval.low, &want["lower"], what);
        close(margin.interval.high, &want["upper"], what);
        close(margin.p_beats, &want["p_beats"], what);
        assert_eq!(want["status"], margin.status.name(), "{what}");
        assert_eq!(want["units_needed"].as_u64(), margin.units_needed, "{what}");
    }
}

#[test]
fn decisions_from_runs_that_failed_or_say_nothing() {
    let file: Value =
        serde_json::from_str(include_str!("../../fixtures/golden/decisions/runs.json")).expect("JSON");
    let cases = file["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 24);
    for case in cases {
        let what = case["name"].as_str().expect("a name");
        let (data, rule) = (study(case).data(), rule_from_json(&case["rule"]));
        let mut compared = study(case);
        compared.batch.settings.insert("winner".to_owned(), case["rule"].clone());
        let report = analyse::compare(&compared.data(), &CompareOptions::default()).expect("a report");
        check_report(&report, &case["expected"], what);
        let draws = analyse::Draws::nothing();
        let options = DecideOptions { draws, ..DecideOptions::default() };
        let decision = analyse::decide(&data, &rule, &[], &options).expect("a decision");
        check_ranking(&decision, &case["expected"], what);
        check_verdict(&decision, &case["expected"], what);
    }
}
