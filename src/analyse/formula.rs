//! The formulas of `choose-winner`: how a metric becomes a utility. A table like a family's: to add a formula, add its
//! name to `domain::Formula`, its row to [`FORMULAS`] and, for a new shape, a variant of `stats::utility::Transform`.
use super::metric::Metric;
use super::stats::utility::{Goal, Transform as Utility};
use crate::domain::{Better, Formula, Unit};
use crate::metrics::Transform;

/// What the table knows of a formula.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Which.
    pub formula: Formula,
    /// The utility of a metric held against a reference, in the metric's own unit.
    pub shape: Shape,
    /// What a reader must know before trusting it; none for the default.
    pub caveat: Option<&'static str>,
}

/// Where a formula's utilities come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// From the version's own value and a reference.
    Reference(fn(Goal, f64) -> Utility),
    /// From the smallest and largest value of the compared set.
    Set,
    /// Raw numbers, each unit times a constant.
    Raw,
}

/// Every formula.
pub(super) const FORMULAS: &[Row] = &[
    Row { formula: Formula::Ratio, shape: Shape::Reference(ratio), caveat: None },
    Row {
        formula: Formula::Linear,
        shape: Shape::Reference(linear),
        caveat: Some(
            "formula linear: from twice the reference on, a cost or latency is worth 0, however much larger it is",
        ),
    },
    Row {
        formula: Formula::Log,
        shape: Shape::Reference(log),
        caveat: Some(
            "formula log: utilities have no bounds, so a version that is nearly free can win whatever its quality",
        ),
    },
    Row {
        formula: Formula::MinMax,
        shape: Shape::Set,
        caveat: Some(
            "formula minmax is set-dependent: adding or removing any version, even a losing one, can change who \
             wins, and between versions that hardly differ small differences count in full",
        ),
    },
    Row {
        formula: Formula::FutureAgi,
        shape: Shape::Raw,
        caveat: Some(
            "formula futureagi adds raw numbers: a millisecond weighs as much as a point of quality, a higher cost \
             counts as better, as it does there; use it to reproduce a result, not to decide",
        ),
    },
];

/// The row of a formula.
pub(super) fn row(formula: Formula) -> &'static Row {
    FORMULAS.iter().find(|row| row.formula == formula).unwrap_or(&FORMULAS[0])
}

/// Half of the utility at the reference, all of it at 0 (or at infinity, to maximise).
fn ratio(goal: Goal, reference: f64) -> Utility {
    Utility::Ratio { goal, reference }
}

/// Half of the utility at the reference, a straight line to 1 at 0 and to 0 at twice the reference.
fn linear(goal: Goal, reference: f64) -> Utility {
    match goal {
        Goal::Minimize => Utility::Linear { best: 0.0, worst: 2.0 * reference },
        Goal::Maximize => Utility::Linear { best: 2.0 * reference, worst: 0.0 },
    }
}

/// 0 at the reference, 1 for a factor of ten; values below a millionth of it count as that.
fn log(goal: Goal, reference: f64) -> Utility {
    Utility::Log { goal, reference, floor: 1e-6 * reference }
}

/// The utility of a metric whose transform needs no reference under this formula; `None` where one is needed.
pub(super) fn without_reference(formula: Formula, metric: Metric) -> Option<Utility> {
    match (row(formula).shape, metric.transform()) {
        (Shape::Raw, _) => Some(Utility::Raw { factor: raw(metric) }),
        // Replaced once the ranked versions are known.
        (Shape::Set, _) | (Shape::Reference(_), Transform::Identity) => Some(Utility::Identity),
        (Shape::Reference(_), Transform::Linear { best, worst }) => Some(Utility::Linear { best, worst }),
        (Shape::Reference(_), Transform::Ratio { .. }) => None,
    }
}

/// Points of 100, milliseconds (less is better), dollars (added: the sign is theirs).
fn raw(metric: Metric) -> f64 {
    match (metric.unit(), metric.better()) {
        (Unit::Score | Unit::Share, Better::Higher) => 100.0,
        (Unit::Score | Unit::Share, Better::Lower) => -100.0,
        (Unit::Seconds, _) => -1000.0,
        (Unit::Usd, _) | (_, Better::Higher) => 1.0,
        (_, Better::Lower) => -1.0,
    }
}

/// Min-max over the ranked versions' values of one metric.
pub(super) fn over_set(metric: Metric, values: &[f64]) -> Utility {
    let goal = if metric.better() == Better::Lower { Goal::Minimize } else { Goal::Maximize };
    Utility::min_max(goal, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::ranking::{ranks, total_utility};

    #[test]
    fn every_formula_has_its_row_and_all_but_the_default_their_caveat() {
        for name in Formula::NAMES {
            let formula = Formula::parse(name).unwrap();
            assert_eq!(row(formula).formula, formula);
            assert_eq!(row(formula).caveat.is_none(), formula == Formula::Ratio, "{name}");
        }
    }

    #[test]
    fn the_reference_is_worth_one_half_or_nothing() {
        for goal in [Goal::Minimize, Goal::Maximize] {
            assert!((ratio(goal, 3.0).utility(3.0) - 0.5).abs() < 1e-15);
            assert!((linear(goal, 3.0).utility(3.0) - 0.5).abs() < 1e-15);
            assert!(log(goal, 3.0).utility(3.0).abs() < 1e-15);
        }
    }

    #[test]
    fn the_vectors_of_the_other_tool_come_out() {
        let text = include_str!("../../fixtures/golden/futureagi.json");
        let golden: serde_json::Value = serde_json::from_str(text).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let weight = |name: &str| case["weights"][name].as_f64().unwrap();
            let weights: Vec<f64> = ["ctx", "tox", "avg_cost", "avg_latency_ms"].map(weight).to_vec();
            let versions = golden["versions"].as_object().unwrap();
            let builtin = |name| Metric::Builtin(crate::metrics::METRICS.find(name).unwrap(), None);
            let total = |version: &serde_json::Value| {
                let number = |name: &str| version[name].as_f64().unwrap();
                let values = [
                    (Metric::Evaluator(0), number("ctx") / 100.0),
                    (Metric::Evaluator(1), number("tox") / 100.0),
                    (builtin("cost"), number("avg_cost")),
                    (builtin("latency"), number("avg_latency_ms") / 1000.0),
                ];
                let utility = |(metric, x): (Metric, f64)| {
                    without_reference(Formula::FutureAgi, metric).unwrap().utility(x)
                };
                total_utility(&weights, &values.map(utility))
            };
            let totals: Vec<f64> = versions.values().map(total).collect();
            let places = ranks(&totals);
            for (i, name) in versions.keys().enumerate() {
                let want = &case["expected"][name];
                assert!((totals[i] - want[0].as_f64().unwrap()).abs() < 1e-9, "{name}: {case}");
                assert_eq!(places[i] as u64, want[1].as_u64().unwrap(), "{name}: {case}");
            }
        }
    }
}
