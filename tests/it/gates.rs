//! How sure it is that a gate holds: what the cases at hand cannot say is uncertain.
use proto::analyse::stats::interval::Confidence;
use proto::analyse::stats::proportion::wilson;
use proto::analyse::{DecideOptions, Draws, decide};
use proto::domain::{Gate, GateOp, GateValue, MetricRef, WinnerRule};

use crate::drawn::{Outcome, Place, Study};

fn score(value: GateValue) -> Gate {
    let metric = MetricRef { name: "score".to_owned(), slice: None };
    Gate { text: "score".to_owned(), metric, op: GateOp::AtLeast, value }
}

/// The level of the decision, and how sure the gate of the last version is.
fn certainty(study: &Study, gate: &Gate) -> (f64, &'static str) {
    let rule = WinnerRule { weights: vec![("score".to_owned(), 1.0)], ..WinnerRule::default() };
    let options = DecideOptions { draws: Draws::nothing(), ..DecideOptions::default() };
    let decision = decide(&study.data(), &rule, std::slice::from_ref(gate), &options).expect("a decision");
    let last = decision.ranking.iter().max_by(|a, b| a.version.cmp(&b.version)).expect("a version");
    (decision.confidence, last.gates[0].certainty)
}

#[test]
fn after_a_race_gates_are_held_as_surely_as_the_verdict_is_made() {
    let mut study = Study::new(&["one".to_owned()], 1, false);
    for case in 0..60 {
        let place = Place { version: 0, case, repeat: 0, cluster: None };
        study.push(place, Outcome::ok(f64::from(u8::from(case < 45)), 0.001, 1.0));
    }
    let low = |level: f64| wilson(45, 60, Confidence::new(level).expect("a level")).low.expect("an end");
    let gate = score(GateValue::Constant((low(0.95) + low(0.9875)) / 2.0));
    assert_eq!(certainty(&study, &gate), (0.95, "pass"));
    study.batch.settings.insert("race".into(), serde_json::json!({}));
    assert_eq!(certainty(&study, &gate), (0.9875, "uncertain"));
}

#[test]
fn what_differs_on_no_case_is_no_proof_that_none_does() {
    let beside = |plus| score(GateValue::Relative { version: None, times: 1.0, plus });
    for clustered in [false, true] {
        let mut study = Study::new(&["v0".to_owned(), "v1".to_owned()], 1, clustered);
        for (case, version) in (0..40).flat_map(|case| [(case, 0), (case, 1)]) {
            let cluster = clustered.then_some(case / 2);
            study.push(Place { version, case, repeat: 0, cluster }, Outcome::ok(1.0, 0.001, 1.0));
        }
        assert_eq!(certainty(&study, &beside(0.0)).1, "uncertain", "clustered: {clustered}");
        assert_eq!(certainty(&study, &beside(-0.2)).1, "pass", "clustered: {clustered}");
    }
}
