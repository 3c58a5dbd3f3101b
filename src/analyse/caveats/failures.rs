//! What failed runs do to a decision's numbers: the comparison shows it in its table, the decision only here.
use super::super::cells::Cells;
use super::super::data::{Data, Measured, RunFacts};
use super::super::metric::Metric;
use super::caveat;
use crate::domain::{Caveat, Decision, OnError, RunStatus};
use crate::formats::numbers::score;

pub(super) fn note(data: &Data, decision: &Decision, selected: &[bool], found: &mut Vec<Caveat>) {
    errors(data, decision, selected, found);
    free_failures(data, decision, selected, found);
}

/// Who failed: the comparison shows it in its table, the decision only here.
fn errors(data: &Data, decision: &Decision, selected: &[bool], found: &mut Vec<Caveat>) {
    for version in &data.versions {
        let (runs, failed) = version.fared(selected);
        if failed > 0 {
            let counts = match data.rule().on_error {
                OnError::Zero => "each counts as the worst score",
                OnError::Exclude => "they are left out of the scores",
            };
            let share = 100.0 * failed as f64 / runs.max(1) as f64;
            let answered = answered(data, decision, version, selected);
            found.push(caveat(
                "errors",
                format!(
                    "`{}` failed on {failed} of {runs} runs ({share:.0} %); {counts}{answered}",
                    version.name
                ),
            ));
        }
    }
}

/// Whose cost is a weighted mean with failures in it that cost nothing.
fn free_failures(data: &Data, decision: &Decision, selected: &[bool], found: &mut Vec<Caveat>) {
    if decision.weights.iter().all(|weighed| weighed.name != "cost") {
        return;
    }
    for version in &data.versions {
        let is_free = |run: &RunFacts<'_>| run.status() == RunStatus::Error && run.cost_usd() == Some(0.0);
        let runs = || version.runs.iter().filter(|run| selected[run.case() as usize]);
        let has_free = runs().any(|run| is_free(&run));
        let is_paid = runs().any(|run| run.cost_usd().is_some_and(|cost| cost > 0.0));
        if has_free && is_paid {
            found.push(caveat(
                "free-failures",
                format!(
                    "failed runs of `{}` cost nothing, so it looks cheaper than it is; weigh `cost_per_success` \
                     instead of cost to see that",
                    version.name
                ),
            ));
        }
    }
}

/// How a version scores where it does not fail: whether failing is all that is wrong with it.
fn answered(data: &Data, decision: &Decision, version: &Measured, selected: &[bool]) -> String {
    if data.rule().on_error == OnError::Exclude {
        return String::new();
    }
    let is_weighed = |name: &str| decision.weights.iter().any(|weighed| weighed.name == name);
    let evaluators = data.settings.evaluators.iter().zip(0_u16..);
    let means =
        evaluators.filter(|(evaluator, _)| is_weighed(&evaluator.name)).filter_map(|(evaluator, index)| {
            let cells = Cells::of(data, version, Metric::Evaluator(index), selected, OnError::Exclude);
            let values = cells.values().0;
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            mean.is_finite().then(|| format!("{} is {}", evaluator.name, score(mean)))
        });
    let means: Vec<String> = means.collect();
    if means.is_empty() { String::new() } else { format!("; where it answered, {}", means.join(", ")) }
}
