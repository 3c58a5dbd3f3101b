//! Owns the correction of a judge by a few human labels (section J.3; Angelopoulos et al. 2023, PPI++ 2024). For a
//! comparison it is applied to paired differences. It never replaces the judge's score: it is an extra row.

use super::interval::{Confidence, Interval, Method};
use super::mean::Summary;
use super::sums::sum;

/// Human labels needed for the normal interval to hold.
pub const FEWEST_LABELS: usize = 30;

/// A mean corrected by human labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corrected {
    /// How much the judge is used, in [0, 1]: 0 is the labels alone, 1 classic prediction-powered inference.
    pub lambda: f64,
    /// The corrected mean.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// `estimate -+ z SE`.
    pub interval: Interval,
}

/// `theta = ybar + lambda (fbar_N - fbar_n)`, with human labels `human` and the judge's `labelled` on the same cases,
/// and its `unlabelled` on further cases. `lambda` is tuned for the smallest variance unless given. `None` below two
/// labelled or two unlabelled cases.
pub fn prediction_powered(
    human: &[f64],
    labelled: &[f64],
    unlabelled: &[f64],
    lambda: Option<f64>,
    confidence: Confidence,
) -> Option<Corrected> {
    let (n, further) = (human.len() as f64, unlabelled.len() as f64);
    let variance = |values: &[f64]| Summary::of(values, None)?.sd().map(|sd| sd * sd);
    let mean = |values: &[f64]| sum(values.iter().copied()) / values.len() as f64;
    let lambda = lambda.map_or_else(|| tuned(human, labelled, unlabelled), Some)?;
    let rest: Vec<f64> = human.iter().zip(labelled).map(|(y, f)| y - lambda * f).collect();
    let estimate = mean(human) + lambda * (mean(unlabelled) - mean(labelled));
    let se = (variance(&rest)? / n + lambda * lambda * variance(unlabelled)? / further).sqrt();
    let interval = Interval::around(estimate, Some(confidence.z() * se), Method::PredictionPowered);
    Some(Corrected { lambda, estimate, se, interval })
}

/// `clamp(Cov_n(y, f) / ((1 + n/N) Var_{n+N}(f)), 0, 1)`; 0 for a judge that always says the same.
fn tuned(human: &[f64], labelled: &[f64], unlabelled: &[f64]) -> Option<f64> {
    let n = human.len() as f64;
    let (y, f) = (Summary::of(human, None)?.mean, Summary::of(labelled, None)?.mean);
    let covariance = sum(human.iter().zip(labelled).map(|(a, b)| (a - y) * (b - f))) / (n - 1.0);
    let all: Vec<f64> = labelled.iter().chain(unlabelled).copied().collect();
    let variance = Summary::of(&all, None)?.sd()?.powi(2);
    let best = covariance / ((1.0 + n / unlabelled.len() as f64) * variance);
    Some(if variance > 0.0 { best.clamp(0.0, 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_judge_counts_as_far_as_labels_are_few() {
        // Covariance 5/3, variance of all eight 10/7, twice for as many labels as others.
        let all = [0.0, 1.0, 2.0, 3.0];
        let got = prediction_powered(&all, &all, &all, None, Confidence::default()).expect("labels");
        assert!((got.lambda - 7.0 / 12.0).abs() < 1e-12, "{got:?}");
    }

    #[test]
    fn a_useless_judge_is_not_used() {
        let human = [1.0, 0.0, 1.0, 1.0];
        let got =
            prediction_powered(&human, &[0.5; 4], &[0.5; 9], None, Confidence::default()).expect("labels");
        assert_eq!((got.lambda, got.estimate), (0.0, 0.75));
        assert_eq!(prediction_powered(&[1.0], &[1.0], &[1.0, 0.0], None, Confidence::default()), None);
        assert_eq!(prediction_powered(&human, &[0.5; 4], &[], None, Confidence::default()), None);
    }
}
