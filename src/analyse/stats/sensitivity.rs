//! Owns how far the leader depends on the weights (section E): the interval of each weight that keeps it first, and the
//! share of all weightings each version wins.

use super::ranking::{total_utility, winners};
use super::rng::{Stream, WEIGHTS_STREAM};

/// Draws of weightings for [`robustness`].
pub const WEIGHTINGS: usize = 10_000;
/// A margin that changes less than this per unit of weight does not depend on the weight.
const FLAT: f64 = 1e-15;

/// The weights of one metric at which the leader stays first, the others rescaled in proportion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightInterval {
    /// Lower end, in [0, 1].
    pub low: f64,
    /// Upper end, in [0, 1].
    pub high: f64,
    /// The rival that takes over below `low`; none where `low` is 0 without a limit.
    pub below: Option<usize>,
    /// The rival that takes over above `high`.
    pub above: Option<usize>,
}

/// Exact interval of the weight of `metric` that keeps `leader` (weakly) first. `utilities[v][m]`, `weights`
/// normalised.
pub fn weight_interval(
    utilities: &[Vec<f64>],
    weights: &[f64],
    metric: usize,
    leader: usize,
) -> WeightInterval {
    let shares = shares_of_others(weights, metric);
    let rest: Vec<f64> = utilities.iter().map(|u| total_utility(&shares, u)).collect();
    let mut out = WeightInterval { low: 0.0, high: 1.0, below: None, above: None };
    for rival in (0..utilities.len()).filter(|&v| v != leader) {
        let at_zero = rest[leader] - rest[rival];
        let slope = (utilities[leader][metric] - utilities[rival][metric]) - at_zero;
        let crossing = -at_zero / slope;
        if slope > FLAT && crossing > out.low {
            (out.low, out.below) = (crossing, Some(rival));
        } else if slope < -FLAT && crossing < out.high {
            (out.high, out.above) = (crossing, Some(rival));
        }
    }
    out
}

/// What each other metric gets of the weight that `metric` leaves: in proportion to its own, or equally when `metric`
/// has it all.
fn shares_of_others(weights: &[f64], metric: usize) -> Vec<f64> {
    let rest = 1.0 - weights[metric];
    let others = weights.len() - 1;
    let share = |(m, w): (usize, &f64)| match (m == metric, rest > 0.0) {
        (true, _) => 0.0,
        (false, true) => w / rest,
        (false, false) => 1.0 / others as f64,
    };
    weights.iter().enumerate().map(share).collect()
}

/// Share of all weightings of the metrics with a positive weight that each version wins (SMAA acceptability, Lahdelma
/// & Salminen 2001): Dirichlet(1, ..., 1) draws from one stream of `seed`; ties are shared. Sums to 1.
pub fn robustness(utilities: &[Vec<f64>], weights: &[f64], seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, WEIGHTS_STREAM);
    let mut won = vec![0.0; utilities.len()];
    let all = vec![true; utilities.len()];
    for _ in 0..WEIGHTINGS {
        // Independent exponentials, divided by their sum, are Dirichlet(1, ..., 1); the order needs no division.
        let drawn: Vec<f64> =
            weights.iter().map(|&w| if w > 0.0 { stream.exponential() } else { 0.0 }).collect();
        let scale = drawn.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let totals: Vec<f64> =
            utilities.iter().map(|u| u.iter().zip(&drawn).map(|(u, w)| u * w / scale).sum()).collect();
        for (v, share) in winners(&totals, &all) {
            won[v] += share / WEIGHTINGS as f64;
        }
    }
    won
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_all_leaves_equal_shares_to_the_others() {
        // At weight t of the first: 0.9 t + (1 - t) 0.3 against 0.5 t + (1 - t) 0.5, level at t = 1/3.
        let utilities = [vec![0.9, 0.1, 0.5], vec![0.5, 0.8, 0.2]];
        let found = weight_interval(&utilities, &[1.0, 0.0, 0.0], 0, 0);
        assert!((found.low - 1.0 / 3.0).abs() < 1e-12, "{found:?}");
        assert_eq!((found.high, found.below, found.above), (1.0, Some(1), None));
    }

    #[test]
    fn robustness_is_the_share_of_the_simplex() {
        // A wins where 0.9 w > 0.6 (1 - w), that is for w > 0.4; C never, D ties with nobody.
        let utilities = [vec![0.9, 0.0, 0.3], vec![0.0, 0.6, 0.9], vec![0.0, 0.5, 0.1]];
        let shares = robustness(&utilities, &[0.5, 0.5, 0.0], 42);
        assert!((shares[0] - 0.6).abs() < 0.02 && shares[2] == 0.0);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(shares, robustness(&utilities, &[0.1, 0.9, 0.0], 42));
    }

    #[test]
    fn copies_share_what_they_win() {
        let shares = robustness(&[vec![0.5, 0.5], vec![0.5, 0.5]], &[0.5, 0.5], 1);
        assert!((shares[0] - 0.5).abs() < 1e-9);
    }
}
