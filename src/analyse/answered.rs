//! How a version that fails scores where it does not, beside another on the same cases: whether failing is all that is
//! wrong with it.
use super::cells::Cells;
use super::data::{Data, Measured};
use super::metric::Metric;
use super::stats::mean::Summary;
use crate::domain::{Decision, OnError, WhereAnswered};
use crate::plan::EvaluatorSettings;

/// Notes it of every version that failed, where failures count as scores.
pub(super) fn note(data: &Data, on_error: OnError, selected: &[bool], decision: &mut Decision) {
    if on_error == OnError::Exclude {
        return;
    }
    let of = |name: &str| data.version(name).ok().map(|v| &data.versions[v]);
    let failed = |(_, version): &(usize, &Measured)| version.fared(selected).1 > 0;
    let versions = decision.ranking.iter().enumerate().filter_map(|(at, row)| Some((at, of(&row.version)?)));
    let found: Vec<(usize, Vec<WhereAnswered>)> = versions
        .filter(failed)
        .map(|(at, version)| {
            let other = [Some(&decision.baseline), decision.leader.as_ref()].into_iter().flatten();
            let other = other.filter(|name| **name != version.name).find_map(|name| of(name));
            (at, answered(data, decision, version, other, selected))
        })
        .collect();
    for (at, answered) in found {
        decision.ranking[at].where_answered = answered;
    }
}

fn answered(
    data: &Data,
    decision: &Decision,
    version: &Measured,
    other: Option<&Measured>,
    selected: &[bool],
) -> Vec<WhereAnswered> {
    let is_weighed = |name: &str| decision.weights.iter().any(|weighed| weighed.name == name);
    let weighed = data.settings.evaluators.iter().zip(0_u16..).filter(|(e, _)| is_weighed(&e.name));
    let of = |version, index, on: &[bool]| {
        Cells::of(data, version, Metric::Evaluator(index), on, OnError::Exclude)
    };
    let one = |(evaluator, index): (&EvaluatorSettings, u16)| {
        let own = of(version, index, selected);
        let there: Vec<bool> = own.cells.iter().map(|cell| cell.value().is_some()).collect();
        let beside = other.and_then(|other| Some((other.name.clone(), mean(&of(other, index, &there))?)));
        Some(WhereAnswered { evaluator: evaluator.name.clone(), mean: mean(&own)?, beside })
    };
    weighed.filter_map(one).collect()
}

fn mean(cells: &Cells) -> Option<f64> {
    let (values, cases) = cells.values();
    Summary::with(&values, cells.weights(&cases).as_deref(), None).map(|summary| summary.mean)
}
