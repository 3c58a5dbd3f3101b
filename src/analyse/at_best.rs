//! What a version that is not ranked would be worth at most: whether it is worth the trouble to let it in.
use super::cells::Cells;
use super::metric::Metric;
use super::stats::utility::{Goal, Transform};
use super::summarise::{self, Setting};
use super::weighing::Weighed;

/// `sum_m w_m u_m(x_m)` over its own cases, cases without a value taken at the best of the metric's scale; `None` where a
/// scale has no best.
pub(super) fn utility(weighed: &[Weighed], cells: &[Cells], setting: Setting<'_>) -> Option<f64> {
    let one =
        |(w, cells): (&Weighed, &Cells)| has_most(w).then(|| w.report.weight * utility_of(w, cells, setting));
    weighed.iter().zip(cells).map(one).sum()
}

/// Whether a utility has a most, whoever else is ranked.
fn has_most(weighed: &Weighed) -> bool {
    weighed.utility.bounded() && !weighed.utility.set_dependent()
}

fn utility_of(weighed: &Weighed, cells: &Cells, setting: Setting<'_>) -> f64 {
    /// The most a bounded utility can be.
    const MOST: f64 = 1.0;
    let Some(value) = summarise::value(cells, weighed.metric, setting).value else { return MOST };
    let (known, gaps) = cells.counted(setting.selected);
    if gaps == 0.0 {
        return weighed.utility.utility(value);
    }
    let best = best_of(weighed.utility).filter(|_| is_mean(weighed.metric, cells));
    best.map_or(MOST, |best| weighed.utility.utility((value * known + best * gaps) / (known + gaps)))
}

/// Its numbers with the best there is where one is missing; `None` where a metric has no best, a utility no most, or
/// what lacks a number is no mean.
pub(super) fn cells(weighed: &[Weighed], cells: &[Cells], selected: &[bool]) -> Option<Vec<Cells>> {
    let one = |(w, cells): (&Weighed, &Cells)| {
        if !has_most(w) {
            return None;
        }
        if cells.missing(selected) == 0 {
            return Some(cells.clone());
        }
        let best = best_of(w.utility).filter(|_| is_mean(w.metric, cells))?;
        Some(cells.filled(best, selected))
    };
    weighed.iter().zip(cells).map(one).collect()
}

/// The value worth 1, where there is one.
fn best_of(utility: Transform) -> Option<f64> {
    match utility {
        Transform::Identity => Some(1.0),
        Transform::Linear { best, .. } => Some(best),
        Transform::Ratio { goal: Goal::Minimize, .. } => Some(0.0),
        _ => None,
    }
}

/// Whether the metric is the mean of its cases, so that a case more is known to change it.
fn is_mean(metric: Metric, cells: &Cells) -> bool {
    metric.quantile().is_none() && cells.below.is_none()
}
