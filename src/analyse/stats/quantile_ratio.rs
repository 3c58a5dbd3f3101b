//! Owns the ratio of a quantile between two versions (section B.4): P95 latency of one over the other.

use super::bootstrap::{Plan, Smoothing, draw};
use super::estimate::Estimates;
use super::interval::{Confidence, Interval, Method};
use super::panel::{Cell, Measure, Metric, Panel};
use super::quantile::{sorted, type7};
use super::resample::Resampler;
use super::sums::Groups;
use super::utility::Transform;

/// `q_a/q_b` at `p` over the cases where both versions have runs, with the percentile interval of the paired unit
/// bootstrap, its logarithm inflated as in D.5. `a[i]`, `b[i]` are the runs of case i. `None` without a common case,
/// with one unit, or when a quantile is not positive.
pub fn quantile_ratio(
    (a, b): (&[Vec<f64>], &[Vec<f64>]),
    groups: Groups<'_>,
    p: f64,
    confidence: Confidence,
    plan: Plan,
) -> Option<(f64, Interval)> {
    let present = |runs: &[Vec<f64>]| -> Vec<Cell> {
        runs.iter().map(|r| r.first().map_or(Cell::Missing, |&x| Cell::Value(x))).collect()
    };
    let (cells_a, cells_b) = (present(a), present(b));
    let versions = [
        vec![Measure::Quantile { p, runs: a, cells: &cells_a }],
        vec![Measure::Quantile { p, runs: b, cells: &cells_b }],
    ];
    let metrics = [Metric { transform: Transform::Identity, weight: 1.0, evaluator: false }];
    let panel = Panel { metrics: &metrics, versions: &versions, cases: a.len(), groups };
    let estimates = Estimates::of(&panel, confidence).ok()?;
    let (top, bottom) = (estimates.values[0][0], estimates.values[1][0]);
    if !(top > 0.0 && bottom > 0.0) {
        return None;
    }
    let resampler = Resampler::new(&panel, &estimates, confidence, plan.seed)?;
    let smoothing = Smoothing::new(0.0, estimates.sample.units, resampler.groups(), confidence);
    let log = (top / bottom).ln();
    let logs = draw(&resampler, versions.len(), plan, |draw| {
        let (top, bottom) = (draw.values[0][0], draw.values[1][0]);
        // The linearised quantile of a wild resample can leave the positive numbers; it then says nothing.
        (top > 0.0 && bottom > 0.0).then(|| smoothing.apply(log, (top / bottom).ln(), 0.0))
    });
    let ascending = sorted(&logs.into_iter().flatten().collect::<Vec<f64>>());
    let at = |p| type7(&ascending, p).map(f64::exp);
    let (low, high) = (at(confidence.alpha() / 2.0), at(confidence.upper()));
    Some((top / bottom, Interval { low, high, method: Method::Bootstrap }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::rng::Stream;

    #[test]
    fn a_true_factor_is_inside_and_pairing_helps() {
        let draw = &mut Stream::new(5, 5);
        let mut runs = |scale: f64, shared: &[f64]| -> Vec<Vec<f64>> {
            shared.iter().map(|s| vec![scale * (s + 0.1 * draw.normal()).exp()]).collect()
        };
        let shared: Vec<f64> = (0..200).map(|i| f64::from(i) * 0.01).collect();
        let other: Vec<f64> = shared.iter().rev().copied().collect();
        let (a, b, unpaired) = (runs(2.0, &shared), runs(1.0, &shared), runs(1.0, &other));
        let plan = Plan { replicates: 400, ..Plan::default() };
        let width = |rival: &[Vec<f64>]| {
            let (ratio, interval) =
                quantile_ratio((&a, rival), None, 0.9, Confidence::default(), plan).expect("positive");
            let (low, high) = (interval.low.expect("low"), interval.high.expect("high"));
            assert!(low < 2.0 && 2.0 < high && (1.6..2.4).contains(&ratio), "{low} {ratio} {high}");
            high / low
        };
        assert!(width(&b) < width(&unpaired));
        assert_eq!(quantile_ratio((&[vec![]], &[vec![1.0]]), None, 0.5, Confidence::default(), plan), None);
    }
}
