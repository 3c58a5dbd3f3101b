//! Names of metrics, as people write them in weights, gates and options, resolved against a batch.
use super::data::{Data, DataError};
use crate::domain::{Better, Unit};
use crate::metrics::{METRICS, Member, Transform};
use crate::registry::Row;

/// Quantiles that exist of metrics that have them.
pub(super) const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];

/// A metric of the batch at hand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Metric {
    /// All evaluators together, by their own weights.
    Score,
    /// One evaluator's mean, by its index in the settings.
    Evaluator(u16),
    /// One evaluator's share of passing runs.
    PassRate(u16),
    /// A row of the metrics' table, or a quantile of it.
    Builtin(&'static Row<Member>, Option<f64>),
}

impl Metric {
    /// The metric of that name: `score`, an evaluator's, `pass_rate(NAME)`, a built-in, `BUILTIN.p95`.
    pub fn resolve(name: &str, data: &Data) -> Result<Self, DataError> {
        Self::find(name, data).ok_or_else(|| DataError::unknown("metric", name, known(data)))
    }

    fn find(name: &str, data: &Data) -> Option<Self> {
        let evaluator = |name: &str| {
            let index = data.settings.evaluators.iter().position(|evaluator| evaluator.name == name)?;
            u16::try_from(index).ok()
        };
        if matches!(name, "score" | "quality") {
            return Some(Self::Score);
        }
        if let Some(inner) = name.strip_prefix("pass_rate(").and_then(|rest| rest.strip_suffix(')')) {
            return evaluator(inner.trim()).map(Self::PassRate);
        }
        if let Some(index) = evaluator(name) {
            return Some(Self::Evaluator(index));
        }
        if let Some(row) = METRICS.find(name) {
            return Some(Self::Builtin(row, None));
        }
        // `latency.p95`, and `p95_latency` as other tools write it.
        let (base, quantile) =
            name.rsplit_once('.').or_else(|| name.split_once('_').map(|(q, base)| (base, q)))?;
        let (_, p) = QUANTILES.iter().find(|(suffix, _)| *suffix == quantile)?;
        METRICS.find(base).filter(|row| row.make.quantiles).map(|row| Self::Builtin(row, Some(*p)))
    }

    /// The name in reports.
    pub fn name(self, data: &Data) -> String {
        let evaluator = |index: u16| data.settings.evaluators[usize::from(index)].name.clone();
        match self {
            Self::Score => "score".to_owned(),
            Self::Evaluator(index) => evaluator(index),
            Self::PassRate(index) => format!("pass_rate({})", evaluator(index)),
            Self::Builtin(row, None) => row.name.to_owned(),
            Self::Builtin(row, Some(p)) => format!("{}.p{:.0}", row.name, p * 100.0),
        }
    }

    /// What its numbers are.
    pub fn unit(self) -> Unit {
        match self {
            Self::Score | Self::Evaluator(_) => Unit::Score,
            Self::PassRate(_) => Unit::Share,
            Self::Builtin(row, _) => row.make.unit,
        }
    }

    /// Which way is better.
    pub fn better(self) -> Better {
        if let Self::Builtin(row, _) = self { row.make.better } else { Better::Higher }
    }

    /// Whether it is an evaluator's: errors count as the worst score in it.
    pub fn is_score(self) -> bool {
        !matches!(self, Self::Builtin(..))
    }

    /// How it becomes a utility.
    pub fn transform(self) -> Transform {
        if let Self::Builtin(row, _) = self { row.make.transform } else { Transform::Identity }
    }

    /// The quantile it is, if it is one.
    pub fn quantile(self) -> Option<f64> {
        if let Self::Builtin(_, p) = self { p } else { None }
    }
}

fn known(data: &Data) -> Vec<String> {
    let evaluators = data.settings.evaluators.iter().map(|evaluator| evaluator.name.clone());
    let builtin = METRICS.rows.iter().flat_map(|row| {
        let quantiles =
            QUANTILES.iter().filter(|_| row.make.quantiles).map(|(q, _)| format!("{}.{q}", row.name));
        std::iter::once(row.name.to_owned()).chain(quantiles)
    });
    std::iter::once("score".to_owned()).chain(evaluators).chain(builtin).collect()
}
