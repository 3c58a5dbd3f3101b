//! Owns means of what cannot be negative: cost, latency, time to first token, tokens (section A.3).

use super::interval::{Confidence, Interval, Method};
use super::mean::Summary;
use super::sums::sum;

/// Above this share of the total in one case, ratio intervals are a few points short: a warning is due (B.4).
pub const HEAVY_TAIL_SHARE: f64 = 0.2;

/// `[m exp(-t SE/m), m exp(t SE/m)]`; `[0, 0]` at `m = 0`. For means `>= 0`; no interval with one unit.
pub fn log_t(summary: &Summary, confidence: Confidence) -> Interval {
    let m = summary.mean;
    match summary.half_width(confidence) {
        Some(half) if m > 0.0 => Interval::new(m * (-half / m).exp(), m * (half / m).exp(), Method::LogT),
        Some(_) if m == 0.0 => Interval::new(0.0, 0.0, Method::LogT),
        _ => Interval::none(Method::LogT),
    }
}

/// Plain description of the values of runs or cases, in their own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Description {
    /// How many values.
    pub n: usize,
    /// Their sum.
    pub total: f64,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Sample standard deviation; `None` for one value.
    pub sd: Option<f64>,
}

impl Description {
    /// `None` without values.
    pub fn of(values: &[f64]) -> Option<Self> {
        let summary = Summary::of(values, None)?;
        Some(Self {
            n: values.len(),
            total: sum(values.iter().copied()),
            mean: summary.mean,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            sd: summary.sd(),
        })
    }

    /// Whether one value carries more than [`HEAVY_TAIL_SHARE`] of the total. For values `>= 0`.
    pub fn heavy_tail(&self) -> bool {
        self.max > HEAVY_TAIL_SHARE * self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_is_an_interval_of_zero_width() {
        let free = Summary::of(&[0.0; 5], None).expect("values");
        assert_eq!(log_t(&free, Confidence::default()), Interval::new(0.0, 0.0, Method::LogT));
        let one = Summary::of(&[0.2], None).expect("values");
        assert_eq!(log_t(&one, Confidence::default()), Interval::none(Method::LogT));
    }

    #[test]
    fn one_dear_case_is_a_heavy_tail() {
        let described = Description::of(&[1.0, 1.0, 2.0, 1.0, 1.0, 9.0]).expect("values");
        assert!(described.heavy_tail());
        assert_eq!((described.total, described.min, described.max), (15.0, 1.0, 9.0));
        assert!(!Description::of(&[1.0; 10]).expect("values").heavy_tail());
    }
}
