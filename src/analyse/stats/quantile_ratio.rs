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

/// How much is resampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// At first, and for the intervals.
    pub plan: Plan,
    /// What p must stay below to be told from chance, before it is adjusted; in (0, 1).
    pub below: f64,
}

impl Drawn {
    /// Fewer resamples than this on the far side of "the same" are few enough for p to be small.
    const FEW: usize = 10;
    /// However many comparisons share an error rate: beyond it p stays above what it would have to be, on the safe side.
    const MOST: usize = 100_000;

    /// `2/(B + 1)` is the least p that B resamples have: where `beyond` are few, and it lies above half of what p must
    /// stay below, how many resamples lower it to that.
    fn more(&self, beyond: usize) -> Option<usize> {
        let enough = ((4.0 / self.below).ceil() as usize).min(Self::MOST);
        (beyond < Self::FEW && enough > self.plan.replicates).then_some(enough)
    }
}

/// A quantile of one version held against another's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileRatio {
    /// `q_a - q_b`.
    pub difference: f64,
    /// Its standard error; `None` with one unit.
    pub se: Option<f64>,
    /// Of the difference.
    pub interval: Interval,
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
    drawn: Drawn,
) -> Option<QuantileRatio> {
    if a.values().len().max(b.values().len()) > MOST_EXACT_RUNS {
        linearised((a, b), groups, p, confidence)
    } else {
        resampled((a, b), groups, p, confidence, drawn)
    }
}

/// `phi_i = kappa_a (p - F_ai) - kappa_b (p - F_bi)`, F the share of the case's runs at or below the quantile and kappa
/// its slope (D.2); the difference with the cluster-robust standard error of their mean, by t. Of the log ratio each
/// kappa is divided by its quantile.
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
        let pull = slope(&all, p, confidence);
        let share =
            |i: usize| runs[i].iter().filter(|&&x| x <= quantile).count() as f64 / runs[i].len() as f64;
        Some((quantile, common.iter().map(|&i| pull * (p - share(i))).collect::<Vec<f64>>()))
    };
    let ((top, pull_a), (bottom, pull_b)) = (side(a)?, side(b)?);
    let groups: Option<Vec<u32>> = groups.map(|of| common.iter().map(|&i| of[i]).collect());
    let error = |of_a: f64, of_b: f64| {
        let influence: Vec<f64> = pull_a.iter().zip(&pull_b).map(|(a, b)| a / of_a - b / of_b).collect();
        cluster_se(&influence, common.len() as f64, groups.as_deref())
    };
    let ((units, se), (_, se_log)) = (error(1.0, 1.0), error(top, bottom));
    let ratio = Ratio::from_log((top / bottom).ln(), units, Some(se_log?), Method::LogRatio, confidence);
    let half = se.map(|se| confidence.t(units as f64 - 1.0) * se);
    Some(QuantileRatio {
        difference: top - bottom,
        se,
        interval: Interval::around(top - bottom, half, Method::DeltaT),
        ratio: Ratio { ratio: top / bottom, ..ratio },
    })
}

/// With the percentile intervals of the paired unit bootstrap, logarithm and difference inflated as in D.5; the
/// standard errors are those of the resamples.
fn resampled(
    (a, b): (&PerCase, &PerCase),
    groups: Groups<'_>,
    p: f64,
    confidence: Confidence,
    drawn: Drawn,
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
    let resampler = Resampler::new(&panel, &estimates, confidence, drawn.plan.seed)?;
    let units = estimates.sample.units;
    let smoothing = Smoothing::new(0.0, units, resampler.groups(), confidence);
    let (log, difference) = ((top / bottom).ln(), top - bottom);
    let of = |replicates: usize| -> (Vec<f64>, Vec<f64>) {
        let plan = Plan { replicates, ..drawn.plan };
        let all = draw(&resampler, versions.len(), plan, |draw| {
            let (top, bottom) = (draw.values[0][0], draw.values[1][0]);
            let log = || smoothing.apply(log, (top / bottom).ln(), 0.0);
            // The linearised quantile of a wild resample can leave the positive numbers; it then says nothing.
            (top > 0.0 && bottom > 0.0).then(|| (log(), smoothing.apply(difference, top - bottom, 0.0)))
        });
        all.into_iter().flatten().unzip()
    };
    let (logs, differences) = of(drawn.plan.replicates);
    let p = match drawn.more(beyond(&logs)) {
        Some(more) => share(&of(more).0),
        None => share(&logs),
    };
    let (logs, differences) = (sorted(&logs), sorted(&differences));
    let ends =
        |ascending: &[f64]| [confidence.alpha() / 2.0, confidence.upper()].map(|at| type7(ascending, at));
    let ([low, high], [from, to]) = (ends(&differences), ends(&logs));
    let sd = |all: &[f64]| Summary::of(all, None).and_then(|all| all.sd());
    let of_logs = Interval { low: from.map(f64::exp), high: to.map(f64::exp), method: Method::Bootstrap };
    Some(QuantileRatio {
        difference,
        se: sd(&differences),
        interval: Interval { low, high, method: Method::Bootstrap },
        ratio: Ratio { ratio: top / bottom, se_log: sd(&logs), units, interval: of_logs, p: Some(p) },
    })
}

