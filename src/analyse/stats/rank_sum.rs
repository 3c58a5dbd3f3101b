//! Owns the rank-sum test of two independent samples (Wilcoxon 1945, Mann and Whitney 1947): whether the numbers of one
//! tend to lie above those of the other, whatever their shape. Used for the trend of a latency within a batch.

use super::special::norm_two_sided;

/// What the ranks say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSum {
    /// Standardised rank sum of the first sample; above 0 where it tends to be larger.
    pub z: f64,
    /// Two-sided p of `z`.
    pub p: f64,
}

/// `z = (R - n1 (N + 1)/2) / sd`, R the sum of the ranks of `first` among all N, ties at their middle,
/// `sd² = n1 n2/12 (N + 1 - Σ (t³ - t)/(N (N - 1)))` over ties of t, no continuity correction. `None` without
/// numbers on a side; a p of 1 where all are equal.
pub fn rank_sum(first: &[f64], second: &[f64]) -> Option<RankSum> {
    let (n1, n2) = (first.len() as f64, second.len() as f64);
    if first.is_empty() || second.is_empty() {
        return None;
    }
    let mine = first.iter().map(|x| (*x, true));
    let mut all: Vec<(f64, bool)> = mine.chain(second.iter().map(|x| (*x, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut ranks, mut ties, mut before) = (0.0, 0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        let size = tied.len() as f64;
        ranks += (before + (size + 1.0) / 2.0) * tied.iter().filter(|(_, mine)| *mine).count() as f64;
        ties += size.powi(3) - size;
        before += size;
    }
    let n = n1 + n2;
    let variance = n1 * n2 / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    let excess = ranks - n1 * (n + 1.0) / 2.0;
    let z = if variance > 0.0 { excess / variance.sqrt() } else { 0.0 };
    Some(RankSum { z, p: norm_two_sided(z) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::rng::Stream;

    #[test]
    fn small_samples_by_hand() {
        // Ranks 1, 2.5, 4 of the first; R = 7.5 of an expected 12, sd² = 3·4/12 (8 - 6/42).
        let found = rank_sum(&[1.0, 2.0, 3.0], &[2.0, 5.0, 6.0, 7.0]).unwrap();
        assert!((found.z + 4.5 / (8.0 - 6.0 / 42.0_f64).sqrt()).abs() < 1e-12, "{found:?}");
        let turned = rank_sum(&[2.0, 5.0, 6.0, 7.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((found.z + turned.z).abs() < 1e-12 && found.p == turned.p);
        assert_eq!(rank_sum(&[2.0, 2.0], &[2.0]), Some(RankSum { z: 0.0, p: 1.0 }));
        assert_eq!(rank_sum(&[], &[1.0]), None);
    }

    #[test]
    fn what_does_not_change_is_told_to_change_as_seldom_as_promised() {
        let trials = 2_000;
        // The heavy tail of a latency, and the same in whole seconds: many ties.
        for (n, rounded) in [(10, false), (10, true), (60, false), (60, true)] {
            let p = |trial: u64| {
                let draw = &mut Stream::new(n, trial);
                let mut half = || -> Vec<f64> {
                    let one = |_| (1.2 * draw.normal()).exp();
                    (0..n).map(one).map(|x: f64| if rounded { x.ceil() } else { x }).collect()
                };
                rank_sum(&half(), &half()).expect("numbers").p
            };
            let all: Vec<f64> = (0..trials).map(p).collect();
            for (level, most) in [(0.05, 0.065), (0.01, 0.0167)] {
                let share = all.iter().filter(|p| **p < level).count() as f64 / trials as f64;
                assert!(share <= most, "{share} below {level} at n = {n}, rounded: {rounded}");
            }
        }
    }

    #[test]
    fn a_doubling_is_seen() {
        let draw = &mut Stream::new(8, 8);
        let mut lot =
            |scale: f64| -> Vec<f64> { (0..60).map(|_| scale * (0.5 * draw.normal()).exp()).collect() };
        let found = rank_sum(&lot(2.0), &lot(1.0)).unwrap();
        assert!(found.z > 4.0 && found.p < 1e-4, "{found:?}");
    }
}
