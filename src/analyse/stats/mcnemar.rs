//! Owns McNemar's exact test of two paired binary outcomes (section B.3).

use super::special::{binom_cdf, binom_pmf};

/// Two-sided p-values of `b` against `c` discordant cases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct McNemar {
    /// Exact: `min(1, 2 P(Bin(b+c, 1/2) <= min(b, c)))`.
    pub exact: f64,
    /// The same with half the probability of the observed split (mid-p).
    pub mid: f64,
}

/// `b` cases only the first version passes, `c` only the second; both 1 when there are none.
pub fn mcnemar(b: u64, c: u64) -> McNemar {
    let discordant = b + c;
    if discordant == 0 {
        return McNemar { exact: 1.0, mid: 1.0 };
    }
    let fewer = b.min(c);
    let observed = binom_pmf(fewer, discordant, 0.5);
    let both_tails = 2.0 * binom_cdf(fewer, discordant, 0.5);
    let mid = if b == c { 1.0 - observed } else { both_tails - observed };
    McNemar { exact: both_tails.min(1.0), mid: mid.min(1.0) }
}
