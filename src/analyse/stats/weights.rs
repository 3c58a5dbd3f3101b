//! Owns weights: from what a person gives, through the group of evaluators, to numbers that sum to 1 (section C.3).
//! Names are resolved before; here a metric is its index.

use super::sums::sum;
use std::fmt;

/// Why weights cannot be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeightError {
    /// A weight below 0, infinite or not a number.
    Unusable {
        /// Index of the metric.
        metric: usize,
        /// The weight.
        weight: f64,
    },
    /// All weights are 0, or there are none.
    AllZero,
    /// The group has a weight but no evaluator left, or none with a share.
    EmptyGroup,
}

impl fmt::Display for WeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unusable { weight, .. } => write!(f, "a weight must be a number from 0 up, not `{weight}`"),
            Self::AllZero => write!(f, "no weight is above 0"),
            Self::EmptyGroup => write!(f, "a weight is given to a group without evaluators"),
        }
    }
}

impl std::error::Error for WeightError {}

/// Weights of any scale divided by their sum.
pub fn normalise(weights: &[f64]) -> Result<Vec<f64>, WeightError> {
    check(weights)?;
    let total = sum(weights.iter().copied());
    if total <= 0.0 {
        return Err(WeightError::AllZero);
    }
    Ok(weights.iter().map(|w| w / total).collect())
}

/// What is weighed, per metric.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Share {
    /// The weight given to this metric by name.
    pub named: Option<f64>,
    /// The evaluator's own weight inside the group (default 1), if the metric is an evaluator.
    pub in_group: Option<f64>,
}

/// Weights per metric, not yet normalised: `w_e = w_group omega_e / sum omega` over the evaluators that are not named
/// themselves; a named one leaves the group; a metric that is neither has weight 0.
pub fn split_group(group: Option<f64>, shares: &[Share]) -> Result<Vec<f64>, WeightError> {
    let omega: Vec<f64> = shares
        .iter()
        .map(|s| if s.named.is_none() && group.is_some() { s.in_group.unwrap_or(0.0) } else { 0.0 })
        .collect();
    check(&omega)?;
    let total = sum(omega.iter().copied());
    if group.is_some() && total <= 0.0 {
        return Err(WeightError::EmptyGroup);
    }
    let of_group = group.map_or(0.0, |w| w / total);
    Ok(shares.iter().zip(omega).map(|(share, omega)| share.named.unwrap_or(of_group * omega)).collect())
}

fn check(weights: &[f64]) -> Result<(), WeightError> {
    match weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
        Some(metric) => Err(WeightError::Unusable { metric, weight: weights[metric] }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_evaluator_leaves_the_group() {
        let shares = [
            Share { named: None, in_group: Some(2.0) },
            Share { named: Some(0.5), in_group: Some(1.0) },
            Share { named: None, in_group: Some(1.0) },
            Share { named: Some(3.0), in_group: None },
            Share::default(),
        ];
        assert_eq!(split_group(Some(6.0), &shares), Ok(vec![4.0, 0.5, 2.0, 3.0, 0.0]));
        assert_eq!(split_group(None, &shares), Ok(vec![0.0, 0.5, 0.0, 3.0, 0.0]));
        assert_eq!(split_group(Some(1.0), &shares[3..]), Err(WeightError::EmptyGroup));
    }

    #[test]
    fn weights_that_mean_nothing_are_refused() {
        assert_eq!(normalise(&[1.0, 3.0]), Ok(vec![0.25, 0.75]));
        assert_eq!(normalise(&[0.0, 0.0]), Err(WeightError::AllZero));
        assert_eq!(normalise(&[]), Err(WeightError::AllZero));
        assert_eq!(normalise(&[1.0, -1.0]), Err(WeightError::Unusable { metric: 1, weight: -1.0 }));
        assert!(normalise(&[f64::INFINITY]).is_err());
    }
}
