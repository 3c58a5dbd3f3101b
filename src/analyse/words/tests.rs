//! What few reasons say; those of whole decisions are read in `fixtures/stories/`.
use super::*;
use crate::formats::samples::{clear_winner, gate_failed};

const WORTH: Worth = Worth { scores: 0.6 };

#[test]
fn a_reason_names_the_metrics_that_matter_to_the_lead() {
    let mut won = clear_winner().1;
    let parts = |won: &mut Decision, parts: [f64; 3]| {
        won.margins[0].parts = parts.to_vec();
        reason(won, WORTH)
    };
    let said = parts(&mut won, [0.09, -0.02, -0.0089]);
    assert!(said.ends_with("score points; better on accuracy, worse on cost."), "{said}");
    assert!(parts(&mut won, [0.09, 0.02, 0.03]).ends_with("; better on accuracy and cost and latency."));
    assert!(parts(&mut won, [-0.02, 0.0, 0.0]).ends_with("; worse on accuracy."));
    assert!(parts(&mut won, [0.0; 3]).ends_with("score points."));
}

#[test]
fn what_taking_the_winner_changes_is_told_where_the_runner_up_is_another() {
    let mut won = clear_winner().1;
    let mut over_baseline = won.margins[0].clone();
    assert_eq!(over_baseline.version, won.baseline);
    (over_baseline.value, over_baseline.parts) = (over_baseline.value + 0.1, vec![-0.1, 0.2, 0.0]);
    assert!(!reason(&won, WORTH).contains("what you have"));
    won.margins[0].version = "other".to_owned();
    won.margins.push(over_baseline);
    let said = reason(&won, WORTH);
    assert!(said.ends_with(". Beside what you have, `base`: better on cost, worse on accuracy."), "{said}");
}

#[test]
fn who_is_left_out_is_told_with_the_gates_it_does_not_pass() {
    let mut decision = gate_failed().1;
    let said = reason(&decision, WORTH);
    assert!(
        said.ends_with("Left out: `flaky` does not pass `error_rate <= 0.02` and `latency < 30s`."),
        "{said}"
    );
    decision.ranking[2].standing = Standing::Coverage { metric: "cost".to_owned(), gaps: 0 };
    assert!(reason(&decision, WORTH).ends_with("Left out: `flaky` was not run on too many of the cases."));
    decision.ranking[2].standing = Standing::Coverage { metric: "cost".to_owned(), gaps: 7 };
    assert!(reason(&decision, WORTH).contains("`flaky` has no known `cost` on 7 of its "));
}
