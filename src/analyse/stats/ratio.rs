//! Owns ratios: of one version's positive values over another's (section B.4: cost, latency, tokens), and of two sums over
//! one version's own cases (A.3, A.5: cost a success, tokens a second).

use super::interval::{Confidence, Interval, Method};
use super::mean::{Summary, cluster_se};
use super::special::t_two_sided;
use super::sums::{Groups, sum};

/// Numbers closer than this, relative to their size, are one number: rounding noise is no evidence.
const SAME: f64 = 1e-12;

/// A ratio with its interval; 1 is "the same".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The ratio, first over second version.
    pub ratio: f64,
    /// Standard error of its logarithm; `None` with one unit.
    pub se_log: Option<f64>,
    /// Units G.
    pub units: usize,
    /// `ratio exp(-+ t_{G-1} SE)`.
    pub interval: Interval,
    /// Two-sided p of "the ratio is 1"; `None` with one unit.
    pub p: Option<f64>,
}

impl Ratio {
    /// Of its logarithm.
    pub(super) fn from_log(
        log: f64,
        units: usize,
        se_log: Option<f64>,
        method: Method,
        confidence: Confidence,
    ) -> Self {
        let df = units as f64 - 1.0;
        let interval = se_log.map_or(Interval::none(method), |se| {
            let half = confidence.t(df) * se;
            Interval::new((log - half).exp(), (log + half).exp(), method)
        });
        let p = se_log.map(|se| match (se > 0.0, log == 0.0) {
            (true, _) => t_two_sided(log / se, df),
            (false, same) => f64::from(u8::from(same)),
        });
        Self { ratio: log.exp(), se_log, units, interval, p }
    }
}

/// Ratio of means `R = abar/bbar`, what the bill does, by the linearised log ratio:
/// `phi_i = a_i/abar - b_i/bbar`, `SE = sqrt(G/(G-1) sum_g (sum_{i in g} phi_i)^2)/n`.
/// `None` without pairs or when a mean is not positive.
pub fn ratio_of_means(a: &[f64], b: &[f64], groups: Groups<'_>, confidence: Confidence) -> Option<Ratio> {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (sum(a.iter().copied()) / n, sum(b.iter().copied()) / n);
    if !(mean_a > 0.0 && mean_b > 0.0) {
        return None;
    }
    let influence: Vec<f64> = a.iter().zip(b).map(|(a, b)| a / mean_a - b / mean_b).collect();
    let (units, se) = cluster_se(&influence, n, groups);
    let log = if (mean_a - mean_b).abs() <= SAME * mean_b { 0.0 } else { (mean_a / mean_b).ln() };
    let linearised = Ratio::from_log(log, units, se, Method::LogRatio, confidence);
    Some(Ratio { ratio: mean_a / mean_b, ..linearised })
}

/// The ratio of two sums, `R = sum a / sum b`, with what stands for every case in it: values whose mean is R and whose
/// spread is R's to first order, `R + (a_i - R b_i)/bbar` (Taylor linearisation; `R (1 + phi_i)` by B.4's `phi_i`). A mean
/// of them, a paired difference or a ratio of means is then the ratio's own, with `phi_i` as its influence.
/// `None` unless `sum b > 0`; both slices cover the same cases.
pub fn linearised(a: &[f64], b: &[f64]) -> Option<(f64, Vec<f64>)> {
    let below = sum(b.iter().copied());
    if below <= 0.0 {
        return None;
    }
    let ratio = sum(a.iter().copied()) / below;
    let mean = below / b.len() as f64;
    let one = |(a, b): (&f64, &f64)| {
        let pull = (a - ratio * b) / mean;
        if pull.abs() <= SAME * ratio { ratio } else { ratio + pull }
    };
    Some((ratio, a.iter().zip(b).map(one).collect()))
}

/// Geometric mean ratio, what a typical request does: t interval on `ln(a_i/b_i)`.
/// `None` without pairs or when a value is not positive; `weights` as in [`Summary::with`].
pub fn geometric_mean_ratio(
    a: &[f64],
    b: &[f64],
    weights: Option<&[f64]>,
    groups: Groups<'_>,
    confidence: Confidence,
) -> Option<Ratio> {
    if a.iter().chain(b).any(|&x| x <= 0.0) {
        return None;
    }
    let logs: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a / b).ln()).collect();
    let summary = Summary::with(&logs, weights, groups)?;
    Some(Ratio::from_log(summary.mean, summary.units, summary.se, Method::GeometricMeanRatio, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_factor_is_known_exactly() {
        let (a, b) = ([2.0, 4.0, 8.0], [1.0, 2.0, 4.0]);
        let means = ratio_of_means(&a, &b, None, Confidence::default()).expect("positive");
        let geometric = geometric_mean_ratio(&a, &b, None, None, Confidence::default()).expect("positive");
        assert_eq!((means.ratio, means.se_log, means.p), (2.0, Some(0.0), Some(0.0)));
        assert!((geometric.ratio - 2.0).abs() < 1e-15);
    }

    #[test]
    fn a_ratio_of_sums_is_the_mean_of_what_stands_for_its_cases() {
        let (a, b) = ([2.0, 4.0, 9.0], [1.0, 2.0, 3.0]);
        let (ratio, values) = linearised(&a, &b).expect("something below the line");
        assert_eq!((ratio, values.as_slice()), (2.5, [2.25, 2.0, 3.25].as_slice()));
        // Its log-t interval is that of the ratio of means of the two sums.
        let level = Confidence::default();
        let summary = Summary::of(&values, None).expect("three cases");
        let own = crate::analyse::stats::positive::log_t(&summary, level);
        let of_means = ratio_of_means(&a, &b, None, level).expect("positive").interval;
        for (own, of_means) in [(own.low, of_means.low), (own.high, of_means.high)] {
            assert!((own.expect("an end") - of_means.expect("an end")).abs() < 1e-12);
        }
        assert_eq!(linearised(&a, &[0.0; 3]), None);
        assert_eq!(linearised(&[], &[]), None);
    }

    #[test]
    fn rates_that_are_the_same_but_for_rounding_are_no_evidence() {
        let values = |a: &[f64], b: &[f64]| linearised(a, b).expect("a rate").1;
        let (one, other) =
            (values(&[30.0, 40.0, 10.0], &[0.3, 0.4, 0.1]), values(&[33.0, 70.0, 20.0], &[0.33, 0.7, 0.2]));
        let ratio = ratio_of_means(&one, &other, None, Confidence::default()).expect("positive");
        assert_eq!((ratio.se_log, ratio.p), (Some(0.0), Some(1.0)), "{one:?} {other:?}");
    }

    #[test]
    fn free_versions_and_single_cases_have_no_interval() {
        assert_eq!(ratio_of_means(&[0.0, 0.0], &[1.0, 1.0], None, Confidence::default()), None);
        assert_eq!(geometric_mean_ratio(&[0.0, 1.0], &[1.0, 1.0], None, None, Confidence::default()), None);
        assert_eq!(ratio_of_means(&[], &[], None, Confidence::default()), None);
        let single = ratio_of_means(&[3.0], &[2.0], None, Confidence::default()).expect("positive");
        assert_eq!((single.ratio, single.interval, single.p), (1.5, Interval::none(Method::LogRatio), None));
    }
}
