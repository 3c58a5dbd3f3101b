//! Owns what repeats of a case tell (sections A.6, F): pass@k, pass^k, flip rate, the split of the variance.
//! Each function is per case; the dataset's value is the mean over cases, with the interval of [`super::proportion`].

use super::mean::Summary;
use super::sums::sum;

/// `pass@k = 1 - C(K-c, k)/C(K, k)`: the chance that at least one of `k` of the `repeats` passes, given `passes` did
/// (Chen et al. 2021, unbiased). `None` when `k` is 0 or more than `repeats`.
pub fn pass_at_k(repeats: u64, passes: u64, k: u64) -> Option<f64> {
    choose_ratio(repeats - passes, repeats, k).map(|none| 1.0 - none)
}

/// `pass^k = C(c, k)/C(K, k)`: the chance that all of `k` repeats pass. Never `p^k`, which is biased.
pub fn pass_hat_k(repeats: u64, passes: u64, k: u64) -> Option<f64> {
    choose_ratio(passes, repeats, k)
}

/// `C(part, k)/C(whole, k)`.
fn choose_ratio(part: u64, whole: u64, k: u64) -> Option<f64> {
    if k == 0 || k > whole {
        return None;
    }
    if k > part {
        return Some(0.0);
    }
    Some((0..k).map(|i| (part - i) as f64 / (whole - i) as f64).product())
}

/// `2 c (K-c)/(K(K-1))`: the chance that two repeats of this case disagree. `None` below two repeats.
pub fn flip_rate(repeats: u64, passes: u64) -> Option<f64> {
    let (k, c) = (repeats as f64, passes as f64);
    (repeats >= 2).then(|| 2.0 * c * (k - c) / (k * (k - 1.0)))
}

/// Variance of one run split into what differs between cases and what differs between repeats of one case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceSplit {
    /// `s_w^2`, mean variance within cases.
    pub within: f64,
    /// `s_b^2 = max(0, s_ybar^2 - s_w^2/K)`, variance between cases.
    pub between: f64,
}

impl VarianceSplit {
    /// From the repeats of each case. Cases with one repeat say nothing about `within`; unequal K enters by the mean
    /// of `1/K`. `None` below two cases or without any case that has two repeats.
    pub fn of(cases: &[Vec<f64>]) -> Option<Self> {
        let present: Vec<&Vec<f64>> = cases.iter().filter(|c| !c.is_empty()).collect();
        let summaries: Vec<Summary> = present.iter().filter_map(|c| Summary::of(c, None)).collect();
        let variances: Vec<f64> = summaries.iter().filter_map(Summary::sd).map(|sd| sd * sd).collect();
        if variances.is_empty() {
            return None;
        }
        let within = sum(variances.iter().copied()) / variances.len() as f64;
        let means: Vec<f64> = summaries.iter().map(|s| s.mean).collect();
        let of_means = Summary::of(&means, None)?.sd()?.powi(2);
        let inverse_k = sum(present.iter().map(|c| 1.0 / c.len() as f64)) / present.len() as f64;
        Some(Self { within, between: (of_means - within * inverse_k).max(0.0) })
    }

    /// Share of the variance of one run that repeats explain, in [0, 1]; `None` when nothing varies.
    pub fn share_of_repeats(&self) -> Option<f64> {
        let total = self.within + self.between;
        (total > 0.0).then(|| self.within / total)
    }

    /// `(s_b^2 + s_w^2/K)/n`: variance of the mean of `n` cases with `repeats` each.
    pub fn of_mean(&self, n: usize, repeats: usize) -> f64 {
        (self.between + self.within / repeats as f64) / n as f64
    }

    /// How many times the cases with one repeat give the same precision as `repeats` repeats of each case ("5 repeats
    /// = 2.1x the cases"); `None` when nothing varies between cases or within.
    pub fn cases_worth(&self, repeats: usize) -> Option<f64> {
        let repeated = self.of_mean(1, repeats);
        (repeated > 0.0).then(|| self.of_mean(1, 1) / repeated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flips_are_the_share_of_disagreeing_pairs() {
        assert_eq!(flip_rate(2, 1), Some(1.0));
        assert_eq!(flip_rate(5, 2), Some(0.6));
        assert_eq!(flip_rate(5, 5), Some(0.0));
        assert_eq!(flip_rate(1, 1), None);
    }

    #[test]
    fn variance_goes_to_where_it_is() {
        let between = VarianceSplit::of(&[vec![0.0, 0.0], vec![1.0, 1.0]]).expect("two cases");
        assert!(between.within == 0.0 && (between.between - 0.5).abs() < 1e-15);
        let within = VarianceSplit::of(&[vec![0.0, 1.0], vec![1.0, 0.0]]).expect("two cases");
        assert!((within.within - 0.5).abs() < 1e-15 && within.between == 0.0);
        assert_eq!(within.share_of_repeats(), Some(1.0));
        // The means 1 and 3 vary by 2, of which two repeats that vary by 2 explain 1.
        let both = VarianceSplit::of(&[vec![0.0, 2.0], vec![2.0, 4.0]]).expect("two cases");
        assert!((both.within - 2.0).abs() < 1e-14 && (both.between - 1.0).abs() < 1e-14, "{both:?}");
        assert!((within.cases_worth(5).expect("it varies") - 5.0).abs() < 1e-14);
        assert_eq!(VarianceSplit::of(&[vec![0.0], vec![1.0]]), None);
        let split = VarianceSplit { within: 2.0, between: 1.0 };
        assert!((split.of_mean(10, 4) - 0.15).abs() < 1e-15);
    }
}
