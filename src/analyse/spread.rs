//! What single runs and cases say of a metric that is a mean (A.3): how much in all, and how far apart they lie.
use super::cells::Cells;
use super::data::{Data, Measured};
use super::metric::Metric;
use super::stats::mean::Summary;
use super::stats::sums::sum;
use super::summarise::Setting;
use crate::domain::{OnError, Range, Spread};

/// The spread behind a version's value; `cells` are its numbers on the metric. `None` of a quantile and of a sum over a
/// sum, for which no run has a number of its own, and where nothing is known.
pub(super) fn spread(
    data: &Data,
    version: &Measured,
    metric: Metric,
    cells: &Cells,
    setting: Setting<'_>,
    on_error: OnError,
) -> Option<Spread> {
    if metric.quantile().is_some() || metric.below().is_some() {
        return None;
    }
    let (cases, _) = cells.values();
    if setting.one_run {
        let of_cases = range(&cases)?;
        return spread_of(&cases, of_cases, of_cases);
    }
    let runs = Cells::runs(data, version, metric, setting.selected, on_error).concat();
    spread_of(&runs, range(&runs)?, range(&cases)?)
}

fn spread_of(runs: &[f64], of_runs: Range, of_cases: Range) -> Option<Spread> {
    let mean = Summary::of(runs, None)?.mean;
    Some(Spread { total: sum(runs.iter().copied()), runs: runs.len() as u64, mean, of_runs, of_cases })
}

/// The ends of `values` and their sample standard deviation.
fn range(values: &[f64]) -> Option<Range> {
    let summary = Summary::of(values, None)?;
    Some(Range {
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        sd: summary.sd(),
    })
}
