//! Owns the Pareto front (section E): versions that no other beats on every metric that counts. A version off the front
//! wins under no weights.

use super::ranking::TIE_TOLERANCE;

/// For each version the versions that dominate it: at least as good on every metric with a positive weight and better
/// on one, within 1e-12. `utilities[v][m]`. A version without dominators is on the front.
pub fn dominated_by(utilities: &[Vec<f64>], weights: &[f64]) -> Vec<Vec<usize>> {
    let versions = 0..utilities.len();
    versions
        .clone()
        .map(|v| {
            let beats = |x: &usize| *x != v && dominates(&utilities[*x], &utilities[v], weights);
            versions.clone().filter(beats).collect()
        })
        .collect()
}

/// Whether utilities `a` dominate `b` on the metrics with a positive weight.
pub fn dominates(a: &[f64], b: &[f64], weights: &[f64]) -> bool {
    let counted = || a.iter().zip(b).zip(weights).filter(|(_, w)| **w > 0.0).map(|(pair, _)| pair);
    counted().all(|(a, b)| *a >= b - TIE_TOLERANCE) && counted().any(|(a, b)| *a > b + TIE_TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_without_weight_do_not_save_a_version() {
        let utilities = [vec![0.9, 0.5, 0.0], vec![0.9, 0.4, 1.0], vec![0.9, 0.5, 0.2]];
        assert_eq!(dominated_by(&utilities, &[0.5, 0.5, 0.0]), [vec![], vec![0, 2], vec![]]);
        assert_eq!(dominated_by(&utilities, &[0.5, 0.3, 0.2]), [vec![2], vec![], vec![]]);
    }
}
