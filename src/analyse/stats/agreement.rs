//! Owns the agreement of two raters on the same cases (section J.1): a judge against people, or against itself.
//! Any number of raters, and missing ratings: [`super::krippendorff`].

use super::interval::{Confidence, Interval, Method};
use super::proportion::wilson;
use super::quantile::{sorted, type7};
use super::rng::Stream;
use super::sums::sum;

/// Resamples of cases behind an interval of a coefficient.
pub const RESAMPLES: u64 = 1000;
/// Below this a judge deserves a warning.
pub const WARN_BELOW: f64 = 0.6;

/// How a disagreement counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// All disagreements alike: nominal categories.
    None,
    /// By distance.
    Linear,
    /// By squared distance: ordinal scales.
    Quadratic,
}

/// Counts of the pairs of categories two raters gave; the first rater (people) in rows, the second (judge) in columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    counts: Vec<Vec<u64>>,
    n: u64,
}

impl Confusion {
    /// From category indices below `categories`, in the order of the scale; both raters rated the same cases.
    pub fn of(first: &[usize], second: &[usize], categories: usize) -> Self {
        let mut counts = vec![vec![0; categories]; categories];
        first.iter().zip(second).for_each(|(&a, &b)| counts[a][b] += 1);
        Self { n: counts.iter().flatten().sum(), counts }
    }

    /// The counts, `[first][second]`.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Share of cases with the same category; `None` without cases.
    pub fn agreement(&self) -> Option<f64> {
        (self.n > 0).then(|| self.agreeing() as f64 / self.n as f64)
    }

    /// Wilson interval of the agreement.
    pub fn agreement_interval(&self, confidence: Confidence) -> Interval {
        wilson(self.agreeing(), self.n, confidence)
    }

    /// Share of the first rater's cases of `category` that the second rater gives it too: the sensitivity for the
    /// positive category, the specificity for the negative one. `None` without such cases.
    pub fn recall(&self, category: usize) -> Option<f64> {
        let all: u64 = self.counts[category].iter().sum();
        (all > 0).then(|| self.counts[category][category] as f64 / all as f64)
    }

    /// Cohen's kappa, `1 - observed/expected` disagreement; `None` when no disagreement is possible.
    pub fn kappa(&self, weighting: Weighting) -> Option<f64> {
        let span = (self.counts.len().max(2) - 1) as f64;
        let cost = |i: usize, j: usize| match weighting {
            Weighting::None => f64::from(u8::from(i != j)),
            Weighting::Linear => i.abs_diff(j) as f64 / span,
            Weighting::Quadratic => (i.abs_diff(j) as f64 / span).powi(2),
        };
        let (first, second) = (self.first_shares(), self.second_shares());
        let observed = sum(self.cells().map(|(i, j)| cost(i, j) * self.share(i, j)));
        let expected = sum(self.cells().map(|(i, j)| cost(i, j) * first[i] * second[j]));
        (expected > 0.0).then(|| 1.0 - observed / expected)
    }

    /// Asymptotic standard error of the unweighted kappa (Fleiss, Cohen & Everitt 1969).
    pub fn kappa_se(&self) -> Option<f64> {
        let kappa = self.kappa(Weighting::None)?;
        let (first, second) = (self.first_shares(), self.second_shares());
        let by_chance = sum(first.iter().zip(&second).map(|(a, b)| a * b));
        let term = |(i, j): (usize, usize)| {
            let factor = if i == j {
                1.0 - (first[i] + second[i]) * (1.0 - kappa)
            } else {
                (1.0 - kappa) * (second[i] + first[j])
            };
            self.share(i, j) * factor * factor
        };
        let variance = sum(self.cells().map(term)) - (kappa - by_chance * (1.0 - kappa)).powi(2);
        Some((variance.max(0.0) / self.n as f64).sqrt() / (1.0 - by_chance))
    }

    /// Gwet's AC1 (2008), robust where one category prevails; `None` without cases.
    pub fn gwet_ac1(&self) -> Option<f64> {
        let agreement = self.agreement()?;
        let others = self.counts.len() as f64 - 1.0;
        let halves = self.first_shares().into_iter().zip(self.second_shares()).map(|(a, b)| (a + b) / 2.0);
        let by_chance = if others > 0.0 { sum(halves.map(|p| p * (1.0 - p))) / others } else { 0.0 };
        Some((agreement - by_chance) / (1.0 - by_chance))
    }

