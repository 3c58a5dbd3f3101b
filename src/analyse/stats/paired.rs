//! Owns pairing of two versions case by case, and the intervals of their difference (sections B.1, B.2, B.5).
//! p-values live in [`super::mcnemar`], [`super::signflip`] and [`super::wilcoxon`].

use super::interval::{Confidence, Interval, Method};
use super::mean::Summary;
use super::special::t_two_sided;
use super::sums::Groups;

/// Case values closer than this are a tie (section 2).
pub const TIE_TOLERANCE: f64 = 1e-9;
/// Below this share of paired cases a warning is due, below the next no verdict is given (B.1).
pub const COVERAGE_WARN: f64 = 0.9;
/// Below this share of paired cases no verdict is given (B.1).
pub const COVERAGE_REFUSE: f64 = 0.5;

/// Differences of this relative size are rounding noise of two equal values.
const SAME: f64 = 1e-12;

/// The cases on which two versions can be compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pairs {
    /// Indices of the cases where both have a value.
    pub cases: Vec<usize>,
    /// Values of the first version on those cases.
    pub a: Vec<f64>,
    /// Values of the second version on those cases.
    pub b: Vec<f64>,
    /// Cases where only the first has a value.
    pub only_a: usize,
    /// Cases where only the second has a value.
    pub only_b: usize,
}

impl Pairs {
    /// Pairs case values by index; both cover the same cases.
    pub fn of(a: impl IntoIterator<Item = Option<f64>>, b: impl IntoIterator<Item = Option<f64>>) -> Self {
        let mut pairs = Self::default();
        for (case, values) in a.into_iter().zip(b).enumerate() {
            match values {
                (Some(a), Some(b)) => {
                    pairs.cases.push(case);
                    pairs.a.push(a);
                    pairs.b.push(b);
                }
                (Some(_), None) => pairs.only_a += 1,
                (None, Some(_)) => pairs.only_b += 1,
                (None, None) => {}
            }
        }
        pairs
    }

    /// `n_pairs / n_union`; `None` when neither has a value anywhere.
    pub fn coverage(&self) -> Option<f64> {
        let union = self.cases.len() + self.only_a + self.only_b;
        (union > 0).then(|| self.cases.len() as f64 / union as f64)
    }

    /// `a_i - b_i`, exactly 0 where the two differ by rounding only. Orient by swapping the versions.
    pub fn differences(&self) -> Vec<f64> {
        differences(&self.a, &self.b)
    }

    /// The groups of the paired cases.
    pub fn groups(&self, of_cases: Groups<'_>) -> Option<Vec<u32>> {
        of_cases.map(|of| self.cases.iter().map(|&i| of[i]).collect())
    }

    /// `(b, c)`, cases only the first and only the second passes, when every value is 0 or 1.
    pub fn discordant(&self) -> Option<(u64, u64)> {
        let binary = |values: &[f64]| values.iter().all(|&y| y == 0.0 || y == 1.0);
        let count = |from: &[f64], to: &[f64]| from.iter().zip(to).filter(|(x, y)| x > y).count() as u64;
        let both = binary(&self.a) && binary(&self.b);
        both.then(|| (count(&self.a, &self.b), count(&self.b, &self.a)))
    }
}

/// `a_i - b_i`, exactly 0 where the two differ by rounding only.
pub fn differences(a: &[f64], b: &[f64]) -> Vec<f64> {
    let one = |(&a, &b): (&f64, &f64)| {
        let d = a - b;
        if d.abs() <= SAME * f64::abs(a).max(f64::abs(b)) { 0.0 } else { d }
    };
    a.iter().zip(b).map(one).collect()
}

/// Bonett-Price (2012) interval of a difference of proportions: binary, one run per case, no groups. `b`, `c` are
/// the discordant counts among `n` pairs; the estimate shown is `(b-c)/n`. Wald with 1 added to each of `b` and `c`.
pub fn bonett_price(b: u64, c: u64, n: u64, confidence: Confidence) -> Interval {
    let size = n as f64 + 2.0;
    let (p12, p21) = ((b as f64 + 1.0) / size, (c as f64 + 1.0) / size);
    let d = p12 - p21;
    let half = confidence.z() * ((p12 + p21 - d * d) / size).sqrt();
    Interval::around(d, Some(half), Method::BonettPrice).clipped(-1.0, 1.0)
}