/// Of resampled logarithms, those on the side of "the same" where fewer lie.
fn beyond(logs: &[f64]) -> usize {
    let count = |is: &dyn Fn(f64) -> bool| logs.iter().filter(|log| is(**log)).count();
    count(&|log| log <= 0.0).min(count(&|log| log >= 0.0))
}

/// `p = 2 (1 + k)/(B + 1)`, k the resamples [`beyond`].
fn share(logs: &[f64]) -> f64 {
    (2.0 * (1.0 + beyond(logs) as f64) / (logs.len() as f64 + 1.0)).min(1.0)
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
                quantile_ratio((&a, rival), None, 0.9, Confidence::default(), Drawn { plan, below: 0.05 })
                    .expect("positive");
            let (low, high) = found.ratio.interval.bounds().expect("both ends");
            let (ratio, p) = (found.ratio.ratio, found.ratio.p.expect("p"));
            assert!(p < 0.05 && found.difference > 0.0, "{p}");
            assert!(low < 2.0 && 2.0 < high && (1.6..2.4).contains(&ratio), "{low} {ratio} {high}");
            high / low
        };
        assert!(width(&b) < width(&unpaired));
        let one = |runs: Vec<f64>| PerCase::from_iter([runs]);
        let none = quantile_ratio(
            (&one(vec![]), &one(vec![1.0])),
            None,
            0.5,
            Confidence::default(),
            Drawn { plan, below: 0.05 },
        );
        assert_eq!(none, None);
    }

    #[test]
    fn p_falls_as_low_as_its_family_needs_and_moves_no_interval() {
        let draw = &mut Stream::new(8, 8);
        let runs: Vec<f64> = (0..60).map(|_| (0.3 * draw.normal()).exp()).collect();
        let a: PerCase = runs.iter().map(|x| vec![3.0 * x]).collect();
        let b: PerCase = runs.iter().rev().map(|x| vec![*x]).collect();
        let plan = Plan { replicates: 300, ..Plan::default() };
        let found = |below: f64| {
            quantile_ratio((&a, &b), None, 0.5, Confidence::default(), Drawn { plan, below })
                .expect("positive")
        };
        let (alone, among) = (found(0.05), found(0.001));
        let p = |found: QuantileRatio| found.ratio.p.expect("p");
        assert_eq!((p(alone), p(among)), (2.0 / 301.0, 2.0 / 4001.0));
        assert_eq!((alone.interval, alone.ratio.interval), (among.interval, among.ratio.interval));
        let (low, high) = alone.interval.bounds().expect("both ends");
        assert!(low < alone.difference && alone.difference < high && alone.se.is_some_and(|se| se > 0.0));
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
            let many =
                quantile_ratio((&a, &b), groups, 0.95, Confidence::default(), Drawn { plan, below: 0.05 })
                    .expect("positive");
            let drawn = resampled((&a, &b), groups, 0.95, Confidence::default(), Drawn { plan, below: 0.05 })
                .expect("positive");
            assert_eq!((many.ratio.ratio, many.ratio.units), (drawn.ratio.ratio, drawn.ratio.units));
            let (one, other) = (many.ratio.se_log.expect("se"), drawn.ratio.se_log.expect("se"));
            assert!((one / other - 1.0).abs() < 0.2, "{one} {other}");
            assert!(many.ratio.interval.bounds().is_some_and(|(low, high)| low < 1.2 && 1.2 < high));
            let (one, other) = (many.se.expect("se"), drawn.se.expect("se"));
            assert!((one / other - 1.0).abs() < 0.2, "{one} {other}");
            assert!(
                many.interval
                    .bounds()
                    .is_some_and(|(low, high)| low < many.difference && many.difference < high)
            );
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
                let found =
                    quantile_ratio((&a, &b), None, p, Confidence::default(), Drawn { plan, below: 0.05 })
                        .expect("positive");
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
