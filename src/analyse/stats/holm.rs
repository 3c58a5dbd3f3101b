//! Owns the correction for many p-values, and the word a comparison ends in (section B.5).

use super::interval::Interval;

/// Holm's step-down adjusted p-values in input order: `adj_(r) = max_{s<=r} min(1, (m-s+1) p_(s))` (Holm 1979).
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut ascending: Vec<usize> = (0..p.len()).collect();
    ascending.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, i) in ascending.into_iter().enumerate() {
        largest = largest.max(((p.len() - rank) as f64 * p[i]).min(1.0));
        adjusted[i] = largest;
    }
    adjusted
}

/// What a comparison of one metric with the baseline shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finding {
    /// The candidate is better: adjusted p below alpha.
    Better,
    /// The candidate is worse: adjusted p below alpha.
    Worse,
    /// The interval lies inside the margin of equivalence.
    Equivalent,
    /// No evidence either way.
    Inconclusive,
}

impl Finding {
    /// `difference` and `interval` are oriented so that positive is better; `margin` is half the width of the
    /// region called equivalent, in the metric's unit. The adjusted p decides, even where the marginal interval
    /// excludes 0.
    pub fn of(
        difference: f64,
        adjusted_p: f64,
        alpha: f64,
        interval: &Interval,
        margin: Option<f64>,
    ) -> Self {
        let within = |m: f64| interval.low.is_some_and(|l| l > -m) && interval.high.is_some_and(|h| h < m);
        if adjusted_p < alpha && difference > 0.0 {
            Self::Better
        } else if adjusted_p < alpha && difference < 0.0 {
            Self::Worse
        } else if margin.is_some_and(within) {
            Self::Equivalent
        } else {
            Self::Inconclusive
        }
    }

    /// The printed and stored word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::interval::Method;

    #[test]
    fn the_adjusted_p_decides_before_the_interval() {
        let narrow = Interval::new(0.001, 0.009, Method::T);
        let finding = |d, p, margin| Finding::of(d, p, 0.05, &narrow, margin);
        assert_eq!(finding(0.005, 0.01, Some(0.02)), Finding::Better);
        assert_eq!(finding(-0.005, 0.01, None), Finding::Worse);
        assert_eq!(
            [0.005, -0.005].map(|d| finding(d, 0.05, None)),
            [Finding::Inconclusive; 2],
            "not below alpha"
        );
        assert_eq!(finding(0.005, 0.06, Some(0.02)), Finding::Equivalent);
        assert_eq!(finding(0.005, 0.06, Some(0.005)), Finding::Inconclusive);
        assert_eq!(Finding::of(0.0, 1.0, 0.05, &Interval::none(Method::T), Some(1.0)), Finding::Inconclusive);
    }
}
