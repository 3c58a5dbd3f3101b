//! Owns the mean of a metric with its cluster-robust standard error, and the t interval (sections A.1, A.2).
//! Inference is at the level of units: cases, or groups of cases. Repeats are averaged before they come here.

use super::interval::{Confidence, Interval, Method};
use super::sums::{Groups, group_sums, sum};

/// Values closer than this, relative to the largest, are one value: rounding noise is no evidence of spread.
const SAME: f64 = 1e-12;

/// A mean over cases and what is known about its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Cases with a value.
    pub n: usize,
    /// Units G: groups, or cases when there are none.
    pub units: usize,
    /// `m`, weighted if the cases are.
    pub mean: f64,
    /// CR1 standard error; `None` with one unit.
    pub se: Option<f64>,
    /// The standard error if every case were its own group; `None` with one case.
    pub se_naive: Option<f64>,
    /// Whether case weights were used.
    pub weighted: bool,
}

impl Summary {
    /// The plain mean; `None` without values. `groups` is as long as `values`.
    pub fn of(values: &[f64], groups: Groups<'_>) -> Option<Self> {
        Self::with(values, None, groups)
    }

    /// The mean under case weights (`>= 0`, same length, not all 0), the plain one without.
    pub fn with(values: &[f64], weights: Option<&[f64]>, groups: Groups<'_>) -> Option<Self> {
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let total = sum((0..values.len()).map(weight));
        if total <= 0.0 {
            return None;
        }
        let constant = constant(values);
        let mean =
            constant.unwrap_or_else(|| sum(values.iter().enumerate().map(|(i, y)| weight(i) * y)) / total);
        let residual = |(i, y): (usize, &f64)| if constant.is_some() { 0.0 } else { weight(i) * (y - mean) };
        let residuals: Vec<f64> = values.iter().enumerate().map(residual).collect();
        let (units, se) = cluster_se(&residuals, total, groups);
        let (_, se_naive) = cluster_se(&residuals, total, None);
        Some(Self { n: values.len(), units, mean, se, se_naive, weighted: weights.is_some() })
    }

    /// `G - 1`.
    pub fn df(&self) -> usize {
        self.units - 1
    }

    /// Sample standard deviation of the case values; `None` with one case or with weights.
    pub fn sd(&self) -> Option<f64> {
        self.se_naive.filter(|_| !self.weighted).map(|se| se * (self.n as f64).sqrt())
    }

    /// `(SE/SE_naive)^2`, how much the groups cost; shown above 1.2. `None` where a standard error is missing or 0.
    pub fn design_effect(&self) -> Option<f64> {
        let naive = self.se_naive.filter(|&se| se > 0.0)?;
        self.se.map(|se| (se / naive).powi(2))
    }

    /// `t_{1-alpha/2, G-1} SE`, half the width of the t interval.
    pub fn half_width(&self, confidence: Confidence) -> Option<f64> {
        self.se.map(|se| confidence.t(self.df() as f64) * se)
    }

    /// `m -+ t_{G-1} SE` (A.2, numeric evaluators on other scales than [0, 1]).
    pub fn t_interval(&self, confidence: Confidence) -> Interval {
        Interval::around(self.mean, self.half_width(confidence), Method::T)
    }
}

/// Number of units and `sqrt(G/(G-1) sum_g (sum_{i in g} r_i)^2) / total`, the CR1 standard error of a mean with
/// residuals `r_i = w_i (y_i - m)` and total weight `total` (Miller 2024, eq. 4, times G/(G-1)).
pub(super) fn cluster_se(residuals: &[f64], total: f64, groups: Groups<'_>) -> (usize, Option<f64>) {
    let units = group_sums(residuals, groups);
    let g = units.len() as f64;
    let squares = sum(units.iter().map(|r| r * r));
    (units.len(), (units.len() > 1).then(|| (g / (g - 1.0) * squares).sqrt() / total))
}

/// The one value of `values`, if they do not differ.
fn constant(values: &[f64]) -> Option<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (high - low <= SAME * high.abs().max(low.abs())).then_some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_noise_is_not_spread() {
        let noisy = [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2];
        let summary = Summary::of(&noisy, None).expect("four values");
        assert_eq!(summary.se, Some(0.0));
    }

    #[test]
    fn one_unit_has_no_standard_error_and_nothing_has_no_mean() {
        let one_group = Summary::of(&[1.0, 0.0, 1.0], Some(&[4, 4, 4])).expect("three values");
        assert_eq!((one_group.units, one_group.se), (1, None));
        assert_eq!(one_group.t_interval(Confidence::default()), Interval::none(Method::T));
        assert_eq!(Summary::of(&[], None), None);
        assert_eq!(Summary::with(&[1.0], Some(&[0.0]), None), None);
    }

    #[test]
    fn integer_weights_count_as_copies_in_one_group() {
        let weighted = Summary::with(&[1.0, 0.0, 0.5], Some(&[3.0, 1.0, 2.0]), None).expect("values");
        let copies = Summary::of(&[1.0, 1.0, 1.0, 0.0, 0.5, 0.5], Some(&[0, 0, 0, 1, 2, 2])).expect("values");
        assert!((weighted.mean - copies.mean).abs() < 1e-15);
        assert!((weighted.se.expect("se") - copies.se.expect("se")).abs() < 1e-15);
    }
}
