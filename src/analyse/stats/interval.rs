//! Owns the confidence an interval is made at. What an interval is, is a value of the domain; each formula lives with
//! its statistic.

use super::special::{norm_ppf, t_ppf};
pub use crate::domain::{Interval, Method};

/// A confidence level, strictly between 0 and 1 (section 2).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Default for Confidence {
    /// 0.95 (section L).
    fn default() -> Self {
        Self(0.95)
    }
}

impl Confidence {
    /// `None` unless `0 < level < 1`.
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level itself, for example 0.95.
    pub fn level(self) -> f64 {
        self.0
    }

    /// `alpha = 1 - confidence`.
    pub fn alpha(self) -> f64 {
        1.0 - self.0
    }

    /// `1 - alpha/2`, the probability of the upper quantile of a two-sided interval.
    pub fn upper(self) -> f64 {
        1.0 - self.alpha() / 2.0
    }

    /// `z_{1-alpha/2}`.
    pub fn z(self) -> f64 {
        norm_ppf(self.upper())
    }

    /// `t_{1-alpha/2, df}`; `df > 0`, fractional for Welch.
    pub fn t(self, df: f64) -> f64 {
        t_ppf(self.upper(), df)
    }

    /// The level after a race or any adaptive stop: `alpha/4` (section D.3, simulated).
    pub fn after_adaptive_stop(self) -> Self {
        Self(1.0 - self.alpha() / 4.0)
    }

    /// The level of each of `m` simultaneous intervals: `alpha/m` (section B.5). `m = 0` counts as 1.
    pub fn simultaneous(self, m: usize) -> Self {
        Self(1.0 - self.alpha() / m.max(1) as f64)
    }
}