/// The paired t analysis of differences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedT {
    /// Mean difference with its standard error.
    pub summary: Summary,
    /// `dbar / SE`; `None` when SE is 0 or missing.
    pub t: Option<f64>,
    /// Two-sided p of t; 1 when SE is 0, `None` with one unit.
    pub p: Option<f64>,
    /// `dbar -+ t_{G-1} SE`.
    pub interval: Interval,
    /// Cohen's `dbar / sd(d)`; `None` when the differences do not vary.
    pub d_z: Option<f64>,
}

impl PairedT {
    /// `None` without differences; `weights` as in [`Summary::with`].
    pub fn of(
        differences: &[f64],
        weights: Option<&[f64]>,
        groups: Groups<'_>,
        confidence: Confidence,
    ) -> Option<Self> {
        let summary = Summary::with(differences, weights, groups)?;
        let t = summary.se.filter(|&se| se > 0.0).map(|se| summary.mean / se);
        let p = summary.se.map(|_| t.map_or(1.0, |t| t_two_sided(t, summary.df() as f64)));
        let d_z = summary.sd().filter(|&sd| sd > 0.0).map(|sd| summary.mean / sd);
        Some(Self { summary, t, p, interval: summary.t_interval(confidence), d_z })
    }

    /// `dbar -+ t_{G-1} SE` where nothing varies between units, `SE^2 = 2 h^2/(G(G-1))` of two pseudo-cases of `h`: cases
    /// that do not differ are no proof that none does (the reason of D.2; B.2 alone would have a width of 0).
    pub fn with_pseudo_cases(&self, h: f64, confidence: Confidence) -> Interval {
        let (g, df) = (self.summary.units as f64, self.summary.df() as f64);
        let half = (df > 0.0).then(|| confidence.t(df) * h * (2.0 / (g * df)).sqrt());
        Interval::around(self.summary.mean, half, Method::T)
    }
}

/// `h`, half the largest difference on a case, of a score at most 1; half of 1 where no case differs (D.2).
pub fn pseudo_case(differences: &[f64]) -> f64 {
    let largest = differences.iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    0.5 * if largest > 0.0 { largest.min(1.0) } else { 1.0 }
}

/// Wins, losses and ties of the first version over paired cases (B.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// `d_i > 1e-9`.
    pub wins: usize,
    /// `d_i < -1e-9`.
    pub losses: usize,
    /// The rest.
    pub ties: usize,
}

impl Tally {
    /// Counts differences oriented so that positive is better.
    pub fn of(differences: &[f64]) -> Self {
        let wins = differences.iter().filter(|&&d| d > TIE_TOLERANCE).count();
        let losses = differences.iter().filter(|&&d| d < -TIE_TOLERANCE).count();
        Self { wins, losses, ties: differences.len() - wins - losses }
    }

    /// `(wins + ties/2)/n` in [0, 1]; `None` without cases.
    pub fn win_rate(&self) -> Option<f64> {
        self.per_case(self.wins as f64 + self.ties as f64 / 2.0)
    }

    /// `(wins - losses)/n` in [-1, 1]; `None` without cases.
    pub fn net(&self) -> Option<f64> {
        self.per_case(self.wins as f64 - self.losses as f64)
    }

    fn per_case(&self, count: f64) -> Option<f64> {
        let n = self.wins + self.losses + self.ties;
        (n > 0).then(|| count / n as f64)
    }
}

/// Difference of two means without any common case (B.1, `pairing: none`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// `mean(a) - mean(b)`.
    pub difference: f64,
    /// Two-sided p of Welch's t.
    pub p: f64,
    /// `difference -+ t_df SE`, df by Satterthwaite from units.
    pub interval: Interval,
}

