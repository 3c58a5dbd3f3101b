//! A metric is one number per version, with a direction and a unit, drawn from its runs. A member says what one run
//! contributes and how contributions are summarised; the `analyse` stage does the statistics.
//!
//! To add one: write `src/metrics/NAME.rs` with its `ROW`, then add its `mod` line and its `NAME::ROW` below [`METRICS`].
//! Weights, gates, references and reports know it by its row alone: [`name`] reads the table.
use crate::domain::{Better, RunStatus, Unit};
use crate::registry::{Row, Table};

mod cost;
mod cost_per_success;
mod error_rate;
mod latency;
pub mod name;
mod output_tps;
mod tokens;
mod ttft;

/// What a metric sees of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// How it ended.
    pub status: RunStatus,
    /// Seconds, last attempt.
    pub latency_s: Option<f64>,
    /// Seconds to the first token.
    pub ttft_s: Option<f64>,
    /// Seconds from the first token to the last byte, on what streams; summed over several calls.
    pub generation_s: Option<f64>,
    /// Dollars the answer costs.
    pub cost_usd: Option<f64>,
    /// Input tokens.
    pub input_tokens: Option<u64>,
    /// Output tokens.
    pub output_tokens: Option<u64>,
}

/// What the table knows of a metric.
#[derive(Debug)]
pub struct Member {
    /// What its numbers are.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// What one run contributes; `None` contributes nothing.
    pub of: fn(&Facts) -> Option<f64>,
    /// Whether a run without a contribution is a gap in the data (unknown usage), rather than something this metric
    /// does not measure (the latency of an error).
    pub is_gap: fn(&Facts) -> bool,
    /// How contributions become one number.
    pub summary: Summary,
    /// How the number becomes a utility when none is configured.
    pub transform: Transform,
    /// Whether `NAME.p50`, `.p90`, `.p95` and `.p99` exist too.
    pub quantiles: bool,
    /// The quantiles a comparison shows beside the mean, of those that exist.
    pub quantiles_shown: &'static [f64],
    /// Whether a comparison warns when one case carries much of the total.
    pub heavy_tail: bool,
    /// When a comparison shows it.
    pub shown: Shown,
}

/// When a comparison shows a metric that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// In every one.
    Always,
    /// Where any run contributes to it.
    WhenMeasured,
    /// In none; weights and gates may name it.
    Never,
}

/// How contributions become one number with an interval.
#[derive(Clone, Copy, Debug)]
pub enum Summary {
    /// Mean of values in [0, 1] (A.2).
    UnitMean,
    /// Mean of non-negative values without an upper bound (A.3).
    PositiveMean,
    /// Sum of contributions over what the same runs come to below the line: a run is in both sums or in neither.
    RatioOfSums(Below),
}

/// What the sum of contributions is divided by.
#[derive(Clone, Copy, Debug)]
pub enum Below {
    /// The runs whose evaluators all pass (A.3).
    Passes,
    /// What each run that contributes says itself, at least 0 (A.5).
    Sum(fn(&Facts) -> f64),
}

/// How a number becomes a utility in [0, 1] (C.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// The number itself.
    Identity,
    /// `best` gives 1, `worst` gives 0.
    Linear {
        /// Utility 1.
        best: f64,
        /// Utility 0.
        worst: f64,
    },
    /// `ref / (ref + x)` to minimise, `x / (x + ref)` to maximise; `builtin` is the reference when neither the person nor the baseline gives one.
    Ratio {
        /// The reference of last resort, in the metric's unit.
        builtin: f64,
    },
}

/// Every metric that is not an evaluator's.
pub static METRICS: Table<Member> = Table { family: "metric", rows: ROWS };

/// One row each.
const ROWS: &[Row<Member>] = &[
    cost::ROW,
    cost_per_success::ROW,
    latency::ROW,
    ttft::ROW,
    output_tps::ROW,
    tokens::ROW,
    error_rate::ROW,
];
