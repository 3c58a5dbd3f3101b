//! What failed runs do to a decision's numbers: the comparison shows it in its table, the decision only here.
use super::super::data::{Data, Measured, RunFacts};
use super::super::words::price_that_turns;
use super::caveat;
use crate::domain::{Caveat, Decision, OnError, RunStatus, WhereAnswered};
use crate::formats::numbers::{score, usd};

pub(super) fn note(
    data: &Data,
    decision: &Decision,
    on_error: OnError,
    selected: &[bool],
    found: &mut Vec<Caveat>,
) {
    errors(data, decision, on_error, selected, found);
    free(data, decision, selected, found);
}

/// Who failed: the comparison shows it in its table, the decision only here.
fn errors(data: &Data, decision: &Decision, on_error: OnError, selected: &[bool], found: &mut Vec<Caveat>) {
    for version in &data.versions {
        let (runs, failed) = version.fared(selected);
        if failed > 0 {
            let counts = match on_error {
                OnError::Zero => {
                    let ranked = decision.ranking.iter().find(|ranked| ranked.version == version.name);
                    let answered =
                        ranked.map_or_else(String::new, |ranked| where_it_answered(&ranked.where_answered));
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

/// Whose cost is a weighted mean with failures in it that cost nothing; and what costs nothing at all, beside others that
/// do.
fn free(data: &Data, decision: &Decision, selected: &[bool], found: &mut Vec<Caveat>) {
    if decision.weights.iter().all(|weighed| weighed.name != "cost") {
        return;
    }
    let costs = |version: &Measured, is: fn(f64) -> bool| {
        version
            .runs
            .iter()
            .filter(|run| selected[run.case() as usize])
            .any(|run| run.cost_usd().is_some_and(is))
    };
    let any_paid = data.versions.iter().any(|version| costs(version, |cost| cost > 0.0));
    for version in &data.versions {
        let is_free = |run: &RunFacts<'_>| run.status() == RunStatus::Error && run.cost_usd() == Some(0.0);
        let runs = || version.runs.iter().filter(|run| selected[run.case() as usize]);
        let has_free = runs().any(|run| is_free(&run));
        let is_paid = costs(version, |cost| cost > 0.0);
        if !is_paid && any_paid && costs(version, |cost| cost == 0.0) {
            let turns = price_that_turns(decision).filter(|(free, ..)| *free == version.name);
            let turns = turns.map_or_else(String::new, |(_, price, who)| {
                format!("; as soon as a run of it costs {} or more, `{who}` is ahead", usd(price))
            });
            found.push(caveat(
                "free",
                format!(
                    "`{}` costs nothing by its prices: what the machine it runs on costs is not counted{turns}",
                    version.name
                ),
            ));
        }
        if has_free && is_paid {
            found.push(caveat(
                "free-failures",
                format!(
                    "failed runs of `{}` cost nothing, so it looks cheaper than it is; give \
                     `cost_per_success` the weight of cost (`--weights`) to see that",
                    version.name
                ),
            ));
        }
    }
}

/// `` ; where it answered, accuracy is 0.958 (`today` on the same cases: 0.843) ``.
fn where_it_answered(answered: &[WhereAnswered]) -> String {
    let one = |of: &WhereAnswered| {
        let beside = of.beside.as_ref();
        let beside = beside.map(|(other, mean)| format!(" (`{other}` on the same cases: {})", score(*mean)));
        format!("{} is {}{}", of.evaluator, score(of.mean), beside.unwrap_or_default())
    };
    let means: Vec<String> = answered.iter().map(one).collect();
    if means.is_empty() { String::new() } else { format!("; where it answered, {}", means.join("; ")) }
}
