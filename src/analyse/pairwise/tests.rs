//! Verdicts of a comparison: which way is better, and when too few of the cases are paired to say.
use serde_json::{Value, json};

use crate::analyse::compare::{CompareOptions, compare};
use crate::analyse::data::Data;
use crate::analyse::made::{self, hash, measured};
use crate::domain::ComparisonVerdict;
use crate::stores::{MeasuredCase, MeasuredScore, MeasuredValue};

/// The verdict on each version after the first, by score and by cost. A version is run on so many of 100 cases, with one
/// score and one cost on all of them.
fn verdicts(versions: &[(usize, f64, f64)], race: &Value) -> Vec<[ComparisonVerdict; 2]> {
    let name = |v: usize| format!("v{v}");
    let version = |v: usize| json!({"name": name(v), "hash": hash(&name(v)).hex(), "model": "m"});
    let mut settings = json!({
        "repeats": 1, "versions": (0..versions.len()).map(version).collect::<Vec<_>>(), "winner": {},
        "evaluators": [{"name": "equals", "kind": "equals", "hash": hash("equals").hex(), "weight": 1.0}],
    });
    if !race.is_null() {
        settings["race"] = race.clone();
    }
    let mut data = Data::new(&[made::batch(&settings)], false).expect("one batch");
    for case in 0..100 {
        let id = format!("c{case:03}");
        let number = data.push_case(&MeasuredCase { id: id.as_str().into(), ..MeasuredCase::default() });
        for (v, &(_, score, cost)) in versions.iter().enumerate().filter(|(_, version)| case < version.0) {
            let mut run = measured(hash(&name(v)));
            let value = MeasuredValue::Scored(score, None);
            run.scores = vec![MeasuredScore { evaluator: "equals".into(), hash: hash("equals"), value }];
            // A little apart from case to case: without any spread there would be no interval.
            run.facts.cost_usd = Some(cost * (1.0 + 0.1 * f64::from(case as u32 % 3) * (v as f64 + 1.0)));
            data.push(number, &run);
        }
    }
    data.settle();
    let report = compare(&data, &CompareOptions::default()).expect("a report");
    let of = |v: usize, metric: &str| {
        let is = |c: &&crate::domain::Comparison| c.version == name(v) && c.metric == metric;
        report.comparisons.iter().find(is).map(|c| c.verdict).expect("compared")
    };
    (1..versions.len()).map(|v| [of(v, "equals"), of(v, "cost")]).collect()
}

#[test]
fn higher_scores_and_lower_costs_are_better() {
    use ComparisonVerdict::{Better, Worse};
    let got = verdicts(&[(100, 0.5, 0.01), (100, 1.0, 0.001), (100, 0.0, 0.1)], &Value::Null);
    assert_eq!(got, [[Better, Better], [Worse, Worse]]);
}

#[test]
fn below_half_of_the_cases_there_is_no_verdict_but_on_what_a_race_stopped() {
    use ComparisonVerdict::{Inconclusive, Worse};
    let versions = [(100, 1.0, 0.001), (50, 0.0, 0.1), (49, 0.0, 0.1)];
    assert_eq!(verdicts(&versions, &Value::Null), [[Worse; 2], [Inconclusive; 2]]);
    let out =
        |v: &str| json!({"out": [{"hash": hash(v).hex(), "by": "v0", "after_cases": 40, "margin": 0.5}]});
    assert_eq!(verdicts(&versions, &out("v2")), [[Worse; 2]; 2]);
    assert_eq!(verdicts(&versions, &out("v1")), [[Worse; 2], [Inconclusive; 2]], "another one was stopped");
}
