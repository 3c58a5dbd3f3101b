//! An interval estimate and the method that made it. Section numbers are those of the statistics design.

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

    /// Both ends, where both exist.
    #[must_use]
    pub fn bounds(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }

    /// The same interval cut to `[low, high]`.
    pub fn clipped(self, low: f64, high: f64) -> Self {
        let cut = |end: f64| end.max(low).min(high);
        Self { low: self.low.map(cut), high: self.high.map(cut), ..self }
    }

    /// Both ends are there and inside `other`, whose missing ends reach to infinity.
    pub fn inside(&self, other: &Self) -> bool {
        let above = |a: Option<f64>| a.is_some_and(|a| other.low.is_none_or(|o| a >= o));
        let below = |b: Option<f64>| b.is_some_and(|b| other.high.is_none_or(|o| b <= o));
        above(self.low) && below(self.high)
    }
}
