//! What stands above what among equals: the order they are shown in, and which of a tie to take (C.6, D.3).
use super::cells::Cells;
use super::decide::Inputs;
use super::metric::Metric;
use super::stats::estimate::Estimates;
use super::stats::mean::Summary;
use super::stats::panel::Cell;
use super::stats::ranking::TieBreak;
use crate::domain::TiePrefer;

/// What orders versions of equal utility.
pub(super) fn breaks(inputs: &Inputs<'_>, ranked: &[usize], estimates: &Estimates) -> Vec<TieBreak> {
    let quality = |i: usize| {
        let scores = inputs.weighed.iter().enumerate().filter(|(_, w)| w.metric.is_score());
        scores.map(|(m, w)| w.report.weight * estimates.utilities[i][m]).sum()
    };
    let tie = |(i, &v): (usize, &usize)| TieBreak {
        quality: quality(i),
        cost: mean_of(inputs, v, "cost"),
        latency: mean_of(inputs, v, "latency"),
    };
    ranked.iter().enumerate().map(tie).collect()
}

/// On a tie, which of the set to take.
pub(super) fn suggestion(inputs: &Inputs<'_>, ranked: &[usize], tie_set: &[usize]) -> Option<String> {
    let set: Vec<usize> = tie_set.iter().map(|&i| ranked[i]).collect();
    let least = |metric: &str| {
        let known = set.iter().filter_map(|&v| Some((v, mean_of(inputs, v, metric)?)));
        known.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(v, _)| v)
    };
    let baseline = inputs.rule.baseline.as_deref().unwrap_or(&inputs.data.baseline);
    let chosen = match inputs.rule.tie_prefer {
        TiePrefer::Cost => least("cost"),
        TiePrefer::Latency => least("latency"),
        TiePrefer::Baseline => set.iter().copied().find(|&v| inputs.data.versions[v].name == baseline),
    };
    chosen.or_else(|| set.first().copied()).map(|v| inputs.data.versions[v].name.clone())
}

/// A built-in metric's mean of one version, weighed or not.
pub(super) fn mean_of(inputs: &Inputs<'_>, v: usize, name: &str) -> Option<f64> {
    let metric = Metric::resolve(name, inputs.data).ok()?;
    let cells = Cells::of(
        inputs.data,
        &inputs.data.versions[v],
        metric,
        inputs.setting.selected,
        inputs.rule.on_error,
    );
    let (values, cases) = cells.values();
    let weights = cells.weights(&cases);
    let unknown =
        cells.cells.iter().zip(inputs.setting.selected).any(|(cell, on)| *on && *cell == Cell::Missing);
    // Rounded once: equal costs over different numbers of cases stay equal.
    Summary::with(&values, weights.as_deref(), None).filter(|_| !unknown).map(|summary| summary.mean)
}
