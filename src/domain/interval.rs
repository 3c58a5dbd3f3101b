//! An interval estimate and the method that made it.

/// Bounds at the report's confidence; a side the data cannot bound is `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
    /// How it was computed.
    pub method: Method,
}

impl Interval {
    /// An interval with both sides.
    #[must_use]
    pub fn new(low: f64, high: f64, method: Method) -> Self {
        Self { low: Some(low), high: Some(high), method }
    }

    /// No interval can be given (one unit, no data).
    #[must_use]
    pub fn none() -> Self {
        Self { low: None, high: None, method: Method::None }
    }

    /// Both sides, where both exist.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        Some((self.low?, self.high?))
    }

    /// The same interval seen from the other side of a subtraction.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { low: self.high.map(|x| -x), high: self.low.map(|x| -x), method: self.method }
    }
}

/// How an interval was computed (the sections are those of the statistics design).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// No interval.
    None,
    /// Wilson's score interval for a proportion (A.2).
    Wilson,
    /// Wilson's formula with the effective sample size and a t quantile (A.2).
    WilsonT,
    /// Clopper and Pearson's exact interval (A.2, option).
    ClopperPearson,
    /// Jeffreys' interval (A.2, option).
    Jeffreys,
    /// Student's t around a mean (A.2, B.2).
    T,
    /// t on the logarithm of a positive mean or ratio (A.3, B.4).
    LogT,
    /// Order statistics of a quantile (A.4).
    OrderStatistic,
    /// Woodruff's interval of a quantile with repeats or groups (A.4).
    Woodruff,
    /// Bonett and Price's interval of a paired difference of proportions (B.2).
    BonettPrice,
    /// Welch's t for unpaired means (B.1).
    Welch,
    /// Bootstrap percentiles (D.5).
    Bootstrap,
    /// Delta method with t and pseudo-cases (D.2).
    Delta,
}

impl Method {
    /// The stable name in JSON output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wilson => "wilson",
            Self::WilsonT => "wilson-t",
            Self::ClopperPearson => "clopper-pearson",
            Self::Jeffreys => "jeffreys",
            Self::T => "t",
            Self::LogT => "log-t",
            Self::OrderStatistic => "order-statistic",
            Self::Woodruff => "woodruff",
            Self::BonettPrice => "bonett-price",
            Self::Welch => "welch",
            Self::Bootstrap => "bootstrap",
            Self::Delta => "delta-t",
        }
    }
}
