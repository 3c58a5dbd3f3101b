//! What failed runs do to a decision's numbers: the comparison shows it in its table, the decision only here.
use super::super::cells::Cells;
use super::super::data::{Data, Measured, RunFacts};
use super::super::metric::Metric;
use super::caveat;
use crate::domain::{Caveat, Decision, OnError, RunStatus};
use crate::formats::numbers::score;

pub(super) fn note(
    data: &Data,
    decision: &Decision,
    on_error: OnError,
    selected: &[bool],
    found: &mut Vec<Caveat>,
) {
    errors(data, decision, on_error, selected, found);
    free_failures(data, decision, selected, found);
}

/// Who failed: the comparison shows it in its table, the decision only here.
fn errors(data: &Data, decision: &Decision, on_error: OnError, selected: &[bool], found: &mut Vec<Caveat>) {
    for version in &data.versions {
        let (runs, failed) = version.fared(selected);
        if failed > 0 {
            let counts = match on_error {
                OnError::Zero => {
                    let answered = answered(data, decision, version, selected);
                    format!("each counts as the worst score{answered}")
                }
                OnError::Exclude => "they are left out of the scores".to_owned(),
            };
            let share = 100.0 * failed as f64 / runs.max(1) as f64;
            found.push(caveat(
                "errors",
                format!("`{}` failed on {failed} of {runs} runs ({share:.0} %); {counts}", version.name),
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

/// How a version scores where it does not fail, beside another on the same cases: whether failing is all that is wrong
/// with it.
fn answered(data: &Data, decision: &Decision, version: &Measured, selected: &[bool]) -> String {
    let other = [Some(&decision.baseline), decision.leader.as_ref()].into_iter().flatten();
    let other = other.filter(|name| **name != version.name).find_map(|name| data.version(name).ok());
    let other = other.map(|v| &data.versions[v]);
    let is_weighed = |name: &str| decision.weights.iter().any(|weighed| weighed.name == name);
    let weighed = data.settings.evaluators.iter().zip(0_u16..).filter(|(e, _)| is_weighed(&e.name));
    let means = weighed.filter_map(|(evaluator, index)| {
        let of =
            |version, on: &[bool]| Cells::of(data, version, Metric::Evaluator(index), on, OnError::Exclude);
        let own = of(version, selected);
        let there: Vec<bool> = own.cells.iter().map(|cell| cell.value().is_some()).collect();
        let beside = other.and_then(|other| {
            Some(format!(" (`{}` on the same cases: {})", other.name, score(mean(&of(other, &there))?)))
        });
        Some(format!("{} is {}{}", evaluator.name, score(mean(&own)?), beside.unwrap_or_default()))
    });
    let means: Vec<String> = means.collect();
    if means.is_empty() { String::new() } else { format!("; where it answered, {}", means.join("; ")) }
}

fn mean(cells: &Cells) -> Option<f64> {
    let values = cells.values().0;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
