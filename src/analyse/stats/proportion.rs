//! Owns the intervals of rates and of means on the scale [0, 1] (section A.2), and which of them applies.

use super::interval::{Confidence, Interval, Method};
use super::mean::Summary;
use super::special::beta_ppf;

/// Wilson's formula for a mean `p` in [0, 1], an effective size and a quantile `q` of z or t: `(low, high)`.
/// Never leaves [0, 1]; the lower end is exactly 0 at `p = 0`, the upper exactly 1 at `p = 1` (Wilson 1927).
pub fn wilson_formula(p: f64, size: f64, q: f64) -> (f64, f64) {
    let shrink = 1.0 + q * q / size;
    let centre = (p + q * q / (2.0 * size)) / shrink;
    let half = q / shrink * ((p * (1.0 - p)).max(0.0) / size + q * q / (4.0 * size * size)).sqrt();
    let low = if p <= 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if p >= 1.0 { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}

/// Wilson interval of `successes` in `n` independent runs; none for `n = 0`.
pub fn wilson(successes: u64, n: u64, confidence: Confidence) -> Interval {
    if n == 0 {
        return Interval::none(Method::Wilson);
    }
    let (low, high) = wilson_formula(successes as f64 / n as f64, n as f64, confidence.z());
    Interval::new(low, high, Method::Wilson)
}

/// `n_eff = m(1-m)/SE^2`, the number of independent binary cases that would carry as much; G where SE is 0 or the
/// mean is at an end of the scale. `None` with one unit.
pub fn effective_size(summary: &Summary) -> Option<f64> {
    let (m, se) = (summary.mean, summary.se?);
    Some(if se > 0.0 && m > 0.0 && m < 1.0 { m * (1.0 - m) / (se * se) } else { summary.units as f64 })
}

/// The generalised Wilson interval of a mean on [0, 1]: Wilson's formula at `n_eff` with `t_{G-1}`.
pub fn generalised_wilson(summary: &Summary, confidence: Confidence) -> Interval {
    let Some(size) = effective_size(summary) else { return Interval::none(Method::WilsonT) };
    let (low, high) = wilson_formula(summary.mean, size, confidence.t(summary.df() as f64));
    Interval::new(low, high, Method::WilsonT)
}

/// The scale an evaluator's numbers live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// [0, 1]: booleans, rates, graded scores.
    Unit,
    /// Anything else.
    Other,
}

/// The default interval of an evaluator's mean (table of A.2). `summary` is of `values`, the case values;
/// `one_run` says that no case was repeated.
pub fn default_interval(
    values: &[f64],
    summary: &Summary,
    scale: Scale,
    one_run: bool,
    confidence: Confidence,
) -> Interval {
    let binary = values.iter().all(|&y| y == 0.0 || y == 1.0);
    let independent = one_run && !summary.weighted && summary.units == summary.n;
    match scale {
        Scale::Other => summary.t_interval(confidence),
        Scale::Unit if binary && independent => {
            let successes = values.iter().filter(|&&y| y == 1.0).count();
            wilson(successes as u64, values.len() as u64, confidence)
        }
        Scale::Unit => generalised_wilson(summary, confidence),
    }
}

/// Clopper-Pearson exact interval (option; binary, one run per case, no groups).
pub fn clopper_pearson(successes: u64, n: u64, confidence: Confidence) -> Interval {
    let (x, rest) = (successes as f64, (n - successes) as f64);
    let low = if successes == 0 { 0.0 } else { beta_ppf(confidence.alpha() / 2.0, x, rest + 1.0) };
    let high = if successes == n { 1.0 } else { beta_ppf(confidence.upper(), x + 1.0, rest) };
    Interval::new(low, high, Method::ClopperPearson)
}

/// Jeffreys interval, with the ends 0 and 1 forced where no or all runs pass (option, as [`clopper_pearson`]).
pub fn jeffreys(successes: u64, n: u64, confidence: Confidence) -> Interval {
    let (a, b) = (successes as f64 + 0.5, (n - successes) as f64 + 0.5);
    let low = if successes == 0 { 0.0 } else { beta_ppf(confidence.alpha() / 2.0, a, b) };
    let high = if successes == n { 1.0 } else { beta_ppf(confidence.upper(), a, b) };
    Interval::new(low, high, Method::Jeffreys)
}

/// Equal-tailed interval of the posterior under a uniform prior.
pub fn uniform_prior(successes: u64, n: u64, confidence: Confidence) -> Interval {
    let (a, b) = (successes as f64 + 1.0, (n - successes) as f64 + 1.0);
    let (low, high) = (beta_ppf(confidence.alpha() / 2.0, a, b), beta_ppf(confidence.upper(), a, b));
    Interval::new(low, high, Method::UniformPrior)
}

/// `m -+ z SE`, cut to [0, 1] (option; under-covers, A.2).
pub fn wald(summary: &Summary, confidence: Confidence) -> Interval {
    let half = summary.se.map(|se| confidence.z() * se);
    Interval::around(summary.mean, half, Method::Wald).clipped(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(values: &[f64], groups: Option<&[u32]>, scale: Scale, one_run: bool) -> Method {
        let summary = Summary::of(values, groups).expect("values");
        default_interval(values, &summary, scale, one_run, Confidence::default()).method
    }

    #[test]
    fn the_table_of_a2_chooses() {
        let binary = [1.0, 0.0, 1.0];
        assert_eq!(chosen(&binary, None, Scale::Unit, true), Method::Wilson);
        assert_eq!(chosen(&binary, Some(&[0, 1, 2]), Scale::Unit, true), Method::Wilson);
        assert_eq!(chosen(&binary, Some(&[0, 0, 1]), Scale::Unit, true), Method::WilsonT);
        assert_eq!(chosen(&binary, None, Scale::Unit, false), Method::WilsonT);
        assert_eq!(chosen(&[1.0, 0.5], None, Scale::Unit, true), Method::WilsonT);
        assert_eq!(chosen(&binary, None, Scale::Other, true), Method::T);
    }

    #[test]
    fn wald_is_cut_to_the_scale_and_nothing_gives_no_interval() {
        let summary = Summary::of(&[1.0, 1.0, 1.0, 0.0], None).expect("values");
        assert_eq!(wald(&summary, Confidence::default()).high, Some(1.0));
        assert_eq!(wilson(0, 0, Confidence::default()), Interval::none(Method::Wilson));
    }
}
