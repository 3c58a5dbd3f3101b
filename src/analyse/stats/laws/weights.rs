//! Law 12: the interval of a weight against a grid of weights; and what domination means for winning.

use super::draws::{many, stream};
use crate::analyse::stats::pareto::dominated_by;
use crate::analyse::stats::ranking::total_utility;
use crate::analyse::stats::sensitivity::{robustness, weight_interval};
use crate::analyse::stats::weights::normalise;

/// The weights with metric `j` at `t` and the others rescaled.
fn moved(weights: &[f64], j: usize, t: f64) -> Vec<f64> {
    let rest = 1.0 - weights[j];
    weights.iter().enumerate().map(|(k, w)| if k == j { t } else { (1.0 - t) * w / rest }).collect()
}

#[test]
fn the_interval_of_a_weight_is_where_the_leader_stays_first() {
    for trial in 0..60 {
        let draw = &mut stream(12, trial);
        let utilities: Vec<Vec<f64>> = (0..4).map(|_| many(draw, 3, 0.0, 1.0)).collect();
        let weights = normalise(&many(draw, 3, 0.1, 1.0)).expect("weights");
        let total = |w: &[f64], v: usize| total_utility(w, &utilities[v]);
        let first = |w: &[f64], v: usize| (0..4).all(|x| total(w, v) >= total(w, x) - 1e-12);
        let leader = (0..4).find(|&v| first(&weights, v)).expect("someone is first");
        for metric in 0..3 {
            let interval = weight_interval(&utilities, &weights, metric, leader);
            assert!(interval.low <= weights[metric] && weights[metric] <= interval.high);
            for step in 0..=100 {
                let t = f64::from(step) / 100.0;
                let near_an_end = (t - interval.low).abs() < 1e-9 || (t - interval.high).abs() < 1e-9;
                let inside = interval.low <= t && t <= interval.high;
                assert!(near_an_end || inside == first(&moved(&weights, metric, t), leader));
            }
            if let Some(rival) = interval.above {
                assert!(first(&moved(&weights, metric, interval.high), rival));
            }
        }
    }
}

#[test]
fn a_dominated_version_wins_under_no_weights() {
    for trial in 0..5 {
        let draw = &mut stream(30, trial);
        let utilities: Vec<Vec<f64>> = (0..6).map(|_| many(draw, 2, 0.0, 1.0)).collect();
        let shares = robustness(&utilities, &[0.5, 0.5], trial);
        let dominated = dominated_by(&utilities, &[0.5, 0.5]);
        assert!(shares.iter().zip(&dominated).all(|(share, by)| by.is_empty() || *share == 0.0));
    }
}
