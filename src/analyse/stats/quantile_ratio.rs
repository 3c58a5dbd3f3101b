//! Owns the ratio of a quantile between two versions (section B.4): P95 latency of one over the other.

use super::bootstrap::{Plan, Smoothing, draw};
use super::estimate::Estimates;
use super::interval::{Confidence, Interval, Method};
use super::mean::{Summary, cluster_se};
use super::panel::{Cell, Measure, Metric, Panel};
use super::per_case::PerCase;
use super::quantile::{slope, sorted, type7};
use super::ratio::Ratio;
use super::resample::{MOST_EXACT_RUNS, Resampler};
use super::sums::Groups;
use super::utility::Transform;

/// A quantile of one version held against another's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileRatio {
    /// `q_a - q_b`.
    pub difference: f64,
    /// `q_a/q_b`.
    pub ratio: Ratio,
}

/// `q_a/q_b` at `p` over the cases where both versions have runs; `a[i]`, `b[i]` are the runs of case i. Up to
/// [`MOST_EXACT_RUNS`] runs of a version it is resampled, beyond that the quantiles are linear in the cases, and so is
/// the logarithm of their ratio. `None` without a common case, with one unit, or when a quantile is not positive.
pub fn quantile_ratio(
    (a, b): (&PerCase, &PerCase),
    groups: Groups<'_>,
    p: f64,
    confidence: Confidence,
    plan: Plan,
) -> Option<QuantileRatio> {
    if a.values().len().max(b.values().len()) > MOST_EXACT_RUNS {
        linearised((a, b), groups, p, confidence)
    } else {
        resampled((a, b), groups, p, confidence, plan)
    }
}

/// `phi_i = kappa_a/q_a (p - F_ai) - kappa_b/q_b (p - F_bi)`, F the share of the case's runs at or below the quantile
/// and kappa its slope (D.2); the log ratio with the cluster-robust standard error of their mean, by t.
fn linearised(
    (a, b): (&PerCase, &PerCase),
    groups: Groups<'_>,
    p: f64,
    confidence: Confidence,
) -> Option<QuantileRatio> {
    let common: Vec<usize> = (0..a.len()).filter(|&i| !a[i].is_empty() && !b[i].is_empty()).collect();
    let side = |runs: &PerCase| {
        let mut all: Vec<f64> = common.iter().flat_map(|&i| runs[i].iter().copied()).collect();
        all.sort_unstable_by(f64::total_cmp);
        let quantile = type7(&all, p).filter(|quantile| *quantile > 0.0)?;
        let pull = slope(&all, p, confidence) / quantile;
        let share =
            |i: usize| runs[i].iter().filter(|&&x| x <= quantile).count() as f64 / runs[i].len() as f64;
        Some((quantile, common.iter().map(|&i| pull * (p - share(i))).collect::<Vec<f64>>()))
    };
    let ((top, pull_a), (bottom, pull_b)) = (side(a)?, side(b)?);
    let influence: Vec<f64> = pull_a.iter().zip(pull_b).map(|(a, b)| a - b).collect();
    let groups: Option<Vec<u32>> = groups.map(|of| common.iter().map(|&i| of[i]).collect());
    let (units, se) = cluster_se(&influence, common.len() as f64, groups.as_deref());
    let ratio = Ratio::from_log((top / bottom).ln(), units, Some(se?), Method::LogRatio, confidence);
    Some(QuantileRatio { difference: top - bottom, ratio: Ratio { ratio: top / bottom, ..ratio } })
}