impl Welch {
    /// `None` when a side has one unit, or when nothing varies.
    pub fn of(a: &Summary, b: &Summary, confidence: Confidence) -> Option<Self> {
        let (va, vb) = (a.se?.powi(2), b.se?.powi(2));
        if va + vb <= 0.0 {
            return None;
        }
        let df = (va + vb).powi(2) / (va * va / a.df() as f64 + vb * vb / b.df() as f64);
        let (difference, se) = (a.mean - b.mean, (va + vb).sqrt());
        let interval = Interval::around(difference, Some(confidence.t(df) * se), Method::Welch);
        Some(Self { difference, p: t_two_sided(difference / se, df), interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairing_counts_what_is_missing_on_either_side() {
        let pairs = Pairs::of([Some(1.0), None, Some(0.0), None], [Some(0.0), Some(1.0), None, None]);
        assert_eq!((pairs.cases.as_slice(), pairs.only_a, pairs.only_b), ([0].as_slice(), 1, 1));
        assert_eq!(pairs.coverage(), Some(1.0 / 3.0));
        assert_eq!(pairs.groups(Some(&[7, 0, 0, 0])), Some(vec![7]));
        assert_eq!(pairs.discordant(), Some((1, 0)));
        assert_eq!(Pairs::of([None], [None]).coverage(), None);
        assert_eq!(Pairs::of([Some(0.5)], [Some(1.0)]).discordant(), None);
    }

    #[test]
    fn rounding_noise_is_no_difference() {
        assert_eq!(differences(&[0.1 + 0.2, 2.0], &[0.3, 1.5]), [0.0, 0.5]);
        let all_equal = PairedT::of(&[0.0; 5], None, None, Confidence::default()).expect("five");
        assert_eq!((all_equal.t, all_equal.p, all_equal.d_z), (None, Some(1.0), None));
    }

    #[test]
    fn cases_that_do_not_differ_leave_a_width_that_shrinks() {
        let width = |n: usize, d: f64| {
            let (differences, level) = (vec![d; n], Confidence::default());
            let t = PairedT::of(&differences, None, None, level).expect("cases");
            let (low, high) = t.with_pseudo_cases(pseudo_case(&differences), level).bounds().expect("ends");
            assert!(((low + high) / 2.0 - d).abs() < 1e-12);
            high - low
        };
        let by_hand = 2.0 * Confidence::default().t(9.0) * 0.5 * (2.0 / 90.0_f64).sqrt();
        assert!((width(10, 0.0) - by_hand).abs() < 1e-12);
        assert!(width(200, 0.0) < 0.02 && width(10, 0.1) < width(10, 0.0));
        assert_eq!([&[0.0, -0.4][..], &[3.0], &[0.0]].map(pseudo_case), [0.2, 0.5, 0.5]);
    }

    #[test]
    fn tallies_are_rates_of_all_cases() {
        let tally = Tally::of(&[0.5, -0.25, 0.0, 1e-12]);
        assert_eq!(tally, Tally { wins: 1, losses: 1, ties: 2 });
        assert_eq!((tally.win_rate(), tally.net()), (Some(0.5), Some(0.0)));
        assert_eq!(Tally::of(&[]).net(), None);
    }

    #[test]
    fn welch_counts_the_degrees_of_the_side_that_varies() {
        // Variances of the means 0.5 of 5 and 25 of 2: 25.5^2 / (0.5^2 / 4 + 25^2 / 1) degrees, and not 5.
        let a = Summary::of(&[1.0, 2.0, 3.0, 4.0, 5.0], None).expect("values");
        let b = Summary::of(&[0.0, 10.0], None).expect("values");
        let got = Welch::of(&a, &b, Confidence::default()).expect("they vary");
        let half = Confidence::default().t(25.5 * 25.5 / 625.0625) * 25.5_f64.sqrt();
        assert!((got.interval.high.expect("an end") - got.difference - half).abs() < 1e-9, "{got:?}");
    }

    #[test]
    fn welch_of_equal_variances_and_sizes_is_students_t() {
        let a = Summary::of(&[1.0, 2.0, 3.0, 4.0], None).expect("values");
        let b = Summary::of(&[3.0, 4.0, 5.0, 6.0], None).expect("values");
        let got = Welch::of(&a, &b, Confidence::default()).expect("they vary");
        let t = -2.0 / (2.0 * (5.0 / 3.0) / 4.0f64).sqrt();
        assert!((got.p - t_two_sided(t, 6.0)).abs() < 1e-12);
        assert_eq!(Welch::of(&a, &Summary::of(&[1.0], None).expect("one"), Confidence::default()), None);
        let still = Summary::of(&[2.0, 2.0], None).expect("values");
        assert_eq!(Welch::of(&still, &still, Confidence::default()), None, "nothing varies");
    }
}
