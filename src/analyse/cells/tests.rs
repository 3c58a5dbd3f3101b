//! What a run says of `score`: errors are worst, what failed to judge leaves a gap, what does not apply leaves none. What
//! runs come to in a sum over a sum.
use serde_json::json;

use super::*;
use crate::analyse::made::{self, hash, measured};
use crate::domain::ErrorType;
use crate::stores::{MeasuredCase, MeasuredScore};

/// What two evaluators of weights 1 and 3 say of one run each.
fn cell(
    status: RunStatus,
    first: Option<MeasuredValue>,
    second: Option<MeasuredValue>,
    on_error: OnError,
) -> Cell {
    let evaluator = |name: &str, weight: f64| json!({"name": name, "kind": "equals", "hash": hash(name).hex(), "weight": weight});
    let settings = json!({
        "repeats": 1, "versions": [{"name": "v", "hash": hash("v").hex(), "model": "m"}],
        "evaluators": [evaluator("a", 1.0), evaluator("b", 3.0)], "winner": {},
    });
    let mut data = Data::new(&[made::batch(&settings)], false).expect("one batch");
    let mut run = measured(hash("v"));
    run.facts.status = status;
    run.error = (status == RunStatus::Error).then_some(ErrorType::Timeout);
    let score = |(name, value): (&str, Option<MeasuredValue>)| {
        Some(MeasuredScore { evaluator: name.into(), hash: hash(name), value: value? })
    };
    run.scores = [("a", first), ("b", second)].into_iter().filter_map(score).collect();
    let case = data.push_case(&MeasuredCase::default());
    data.push(case, &run);
    Cells::of(&data, &data.versions[0], Metric::Score, &[true], on_error).cells[0]
}

#[test]
fn a_score_is_the_mean_of_what_applies_and_a_gap_where_a_judge_failed() {
    let scored = |x| Some(MeasuredValue::Scored(x, None));
    let ok = |first, second| cell(RunStatus::Ok, first, second, OnError::Zero);
    assert_eq!(ok(scored(1.0), scored(0.0)), Cell::Value(0.25));
    assert_eq!(ok(scored(1.0), Some(MeasuredValue::NotApplicable)), Cell::Value(1.0));
    assert_eq!(ok(Some(MeasuredValue::NotApplicable), Some(MeasuredValue::NotApplicable)), Cell::Absent);
    assert_eq!(ok(scored(1.0), Some(MeasuredValue::Failed)), Cell::Missing);
    assert_eq!(ok(Some(MeasuredValue::Failed), scored(1.0)), Cell::Missing);
    assert_eq!(ok(scored(1.0), None), Cell::Missing, "not judged yet");
}

#[test]
fn an_error_is_the_worst_and_what_was_not_run_is_a_gap() {
    let of = |status, on_error| cell(status, None, None, on_error);
    assert_eq!(of(RunStatus::Error, OnError::Zero), Cell::Value(0.0));
    assert_eq!(of(RunStatus::Error, OnError::Exclude), Cell::Absent);
    assert_eq!(of(RunStatus::NotRun, OnError::Zero), Cell::Missing);
}

/// The sums of `cost_per_success` over runs of one case: what each costs, and whether it passes.
fn per_success(runs: &[(RunStatus, Option<f64>, bool)]) -> Cells {
    let settings = json!({
        "repeats": 1, "versions": [{"name": "v", "hash": hash("v").hex(), "model": "m"}], "winner": {},
        "evaluators": [{"name": "a", "kind": "equals", "hash": hash("a").hex(), "weight": 1.0}],
    });
    let mut data = Data::new(&[made::batch(&settings)], false).expect("one batch");
    let case = data.push_case(&MeasuredCase::default());
    for &(status, cost, passes) in runs {
        let mut run = measured(hash("v"));
        (run.facts.status, run.facts.cost_usd) = (status, cost);
        let value = MeasuredValue::Scored(f64::from(u8::from(passes)), Some(passes));
        run.scores = vec![MeasuredScore { evaluator: "a".into(), hash: hash("a"), value }];
        data.push(case, &run);
    }
    let metric = Metric::resolve("cost_per_success", &data).expect("a metric");
    Cells::of(&data, &data.versions[0], metric, &[true], OnError::Zero)
}

#[test]
fn a_run_is_in_both_sums_or_in_neither() {
    use RunStatus::{Error, Ok};
    let sums = |runs: &[_]| {
        let cells = per_success(runs);
        (cells.cells[0], cells.below.as_ref().expect("a sum over a sum")[0], cells.is_unknown())
    };
    let value = Cell::Value;
    // The pass whose cost is unknown would make the others look cheaper.
    assert_eq!(
        sums(&[(Ok, Some(2.0), true), (Ok, None, true), (Error, Some(1.0), false)]),
        (value(3.0), value(1.0), false)
    );
    assert_eq!(sums(&[(Ok, Some(2.0), false)]), (value(2.0), value(0.0), true));
    // What failed before it cost anything is no gap on either side.
    assert_eq!(sums(&[(Error, None, false)]), (Cell::Absent, Cell::Absent, true));
    assert_eq!(sums(&[(Ok, None, true)]), (Cell::Missing, Cell::Missing, true));
}
