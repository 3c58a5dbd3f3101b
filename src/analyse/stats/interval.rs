//! Owns what an interval is: two optional ends, the method that made it, and the confidence it was made at.
//! Computes no interval: each formula lives with its statistic. A new method is one row of [`Method`] and of [`Method::name`].

use super::special::{norm_ppf, t_ppf};

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

/// How an interval was made. The name is stable: it is stored and printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Wilson score interval with z: binary, one run per case (A.2).
    Wilson,
    /// Wilson formula with an effective size and t: any mean in [0, 1] (A.2).
    WilsonT,
    /// `m -+ t SE` (A.2, B.2).
    T,
    /// `m exp(-+ t SE/m)`: means of cost, latency, tokens (A.3).
    LogT,
    /// Exact binomial interval (A.2, option).
    ClopperPearson,
    /// Beta(1/2, 1/2) posterior (A.2, option).
    Jeffreys,
    /// Beta(1, 1) posterior (A.2, option).
    UniformPrior,
    /// `m -+ z SE`, for people who must reproduce an older number (A.2, option).
    Wald,
    /// Two order statistics around a quantile (A.4).
    OrderStatistic,
    /// Quantiles at `p -+ t SE_F`: a quantile of clustered rows (A.4).
    Woodruff,
    /// Adjusted Wald interval of a paired difference of proportions (B.2).
    BonettPrice,
    /// Welch's t for two unpaired means (B.1).
    Welch,
    /// Linearised log ratio of two paired means (B.4).
    LogRatio,
    /// t interval of the mean log ratio (B.4).
    GeometricMeanRatio,
    /// Delta method with pseudo-cases: margins of utility (D.2).
    DeltaT,
    /// Percentiles of bootstrap replicates (D.5, J.1).
    Bootstrap,
    /// Prediction-powered mean (J.3).
    PredictionPowered,
}

impl Method {
    /// The stored and printed name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wilson => "wilson",
            Self::WilsonT => "wilson-t",
            Self::T => "t",
            Self::LogT => "log-t",
            Self::ClopperPearson => "clopper-pearson",
            Self::Jeffreys => "jeffreys",
            Self::UniformPrior => "uniform-prior",
            Self::Wald => "wald",
            Self::OrderStatistic => "order-statistic",
            Self::Woodruff => "woodruff",
            Self::BonettPrice => "bonett-price",
            Self::Welch => "welch",
            Self::LogRatio => "log-ratio",
            Self::GeometricMeanRatio => "geometric-mean-ratio",
            Self::DeltaT => "delta-t",
            Self::Bootstrap => "bootstrap",
            Self::PredictionPowered => "prediction-powered",
        }
    }
}

/// A two-sided interval. A side the data cannot give is `None`: fewer than two units, or too small a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, in the unit of the estimate.
    pub low: Option<f64>,
    /// Upper end, in the unit of the estimate.
    pub high: Option<f64>,
    /// How it was made.
    pub method: Method,
}

impl Interval {
    /// An interval with both ends.
    pub fn new(low: f64, high: f64, method: Method) -> Self {
        Self { low: Some(low), high: Some(high), method }
    }

    /// No end on either side: one unit carries no evidence about its own spread (A.1, reason `one_unit`).
    pub fn none(method: Method) -> Self {
        Self { low: None, high: None, method }
    }

    /// `centre -+ half`; no interval without a half-width.
    pub fn around(centre: f64, half: Option<f64>, method: Method) -> Self {
        half.map_or(Self::none(method), |h| Self::new(centre - h, centre + h, method))
    }

    /// The same interval cut to `[low, high]`.
    pub fn clipped(self, low: f64, high: f64) -> Self {
        let cut = |end: f64| end.max(low).min(high);
        Self { low: self.low.map(cut), high: self.high.map(cut), ..self }
    }
}