/// With the percentile interval of the paired unit bootstrap, its logarithm inflated as in D.5. The standard error is
/// that of the resampled logarithms; `p = 2 (1 + k)/(B + 1)`, k the resamples on the side of 1 where fewer lie.
fn resampled(
    (a, b): (&PerCase, &PerCase),
    groups: Groups<'_>,
    p: f64,
    confidence: Confidence,
    plan: Plan,
) -> Option<QuantileRatio> {
    let present = |runs: &PerCase| -> Vec<Cell> {
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
    let units = estimates.sample.units;
    let smoothing = Smoothing::new(0.0, units, resampler.groups(), confidence);
    let log = (top / bottom).ln();
    let logs = draw(&resampler, versions.len(), plan, |draw| {
        let (top, bottom) = (draw.values[0][0], draw.values[1][0]);
        // The linearised quantile of a wild resample can leave the positive numbers; it then says nothing.
        (top > 0.0 && bottom > 0.0).then(|| smoothing.apply(log, (top / bottom).ln(), 0.0))
    });
    let ascending = sorted(&logs.into_iter().flatten().collect::<Vec<f64>>());
    Some(QuantileRatio {
        difference: top - bottom,
        ratio: of_logs(top / bottom, &ascending, units, confidence),
    })
}

/// What the resampled logarithms, in order, say of a ratio.
fn of_logs(ratio: f64, ascending: &[f64], units: usize, confidence: Confidence) -> Ratio {
    let at = |p| type7(ascending, p).map(f64::exp);
    let (low, high) = (at(confidence.alpha() / 2.0), at(confidence.upper()));
    let (below, above) = (
        ascending.iter().filter(|log| **log <= 0.0).count(),
        ascending.iter().filter(|log| **log >= 0.0).count(),
    );
    let p = 2.0 * (1.0 + below.min(above) as f64) / (ascending.len() as f64 + 1.0);
    Ratio {
        ratio,
        se_log: Summary::of(ascending, None).and_then(|logs| logs.sd()),
        units,
        interval: Interval { low, high, method: Method::Bootstrap },
        p: Some(p.min(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::rng::Stream;

    #[test]
    fn a_true_factor_is_inside_and_pairing_helps() {
        let draw = &mut Stream::new(5, 5);
        let mut runs = |scale: f64, shared: &[f64]| -> PerCase {
            shared.iter().map(|s| vec![scale * (s + 0.1 * draw.normal()).exp()]).collect()
        };
        let shared: Vec<f64> = (0..200).map(|i| f64::from(i) * 0.01).collect();
        let other: Vec<f64> = shared.iter().rev().copied().collect();
        let (a, b, unpaired) = (runs(2.0, &shared), runs(1.0, &shared), runs(1.0, &other));
        let plan = Plan { replicates: 400, ..Plan::default() };
        let width = |rival: &PerCase| {
            let found =
                quantile_ratio((&a, rival), None, 0.9, Confidence::default(), plan).expect("positive");
            let (low, high) = found.ratio.interval.bounds().expect("both ends");
            let (ratio, p) = (found.ratio.ratio, found.ratio.p.expect("p"));
            assert!(p < 0.05 && found.difference > 0.0, "{p}");
            assert!(low < 2.0 && 2.0 < high && (1.6..2.4).contains(&ratio), "{low} {ratio} {high}");
            high / low
        };
        assert!(width(&b) < width(&unpaired));
        let one = |runs: Vec<f64>| PerCase::from_iter([runs]);
        let none = quantile_ratio((&one(vec![]), &one(vec![1.0])), None, 0.5, Confidence::default(), plan);
        assert_eq!(none, None);
    }

    #[test]
    fn many_runs_are_linear_and_agree_with_the_resampled_ones() {
        let draw = &mut Stream::new(6, 6);
        let n = MOST_EXACT_RUNS + 1;
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let shared = draw.normal();
            a.push(vec![1.2 * (0.5 * shared + 0.3 * draw.normal()).exp()]);
            b.push(vec![(0.5 * shared + 0.3 * draw.normal()).exp()]);
        }
        let (a, b) = (PerCase::from_iter(a), PerCase::from_iter(b));
        let plan = Plan { replicates: 300, ..Plan::default() };
        let groups: Vec<u32> = (0..n).map(|i| i as u32 / 2).collect();
        for groups in [None, Some(groups.as_slice())] {
            let many = quantile_ratio((&a, &b), groups, 0.95, Confidence::default(), plan).expect("positive");
            let drawn = resampled((&a, &b), groups, 0.95, Confidence::default(), plan).expect("positive");
            assert_eq!((many.ratio.ratio, many.ratio.units), (drawn.ratio.ratio, drawn.ratio.units));
            let (one, other) = (many.ratio.se_log.expect("se"), drawn.ratio.se_log.expect("se"));
            assert!((one / other - 1.0).abs() < 0.2, "{one} {other}");
            assert!(many.ratio.interval.bounds().is_some_and(|(low, high)| low < 1.2 && 1.2 < high));
        }
    }

    #[test]
    fn equal_quantiles_are_told_apart_as_seldom_as_promised() {
        let (plan, trials) = (Plan { replicates: 300, ..Plan::default() }, 400);
        for (p, n) in [(0.5, 30), (0.95, 80)] {
            let told = |trial: u64| {
                let draw = &mut Stream::new(77, trial);
                let runs: Vec<(Vec<f64>, Vec<f64>)> = (0..n)
                    .map(|_| {
                        let shared = draw.normal();
                        let mut one = || vec![(0.6 * shared + 0.5 * draw.normal()).exp()];
                        (one(), one())
                    })
                    .collect();
                let (a, b): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
                let (a, b) = (PerCase::from_iter(a), PerCase::from_iter(b));
                let found = quantile_ratio((&a, &b), None, p, Confidence::default(), plan).expect("positive");
                let (low, high) = found.ratio.interval.bounds().expect("both ends");
                (low > 1.0 || high < 1.0, found.ratio.p.expect("p") < 0.05)
            };
            let all: Vec<(bool, bool)> = (0..trials).map(told).collect();
            let share = |of: &dyn Fn(&(bool, bool)) -> bool| {
                all.iter().filter(|told| of(told)).count() as f64 / trials as f64
            };
            // 5 % and three standard errors of 400 trials.
            assert!(share(&|told| told.0) <= 0.083 && share(&|told| told.1) <= 0.083, "{p} {n}");
        }
    }
}
