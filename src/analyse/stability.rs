//! How much a decision hangs on its weights (section E): each weight alone, and all weightings there are.
use super::stats::estimate::Estimates;
use super::stats::sensitivity::{robustness, weight_interval};
use super::weighing::Weighed;
use crate::domain::Sensitivity;

/// Share of all weightings each version wins; nothing to vary with one metric.
pub(super) fn shares(
    utilities: &[Vec<f64>],
    weights: &[f64],
    seed: u64,
    name: &dyn Fn(usize) -> String,
) -> Vec<(String, f64)> {
    if weights.len() < 2 {
        return Vec::new();
    }
    robustness(utilities, weights, seed).into_iter().enumerate().map(|(i, share)| (name(i), share)).collect()
}

/// How far each weight can move before another version leads.
pub(super) fn sensitivity(
    weighed: &[Weighed],
    estimates: &Estimates,
    weights: &[f64],
    leader: usize,
    name: &dyn Fn(usize) -> String,
) -> Vec<Sensitivity> {
    if weights.len() < 2 {
        return Vec::new();
    }
    let one = |(m, w): (usize, &Weighed)| {
        let interval = weight_interval(&estimates.utilities, weights, m, leader);
        Sensitivity {
            metric: w.report.name.clone(),
            weight: w.report.weight,
            holds_from: interval.low,
            holds_to: interval.high,
            beyond_low: interval.below.map(name),
            beyond_high: interval.above.map(name),
        }
    };
    weighed.iter().enumerate().map(one).collect()
}