    fn agreeing(&self) -> u64 {
        (0..self.counts.len()).map(|i| self.counts[i][i]).sum()
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize)> {
        let q = self.counts.len();
        (0..q).flat_map(move |i| (0..q).map(move |j| (i, j)))
    }

    fn share(&self, i: usize, j: usize) -> f64 {
        self.counts[i][j] as f64 / self.n.max(1) as f64
    }

    fn first_shares(&self) -> Vec<f64> {
        (0..self.counts.len()).map(|i| sum((0..self.counts.len()).map(|j| self.share(i, j)))).collect()
    }

    fn second_shares(&self) -> Vec<f64> {
        (0..self.counts.len()).map(|j| sum((0..self.counts.len()).map(|i| self.share(i, j)))).collect()
    }
}

/// Percentile interval of a coefficient over resamples of `cases` cases, [`RESAMPLES`] of them. `coefficient` gets the
/// indices of a resample; resamples on which it is undefined are left out.
pub fn resampled_interval(
    cases: usize,
    confidence: Confidence,
    seed: u64,
    coefficient: impl Fn(&[usize]) -> Option<f64>,
) -> Interval {
    let one = |replicate: u64| {
        let mut stream = Stream::new(seed, replicate);
        let drawn: Vec<usize> = (0..cases).map(|_| stream.index(cases)).collect();
        coefficient(&drawn)
    };
    let ascending = sorted(&(0..RESAMPLES).filter_map(one).collect::<Vec<f64>>());
    let at = |p| type7(&ascending, p);
    let (low, high) = (at(confidence.alpha() / 2.0), at(confidence.upper()));
    Interval { low, high, method: Method::Bootstrap }
}

/// The word for a coefficient of agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Below 0.4.
    Poor,
    /// From 0.4.
    Moderate,
    /// From 0.6.
    Good,
    /// Above 0.8.
    VeryGood,
}

impl Strength {
    /// The label of `coefficient`.
    pub fn of(coefficient: f64) -> Self {
        match coefficient {
            c if c > 0.8 => Self::VeryGood,
            c if c >= WARN_BELOW => Self::Good,
            c if c >= 0.4 => Self::Moderate,
            _ => Self::Poor,
        }
    }

    /// The printed word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Poor => "poor",
            Self::Moderate => "moderate",
            Self::Good => "good",
            Self::VeryGood => "very good",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_per_category_of_the_first_rater() {
        let confusion = Confusion::of(&[1, 1, 1, 0, 0], &[1, 1, 0, 0, 1], 3);
        assert_eq!(
            (confusion.recall(1), confusion.recall(0), confusion.recall(2)),
            (Some(2.0 / 3.0), Some(0.5), None)
        );
        assert_eq!(confusion.counts()[1], [1, 2, 0]);
        assert!(confusion.agreement_interval(Confidence::default()).low > Some(0.2));
        assert_eq!(
            (Confusion::of(&[], &[], 2).agreement(), Confusion::of(&[], &[], 2).gwet_ac1()),
            (None, None)
        );
    }

    #[test]
    fn an_interval_of_kappa_holds_its_estimate() {
        let a: Vec<usize> = (0..60).map(|i| i % 2).collect();
        let b: Vec<usize> = (0..60).map(|i| if i % 7 == 0 { 1 - i % 2 } else { i % 2 }).collect();
        let kappa = |cases: &[usize]| {
            let pick = |of: &[usize]| cases.iter().map(|&i| of[i]).collect::<Vec<usize>>();
            Confusion::of(&pick(&a), &pick(&b), 2).kappa(Weighting::None)
        };
        let all: Vec<usize> = (0..60).collect();
        let interval = resampled_interval(60, Confidence::default(), 42, kappa);
        assert!(interval.low < kappa(&all) && kappa(&all) < interval.high && interval.high < Some(1.0));
    }

    #[test]
    fn labels_change_at_their_bounds() {
        let labels = [0.39, 0.4, 0.6, 0.8, 0.81].map(|c| Strength::of(c).name());
        assert_eq!(labels, ["poor", "moderate", "good", "good", "very good"]);
    }
}
