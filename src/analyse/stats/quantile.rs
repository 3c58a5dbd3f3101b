//! Owns sample quantiles and their intervals (section A.4): latency and time to first token at P50, P90, P95, P99.

use super::interval::{Confidence, Interval, Method};
use super::mean::cluster_se;
use super::special::binom_cdf;
use super::sums::{Groups, sum};

/// `values` in ascending order (total order of IEEE 754).
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    ascending
}

/// The type-7 quantile of ascending values, `h = (N-1)p`, linear between neighbours (Hyndman & Fan 1996; the default
/// of numpy and R). `None` without values; `p` in [0, 1].
pub fn type7(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let h = last as f64 * p.clamp(0.0, 1.0);
    let below = h.floor() as usize;
    let low = ascending[below];
    Some(if below == last { low } else { low + (h - below as f64) * (ascending[below + 1] - low) })
}

/// The distribution-free interval between two order statistics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderStatistics {
    /// 1-based rank of the lower end; `None` if the sample is too small for one.
    pub lower_rank: Option<usize>,
    /// 1-based rank of the upper end; `None` if the sample is too small for one.
    pub upper_rank: Option<usize>,
    /// `[x_(l), x_(u)]`.
    pub interval: Interval,
    /// Exact coverage; a missing side counts as unbounded.
    pub coverage: f64,
}

/// Interval for independent runs (one per case, no groups): `l` the largest rank with
/// `P(X <= l-1) <= alpha/2`, `u` the smallest with `P(X <= u-1) >= 1-alpha/2`, `X ~ Binomial(N, p)`.
pub fn order_statistics(ascending: &[f64], p: f64, confidence: Confidence) -> OrderStatistics {
    let n = ascending.len();
    let cdf_below = |rank: usize| binom_cdf(rank as u64 - 1, n as u64, p);
    let first_rank = |stop: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = (1, n + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if stop(cdf_below(middle)) { high = middle } else { low = middle + 1 }
        }
        low
    };
    let tail = confidence.alpha() / 2.0;
    let lower_rank = Some(first_rank(&|below| below > tail) - 1).filter(|&l| l >= 1);
    let upper_rank = Some(first_rank(&|below| below >= 1.0 - tail)).filter(|&u| u <= n);
    let end = |rank: Option<usize>| rank.map(|r| ascending[r - 1]);
    OrderStatistics {
        lower_rank,
        upper_rank,
        interval: Interval { low: end(lower_rank), high: end(upper_rank), method: Method::OrderStatistic },
        coverage: upper_rank.map_or(1.0, cdf_below) - lower_rank.map_or(0.0, cdf_below),
    }
}

/// Runs needed before both sides of the order-statistic interval exist, `0 < p < 1`: 6, 36, 72, 368 for P50, P90,
/// P95, P99 at 95 %.
pub fn runs_needed(p: f64, confidence: Confidence) -> usize {
    let outer = p.max(1.0 - p);
    ((confidence.alpha() / 2.0).ln() / outer.ln()).ceil() as usize
}

/// The interval of a quantile of clustered rows (repeats or groups).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Woodruff {
    /// The type-7 quantile of all rows.
    pub estimate: f64,
    /// Units G.
    pub units: usize,
    /// CR1 standard error of the share of rows at or below the estimate; `None` with one unit.
    pub se_cdf: Option<f64>,
    /// `p - t SE` and `p + t SE`; may leave (0, 1).
    pub probabilities: Option<(f64, f64)>,
    /// Quantiles at those probabilities; a side outside (0, 1) is missing.
    pub interval: Interval,
}

/// Woodruff's interval (1952) with a cluster-robust standard error; `None` without rows.
pub fn woodruff(values: &[f64], groups: Groups<'_>, p: f64, confidence: Confidence) -> Option<Woodruff> {
    let ascending = sorted(values);
    let estimate = type7(&ascending, p)?;
    let below: Vec<f64> = values.iter().map(|&x| f64::from(u8::from(x <= estimate))).collect();
    let n = values.len() as f64;
    let share = sum(below.iter().copied()) / n;
    let residuals: Vec<f64> = below.iter().map(|b| b - share).collect();
    let (units, se_cdf) = cluster_se(&residuals, n, groups);
    let probabilities = se_cdf.map(|se| {
        let half = confidence.t((units - 1) as f64) * se;
        (p - half, p + half)
    });
    let interval = Interval {
        low: probabilities.filter(|&(low, _)| low > 0.0).and_then(|(low, _)| type7(&ascending, low)),
        high: probabilities.filter(|&(_, high)| high < 1.0).and_then(|(_, high)| type7(&ascending, high)),
        method: Method::Woodruff,
    };
    Some(Woodruff { estimate, units, se_cdf, probabilities, interval })
}

/// `kappa = (x_(u) - x_(l)) / (2 z sqrt(p(1-p)/N))`, the slope of the quantile function at `p`: how far the quantile
/// moves per share of rows (D.2). A missing rank falls back to the smallest or largest row. 0 without rows.
pub fn slope(ascending: &[f64], p: f64, confidence: Confidence) -> f64 {
    let (Some(&least), Some(&most)) = (ascending.first(), ascending.last()) else { return 0.0 };
    let ranks = order_statistics(ascending, p, confidence).interval;
    let spread = ranks.high.unwrap_or(most) - ranks.low.unwrap_or(least);
    spread / (2.0 * confidence.z() * (p * (1.0 - p) / ascending.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_needed_runs_are_exactly_enough() {
        let level = Confidence::default();
        for (p, needed) in [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)] {
            assert_eq!(runs_needed(p, level), needed);
            let rows: Vec<f64> = (0..needed).map(|i| i as f64).collect();
            let both = |of: &[f64]| {
                let got = order_statistics(of, p, level);
                got.lower_rank.is_some() && got.upper_rank.is_some()
            };
            assert!(both(&rows) && !both(&rows[1..]), "{p}");
        }
    }

    #[test]
    fn the_slope_of_a_uniform_sample_is_its_range() {
        let rows: Vec<f64> = (0..=1000).map(|i| f64::from(i) * 3.0).collect();
        assert!((slope(&rows, 0.5, Confidence::default()) / 3000.0 - 1.0).abs() < 0.03);
        assert_eq!(slope(&[], 0.5, Confidence::default()), 0.0);
        assert_eq!(type7(&[], 0.5), None);
    }
}
