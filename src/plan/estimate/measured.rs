//! What a calibration measured of one version's runs, and what so many of them would take. The ends are those of the
//! mean's interval; `analyse` computes it.
use std::sync::Arc;

use super::Share;
use crate::domain::{Case, Money, Run};

/// What calibrating calls came to.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    /// One a version, in the plan's order; `None` where no run had an answer.
    pub versions: Vec<Option<Measured>>,
    /// One an evaluator that asks a model, in the file's order; `None` where no question was answered.
    pub judges: Vec<Option<Measured>>,
}

/// A run with an answer, and its case.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Name of its version.
    pub version: String,
    /// The case.
    pub case: Arc<Case>,
    /// The run.
    pub run: Box<Run>,
}

/// The mean run of a version, or what judging the mean run takes, low to high.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Calls.
    pub calls: (f64, f64),
    /// Tokens of input; `None` where nobody counted them.
    pub tokens_in: Option<(f64, f64)>,
    /// Tokens of output.
    pub tokens_out: Option<(f64, f64)>,
    /// Dollars; `None` where they are not known.
    pub cost_usd: Option<(f64, f64)>,
    /// Seconds, all calls together.
    pub latency_s: Option<f64>,
}

impl Measured {
    /// What so many runs take.
    #[must_use]
    pub fn of(&self, runs: u64) -> Share {
        let n = runs as f64;
        let count = |(low, high): (f64, f64)| ((low * n).round() as u64, (high * n).round() as u64);
        let money = |usd: f64| Money::from_usd(usd * n);
        Share {
            calls: count(self.calls),
            tokens_in: self.tokens_in.map(count),
            tokens_out: self.tokens_out.map(count),
            cost: self.cost_usd.and_then(|(low, high)| Some((money(low)?, money(high)?))),
        }
    }
}
