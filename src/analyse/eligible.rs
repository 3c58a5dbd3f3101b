//! Who takes part in a decision: gates, metrics nobody knows, coverage (C.4, C.5, D.1).
use super::cells::Cells;
use super::data::{Data, DataError};
use super::weighing::Weighed;
use crate::domain::{GateResult, Missing, Standing, WinnerRule};

/// `missing: drop-metric`: what any version lacks is dropped for all, the other weights in proportion.
pub(super) fn drop_unknown(weighed: &mut Vec<Weighed>, cells: &mut [Vec<Cells>]) -> Result<(), DataError> {
    let lacks = |m: usize| cells.iter().any(|version| version[m].values().0.is_empty());
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
            if cells.values().0.is_empty() {
                return Standing::MissingMetric(w.report.name.clone());
            }
            if 1.0 - cells.missing(&union) as f64 / cases < rule.min_coverage {
                return Standing::Coverage(w.report.name.clone());
            }
        }
        Standing::Ranked
    };
    (0..cells.len()).map(one).collect()
}
