//! Owns the Wilcoxon signed-rank test (section B.3, option `--test wilcoxon`).

use super::special::norm_two_sided;
use super::sums::sum;

/// Exact p-values are counted up to this many nonzero differences (2^50 is exact in a double).
const MOST_EXACT: usize = 50;
/// Absolute differences this close, relative to the larger, share a rank.
const SAME: f64 = 1e-12;
/// A difference this small beside the largest is rounding noise of a zero, such as the sum of a cluster's.
const NOISE: f64 = 1e-12;

/// Rank sums and two-sided p-values; zeros are dropped, ties get average ranks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wilcoxon {
    /// Nonzero differences m.
    pub nonzero: usize,
    /// Sum of the ranks of positive differences.
    pub w_plus: f64,
    /// Sum of the ranks of negative differences.
    pub w_minus: f64,
    /// Standardised `w_plus`, variance corrected for ties, no continuity correction.
    pub z: f64,
    /// p of `z`.
    pub p_normal: f64,
    /// p with the continuity correction of 1/2.
    pub p_normal_corrected: f64,
    /// Exact p, without ties and up to 50 nonzero differences.
    pub p_exact: Option<f64>,
}

impl Wilcoxon {
    /// The exact p where there is one, else the normal one (without continuity correction).
    pub fn p(&self) -> f64 {
        self.p_exact.unwrap_or(self.p_normal)
    }
}

/// The test of paired `differences`.
pub fn wilcoxon(differences: &[f64]) -> Wilcoxon {
    let largest = differences.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
    let mut nonzero: Vec<f64> = differences.iter().copied().filter(|d| d.abs() > NOISE * largest).collect();
    nonzero.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let m = nonzero.len();
    let (mut w_plus, mut tie_term, mut ties) = (0.0, 0.0, false);
    let mut rank = 0;
    for tied in nonzero.chunk_by(|a, b| b.abs() - a.abs() <= SAME * b.abs()) {
        let size = tied.len();
        let average = rank as f64 + (size as f64 + 1.0) / 2.0;
        w_plus += average * tied.iter().filter(|&&d| d > 0.0).count() as f64;
        tie_term += (size as f64).powi(3) - size as f64;
        ties |= size > 1;
        rank += size;
    }
    let size = m as f64;
    let total = size * (size + 1.0) / 2.0;
    let excess = w_plus - total / 2.0;
    let sd = (total * (2.0 * size + 1.0) / 12.0 - tie_term / 48.0).max(0.0).sqrt();
    let standardised = |distance: f64| if sd > 0.0 { distance / sd } else { 0.0 };
    let z = standardised(excess);
    // Signed on purpose: at a distance below 1/2 the corrected statistic changes sign, as in scipy.
    let corrected = if excess == 0.0 { 0.0 } else { standardised(excess - 0.5f64.copysign(excess)) };
    Wilcoxon {
        nonzero: m,
        w_plus,
        w_minus: total - w_plus,
        z,
        p_normal: norm_two_sided(z),
        p_normal_corrected: norm_two_sided(corrected),
        p_exact: (!ties && m <= MOST_EXACT).then(|| exact(m, w_plus)),
    }
}

/// `2 min(P(W <= w), P(W >= w))`, by counting the subsets of ranks `1..=m` with each sum.
fn exact(m: usize, w: f64) -> f64 {
    let total = m * (m + 1) / 2;
    let mut subsets = vec![0.0; total + 1];
    subsets[0] = 1.0;
    for rank in 1..=m {
        for with in (rank..=total).rev() {
            subsets[with] += subsets[with - rank];
        }
    }
    let at = w as usize;
    let (below, above) = (sum(subsets[..=at].iter().copied()), sum(subsets[at..].iter().copied()));
    (2.0 * below.min(above) / 2f64.powi(m as i32)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::wilcoxon;

    #[test]
    fn nothing_to_rank_is_no_evidence() {
        let none = wilcoxon(&[0.0, 0.0]);
        assert_eq!((none.nonzero, none.p(), none.p_normal, none.p_normal_corrected), (0, 1.0, 1.0, 1.0));
    }

    #[test]
    fn differences_equal_up_to_rounding_are_ties() {
        let (noisy, clean) = ([0.1 + 0.2 - 0.3, 0.5, -1.0, 2.0], [0.0, 0.5, -1.0, 2.0]);
        assert_eq!(wilcoxon(&noisy), wilcoxon(&clean), "what rounds to nothing has no rank");
        assert_eq!(wilcoxon(&[0.3 - 0.2, -0.1, 0.25]).p_exact, None);
    }
}
