//! One metric of one version as a number with its interval, by the table of the statistics design (A.2 to A.4).
use super::cells::Cells;
use super::metric::Metric;
use super::stats::interval::Confidence;
use super::stats::mean::Summary as Mean;
use super::stats::panel::Cell;
use super::stats::positive::log_t;
use super::stats::proportion::{Scale, default_interval};
use super::stats::quantile::{order_statistics, sorted, type7, woodruff};
use crate::domain::{Interval, Method, Value};
use crate::metrics::Summary;

/// What every summary of a report shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// Level of the intervals.
    pub confidence: Confidence,
    /// The cluster of each case.
    pub groups: Option<&'a [u32]>,
    /// Whether no case was repeated.
    pub one_run: bool,
    /// The cases that count.
    pub selected: &'a [bool],
}

/// The metric's value of one version.
pub(super) fn value(cells: &Cells, metric: Metric, setting: Setting<'_>) -> Value {
    let (values, cases) = cells.values();
    let missing = cells.missing(setting.selected);
    let n = values.len() as u64;
    let groups: Option<Vec<u32>> = setting.groups.map(|of| cases.iter().map(|&i| of[i]).collect());
    let (estimate, interval) = match (metric.quantile(), kind(metric)) {
        (Some(p), _) => quantile(cells, p, setting),
        (None, Summary::PerSuccess) => (per_success(cells), Interval::none(Method::LogT)),
        (None, kind) => mean(&values, groups.as_deref(), kind, setting),
    };
    Value { value: estimate, n, missing, interval }
}

fn kind(metric: Metric) -> Summary {
    if let Metric::Builtin(row, _) = metric { row.make.summary } else { Summary::UnitMean }
}

fn mean(
    values: &[f64],
    groups: Option<&[u32]>,
    kind: Summary,
    setting: Setting<'_>,
) -> (Option<f64>, Interval) {
    let Some(summary) = Mean::of(values, groups) else { return (None, Interval::none(Method::T)) };
    let interval = match kind {
        Summary::UnitMean => {
            default_interval(values, &summary, Scale::Unit, setting.one_run, setting.confidence)
        }
        Summary::PositiveMean | Summary::PerSuccess => log_t(&summary, setting.confidence),
    };
    (Some(summary.mean), interval)
}

/// All runs count alike in a quantile; clusters and repeats widen its interval (A.4).
fn quantile(cells: &Cells, p: f64, setting: Setting<'_>) -> (Option<f64>, Interval) {
    let all: Vec<f64> = cells.runs.iter().flatten().copied().collect();
    if setting.one_run && setting.groups.is_none() {
        let ascending = sorted(&all);
        return (type7(&ascending, p), order_statistics(&ascending, p, setting.confidence).interval);
    }
    let group = |case: usize| setting.groups.map_or(u32::try_from(case).unwrap_or(u32::MAX), |of| of[case]);
    let groups: Vec<u32> = cells
        .runs
        .iter()
        .enumerate()
        .flat_map(|(case, runs)| runs.iter().map(move |_| group(case)))
        .collect();
    match woodruff(&all, Some(&groups), p, setting.confidence) {
        Some(found) => (Some(found.estimate), found.interval),
        None => (None, Interval::none(Method::Woodruff)),
    }
}

fn per_success(cells: &Cells) -> Option<f64> {
    let sum = |cells: &[Cell]| cells.iter().filter_map(|cell| cell.value()).sum::<f64>();
    let passes = sum(cells.passes.as_deref()?);
    (passes > 0.0).then(|| sum(&cells.cells) / passes)
}
