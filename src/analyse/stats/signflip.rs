//! Owns the paired sign-flip permutation test (section B.3) and the choice between its four computations.
//! Under the null hypothesis each unit's difference is as likely to have the other sign; units are cases or groups.

mod enumeration;
mod lattice;
mod random;

use super::mean::Summary;
use super::special::t_two_sided;
use super::sums::sum;

pub use random::DRAWS;

/// Up to this many nonzero units every sign assignment is enumerated.
pub const MOST_ENUMERATED: usize = 20;
/// Above this many nonzero units the t test replaces random signs.
pub const MOST_RANDOM: usize = 10_000;
/// A unit this small beside the largest is rounding noise of a zero.
const NOISE: f64 = 1e-12;

/// How a p-value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Computation {
    /// Every assignment of signs: `extreme` of `total` are at least as far from 0.
    Enumeration {
        /// Assignments at least as extreme.
        extreme: u64,
        /// `2^m`.
        total: u64,
    },
    /// Exact distribution over a lattice of multiples.
    Lattice,
    /// Random signs.
    Random,
    /// Student's t.
    T,
}

/// A two-sided sign-flip test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignFlip {
    /// `T`, the sum of the units.
    pub statistic: f64,
    /// Units that are not 0.
    pub nonzero: usize,
    /// Two-sided p, in (0, 1].
    pub p: f64,
    /// How it was computed.
    pub computation: Computation,
}

/// Tests unit sums `D_g` (for cases without groups, the differences themselves). `seed` matters only where signs are
/// drawn at random.
pub fn sign_flip(units: &[f64], seed: u64) -> SignFlip {
    let largest = units.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
    let nonzero: Vec<f64> = units.iter().copied().filter(|d| d.abs() > NOISE * largest).collect();
    let statistic = sum(nonzero.iter().copied());
    let sizes: Vec<f64> = nonzero.iter().map(|d| d.abs()).collect();
    let threshold = statistic.abs() - tolerance(&sizes);
    let (p, computation) = if sizes.len() <= MOST_ENUMERATED {
        let (extreme, total) = enumeration::count(&sizes, threshold);
        (extreme as f64 / total as f64, Computation::Enumeration { extreme, total })
    } else if let Some(steps) = lattice::steps(&nonzero) {
        (lattice::p(&steps), Computation::Lattice)
    } else if sizes.len() <= MOST_RANDOM {
        (random::p(&sizes, threshold, seed), Computation::Random)
    } else {
        (student(units), Computation::T)
    };
    SignFlip { statistic, nonzero: nonzero.len(), p, computation }
}

/// An assignment is extreme when `|T*| >= |T| - 1e-12 max(1, sum|D|)`.
fn tolerance(sizes: &[f64]) -> f64 {
    1e-12 * sum(sizes.iter().copied()).max(1.0)
}

/// p of the one-sample t test of the units; 1 when they do not vary.
fn student(units: &[f64]) -> f64 {
    let summary = Summary::of(units, None);
    summary
        .and_then(|s| s.se.filter(|&se| se > 0.0).map(|se| t_two_sided(s.mean / se, s.df() as f64)))
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences without a common step and with a clear sign.
    fn irregular(n: u32) -> Vec<f64> {
        (0..n).map(|i| (f64::from(i) * 0.731).sin() + 0.12).collect()
    }

    #[test]
    fn every_computation_agrees_with_the_t_test_on_many_units() {
        let units = irregular(400);
        let drawn = sign_flip(&units, 42);
        assert_eq!(drawn.computation, Computation::Random);
        assert!((drawn.p - student(&units)).abs() < 0.01, "{} {}", drawn.p, student(&units));
        let steps: Vec<f64> = units.iter().map(|d| (d * 4.0).round() / 4.0).collect();
        let exact = sign_flip(&steps, 42);
        assert_eq!(exact.computation, Computation::Lattice);
        assert!((exact.p - student(&steps)).abs() < 0.01);
        assert_eq!(sign_flip(&irregular(10_400), 42).computation, Computation::T);
    }

    #[test]
    fn random_signs_follow_the_seed_and_never_give_zero() {
        let clear: Vec<f64> = irregular(60).iter().map(|d| d + 5.0).collect();
        assert_eq!(sign_flip(&clear, 1), sign_flip(&clear, 1));
        assert_eq!(sign_flip(&clear, 1).p, 1.0 / (DRAWS as f64 + 1.0));
    }

    #[test]
    fn sums_that_differ_by_rounding_are_as_extreme() {
        // Of 16 assignments only the two that sum to 0 are less extreme than 0.2.
        assert_eq!(sign_flip(&[-0.2, 0.1, 0.7, -0.8], 0).p, 14.0 / 16.0);
    }

    #[test]
    fn noise_of_group_sums_is_dropped() {
        let noisy = sign_flip(&[0.1 + 0.2 - 0.3, 1.0, -1.0, 1.0], 0);
        assert_eq!((noisy.nonzero, noisy.p), (3, 1.0));
        assert_eq!(sign_flip(&[], 0).p, 1.0);
    }
}
