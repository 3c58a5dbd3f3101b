//! Who takes part in a decision: gates, metrics nobody knows, coverage (C.4, C.5, D.1).
use super::cells::Cells;
use super::data::{Data, DataError};
use super::stats::paired::COVERAGE_WARN;
use super::stats::panel::Cell;
use super::weighing::Weighed;
use crate::domain::{Caveat, GateResult, Missing, Standing, WinnerRule};
use crate::formats::numbers::share;

/// `missing: drop-metric`: what any version lacks is dropped for all, the other weights in proportion.
pub(super) fn drop_unknown(weighed: &mut Vec<Weighed>, cells: &mut [Vec<Cells>]) -> Result<(), DataError> {
    let lacks = |m: usize| cells.iter().any(|version| version[m].is_unknown());
    let keep: Vec<bool> = (0..weighed.len()).map(|m| !lacks(m)).collect();
    let mut kept = keep.iter();
    weighed.retain(|_| *kept.next().unwrap_or(&true));
    for version in cells.iter_mut() {
        let mut kept = keep.iter();
        version.retain(|_| *kept.next().unwrap_or(&true));
    }
    let total: f64 = weighed.iter().map(|w| w.report.weight).sum();
    if total <= 0.0 {
        return Err(DataError::Nothing("every weighted metric is unknown for some version".to_owned()));
    }
    weighed.iter_mut().for_each(|w| w.report.weight /= total);
    Ok(())
}

/// Whether each version is ranked, and why not.
pub(super) fn standing(
    data: &Data,
    rule: &WinnerRule,
    weighed: &[Weighed],
    cells: &[Vec<Cells>],
    gates: &[(String, Vec<GateResult>)],
    selected: &[bool],
) -> Vec<Standing> {
    // A case nobody has a value on (the budget ended before it) says nothing of anyone's coverage (D.1).
    let some_knows = |i: usize| cells.iter().flatten().any(|cells| cells.cells[i].value().is_some());
    let union: Vec<bool> = selected.iter().enumerate().map(|(i, on)| *on && some_knows(i)).collect();
    let cases = union.iter().filter(|on| **on).count().max(1) as f64;
    let one = |v: usize| {
        if let Some(out) = data.raced_out(&data.versions[v]) {
            return Standing::RacedOut(out.after_cases);
        }
        if gates[v].1.iter().any(|gate| !gate.passed) {
            return Standing::GateFailed;
        }
        if rule.missing == Missing::Worst {
            return Standing::Ranked;
        }
        for (w, cells) in weighed.iter().zip(&cells[v]) {
            if cells.is_unknown() {
                return Standing::MissingMetric(w.report.name.clone());
            }
            if 1.0 - cells.missing(&union) as f64 / cases < rule.min_coverage {
                let gaps = Cells::gaps(data, &data.versions[v], w.metric, selected);
                return Standing::Coverage { metric: w.report.name.clone(), gaps };
            }
        }
        Standing::Ranked
    };
    (0..cells.len()).map(one).collect()
}

/// Where any version is ranked the baseline must be: the others are held against it, and references are its values
/// (C.5). A gate or a race may exclude it; a value it lacks may not.
///
/// # Errors
/// It lacks a weighted metric, or has too few values of one.
pub(super) fn hold_against(
    data: &Data,
    rule: &WinnerRule,
    baseline: usize,
    standing: &Standing,
) -> Result<(), DataError> {
    let (metric, lacks) = match standing {
        Standing::MissingMetric(metric) => (metric, "no value".to_owned()),
        Standing::Coverage { metric, .. } => {
            (metric, format!("a value on fewer than {} of the cases", share(rule.min_coverage)))
        }
        Standing::Ranked | Standing::GateFailed | Standing::RacedOut(_) => return Ok(()),
    };
    let mend = match metric.split('.').next().unwrap_or_default() {
        "cost" => "say what it costs under `pricing:`",
        "cost_per_success" => "it takes a price under `pricing:`, and a run that passes",
        "ttft" => "its answers have to stream (`stream: true`)",
        "output_tps" => "its answers have to stream (`stream: true`), and their tokens to be counted",
        _ => "`proto run --resume` makes missing runs, `proto evaluate` missing scores",
    };
    Err(DataError::Nothing(format!(
        "the baseline `{}` has {lacks} of `{metric}`, so nothing can be held against it: {mend}, or take another \
         `--baseline`, or decide without the metric (`--missing drop-metric`, or no weight for it)",
        data.versions[baseline].name
    )))
}

/// Metrics that the ranked versions are held against each other in on fewer than nine tenths of their cases, with who
/// has no value on how many (D.1). What a failed run does not have is no gap: failures are counted by themselves.
pub(super) fn dropped(
    data: &Data,
    weighed: &[Weighed],
    cells: &[Vec<Cells>],
    ranked: &[usize],
) -> Vec<Caveat> {
    let has = |v: usize, m: usize, i: usize| cells[v][m].cells[i] != Cell::Missing;
    let is_known = |i: &usize| ranked.iter().any(|&v| cells[v].iter().any(|c| c.cells[*i].value().is_some()));
    let union: Vec<usize> = (0..data.cases.len()).filter(is_known).collect();
    let one = |(m, w): (usize, &Weighed)| {
        // `missing: worst`: who has no value at all takes nothing from the others.
        let held: Vec<usize> = ranked.iter().copied().filter(|&v| !cells[v][m].is_unknown()).collect();
        let gone = union.iter().filter(|&&i| !held.iter().all(|&v| has(v, m, i))).count();
        if gone as f64 <= (1.0 - COVERAGE_WARN) * union.len() as f64 {
            return None;
        }
        let lacks = |&v: &usize| {
            let lacking = union.iter().filter(|&&i| !has(v, m, i)).count();
            (lacking > 0).then(|| format!("`{}` on {lacking}", data.versions[v].name))
        };
        let who = held.iter().filter_map(lacks).collect::<Vec<_>>().join(", ");
        let (name, all) = (&w.report.name, union.len());
        let message = format!("`{name}`: {gone} of {all} cases are dropped for all, having no value: {who}");
        Some(Caveat { code: "unpaired", message })
    };
    weighed.iter().enumerate().filter_map(one).collect()
}
