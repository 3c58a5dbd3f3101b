//! How far the numbers behind a mean lie apart.

/// What single runs and cases say of a metric that is a mean; in its unit, each once however much its case counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Sum over the runs.
    pub total: f64,
    /// Runs with a number.
    pub runs: u64,
    /// Mean of the runs. The mean of the cases is the metric's value: another one where some cases have more runs.
    pub mean: f64,
    /// Of single runs.
    pub of_runs: Range,
    /// Of the cases, each the mean of its runs.
    pub of_cases: Range,
}

/// Where numbers lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Sample standard deviation (n − 1); `None` of one number.
    pub sd: Option<f64>,
}
